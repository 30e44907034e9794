"""The whole look: order has no finding; what is broken is told, mended and remembered."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from circle.database import make_engine
from circle.demo.loading import load
from circle.jobs import JOBS, run_due, run_requested
from circle.office import Office
from circle.upkeep import inspection
from circle.upkeep.checks import CHECKS
from circle.upkeep.commands import check
from circle.upkeep.inspection import check_all, snapshot
from circle.upkeep.mends import MENDS
from circle.upkeep.operations import file_request
from circle.upkeep.queries import newest_results
from models.audit import AuditEntry
from models.cases import Case
from models.integrity import CheckFinding, CheckResult
from models.jobs import JobRequest, JobRun
from models.sealed import Keyring
from models.staff import Account
from models.tasks import Task
from models.vocabulary.integrity import CheckName
from models.vocabulary.jobs import JobName, JobState
from models.vocabulary.tasks import TaskState
from tests.conftest import migrated_database

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
# The district takes longer to make than all that is asked of it.
pytestmark = pytest.mark.xdist_group("inspection")
CHECKING = next(job for job in JOBS if job.name is JobName.INTEGRITY_CHECK)
MENDING = next(job for job in JOBS if job.name is JobName.INTEGRITY_MEND)


class Desk(Office):
    """An office on the day the demonstration was made for."""

    clock = NOW

    @property
    def now(self) -> datetime:
        return self.clock

    @property
    def today(self) -> date:
        return TODAY


@pytest.fixture(scope="module")
def office(
    backend: str, tmp_path_factory: pytest.TempPathFactory, keyring: Keyring
) -> Iterator[Desk]:
    """A demonstration district: real files, visits, registrations, reminders."""
    folder: Path = tmp_path_factory.mktemp(f"inspection-{backend}")
    with migrated_database(backend, folder, keyring) as settings:
        office, engine = Desk(), make_engine(settings)
        office.__dict__.update(settings=settings, bare_engine=engine, engine=engine)
        load(office, folder, residents=120, seed=1, on=TODAY, say=lambda _line: None)
        yield office
        engine.dispose()


@pytest.fixture
def broken(office: Desk) -> Iterator[int]:
    """Five cases whose last contact is told wrong, and what they should be; mended afterwards."""
    with office.session() as session:
        cases = session.scalars(
            select(Case.id).where(Case.is_open, Case.last_contact_on > Case.opened_on).limit(5)
        ).all()
        session.execute(
            update(Case).where(Case.id.in_(cases)).values(last_contact_on=Case.opened_on)
        )
    yield len(cases)
    called(office, "--mend")


def called(office: Office, *options: str) -> Result:
    return CliRunner().invoke(check, list(options), obj=office)


def counts(office: Office) -> dict[CheckName, int | None]:
    with office.session(immediate=False) as session:
        return {result.name: result.count for result in newest_results(session)}


def test_a_district_in_order_has_no_finding(office: Desk) -> None:
    assert check_all(office) == {
        "checks": len(CHECKS),
        "broken": 0,
        "findings": 0,
        "unread": 0,
    }
    assert set(counts(office).values()) == {0}


def test_a_mend_without_a_fault_changes_nothing(office: Desk) -> None:
    before = tasks_of(office)
    for name in MENDS:
        asked(office, name)
    assert run_requested(office, MENDING) == len(MENDS)
    assert tasks_of(office) == before


def test_the_command_tells_what_is_wrong_and_mends_it(office: Desk, broken: int) -> None:
    told = called(office, "--json")
    assert told.exit_code == 1
    found = json.loads(told.stdout)["checks"]["last_contact"]
    assert (found["count"], found["mends"]) == (broken, True)
    assert f"{broken} 条  最近联系日期与走访记录不符" in called(office).output
    mended = called(office, "--mend", "--json")
    assert mended.exit_code == 0
    assert json.loads(mended.stdout)["checks"]["last_contact"]["count"] == 0


def test_what_was_asked_for_is_mended_under_the_name_of_who_asked(
    office: Desk, broken: int
) -> None:
    check_all(office)
    by = asked(office, CheckName.LAST_CONTACT)
    assert run_requested(office, MENDING) == 1
    assert counts(office)[CheckName.LAST_CONTACT] == 0
    with office.session(immediate=False) as session:
        run = session.scalars(select(JobRun).order_by(JobRun.id.desc()).limit(1)).one()
        assert run.state is JobState.DONE
        assert run.counts == {"check": "last_contact", "mended": broken, "left": 0}
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert (entry.act, entry.account_id) == ("integrity:finding:mend", by)
        assert len(entry.resident_ids) == broken
        waiting = select(JobRequest).where(JobRequest.settled_at.is_(None))
        assert session.scalars(waiting).all() == []


def test_since_when_is_remembered_until_it_is_mended(
    office: Desk, broken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Desk, "clock", NOW + timedelta(days=1))
    check_all(office)
    monkeypatch.setattr(Desk, "clock", NOW + timedelta(days=2))
    check_all(office)
    assert since(office) == NOW + timedelta(days=1)
    called(office, "--mend")
    assert since(office) is None


def test_examples_are_kept_of_the_newest_runs_alone(office: Desk, broken: int) -> None:
    for _ in range(4):
        check_all(office)
    with office.session(immediate=False) as session:
        assert len(session.scalars(select(CheckFinding.run_id).distinct()).all()) == 2
        assert len(session.scalars(select(CheckResult.run_id).distinct()).all()) >= 4


def test_a_checker_that_fails_leaves_the_others_their_turn(
    office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(session: Session, _moment: object) -> Any:  # noqa: ANN401 - it never returns
        session.connection().exec_driver_sql("SELECT nothing FROM nowhere")

    sick = [replace(each, look=fails) if each is CHECKS[0] else each for each in CHECKS]
    monkeypatch.setattr(inspection, "CHECKS", tuple(sick))
    found = check_all(office)
    assert (found["unread"], found["broken"]) == (1, 0)
    assert counts(office)[CHECKS[0].name] is None


def test_work_done_meanwhile_is_not_seen_half_done(office: Desk) -> None:
    """The account is disabled in one transaction and its tasks handed over in another."""
    with snapshot(office.engine) as looking:
        holder = looking.scalars(
            select(Task.assignee_id).where(
                Task.state == TaskState.OPEN, Task.assignee_id.is_not(None)
            )
        ).first()
        with office.session() as session:
            session.execute(update(Account).where(Account.id == holder).values(disabled_at=NOW))
        seen = looking.scalar(select(Account.disabled_at).where(Account.id == holder))
        with office.session() as session:
            session.execute(update(Account).where(Account.id == holder).values(disabled_at=None))
    assert seen is None


def test_the_daily_check_runs_once_a_day(office: Desk) -> None:
    assert CHECKING.due(office) == ["2026-11-20"]
    assert run_due(office, CHECKING) == 1
    assert CHECKING.due(office) == []


def asked(office: Office, name: CheckName) -> int:
    with office.session() as session:
        by = session.scalars(select(Account).order_by(Account.id)).first()
        file_request(session, JobName.INTEGRITY_MEND, argument=name.value, by=by, now=office.now)
        assert by is not None
        return by.id


def since(office: Office) -> datetime | None:
    with office.session(immediate=False) as session:
        results = newest_results(session)
        return next(each.since for each in results if each.name is CheckName.LAST_CONTACT)


def tasks_of(office: Office) -> list[tuple[Any, ...]]:
    with office.session(immediate=False) as session:
        columns = (Task.id, Task.state, Task.due_on, Task.assignee_id, Task.snoozed_until)
        return [tuple(row) for row in session.execute(select(*columns).order_by(Task.id))]
