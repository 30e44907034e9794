"""Once a week a message to whoever agreed to it and has a new post that fits."""

from datetime import date, datetime

from sqlalchemy import ColumnElement, Row, Select, exists, func, select
from sqlalchemy.orm import Session

from circle.cases.consents import agrees_to
from circle.messages.operations import queue
from circle.posts.queries import is_offered
from circle.seeking.digest import is_new
from models.cases import Case
from models.matching import Match
from models.messages import Message
from models.posts import Post
from models.referrals import Referral
from models.residents import Resident
from models.seeking import ManualChoice, PassedPost
from models.vocabulary.messages import MessageKind
from models.vocabulary.residents import ConsentPurpose

SLICE = 500


def week_of(on: date) -> str:
    """2026-W47, as the ISO calendar counts."""
    year, week, _ = on.isocalendar()
    return f"{year}-W{week:02}"


def queue_digests(
    session: Session, *, on: date, now: datetime, after: int = 0
) -> tuple[int, int | None]:
    """Queue for a slice of residents behind the id `after`: how many messages, and where the
    slice ended; None where there was nobody left. The same week again queues nothing.
    """
    readers = session.execute(_readers(on, after).limit(SLICE)).all()
    queued = sum(_queue(session, reader, on=on, now=now) for reader in readers)
    return queued, readers[-1].id if readers else None


def _queue(session: Session, reader: Row[int, int], *, on: date, now: datetime) -> bool:
    resident = session.get_one(Resident, reader.id)
    values = {"count": reader.fitting}
    message = queue(session, resident, MessageKind.DIGEST, week_of(on), values, on=on, now=now)
    return message is not None


def _readers(on: date, after: int) -> Select[int, int]:
    """id, fitting: how many of the night's matches are new this week."""
    fitting = func.count(Match.post_id.distinct())
    return (
        select(Resident.id, fitting.label("fitting"))
        .join(Case, Case.resident_id == Resident.id)
        .join(Match, Match.case_id == Case.id)
        .join(Post, Post.id == Match.post_id)
        .where(
            Resident.id > after,
            Case.is_open,
            agrees_to(ConsentPurpose.MESSAGES),
            ~_chooses_by_hand(),
            ~_is_told(week_of(on)),
            is_offered(on),
            is_new(on),
            ~_is_known(PassedPost),
            ~_is_known(Referral),
        )
        .group_by(Resident.id)
        .order_by(Resident.id)
    )


def _is_told(week: str) -> ColumnElement[bool]:
    return exists().where(
        Message.resident_id == Resident.id,
        Message.kind == MessageKind.DIGEST,
        Message.cycle == week,
    )


def _chooses_by_hand() -> ColumnElement[bool]:
    return exists().where(ManualChoice.resident_id == Resident.id, ManualChoice.ended_at.is_(None))


def _is_known(table: type[PassedPost | Referral]) -> ColumnElement[bool]:
    """Passed over, or being answered: no news to them."""
    return exists().where(table.resident_id == Resident.id, table.post_id == Post.id)
