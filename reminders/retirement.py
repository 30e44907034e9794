"""Statutory retirement ages, which move with the month of birth since 2025.

Source: 国务院关于渐进式延迟法定退休年龄的办法 (2024). Ages and steps are a parameter; a woman whose
track is unknown is taken to retire on the later one.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, case, literal, or_

from models.policy import Policy
from models.residents import Resident
from models.sql import larger_of, month_of_day, months_after, smaller_of
from models.vocabulary.months import add_months, month_key
from models.vocabulary.residents import RetirementTrack, Sex

MONTHS_A_YEAR = 12
LONGEST_LIFE_YEARS = 120


@dataclass(frozen=True)
class Track:
    """Ages in months; `first_moving` is the first birth month that retires later."""

    name: RetirementTrack
    age: int
    first_moving: int
    births_a_step: int
    last_age: int

    def age_at(self, birth_month: int) -> int:
        """The age in months at which people born in this month retire."""
        steps = max(0, (birth_month - self.first_moving) // self.births_a_step + 1)
        return min(self.age + steps, self.last_age)


def tracks_of(policy: Policy) -> dict[RetirementTrack, Track]:
    rows = (Track(RetirementTrack(name), *ages) for name, *ages in policy.retirement_tracks)
    return {track.name: track for track in rows}


def track_of(sex: Sex, stated: RetirementTrack | None) -> RetirementTrack:
    if sex is Sex.MALE:
        return RetirementTrack.MAN_60
    is_worker = stated is RetirementTrack.WOMAN_50
    return RetirementTrack.WOMAN_50 if is_worker else RetirementTrack.WOMAN_55


def retires_on(born_on: date, track: Track) -> date:
    """The birth date plus the age in years and months; a short month's last day where needed."""
    return add_months(born_on, track.age_at(month_key(born_on)))


def last_birth_retired(on: date, track: Track) -> date:
    """The youngest birth date that is retired on the day: later births retire no earlier."""
    low, high = add_months(on, -LONGEST_LIFE_YEARS * MONTHS_A_YEAR), on
    while low < high:
        middle = low + timedelta(days=((high - low).days + 1) // 2)
        if retires_on(middle, track) <= on:
            low = middle
        else:
            high = middle - timedelta(days=1)
    return low


def is_retired(on: date, policy: Policy) -> ColumnElement[bool]:
    """As SQL over Resident: at or past retirement age on the day."""
    tracks = tracks_of(policy)
    return or_(
        *(
            and_(_follows(name), Resident.born_on <= last_birth_retired(on, track))
            for name, track in tracks.items()
        )
    )


def is_of_working_age(on: date, policy: Policy) -> ColumnElement[bool]:
    """As SQL over Resident: old enough to work, and not yet retired."""
    youngest = add_months(on, -policy.labour_age * MONTHS_A_YEAR)
    return and_(Resident.born_on <= youngest, ~is_retired(on, policy))


def retirement_day(policy: Policy) -> ColumnElement[date]:
    """As SQL over Resident: the day retirement age is reached."""
    ages = [(_follows(name), _age(track)) for name, track in tracks_of(policy).items()]
    return months_after(Resident.born_on, case(*ages))


def _follows(name: RetirementTrack) -> ColumnElement[bool]:
    if name is RetirementTrack.MAN_60:
        return Resident.sex == Sex.MALE
    # Unknown is NULL, and must make neither track's comparison unknown too.
    is_worker = Resident.retirement_track.is_not_distinct_from(RetirementTrack.WOMAN_50)
    on_this = is_worker if name is RetirementTrack.WOMAN_50 else ~is_worker
    return and_(Resident.sex == Sex.FEMALE, on_this)


def _age(track: Track) -> ColumnElement[int]:
    born_behind = month_of_day(Resident.born_on) - literal(track.first_moving)
    # Integer division of a negative number rounds towards zero here and down in Python.
    steps = case((born_behind < 0, literal(0)), else_=born_behind // track.births_a_step + 1)
    return smaller_of(literal(track.age) + larger_of(steps, literal(0)), literal(track.last_age))
