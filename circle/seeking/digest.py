"""A community's week: new posts within a walk, on a sheet for the notice board."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import cos, radians

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import Session, joinedload

from circle.places.queries import full_name
from circle.places.walking import WalkingWay, reach_metres, walks_from
from circle.posts.queries import published
from models.places import Division, Position, within
from models.policy import Policy
from models.posts import Post

DAYS = timedelta(days=7)
# What a sheet of A4 holds.
LINES, LOOKED_AT = 12, 400
METRES_A_DEGREE = 111_195


@dataclass(frozen=True)
class Line:
    """`way` is None where the way is not known; the post lies in the community then."""

    post: Post
    way: WalkingWay | None
    is_new: bool


@dataclass(frozen=True)
class Digest:
    """`since` and `until` are the days whose posts are new, both included."""

    community: Division
    full_name: str
    since: date
    until: date
    lines: list[Line]
    more: int

    @property
    def new_count(self) -> int:
        return sum(line.is_new for line in self.lines)


def digest_of(session: Session, community: Division, on: date, policy: Policy) -> Digest:
    """This week's posts within the circle, the nearest first; then older ones still open."""
    since = on - DAYS + timedelta(days=1)
    lines = _lines(session, community, on, since, policy)
    return Digest(
        community=community,
        full_name=full_name(session, community.code),
        since=since,
        until=on,
        lines=lines[:LINES],
        more=max(len(lines) - LINES, 0),
    )


def is_new(on: date) -> ColumnElement[bool]:
    """Published within the seven days that end with this one."""
    return Post.published_on > on - DAYS


def _lines(
    session: Session, community: Division, on: date, since: date, policy: Policy
) -> list[Line]:
    posts = _nearby(session, community, on, policy)
    positions = {post.position_id for post in posts if post.position_id is not None}
    ways = walks_from(session, community.code, positions, policy)
    lines = [
        Line(
            post,
            ways.get(post.position_id or 0),
            bool(post.published_on and post.published_on >= since),
        )
        for post in posts
    ]
    return sorted(
        (line for line in lines if _is_within(line, policy)),
        key=lambda line: (not line.is_new, line.way.minutes if line.way else 0, line.post.id),
    )


def _is_within(line: Line, policy: Policy) -> bool:
    return line.way is None or line.way.metres <= reach_metres(policy)


def _nearby(session: Session, community: Division, on: date, policy: Policy) -> Sequence[Post]:
    """Posts without a position that lie in the community, and all in the square around it."""
    here = and_(Post.position_id.is_(None), within(Post.division_code, community.code))
    query = (
        published(on)
        .outerjoin(Position, Position.id == Post.position_id)
        .where(or_(here, _in_square(community, policy)))
        .options(joinedload(Post.employer))
        .order_by(Post.published_on.desc(), Post.id.desc())
        .limit(LOOKED_AT)
    )
    return session.scalars(query).all()


def _in_square(community: Division, policy: Policy) -> ColumnElement[bool]:
    """No way is shorter than the straight line."""
    if community.latitude is None or community.longitude is None:
        return within(Post.division_code, community.code)
    north = reach_metres(policy) / METRES_A_DEGREE
    east = north / max(cos(radians(community.latitude)), 0.01)
    return and_(
        Position.latitude.between(community.latitude - north, community.latitude + north),
        Position.longitude.between(community.longitude - east, community.longitude + east),
    )
