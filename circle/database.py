"""The engine, a session per request, and the clock. The edge commits; nobody else does."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from flask import Flask, Response, current_app, g, has_request_context, request
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.orm import Session, sessionmaker

from config import Settings

if TYPE_CHECKING:
    # On PostgreSQL a web worker does without it.
    from sqlite3 import Connection as SQLiteConnection

BUSY_SECONDS = 10
# At most; a connection takes it as its temporary tables grow, which are an import's or a sweep's.
TEMPORARY_ROOM = "128MB"
READING = frozenset({"GET", "HEAD", "OPTIONS"})
# A deferred SQLite transaction that reads and then writes fails at once while another writes,
# busy_timeout or not; whoever is going to write says so first.
IMMEDIATE = {"circle_immediate": True}


def make_engine(settings: Settings) -> Engine:
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(settings.database_url, url.database)
    # Room for temporary tables is taken as it is needed; once a connection has had one, no more
    # can be asked for.
    options = "-c timezone=utc -c temp_buffers=128MB"
    if settings.search_path:
        options += f" -c search_path={settings.search_path}"
    return create_engine(
        url, pool_pre_ping=True, hide_parameters=True, connect_args={"options": options}
    )


def begin_immediately(session: Session) -> None:
    """Take the write lock now; nothing on PostgreSQL, which needs none."""
    session.connection(execution_options=IMMEDIATE)


@contextmanager
def session_scope(engine: Engine, *, immediate: bool = True) -> Iterator[Session]:
    """One transaction for a command or a job: committed at the end, rolled back on an error."""
    with Session(engine) as session, session.begin():
        if immediate:
            begin_immediately(session)
        yield session


def register(app: Flask, settings: Settings, engine: Engine | None = None) -> None:
    """Give every request a session, committed when the answer is no refusal."""
    app.extensions["settings"] = settings
    app.extensions["sessions"] = sessionmaker(engine or make_engine(settings))
    app.after_request(_commit)
    app.teardown_appcontext(_close)


def current_settings() -> Settings:
    return cast("Settings", current_app.extensions["settings"])


def sessions() -> sessionmaker[Session]:
    """Makes sessions apart from the request's, for what must be kept whatever the answer is."""
    return cast("sessionmaker[Session]", current_app.extensions["sessions"])


def current_session() -> Session:
    if "session" not in g:
        g.session = sessions()()
        if has_request_context() and request.method not in READING:
            begin_immediately(g.session)
    return cast("Session", g.session)


def release() -> None:
    """End the request's transaction before long work that writes nothing more.

    On SQLite nobody else could write until it is over. What was loaded stays readable.
    """
    session = current_session()
    session.flush()
    session.expunge_all()
    session.commit()


def keep_despite_refusal() -> None:
    """Commit what this request wrote although it is refused, as a failed sign-in must count."""
    g.keep_despite_refusal = True


def now() -> datetime:
    return datetime.now(UTC)


def today(settings: Settings | None = None) -> date:
    """The day in the office's time zone; inside a request no settings need be named."""
    zone = (settings or current_settings()).timezone
    return datetime.now(ZoneInfo(zone)).date()


def _commit(response: Response) -> Response:
    fine = response.status_code < 400  # noqa: PLR2004 - where HTTP's errors begin
    if "session" in g and (fine or "keep_despite_refusal" in g):
        g.session.commit()
    return response


def _close(_error: BaseException | None) -> None:
    session = g.pop("session", None)
    if session is not None:
        session.close()


def _sqlite_engine(url: str, path: str | None) -> Engine:
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        # Names lie in it unsealed; the log beside it gets the same mode from SQLite.
        Path(path).touch(mode=0o600, exist_ok=True)
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: "SQLiteConnection", _record: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
    # The driver must not begin transactions by itself: savepoints would leak and BEGIN IMMEDIATE
    # could not be said.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    # What was acknowledged outlives a power cut: by then a phone has emptied its outbox, and a
    # dropped file is gone.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("circle_immediate")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
