"""The scheduler's process: looks at each job in turn, never inside a web worker."""

import signal
from types import FrameType

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler

from circle.jobs import JOBS, Job, run_due
from circle.office import Office

log = structlog.get_logger(__name__)


def run(office: Office) -> None:
    """Until told to stop; a job under way finishes first."""
    scheduler = BlockingScheduler(
        executors={"default": ThreadPoolExecutor(len(JOBS))},
        timezone=office.settings.timezone,
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for job in JOBS:
        scheduler.add_job(
            look, "interval", seconds=job.every_seconds, args=[office, job], id=job.name.value
        )

    def stop(_signal: int, _frame: FrameType | None) -> None:
        scheduler.shutdown(wait=False)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    log.info("scheduler started", jobs=[job.name.value for job in JOBS])
    scheduler.start()


def look(office: Office, job: Job) -> None:
    """One look at one job; a database that does not answer is asked again next time."""
    try:
        run_due(office, job)
    except Exception:
        log.exception("could not look for due work", job=job.name.value)
