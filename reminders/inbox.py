"""What a person does with a task. Each act is logged as a move; the edge commits."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from models.cases import Visit
from models.policy import Policy
from models.staff import Account
from models.tasks import Task, TaskMove
from models.vocabulary.lifecycle import IllegalMove
from models.vocabulary.tasks import DismissReason, SnoozeReason, TaskKind, TaskVerb

# A visit is owed as long as the case is open: it is snoozed, handed over, or the case is closed.
NEVER_DISMISSED = frozenset({TaskKind.VISIT})


class TaskSettled(Exception):  # noqa: N818 - named for what happened
    """Somebody settled the task first, or it is not in the state the act starts from."""


class CannotDismiss(Exception):  # noqa: N818
    """A visit reminder cannot be dismissed."""


@dataclass
class SnoozeOutOfRange(Exception):  # noqa: N818
    """A snooze ends after today and `latest` at the latest."""

    latest: date


def complete(
    session: Session,
    task: Task,
    *,
    by: Account | None,
    now: datetime,
    visit: Visit | None = None,
) -> None:
    """Raises TaskSettled."""
    _settle(task, TaskVerb.COMPLETE, by=by, now=now)
    task.visit = visit
    _log(session, task, TaskVerb.COMPLETE, by=by, now=now)


def dismiss(
    session: Session, task: Task, *, reason: DismissReason, by: Account, now: datetime
) -> None:
    """Raises TaskSettled and CannotDismiss."""
    if task.kind in NEVER_DISMISSED:
        raise CannotDismiss
    _settle(task, TaskVerb.DISMISS, by=by, now=now)
    task.dismiss_reason = reason
    _log(session, task, TaskVerb.DISMISS, by=by, now=now, reason=reason)


def withdraw(session: Session, task: Task, *, by: Account | None, now: datetime) -> None:
    """Raises TaskSettled."""
    _settle(task, TaskVerb.WITHDRAW, by=by, now=now)
    _log(session, task, TaskVerb.WITHDRAW, by=by, now=now)


def snooze(
    session: Session,
    task: Task,
    *,
    until: date,
    reason: SnoozeReason,
    by: Account,
    now: datetime,
    on: date,
    policy: Policy,
) -> None:
    """Hide an open task from its worker's list until a day; it stays open and may turn overdue.

    Raises TaskSettled and SnoozeOutOfRange.
    """
    latest = on + timedelta(days=policy.snooze_days)
    if not on < until <= latest:
        raise SnoozeOutOfRange(latest)
    _move(task, TaskVerb.SNOOZE)
    task.snoozed_until = until
    _log(session, task, TaskVerb.SNOOZE, by=by, now=now, reason=reason, until=until)


def wake(session: Session, task: Task, *, by: Account, now: datetime) -> None:
    """Take a snooze back; raises TaskSettled."""
    _move(task, TaskVerb.SNOOZE)
    task.snoozed_until = None
    _log(session, task, TaskVerb.SNOOZE, by=by, now=now)


def hand_over(
    session: Session, task: Task, *, to: Account | None, by: Account, now: datetime
) -> None:
    """Give the task to somebody, or to the street's queue, and keep it there."""
    _move(task, TaskVerb.HAND_OVER)
    before = task.assignee_id
    task.assignee = to
    task.pinned = to is not None
    _log(
        session,
        task,
        TaskVerb.HAND_OVER,
        by=by,
        now=now,
        from_id=before,
        to_id=to.id if to else None,
    )


def reopen(session: Session, task: Task, *, by: Account | None, now: datetime) -> None:
    """Raises TaskSettled when it is open already."""
    _move(task, TaskVerb.REOPEN)
    task.settled_at = task.settled_by = task.dismiss_reason = None
    task.visit = None
    _log(session, task, TaskVerb.REOPEN, by=by, now=now)


def raise_order(  # noqa: PLR0913 - an order has this many particulars
    session: Session,
    *,
    kind: TaskKind,
    resident_id: int,
    case_id: int | None,
    cycle: str,
    on: date,
    due_on: date,
    provisional: bool,
    priority: int,
    assignee_id: int | None,
    evidence: dict[str, Any],
) -> Task:
    """A task that a person or a registration dispatches; its cycle is the order's UUID."""
    task = Task(
        kind=kind,
        resident_id=resident_id,
        case_id=case_id,
        cycle=cycle,
        raised_on=on,
        due_on=due_on,
        provisional=provisional,
        priority=priority,
        assignee_id=assignee_id,
        evidence=evidence,
    )
    session.add(task)
    session.flush()
    return task


def _settle(task: Task, verb: TaskVerb, *, by: Account | None, now: datetime) -> None:
    _move(task, verb)
    task.settled_at = now
    task.settled_by = by.id if by else None
    task.snoozed_until = None


def _move(task: Task, verb: TaskVerb) -> None:
    try:
        task.move(verb)
    except IllegalMove:
        raise TaskSettled from None


def _log(
    session: Session,
    task: Task,
    verb: TaskVerb,
    *,
    by: Account | None,
    now: datetime,
    **particulars: Any,  # noqa: ANN401 - reason, until, from_id, to_id: columns of the move
) -> None:
    session.flush()
    move = TaskMove(task_id=task.id, verb=verb, at=now, by=by.id if by else None, **particulars)
    session.add(move)
    session.flush()
