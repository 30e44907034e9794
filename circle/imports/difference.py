"""What a file changes: its rows against what is known inside its scope.

Everything is compared in temporary tables, so that a rehearsal and an import see the same and
neither locks anybody out while it looks.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from circle.imports.staging import make, numbered, stage, temporary
from circle.imports.versions import MEMBERS, REGISTER, FactTable
from models.facts import RegisterEntry
from models.imports import ImportBatch
from models.places import within
from models.residents import Household, Resident

UNCHANGED, CHANGED, ADDED = 0, 1, 2
Ints = npt.NDArray[np.int64]

# Residents a row names that came back to its sender: nobody may say they have left the list.
mentioned = temporary("mentioned", numbered("resident_id"))


def stage_mentions(connection: Connection, resident_ids: Ints) -> None:
    stage(connection, mentioned, pd.DataFrame({"resident_id": np.unique(resident_ids)}))


def compare(connection: Connection, fact: FactTable, frame: pd.DataFrame) -> Ints:
    """Stage the frame and find what is known; returns UNCHANGED, CHANGED or ADDED for each."""
    stage(connection, fact.staged, frame)
    if fact is MEMBERS:
        _find_households(connection)
    make(connection, fact.known)
    connection.execute(insert(fact.known).from_select(["f", "current_id", "change"], _known(fact)))
    changes = np.full(len(frame), ADDED, dtype=np.int64)
    known = connection.execute(select(fact.known.c.f, fact.known.c.change)).all()
    if known:
        found = np.array(known, dtype=np.int64)
        changes[found[:, 0]] = found[:, 1]
    return changes


def find_departures(connection: Connection, fact: FactTable, scope: str) -> int:
    """Current facts inside the scope that the list no longer holds; returns how many."""
    make(connection, fact.departing)
    table = fact.table
    held = exists().where(
        fact.staged.c.resident_id == table.c.resident_id,
        *(fact.staged.c[name].is_not_distinct_from(table.c[name]) for name in fact.key),
    )
    named = exists().where(mentioned.c.resident_id == table.c.resident_id)
    connection.execute(
        insert(fact.departing).from_select(
            ["current_id", "resident_id"],
            select(table.c.id, table.c.resident_id)
            .where(table.c.ended_by.is_(None), _lies_in_scope(fact, scope), ~held, ~named)
            .order_by(table.c.id),
        )
    )
    return connection.scalar(select(func.count()).select_from(fact.departing)) or 0


def current_count(connection: Connection, fact: FactTable, scope: str) -> int:
    """How many facts the scope holds now."""
    query = select(func.count()).where(fact.table.c.ended_by.is_(None), _lies_in_scope(fact, scope))
    return connection.scalar(query.select_from(fact.table)) or 0


def _known(fact: FactTable) -> Select[Any]:
    table, staged = fact.table, fact.staged
    differs = or_(*(_value_differs(fact, name) for name in fact.compared))
    return select(staged.c.f, table.c.id, case((differs, CHANGED), else_=UNCHANGED)).join(
        table,
        and_(
            table.c.resident_id == staged.c.resident_id,
            *(table.c[name].is_not_distinct_from(staged.c[name]) for name in fact.key),
            table.c.ended_by.is_(None),
        ),
    )


def _value_differs(fact: FactTable, name: str) -> ColumnElement[bool]:
    differs = fact.table.c[name].is_distinct_from(fact.staged.c[name])
    if fact.guesses_end and name == "ended_on":
        return and_(differs, ~and_(fact.staged.c.end_is_guess, ~fact.table.c.is_open))
    return differs


def _lies_in_scope(fact: FactTable, scope: str) -> ColumnElement[bool]:
    """The register's facts lie where they say, all others where the resident lives; of somebody
    who lives nowhere we know, where the list that brought the fact was for.
    """
    table = fact.table
    if fact is REGISTER:
        return within(table.c.division_code, scope)
    if fact is MEMBERS:
        return exists().where(
            RegisterEntry.resident_id == table.c.resident_id,
            RegisterEntry.ended_by.is_(None),
            within(RegisterEntry.division_code, scope),
        )
    return exists().where(
        Resident.id == table.c.resident_id,
        or_(
            within(Resident.lives_in, scope),
            and_(
                Resident.lives_in.is_(None),
                exists().where(
                    ImportBatch.id == table.c.brought_by, within(ImportBatch.division_code, scope)
                ),
            ),
        ),
    )


def _find_households(connection: Connection) -> None:
    """Households that are known get their id; the others are made when their slice is written."""
    staged = MEMBERS.staged
    connection.execute(update(staged).values(household_id=household_of(staged)))


def household_of(staged: Any) -> ColumnElement[int]:  # noqa: ANN401 - a table
    return (
        select(Household.id).where(Household.number == staged.c.household_number).scalar_subquery()
    )
