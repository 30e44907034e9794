from collections.abc import Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from circle.matching.queries import Fit, fitting_posts, why
from circle.places.queries import names_of
from circle.posts.queries import published
from circle.refusals import NotFound, NotOnProgress
from models.cases import Case
from models.places import Division, within
from models.policy import Policy
from models.posts import Post
from models.referrals import Referral
from models.seeking import ManualChoice, PassedPost
from models.staff import Account
from models.vocabulary.places import DivisionLevel, parent_of
from models.vocabulary.referrals import RUNNING_REFERRALS, ReferralStage

REFERRALS_SHOWN = 30
STANDING = RUNNING_REFERRALS | {ReferralStage.HIRED}


def recommended(session: Session, case: Case, on: date, policy: Policy) -> list[Fit]:
    """The best first, without what was passed over or is being answered already; none for
    somebody who wants a person to choose.
    """
    if chooses_by_hand(session, case.resident_id):
        return []
    known = _known_posts(session, case.resident_id)
    fits = fitting_posts(session, case, on, policy, limit=policy.match_count + len(known))
    return [fit for fit in fits if fit.post.id not in known][: policy.match_count]


def fit_of(session: Session, case: Case, post: Post, on: date, policy: Policy) -> Fit | None:
    """Why the post fits and what is missing; None for somebody who wants no machine's word."""
    if chooses_by_hand(session, case.resident_id):
        return None
    return next(iter(why(session, case, [post], on, policy)), None)


def _known_posts(session: Session, resident_id: int) -> set[int]:
    passed = select(PassedPost.post_id).where(PassedPost.resident_id == resident_id)
    referred = select(Referral.post_id).where(Referral.resident_id == resident_id)
    return {*session.scalars(passed), *session.scalars(referred)}


def post_to_show(session: Session, resident_id: int, post_id: int, on: date) -> Post:
    """A published post, or one this resident is referred for; raises NotOnProgress."""
    query = published(on).where(Post.id == post_id).options(joinedload(Post.employer))
    post = session.scalars(query).one_or_none()
    if post is None:
        referral = referral_for(session, resident_id, post_id)
        post = referral.post if referral else None
    if post is None:
        raise NotOnProgress
    return post


def referrals_of(session: Session, resident_id: int) -> Sequence[Referral]:
    """Those that wait for the person's answer first, then the newest."""
    is_asked = Referral.stage == ReferralStage.OFFERED
    query = (
        select(Referral)
        .where(Referral.resident_id == resident_id)
        .options(joinedload(Referral.post).joinedload(Post.employer))
        .order_by(is_asked.desc(), Referral.offered_on.desc(), Referral.id.desc())
        .limit(REFERRALS_SHOWN)
    )
    return session.scalars(query).all()


def referral_for(session: Session, resident_id: int, post_id: int) -> Referral | None:
    """The newest of this resident for the post."""
    query = (
        select(Referral)
        .where(Referral.resident_id == resident_id, Referral.post_id == post_id)
        .order_by(Referral.id.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def own_referral(session: Session, resident_id: int, referral_id: int) -> Referral:
    """Raises NotOnProgress: another person's does not exist from here."""
    query = select(Referral).where(Referral.id == referral_id, Referral.resident_id == resident_id)
    referral = session.scalars(query).one_or_none()
    if referral is None:
        raise NotOnProgress
    return referral


def manual_choice(session: Session, resident_id: int) -> ManualChoice | None:
    query = select(ManualChoice).where(
        ManualChoice.resident_id == resident_id, ManualChoice.ended_at.is_(None)
    )
    return session.scalars(query).one_or_none()


def chooses_by_hand(session: Session, resident_id: int) -> bool:
    return manual_choice(session, resident_id) is not None


def own_communities(session: Session, account: Account) -> Sequence[Division]:
    """The communities somebody answers for."""
    query = select(Division).where(
        Division.level == DivisionLevel.COMMUNITY,
        or_(*(within(Division.code, code) for code in account.covered_codes)),
    )
    return session.scalars(query.order_by(Division.code)).all()


def own_community(session: Session, account: Account, code: str) -> Division:
    """Raises NotFound."""
    division = session.get(Division, code)
    covered = any(code.startswith(each) for each in account.covered_codes)
    if division is None or division.level is not DivisionLevel.COMMUNITY or not covered:
        raise NotFound
    return division


def by_street(session: Session, communities: Sequence[Division]) -> dict[str, list[Division]]:
    """Communities under the names of their streets."""
    names = names_of(session, {parent_of(community.code) for community in communities})
    streets: dict[str, list[Division]] = {}
    for community in communities:
        streets.setdefault(names[str(parent_of(community.code))], []).append(community)
    return streets
