"""Refusals that have to be reported: counted, kept, sent by nobody (浙江省社会救助条例 36)."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from circle.referrals.evidence import draws_dibao, evidence_of
from circle.referrals.operations import decline
from models.cases import Case
from models.policy import policy_on
from models.staff import Account
from models.vocabulary.cases import RefusalReason
from models.vocabulary.facts import SubsistenceKind
from models.vocabulary.residents import CategoryCode
from tests.circle.referrals.conftest import TODAY
from tests.factories import (
    NOON,
    BatchFactory,
    CategoryFactory,
    PostFactory,
    ReferralFactory,
    SubsistenceFactory,
)


def refuse(
    session: Session, case: Case, worker: Account, at: datetime = NOON, *, fair: bool | None = False
) -> None:
    referral = ReferralFactory(case=case, post=PostFactory(published=True))
    reason = RefusalReason.NO_WISH
    decline(session, referral, reason=reason, is_reasonable=fair, by=worker, on=TODAY, now=at)


def must_report(session: Session, case: Case, on: date = TODAY) -> bool:
    return evidence_of(session, case.resident_id, on, policy_on(session, on)).must_report


def test_three_without_reason_by_somebody_on_dibao_have_to_be_reported(
    session: Session, case: Case, worker: Account
) -> None:
    SubsistenceFactory(resident_id=case.resident_id)
    refuse(session, case, worker)
    refuse(session, case, worker)
    assert not must_report(session, case)
    refuse(session, case, worker)
    assert must_report(session, case)


@pytest.mark.parametrize("fair", [True, None])
def test_only_what_a_person_judged_unreasonable_counts(
    session: Session, case: Case, worker: Account, *, fair: bool | None
) -> None:
    SubsistenceFactory(resident_id=case.resident_id)
    for _ in range(3):
        refuse(session, case, worker, fair=fair)
    assert not must_report(session, case)


def test_nobody_else_is_reported(session: Session, case: Case, worker: Account) -> None:
    for _ in range(3):
        refuse(session, case, worker)
    assert not must_report(session, case)


@pytest.mark.parametrize(
    ("on", "counts"), [(date(2027, 5, 20), 3), (date(2027, 5, 21), 0), (date(2026, 11, 20), 0)]
)
def test_a_refusal_counts_for_six_months(
    session: Session, case: Case, worker: Account, on: date, counts: int
) -> None:
    """Refused on 2026-11-21: the day half a year later no longer looks back on it."""
    for _ in range(3):
        refuse(session, case, worker)
    policy = policy_on(session, on)
    assert len(evidence_of(session, case.resident_id, on, policy).refusals) == counts


def test_the_day_is_the_offices(session: Session, case: Case, worker: Account) -> None:
    """23:30 UTC is the next morning here."""
    refuse(session, case, worker, at=NOON.replace(hour=23) - timedelta(days=1))
    found = evidence_of(session, case.resident_id, TODAY, policy_on(session, TODAY))
    assert [refusal.refused_on for refusal in found.refusals] == [TODAY]


def test_who_draws_dibao(session: Session, case: Case) -> None:
    person = case.resident_id
    assert not draws_dibao(session, person, TODAY)
    mark = CategoryFactory(resident_id=person, code=CategoryCode.DIBAO_HOUSEHOLD)
    assert draws_dibao(session, person, TODAY)
    mark.to_on = date(2026, 11, 20)
    SubsistenceFactory(resident_id=person, kind=SubsistenceKind.NEAR_DIBAO)
    assert not draws_dibao(session, person, TODAY)


def test_support_that_has_ended_is_none(session: Session, case: Case) -> None:
    SubsistenceFactory(resident_id=case.resident_id, ended_by=BatchFactory().id)
    assert not draws_dibao(session, case.resident_id, TODAY)
