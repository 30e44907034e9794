"""What a checker answers with: the records that break an invariant, counted, the first of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Select,
    SQLColumnExpression,
    String,
    cast,
    func,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from models.policy import Policy
from models.sql import json_object

LISTED = 100

Offences = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Moment:
    """When the records are looked at, the parameters in force then, and where uploads lie."""

    on: date
    now: datetime
    policy: Policy
    uploads: Path


@dataclass(frozen=True)
class Offence:
    """A record that breaks an invariant; details are codes, days and numbers, never names."""

    record_id: int | None
    resident_id: int | None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """How many offences there are, and the first of them."""

    count: int
    first: Sequence[Offence] = ()


Look = Callable[[Session, Moment], Found]


def offences(
    record_id: SQLColumnExpression[int] | None,
    resident_id: SQLColumnExpression[int] | SQLColumnExpression[int | None] | None,
    **details: Any,  # noqa: ANN401 - columns and literals
) -> Offences:
    """A Select whose rows are offences; the checker joins and filters it."""
    parts = [part for name, value in details.items() for part in (_word(name), value)]
    return select(
        cast(null() if record_id is None else record_id, BigInteger).label("record_id"),
        cast(null() if resident_id is None else resident_id, BigInteger).label("resident_id"),
        json_object(*parts).label("details"),
    )


def together(parts: Sequence[Offences]) -> Offences:
    found = union_all(*parts).subquery()
    return select(*found.c)


def by_query(query: Callable[[Moment], Offences]) -> Look:
    """One statement, so that nobody's work meanwhile is seen half done."""

    def look(session: Session, moment: Moment) -> Found:
        found = query(moment).subquery()
        total = func.count().over().label("total")
        rows = session.execute(select(found, total).order_by(found.c.record_id).limit(LISTED)).all()
        first = [Offence(row.record_id, row.resident_id, row.details) for row in rows]
        return Found(rows[0].total if rows else 0, first)

    return look


def _word(text: str) -> SQLColumnExpression[str]:
    return cast(text, String)
