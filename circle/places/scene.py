"""What the map shows: what is in reach of a place, and communities, stations, posts around it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import cos, radians
from typing import TypeVar

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, undefer

from circle.places.coverage import Place, places_in
from circle.places.reach import Line, unpacked
from circle.places.walking import (
    WalkingWay,
    furthest,
    minutes_on_foot,
    reach_metres,
    walks_from,
)
from models.places import Division, Position, Station, Walk, WalkOrigin, within
from models.policy import Policy
from models.posts import Post
from models.vocabulary.places import COMMUNITY_LENGTH, STREET_LENGTH, DivisionLevel, StationKind
from models.vocabulary.posts import PostState

METRES_A_DEGREE = 111_195
# A map with more dots is read by nobody, and takes seconds to draw on a phone.
MOST_POSTS, MOST_TITLES = 300, 3


@dataclass(frozen=True)
class Start:
    """Where somebody sets out: a community's middle or a station."""

    name: str
    latitude: float | None
    longitude: float | None
    community: Division | None = None
    station: Station | None = None


@dataclass(frozen=True)
class Reach:
    """Streets that can be walked to in time, or metres around where none are known."""

    by_street: bool
    metres: int
    streets: list[Line]


@dataclass(frozen=True)
class StationMark:
    id: int
    name: str
    kind: StationKind
    latitude: float
    longitude: float
    address: str | None
    hours: str | None
    position_id: int
    way: WalkingWay | None = None


@dataclass(frozen=True)
class PostMark:
    """Everything that is offered at one position."""

    latitude: float
    longitude: float
    posts: int
    places: int  # people still looked for
    position_id: int
    titles: tuple[str, ...] = ()
    way: WalkingWay | None = None


@dataclass(frozen=True)
class Scene:
    """Without a start all communities of the divisions; with one what is around it.

    Around a station, `ways` lead there from each of the communities.
    """

    start: Start | None
    reach: Reach | None
    communities: Sequence[Place]
    stations: Sequence[StationMark]
    posts: Sequence[PostMark]
    ways: Mapping[str, WalkingWay]


Mark = TypeVar("Mark", StationMark, PostMark)


def scene_of(
    session: Session, codes: Sequence[str], start: Start | None, policy: Policy, on: date
) -> Scene:
    """`codes` are the divisions the reader answers for."""
    here = _around(start, policy) if start else None
    stations = stations_shown(session, codes, here)
    posts = _posts(session, codes, start, here, on)
    if start is not None and start.community is not None:
        ids = [*(mark.position_id for mark in stations), *(mark.position_id for mark in posts)]
        ways = walks_from(session, start.community.code, ids, policy)
        stations = _nearest_first(stations, ways, policy)
        posts = _nearest_first(posts, ways, policy)
    communities, back = _communities(session, codes, start, policy), {}
    if start is not None and start.station is not None:
        back = _ways_to(session, start.station, policy)
        communities = [place for place in communities if place.code in back]
        communities.sort(key=lambda place: back[place.code].metres)
        stations = [mark for mark in stations if mark.id != start.station.id]
    return Scene(
        start=start,
        reach=_reach(session, start, policy) if start else None,
        communities=communities,
        stations=stations,
        posts=_titled(session, posts, on),
        ways=back,
    )


def community_start(session: Session, code: str) -> Start | None:
    division = session.get(Division, code)
    if division is None or division.level is not DivisionLevel.COMMUNITY:
        return None
    return Start(division.name, division.latitude, division.longitude, community=division)


def station_start(session: Session, codes: Iterable[str], station_id: int) -> Start | None:
    """A station of the streets that the divisions belong to."""
    query = select(Station).where(Station.id == station_id, _of_streets(codes))
    station = session.scalars(query).one_or_none()
    if station is None:
        return None
    position = station.position
    return Start(
        station.name,
        position.latitude if position else None,
        position.longitude if position else None,
        station=station,
    )


def stations_shown(
    session: Session, codes: Iterable[str], here: ColumnElement[bool] | None = None
) -> list[StationMark]:
    """Open stations with a position: around a place, or in the streets of the divisions."""
    query = (
        select(Station, Position)
        .join(Position, Position.id == Station.position_id)
        .where(Station.closed_on.is_(None), _of_streets(codes) if here is None else here)
        .order_by(Station.division_code, Station.name)
    )
    return [
        StationMark(
            id=station.id,
            name=station.name,
            kind=station.kind,
            latitude=position.latitude,
            longitude=position.longitude,
            address=station.address,
            hours=station.hours,
            position_id=position.id,
        )
        for station, position in session.execute(query)
    ]


def _of_streets(codes: Iterable[str]) -> ColumnElement[bool]:
    """A station belongs to a community or to its street: whoever works in the one uses both."""
    return or_(*(within(Station.division_code, code[:STREET_LENGTH]) for code in codes))


def _around(start: Start, policy: Policy) -> ColumnElement[bool]:
    """Positions that may be walked to, by a box; around a station those in reach of it."""
    if start.latitude is None or start.longitude is None:
        return Position.id.is_(None)
    north = (furthest if start.community else reach_metres)(policy) / METRES_A_DEGREE
    east = north / max(cos(radians(start.latitude)), 0.01)
    return and_(
        Position.latitude.between(start.latitude - north, start.latitude + north),
        Position.longitude.between(start.longitude - east, start.longitude + east),
    )


def _posts(
    session: Session,
    codes: Iterable[str],
    start: Start | None,
    here: ColumnElement[bool] | None,
    on: date,
) -> list[PostMark]:
    """The positions nearest to the start; without one those where most is offered."""
    count = func.count().label("posts")
    inside = or_(*(within(Post.division_code, code) for code in codes))
    query = (
        select(
            Position.latitude,
            Position.longitude,
            count,
            func.sum(Post.headcount - Post.hired_count).label("places"),
            Position.id,
        )
        .join(Post, Post.position_id == Position.id)
        .where(_is_offered(on), inside if here is None else here)
        .group_by(Position.id, Position.latitude, Position.longitude)
        .order_by(_distance(start) if start else count.desc(), Position.id)
        .limit(MOST_POSTS)
    )
    return [PostMark(*row) for row in session.execute(query)]


def _distance(start: Start) -> ColumnElement[float]:
    """Orders as the distance does, near the start."""
    latitude, longitude = start.latitude or 0.0, start.longitude or 0.0
    north, east = Position.latitude - latitude, Position.longitude - longitude
    return north * north + east * east * cos(radians(latitude)) ** 2


def _titled(session: Session, posts: Sequence[PostMark], on: date) -> list[PostMark]:
    titles: dict[int, list[str]] = {mark.position_id: [] for mark in posts}
    turn = func.row_number().over(partition_by=Post.position_id, order_by=Post.id.desc())
    newest = (
        select(Post.position_id, Post.title, turn.label("turn"))
        .where(_is_offered(on), Post.position_id.in_(titles))
        .subquery("newest")
    )
    query = select(newest).where(newest.c.turn <= MOST_TITLES).order_by(newest.c.turn)
    for position_id, title, _ in session.execute(query) if titles else ():
        titles[position_id].append(title)
    return [replace(mark, titles=tuple(dict.fromkeys(titles[mark.position_id]))) for mark in posts]


def _is_offered(on: date) -> ColumnElement[bool]:
    return and_(
        Post.state == PostState.PUBLISHED,
        Post.valid_until >= on,
        Post.hired_count < Post.headcount,
    )


def _nearest_first(
    marks: Sequence[Mark], ways: dict[int, WalkingWay], policy: Policy
) -> list[Mark]:
    """With their ways; without those that are too far to walk."""
    found = [
        replace(mark, way=ways[mark.position_id]) for mark in marks if mark.position_id in ways
    ]
    near = [mark for mark in found if mark.way and mark.way.metres <= furthest(policy)]
    return sorted(near, key=lambda mark: mark.way.metres if mark.way else 0)


def _reach(session: Session, start: Start, policy: Policy) -> Reach | None:
    """As the job has reckoned it; where it has not come by, the circle."""
    if start.latitude is None or start.longitude is None:
        return None
    mine = (
        WalkOrigin.division_code == start.community.code
        if start.community
        else WalkOrigin.station_id == (start.station.id if start.station else None)
    )
    origin = session.scalars(
        select(WalkOrigin)
        .options(undefer(WalkOrigin.streets))
        .where(mine, WalkOrigin.latitude == start.latitude, WalkOrigin.longitude == start.longitude)
    ).one_or_none()
    metres = int(reach_metres(policy) / policy.walking_detour)
    if origin is None or origin.streets is None:
        return Reach(by_street=False, metres=metres, streets=[])
    return Reach(by_street=True, metres=origin.reach_metres, streets=unpacked(origin.streets))


def _communities(
    session: Session, codes: Sequence[str], start: Start | None, policy: Policy
) -> list[Place]:
    """The reader's own; with a community to start from that one alone."""
    if start is not None and start.community is not None:
        return places_in(session, [start.community.code], policy)
    # A grid's worker answers for a part of the community; the map knows of no smaller part.
    return places_in(session, [code[:COMMUNITY_LENGTH] for code in codes], policy)


def _ways_to(session: Session, station: Station, policy: Policy) -> dict[str, WalkingWay]:
    """By community, from where the station may be walked to."""
    query = select(Walk.division_code, Walk.metres, Walk.by_street).where(
        Walk.position_id == station.position_id
    )
    return {
        code: WalkingWay(metres, minutes_on_foot(metres, policy), by_street)
        for code, metres, by_street in session.execute(query)
    }
