"""A database of its own for sweeps, which commit by themselves; emptied after each test."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, delete, text
from sqlalchemy.orm import Session

from circle.database import make_engine
from models import Base
from models.calendar import CalendarDay
from models.sealed import Keyring
from tests.conftest import migrated_database
from tests.factories import load_places, use


@pytest.fixture(scope="session")
def own_engine(
    backend: str, tmp_path_factory: pytest.TempPathFactory, keyring: Keyring
) -> Iterator[Engine]:
    with migrated_database(backend, tmp_path_factory.mktemp(f"{backend}_own"), keyring) as settings:
        engine = make_engine(settings)
        yield engine
        engine.dispose()


@pytest.fixture
def ground(own_engine: Engine) -> Iterator[Engine]:
    """Divisions and the calendar, nobody living there yet."""
    with Session(own_engine) as session, session.begin():
        load_places(session)
    yield own_engine
    empty(own_engine)


@pytest.fixture
def office(ground: Engine) -> Iterator[Session]:
    """A session on that database; what a test commits the sweep can see."""
    with Session(ground, expire_on_commit=False) as session:
        use(session)
        yield session


def empty(engine: Engine) -> None:
    """Take everything out but the calendar."""
    tables = [
        table
        for table in reversed(Base.metadata.sorted_tables)
        if table is not CalendarDay.__table__
    ]
    with engine.begin() as connection:
        postpone_references(connection)
        for table in tables:
            connection.execute(delete(table))


def postpone_references(connection: Connection) -> None:
    """Rows may point to what is not there before the end of the transaction."""
    postgres = connection.dialect.name == "postgresql"
    connection.execute(
        text(
            "SET LOCAL session_replication_role = replica"
            if postgres
            else "PRAGMA defer_foreign_keys = ON"
        )
    )
