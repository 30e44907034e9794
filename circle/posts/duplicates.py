"""Posts that likely say the same: of the same employer, a similar title, the same place.

A bounded query brings what may be meant; titles are compared here, by pairs of letters.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session, contains_eager

from models.employers import Employer
from models.posts import Post
from models.vocabulary.posts import PostState

COMPARED_AT_MOST = 100
SHOWN_AT_MOST = 5
SIMILAR = 0.6  # share of the pairs of letters both titles have
SAME = 1.0
STANDING = (PostState.RECEIVED, PostState.PUBLISHED)


@dataclass(frozen=True)
class Duplicate:
    """`likeness` of the titles, 0.6 to 1; `can_take_in`: of the very same employer."""

    post: Post
    likeness: float
    can_take_in: bool
    reasons: tuple[LazyString, ...]


def duplicates_of(session: Session, post: Post) -> list[Duplicate]:
    """The likeliest first, a published one before one that waits; one statement."""
    return likely(post, session.scalars(_candidates(post)))


def likely(post: Post, others: Iterable[Post]) -> list[Duplicate]:
    found = [each for other in others if (each := _compared(post, other))]
    found.sort(key=lambda each: (-each.likeness, each.post.state is PostState.RECEIVED))
    return found[:SHOWN_AT_MOST]


def _candidates(post: Post) -> Select[Post]:
    """Of this employer or one called alike; equal titles first, so that the bound cuts no match."""
    same_employer = or_(
        Post.employer_id == post.employer_id, Employer.name_key == post.employer.name_key
    )
    return (
        select(Post)
        .join(Post.employer)
        .options(contains_eager(Post.employer))
        .where(
            and_(same_employer, or_(*(Post.state == state for state in STANDING))),
            Post.id != post.id,
        )
        .order_by((Post.title_key != post.title_key), Post.id.desc())
        .limit(COMPARED_AT_MOST)
    )


def _compared(post: Post, other: Post) -> Duplicate | None:
    likeness, place = likeness_of(post.title_key, other.title_key), _same_place(post, other)
    if likeness < SIMILAR or place is None or post.kind is not other.kind:
        return None
    is_same = other.employer_id == post.employer_id
    employer = _l("同一用人单位") if is_same else _l("用人单位名称相同")
    title = _l("岗位名称相同") if likeness == SAME else _l("岗位名称相近")
    return Duplicate(other, likeness, is_same, (employer, title, place))


def _same_place(post: Post, other: Post) -> LazyString | None:
    if post.position_id is not None and post.position_id == other.position_id:
        return _l("同一地点")
    if post.address and post.address == other.address:
        return _l("地址相同")
    return _l("同一社区") if post.division_code == other.division_code else None


def likeness_of(one: str, other: str) -> float:
    """Pairs of neighbouring letters both have, of all that either has (Jaccard)."""
    if one == other:
        return SAME
    ours, theirs = _pairs(one), _pairs(other)
    return len(ours & theirs) / len(ours | theirs) if ours and theirs else 0.0


def _pairs(text: str) -> set[str]:
    return {text[start : start + 2] for start in range(len(text) - 1)}
