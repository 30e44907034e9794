from collections.abc import Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.cases import Case, Placement, Visit
from models.places import Division
from models.residents import Intention, Resident
from models.staff import Account
from models.tasks import Task
from models.vocabulary.cases import CaseState, CloseReason
from models.vocabulary.tasks import TaskState

AT_WORK = frozenset({CloseReason.EMPLOYED, CloseReason.SELF_EMPLOYED})


def open_case_of(session: Session, resident_id: int) -> Case | None:
    return session.scalars(
        select(Case).where(Case.resident_id == resident_id, Case.state == CaseState.OPEN)
    ).one_or_none()


def case_told_of(session: Session, resident_id: int, day: date) -> Case | None:
    """The case a contact of the day belongs to: the open one, else the one open on that day.

    The row stays locked: two visits recorded at once must not both count from the old contact.
    """
    held = or_(
        Case.state == CaseState.OPEN,
        (Case.opened_on <= day) & (Case.closed_on >= day),
    )
    return session.scalars(
        select(Case)
        .where(Case.resident_id == resident_id, held)
        .order_by(Case.state.desc(), Case.opened_on.desc())
        .limit(1)
        .with_for_update(of=Case)
        .execution_options(populate_existing=True)
    ).one_or_none()


def closed_at_work(session: Session, resident_id: int, day: date) -> Case | None:
    """The newest case, where it was closed by then because the person had found work; locked."""
    newest = session.scalars(
        select(Case)
        .where(Case.resident_id == resident_id)
        .order_by(Case.opened_on.desc(), Case.id.desc())
        .limit(1)
        .with_for_update(of=Case)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if newest is None or newest.close_reason not in AT_WORK or newest.closed_on is None:
        return None
    return newest if newest.closed_on <= day else None


def open_tasks_of(session: Session, resident_id: int) -> Sequence[Task]:
    return session.scalars(
        select(Task)
        .where(Task.resident_id == resident_id, Task.state == TaskState.OPEN)
        .order_by(Task.due_on, Task.id)
    ).all()


def tasks_settled_by(session: Session, visit: Visit) -> Sequence[Task]:
    return session.scalars(
        select(Task).where(Task.visit_id == visit.id, Task.state == TaskState.DONE)
    ).all()


def recorded_before(session: Session, uuid: str | None, by: Account) -> Visit | None:
    """A visit this person has recorded under this number, whoever serves the resident by now."""
    return session.scalars(
        select(Visit).where(Visit.uuid == (uuid or ""), Visit.recorded_by == by.id)
    ).one_or_none()


def wish_told_in(session: Session, visit: Visit) -> Intention | None:
    return session.scalars(
        select(Intention).where(Intention.visit_id == visit.id).limit(1)
    ).one_or_none()


def running_job_of(session: Session, case: Case) -> Placement | None:
    return session.scalars(
        select(Placement)
        .where(
            Placement.case_id == case.id,
            Placement.removed_at.is_(None),
            Placement.ended_on.is_(None),
        )
        .order_by(Placement.started_on.desc())
        .limit(1)
    ).one_or_none()


def job_told_in(session: Session, visit: Visit) -> Placement | None:
    return session.scalars(
        select(Placement).where(Placement.visit_id == visit.id).limit(1)
    ).one_or_none()


def community_of(session: Session, resident: Resident) -> Division | None:
    """The division the resident lives in, else the one they are registered in."""
    code = resident.lives_in or resident.registered_division
    return session.get(Division, code) if code else None
