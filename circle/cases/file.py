"""A resident's file: everything known about one person, loaded in a fixed number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from circle.cases.history import Paid, Strip, Tenure, strips, tenures
from circle.cases.household import Family, family_of
from circle.cases.sources import Claim, Conflict, Facts, claims, conflicts
from circle.cases.timeline import Event, timeline_of
from circle.places.queries import full_name, names_of
from models.base import Versioned
from models.cases import Case
from models.facts import (
    BenefitSpell,
    ClosedMonth,
    Contribution,
    Degree,
    EmploymentSpell,
    InsuranceStanding,
    PayingEmployer,
    RegisterEntry,
    Subsistence,
    UnemploymentSpell,
)
from models.imports import ImportBatch
from models.residents import Category, Intention, Resident, StatedIdentity, StatusHistory
from models.staff import Account
from models.tasks import Task
from models.vocabulary.cases import CaseState
from models.vocabulary.facts import InsuranceKind
from models.vocabulary.tasks import TaskState

# No contribution older than this is shown; the standing tells when paying began.
SHOWN_MONTHS = 48
Fact = TypeVar("Fact", bound=Versioned)


@dataclass(frozen=True)
class ResidentFile:
    resident: Resident
    on: date
    zone: ZoneInfo  # days of instants are read in it
    home: str  # where the person lives, from the district downwards
    places: Mapping[str, str]  # short names by code
    people: Mapping[int, str]  # who confirmed, recorded or signed, by account id
    family: Family | None
    categories: Sequence[Category]  # those that hold first
    intention: Intention | None
    claims: Sequence[Claim]
    conflicts: Sequence[Conflict]
    batches: Mapping[int, ImportBatch]
    strips: Sequence[Strip]
    tenures: Sequence[Tenure]
    closed_through: Mapping[InsuranceKind, int]
    degrees: Sequence[Degree]
    benefits: Sequence[BenefitSpell]
    case: Case | None  # the open one, else the newest
    past_cases: Sequence[Case]
    tasks: Sequence[Task]
    timeline: Sequence[Event]

    @property
    def residents_shown(self) -> list[int]:
        """Whom the page tells about: what the audit trail keeps of it."""
        members = self.family.members if self.family else []
        return [self.resident.id, *(member.resident.id for member in members if member.is_visible)]

    @property
    def holding(self) -> list[Category]:
        return [category for category in self.categories if is_in_force(category, self.on)]


def read_file(
    session: Session, resident: Resident, *, actor: Account, on: date, zone: str
) -> ResidentFile:
    """`zone` names the time zone the timeline's days are in."""
    cases = _cases(session, resident)
    paid, closed = _paid(session, resident), _closed_months(session, resident)
    standings = _rows(session, InsuranceStanding, resident)
    facts = _facts(session, resident, cases, standings, _newest_paid(paid, closed), ZoneInfo(zone))
    first_months = {standing.kind: standing.first_month for standing in standings}
    family = family_of(session, resident, actor=actor)
    categories = _categories(session, resident, on)
    timeline = timeline_of(session, resident, cases, zone=ZoneInfo(zone))
    return ResidentFile(
        resident=resident,
        on=on,
        zone=ZoneInfo(zone),
        home=full_name(session, resident.lives_in) if resident.lives_in else "",
        places=names_of(session, _codes(facts, cases)),
        people=_people(session, family, categories, timeline),
        family=family,
        categories=categories,
        intention=session.scalars(
            select(Intention).where(
                Intention.resident_id == resident.id, Intention.replaced_at.is_(None)
            )
        ).one_or_none(),
        claims=claims(facts),
        conflicts=conflicts(facts, on),
        batches=facts.batches,
        strips=strips(paid, closed, first_months),
        tenures=tenures(paid),
        closed_through=_closed_through(closed),
        degrees=facts.degrees,
        benefits=facts.benefits,
        case=facts.case,
        past_cases=[case for case in cases if case is not facts.case],
        tasks=_open_tasks(session, resident),
        timeline=timeline,
    )


def is_in_force(category: Category, on: date) -> bool:
    return category.from_on <= on and (category.to_on is None or on <= category.to_on)


def _facts(
    session: Session,
    resident: Resident,
    cases: Sequence[Case],
    standings: Sequence[InsuranceStanding],
    newest_paid: tuple[int, str | None] | None,
    zone: ZoneInfo,
) -> Facts:
    register = _standing(session, RegisterEntry, resident)
    support = _standing(session, Subsistence, resident)
    idle = _standing(session, UnemploymentSpell, resident)
    jobs = _standing(session, EmploymentSpell, resident)
    benefits = _standing(session, BenefitSpell, resident)
    degrees = sorted(_standing(session, Degree, resident), key=lambda degree: degree.level_order)
    versioned: list[Versioned] = [*register, *support, *idle, *jobs, *benefits, *degrees]
    status = session.scalars(
        select(StatusHistory).where(
            StatusHistory.resident_id == resident.id, StatusHistory.replaced_at.is_(None)
        )
    ).one_or_none()
    case = next((case for case in cases if case.state is CaseState.OPEN), None)
    brought = {row.brought_by for row in versioned} | {case.brought_by for case in cases}
    return Facts(
        resident=resident,
        identities=_standing(session, StatedIdentity, resident),
        register=register[0] if register else None,
        subsistence=support[0] if support else None,
        unemployment=sorted(idle, key=lambda spell: spell.registered_on, reverse=True),
        employment=sorted(jobs, key=lambda spell: spell.registered_on, reverse=True),
        benefits=benefits,
        degrees=degrees,
        standings=standings,
        status=status,
        case=case or (cases[0] if cases else None),
        newest_paid=newest_paid,
        zone=zone,
        batches=_batches(session, {batch for batch in brought if batch is not None}),
    )


def _standing(session: Session, fact: type[Fact], resident: Resident) -> list[Fact]:
    """The versions nothing has ended."""
    mine = fact.resident_id == resident.id  # type: ignore[attr-defined] # every fact is someone's
    query = select(fact).where(mine, fact.ended_by.is_(None))
    return list(session.scalars(query.order_by(fact.id)))  # type: ignore[attr-defined] # as above


def _rows(
    session: Session, fact: type[InsuranceStanding], resident: Resident
) -> list[InsuranceStanding]:
    order = list(InsuranceKind)
    rows = session.scalars(select(fact).where(fact.resident_id == resident.id))
    return sorted(rows, key=lambda row: order.index(row.kind))


def _batches(session: Session, ids: set[int]) -> dict[int, ImportBatch]:
    query = select(ImportBatch).where(ImportBatch.id.in_(ids))
    return {batch.id: batch for batch in session.scalars(query)}


def _cases(session: Session, resident: Resident) -> Sequence[Case]:
    query = (
        select(Case)
        .where(Case.resident_id == resident.id)
        .options(joinedload(Case.worker))
        .order_by(Case.opened_on.desc(), Case.id.desc())
    )
    return session.scalars(query).all()


def _categories(session: Session, resident: Resident, on: date) -> list[Category]:
    query = (
        select(Category)
        .where(Category.resident_id == resident.id)
        .order_by(Category.from_on.desc(), Category.id)
    )
    return sorted(session.scalars(query), key=lambda category: not is_in_force(category, on))


def _open_tasks(session: Session, resident: Resident) -> Sequence[Task]:
    query = (
        select(Task)
        .where(Task.resident_id == resident.id, Task.state == TaskState.OPEN)
        .options(joinedload(Task.assignee))
        .order_by(Task.due_on, Task.priority, Task.id)
    )
    return session.scalars(query).all()


def _paid(session: Session, resident: Resident) -> list[Paid]:
    """Contributions of the newest months, whatever the day: data lags."""
    newest = (
        select(InsuranceStanding.last_month)
        .where(InsuranceStanding.resident_id == resident.id)
        .order_by(InsuranceStanding.last_month.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(
            Contribution.kind,
            Contribution.month,
            PayingEmployer.name,
            Contribution.base_fen,
            Contribution.employer_id,
        )
        .outerjoin(PayingEmployer, PayingEmployer.id == Contribution.employer_id)
        .where(Contribution.resident_id == resident.id, Contribution.month > newest - SHOWN_MONTHS)
    )
    return [
        Paid(kind, month, name, base, is_employer=employer != 0)
        for kind, month, name, base, employer in session.execute(query)
    ]


def _closed_months(session: Session, resident: Resident) -> set[tuple[InsuranceKind, int]]:
    """Months closed for the place where the person lives, or is registered."""
    home = resident.lives_in or resident.registered_division
    if home is None:
        return set()
    query = (
        select(ClosedMonth.kind, ClosedMonth.month)
        .where(ClosedMonth.division_code <= home, ClosedMonth.division_end > home)
        .distinct()
    )
    return {(kind, month) for kind, month in session.execute(query)}


def _closed_through(closed: set[tuple[InsuranceKind, int]]) -> dict[InsuranceKind, int]:
    """The newest closed month of each kind."""
    return dict(sorted(closed, key=lambda entry: entry[1]))


def _newest_paid(
    paid: Sequence[Paid], closed: set[tuple[InsuranceKind, int]]
) -> tuple[int, str | None] | None:
    """Who paid the employee pension in its newest closed month, where an employer did."""
    newest = _closed_through(closed).get(InsuranceKind.EMPLOYEE_PENSION)
    payments = [
        entry
        for entry in paid
        if entry.kind is InsuranceKind.EMPLOYEE_PENSION
        and entry.month == newest
        and entry.is_employer
    ]
    return (payments[0].month, payments[0].employer) if payments else None


def _codes(facts: Facts, cases: Sequence[Case]) -> set[str | None]:
    resident = facts.resident
    return {
        resident.lives_in,
        resident.registered_division,
        resident.confirmed_division,
        facts.register.division_code if facts.register else None,
        *(spell.lives_in for spell in facts.unemployment),
        *(case.stated_division for case in cases),
    }


def _people(
    session: Session,
    family: Family | None,
    categories: Sequence[Category],
    timeline: Sequence[Event],
) -> dict[int, str]:
    ids = {category.confirmed_by for category in categories} | {event.by for event in timeline}
    if family:
        ids.add(family.household.zero_employment_confirmed_by)
    query = select(Account.id, Account.display_name).where(
        Account.id.in_({number for number in ids if number is not None})
    )
    return dict(session.execute(query).all())
