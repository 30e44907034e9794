"""What a person does with a task."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.database import today
from config import Settings
from models.staff import Account
from models.tasks import Task, TaskMove
from models.vocabulary.tasks import DismissReason, SnoozeReason, TaskKind, TaskState, TaskVerb
from reminders import inbox
from reminders.queries import awake, due_within, overdue, snoozed
from tests.factories import (
    NOON,
    AccountFactory,
    CaseFactory,
    TaskFactory,
    VisitFactory,
    load_places,
    use,
)
from tests.reminders.worlds import DEFAULTS

TODAY = date(2026, 11, 21)


@pytest.fixture
def worker(session: Session) -> Account:
    use(session)
    load_places(session)
    worker: Account = AccountFactory()
    return worker


def snooze(session: Session, task: Task, by: Account, days: int) -> None:
    inbox.snooze(
        session,
        task,
        until=TODAY + timedelta(days=days),
        reason=SnoozeReason.NOT_REACHED,
        by=by,
        now=NOON,
        on=TODAY,
        policy=DEFAULTS,
    )


def moves(session: Session) -> list[TaskMove]:
    return list(session.scalars(select(TaskMove).order_by(TaskMove.id)))


def test_completing_remembers_who_when_and_by_which_visit(
    session: Session, worker: Account
) -> None:
    task, visit = TaskFactory(), VisitFactory(case=CaseFactory())
    inbox.complete(session, task, by=worker, now=NOON, visit=visit)
    assert (task.state, task.settled_at, task.settled_by) == (TaskState.DONE, NOON, worker.id)
    assert task.visit_id == visit.id
    assert [(move.verb, move.by, move.at) for move in moves(session)] == [
        (TaskVerb.COMPLETE, worker.id, NOON)
    ]


def test_a_visit_reminder_cannot_be_dismissed(session: Session, worker: Account) -> None:
    task = TaskFactory(kind=TaskKind.VISIT, cycle="since:2026-10-01")
    with pytest.raises(inbox.CannotDismiss):
        inbox.dismiss(session, task, reason=DismissReason.OTHER, by=worker, now=NOON)
    assert task.state is TaskState.OPEN


def test_dismissing_keeps_the_reason(session: Session, worker: Account) -> None:
    task = TaskFactory()
    inbox.dismiss(session, task, reason=DismissReason.DECLINED, by=worker, now=NOON)
    assert (task.state, task.dismiss_reason) == (TaskState.DISMISSED, DismissReason.DECLINED)
    assert moves(session)[0].reason == "declined"


@pytest.mark.parametrize("days", [1, 14])
def test_a_snoozed_task_stays_open_and_may_turn_overdue(
    session: Session, worker: Account, days: int
) -> None:
    task = TaskFactory(due_on=TODAY - timedelta(days=1))
    snooze(session, task, worker, days)
    assert task.state is TaskState.OPEN
    assert session.scalar(select(Task).where(overdue(TODAY))) == task
    wakes = TODAY + timedelta(days=days)
    assert session.scalar(select(Task).where(snoozed(wakes - timedelta(days=1)))) == task
    assert session.scalar(select(Task).where(awake(wakes))) == task


@pytest.mark.parametrize("days", [-1, 0, 15])
def test_a_snooze_ends_after_today_and_within_fourteen_days(
    session: Session, worker: Account, days: int
) -> None:
    with pytest.raises(inbox.SnoozeOutOfRange) as refused:
        snooze(session, TaskFactory(), worker, days)
    assert refused.value.latest == date(2026, 12, 5)


Act = Callable[[Session, Task, Account], None]


@pytest.mark.parametrize(
    "act",
    [
        lambda session, task, by: inbox.complete(session, task, by=by, now=NOON),
        lambda session, task, by: inbox.withdraw(session, task, by=by, now=NOON),
        lambda session, task, by: inbox.hand_over(session, task, to=by, by=by, now=NOON),
        lambda session, task, by: snooze(session, task, by, 3),
        lambda session, task, by: inbox.dismiss(
            session, task, reason=DismissReason.OTHER, by=by, now=NOON
        ),
    ],
)
def test_whoever_comes_second_is_told_so(session: Session, worker: Account, act: Act) -> None:
    task = TaskFactory()
    inbox.complete(session, task, by=worker, now=NOON)
    with pytest.raises(inbox.TaskSettled):
        act(session, task, worker)
    assert len(moves(session)) == 1


def test_a_hand_over_remembers_from_whom_to_whom(session: Session, worker: Account) -> None:
    other = AccountFactory()
    task = TaskFactory(assignee=worker)
    inbox.hand_over(session, task, to=other, by=worker, now=NOON)
    assert (task.assignee_id, task.pinned) == (other.id, True)
    (move,) = moves(session)
    assert (move.from_id, move.to_id) == (worker.id, other.id)


def test_reopening_forgets_how_it_was_settled(session: Session, worker: Account) -> None:
    task = TaskFactory()
    inbox.dismiss(session, task, reason=DismissReason.OTHER, by=worker, now=NOON)
    inbox.reopen(session, task, by=worker, now=NOON)
    session.flush()
    assert (task.state, task.settled_at, task.settled_by) == (TaskState.OPEN, None, None)
    assert task.dismiss_reason is None
    with pytest.raises(inbox.TaskSettled):
        inbox.reopen(session, task, by=worker, now=NOON)


@pytest.mark.parametrize(
    ("instant", "is_overdue"),
    [
        (datetime(2026, 11, 21, 15, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 21, 16, 0, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 22, 0, 0, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 21, 0, 0, 0, tzinfo=UTC), False),
    ],
)
def test_a_task_turns_overdue_at_midnight_in_the_office(
    session: Session, worker: Account, settings: Settings, instant: datetime, is_overdue: bool
) -> None:
    assert ZoneInfo(settings.timezone) == ZoneInfo("Asia/Shanghai")
    task = TaskFactory(due_on=TODAY, assignee=worker)
    with time_machine.travel(instant, tick=False):
        day = today(settings)
    late = session.scalar(select(Task.id).where(overdue(day)))
    assert late == (task.id if is_overdue else None)
    assert session.scalar(select(Task.id).where(due_within(day, 0))) == task.id
