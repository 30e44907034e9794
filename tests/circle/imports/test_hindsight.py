"""What the page of undoing foretells is what undoing and the sweep behind it then do."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, update
from sqlalchemy.orm import Session

from circle.database import begin_immediately
from circle.imports import effects, foresight, hindsight
from circle.imports.returning import begin_undoing
from circle.jobs import JOBS, run_due
from models.imports import ImportBatch
from models.sealed import Keyring
from models.tasks import Task
from models.vocabulary.imports import BatchState, TrialState
from models.vocabulary.jobs import JobName
from tests.circle.imports.clerks import Clerk, signed_in
from tests.circle.imports.conftest import (
    DISTRICT,
    TODAY,
    Bureau,
    insured,
    ledger,
    number,
    register,
    subsistence,
)
from tests.circle.imports.test_effects import everything, locks, swept, write_somewhere
from tests.circle.imports.test_undoing_worlds import World

PEOPLE = [(f"居民{serial}", number(serial)) for serial in range(2, 12)]
TRYING = next(job for job in JOBS if job.name is JobName.UNDO_TRIAL)
# Their own life, and a trial's.
ASIDE = ("job_run",)


def test_the_sweep_behind_an_undoing_does_what_was_foretold(bureau: Bureau) -> None:
    """The very first file is taken back before any sweep has seen what it replaced."""
    world = World("hindsight")
    lists = world.lists()
    for name, rows in lists.items():
        bureau.sends(name, rows, "--division", DISTRICT, "--confirm-departures")
    seen: Counter[str] = Counter()
    for source in ("household", *lists):
        meant = ("--division", DISTRICT, "--confirm-departures")
        batch_id = bureau.sends(source, world.next_of(source), *meant)["batch"]
        swept_behind(bureau)
        before = standing(bureau)
        told = foretold(bureau, batch_id)
        assert standing(bureau) == before, source
        assert told["state"] == TrialState.READY
        open_before = open_tasks(bureau)
        bureau.undoes(batch_id)
        open_after = open_tasks(bureau)
        done = swept_behind(bureau)
        assert told["rules"] == {
            kind: {verb: counts[verb] for verb in effects.VERBS} for kind, counts in done.items()
        }, source
        gone = {kind: count for kind, count in told["gone"].items() if count}
        assert gone == dict(open_before - open_after), source
        for verbs in told["rules"].values():
            seen.update(verbs)
        seen.update(gone=sum(gone.values()), people=told["people"])
    assert min(seen[word] for word in (*effects.VERBS, "gone", "people")) > 0, seen


def test_what_the_night_would_do_anyway_is_no_effect_of_undoing(bureau: Bureau) -> None:
    bureau.sends("household", register(*PEOPLE))
    bureau.sends("caseload", ledger(*PEOPLE))
    batch_id = bureau.sends("subsistence", subsistence(*PEOPLE[:3]))["batch"]
    told = foretold(bureau, batch_id)
    assert told["rules"]["visit"] == {"raised": 0, "reopened": 0, "withdrawn": 0}
    assert (told["people"], {one["what"] for one in told["listed"]}) == (3, {"subsistence"})


def test_a_month_less_for_everybody_is_no_news(bureau: Bureau) -> None:
    bureau.sends("household", register(*PEOPLE))
    bureau.sends("caseload", ledger(*PEOPLE))
    bureau.sends("insurance", insured(*PEOPLE[:8], month="202608"))
    batch_id = bureau.sends("insurance", insured(*PEOPLE[:4], *PEOPLE[8:]))["batch"]
    listed = foretold(bureau, batch_id)["listed"]
    assert [(one["resident"], one["after"]) for one in listed] == [(9, None), (10, None)]


def test_nobody_waits_for_the_trial_of_an_undoing(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between all its statements somebody else could write, and it holds no lock of ours."""
    monkeypatch.setattr(effects, "ASKED_EVERY", 0.0)
    bureau.sends("household", register(*PEOPLE))
    bureau.sends("insurance", insured(*PEOPLE[:8], month="202608"))
    batches = [
        bureau.sends("insurance", insured(*PEOPLE, base="6100"))["batch"],
        bureau.sends("caseload", ledger(*PEOPLE))["batch"],
    ]
    held = []

    def look(connection: Connection) -> bool:
        held.append(locks(connection))
        if len(held) % 40 == 1:
            write_somewhere(bureau.office)
        return True

    real = effects.Trial

    def watched(*parts: Any, **more: Any) -> effects.Trial:  # noqa: ANN401 - the trial's own parts
        return replace(real(*parts, **more), wanted=lambda: look(parts[0]))

    monkeypatch.setattr(effects, "Trial", watched)
    for batch_id in batches:
        assert foretold(bureau, batch_id)["state"] == TrialState.READY
    assert len(held) > 160
    assert set(held) == {0}


def test_the_trial_ends_when_somebody_undoes(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects, "ASKED_EVERY", 0.0)
    batch_id = bureau.sends("household", register(*PEOPLE))["batch"]
    asks = foresight._asks  # noqa: SLF001 - somebody decides in the middle of it
    looks = []

    def decide(batch: ImportBatch, asked: str) -> bool:
        looks.append(batch.state)
        if len(looks) == 10:
            with bureau.session as session, session.begin():
                begin_immediately(session)
                begin_undoing(session, batch_id, None, bureau.office.now, claims=False)
        return asks(batch, asked)

    monkeypatch.setattr(foresight, "_asks", decide)
    ask(bureau, batch_id)
    assert run_due(bureau.office, TRYING) == 1
    monkeypatch.undo()
    assert looks[-1] is BatchState.APPLYING
    assert bureau.all("SELECT state, counts FROM job_run")[0][0] == "done"
    bureau.undoes(batch_id)
    assert (effects_of(bureau, batch_id), bureau.count("resident")) == ({}, 0)


def test_beside_half_written_facts_it_waits(bureau: Bureau) -> None:
    bureau.sends("household", register(*PEOPLE))
    batch_id = bureau.sends("subsistence", subsistence(*PEOPLE))["batch"]
    ask(bureau, batch_id)
    turn(bureau, 1, BatchState.APPLYING)  # as a process that died left it
    assert run_due(bureau.office, TRYING) == 0
    assert effects_of(bureau, batch_id)["state"] == TrialState.WAITING
    turn(bureau, 1, BatchState.APPLIED)
    assert run_due(bureau.office, TRYING) == 1
    assert effects_of(bureau, batch_id)["state"] == TrialState.READY


def test_a_batch_that_begins_at_the_same_moment_goes_first(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = bureau.sends("household", register(*PEOPLE))["batch"]

    def overtaken(*_: object, **__: object) -> None:
        raise effects.HalfWritten

    monkeypatch.setattr(foresight, "try_undoing", overtaken)
    ask(bureau, batch_id)
    assert run_due(bureau.office, TRYING) == 0
    monkeypatch.undo()
    assert run_due(bureau.office, TRYING) == 1
    assert effects_of(bureau, batch_id)["state"] == TrialState.READY


@pytest.fixture
def at_desk(bureau: Bureau, keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> Clerk:
    """A clerk whose day is the test's."""
    for module in ("views", "consequences"):
        monkeypatch.setattr(f"circle.imports.{module}.today", lambda: TODAY)
    return signed_in(bureau, keyring, "clerk")


def test_the_page_asks_waits_and_shows(bureau: Bureau, at_desk: Clerk) -> None:
    bureau.sends("household", register(*PEOPLE))
    bureau.sends("caseload", ledger(*PEOPLE[:3]))
    batch_id = bureau.sends("subsistence", subsistence(*PEOPLE[:2]))["batch"]
    address = f"/imports/{batch_id}/undo"
    assert 'hx-trigger="load, submit"' in at_desk.page(address)
    shown = at_desk.client.post(f"{address}/effects", headers={"HX-Request": "true"}).text
    assert "等待推算" in shown
    assert "every 2s" in at_desk.page(address)
    assert run_due(bureau.office, TRYING) == 1
    shown = at_desk.page(f"{address}/effects")
    assert "不再享受低保" in shown
    assert "居*" in shown
    assert PEOPLE[0][0] not in shown
    assert bureau.count("audit_entry", "act = 'import:effects:read'") == 1
    assert "2 人有变化" in at_desk.page(address)
    assert at_desk.posts(address, "effects", {}).status_code == 302
    assert run_due(bureau.office, TRYING) == 0
    bureau.sends("household", register(*PEOPLE, ("新人", number(300))))
    assert 'hx-trigger="load, submit"' in at_desk.page(address)
    bureau.undoes(batch_id)
    assert at_desk.client.get(f"{address}/effects").headers["HX-Refresh"] == "true"


def test_a_trial_that_breaks_can_be_asked_for_again(
    bureau: Bureau, at_desk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    batch_id = bureau.sends("household", register(*PEOPLE))["batch"]
    address = f"/imports/{batch_id}/undo"
    monkeypatch.setattr(foresight, "try_undoing", broken)
    at_desk.posts(address, "effects", {})
    assert run_due(bureau.office, TRYING) == 1
    assert bureau.rows("job_run", "state") == [("failed",)]
    shown = at_desk.page(address)
    assert "再推算一次" in shown
    assert "撤回这一批</button>" in shown
    assert "hx-trigger" not in shown
    monkeypatch.setattr(foresight, "try_undoing", effects.try_undoing)
    at_desk.posts(address, "effects", {})
    assert run_due(bureau.office, TRYING) == 1
    assert "户籍信息" in at_desk.page(address)
    assert "的数据推算" in at_desk.page(address)


def test_what_cannot_be_undone_is_not_tried(bureau: Bureau, at_desk: Clerk) -> None:
    bureau.sends("household", register(*PEOPLE))
    bureau.sends("household", register(*PEOPLE, ("新人", number(300))))
    answer = at_desk.posts("/imports/1/undo", "effects", {})
    assert (answer.status_code, effects_of(bureau, 1)) == (409, {})
    assert "对人员和待办提醒的影响" not in at_desk.page("/imports/1/undo")


def swept_behind(bureau: Bureau) -> dict[str, Any]:
    """As the job does it, which notes that the change was followed."""
    counts = swept(bureau)
    with bureau.session as session, session.begin():
        session.execute(update(ImportBatch).values(swept_at=bureau.office.now))
    return counts


def ask(bureau: Bureau, batch_id: int) -> None:
    with bureau.session as session, session.begin():
        begin_immediately(session)
        batch = session.get_one(ImportBatch, batch_id)
        hindsight.ask(session, batch, on=TODAY, now=bureau.office.now)


def foretold(bureau: Bureau, batch_id: int) -> dict[str, Any]:
    ask(bureau, batch_id)
    assert run_due(bureau.office, TRYING) == 1
    return effects_of(bureau, batch_id)


def effects_of(bureau: Bureau, batch_id: int) -> dict[str, Any]:
    with bureau.session as session:
        return session.get_one(ImportBatch, batch_id).effects


def turn(bureau: Bureau, batch_id: int, state: BatchState) -> None:
    with bureau.session as session, session.begin():
        begin_immediately(session)
        session.get_one(ImportBatch, batch_id).state = state


def standing(bureau: Bureau) -> dict[str, list[tuple[Any, ...]]]:
    found = everything(bureau.office.engine)
    return {table: rows for table, rows in found.items() if table not in ASIDE}


def open_tasks(bureau: Bureau) -> Counter[str]:
    with Session(bureau.office.engine) as session:
        return Counter(task.kind.value for task in session.query(Task).filter_by(state="open"))
