"""The job: what is due, what it sends, what is left when its process dies."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from circle.cases.consents import give_consent
from circle.database import make_engine
from circle.jobs import JOBS, run_due
from circle.messages import sending
from circle.messages.operations import claim, queue
from circle.messages.senders import Program
from circle.office import Office
from config import Settings
from models.cases import Consent
from models.jobs import JobRun
from models.messages import Message
from models.residents import Resident
from models.sealed import PHONE_DOMAIN, Keyring, current_keyring
from models.vocabulary.jobs import JobName
from models.vocabulary.messages import (
    MessageChannel,
    MessageFailure,
    MessageKind,
    MessageState,
)
from models.vocabulary.residents import ConsentPurpose
from tests.circle.messages.letterbox import letterbox
from tests.conftest import migrated_database
from tests.factories import NOON, ResidentFactory, load_places, use

TODAY = date(2026, 11, 21)
PHONE = "13812345678"
JOB = next(job for job in JOBS if job.name is JobName.MESSAGES)


class Post(Office):
    """An office whose clock and ways out the test sets."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = NOON

    @property
    def now(self) -> datetime:
        return self.clock

    def write(self, *, email: str | None = None) -> int:
        """Lay a message in the outbox for somebody new; its number."""
        with self.session() as session:
            use(session)
            index = current_keyring().index_of(PHONE_DOMAIN, PHONE)
            person = ResidentFactory(phone_sealed=PHONE, phone_index=index, email_sealed=email)
            give_consent(session, person.id, ConsentPurpose.MESSAGES, wording="t", now=NOON)
            values = {"title": "物业电工", "employer": "仓前中心小学"}
            kind = MessageKind.REFERRAL
            message = queue(session, person, kind, "r", values, on=TODAY, now=self.now)
            assert message is not None
            return message.id

    def message(self, number: int) -> Message:
        with self.session(immediate=False) as session:
            message = session.get_one(Message, number)
            session.expunge(message)
            return message


@pytest.fixture(scope="module")
def installation(
    backend: str, tmp_path_factory: pytest.TempPathFactory, keyring: Keyring
) -> Iterator[Post]:
    with migrated_database(backend, tmp_path_factory.mktemp("messages"), keyring) as settings:
        office = Post(settings)
        engine = make_engine(settings)
        office.__dict__.update(bare_engine=engine, engine=engine)
        with office.session() as session:
            load_places(session)
        yield office
        engine.dispose()


@pytest.fixture
def office(installation: Post, tmp_path: Path) -> Post:
    """With a program that takes every short message and keeps it."""
    script = tmp_path / "sms"
    script.write_text(f'#!/bin/sh\ncat >> "{tmp_path}/kept"; echo >> "{tmp_path}/kept"\n')
    script.chmod(0o700)
    installation.clock = NOON
    installation.settings = replace(installation.settings, sms=str(script), smtp_host="")
    with installation.session() as session:
        for table in (Message, JobRun, Consent, Resident):
            session.execute(delete(table))
    return installation


def test_what_lies_there_is_sent_with_its_community_s_name(office: Post, tmp_path: Path) -> None:
    number = office.write()
    assert run_due(office, JOB) == 1
    message = office.message(number)
    assert (message.state, message.sent_at, message.tries) == (MessageState.SENT, NOON, 1)
    kept = (tmp_path / "kept").read_text(encoding="utf-8")
    assert PHONE in kept
    assert "葛巷社区就业服务】您好，社区为您推荐了岗位：物业电工" in kept
    with office.session(immediate=False) as session:
        counts = session.scalars(select(JobRun.counts)).one()
    assert counts == {"sent": 1, "unsent": 0, "dropped": 0}


def test_an_empty_outbox_leaves_no_trace(office: Post) -> None:
    assert sending.due(office) == []
    office.settings = replace(office.settings, sms="")
    office.write()
    assert sending.due(office) == []


def test_a_letter_goes_to_the_address_that_was_given(office: Post) -> None:
    number = office.write(email="zhou@example.cn")
    assert sending.due(office) == []
    with letterbox() as box:
        office.settings = replace(
            office.settings,
            smtp_host="127.0.0.1",
            smtp_port=box.port,
            smtp_security="none",
            smtp_from="office@example.cn",
        )
        assert run_due(office, JOB) == 1
    assert office.message(number).state is MessageState.SENT
    assert "To: zhou@example.cn" in box.taken[0]


def test_a_message_that_was_being_sent_when_the_process_died_is_not_sent_again(
    office: Post, tmp_path: Path
) -> None:
    number = office.write()
    with office.session() as session:
        assert claim(session, [MessageChannel.SMS], now=NOON) is not None
    assert sending.due(office) == []
    office.clock = NOON + timedelta(minutes=11)
    assert run_due(office, JOB) == 1
    message = office.message(number)
    assert (message.state, message.failure) == (MessageState.FAILED, MessageFailure.INTERRUPTED)
    assert not (tmp_path / "kept").exists()


def test_killed_between_sending_and_noting_nobody_is_told_twice(
    office: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = office.write()

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sending, "note_sent", killed)
    with pytest.raises(KeyboardInterrupt):
        sending.run(office, "x")
    monkeypatch.undo()
    assert office.message(number).state is MessageState.SENDING
    for minutes in (1, 11, 30):
        office.clock = NOON + timedelta(minutes=minutes)
        sending.run(office, "x")
    assert office.message(number).state is MessageState.FAILED
    assert (tmp_path / "kept").read_text(encoding="utf-8").count(PHONE) == 1


def test_a_way_out_that_does_not_answer_is_tried_three_times(
    office: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = office.write()
    nobody = {MessageChannel.SMS: Program(str(tmp_path / "none"))}
    monkeypatch.setattr(sending, "senders_of", lambda _: nobody)
    for minutes in (0, 5, 30):
        office.clock = NOON + timedelta(minutes=minutes)
        assert sending.run(office, "x")["unsent"] == 1
    message = office.message(number)
    assert (message.state, message.tries) == (MessageState.FAILED, 3)
    assert sending.due(office) == []


def test_without_a_number_any_more_it_fails_at_once(office: Post) -> None:
    number = office.write()
    with office.session() as session:
        person = session.get_one(Resident, office.message(number).resident_id)
        person.phone_sealed = person.phone_index = None
    sending.run(office, "x")
    assert office.message(number).failure is MessageFailure.NO_ADDRESS


def test_old_and_unwanted_ones_are_dropped_though_no_way_is_set_up(office: Post) -> None:
    old, unwanted = office.write(), office.write()
    office.settings = replace(office.settings, sms="")
    with office.session() as session:
        withdraw_all(session, office.message(unwanted).resident_id)
    office.clock = NOON + timedelta(days=8)
    assert sending.due(office) == ["2026-11-29T04:00"]
    assert sending.run(office, "x") == {"sent": 0, "unsent": 0, "dropped": 2}
    assert office.message(old).failure is MessageFailure.OUTDATED


def withdraw_all(session: Session, resident_id: int) -> None:
    for consent in session.scalars(select(Consent).filter_by(resident_id=resident_id)):
        consent.withdrawn_at = NOON
