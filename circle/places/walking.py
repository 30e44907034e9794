"""Minutes on foot from a community to where posts, stations and employers are."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import asin, ceil, cos, radians, sin, sqrt
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from models.places import Division, Position, Walk, WalkOrigin
from models.policy import Policy
from models.vocabulary.places import COMMUNITY_LENGTH

EARTH_METRES = 6_371_000
# Both databases take many more values in one statement.
IDS_AT_ONCE = 5000


@dataclass(frozen=True)
class WalkingWay:
    """`by_street` tells whether streets were followed, or a straight line with its detour."""

    metres: int
    minutes: int
    by_street: bool


def walks_from(
    session: Session, code: str, position_ids: Iterable[int], policy: Policy
) -> dict[int, WalkingWay]:
    """Ways from the middle of the community that `code` is or lies in, by position.

    What the job has reckoned; where it has not come by yet, the straight line and its detour. A
    position further than anybody is asked to walk is given at least that far. None at all where
    the community's middle is not known; a position that does not exist is left out.
    """
    community = session.get(Division, code[:COMMUNITY_LENGTH])
    if community is None or community.latitude is None or community.longitude is None:
        return {}
    middle = (community.latitude, community.longitude)
    is_reckoned = _is_reckoned(session, community)
    return {
        row.id: _way(row, middle, policy, is_reckoned=is_reckoned)
        for ids in _slices(position_ids)
        for row in _known_ways(session, community.code, ids)
    }


def minutes_on_foot(metres: int, policy: Policy) -> int:
    """Whole minutes, begun ones counting."""
    return -(-metres // policy.walking_metres_a_minute)


def reach_metres(policy: Policy) -> int:
    """How far the circle of fifteen minutes reaches on foot."""
    return policy.reach_minutes * policy.walking_metres_a_minute


def furthest(policy: Policy) -> int:
    """Metres; nobody is asked to walk further, and no way that is longer is kept."""
    return max(policy.match_minutes, policy.reach_minutes) * policy.walking_metres_a_minute


def straight_metres(
    latitude: float, longitude: float, other_latitude: float, other_longitude: float
) -> float:
    """As the crow flies (haversine)."""
    half_north = radians(other_latitude - latitude) / 2
    half_east = radians(other_longitude - longitude) / 2
    chord = (
        sin(half_north) ** 2
        + cos(radians(latitude)) * cos(radians(other_latitude)) * sin(half_east) ** 2
    )
    return 2 * EARTH_METRES * asin(sqrt(chord))


def _is_reckoned(session: Session, community: Division) -> bool:
    """The job has been here since the community's middle last moved."""
    begun = select(WalkOrigin.id).where(
        WalkOrigin.division_code == community.code,
        WalkOrigin.latitude == community.latitude,
        WalkOrigin.longitude == community.longitude,
    )
    return session.scalar(begun) is not None


def _known_ways(session: Session, code: str, ids: list[int]) -> Sequence[Row[*tuple[Any, ...]]]:
    here = (Walk.position_id == Position.id) & (Walk.division_code == code)
    return session.execute(
        select(
            Position.id,
            Position.latitude,
            Position.longitude,
            Position.is_walked,
            Walk.metres,
            Walk.by_street,
        )
        .outerjoin(Walk, here)
        .where(Position.id.in_(ids))
    ).all()


def _way(
    row: Row[*tuple[Any, ...]], middle: tuple[float, float], policy: Policy, *, is_reckoned: bool
) -> WalkingWay:
    """`is_reckoned`: from this middle, so that what was not kept is too far away."""
    if is_reckoned and row.metres is not None:
        return WalkingWay(row.metres, minutes_on_foot(row.metres, policy), row.by_street)
    metres = ceil(straight_metres(*middle, row.latitude, row.longitude) * policy.walking_detour)
    if is_reckoned and row.is_walked:
        metres = max(metres, furthest(policy) + 1)
    return WalkingWay(metres, minutes_on_foot(metres, policy), by_street=False)


def _slices(ids: Iterable[int]) -> Iterator[list[int]]:
    left = iter(dict.fromkeys(ids))
    while some := list(islice(left, IDS_AT_ONCE)):
        yield some
