"""A worker has spoken with the person: what of a registration is taken over, or that none is.

Only here does anything a mini-form says change what is known about a resident.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from circle.cases.operations import confirm_division
from circle.cases.statements import state_wish, state_work_status
from circle.initials import initials
from circle.registration.answers import WORDING, wish_of
from circle.registration.operations import let_go, move
from models.cases import Consent, Registration
from models.residents import Category, Resident
from models.sealed import PHONE_DOMAIN, current_keyring
from models.staff import Account
from models.vocabulary.cases import CloseReason, ConfirmedBy
from models.vocabulary.jobs import SweepReason
from models.vocabulary.registration import SetAsideReason, StatedFact
from models.vocabulary.residents import CategoryCode, ConsentPurpose
from reminders.sweep import sweep_residents

BASIS = "本人登记，专员核实"
CLOSING = {
    SetAsideReason.NOT_REACHED: CloseReason.UNREACHABLE,
    SetAsideReason.ELSEWHERE: CloseReason.MOVED_OUT,
}


@dataclass(frozen=True)
class Confirming:
    """Who confirms what, when."""

    session: Session
    registration: Registration
    by: Account
    on: date
    now: datetime

    @property
    def resident(self) -> Resident:
        return self.registration.resident


def confirm(
    session: Session,
    registration: Registration,
    *,
    how: ConfirmedBy,
    taken: Collection[StatedFact],
    by: Account,
    on: date,
    now: datetime,
) -> None:
    """Take over the facts named and confirm the case; raises RegistrationGone.

    The assistance order stays open: the visit that tells of this very contact completes it.
    """
    move(session, registration, "confirm")
    registration.confirmed_how = how
    _settle(registration, by=by, now=now)
    registration.case.is_confirmed = True
    session.flush()
    confirming = Confirming(session, registration, by, on, now)
    _give_consents(confirming)
    for fact, take_over in TAKE_OVER.items():
        if fact in taken:
            take_over(confirming)
    session.flush()
    _sweep(session, registration, on=on, now=now)


def set_aside(
    session: Session,
    registration: Registration,
    *,
    reason: SetAsideReason,
    by: Account,
    on: date,
    now: datetime,
) -> None:
    """Take nothing over; what the registration alone set going ends. Raises RegistrationGone."""
    move(session, registration, "set_aside")
    registration.set_aside_reason = reason
    _settle(registration, by=by, now=now)
    closing = CLOSING.get(reason, CloseReason.MISTAKEN)
    let_go(session, registration, closing, by=by, on=on, now=now)


def stated_categories(registration: Registration) -> list[CategoryCode]:
    return [CategoryCode(word) for word in registration.answers.get("categories", [])]


def stated_consents(registration: Registration) -> list[ConsentPurpose]:
    return [ConsentPurpose(word) for word in registration.answers.get("consents", [])]


def _settle(registration: Registration, *, by: Account, now: datetime) -> None:
    registration.settled_by, registration.settled_at = by.id, now


def _sweep(session: Session, registration: Registration, *, on: date, now: datetime) -> None:
    ids = [registration.resident_id]
    sweep_residents(session, ids, on=on, now=now, reason=SweepReason.REGISTRATION)


def _take_name(confirming: Confirming) -> None:
    resident = confirming.resident
    resident.name = confirming.registration.name_sealed
    resident.pinyin = initials(resident.name)


def _take_phone(confirming: Confirming) -> None:
    """The confirmed number is called first; the others stay behind it."""
    resident, phone = confirming.resident, confirming.registration.phone_sealed
    resident.phone_sealed = "\n".join(dict.fromkeys([phone, *resident.phones]))
    resident.phone_index = current_keyring().index_of(PHONE_DOMAIN, phone)


def _take_division(confirming: Confirming) -> None:
    registration = confirming.registration
    registration.case.stated_division = registration.division_code
    confirm_division(
        confirming.session,
        confirming.resident,
        code=registration.division_code,
        on=confirming.on,
        now=confirming.now,
    )


def _take_address(confirming: Confirming) -> None:
    if confirming.registration.address_sealed:
        confirming.resident.address_sealed = confirming.registration.address_sealed


def _take_status(confirming: Confirming) -> None:
    registration = confirming.registration
    state_work_status(
        confirming.session,
        registration.resident_id,
        registration.status,
        since=registration.status_since,
        said_on=registration.submitted_on,
        by=confirming.by,
        now=confirming.now,
    )


def _take_wish(confirming: Confirming) -> None:
    registration = confirming.registration
    state_wish(
        confirming.session,
        registration.resident_id,
        wish_of(registration.answers.get("wish", {})),
        said_on=registration.submitted_on,
        by=confirming.by,
        now=confirming.now,
    )


def _take_categories(confirming: Confirming) -> None:
    registration, on = confirming.registration, confirming.on
    held = select(Category.code).where(
        Category.resident_id == registration.resident_id,
        or_(Category.to_on.is_(None), Category.to_on >= on),
    )
    known = set(confirming.session.scalars(held))
    confirming.session.add_all(
        Category(
            resident_id=registration.resident_id,
            code=code,
            basis=BASIS,
            from_on=on,
            confirmed_by=confirming.by.id,
        )
        for code in stated_categories(registration)
        if code not in known
    )


def _take_causes(confirming: Confirming) -> None:
    case, stated = confirming.registration.case, confirming.registration.answers.get("causes", [])
    case.causes = list(dict.fromkeys([*case.causes, *stated]))


def _give_consents(confirming: Confirming) -> None:
    """They hold from here on: before, somebody else may have given them in the person's name."""
    registration = confirming.registration
    confirming.session.add_all(
        Consent(
            resident_id=registration.resident_id,
            registration_id=registration.id,
            purpose=purpose,
            wording=registration.answers.get("wording", WORDING),
            given_at=registration.created_at,
        )
        for purpose in stated_consents(registration)
    )


TAKE_OVER: dict[StatedFact, Callable[[Confirming], None]] = {
    StatedFact.NAME: _take_name,
    StatedFact.PHONE: _take_phone,
    StatedFact.DIVISION: _take_division,
    StatedFact.ADDRESS: _take_address,
    StatedFact.STATUS: _take_status,
    StatedFact.WISH: _take_wish,
    StatedFact.CATEGORIES: _take_categories,
    StatedFact.CAUSES: _take_causes,
}
