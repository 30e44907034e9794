"""What ties a resident or a case to people's work: then an undone batch leaves it where it is."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Table, and_, exists, or_

from models.base import Base
from models.cases import Case
from models.residents import Resident
from models.tasks import Task, TaskMove
from models.vocabulary.cases import CaseState
from models.vocabulary.tasks import TaskKind, TaskState

REMINDERS = (
    TaskKind.VISIT,
    TaskKind.INSURANCE_LAPSE,
    TaskKind.FIRST_REGISTRATION,
    TaskKind.ANOMALY,
    TaskKind.SERVICE_GAP,
)
task: Table = Task.__table__  # type: ignore[assignment]
move: Table = TaskMove.__table__  # type: ignore[assignment]
case_file: Table = Case.__table__  # type: ignore[assignment]
resident: Table = Resident.__table__  # type: ignore[assignment]


def is_worked_on() -> ColumnElement[bool]:
    """A case somebody has visited, closed, given a tier, handed over or acted upon by a task."""
    return or_(
        case_file.c.state != CaseState.OPEN,
        case_file.c.tier.is_not(None),
        case_file.c.handed_over_at.is_not(None),
        is_referenced(case_file, {"case_before", "task"}),
        exists().where(task.c.case_id == case_file.c.id, ~is_raised_by_sweep()),
    )


def is_needed() -> ColumnElement[bool]:
    """A resident some other record speaks of, or a task somebody has acted upon."""
    return or_(
        is_referenced(resident, {"resident", "task"}),
        exists().where(task.c.resident_id == resident.c.id, ~is_raised_by_sweep()),
    )


def is_raised_by_sweep() -> ColumnElement[bool]:
    """Reminders no person has acted on."""
    return and_(
        task.c.kind.in_(REMINDERS),
        task.c.state.in_((TaskState.OPEN, TaskState.WITHDRAWN)),
        ~exists().where(move.c.task_id == task.c.id, move.c.by.is_not(None)),
    )


def is_referenced(table: Table, aside: Iterable[str]) -> ColumnElement[bool]:
    """Some row of another table points to this one, whatever tables there are by then."""
    references = [
        exists().where(column == table.c.id)
        for other in Base.metadata.tables.values()
        if other.name not in aside
        for column in other.columns
        if any(key.column is table.c.id for key in column.foreign_keys)
    ]
    return or_(*references)
