"""The schema: brought to its newest revision, with the keyring and first values it needs."""

import os
import secrets
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, select
from sqlalchemy.orm import Session

from models.policy import seed_parameters
from models.residents import Resident
from models.sealed import Keyring, KeyringMissing, install_keyring
from models.staff import Account
from reminders.calendar import seed_calendar

SECRET_BYTES = 48


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Create or upgrade every table; parameters and working days get their first values."""
    with engine.begin() as connection:
        command.upgrade(_config(connection), revision)
    with Session(engine) as session, session.begin():
        seed_parameters(session)
        seed_calendar(session)


def downgrade(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        command.downgrade(_config(connection), revision)


def is_current(connection: Connection) -> bool:
    """No migration is waiting."""
    heads = ScriptDirectory.from_config(_config(connection)).get_heads()
    return set(MigrationContext.configure(connection).get_current_heads()) == set(heads)


def ensure_keyring(engine: Engine, path: Path) -> None:
    """Install the keyring, making one for a new database; raises KeyringMissing.

    A database with sealed rows and no keyring that opens them must not start: a new keyring
    would let new rows in and lose the old ones.
    """
    if not path.exists():
        if _has_sealed_rows(engine):
            message = f"the database holds sealed rows and there is no keyring at {path}"
            raise KeyringMissing(message)
        Keyring.make().save(path)
    install_keyring(Keyring.load(path))


def ensure_secret(path: Path) -> None:
    """Make the key of sessions and forms where there is none, for its owner alone."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(SECRET_BYTES))
        file.flush()
        os.fsync(file.fileno())  # an empty one after a power cut would keep Circle from starting


def _has_sealed_rows(engine: Engine) -> bool:
    with engine.connect() as connection:
        if not inspect(connection).has_table(Resident.__tablename__):
            return False
        people = connection.scalar(select(Resident.id).limit(1))
        second_factors = select(Account.id).where(Account.totp_enrolled_at.is_not(None)).limit(1)
        return people is not None or connection.scalar(second_factors) is not None


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("migrations")))
    config.attributes["connection"] = connection
    return config
