"""New keys for old: every sealed value and every keyed hash, a slice at a time.

The old keys stay in the keyring: what was hashed and not kept (receipts, recovery codes) can only
be found through them, and a backup opens only with them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Column, LargeBinary, Table, bindparam, func, literal, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from models import Base
from models.cases import Registration
from models.residents import Resident
from models.sealed import (
    AES_256_GCM,
    PHONE_DOMAIN,
    Keyring,
    SealedText,
    current_keyring,
    document_domain,
    install_keyring,
)

SLICE = 1000
Records = type[Resident | Registration]


@dataclass(frozen=True)
class Indexed:
    """A keyed hash and how it is made again from its row; None leaves the column empty."""

    entity: Records
    column: InstrumentedAttribute[Any]
    index: Callable[[Any, Keyring], str | None]


def _document_index(resident: Resident, keyring: Keyring) -> str | None:
    number = resident.id_sealed
    return number and keyring.index_of(document_domain(resident.document_type), number)


def _phone_index(resident: Resident, keyring: Keyring) -> str | None:
    return keyring.index_of(PHONE_DOMAIN, resident.phones[0]) if resident.phones else None


def _stated_phone_index(registration: Registration, keyring: Keyring) -> str | None:
    return keyring.index_of(PHONE_DOMAIN, registration.phone_sealed)


INDEXES = (
    Indexed(Resident, Resident.id_index, _document_index),
    Indexed(Resident, Resident.phone_index, _phone_index),
    Indexed(Registration, Registration.phone_index, _stated_phone_index),
)


def add_keys(path: Path) -> Keyring:
    """Write a keyring with a new pair of keys behind the old ones and use it from now on.

    Other processes go on reading: they are to be restarted before the old rows are turned over.
    """
    keyring = Keyring.load(path).rotated()
    keyring.save(path)
    install_keyring(keyring)
    return keyring


def turn_over_slice(session: Session) -> int:
    """Seal and hash one slice of old rows with the newest keys; the number turned, 0 at the end."""
    for column in sealed_columns():
        count = _reseal(session, column)
        if count:
            return count
    for indexed in INDEXES:
        count = _index_again(session, indexed)
        if count:
            return count
    return 0


def sealed_columns() -> Iterator[Column[Any]]:
    for table in Base.metadata.sorted_tables:
        yield from (column for column in table.columns if isinstance(column.type, SealedText))


def _reseal(session: Session, column: Column[Any]) -> int:
    table: Table = column.table
    name = current_keyring().seal_id.encode()
    newest = bytes([AES_256_GCM, len(name)]) + name
    start = func.substr(type_coerce(column, LargeBinary), 1, len(newest))
    old = column.is_not(None) & (start != literal(newest, LargeBinary))
    key = list(table.primary_key)
    rows = session.execute(select(column, *key).where(old).limit(SLICE)).all()
    if rows:
        here = (part == bindparam(f"key_{place}") for place, part in enumerate(key))
        turn = table.update().where(*here).values({column: bindparam("text")})
        session.connection().execute(turn, [_parameters(*row) for row in rows])
    return len(rows)


def _parameters(text: str, *key: int) -> dict[str, str | int]:
    return {"text": text, **{f"key_{place}": part for place, part in enumerate(key)}}


def _index_again(session: Session, indexed: Indexed) -> int:
    keyring = current_keyring()
    old = ~indexed.column.startswith(f"{keyring.index_id}:", autoescape=True)
    records = session.scalars(select(indexed.entity).where(old).limit(SLICE)).all()
    for record in records:
        setattr(record, indexed.column.key, indexed.index(record, keyring))
    session.flush()
    return len(records)
