import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audit import AuditEntry
from models.employers import Employer, SignedLink
from models.staff import Account
from models.vocabulary.staff import Role
from tests.circle.conftest import COMMUNITY, OTHER_COMMUNITY, STREET, MakeAccount, SignIn
from tests.factories import NOON, OfferingEmployerFactory, PostFactory, use

USCC = "91330100799655058B"
FORM = {"name": "仓前 食品(余杭) 有限公司", "division": COMMUNITY, "system": "gcj02"}


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def worker(session: Session, make_account: MakeAccount) -> Account:
    use(session)
    return make_account(Role.WORKER)


@pytest.fixture
def page(worker: Account, sign_in: SignIn) -> FlaskClient:
    return sign_in(worker)


def known(session: Session) -> Employer:
    return session.scalars(select(Employer)).one()


def test_an_employer_is_added_with_its_place(session: Session, page: FlaskClient) -> None:
    typed = {**FORM, "uscc": "91330100-799655058b", "position": "120.01，30.27"}
    answer = page.post("/employers", data={**typed, "contact_phone": "0571－8888 0000"})
    employer = known(session)
    assert answer.location == f"/employers/{employer.id}"
    assert (employer.name, employer.uscc) == ("仓前食品（余杭）有限公司", USCC)
    assert employer.contact_phone == "0571-88880000"
    assert employer.position is not None
    # Shifted back from the map's own degrees by some hundred metres.
    assert 30.26 < employer.position.latitude < 30.275
    shown = page.get(answer.location).text
    assert "057****0000" in shown
    assert "0571-88880000" not in shown


def seen_by(session: Session, employer: Employer) -> int | None:
    session.refresh(employer)
    return employer.licence_seen_by


def test_every_fault_is_told_at_once_and_nothing_typed_is_lost(page: FlaskClient) -> None:
    typed = {
        "name": "某某",
        "uscc": "91110000600037341N",
        "position": "村口",
        "contact_phone": "12",
    }
    answer = page.post("/employers", data={**typed, "system": "bd09"})
    assert answer.status_code == 422
    for words in ("校验码", "看不懂这个坐标", "请选择所在社区", "请填写手机号"):
        assert words in answer.text
    assert "91110000600037341N" in answer.text


def test_known_names_are_offered_instead_of_a_second_record(
    session: Session, page: FlaskClient
) -> None:
    known_one = OfferingEmployerFactory(
        name="仓前食品（余杭）有限公司", name_key="仓前食品余杭有限公司"
    )
    session.commit()
    answer = page.post("/employers", data={**FORM, "name": "仓前食品（余杭）有限公司二店"})
    assert answer.status_code == 422
    assert f"employer={known_one.id}" in answer.text
    answer = page.post("/employers", data={**FORM, "anyway": "y"})
    assert answer.status_code == 302


def test_one_code_is_one_employer(session: Session, page: FlaskClient) -> None:
    OfferingEmployerFactory(uscc=USCC, division_code=OTHER_COMMUNITY)
    session.commit()
    answer = page.post("/employers", data={**FORM, "uscc": USCC, "anyway": "y"})
    assert answer.status_code == 409
    assert "已经登记在另一家企业名下" in answer.text


def test_who_saw_the_licence_stands_until_the_name_changes(
    session: Session, page: FlaskClient, worker: Account
) -> None:
    page.post("/employers", data=FORM)
    employer = known(session)
    page.post(f"/employers/{employer.id}/licence")
    assert seen_by(session, employer) == worker.id
    page.post(f"/employers/{employer.id}/edit", data={**FORM, "address": "文一西路1号"})
    assert seen_by(session, employer) == worker.id
    page.post(f"/employers/{employer.id}/edit", data={**FORM, "name": "另一家有限公司"})
    assert seen_by(session, employer) is None
    page.post(f"/employers/{employer.id}/licence")
    page.post(f"/employers/{employer.id}/licence/withdraw")
    assert seen_by(session, employer) is None


def test_a_telephone_left_empty_stays_as_it_is(session: Session, page: FlaskClient) -> None:
    page.post("/employers", data={**FORM, "contact_phone": "13800138000"})
    employer = known(session)
    assert "13800138000" not in page.get(f"/employers/{employer.id}/edit").text
    page.post(f"/employers/{employer.id}/edit", data=FORM)
    session.refresh(employer)
    assert employer.contact_phone == "13800138000"


def test_the_telephone_is_shown_for_a_reason_that_is_kept(
    session: Session, page: FlaskClient
) -> None:
    page.post("/employers", data={**FORM, "contact_phone": "13800138000"})
    address = f"/employers/{known(session).id}/phone"
    assert page.post(address, data={"field": "phone"}).status_code == 422
    answer = page.post(address, data={"field": "phone", "reason": "contact"})
    assert "13800138000" in answer.text
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.act, entry.reason) == ("employer:phone:reveal", "contact")


def test_employers_of_another_community_do_not_exist(session: Session, page: FlaskClient) -> None:
    other = OfferingEmployerFactory(division_code=OTHER_COMMUNITY)
    session.commit()
    for address in (f"/employers/{other.id}", f"/employers/{other.id}/edit"):
        assert page.get(address).status_code == 404
    assert page.post(f"/employers/{other.id}/licence").status_code == 404
    assert other.name not in page.get("/employers").text
    PostFactory(employer=other, division_code=COMMUNITY)
    session.commit()
    assert page.get(f"/employers/{other.id}").status_code == 200


@pytest.mark.parametrize("role", [Role.CLERK, Role.AUDITOR, Role.SYSTEM_ADMIN])
def test_others_have_no_business_here(
    make_account: MakeAccount, sign_in: SignIn, role: Role
) -> None:
    client = sign_in(make_account(role, division="330110"))
    assert client.get("/employers").status_code == 403
    assert client.post("/employers", data=FORM).status_code == 403


def test_the_list_is_searched_by_name_and_code_and_turned_page_by_page(
    session: Session, page: FlaskClient
) -> None:
    names = [f"第{n:02d}号小吃店" for n in range(60)]
    for name in names:
        OfferingEmployerFactory(name=name, name_key=name)
    OfferingEmployerFactory(name="仓前小学", name_key="仓前小学", uscc=USCC)
    session.commit()
    first = page.get("/employers").text
    following = re.search(r'href="(/employers\?after=\d+)"', first)
    assert following is not None
    both = first + page.get(following[1]).text
    assert all(both.count(name) == 1 for name in names)
    assert "仓前小学" in page.get("/employers?q=仓前 小学").text
    assert "仓前小学" in page.get(f"/employers?q={USCC[:10]}").text
    assert "没有找到这家企业" in page.get("/employers?q=不存在的").text


def test_a_link_is_shown_once_and_can_be_revoked(
    session: Session, page: FlaskClient, client: FlaskClient
) -> None:
    page.post("/employers", data=FORM)
    employer = known(session)
    shown = page.post(f"/employers/{employer.id}/links").text
    found = re.search(r"http://localhost(/e/[\w-]{27})", shown)
    assert found is not None
    assert found[1].removeprefix("/e/") not in page.get(f"/employers/{employer.id}").text
    assert employer.name in client.get(found[1]).text
    link = session.scalars(select(SignedLink)).one()
    page.post(f"/employers/{employer.id}/links/{link.id}/revoke")
    assert client.get(found[1]).status_code == 404


def test_a_link_of_another_employer_is_not_revoked_here(
    session: Session, page: FlaskClient
) -> None:
    page.post("/employers", data=FORM)
    employer = known(session)
    page.post(f"/employers/{employer.id}/links")
    other = OfferingEmployerFactory()
    session.commit()
    link = session.scalars(select(SignedLink)).one()
    assert page.post(f"/employers/{other.id}/links/{link.id}/revoke").status_code == 404
    session.refresh(link)
    assert link.revoked_at is None


def test_every_closed_link_looks_the_same(
    session: Session, page: FlaskClient, client: FlaskClient
) -> None:
    page.post("/employers", data=FORM)
    shown = page.post(f"/employers/{known(session).id}/links").text
    found = re.search(r"(/e/[\w-]{27})", shown)
    assert found is not None
    with time_machine.travel(NOON + timedelta(days=15), tick=False):
        expired = client.get(found[1])
        unknown = client.get("/e/" + "x" * 27)
    assert expired.status_code == unknown.status_code == 404
    assert "链接已失效" in expired.text
    assert plain(expired.text) == plain(unknown.text)


def plain(text: str) -> str:
    """Without what differs from answer to answer: tokens, nonces, the address itself."""
    return re.sub(r'(nonce|value|hx-headers)=("[^"]*"|\'[^\']*\')|[\w.-]{27,}', "", text)


def test_a_street_sees_its_communities(
    session: Session, make_account: MakeAccount, sign_in: SignIn, worker: Account
) -> None:
    shop = OfferingEmployerFactory(division_code=OTHER_COMMUNITY)
    session.commit()
    street = sign_in(make_account(Role.STREET, division=STREET))
    assert shop.name in street.get("/employers").text
    assert "区划330110012005" in street.get("/employers/new").text
