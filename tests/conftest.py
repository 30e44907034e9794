"""One migrated database a worker process and backend; a savepoint a test."""

import fcntl
import gc
import os
import shutil
import tempfile
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
# The same in all processes of a run.
RUN = os.environ.setdefault("CIRCLE_TEST_RUN", uuid.uuid4().hex)
RUN_FOLDER = Path(tempfile.gettempdir()) / f"circle-tests-{RUN}"
TEMPLATE_NAME = f"circle_template_{RUN[:12]}"
# No test asserts a time, an example of Hypothesis neither.
hypothesis.settings.register_profile("circle", parent=hypothesis.settings.default, deadline=None)
hypothesis.settings.load_profile("circle")


def pytest_configure(config: pytest.Config) -> None:
    """No log line of the whole run may hold a personal number."""
    log_lines.listen(config)


def pytest_collection_finish() -> None:
    """What is imported and collected by now stays to the end: to look through all of it for
    garbage again and again took a quarter of the run.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


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
    """A migrated database and a keyring of its own; both go when the tests end."""
    with migrated_database(backend, tmp_path_factory.mktemp(backend), keyring) as settings:
        yield settings


@contextmanager
def new_database(
    backend: str, folder: Path, keyring: Keyring, template: str | None = None
) -> Iterator[Settings]:
    """An empty database, or a copy of the template, and the settings that lead to it."""
    keyring.save(folder / "keyring.json")
    if backend == "sqlite":
        file = folder / "circle.sqlite3"
        if template:
            shutil.copy(template, file)
        yield _settings(f"sqlite:///{file}", folder)
        return
    name = f"circle_test_{uuid.uuid4().hex[:12]}"
    administer(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
    url = make_url(POSTGRES_URL).set(database=name)
    yield _settings(url.render_as_string(hide_password=False), folder)
    administer(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def migrated_database(backend: str, folder: Path, keyring: Keyring) -> Iterator[Settings]:
    """As `new_database`, with every table: a copy of one that is migrated once in the whole run."""
    with one_at_a_time():
        template = TEMPLATES[backend]()
    with new_database(backend, folder, keyring, template) as settings:
        yield settings


def _sqlite_template() -> str:
    file = RUN_FOLDER / "template.sqlite3"
    if not file.exists():
        begun = file.with_suffix(".begun")
        engine = make_engine(_settings(f"sqlite:///{begun}", RUN_FOLDER))
        schema.upgrade(engine)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()
        begun.rename(file)
    return str(file)


def _postgres_template() -> str:
    made = RUN_FOLDER / "template.postgresql"
    if not made.exists():
        administer(f'CREATE DATABASE "{TEMPLATE_NAME}"')
        url = make_url(POSTGRES_URL).set(database=TEMPLATE_NAME)
        engine = make_engine(_settings(url.render_as_string(hide_password=False), RUN_FOLDER))
        schema.upgrade(engine)
        engine.dispose()
        made.touch()
    return TEMPLATE_NAME


TEMPLATES = {"sqlite": _sqlite_template, "postgresql": _postgres_template}


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Between the processes of a run."""
    RUN_FOLDER.mkdir(exist_ok=True)
    with (RUN_FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Whoever began the run, no worker of it, takes the templates away."""
    if hasattr(session.config, "workerinput"):
        return
    if (RUN_FOLDER / "template.postgresql").exists():
        administer(f'DROP DATABASE "{TEMPLATE_NAME}" WITH (FORCE)')
    shutil.rmtree(RUN_FOLDER, ignore_errors=True)


@pytest.fixture(scope="session")
def engine(settings: Settings) -> Iterator[Engine]:
    engine = make_engine(settings)
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
