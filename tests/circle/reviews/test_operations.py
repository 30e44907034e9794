"""Decisions that no page offers, and what they leave."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from circle.posts.operations import complain, take_down
from circle.refusals import ForbiddenStands, PostOver, ReviewedMeanwhile
from circle.reviews.operations import publish, publish_clean, reject_complaint, uphold_complaint
from circle.reviews.queries import version_of
from models.posts import Complaint, Post
from models.staff import Account
from models.vocabulary.posts import ComplaintReason, ComplaintState, PostState
from tests.circle.reviews.conftest import MakePost
from tests.factories import NOON

TODAY = NOON.date()
Complain = Callable[[Post], Complaint]


def test_a_doubtful_word_holds_up_one_post_but_not_a_reviewer_who_read_it(
    session: Session, make_post: MakePost, reviewer: Account
) -> None:
    post = make_post(description="35岁以下")
    seen = version_of(session, post)
    with pytest.raises(ForbiddenStands):
        publish_clean(session, post, seen=seen, by=reviewer, on=TODAY, now=NOON)
    standing = publish(
        session, post, seen=seen, confirmed=(), note=None, by=reviewer, on=TODAY, now=NOON
    )
    assert standing == []
    assert post.state is PostState.PUBLISHED


def test_what_was_let_stand_comes_back_for_the_trail(
    session: Session, make_post: MakePost, reviewer: Account
) -> None:
    post = make_post(description="限男性")
    standing = publish(
        session,
        post,
        seen=version_of(session, post),
        confirmed={"sex"},
        note="国家规定",
        by=reviewer,
        on=TODAY,
        now=NOON,
    )
    assert [flag.rule.code for flag in standing] == ["sex"]


def test_a_post_past_its_day_is_not_published(
    session: Session, make_post: MakePost, reviewer: Account
) -> None:
    post = make_post(valid_until=TODAY.replace(day=20))
    with pytest.raises(PostOver):
        publish_clean(
            session, post, seen=version_of(session, post), by=reviewer, on=TODAY, now=NOON
        )


def test_a_second_complaint_changes_what_was_seen(
    session: Session, make_post: MakePost, complain_of: Complain, reviewer: Account
) -> None:
    post = make_post(published=True)
    first = complain_of(post)
    seen = version_of(session, post)
    complain(session, post, ComplaintReason.OTHER, None, uuid="another", now=NOON)
    with pytest.raises(ReviewedMeanwhile):
        reject_complaint(session, first, seen=seen, by=reviewer, on=TODAY, now=NOON)


def test_a_post_is_offered_again_only_after_its_last_complaint(
    session: Session, make_post: MakePost, complain_of: Complain, reviewer: Account
) -> None:
    post = make_post(published=True)
    first = complain_of(post)
    second = complain(session, post, ComplaintReason.OTHER, None, uuid="another", now=NOON)
    offered = [
        reject_complaint(
            session, each, seen=version_of(session, post), by=reviewer, on=TODAY, now=NOON
        )
        for each in (first, second)
    ]
    assert offered == [False, True]


def test_a_post_never_published_is_not_let_out_by_an_untrue_complaint(
    session: Session, make_post: MakePost, complain_of: Complain, reviewer: Account
) -> None:
    post = make_post()
    complaint = complain_of(post)
    seen = version_of(session, post)
    assert not reject_complaint(session, complaint, seen=seen, by=reviewer, on=TODAY, now=NOON)
    assert post.state is PostState.RECEIVED


def test_a_true_complaint_about_a_post_already_gone_is_settled_alone(
    session: Session, make_post: MakePost, complain_of: Complain, reviewer: Account
) -> None:
    post = make_post(published=True)
    complaint = complain_of(post)
    take_down(session, post, by=None, now=NOON)
    seen = version_of(session, post)
    uphold_complaint(session, complaint, [], None, seen=seen, by=reviewer, now=NOON)
    assert (complaint.state, post.state) == (ComplaintState.UPHELD, PostState.TAKEN_DOWN)
