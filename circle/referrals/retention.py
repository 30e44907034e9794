"""Whether somebody is still in work some months after the first day: derived, never typed.

Known by an employer's contribution for the month or a later one, or by a contact on the day or
later in which the person did not say they were without work.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import ColumnElement, and_, case, exists, or_, select
from sqlalchemy import literal as value
from sqlalchemy.orm import Session

from circle.cases.standing import IDLE
from models.cases import Case, Placement, Visit
from models.facts import Contribution
from models.sql import month_of_day, months_after
from models.vocabulary.facts import InsuranceKind
from models.vocabulary.referrals import Retention

# What an employer pays for people it employs.
EMPLOYEES = (
    InsuranceKind.EMPLOYEE_PENSION,
    InsuranceKind.EMPLOYEE_MEDICAL,
    InsuranceKind.UNEMPLOYMENT,
)
NO_EMPLOYER = 0  # a contribution that names none, as of people who pay themselves


def retained(months: int, on: date) -> ColumnElement[str]:
    """The Retention of a Placement that stands, as known on the day."""
    due_on = months_after(Placement.started_on, months)
    return case(
        (and_(Placement.ended_on <= due_on, Placement.ended_on <= on), value(Retention.LOST.value)),
        (due_on > on, value(Retention.NOT_DUE.value)),
        (or_(_is_paid_for(due_on), _was_told_of(due_on)), value(Retention.RETAINED.value)),
        else_=value(Retention.UNKNOWN.value),
    )


def retention_of(
    session: Session, placement_ids: Sequence[int], months: Sequence[int], on: date
) -> Mapping[int, dict[int, Retention]]:
    """By placement and months after its start; one statement however many there are."""
    if not months:
        return {}
    columns = [retained(each, on).label(f"after_{each}") for each in months]
    query = select(Placement.id, *columns).where(
        Placement.id.in_(placement_ids), Placement.removed_at.is_(None)
    )
    return {
        row[0]: dict(zip(months, map(Retention, row[1:]), strict=True))
        for row in session.execute(query)
    }


def _is_paid_for(due_on: ColumnElement[date]) -> ColumnElement[bool]:
    return exists().where(
        Case.id == Placement.case_id,
        Contribution.resident_id == Case.resident_id,
        Contribution.kind.in_(EMPLOYEES),
        Contribution.month >= month_of_day(due_on),
        Contribution.employer_id != NO_EMPLOYER,
    )


def _was_told_of(due_on: ColumnElement[date]) -> ColumnElement[bool]:
    return exists().where(
        Visit.case_id == Placement.case_id,
        Visit.removed_at.is_(None),
        Visit.reached,
        Visit.visited_on >= due_on,
        or_(Visit.work_status.is_(None), Visit.work_status.not_in(IDLE)),
    )
