"""Databases made for a measurement and gone after it, each with a keyring of its own."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
from sqlalchemy import make_url

from bench.process import run

POSTGRES_URL = os.environ.get(
    "CIRCLE_TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
)


@dataclass(frozen=True)
class Installation:
    """A folder with keyring and files, and the address of its database."""

    backend: str
    folder: Path
    database_url: str

    @property
    def environ(self) -> dict[str, str]:
        return {
            "CIRCLE_DATABASE_URL": self.database_url,
            "CIRCLE_KEYRING": str(self.folder / "keyring.json"),
            "CIRCLE_COOKIE_SECURE": "false",
        }


@contextmanager
def installation(backend: str, parent: Path) -> Iterator[Installation]:
    """Migrated and empty."""
    with _database(backend, parent) as place:
        run("bench.installations:create", place.environ)
        yield place


@contextmanager
def copy_of(original: Installation, parent: Path) -> Iterator[Installation]:
    """The same rows and the same keyring; nobody may be connected to the original."""
    template = make_url(original.database_url).database or ""
    with _database(original.backend, parent, template) as place:
        if original.backend == "sqlite":
            shutil.copyfile(template, make_url(place.database_url).database or "")
        for name in ("keyring.json", "secret_key"):
            shutil.copyfile(original.folder / name, place.folder / name)
        yield place


def create() -> None:
    """The step that brings a new database to its newest revision."""
    from circle import schema  # noqa: PLC0415 - the parent process stays light
    from circle.office import Office  # noqa: PLC0415

    office = Office()
    schema.upgrade(office.bare_engine)
    schema.ensure_keyring(office.bare_engine, office.settings.keyring_path)
    schema.ensure_secret(office.settings.keyring_path.with_name("secret_key"))


def postgres_answers() -> bool:
    try:
        psycopg.connect(_plain(POSTGRES_URL), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def _database(backend: str, parent: Path, template: str = "") -> Iterator[Installation]:
    name = f"circle_bench_{uuid4().hex[:10]}"
    folder = parent / name
    folder.mkdir()
    if backend == "sqlite":
        yield Installation(backend, folder, f"sqlite:///{folder / 'circle.sqlite3'}")
        shutil.rmtree(folder)
        return
    _administer(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
    url = make_url(POSTGRES_URL).set(database=name).render_as_string(hide_password=False)
    try:
        yield Installation(backend, folder, url)
    finally:
        _administer(f'DROP DATABASE "{name}" WITH (FORCE)')
        shutil.rmtree(folder)


def _administer(statement: str) -> None:
    with psycopg.connect(_plain(POSTGRES_URL), autocommit=True) as connection:
        connection.execute(statement.encode())


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
