"""The outbox as people see it: newest first, inside their own scope."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, contains_eager

from circle.access.permissions import Permission
from circle.access.scope import visible_to
from circle.messages.filters import Wanted
from models.messages import Message
from models.residents import Resident
from models.staff import Account
from models.vocabulary.messages import MESSAGE_LIFECYCLE, MessageState

PAGE_LENGTH = 50
# What may still be stopped, and what somebody should look at: few, so that they are counted.
LOOKED_AT = (MessageState.QUEUED, MessageState.SENDING, MessageState.FAILED)
DROPPABLE = tuple(state for state in MessageState if MESSAGE_LIFECYCLE.allows("drop", state))


@dataclass(frozen=True)
class Page:
    messages: Sequence[Message]
    after: int | None  # where the next page begins


def page_of(session: Session, actor: Account, wanted: Wanted, *, after: int | None) -> Page:
    query = (
        select(Message)
        .join(Message.resident)
        .options(contains_eager(Message.resident))
        .where(listed(actor, wanted, Permission.READ_MESSAGES))
        .order_by(Message.id.desc())
    )
    if after is not None:
        query = query.where(Message.id < after)
    found = session.scalars(query.limit(PAGE_LENGTH + 1)).all()
    shown = found[:PAGE_LENGTH]
    return Page(shown, shown[-1].id if len(found) > PAGE_LENGTH else None)


def counts_of(session: Session, actor: Account) -> dict[MessageState, int]:
    """How many wait, are on their way or have failed."""
    query = (
        select(Message.state, func.count())
        .where(Message.state.in_(LOOKED_AT), visible_to(actor, Permission.READ_MESSAGES, Message))
        .group_by(Message.state)
    )
    return dict(session.execute(query).all())


def messages_to(session: Session, resident: Resident) -> Sequence[Message]:
    """What this resident was sent or will be, newest first."""
    query = (
        select(Message)
        .where(Message.resident_id == resident.id)
        .order_by(Message.id.desc())
        .limit(PAGE_LENGTH)
    )
    return session.scalars(query).all()


def listed(actor: Account, wanted: Wanted, permission: Permission) -> ColumnElement[bool]:
    """Messages of the list that the permission covers for this person."""
    conditions = [visible_to(actor, permission, Message)]
    if wanted.state is not None:
        conditions.append(Message.state == wanted.state)
    if wanted.kind is not None:
        conditions.append(Message.kind == wanted.kind)
    return and_(*conditions)
