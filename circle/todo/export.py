"""Tasks as `circle tasks` prints them: one mapping a task, numbers masked unless revealed."""

import csv
import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import Any

from sqlalchemy import ColumnElement, Select, false, select, true
from sqlalchemy.orm import Session

from circle.access.permissions import Permission
from circle.access.scope import check, visible_to
from circle.formulas import harmless
from circle.privacy.masking import mask_number
from models.places import within
from models.residents import Resident
from models.staff import Account
from models.tasks import Task
from models.vocabulary.tasks import TaskKind, TaskState

FETCHED_AT_ONCE = 1000


@dataclass(frozen=True)
class Asked:
    """Which tasks; None is any. `actor` narrows to what that account may see."""

    state: TaskState | None = TaskState.OPEN
    kind: TaskKind | None = None
    worker: str | None = None
    division: str | None = None
    actor: Account | None = None
    reveals: bool = False


@dataclass(frozen=True)
class Row:
    """A printed task, and whether its resident's number stands there unmasked."""

    task: dict[str, Any]
    resident_id: int
    is_revealed: bool


def rows_of(session: Session, asked: Asked, *, on: date) -> Iterator[Row]:
    """By due day, then priority; raises NotAllowed for an account without a list of its own.

    A number is revealed where the account may reveal that resident's; the others stay masked.
    """
    if asked.actor is not None:
        check(asked.actor, Permission.READ_TODO)
    if asked.actor is not None and asked.reveals:
        check(asked.actor, Permission.REVEAL_RESIDENT)
    found = session.execute(_tasks(asked), execution_options={"yield_per": FETCHED_AT_ONCE})
    return (_row(found_row, on) for found_row in found)


def _tasks(asked: Asked) -> Select[*tuple[Any, ...]]:
    may_reveal: ColumnElement[bool] = false()
    if asked.actor is not None and asked.reveals:
        may_reveal = visible_to(asked.actor, Permission.REVEAL_RESIDENT, Resident)
    return (
        select(
            Task,
            Account.name.label("worker"),
            Resident.name,
            Resident.lives_in,
            Resident.id_sealed,
            may_reveal.label("is_revealed"),
        )
        .join(Resident, Resident.id == Task.resident_id)
        .outerjoin(Account, Account.id == Task.assignee_id)
        .where(*_conditions(asked))
        .order_by(Task.due_on, Task.priority, Task.id)
    )


def _conditions(asked: Asked) -> list[ColumnElement[bool]]:
    return [
        Task.state == asked.state if asked.state else true(),
        Task.kind == asked.kind if asked.kind else true(),
        Account.name == asked.worker if asked.worker else true(),
        within(Resident.lives_in, asked.division) if asked.division else true(),
        visible_to(asked.actor, Permission.READ_TODO, Task) if asked.actor else true(),
    ]


def _row(found: Any, on: date) -> Row:  # noqa: ANN401 - a row of _tasks
    task: Task = found.Task
    number = found.id_sealed if found.is_revealed else mask_number(found.id_sealed)
    printed = {
        "id": task.id,
        "kind": task.kind.value,
        "state": task.state.value,
        "cycle": task.cycle,
        "due_on": task.due_on.isoformat(),
        "overdue": task.state is TaskState.OPEN and task.due_on < on,
        "worker": found.worker,
        "division": found.lives_in,
        "resident": {"id": task.resident_id, "name": found.name, "id_number": number},
        "evidence": task.evidence,
    }
    return Row(printed, task.resident_id, bool(found.is_revealed))


def as_json(tasks: Iterable[dict[str, Any]]) -> str:
    return json.dumps(list(tasks), ensure_ascii=False)


def as_csv(tasks: Iterable[dict[str, Any]]) -> str:
    """Cells that a spreadsheet would take for a formula are led by an apostrophe."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([harmless(cell) for cell in _cells(task)] for task in tasks)
    return text.getvalue().rstrip("\n")


def as_table(tasks: Iterable[dict[str, Any]]) -> str:
    """Columns in line, a Chinese character counting as two; without the evidence."""
    rows = [[*COLUMNS][:-1], *(_cells(task)[:-1] for task in tasks)]
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_in_line(row, widths) for row in rows)


FORMATS: dict[str, Callable[[Iterable[dict[str, Any]]], str]] = {
    "table": as_table,
    "csv": as_csv,
    "json": as_json,
}
COLUMNS = (
    "id",
    "kind",
    "state",
    "due_on",
    "overdue",
    "worker",
    "division",
    "resident",
    "name",
    "id_number",
    "cycle",
    "evidence",
)


def _cells(task: dict[str, Any]) -> list[str]:
    flat = {**task, **task["resident"], "id": task["id"], "resident": task["resident"]["id"]}
    flat["overdue"] = "yes" if task["overdue"] else ""
    flat["evidence"] = json.dumps(task["evidence"], ensure_ascii=False)
    return ["" if flat[name] is None else str(flat[name]) for name in COLUMNS]


def _width(cell: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in cell)


def _in_line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
    return "  ".join(cells).rstrip()
