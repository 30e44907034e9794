"""What a sweep works on: its circumstances, and the temporary tables of its findings and changes.

Temporary tables need no write lock: people go on working while a million findings are compared.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    CursorResult,
    Date,
    Executable,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    text,
)
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateIndex, CreateTable, DropTable

from models.base import BigKey, Document
from models.policy import Policy
from models.tasks import CYCLE_LENGTH
from reminders.assignment import Loads
from reminders.narrowing import Narrowing

_temporary = MetaData()
FINDING = Table(
    "sweep_finding",
    _temporary,
    Column("resident_id", BigKey),
    Column("case_id", BigKey),
    Column("cycle", String(CYCLE_LENGTH)),
    Column("due_on", Date),
    Column("provisional", Boolean),
    Column("priority", SmallInteger),
    Column("evidence", Document),
    prefixes=["TEMPORARY"],
)
# Without it each open task would be looked for in all findings, one by one.
FINDING_KEY = Index("ix_sweep_finding", FINDING.c.resident_id, FINDING.c.cycle)
CHANGE = Table(
    "sweep_change",
    _temporary,
    Column("seq", Integer, primary_key=True),
    Column("verb", String(10)),
    Column("task_id", BigKey),
    Column("resident_id", BigKey),
    Column("case_id", BigKey),
    Column("cycle", String(CYCLE_LENGTH)),
    Column("due_on", Date),
    Column("provisional", Boolean),
    Column("priority", SmallInteger),
    Column("evidence", Document),
    Column("place", String(15)),
    Column("place_turn", Integer),
    Column("assignee_id", BigKey),
    Column("left_by", BigKey),  # the assignee who may not keep it
    prefixes=["TEMPORARY"],
)
TURN = Table(
    "sweep_turn",
    _temporary,
    Column("place", String(15), primary_key=True),
    Column("place_turn", Integer, primary_key=True),
    Column("assignee_id", BigInteger),
    prefixes=["TEMPORARY"],
)

RAISE, REOPEN, REFRESH, MOVE, WITHDRAW = "raise", "reopen", "refresh", "move", "withdraw"
# In the order they are written in.
VERBS = (WITHDRAW, RAISE, REOPEN, REFRESH, MOVE)
COUNTED = {RAISE: "raised", REOPEN: "reopened", REFRESH: "refreshed", WITHDRAW: "withdrawn"}


@dataclass
class Sweep:
    """One run's circumstances, handed from step to step."""

    session: Session
    on: date
    now: datetime
    policy: Policy
    only: Narrowing
    commits: bool
    is_large: bool = False  # inside the caller's transaction, and yet of many people
    loads: Loads = field(default_factory=dict)
    run_id: int = 0
    # Since when a file counted that has been taken back, where no sweep has followed that yet.
    undone_since: datetime | None = None

    @property
    def connection(self) -> Connection:
        return self.session.connection()

    def execute(
        self, statement: Executable, parameters: dict[str, Any] | None = None
    ) -> CursorResult[*tuple[Any, ...]]:
        return self.connection.execute(statement, parameters)

    @contextmanager
    def slice(self) -> Iterator[None]:
        """A transaction of its own when the sweep commits by itself, else the caller's."""
        if not self.commits:
            yield
            return
        self.session.commit()
        self.session.connection(execution_options={"circle_immediate": True})
        yield
        self.session.commit()
        self.session.connection(execution_options={"circle_immediate": False})


def set_up(sweep: Sweep) -> None:
    for table in (FINDING, CHANGE, TURN):
        sweep.execute(CreateTable(table, if_not_exists=True))
    sweep.execute(CreateIndex(FINDING_KEY, if_not_exists=True))


def clear(sweep: Sweep) -> None:
    """Nobody vacuums a temporary table: the next sweep on this connection would read its dead."""
    for table in (FINDING, CHANGE, TURN):
        sweep.execute(DropTable(table))


def refresh_statistics(sweep: Sweep, table: Table) -> None:
    """PostgreSQL takes a new temporary table for tiny and would loop over it."""
    is_large = sweep.commits or sweep.is_large
    if is_large and sweep.connection.dialect.name == "postgresql":
        sweep.execute(text(f"ANALYZE {table.name}"))


def suit_the_planner(sweep: Sweep) -> None:
    """PostgreSQL would compile these long statements for longer than it takes to run them, and
    would sort and hash a million residents on its disk.
    """
    if sweep.connection.dialect.name == "postgresql":
        sweep.execute(text("SET LOCAL jit = off"))
        sweep.execute(text("SET LOCAL work_mem = '64MB'"))
