"""Statutory retirement: three tracks that move by month of birth since 2025."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.policy import Policy
from models.residents import Resident
from models.vocabulary.parameters import PARAMETERS
from models.vocabulary.residents import RetirementTrack, Sex
from reminders.retirement import (
    is_of_working_age,
    is_retired,
    last_birth_retired,
    retirement_day,
    retires_on,
    track_of,
    tracks_of,
)
from tests.factories import ResidentFactory, use

POLICY = Policy.of({parameter.name: parameter.default for parameter in PARAMETERS})
MAN, WOMAN_55, WOMAN_50 = (tracks_of(POLICY)[track] for track in RetirementTrack)
BIRTHS = st.dates(date(1950, 1, 1), date(2005, 12, 31))


@pytest.mark.parametrize(
    ("born_on", "track", "day"),
    [
        # 国务院关于渐进式延迟法定退休年龄的办法, annexed tables
        (date(1964, 12, 31), MAN, date(2024, 12, 31)),
        (date(1965, 1, 1), MAN, date(2025, 2, 1)),
        (date(1965, 4, 30), MAN, date(2025, 5, 30)),
        (date(1965, 5, 1), MAN, date(2025, 7, 1)),
        (date(1976, 9, 1), MAN, date(2039, 9, 1)),
        (date(1990, 6, 15), MAN, date(2053, 6, 15)),
        (date(1969, 12, 31), WOMAN_55, date(2024, 12, 31)),
        (date(1970, 1, 1), WOMAN_55, date(2025, 2, 1)),
        (date(1981, 9, 1), WOMAN_55, date(2039, 9, 1)),
        (date(1974, 12, 31), WOMAN_50, date(2024, 12, 31)),
        (date(1975, 1, 31), WOMAN_50, date(2025, 2, 28)),  # a short month's last day
        (date(1975, 2, 28), WOMAN_50, date(2025, 3, 28)),
        (date(1975, 3, 1), WOMAN_50, date(2025, 5, 1)),
        (date(1984, 11, 1), WOMAN_50, date(2039, 11, 1)),
        (date(1976, 2, 29), WOMAN_50, date(2026, 9, 29)),
        (date(1964, 2, 29), MAN, date(2024, 2, 29)),
    ],
)
def test_retirement_follows_the_month_of_birth(born_on: date, track: object, day: date) -> None:
    assert retires_on(born_on, track) == day  # type: ignore[arg-type] # a Track of the table


def test_a_woman_of_unknown_track_retires_on_the_later() -> None:
    assert track_of(Sex.FEMALE, None) is RetirementTrack.WOMAN_55
    assert track_of(Sex.FEMALE, RetirementTrack.WOMAN_50) is RetirementTrack.WOMAN_50
    assert track_of(Sex.MALE, RetirementTrack.WOMAN_50) is RetirementTrack.MAN_60


@given(BIRTHS, st.sampled_from([MAN, WOMAN_55, WOMAN_50]))
def test_the_youngest_retired_are_those_whose_day_has_come(born_on: date, track: object) -> None:
    day = retires_on(born_on, track)  # type: ignore[arg-type] # a Track of the table
    assert last_birth_retired(day, track) >= born_on  # type: ignore[arg-type]
    assert last_birth_retired(day - timedelta(days=1), track) < born_on  # type: ignore[arg-type]


@pytest.mark.parametrize("stated", [None, *RetirementTrack])
@pytest.mark.parametrize("sex", list(Sex))
def test_the_database_counts_the_same_day(
    session: Session, sex: Sex, stated: RetirementTrack | None
) -> None:
    use(session)
    track = tracks_of(POLICY)[track_of(sex, stated)]
    days = [date(1960, 2, 29) + timedelta(days=31 * step) for step in range(300)]
    people = [
        ResidentFactory(
            sex=sex,
            born_on=day,
            retirement_track=stated,
            lives_in=None,
            lives_in_basis=None,
            id_index=None,
            id_sealed=None,
        )
        for day in days
    ]
    found = dict(session.execute(select(Resident.id, retirement_day(POLICY))).all())
    expected = {person.id: retires_on(person.born_on, track) for person in people}
    assert {key: date.fromisoformat(str(day)) for key, day in found.items()} == expected
    on = date(2026, 11, 21)
    retired = set(session.scalars(select(Resident.id).where(is_retired(on, POLICY))))
    assert retired == {key for key, day in expected.items() if day <= on}
    working = set(session.scalars(select(Resident.id).where(is_of_working_age(on, POLICY))))
    assert working == expected.keys() - retired


@pytest.mark.parametrize(
    ("born_on", "on", "is_old_enough"),
    [
        (date(2010, 11, 21), date(2026, 11, 21), True),
        (date(2010, 11, 22), date(2026, 11, 21), False),
        (date(2008, 2, 29), date(2024, 2, 28), False),
        (date(2008, 2, 29), date(2024, 2, 29), True),
    ],
)
def test_labour_age_begins_on_the_sixteenth_birthday(
    session: Session, born_on: date, on: date, is_old_enough: bool
) -> None:
    use(session)
    ResidentFactory(born_on=born_on, lives_in=None, lives_in_basis=None)
    of_age = session.scalar(select(Resident.id).where(is_of_working_age(on, POLICY)))
    assert (of_age is not None) == is_old_enough
