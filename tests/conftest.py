"""One migrated database a worker process and backend; a savepoint a test."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import hypothesis
import psycopg
import pytest
from sqlalchemy import Engine, make_url
from sqlalchemy.orm import Session

from circle import schema
from circle.database import make_engine
from config import Settings
from models.sealed import Keyring, install_keyring
from tests import log_lines

POSTGRES_URL = os.environ.get(
    "CIRCLE_TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
)
SECRET_KEY = "tests-only-" + "0" * 32
# No test asserts a time, an example of Hypothesis neither.
hypothesis.settings.register_profile("circle", parent=hypothesis.settings.default, deadline=None)
hypothesis.settings.load_profile("circle")


def pytest_configure(config: pytest.Config) -> None:
    """No log line of the whole run may hold a personal number."""
    log_lines.listen(config)


@cache
def postgres_answers() -> bool:
    try:
        psycopg.connect(_plain(POSTGRES_URL), connect_timeout=20).close()
    except psycopg.OperationalError:
        return "CIRCLE_TEST_POSTGRES_URL" in os.environ
    return True


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whatever touches a database runs on both."""
    if "backend" in metafunc.fixturenames:
        backends = ["sqlite", "postgresql"] if postgres_answers() else ["sqlite"]
        metafunc.parametrize("backend", backends, scope="session")


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    keyring = Keyring.make()
    install_keyring(keyring)
    return keyring


@pytest.fixture(scope="session")
def settings(
    backend: str, tmp_path_factory: pytest.TempPathFactory, keyring: Keyring
) -> Iterator[Settings]:
    """A new database and a keyring of its own; both go when the tests end."""
    with new_database(backend, tmp_path_factory.mktemp(backend), keyring) as settings:
        yield settings


@contextmanager
def new_database(backend: str, folder: Path, keyring: Keyring) -> Iterator[Settings]:
    """An empty database, and the settings that lead to it."""
    keyring.save(folder / "keyring.json")
    if backend == "sqlite":
        yield _settings(f"sqlite:///{folder / 'circle.sqlite3'}", folder)
        return
    name = f"circle_test_{uuid.uuid4().hex[:12]}"
    administer(f'CREATE DATABASE "{name}"')
    url = make_url(POSTGRES_URL).set(database=name)
    yield _settings(url.render_as_string(hide_password=False), folder)
    administer(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def engine(settings: Settings) -> Iterator[Engine]:
    engine = make_engine(settings)
    schema.upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """What a test writes is rolled back, its own commits included."""
    with engine.connect() as connection:
        outer = connection.begin()
        with Session(bind=connection, join_transaction_mode="create_savepoint") as session:
            yield session
        outer.rollback()


def _settings(url: str, folder: Path) -> Settings:
    return Settings.from_environ(
        {
            "CIRCLE_DATABASE_URL": url,
            "CIRCLE_SECRET_KEY": SECRET_KEY,
            "CIRCLE_KEYRING": str(folder / "keyring.json"),
            "CIRCLE_COOKIE_SECURE": "false",
        }
    )


def administer(statement: str) -> None:
    with psycopg.connect(_plain(POSTGRES_URL), autocommit=True) as connection:
        connection.execute(statement.encode())


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
