"""A town's office as its data clerk knows it: commands, files, exit codes, and nothing else."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from sqlalchemy import create_engine, inspect, text

from circle.cli import circle
from circle.office import Office
from models.vocabulary.documents import check_character
from tests.circle.imports.files import csv_of

DISTRICT, OTHER_DISTRICT = "330110", "330113"
STREET, OTHER_STREET = "330110012", "330110001"
GEXIANG, ZHUMIAO, BAOTA = "330110012004", "330110012005", "330110001002"
DIVISIONS = f"""code,name
33,浙江省
3301,杭州市
{DISTRICT},余杭区
{OTHER_DISTRICT},临平区
{STREET},仓前街道
{OTHER_STREET},余杭街道
{GEXIANG},葛巷社区
{ZHUMIAO},朱庙社区
{BAOTA},宝塔社区
330113001,临平街道
330113001001,东湖社区
"""
PASSWORD = "Circle-2026"
ACCOUNTS = (
    ("clerk", "clerk", DISTRICT),
    ("streetclerk", "clerk", STREET),
    ("ququan", "district", DISTRICT),
    ("jiedao", "street", STREET),
    ("gexiang", "worker", GEXIANG),
    ("zhumiao", "worker", ZHUMIAO),
)
PARTS = ("added", "changed", "unchanged", "unmatched", "ignored", "rejected")
IMPORT_KEYS = {
    "batch", "source", "month", "scope", "rows", *PARTS, "ended", "reasons", "warnings", "seconds",
}  # fmt: skip

Cells = Sequence[object]
Person = tuple[str, str]


def number(serial: int, born: str = "19850615", area: str = "330110") -> str:
    """A valid citizen number; an odd serial is a man's."""
    first_17 = f"{area}{born}{serial:03}"
    return first_17 + check_character(first_17)


def people(count: int, start: int = 101, born: str = "19850615") -> list[Person]:
    """Men and women by turn."""
    return [(f"居民{name_of(nth)}", number(start + nth, born)) for nth in range(count)]


def name_of(nth: int) -> str:
    return "".join("甲乙丙丁戊己庚辛壬癸"[int(digit)] for digit in str(nth))


@dataclass
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever the command prints
        return json.loads(self.out)


@dataclass
class Town:
    """One installation in a folder of its own."""

    folder: Path
    env: dict[str, str]
    files: int = field(default=0)
    # Kept from one command to the next: SQLAlchemy would compile every statement anew.
    office: Office = field(default_factory=Office)

    def leave(self) -> None:
        """The next command opens the office anew, as a process of its own does."""
        if "bare_engine" in self.office.__dict__:
            self.office.bare_engine.dispose()
        self.office = Office()

    def circle(self, *words: object, input: str | None = None) -> Answer:  # noqa: A002 - as click says
        result = CliRunner(env=self.env).invoke(
            circle, [str(word) for word in words], obj=self.office, input=input
        )
        if words[0] in {"keys", "db"}:
            self.leave()
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)

    def does(self, *words: object, input: str | None = None) -> str:  # noqa: A002 - as click says
        answer = self.circle(*words, input=input)
        assert answer.code == 0, answer
        return answer.out

    def asks(self, *words: object) -> Any:  # noqa: ANN401 - whatever the command prints
        return json.loads(self.does(*words))

    def file(self, content: bytes | Iterable[Cells], name: str | None = None) -> Path:
        """The rows as a GB18030 CSV, or the bytes as they are."""
        self.files += 1
        path = self.folder / (name or f"{self.files}.csv")
        path.write_bytes(content if isinstance(content, bytes) else csv_of(content))
        return path

    def tries(
        self,
        source: str,
        content: bytes | Iterable[Cells] | Path,
        *options: str,
        by: str = "clerk",
        name: str | None = None,
    ) -> Answer:
        path = content if isinstance(content, Path) else self.file(content, name)
        return self.circle("import", source, path, "--as", by, "--json", *options)

    def sends(
        self,
        source: str,
        content: bytes | Iterable[Cells] | Path,
        *options: str,
        by: str = "clerk",
        name: str | None = None,
    ) -> dict[str, Any]:
        """Import and check what must hold of every answer."""
        answer = self.tries(source, content, *options, by=by, name=name)
        assert answer.code == 0, answer
        told: dict[str, Any] = answer.json
        assert set(told) == IMPORT_KEYS
        assert told["source"] == source
        assert told["rows"] == sum(told[part] for part in PARTS), told
        assert sum(told["reasons"].values()) >= told["rejected"]
        assert bool(told["reasons"]) == bool(told["rejected"])
        return told

    def refused(
        self,
        source: str,
        content: bytes | Iterable[Cells] | Path,
        *options: str,
        by: str = "clerk",
        name: str | None = None,
    ) -> str:
        """Nothing is written and the reason is on stderr."""
        before = self.dump()
        answer = self.tries(source, content, *options, by=by, name=name)
        assert answer.code == 1, answer
        assert answer.out == ""
        assert "Traceback" not in answer.err
        assert self.dump() == before
        return answer.err

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every table of facts, whole."""
        engine = create_engine(self.env["CIRCLE_DATABASE_URL"])
        with engine.connect() as connection:
            names = sorted(set(inspect(connection).get_table_names()) - BOOKS)
            found = {name: _rows(connection, name) for name in names}
        engine.dispose()
        return {name: rows for name, rows in found.items() if rows}

    def all(self, query: str) -> list[tuple[Any, ...]]:
        engine = create_engine(self.env["CIRCLE_DATABASE_URL"])
        with engine.connect() as connection:
            found = [tuple(row) for row in connection.execute(text(query))]
        engine.dispose()
        return found

    def count(self, table: str) -> int:
        return len(self.dump().get(table, []))

    def tasks(self, *options: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.asks("tasks", "--format", "json", *options)
        return found

    def cycles(self, *options: str) -> list[tuple[str, str, str]]:
        """Kind, cycle and due date of each task."""
        return sorted(
            (task["kind"], task["cycle"], task["due_on"]) for task in self.tasks(*options)
        )


# What tells of the work itself: batches, their rejected rows, the trail, layouts remembered,
# and employers' names, which are nobody's fact; what no file touches: days and parameters.
BOOKS = {
    "alembic_version",
    "calendar_day",
    "policy_value", "import_batch", "import_issue", "import_layout", "audit_entry",
    "audit_seal", "job_run", "sweep_run", "paying_employer",
}  # fmt: skip


def _rows(connection: Any, table: str) -> list[tuple[Any, ...]]:  # noqa: ANN401 - a connection
    rows = connection.execute(text(f'SELECT * FROM "{table}"'))  # noqa: S608 - a table's own name
    return sorted((tuple(map(_plain, row)) for row in rows), key=repr)


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value
