"""The scheduler's process: looks at each job in turn, never inside a web worker."""

import signal
from collections.abc import Sequence
from datetime import timedelta
from threading import Lock
from types import FrameType

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.schedulers.blocking import BlockingScheduler
from sqlalchemy import delete, select, update

from circle import database
from circle.jobs import HEARTBEAT_SECONDS, JOBS, Job, note_interrupted, run_due, run_requested
from circle.office import Office
from circle.processes import this_process
from circle.upkeep.queries import jobs_wanted
from models.jobs import SchedulerProcess

log = structlog.get_logger(__name__)
REQUESTS_SECONDS = 2
FORGOTTEN_AFTER = timedelta(days=7)
# One that lasts as long as an import, and one that finds it at work and goes: no cause for alarm.
LOOKS_AT_ONCE = 2


def run(office: Office, jobs: Sequence[Job] = JOBS) -> None:
    """Until told to stop; a job under way finishes first."""
    scheduler = BlockingScheduler()
    appoint(scheduler, office, jobs)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        scheduler.shutdown(wait=False)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    beat(office)
    log.info("scheduler started", jobs=[job.name.value for job in jobs])
    scheduler.start()
    _say_goodbye(office)


def appoint(scheduler: BaseScheduler, office: Office, jobs: Sequence[Job]) -> None:
    """Give every job its looks, beside the heartbeat and the look for requests."""
    scheduler.configure(
        executors={"default": ThreadPoolExecutor(LOOKS_AT_ONCE * len(jobs) + 2)},
        timezone=office.settings.timezone,
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for job in jobs:
        scheduler.add_job(
            look,
            "interval",
            seconds=job.every_seconds,
            args=[office, job, Lock()],
            id=job.name.value,
            max_instances=LOOKS_AT_ONCE,
        )
    scheduler.add_job(beat, "interval", seconds=HEARTBEAT_SECONDS, args=[office])
    scheduler.add_job(hurry, "interval", seconds=REQUESTS_SECONDS, args=[office, scheduler, jobs])


def look(office: Office, job: Job, turn: Lock) -> None:
    """One look at one job, unless the one before is still at work; a database that does not answer
    is asked again next time.
    """
    if not turn.acquire(blocking=False):
        return
    try:
        run_requested(office, job)
        run_due(office, job)
    except Exception:
        log.exception("could not look for due work", job=job.name.value)
    finally:
        turn.release()


def beat(office: Office) -> None:
    """Tell that this scheduler is there, and find the runs of those that died."""
    try:
        _write_heartbeat(office)
        note_interrupted(office.engine, now=database.now())
    except Exception:
        log.exception("could not write the heartbeat")


def hurry(office: Office, scheduler: BaseScheduler, jobs: Sequence[Job]) -> None:
    """Have a job looked at now that somebody has asked for, not at its next turn."""
    try:
        with office.session(immediate=False) as session:
            wanted = jobs_wanted(session)
    except Exception:
        log.exception("could not look for requests")
        return
    for job in jobs:
        if job.name in wanted:
            scheduler.modify_job(job.name.value, next_run_time=database.now())


def _write_heartbeat(office: Office) -> None:
    moment = database.now()
    here = SchedulerProcess.process == this_process()
    with office.session() as session:
        if session.scalar(select(SchedulerProcess.id).where(here)) is None:
            session.add(
                SchedulerProcess(process=this_process(), started_at=moment, heartbeat_at=moment)
            )
            session.execute(
                delete(SchedulerProcess).where(
                    SchedulerProcess.heartbeat_at < moment - FORGOTTEN_AFTER
                )
            )
        session.execute(update(SchedulerProcess).where(here).values(heartbeat_at=moment))


def _say_goodbye(office: Office) -> None:
    with office.session() as session:
        session.execute(
            update(SchedulerProcess)
            .where(SchedulerProcess.process == this_process())
            .values(stopped_at=database.now())
        )
