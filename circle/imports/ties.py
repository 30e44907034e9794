"""What ties a resident, a case or a post to people's work: then an undone batch leaves it where it
is.
"""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Table, and_, exists, or_
from sqlalchemy.orm import aliased

from models.base import Base
from models.cases import Case
from models.employers import Employer
from models.posts import Post, PostBefore, PostMove
from models.residents import Resident
from models.tasks import Task, TaskMove
from models.vocabulary.cases import CaseState
from models.vocabulary.posts import PostState, PostVerb
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
post: Table = Post.__table__  # type: ignore[assignment]
employer: Table = Employer.__table__  # type: ignore[assignment]


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


def post_is_dealt_with() -> ColumnElement[bool]:
    """A post somebody has reviewed, changed or merged another into, or a record speaks of."""
    moved = exists().where(PostMove.post_id == Post.id, PostMove.verb != PostVerb.SUBMIT)
    other = aliased(Post)
    took_over = exists().where(other.merged_into == Post.id)
    aside = {"post", "post_move", "post_term", "post_before"}
    return or_(Post.state != PostState.RECEIVED, moved, took_over, is_referenced(post, aside))


def is_changed_since() -> ColumnElement[bool]:
    """Of a post a batch has changed: something happened to it after that."""
    return exists().where(PostMove.post_id == PostBefore.post_id, PostMove.id > PostBefore.move_id)


def employer_is_needed() -> ColumnElement[bool]:
    """An employer some other record speaks of, or whose licence somebody has seen."""
    return or_(Employer.licence_seen_on.is_not(None), is_referenced(employer, ()))


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
