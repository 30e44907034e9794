"""Employers: lists and look-ups, and what each one's record shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from circle.access.permissions import Permission
from circle.access.scope import visible_to
from circle.employers.names import employer_key
from circle.employers.uscc import normal_uscc
from circle.places.queries import DISTRICT_LENGTH, names_of
from models.employers import Employer, SignedLink
from models.places import within
from models.posts import Complaint, Post, PostMove
from models.staff import Account
from models.vocabulary.employers import LinkPurpose
from models.vocabulary.posts import ComplaintState, PostState, PostVerb

PAGE_LENGTH = 50
ALIKE_AT_MOST = 5
LINKS_SHOWN = 10
POSTS_SHOWN = 50
# Shorter parts of a name are in too many names to say anything.
LEAST_KEY = 4


@dataclass(frozen=True)
class Line:
    employer: Employer
    community: str
    posts: int  # published now


@dataclass(frozen=True)
class Page:
    lines: list[Line]
    after: str | None  # where the next page begins


@dataclass(frozen=True)
class Record:
    """How an employer has kept to it so far, counted."""

    submitted: int
    published: int
    returned: int
    complaints: int
    upheld: int
    hired: int


def page_of(session: Session, actor: Account, text: str, *, after: int | None) -> Page:
    """Employers in the reader's scope whose name or code holds the text, the newest first."""
    query = (
        select(Employer)
        .where(visible_to(actor, Permission.READ_EMPLOYERS, Employer), *_meant(text))
        .order_by(Employer.id.desc())
        .limit(PAGE_LENGTH + 1)
    )
    if after is not None:
        query = query.where(Employer.id < after)
    found = session.scalars(query).all()
    shown = found[:PAGE_LENGTH]
    following = str(shown[-1].id) if len(found) > PAGE_LENGTH else None
    return Page(_lines(session, shown), following)


def _meant(text: str) -> list[ColumnElement[bool]]:
    key = employer_key(text)
    if not key:
        return []
    by_code = Employer.uscc.startswith(normal_uscc(text), autoescape=True)
    return [or_(Employer.name_key.contains(key, autoescape=True), by_code)]


def _lines(session: Session, employers: Sequence[Employer]) -> list[Line]:
    """The same few statements for one line and for fifty."""
    ids = [employer.id for employer in employers]
    offered = (
        select(Post.employer_id, func.count())
        .where(Post.employer_id.in_(ids), Post.state == PostState.PUBLISHED)
        .group_by(Post.employer_id)
    )
    counts: dict[int, int] = dict(session.execute(offered).all())
    places = names_of(session, {employer.division_code for employer in employers})
    return [
        Line(employer, places[employer.division_code], counts.get(employer.id, 0))
        for employer in employers
    ]


def employers_like(
    session: Session, district: str, name: str, uscc: str | None, *, but: Employer | None = None
) -> Sequence[Employer]:
    """Known ones of the district that may be the same: one name in the other, or the same code."""
    key = employer_key(name)
    alike: list[ColumnElement[bool]] = [Employer.name_key == key]
    if len(key) >= LEAST_KEY:
        alike.append(Employer.name_key.contains(key, autoescape=True))
        is_long = func.length(Employer.name_key) >= LEAST_KEY
        alike.append(is_long & (func.replace(key, Employer.name_key, "") != key))
    if uscc is not None:
        alike.append(Employer.uscc == uscc)
    query = in_district(district).where(or_(*alike))
    if but is not None:
        query = query.where(Employer.id != but.id)
    return session.scalars(query.order_by(Employer.id.desc()).limit(ALIKE_AT_MOST)).all()


def in_district(code: str) -> Select[Employer]:
    """Employers of the district a division lies in: who they are is no secret within it."""
    return select(Employer).where(within(Employer.division_code, code[:DISTRICT_LENGTH]))


def employers_to_choose(session: Session, district: str, text: str) -> Sequence[Employer]:
    """Who a post may be for: found by a part of the name or the beginning of the code."""
    query = in_district(district).where(*_meant(text)).order_by(Employer.id.desc())
    return session.scalars(query.limit(PAGE_LENGTH)).all()


def record_of(session: Session, employer: Employer) -> Record:
    own = select(Post.id).where(Post.employer_id == employer.id)
    moves = (
        select(PostMove.verb, func.count()).where(PostMove.post_id.in_(own)).group_by(PostMove.verb)
    )
    told: dict[PostVerb, int] = dict(session.execute(moves).all())
    complaints = (
        select(Complaint.state, func.count())
        .where(Complaint.post_id.in_(own))
        .group_by(Complaint.state)
    )
    heard: dict[ComplaintState, int] = dict(session.execute(complaints).all())
    totals = select(func.count(), func.coalesce(func.sum(Post.hired_count), 0))
    count, hired = session.execute(totals.where(Post.employer_id == employer.id)).one()
    return Record(
        submitted=count,
        published=told.get(PostVerb.PUBLISH, 0),
        returned=told.get(PostVerb.RETURN, 0),
        complaints=sum(heard.values()),
        upheld=heard.get(ComplaintState.UPHELD, 0),
        hired=hired,
    )


def posts_of(session: Session, actor: Account, employer: Employer) -> Sequence[Post]:
    """The newest in the reader's scope, whatever their state."""
    seen = visible_to(actor, Permission.READ_POSTS, Post)
    query = select(Post).where(Post.employer_id == employer.id, seen)
    return session.scalars(query.order_by(Post.id.desc()).limit(POSTS_SHOWN)).all()


def links_of(session: Session, employer: Employer) -> Sequence[tuple[SignedLink, str]]:
    """The newest links for submitting posts, each with the name of who made it."""
    query = (
        select(SignedLink, Account.display_name)
        .join(Account, Account.id == SignedLink.made_by)
        .where(
            SignedLink.employer_id == employer.id,
            SignedLink.purpose == LinkPurpose.SUBMIT_POSTS,
        )
        .order_by(SignedLink.id.desc())
        .limit(LINKS_SHOWN)
    )
    return [(link, name) for link, name in session.execute(query)]


def link_of(session: Session, employer: Employer, number: int) -> SignedLink | None:
    own = select(SignedLink).where(SignedLink.id == number, SignedLink.employer_id == employer.id)
    return session.scalars(own).one_or_none()


def name_of(session: Session, account_id: int | None) -> str:
    if account_id is None:
        return ""
    return session.scalar(select(Account.display_name).where(Account.id == account_id)) or ""
