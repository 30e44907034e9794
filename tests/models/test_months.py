"""Months as plain integers."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Date, Engine, literal, select

from models.sql import (
    day_word,
    days_after,
    days_between,
    first_day_of,
    month_of_day,
    month_word,
    months_after,
)
from models.vocabulary.months import add_months, first_day, month_key, month_of, month_text

DAYS = st.dates(date(1930, 1, 1), date(2090, 12, 31))
EDGES = [
    date(year, month, day)
    for year in (2023, 2024)
    for month, day in ((1, 1), (1, 31), (2, 28), (3, 31), (8, 30), (12, 31))
] + [date(2024, 2, 29)]


@given(DAYS)
def test_a_day_lies_in_its_month(day: date) -> None:
    month = month_key(day)
    assert first_day(month) <= day < first_day(month + 1)
    assert month_text(month) == f"{day:%Y-%m}"
    assert month_of(month_text(month)) == month


@pytest.mark.parametrize(
    "text", ["2024-13", "2024-00", "202403", "", "2024-3", "0000-01", "1026-09"]
)
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        month_of(text)


@given(DAYS, st.integers(-600, 600))
def test_months_later_is_the_same_day_or_the_months_last(day: date, months: int) -> None:
    later = add_months(day, months)
    assert month_key(later) == month_key(day) + months
    assert later.day == day.day or (later + timedelta(days=1)).day == 1
    assert later.day <= day.day


@pytest.mark.parametrize("day", EDGES)
@pytest.mark.parametrize("number", [-25, -1, 0, 1, 11, 24])
def test_both_databases_count_days_and_months_alike(engine: Engine, day: date, number: int) -> None:
    start, month = literal(day, Date), month_key(day)
    with engine.connect() as connection:
        row = connection.execute(
            select(
                day_word(days_after(start, number)),
                days_between(start, literal(day + timedelta(days=number), Date)),
                day_word(months_after(start, number)),
                month_of_day(start),
                day_word(first_day_of(literal(month))),
                month_word(literal(month)),
            )
        ).one()
    assert tuple(row) == (
        (day + timedelta(days=number)).isoformat(),
        number,
        add_months(day, number).isoformat(),
        month,
        day.replace(day=1).isoformat(),
        f"{day:%Y-%m}",
    )
