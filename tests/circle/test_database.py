from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from circle.database import (
    begin_immediately,
    current_session,
    make_engine,
    now,
    session_scope,
    today,
)
from config import Settings
from models.audit import AuditEntry


@pytest.fixture
def file(tmp_path: Path) -> Settings:
    return Settings(database_url=f"sqlite:///{tmp_path / 'new' / 'circle.sqlite3'}")


def test_a_new_sqlite_file_is_ready_for_many_readers_and_one_writer(file: Settings) -> None:
    engine = make_engine(file)
    with engine.connect() as connection:
        pragmas = {
            name: connection.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        }
    assert pragmas == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "busy_timeout": 10_000,
        "synchronous": 2,
    }
    engine.dispose()


def test_who_is_going_to_write_takes_the_lock_at_once(file: Settings) -> None:
    engine = make_engine(file)
    with Session(engine) as writer, Session(engine) as second, Session(engine) as reader:
        begin_immediately(writer)
        reader.execute(select(1))
        second.execute(text("PRAGMA busy_timeout = 1"))
        second.rollback()
        with pytest.raises(OperationalError, match="locked"):
            begin_immediately(second)
    engine.dispose()


def test_a_scope_commits_at_its_end_and_not_after_an_error(file: Settings) -> None:
    engine = make_engine(file)
    with session_scope(engine) as session:
        session.execute(text("CREATE TABLE line (n)"))
    with pytest.raises(ZeroDivisionError):
        write_and_fail(engine)
    with session_scope(engine, immediate=False) as session:
        assert session.scalar(text("SELECT count(*) FROM line")) == 0
    engine.dispose()


def write_and_fail(engine: Engine) -> None:
    with session_scope(engine) as session:
        session.execute(text("INSERT INTO line VALUES (1)"))
        raise ZeroDivisionError


def test_sessions_work_in_utc(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        assert session.scalar(text("SHOW timezone")) == "UTC"


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 11, 20, 15, 59, 59, tzinfo=UTC), date(2026, 11, 20)),
        (datetime(2026, 11, 20, 16, 0, tzinfo=UTC), date(2026, 11, 21)),
        (datetime(2026, 11, 21, 0, 0, tzinfo=UTC), date(2026, 11, 21)),
    ],
)
def test_the_day_changes_at_midnight_in_the_office(instant: datetime, day: date) -> None:
    with time_machine.travel(instant, tick=False):
        assert today(Settings()) == day
        assert now() == instant


def test_a_request_that_is_refused_leaves_nothing_behind(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    for status, kept in ((200, 1), (422, 1), (302, 2)):
        monkeypatch.setitem(app.view_functions, "access.healthz", writing(status))
        assert app.test_client().get("/healthz").status_code == status
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == kept


def test_what_the_database_refuses_at_the_end_is_an_error_page(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.view_functions, "access.healthz", writing(200, act=None))
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", value=False)
    answer = app.test_client().get("/healthz")
    assert answer.status_code == 500
    assert "没有保存任何改动" in answer.text


def writing(status: int, act: str | None = "house:test:write") -> Callable[[], tuple[str, int]]:
    def view() -> tuple[str, int]:
        current_session().add(AuditEntry(at=now(), act=act, resident_ids=[], details={}))
        return "", status

    return view


def test_a_new_sqlite_file_is_for_its_owner_alone(file: Settings) -> None:
    """Names lie in it unsealed."""
    with make_engine(file).connect() as connection:
        connection.execute(text("SELECT 1"))
    path = Path(file.database_url.removeprefix("sqlite:///"))
    assert {kept.stat().st_mode & 0o077 for kept in path.parent.iterdir()} == {0}
