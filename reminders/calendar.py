"""Working days: the State Council's yearly notices, and a provisional guess where none is out.

Before a year's notice, its working days are the weekdays that are no statutory holiday of fixed
date; whatever falls due there is shown as provisional.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from itertools import accumulate

from sqlalchemy import ScalarSelect, SQLColumnExpression, delete, insert, select
from sqlalchemy.orm import Session, aliased

from models.calendar import CalendarDay

FIRST_YEAR = 2004
LAST_YEAR = 2045
SATURDAY = 5
NOTICE = "国务院办公厅放假通知"
GUESS = "按周末与固定法定节假日推算"
# (month, day): 全国年节及纪念日放假办法, those that do not follow the moon.
FIXED_HOLIDAYS = {
    (1, 1): "元旦",
    (5, 1): "劳动节",
    (5, 2): "劳动节",
    (10, 1): "国庆节",
    (10, 2): "国庆节",
    (10, 3): "国庆节",
}


@dataclass(frozen=True)
class Notice:
    """One day a yearly notice names: a holiday, or a weekend day that is worked."""

    day: date
    is_working: bool
    name: str


def read_notices(lines: Iterable[str]) -> list[Notice]:
    """Rows `day,is_working,name` (ISO day, 0 or 1); raises ValueError naming the line."""
    notices = []
    for number, row in enumerate(csv.DictReader(lines), start=2):
        try:
            is_working = {"0": False, "1": True}[row["is_working"].strip()]
            day = date.fromisoformat(row["day"].strip())
        except (KeyError, ValueError, AttributeError):
            message = f"第 {number} 行无法识别，应为：日期,是否上班(0或1),名称"
            raise ValueError(message) from None
        notices.append(Notice(day, is_working, (row.get("name") or "").strip()))
    return notices


def shipped_notices() -> list[Notice]:
    """The notices known when this version was made."""
    text = files("reminders").joinpath("holidays.csv").read_text(encoding="utf-8")
    return read_notices(text.splitlines())


def seed_calendar(session: Session) -> None:
    """Fill the table where it is empty; a table an administrator has changed stays as it is."""
    if session.scalar(select(CalendarDay.day).limit(1)) is None:
        _write(session, calendar_days(shipped_notices()))


def load_notices(session: Session, notices: list[Notice]) -> None:
    """Replace the days of the years the notices name; later running numbers follow."""
    years = {notice.day.year for notice in notices}
    kept = [notice for notice in _stored_notices(session) if notice.day.year not in years]
    session.execute(delete(CalendarDay))
    _write(session, calendar_days([*kept, *notices]))


def calendar_days(notices: Iterable[Notice]) -> list[dict[str, object]]:
    """Every day of the calendar as a row, working days numbered through."""
    named = {notice.day: notice for notice in notices}
    known_years = {day.year for day in named}
    days = [_row(day, named, known_years) for day in _all_days()]
    numbers = accumulate(int(bool(row["is_working"])) for row in days)
    return [{**row, "number": number} for row, number in zip(days, numbers, strict=True)]


def working_days_after(
    day: SQLColumnExpression[date] | date, count: SQLColumnExpression[int] | int
) -> ScalarSelect[date]:
    """As SQL: the day `count` working days after `day` (Date)."""
    start, end = aliased(CalendarDay), aliased(CalendarDay)
    return (
        select(end.day)
        .join(start, end.number == start.number + count)
        .where(start.day == day, end.is_working)
        .scalar_subquery()
    )


def is_provisional(day: SQLColumnExpression[date] | date) -> ScalarSelect[bool]:
    """As SQL: the day lies in a year whose notice is not out."""
    return select(CalendarDay.is_provisional).where(CalendarDay.day == day).scalar_subquery()


def due_after(session: Session, day: date, count: int) -> tuple[date, bool]:
    """The day `count` working days after `day`, and whether it is provisional."""
    due = session.scalars(select(working_days_after(day, count))).one()
    return due, bool(session.scalar(select(is_provisional(due))))


def _row(day: date, named: dict[date, Notice], known_years: set[int]) -> dict[str, object]:
    notice = named.get(day)
    if day.year in known_years:
        is_working = notice.is_working if notice else day.weekday() < SATURDAY
        name = notice.name if notice else None
    else:
        name = FIXED_HOLIDAYS.get((day.month, day.day))
        is_working = day.weekday() < SATURDAY and name is None
    is_known = day.year in known_years
    return {
        "day": day,
        "is_working": is_working,
        "name": name,
        "source": NOTICE if is_known else GUESS,
        "is_provisional": not is_known,
    }


def _all_days() -> Iterator[date]:
    first, last = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))


def _stored_notices(session: Session) -> list[Notice]:
    rows = session.scalars(
        select(CalendarDay).where(~CalendarDay.is_provisional, CalendarDay.name.is_not(None))
    )
    return [Notice(row.day, row.is_working, row.name or "") for row in rows]


def _write(session: Session, rows: list[dict[str, object]]) -> None:
    session.execute(insert(CalendarDay), rows)
    session.flush()
