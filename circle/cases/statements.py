"""What a resident says of their work and wishes: a row each time, the newest one current.

A statement recorded late, about a day before the current one, is kept and moves nothing.
"""

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases import Case, Visit
from models.residents import Intention, StatusHistory
from models.staff import Account
from models.vocabulary.cases import CaseState
from models.vocabulary.residents import WishedHours, WorkKind, WorkStatus

Statement = TypeVar("Statement", StatusHistory, Intention)


@dataclass(frozen=True)
class Wish:
    """Work somebody wishes for; pay in fen a month at least, minutes on the way at most."""

    kinds: tuple[WorkKind, ...] = ()
    occupation: str | None = None
    pay_fen: int | None = None
    hours: WishedHours | None = None
    minutes: int | None = None
    skills: str | None = None
    wants_training: bool = False
    wants_start_up: bool = False

    @classmethod
    def of(cls, row: Intention) -> "Wish":
        values = {name: getattr(row, name) for name in cls.__dataclass_fields__}
        return cls(**{**values, "kinds": tuple(WorkKind(kind) for kind in row.kinds)})

    def filled_from(self, other: "Wish") -> "Wish":
        """What is left empty here is taken from the other."""
        given = {name: value for name, value in asdict(self).items() if value}
        return replace(other, **given)


def current_wish(session: Session, resident_id: int) -> Intention | None:
    return _current(session, Intention, resident_id)


def current_status(session: Session, resident_id: int) -> StatusHistory | None:
    return _current(session, StatusHistory, resident_id)


def state_work_status(
    session: Session,
    resident_id: int,
    status: WorkStatus,
    *,
    since: date | None,
    said_on: date,
    by: Account | None,
    now: datetime,
    visit: Visit | None = None,
) -> None:
    """Record a work status; the same one again, with no new date, is no new statement."""
    current = current_status(session, resident_id)
    if current and current.status == status and since in {None, current.since_on}:
        return
    row = StatusHistory(
        resident_id=resident_id,
        status=status,
        since_on=since or said_on,
        recorded_by=by.id if by else None,
        visit_id=visit.id if visit else None,
    )
    _put(session, row, current, said_on=said_on, now=now)
    _carry_to_case(session, resident_id)


def state_wish(
    session: Session,
    resident_id: int,
    wish: Wish,
    *,
    said_on: date,
    by: Account | None,
    now: datetime,
    visit: Visit | None = None,
) -> None:
    """Record a wish; an unchanged one is no new statement."""
    current = current_wish(session, resident_id)
    if current and Wish.of(current) == wish:
        return
    row = Intention(
        **{**asdict(wish), "kinds": [kind.value for kind in wish.kinds]},
        resident_id=resident_id,
        recorded_on=said_on,
        recorded_by=by.id if by else None,
        visit_id=visit.id if visit else None,
    )
    _put(session, row, current, said_on=said_on, now=now)


def take_back(session: Session, visit: Visit) -> None:
    """Drop what was said in a visit; what had been said before it holds again."""
    _take_back(session, StatusHistory, visit)
    _take_back(session, Intention, visit)
    _carry_to_case(session, visit.resident_id)


def take_back_status(
    session: Session, resident_id: int, status: WorkStatus, *, not_before: datetime
) -> None:
    """Drop a status no visit or file told of, written since; the one before holds again."""
    for row in session.scalars(
        select(StatusHistory).where(
            StatusHistory.resident_id == resident_id,
            StatusHistory.status == status,
            StatusHistory.visit_id.is_(None),
            StatusHistory.brought_by.is_(None),
            StatusHistory.created_at >= not_before,
        )
    ):
        session.delete(row)
    _bring_back(session, StatusHistory, resident_id)
    _carry_to_case(session, resident_id)


def _take_back(session: Session, table: type[Statement], visit: Visit) -> None:
    for row in session.scalars(select(table).where(table.visit_id == visit.id)):
        session.delete(row)
    _bring_back(session, table, visit.resident_id)


def _bring_back(session: Session, table: type[Statement], resident_id: int) -> None:
    """Where the current one went, the newest that is left takes its place."""
    # The current row must be gone before: there is one per resident.
    session.flush()
    if _current(session, table, resident_id) is None:
        rows = session.scalars(select(table).where(table.resident_id == resident_id)).all()
        if rows:
            max(rows, key=lambda row: (_said_on(session, row), row.id)).replaced_at = None
    session.flush()


def _put(
    session: Session,
    row: Statement,
    current: Statement | None,
    *,
    said_on: date,
    now: datetime,
) -> None:
    if current is not None and _said_on(session, current) > said_on:
        row.replaced_at = now
    elif current is not None:
        current.replaced_at = now
        session.flush()
    session.add(row)
    session.flush()


def _said_on(session: Session, row: StatusHistory | Intention) -> date:
    """The day the person said it; of a status no visit told of, the day it began."""
    if isinstance(row, Intention):
        return row.recorded_on
    visit = session.get(Visit, row.visit_id) if row.visit_id else None
    return visit.visited_on if visit else row.since_on


def _current(session: Session, table: type[Statement], resident_id: int) -> Statement | None:
    query = select(table).where(table.resident_id == resident_id, table.replaced_at.is_(None))
    return session.scalars(query).one_or_none()


def _carry_to_case(session: Session, resident_id: int) -> None:
    """The open case shows the current status, or unemployed where none was ever stated."""
    case = session.scalars(
        select(Case).where(Case.resident_id == resident_id, Case.state == CaseState.OPEN)
    ).one_or_none()
    current = current_status(session, resident_id)
    if case is not None:
        case.work_status = current.status if current else WorkStatus.UNEMPLOYED
        session.flush()
