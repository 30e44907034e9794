"""What several rules ask about a resident, each as a SQL expression over Resident."""

from datetime import date

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, exists, func, or_, select

from models.cases import Case
from models.facts import (
    BenefitSpell,
    ClosedMonth,
    Contribution,
    Degree,
    InsuranceStanding,
    RegisterEntry,
    UnemploymentSpell,
)
from models.residents import Category, Household, HouseholdMember, Resident, StatusHistory
from models.vocabulary.facts import DEPARTED, BenefitKind, InsuranceKind, StudyForm
from models.vocabulary.months import month_key
from models.vocabulary.residents import CategoryCode, WorkStatus


def is_departed() -> ColumnElement[bool]:
    """Dead, moved out or in the army, by the household register."""
    return exists().where(
        RegisterEntry.resident_id == Resident.id,
        RegisterEntry.ended_by.is_(None),
        RegisterEntry.status.in_(DEPARTED),
    )


def has_open_case() -> ColumnElement[bool]:
    return exists().where(Case.resident_id == Resident.id, Case.is_open)


def draws(on: date, *kinds: BenefitKind) -> ColumnElement[bool]:
    """Drawing one of the benefits on the day; the last month is still drawn."""
    month = month_key(on)
    return exists().where(
        BenefitSpell.resident_id == Resident.id,
        BenefitSpell.ended_by.is_(None),
        BenefitSpell.kind.in_(kinds),
        BenefitSpell.from_month <= month,
        or_(BenefitSpell.to_month.is_(None), BenefitSpell.to_month >= month),
    )


def is_full_time_student(on: date) -> ColumnElement[bool]:
    """Entered, not yet graduated, full-time."""
    return exists().where(
        Degree.resident_id == Resident.id,
        Degree.ended_by.is_(None),
        Degree.study_form == StudyForm.FULL_TIME,
        Degree.entered_on <= on,
        or_(Degree.graduated_on.is_(None), Degree.graduated_on > on),
    )


def is_registered_unemployed() -> ColumnElement[bool]:
    """An open unemployment registration at the bureau."""
    return exists().where(
        UnemploymentSpell.resident_id == Resident.id,
        UnemploymentSpell.ended_by.is_(None),
        UnemploymentSpell.is_open,
    )


def has_recorded(
    statuses: frozenset[WorkStatus], not_before: ColumnElement[date]
) -> ColumnElement[bool]:
    """Today's recorded work status is one of these, and began on the day or later."""
    return exists().where(
        StatusHistory.resident_id == Resident.id,
        StatusHistory.replaced_at.is_(None),
        StatusHistory.status.in_(statuses),
        StatusHistory.since_on >= not_before,
    )


def holds_category(code: CategoryCode, on: date) -> ColumnElement[bool]:
    return exists().where(
        Category.resident_id == Resident.id,
        Category.code == code,
        Category.from_on <= on,
        or_(Category.to_on.is_(None), Category.to_on >= on),
    )


def lives_in_zero_employment_household(on: date) -> ColumnElement[bool]:
    """Marked in the ledger, or a member of a household that a worker confirmed."""
    confirmed = exists().where(
        HouseholdMember.resident_id == Resident.id,
        HouseholdMember.ended_by.is_(None),
        HouseholdMember.household_id == Household.id,
        Household.zero_employment_confirmed_on <= on,
    )
    return or_(holds_category(CategoryCode.ZERO_EMPLOYMENT_HOUSEHOLD, on), confirmed)


def newest_closed(kind: InsuranceKind) -> ScalarSelect[int]:
    """The newest closed month of a kind where the resident lives; NULL where none is.

    A month closed for a district is closed for what lies in it.
    """
    return (
        select(func.max(ClosedMonth.month))
        .where(ClosedMonth.kind == kind, _closed_at_home())
        .correlate(Resident)
        .scalar_subquery()
    )


def last_closed(kind: InsuranceKind, count: int) -> Select[int]:
    """As many of the newest closed months of a kind where the resident lives."""
    return (
        select(ClosedMonth.month)
        .distinct()
        .where(ClosedMonth.kind == kind, _closed_at_home())
        .order_by(ClosedMonth.month.desc())
        .limit(count)
        .correlate(Resident)
    )


def _closed_at_home() -> ColumnElement[bool]:
    return and_(
        ClosedMonth.division_code <= Resident.lives_in, ClosedMonth.division_end > Resident.lives_in
    )


def is_behind(kind: InsuranceKind, months: int) -> ColumnElement[bool]:
    """The standing of the kind ends so many months before the newest closed one, or more."""
    # Who is behind is behind the newest month of all too: an index finds these few.
    newest = select(func.max(ClosedMonth.month)).where(ClosedMonth.kind == kind).scalar_subquery()
    return and_(
        InsuranceStanding.kind == kind,
        InsuranceStanding.last_month <= newest - months,
        InsuranceStanding.last_month <= newest_closed(kind) - months,
    )


def paid(kind: InsuranceKind, month: ColumnElement[int]) -> ColumnElement[bool]:
    """A contribution of the kind for the month."""
    return exists().where(
        Contribution.kind == kind,
        Contribution.month == month,
        Contribution.resident_id == Resident.id,
    )
