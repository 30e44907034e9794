"""What a rehearsal foretells is what comes true, and nobody is in anybody's way meanwhile."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from circle.database import begin_immediately, make_engine
from circle.imports import effects, foresight
from circle.imports.filing import Asked, Terms, Word, confirm, receive
from circle.imports.operations import resume_batch
from models.base import Base
from models.imports import ImportBatch
from models.jobs import SweepRun
from models.sealed import Keyring
from models.staff import Account
from models.vocabulary.facts import Source
from models.vocabulary.imports import BatchOrigin, TrialState
from models.vocabulary.jobs import SweepReason
from reminders.sweep import sweep
from tests.circle.imports.chance import Chance, Sheet
from tests.circle.imports.clerks import signed_in
from tests.circle.imports.conftest import (
    DISTRICT,
    TODAY,
    Bureau,
    Desk,
    ledger,
    number,
    register,
    subsistence,
)

PEOPLE = [(f"居民{serial}", number(serial)) for serial in range(2, 12)]
# Changed by the page's life, or by work that is no part of the trial.
ASIDE = {"import_batch", "import_issue", "audit_entry", "audit_seal"}
# One after the other.
NEXT: dict[str, tuple[str, Callable[[Chance], Sheet]]] = {
    "household": ("household", lambda chance: chance.household(0.9)),
    "caseload": ("caseload", lambda chance: chance.caseload(0.4)),
    "again": ("insurance", lambda chance: chance.insurance("202609", 0.5)),
    "month": ("insurance", lambda chance: chance.insurance("202610")),
    "unemployment": ("unemployment", lambda chance: chance.unemployment(0.3)),
    "subsistence": ("subsistence", lambda chance: chance.subsistence(0.3)),
}


@pytest.mark.parametrize("seed", [2])
def test_the_sweep_does_what_the_rehearsal_said(bureau: Bureau, seed: int) -> None:
    chance = Chance(seed)
    furnish(bureau, chance)
    swept(bureau)
    for name, (source, draw) in NEXT.items():
        before = everything(bureau.office.engine)
        batch_id = rehearsed(bureau, source, draw(chance))
        told = effects_of(bureau, batch_id)
        assert told["state"] == TrialState.READY
        assert everything(bureau.office.engine) == before, name
        assert sum(sum(verbs.values()) for verbs in told["rules"].values()) > 0, name
        confirmed(bureau, batch_id)
        done = swept(bureau)
        assert told["rules"] == {
            kind: {verb: counts[verb] for verb in effects.VERBS} for kind, counts in done.items()
        }, name
    assert bureau.count("contribution_before", "base_before_fen IS NOT NULL") > 0


def test_what_the_night_would_do_anyway_is_no_effect(bureau: Bureau) -> None:
    chance = Chance(7, people=20)
    bureau.sends("household", chance.household())
    bureau.sends("caseload", chance.caseload())
    batch_id = rehearsed(bureau, "subsistence", chance.subsistence(0.3))
    never_swept = effects_of(bureau, batch_id)["rules"]
    assert never_swept["visit"] == {"raised": 0, "reopened": 0, "withdrawn": 0}


def test_people_with_a_case_are_named_with_what_changes(bureau: Bureau) -> None:
    chance = Chance(3, people=12)
    bureau.sends("household", chance.household(1))
    bureau.sends("caseload", chance.caseload(1))
    sheet = chance.household(1)
    for row in sheet[1:]:
        row[6:] = ["正常", ""]
    sheet[3][6:] = ["死亡", "2026-11-01"]
    batch_id = rehearsed(bureau, "household", sheet)
    told = effects_of(bureau, batch_id)
    died = next(one for one in told["listed"] if (one["after"] or {}).get("status") == "dead")
    assert died["what"] == "register"
    assert died["after"]["status_on"] == "2026-11-01"
    names = dict(bureau.rows("resident", "id, name"))
    assert sheet[3][2].startswith(names[died["resident"]][:3])
    assert told["people"] <= told["changes"]


def test_nobody_waits_for_a_trial(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between all its statements somebody else could write, and it holds no lock of ours."""
    monkeypatch.setattr(effects, "ASKED_EVERY", 0.0)
    chance = Chance(5, people=10)
    bureau.sends("household", chance.household())
    asked = []

    def look(connection: Connection) -> bool:
        asked.append(locks(connection))
        if len(asked) % 40 == 1:
            write_somewhere(bureau.office)
        return True

    real = effects.Trial

    def watched(*parts: Any) -> effects.Trial:  # noqa: ANN401 - the trial's own parts
        return replace(real(*parts), wanted=lambda: look(parts[0]))

    monkeypatch.setattr(effects, "Trial", watched)
    batch_id = rehearsed(bureau, "insurance", chance.insurance("202610"))
    assert effects_of(bureau, batch_id)["state"] == TrialState.READY
    assert len(asked) > 80
    assert set(asked) == {0}


def test_a_trial_ends_when_somebody_decides(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects, "ASKED_EVERY", 0.0)
    chance = Chance(6, people=10)
    bureau.sends("household", chance.household())
    sheet = chance.subsistence(0.5)
    batch_id = receive_only(bureau, "subsistence", sheet)
    awaits = foresight._awaits  # noqa: SLF001 - somebody decides in the middle of it

    def decide(batch: ImportBatch, rehearsal: int) -> bool:
        if batch.progress.get("waits"):
            give_word(bureau, batch_id)
            return True
        return awaits(batch, rehearsal)

    monkeypatch.setattr(foresight, "_awaits", decide)
    resume_batch(bureau.office, batch_id)
    assert effects_of(bureau, batch_id)["state"] == TrialState.RUNNING
    monkeypatch.undo()
    resume_batch(bureau.office, batch_id)
    assert bureau.rows("import_batch", "state", "id")[-1] == ("applied",)


def test_a_trial_beside_half_written_facts_is_left(bureau: Bureau) -> None:
    chance = Chance(8, people=10)
    bureau.sends("household", chance.household())
    with bureau.session as session, session.begin():
        half = session.get_one(ImportBatch, 1)
        half.state = "applying"  # type: ignore[assignment] # as a process that died left it
    batch_id = rehearsed(bureau, "subsistence", chance.subsistence())
    assert effects_of(bureau, batch_id) == {"state": TrialState.BUSY}


def test_a_trial_that_breaks_leaves_the_counts(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(foresight, "try_import", broken)
    batch_id = rehearsed(bureau, "household", Chance(9, people=5).household())
    assert effects_of(bureau, batch_id) == {"state": TrialState.BROKEN}
    assert bureau.rows("import_batch", "state") == [("checked",)]


def test_effects_are_shown_masked_and_written_down(bureau: Bureau, keyring: Keyring) -> None:
    clerk, colleague = (signed_in(bureau, keyring, name) for name in ("clerk", "district"))
    bureau.sends("household", register(*PEOPLE))
    bureau.sends("caseload", ledger(*PEOPLE[:3]))
    address = clerk.sends(csv_of(subsistence(*PEOPLE[:2])), source="subsistence")
    shown = clerk.page(address)
    assert "2 人有变化" in shown
    assert "开始享受低保" in shown
    assert "居*" in shown
    assert PEOPLE[0][0] not in shown
    assert PEOPLE[0][0] in colleague.page(address)
    told = effects_of(bureau, number_of(address))
    assert (told["people"], told["changes"]) == (2, 2)
    viewed = "act IN ('import:batch:read', 'import:rows:read')"
    assert len(bureau.all(f"SELECT id FROM audit_entry WHERE {viewed}")) == 2  # noqa: S608 - ours


def test_a_page_that_waits_for_effects_gets_them_or_starts_anew(
    bureau: Bureau, keyring: Keyring
) -> None:
    clerk = signed_in(bureau, keyring, "clerk")
    bureau.sends("household", register(*PEOPLE))
    bureau.sends("caseload", ledger(*PEOPLE[:3]))
    address = clerk.sends(csv_of(subsistence(*PEOPLE[:2])), source="subsistence")
    assert "开始享受低保" in clerk.page(f"{address}/effects")
    assert bureau.count("audit_entry", "act = 'import:effects:read'") == 1
    clerk.confirms(address)
    assert clerk.client.get(f"{address}/effects").headers["HX-Refresh"] == "true"
    assert effects_of(bureau, number_of(address)) == {}


def furnish(bureau: Bureau, chance: Chance) -> None:
    """Half a year of files; small ones lose many rows from one to the next."""
    meant = "--confirm-departures"
    bureau.sends("household", chance.household())
    bureau.sends("caseload", chance.caseload())
    for month in ("202607", "202608", "202609"):
        bureau.sends("insurance", chance.insurance(month), meant)
    bureau.sends("unemployment", chance.unemployment(), meant)
    bureau.sends("subsistence", chance.subsistence(), meant)


def number_of(address: str) -> int:
    return int(address.rpartition("/")[2])


def csv_of(rows: Sheet) -> bytes:
    return "\r\n".join(",".join(row) for row in rows).encode("gb18030")


def receive_only(bureau: Bureau, source: str, sheet: Sheet) -> int:
    with bureau.session as session, session.begin():
        begin_immediately(session)
        clerk = session.query(Account).filter_by(name="clerk").one()
        asked = Asked(
            Source(source), "x.csv", csv_of(sheet), division=DISTRICT, origin=BatchOrigin.PAGE
        )
        terms = Terms(TODAY, bureau.office.now, bureau.office.settings.uploads_path)
        return receive(session, asked, clerk, terms, rehearses=True).id


def rehearsed(bureau: Bureau, source: str, sheet: Sheet) -> int:
    batch_id = receive_only(bureau, source, sheet)
    answer = resume_batch(bureau.office, batch_id)
    assert "rows" in answer, answer
    return batch_id


def give_word(bureau: Bureau, batch_id: int) -> None:
    with bureau.session as session, session.begin():
        begin_immediately(session)
        batch = session.get_one(ImportBatch, batch_id)
        clerk = session.query(Account).filter_by(name="clerk").one()
        odd = frozenset(one["code"] for one in batch.progress["oddities"])
        confirm(session, batch, clerk, Word(batch.progress["rehearsal"], odd))


def confirmed(bureau: Bureau, batch_id: int) -> None:
    give_word(bureau, batch_id)
    resume_batch(bureau.office, batch_id)
    assert bureau.count("import_batch", f"id = {batch_id} AND state = 'applied'") == 1


def effects_of(bureau: Bureau, batch_id: int) -> dict[str, Any]:
    with bureau.session as session:
        return session.get_one(ImportBatch, batch_id).effects


def swept(bureau: Bureau) -> dict[str, Any]:
    run: SweepRun = sweep(
        bureau.office.engine, on=TODAY, now=bureau.office.now, reason=SweepReason.COMMAND
    )
    return run.counts


def everything(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that a trial must leave alone."""
    with engine.connect() as connection:
        return {
            name: sorted((tuple(row) for row in connection.execute(table.select())), key=repr)
            for name, table in Base.metadata.tables.items()
            if name not in ASIDE
        }


def locks(connection: Connection) -> int:
    """Locks on real tables that would keep others from writing."""
    if connection.dialect.name == "sqlite":
        return 0  # one lock for all: writing meanwhile is the proof
    driver: Any = connection.connection.dbapi_connection
    cursor = driver.execute(
        "SELECT count(*) FROM pg_locks JOIN pg_class ON pg_class.oid = relation"
        " WHERE pid = pg_backend_pid() AND relpersistence <> 't'"
        " AND relnamespace <> 'pg_catalog'::regnamespace AND mode <> 'AccessShareLock'"
    )
    return int(cursor.fetchone()[0])


def write_somewhere(office: Desk) -> None:
    engine = make_engine(office.settings)
    with Session(engine) as session, session.begin():
        begin_immediately(session)
        session.execute(text("UPDATE resident SET name = name WHERE id = 1"))
    engine.dispose()
