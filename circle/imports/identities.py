"""New residents, what each source calls a resident, and when a file may change the name we show.

A name is changed by a file only while no other source gives a different one: otherwise it is the
anomaly `sources_disagree`, and a person decides (DESIGN 4).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    LargeBinary,
    Select,
    String,
    Table,
    and_,
    case,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy import literal as value
from sqlalchemy.dialects import postgresql, sqlite

from circle.imports.staging import fetch, make, numbered, stage, table_of, temporary
from circle.initials import initials
from models.base import BigKey, Instant
from models.residents import INDEX_LENGTH, Resident, ResidentBefore, StatedIdentity
from models.sealed import current_keyring
from models.sql import insert_into
from models.vocabulary.facts import Source

NAME_LENGTH = 60
SAID = ["name", "name_key", "born_on", "stated_sex_born", "sex"]
NUMBER_PLACE = "resident.id_sealed"
Ints = npt.NDArray[np.int64]

resident = table_of(Resident)
identity = table_of(StatedIdentity)
before = table_of(ResidentBefore)

staged_person = temporary(
    "staged_person",
    numbered("p"),
    Column("resident_id", BigKey),
    Column("is_new", Boolean()),
    Column("document_type", String(40)),
    Column("id_index", String(INDEX_LENGTH)),
    Column("id_sealed", LargeBinary()),
    Column("name", String(NAME_LENGTH)),
    Column("name_key", String(NAME_LENGTH)),
    Column("pinyin", String(NAME_LENGTH)),
    Column("sex", String(40)),
    Column("born_on", Date()),
    Column("stated_born_on", Date()),
)
known_identity = temporary(
    "known_identity", numbered("p"), Column("current_id", BigKey), Column("change", BigKey)
)
renamed = temporary(
    "renamed",
    numbered("p"),
    Column("resident_id", BigKey),
    Column("name", String(NAME_LENGTH)),
    Column("pinyin", String(NAME_LENGTH)),
)


@dataclass(frozen=True)
class Identities:
    """Persons by their position: whose name this source changes, whose differs from others'."""

    persons: Ints
    changed: Ints
    differing: Ints


def stage_persons(connection: Connection, persons: pd.DataFrame, rows: pd.DataFrame) -> Ints:
    """Everybody an acceptable row speaks of, in the file's own numbering; returns `p` in order."""
    spoken = persons[persons["row"].notna()]
    is_new = spoken["is_new"].to_numpy(dtype=bool)
    said = rows[SAID].take(spoken["row"].to_numpy(dtype=np.int64))
    frame = pd.DataFrame(
        {
            "p": spoken["p"].to_numpy(),
            "resident_id": spoken["resident_id"].array,
            "name": said["name"].str.slice(0, NAME_LENGTH).array,
            "name_key": said["name_key"].str.slice(0, NAME_LENGTH).array,
            "stated_born_on": said["born_on"].where(said["stated_sex_born"].to_numpy(bool)).array,
        }
    )
    if is_new.any():
        frame["is_new"] = is_new
        frame["id_index"] = spoken["id_index"].where(is_new).array
        frame["document_type"] = spoken["document_type"].array
        frame["id_sealed"] = _sealed_numbers(spoken["number"], is_new)
        frame["pinyin"] = _initials(said["name"], is_new)
        frame["sex"] = said["sex"].array
        frame["born_on"] = said["born_on"].array
    stage(connection, staged_person, frame)
    return frame["p"].to_numpy(dtype=np.int64)


def compare_identities(connection: Connection, source: Source, persons: Ints) -> Identities:
    """Fill `known_identity` and `renamed`; nothing is written to the records."""
    make(connection, known_identity)
    connection.execute(
        insert(known_identity).from_select(
            ["p", "current_id", "change"],
            select(staged_person.c.p, identity.c.id, case((_says_otherwise(), 1), else_=0)).join(
                identity,
                and_(
                    identity.c.resident_id == staged_person.c.resident_id,
                    identity.c.source == source,
                    identity.c.ended_by.is_(None),
                ),
            ),
        )
    )
    changed = connection.scalars(select(known_identity.c.p).where(known_identity.c.change == 1))
    identities = Identities(
        persons,
        np.array(changed.all(), dtype=np.int64),
        _differing(connection, source),
    )
    _stage_renames(connection, source)
    return identities


def write_residents(
    connection: Connection, batch_id: int, source: Source, first: int, last: int, now: object
) -> None:
    """Make residents of new persons `first`…`last`, and let every person know its resident."""
    columns = (
        "document_type", "id_index", "id_sealed", "name", "pinyin", "sex", "born_on",
    )  # fmt: skip
    newcomers = (
        select(
            *(staged_person.c[name] for name in columns),
            value(source.value),
            value(batch_id),
            value(now, Instant()),
        )
        .where(
            staged_person.c.p.between(first, last),
            staged_person.c.is_new,
            staged_person.c.resident_id.is_(None),
        )
        .order_by(staged_person.c.p)
    )
    connection.execute(
        new_rows(connection, resident).from_select(
            [*columns, "name_from", "brought_by", "created_at"], newcomers
        )
    )
    found = (
        select(resident.c.id)
        .where(resident.c.id_index == staged_person.c.id_index)
        .scalar_subquery()
    )
    connection.execute(
        update(staged_person)
        .where(staged_person.c.p.between(first, last), staged_person.c.resident_id.is_(None))
        .values(resident_id=found)
    )


def find_residents(connection: Connection, staged: Table, first: int, last: int) -> None:
    """Rows staged before their resident was made get its id."""
    found = (
        select(staged_person.c.resident_id).where(staged_person.c.p == staged.c.p).scalar_subquery()
    )
    connection.execute(
        update(staged)
        .where(staged.c.p.between(first, last), staged.c.resident_id.is_(None))
        .values(resident_id=found)
    )


def write_identities(
    connection: Connection, batch_id: int, source: Source, first: int, last: int
) -> None:
    in_slice = staged_person.c.p.between(first, last)
    ending = select(known_identity.c.current_id).where(
        known_identity.c.p.between(first, last), known_identity.c.change == 1
    )
    connection.execute(
        update(identity)
        .where(identity.c.id.in_(ending), identity.c.ended_by.is_(None))
        .values(ended_by=batch_id)
    )
    columns = ("resident_id", "name", "name_key")
    connection.execute(
        new_rows(connection, identity).from_select(
            [*columns, "born_on", "source", "brought_by"],
            select(
                *(staged_person.c[name] for name in columns),
                staged_person.c.stated_born_on,
                value(source.value),
                value(batch_id),
            )
            .outerjoin(known_identity, known_identity.c.p == staged_person.c.p)
            .where(in_slice, or_(known_identity.c.p.is_(None), known_identity.c.change == 1))
            .order_by(staged_person.c.p),
        )
    )


def rename(connection: Connection, batch_id: int, source: Source, first: int, last: int) -> None:
    keep_before(
        connection, batch_id, select(renamed.c.resident_id).where(renamed.c.p.between(first, last))
    )
    connection.execute(
        update(resident)
        .where(resident.c.id == renamed.c.resident_id, renamed.c.p.between(first, last))
        .values(name=renamed.c.name, pinyin=renamed.c.pinyin, name_from=source)
    )


def keep_before(connection: Connection, batch_id: int, resident_ids: Select[Any]) -> None:
    """Note how residents that somebody else brought stand before this batch changes them."""
    columns = ("name", "name_from", "pinyin", "phone_index", "phone_sealed")
    connection.execute(
        new_rows(connection, before).from_select(
            ["import_id", "resident_id", *columns],
            select(value(batch_id), resident.c.id, *(resident.c[name] for name in columns)).where(
                resident.c.id.in_(resident_ids),
                resident.c.brought_by.is_distinct_from(batch_id),
            ),
        )
    )


def new_rows(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that leaves rows alone which stand already: a slice may be written twice."""
    return insert_into(connection, table).on_conflict_do_nothing()


def _says_otherwise() -> ColumnElement[bool]:
    return or_(
        identity.c.name != staged_person.c.name,
        identity.c.name_key != staged_person.c.name_key,
        and_(
            staged_person.c.stated_born_on.is_not(None),
            identity.c.born_on.is_distinct_from(staged_person.c.stated_born_on),
        ),
    )


def _differs_elsewhere(source: Source) -> ColumnElement[bool]:
    """Another source, or the person in the mini-form, gives a different name."""
    other = table_of(StatedIdentity).alias("other")
    return or_(
        exists().where(
            other.c.resident_id == staged_person.c.resident_id,
            other.c.ended_by.is_(None),
            other.c.source != source,
            other.c.name_key != staged_person.c.name_key,
        ),
        and_(resident.c.name_from.is_(None), _shown_key() != staged_person.c.name_key),
    )


def _shown_key() -> ColumnElement[str]:
    return func.replace(func.replace(func.lower(resident.c.name), "·", ""), " ", "")


def _differing(connection: Connection, source: Source) -> Ints:
    found = connection.scalars(
        select(staged_person.c.p)
        .join(resident, resident.c.id == staged_person.c.resident_id)
        .where(_differs_elsewhere(source))
    )
    return np.array(found.all(), dtype=np.int64)


def _stage_renames(connection: Connection, source: Source) -> None:
    frame = fetch(
        connection,
        select(staged_person.c.p, staged_person.c.resident_id, staged_person.c.name)
        .join(resident, resident.c.id == staged_person.c.resident_id)
        .where(
            resident.c.name != staged_person.c.name,
            or_(resident.c.name_from == source, _shown_key() != staged_person.c.name_key),
            ~_differs_elsewhere(source),
        )
        .order_by(staged_person.c.p),
    )
    frame["pinyin"] = pd.Series([_initials_of(name) for name in frame["name"]], dtype="str")
    stage(connection, renamed, frame)


def _sealed_numbers(numbers: pd.Series, wanted: npt.NDArray[np.bool_]) -> list[bytes | None]:
    keyring = current_keyring()
    return [
        keyring.seal_text(number, NUMBER_PLACE) if is_new else None
        for number, is_new in zip(numbers, wanted, strict=True)
    ]


def _initials(names: pd.Series, wanted: npt.NDArray[np.bool_]) -> list[str | None]:
    """Each different name is read once."""
    known = {name: _initials_of(name) for name in names[wanted].unique()}
    return [known.get(name) if is_new else None for name, is_new in zip(names, wanted, strict=True)]


def _initials_of(name: str) -> str:
    return initials(name)[:NAME_LENGTH]
