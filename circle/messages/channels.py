"""Which ways out of the outbox an office has set up; the pages ask, the job opens them."""

from typing import Protocol

from models.vocabulary.messages import MessageChannel


class Settings(Protocol):
    """What an installation says about its ways out."""

    @property
    def sms(self) -> str: ...
    @property
    def smtp_host(self) -> str: ...
    @property
    def smtp_port(self) -> int: ...
    @property
    def smtp_security(self) -> str: ...
    @property
    def smtp_from(self) -> str: ...
    @property
    def smtp_user(self) -> str: ...
    @property
    def smtp_password(self) -> str: ...


def channels_of(settings: Settings) -> list[MessageChannel]:
    """Messages for any other way wait in the outbox, and the page says so."""
    set_up = {
        MessageChannel.SMS: settings.sms,
        MessageChannel.EMAIL: settings.smtp_host,
    }
    return [channel for channel, named in set_up.items() if named]
