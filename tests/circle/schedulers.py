"""Real scheduler processes over a job table of the tests' own: `python -m tests.circle.schedulers`.

What runs leaves a row in `ran`; nothing there forbids a second one.
"""

import sys
import threading
from typing import Any

from sqlalchemy import column, func, insert, select, table

from circle import scheduler
from circle.jobs import Job
from circle.office import Office
from circle.processes import this_process
from models.jobs import JobRun, SchedulerProcess
from models.vocabulary.jobs import JobName, JobState

SLOTS = [f"slot:{number:03}" for number in range(200)]
RAN = table("ran", column("slot"), column("process"))
STUCK = "stuck"


def together(count: int) -> Job:
    """All slots, as soon as so many schedulers are there; each is left out once it has ended."""

    def due(office: Office) -> list[str]:
        with office.session(immediate=False) as session:
            here = session.scalar(select(func.count()).select_from(SchedulerProcess)) or 0
            ended = set(
                session.scalars(select(JobRun.slot).where(JobRun.state != JobState.RUNNING))
            )
        return [slot for slot in SLOTS if slot not in ended] if here >= count else []

    return Job(JobName.SEAL_AUDIT, 1, due, _note)


def _note(office: Office, slot: str) -> dict[str, Any]:
    with office.session() as session:
        session.execute(insert(RAN).values(slot=slot, process=this_process()))
    return {}


def stuck() -> Job:
    """One slot that never ends."""

    def hang(office: Office, slot: str) -> dict[str, Any]:
        _note(office, slot)
        threading.Event().wait()
        return {}

    return Job(JobName.SEAL_AUDIT, 1, lambda _office: [STUCK], hang)


def finishing() -> Job:
    return Job(JobName.SEAL_AUDIT, 1, lambda _office: [STUCK], _note)


def seldom() -> Job:
    """Not before the test is over, unless somebody asks for it."""
    return Job(JobName.SEAL_AUDIT, 24 * 60 * 60, lambda _office: [], _note, any_time=True)


TABLES = {
    "together": lambda: together(2),
    "stuck": stuck,
    "finishing": finishing,
    "seldom": seldom,
}

if __name__ == "__main__":
    scheduler.run(Office(), [TABLES[sys.argv[1]]()])
