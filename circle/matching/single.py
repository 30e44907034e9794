"""One person's list, found in the database while they wait; nothing is cut into words here.

The place comes first: the ways kept from the person's community lead to posts. Posts whose way is
not known are looked for in the same street only, and say so.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    case,
    cast,
    exists,
    func,
    null,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import Session

from circle.matching.components import Ask, Found, score, total
from circle.matching.conditions import fits
from circle.matching.seekers import Seeker
from models.matching import PostTerm
from models.places import Position, Walk, within
from models.policy import Policy
from models.posts import Post
from models.sql import without_index
from models.vocabulary.posts import PostState

Hit = tuple[int, float]
Query = Select[*tuple[Any, ...]]


def prepare(session: Session) -> None:
    """For the rest of the transaction PostgreSQL takes pages for lying in memory, as those of posts
    and ways do: otherwise it reads all posts there are rather than look up the near ones.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL random_page_cost = 1.1"))


def best(session: Session, seeker: Seeker, on: date, policy: Policy, limit: int) -> list[Hit]:
    """Posts and their scores, the best first; equals by the post's number. One statement."""
    ask = Ask(seeker, on, policy)
    near = _near(seeker, policy)
    words = _words(seeker)
    reached = total(ask, Found(near.c.metres, _hit(words))).label("total")
    query = (
        select(Post.id, reached)
        .select_from(near)
        .join(Post, Post.id == near.c.id)
        .where(*fits(seeker, on))
        .order_by(reached.desc(), Post.id)
        .limit(limit)
    )
    rows = session.execute(_with(words, query))
    return [(post_id, score(int(mark), ask.weights)) for post_id, mark in rows]


def scored(
    session: Session, seeker: Seeker, post_ids: Sequence[int], on: date, policy: Policy
) -> dict[int, float]:
    """The same scores for chosen posts, whether or not they fit. One statement."""
    ask = Ask(seeker, on, policy)
    words = _words(seeker)
    way = (Walk.position_id == Post.position_id) & (Walk.division_code == seeker.community)
    metres: Any = Walk.metres if seeker.is_reckoned else cast(null(), Integer)
    query = (
        select(Post.id, total(ask, Found(metres, _hit(words))))
        .select_from(Post)
        .outerjoin(Walk, way)
        .where(Post.id.in_(post_ids))
    )
    rows = session.execute(_with(words, query))
    return {post_id: score(int(mark), ask.weights) for post_id, mark in rows}


def _near(seeker: Seeker, policy: Policy) -> CTE:
    """Published posts by what leads to them, with the metres; from indexes alone."""
    if not seeker.is_reckoned:
        return _at_once(_in_street(seeker), "near")
    nowhere = _in_street(seeker).where(Post.position_id.is_(None))
    return _at_once(union_all(_walked(seeker, policy), nowhere, _unwalked(seeker)), "near")


def _at_once(query: Query | CompoundSelect[*tuple[Any, ...]], name: str) -> CTE:
    """Found first and by itself: neither database is to mingle it with the rest."""
    return query.cte(name).prefix_with("MATERIALIZED")


def _walked(seeker: Seeker, policy: Policy) -> Query:
    """Posts the person would walk to, by the ways kept from their community."""
    return (
        select(Post.id, Walk.metres)
        .select_from(Walk)
        .join(Post, Post.position_id == Walk.position_id)
        .where(
            Walk.division_code == seeker.community,
            Walk.metres <= seeker.metres(policy),
            _is_published(),
        )
    )


def _unwalked(seeker: Seeker) -> Query:
    """Posts in the same street at new positions, which the job has yet to come to."""
    known = exists().where(Walk.division_code == seeker.community, Walk.position_id == Position.id)
    # As the index of these positions has it, word by word.
    new = select(Position.id).where(text("NOT position.is_walked"), ~known)
    return select(Post.id, cast(null(), Integer).label("metres")).where(
        Post.position_id.in_(new),
        within(without_index(Post.division_code), seeker.street),
        _is_published(),
    )


def _in_street(seeker: Seeker) -> Query:
    """Posts of the same street, nobody knows how far away."""
    return select(Post.id, cast(null(), Integer).label("metres")).where(
        within(Post.division_code, seeker.street), Post.state == PostState.PUBLISHED
    )


def _is_published() -> ColumnElement[bool]:
    return without_index(Post.state) == PostState.PUBLISHED


def _words(seeker: Seeker) -> CTE | None:
    """How much each post has of the person's words; the few terms lie together by themselves."""
    if not seeker.words:
        return None
    worth = case(seeker.words, value=PostTerm.term_id)
    hit = cast(func.sum(PostTerm.weight * worth), BigInteger)
    query = select(PostTerm.post_id, hit.label("hit")).where(
        PostTerm.term_id.in_(sorted(seeker.words))
    )
    return _at_once(query.group_by(PostTerm.post_id), "words")


def _hit(words: CTE | None) -> ColumnElement[int | None]:
    hit: ColumnElement[int | None] = words.c.hit if words is not None else cast(null(), Integer)
    return hit


def _with(words: CTE | None, query: Query) -> Query:
    return query if words is None else query.outerjoin(words, words.c.post_id == Post.id)
