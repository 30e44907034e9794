"""Refusals of suitable posts without good reason by somebody who draws dibao.

浙江省社会救助条例第三十六条: as many as the policy says within as many months have to be reported
to civil affairs. The evidence is kept here and shown; a person reports, nothing is ever sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, joinedload

from models.facts import Subsistence
from models.policy import Policy
from models.posts import Post
from models.referrals import Referral, ReferralMove
from models.residents import Category
from models.sql import months_after, office_day
from models.vocabulary.facts import SubsistenceKind
from models.vocabulary.referrals import DeclinedBy, ReferralStage, ReferralVerb
from models.vocabulary.residents import CategoryCode


@dataclass(frozen=True)
class UnreasonableRefusal:
    refused_on: date
    referral: Referral


@dataclass(frozen=True)
class Evidence:
    """`refusals` are those that count on the day, the oldest first."""

    refusals: Sequence[UnreasonableRefusal]
    must_report: bool


def evidence_of(session: Session, resident_id: int, on: date, policy: Policy) -> Evidence:
    refusals = unreasonable_refusals(session, resident_id, on, policy)
    is_enough = len(refusals) >= policy.dibao_refusals
    return Evidence(refusals, is_enough and draws_dibao(session, resident_id, on))


def unreasonable_refusals(
    session: Session, resident_id: int, on: date, policy: Policy
) -> Sequence[UnreasonableRefusal]:
    """Within the months of the policy; the day that many months ago no longer counts."""
    refused_on = office_day(ReferralMove.at)
    query = (
        select(Referral, refused_on)
        .join(ReferralMove, ReferralMove.referral_id == Referral.id)
        .where(
            Referral.resident_id == resident_id,
            Referral.stage == ReferralStage.DECLINED,
            Referral.declined_by == DeclinedBy.RESIDENT,
            Referral.refusal_reasonable.is_(False),
            ReferralMove.verb == ReferralVerb.DECLINE,
            months_after(refused_on, policy.dibao_refusal_months) > on,
            refused_on <= on,
        )
        .options(joinedload(Referral.post).joinedload(Post.employer))
        .order_by(refused_on, Referral.id)
    )
    return [UnreasonableRefusal(day, referral) for referral, day in session.execute(query)]


def draws_dibao(session: Session, resident_id: int, on: date) -> bool:
    """By civil affairs' list, or by a category a worker has confirmed."""
    by_list = exists().where(
        Subsistence.resident_id == resident_id,
        Subsistence.ended_by.is_(None),
        Subsistence.kind == SubsistenceKind.DIBAO,
    )
    by_category = exists().where(
        Category.resident_id == resident_id,
        Category.code == CategoryCode.DIBAO_HOUSEHOLD,
        Category.from_on <= on,
        or_(Category.to_on.is_(None), Category.to_on >= on),
    )
    return bool(session.scalar(select(or_(by_list, by_category))))
