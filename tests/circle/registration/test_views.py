import re
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from circle.registration import timing
from models.audit import AuditEntry
from models.cases import Registration
from models.residents import Resident
from models.staff import Account
from models.vocabulary.cases import RegistrationState
from models.vocabulary.staff import Role
from tests import factories
from tests.circle.conftest import SignIn
from tests.circle.registration.conftest import BORN_ON, NOW, PHONE, number_of

FORM = f"/r/{factories.COMMUNITY}"
CODE = re.compile(r"[346789A-Y]{4}-[346789A-Y]{4}-[346789A-Y]{4}")


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "ANSWER_SECONDS", 0.0)


@pytest.fixture
def public(office: Session, worker: Account, client: FlaskClient) -> FlaskClient:
    office.commit()
    return client


def typed(number: str = "", **changed: object) -> dict[str, Any]:
    form = {
        "uuid": str(uuid4()),
        "name": "张建国",
        "number": number or number_of(1),
        "phone": "138 0013 8000",
        "lives_here": "yes",
        "status": "unemployed",
        "status_since": "2026-11-20",
        "job_loss": "resigned",
        "kinds": ["full_time"],
        "occupation": "电工",
        "pay": "6000",
        "hours": "day",
        "minutes": "30",
    }
    return {**form, **changed}


def text_of(response: TestResponse) -> str:
    return unescape(response.get_data(as_text=True))


def code_in(response: TestResponse) -> str | None:
    found = CODE.search(text_of(response).partition('class="receipt-code"')[2][:60])
    return found[0] if found else None


class TestMiniForm:
    def test_it_tells_the_purpose_before_it_asks(self, public: FlaskClient) -> None:
        page = text_of(public.get(FORM))
        for part in ("谁收集", "做什么用", "收集什么", "谁能看到", "保存多久", "您的权利"):
            assert part in page
        assert page.index("谁收集") < page.index("您的姓名")

    def test_optional_consents_are_not_ticked(self, public: FlaskClient) -> None:
        page = text_of(public.get(FORM))
        boxes = re.findall(r"<input[^>]*consent_[^>]*>", page)
        assert len(boxes) == 2
        assert not any("checked" in box for box in boxes)

    @pytest.mark.parametrize("code", ["33", "999999999999", "abc", "330110012999"])
    def test_a_division_that_is_no_entrance(self, public: FlaskClient, code: str) -> None:
        response = public.get(f"/r/{code}")
        assert response.status_code == 404
        assert "登记入口不存在" in text_of(response)

    def test_a_street_asks_which_community(self, public: FlaskClient) -> None:
        form = typed(division=factories.OTHER_COMMUNITY)
        del form["lives_here"]
        assert public.post(f"/r/{factories.STREET}", data=form).status_code == 200
        assert (
            public.post(
                f"/r/{factories.STREET}", data={**form, "division": "", "uuid": ""}
            ).status_code
            == 422
        )

    def test_a_submission_is_answered_with_a_code(
        self, office: Session, public: FlaskClient
    ) -> None:
        public.get(FORM)
        response = public.post(FORM, data=typed())
        assert response.status_code == 200
        assert code_in(response)
        registration = office.scalars(select(Registration)).one()
        assert registration.phone_sealed == PHONE
        assert registration.division_code == factories.COMMUNITY

    def test_living_elsewhere_in_the_district(self, office: Session, public: FlaskClient) -> None:
        form = typed(lives_here="no", division=factories.OTHER_COMMUNITY)
        public.post(FORM, data=form)
        registration = office.scalars(select(Registration)).one()
        assert registration.division_code == factories.OTHER_COMMUNITY

    def test_every_problem_is_told_at_once_and_nothing_typed_is_lost(
        self, office: Session, public: FlaskClient
    ) -> None:
        form = typed(
            number_of(1)[:-1], phone="12345", name="", status_since="2027-01-01", occupation="电工"
        )
        response = public.post(FORM, data=form)
        page = text_of(response)
        assert response.status_code == 422
        for sentence in (
            "请填写姓名",
            "证件号码应为 18 位，您填了 17 位",
            "手机号是 1 开头的 11 位数字",
            "日期不能晚于今天",
        ):
            assert sentence in page
        for kept in (form["number"], "12345", "电工", form["uuid"]):
            assert f'value="{kept}"' in page
        assert office.scalar(select(func.count()).select_from(Registration)) == 0

    def test_the_check_character_is_explained(self, public: FlaskClient) -> None:
        number = number_of(1)
        wrong = number[:-1] + ("1" if number[-1] != "1" else "2")
        assert "最后一位是校验码" in text_of(public.post(FORM, data=typed(wrong)))

    def test_a_child_is_not_registered(self, public: FlaskClient) -> None:
        born_on = BORN_ON.replace(year=2015)
        page = text_of(public.post(FORM, data=typed(number_of(1, born_on))))
        assert "年满 16 周岁" in page

    def test_a_body_too_large_is_refused(self, public: FlaskClient) -> None:
        assert public.post(FORM, data=typed(note="长" * 50_000)).status_code == 413

    def test_one_address_is_not_answered_without_end(self, public: FlaskClient) -> None:
        answers = [public.post(FORM, data=typed(name="")).status_code for _ in range(11)]
        assert answers[-1] == 429
        assert set(answers[:-1]) == {422}


class TestSendingAgain:
    def test_the_same_browser_sees_the_code_again(self, public: FlaskClient) -> None:
        page = text_of(public.get(FORM))
        given = re.search(r'name="uuid"[^>]*value="([^"]+)"', page)
        assert given
        form = typed(uuid=given[1])
        first, again = public.post(FORM, data=form), public.post(FORM, data=form)
        assert code_in(first)
        assert code_in(again) == code_in(first)

    def test_nobody_else_does(self, office: Session, public: FlaskClient) -> None:
        form = typed()
        public.post(FORM, data=form)
        stranger = public.application.test_client()
        response = stranger.post(FORM, data=form)
        assert response.status_code == 200
        assert code_in(response) is None
        assert office.scalar(select(func.count()).select_from(Registration)) == 1

    def test_nor_the_same_browser_much_later(self, public: FlaskClient) -> None:
        page = text_of(public.get(FORM))
        given = re.search(r'name="uuid"[^>]*value="([^"]+)"', page)
        assert given
        form = typed(uuid=given[1])
        with time_machine.travel(NOW, tick=False) as clock:
            public.post(FORM, data=form)
            clock.shift(16 * 60)
            assert code_in(public.post(FORM, data=form)) is None


class TestNothingTellsWhetherANumberIsKnown:
    def pages(self, public: FlaskClient, numbers: list[str]) -> list[str]:
        pages = [text_of(public.post(FORM, data=typed(number))) for number in numbers]
        return [
            re.sub(
                r'nonce="[^"]*"|name="csrf_token"[^>]*|"X-CSRFToken": "[^"]*"',
                "",
                CODE.sub("", page),
            )
            for page in pages
        ]

    def test_the_pages_are_the_same_but_for_the_code(
        self, office: Session, public: FlaskClient
    ) -> None:
        known = factories.ResidentFactory(number=number_of(1), name="王强")
        factories.CaseFactory(resident=known)
        factories.ResidentFactory(number=number_of(2))
        office.commit()
        first, second, third = self.pages(public, [number_of(1), number_of(2), number_of(3)])
        assert first == second == third

    def test_the_answer_waits(self, public: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
        waited: list[float] = []
        monkeypatch.setattr(timing, "ANSWER_SECONDS", 100.0)
        monkeypatch.setattr("circle.registration.timing.time.sleep", waited.append)
        public.post(FORM, data=typed())
        assert len(waited) == 1
        assert 90 < waited[0] <= 100


class TestPoster:
    def test_it_shows_the_address_as_a_square(self, public: FlaskClient) -> None:
        response = public.get(f"{FORM}/poster")
        page = text_of(response)
        assert "<svg" in page
        assert f"localhost{FORM}" in page
        assert "葛巷社区" in page
        assert "style=" not in page
        assert response.headers["Cache-Control"] == "private, max-age=3600"
        assert "Set-Cookie" not in response.headers


class TestProgress:
    @pytest.fixture
    def code(self, public: FlaskClient) -> str:
        response = public.post(FORM, data=typed(consent_messages="y"))
        code = code_in(response)
        assert code
        return code

    @pytest.fixture
    def inside(self, public: FlaskClient, code: str) -> FlaskClient:
        public.post("/progress", data={"code": code, "phone_tail": PHONE[-4:]})
        return public

    def test_code_and_phone_open_it(self, public: FlaskClient, code: str) -> None:
        response = public.post("/progress", data={"code": code.lower(), "phone_tail": PHONE[-4:]})
        assert response.location == "/progress/registration"
        page = text_of(public.get("/progress/registration"))
        assert "等待专员联系" in page
        assert "电工" in page
        assert PHONE not in page
        assert "张建国" not in page

    def test_wrong_ones_are_answered_alike(self, public: FlaskClient, code: str) -> None:
        wrong = [{"code": code, "phone_tail": "0001"}, {"code": "3" * 12, "phone_tail": "8000"}]
        pages = [public.post("/progress", data=each) for each in wrong]
        assert [page.status_code for page in pages] == [422, 422]
        sentences = [re.search(r"查询码或手机号后四位不对[^<]*", text_of(page)) for page in pages]
        assert sentences[0]
        assert sentences[1]
        assert sentences[0][0] == sentences[1][0]

    @pytest.mark.parametrize("is_real", [True, False])
    def test_a_code_locks_after_five_wrong_guesses(
        self, public: FlaskClient, code: str, is_real: bool
    ) -> None:
        tried = code if is_real else "3" * 12
        wrong = {"code": tried, "phone_tail": "0001"}
        statuses = [public.post("/progress", data=wrong).status_code for _ in range(6)]
        assert statuses == [422] * 5 + [429]
        right = {"code": tried, "phone_tail": PHONE[-4:]}
        assert public.post("/progress", data=right).status_code == 429

    def test_failed_looks_are_kept_in_the_trail(
        self, office: Session, public: FlaskClient, code: str
    ) -> None:
        public.post("/progress", data={"code": code, "phone_tail": "0001"})
        entries = select(AuditEntry).where(AuditEntry.act == "registration:progress:open")
        assert [entry.succeeded for entry in office.scalars(entries)] == [False]

    def test_without_the_code_there_is_nothing_to_see(self, public: FlaskClient) -> None:
        assert public.get("/progress/registration").status_code == 403
        assert public.post("/progress/withdraw").status_code == 403

    def test_it_closes_by_itself(self, public: FlaskClient, code: str) -> None:
        with time_machine.travel(NOW, tick=False) as clock:
            public.post("/progress", data={"code": code, "phone_tail": PHONE[-4:]})
            clock.shift(16 * 60)
            assert public.get("/progress/registration").status_code == 403

    def test_the_wish_is_corrected(self, inside: FlaskClient) -> None:
        changed = {"kinds": ["part_time"], "occupation": "保安", "pay": "", "minutes": "15"}
        assert inside.post("/progress/wish", data=changed).status_code == 302
        assert "兼职；保安；路上15分钟以内" in text_of(inside.get("/progress/registration"))

    def test_a_consent_is_withdrawn(self, office: Session, inside: FlaskClient) -> None:
        inside.post("/progress/consents/messages/withdraw")
        registration = office.scalars(select(Registration)).one()
        assert registration.answers["consents"] == []

    def test_the_registration_is_withdrawn(self, office: Session, inside: FlaskClient) -> None:
        inside.post("/progress/withdraw")
        registration = office.scalars(select(Registration)).one()
        assert registration.state is RegistrationState.WITHDRAWN
        assert "已撤回" in text_of(inside.get("/progress/registration"))
        assert inside.post("/progress/withdraw").status_code == 409

    def test_leaving_closes_it(self, inside: FlaskClient) -> None:
        inside.post("/progress/leave")
        assert inside.get("/progress/registration").status_code == 403


@pytest.fixture
def known(office: Session) -> Resident:
    resident: Resident = factories.ResidentFactory(number=number_of(1), name="王强")
    return resident


@pytest.fixture
def registration(office: Session, known: Resident, public: FlaskClient) -> Registration:
    office.commit()
    public.post(FORM, data=typed(address="葛巷路8号2幢301室"))
    return office.scalars(select(Registration)).one()


@pytest.fixture
def desk(worker: Account, registration: Registration, sign_in: SignIn) -> FlaskClient:
    return sign_in(worker)


class TestWorkersSide:
    def test_it_stands_beside_what_is_known(
        self, office: Session, desk: FlaskClient, registration: Registration
    ) -> None:
        page = text_of(desk.get(f"/registrations/{registration.id}"))
        assert "王强" in page
        assert "张建国" in page
        assert "不一致" in page
        assert PHONE not in page
        assert "301室" not in page
        seen = office.scalars(
            select(AuditEntry).where(AuditEntry.act == "registration:statement:read")
        ).one()
        assert seen.resident_ids == [registration.resident_id]

    @pytest.mark.usefixtures("registration")
    def test_the_list_tells_the_stated_wish_before_the_call(self, desk: FlaskClient) -> None:
        page = text_of(desk.get("/todo"))
        assert "王强" in page
        assert "电工" in page
        assert "核实登记" in page

    def test_the_case_leads_to_the_registration_that_waits(
        self, office: Session, desk: FlaskClient, registration: Registration
    ) -> None:
        desk.application.test_client().post(FORM, data=typed())
        address = f"/cases/{registration.case_id}/registration"
        assert desk.get(address).location == f"/registrations/{registration.id}"
        desk.post(f"/registrations/{registration.id}/confirm", data={"how": "voice"})
        newest = office.scalar(select(func.max(Registration.id)))
        assert desk.get(address).location == f"/registrations/{newest}"

    def test_a_worker_of_another_place_does_not_find_it(
        self, office: Session, registration: Registration, sign_in: SignIn
    ) -> None:
        stranger = factories.AccountFactory(covers=[factories.OTHER_COMMUNITY])
        office.commit()
        client = sign_in(stranger)
        assert client.get(f"/registrations/{registration.id}").status_code == 404

    def test_a_clerk_may_not_see_it(
        self, office: Session, registration: Registration, sign_in: SignIn
    ) -> None:
        clerk = factories.AccountFactory(role=Role.CLERK, division_code=factories.DISTRICT)
        office.commit()
        assert sign_in(clerk).get(f"/registrations/{registration.id}").status_code == 403

    def test_the_stated_phone_is_revealed_for_a_reason(
        self, office: Session, desk: FlaskClient, registration: Registration
    ) -> None:
        address = f"/registrations/{registration.id}/reveal"
        assert desk.post(address, data={"field": "phone"}).status_code == 422
        response = desk.post(address, data={"field": "phone", "reason": "contact"})
        assert f'href="tel:{PHONE}"' in text_of(response)
        act = select(AuditEntry).where(AuditEntry.act == "registration:phone:reveal")
        assert office.scalars(act).one().reason == "contact"

    def test_confirming_leads_to_the_visit(
        self, office: Session, desk: FlaskClient, registration: Registration, known: Resident
    ) -> None:
        response = desk.post(
            f"/registrations/{registration.id}/confirm",
            data={"how": "voice", "taken": ["phone", "wish"]},
        )
        assert response.status_code == 302
        assert response.location.startswith("/visits/new?task=")
        office.expire_all()
        assert registration.state is RegistrationState.CONFIRMED
        assert known.phones == [PHONE]
        assert known.name == "王强"

    def test_how_it_was_confirmed_must_be_said(
        self, desk: FlaskClient, registration: Registration
    ) -> None:
        response = desk.post(f"/registrations/{registration.id}/confirm", data={"taken": ["wish"]})
        assert response.status_code == 422
        assert "请选择是电话核实还是当面核实" in text_of(response)

    def test_the_second_of_two_people_is_told(
        self, desk: FlaskClient, registration: Registration
    ) -> None:
        address = f"/registrations/{registration.id}/confirm"
        desk.post(address, data={"how": "voice"})
        response = desk.post(address, data={"how": "voice"})
        assert response.status_code == 409
        assert "刚刚已被处理" in text_of(response)

    def test_it_is_set_aside_with_a_reason(
        self, office: Session, desk: FlaskClient, registration: Registration
    ) -> None:
        address = f"/registrations/{registration.id}/set-aside"
        assert desk.post(address, data={}).status_code == 422
        assert desk.post(address, data={"reason": "not_the_person"}).status_code == 302
        office.expire_all()
        assert registration.state is RegistrationState.SET_ASIDE
        assert "不是本人登记" in text_of(desk.get(f"/registrations/{registration.id}"))
