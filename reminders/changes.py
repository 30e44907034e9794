"""How each verb of a sweep is written into the tasks and their history."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    and_,
    case,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    select,
    update,
)

from models.base import Instant
from models.sql import insert_into
from models.tasks import Task, TaskMove
from models.vocabulary.tasks import TaskState, TaskVerb
from reminders.rules import Rule
from reminders.workbench import CHANGE, MOVE, RAISE, REFRESH, REOPEN, WITHDRAW, Sweep


@dataclass(frozen=True)
class Part:
    """A slice of one verb's changes of one rule, numbered from `first` to `last`."""

    rule: Rule
    sweep: Sweep
    fixed_due: tuple[date | None, bool]
    first: int
    last: int

    @property
    def rows(self) -> ColumnElement[bool]:
        return CHANGE.c.seq.between(self.first, self.last)

    @property
    def due_on(self) -> ColumnElement[date]:
        return func.coalesce(CHANGE.c.due_on, literal(self.fixed_due[0], Date))

    @property
    def provisional(self) -> ColumnElement[bool]:
        return case(
            (CHANGE.c.due_on.is_(None), literal(self.fixed_due[1])), else_=CHANGE.c.provisional
        )


def _raise(part: Part) -> None:
    columns = {
        "resident_id": CHANGE.c.resident_id,
        "case_id": CHANGE.c.case_id,
        "kind": literal(part.rule.kind.value),
        "cycle": CHANGE.c.cycle,
        "state": literal(TaskState.OPEN.value),
        "raised_on": literal(part.sweep.on, Date),
        "due_on": part.due_on,
        "provisional": part.provisional,
        "priority": CHANGE.c.priority,
        "assignee_id": CHANGE.c.assignee_id,
        "pinned": false(),
        "evidence": CHANGE.c.evidence,
        "created_at": literal(part.sweep.now, Instant),
    }
    rows = select(*columns.values()).where(part.rows)
    make = insert_into(part.sweep.connection, Task)
    # Somebody else may have raised it between the comparison and this slice.
    part.sweep.execute(make.from_select(list(columns), rows).on_conflict_do_nothing())


def _reopen(part: Part) -> None:
    _log(part, TaskVerb.REOPEN, TaskState.WITHDRAWN)
    _change(
        part,
        TaskState.WITHDRAWN,
        **_dates_of_reopened(part),
        state=TaskState.OPEN,
        settled_at=None,
        settled_by=None,
        priority=CHANGE.c.priority,
        evidence=CHANGE.c.evidence,
        case_id=CHANGE.c.case_id,
        assignee_id=CHANGE.c.assignee_id,
        pinned=and_(Task.pinned, func.coalesce(Task.assignee_id == CHANGE.c.assignee_id, false())),
    )


def _dates_of_reopened(part: Part) -> dict[str, Any]:
    """New ones; what was withdrawn for the sake of a file that was taken back keeps its own."""
    new = {"due_on": part.due_on, "provisional": part.provisional}
    if part.sweep.undone_since is None:
        return {"raised_on": part.sweep.on, **new}
    is_back = Task.settled_at >= part.sweep.undone_since
    kept = and_(is_back, CHANGE.c.due_on.is_(None))
    return {
        "raised_on": case((is_back, Task.raised_on), else_=literal(part.sweep.on, Date)),
        "due_on": case((kept, Task.due_on), else_=new["due_on"]),
        "provisional": case((kept, Task.provisional), else_=new["provisional"]),
    }


def _refresh(part: Part) -> None:
    _move(part)
    follows = CHANGE.c.due_on.is_not(None)
    _change(
        part,
        TaskState.OPEN,
        due_on=func.coalesce(CHANGE.c.due_on, Task.due_on),
        provisional=case((follows, CHANGE.c.provisional), else_=Task.provisional),
        priority=CHANGE.c.priority,
        evidence=CHANGE.c.evidence,
    )


def _move(part: Part) -> None:
    """From somebody who may not keep it to whoever is next; a hand-over meanwhile stands."""
    particulars = {"from_id": CHANGE.c.left_by, "to_id": CHANGE.c.assignee_id}
    is_left = Task.assignee_id == CHANGE.c.left_by
    _log(part, TaskVerb.HAND_OVER, TaskState.OPEN, is_left, **particulars)
    part.sweep.execute(
        update(Task)
        .where(Task.id == CHANGE.c.task_id, part.rows, Task.state == TaskState.OPEN, is_left)
        .values(assignee_id=CHANGE.c.assignee_id, pinned=false())
    )


def _withdraw(part: Part) -> None:
    _log(part, TaskVerb.WITHDRAW, TaskState.OPEN)
    _change(
        part,
        TaskState.OPEN,
        state=TaskState.WITHDRAWN,
        settled_at=part.sweep.now,
        snoozed_until=None,
    )
    if part.sweep.undone_since is not None:
        _forget(part, part.sweep.undone_since)


def _forget(part: Part, since: datetime) -> None:
    """Reminders raised while a file counted that was taken back, and that nobody has acted on."""
    acted = exists().where(TaskMove.task_id == Task.id, TaskMove.by.is_not(None))
    raised = (
        select(Task.id)
        .join(CHANGE, CHANGE.c.task_id == Task.id)
        .where(part.rows, Task.state == TaskState.WITHDRAWN, Task.created_at >= since, ~acted)
    )
    part.sweep.execute(delete(TaskMove).where(TaskMove.task_id.in_(raised)))
    part.sweep.execute(delete(Task).where(Task.id.in_(raised)))


WRITERS: dict[str, Callable[[Part], None]] = {
    WITHDRAW: _withdraw,
    RAISE: _raise,
    REOPEN: _reopen,
    REFRESH: _refresh,
    MOVE: _move,
}


def _change(part: Part, before: TaskState, **values: Any) -> None:  # noqa: ANN401 - columns of the task
    """Only tasks still in the state they were compared in: people work meanwhile."""
    part.sweep.execute(
        update(Task)
        .where(Task.id == CHANGE.c.task_id, part.rows, Task.state == before)
        .values(**values)
    )


def _log(
    part: Part,
    verb: TaskVerb,
    state: TaskState,
    *conditions: ColumnElement[bool],
    **particulars: ColumnElement[Any],
) -> None:
    columns = {
        "task_id": Task.id,
        "verb": literal(verb.value),
        "at": literal(part.sweep.now, Instant),
        "sweep_id": literal(part.sweep.run_id),
        **particulars,
    }
    moved = (
        select(*columns.values())
        .join(CHANGE, CHANGE.c.task_id == Task.id)
        .where(part.rows, Task.state == state, *conditions)
    )
    part.sweep.execute(insert(TaskMove).from_select(list(columns), moved))
