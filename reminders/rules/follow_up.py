"""Follow-up after a placement (回访跟踪)."""

from datetime import date

from sqlalchemy import (
    Integer,
    Select,
    String,
    Subquery,
    and_,
    cast,
    func,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy import literal as value

from models.cases import Case, Placement, Visit
from models.policy import Policy
from models.residents import Resident
from models.sql import day_word, days_after
from reminders.rules.circumstances import is_departed
from reminders.rules.finding import Finding, finding, nothing


def follow_up(on: date, policy: Policy) -> Select[Finding]:
    """Someone began a job a set number of days ago and is asked how it goes (DOMAIN 3).

    What fell due before the visit that told of the job is not asked for: that visit was it.
    """
    if not policy.follow_up_days:
        return nothing()
    steps = _steps(policy)
    due_on = days_after(Placement.started_on, steps.c.days)
    return (
        finding(
            case_id=Case.id,
            cycle=day_word(Placement.started_on) + "+" + cast(steps.c.days, String),
            due_on=due_on,
            priority=policy.priority_follow_up,
            evidence={
                # Two jobs begun on one day are asked about once.
                "placement": func.min(Placement.id),
                "started_on": day_word(Placement.started_on),
                "days": steps.c.days,
            },
        )
        .join(Case, and_(Case.resident_id == Resident.id, Case.is_open))
        .join(Placement, Placement.case_id == Case.id)
        .join(Visit, Visit.id == Placement.visit_id, isouter=True)
        # An outer join comes last: the placements are read once for all steps.
        .join(steps, true(), isouter=True)
        .where(
            Placement.removed_at.is_(None),
            or_(Placement.ended_on.is_(None), Placement.ended_on > on),
            days_after(Placement.started_on, steps.c.days - steps.c.lead) <= on,
            or_(Visit.id.is_(None), due_on >= Visit.visited_on),
            ~is_departed(),
        )
        .group_by(Resident.id, Case.id, Placement.started_on, steps.c.days)
    )


def _steps(policy: Policy) -> Subquery:
    rows = [
        select(
            value(days, Integer).label("days"),
            value(follow_up_lead(days, policy), Integer).label("lead"),
        )
        for days in policy.follow_up_days
    ]
    return union_all(*rows).subquery("steps")


def follow_up_lead(days: int, policy: Policy) -> int:
    """How many days before it is due a follow-up appears."""
    return min(policy.visit_lead_days, days // 3)
