"""What a resident has agreed to; asked wherever the law wants consent (PIPL 13, 23)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from models.cases import Consent
from models.residents import Resident
from models.vocabulary.residents import ConsentPurpose


def agrees_to(purpose: ConsentPurpose) -> ColumnElement[bool]:
    """As a condition on Resident."""
    return exists().where(
        Consent.resident_id == Resident.id,
        Consent.purpose == purpose,
        Consent.withdrawn_at.is_(None),
    )


def has_agreed(session: Session, resident_id: int, purpose: ConsentPurpose) -> bool:
    return bool(standing_consents(session, resident_id, purpose))


def standing_consents(
    session: Session, resident_id: int, purpose: ConsentPurpose
) -> Sequence[Consent]:
    """Those nobody has withdrawn: each way of agreeing leaves one of its own."""
    return session.scalars(
        select(Consent).where(
            Consent.resident_id == resident_id,
            Consent.purpose == purpose,
            Consent.withdrawn_at.is_(None),
        )
    ).all()


def give_consent(
    session: Session,
    resident_id: int,
    purpose: ConsentPurpose,
    *,
    wording: str,
    now: datetime,
) -> None:
    """`wording` names the version of the text that was shown or read out. Given once is given."""
    if not has_agreed(session, resident_id, purpose):
        session.add(
            Consent(resident_id=resident_id, purpose=purpose, wording=wording, given_at=now)
        )
        session.flush()


def withdraw_consent(
    session: Session, resident_id: int, purpose: ConsentPurpose, *, now: datetime
) -> None:
    """Every way it was given by ends with it."""
    for consent in standing_consents(session, resident_id, purpose):
        consent.withdrawn_at = now
    session.flush()
