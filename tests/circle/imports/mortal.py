"""Processes that are killed at a chosen statement, and what the next look leaves behind them.

Started once as a program of its own that loads everything and then forks: so a death costs a
fraction of a second. It reads one order a line and answers each with one line, both JSON.
"""

import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, event, select
from sqlalchemy.orm import Session

from circle import jobs, logs
from circle.database import make_engine
from circle.imports import applying, effects, filing, operations, undoing
from circle.imports.filing import Asked, Terms
from circle.imports.holding import hold
from circle.imports.returning import begin_undoing
from circle.imports.undoing import undo
from circle.jobs import JOBS, run_due
from circle.office import Office
from config import Settings
from models.base import Base
from models.imports import ImportBatch
from models.sealed import Keyring, install_keyring
from models.staff import Account
from models.vocabulary.facts import Source
from models.vocabulary.imports import BatchState
from models.vocabulary.jobs import JobName, SweepReason
from reminders.sweep import sweep

ROOT = Path(__file__).parents[3]
TODAY = date(2026, 11, 21)
STARTED = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
SLICE, PERSONS = 24, 6
LOOKS = 12
UNFINISHED = (BatchState.RECEIVED, BatchState.APPLYING)


@dataclass(frozen=True)
class Place:
    """One installation: its database, the folder of its uploads, and the keyring."""

    address: str
    folder: str
    keyring: str


@dataclass(frozen=True)
class Act:
    """What a process does. `how` is import, job, rehearsal, undo, undo_job or crash."""

    how: str
    source: str = ""
    file: str = ""
    batch: int = 0


@dataclass(frozen=True)
class Death:
    """When: at the `nth` statement, before or after it, or around the `nth` commit."""

    moment: str
    nth: int


class Village(Office):
    """An office whose clock a look sets forward, so that nothing waits for time to pass."""

    def __init__(self, place: Place) -> None:
        folder = Path(place.folder)
        settings = Settings(database_url=place.address, uploads_path=folder / "uploads")
        engine = make_engine(settings)
        self.__dict__.update(settings=settings, bare_engine=engine, engine=engine)
        self.later = timedelta()

    @property
    def today(self) -> date:
        return TODAY

    @property
    def now(self) -> datetime:
        return STARTED + self.later


class Mortals:
    """The program that forks, seen from the tests."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.circle.imports.mortal"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def does(self, order: str, place: Place, **words: object) -> Any:  # noqa: ANN401 - as ordered
        """Raises AssertionError with what went wrong there."""
        line = json.dumps({"order": order, "place": asdict(place), **words})
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert answer["fault"] is None, answer["fault"]
        return answer["told"]

    def leave(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.kill()
        self.process.wait()


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what is logged is no answer
    logs.configure(as_json=True)
    gc.freeze()
    for line in sys.stdin:
        order = json.loads(line)
        place = Place(**order["place"])
        answer = _in_a_child(ORDERS[order["order"]], place, order)
        answers.write(f"{json.dumps(answer)}\n")
        answers.flush()


Order = Callable[[Place, dict[str, Any]], Any]


def _in_a_child(order: Order, place: Place, words: dict[str, Any]) -> dict[str, Any]:
    """The child's answer; a child that was killed has told nothing."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        answer = _answer(order, place, words)
        with os.fdopen(writing, "w", encoding="utf-8") as file:
            json.dump(answer, file)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as file:
        told = file.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return {"told": "killed", "fault": None}
    return json.loads(told) if told else {"told": None, "fault": f"status {status}"}


def _answer(order: Order, place: Place, words: dict[str, Any]) -> dict[str, Any]:
    try:
        install_keyring(Keyring.load(Path(place.keyring)))
        applying.slice_rows = lambda _connection: SLICE  # type: ignore[assignment,attr-defined]
        applying.BREATH_SECONDS = 0
        # A death is named by the number of its statement: none may come because time has passed.
        effects.ASKED_EVERY = jobs.HEARTBEAT_SECONDS = 86_400.0
        undoing.SLICE_PERSONS.update(dict.fromkeys(undoing.SLICE_PERSONS, PERSONS))
        return {"told": order(place, words), "fault": None}
    except BaseException:  # noqa: BLE001 - told to the test
        return {"told": None, "fault": traceback.format_exc()}


def _act(place: Place, words: dict[str, Any]) -> dict[str, int]:
    """Do it, and die meanwhile if so ordered; else how many statements and commits it took."""
    village, act = Village(place), Act(**words["act"])
    death = Death(**words["death"]) if words.get("death") else None
    with _dying(village.engine, death) as counts:
        ACTS[act.how](village, act)
    return counts


@contextmanager
def _dying(engine: Engine, death: Death | None) -> Iterator[dict[str, int]]:
    counts = {"before": 0, "after": 0, "commit": 0, "committed": 0}

    def passed(moment: str) -> None:
        counts[moment] += 1
        if death and death.moment == moment and counts[moment] == death.nth:
            os.kill(os.getpid(), signal.SIGKILL)

    do_commit = engine.dialect.do_commit

    def commit(connection: Any) -> None:  # noqa: ANN401 - the driver's
        passed("commit")
        do_commit(connection)
        passed("committed")

    engine.dialect.do_commit = commit  # type: ignore[assignment]
    event.listen(engine, "before_cursor_execute", lambda *_: passed("before"))
    event.listen(engine, "after_cursor_execute", lambda *_: passed("after"))
    yield counts


def _import(village: Village, act: Act) -> None:
    operations.import_file(village.engine, _asked(act), _clerk(village), _terms(village))


def _file(village: Village, act: Act, *, rehearses: bool = False) -> None:
    with village.session() as session:
        clerk = session.merge(_clerk(village), load=False)
        filing.receive(session, _asked(act), clerk, _terms(village), rehearses=rehearses)


def _job(village: Village, act: Act) -> None:
    _file(village, act)
    run_due(village, IMPORTING)


def _rehearse(village: Village, act: Act) -> None:
    _file(village, act, rehearses=True)
    run_due(village, IMPORTING)


def _undo(village: Village, act: Act) -> None:
    uploads = village.settings.uploads_path
    undo(village.engine, act.batch, actor_id=None, uploads_path=uploads, now=village.now)


def _undo_by_job(village: Village, act: Act) -> None:
    with village.session() as session:
        begin_undoing(session, act.batch, None, village.now, claims=False)
    run_due(village, IMPORTING)


def _crash(village: Village, act: Act) -> None:
    """A file that crashes the job each time it is half written."""
    _crashing()
    _file(village, act)
    _look(village)


def _crashing() -> None:
    whole = hold

    def fail_later(*args: Any, **told: Any) -> None:  # noqa: ANN401 - as hold
        whole(*args, **told)
        if told.get("act") == "end_departed":
            message = "something nobody thought of"
            raise RuntimeError(message)

    applying.hold = fail_later  # type: ignore[attr-defined]


ACTS: dict[str, Callable[[Village, Act], None]] = {
    "import": _import,
    "job": _job,
    "rehearsal": _rehearse,
    "undo": _undo,
    "undo_job": _undo_by_job,
    "crash": _crash,
}
IMPORTING = next(job for job in JOBS if job.name is JobName.IMPORT)


def _asked(act: Act) -> Asked:
    path = Path(act.file)
    return Asked(Source(act.source), path.name, path.read_bytes(), "330110")


def _terms(village: Village) -> Terms:
    uploads = village.settings.uploads_path
    return Terms(TODAY, village.now, uploads, confirm_departures=True)


def _clerk(village: Village) -> Account:
    with Session(village.engine) as session:
        clerk = session.scalars(select(Account).where(Account.name == "clerk")).one()
        session.expunge(clerk)
    return clerk


def _next(place: Place, words: dict[str, Any]) -> dict[str, list[str]]:
    """What the next run makes of it: the job's look; and who was cut off before his file was
    filed at all sends it once more.
    """
    village, act = Village(place), Act(**words["act"])
    if act.how == "crash":
        _crashing()
    village.later += timedelta(minutes=2)
    _look(village)
    if act.file and not _is_filed(village, act):
        ACTS[act.how](village, act)
    if act.how.startswith("undo") and _state(village, act.batch) is BatchState.APPLIED:
        ACTS[act.how](village, act)
    if words.get("sweeps"):
        sweep(village.engine, on=TODAY, now=village.now, reason=SweepReason.NIGHTLY)
    with village.engine.connect() as connection:
        return picture(connection)


def _look(village: Village) -> None:
    """As the scheduler does, until nothing is left to do."""
    for _ in range(LOOKS):
        run_due(village, IMPORTING)
        with Session(village.engine) as session:
            batches = session.scalars(select(ImportBatch)).all()
            if not any(
                batch.state in UNFINISHED and not batch.progress.get("waits") for batch in batches
            ):
                return
        village.later += timedelta(minutes=2)
    message = "a batch is never finished"
    raise AssertionError(message)


def _is_filed(village: Village, act: Act) -> bool:
    name = Path(act.file).name
    with Session(village.engine) as session:
        found = select(ImportBatch.id).where(ImportBatch.file_name == name)
        return session.scalar(found) is not None


def _state(village: Village, batch_id: int) -> BatchState:
    with Session(village.engine) as session:
        return session.get_one(ImportBatch, batch_id).state


ORDERS: dict[str, Order] = {"act": _act, "next": _next}

# Books of the work itself, and names of employers, which are nobody's fact.
ASIDE = frozenset(
    {
        "audit_entry", "audit_seal", "job_run", "sweep_run", "import_layout", "paying_employer",
        "account", "coverage", "division", "policy_value", "calendar_day",
    }
)  # fmt: skip
NUMBERS_OF = {
    "resident": ("resident_id",),
    "household": ("household_id",),
    "case_file": ("case_id",),
    "import_batch": ("import_id", "brought_by", "ended_by", "import_before"),
    "paying_employer": ("employer_id",),
    "task": ("task_id",),
}
NAMED_BY = {
    "resident": ("id_index",),
    "household": ("number",),
    "case_file": ("resident_id", "opened_on"),
    "import_batch": ("sha256", "repeat"),
    "paying_employer": ("key",),
    "task": ("resident_id", "kind", "cycle"),
}
OF_THE_RUN = frozenset({"id", "sweep_id", "progress", "effects", "seconds", "turn", "layout"})


def picture(connection: Connection) -> dict[str, list[str]]:
    """Every row of every table, with names in place of surrogate numbers and without instants."""
    names: dict[str, dict[Any, str]] = {}
    for table, columns in NAMED_BY.items():
        names[table] = _names_of(connection, Base.metadata.tables[table], columns, names)
    return {
        name: sorted(_lines_of(connection, table, names))
        for name, table in Base.metadata.tables.items()
        if name not in ASIDE
    }


def _names_of(
    connection: Connection, table: Table, columns: tuple[str, ...], names: dict[str, Any]
) -> dict[Any, str]:
    rows = connection.execute(select(table.c.id, *(table.c[name] for name in columns)))
    return {
        row[0]: str(
            [_told(name, value, names) for name, value in zip(columns, row[1:], strict=True)]
        )
        for row in rows
    }


def _lines_of(connection: Connection, table: Table, names: dict[str, Any]) -> Iterator[str]:
    kept = [column for column in table.columns if column.name not in OF_THE_RUN]
    for row in connection.execute(select(*kept)):
        cells = zip(kept, row, strict=True)
        yield str([_told(column.name, value, names) for column, value in cells])


def _told(column: str, value: Any, names: dict[str, Any]) -> object:  # noqa: ANN401 - any cell
    if column.endswith(("_at", "claimed_until")) or isinstance(value, datetime):
        return value is not None
    for table, columns in NUMBERS_OF.items():
        if column in columns and value is not None:
            return names[table].get(value, value)
    return value


def copy_of(place: Place, folder: Path, address: str) -> Place:
    """The same uploads and keyring beside another database."""
    folder.mkdir()
    uploads = Path(place.folder) / "uploads"
    if uploads.is_dir():
        shutil.copytree(uploads, folder / "uploads")
    return Place(address, str(folder), place.keyring)


if __name__ == "__main__":
    main()
