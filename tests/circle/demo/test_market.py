"""The labour market of the demonstration, and the people put forward in it."""

from datetime import date, timedelta

import numpy as np
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from circle.demo.agency import agency_posts
from circle.demo.divisions import MODEL_COMMUNITY, placed_divisions
from circle.demo.market import Hands, open_market
from circle.demo.openings import openings
from circle.demo.story import ELECTRICIAN, SHOPKEEPER, tell_story, who_may_look_in
from circle.employers.uscc import is_uscc
from circle.places.operations import load_divisions
from circle.posts.flags import PostWords, flags_of
from circle.posts.occupations import occupations
from models.cases import Placement
from models.employers import Employer
from models.places import Station
from models.policy import policy_on
from models.posts import Post
from models.referrals import Referral
from models.residents import Resident
from models.vocabulary.imports import RejectCode
from models.vocabulary.places import DivisionLevel, StationKind, level_of
from models.vocabulary.posts import PostState
from models.vocabulary.referrals import ReferralStage
from models.vocabulary.staff import Role
from tests import factories

TODAY = date(2026, 11, 21)


@pytest.fixture
def hands(session: Session) -> Hands:
    factories.use(session)
    load_divisions(session, placed_divisions())
    reviewer = factories.AccountFactory(role=Role.REVIEWER, division_code=factories.DISTRICT)
    return Hands(factories.AccountFactory(covers=[MODEL_COMMUNITY]), reviewer)


def test_every_community_has_its_place() -> None:
    for row in placed_divisions():
        if level_of(row["code"]) is DivisionLevel.COMMUNITY:
            assert 30 < float(row["latitude"]) < 31
            assert 119 < float(row["longitude"]) < 121


def test_openings_have_occupations_of_the_classification() -> None:
    codes = {opening.occupation for trade in openings().values() for opening in trade}
    assert codes <= set(occupations())


def test_the_market_opens_once(session: Session, hands: Hands) -> None:
    count = open_market(session, hands, seed=1, on=TODAY)
    assert session.scalar(select(func.count(Post.id))) == count > 180
    assert open_market(session, hands, seed=1, on=TODAY) == 0
    employers = session.scalars(select(Employer)).all()
    assert len(employers) == 40
    assert all(is_uscc(employer.uscc or "") for employer in employers)
    kinds = session.scalars(select(Station.kind).order_by(Station.id)).all()
    assert kinds == [StationKind.STATION, StationKind.STATION, StationKind.GIG_POINT]


def test_published_posts_break_no_rule_and_those_that_do_were_not(
    session: Session, hands: Hands
) -> None:
    open_market(session, hands, seed=1, on=TODAY)
    policy = policy_on(session, TODAY)
    published = session.scalars(select(Post).where(Post.state == PostState.PUBLISHED)).all()
    flags = [flag for post in published for flag in flags_of(PostWords.of(post), policy)]
    assert [flag for flag in flags if flag.is_forbidden] == []
    waiting = session.scalars(select(Post).where(Post.state == PostState.RECEIVED)).all()
    assert any("限男性" in (post.description or "") for post in waiting)
    unfit = [post for post in waiting for flag in flags_of(PostWords.of(post), policy)]
    assert {post.id for post in unfit} == {post.id for post in waiting}
    returned = session.scalars(select(Post).where(Post.state == PostState.RETURNED)).all()
    assert len(returned) == 1


def test_the_electrician_is_hired_and_the_shopkeeper_chooses(
    session: Session, hands: Hands
) -> None:
    open_market(session, hands, seed=1, on=TODAY)
    assert tell_story(session, hands.recorder, on=TODAY) == 5
    assert tell_story(session, hands.recorder, on=TODAY) == 0
    stages = {
        person.name: set(
            session.scalars(
                select(Referral.stage).join(Resident).where(Resident.name == person.name)
            )
        )
        for person in (ELECTRICIAN, SHOPKEEPER)
    }
    assert stages[ELECTRICIAN.name] == {ReferralStage.HIRED, ReferralStage.DECLINED}
    assert stages[SHOPKEEPER.name] == {
        ReferralStage.INTERVIEW,
        ReferralStage.OFFERED,
        ReferralStage.APPLIED,
    }
    placement = session.scalars(select(Placement)).one()
    assert (placement.employer, placement.occupation) == ("仓前街道中心小学", "学校电工")
    assert placement.started_on == TODAY - timedelta(days=7)
    assert [tail for *_, tail in who_may_look_in(session)] == ["6403", "1527"]


def test_an_agency_s_rows_come_back_for_the_reasons_said() -> None:
    sent = agency_posts(np.random.default_rng(1), TODAY)
    assert sent.frame["岗位要求"].str.contains("限男性").sum() == 1
    assert sent.rejected == 4
    assert sent.rejects[RejectCode.DUPLICATE_IN_FILE] == 1
