"""What a person does with a task of the list. Whether they may is settled before, by the scope."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from sqlalchemy.orm import Session

from circle.refusals import (
    NobodyToHandTo,
    SnoozeTooLong,
    TaskAlreadySettled,
    VisitCannotBeDismissed,
)
from circle.todo.queries import workers_for
from models.policy import policy_on
from models.staff import Account
from models.tasks import Task
from models.vocabulary.tasks import DismissReason, SnoozeReason, TaskState
from reminders import inbox


def complete(session: Session, task: Task, *, by: Account, now: datetime) -> None:
    with _alone_with(session, task):
        inbox.complete(session, task, by=by, now=now)


def dismiss(
    session: Session, task: Task, *, reason: DismissReason, by: Account, now: datetime
) -> None:
    with _alone_with(session, task):
        inbox.dismiss(session, task, reason=reason, by=by, now=now)


def snooze(
    session: Session,
    task: Task,
    *,
    until: date,
    reason: SnoozeReason,
    by: Account,
    now: datetime,
    on: date,
) -> None:
    policy = policy_on(session, on, task.resident.lives_in or "")
    with _alone_with(session, task):
        inbox.snooze(
            session, task, until=until, reason=reason, by=by, now=now, on=on, policy=policy
        )


def hand_over(
    session: Session, task: Task, *, to: Account | None, by: Account, now: datetime
) -> None:
    """To a worker who covers where the resident lives, or back to the street's queue."""
    if to is not None and to.id not in {
        worker.id for worker in workers_for(session, task.resident)
    }:
        raise NobodyToHandTo
    with _alone_with(session, task):
        inbox.hand_over(session, task, to=to, by=by, now=now)


def take_back(session: Session, task: Task, *, by: Account, now: datetime) -> None:
    """Undo what was just done: wake a snoozed task, reopen one that a person settled."""
    with _alone_with(session, task):
        if not can_take_back(task):
            raise TaskAlreadySettled
        undo = inbox.wake if task.state is TaskState.OPEN else inbox.reopen
        undo(session, task, by=by, now=now)


def can_take_back(task: Task) -> bool:
    """What the sweep withdrew is the sweep's, and what a visit completed falls with the visit."""
    if task.state is TaskState.OPEN:
        return task.snoozed_until is not None
    return task.state is not TaskState.WITHDRAWN and task.visit_id is None


@contextmanager
def _alone_with(session: Session, task: Task) -> Iterator[None]:
    """Read the task again under a lock: of two people at once the second learns of the first."""
    session.refresh(task, with_for_update=True)
    try:
        yield
    except inbox.TaskSettled:
        raise TaskAlreadySettled from None
    except inbox.CannotDismiss:
        raise VisitCannotBeDismissed from None
    except inbox.SnoozeOutOfRange as limit:
        raise SnoozeTooLong(limit.latest) from None
