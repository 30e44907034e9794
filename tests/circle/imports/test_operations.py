"""What is refused, what a rehearsal keeps, and what a crash leaves."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from circle.imports import applying, filing, operations
from circle.imports.claims import is_being_written
from circle.imports.filing import Asked, Terms
from circle.imports.queries import batches_to_resume
from circle.refusals import ScopeBusy
from models.imports import ImportBatch, ImportIssue
from models.staff import Account
from models.vocabulary.facts import Source
from models.vocabulary.imports import BatchState
from tests.circle.imports.conftest import (
    COMMUNITY,
    DISTRICT,
    FAR_COMMUNITY,
    OTHER_STREET,
    Bureau,
    insured,
    ledger,
    number,
    register,
    unemployed,
)

PEOPLE = [(f"居民{serial}", number(serial)) for serial in range(2, 62)]
FACTS = (
    "resident", "register_entry", "household_member", "household", "stated_identity",
    "contribution", "insurance_standing", "closed_month", "import_batch", "import_issue",
)  # fmt: skip


def test_a_rehearsal_counts_and_keeps_nothing(bureau: Bureau) -> None:
    answer = bureau.sends("household", register(*PEOPLE), "--rehearse")
    assert (answer["batch"], answer["added"]) == (None, 60)
    assert [bureau.count(table) for table in FACTS] == [0] * len(FACTS)
    assert bureau.sends("household", register(*PEOPLE))["added"] == 60


def test_a_rehearsal_of_a_shrunken_list_counts_who_would_leave(bureau: Bureau) -> None:
    bureau.sends("household", register(*PEOPLE))
    answer = bureau.sends("household", register(*PEOPLE[:30]), "--rehearse")
    assert (answer["ended"], answer["unchanged"]) == (30, 30)
    assert bureau.count("register_entry", "ended_by IS NULL") == 60


def test_the_same_file_is_refused_naming_its_batch(bureau: Bureau) -> None:
    file = bureau.file(register(*PEOPLE))
    bureau.sends("household", file)
    refused = bureau.tries("household", file)
    assert refused.exit_code == 1
    assert "批次号 1" in refused.stderr
    assert refused.stdout == ""
    assert bureau.sends("household", file, "--again")["batch"] == 2


def test_a_list_that_lost_a_fifth_of_its_rows_must_be_confirmed(bureau: Bureau) -> None:
    bureau.sends("unemployment", unemployed(*PEOPLE))
    refused = bureau.tries("unemployment", unemployed(*PEOPLE[:40]))
    assert refused.exit_code == 1
    assert bureau.count("import_batch") == 1
    answer = bureau.sends("unemployment", unemployed(*PEOPLE[:40]), "--confirm-departures")
    assert answer["ended"] == 20


@pytest.mark.parametrize(("left", "is_refused"), [(3, False), (4, True)])
def test_one_in_twenty_may_leave(bureau: Bureau, left: int, is_refused: bool) -> None:
    bureau.sends("household", register(*PEOPLE))
    newcomers = [(f"新{serial}", number(serial)) for serial in range(100, 100 + left)]
    result = bureau.tries("household", register(*PEOPLE[left:], *newcomers))
    assert (result.exit_code == 1) is is_refused


def test_an_older_list_is_refused(bureau: Bureau) -> None:
    bureau.sends("household", register(*PEOPLE), "--month", "2026-10")
    refused = bureau.tries("household", register(*PEOPLE[:59]), "--month", "2026-09")
    assert refused.exit_code == 1
    assert "批次 1" in refused.stderr


def test_insurance_months_may_arrive_in_any_order(bureau: Bureau) -> None:
    bureau.sends("household", register(*PEOPLE))
    bureau.sends("insurance", insured(*PEOPLE, month="202609"))
    assert bureau.sends("insurance", insured(*PEOPLE[:5], month="202608"))["added"] == 5


@pytest.mark.parametrize(
    ("who", "options"),
    [
        ("nobody", []),
        ("worker", []),
        ("streetclerk", ["--division", OTHER_STREET]),
        ("clerk", ["--division", "330110999"]),
        ("streetclerk", ["--division", DISTRICT]),
    ],
)
def test_who_may_not_import_is_refused(bureau: Bureau, who: str, options: list[str]) -> None:
    result = bureau.tries("household", register(*PEOPLE), *options, by=who)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert bureau.count("import_batch") == 0


def test_an_unreadable_file_is_refused(bureau: Bureau) -> None:
    path = bureau.folder / "x.csv"
    path.write_bytes(b"")
    assert bureau.tries("household", path).exit_code == 1


def test_the_scope_is_what_the_rows_name_together(bureau: Bureau) -> None:
    rows = register(*PEOPLE[:2])
    rows[2][5] = FAR_COMMUNITY
    assert bureau.sends("household", rows)["scope"]["division"] == DISTRICT
    bureau.sends("household", register(*PEOPLE[2:4]), "--confirm-departures")
    assert bureau.all("SELECT division_code FROM import_batch ORDER BY id") == [
        (DISTRICT,),
        (COMMUNITY,),
    ]


def test_problems_and_warnings_are_kept_sealed(bureau: Bureau) -> None:
    rows = register(*PEOPLE[:3])
    rows[1][3] = "330110198506150000"
    rows[2][2] = ""
    answer = bureau.sends("household", rows)
    assert answer["reasons"] == {"id_checksum": 1, "name_missing": 1}
    with bureau.session as session:
        issues = session.scalars(select(ImportIssue).order_by(ImportIssue.id)).all()
        assert [(issue.line, issue.code, issue.raw) for issue in issues] == [
            (2, "id_checksum", "330110198506150000"),
            (3, "name_missing", ""),
        ]
        assert "330110198506150000" in (issues[0].cells or "")
    stored = bureau.all("SELECT raw, cells FROM import_issue")
    assert all(b"330110198506150000" not in bytes(cell) for row in stored for cell in row if cell)


class Killed(BaseException):
    """The process is gone; nothing after it runs."""


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applying, "slice_rows", lambda _connection: 24)
    monkeypatch.setattr(applying, "BREATH_SECONDS", 0)


def contents(bureau: Bureau) -> dict[str, list[Any]]:
    """Every table's rows, without what differs from run to run."""
    queries = {
        "people": "SELECT name, pinyin, lives_in, registered_division, brought_by FROM resident",
        "register": "SELECT resident_id, status, brought_by, ended_by FROM register_entry",
        "members": "SELECT resident_id, household_id, is_head, ended_by FROM household_member",
        "names": "SELECT resident_id, source, name, brought_by, ended_by FROM stated_identity",
        "paid": "SELECT kind, month, resident_id, base_fen, import_id FROM contribution",
        "standings": "SELECT resident_id, kind, first_month, months_paid FROM insurance_standing",
        "before": "SELECT import_id, month, resident_id, import_before FROM contribution_before",
        "closed": "SELECT import_id, kind, month FROM closed_month",
        "cases": "SELECT resident_id, stage, worker_id, brought_by FROM case_file",
        "marks": "SELECT resident_id, code, brought_by FROM category",
        "status": "SELECT resident_id, status, brought_by FROM status_history",
        "batches": "SELECT id, source, state, counts, reasons FROM import_batch",
        "issues": "SELECT import_id, line, code FROM import_issue",
    }
    return {name: sorted(map(str, bureau.all(query))) for name, query in queries.items()}


@pytest.mark.usefixtures("small_slices")
@pytest.mark.parametrize("after", [1, 2, 5, 9])
def test_a_crash_anywhere_and_a_second_run_end_alike(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    changed = [*register(*PEOPLE[3:], ("新人", number(200)))]
    changed[5][6] = "迁出"
    paid = insured(*PEOPLE[:50], base="7000")
    runs = [
        ("household", bureau.file(register(*PEOPLE))),
        ("household", bureau.file(changed)),
        ("insurance", bureau.file(insured(*PEOPLE))),
        ("insurance", bureau.file(paid)),
        ("caseload", bureau.file(ledger(*PEOPLE[10:30]))),
    ]
    for source, file in runs:
        _crash_then_run(bureau, monkeypatch, source, file, after)
    crashed = contents(bureau)
    for batch in (5, 4, 3, 2, 1):
        bureau.undoes(batch)
    assert bureau.count("resident") == 0
    for source, file in runs:
        bureau.sends(source, file, "--confirm-departures")
    whole = contents(bureau)
    for name in ("people", "register", "names", "paid", "standings", "before", "cases", "marks"):
        assert len(whole[name]) == len(crashed[name]), name
    assert [line.split(",", 1)[1] for line in whole["batches"][5:]] != []
    assert _without_ids(whole["standings"]) == _without_ids(crashed["standings"])


def _without_ids(lines: list[str]) -> list[str]:
    return sorted(line.split(",", 1)[1] for line in lines)


def _crash_then_run(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch, source: str, file: Path, after: int
) -> None:
    passed = []

    def dies(*_: object) -> None:
        passed.append(1)
        if len(passed) == after:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(applying, "_note_progress", dies)
        try:
            bureau.tries(source, file, "--confirm-departures")
        except Killed:
            pass
        else:
            return  # it had fewer slices
    assert bureau.count("import_batch", "state = 'applying'") == 1
    answer = bureau.sends(source, file, "--confirm-departures")
    counts = bureau.all("SELECT counts FROM import_batch ORDER BY id DESC LIMIT 1")
    assert answer["batch"] is not None
    assert counts


def test_a_batch_of_a_busy_scope_waits(bureau: Bureau) -> None:
    bureau.sends("household", register(*PEOPLE))
    with bureau.office.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE import_batch SET state = 'applying'")
    refused = bureau.tries("household", register(*PEOPLE[:59]))
    assert refused.exit_code == 1
    assert "批次 1" in refused.stderr
    assert bureau.tries("unemployment", unemployed(*PEOPLE)).exit_code == 0


def _received(bureau: Bureau, rows: list[list[str]]) -> int:
    with bureau.session as session, session.begin():
        clerk = session.scalars(select(Account).where(Account.name == "clerk")).one()
        asked = Asked(Source.HOUSEHOLD, "x.csv", "\n".join(",".join(row) for row in rows).encode())
        return filing.receive(session, asked, clerk, terms(bureau)).id


def terms(bureau: Bureau) -> Terms:
    return Terms(bureau.office.today, bureau.office.now, bureau.office.settings.uploads_path)


def test_an_upload_waits_sealed_and_is_applied_by_the_job(bureau: Bureau) -> None:
    batch_id = _received(bureau, register(*PEOPLE))
    (upload,) = bureau.office.settings.uploads_path.iterdir()
    assert PEOPLE[0][1].encode() not in upload.read_bytes()
    with bureau.session as session:
        assert batches_to_resume(session, now=bureau.office.now) == [batch_id]
    counts = operations.resume_batch(bureau.office, batch_id)
    assert counts["added"] == 60
    assert list(bureau.office.settings.uploads_path.iterdir()) == []
    with bureau.session as session:
        assert batches_to_resume(session, now=bureau.office.now) == []
        assert session.get_one(ImportBatch, batch_id).state is BatchState.APPLIED


def test_a_refused_upload_says_why(bureau: Bureau) -> None:
    bureau.sends("household", register(*PEOPLE))
    batch_id = _received(bureau, register(*PEOPLE[:9]))
    assert "refused" in operations.resume_batch(bureau.office, batch_id)
    with bureau.session as session:
        batch = session.get_one(ImportBatch, batch_id)
        assert batch.state is BatchState.FAILED
        assert "9 行" in (batch.failure or "")


def test_a_claim_holds_while_its_process_lives(bureau: Bureau) -> None:
    batch_id = _received(bureau, register(*PEOPLE))
    with bureau.session as session, session.begin():
        batch = session.get_one(ImportBatch, batch_id)
        batch.claimed_by = "elsewhere/1/1"
        batch.claimed_until = bureau.office.now + timedelta(minutes=1)
        assert is_being_written(batch, bureau.office.now)
        assert not is_being_written(batch, bureau.office.now + timedelta(minutes=2))
    with pytest.raises(ScopeBusy):
        operations.apply(bureau.office.engine, batch_id, terms(bureau))
