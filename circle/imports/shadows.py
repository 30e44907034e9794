"""Temporary tables that stand in front of the records, so that an act can be tried for real.

An unqualified name means the temporary table first, on SQLite and PostgreSQL alike: the very
statements that would change the records change these copies instead. Nobody is locked out
meanwhile, and whatever happens, everything is rolled back in the end.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Enum,
    Identity,
    Index,
    MetaData,
    Select,
    String,
    Table,
    UniqueConstraint,
    insert,
    or_,
    select,
    text,
    true,
)

from circle.imports.staging import make, numbered, table_of, temporary
from models.base import WORD_LENGTH, Base
from models.cases import Case, CaseBefore
from models.facts import (
    BenefitSpell,
    ClosedMonth,
    Contribution,
    ContributionBefore,
    Degree,
    EmploymentSpell,
    InsuranceStanding,
    PayingEmployer,
    RegisterEntry,
    Subsistence,
    UnemploymentSpell,
)
from models.imports import ImportBatch
from models.jobs import SweepRun
from models.residents import (
    Category,
    Household,
    HouseholdMember,
    Intention,
    Resident,
    ResidentBefore,
    StatedIdentity,
    StatusHistory,
)
from models.tasks import Task, TaskMove

# Numbers of what is made in a trial: no record has such a one.
FIRST_KEY = 10**15

concerned = temporary("concerned", numbered("resident_id"))


Condition = Callable[[Table], ColumnElement[bool]]


@dataclass(frozen=True)
class Concern:
    """Whose records are copied: `residents` select their ids, `households` the numbers of those
    the act itself names; `contributions` and `befores` are conditions over the real tables, given
    as functions of them.
    """

    residents: Sequence[Select[Any]]
    households: Select[Any] | None = None
    contributions: Condition | None = None  # all of the residents' where it is None
    befores: Condition | None = None  # none where it is None


@dataclass(frozen=True)
class Shadows:
    """While they stand: the records behind them."""

    connection: Connection
    schema: str
    _real: dict[str, Table] = field(default_factory=dict)

    def behind(self, model: type[Base]) -> Table:
        """The real table."""
        return self._real.setdefault(
            model.__tablename__, table_of(model).to_metadata(MetaData(), schema=self.schema)
        )

    def refresh_statistics(self) -> None:
        """PostgreSQL takes a new temporary table for tiny and would loop over it."""
        if self.connection.dialect.name == "postgresql":
            for model in SHADOWED:
                self.connection.execute(text(f"ANALYZE pg_temp.{model.__tablename__}"))


@contextmanager
def standing_in_front(connection: Connection, concern: Concern) -> Iterator[Shadows]:
    """Copies of the concerned people's records in front of the real ones.

    The connection must be in no transaction; it comes back without a trace of what was tried.
    """
    if connection.dialect.name == "postgresql":
        # A prepared statement would go on meaning the table it was prepared for.
        connection.connection.dbapi_connection.prepare_threshold = None  # type: ignore[union-attr]
    connection.execution_options(circle_tries=True)
    try:
        with connection.begin() as trial:
            yield _put_up(connection, concern)
            trial.rollback()
    finally:
        connection.execution_options(circle_tries=False)


def _put_up(connection: Connection, concern: Concern) -> Shadows:
    shadows = Shadows(connection, _schema_of_records(connection))
    _stage_concerned(connection, concern)
    for model in SHADOWED:
        _copy(shadows, model, _rows_of(shadows, model, concern))
    shadows.refresh_statistics()
    return shadows


def _schema_of_records(connection: Connection) -> str:
    if connection.dialect.name == "sqlite":
        return "main"
    found = connection.scalar(
        text(
            "SELECT nspname FROM pg_namespace JOIN pg_class ON relnamespace = pg_namespace.oid"
            " WHERE pg_class.oid = to_regclass('resident')"
        )
    )
    return str(found)


def _stage_concerned(connection: Connection, concern: Concern) -> None:
    make(connection, concerned)
    if not concern.residents:
        return
    first, *others = concern.residents
    connection.execute(
        insert(concerned).from_select(["resident_id"], first.union(*others) if others else first)
    )
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"ANALYZE {concerned.name}"))


def _rows_of(shadows: Shadows, model: type[Base], concern: Concern) -> Select[Any] | None:
    """Which rows are copied; None where the act needs none of those that stand."""
    table = shadows.behind(model)
    which = PICKED.get(model, _of_resident)(shadows, table, concern)
    return None if which is None else select(*table.c).where(which)


Picker = Callable[[Shadows, Table, Concern], ColumnElement[bool] | None]
WHOM = select(concerned.c.resident_id)


def _of_resident(_shadows: Shadows, table: Table, _concern: Concern) -> ColumnElement[bool]:
    return table.c.resident_id.in_(WHOM)


def _residents(_shadows: Shadows, table: Table, _concern: Concern) -> ColumnElement[bool]:
    return table.c.id.in_(WHOM)


def _all(_shadows: Shadows, _table: Table, _concern: Concern) -> ColumnElement[bool]:
    return true()


def _none(_shadows: Shadows, _table: Table, _concern: Concern) -> None:
    return None


def _households(shadows: Shadows, table: Table, concern: Concern) -> ColumnElement[bool]:
    members = shadows.behind(HouseholdMember)
    theirs = table.c.id.in_(select(members.c.household_id).where(members.c.resident_id.in_(WHOM)))
    if concern.households is None:
        return theirs
    return or_(theirs, table.c.number.in_(concern.households))


def _contributions(shadows: Shadows, table: Table, concern: Concern) -> ColumnElement[bool] | None:
    given = concern.contributions
    return _of_resident(shadows, table, concern) if given is None else given(table)


def _befores(_shadows: Shadows, table: Table, concern: Concern) -> ColumnElement[bool] | None:
    return None if concern.befores is None else concern.befores(table)


def _of_parent(parent: type[Base], reference: str) -> Picker:
    """Rows that belong to a concerned resident's case or task."""

    def picked(shadows: Shadows, table: Table, _concern: Concern) -> ColumnElement[bool]:
        real = shadows.behind(parent)
        return table.c[reference].in_(select(real.c.id).where(real.c.resident_id.in_(WHOM)))

    return picked


# All others are chosen by their resident.
PICKED: dict[type[Base], Picker] = {
    Resident: _residents,
    Household: _households,
    Contribution: _contributions,
    ContributionBefore: _befores,
    CaseBefore: _of_parent(Case, "case_id"),
    TaskMove: _of_parent(Task, "task_id"),
    SweepRun: _none,
    ImportBatch: _all,
    ClosedMonth: _all,
    PayingEmployer: _all,
}
SHADOWED: tuple[type[Base], ...] = (
    *PICKED, ResidentBefore, StatedIdentity, HouseholdMember, Category, StatusHistory, Intention,
    Case, RegisterEntry, Subsistence, UnemploymentSpell, EmploymentSpell, BenefitSpell, Degree,
    InsuranceStanding, Task,
)  # fmt: skip


def _copy(shadows: Shadows, model: type[Base], rows: Select[Any] | None) -> None:
    connection, table = shadows.connection, table_of(model)
    shadow = _shadow_of(table)
    shadow.create(connection, checkfirst=False)
    if rows is not None:
        connection.execute(insert(shadow).from_select(list(shadow.columns.keys()), rows))
    if connection.dialect.name == "sqlite" and table.c.keys()[0] == "id":
        row = {"name": table.name, "seq": FIRST_KEY}
        connection.execute(text("DELETE FROM temp.sqlite_sequence WHERE name = :name"), row)
        connection.execute(text("INSERT INTO temp.sqlite_sequence VALUES (:name, :seq)"), row)
    for number, index in enumerate(_indexes_of(table)):
        connection.exec_driver_sql(_create_index(connection, table, index, number))


def _shadow_of(table: Table) -> Table:
    """The same columns and key, without references: what they lead to may not be copied."""
    counts = table.c.keys()[0] == "id"
    columns: list[Any] = [
        Column(
            column.name,
            _plain_type(column),
            *([Identity(start=FIRST_KEY)] if counts and column.name == "id" else []),
            primary_key=column.primary_key,
            nullable=column.nullable,
        )
        for column in table.columns
    ]
    return Table(
        table.name,
        MetaData(),
        *columns,
        prefixes=["TEMPORARY"],
        sqlite_autoincrement=counts,
        sqlite_with_rowid=table.dialect_options["sqlite"]["with_rowid"],
    )


def _plain_type(column: Column[Any]) -> Any:  # noqa: ANN401 - a type
    if isinstance(column.type, Enum):
        return String(WORD_LENGTH)
    return Boolean() if isinstance(column.type, Boolean) else column.type


def _indexes_of(table: Table) -> list[tuple[bool, list[str], Index | None]]:
    """(unique, columns, the index whose condition holds) of indexes and UNIQUE constraints."""
    unique = [
        (True, [column.name for column in constraint.columns], None)
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    ]
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    return [
        *unique,
        *((bool(index.unique), [column.name for column in index.columns], index)
          for index in indexes),
    ]  # fmt: skip


def _create_index(
    connection: Connection, table: Table, index: tuple[bool, list[str], Index | None], number: int
) -> str:
    unique, columns, original = index
    condition = original and original.dialect_options[connection.dialect.name]["where"]
    quoted = ", ".join(f'"{column}"' for column in columns)
    return (
        f"CREATE {'UNIQUE ' if unique else ''}INDEX ix_shadow_{table.name}_{number}"
        f" ON {table.name} ({quoted}){'' if condition is None else f' WHERE {condition}'}"
    )
