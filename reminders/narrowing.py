"""Whose tasks are swept: everybody's, some residents', or those of one division."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, bindparam, select, true

from models.residents import Resident
from models.vocabulary.places import subtree_end

Condition = Callable[[SQLColumnExpression[int]], ColumnElement[bool]]


def _all(resident_id: SQLColumnExpression[int]) -> ColumnElement[bool]:
    del resident_id
    return true()


def _named(resident_id: SQLColumnExpression[int]) -> ColumnElement[bool]:
    return resident_id.in_(bindparam("only", expanding=True))


def _living(resident_id: SQLColumnExpression[int]) -> ColumnElement[bool]:
    people = select(Resident.id).where(
        Resident.lives_in >= bindparam("only_from"), Resident.lives_in < bindparam("only_before")
    )
    return resident_id.in_(people)


@dataclass(frozen=True)
class Narrowing:
    """Whose tasks are swept: a condition that statements are kept for, and its parameters."""

    condition: Condition
    parameters: dict[str, Any] = field(default_factory=dict)


everyone = Narrowing(_all)


def residents(ids: Collection[int]) -> Narrowing:
    """Only these residents."""
    return Narrowing(_named, {"only": list(ids)})


def living_in(code: str) -> Narrowing:
    """Only residents of one division."""
    return Narrowing(_living, {"only_from": code, "only_before": subtree_end(code)})
