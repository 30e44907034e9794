"""A message is queued, claimed, sent or not; what its person no longer wants is dropped."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Update, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from circle.access.permissions import Permission
from circle.cases.consents import agrees_to, has_agreed
from circle.messages.filters import Wanted
from circle.messages.queries import DROPPABLE, listed
from circle.refusals import MessageSettled
from models.cases import UUID_LENGTH
from models.messages import Message
from models.referrals import Referral
from models.residents import Resident
from models.sql import insert_into
from models.staff import Account
from models.vocabulary.lifecycle import IllegalMove
from models.vocabulary.messages import (
    MESSAGE_LIFECYCLE,
    MessageChannel,
    MessageFailure,
    MessageKind,
    MessageState,
)
from models.vocabulary.referrals import ReferralStage
from models.vocabulary.residents import ConsentPurpose

# What a message about a referral tells of; at any other stage it is no news.
NEWS_OF_STAGE = {
    MessageKind.REFERRAL: ReferralStage.OFFERED,
    MessageKind.INTERVIEW: ReferralStage.INTERVIEW,
}
TRIES = 3
PAUSES = (timedelta(minutes=5), timedelta(minutes=20))
# A send takes seconds; who has not told of its end by then will not tell any more.
STRANDED_AFTER = timedelta(minutes=10)
_DROPPED = MESSAGE_LIFECYCLE.target("drop", MessageState.QUEUED)


def queue(
    session: Session,
    resident: Resident,
    kind: MessageKind,
    cycle: str,
    values: dict[str, Any],
    *,
    on: date,
    now: datetime,
) -> Message | None:
    """Lay a message in the outbox; the same kind and cycle again is the message that lies there.

    None where the person has not agreed to messages, or has left neither number nor address.
    `values` hold codes, numbers and titles, nothing personal: the text is made when it is sent.
    """
    del on  # every verb is told the day; when a message has grown old is asked when it is sent
    channel = channel_of(resident)
    if channel is None or not has_agreed(session, resident.id, ConsentPurpose.MESSAGES):
        return None
    key = {"resident_id": resident.id, "kind": kind, "cycle": cycle}
    row = {
        **key,
        "channel": channel,
        "values": values,
        "state": MessageState.QUEUED,
        "tries": 0,
        "created_at": now,
    }
    session.execute(insert_into(session, Message).values(row).on_conflict_do_nothing())
    return session.scalars(select(Message).filter_by(**key)).one()


def channel_of(resident: Resident) -> MessageChannel | None:
    """Whoever has given an e-mail address wants it there; else the telephone they are called on."""
    if resident.email_sealed:
        return MessageChannel.EMAIL
    return MessageChannel.SMS if resident.phones else None


def set_email(session: Session, resident: Resident, address: str | None) -> None:
    """As the person gives it; what waits goes the new way."""
    resident.email_sealed = address
    waiting = update(Message).where(
        Message.resident_id == resident.id, Message.state == MessageState.QUEUED
    )
    channel = channel_of(resident)
    if channel is not None:
        session.execute(waiting.values(channel=channel))
    session.flush()


def claim(session: Session, channels: list[MessageChannel], *, now: datetime) -> Message | None:
    """The next message that is due, now nobody else's to send; None where none is."""
    query = (
        select(Message)
        .where(is_due(channels, now))
        .order_by(Message.id)
        .limit(1)
        .with_for_update(of=Message, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    message = session.scalars(query).one_or_none()
    if message is not None:
        message.move("claim")
        message.claimed_at, message.tries = now, message.tries + 1
        session.flush()
    return message


def is_due(channels: list[MessageChannel], now: datetime) -> ColumnElement[bool]:
    return and_(
        Message.state == MessageState.QUEUED,
        Message.channel.in_(channels),
        or_(Message.try_after.is_(None), Message.try_after <= now),
    )


def note_sent(session: Session, message: Message, *, now: datetime) -> None:
    message.move("send")
    message.sent_at, message.claimed_at, message.failure = now, None, None
    session.flush()


def note_failed(
    session: Session, message: Message, failure: MessageFailure, *, is_final: bool, now: datetime
) -> None:
    """Tried again after a pause, three times in all, unless it would be the same each time."""
    ends = is_final or message.tries >= TRIES
    message.move("fail" if ends else "put_back")
    message.claimed_at, message.failure = None, failure
    message.try_after = None if ends else now + PAUSES[min(message.tries, len(PAUSES)) - 1]
    session.flush()


def give_up_stranded(session: Session, *, now: datetime) -> int:
    """What a killed process was sending: it may have arrived, so a person decides. How many."""
    stopped = (
        update(Message)
        .where(is_stranded(now))
        .values(
            state=MESSAGE_LIFECYCLE.target("fail", MessageState.SENDING),
            claimed_at=None,
            failure=MessageFailure.INTERRUPTED,
        )
    )
    return _how_many(session, stopped)


def is_stranded(now: datetime) -> ColumnElement[bool]:
    return and_(Message.state == MessageState.SENDING, Message.claimed_at < now - STRANDED_AFTER)


def drop_outdated(session: Session, *, days: int, now: datetime) -> int:
    """Last week's posts are no news, and nobody was waiting for them. How many."""
    stopped = (
        update(Message)
        .where(is_outdated(days, now))
        .values(state=_DROPPED, failure=MessageFailure.OUTDATED)
    )
    return _how_many(session, stopped)


def is_outdated(days: int, now: datetime) -> ColumnElement[bool]:
    """Queued, or told by a person to be tried again, longer ago than that."""
    since = func.coalesce(Message.try_after, Message.created_at)
    return and_(Message.state == MessageState.QUEUED, since < now - timedelta(days=days))


def drop_overtaken(session: Session) -> int:
    """An offer already answered, an interview put off or no longer to come. How many."""
    stopped = (
        update(Message)
        .where(is_overtaken())
        .values(state=_DROPPED, failure=MessageFailure.OUTDATED)
        .execution_options(synchronize_session=False)
    )
    return _how_many(session, stopped)


def is_overtaken() -> ColumnElement[bool]:
    """Queued, and its referral has moved on; the cycle of both kinds begins with its UUID."""
    later, uuid = aliased(Message), func.substr(Message.cycle, 1, UUID_LENGTH)
    moved_on = or_(
        *(
            and_(Message.kind == kind, Referral.stage != stage)
            for kind, stage in NEWS_OF_STAGE.items()
        )
    )
    is_moved = exists().where(Referral.uuid == uuid, moved_on)
    is_put_off = exists().where(
        Message.kind == MessageKind.INTERVIEW,
        later.resident_id == Message.resident_id,
        later.kind == MessageKind.INTERVIEW,
        func.substr(later.cycle, 1, UUID_LENGTH) == uuid,
        later.id > Message.id,
    )
    return and_(Message.state == MessageState.QUEUED, or_(is_moved, is_put_off))


def drop_unwanted(session: Session, resident_id: int | None = None) -> int:
    """What lies in the outbox for somebody who no longer agrees to messages. How many."""
    agreeing = select(Resident.id).where(agrees_to(ConsentPurpose.MESSAGES))
    unwanted = and_(Message.state == MessageState.QUEUED, Message.resident_id.not_in(agreeing))
    if resident_id is not None:
        unwanted = and_(unwanted, Message.resident_id == resident_id)
    stopped = (
        update(Message).where(unwanted).values(state=_DROPPED, failure=MessageFailure.NO_CONSENT)
    )
    return _how_many(session, stopped)


def retry(session: Session, message: Message, *, now: datetime) -> None:
    """Send once more what has failed; raises MessageSettled."""
    _move(session, message, "retry")
    message.tries, message.try_after, message.failure = 0, now, None
    session.flush()


def drop(session: Session, message: Message) -> None:
    """Not to be sent any more; raises MessageSettled."""
    _move(session, message, "drop")
    session.flush()


def drop_listed(session: Session, actor: Account, wanted: Wanted) -> int:
    """Stop what the list holds and may still be stopped; how many."""
    condition = listed(actor, wanted, Permission.SEND_MESSAGES)
    ids = select(Message.id).where(condition, Message.state.in_(DROPPABLE))
    stopped = update(Message).where(Message.id.in_(ids)).values(state=_DROPPED)
    return _how_many(session, stopped)


def _how_many(session: Session, change: Update) -> int:
    return len(session.scalars(change.returning(Message.id)).all())


def _move(session: Session, message: Message, verb: str) -> None:
    session.refresh(message, with_for_update=True)
    try:
        message.move(verb)
    except IllegalMove:
        raise MessageSettled from None
