"""What the scheduler did and has to do, and what the checks found: as pages and jobs ask it."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from circle.upkeep.checks import CHECKS
from models.integrity import CheckResult, CheckRun
from models.jobs import JobRequest, JobRun
from models.vocabulary.jobs import JobName, JobState


def waiting_requests(session: Session, name: JobName | None = None) -> Sequence[JobRequest]:
    """The oldest first; of one job or of all."""
    waiting = select(JobRequest).where(JobRequest.settled_at.is_(None)).order_by(JobRequest.id)
    return session.scalars(
        waiting if name is None else waiting.where(JobRequest.name == name)
    ).all()


def jobs_wanted(session: Session) -> set[JobName]:
    """Asked for, and none of them running: one that runs looks for itself afterwards."""
    running = select(JobRun.name).where(JobRun.state == JobState.RUNNING)
    return {request.name for request in waiting_requests(session)} - set(session.scalars(running))


def newest_results(session: Session) -> list[CheckResult]:
    """Of the newest finished run, in the table's own order."""
    newest = select(func.max(CheckRun.id)).where(CheckRun.finished_at.is_not(None))
    results = session.scalars(
        select(CheckResult).where(CheckResult.run_id == newest.scalar_subquery())
    )
    order = {check.name: place for place, check in enumerate(CHECKS)}
    return sorted(results, key=lambda result: order[result.name])
