"""One person's list, found in the database while they wait; nothing is cut into words here.

The place comes first: the ways kept from the person's community lead to posts. Posts whose way is
not known are looked for in the same street only, and say so.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Subquery,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    true,
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

Hit = tuple[int, float]


def best(session: Session, seeker: Seeker, on: date, policy: Policy, limit: int) -> list[Hit]:
    """Posts and their scores, the best first; equals by the post's number. One statement."""
    ask = Ask(seeker, on, policy)
    found = union_all(_walked(ask), _unwalked(ask)).subquery("found")
    listed = (
        select(found.c.id, found.c.total).order_by(found.c.total.desc(), found.c.id).limit(limit)
    )
    return [
        (post_id, score(int(reached), ask.weights)) for post_id, reached in session.execute(listed)
    ]


def scored(
    session: Session,
    seeker: Seeker,
    post_ids: Sequence[int],
    on: date,
    policy: Policy,
) -> dict[int, float]:
    """The same scores for chosen posts, whether or not they fit. One statement."""
    ask = Ask(seeker, on, policy)
    words = _words(seeker)
    way = (Walk.position_id == Post.position_id) & (Walk.division_code == seeker.community)
    metres = Walk.metres if seeker.is_reckoned else null()
    query = (
        select(Post.id, total(ask, Found(metres, _hit(words))))
        .select_from(Post)
        .outerjoin(Walk, way)
        .where(Post.id.in_(post_ids))
    )
    rows = session.execute(_with(words, query))
    return {post_id: score(int(reached), ask.weights) for post_id, reached in rows}


def _walked(ask: Ask) -> Select[Any]:
    """Posts the person would walk to, by the ways kept from their community."""
    words = _words(ask.seeker)
    query = (
        select(Post.id, total(ask, Found(Walk.metres, _hit(words))).label("total"))
        .select_from(Walk)
        .join(Post, Post.position_id == Walk.position_id)
        .where(
            Walk.division_code == ask.seeker.community,
            Walk.metres <= ask.seeker.metres(ask.policy),
            literal(ask.seeker.is_reckoned),
            *fits(ask.seeker, ask.on),
        )
    )
    return _with(words, query)


def _unwalked(ask: Ask) -> Select[Any]:
    """Posts of the same street nobody knows the way to."""
    words = _words(ask.seeker)
    metres = cast(null(), Integer)
    query = (
        select(Post.id, total(ask, Found(metres, _hit(words))).label("total"))
        .select_from(Post)
        .outerjoin(Position, Position.id == Post.position_id)
        .where(
            within(Post.division_code, ask.seeker.street),
            _is_way_unknown(ask.seeker),
            *fits(ask.seeker, ask.on),
        )
    )
    return _with(words, query)


def _is_way_unknown(seeker: Seeker) -> ColumnElement[bool]:
    """Over Post with its Position: nobody has reckoned it yet from where the person lives."""
    if not seeker.is_reckoned:
        return true()
    known = exists().where(
        Walk.division_code == seeker.community, Walk.position_id == Post.position_id
    )
    return or_(Post.position_id.is_(None), ~Position.is_walked & ~known)


def _words(seeker: Seeker) -> Subquery | None:
    """How much each post has of the person's words; the few terms lie together by themselves."""
    if not seeker.words:
        return None
    worth = case(seeker.words, value=PostTerm.term_id)
    hit = cast(func.sum(PostTerm.weight * worth), BigInteger)
    return (
        select(PostTerm.post_id, hit.label("hit"))
        .where(PostTerm.term_id.in_(sorted(seeker.words)))
        .group_by(PostTerm.post_id)
        .subquery()
    )


def _hit(words: Subquery | None) -> ColumnElement[int | None]:
    return words.c.hit if words is not None else null()


def _with(words: Subquery | None, query: Select[Any]) -> Select[Any]:
    return query if words is None else query.outerjoin(words, words.c.post_id == Post.id)
