"""Visit (走访提醒)."""

from datetime import date

from sqlalchemy import ColumnElement, Select, and_, case, exists, or_
from sqlalchemy import literal as value

from models.cases import Case, Placement
from models.policy import Policy
from models.residents import Resident
from models.sql import day_word, days_after, without_index
from models.tasks import Task
from models.vocabulary.residents import CategoryCode
from models.vocabulary.tasks import TaskKind, TaskState
from reminders.calendar import is_provisional, working_days_after
from reminders.rules.circumstances import (
    holds_category,
    is_departed,
    lives_in_zero_employment_household,
)
from reminders.rules.finding import Finding, finding


def visit(on: date, policy: Policy) -> Select[Finding]:
    """An open case is due for contact (DOMAIN 3, visit).

    The cycle is the day counted from, so that changing an interval moves the due date and never
    makes a second task.
    """
    standing = _standing(on)
    interval = _interval(standing, policy)
    first = Case.last_contact_on.is_(None)
    next_due = days_after(Case.last_contact_on, interval)
    lead = _lead(standing, policy)
    return (
        finding(
            case_id=Case.id,
            cycle=case(
                (first, value("opened:") + day_word(Case.opened_on)),
                else_=value("since:") + day_word(Case.last_contact_on),
            ),
            due_on=case((first, _first_due(policy)), else_=next_due),
            provisional=case((first, _first_is_provisional(policy)), else_=value(value=False)),
            priority=_priority(standing, policy),
            evidence={
                "standing": standing,
                "interval": interval,
                "last_contact_on": day_word(Case.last_contact_on),
                "opened_on": day_word(Case.opened_on),
            },
        )
        .join(Case, and_(Case.resident_id == Resident.id, Case.is_open))
        .where(
            Case.opened_on <= on,
            or_(first, days_after(next_due, -lead) <= on),
            ~is_departed(),
            ~_has_open_order(),
            ~_is_between_placement_and_last_follow_up(on, policy),
        )
    )


def _standing(on: date) -> ColumnElement[str]:
    return case(
        (lives_in_zero_employment_household(on), value("zero_employment")),
        (holds_category(CategoryCode.HARD_TO_EMPLOY, on), value("hard_to_employ")),
        else_=value("other"),
    )


def _interval(standing: ColumnElement[str], policy: Policy) -> ColumnElement[int]:
    """Days. The shortest that applies: a zero-employment household's is no longer than others'."""
    return _by_standing(
        standing,
        min(policy.visit_days_zero_employment, policy.visit_days_hard_to_employ),
        policy.visit_days_hard_to_employ,
        policy.visit_days_other,
    )


def _lead(standing: ColumnElement[str], policy: Policy) -> ColumnElement[int]:
    """How many days before it is due the reminder appears."""
    return _by_standing(
        standing,
        *(
            min(policy.visit_lead_days, days // 3)
            for days in (
                min(policy.visit_days_zero_employment, policy.visit_days_hard_to_employ),
                policy.visit_days_hard_to_employ,
                policy.visit_days_other,
            )
        ),
    )


def _priority(standing: ColumnElement[str], policy: Policy) -> ColumnElement[int]:
    return _by_standing(
        standing,
        policy.priority_zero_employment,
        policy.priority_hard_to_employ,
        policy.priority_other_visit,
    )


def _by_standing(
    standing: ColumnElement[str], zero_employment: int, hard_to_employ: int, other: int
) -> ColumnElement[int]:
    return case(
        (standing == "zero_employment", value(zero_employment)),
        (standing == "hard_to_employ", value(hard_to_employ)),
        else_=value(other),
    )


def _first_due(policy: Policy) -> ColumnElement[date]:
    if policy.first_service_working_days:
        return working_days_after(Case.opened_on, policy.first_service_days)
    return days_after(Case.opened_on, policy.first_service_days)


def _first_is_provisional(policy: Policy) -> ColumnElement[bool]:
    if policy.first_service_working_days:
        return is_provisional(_first_due(policy))
    return value(value=False)


def _has_open_order() -> ColumnElement[bool]:
    """Completing an assistance order counts as contact: nobody is reminded twice."""
    return exists().where(
        Task.resident_id == Resident.id,
        without_index(Task.kind) == TaskKind.ASSISTANCE.value,
        Task.state == TaskState.OPEN,
    )


def _is_between_placement_and_last_follow_up(on: date, policy: Policy) -> ColumnElement[bool]:
    last = max(policy.follow_up_days, default=0)
    return exists().where(
        Placement.case_id == Case.id,
        Placement.removed_at.is_(None),
        Placement.started_on <= on,
        days_after(Placement.started_on, last) >= on,
        or_(Placement.ended_on.is_(None), Placement.ended_on > on),
    )
