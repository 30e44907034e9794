"""The outbox of messages to residents."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Answers, Base, Key, Recorded, coded
from models.residents import Resident
from models.vocabulary.messages import (
    MESSAGE_LIFECYCLE,
    MessageChannel,
    MessageFailure,
    MessageKind,
    MessageState,
)


class Message(Recorded, Base):
    """What is to be said to somebody: codes and values, put into words when it is sent."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("resident_id", "kind", "cycle"),
        Index("ix_message_state", "state", "id"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_instant"),
        CheckConstraint(
            "(state = 'sending') = (claimed_at IS NOT NULL)", name="claimed_has_instant"
        ),
        CheckConstraint("state <> 'failed' OR failure IS NOT NULL", name="failed_has_cause"),
    )

    id: Mapped[Key]
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    kind: Mapped[MessageKind] = mapped_column(coded(MessageKind))
    channel: Mapped[MessageChannel] = mapped_column(coded(MessageChannel))
    cycle: Mapped[str] = mapped_column(String(80))  # digest: the week; else the record
    values: Mapped[Answers]
    state: Mapped[MessageState] = mapped_column(coded(MessageState), default=MessageState.QUEUED)
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)
    try_after: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    failure: Mapped[MessageFailure | None] = mapped_column(coded(MessageFailure))  # of the last try

    resident: Mapped[Resident] = relationship()

    def move(self, verb: str) -> None:
        """Follow MESSAGE_LIFECYCLE; raises IllegalMove."""
        self.state = MESSAGE_LIFECYCLE.target(verb, self.state)
