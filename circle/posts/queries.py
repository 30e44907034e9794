"""Posts: which are offered, the office's list of them, and what became of each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from circle.access.permissions import Permission
from circle.access.scope import visible_to
from circle.employers.names import employer_key
from circle.places.queries import names_of
from circle.posts.filters import Wanted
from models.employers import Employer
from models.places import within
from models.posts import Complaint, Post, PostMove
from models.staff import Account
from models.vocabulary.posts import ComplaintState, PostState, PostVerb

PAGE_LENGTH = 50
# What one employer's link shows; older ones are with the office.
SHOWN_BY_LINK = 100
COMMUNITY_LENGTH = 12

community_of = func.substr(Post.division_code, 1, COMMUNITY_LENGTH)


@dataclass(frozen=True)
class Page:
    posts: Sequence[Post]
    places: dict[str, str]  # names by division code
    after: int | None  # where the next page begins


@dataclass(frozen=True)
class Counts:
    """Posts behind each choice, the other filters staying as they are."""

    states: dict[PostState | None, int]
    communities: list[tuple[str, str, int]]  # code, name, posts


def published(on: date) -> Select[Post]:
    """Posts that anybody may see and that still look for somebody."""
    return select(Post).where(is_offered(on))


def is_offered(on: date) -> ColumnElement[bool]:
    return and_(
        Post.state == PostState.PUBLISHED,
        Post.valid_until >= on,
        Post.hired_count < Post.headcount,
    )


def page_of(session: Session, actor: Account, wanted: Wanted, *, after: int | None) -> Page:
    """The newest first."""
    query = (
        select(Post)
        .join(Post.employer)
        .options(contains_eager(Post.employer))
        .where(_in_list(actor, wanted))
        .order_by(Post.id.desc())
        .limit(PAGE_LENGTH + 1)
    )
    if after is not None:
        query = query.where(Post.id < after)
    found = session.scalars(query).all()
    shown = found[:PAGE_LENGTH]
    places = names_of(session, {post.division_code for post in shown})
    return Page(shown, places, shown[-1].id if len(found) > PAGE_LENGTH else None)


def counts_of(session: Session, actor: Account, wanted: Wanted) -> Counts:
    states = _grouped(session, Post.state, actor, _without(wanted, "state"))
    places = _grouped(session, community_of, actor, _without(wanted, "community"))
    names = names_of(session, places)
    communities = sorted((code, names[code], count) for code, count in places.items())
    return Counts({None: sum(states.values()), **states}, communities)


def _without(wanted: Wanted, name: str) -> Wanted:
    return Wanted.read(wanted.arguments(**{name: None}))


def _in_list(actor: Account, wanted: Wanted) -> ColumnElement[bool]:
    """Posts that the list asked for holds."""
    wishes = ((name, getattr(wanted, name)) for name in FILTERS)
    chosen = (FILTERS[name](value) for name, value in wishes if value)
    return and_(visible_to(actor, Permission.READ_POSTS, Post), *chosen)


def tells_of(text: str) -> ColumnElement[bool]:
    """Posts whose title or employer holds the text."""
    in_title = Post.title.icontains(text, autoescape=True)
    key = employer_key(text)
    if not key:
        return in_title
    named = select(Employer.id).where(Employer.name_key.contains(key, autoescape=True))
    return or_(in_title, Post.employer_id.in_(named))


FILTERS: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "state": lambda state: Post.state == state,
    "kind": lambda kind: Post.kind == kind,
    "community": lambda code: within(Post.division_code, code),
    "employer": lambda number: Post.employer_id == number,
    "q": tells_of,
}


def _grouped(
    session: Session, column: SQLColumnExpression[Any], actor: Account, wanted: Wanted
) -> dict[Any, int]:
    query = select(column, func.count()).select_from(Post).where(_in_list(actor, wanted))
    return dict(session.execute(query.group_by(column)).all())


def moves_of(session: Session, post: Post) -> Sequence[tuple[PostMove, str | None]]:
    """The post's history, the newest first, each move with the name of who made it."""
    query = (
        select(PostMove, Account.display_name)
        .outerjoin(Account, Account.id == PostMove.by)
        .where(PostMove.post_id == post.id)
        .order_by(PostMove.id.desc())
    )
    return [(move, name) for move, name in session.execute(query)]


def last_return(session: Session, posts: Sequence[Post]) -> dict[int, PostMove]:
    """Of the posts that were sent back, why: the newest return by post."""
    ids = [post.id for post in posts if post.state is PostState.RETURNED]
    newest = (
        select(func.max(PostMove.id))
        .where(PostMove.post_id.in_(ids), PostMove.verb == PostVerb.RETURN)
        .group_by(PostMove.post_id)
    )
    moves = session.scalars(select(PostMove).where(PostMove.id.in_(newest)))
    return {move.post_id: move for move in moves}


def open_complaints(session: Session, post: Post) -> int:
    query = select(func.count()).where(
        Complaint.post_id == post.id, Complaint.state == ComplaintState.OPEN
    )
    return session.scalar(query.select_from(Complaint)) or 0


def posts_by_link(session: Session, employer: Employer) -> Sequence[Post]:
    """What the employer has sent in, the newest first."""
    query = select(Post).where(Post.employer_id == employer.id).order_by(Post.id.desc())
    return session.scalars(query.limit(SHOWN_BY_LINK)).all()


def post_of(session: Session, employer: Employer, number: int) -> Post | None:
    own = select(Post).where(Post.id == number, Post.employer_id == employer.id)
    return session.scalars(own).one_or_none()


def was_complained(session: Session, uuid: str) -> bool:
    return session.scalar(select(Complaint.id).where(Complaint.uuid == uuid)) is not None
