"""A full disk and a lost connection: the batch fails with the reason, and nothing half stays."""

import errno
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, Engine, event, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from circle.imports import applying, filing, returning, undoing
from circle.imports.breakage import refusal_of
from circle.imports.filing import Asked, Terms
from circle.imports.holding import hold
from circle.jobs import JOBS, run_due
from circle.refusals import ConnectionLost, DiskFull, ImportCrashed, Refusal
from models.imports import ImportBatch
from models.jobs import JobRun
from models.staff import Account
from models.vocabulary.facts import Source
from models.vocabulary.imports import BatchState
from models.vocabulary.jobs import JobName, JobState, SweepReason
from reminders.sweep import SweepBlocked, sweep
from tests.circle.imports.conftest import (
    DISTRICT,
    OTHER_COMMUNITY,
    TODAY,
    Bureau,
    insured,
    number,
    register,
    unemployed,
)
from tests.circle.imports.mortal import picture

PEOPLE = [(f"居民{serial}", number(serial)) for serial in range(2, 42)]
MANY = [(f"新人{serial}", number(serial)) for serial in range(100, 500)]
IMPORTING = next(job for job in JOBS if job.name is JobName.IMPORT)
# What the work itself notes of a batch.
NOTED = ("import_batch", "import_issue")


@pytest.fixture(autouse=True)
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applying, "slice_rows", lambda _connection: 12)
    monkeypatch.setattr(applying, "BREATH_SECONDS", 0)


@pytest.fixture
def known(bureau: Bureau) -> Bureau:
    bureau.sends("household", register(*PEOPLE), "--division", DISTRICT)
    bureau.sends("insurance", insured(*PEOPLE[:30], month="202608"), "--division", DISTRICT)
    return bureau


def facts(bureau: Bureau) -> dict[str, list[str]]:
    with bureau.office.engine.connect() as connection:
        found = picture(connection)
    return {table: rows for table, rows in found.items() if table not in NOTED}


def received(bureau: Bureau, source: Source, rows: list[list[str]]) -> int:
    """A file handed in at the page."""
    content = "\n".join(",".join(row) for row in rows).encode()
    office = bureau.office
    with bureau.session as session, session.begin():
        clerk = session.scalars(select(Account).where(Account.name == "clerk")).one()
        terms = Terms(office.today, office.now, office.settings.uploads_path)
        asked = Asked(source, "名册.csv", content, DISTRICT)
        return filing.receive(session, asked, clerk, terms).id


def batch_of(bureau: Bureau, batch_id: int) -> ImportBatch:
    with bureau.session as session:
        batch = session.get_one(ImportBatch, batch_id)
        session.expunge(batch)
    return batch


@contextmanager
def no_more_pages(engine: Engine) -> Iterator[None]:
    """The database file may not grow: a real SQLITE_FULL."""

    def limit(connection: Any, *_: Any) -> None:  # noqa: ANN401 - the driver's
        connection.execute("PRAGMA max_page_count = 1")  # no less than there are

    event.listen(engine, "connect", limit)
    engine.dispose()
    yield
    event.remove(engine, "connect", limit)
    engine.dispose()


@contextmanager
def full_at(bureau: Bureau, row: int) -> Iterator[None]:
    """PostgreSQL says that the disk is full when the row of that number is written."""
    with bureau.office.engine.begin() as connection:
        connection.execute(text("CREATE SEQUENCE room"))
        connection.execute(
            text(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                f" IF nextval('room') = {row} THEN"
                " RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; END IF;"
                " RETURN NEW; END $$"
            )
        )
        connection.execute(
            text(
                "CREATE TRIGGER full_disk BEFORE INSERT ON contribution"
                " FOR EACH ROW EXECUTE FUNCTION full_disk()"
            )
        )
    yield
    with bureau.office.engine.begin() as connection:
        connection.execute(text("DROP FUNCTION full_disk CASCADE"))
        connection.execute(text("DROP SEQUENCE room"))


def test_a_full_sqlite_disk_fails_the_batch_and_leaves_nothing_of_it(
    known: Bureau, backend: str
) -> None:
    if backend != "sqlite":
        pytest.skip("the file of an embedded database")
    before = facts(known)
    batch_id = received(known, Source.HOUSEHOLD, register(*PEOPLE, *MANY))
    with no_more_pages(known.office.engine):
        run_due(known.office, IMPORTING)
    fails_and_is_tried_again(known, batch_id, before, DiskFull())
    assert known.count("resident") == len(PEOPLE) + len(MANY)


@pytest.mark.parametrize("row", [1, 20, 39])
def test_a_full_server_disk_fails_the_batch_and_leaves_nothing_of_it(
    known: Bureau, backend: str, row: int
) -> None:
    if backend != "postgresql":
        pytest.skip("a server's")
    before = facts(known)
    batch_id = received(known, Source.INSURANCE, insured(*PEOPLE, month="202609"))
    with full_at(known, row):
        run_due(known.office, IMPORTING)
    fails_and_is_tried_again(known, batch_id, before, DiskFull())
    assert known.count("contribution") == 70


@pytest.mark.parametrize("slices", [1, 3, 6])
def test_a_lost_connection_fails_the_batch_and_leaves_nothing_of_it(
    known: Bureau, backend: str, slices: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if backend != "postgresql":
        pytest.skip("there is no connection to lose")
    before = facts(known)
    batch_id = received(known, Source.HOUSEHOLD, register(*PEOPLE[2:], *MANY[:20]))
    with monkeypatch.context() as patch:
        patch.setattr(applying, "hold", losing_connection(known, slices))
        run_due(known.office, IMPORTING)
    fails_and_is_tried_again(known, batch_id, before, ConnectionLost())


def losing_connection(bureau: Bureau, slices: int) -> Callable[..., None]:
    """Somebody ends the backend that writes, in the middle of its slice of that number."""
    left = [slices]

    def lose(connection: Connection, *words: Any, **told: Any) -> None:  # noqa: ANN401 - as hold
        hold(connection, *words, **told)
        left[0] -= 1
        if not left[0]:
            backend = connection.scalar(text("SELECT pg_backend_pid()"))
            with bureau.office.engine.connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:it)"), {"it": backend})

    return lose


def fails_and_is_tried_again(
    bureau: Bureau, batch_id: int, before: dict[str, list[str]], refusal: Refusal
) -> None:
    batch = batch_of(bureau, batch_id)
    assert (batch.state, batch.failure) == (BatchState.FAILED, str(refusal.sentence()))
    assert facts(bureau) == before
    swept = sweep(bureau.office.engine, on=TODAY, now=bureau.office.now, reason=SweepReason.NIGHTLY)
    assert swept.finished_at is not None
    with bureau.session as session, session.begin():
        returning.retry(session, session.get_one(ImportBatch, batch_id))
    run_due(bureau.office, IMPORTING)
    assert batch_of(bureau, batch_id).state is BatchState.APPLIED
    assert list(bureau.office.settings.uploads_path.iterdir()) == []


def test_a_batch_that_crashes_again_and_again_is_taken_back_and_kept(
    known: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = facts(known)
    batch_id = received(known, Source.UNEMPLOYMENT, unemployed(*PEOPLE, lives_in=OTHER_COMMUNITY))
    office = known.office
    with monkeypatch.context() as patch:
        patch.setattr(applying, "hold", crashing_at(2))
        assert [run_due(office, IMPORTING) for _ in range(2)] == [1, 1]
        with pytest.raises(SweepBlocked):
            sweep(office.engine, on=TODAY, now=office.now, reason=SweepReason.NIGHTLY)
        assert [run_due(office, IMPORTING) for _ in range(2)] == [1, 0]
    fails_and_is_tried_again(known, batch_id, before, ImportCrashed())
    with known.session as session:
        states = session.scalars(select(JobRun.state).order_by(JobRun.id)).all()
    assert states == [*[JobState.FAILED] * 3, JobState.DONE]


def crashing_at(slices: int) -> Callable[..., None]:
    written: list[object] = []

    def crash(*words: Any, **told: Any) -> None:  # noqa: ANN401 - as hold
        hold(*words, **told)
        written.append(words)
        if len(written) % slices == 0:
            message = "something nobody thought of"
            raise RuntimeError(message)

    return crash


def test_what_cannot_even_be_taken_back_stays_half_written_and_is_gone_on_with(
    known: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command says so; rules wait; the scheduler finishes it once there is room again."""
    before = facts(known)
    file = known.file(register(*PEOPLE[2:], *MANY[:20]), encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(applying, "hold", no_room)
        patch.setattr(undoing, "hold", no_room)
        told = known.tries("household", file, "--confirm-departures")
    assert told.exit_code == 1
    assert "自动撤回" in told.stderr
    (line,) = known.all("SELECT id, state FROM import_batch ORDER BY id DESC LIMIT 1")
    assert line[1] == "applying"
    with pytest.raises(SweepBlocked):
        sweep(known.office.engine, on=TODAY, now=known.office.now, reason=SweepReason.NIGHTLY)
    assert run_due(known.office, IMPORTING) == 1
    fails_and_is_tried_again(known, line[0], before, DiskFull())


def no_room(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_an_undoing_that_was_sent_away_begins_again(
    known: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = facts(known)
    known.sends("insurance", insured(*PEOPLE, month="202609"), "--division", DISTRICT)
    with known.session as session:
        newest = session.scalars(select(ImportBatch.id).order_by(ImportBatch.id.desc())).first()
    remove, refusals = undoing.remove_traces, [psycopg.errors.DeadlockDetected()]

    def late(connection: Connection, batch_id: int, now: datetime) -> None:
        remove(connection, batch_id, now)
        if refusals:
            raise OperationalError("DELETE", {}, refusals.pop())

    monkeypatch.setattr(undoing, "remove_traces", late)
    office = known.office
    folder = office.settings.uploads_path
    undoing.undo(office.engine, newest or 0, actor_id=None, uploads_path=folder, now=office.now)
    assert refusals == []
    assert facts(known) == before


def test_who_was_taken_for_dead_writes_no_more(
    known: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = facts(known)
    batch_id = received(known, Source.UNEMPLOYMENT, unemployed(*PEOPLE))

    def seized(connection: Connection, *words: Any, **told: Any) -> None:  # noqa: ANN401 - as hold
        seize = update(ImportBatch).where(ImportBatch.id == batch_id)
        connection.execute(seize.values(claimed_by="another/1/1"))
        hold(connection, *words, **told)

    monkeypatch.setattr(applying, "hold", seized)
    run_due(known.office, IMPORTING)
    assert facts(known) == before


@pytest.mark.parametrize(
    ("error", "refusal"),
    [
        (OSError(errno.ENOSPC, "full"), DiskFull),
        (OSError(errno.EACCES, "denied"), type(None)),
        (ValueError(), type(None)),
        (OperationalError("", {}, psycopg.errors.AdminShutdown()), ConnectionLost),
        (OperationalError("", {}, psycopg.errors.DiskFull()), DiskFull),
        (OperationalError("", {}, psycopg.OperationalError("no answer")), ConnectionLost),
        (OperationalError("", {}, sqlite3.OperationalError("database is locked")), type(None)),
        (IntegrityError("", {}, psycopg.errors.UniqueViolation()), type(None)),
    ],
)
def test_what_an_error_means(error: Exception, refusal: type[Refusal] | type[None]) -> None:
    assert isinstance(refusal_of(error), refusal)
