"""A post's life as the office sees it."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from circle.posts.details import PostDetails
from circle.posts.operations import (
    amend_post,
    complain,
    expire_due,
    merge,
    publish,
    return_post,
    set_headcount,
    settle_complaint,
    submit_post,
    take_down,
)
from circle.posts.pay import Pay
from circle.posts.queries import published
from circle.refusals import (
    ComplaintSettled,
    HeadcountTaken,
    PostMergesElsewhere,
    PostMoved,
    PostOfAnother,
    PostOver,
    ReturnUnexplained,
)
from models.employers import Employer
from models.posts import Complaint, Post, PostMove
from models.staff import Account
from models.vocabulary.posts import (
    ComplaintReason,
    PayUnit,
    PostDoor,
    PostState,
    PostVerb,
    ReturnReason,
)
from models.vocabulary.residents import WorkKind
from tests.factories import (
    COMMUNITY,
    NOON,
    AccountFactory,
    OfferingEmployerFactory,
    PostFactory,
    load_places,
    use,
)

TODAY = date(2026, 11, 21)
DETAILS = PostDetails(
    title="食堂帮厨",
    kind=WorkKind.FULL_TIME,
    pay=Pay(PayUnit.MONTH, 400_000, 500_000),
    division_code=COMMUNITY,
    valid_until=TODAY + timedelta(days=30),
    headcount=2,
)


@pytest.fixture
def reviewer(session: Session) -> Account:
    use(session)
    load_places(session)
    account: Account = AccountFactory()
    return account


@pytest.fixture
def employer(reviewer: Account) -> Employer:
    found: Employer = OfferingEmployerFactory()
    return found


@pytest.fixture
def post(session: Session, employer: Employer, reviewer: Account) -> Post:
    return submitted(session, employer, reviewer)


def submitted(session: Session, employer: Employer, by: Account, **given: str) -> Post:
    uuid = given.get("uuid", str(uuid4()))
    return submit_post(
        session, employer, DETAILS, uuid=uuid, door=PostDoor.FORM, by=by, on=TODAY, now=NOON
    )


def verbs_of(session: Session, post: Post) -> list[PostVerb]:
    query = select(PostMove.verb).where(PostMove.post_id == post.id).order_by(PostMove.id)
    return list(session.scalars(query))


def seen(session: Session, on: date = TODAY) -> list[int]:
    return [post.id for post in session.scalars(published(on))]


def test_a_form_sent_twice_makes_one_post(
    session: Session, employer: Employer, reviewer: Account
) -> None:
    uuid = str(uuid4())
    first = submitted(session, employer, reviewer, uuid=uuid)
    again = submitted(session, employer, reviewer, uuid=uuid)
    assert first.id == again.id
    assert verbs_of(session, first) == [PostVerb.SUBMIT]
    with pytest.raises(PostOfAnother):
        submitted(session, OfferingEmployerFactory(), reviewer, uuid=uuid)


def test_nobody_sees_a_post_before_it_is_published(
    session: Session, post: Post, reviewer: Account
) -> None:
    assert seen(session) == []
    publish(session, post, by=reviewer, on=TODAY, now=NOON)
    assert seen(session) == [post.id]
    assert post.published_on == TODAY
    assert seen(session, DETAILS.valid_until) == [post.id]
    assert seen(session, DETAILS.valid_until + timedelta(days=1)) == []
    post.hired_count = post.headcount
    session.flush()
    assert seen(session) == []


def test_a_published_post_that_is_amended_is_reviewed_again(
    session: Session, post: Post, reviewer: Account
) -> None:
    publish(session, post, by=reviewer, on=TODAY, now=NOON)
    amend_post(session, post, DETAILS, by=None, now=NOON)
    assert seen(session) == [post.id]
    post.terms_of = "reckoned"
    amend_post(session, post, replace(DETAILS, title="食堂切配"), by=None, now=NOON)
    kept: list[object] = [post.state, post.title_key, post.terms_of]
    assert kept == [PostState.RECEIVED, "食堂切配", None]
    assert verbs_of(session, post) == [PostVerb.SUBMIT, PostVerb.PUBLISH, PostVerb.AMEND]


def test_a_returned_post_comes_back_with_its_reasons(
    session: Session, post: Post, reviewer: Account
) -> None:
    with pytest.raises(ReturnUnexplained):
        return_post(session, post, [], "看不懂", by=reviewer, now=NOON)
    reasons = [ReturnReason.DISCRIMINATION, ReturnReason.PAY_UNCLEAR]
    return_post(session, post, reasons, "请去掉限男性", by=reviewer, now=NOON)
    move = session.scalars(select(PostMove).where(PostMove.verb == PostVerb.RETURN)).one()
    assert (move.reasons, move.note) == (["discrimination", "pay_unclear"], "请去掉限男性")
    with pytest.raises(PostMoved):
        publish(session, post, by=reviewer, on=TODAY, now=NOON)
    amend_post(session, post, DETAILS, by=None, now=NOON)
    assert post.state is PostState.RECEIVED


def test_a_post_whose_day_is_over_is_not_published(
    session: Session, post: Post, reviewer: Account
) -> None:
    with pytest.raises(PostOver):
        publish(session, post, by=reviewer, on=DETAILS.valid_until + timedelta(days=1), now=NOON)


def test_expiry_takes_what_is_over_and_nothing_else(session: Session, employer: Employer) -> None:
    over = PostFactory(employer=employer, valid_until=TODAY - timedelta(days=1))
    last_day = PostFactory(employer=employer, valid_until=TODAY)
    returned = PostFactory(
        employer=employer, state=PostState.RETURNED, valid_until=TODAY - timedelta(days=9)
    )
    assert expire_due(session, on=TODAY, now=NOON, most=100) == 1
    assert expire_due(session, on=TODAY, now=NOON, most=100) == 0
    states = [each.state for each in (over, last_day, returned)]
    assert states == [PostState.EXPIRED, PostState.RECEIVED, PostState.RETURNED]
    assert verbs_of(session, over) == [PostVerb.EXPIRE]


def test_a_post_merges_into_one_of_the_same_employer(
    session: Session, post: Post, employer: Employer, reviewer: Account
) -> None:
    kept = PostFactory(employer=employer, published=True)
    for wrong in (
        post,
        PostFactory(published=True),
        PostFactory(employer=employer, state="expired"),
    ):
        with pytest.raises(PostMergesElsewhere):
            merge(session, post, wrong, by=reviewer, now=NOON)
    merge(session, post, kept, by=reviewer, now=NOON)
    assert (post.state, post.merged_into) == (PostState.MERGED, kept.id)
    with pytest.raises(PostMoved):
        take_down(session, post, by=reviewer, now=NOON)


def test_headcount_changes_without_a_review_and_never_below_who_was_hired(
    session: Session, post: Post, reviewer: Account
) -> None:
    publish(session, post, by=reviewer, on=TODAY, now=NOON)
    post.hired_count = 2
    set_headcount(session, post, 5, by=None, now=NOON)
    assert (post.state, post.headcount) == (PostState.PUBLISHED, 5)
    with pytest.raises(HeadcountTaken):
        set_headcount(session, post, 1, by=None, now=NOON)
    with pytest.raises(HeadcountTaken):
        amend_post(session, post, replace(DETAILS, headcount=1), by=None, now=NOON)
    take_down(session, post, by=reviewer, now=NOON)
    with pytest.raises(PostMoved):
        set_headcount(session, post, 6, by=None, now=NOON)


def test_a_complaint_opens_the_review_again(
    session: Session, post: Post, reviewer: Account
) -> None:
    publish(session, post, by=reviewer, on=TODAY, now=NOON)
    uuid = str(uuid4())
    reason = ComplaintReason.ASKED_FOR_MONEY
    complaint = complain(session, post, reason, "要交服装费", uuid=uuid, now=NOON)
    again = complain(session, post, reason, "要交服装费", uuid=uuid, now=NOON)
    second = complain(session, post, ComplaintReason.OTHER, None, uuid=str(uuid4()), now=NOON)
    assert complaint.id == again.id != second.id
    assert post.state is PostState.RECEIVED
    assert seen(session) == []
    assert verbs_of(session, post).count(PostVerb.COMPLAIN) == 1
    settle_complaint(session, complaint, is_upheld=True, by=reviewer, now=NOON)
    with pytest.raises(ComplaintSettled):
        settle_complaint(session, complaint, is_upheld=False, by=reviewer, now=NOON)
    open_left = select(func.count()).select_from(Complaint).where(Complaint.settled_at.is_(None))
    assert session.scalar(open_left) == 1
