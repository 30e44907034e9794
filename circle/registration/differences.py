"""What of a mini-form contradicts facts that are verified: a question for a worker, no more.

The same statements run whoever the resident is, so that the time an answer takes tells nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from circle.registration.answers import Answers
from models.facts import ClosedMonth, Contribution, UnemploymentSpell
from models.residents import Resident
from models.vocabulary.facts import InsuranceKind
from models.vocabulary.months import month_key
from models.vocabulary.names import name_key
from models.vocabulary.residents import WorkStatus

IN_WORK = frozenset({WorkStatus.EMPLOYED, WorkStatus.SELF_EMPLOYED})
NO_EMPLOYER = 0


@dataclass(frozen=True)
class Verified:
    """What stands about a resident before the form is believed."""

    name: str
    confirmed_division: str | None
    paid_month: int | None  # the newest closed month, where an employer paid employee pension
    is_registered_unemployed: bool


CONTRADICTIONS: dict[str, Callable[[Verified, Answers], bool]] = {
    "name": lambda known, said: name_key(known.name) != name_key(said.name),
    "division": lambda known, said: _is_elsewhere(known.confirmed_division, said.division_code),
    "status": lambda known, said: (
        (said.status is WorkStatus.UNEMPLOYED and _was_paid_after(known.paid_month, said))
        or (said.status in IN_WORK and known.is_registered_unemployed)
    ),
}


def differences(session: Session, resident: Resident, answers: Answers) -> str | None:
    """Codes, as `registration.differs` keeps them: `name,division`; None where nothing does."""
    known = Verified(
        name=resident.name,
        confirmed_division=resident.confirmed_division,
        paid_month=_paid_month(session, resident),
        is_registered_unemployed=_is_registered_unemployed(session, resident),
    )
    found = [code for code, contradicts in CONTRADICTIONS.items() if contradicts(known, answers)]
    return ",".join(found) or None


def _is_elsewhere(confirmed: str | None, stated: str) -> bool:
    """A grid inside the community, or the community around the grid, is the same place."""
    if confirmed is None:
        return False
    return not (stated.startswith(confirmed) or confirmed.startswith(stated))


def _was_paid_after(month: int | None, said: Answers) -> bool:
    """Paid for a month behind the one the work ended in: the files lag, and who resigned
    yesterday contradicts nothing.
    """
    if month is None:
        return False
    return said.status_since is None or month > month_key(said.status_since)


def _paid_month(session: Session, resident: Resident) -> int | None:
    place = resident.lives_in or ""
    newest = (
        select(func.max(ClosedMonth.month))
        .where(
            ClosedMonth.kind == InsuranceKind.EMPLOYEE_PENSION,
            ClosedMonth.division_code <= place,
            ClosedMonth.division_end > place,
        )
        .scalar_subquery()
    )
    paid = select(Contribution.month).where(
        Contribution.kind == InsuranceKind.EMPLOYEE_PENSION,
        Contribution.resident_id == resident.id,
        Contribution.month == newest,
        Contribution.employer_id != NO_EMPLOYER,
    )
    return session.scalar(paid.limit(1))


def _is_registered_unemployed(session: Session, resident: Resident) -> bool:
    spells = select(UnemploymentSpell.id).where(
        UnemploymentSpell.resident_id == resident.id,
        UnemploymentSpell.ended_by.is_(None),
        UnemploymentSpell.is_open,
    )
    return session.scalar(spells.limit(1)) is not None
