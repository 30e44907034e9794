"""A resident's household, with what is known of each member's work: what a worker needs to judge
whether nobody in it has any.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from circle.access.permissions import Permission
from circle.access.scope import visible_to
from models.facts import EmploymentSpell, InsuranceStanding, UnemploymentSpell
from models.residents import Household, HouseholdMember, Resident, StatusHistory
from models.staff import Account
from models.vocabulary.facts import InsuranceKind
from models.vocabulary.residents import WorkStatus


@dataclass(frozen=True)
class Livelihood:
    """What the sources say of somebody's work; None: nothing."""

    recorded: WorkStatus | None = None
    unemployed_since: str | None = None
    employer: str | None = None
    is_employed: bool = False
    insured_to: int | None = None  # the last month of the employee pension


NOTHING_KNOWN = Livelihood()


@dataclass(frozen=True)
class Member:
    resident: Resident
    relation: str | None
    is_head: bool
    is_visible: bool  # whether the reader may open this member's own file
    livelihood: Livelihood = field(default=NOTHING_KNOWN)


@dataclass(frozen=True)
class Family:
    household: Household
    members: Sequence[Member]


def household_of(session: Session, resident: Resident) -> Household | None:
    query = (
        select(Household)
        .join(HouseholdMember)
        .where(HouseholdMember.resident_id == resident.id, HouseholdMember.ended_by.is_(None))
    )
    return session.scalars(query).one_or_none()


def family_of(session: Session, resident: Resident, *, actor: Account) -> Family | None:
    """The household with its members, the head first; None where no register names one."""
    household = household_of(session, resident)
    if household is None:
        return None
    rows = session.execute(
        select(
            HouseholdMember, visible_to(actor, Permission.READ_RESIDENT, Resident).label("visible")
        )
        .join(HouseholdMember.resident)
        .options(joinedload(HouseholdMember.resident))
        .where(HouseholdMember.household_id == household.id, HouseholdMember.ended_by.is_(None))
        .order_by(HouseholdMember.is_head.desc(), Resident.born_on)
    ).all()
    known = _livelihoods(session, [row.resident_id for row, is_visible in rows if is_visible])
    members = [
        Member(
            row.resident,
            row.relation,
            row.is_head,
            bool(is_visible),
            known.get(row.resident_id, NOTHING_KNOWN),
        )
        for row, is_visible in rows
    ]
    return Family(household, members)


def _livelihoods(session: Session, ids: Sequence[int]) -> Mapping[int, Livelihood]:
    recorded = select(StatusHistory.resident_id, StatusHistory.status).where(
        StatusHistory.resident_id.in_(ids), StatusHistory.replaced_at.is_(None)
    )
    idle = select(UnemploymentSpell.resident_id, UnemploymentSpell.registered_on).where(
        UnemploymentSpell.resident_id.in_(ids),
        UnemploymentSpell.ended_by.is_(None),
        UnemploymentSpell.is_open,
    )
    jobs = select(EmploymentSpell.resident_id, EmploymentSpell.employer).where(
        EmploymentSpell.resident_id.in_(ids),
        EmploymentSpell.ended_by.is_(None),
        EmploymentSpell.is_open,
    )
    insured = select(InsuranceStanding.resident_id, InsuranceStanding.last_month).where(
        InsuranceStanding.resident_id.in_(ids),
        InsuranceStanding.kind == InsuranceKind.EMPLOYEE_PENSION,
    )
    statuses = dict(session.execute(recorded).all())
    since = dict(session.execute(idle).all())
    employers = dict(session.execute(jobs).all())
    months = dict(session.execute(insured).all())
    return {
        number: Livelihood(
            recorded=statuses.get(number),
            unemployed_since=since[number].isoformat() if number in since else None,
            employer=employers.get(number),
            is_employed=number in employers,
            insured_to=months.get(number),
        )
        for number in ids
    }
