"""Choosing, comparing and referring by the pages; what a stranger's address opens."""

import re
import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from circle.database import today
from models.audit import AuditEntry
from models.cases import Case, Consent
from models.posts import Post
from models.referrals import Referral
from models.residents import Resident
from models.staff import Account
from models.vocabulary.cases import RefusalReason
from models.vocabulary.referrals import DeclinedBy, ReferralStage
from models.vocabulary.residents import ConsentPurpose
from models.vocabulary.staff import Role
from tests.circle.conftest import COMMUNITY, OTHER_STREET_COMMUNITY, MakeAccount, SignIn
from tests.factories import CaseFactory, PostFactory, ReferralFactory, ResidentFactory, use

NAME, PHONE = "欧阳静娴", "13800138000"


@pytest.fixture
def worker(make_account: MakeAccount, session: Session) -> Account:
    use(session)
    return make_account(Role.WORKER, covers=(COMMUNITY,))


@pytest.fixture
def on(app: Flask) -> date:
    with app.app_context():
        return today()


@pytest.fixture
def case(session: Session, worker: Account, on: date) -> Case:
    resident = ResidentFactory(name=NAME, phone_sealed=PHONE, phone_index="x")
    made: Case = CaseFactory(resident=resident, worker=worker, opened_on=on - timedelta(days=40))
    session.commit()
    return made


@pytest.fixture
def posts(session: Session, worker: Account, on: date) -> list[Post]:
    valid_until = on + timedelta(days=30)
    made: list[Post] = [
        PostFactory(published=True, title=title, valid_until=valid_until)
        for title in ("电工", "保洁员")
    ]
    session.commit()
    return made


@pytest.fixture
def desk(sign_in: SignIn, worker: Account) -> FlaskClient:
    return sign_in(worker)


@pytest.fixture
def accepted(session: Session, case: Case, posts: list[Post], on: date) -> Referral:
    made: Referral = ReferralFactory(
        case=case,
        post=posts[0],
        stage=ReferralStage.ACCEPTED,
        offered_on=on - timedelta(days=3),
        lapses_on=on + timedelta(days=11),
    )
    session.commit()
    return made


def count(session: Session, table: type[Any]) -> int:
    return session.scalars(select(func.count()).select_from(table)).one()


def acts(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)))


def test_posts_are_found_by_words_of_title_or_employer(
    desk: FlaskClient, case: Case, posts: list[Post]
) -> None:
    page = desk.get(f"/cases/{case.id}/posts?q=电工").text
    assert "电工" in page
    assert "保洁员" not in page
    found = desk.get(f"/cases/{case.id}/posts", query_string={"q": posts[1].employer.name}).text
    assert "保洁员" in found
    assert "没有找到" in desk.get(f"/cases/{case.id}/posts?q=飞行员").text


def test_chosen_posts_stand_side_by_side(
    desk: FlaskClient, case: Case, posts: list[Post], session: Session
) -> None:
    numbers = "&".join(f"posts={post.id}" for post in posts)
    page = desk.get(f"/cases/{case.id}/compare?{numbers}").text
    assert page.count('class="side-title"') == 2
    assert NAME in page
    shown = desk.get(f"/cases/{case.id}/compare?{numbers}&show=1").text
    assert shown.count('class="side-title"') == 2
    assert NAME not in shown
    assert "referral:comparison:read" in acts(session)


@pytest.mark.parametrize("numbers", ["", "posts=x", "posts=" + "9" * 30])
def test_nothing_to_compare_leads_back(desk: FlaskClient, case: Case, numbers: str) -> None:
    assert desk.get(f"/cases/{case.id}/compare?{numbers}").status_code == 302


def test_several_are_referred_at_once_and_a_second_tap_changes_nothing(
    desk: FlaskClient, case: Case, posts: list[Post], session: Session
) -> None:
    data = {"uuid": str(uuid.uuid4()), "posts": [str(post.id) for post in posts], "willing": "y"}
    for _ in range(2):
        answer = desk.post(f"/cases/{case.id}/referrals", data=data)
        assert answer.status_code == 302
    stages = session.scalars(select(Referral.stage)).all()
    assert list(stages) == [ReferralStage.ACCEPTED] * 2
    assert count(session, Consent) == 0


def test_consent_given_on_the_spot_is_written_down_once(
    desk: FlaskClient, case: Case, posts: list[Post], session: Session
) -> None:
    data = {"uuid": str(uuid.uuid4()), "posts": str(posts[0].id), "consent": "y", "how": "voice"}
    desk.post(f"/cases/{case.id}/referrals", data=data)
    desk.post(f"/cases/{case.id}/referrals", data=data)
    consent = session.scalars(select(Consent)).one()
    assert (consent.purpose, consent.resident_id) == (ConsentPurpose.EMPLOYERS, case.resident_id)


def test_all_or_none_and_what_was_chosen_stays(
    desk: FlaskClient, case: Case, posts: list[Post], accepted: Referral, session: Session
) -> None:
    """The second is put forward already, so the first is not either."""
    data = {"uuid": str(uuid.uuid4()), "posts": [str(posts[1].id), str(posts[0].id)]}
    answer = desk.post(f"/cases/{case.id}/referrals", data=data)
    assert answer.status_code == 409
    assert "“电工”已经推荐过" in answer.text
    assert "保洁员" in answer.text
    assert count(session, Referral) == 1


def test_the_file_shows_what_was_recommended(
    desk: FlaskClient, case: Case, accepted: Referral
) -> None:
    part = desk.get(f"/cases/{case.id}/referrals").text
    assert f"/referrals/{accepted.id}" in part
    assert "本人愿意" in part
    assert f"/cases/{case.id}/referrals" in desk.get(f"/residents/{case.resident_id}").text


STEPS: list[tuple[str, dict[str, str], str]] = [
    ("decline", {"reason": "pay", "reasonable": "no"}, "declined"),
    ("turn-down", {"why": "filled"}, "declined"),
    ("withdraw", {}, "withdrawn"),
    ("hire", {"started_on": "TODAY"}, "hired"),
    ("invite", {"interview_at": "TODAYT09:30"}, "interview"),
]


@pytest.mark.parametrize(("step", "data", "stage"), STEPS)
def test_a_worker_records_what_happened(
    desk: FlaskClient,
    accepted: Referral,
    session: Session,
    on: date,
    step: str,
    data: dict[str, str],
    stage: str,
) -> None:
    told = {name: value.replace("TODAY", on.isoformat()) for name, value in data.items()}
    answer = desk.post(f"/referrals/{accepted.id}/{step}", data=told)
    assert answer.status_code == 302
    session.refresh(accepted)
    assert accepted.stage.value == stage
    assert desk.get(f"/referrals/{accepted.id}").status_code == 200


@pytest.mark.parametrize(
    ("step", "data"),
    [
        ("decline", {}),
        ("turn-down", {}),
        ("hire", {}),
        ("hire", {"started_on": "2020-01-01"}),
        ("invite", {"interview_at": "2020-01-01T09:00"}),
        ("invite", {"interview_at": "明天"}),
        ("judge", {}),
        ("consent", {}),
    ],
)
def test_what_is_missing_or_cannot_be_comes_back_with_a_sentence(
    desk: FlaskClient, accepted: Referral, session: Session, step: str, data: dict[str, str]
) -> None:
    answer = desk.post(f"/referrals/{accepted.id}/{step}", data=data)
    assert answer.status_code == 422
    assert "电工" in answer.text
    session.refresh(accepted)
    assert accepted.stage is ReferralStage.ACCEPTED


def test_a_hire_can_be_cancelled(desk: FlaskClient, accepted: Referral, session: Session) -> None:
    desk.post(f"/referrals/{accepted.id}/hire", data={"started_on": today_of(desk)})
    assert (
        desk.post(f"/referrals/{accepted.id}/cancel", data={"remark": "没有到岗"}).status_code
        == 302
    )
    session.refresh(accepted)
    assert accepted.stage is ReferralStage.WITHDRAWN
    assert "没有到岗" in desk.get(f"/referrals/{accepted.id}").text


def today_of(desk: FlaskClient) -> str:
    with desk.application.app_context():
        return today().isoformat()


def test_nobody_of_another_place_or_role_comes_in(
    accepted: Referral, make_account: MakeAccount, sign_in: SignIn
) -> None:
    paths = [
        f"/referrals/{accepted.id}",
        f"/cases/{accepted.case_id}/posts",
        f"/cases/{accepted.case_id}/compare?posts=1",
        f"/cases/{accepted.case_id}/referrals",
        f"/residents/{accepted.resident_id}/refusals",
    ]
    stranger = sign_in(make_account(Role.WORKER, division=OTHER_STREET_COMMUNITY))
    reviewer = sign_in(make_account(Role.REVIEWER, division=COMMUNITY[:9]))
    assert {stranger.get(path).status_code for path in paths} == {404}
    assert {reviewer.get(path).status_code for path in paths} == {403}
    hired = stranger.post(f"/referrals/{accepted.id}/hire", data={"started_on": "2026-11-21"})
    assert hired.status_code == 404


@pytest.mark.parametrize("view", ["running", "waiting", "answered", "lapsing", "hired", "ended"])
def test_each_list_opens_and_counts_itself(
    desk: FlaskClient, accepted: Referral, view: str
) -> None:
    page = desk.get(f"/referrals?view={view}").text
    expected = {"running": 1}.get(view, 0)
    assert page.count('class="line referral-line"') == expected
    counts = re.findall(r'<span class="count">(\d+)</span>', page)
    assert counts == ["1", "0", "0", "0", "0", "0"]


def test_evidence_for_a_report_is_printed_not_sent(
    desk: FlaskClient, accepted: Referral, session: Session
) -> None:
    accepted.stage, accepted.declined_by = ReferralStage.DECLINED, DeclinedBy.RESIDENT
    accepted.refusal_reason, accepted.refusal_reasonable = RefusalReason.NO_WISH, False
    session.commit()
    page = desk.get(f"/residents/{accepted.resident_id}/refusals")
    assert page.status_code == 200
    assert NAME in page.text
    assert "referral:refusals:print" in acts(session)


def test_no_number_of_the_person_is_on_any_page(
    desk: FlaskClient, accepted: Referral, session: Session
) -> None:
    resident = session.get_one(Resident, accepted.resident_id)
    pages = [
        f"/referrals/{accepted.id}",
        f"/cases/{accepted.case_id}/posts",
        f"/cases/{accepted.case_id}/referrals",
        f"/residents/{accepted.resident_id}/refusals",
        "/referrals",
    ]
    for page in pages:
        text = desk.get(page).text
        assert str(resident.id_sealed) not in text
        assert PHONE not in text


def test_nothing_ticked_says_so_and_keeps_what_was_compared(
    desk: FlaskClient, case: Case, posts: list[Post], session: Session
) -> None:
    data = {"uuid": str(uuid.uuid4()), "compared": [str(post.id) for post in posts]}
    answer = desk.post(f"/cases/{case.id}/referrals", data=data)
    assert answer.status_code == 422
    assert "请至少勾选一个" in answer.text
    assert answer.text.count('name="compared"') == 2
    assert count(session, Referral) == 0


@pytest.mark.parametrize("before", ["9" * 30, "-" + "9" * 30, "x"])
def test_a_page_that_cannot_be_is_the_first(desk: FlaskClient, before: str) -> None:
    assert desk.get(f"/referrals?before={before}").status_code == 200
    assert desk.get(f"/employers?after={before}").status_code == 200
