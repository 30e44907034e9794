"""What people have asked the scheduler for. A page only files the wish; the scheduler runs it."""

from datetime import datetime

from sqlalchemy import exists, select, text, update
from sqlalchemy.orm import Session

from circle.upkeep.queries import waiting_requests
from models.jobs import JobRequest, JobRun
from models.sql import insert_into
from models.staff import Account
from models.vocabulary.jobs import JobName, JobState

UNSETTLED = "settled_at IS NULL"  # the condition of the index that allows one waiting request


def file_request(
    session: Session, name: JobName, *, argument: str = "", by: Account | None, now: datetime
) -> bool:
    """Whether the wish is a new one: until it has run a second is the same."""
    wish = insert_into(session, JobRequest).values(
        name=name,
        argument=argument,
        requested_by=by.id if by else None,
        requested_at=now,
    )
    made = wish.on_conflict_do_nothing(
        index_elements=["name", "argument"], index_where=text(UNSETTLED)
    ).returning(JobRequest.id)
    return session.execute(made).scalar() is not None


def settle_requests(session: Session, name: JobName, *, now: datetime) -> None:
    """Those whose run has ended, however it ended."""
    ended = [
        request.id for request in waiting_requests(session, name) if _has_ended(session, request)
    ]
    session.execute(update(JobRequest).where(JobRequest.id.in_(ended)).values(settled_at=now))


def _has_ended(session: Session, request: JobRequest) -> bool:
    ended = exists().where(
        JobRun.name == request.name,
        JobRun.slot == request.slot,
        JobRun.state.in_((JobState.DONE, JobState.FAILED)),
    )
    return bool(session.scalar(select(ended)))
