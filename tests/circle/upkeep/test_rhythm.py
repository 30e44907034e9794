"""A week's turn begins on its day and hour, and is made up for later in the same week."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from circle.upkeep.rhythm import Daily, OnRequest, Watching, Weekly, next_run, turn

ZONE = "Asia/Shanghai"
MONDAY_NINE = Weekly(0, time(9, 0))


def local(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=ZoneInfo(ZONE))


@pytest.mark.parametrize(
    ("moment", "monday"),
    [
        (local(16, 0), date(2026, 11, 16)),  # Monday, just begun
        (local(22, 23), date(2026, 11, 16)),  # Sunday night
        (local(23, 0), date(2026, 11, 23)),
    ],
)
def test_a_week_has_one_turn(moment: datetime, monday: date) -> None:
    began = turn(MONDAY_NINE, moment)
    assert (began.date(), began.hour) == (monday, 9)


@pytest.mark.parametrize(
    ("moment", "has_run", "expected"),
    [
        (local(16, 8), False, local(16, 9)),
        (local(18, 8), False, local(18, 8)),  # missed on Monday: at once
        (local(18, 8), True, local(23, 9)),
    ],
)
def test_what_was_missed_runs_at_once(moment: datetime, has_run: bool, expected: datetime) -> None:
    now = moment.astimezone(UTC)
    assert next_run(MONDAY_NINE, now=now, zone=ZONE, has_run=has_run) == expected


def test_a_day_has_its_own() -> None:
    rhythm, now = Daily(time(2, 0)), local(18, 8).astimezone(UTC)
    assert next_run(rhythm, now=now, zone=ZONE, has_run=True) == local(19, 2)


@pytest.mark.parametrize("rhythm", [Watching(3), OnRequest()])
def test_others_have_no_hour(rhythm: Watching | OnRequest) -> None:
    assert next_run(rhythm, now=local(18, 8), zone=ZONE, has_run=False) is None
