"""What is laid in the outbox, what is sent of it, what is stopped."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from circle.cases.consents import give_consent, withdraw_consent
from circle.messages import operations as outbox
from circle.messages.operations import queue
from circle.refusals import MessageSettled
from models.messages import Message
from models.residents import Resident
from models.sealed import PHONE_DOMAIN, current_keyring
from models.vocabulary.lifecycle import IllegalMove
from models.vocabulary.messages import (
    MessageChannel,
    MessageFailure,
    MessageKind,
    MessageState,
)
from models.vocabulary.referrals import ReferralStage
from models.vocabulary.residents import ConsentPurpose
from tests.factories import (
    NOON,
    CaseFactory,
    ReferralFactory,
    ResidentFactory,
    load_places,
    use,
)

TODAY = date(2026, 11, 21)
SMS = [MessageChannel.SMS]
PHONE = "13812345678"


@pytest.fixture
def resident(session: Session) -> Resident:
    use(session)
    load_places(session)
    return reader(session)


def reader(session: Session) -> Resident:
    """Somebody with a telephone who has agreed to messages."""
    index = current_keyring().index_of(PHONE_DOMAIN, PHONE)
    person: Resident = ResidentFactory(phone_sealed=PHONE, phone_index=index)
    give_consent(session, person.id, ConsentPurpose.MESSAGES, wording="test", now=NOON)
    return person


def lay(session: Session, resident: Resident, cycle: str = "2026-W47") -> Message:
    message = queue(session, resident, MessageKind.DIGEST, cycle, {}, on=TODAY, now=NOON)
    assert message is not None
    return message


def test_a_message_lies_there_once(session: Session, resident: Resident) -> None:
    message = lay(session, resident)
    assert (message.state, message.channel) == (MessageState.QUEUED, MessageChannel.SMS)
    assert lay(session, resident).id == message.id
    lay(session, resident, "2026-W48")
    assert session.scalar(select(func.count()).select_from(Message)) == 2


def test_nobody_is_written_to_without_having_agreed(session: Session, resident: Resident) -> None:
    stranger = ResidentFactory(
        phone_sealed=PHONE, phone_index=current_keyring().index_of(PHONE_DOMAIN, PHONE)
    )
    assert queue(session, stranger, MessageKind.DIGEST, "w", {}, on=TODAY, now=NOON) is None
    silent = ResidentFactory()
    give_consent(session, silent.id, ConsentPurpose.MESSAGES, wording="test", now=NOON)
    assert queue(session, silent, MessageKind.DIGEST, "w", {}, on=TODAY, now=NOON) is None


def test_whoever_gives_an_address_is_written_to_there(session: Session, resident: Resident) -> None:
    message, channels = lay(session, resident), []
    for address in ("zhou@example.cn", None):
        outbox.set_email(session, resident, address)
        session.refresh(message)
        channels.append(message.channel)
    assert channels == [MessageChannel.EMAIL, MessageChannel.SMS]


def test_a_message_is_claimed_once_and_in_its_turn(session: Session, resident: Resident) -> None:
    first, second = lay(session, resident, "a"), lay(session, resident, "b")
    for expected in (first, second):
        claimed = outbox.claim(session, SMS, now=NOON)
        assert claimed is not None
        assert (claimed.id, claimed.state) == (expected.id, MessageState.SENDING)
        assert (claimed.claimed_at, claimed.tries) == (NOON, 1)
    assert outbox.claim(session, SMS, now=NOON) is None


def test_what_has_no_way_out_waits(session: Session, resident: Resident) -> None:
    lay(session, resident)
    assert outbox.claim(session, [MessageChannel.EMAIL], now=NOON) is None
    assert outbox.claim(session, [], now=NOON) is None


def test_three_tries_with_growing_pauses(session: Session, resident: Resident) -> None:
    message, moment = lay(session, resident), NOON
    for pause in (5, 20):
        assert outbox.claim(session, SMS, now=moment) is message
        outbox.note_failed(session, message, MessageFailure.NO_ANSWER, is_final=False, now=moment)
        assert message.state is MessageState.QUEUED
        assert message.try_after == moment + timedelta(minutes=pause)
        assert outbox.claim(session, SMS, now=moment) is None
        moment = message.try_after
    assert outbox.claim(session, SMS, now=moment) is message
    outbox.note_failed(session, message, MessageFailure.NO_ANSWER, is_final=False, now=moment)
    assert (message.state, message.failure) == (MessageState.FAILED, MessageFailure.NO_ANSWER)


def test_a_refusal_for_good_is_not_tried_again(session: Session, resident: Resident) -> None:
    message = lay(session, resident)
    outbox.claim(session, SMS, now=NOON)
    outbox.note_failed(session, message, MessageFailure.REFUSED, is_final=True, now=NOON)
    assert message.state is MessageState.FAILED


@pytest.mark.parametrize(("minutes", "is_given_up"), [(10, False), (11, True)])
def test_what_a_killed_process_was_sending_is_for_a_person_to_decide(
    session: Session, resident: Resident, minutes: int, is_given_up: bool
) -> None:
    message = lay(session, resident)
    outbox.claim(session, SMS, now=NOON)
    later = NOON + timedelta(minutes=minutes)
    assert outbox.give_up_stranded(session, now=later) == int(is_given_up)
    session.refresh(message)
    assert (message.state is MessageState.FAILED) == is_given_up
    assert outbox.claim(session, SMS, now=later) is None
    if is_given_up:
        assert message.failure is MessageFailure.INTERRUPTED
        outbox.retry(session, message, now=later)
        assert outbox.claim(session, SMS, now=later) is message


@pytest.mark.parametrize(("days", "dropped"), [(7, 0), (8, 1)])
def test_old_news_is_not_sent(
    session: Session, resident: Resident, days: int, dropped: int
) -> None:
    message = lay(session, resident)
    later = NOON + timedelta(days=days)
    assert outbox.drop_outdated(session, days=7, now=later) == dropped
    session.refresh(message)
    assert message.state is (MessageState.DROPPED if dropped else MessageState.QUEUED)


@pytest.mark.parametrize(
    ("stage", "left"),
    [
        (ReferralStage.OFFERED, {"offer"}),
        (ReferralStage.INTERVIEW, {"second"}),
        (ReferralStage.OBSOLETE, set()),
    ],
)
def test_news_of_a_referral_that_has_moved_on_is_not_sent(
    session: Session, resident: Resident, stage: ReferralStage, left: set[str]
) -> None:
    """An interview put off: only the later time is told; a job found elsewhere: neither is."""
    case = CaseFactory(resident=resident)
    at = NOON if stage is ReferralStage.INTERVIEW else None
    aside = "offered" if stage is ReferralStage.OBSOLETE else None
    referral = ReferralFactory(case=case, stage=stage, interview_at=at, obsolete_from=aside)
    laid = {
        "offer": (MessageKind.REFERRAL, referral.uuid),
        "first": (MessageKind.INTERVIEW, f"{referral.uuid}:202611230930"),
        "second": (MessageKind.INTERVIEW, f"{referral.uuid}:202611240930"),
    }
    messages = {
        name: queue(session, resident, kind, cycle, {}, on=TODAY, now=NOON)
        for name, (kind, cycle) in laid.items()
    }
    digest = lay(session, resident)
    assert outbox.drop_overtaken(session) == 3 - len(left)
    session.expire_all()
    assert digest.state is MessageState.QUEUED
    waiting = {
        name for name, message in messages.items() if message and message.state.value == "queued"
    }
    assert waiting == left


def test_what_a_person_sends_again_is_new_from_then_on(
    session: Session, resident: Resident
) -> None:
    message = lay(session, resident)
    outbox.claim(session, SMS, now=NOON)
    outbox.note_failed(session, message, MessageFailure.REFUSED, is_final=True, now=NOON)
    later = NOON + timedelta(days=20)
    outbox.retry(session, message, now=later)
    assert outbox.drop_outdated(session, days=7, now=later) == 0


def test_withdrawing_the_consent_stops_what_waits_and_nothing_else(
    session: Session, resident: Resident
) -> None:
    other = reader(session)
    waiting, sent, theirs = lay(session, resident, "a"), lay(session, resident, "b"), None
    theirs = lay(session, other, "a")
    sent.move("claim")
    sent.claimed_at = NOON
    outbox.note_sent(session, sent, now=NOON)
    withdraw_consent(session, resident.id, ConsentPurpose.MESSAGES, now=NOON)
    assert outbox.drop_unwanted(session, resident.id) == 1
    states = []
    for message in (waiting, sent, theirs):
        session.refresh(message)
        states.append(message.state)
    assert states == [MessageState.DROPPED, MessageState.SENT, MessageState.QUEUED]
    assert waiting.failure is MessageFailure.NO_CONSENT


def test_what_has_gone_out_is_neither_stopped_nor_sent_again(
    session: Session, resident: Resident
) -> None:
    message = lay(session, resident)
    outbox.claim(session, SMS, now=NOON)
    outbox.note_sent(session, message, now=NOON)
    with pytest.raises(MessageSettled):
        outbox.drop(session, message)
    with pytest.raises(MessageSettled):
        outbox.retry(session, message, now=NOON)
    with pytest.raises(IllegalMove):
        message.move("claim")
