"""Temporary tables that a file's rows stand in while SQL compares them with what is known.

They belong to one connection and take no lock on the records. They hold keyed hashes and sealed
values, never a number, a phone or an address as the sender wrote it.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv
from sqlalchemy import Column, Connection, Engine, Integer, MetaData, Select, Table, text

from models.base import Base

Ints = npt.NDArray[np.int64]

CHUNK_ROWS = 50_000
CACHE_KIB = 65_536
# The log is carried over into the database every few slices; what they share is carried once.
LOG_PAGES = 4_000
# What PostgreSQL may use for the temporary tables of a file and for sorting them; compiling
# queries costs more than a slice takes.
ROOM = ("work_mem = '64MB'", "jit = off")
# Slices hold SQLite's one write lock; everybody else's writes wait for a slice to end.
SLICE_ROWS = {"sqlite": 20_000, "postgresql": 50_000}


@contextmanager
def workbench(engine: Engine) -> Iterator[Connection]:
    """A connection of its own, whose temporary tables go with it."""
    with engine.connect() as connection:
        connection.detach()
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"PRAGMA cache_size = -{CACHE_KIB}")
            connection.exec_driver_sql(f"PRAGMA temp.cache_size = -{CACHE_KIB}")
            connection.exec_driver_sql(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
        else:
            for setting in ROOM:
                connection.exec_driver_sql(f"SET {setting}")
        connection.commit()
        yield connection


@contextmanager
def slice_of(connection: Connection) -> Iterator[None]:
    """One short write transaction; in a trial, a part of the one that is rolled back."""
    if connection.get_execution_options().get("circle_tries"):
        yield
        return
    connection.execution_options(circle_immediate=True)
    try:
        with connection.begin():
            yield
    finally:
        connection.execution_options(circle_immediate=False)


@contextmanager
def looking(connection: Connection) -> Iterator[None]:
    """A transaction that fills temporary tables and keeps nobody waiting."""
    if connection.get_execution_options().get("circle_tries"):
        yield
        return
    with connection.begin():
        yield


def slice_rows(connection: Connection) -> int:
    return SLICE_ROWS[connection.dialect.name]


def temporary(name: str, *columns: Column[Any]) -> Table:
    """A temporary table; its first column is the primary key."""
    return Table(name, MetaData(), *columns, prefixes=["TEMPORARY"])


def table_of(model: type[Base]) -> Table:
    return cast("Table", model.__table__)


def numbered(name: str) -> Column[int]:
    return Column(name, Integer, primary_key=True, autoincrement=False)


def counted(name: str) -> Column[int]:
    """A key the database counts up by itself, in the order the rows come."""
    return Column(name, Integer, primary_key=True, autoincrement=True)


def make(connection: Connection, *tables: Table) -> None:
    for table in tables:
        table.create(connection)


def stage(connection: Connection, table: Table, frame: pd.DataFrame) -> None:
    """Make the table and bring the frame's columns of the same names into it."""
    make(connection, table)
    names = [column.name for column in table.columns if column.name in frame.columns]
    bring = _copy if connection.dialect.name == "postgresql" else _execute_many
    for start in range(0, len(frame), CHUNK_ROWS):
        chunk = frame.iloc[start : start + CHUNK_ROWS]
        bring(connection, table.name, _arrow(chunk[names]))
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"ANALYZE {table.name}"))


def fetch(connection: Connection, query: Select[Any]) -> pd.DataFrame:
    """The query's rows column by column, which is many times faster than row by row."""
    result = connection.execute(query)
    names, rows = list(result.keys()), result.all()
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    return pd.DataFrame(dict(zip(names, map(list, columns), strict=True)))


def fetch_numbers(connection: Connection, query: Select[Any]) -> Ints:
    """Rows of whole numbers, none missing, without making a row of each."""
    cursor = cast("Any", connection.execute(query).cursor)
    width, parts = len(cursor.description), []
    while rows := cursor.fetchmany(CHUNK_ROWS):
        parts.append(np.fromiter(chain.from_iterable(rows), np.int64).reshape(-1, width))
    return np.concatenate(parts) if parts else np.zeros((0, width), np.int64)


def _arrow(frame: pd.DataFrame) -> pa.Table:
    """Days as text, since that is what both drivers take fastest."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    for position, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            days = table.column(position).cast(pa.date32()).cast(pa.string())
            table = table.set_column(position, field.name, days)
    return table


def _execute_many(connection: Connection, name: str, rows: pa.Table) -> None:
    marks = ", ".join("?" * rows.num_columns)
    # Names come from the table definitions of this package.
    statement = f"INSERT INTO {name} ({', '.join(rows.column_names)}) VALUES ({marks})"  # noqa: S608
    columns = [_listed(column.combine_chunks()) for column in rows.columns]
    connection.exec_driver_sql(statement, list(zip(*columns, strict=True)))


def _listed(values: pa.Array) -> list[Any]:
    """As Python's own values, by way of NumPy: Arrow's own way makes each of them twice."""
    if pa.types.is_dictionary(values.type):
        words = np.array([*values.dictionary.to_pylist(), None], dtype=object)
        return list(words[values.indices.fill_null(len(words) - 1).to_numpy()].tolist())
    if pa.types.is_null(values.type):
        return [None] * len(values)
    if values.null_count and pa.types.is_integer(values.type):
        return list(values.to_pandas(integer_object_nulls=True).tolist())
    return list(values.to_numpy(zero_copy_only=False).tolist())


def _copy(connection: Connection, name: str, rows: pa.Table) -> None:
    target = io.BytesIO()
    options = arrow_csv.WriteOptions(include_header=False, quoting_style="needed")
    arrow_csv.write_csv(_as_text(rows), target, options)
    driver = cast("Any", connection.connection.dbapi_connection)
    columns = ", ".join(rows.column_names)
    with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY {name} ({columns}) FROM STDIN (FORMAT csv)") as copy,
    ):
        copy.write(target.getvalue())


def _as_text(rows: pa.Table) -> pa.Table:
    """What a CSV holds: words for their codes, bytes as PostgreSQL spells them."""
    for position, field in enumerate(rows.schema):
        column = rows.column(position)
        if pa.types.is_dictionary(field.type):
            rows = rows.set_column(position, field.name, column.cast(pa.string()))
        if pa.types.is_binary(field.type):
            words = [None if value is None else f"\\x{value.hex()}" for value in column.to_pylist()]
            rows = rows.set_column(position, field.name, pa.array(words, pa.string()))
    return rows
