"""An employer answers behind a link: once, again, late; and sees no more than is meant."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.cases.consents import give_consent, withdraw_consent
from circle.database import now, today
from models.audit import AuditEntry
from models.employers import SignedLink
from models.referrals import Referral, ReferralMove, Resume
from models.vocabulary.referrals import ReferralStage, ReferralVerb
from models.vocabulary.residents import ConsentPurpose
from models.vocabulary.staff import Role
from tests.circle.conftest import COMMUNITY, MakeAccount, SignIn
from tests.factories import CaseFactory, PostFactory, ReferralFactory, ResidentFactory, use

NAME, PHONE = "欧阳静娴", "13800138000"


@pytest.fixture
def on(app: Flask) -> date:
    with app.app_context():
        return today()


@pytest.fixture
def desk(session: Session, make_account: MakeAccount, sign_in: SignIn) -> FlaskClient:
    use(session)
    return sign_in(make_account(Role.WORKER, covers=(COMMUNITY,)))


@pytest.fixture
def referral(session: Session, desk: FlaskClient, on: date) -> Referral:
    resident = ResidentFactory(name=NAME, phone_sealed=PHONE, phone_index="x")
    made: Referral = ReferralFactory(
        case=CaseFactory(resident=resident, opened_on=on - timedelta(days=40)),
        post=PostFactory(published=True, title="电工", valid_until=on + timedelta(days=30)),
        stage=ReferralStage.ACCEPTED,
        offered_on=on - timedelta(days=3),
        lapses_on=on + timedelta(days=11),
    )
    session.commit()
    return made


@pytest.fixture
def address(desk: FlaskClient, referral: Referral) -> str:
    """The path of the link a worker has made."""
    page = desk.post(f"/referrals/{referral.id}/links")
    found = re.search(r"(/e/answer/[\w-]+)", page.text)
    assert found is not None
    return found[1]


def verbs(session: Session) -> list[ReferralVerb]:
    return list(session.scalars(select(ReferralMove.verb).order_by(ReferralMove.id)))


def consent(session: Session, referral: Referral) -> None:
    purpose = ConsentPurpose.EMPLOYERS
    give_consent(session, referral.resident_id, purpose, wording="1", now=now())
    session.commit()


def test_without_consent_an_employer_sees_a_surname(
    client: FlaskClient, address: str, session: Session, referral: Referral
) -> None:
    page = client.get(address)
    assert page.status_code == 200
    assert NAME not in page.text
    assert PHONE not in page.text
    assert "欧" in page.text
    seen = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert seen is not None
    assert (seen.act, seen.resident_ids) == ("referral:answer:read", [referral.resident_id])


def test_with_consent_they_see_whom_to_call_until_it_is_withdrawn(
    client: FlaskClient, address: str, session: Session, referral: Referral
) -> None:
    consent(session, referral)
    session.add(Resume(resident_id=referral.resident_id, experience="电工十年", certificates=[]))
    session.commit()
    page = client.get(address).text
    assert all(word in page for word in (NAME, PHONE, "电工十年"))
    assert str(referral.resident.id_sealed) not in page
    withdraw_consent(session, referral.resident_id, ConsentPurpose.EMPLOYERS, now=now())
    session.commit()
    page = client.get(address).text
    assert not any(word in page for word in (NAME, PHONE, "电工十年"))


def test_a_hire_by_the_link_shows_on_the_file_at_once(
    client: FlaskClient,
    desk: FlaskClient,
    address: str,
    session: Session,
    referral: Referral,
    on: date,
) -> None:
    for _ in range(2):
        answer = client.post(f"{address}/hire", data={"started_on": on.isoformat()})
        assert answer.status_code == 302
    session.refresh(referral)
    assert (referral.stage, referral.hired_on) == (ReferralStage.HIRED, on)
    assert verbs(session) == [ReferralVerb.HIRE]
    assert "单位已回复" in desk.get(f"/cases/{referral.case_id}/referrals").text
    assert "单位（通过链接）" in desk.get(f"/referrals/{referral.id}").text
    link = session.scalars(select(SignedLink)).one()
    assert link.last_used_at is not None


def test_a_later_answer_corrects_an_earlier_one_as_long_as_it_can(
    client: FlaskClient, address: str, session: Session, referral: Referral, on: date
) -> None:
    first, second = (f"{on + timedelta(days=days)}T09:30" for days in (1, 2))
    for at in (first, second):
        assert client.post(f"{address}/invite", data={"interview_at": at}).status_code == 302
    assert client.post(f"{address}/turn_down", data={"why": "no_show"}).status_code == 302
    late = client.post(f"{address}/hire", data={"started_on": on.isoformat()})
    assert late.status_code == 409
    session.refresh(referral)
    assert referral.stage is ReferralStage.DECLINED
    assert verbs(session) == [ReferralVerb.INVITE, ReferralVerb.INVITE, ReferralVerb.DECLINE]


@pytest.mark.parametrize(
    ("answer", "data"),
    [
        ("hire", {}),
        ("hire", {"started_on": "2020-01-01"}),
        ("invite", {"interview_at": "x"}),
        ("turn_down", {"why": "looks"}),
        ("dismiss", {}),
    ],
)
def test_what_cannot_be_comes_back_and_changes_nothing(
    client: FlaskClient, address: str, session: Session, answer: str, data: dict[str, str]
) -> None:
    page = client.post(f"{address}/{answer}", data=data)
    assert page.status_code == 422
    assert "电工" in page.text
    assert verbs(session) == []


def test_a_link_unknown_revoked_or_expired_says_the_same(
    client: FlaskClient, desk: FlaskClient, address: str, session: Session, referral: Referral
) -> None:
    unknown = client.get("/e/answer/nobodys-token")
    link = session.scalars(select(SignedLink)).one()
    with later(20):
        expired = client.get(address)
    desk.post(f"/referrals/{referral.id}/links/{link.id}/revoke")
    revoked = client.get(address)
    assert {page.status_code for page in (unknown, expired, revoked)} == {404}
    for page in (unknown, expired, revoked):
        assert "这个链接已失效" in page.text
        assert "电工" not in page.text
    assert client.post(f"{address}/hire", data={}).status_code == 404


@pytest.mark.parametrize("path", ["/e/{}", "/e/{}/new"])
def test_it_opens_no_other_door(client: FlaskClient, address: str, path: str) -> None:
    token = address.rpartition("/")[2]
    assert client.get(path.format(token)).status_code == 404


def test_nobody_is_asked_about_who_has_not_said_yes(
    desk: FlaskClient, referral: Referral, session: Session
) -> None:
    referral.stage = ReferralStage.OFFERED
    session.commit()
    assert desk.post(f"/referrals/{referral.id}/links").status_code == 409
    assert session.scalars(select(SignedLink)).all() == []


def later(days: int) -> time_machine.travel:
    return time_machine.travel(now() + timedelta(days=days), tick=True)


def test_once_it_has_come_to_nothing_nobody_sees_who_it_was(
    client: FlaskClient, address: str, session: Session, referral: Referral
) -> None:
    """Consent still stands, but this employer has no need of it any more."""
    consent(session, referral)
    assert PHONE in client.get(address).text
    client.post(f"{address}/turn_down", data={"why": "skills_short"})
    page = client.get(address)
    assert "已记录未录用" in page.text
    assert NAME not in page.text
    assert PHONE not in page.text
