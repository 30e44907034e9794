"""The review queue: which posts wait, in what order, and what a reviewer needs beside one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, contains_eager

from circle.access.permissions import Permission
from circle.access.scope import visible_to
from circle.places.queries import DISTRICT_LENGTH, names_of
from circle.posts.flags import Flag, PostWords, flags_of
from circle.reviews.filters import NOTHING_FLAGGED, Wanted
from circle.reviews.marking import Remark, remarks_of
from models.places import within
from models.policy import Policy, policy_on
from models.posts import Complaint, Post, PostMove
from models.staff import Account
from models.vocabulary.posts import ComplaintState, PostState

PAGE_LENGTH = 30
# Flags are reckoned when somebody looks, never stored: a filter by them reads this many posts at
# most, and the next page goes on behind them.
READ_AT_MOST = 300
COMMUNITY_LENGTH = 12

community_of = func.substr(Post.division_code, 1, COMMUNITY_LENGTH)


@dataclass(frozen=True)
class Line:
    """`version` tells a later act what was seen here; see `version_of`."""

    post: Post
    place: str
    remarks: list[Remark]
    complaints: int
    version: int

    @property
    def forbidden(self) -> int:
        return sum(remark.is_forbidden for remark in self.remarks)

    @property
    def is_clean(self) -> bool:
        """May be published with others, without being opened."""
        return self.post.state is PostState.RECEIVED and not self.remarks and not self.complaints


@dataclass(frozen=True)
class Page:
    lines: list[Line]
    after: int | None  # where the next page begins


@dataclass(frozen=True)
class Counts:
    """Posts that wait, behind each choice, the other choices staying as they are."""

    total: int
    complaints: int
    doors: dict[Any, int]
    communities: list[tuple[str, str, int]]  # code, name, posts


def page_of(
    session: Session, actor: Account, wanted: Wanted, *, on: date, after: int | None
) -> Page:
    """The longest waiting first."""
    most = READ_AT_MOST if wanted.flags else PAGE_LENGTH
    query = _queue(actor, wanted).order_by(Post.id).limit(most + 1)
    if after is not None:
        query = query.where(Post.id > after)
    read = session.scalars(query).all()
    flagged = _flagged(session, read[:most], on)
    fitting = [(post, flags) for post, flags in flagged if _fits(flags, wanted.flags)]
    shown = fitting[:PAGE_LENGTH]
    last = read[most - 1].id if len(read) > most else None
    return Page(_lines(session, shown), shown[-1][0].id if len(fitting) > PAGE_LENGTH else last)


def _flagged(
    session: Session, posts: Iterable[Post], on: date
) -> Iterable[tuple[Post, list[Flag]]]:
    policies: dict[str, Policy] = {}
    for post in posts:
        code = post.division_code[:DISTRICT_LENGTH]
        if code not in policies:
            policies[code] = policy_on(session, on, code)
        yield post, flags_of(PostWords.of(post), policies[code])


def flags_on(session: Session, post: Post, on: date) -> list[Flag]:
    """As the queue counts them: by the minimum wages of the post's district."""
    policy = policy_on(session, on, post.division_code[:DISTRICT_LENGTH])
    return flags_of(PostWords.of(post), policy)


def _fits(flags: Sequence[Flag], wanted: str) -> bool:
    if wanted == NOTHING_FLAGGED:
        return not flags
    return not wanted or any(flag.rule.severity.value == wanted for flag in flags)


def _lines(session: Session, shown: Sequence[tuple[Post, list[Flag]]]) -> list[Line]:
    ids = [post.id for post, _ in shown]
    places = names_of(session, {post.division_code for post, _ in shown})
    complaints = _counted(session, Complaint.post_id, ids, Complaint.state == ComplaintState.OPEN)
    versions = versions_of(session, ids)
    return [
        Line(
            post,
            place=places[post.division_code],
            remarks=remarks_of(PostWords.of(post).texts, flags),
            complaints=complaints.get(post.id, 0),
            version=versions[post.id],
        )
        for post, flags in shown
    ]


def version_of(session: Session, post: Post) -> int:
    """Grows with every move of the post, every complaint and every settling of one."""
    return versions_of(session, [post.id])[post.id]


def versions_of(session: Session, ids: Sequence[int]) -> dict[int, int]:
    moves = _counted(session, PostMove.post_id, ids)
    complaints = _counted(session, Complaint.post_id, ids)
    settled = _counted(session, Complaint.post_id, ids, Complaint.settled_at.is_not(None))
    return {
        number: sum(each.get(number, 0) for each in (moves, complaints, settled)) for number in ids
    }


def _counted(
    session: Session,
    column: InstrumentedAttribute[int],
    ids: Sequence[int],
    *conditions: ColumnElement[bool],
) -> dict[int, int]:
    query = select(column, func.count()).where(column.in_(ids), *conditions).group_by(column)
    return dict(session.execute(query).all())


def _queue(actor: Account, wanted: Wanted) -> Select[Post]:
    return (
        select(Post)
        .join(Post.employer)
        .options(contains_eager(Post.employer))
        .where(_in_queue(actor, wanted))
    )


def _in_queue(actor: Account, wanted: Wanted) -> ColumnElement[bool]:
    wishes = ((name, getattr(wanted, name)) for name in FILTERS)
    chosen = (FILTERS[name](value) for name, value in wishes if value)
    return and_(visible_to(actor, Permission.REVIEW_POST, Post), waits(), *chosen)


def waits() -> ColumnElement[bool]:
    """To be reviewed, or complained of whatever its state."""
    return or_(Post.state == PostState.RECEIVED, is_complained_of())


def is_complained_of() -> ColumnElement[bool]:
    return exists().where(Complaint.post_id == Post.id, Complaint.state == ComplaintState.OPEN)


FILTERS: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "community": lambda code: within(Post.division_code, code),
    "door": lambda door: Post.door == door,
    "batch": lambda number: Post.brought_by == number,
    "complaints": lambda _: is_complained_of(),
}


def counts_of(session: Session, actor: Account, wanted: Wanted) -> Counts:
    def grouped(column: Any, without: str) -> dict[Any, int]:  # noqa: ANN401 - a column
        here = _in_queue(actor, _without(wanted, without))
        query = select(column, func.count()).select_from(Post).where(here).group_by(column)
        return dict(session.execute(query).all())

    doors = grouped(Post.door, "door")
    places = grouped(community_of, "community")
    total, complaints = _totals(session, _in_queue(actor, _without(wanted, "complaints")))
    names = names_of(session, places)
    communities = sorted((code, names[code], count) for code, count in places.items())
    return Counts(total, complaints, doors, communities)


def _totals(session: Session, here: ColumnElement[bool]) -> tuple[int, int]:
    """Posts, and those of them that are complained of."""
    complained = func.coalesce(func.sum(case((is_complained_of(), 1), else_=0)), 0)
    counted = session.execute(select(func.count(), complained).select_from(Post).where(here)).one()
    return int(counted[0]), int(counted[1])


def _without(wanted: Wanted, name: str) -> Wanted:
    return Wanted.read({k: v for k, v in wanted.arguments().items() if k != name})


def following(session: Session, actor: Account, wanted: Wanted, post: Post) -> int | None:
    """The next post of the queue behind this one, from the beginning again at its end."""
    rest = select(Post.id).where(_in_queue(actor, wanted), Post.id != post.id)
    is_behind = Post.id > post.id
    return session.scalar(rest.order_by(is_behind.desc(), Post.id).limit(1))


def complaints_of(session: Session, post: Post) -> Sequence[tuple[Complaint, str | None]]:
    """Open ones first, then the newest; each with the name of who settled it."""
    query = (
        select(Complaint, Account.display_name)
        .outerjoin(Account, Account.id == Complaint.settled_by)
        .where(Complaint.post_id == post.id)
        .order_by(Complaint.settled_at.is_not(None), Complaint.id.desc())
    )
    return [(complaint, name) for complaint, name in session.execute(query)]
