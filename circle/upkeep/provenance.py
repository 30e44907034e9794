"""Invariants of the bureaus' facts, of batches, places and seals; each as in `casework`."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from typing import cast as cast_to

from sqlalchemy import (
    Column,
    ColumnElement,
    Index,
    LargeBinary,
    String,
    Table,
    and_,
    cast,
    distinct,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    type_coerce,
)

from circle.places.residence import residence_differs
from circle.privacy.rotation import sealed_columns
from circle.upkeep.offences import Moment, Offences, offences, together
from models.base import Base
from models.cases import Case, CaseBefore
from models.facts import (
    ClosedMonth,
    Contribution,
    ContributionBefore,
    InsuranceStanding,
    PayingEmployer,
)
from models.imports import ImportBatch
from models.places import Division
from models.residents import Resident, ResidentBefore
from models.sealed import AES_256_GCM, current_keyring
from models.sql import without_index
from models.vocabulary.facts import Source
from models.vocabulary.imports import BatchState

# Nothing of these may be in force.
UNWRITTEN = (BatchState.RECEIVED, BatchState.CHECKED, BatchState.FAILED, BatchState.UNDONE)
RESIDENT = cast_to("Table", Resident.__table__)
RESUMED_WITHIN = timedelta(minutes=10)
TAKEN_WITHIN = timedelta(hours=1)
ANSWERED_WITHIN = timedelta(days=7)
VERSION = {"brought_by", "ended_by", "resident_id"}
IN_FORCE = ("ended_by IS NULL", "replaced_at IS NULL")


def standing_differs(_moment: Moment) -> Offences:
    """What the rules read of a resident's insurance, against the months themselves."""
    paid = (
        select(
            Contribution.resident_id,
            Contribution.kind,
            func.min(Contribution.month).label("first_month"),
            func.max(Contribution.month).label("last_month"),
            func.count(distinct(Contribution.month)).label("months_paid"),
        )
        .group_by(Contribution.resident_id, Contribution.kind)
        .subquery()
    )
    sums = ("first_month", "last_month", "months_paid")
    standing = InsuranceStanding.__table__
    same = and_(standing.c.resident_id == paid.c.resident_id, standing.c.kind == paid.c.kind)
    differs = or_(*(standing.c[name].is_distinct_from(paid.c[name]) for name in sums))
    # By the resident, not by the kind: SQLite takes the key that begins with it for the better.
    unpaid = ~exists().where(
        Contribution.resident_id == standing.c.resident_id,
        without_index(Contribution.kind) == standing.c.kind,
    )
    return together(
        [
            offences(None, paid.c.resident_id, kind=paid.c.kind)
            .outerjoin(standing, same)
            .where(differs),
            offences(None, standing.c.resident_id, kind=standing.c.kind).where(unpaid),
        ]
    )


def contribution_orphaned(_moment: Moment) -> Offences:
    """No foreign key holds the employer; of a batch, that it was written."""
    unknown = (
        ("employer", and_(Contribution.employer_id != 0, ~_is_there(PayingEmployer))),
        ("batch", ~exists().where(ImportBatch.id == Contribution.import_id, _is_written())),
        ("resident", ~exists().where(Resident.id == Contribution.resident_id)),
    )
    return together(
        [
            offences(
                None,
                Contribution.resident_id,
                missing=_word(what),
                kind=Contribution.kind,
                month=Contribution.month,
            ).where(condition)
            for what, condition in unknown
        ]
    )


def _is_there(entity: type[PayingEmployer]) -> ColumnElement[bool]:
    return exists().where(entity.id == Contribution.employer_id)


def _is_written() -> ColumnElement[bool]:
    return ImportBatch.state.not_in(UNWRITTEN)


def closed_month_unfounded(_moment: Moment) -> Offences:
    unfounded = or_(~_is_written(), ImportBatch.source != Source.INSURANCE)
    return (
        offences(ClosedMonth.import_id, None, kind=ClosedMonth.kind, month=ClosedMonth.month)
        .join(ImportBatch, ImportBatch.id == ClosedMonth.import_id)
        .where(unfounded)
    )


def facts_unfounded(_moment: Moment) -> Offences:
    """Brought or ended by a batch never written or undone; or kept to undo what is not there."""
    unwritten = select(ImportBatch.id).where(ImportBatch.state.in_(UNWRITTEN))
    versions = [
        offences(table.c.id, table.c.resident_id, table=_word(table.name)).where(
            or_(table.c.brought_by.in_(unwritten), table.c.ended_by.in_(unwritten))
        )
        for table in versioned_tables()
    ]
    images = [
        offences(None, image.resident_id, table=_word(image.__tablename__)).where(
            image.import_id.in_(unwritten)
        )
        for image in (ContributionBefore, ResidentBefore)
    ]
    cases = offences(CaseBefore.case_id, Case.resident_id, table=_word(CaseBefore.__tablename__))
    of_cases = cases.join(Case, Case.id == CaseBefore.case_id).where(
        CaseBefore.import_id.in_(unwritten)
    )
    return together([*versions, *images, of_cases])


def versioned_tables() -> list[Table]:
    return [table for table in Base.metadata.sorted_tables if set(table.columns.keys()) >= VERSION]


def two_current_facts(_moment: Moment) -> Offences:
    return together([_twice_in_force(index) for index in _current_indexes()])


def _current_indexes() -> Iterator[Index]:
    """The unique indexes that allow one row in force for a key."""
    for table in Base.metadata.sorted_tables:
        for index in sorted(table.indexes, key=lambda each: str(each.name)):
            if index.unique and str(index.dialect_options["sqlite"]["where"]) in IN_FORCE:
                yield index


def _twice_in_force(index: Index) -> Offences:
    table = cast_to("Table", index.table)
    key = list(index.columns)
    ended = table.c["ended_by" if "ended_by" in table.c else "replaced_at"]
    return (
        offences(func.max(table.c.id), table.c.resident_id, table=_word(table.name))
        .where(ended.is_(None))
        .group_by(*key)
        .having(func.count() > 1)
    )


def residence(_moment: Moment) -> Offences:
    known = residence_differs()
    return offences(None, known.c.id, recorded=known.c.recorded, expected=known.c.lives_in)


def place_unknown(_moment: Moment) -> Offences:
    """The database refuses these itself, unless somebody has switched that off."""
    return together([_outside_the_table(column) for column in _division_columns()])


def _division_columns() -> Iterator[Column[Any]]:
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if any(key.column is Division.__table__.c.code for key in column.foreign_keys):
                yield column


def _outside_the_table(column: Column[Any]) -> Offences:
    table: Table = column.table
    known = exists().where(Division.code == column)
    return offences(
        _number_in(table, "id"),
        table.c.id if table.name == "resident" else table.c.get("resident_id"),
        column=_word(f"{table.name}.{column.name}"),
        code=column,
    ).where(column.is_not(None), ~known)


def _number_in(table: Table, name: str) -> Column[Any]:
    return table.c[name] if name in table.c else next(iter(table.primary_key))


def batch_miscounted(_moment: Moment) -> Offences:
    """Each row of a file was added, changed, unchanged, unmatched, ignored or rejected."""
    counts = ImportBatch.counts
    parts = ("added", "changed", "unchanged", "unmatched", "ignored", "rejected")
    rows = counts["rows"].as_integer()
    told: ColumnElement[int] = counts[parts[0]].as_integer()
    for part in parts[1:]:
        told += counts[part].as_integer()
    return offences(ImportBatch.id, None, rows=rows, counted=told).where(
        ImportBatch.state == BatchState.APPLIED, rows != told
    )


def batch_stuck(moment: Moment) -> Offences:
    """Written by nobody, taken up by nobody, or waiting for a word that does not come."""
    now = moment.now
    waits = func.coalesce(ImportBatch.progress["waits"].as_boolean(), False)
    unclaimed = or_(
        ImportBatch.claimed_until.is_(None), ImportBatch.claimed_until < now - RESUMED_WITHIN
    )
    unread = ImportBatch.state.in_((BatchState.RECEIVED, BatchState.CHECKED))
    stuck = or_(
        and_(
            ImportBatch.state == BatchState.APPLYING,
            unclaimed,
            ImportBatch.created_at < now - RESUMED_WITHIN,
        ),
        and_(unread, ~waits, unclaimed, ImportBatch.created_at < now - TAKEN_WITHIN),
        and_(waits, ImportBatch.created_at < now - ANSWERED_WITHIN),
    )
    return offences(ImportBatch.id, None, state=ImportBatch.state, waits=waits).where(stuck)


def seal_unknown(_moment: Moment) -> Offences:
    """Sealed or hashed with a key the keyring does not hold: nobody can open or find it."""
    return together(
        [
            *(_sealed_with_unknown_key(column) for column in sealed_columns()),
            _hashed_with_unknown_key(RESIDENT.c.id_index),
            _hashed_with_unknown_key(RESIDENT.c.phone_index),
        ]
    )


def _sealed_with_unknown_key(column: Column[Any]) -> Offences:
    heads = [
        bytes([AES_256_GCM, len(key_id)]) + key_id.encode() for key_id in current_keyring().seal
    ]
    raw = type_coerce(column, LargeBinary)
    known = (func.substr(raw, 1, len(head)) == literal(head, LargeBinary) for head in heads)
    return _of_column(column).where(column.is_not(None), not_(or_(*known)))


def _hashed_with_unknown_key(column: Column[Any]) -> Offences:
    known = (column.startswith(f"{key_id}:", autoescape=True) for key_id in current_keyring().index)
    return _of_column(column).where(column.is_not(None), not_(or_(*known)))


def _of_column(column: Column[Any]) -> Offences:
    table: Table = column.table
    resident_id = table.c.id if table.name == "resident" else table.c.get("resident_id")
    return offences(
        _number_in(table, "id"), resident_id, column=_word(f"{table.name}.{column.name}")
    )


def _word(text: str) -> ColumnElement[str]:
    return cast(text, String)
