"""The text of a hidden field, and the reason for looking as the audit trail keeps it."""

from collections.abc import Callable

from flask_babel import gettext

from circle.refusals import NothingRecorded, ReasonMissing
from models.residents import Resident
from models.vocabulary.privacy import RevealField, RevealReason

NOTE_LENGTH = 100
READ: dict[RevealField, Callable[[Resident], str | None]] = {
    RevealField.NUMBER: lambda resident: resident.id_sealed,
    RevealField.PHONE: lambda resident: "、".join(resident.phones),
    RevealField.ADDRESS: lambda resident: resident.address_sealed,
    RevealField.BORN_ON: lambda resident: resident.born_on.isoformat(),
}


def reason_text(reason: RevealReason, note: str) -> str:
    """The reason as the audit trail keeps it; raises ReasonMissing where `other` says nothing."""
    note = note.strip()[:NOTE_LENGTH]
    if reason is RevealReason.OTHER and not note:
        raise ReasonMissing
    return f"{reason.value}: {note}" if note else reason.value


def reason_words(kept: str | None) -> str:
    """A reason of the trail for people: the label of its code, if it begins with one."""
    code, _, note = (kept or "").partition(": ")
    labels = {reason.value: gettext(reason.label) for reason in RevealReason}
    return "：".join(part for part in (labels.get(code, code), note) if part)


def revealed(resident: Resident, field: RevealField) -> str:
    """The unmasked text; raises NothingRecorded."""
    text = READ[field](resident)
    if not text:
        raise NothingRecorded
    return text
