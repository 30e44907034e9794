"""Installations made with the commands an office uses, one migrated copy for each test."""

import os
import shutil
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import make_url

from models import sealed
from tests.acceptance.town import ACCOUNTS, DIVISIONS, PASSWORD, Town
from tests.conftest import POSTGRES_URL, SECRET_KEY, administer

# Saturday morning in Hangzhou, the day before it is night in Greenwich.
NOW = "2026-11-21T02:00:00+00:00"
Making = Callable[[Path], Iterator[Town]]


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture(autouse=True)
def _own_keyring() -> Iterator[None]:
    """Commands install the keyring of their own town; the other tests get theirs back."""
    before = list(sealed._installed)  # noqa: SLF001 - the one place it lies
    yield
    sealed._installed[:] = before  # noqa: SLF001 - as above


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a migrated database, divisions and accounts, made by the commands."""
    folder = tmp_path_factory.mktemp("furnished")
    before = list(sealed._installed)  # noqa: SLF001 - as above
    _furnish(Town(folder, environment(folder, f"sqlite:///{folder / 'circle.sqlite3'}")))
    sealed._installed[:] = before  # noqa: SLF001 - as above
    with sqlite3.connect(folder / "circle.sqlite3") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return folder


@pytest.fixture
def town(furnished: Path, tmp_path: Path) -> Iterator[Town]:
    for name in ("circle.sqlite3", "keyring.json", "secret_key"):
        shutil.copy(furnished / name, tmp_path / name)
    town = Town(tmp_path, environment(tmp_path, f"sqlite:///{tmp_path / 'circle.sqlite3'}"))
    yield town
    town.leave()


@pytest.fixture(scope="session")
def furnished_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("furnished-postgres")
    name = f"circle_accept_{uuid.uuid4().hex[:12]}"
    administer(f'CREATE DATABASE "{name}"')
    before = list(sealed._installed)  # noqa: SLF001 - as above
    _furnish(Town(folder, environment(folder, _address(name))))
    sealed._installed[:] = before  # noqa: SLF001 - as above
    yield name, folder
    administer(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def any_town(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    """The same town on either database."""
    if backend == "sqlite":
        yield request.getfixturevalue("town")
        return
    template, folder = request.getfixturevalue("furnished_postgres")
    name = f"circle_accept_{uuid.uuid4().hex[:12]}"
    administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    for kept in ("keyring.json", "secret_key"):
        shutil.copy(folder / kept, tmp_path / kept)
    town = Town(tmp_path, environment(tmp_path, _address(name)))
    yield town
    town.leave()
    administer(f'DROP DATABASE "{name}" WITH (FORCE)')


def environment(folder: Path, database: str) -> dict[str, str]:
    return {
        "CIRCLE_DATABASE_URL": database,
        "CIRCLE_KEYRING": str(folder / "keyring.json"),
        "CIRCLE_SECRET_KEY": SECRET_KEY,
        "CIRCLE_LOG_JSON": "true",
        "PATH": os.environ["PATH"],
    }


def _furnish(town: Town) -> None:
    town.does("db", "upgrade")
    town.does("divisions", "load", town.file(DIVISIONS.encode(), "divisions.csv"))
    for name, role, division in ACCOUNTS:
        words = ("--role", role, "--division", division, "--password-stdin")
        town.does("accounts", "add", name, *words, input=PASSWORD + "\n")
    (town.folder / "secret_key").touch()
    town.leave()


def _address(name: str) -> str:
    return make_url(POSTGRES_URL).set(database=name).render_as_string(hide_password=False)
