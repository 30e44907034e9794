"""A finding: one row of a rule. The columns every rule answers with."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    SmallInteger,
    SQLColumnExpression,
    String,
    cast,
    false,
    literal,
    null,
    select,
    union_all,
)

from models.residents import Resident
from models.sql import json_object

COLUMNS = ("resident_id", "case_id", "cycle", "due_on", "provisional", "priority", "evidence")

Finding = tuple[int, int | None, str, date | None, bool, int, dict[str, Any]]
Evidence = dict[str, Any]


def finding(
    *,
    cycle: ColumnElement[str],
    priority: ColumnElement[int] | int,
    evidence: Evidence,
    case_id: SQLColumnExpression[int] | None = None,
    due_on: ColumnElement[date] | None = None,
    provisional: ColumnElement[bool] | None = None,
) -> Select[Finding]:
    """A Select over Resident; the rule joins and filters it.

    `due_on` left out: the due date is fixed when the task is raised. Evidence holds codes, words,
    numbers and NULL, never sentences: the sentence is made when somebody reads it.
    """
    return select(
        Resident.id.label("resident_id"),
        _typed(case_id, Integer).label("case_id"),
        cast(cycle, String).label("cycle"),
        _typed(due_on, Date).label("due_on"),
        (false() if provisional is None else provisional).label("provisional"),
        cast(priority, SmallInteger).label("priority"),
        document(evidence).label("evidence"),
    ).where(Resident.merged_into.is_(None))


def together(parts: Sequence[Select[Finding]]) -> Select[Finding]:
    """The findings of every part; none where a parameter leaves no part."""
    if not parts:
        return nothing()
    found = union_all(*parts).subquery()
    return select(*found.c)


def nothing() -> Select[Finding]:
    return finding(cycle=literal(""), priority=0, evidence={}).where(false())


def document(evidence: Evidence) -> ColumnElement[dict[str, Any]]:
    """The evidence as a JSON document, keys in the written order."""
    parts: list[Any] = []
    for key, value in evidence.items():
        parts += [cast(key, String), value]
    return json_object(*parts)


def _typed(column: SQLColumnExpression[Any] | None, kind: Any) -> SQLColumnExpression[Any]:  # noqa: ANN401 - a type or its class
    return cast(null(), kind) if column is None else column
