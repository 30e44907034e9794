"""Social-insurance lapse (社保断缴提醒)."""

from datetime import date

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, or_
from sqlalchemy import literal as value

from models.cases import Case
from models.facts import InsuranceStanding
from models.policy import Policy
from models.residents import Resident
from models.sql import first_day_of, month_word
from models.vocabulary.facts import BenefitKind, InsuranceKind, Source
from models.vocabulary.residents import WorkStatus
from reminders.retirement import is_of_working_age
from reminders.rules.circumstances import (
    draws,
    has_recorded,
    is_behind,
    is_departed,
    is_full_time_student,
    is_registered_unemployed,
    newest_closed,
)
from reminders.rules.finding import Finding, finding, together

ELSEWHERE = frozenset({WorkStatus.TRANSFERRED, WorkStatus.NOT_SEEKING})


def insurance_lapse(on: date, policy: Policy) -> Select[Finding]:
    """Someone who used to pay is behind the newest closed month (DOMAIN 3, lapse).

    Never compared with today: data lags a month or two. There is no national definition.
    """
    return together([_lapse_of(InsuranceKind(kind), on, policy) for kind in policy.lapse_kinds])


def _lapse_of(kind: InsuranceKind, on: date, policy: Policy) -> Select[Finding]:
    first_missing = InsuranceStanding.last_month + 1
    return (
        finding(
            cycle=cast(value(f"{kind}:"), String) + month_word(first_missing),
            priority=policy.priority_lapse,
            evidence={
                "kind": value(kind.value),
                "last_month": month_word(InsuranceStanding.last_month),
                "first_missing": month_word(first_missing),
                "closed_month": month_word(newest_closed(kind)),
                "months_paid": InsuranceStanding.months_paid,
                "source": value(Source.INSURANCE.value),
            },
        )
        .join(InsuranceStanding, InsuranceStanding.resident_id == Resident.id)
        .where(
            is_behind(kind, policy.lapse_months),
            ~excused_from_lapse(on, policy, first_day_of(first_missing)),
        )
    )


def excused_from_lapse(on: date, policy: Policy, since: ColumnElement[date]) -> ColumnElement[bool]:
    """`since`: the first day of the first missing month."""
    return or_(
        is_departed(),
        draws(on, BenefitKind.PENSION, BenefitKind.UNEMPLOYMENT_BENEFIT),
        ~is_of_working_age(on, policy),
        is_full_time_student(on),
        is_registered_unemployed(),
        _is_served_as_unemployed(),
        has_recorded(ELSEWHERE, since),
    )


def _is_served_as_unemployed() -> ColumnElement[bool]:
    """The visit rule has them; a placed person whose insurance stops is reminded."""
    return exists().where(
        and_(
            Case.resident_id == Resident.id,
            Case.is_open,
            Case.work_status == WorkStatus.UNEMPLOYED,
        )
    )
