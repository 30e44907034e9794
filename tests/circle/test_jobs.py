"""Slots are claimed once, kept alive, taken over from the dead; what is due when."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import OperationalError

from circle import jobs
from circle.database import make_engine
from circle.jobs import JOBS, Job, claim, note_interrupted, run_due, run_requested, run_slot
from circle.office import Office
from circle.upkeep.operations import file_request
from config import Settings
from models.imports import ImportBatch
from models.jobs import JobRequest, JobRun, SweepRun
from models.places import Division
from models.sealed import Keyring
from models.staff import Account
from models.vocabulary.facts import Source
from models.vocabulary.imports import BatchState
from models.vocabulary.jobs import JobName, JobState
from models.vocabulary.places import level_of
from models.vocabulary.staff import Role
from reminders.sweep import SweepBlocked, sweep
from tests.conftest import migrated_database

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


class Watch(Office):
    """An office whose clock the test sets."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = NOW

    @property
    def now(self) -> datetime:
        return self.clock


@pytest.fixture(scope="module")
def installation(
    backend: str, tmp_path_factory: pytest.TempPathFactory, keyring: Keyring
) -> Iterator[Watch]:
    """A database of its own: claims commit."""
    with migrated_database(backend, tmp_path_factory.mktemp("jobs"), keyring) as settings:
        office = Watch(settings)
        engine = make_engine(settings)
        office.__dict__.update(bare_engine=engine, engine=engine)
        yield office
        engine.dispose()


@pytest.fixture
def office(installation: Watch) -> Watch:
    installation.clock = NOW
    with installation.session() as session:
        for table in (JobRequest, JobRun, SweepRun, ImportBatch, Account):
            session.execute(delete(table))
    return installation


def job(run: Callable[[Office, str], dict[str, Any]]) -> Job:
    return Job(JobName.SEAL_AUDIT, 1, lambda _office: ["once"], run)


def runs(office: Office) -> list[JobRun]:
    with office.session(immediate=False) as session:
        found = list(session.scalars(select(JobRun).order_by(JobRun.id)))
        session.expunge_all()
    return found


def test_a_slot_runs_once(office: Watch) -> None:
    done: list[str] = []

    def note(_office: Office, slot: str) -> dict[str, Any]:
        done.append(slot)
        return {"done": 1}

    work = job(note)
    assert run_due(office, work) == 1
    assert run_due(office, work) == 0
    assert done == ["once"]
    assert [(run.state, run.counts) for run in runs(office)] == [(JobState.DONE, {"done": 1})]


def test_of_two_schedulers_one_gets_the_slot(office: Watch) -> None:
    def take(slot: int) -> list[int | None]:
        return [claim(office.engine, JobName.NIGHTLY_SWEEP, f"{slot}", now=NOW) for _ in range(2)]

    with ThreadPoolExecutor(4) as pool:
        for claims in zip(*[pool.map(take, range(20))], strict=True):
            assert [len([c for c in each if c]) for each in claims] == [1]


def test_a_slot_of_a_process_that_was_killed_is_free_at_once(office: Watch) -> None:
    words = "from circle.processes import this_process; print(this_process())"
    dead = subprocess.run(
        [sys.executable, "-c", words], capture_output=True, text=True, check=True
    ).stdout.strip()
    claim(office.engine, JobName.IMPORT, "batch:7:0", now=NOW)
    assert claim(office.engine, JobName.IMPORT, "batch:7:0", now=NOW) is None
    with office.session() as session:
        session.execute(update(JobRun).values(claimed_by=dead))
    assert claim(office.engine, JobName.IMPORT, "batch:7:0", now=NOW) is not None


def test_a_slot_of_a_dead_process_is_taken_over(office: Watch) -> None:
    first = claim(office.engine, JobName.IMPORT, "batch:1:0", now=NOW)
    assert claim(office.engine, JobName.IMPORT, "batch:1:0", now=NOW + timedelta(minutes=4)) is None
    again = claim(office.engine, JobName.IMPORT, "batch:1:0", now=NOW + timedelta(minutes=6))
    assert again == first
    assert runs(office)[0].attempt == 2


def test_whoever_was_taken_for_dead_finishes_nothing(office: Watch) -> None:
    """It was only slow: the slot is in other hands, and its end is theirs to tell."""

    def be_overtaken(_office: Office, _slot: str) -> dict[str, Any]:
        with office.session() as session:
            session.execute(update(JobRun).values(claimed_by="elsewhere/1/2", attempt=2))
        return {"done": 1}

    assert run_slot(office, job(be_overtaken), "once")
    assert [(run.state, run.counts) for run in runs(office)] == [(JobState.RUNNING, {})]


@pytest.mark.parametrize("attempt", [1, jobs.DEATHS - 1])
def test_a_run_whose_lease_is_over_is_marked_and_its_slot_free(office: Watch, attempt: int) -> None:
    claim(office.engine, JobName.IMPORT, "batch:1:0", now=NOW)
    with office.session() as session:
        session.execute(update(JobRun).values(claimed_by="elsewhere/1/2", attempt=attempt))
    assert note_interrupted(office.engine, now=NOW + timedelta(minutes=4)) == 0
    assert note_interrupted(office.engine, now=NOW + timedelta(minutes=6)) == 1
    assert [(run.state, run.outcome) for run in runs(office)] == [
        (JobState.INTERRUPTED, "ProcessDied")
    ]
    assert claim(office.engine, JobName.IMPORT, "batch:1:0", now=NOW) is not None
    assert [(run.state, run.attempt, run.outcome) for run in runs(office)] == [
        (JobState.RUNNING, attempt + 1, None)
    ]


def test_a_slot_that_kills_its_process_each_time_is_given_up(office: Watch) -> None:
    claim(office.engine, JobName.IMPORT, "batch:1:0", now=NOW)
    with office.session() as session:
        session.execute(update(JobRun).values(claimed_by="elsewhere/1/2", attempt=jobs.DEATHS))
    assert note_interrupted(office.engine, now=NOW + timedelta(minutes=6)) == 1
    assert [run.state for run in runs(office)] == [JobState.FAILED]
    assert claim(office.engine, JobName.IMPORT, "batch:1:0", now=NOW) is None


def test_a_running_job_beats_and_keeps_its_lease(
    office: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "HEARTBEAT_SECONDS", 0.01)
    beaten = Event()

    def wait_for_a_beat(_office: Office, _slot: str) -> dict[str, Any]:
        while runs(office)[0].heartbeat_at == NOW:
            beaten.wait(0.01)
        return {}

    assert run_slot(office, job(wait_for_a_beat), "once")
    assert runs(office)[0].lease_until > NOW + jobs.LEASE


def test_what_is_asked_for_runs_once_and_is_settled(office: Watch) -> None:
    done: list[str] = []

    def note(_office: Office, slot: str) -> dict[str, Any]:
        done.append(slot)
        return {}

    work = replace(job(note), due=lambda _office: [], any_time=True)
    with office.session() as session:
        assert file_request(session, work.name, by=None, now=NOW)
        assert not file_request(session, work.name, by=None, now=NOW)
    assert [run_requested(office, work), run_requested(office, work)] == [1, 0]
    assert len(done) == 1
    with office.session() as session:
        assert file_request(session, work.name, by=None, now=NOW)
    assert run_requested(office, work) == 1
    assert len(set(done)) == 2


def test_a_job_that_is_asked_for_does_what_is_due(office: Watch) -> None:
    done: list[str] = []

    def note(_office: Office, slot: str) -> dict[str, Any]:
        done.append(slot)
        return {}

    with office.session() as session:
        file_request(session, JobName.SEAL_AUDIT, by=None, now=NOW)
    assert run_requested(office, job(note)) == 1
    assert done == ["once"]
    assert {"ran": 1} in [run.counts for run in runs(office)]


def test_what_is_asked_for_and_has_to_wait_stays_asked_for(office: Watch) -> None:
    tried: list[int] = []

    def wait_once(_office: Office, _slot: str) -> dict[str, Any]:
        tried.append(1)
        if len(tried) == 1:
            raise SweepBlocked
        return {}

    work = replace(job(wait_once), any_time=True)
    with office.session() as session:
        file_request(session, work.name, by=None, now=NOW)
    assert [run_requested(office, work), run_requested(office, work)] == [0, 1]


def test_a_job_that_fails_says_so_and_others_go_on(office: Watch) -> None:
    def fail(_office: Office, _slot: str) -> dict[str, Any]:
        message = "no disk"
        raise OSError(message)

    assert run_slot(office, job(fail), "once")
    assert [(run.state, run.outcome) for run in runs(office)] == [(JobState.FAILED, "OSError")]


def test_a_run_whose_end_could_not_be_written_is_free_soon(
    office: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a full disk: its process lives on, and nobody renews the lease."""

    def write_nothing(*_: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

    with monkeypatch.context() as full:
        full.setattr(jobs, "_finish", write_nothing)
        with pytest.raises(OperationalError):
            run_slot(office, job(lambda *_: {}), "once")
    assert note_interrupted(office.engine, now=NOW + timedelta(seconds=9)) == 0
    assert note_interrupted(office.engine, now=NOW + timedelta(seconds=11)) == 1
    assert run_slot(office, job(lambda *_: {}), "once")
    assert [(run.state, run.attempt) for run in runs(office)] == [(JobState.DONE, 2)]


def test_a_run_under_way_is_never_free(office: Watch) -> None:
    marked: list[int] = []

    def look(_office: Office, _slot: str) -> dict[str, Any]:
        marked.append(note_interrupted(office.engine, now=NOW + timedelta(minutes=4)))
        return {}

    assert run_slot(office, job(look), "once")
    assert marked == [0]


def test_the_nights_sweep_is_tried_again_after_a_failure(
    office: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    nightly = next(each for each in JOBS if each.name is JobName.NIGHTLY_SWEEP)
    with monkeypatch.context() as lost:
        lost.setattr(jobs, "sweep", _break)
        assert run_due(office, nightly) == 1
        assert run_due(office, nightly) == 0
        office.clock += timedelta(minutes=1)
        assert run_due(office, nightly) == 1
        office.clock += timedelta(minutes=1)
        assert run_due(office, nightly) == 0
        office.clock += timedelta(minutes=1)
    assert run_due(office, nightly) == 1
    office.clock += timedelta(hours=1)
    assert run_due(office, nightly) == 0
    assert [run.state for run in runs(office)] == [JobState.FAILED, JobState.FAILED, JobState.DONE]


def test_the_sweep_behind_a_batch_is_tried_again_after_a_failure(
    office: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    after = next(each for each in JOBS if each.name is JobName.SWEEP_AFTER_CHANGE)
    number = applied_batch(office)
    with monkeypatch.context() as lost:
        lost.setattr(jobs, "sweep", _break)
        assert [run_due(office, after) for _ in range(2)] == [1, 0]
    office.clock += timedelta(minutes=1)
    assert [run_due(office, after) for _ in range(2)] == [1, 0]
    assert swept(office, number)


def test_what_was_applied_while_a_sweep_ran_awaits_the_next(
    office: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An earlier batch may have waited for its word: it has the lower number."""
    earlier, later = applied_batch(office, "1"), applied_batch(office, "2")
    with office.session() as session:
        session.get_one(ImportBatch, earlier).swept_at = NOW

    def be_slow(*said: Any, **named: Any) -> SweepRun:  # noqa: ANN401 - what a sweep takes
        with office.session() as session:
            session.get_one(ImportBatch, earlier).swept_at = None
        return sweep(*said, **named)

    monkeypatch.setattr(jobs, "sweep", be_slow)
    after = next(each for each in JOBS if each.name is JobName.SWEEP_AFTER_CHANGE)
    assert run_due(office, after) == 1
    assert [swept(office, number) for number in (earlier, later)] == [False, True]
    assert run_due(office, after) == 1
    assert not run_due(office, after)


def _break(*_: object, **__: object) -> SweepRun:
    raise OperationalError("SELECT", {}, Exception("terminating connection"))


def applied_batch(office: Watch, digit: str = "0") -> int:
    number = received_batch(office, digit)
    with office.session() as session:
        batch = session.get_one(ImportBatch, number)
        batch.state, batch.applied_at, batch.turn = BatchState.APPLIED, NOW, int(digit)
    return number


def swept(office: Watch, number: int) -> bool:
    with office.session(immediate=False) as session:
        return session.get_one(ImportBatch, number).swept_at is not None


def test_a_sweep_that_has_to_wait_is_tried_again(office: Watch) -> None:
    tried: list[int] = []

    def wait_once(_office: Office, _slot: str) -> dict[str, Any]:
        tried.append(1)
        if len(tried) == 1:
            raise SweepBlocked
        return {}

    assert not run_slot(office, job(wait_once), "once")
    office.clock += timedelta(seconds=10)
    assert run_slot(office, job(wait_once), "once")
    # To have waited is no interruption.
    assert [(run.state, run.attempt) for run in runs(office)] == [(JobState.DONE, 1)]


@pytest.mark.parametrize(
    ("utc_hour", "slots"),
    [(17, []), (18, ["2026-11-22"]), (15, ["2026-11-21"])],
    ids=["one in the morning", "two in the morning", "late in the evening"],
)
def test_the_night_begins_at_two_where_the_office_is(
    office: Watch, utc_hour: int, slots: list[str]
) -> None:
    office.clock = datetime(2026, 11, 21, utc_hour, 0, tzinfo=UTC)
    nightly = next(each for each in JOBS if each.name is JobName.NIGHTLY_SWEEP)
    assert nightly.due(office) == slots


def test_the_nightly_sweep_leaves_its_run(office: Watch) -> None:
    nightly = next(each for each in JOBS if each.name is JobName.NIGHTLY_SWEEP)
    assert run_due(office, nightly) == 1
    assert nightly.due(office) == []
    with office.session(immediate=False) as session:
        assert session.scalars(select(SweepRun.reason)).all() == ["nightly"]


def test_a_batch_that_keeps_crashing_ends_failed(
    office: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_office: Office, _batch_id: int) -> dict[str, Any]:
        raise MemoryError

    monkeypatch.setattr(jobs, "resume_batch", crash)
    number = received_batch(office)
    imports = next(each for each in JOBS if each.name is JobName.IMPORT)
    assert [run_due(office, imports) for _ in range(4)] == [1, 1, 1, 0]
    with office.session(immediate=False) as session:
        batch = session.get_one(ImportBatch, number)
        assert batch.state is BatchState.FAILED
        assert batch.failure


def received_batch(office: Watch, digit: str = "0") -> int:
    """A file somebody uploaded, waiting for its job."""
    with office.session() as session:
        for code in ("33", "3301", "330110"):
            session.merge(Division(code=code, name=code, level=level_of(code)))
        session.flush()
        clerk = Account(
            name=f"clerk{digit}",
            display_name="潘晓燕",
            role=Role.CLERK,
            division_code="330110",
            password_hash="unusable",
        )
        batch = ImportBatch(
            source=Source.HOUSEHOLD,
            file_name="名册.xlsx",
            sha256=digit * 64,
            size_bytes=1,
            division_code="330110",
            filer=clerk,
        )
        session.add(batch)
        session.flush()
        return batch.id
