"""The job that empties the outbox: claim, send, note; each a step of its own.

A message is claimed in a transaction of its own before it is handed over. Whoever dies in between
leaves it as `sending`: later it counts as failed, and only a person sends it again. So nobody is
told twice, at the price that somebody may not be told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from circle.messages.operations import (
    claim,
    drop_outdated,
    drop_overtaken,
    drop_unwanted,
    give_up_stranded,
    is_due,
    is_outdated,
    is_overtaken,
    is_stranded,
    note_failed,
    note_sent,
)
from circle.messages.senders import Sender, Undelivered, senders_of
from circle.messages.words import subject_of, text_of
from circle.office import Office
from circle.places.queries import names_of
from models.messages import Message
from models.policy import common_policy_on
from models.vocabulary.messages import MessageChannel, MessageFailure

log = structlog.get_logger(__name__)
# So many in one run; the next one is at most a minute away.
MOST = 300
COMMUNITY_LENGTH = 12
Counts = dict[str, Any]
Senders = Mapping[MessageChannel, Sender]


@dataclass(frozen=True)
class Letter:
    """A claimed message in words; `to` None where nothing is left to send it to."""

    message_id: int
    channel: MessageChannel
    to: str | None
    subject: str
    text: str


def due(office: Office) -> list[str]:
    """A slot a minute, while there is something to send or to give up."""
    channels = list(senders_of(office.settings))
    with office.session(immediate=False) as session:
        days = common_policy_on(session, office.today).message_days
        waits = or_(
            is_due(channels, office.now),
            is_stranded(office.now),
            is_outdated(days, office.now),
            is_overtaken(),
        )
        found = session.scalar(select(Message.id).where(waits).limit(1))
    return [] if found is None else [f"{office.now:%Y-%m-%dT%H:%M}"]


def run(office: Office, _slot: str) -> Counts:
    senders = senders_of(office.settings)
    with office.session() as session:
        days = common_policy_on(session, office.today).message_days
        dropped = drop_outdated(session, days=days, now=office.now)
        dropped += drop_overtaken(session) + drop_unwanted(session)
        failed = give_up_stranded(session, now=office.now)
    sent = 0
    for _ in range(MOST):
        letter = _next(office, senders)
        if letter is None:
            break
        went = _send(office, senders[letter.channel], letter)
        sent, failed = sent + went, failed + (not went)
    return {"sent": sent, "unsent": failed, "dropped": dropped}


def _next(office: Office, senders: Senders) -> Letter | None:
    with office.session() as session:
        message = claim(session, list(senders), now=office.now)
        return None if message is None else _letter(session, message, office.settings.timezone)


def _letter(session: Session, message: Message, zone: str) -> Letter:
    resident = message.resident
    code = (resident.lives_in or resident.registered_division or "")[:COMMUNITY_LENGTH]
    place = names_of(session, {code}).get(code, "") if code else ""
    addresses = {
        MessageChannel.EMAIL: resident.email_sealed,
        MessageChannel.SMS: next(iter(resident.phones), None),
    }
    return Letter(
        message_id=message.id,
        channel=message.channel,
        to=addresses[message.channel],
        subject=subject_of(message.kind),
        text=text_of(message.kind, message.values, place=place, zone=zone),
    )


def _send(office: Office, sender: Sender, letter: Letter) -> bool:
    try:
        _hand_over(sender, letter)
    except Undelivered as fault:
        log.warning("message not sent", message=letter.message_id, failure=fault.failure.value)
        with office.session() as session:
            message = session.get_one(Message, letter.message_id)
            note_failed(session, message, fault.failure, is_final=fault.is_final, now=office.now)
        return False
    with office.session() as session:
        note_sent(session, session.get_one(Message, letter.message_id), now=office.now)
    log.info("message sent", message=letter.message_id, channel=letter.channel.value)
    return True


def _hand_over(sender: Sender, letter: Letter) -> None:
    if letter.to is None:
        raise Undelivered(MessageFailure.NO_ADDRESS, is_final=True)
    sender.send(letter.to, letter.subject, letter.text)
