"""A referral from the offer to the first day of work, and back."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.cases.consents import give_consent, withdraw_consent
from circle.cases.operations import close_case, reopen_case
from circle.referrals.operations import (
    accept,
    apply_for,
    cancel_hire,
    decline,
    hire,
    invite,
    judge,
    lapse_silent,
    placement_of,
    refer,
    share,
    take_up,
    turn_down,
    withdraw,
)
from circle.refusals import (
    AlreadyReferred,
    CaseAlreadyClosed,
    InterviewPast,
    NotYetWilling,
    PostFilled,
    PostNotOffered,
    ReferralMoved,
    ReferralOfAnother,
    StartDayWrong,
)
from models.cases import Case
from models.messages import Message
from models.posts import Post
from models.referrals import Referral, ReferralMove
from models.residents import StatusHistory
from models.services import ServiceItem
from models.staff import Account
from models.tasks import Task
from models.vocabulary.cases import CaseStage, CloseReason, PlacementKind, RefusalReason
from models.vocabulary.messages import MessageKind
from models.vocabulary.posts import PostState
from models.vocabulary.referrals import EmployerRefusal, ReferralStage, ReferralVerb
from models.vocabulary.residents import ConsentPurpose, WorkKind, WorkStatus
from models.vocabulary.services import ServiceKind
from models.vocabulary.tasks import TaskKind
from tests.circle.referrals.conftest import TODAY, day
from tests.factories import NOON, CaseFactory, PostFactory, ReferralFactory

WHEN: dict[str, Any] = {"on": TODAY, "now": NOON}
STAGES = ReferralStage


def offer(session: Session, case: Case, post: Post, worker: Account, **said: Any) -> Referral:  # noqa: ANN401
    number = said.pop("uuid", None) or str(uuid.uuid4())
    return refer(session, case, post, by=worker, uuid=number, **WHEN, **said)


def willing(case: Case, post: Post) -> Referral:
    made: Referral = ReferralFactory(case=case, post=post, stage=STAGES.ACCEPTED)
    return made


def moves(session: Session, referral: Referral) -> list[ReferralVerb]:
    query = select(ReferralMove.verb).where(ReferralMove.referral_id == referral.id)
    return list(session.scalars(query.order_by(ReferralMove.id)))


def test_an_offer_waits_as_long_as_the_policy_says_and_counts_as_a_service(
    session: Session, case: Case, posts: list[Post], worker: Account
) -> None:
    referral = offer(session, case, posts[0], worker)
    assert (referral.stage, referral.lapses_on) == (STAGES.OFFERED, TODAY + timedelta(days=14))
    assert moves(session, referral) == [ReferralVerb.OFFER]
    service = session.scalars(select(ServiceItem)).one()
    assert (service.kind, service.referral_id) == (ServiceKind.RECOMMENDATION, referral.id)


def test_the_same_form_twice_is_one_referral(
    session: Session, case: Case, posts: list[Post], worker: Account
) -> None:
    number = str(uuid.uuid4())
    first, second = (offer(session, case, posts[0], worker, uuid=number) for _ in range(2))
    assert first.id == second.id
    assert len(session.scalars(select(ServiceItem)).all()) == 1
    with pytest.raises(ReferralOfAnother):
        offer(session, case, posts[1], worker, uuid=number)


def test_nobody_is_put_forward_twice_at_a_time(
    session: Session, case: Case, posts: list[Post], worker: Account
) -> None:
    referral = offer(session, case, posts[0], worker)
    with pytest.raises(AlreadyReferred):
        offer(session, case, posts[0], worker)
    withdraw(session, referral, by=worker, **WHEN)
    assert offer(session, case, posts[0], worker).stage is STAGES.OFFERED


@pytest.mark.parametrize(
    "changed",
    [
        {"state": PostState.TAKEN_DOWN},
        {"state": PostState.RECEIVED},
        {"valid_until": day(1)},
        {"hired_count": 2},
    ],
)
def test_what_is_not_offered_any_more_is_recommended_to_nobody(
    session: Session, case: Case, posts: list[Post], worker: Account, changed: dict[str, Any]
) -> None:
    for name, value in changed.items():
        setattr(posts[0], name, value)
    with pytest.raises(PostNotOffered):
        offer(session, case, posts[0], worker)


def test_a_closed_case_is_put_forward_for_nothing(
    session: Session, case: Case, posts: list[Post], worker: Account
) -> None:
    close(session, case, worker)
    with pytest.raises(CaseAlreadyClosed):
        offer(session, case, posts[0], worker)


def test_who_applies_is_put_forward_by_a_worker(
    session: Session, case: Case, posts: list[Post], worker: Account
) -> None:
    referral = apply_for(session, case, posts[0], uuid=str(uuid.uuid4()), **WHEN)
    assert (referral.stage, referral.offered_by) == (STAGES.APPLIED, None)
    assert session.scalars(select(ServiceItem)).all() == []
    take_up(session, referral, by=worker, **WHEN)
    assert (referral.stage, referral.offered_by) == (STAGES.ACCEPTED, worker.id)
    assert len(session.scalars(select(ServiceItem)).all()) == 1


def test_whoever_agreed_to_messages_is_told_of_an_offer_and_of_an_interview(
    session: Session, case: Case, posts: list[Post], worker: Account
) -> None:
    case.resident.phone_sealed, case.resident.phone_index = "13800138000", "x"
    give_consent(session, case.resident_id, ConsentPurpose.MESSAGES, wording="1", now=NOON)
    referral = offer(session, case, posts[0], worker)
    accept(session, referral, by=None, **WHEN)
    invite(session, referral, interview_at=NOON + timedelta(days=2), by=worker, **WHEN)
    kinds = session.scalars(select(Message.kind).order_by(Message.id)).all()
    assert list(kinds) == [MessageKind.REFERRAL, MessageKind.INTERVIEW]


def test_silence_after_an_interview_is_counted_from_the_interview(
    session: Session, case: Case, posts: list[Post], worker: Account
) -> None:
    referral = willing(case, posts[0])
    invite(session, referral, interview_at=NOON + timedelta(days=20), by=worker, **WHEN)
    assert referral.lapses_on == TODAY + timedelta(days=34)
    assert moves(session, referral) == [ReferralVerb.INVITE]
    invite(session, referral, interview_at=NOON + timedelta(days=20), by=None, **WHEN)
    assert moves(session, referral) == [ReferralVerb.INVITE]


@pytest.mark.parametrize("days", [-1, 93])
def test_an_interview_lies_neither_behind_nor_far_ahead(
    session: Session, case: Case, posts: list[Post], worker: Account, days: int
) -> None:
    with pytest.raises(InterviewPast):
        invite(
            session,
            willing(case, posts[0]),
            interview_at=NOON + timedelta(days=days),
            by=worker,
            **WHEN,
        )


@pytest.mark.parametrize(
    ("kind", "placed", "works"),
    [
        (WorkKind.FULL_TIME, PlacementKind.CONTRACT, WorkStatus.EMPLOYED),
        (WorkKind.GIG, PlacementKind.FLEXIBLE, WorkStatus.FLEXIBLE),
        (WorkKind.HOME_WORK, PlacementKind.FLEXIBLE, WorkStatus.FLEXIBLE),
        (WorkKind.PUBLIC_WELFARE, PlacementKind.PUBLIC_WELFARE, WorkStatus.EMPLOYED),
        (WorkKind.TRAINEESHIP, PlacementKind.TRAINEESHIP, WorkStatus.EMPLOYED),
    ],
)
def test_a_hire_begins_a_job(
    session: Session,
    case: Case,
    posts: list[Post],
    worker: Account,
    kind: WorkKind,
    placed: PlacementKind,
    works: WorkStatus,
) -> None:
    posts[0].kind = kind
    referral = willing(case, posts[0])
    job = hire(session, referral, started_on=day(1), by=worker, **WHEN)
    assert (job.kind, job.started_on, job.occupation) == (placed, day(1), "电工")
    assert (job.employer, job.pay_fen) == (posts[0].employer.name, 400_000)
    assert (referral.stage, referral.hired_on) == (STAGES.HIRED, day(1))
    assert (case.stage, case.work_status) == (CaseStage.PLACED, works)
    assert posts[0].hired_count == 1


def test_a_hire_is_followed_up_from_its_first_day(
    session: Session, case: Case, posts: list[Post], worker: Account
) -> None:
    hire(session, willing(case, posts[0]), started_on=day(5), by=worker, **WHEN)
    tasks = session.scalars(select(Task).where(Task.kind == TaskKind.FOLLOW_UP)).all()
    assert [task.due_on for task in tasks] == [TODAY + timedelta(days=2)]


def test_a_hire_told_twice_is_one(
    session: Session, case: Case, posts: list[Post], worker: Account
) -> None:
    referral = willing(case, posts[0])
    first, again = (
        hire(session, referral, started_on=TODAY, by=who, **WHEN) for who in (None, worker)
    )
    assert (first.id, posts[0].hired_count) == (again.id, 1)
    with pytest.raises(ReferralMoved):
        hire(session, referral, started_on=day(1), by=worker, **WHEN)


@pytest.mark.parametrize("days", [-6, 93])
def test_work_begins_after_the_offer_and_soon(
    session: Session, case: Case, posts: list[Post], worker: Account, days: int
) -> None:
    """Offered on the 16th."""
    started_on = TODAY + timedelta(days=days)
    with pytest.raises(StartDayWrong):
        hire(session, willing(case, posts[0]), started_on=started_on, by=worker, **WHEN)


def test_a_hire_makes_the_persons_others_obsolete_and_a_cancelled_one_brings_them_back(
    session: Session, case: Case, posts: list[Post], worker: Account
) -> None:
    hired, other = willing(case, posts[0]), offer(session, case, posts[1], worker)
    hire(session, hired, started_on=TODAY, by=worker, **WHEN)
    assert (other.stage, other.obsolete_by) == (STAGES.OBSOLETE, hired.id)
    cancel_hire(session, hired, by=worker, **WHEN)
    assert (hired.stage, hired.hired_on) == (STAGES.WITHDRAWN, None)
    assert (other.stage, other.obsolete_by) == (STAGES.OFFERED, None)
    assert (case.stage, case.work_status) == (CaseStage.SERVING, WorkStatus.UNEMPLOYED)
    assert (posts[0].hired_count, session.scalars(select(StatusHistory)).all()) == (0, [])
    assert moves(session, other)[-2:] == [ReferralVerb.SET_ASIDE, ReferralVerb.RESTORE]
    follow_ups = session.scalars(select(Task).where(Task.kind == TaskKind.FOLLOW_UP)).all()
    assert {task.state.value for task in follow_ups} <= {"withdrawn"}


def test_what_was_offered_elsewhere_and_is_gone_does_not_come_back(
    session: Session, case: Case, posts: list[Post], worker: Account
) -> None:
    hired, other = willing(case, posts[0]), offer(session, case, posts[1], worker)
    hire(session, hired, started_on=TODAY, by=worker, **WHEN)
    posts[1].valid_until = day(1)
    cancel_hire(session, hired, by=worker, **WHEN)
    assert other.stage is STAGES.OBSOLETE


def test_a_filled_post_lets_everybody_else_go(
    session: Session, case: Case, posts: list[Post], worker: Account
) -> None:
    neighbour = CaseFactory(opened_on=day(30))
    waiting, hired = willing(neighbour, posts[1]), willing(case, posts[1])
    hire(session, hired, started_on=TODAY, by=worker, **WHEN)
    assert (waiting.stage, waiting.obsolete_by) == (STAGES.OBSOLETE, hired.id)
    cancel_hire(session, hired, by=worker, **WHEN)
    assert waiting.stage is STAGES.ACCEPTED


def test_a_post_with_places_left_keeps_its_others(
    session: Session, case: Case, posts: list[Post], worker: Account
) -> None:
    neighbour = CaseFactory(opened_on=day(30))
    waiting = willing(neighbour, posts[0])
    hire(session, willing(case, posts[0]), started_on=TODAY, by=worker, **WHEN)
    assert waiting.stage is STAGES.ACCEPTED


def test_no_more_are_hired_than_are_looked_for(
    session: Session, case: Case, posts: list[Post], worker: Account
) -> None:
    """Somebody was hired past us meanwhile."""
    referral = willing(case, posts[1])
    posts[1].hired_count = 1
    with pytest.raises(PostFilled):
        hire(session, referral, started_on=TODAY, by=worker, **WHEN)


def test_an_employers_refusal_told_twice_is_one(
    session: Session, case: Case, posts: list[Post]
) -> None:
    referral, why = willing(case, posts[0]), EmployerRefusal.SKILLS_SHORT
    for _ in range(2):
        turn_down(session, referral, reason=why, by=None, **WHEN)
    assert moves(session, referral) == [ReferralVerb.DECLINE]
    with pytest.raises(ReferralMoved):
        hire(session, referral, started_on=TODAY, by=None, **WHEN)


def test_a_resident_refuses_and_a_worker_judges(
    session: Session, case: Case, posts: list[Post], worker: Account
) -> None:
    referral = willing(case, posts[0])
    with pytest.raises(ReferralMoved):
        judge(session, referral, is_reasonable=False)
    decline(session, referral, reason=RefusalReason.PAY, is_reasonable=None, by=None, **WHEN)
    judge(session, referral, is_reasonable=False)
    assert (referral.refusal_reason, referral.refusal_reasonable) == (RefusalReason.PAY, False)


@pytest.mark.parametrize("act", ["accept", "withdraw", "cancel"])
def test_what_has_ended_does_not_move(
    session: Session, case: Case, posts: list[Post], worker: Account, act: str
) -> None:
    acts: dict[str, Callable[..., None]] = {
        "accept": accept,
        "withdraw": withdraw,
        "cancel": cancel_hire,
    }
    ended = ReferralFactory(case=case, post=posts[0], stage=STAGES.LAPSED)
    with pytest.raises(ReferralMoved):
        acts[act](session, ended, by=worker, **WHEN)


def test_silence_lapses_on_the_day_and_not_before(
    session: Session, case: Case, posts: list[Post]
) -> None:
    due = ReferralFactory(case=case, post=posts[0], lapses_on=TODAY)
    later = ReferralFactory(case=case, post=posts[1], lapses_on=TODAY + timedelta(days=1))
    assert lapse_silent(session, **WHEN) == 1
    assert lapse_silent(session, **WHEN) == 0
    assert (due.stage, later.stage) == (STAGES.LAPSED, STAGES.OFFERED)


def test_every_move_renews_the_time_to_answer(
    session: Session, case: Case, posts: list[Post], worker: Account
) -> None:
    referral = offer(session, case, posts[0], worker)
    later = TODAY + timedelta(days=10)
    accept(session, referral, by=worker, on=later, now=NOON)
    assert referral.lapses_on == later + timedelta(days=14)


def close(session: Session, case: Case, worker: Account) -> None:
    reason = CloseReason.NOT_SEEKING
    close_case(session, case, reason=reason, note=None, by=worker, **WHEN)


def test_a_closed_case_takes_its_referrals_with_it_and_brings_them_back(
    session: Session, case: Case, posts: list[Post], worker: Account
) -> None:
    referral = willing(case, posts[0])
    close(session, case, worker)
    assert (referral.stage, referral.obsolete_by) == (STAGES.OBSOLETE, None)
    reopen_case(session, case, by=worker, **WHEN)
    assert (referral.stage, referral.obsolete_from) == (STAGES.ACCEPTED, None)
    assert referral.lapses_on == TODAY + timedelta(days=14)


def test_a_resume_is_shared_with_whoever_agreed_and_wants_the_post(
    session: Session, case: Case, posts: list[Post], worker: Account
) -> None:
    offered = offer(session, case, posts[0], worker)
    with pytest.raises(NotYetWilling):
        share(session, offered)
    accept(session, offered, by=worker, **WHEN)
    shared = []
    for change in (None, give, withdraw_it):
        if change is not None:
            change(session, case)
        share(session, offered)
        shared.append(offered.resume_shared)
    # What was shared once stays known as shared.
    assert shared == [False, True, True]


def give(session: Session, case: Case) -> None:
    give_consent(session, case.resident_id, ConsentPurpose.EMPLOYERS, wording="1", now=NOON)


def withdraw_it(session: Session, case: Case) -> None:
    withdraw_consent(session, case.resident_id, ConsentPurpose.EMPLOYERS, now=NOON)


def test_a_job_that_was_told_of_before_ends_with_the_next(
    session: Session, case: Case, worker: Account
) -> None:
    first, second = (willing(case, PostFactory(published=True, headcount=1)) for _ in range(2))
    hire(session, first, started_on=day(3), by=worker, **WHEN)
    restored = ReferralFactory(case=case, post=PostFactory(published=True), stage=STAGES.ACCEPTED)
    hire(session, restored, started_on=TODAY, by=worker, **WHEN)
    assert placement_of(session, first).ended_on == TODAY
    assert second.stage is STAGES.OBSOLETE


def test_an_instant_is_kept_as_it_was(session: Session, case: Case, posts: list[Post]) -> None:
    at = datetime.fromisoformat("2026-11-25T09:30:00+08:00")
    referral = willing(case, posts[0])
    invite(session, referral, interview_at=at, by=None, **WHEN)
    session.commit()
    session.refresh(referral)
    assert referral.interview_at == at
