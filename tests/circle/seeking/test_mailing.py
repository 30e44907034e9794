"""Monday's message: to whoever agreed, has a new post that fits, and was not told yet."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.seeking.mailing import queue_digests, week_of
from models.cases import Registration
from models.matching import Match
from models.messages import Message
from models.posts import Post
from models.seeking import ManualChoice, PassedPost
from models.staff import Account
from models.vocabulary.cases import CaseStage, CaseState, CloseReason, RefusalReason
from models.vocabulary.residents import ConsentPurpose
from tests.circle.registration.conftest import NOW, TODAY
from tests.circle.seeking.conftest import post_nearby, registered

MESSAGES = (ConsentPurpose.MESSAGES,)


@pytest.fixture
def reader(office: Session, worker: Account) -> Registration:
    return registered(office, worker, consents=MESSAGES)


@pytest.fixture
def post(office: Session, reader: Registration) -> Post:
    post = post_nearby(office)
    office.add(Match(case_id=reader.case_id, rank=1, post_id=post.id, score=80, computed_on=TODAY))
    office.flush()
    return post


def queued(office: Session, on: date = TODAY) -> int:
    count, after = queue_digests(office, on=on, now=NOW)
    return count + (queue_digests(office, on=on, now=NOW, after=after)[0] if after else 0)


def test_one_message_a_week(office: Session, reader: Registration, post: Post) -> None:
    assert post.published_on == TODAY
    assert (queued(office), queued(office)) == (1, 0)
    message = office.scalars(select(Message)).one()
    assert (message.resident_id, message.cycle) == (reader.resident_id, "2026-W47")
    assert message.values == {"count": 1}


def test_the_next_week_needs_new_posts(office: Session, post: Post) -> None:
    assert queued(office) == 1
    assert queued(office, TODAY + timedelta(days=7)) == 0
    post.published_on = TODAY + timedelta(days=1)
    assert queued(office, TODAY + timedelta(days=7)) == 1


@pytest.mark.parametrize(("ago", "count"), [(6, 1), (7, 0)])
def test_new_means_within_seven_days(office: Session, post: Post, ago: int, count: int) -> None:
    post.published_on = TODAY - timedelta(days=ago)
    assert queued(office) == count


def test_nothing_to_whoever_did_not_agree(office: Session, worker: Account, post: Post) -> None:
    silent = registered(office, worker, 2)
    match = Match(case_id=silent.case_id, rank=1, post_id=post.id, score=80, computed_on=TODAY)
    office.add(match)
    office.flush()
    assert queued(office) == 1


def test_nothing_to_whoever_wants_no_machine(
    office: Session, reader: Registration, post: Post
) -> None:
    office.add(ManualChoice(resident_id=reader.resident_id, chosen_at=NOW))
    office.flush()
    assert (post.title, queued(office)) == ("物业电工", 0)


def test_nothing_of_what_was_passed_over(office: Session, reader: Registration, post: Post) -> None:
    reason = RefusalReason.PAY
    passed = PassedPost(
        resident_id=reader.resident_id, post_id=post.id, reason=reason, passed_at=NOW
    )
    office.add(passed)
    office.flush()
    assert queued(office) == 0


def test_nothing_behind_a_closed_case(office: Session, reader: Registration, post: Post) -> None:
    case = reader.case
    case.state, case.stage = CaseState.CLOSED, CaseStage.CLOSED
    case.closed_on, case.close_reason = TODAY, CloseReason.EMPLOYED
    office.flush()
    assert (post.title, queued(office)) == ("物业电工", 0)


@pytest.mark.parametrize(
    ("on", "week"), [(date(2027, 1, 3), "2026-W53"), (date(2027, 1, 4), "2027-W01")]
)
def test_weeks_are_counted_as_the_calendar_does(on: date, week: str) -> None:
    assert week_of(on) == week
