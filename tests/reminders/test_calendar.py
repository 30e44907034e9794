"""Working days over holidays, make-up days, and years whose notice is not out."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.calendar import CalendarDay
from reminders.calendar import (
    Notice,
    calendar_days,
    due_after,
    load_notices,
    read_notices,
    shipped_notices,
)


@pytest.mark.parametrize(
    ("day", "count", "due"),
    [
        (date(2026, 11, 20), 5, date(2026, 11, 27)),  # Friday to Friday
        (date(2026, 11, 21), 5, date(2026, 11, 27)),  # raised on a Saturday
        (date(2026, 11, 22), 1, date(2026, 11, 23)),
        (date(2026, 9, 30), 1, date(2026, 10, 8)),  # over the National Day week
        (date(2026, 9, 30), 3, date(2026, 10, 10)),  # a Saturday that is worked
        (date(2026, 2, 13), 1, date(2026, 2, 14)),
        (date(2026, 2, 14), 1, date(2026, 2, 24)),  # over Spring Festival
        (date(2026, 11, 20), 0, date(2026, 11, 20)),
    ],
)
def test_days_to_act_are_the_offices_working_days(
    session: Session, day: date, count: int, due: date
) -> None:
    assert due_after(session, day, count) == (due, False)


def test_a_due_date_in_a_year_without_a_notice_is_provisional(session: Session) -> None:
    assert due_after(session, date(2026, 12, 30), 1) == (date(2026, 12, 31), False)
    assert due_after(session, date(2026, 12, 31), 1) == (date(2027, 1, 4), True)


def test_a_notice_settles_a_provisional_year(session: Session) -> None:
    load_notices(
        session,
        [
            Notice(date(2027, 1, 1), is_working=False, name="元旦"),
            Notice(date(2027, 1, 2), is_working=True, name="元旦"),
        ],
    )
    assert due_after(session, date(2026, 12, 31), 1) == (date(2027, 1, 2), False)
    assert due_after(session, date(2026, 9, 30), 1) == (date(2026, 10, 8), False)


@pytest.mark.parametrize(
    "line", ["2027-13-01,0,x", "2027-01-01,2,x", "01/01/2027,0,x", "2027-01-01,,x", "2027-01-01"]
)
def test_an_unreadable_notice_names_its_line(line: str) -> None:
    with pytest.raises(ValueError, match="第 3 行"):
        read_notices(["day,is_working,name", "2027-01-01,0,元旦", line])


def test_the_notice_of_2026_has_six_make_up_days() -> None:
    worked = [
        notice.day for notice in shipped_notices() if notice.is_working and notice.day.year == 2026
    ]
    days = ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]
    assert [f"{day:%m-%d}" for day in worked] == days


def test_working_days_are_numbered_through(session: Session) -> None:
    rows = session.execute(
        select(CalendarDay.number, CalendarDay.is_working).order_by(CalendarDay.day)
    ).all()
    before = 0
    for number, is_working in rows:
        assert number == before + is_working
        before = number


@given(st.dates(date(2004, 1, 1), date(2045, 12, 31)))
def test_only_known_years_are_certain(day: date) -> None:
    row = ROWS[day]
    assert row["is_provisional"] == (day.year > 2026)


ROWS = {row["day"]: row for row in calendar_days(shipped_notices())}
