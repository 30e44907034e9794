"""Each way out of the outbox: what it takes, what it refuses, what nobody knows."""

import json
import socket
from base64 import b64decode
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from circle.messages.channels import channels_of
from circle.messages.senders import Console, Mail, Program, Undelivered, senders_of
from config import ConfigurationError, Settings
from models.vocabulary.messages import MessageChannel, MessageFailure
from tests.circle.messages.letterbox import Letterbox, letterbox

TO, TEXT = "zhou@example.cn", "【葛巷社区就业服务】您好"
PHONE = "13812345678"


def mail(box: Letterbox) -> Mail:
    return Mail("127.0.0.1", box.port, "none", "office@example.cn")


def fault(send: Mail | Program, to: str = TO) -> tuple[MessageFailure, bool]:
    with pytest.raises(Undelivered) as met:
        send.send(to, "就业服务", TEXT)
    return met.value.failure, met.value.is_final


def program(folder: Path, body: str) -> Program:
    script = folder / "sms"
    script.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    script.chmod(0o700)
    return Program(str(script))


def test_a_letter_reaches_the_server_whole() -> None:
    with letterbox() as box:
        mail(box).send(TO, "就业服务：面试通知", TEXT)
    (letter,) = box.taken
    head, _, body = letter.partition("\n\n")
    assert f"To: {TO}" in head
    assert b64decode(body).decode().strip() == TEXT


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("550 no such box", (MessageFailure.REFUSED, True)),
        ("451 later please", (MessageFailure.NO_ANSWER, False)),
    ],
)
def test_a_refusal_for_good_is_told_from_one_for_now(
    answer: str, expected: tuple[MessageFailure, bool]
) -> None:
    with letterbox(to_recipient=answer) as box:
        assert fault(mail(box)) == expected
    with letterbox(to_letter=answer) as box:
        assert fault(mail(box)) == expected


def test_cut_off_after_the_letter_nobody_knows_and_nobody_sends_twice() -> None:
    with letterbox(to_letter="") as box:
        assert fault(mail(box)) == (MessageFailure.INTERRUPTED, True)


def test_a_server_that_is_not_there_is_asked_again_later() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    nobody = Mail("127.0.0.1", port, "none", "office@example.cn")
    assert fault(nobody) == (MessageFailure.NO_ANSWER, False)


def test_a_server_without_tls_is_not_trusted_with_a_password() -> None:
    with letterbox() as box:
        careful = Mail("127.0.0.1", box.port, "starttls", "office@example.cn", "u", "p")
        assert fault(careful) == (MessageFailure.NO_ANSWER, False)
    assert box.taken == []


def test_the_program_is_told_on_its_input_never_in_its_name(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    program(tmp_path, f'cat > "{kept}"; echo "$*" >> "{kept}.arguments"').send(PHONE, "", TEXT)
    assert json.loads(kept.read_text(encoding="utf-8")) == {"to": PHONE, "text": TEXT}
    assert Path(f"{kept}.arguments").read_text(encoding="utf-8").strip() == ""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("exit 75", (MessageFailure.NO_ANSWER, False)),
        ("exit 1", (MessageFailure.REFUSED, True)),
    ],
)
def test_the_program_says_by_its_exit_what_became_of_it(
    tmp_path: Path, body: str, expected: tuple[MessageFailure, bool]
) -> None:
    assert fault(program(tmp_path, f"cat > /dev/null; {body}")) == expected


def test_a_program_that_hangs_may_have_sent_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("circle.messages.senders.SECONDS", 0.2)
    assert fault(program(tmp_path, "exec sleep 5")) == (MessageFailure.INTERRUPTED, True)


def test_a_program_that_has_gone_is_tried_again(tmp_path: Path) -> None:
    assert fault(Program(str(tmp_path / "none"))) == (MessageFailure.NO_ANSWER, False)


def test_the_console_says_nothing_of_anybody() -> None:
    with capture_logs() as lines:
        Console().send(PHONE, "就业服务", TEXT)
    assert lines == [{"event": "message on the console", "letters": len(TEXT), "log_level": "info"}]


def test_only_what_is_set_up_is_a_way_out(tmp_path: Path) -> None:
    assert channels_of(Settings()) == []
    script = program(tmp_path, "exit 0").path
    settings = Settings.from_environ(
        {
            "CIRCLE_SMS": script,
            "CIRCLE_SMTP_HOST": "mail.example.cn",
            "CIRCLE_SMTP_FROM": "office@example.cn",
            "CIRCLE_SMTP_PASSWORD": "secret",
        }
    )
    senders = senders_of(settings)
    assert senders[MessageChannel.SMS] == Program(script)
    server = senders[MessageChannel.EMAIL]
    assert isinstance(server, Mail)
    assert (server.port, server.security) == (587, "starttls")
    assert "secret" not in repr(server) + repr(settings)


def test_the_console_stands_in_for_both() -> None:
    settings = Settings.from_environ({"CIRCLE_SMS": "console", "CIRCLE_SMTP_HOST": "console"})
    assert all(isinstance(sender, Console) for sender in senders_of(settings).values())


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"CIRCLE_SMS": "/nowhere/sms"}, "CIRCLE_SMS"),
        ({"CIRCLE_SMTP_HOST": "mail.example.cn"}, "CIRCLE_SMTP_FROM"),
        ({"CIRCLE_SMTP_SECURITY": "ssl"}, "CIRCLE_SMTP_SECURITY"),
        ({"CIRCLE_SMTP_PORT": "0"}, "CIRCLE_SMTP_PORT"),
    ],
)
def test_half_a_way_out_is_refused(environ: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        Settings.from_environ(environ)
