"""Whom the rows are about: found by the keyed hash of the document's type and number.

Matching by anything weaker only suggests (DESIGN 4). A person nobody knows becomes a resident
only from a source that says the person belongs here; what else is said of unknown people is
counted and not kept (DOMAIN 3, PIPL 6).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Column, Connection, Select, String, and_, case, func, select

from circle.imports.staging import Ints, counted, fetch_numbers, stage, temporary
from models.places import within
from models.residents import INDEX_LENGTH, Resident
from models.sealed import current_keyring, document_domain
from models.vocabulary.facts import Source
from models.vocabulary.imports import RejectCode

PART_ROWS = 100_000
OK, REJECTED, UNMATCHED = "ok", "rejected", "unmatched"

staged_index = temporary(
    "staged_index",
    counted("i"),
    Column("p", Resident.__table__.c.id.type),
    Column("id_index", String(INDEX_LENGTH)),
)


@dataclass(frozen=True)
class Matched:
    """`rows` has got `p` (the person's position, NA without a readable number) and its final
    verdict; `persons` has p, number, document_type, id_index, resident_id, lives_away, is_new, row
    (the first acceptable row that speaks of the person; NA where none does).
    """

    rows: pd.DataFrame
    persons: pd.DataFrame
    outside: np.ndarray  # rows rejected here because the resident lives outside the scope


def match(
    connection: Connection, rows: pd.DataFrame, source: Source, scope: str, ours: frozenset[str]
) -> Matched:
    """`ours` are the codes of every known division."""
    rows, persons = _persons_of(rows)
    persons = _with_residents(connection, persons, scope)
    rows, persons = _in_order_of_residents(rows, persons)
    outside = _lives_outside(rows, persons, source)
    rows.loc[outside, "verdict"] = REJECTED
    acceptable = rows["verdict"].eq(OK).to_numpy()
    brings = acceptable & BRINGS_RESIDENTS.get(source, _nobody)(rows, ours)
    persons["is_new"] = persons["resident_id"].isna() & _any_row(rows, brings, len(persons))
    known = persons["resident_id"].notna().to_numpy() | persons["is_new"].to_numpy(dtype=bool)
    # Position -1, a row without a readable number, is nobody: a file may hold such rows only.
    known = np.append(known, values=False)
    rows.loc[acceptable & ~known[rows["p"].to_numpy()], "verdict"] = UNMATCHED
    persons["row"] = _first_rows(rows, len(persons))
    return Matched(rows, persons, np.flatnonzero(outside))


def _persons_of(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    codes, numbers = pd.factorize(rows["number"])
    first = np.zeros(len(numbers), dtype=np.int64)
    readable = np.flatnonzero(codes >= 0)[::-1]
    first[codes[readable]] = readable
    persons = pd.DataFrame(
        {
            "p": np.arange(len(numbers)),
            "number": pd.Series(numbers, dtype="str"),
            "document_type": rows["document_type"].array.take(first),
        }
    )
    return rows.assign(p=codes), persons


def _with_residents(connection: Connection, persons: pd.DataFrame, scope: str) -> pd.DataFrame:
    """Look under every index key: rows may wait for rotation."""
    keyring = current_keyring()
    frames = [
        pd.DataFrame({"p": persons["p"], "id_index": _indexes(persons, key_id)})
        for key_id in keyring.index
    ]
    persons["id_index"] = frames[-1]["id_index"]
    # In the order of the index, which is then read from one end to the other.
    looked_for = pd.concat(frames, ignore_index=True)
    order = pc.array_sort_indices(pa.array(looked_for["id_index"])).to_numpy()
    stage(connection, staged_index, looked_for.iloc[order])
    known = fetch_numbers(connection, _residents_found(len(looked_for), scope))
    staged_index.drop(connection)
    return _beside(persons, known)


def _residents_found(count: int, scope: str) -> Select[Any]:
    """p, resident, 1 where the resident lives outside the scope.

    First the ids alone, from the index; then the residents in the order they lie in, where SQLite
    went to each from wherever the one before lay (2.8 s for 320 000 people instead of 1).
    """
    found = (
        select(staged_index.c.p, Resident.id)
        .join(Resident, Resident.id_index == staged_index.c.id_index)
        .order_by(Resident.id)
        .limit(count)  # keeps the order where it is
        .subquery()
    )
    place = func.coalesce(Resident.lives_in, Resident.registered_division)
    return select(
        found.c.p,
        func.coalesce(Resident.merged_into, found.c.id),
        case((and_(place.is_not(None), ~within(place, scope)), 1), else_=0),
    ).outerjoin_from(found, Resident, Resident.id == found.c.id)


def _indexes(persons: pd.DataFrame, key_id: str) -> pd.Series:
    """The keyed hash of each person's number."""
    keyring = current_keyring()
    kinds = persons["document_type"].astype("category")
    words: pd.Series = pd.Series([None] * len(persons), dtype="str")
    for code, kind in enumerate(kinds.cat.categories):
        rows = np.flatnonzero(kinds.cat.codes.to_numpy() == code)
        for start in range(0, len(rows), PART_ROWS):
            part = rows[start : start + PART_ROWS]
            numbers = persons["number"].iloc[part].tolist()
            words.iloc[part] = keyring.indexes_with(key_id, document_domain(str(kind)), numbers)
    return words


def _beside(persons: pd.DataFrame, known: Ints) -> pd.DataFrame:
    """Who is known and lives outside, by position."""
    resident_ids = np.zeros(len(persons), dtype=np.int64)
    resident_ids[known[:, 0]] = known[:, 1]
    away = np.zeros(len(persons), dtype=bool)
    away[known[:, 0]] = known[:, 2]
    found = pd.array(resident_ids, dtype="Int64")
    found[resident_ids == 0] = pd.NA
    return persons.assign(resident_id=found, lives_away=away)


def _in_order_of_residents(
    rows: pd.DataFrame, persons: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Number persons as residents are, newcomers behind them in the file's order: what is looked
    up and written for them then lies together.
    """
    beyond = np.iinfo(np.int64).max
    order = np.argsort(persons["resident_id"].fillna(beyond).to_numpy(np.int64), kind="stable")
    p = np.full(len(persons) + 1, -1)  # the last is nobody's
    p[order] = np.arange(len(persons))
    persons = persons.iloc[order].reset_index(drop=True).assign(p=np.arange(len(persons)))
    return rows.assign(p=p[rows["p"].to_numpy()]), persons


def _lives_outside(rows: pd.DataFrame, persons: pd.DataFrame, source: Source) -> np.ndarray:
    """Rows that name no place themselves, of a resident who lives outside the scope.

    Never the register's: where someone is registered and where they live are two facts.
    """
    if source is Source.HOUSEHOLD:
        return np.zeros(len(rows), dtype=bool)
    p = rows["p"].to_numpy()
    unplaced = np.ones(len(rows), dtype=bool)
    for column in NAMED_PLACES.get(source, ()):
        unplaced &= rows[column].isna().to_numpy()
    acceptable = rows["verdict"].eq(OK).to_numpy(bool)
    outside: np.ndarray = (
        acceptable & unplaced & (p >= 0) & _taken(persons["lives_away"].to_numpy(), p)
    )
    return outside


def _taken(flags: np.ndarray, p: np.ndarray) -> np.ndarray:
    taken = flags[np.maximum(p, 0)] if len(flags) else np.zeros(len(p))
    return taken.astype(bool)


def _any_row(rows: pd.DataFrame, mask: np.ndarray, count: int) -> np.ndarray:
    flags = np.zeros(count, dtype=bool)
    flags[rows["p"].to_numpy()[mask]] = True
    return flags


def _first_rows(rows: pd.DataFrame, count: int) -> pd.Series:
    acceptable = np.flatnonzero(rows["verdict"].eq(OK).to_numpy())
    first = np.full(count, -1)
    # Written backwards, so that the first row of a person is the one that stays.
    first[rows["p"].to_numpy()[acceptable[::-1]]] = acceptable[::-1]
    return pd.Series(first).replace(-1, pd.NA).astype("Int64")


def _everybody(rows: pd.DataFrame, _ours: frozenset[str]) -> np.ndarray:
    return np.ones(len(rows), dtype=bool)


def _nobody(rows: pd.DataFrame, _ours: frozenset[str]) -> np.ndarray:
    return np.zeros(len(rows), dtype=bool)


def _named(rows: pd.DataFrame, _ours: frozenset[str]) -> np.ndarray:
    return rows["division"].notna().to_numpy()


def _living_here(rows: pd.DataFrame, ours: frozenset[str]) -> np.ndarray:
    return rows["lives_in"].isin(ours).to_numpy()


NAMED_PLACES: dict[Source, tuple[str, ...]] = {
    Source.SUBSISTENCE: ("division",),
    Source.UNEMPLOYMENT: ("registered_division", "lives_in"),
    Source.CASELOAD: ("division",),
}
# Which rows of a source make a resident of somebody unknown.
BRINGS_RESIDENTS: dict[Source, Callable[[pd.DataFrame, frozenset[str]], np.ndarray]] = {
    Source.HOUSEHOLD: _everybody,
    Source.SUBSISTENCE: _named,
    Source.UNEMPLOYMENT: _living_here,
    Source.CASELOAD: _everybody,
}
OUTSIDE = RejectCode.OUTSIDE_SCOPE
