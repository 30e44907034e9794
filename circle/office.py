"""What a command or a job works with: the settings, the engine and the keyring, taken up once."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import cached_property
from typing import Any

import click
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from circle import database, logs, schema
from circle.privacy import keys
from circle.refusals import AccountUnknown, Refusal
from config import ConfigurationError, Settings
from models.sealed import KeyringMissing
from models.staff import Account


class Office:
    """One installation, as its environment describes it."""

    @cached_property
    def settings(self) -> Settings:
        settings = Settings.from_environ(os.environ)
        logs.configure(as_json=settings.log_json)
        return settings

    @cached_property
    def bare_engine(self) -> Engine:
        """Without a keyring: for the schema's own commands."""
        return database.make_engine(self.settings)

    @cached_property
    def engine(self) -> Engine:
        """Raises ConfigurationError where the keyring is missing or does not fit."""
        with self.bare_engine.connect() as connection:
            if not schema.is_current(connection):
                message = "数据库还没有建好或不是最新版本：请先运行 circle db upgrade"
                raise ConfigurationError(message)
        keys.install(self.settings.keyring_path, sessionmaker(self.bare_engine))
        return self.bare_engine

    @contextmanager
    def session(self, *, immediate: bool = True) -> Iterator[Session]:
        """One transaction, committed at the end."""
        with database.session_scope(self.engine, immediate=immediate) as session:
            yield session

    @property
    def now(self) -> datetime:
        return database.now()

    @property
    def today(self) -> date:
        return database.today(self.settings)


pass_office = click.make_pass_decorator(Office, ensure=True)


def account_named(session: Session, name: str) -> Account:
    """Who a command acts as; raises AccountUnknown."""
    account = session.scalars(select(Account).where(Account.name == name)).one_or_none()
    if account is None or not account.is_active:
        raise AccountUnknown(name)
    return account


class Command(click.Command):
    """A command whose refusals are one sentence on stderr and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - whatever the command returns
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            raise click.ClickException(str(refusal.sentence())) from refusal
        except (ConfigurationError, KeyringMissing) as error:
            raise click.ClickException(str(error)) from error
        except OperationalError as error:
            # The statement and its values stay out: they may hold personal data.
            message = f"数据库没有应答或无法写入：{type(error.orig).__name__}"
            raise click.ClickException(message) from error


class Group(click.Group):
    """A group of such commands."""

    command_class = Command
    group_class = type
