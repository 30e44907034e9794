"""Where somebody lives, from what is known of it (DOMAIN 3, where someone lives)."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    case,
    func,
    literal_column,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from models.cases import Case
from models.facts import RegisterEntry, Subsistence, UnemploymentSpell
from models.places import Division
from models.residents import Household, HouseholdMember, Resident
from models.vocabulary.residents import LivesInBasis

resident = Resident.__table__


def settle_residence(database: Session | Connection, resident_ids: Select[Any]) -> None:
    """Recompute where these residents live and are registered; writes only what differs.

    `resident_ids` selects one column of ids. Works inside the caller's transaction.
    """
    found = _residence_of(resident_ids)
    columns = ("registered_division", "lives_in", "lives_in_basis")
    database.execute(
        update(Resident)
        .where(
            Resident.id == found.c.id,
            or_(*(resident.c[name].is_distinct_from(found.c[name]) for name in columns)),
        )
        .values({name: found.c[name] for name in columns})
        .execution_options(synchronize_session=False)
    )


def settle_households(database: Session | Connection, resident_ids: Select[Any]) -> None:
    """A household stands where its head is registered, else where its first member is.

    One these residents have left is settled as well: it may have stood where its head was.
    """
    touched = select(HouseholdMember.household_id).where(
        HouseholdMember.resident_id.in_(resident_ids)
    )
    place = (
        select(RegisterEntry.division_code)
        .join(HouseholdMember, HouseholdMember.resident_id == RegisterEntry.resident_id)
        .where(
            HouseholdMember.household_id == Household.id,
            HouseholdMember.ended_by.is_(None),
            RegisterEntry.ended_by.is_(None),
        )
        .order_by(HouseholdMember.is_head.desc(), HouseholdMember.resident_id)
        .limit(1)
        .scalar_subquery()
    )
    database.execute(
        update(Household)
        .where(Household.id.in_(touched), Household.division_code.is_distinct_from(place))
        .values(division_code=place)
        .execution_options(synchronize_session=False)
    )


def residence_differs() -> Subquery:
    """Residents recorded elsewhere than what is known says: id, recorded, lives_in.

    Where nothing speaks of a place any more, what was recorded stands.
    """
    everybody = select(Resident.id).where(Resident.merged_into.is_(None))
    found = _residence_of(everybody)
    columns = ("registered_division", "lives_in", "lives_in_basis")
    return (
        select(resident.c.id, resident.c.lives_in.label("recorded"), found.c.lives_in)
        .join(found, found.c.id == resident.c.id)
        .where(
            found.c.lives_in.is_not(None),
            or_(*(resident.c[name].is_distinct_from(found.c[name]) for name in columns)),
        )
        .subquery("misplaced")
    )


def _residence_of(resident_ids: Select[Any]) -> Subquery:
    """One row a resident: id, registered_division, lives_in, lives_in_basis."""
    parts = (
        select(
            Resident.id,
            Resident.confirmed_division.label("confirmed"),
            _stated_in_case().label("stated"),
            _stated_as_unemployed().label("unemployed"),
            _registered().label("registered"),
            _supported().label("supported"),
        )
        .where(Resident.id.in_(resident_ids))
        .subquery("parts")
    )
    order: tuple[tuple[ColumnElement[Any], LivesInBasis], ...] = (
        (parts.c.confirmed, LivesInBasis.WORKER),
        (parts.c.stated, LivesInBasis.REGISTRATION),
        (parts.c.unemployed, LivesInBasis.UNEMPLOYMENT),
        (parts.c.registered, LivesInBasis.HOUSEHOLD),
        (parts.c.supported, LivesInBasis.SUBSISTENCE),
    )
    basis = case(
        *((place.is_not(None), literal_column(f"'{word.value}'")) for place, word in order),
        else_=null(),
    )
    return select(
        parts.c.id,
        parts.c.registered.label("registered_division"),
        func.coalesce(*(place for place, _ in order)).label("lives_in"),
        basis.label("lives_in_basis"),
    ).subquery("residence")


def _stated_in_case() -> ColumnElement[Any]:
    """The newest that any case holds: closing it moves nobody."""
    return (
        select(Case.stated_division)
        .where(Case.resident_id == Resident.id, Case.stated_division.is_not(None))
        .order_by(Case.opened_on.desc(), Case.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _stated_as_unemployed() -> ColumnElement[Any]:
    """常住地 of the newest registration, where it is a division of ours."""
    return (
        select(UnemploymentSpell.lives_in)
        .join(Division, Division.code == UnemploymentSpell.lives_in)
        .where(UnemploymentSpell.resident_id == Resident.id, UnemploymentSpell.ended_by.is_(None))
        .order_by(UnemploymentSpell.registered_on.desc())
        .limit(1)
        .scalar_subquery()
    )


def _registered() -> ColumnElement[Any]:
    return (
        select(RegisterEntry.division_code)
        .where(RegisterEntry.resident_id == Resident.id, RegisterEntry.ended_by.is_(None))
        .limit(1)
        .scalar_subquery()
    )


def _supported() -> ColumnElement[Any]:
    """Whom only civil affairs knows lives where their list says: nobody would see them else."""
    return (
        select(Subsistence.division_code)
        .where(Subsistence.resident_id == Resident.id, Subsistence.ended_by.is_(None))
        .limit(1)
        .scalar_subquery()
    )
