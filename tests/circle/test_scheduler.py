"""Schedulers as they run: in processes of their own, on a database of their own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
from apscheduler.events import EVENT_JOB_EXECUTED, EVENT_JOB_MAX_INSTANCES, JobExecutionEvent
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import delete, func, select, text

from circle import scheduler as scheduling
from circle.database import make_engine, now
from circle.jobs import Job
from circle.office import Office
from models.jobs import JobRequest, JobRun, SchedulerProcess
from models.sealed import Keyring
from models.vocabulary.jobs import JobName, JobState
from tests.circle.schedulers import RAN, SLOTS, STUCK, seldom
from tests.conftest import SECRET_KEY, migrated_database

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 120
Start = Callable[[str], "subprocess.Popen[bytes]"]


@pytest.fixture(scope="module")
def installation(
    backend: str, tmp_path_factory: pytest.TempPathFactory, keyring: Keyring
) -> Iterator[Office]:
    with migrated_database(backend, tmp_path_factory.mktemp("schedulers"), keyring) as settings:
        office = Office()
        engine = make_engine(settings)
        office.__dict__.update(settings=settings, bare_engine=engine, engine=engine)
        with office.session() as session:
            session.execute(text("CREATE TABLE ran (slot VARCHAR(60), process VARCHAR(80))"))
        yield office
        engine.dispose()


@pytest.fixture
def office(installation: Office) -> Office:
    with installation.session() as session:
        for table in (JobRun, JobRequest, SchedulerProcess):
            session.execute(delete(table))
        session.execute(delete(RAN))
    return installation


@pytest.fixture
def start(office: Office) -> Iterator[Start]:
    """Starts a scheduler over one of the tests' job tables; all are gone afterwards."""
    started: list[subprocess.Popen[bytes]] = []

    def start(table: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "tests.circle.schedulers", table]
        started.append(subprocess.Popen(command, cwd=ROOT, env=environment(office)))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def environment(office: Office) -> dict[str, str]:
    return {
        **os.environ,
        "CIRCLE_DATABASE_URL": office.settings.database_url,
        "CIRCLE_KEYRING": str(office.settings.keyring_path),
        "CIRCLE_SECRET_KEY": SECRET_KEY,
    }


def until(claim: Callable[[], bool]) -> None:
    """However slow the machine is today."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not claim():
        assert time.monotonic() < end, "never came true"
        time.sleep(0.05)


@contextmanager
def stopped(*processes: "subprocess.Popen[bytes]") -> Iterator[list[int]]:
    """Their exit codes after SIGTERM."""
    for process in processes:
        process.send_signal(signal.SIGTERM)
    yield [process.wait(PATIENCE_SECONDS) for process in processes]


def count(office: Office, state: JobState) -> int:
    with office.session(immediate=False) as session:
        found = select(func.count()).select_from(JobRun).where(JobRun.state == state)
        return session.scalar(found) or 0


def ran(office: Office) -> list[str]:
    with office.session(immediate=False) as session:
        return sorted(session.scalars(select(RAN.c.slot)))


def schedulers(office: Office) -> list[SchedulerProcess]:
    with office.session(immediate=False) as session:
        found = list(session.scalars(select(SchedulerProcess)))
        session.expunge_all()
    return found


def test_two_schedulers_run_two_hundred_slots_once_each(office: Office, start: Start) -> None:
    both = [start("together"), start("together")]
    until(lambda: count(office, JobState.DONE) == len(SLOTS))
    with stopped(*both) as codes:
        assert codes == [0, 0]
    assert ran(office) == SLOTS
    assert [each.stopped_at is not None for each in schedulers(office)] == [True, True]


def test_a_killed_scheduler_frees_its_slot_for_the_next(office: Office, start: Start) -> None:
    first = start("stuck")
    until(lambda: ran(office) == [STUCK])
    first.kill()
    first.wait()
    second = start("finishing")
    until(lambda: count(office, JobState.DONE) == 1)
    with stopped(second) as codes:
        assert codes == [0]
    with office.session(immediate=False) as session:
        run = session.scalars(select(JobRun)).one()
        assert (run.attempt, run.outcome) == (2, None)
    assert ran(office) == [STUCK, STUCK]
    gone, stayed = sorted(schedulers(office), key=lambda each: each.id)
    assert gone.stopped_at is None
    assert stayed.stopped_at is not None


def test_what_somebody_asks_for_runs_at_once(office: Office, start: Start) -> None:
    with office.session() as session:
        request = JobRequest(name=JobName.SEAL_AUDIT, requested_at=office.now)
        session.add(request)
        session.flush()
        slot = request.slot
    running = start("seldom")

    def settled() -> bool:
        with office.session(immediate=False) as session:
            return session.scalar(select(JobRequest.settled_at)) is not None

    until(settled)
    with stopped(running) as codes:
        assert codes == [0]
    assert ran(office) == [slot]


def test_a_look_during_a_long_run_is_no_warning(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, begun, over, looked = seldom(), Event(), Event(), Event()
    codes: list[int] = []

    def last(_office: Office, _job: Job) -> None:
        begun.set()
        over.wait(PATIENCE_SECONDS)

    def note(event: JobExecutionEvent) -> None:
        if event.job_id == job.name.value:
            codes.append(event.code)
            looked.set()

    monkeypatch.setattr(scheduling, "run_due", last)
    scheduler = BackgroundScheduler()
    scheduling.appoint(scheduler, office, [job])
    scheduler.add_listener(note, EVENT_JOB_EXECUTED | EVENT_JOB_MAX_INSTANCES)
    scheduler.start()
    try:
        scheduler.modify_job(job.name.value, next_run_time=now())
        assert begun.wait(PATIENCE_SECONDS)
        scheduler.modify_job(job.name.value, next_run_time=now())
        assert looked.wait(PATIENCE_SECONDS)
    finally:
        over.set()
        scheduler.shutdown()
    assert codes == [EVENT_JOB_EXECUTED, EVENT_JOB_EXECUTED]
