import hmac
from collections.abc import Sequence

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from circle.cases.statements import Wish, current_wish
from circle.registration.answers import wish_of
from circle.registration.receipts import receipt_hashes
from models.cases import Consent, Registration
from models.residents import Resident
from models.sealed import current_keyring
from models.tasks import Task
from models.vocabulary.cases import RegistrationState
from models.vocabulary.tasks import TaskKind, TaskState

PHONE_TAIL = 4


def registration_of(session: Session, uuid: str) -> Registration | None:
    return session.scalars(select(Registration).where(Registration.uuid == uuid)).one_or_none()


def by_receipt(session: Session, typed_code: str, phone_tail: str) -> Registration | None:
    """The registration that both belong to; nothing tells which of the two was wrong."""
    hashes = receipt_hashes(current_keyring(), typed_code)
    query = select(Registration).where(Registration.receipt_hash.in_(hashes))
    registration = session.scalars(query).one_or_none()
    phone = registration.phone_sealed if registration else "-" * PHONE_TAIL
    fits = hmac.compare_digest(phone[-PHONE_TAIL:].encode(), phone_tail.encode())
    return registration if fits else None


def known_index(session: Session, indexes: Sequence[str]) -> str | None:
    """The index a document number is known by: rows may wait under an older key."""
    return session.scalar(select(Resident.id_index).where(Resident.id_index.in_(indexes)))


def open_order(session: Session, case_id: int) -> Task | None:
    query = (
        select(Task)
        .where(
            Task.case_id == case_id,
            Task.kind == TaskKind.ASSISTANCE,
            Task.state == TaskState.OPEN,
        )
        .order_by(Task.due_on, Task.id)
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def phones_stated(session: Session, resident_id: int) -> list[str]:
    """The numbers of the resident's mini-forms that wait for a worker, the newest first."""
    query = (
        select(Registration)
        .where(
            Registration.resident_id == resident_id,
            Registration.state == RegistrationState.RECEIVED,
        )
        .order_by(Registration.id.desc())
    )
    return [registration.phone_sealed for registration in session.scalars(query)]


def others_of_case(session: Session, registration: Registration) -> Sequence[Registration]:
    """The case's other registrations that still stand."""
    query = select(Registration).where(
        Registration.case_id == registration.case_id,
        Registration.id != registration.id,
        Registration.state.in_([RegistrationState.RECEIVED, RegistrationState.CONFIRMED]),
    )
    return session.scalars(query).all()


def registration_to_read(session: Session, case_id: int) -> Registration | None:
    """Of a case's registrations the one that waits the longest, else the newest."""
    waits = Registration.state == RegistrationState.RECEIVED
    oldest_waiting = case((waits, Registration.id))
    query = (
        select(Registration)
        .where(Registration.case_id == case_id)
        .order_by(waits.desc(), oldest_waiting, Registration.id.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def consents_of(session: Session, registration: Registration) -> Sequence[Consent]:
    """Those still given; of a confirmed one, by whichever way the person gave them."""
    is_confirmed = registration.state is RegistrationState.CONFIRMED
    whose = (
        Consent.resident_id == registration.resident_id
        if is_confirmed
        else Consent.registration_id == registration.id
    )
    query = select(Consent).where(whose, Consent.withdrawn_at.is_(None))
    return session.scalars(query.order_by(Consent.id)).all()


def wish_told(session: Session, registration: Registration) -> Wish:
    """What the person is shown as their wish: the current one, once a worker has confirmed."""
    if registration.state is RegistrationState.CONFIRMED:
        current = current_wish(session, registration.resident_id)
        if current is not None:
            return Wish.of(current)
    return wish_of(registration.answers.get("wish", {}))
