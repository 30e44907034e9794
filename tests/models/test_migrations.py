"""The migrations and the models say the same, up and down."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Engine, Table, inspect, text
from sqlalchemy.exc import IntegrityError

from circle import schema
from circle.database import make_engine
from config import Settings
from migrations.inclusion import ours
from models import Base


@pytest.fixture
def new_database(tmp_path: Path) -> Iterator[Engine]:
    engine = make_engine(Settings(database_url=f"sqlite:///{tmp_path / 'new.sqlite3'}"))
    yield engine
    engine.dispose()


def test_the_migrated_schema_equals_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": ours, "compare_type": True}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_every_check_is_in_the_database(engine: Engine) -> None:
    stored = inspect(engine)
    for table in Base.metadata.sorted_tables:
        known = {check["name"] for check in stored.get_check_constraints(table.name)}
        assert checks_of(table) - known == set(), table.name


def test_every_partial_index_keeps_its_condition(engine: Engine) -> None:
    stored = inspect(engine)
    option = f"{engine.dialect.name}_where"
    for table in Base.metadata.sorted_tables:
        known = {index["name"]: index for index in stored.get_indexes(table.name)}
        for index in table.indexes:
            condition = index.dialect_options[engine.dialect.name]["where"]
            if condition is not None:
                found = str(known[str(index.name)]["dialect_options"][option])
                assert words(str(condition)) <= words(found), index.name


def test_every_migration_goes_back(new_database: Engine) -> None:
    schema.upgrade(new_database)
    schema.downgrade(new_database, "base")
    assert set(inspect(new_database).get_table_names()) == {"alembic_version"}
    schema.upgrade(new_database)
    with new_database.connect() as connection:
        assert schema.is_current(connection)


def test_words_are_added_around_the_rows_that_stand(new_database: Engine) -> None:
    schema.upgrade(new_database, "0008")
    job = "INSERT INTO job_run (name, slot, state, attempt, claimed_by, lease_until, heartbeat_at,"
    job += " started_at, counts) VALUES (:name, 'once', 'running', 1, 'me', :at, :at, :at, '{}')"
    values = {"at": "2026-11-21 04:00:00"}
    with new_database.begin() as connection:
        connection.execute(text(job), {"name": "import", **values})
        with pytest.raises(IntegrityError):
            connection.execute(text(job), {"name": "matching", **values})
    schema.upgrade(new_database)
    with new_database.begin() as connection:
        connection.execute(text(job), {"name": "matching", **values})
        with pytest.raises(IntegrityError):
            connection.execute(text(job), {"name": "no such job", **values})
        assert connection.scalar(text("SELECT count(*) FROM job_run")) == 2
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"


def checks_of(table: Table) -> set[str]:
    return {
        str(constraint.name)
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint) and constraint.name
    }


def words(condition: str) -> set[str]:
    """Columns and values: PostgreSQL writes a condition back in a form of its own."""
    return set(re.findall(r"'\w+'|[a-z_]+", condition.lower())) - {"in"}
