"""Visit (走访提醒)."""

from datetime import date, timedelta
from typing import Any

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
    first = Case.last_contact_on.is_(None)
    interval = _by_standing(_intervals(policy), on)
    return (
        finding(
            case_id=Case.id,
            cycle=case(
                (first, value("opened:") + day_word(Case.opened_on)),
                else_=value("since:") + day_word(Case.last_contact_on),
            ),
            due_on=case(
                (first, _first_due(policy)), else_=days_after(Case.last_contact_on, interval)
            ),
            provisional=case((first, _first_is_provisional(policy)), else_=value(value=False)),
            priority=_by_standing(_priorities(policy), on),
            evidence={
                "standing": _by_standing(STANDINGS, on),
                "interval": interval,
                "last_contact_on": day_word(Case.last_contact_on),
                "opened_on": day_word(Case.opened_on),
            },
        )
        .join(Case, and_(Case.resident_id == Resident.id, Case.is_open))
        .where(
            Case.opened_on <= on,
            or_(first, _has_appeared(policy, on)),
            ~is_departed(),
            ~_has_open_order(),
            ~_is_between_placement_and_last_follow_up(on, policy),
        )
    )


Standings = tuple[int, int, int] | tuple[str, str, str]
# Of a case: member of a zero-employment household, hard to employ, any other.
STANDINGS = ("zero_employment", "hard_to_employ", "other")


def _by_standing(values: Standings, on: date) -> ColumnElement[Any]:
    """The value of the case's standing."""
    zero_employment, hard_to_employ, other = values
    return case(
        (lives_in_zero_employment_household(on), value(zero_employment)),
        (holds_category(CategoryCode.HARD_TO_EMPLOY, on), value(hard_to_employ)),
        else_=value(other),
    )


def _intervals(policy: Policy) -> tuple[int, int, int]:
    """Days. The shortest that applies: a zero-employment household's is no longer than others'."""
    return (
        min(policy.visit_days_zero_employment, policy.visit_days_hard_to_employ),
        policy.visit_days_hard_to_employ,
        policy.visit_days_other,
    )


def _has_appeared(policy: Policy, on: date) -> ColumnElement[bool]:
    """The reminder appears some days before it is due."""
    zero_employment, hard_to_employ, other = (
        days - min(policy.visit_lead_days, days // 3) for days in _intervals(policy)
    )
    appears = _by_standing((zero_employment, hard_to_employ, other), on)
    # Nobody's reminder appears sooner than that: most standings need not be asked for.
    soonest = min(zero_employment, hard_to_employ, other)
    return and_(
        Case.last_contact_on <= on - timedelta(days=soonest),
        days_after(Case.last_contact_on, appears) <= on,
    )


def _priorities(policy: Policy) -> tuple[int, int, int]:
    return (
        policy.priority_zero_employment,
        policy.priority_hard_to_employ,
        policy.priority_other_visit,
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
