"""The posts a community's people see: published ones in and around it, the nearest first.

Positions are counted and sorted by the way to them; only the posts of a page's own positions are
read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import cos, radians
from typing import Self

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from circle.places.queries import DISTRICT_LENGTH, full_name
from circle.places.walking import WalkingWay, furthest, walks_from
from circle.posts.filters import Wanted, read_number
from circle.posts.queries import COMMUNITY_LENGTH, FILTERS, is_offered
from circle.refusals import BoardUnknown, PostGone
from models.places import Division, Position, within
from models.policy import Policy
from models.posts import Post

PAGE_LENGTH = 20
METRES_A_DEGREE = 111_320
# Behind everything whose way is known.
UNKNOWN_WAY = 10_000_000
NOWHERE = 0
NEAR_THE_POLE = 0.01
WITH_EMPLOYER = select(Post).join(Post.employer).options(contains_eager(Post.employer))


@dataclass(frozen=True)
class Board:
    """Whose posts are shown: `code` as the address has it, `name` from the district down."""

    code: str
    name: str
    latitude: float | None
    longitude: float | None

    @property
    def is_walked_from(self) -> bool:
        """A community, or a grid of one."""
        return len(self.code) >= COMMUNITY_LENGTH


@dataclass(frozen=True)
class Near:
    """`way` is None where nobody can tell."""

    post: Post
    way: WalkingWay | None


@dataclass(frozen=True)
class Place:
    """Where a page ends: the way to its last post, that post's position, the post."""

    metres: int
    position_id: int
    post_id: int

    @classmethod
    def read(cls, text: str | None) -> Self | None:
        numbers = [read_number(part) for part in (text or "").split(".")]
        known = [number for number in numbers if number is not None]
        return cls(*known) if len(numbers) == len(known) == 3 else None  # noqa: PLR2004 - its fields

    def __str__(self) -> str:
        return f"{self.metres}.{self.position_id}.{self.post_id}"


@dataclass(frozen=True)
class Page:
    """`count` is None where it would take too long to count."""

    lines: list[Near]
    count: int | None
    after: Place | None


def board_of(session: Session, code: str) -> Board:
    """Raises BoardUnknown; a province or a city has none."""
    own = session.get(Division, code) if len(code) >= DISTRICT_LENGTH else None
    if own is None:
        raise BoardUnknown
    middle = session.get(Division, code[:COMMUNITY_LENGTH]) or own
    return Board(code, full_name(session, code), middle.latitude, middle.longitude)


def page_near(
    session: Session,
    board: Board,
    wanted: Wanted,
    *,
    on: date,
    policy: Policy,
    after: Place | None,
    most: int = PAGE_LENGTH,
) -> Page:
    offered = and_(is_offered(on), *_chosen(wanted))
    if not board.is_walked_from:
        return _newest(session, offered & _inside(board), after, most)
    counts = _counts(session, offered, board, policy)
    ways = walks_from(session, board.code, [number for number in counts if number], policy)
    order = sorted(counts, key=lambda number: (_metres(ways.get(number)), number))
    chosen = _from(order, counts, ways, after, most)
    shown = offered & or_(_inside(board), _near(board, policy))
    posts = _posts(session, shown, chosen, after, most + 1)
    lines = [Near(post, ways.get(post.position_id or NOWHERE)) for post in posts[:most]]
    last = lines[-1] if len(posts) > most else None
    return Page(lines, sum(counts.values()), _place_of(last) if last else None)


def _newest(
    session: Session, condition: ColumnElement[bool], after: Place | None, most: int
) -> Page:
    """Of a street or a district, whose middle nobody walks from: nothing is counted or measured."""
    query = WITH_EMPLOYER.where(condition).order_by(Post.id.desc()).limit(most + 1)
    if after is not None:
        query = query.where(Post.id < after.post_id)
    posts = session.scalars(query).all()
    lines = [Near(post, None) for post in posts[:most]]
    return Page(lines, None, _place_of(lines[-1]) if len(posts) > most else None)


def offered_post(session: Session, board: Board, number: int, *, on: date, policy: Policy) -> Near:
    """One post as anybody may see it; raises PostGone."""
    here = within(Post.division_code, board.code[:DISTRICT_LENGTH])
    shown = WITH_EMPLOYER.where(Post.id == number, here, is_offered(on))
    post = session.scalars(shown).one_or_none()
    if post is None:
        raise PostGone
    ways = walks_from(session, board.code, [post.position_id] if post.position_id else [], policy)
    return Near(post, ways.get(post.position_id or NOWHERE))


def _inside(board: Board) -> ColumnElement[bool]:
    return within(Post.division_code, board.code[:COMMUNITY_LENGTH])


def _near(board: Board, policy: Policy) -> ColumnElement[bool]:
    """Where one can walk to from the community's middle, and a little beyond."""
    if board.latitude is None or board.longitude is None:
        return false()
    high = furthest(policy) / METRES_A_DEGREE
    wide = high / max(cos(radians(board.latitude)), NEAR_THE_POLE)
    places = select(Position.id).where(
        Position.latitude.between(board.latitude - high, board.latitude + high),
        Position.longitude.between(board.longitude - wide, board.longitude + wide),
    )
    return Post.position_id.in_(places)


def _chosen(wanted: Wanted) -> list[ColumnElement[bool]]:
    names = ("kind", "q")
    return [FILTERS[name](value) for name in names if (value := getattr(wanted, name))]


def _counts(
    session: Session, offered: ColumnElement[bool], board: Board, policy: Policy
) -> dict[int, int]:
    """How many posts stand at each position; NOWHERE for those without one.

    Two statements, each with an index of its own; what is near holds all of its positions' posts.
    """
    inside = _grouped(session, offered & _inside(board))
    return {**inside, **_grouped(session, offered & _near(board, policy))}


def _grouped(session: Session, condition: ColumnElement[bool]) -> dict[int, int]:
    query = select(Post.position_id, func.count()).select_from(Post).where(condition)
    rows = session.execute(query.group_by(Post.position_id))
    return {number or NOWHERE: count for number, count in rows}


def _from(
    order: Sequence[int],
    counts: dict[int, int],
    ways: dict[int, WalkingWay],
    after: Place | None,
    most: int,
) -> list[int]:
    """The positions a page is filled from, the one the last page broke off in first."""
    chosen: list[int] = []
    room = most + 1
    for number in order:
        key = (_metres(ways.get(number)), number)
        if after is not None and key < (after.metres, after.position_id):
            continue
        chosen.append(number)
        if after is None or key != (after.metres, after.position_id):
            room -= counts[number]
        if room <= 0:
            break
    return chosen


def _posts(
    session: Session,
    condition: ColumnElement[bool],
    positions: list[int],
    after: Place | None,
    most: int,
) -> Sequence[Post]:
    """The posts of the positions in their order, the newest of each first."""
    if not positions:
        return []
    here: ColumnElement[bool] = Post.position_id.in_([number for number in positions if number])
    if NOWHERE in positions:
        here = here | Post.position_id.is_(None)
    query = WITH_EMPLOYER.where(condition, here).order_by(_rank(positions), Post.id.desc())
    if after is not None and after.position_id == positions[0]:
        is_further = func.coalesce(Post.position_id, NOWHERE) != after.position_id
        query = query.where(is_further | (Post.id < after.post_id))
    return session.scalars(query.limit(most)).all()


def _rank(positions: list[int]) -> ColumnElement[int]:
    ranks = {number: rank for rank, number in enumerate(positions)}
    return case(ranks, value=func.coalesce(Post.position_id, NOWHERE))


def _place_of(line: Near) -> Place:
    return Place(_metres(line.way), line.post.position_id or NOWHERE, line.post.id)


def _metres(way: WalkingWay | None) -> int:
    return way.metres if way else UNKNOWN_WAY
