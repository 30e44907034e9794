from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, String, and_, cast, func, select
from sqlalchemy.orm import Session

from models.audit import AuditEntry
from models.staff import Account

PAGE_LENGTH = 50


@dataclass(frozen=True)
class TrailLine:
    entry: AuditEntry
    account: Account | None


@dataclass(frozen=True)
class TrailPage:
    """Newest first; `next_before` is the number the next page goes on from, None at the end."""

    lines: Sequence[TrailLine]
    next_before: int | None


def page_of_trail(
    session: Session, wanted: Mapping[str, object], *, zone: str, before: int | None
) -> TrailPage:
    """Entries that fit every filter of `wanted`: day, account (name), resident (id), act."""
    query = (
        select(AuditEntry, Account)
        .outerjoin(Account, Account.id == AuditEntry.account_id)
        .where(*(FILTERS[name](session, value, zone) for name, value in wanted.items()))
        .order_by(AuditEntry.id.desc())
        .limit(PAGE_LENGTH + 1)
    )
    if before is not None:
        query = query.where(AuditEntry.id < before)
    lines = [TrailLine(entry, account) for entry, account in session.execute(query)]
    shown = lines[:PAGE_LENGTH]
    more = len(lines) > PAGE_LENGTH
    return TrailPage(shown, shown[-1].entry.id if more else None)


def _on_day(_session: Session, value: object, zone: str) -> ColumnElement[bool]:
    day = value if isinstance(value, date) else date.min
    start = datetime.combine(day, time.min, ZoneInfo(zone))
    return and_(AuditEntry.at >= start, AuditEntry.at < start + timedelta(days=1))


def _by_account(_session: Session, value: object, _zone: str) -> ColumnElement[bool]:
    return Account.name == value


def _of_resident(session: Session, value: object, _zone: str) -> ColumnElement[bool]:
    """The list of residents shown holds this one."""
    if session.get_bind().dialect.name == "postgresql":
        return AuditEntry.resident_ids.op("@>")(func.jsonb_build_array(cast(value, Integer)))
    element = func.json_each(AuditEntry.resident_ids).table_valued("value")
    return select(1).select_from(element).where(element.c.value == value).exists()


def _of_act(_session: Session, value: object, _zone: str) -> ColumnElement[bool]:
    return cast(AuditEntry.act, String).startswith(str(value), autoescape=True)


FILTERS: dict[str, Callable[[Session, object, str], ColumnElement[bool]]] = {
    "day": _on_day,
    "account": _by_account,
    "resident": _of_resident,
    "act": _of_act,
}
