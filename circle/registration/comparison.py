"""A registration beside what is known: for each fact what was stated, what stands, and why."""

from dataclasses import dataclass

from flask_babel import gettext
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from circle.cases.statements import Wish, current_status, current_wish
from circle.cases.words import wish_words
from circle.places.queries import names_of
from circle.privacy.masking import mask_address, mask_phone
from circle.registration.answers import wish_of
from circle.registration.confirmation import stated_categories
from models.cases import Registration
from models.residents import Category
from models.vocabulary.cases import DifficultyCause
from models.vocabulary.names import name_key
from models.vocabulary.registration import StatedFact
from models.vocabulary.residents import LivesInBasis

FEN = 100


@dataclass(frozen=True)
class Compared:
    """One line; `differs` where both say something and not the same."""

    fact: StatedFact
    stated: str
    known: str
    note: str = ""
    differs: bool = False
    is_offered: bool = True  # there is something to take over
    is_advised: bool = True  # ticked to begin with


def compared(session: Session, registration: Registration) -> list[Compared]:
    lines = [
        _name(registration),
        _phone(registration),
        _division(session, registration),
        _address(registration),
        _status(session, registration),
        _wish(session, registration),
        _categories(session, registration),
        _causes(registration),
    ]
    return [line for line in lines if line.stated]


def _name(registration: Registration) -> Compared:
    stated, known = registration.name_sealed, registration.resident.name
    differs = name_key(stated) != name_key(known)
    return Compared(
        StatedFact.NAME, stated, known, differs=differs, is_offered=differs, is_advised=False
    )


def _phone(registration: Registration) -> Compared:
    phone, phones = registration.phone_sealed, registration.resident.phones
    return Compared(
        StatedFact.PHONE,
        mask_phone(phone),
        "、".join(mask_phone(number) for number in phones),
        differs=bool(phones) and phone not in phones,
        is_offered=phones[:1] != [phone],
    )


def _division(session: Session, registration: Registration) -> Compared:
    resident, stated = registration.resident, registration.division_code
    names = names_of(session, [stated, resident.lives_in, resident.registered_division])
    known = resident.lives_in or resident.registered_division
    differs = known is not None and known != stated
    basis = resident.lives_in_basis
    return Compared(
        StatedFact.DIVISION,
        names[stated],
        names[known] if known else "",
        note=gettext(basis.label) if basis else "",
        differs=differs,
        is_offered=basis is not LivesInBasis.WORKER or differs,
        is_advised=not differs,
    )


def _address(registration: Registration) -> Compared:
    stated, known = registration.address_sealed, registration.resident.address_sealed
    return Compared(
        StatedFact.ADDRESS,
        mask_address(stated),
        mask_address(known),
        differs=bool(known) and stated != known,
        is_offered=stated != known,
        is_advised=not known,
    )


def _status(session: Session, registration: Registration) -> Compared:
    current = current_status(session, registration.resident_id)
    since = registration.status_since
    label = gettext(registration.status.label)
    stated = gettext("%(status)s，从%(day)s起", status=label, day=since) if since else label
    known = ""
    if current:
        label = gettext(current.status.label)
        known = gettext("%(status)s，从%(day)s起", status=label, day=current.since_on)
    return Compared(
        StatedFact.STATUS,
        stated,
        known,
        differs=current is not None and current.status is not registration.status,
    )


def _wish(session: Session, registration: Registration) -> Compared:
    current = current_wish(session, registration.resident_id)
    stated = wish_of(registration.answers.get("wish", {}))
    known = Wish.of(current) if current else None
    return Compared(
        StatedFact.WISH,
        wish_words(stated),
        wish_words(known) if known else "",
        differs=known is not None and known != stated,
        is_offered=known != stated,
    )


def _categories(session: Session, registration: Registration) -> Compared:
    held = select(Category.code).where(
        Category.resident_id == registration.resident_id,
        or_(Category.to_on.is_(None), Category.to_on >= registration.submitted_on),
    )
    known = set(session.scalars(held))
    stated = stated_categories(registration)
    return Compared(
        StatedFact.CATEGORIES,
        "、".join(gettext(code.label) for code in stated),
        "、".join(sorted(gettext(code.label) for code in known)),
        is_offered=not set(stated) <= known,
        is_advised=False,
    )


def _causes(registration: Registration) -> Compared:
    stated, known = registration.answers.get("causes", []), registration.case.causes
    return Compared(
        StatedFact.CAUSES,
        "、".join(gettext(DifficultyCause(word).label) for word in stated),
        "、".join(gettext(DifficultyCause(word).label) for word in known),
        is_offered=not set(stated) <= set(known),
    )
