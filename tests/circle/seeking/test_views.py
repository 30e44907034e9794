from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from circle.cases.operations import close_case
from circle.registration.confirmation import set_aside
from circle.registration.operations import withdraw_registration
from circle.sentences import sentence
from models.audit import AuditEntry
from models.cases import Consent, Registration
from models.posts import Post
from models.referrals import Referral, Resume
from models.seeking import ManualChoice, PassedPost
from models.staff import Account
from models.tasks import Task
from models.vocabulary.cases import CaseStage, CloseReason, RefusalReason
from models.vocabulary.referrals import DeclinedBy, ReferralStage
from models.vocabulary.registration import SetAsideReason
from models.vocabulary.residents import ConsentPurpose
from models.vocabulary.staff import Role
from models.vocabulary.tasks import TaskKind, TaskState
from tests import factories
from tests.circle.conftest import SignIn
from tests.circle.registration.conftest import NOW, TODAY, number_of
from tests.circle.seeking.conftest import looking_in, post_nearby, registered

PAGES = ("/progress/posts", "/progress/resume")
RESUME = {
    "education": "vocational",
    "experience": "物业公司水电工，五年",
    "skills": "水电维修",
    "certificates": "低压电工证、健康证，低压电工证",
}


def text_of(response: TestResponse) -> str:
    return unescape(response.get_data(as_text=True))


def once() -> dict[str, str]:
    return {"uuid": str(uuid4())}


def statements(office: Session, visitor: FlaskClient, address: str) -> int:
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:  # noqa: ANN401 - as SQLAlchemy calls it
        said.append(statement)

    engine = office.get_bind().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert visitor.get(address).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return sum(not each.startswith(("SAVEPOINT", "RELEASE")) for each in said)


def offered(office: Session, registration: Registration, post: Post) -> Referral:
    referral = Referral(
        uuid=str(uuid4()),
        resident_id=registration.resident_id,
        case_id=registration.case_id,
        post_id=post.id,
        stage=ReferralStage.OFFERED,
        offered_on=TODAY,
        lapses_on=TODAY.replace(month=12),
    )
    office.add(referral)
    office.commit()
    return referral


@pytest.mark.usefixtures("clock")
class TestWhoMayLook:
    def test_nobody_without_a_receipt(self, office: Session, client: FlaskClient) -> None:
        office.commit()
        assert [client.get(page).status_code for page in PAGES] == [403, 403]

    def test_not_before_a_worker_has_confirmed(
        self, office: Session, worker: Account, client: FlaskClient
    ) -> None:
        waiting = registered(office, worker, is_confirmed=False)
        visitor = looking_in(client, office, waiting)
        assert [visitor.get(page).status_code for page in PAGES] == [404, 404]

    def test_nothing_of_a_registration_taken_back(
        self, office: Session, worker: Account, client: FlaskClient
    ) -> None:
        waiting = registered(office, worker, is_confirmed=False)
        withdraw_registration(office, waiting, on=TODAY, now=NOW)
        visitor = looking_in(client, office, waiting)
        assert visitor.get("/progress/posts").status_code == 404

    def test_nothing_of_a_registration_set_aside(
        self, office: Session, worker: Account, client: FlaskClient
    ) -> None:
        waiting = registered(office, worker, is_confirmed=False)
        reason = SetAsideReason.NOT_THE_PERSON
        set_aside(office, waiting, reason=reason, by=worker, on=TODAY, now=NOW)
        visitor = looking_in(client, office, waiting)
        assert visitor.get("/progress/resume").status_code == 404

    def test_nothing_once_the_case_is_closed(
        self, office: Session, worker: Account, registration: Registration, visitor: FlaskClient
    ) -> None:
        close_case(
            office,
            registration.case,
            reason=CloseReason.EMPLOYED,
            note=None,
            by=worker,
            on=TODAY,
            now=NOW,
        )
        office.commit()
        assert visitor.get("/progress/posts").status_code == 404


@pytest.mark.usefixtures("clock")
class TestRecommended:
    def test_each_says_why_and_how_far_it_is_on_foot(
        self, office: Session, registration: Registration, client: FlaskClient
    ) -> None:
        post_nearby(office)
        page = text_of(looking_in(client, office, registration).get("/progress/posts"))
        for part in ("物业电工", "步行约5分钟", "与求职意向相符：电工", "为什么推荐这些"):
            assert part in page
        assert number_of(1) not in page

    def test_somebody_may_refuse_the_machine_and_the_worker_is_told(
        self, office: Session, worker: Account, registration: Registration, client: FlaskClient
    ) -> None:
        settled = office.scalars(select(Task).where(Task.kind == TaskKind.ASSISTANCE)).one()
        settled.state, settled.settled_at = TaskState.DONE, NOW
        post_nearby(office)
        visitor = looking_in(client, office, registration)
        form = once()
        for _ in range(2):
            visitor.post("/progress/recommending/stop", data=form)
        page = text_of(visitor.get("/progress/posts"))
        assert "物业电工" not in page
        assert "不要自动推荐" in page
        orders = office.scalars(select(Task).where(Task.state == TaskState.OPEN)).all()
        asked = [order for order in orders if order.kind is TaskKind.ASSISTANCE]
        assert [order.evidence["by_hand"] for order in asked] == [True]
        assert asked[0].assignee_id == worker.id

    def test_an_order_that_is_open_already_says_what_was_asked_besides(
        self, office: Session, registration: Registration, client: FlaskClient
    ) -> None:
        visitor = looking_in(client, office, registration)
        visitor.post("/progress/recommending/stop", data=once())
        visitor.post("/progress/ask", data=once())
        order = office.scalars(select(Task).where(Task.kind == TaskKind.ASSISTANCE)).one()
        says = sentence(order.kind, order.evidence)
        assert "扫码登记" in says
        assert "要求不要自动推荐岗位" in says

    def test_and_take_it_up_again(
        self, office: Session, registration: Registration, client: FlaskClient
    ) -> None:
        post_nearby(office)
        visitor = looking_in(client, office, registration)
        visitor.post("/progress/recommending/stop", data=once())
        visitor.post("/progress/recommending/resume", data=once())
        assert "物业电工" in text_of(visitor.get("/progress/posts"))
        assert office.scalars(select(ManualChoice)).one().ended_at is not None

    def test_nothing_is_recommended_to_somebody_in_work(
        self, office: Session, registration: Registration, client: FlaskClient
    ) -> None:
        post_nearby(office)
        registration.case.stage = CaseStage.PLACED
        page = text_of(looking_in(client, office, registration).get("/progress/posts"))
        assert "您已经上岗" in page
        assert "物业电工" not in page

    def test_more_posts_cost_no_more_statements(
        self, office: Session, registration: Registration, client: FlaskClient
    ) -> None:
        post_nearby(office)
        visitor = looking_in(client, office, registration)
        few = statements(office, visitor, "/progress/posts?all=1")
        for number in range(8):
            post_nearby(office, f"电工{number}", metres=300 + number)
        office.commit()
        assert statements(office, visitor, "/progress/posts?all=1") == few

    def test_what_is_passed_over_does_not_come_back(
        self, office: Session, registration: Registration, client: FlaskClient
    ) -> None:
        post = post_nearby(office)
        visitor = looking_in(client, office, registration)
        address = f"/progress/posts/{post.id}/pass"
        assert visitor.post(address, data={}).status_code == 422
        for _ in range(2):
            assert visitor.post(address, data={"reason": "hours"}).status_code == 302
        assert office.scalars(select(PassedPost)).one().reason is RefusalReason.HOURS
        assert "物业电工" not in text_of(visitor.get("/progress/posts"))
        assert office.scalar(select(func.count(Referral.id))) == 0

    def test_asking_the_worker_twice_is_one_order(
        self, office: Session, visitor: FlaskClient
    ) -> None:
        for _ in range(2):
            assert visitor.post("/progress/ask", data=once()).status_code == 302
        query = select(func.count(Task.id)).where(Task.kind == TaskKind.ASSISTANCE)
        assert office.scalar(query) == 1


@pytest.mark.usefixtures("clock")
class TestApplying:
    def test_a_double_tap_is_one_application(
        self, office: Session, registration: Registration, client: FlaskClient
    ) -> None:
        post = post_nearby(office)
        visitor = looking_in(client, office, registration)
        form = once()
        answers = [visitor.post(f"/progress/posts/{post.id}/apply", data=form) for _ in range(2)]
        referral = office.scalars(select(Referral)).one()
        assert referral.stage is ReferralStage.APPLIED
        assert {answer.location for answer in answers} == {f"/progress/referrals/{referral.id}"}
        assert "已申请" in text_of(visitor.get("/progress/posts"))

    def test_a_form_without_its_number_is_no_application(
        self, office: Session, registration: Registration, client: FlaskClient
    ) -> None:
        post = post_nearby(office)
        visitor = looking_in(client, office, registration)
        assert visitor.post(f"/progress/posts/{post.id}/apply").status_code == 400
        assert office.scalar(select(func.count(Referral.id))) == 0

    def test_a_post_nobody_published_does_not_exist(
        self, office: Session, registration: Registration, client: FlaskClient
    ) -> None:
        waiting = factories.PostFactory()
        visitor = looking_in(client, office, registration)
        assert visitor.get(f"/progress/posts/{waiting.id}").status_code == 404
        answer = visitor.post(f"/progress/posts/{waiting.id}/apply", data=once())
        assert answer.status_code == 404

    def test_an_application_can_be_taken_back(
        self, office: Session, registration: Registration, client: FlaskClient
    ) -> None:
        post = post_nearby(office)
        visitor = looking_in(client, office, registration)
        visitor.post(f"/progress/posts/{post.id}/apply", data=once())
        referral = office.scalars(select(Referral)).one()
        visitor.post(f"/progress/referrals/{referral.id}/withdraw")
        office.refresh(referral)
        assert referral.stage is ReferralStage.WITHDRAWN


@pytest.mark.usefixtures("clock")
class TestOffers:
    def test_yes(self, office: Session, registration: Registration, visitor: FlaskClient) -> None:
        referral = offered(office, registration, post_nearby(office))
        assert "等您回复" in text_of(visitor.get("/progress/posts"))
        assert visitor.post(f"/progress/referrals/{referral.id}/accept").status_code == 302
        office.refresh(referral)
        assert referral.stage is ReferralStage.ACCEPTED
        assert visitor.post(f"/progress/referrals/{referral.id}/accept").status_code == 409

    def test_no_needs_its_reason_and_leaves_the_judgement_to_a_person(
        self, office: Session, registration: Registration, visitor: FlaskClient
    ) -> None:
        referral = offered(office, registration, post_nearby(office))
        address = f"/progress/referrals/{referral.id}/decline"
        assert visitor.post(address).status_code == 422
        assert visitor.post(address, data={"reason": "distance"}).status_code == 302
        office.refresh(referral)
        assert (referral.stage, referral.declined_by) == (
            ReferralStage.DECLINED,
            DeclinedBy.RESIDENT,
        )
        assert referral.refusal_reason is RefusalReason.DISTANCE
        assert referral.refusal_reasonable is None

    @pytest.mark.parametrize("verb", ["", "/accept", "/decline", "/withdraw"])
    def test_another_person_s_do_not_exist(
        self, office: Session, worker: Account, visitor: FlaskClient, verb: str
    ) -> None:
        theirs = offered(office, registered(office, worker, 2), post_nearby(office))
        method = "POST" if verb else "GET"
        answer = visitor.open(f"/progress/referrals/{theirs.id}{verb}", method=method)
        assert answer.status_code == 404


@pytest.mark.usefixtures("clock")
class TestResume:
    def test_each_correction_is_a_version(self, office: Session, visitor: FlaskClient) -> None:
        visitor.post("/progress/resume", data=RESUME)
        visitor.post("/progress/resume", data=RESUME)
        visitor.post("/progress/resume", data={**RESUME, "skills": "水电、焊接"})
        versions = office.scalars(select(Resume).order_by(Resume.id)).all()
        assert [version.replaced_at is None for version in versions] == [False, True]
        assert versions[0].certificates == ["低压电工证", "健康证"]
        assert versions[0].recorded_by is None

    @pytest.mark.parametrize("field", ["experience", "skills", "certificates"])
    def test_no_number_gets_to_an_employer(
        self, office: Session, visitor: FlaskClient, field: str
    ) -> None:
        for number in (number_of(1), "13800138000"):
            answer = visitor.post("/progress/resume", data={**RESUME, field: f"请联系{number}"})
            assert answer.status_code == 422
            assert "请不要写身份证号" in text_of(answer)
        assert office.scalar(select(func.count(Resume.id))) == 0

    def test_the_preview_shows_no_more_than_an_employer_sees(self, visitor: FlaskClient) -> None:
        visitor.post("/progress/resume", data=RESUME)
        page = text_of(visitor.get("/progress/resume"))
        assert "物业公司水电工，五年" in page
        assert number_of(1) not in page
        assert "现在哪个单位都看不到" in page

    @pytest.mark.parametrize("purpose", list(ConsentPurpose))
    def test_consent_is_given_and_withdrawn_on_the_spot(
        self, office: Session, visitor: FlaskClient, purpose: ConsentPurpose
    ) -> None:
        for _ in range(2):
            visitor.post(f"/progress/agreements/{purpose}/give")
        consent = office.scalars(select(Consent)).one()
        assert (consent.purpose, consent.withdrawn_at) == (purpose, None)
        assert consent.wording
        visitor.post(f"/progress/agreements/{purpose}/withdraw")
        office.refresh(consent)
        assert consent.withdrawn_at is not None

    def test_a_consent_the_form_brought_is_withdrawn_too(
        self, office: Session, worker: Account, client: FlaskClient
    ) -> None:
        purposes = (ConsentPurpose.MESSAGES, ConsentPurpose.EMPLOYERS)
        visitor = looking_in(client, office, registered(office, worker, 3, purposes))
        visitor.post("/progress/agreements/messages/withdraw")
        standing = select(Consent.purpose).where(Consent.withdrawn_at.is_(None))
        assert office.scalars(standing).all() == [ConsentPurpose.EMPLOYERS]

    def test_an_unknown_purpose_is_none(self, visitor: FlaskClient) -> None:
        assert visitor.post("/progress/agreements/marketing/give").status_code == 404


@pytest.mark.usefixtures("clock")
def test_acts_are_written_down_without_numbers(
    office: Session, registration: Registration, client: FlaskClient
) -> None:
    post = post_nearby(office)
    visitor = looking_in(client, office, registration)
    visitor.post("/progress/resume", data=RESUME)
    visitor.post(f"/progress/posts/{post.id}/apply", data=once())
    acts = office.scalars(select(AuditEntry.act).where(AuditEntry.act.startswith("seeking:")))
    assert set(acts) == {"seeking:resume:correct", "seeking:post:apply"}


@pytest.mark.usefixtures("clock")
class TestDigest:
    def test_a_worker_prints_the_sheet_of_their_community(
        self, office: Session, worker: Account, sign_in: SignIn
    ) -> None:
        post_nearby(office)
        far = post_nearby(office, "远处的保安", metres=2000)
        office.commit()
        assert far.position is not None
        page = text_of(sign_in(worker).get(f"/digest/{factories.COMMUNITY}"))
        assert "物业电工" in page
        assert "约5分钟" in page
        assert "远处的保安" not in page
        assert "新岗位1个" in page

    def test_an_empty_week_says_so(self, office: Session, worker: Account, sign_in: SignIn) -> None:
        office.commit()
        client = sign_in(worker)
        page = text_of(client.get(f"/digest/{factories.COMMUNITY}"))
        assert "暂时没有岗位" in page
        assert client.get("/digest").location == f"/digest/{factories.COMMUNITY}"

    @pytest.mark.parametrize("code", [factories.OTHER_COMMUNITY, factories.STREET, "1", "999"])
    def test_another_place_s_sheet_is_not_theirs(
        self, office: Session, worker: Account, sign_in: SignIn, code: str
    ) -> None:
        office.commit()
        assert sign_in(worker).get(f"/digest/{code}").status_code == 404

    def test_a_clerk_has_no_business_there(self, office: Session, sign_in: SignIn) -> None:
        clerk = factories.AccountFactory(role=Role.CLERK, division_code=factories.DISTRICT)
        office.commit()
        assert sign_in(clerk).get(f"/digest/{factories.COMMUNITY}").status_code == 403
