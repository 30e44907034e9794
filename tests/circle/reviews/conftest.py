"""A post that waits, and those who review it."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models.posts import Complaint, Post
from models.staff import Account
from models.vocabulary.posts import ComplaintReason, PostVerb
from models.vocabulary.staff import Role
from tests.circle.conftest import DISTRICT, MakeAccount, SignIn
from tests.factories import NOON, OfferingEmployerFactory, PostFactory, use

MakePost = Callable[..., Post]


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def reviewer(make_account: MakeAccount, session: Session) -> Account:
    use(session)
    return make_account(Role.REVIEWER, division=DISTRICT)


@pytest.fixture
def desk(sign_in: SignIn, reviewer: Account) -> FlaskClient:
    return sign_in(reviewer)


@pytest.fixture
def make_post(session: Session, reviewer: Account) -> MakePost:
    """Nothing to look at in it unless told otherwise."""

    def make(**differs: object) -> Post:
        employer = differs.pop("employer", None) or OfferingEmployerFactory(
            licence_seen_on=date(2026, 10, 1), licence_seen_by=reviewer.id
        )
        usual = {"description": "打扫楼道。", "address": "仓兴街1号", "insurance_paid": True}
        post: Post = PostFactory(employer=employer, **{**usual, **differs})
        session.commit()
        return post

    return make


@pytest.fixture
def complain_of(session: Session) -> Callable[[Post], Complaint]:
    """As the public page does: the post comes back into review."""
    from circle.posts.operations import complain  # noqa: PLC0415 - the fixture alone needs it

    def complain_of(post: Post) -> Complaint:
        reason = ComplaintReason.ASKED_FOR_MONEY
        made = complain(session, post, reason, "要交300元", uuid=f"{post.uuid[:-1]}x", now=NOON)
        session.commit()
        return made

    return complain_of


def verbs_of(session: Session, post: Post) -> list[PostVerb]:
    from models.posts import PostMove  # noqa: PLC0415 - as above

    moves = session.query(PostMove).filter_by(post_id=post.id).order_by(PostMove.id)
    return [move.verb for move in moves]
