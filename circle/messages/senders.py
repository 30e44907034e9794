"""Ways out of the outbox, all behind `send`: the console, an office's mail server, its program.

Every telephone company and cloud has its own way of taking short messages, so an office names a
program of its own: it gets one JSON object on its standard input, {"to", "text"}, and says by its
exit what became of it: 0 taken, 75 try later, anything else refused.
"""

import json
import smtplib
import ssl
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Protocol

import structlog

from circle.messages.channels import Settings, channels_of
from models.vocabulary.messages import MessageChannel, MessageFailure

log = structlog.get_logger(__name__)
SECONDS = 20
TRY_LATER = 75  # EX_TEMPFAIL of sysexits.h
CONSOLE = "console"
PERMANENT = 500  # SMTP: from here on a server's no is for good


@dataclass
class Undelivered(Exception):  # noqa: N818 - named for what happened
    """Not sent, or nobody knows; `is_final` where another try would only do the same again."""

    failure: MessageFailure
    is_final: bool


class Sender(Protocol):
    def send(self, to: str, subject: str, text: str) -> None:
        """Hand one message over; raises Undelivered. Neither address nor text is ever logged."""


class Console:
    """For trying out: says that something would have been sent, and not to whom."""

    def send(self, to: str, subject: str, text: str) -> None:
        del to, subject
        log.info("message on the console", letters=len(text))


@dataclass(frozen=True)
class Program:
    """The office's own program for short messages."""

    path: str

    def send(self, to: str, subject: str, text: str) -> None:
        del subject
        said = json.dumps({"to": to, "text": text}, ensure_ascii=False).encode()
        try:
            done = subprocess.run(  # noqa: S603 - the installation names it, no person does
                [self.path], input=said, capture_output=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise Undelivered(MessageFailure.INTERRUPTED, is_final=True) from None
        except OSError:
            raise Undelivered(MessageFailure.NO_ANSWER, is_final=False) from None
        if done.returncode == TRY_LATER:
            raise Undelivered(MessageFailure.NO_ANSWER, is_final=False)
        if done.returncode:
            raise Undelivered(MessageFailure.REFUSED, is_final=True)


@dataclass(frozen=True)
class Mail:
    """The office's mail server; `security` is tls, starttls or none."""

    host: str
    port: int
    security: str
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)

    def send(self, to: str, subject: str, text: str) -> None:
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = self.sender, to, subject
        # Eight-bit text is not every server's; base64 is.
        letter.set_content(text, cte="base64")
        try:
            server = self._connected()
        except (smtplib.SMTPException, OSError):
            # Nothing has been said yet, so whatever went wrong may be tried again.
            raise Undelivered(MessageFailure.NO_ANSWER, is_final=False) from None
        with server:
            _hand_over(server, letter)

    def _connected(self) -> smtplib.SMTP:
        """Signed in, and closed again where that fails."""
        server = self._reached()
        try:
            if self.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if self.user:
                server.login(self.user, self.password)
        except (smtplib.SMTPException, OSError):
            server.close()
            raise
        return server

    def _reached(self) -> smtplib.SMTP:
        if self.security != "tls":
            return smtplib.SMTP(self.host, self.port, timeout=SECONDS)
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(self.host, self.port, timeout=SECONDS, context=context)


def _hand_over(server: smtplib.SMTP, letter: EmailMessage) -> None:
    try:
        server.send_message(letter)
    except smtplib.SMTPRecipientsRefused as refusal:
        codes = [code for code, _ in refusal.recipients.values()]
        raise _refused(min(codes)) from None
    except smtplib.SMTPResponseException as refusal:
        raise _refused(refusal.smtp_code) from None
    except (smtplib.SMTPException, OSError):
        # Cut off in the middle: the server may have taken it, and twice is worse than never.
        raise Undelivered(MessageFailure.INTERRUPTED, is_final=True) from None


def _refused(code: int) -> Undelivered:
    is_final = code >= PERMANENT
    failure = MessageFailure.REFUSED if is_final else MessageFailure.NO_ANSWER
    return Undelivered(failure, is_final)


def senders_of(settings: Settings) -> dict[MessageChannel, Sender]:
    """The ways that are set up; messages for another wait in the outbox."""
    return {channel: MAKERS[channel](settings) for channel in channels_of(settings)}


def _sms(settings: Settings) -> Sender:
    return Console() if settings.sms == CONSOLE else Program(settings.sms)


def _mail(settings: Settings) -> Sender:
    if settings.smtp_host == CONSOLE:
        return Console()
    return Mail(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        sender=settings.smtp_from,
        user=settings.smtp_user,
        password=settings.smtp_password,
    )


MAKERS: dict[MessageChannel, Callable[[Settings], Sender]] = {
    MessageChannel.SMS: _sms,
    MessageChannel.EMAIL: _mail,
}
