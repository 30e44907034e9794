"""Many rows into one table: COPY on PostgreSQL, executemany on SQLite; never through the ORM."""

from collections.abc import Iterable
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Table, text

WRITTEN_AT = "2026-11-20 00:00:00.000000"


# Of databases that live for an hour: nothing has to survive a power cut, and whoever made the rows
# knows what they refer to.
IN_A_HURRY = {
    "sqlite": ("PRAGMA cache_size = -1000000",),
    "postgresql": (
        "SET LOCAL session_replication_role = replica",
        "SET LOCAL synchronous_commit = off",
    ),
}


def hurry(connection: Connection) -> None:
    """For the rest of the transaction, or of the connection."""
    for setting in IN_A_HURRY[connection.dialect.name]:
        connection.execute(text(setting))


def load(connection: Connection, table: Any, columns: dict[str, Any]) -> int:  # noqa: ANN401 - a mapped class's __table__
    """Columns are series, lists or one value for all; days as dates, documents as JSON text."""
    assert isinstance(table, Table)  # noqa: S101 - mapped classes promise only a FromClause
    length = next(len(value) for value in columns.values() if isinstance(value, pd.Series | list))
    values = [_listed(value, length) for value in columns.values()]
    _write(connection, table.name, list(columns), zip(*values, strict=True))
    return length


def settle(connection: Connection, tables: Iterable[Table]) -> None:
    """Let PostgreSQL number new rows behind the loaded ones, and know what the tables hold."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        key = list(table.primary_key)
        if [column.name for column in key] == ["id"]:
            connection.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'),"
                    f" (SELECT coalesce(max(id), 1) FROM {table.name}))"
                )
            )
    connection.execute(text("ANALYZE"))


def _listed(value: Any, length: int) -> list[Any]:  # noqa: ANN401 - any column
    if isinstance(value, list):
        return value
    if not isinstance(value, pd.Series):
        return [value] * length
    if pd.api.types.is_datetime64_any_dtype(value):
        value = value.dt.strftime("%Y-%m-%d")
    listed: list[Any] = value.astype(object).where(value.notna(), None).tolist()
    return listed


def _write(
    connection: Connection, table: str, columns: list[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    cursor: Any = connection.connection.cursor()
    if connection.dialect.name == "postgresql":
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(columns))
    cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
