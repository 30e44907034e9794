"""Which referrals stand in a list, and what a page tells of each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from circle.access.permissions import Permission
from circle.access.scope import visible_to
from circle.posts.queries import published
from circle.referrals.retention import retention_of
from models.cases import Case, Placement
from models.employers import Employer, SignedLink
from models.policy import Policy
from models.posts import Post
from models.referrals import Referral, ReferralMove, Resume
from models.staff import Account
from models.vocabulary.referrals import (
    RUNNING_REFERRALS,
    ReferralStage,
    ReferralView,
    Retention,
)

PAGE_LENGTH = 50
FOUND_AT_MOST = 30
MOST_COMPARED = 5
# Running ones that lapse within as many days stand in a list of their own.
SOON = timedelta(days=3)
ENDED = frozenset(ReferralStage) - RUNNING_REFERRALS - {ReferralStage.HIRED}
WITH_POST = joinedload(Referral.post).joinedload(Post.employer)


@dataclass(frozen=True)
class Line:
    referral: Referral
    placement: Placement | None = None
    retention: Mapping[int, Retention] = field(default_factory=dict)
    answered_at: datetime | None = None  # by the employer's link, last
    settled_by_post: int | None = None  # of the hire that set this one aside

    @property
    def is_filled(self) -> bool:
        """Set aside because somebody else got the post."""
        return self.settled_by_post == self.referral.post_id


@dataclass(frozen=True)
class Page:
    lines: Sequence[Line]
    after: int | None  # where the next page begins


def _answered() -> ColumnElement[bool]:
    return exists().where(
        ReferralMove.referral_id == Referral.id, ReferralMove.link_id.is_not(None)
    )


VIEWS: dict[ReferralView, Callable[[date], ColumnElement[bool]]] = {
    ReferralView.RUNNING: lambda _: Referral.stage.in_(RUNNING_REFERRALS),
    ReferralView.WAITING: lambda _: Referral.stage == ReferralStage.APPLIED,
    ReferralView.ANSWERED: lambda _: _answered(),
    ReferralView.LAPSING: lambda on: and_(
        Referral.stage.in_(RUNNING_REFERRALS), Referral.lapses_on <= on + SOON
    ),
    ReferralView.HIRED: lambda _: Referral.stage == ReferralStage.HIRED,
    ReferralView.ENDED: lambda _: Referral.stage.in_(ENDED),
}


def page_of(
    session: Session,
    actor: Account,
    view: ReferralView,
    *,
    on: date,
    policy: Policy,
    before: int | None = None,
) -> Page:
    """The newest first."""
    query = (
        select(Referral)
        .where(visible_to(actor, Permission.MANAGE_REFERRAL, Referral), VIEWS[view](on))
        .options(WITH_POST, joinedload(Referral.resident))
        .order_by(Referral.id.desc())
        .limit(PAGE_LENGTH + 1)
    )
    if before is not None:
        query = query.where(Referral.id < before)
    found = session.scalars(query).all()
    shown = found[:PAGE_LENGTH]
    return Page(
        lines_of(session, shown, on=on, policy=policy),
        shown[-1].id if len(found) > PAGE_LENGTH else None,
    )


def counts_of(session: Session, actor: Account, *, on: date) -> dict[ReferralView, int]:
    """How many stand in each list, in one statement."""
    counts = [
        func.count().filter(condition(on)).label(view.value) for view, condition in VIEWS.items()
    ]
    scope = visible_to(actor, Permission.MANAGE_REFERRAL, Referral)
    row = session.execute(select(*counts).select_from(Referral).where(scope)).one()
    return dict(zip(VIEWS, row, strict=True))


def referrals_of(session: Session, case: Case, *, on: date, policy: Policy) -> Sequence[Line]:
    """The case's, those that go on first."""
    query = (
        select(Referral)
        .where(Referral.case_id == case.id)
        .options(WITH_POST)
        .order_by(Referral.id.desc())
    )
    found = sorted(session.scalars(query), key=lambda each: each.stage in ENDED)
    return lines_of(session, found, on=on, policy=policy)


def lines_of(
    session: Session, referrals: Sequence[Referral], *, on: date, policy: Policy
) -> list[Line]:
    """The same few statements for one and for fifty."""
    ids = [referral.id for referral in referrals]
    jobs = {job.referral_id: job for job in session.scalars(_placements(ids))}
    kept = retention_of(session, [job.id for job in jobs.values()], policy.retention_months, on)
    answered = _answered_at(session, ids)
    settled = _settled_by(session, ids)
    return [
        Line(
            referral,
            job := jobs.get(referral.id),
            kept.get(job.id, {}) if job else {},
            answered.get(referral.id),
            settled.get(referral.id),
        )
        for referral in referrals
    ]


def placed_elsewise(
    session: Session, case: Case, *, on: date, policy: Policy
) -> list[tuple[Placement, Mapping[int, Retention]]]:
    """Jobs of the case that a visit told of, with whether they lasted."""
    query = (
        select(Placement)
        .where(
            Placement.case_id == case.id,
            Placement.removed_at.is_(None),
            Placement.referral_id.is_(None),
        )
        .order_by(Placement.started_on.desc(), Placement.id)
    )
    jobs = session.scalars(query).all()
    kept = retention_of(session, [job.id for job in jobs], policy.retention_months, on)
    return [(job, kept.get(job.id, {})) for job in jobs]


def history_of(session: Session, referral: Referral) -> Sequence[tuple[ReferralMove, str | None]]:
    """Each move with who made it; nobody of ours: the resident, the employer or a job."""
    query = (
        select(ReferralMove, Account.display_name)
        .outerjoin(Account, Account.id == ReferralMove.by)
        .where(ReferralMove.referral_id == referral.id)
        .order_by(ReferralMove.id)
    )
    return [(move, name) for move, name in session.execute(query)]


def links_of(session: Session, referral: Referral) -> Sequence[SignedLink]:
    query = select(SignedLink).where(SignedLink.referral_id == referral.id)
    return session.scalars(query.order_by(SignedLink.id.desc())).all()


def resume_of(session: Session, resident_id: int) -> Resume | None:
    query = select(Resume).where(Resume.resident_id == resident_id, Resume.replaced_at.is_(None))
    return session.scalars(query).one_or_none()


def found_posts(session: Session, text: str, *, near: str, on: date) -> Sequence[Post]:
    """Published posts whose title or employer holds the words, those of the place first."""
    words = [word for word in text.split() if word]
    query = published(on).join(Employer, Employer.id == Post.employer_id)
    for word in words:
        query = query.where(
            or_(
                Post.title.contains(word, autoescape=True),
                Employer.name.contains(word, autoescape=True),
            )
        )
    is_near = Post.division_code.startswith(near, autoescape=True)
    query = query.order_by(is_near.desc(), Post.published_on.desc(), Post.id.desc())
    return session.scalars(query.limit(FOUND_AT_MOST).options(joinedload(Post.employer))).all()


def chosen_posts(session: Session, numbers: Sequence[int], on: date) -> list[Post]:
    """In the order they were chosen; what is no longer offered is left out."""
    wanted = list(dict.fromkeys(numbers))[:MOST_COMPARED]
    query = published(on).where(Post.id.in_(wanted)).options(joinedload(Post.employer))
    known = {post.id: post for post in session.scalars(query)}
    return [known[number] for number in wanted if number in known]


def running_posts(session: Session, case: Case) -> set[int]:
    """Posts the person is put forward for already."""
    query = select(Referral.post_id).where(
        Referral.case_id == case.id,
        Referral.stage.in_({*RUNNING_REFERRALS, ReferralStage.HIRED}),
    )
    return set(session.scalars(query))


def _placements(ids: Sequence[int]) -> Select[Placement]:
    return select(Placement).where(Placement.referral_id.in_(ids), Placement.removed_at.is_(None))


def _answered_at(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    query = (
        select(ReferralMove.referral_id, func.max(ReferralMove.at))
        .where(ReferralMove.referral_id.in_(ids), ReferralMove.link_id.is_not(None))
        .group_by(ReferralMove.referral_id)
    )
    return dict(session.execute(query).all())


def _settled_by(session: Session, ids: Sequence[int]) -> dict[int, Any]:
    hired = aliased(Referral)
    query = (
        select(Referral.id, hired.post_id)
        .join(hired, hired.id == Referral.obsolete_by)
        .where(Referral.id.in_(ids))
    )
    return dict(session.execute(query).all())
