"""The outbox on its page: who sees it, what may be stopped or sent again."""

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audit import AuditEntry
from models.messages import Message
from models.residents import Resident
from models.sealed import PHONE_DOMAIN, current_keyring
from models.vocabulary.messages import (
    MessageChannel,
    MessageFailure,
    MessageKind,
    MessageState,
)
from models.vocabulary.staff import Role
from tests.circle.conftest import COMMUNITY, OTHER_STREET_COMMUNITY, STREET, MakeAccount, SignIn
from tests.factories import NOON, ResidentFactory, use

PHONE = "13812345678"


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def resident(session: Session, app: Flask, divisions: None) -> Resident:
    use(session)
    index = current_keyring().index_of(PHONE_DOMAIN, PHONE)
    person: Resident = ResidentFactory(
        name="周建国", phone_sealed=PHONE, phone_index=index, lives_in=COMMUNITY
    )
    session.commit()
    return person


@pytest.fixture
def street(make_account: MakeAccount, sign_in: SignIn, resident: Resident) -> FlaskClient:
    return sign_in(make_account(Role.STREET, division=STREET))


@pytest.fixture
def worker(make_account: MakeAccount, sign_in: SignIn, resident: Resident) -> FlaskClient:
    return sign_in(make_account(Role.WORKER, covers=(COMMUNITY,)))


def laid(session: Session, resident: Resident, state: str = "queued", number: int = 1) -> Message:
    message = Message(
        resident_id=resident.id,
        kind=MessageKind.DIGEST,
        channel=MessageChannel.SMS,
        cycle=f"{state}:{number}",
        values={},
        state=MessageState(state),
        failure=MessageFailure.REFUSED if state == "failed" else None,
        sent_at=NOON if state == "sent" else None,
    )
    session.add(message)
    session.commit()
    return message


def state_of(session: Session, message: Message) -> MessageState:
    session.refresh(message)
    return message.state


def address_of(session: Session, resident: Resident) -> str | None:
    session.refresh(resident)
    return resident.email_sealed


def test_the_list_hides_names_and_numbers_and_tells_what_is_missing(
    session: Session, resident: Resident, worker: FlaskClient
) -> None:
    laid(session, resident, "failed")
    page = worker.get("/messages").text
    assert "周*" in page
    assert "周建国" not in page
    assert PHONE not in page
    assert "对方服务器拒收" in page
    assert "未接入短信" in page
    assert "再发一次" not in page
    entry = session.scalars(select(AuditEntry).filter_by(act="message:list:read")).one()
    assert entry.resident_ids == [resident.id]


def test_nothing_yet_says_what_will_lie_here(worker: FlaskClient) -> None:
    assert "没有消息" in worker.get("/messages").text


def test_a_filter_and_the_next_page(
    session: Session, resident: Resident, street: FlaskClient
) -> None:
    for number in range(51):
        laid(session, resident, "sent", number)
    first = laid(session, resident)
    page = street.get("/messages").text
    assert page.count("message-line") == 50
    assert street.get(f"/messages?after={first.id - 49}").text.count("message-line") == 2
    assert street.get("/messages?state=queued").text.count("message-line") == 1
    assert street.get("/messages?kind=interview").text.count("message-line") == 0
    assert street.get("/messages?state=x&after=y").status_code == 200


def test_the_street_sends_again_and_stops(
    session: Session, resident: Resident, street: FlaskClient, worker: FlaskClient
) -> None:
    message = laid(session, resident, "failed")
    assert worker.post(f"/messages/{message.id}/retry").status_code == 403
    assert street.post(f"/messages/{message.id}/retry").status_code == 302
    assert state_of(session, message) is MessageState.QUEUED
    assert street.post(f"/messages/{message.id}/retry").status_code == 409
    assert street.post(f"/messages/{message.id}/drop").status_code == 302
    assert state_of(session, message) is MessageState.DROPPED


def test_another_street_s_message_does_not_exist(
    session: Session, resident: Resident, make_account: MakeAccount, sign_in: SignIn
) -> None:
    message = laid(session, resident)
    stranger = sign_in(make_account(Role.STREET, division=OTHER_STREET_COMMUNITY[:9]))
    assert "周*" not in stranger.get("/messages").text
    assert stranger.post(f"/messages/{message.id}/drop").status_code == 404
    assert stranger.get(f"/residents/{resident.id}/messages").status_code == 404
    stranger.post("/messages/drop")
    assert state_of(session, message) is MessageState.QUEUED


def test_all_of_a_list_are_stopped_and_what_has_gone_out_stays(
    session: Session, resident: Resident, street: FlaskClient
) -> None:
    queued, failed, sent = (
        laid(session, resident, state) for state in ("queued", "failed", "sent")
    )
    street.post("/messages/drop", data={"state": "failed"})
    assert state_of(session, failed) is MessageState.DROPPED
    assert state_of(session, queued) is MessageState.QUEUED
    street.post("/messages/drop")
    assert state_of(session, queued) is MessageState.DROPPED
    assert state_of(session, sent) is MessageState.SENT


def test_an_address_is_written_down_masked_and_taken_out_again(
    session: Session, resident: Resident, worker: FlaskClient
) -> None:
    address = f"/residents/{resident.id}/email"
    worker.post(address, data={"email": " zhou@example.cn "})
    assert address_of(session, resident) == "zhou@example.cn"
    page = worker.get(f"/residents/{resident.id}/messages").text
    assert "z****@example.cn" in page
    assert "没有同意接收消息" in page
    worker.post(address, data={"email": ""})
    assert address_of(session, resident) is None
    assert "138****5678" in worker.get(f"/residents/{resident.id}/messages").text


@pytest.mark.parametrize("wrong", ["zhou", "zhou@", "zhou@example", "a@b.cn, c@d.cn", "周@例.中国"])
def test_half_an_address_is_refused(
    session: Session, resident: Resident, worker: FlaskClient, wrong: str
) -> None:
    answer = worker.post(f"/residents/{resident.id}/email", data={"email": wrong})
    assert answer.status_code == 422
    assert "请填写完整的邮箱地址" in answer.text
    session.refresh(resident)
    assert resident.email_sealed is None


def test_the_outbox_is_for_those_who_serve(make_account: MakeAccount, sign_in: SignIn) -> None:
    assert sign_in(make_account(Role.CLERK)).get("/messages").status_code == 403
