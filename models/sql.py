"""The few SQL functions that SQLite and PostgreSQL spell differently, one compilation each."""

from typing import Any

from sqlalchemy import Connection, Date, Dialect, Integer, String, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from models.base import Document


class days_after(FunctionElement[Any]):  # noqa: N801 - reads as the SQL function it is
    """days_after(day, n): the day n days later."""

    type = Date()
    inherit_cache = True


class days_between(FunctionElement[Any]):  # noqa: N801
    """days_between(earlier, later): whole days."""

    type = Integer()
    inherit_cache = True


class months_after(FunctionElement[Any]):  # noqa: N801
    """months_after(day, n): the same day n months later, the month's last where it is shorter."""

    type = Date()
    inherit_cache = True


class month_of_day(FunctionElement[Any]):  # noqa: N801
    """month_of_day(day): year * 12 + month - 1."""

    type = Integer()
    inherit_cache = True


class first_day_of(FunctionElement[Any]):  # noqa: N801
    """first_day_of(month): the month's first day."""

    type = Date()
    inherit_cache = True


class month_word(FunctionElement[Any]):  # noqa: N801
    """month_word(month): YYYY-MM."""

    type = String()
    inherit_cache = True


class day_word(FunctionElement[Any]):  # noqa: N801
    """day_word(day): YYYY-MM-DD."""

    type = String()
    inherit_cache = True


class office_day(FunctionElement[Any]):  # noqa: N801
    """office_day(instant): the day it was in the office's time zone, Asia/Shanghai."""

    type = Date()
    inherit_cache = True


class without_index(FunctionElement[Any]):  # noqa: N801
    """without_index(column): the same value, which SQLite does not look up in an index.

    Without statistics it takes an index on a state for as good as one on a resident.
    """

    inherit_cache = True

    def __init__(self, column: Any) -> None:  # noqa: ANN401 - any column
        super().__init__(column)
        self.type = column.type


class json_object(FunctionElement[Any]):  # noqa: N801
    """json_object(key, value, …): a document; values are words, numbers or NULL, never days."""

    type = Document
    inherit_cache = True


class smaller_of(FunctionElement[Any]):  # noqa: N801
    """smaller_of(a, b): neither may be NULL, which the two databases treat differently."""

    inherit_cache = True


class larger_of(FunctionElement[Any]):  # noqa: N801
    """larger_of(a, b): neither may be NULL, which the two databases treat differently."""

    inherit_cache = True


SPELLINGS: dict[type[FunctionElement[Any]], dict[str, str]] = {
    days_after: {
        "sqlite": "date({0}, ({1}) || ' days')",
        "postgresql": "(CAST({0} AS date) + CAST({1} AS integer))",
    },
    days_between: {
        "sqlite": "CAST(julianday({1}) - julianday({0}) AS INTEGER)",
        "postgresql": "(CAST({1} AS date) - CAST({0} AS date))",
    },
    months_after: {
        # SQLite runs over the end of a short month; the month's last day is the earlier then.
        "sqlite": "min(date({0}, ({1}) || ' months'),"
        " date({0}, 'start of month', ({1} + 1) || ' months', '-1 day'))",
        "postgresql": "CAST({0} + make_interval(months => CAST({1} AS integer)) AS date)",
    },
    month_of_day: {
        "sqlite": "(CAST(strftime('%Y', {0}) AS INTEGER) * 12"
        " + CAST(strftime('%m', {0}) AS INTEGER) - 1)",
        "postgresql": "CAST(extract(year FROM {0}) * 12 + extract(month FROM {0}) - 1 AS integer)",
    },
    first_day_of: {
        "sqlite": "printf('%04d-%02d-01', ({0}) / 12, ({0}) % 12 + 1)",
        "postgresql": "make_date(({0}) / 12, ({0}) % 12 + 1, 1)",
    },
    month_word: {
        "sqlite": "printf('%04d-%02d', ({0}) / 12, ({0}) % 12 + 1)",
        "postgresql": "to_char(make_date(({0}) / 12, ({0}) % 12 + 1, 1), 'YYYY-MM')",
    },
    day_word: {
        "sqlite": "date({0})",
        "postgresql": "to_char({0}, 'YYYY-MM-DD')",
    },
    office_day: {
        # Instants lie in UTC without a zone there; China has no summer time.
        "sqlite": "date({0}, '+8 hours')",
        "postgresql": "CAST({0} AT TIME ZONE 'Asia/Shanghai' AS date)",
    },
    without_index: {"sqlite": "+{0}", "postgresql": "{0}"},
    json_object: {"sqlite": "json_object({all})", "postgresql": "jsonb_build_object({all})"},
    smaller_of: {"sqlite": "min({all})", "postgresql": "least({all})"},
    larger_of: {"sqlite": "max({all})", "postgresql": "greatest({all})"},
}


def _spell(function: type[FunctionElement[Any]], dialect: str, spelling: str) -> None:
    @compiles(function, dialect)
    def compile_function(element: FunctionElement[Any], compiler: SQLCompiler, **kw: object) -> str:
        parts = [compiler.process(clause, **kw) for clause in element.clauses]
        # psycopg reads a bare percent sign as a place for a parameter.
        escaped = spelling.replace("%", "%%") if _doubles_percent(compiler.dialect) else spelling
        return escaped.format(*parts, all=", ".join(parts))


def _doubles_percent(dialect: Dialect) -> bool:
    return dialect.paramstyle in {"format", "pyformat"}


for _function, _spellings in SPELLINGS.items():
    for _dialect, _spelling in _spellings.items():
        _spell(_function, _dialect, _spelling)


def insert_into(
    database: Session | Connection, table: type[Any] | Table
) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that can be told what to do about a row that is there already."""
    bind = database.get_bind() if isinstance(database, Session) else database
    is_postgresql = bind.dialect.name == "postgresql"
    return (postgresql.insert if is_postgresql else sqlite.insert)(table)
