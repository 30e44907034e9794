"""Marks a worker sets on a resident, a household or a case, each with its date and who set it."""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from circle.cases.household import household_of
from circle.refusals import (
    CaseAlreadyClosed,
    CategoryDatesWrong,
    CategoryEnded,
    CategoryHolds,
    HouseholdAlreadyConfirmed,
    HouseholdMissing,
    HouseholdNotConfirmed,
)
from models.cases import Case
from models.residents import Category, Household, HouseholdMember, Resident
from models.staff import Account
from models.vocabulary.cases import HelpTier
from models.vocabulary.jobs import SweepReason
from models.vocabulary.residents import CategoryCode
from reminders.sweep import sweep_residents

FAR_AWAY = date(9999, 12, 31)


def add_category(
    session: Session,
    resident: Resident,
    *,
    code: CategoryCode,
    basis: str,
    from_on: date,
    by: Account,
    on: date,
    now: datetime,
) -> Category:
    """`basis` names the document or the finding. Raises CategoryDatesWrong, CategoryHolds."""
    if from_on > on:
        raise CategoryDatesWrong
    same = select(Category.id).where(
        Category.resident_id == resident.id,
        Category.code == code,
        # One that ended on or after the day would hold twice.
        func.coalesce(Category.to_on, FAR_AWAY) >= from_on,
    )
    if session.scalars(same.limit(1)).first() is not None:
        raise CategoryHolds
    category = Category(
        resident_id=resident.id, code=code, basis=basis, from_on=from_on, confirmed_by=by.id
    )
    session.add(category)
    session.flush()
    _sweep(session, [resident.id], on=on, now=now)
    return category


def end_category(
    session: Session, category: Category, *, to_on: date, on: date, now: datetime
) -> None:
    """`to_on` is the last day it holds. Raises CategoryEnded, CategoryDatesWrong."""
    if category.to_on is not None:
        raise CategoryEnded
    if not category.from_on <= to_on <= on:
        raise CategoryDatesWrong
    category.to_on = to_on
    session.flush()
    _sweep(session, [category.resident_id], on=on, now=now)


def confirm_zero_employment(
    session: Session, resident: Resident, *, by: Account, on: date, now: datetime
) -> Household:
    """Nobody in the household has work: found by a person, never computed into effect.

    Raises HouseholdMissing, HouseholdAlreadyConfirmed.
    """
    household = _household(session, resident)
    if household.zero_employment_confirmed_on is not None:
        raise HouseholdAlreadyConfirmed
    household.zero_employment_confirmed_on = on
    household.zero_employment_confirmed_by = by.id
    _sweep_household(session, household, on=on, now=now)
    return household


def withdraw_zero_employment(
    session: Session, resident: Resident, *, on: date, now: datetime
) -> Household:
    """Raises HouseholdMissing, HouseholdNotConfirmed."""
    household = _household(session, resident)
    if household.zero_employment_confirmed_on is None:
        raise HouseholdNotConfirmed
    household.zero_employment_confirmed_on = household.zero_employment_confirmed_by = None
    _sweep_household(session, household, on=on, now=now)
    return household


def set_tier(case: Case, tier: HelpTier | None) -> None:
    """Raises CaseAlreadyClosed."""
    if not case.is_open:
        raise CaseAlreadyClosed
    case.tier = tier


def _household(session: Session, resident: Resident) -> Household:
    household = household_of(session, resident)
    if household is None:
        raise HouseholdMissing
    return household


def _sweep_household(session: Session, household: Household, *, on: date, now: datetime) -> None:
    """The visit interval of every member's case follows."""
    session.flush()
    members = session.scalars(
        select(HouseholdMember.resident_id).where(
            HouseholdMember.household_id == household.id, HouseholdMember.ended_by.is_(None)
        )
    ).all()
    _sweep(session, list(members), on=on, now=now)


def _sweep(session: Session, resident_ids: list[int], *, on: date, now: datetime) -> None:
    sweep_residents(session, resident_ids, on=on, now=now, reason=SweepReason.VISIT)
