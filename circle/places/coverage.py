"""Who has a station within fifteen minutes' walk, and where that is missing.

A community counts by its middle, an open case by the community its person lives in. Numerator:
those from where an open station can be reached on foot within `reach_minutes`; denominator: all of
them, those included whose place is not known. As of now, by the ways the job has reckoned.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, or_, select
from sqlalchemy.orm import Session

from circle.places.walking import minutes_on_foot, reach_metres
from models.cases import Case
from models.places import Division, Station, Walk, WalkOrigin, within
from models.policy import Policy
from models.residents import Resident
from models.vocabulary.cases import CaseState
from models.vocabulary.places import COMMUNITY_LENGTH, STREET_LENGTH, CoverageGap, DivisionLevel

PERCENT = 100


@dataclass(frozen=True)
class Share:
    covered: int
    all: int

    @property
    def percent(self) -> float | None:
        """One decimal; None of nothing."""
        return round(PERCENT * self.covered / self.all, 1) if self.all else None


@dataclass(frozen=True)
class Place:
    """A community and the nearest open station anybody there is asked to walk to."""

    code: str
    name: str
    latitude: float | None
    longitude: float | None
    by_street: bool | None  # None: nothing has been reckoned from here yet
    station: str | None
    minutes: int | None
    is_covered: bool
    cases: int

    @property
    def gap(self) -> CoverageGap | None:
        """Why it does not count as covered."""
        if self.is_covered:
            return None
        if self.latitude is None:
            return CoverageGap.UNPLACED
        if self.by_street is None:
            return CoverageGap.WAITING
        return CoverageGap.FAR if self.station else CoverageGap.NOTHING_NEAR


@dataclass(frozen=True)
class Line:
    """A street, or all of them."""

    code: str
    name: str
    communities: Share
    cases: Share


@dataclass(frozen=True)
class Coverage:
    total: Line
    streets: Sequence[Line]
    places: Sequence[Place]

    @property
    def gaps(self) -> list[Place]:
        """The most people without a station first."""
        found = [place for place in self.places if place.gap]
        return sorted(found, key=lambda place: (-place.cases, place.code))

    @property
    def by_street(self) -> Share:
        """How many of the communities that ways were reckoned from lie by a street."""
        reckoned = [place.by_street for place in self.places if place.by_street is not None]
        return Share(sum(reckoned), len(reckoned))


def coverage(session: Session, code: str, policy: Policy) -> Coverage:
    """Of the division's communities; three statements whatever their number."""
    places = places_in(session, [code], policy)
    names = dict(
        session.execute(
            select(Division.code, Division.name).where(
                or_(
                    Division.code == code,
                    and_(within(Division.code, code), Division.level == DivisionLevel.STREET),
                    Division.code == code[:STREET_LENGTH],
                )
            )
        ).all()
    )
    astray = _cases_astray(session, code, {place.code for place in places})
    streets = sorted({place.code[:STREET_LENGTH] for place in places} | astray.keys())
    lines = [
        _line(
            street,
            names.get(street, street),
            [place for place in places if place.code.startswith(street)],
            astray.get(street, 0),
        )
        for street in streets
    ]
    total = _line(code, names.get(code, code), places, sum(astray.values()))
    return Coverage(total, lines, places)


def places_in(session: Session, codes: Sequence[str], policy: Policy) -> list[Place]:
    """Every community of these subtrees, in the order of codes; one statement."""
    most = reach_metres(policy)
    return [
        Place(
            code=row.code,
            name=row.name,
            latitude=row.latitude,
            longitude=row.longitude,
            by_street=row.by_street,
            station=row.station,
            minutes=None if row.metres is None else minutes_on_foot(row.metres, policy),
            is_covered=row.metres is not None and row.metres <= most,
            cases=row.cases or 0,
        )
        for row in session.execute(_places(codes))
    ]


def _places(codes: Sequence[str]) -> Select[*tuple[Any, ...]]:
    nearest, cases = _nearest(codes), _cases_by_community(codes)
    return (
        select(
            Division.code,
            Division.name,
            Division.latitude,
            Division.longitude,
            WalkOrigin.by_street,
            nearest.c.station,
            nearest.c.metres,
            cases.c.cases,
        )
        .outerjoin(
            WalkOrigin,
            and_(
                WalkOrigin.division_code == Division.code,
                WalkOrigin.latitude == Division.latitude,
                WalkOrigin.longitude == Division.longitude,
            ),
        )
        # A middle that has just moved has no ways yet: those of before say nothing of it.
        .outerjoin(nearest, and_(nearest.c.code == Division.code, WalkOrigin.id.is_not(None)))
        .outerjoin(cases, cases.c.code == Division.code)
        .where(_inside(Division.code, codes), Division.level == DivisionLevel.COMMUNITY)
        .order_by(Division.code)
    )


def _nearest(codes: Sequence[str]) -> Subquery:
    """One row a community: the open station that is nearest, of two as near the one of before."""
    turn = func.row_number().over(
        partition_by=Walk.division_code, order_by=(Walk.metres, Station.id)
    )
    ways = (
        select(
            Walk.division_code.label("code"),
            Station.name.label("station"),
            Walk.metres,
            turn.label("turn"),
        )
        .join(Station, Station.position_id == Walk.position_id)
        .where(_inside(Walk.division_code, codes), Station.closed_on.is_(None))
        .subquery("ways")
    )
    return select(ways).where(ways.c.turn == 1).subquery("nearest")


def _cases_by_community(codes: Sequence[str]) -> Subquery:
    community = func.substr(Resident.lives_in, 1, COMMUNITY_LENGTH)
    return (
        select(community.label("code"), func.count().label("cases"))
        .select_from(Case)
        .join(Resident, Resident.id == Case.resident_id)
        .where(Case.state == CaseState.OPEN, _inside(Resident.lives_in, codes))
        .group_by(community)
        .subquery("cases")
    )


def _cases_astray(session: Session, code: str, communities: Iterable[str]) -> dict[str, int]:
    """Open cases by street whose person lives in no community that is known, only in the street."""
    cases, known = _cases_by_community([code]), set(communities)
    astray: dict[str, int] = {}
    for place, count in session.execute(select(cases.c.code, cases.c.cases)):
        if place not in known:
            street = place[:STREET_LENGTH]
            astray[street] = astray.get(street, 0) + count
    return astray


def _inside(column: Any, codes: Sequence[str]) -> ColumnElement[bool]:  # noqa: ANN401 - a column
    return or_(*(within(column, code) for code in codes))


def _line(code: str, name: str, places: Sequence[Place], astray: int) -> Line:
    covered = [place for place in places if place.is_covered]
    return Line(
        code=code,
        name=name,
        communities=Share(len(covered), len(places)),
        cases=Share(
            sum(place.cases for place in covered), sum(place.cases for place in places) + astray
        ),
    )
