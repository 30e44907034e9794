"""A case's referrals as the case closes and opens again, and as a hire settles them.

What is set aside keeps the stage it had, and comes back to it when the reason falls away.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from models.cases import Case
from models.employers import SignedLink
from models.policy import policy_on
from models.posts import Post
from models.referrals import Referral, ReferralMove
from models.staff import Account
from models.vocabulary.cases import CaseStage
from models.vocabulary.posts import PostState
from models.vocabulary.referrals import RUNNING_REFERRALS, ReferralStage, ReferralVerb


def log_move(
    session: Session,
    referral: Referral,
    verb: ReferralVerb,
    *,
    by: Account | None,
    now: datetime,
    link: SignedLink | None = None,
    note: str | None = None,
) -> None:
    """`by` None is the resident, the employer's link or a job."""
    session.add(
        ReferralMove(
            referral_id=referral.id,
            verb=verb,
            at=now,
            by=by.id if by else None,
            link_id=link.id if link else None,
            note=note,
        )
    )
    session.flush()


def is_offered(post: Post, on: date) -> bool:
    """Seen by everybody, still valid and with a place left."""
    is_valid = post.state is PostState.PUBLISHED and post.valid_until >= on
    return is_valid and post.hired_count < post.headcount


def running_of(session: Session, condition: ColumnElement[bool]) -> Sequence[Referral]:
    """Locked, always in one order: two hires that touch the same ones do not block each other."""
    return session.scalars(
        select(Referral)
        .where(condition, Referral.stage.in_(RUNNING_REFERRALS))
        .order_by(Referral.id)
        .with_for_update(of=Referral)
        .execution_options(populate_existing=True)
    ).all()


def set_aside(
    session: Session,
    referrals: Iterable[Referral],
    *,
    because: Referral | None,
    by: Account | None,
    now: datetime,
) -> None:
    """`because` is the hire that settles them; None: their case was closed."""
    for referral in referrals:
        referral.obsolete_from = referral.stage.value
        referral.obsolete_by = because.id if because else None
        referral.move("set_aside")
        log_move(session, referral, ReferralVerb.SET_ASIDE, by=by, now=now)


def restore(
    session: Session,
    condition: ColumnElement[bool],
    *,
    by: Account | None,
    on: date,
    now: datetime,
) -> int:
    """Bring back what was set aside and can go on: case open, post still offered. How many."""
    aside = session.scalars(
        select(Referral)
        .where(condition, Referral.stage == ReferralStage.OBSOLETE)
        .order_by(Referral.id)
        .with_for_update(of=Referral)
        .execution_options(populate_existing=True)
    ).all()
    lapses_on = on + timedelta(days=policy_on(session, on).referral_days)
    able = [referral for referral in aside if _can_go_on(session, referral, on)]
    for referral in able:
        referral.stage = ReferralStage(str(referral.obsolete_from))
        referral.obsolete_from = referral.obsolete_by = None
        referral.lapses_on = lapses_on
        log_move(session, referral, ReferralVerb.RESTORE, by=by, now=now)
    return len(able)


def end_with_case(session: Session, case: Case, *, by: Account | None, now: datetime) -> None:
    set_aside(
        session, running_of(session, Referral.case_id == case.id), because=None, by=by, now=now
    )


def begin_with_case(session: Session, case: Case, *, by: Account, on: date, now: datetime) -> None:
    condition = (Referral.case_id == case.id) & Referral.obsolete_by.is_(None)
    restore(session, condition, by=by, on=on, now=now)


def _can_go_on(session: Session, referral: Referral, on: date) -> bool:
    case = referral.case
    if not case.is_open or case.stage is CaseStage.PLACED or not is_offered(referral.post, on):
        return False
    again = select(Referral.id).where(
        Referral.resident_id == referral.resident_id,
        Referral.post_id == referral.post_id,
        Referral.stage.in_(RUNNING_REFERRALS),
    )
    return session.scalars(again.limit(1)).first() is None
