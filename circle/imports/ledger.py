"""The office's own ledger: each row opens a case, or adds to the open one.

It only adds (DOMAIN 3): a case is closed by a person, and what a worker has recorded since is
never taken back. No orders are raised.
"""

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

from circle.imports.difference import ADDED, CHANGED
from circle.imports.identities import before, find_residents, keep_before, new_rows
from circle.imports.staging import make, numbered, stage, table_of, temporary
from models.base import CODE_LENGTH, BigKey, Document, Instant
from models.cases import Case, CaseBefore
from models.residents import INDEX_LENGTH, Category, Intention, Resident, StatusHistory
from models.sealed import PHONE_DOMAIN, current_keyring
from models.vocabulary.cases import CaseOrigin, CaseStage, CaseState

Ints = npt.NDArray[np.int64]
BASIS = "台账"
PHONE_PLACE = "resident.phone_sealed"
WISH_LENGTH = 100

case_file = table_of(Case)
case_before = table_of(CaseBefore)
resident = table_of(Resident)
status = table_of(StatusHistory)
intention = table_of(Intention)
category = table_of(Category)

staged_case = temporary(
    "staged_case",
    numbered("f"),
    Column("p", BigKey),
    Column("resident_id", BigKey, index=True),
    Column("opened_on", Date()),
    Column("division", String(CODE_LENGTH)),
    Column("worker_id", BigKey),
    Column("work_status", String(40)),
    Column("wish", String(WISH_LENGTH)),
    Column("contact_on", Date()),
    Column("phone_index", String(INDEX_LENGTH)),
    Column("phone_sealed", LargeBinary()),
)
staged_category = temporary(
    "staged_category",
    numbered("c"),
    Column("f", BigKey),
    Column("p", BigKey),
    Column("resident_id", BigKey),
    Column("code", String(40)),
    Column("from_on", Date()),
)
known_category = temporary("known_category", numbered("c"))
# What each row of the ledger will do.
ledger_work = temporary(
    "ledger_work",
    numbered("f"),
    Column("p", BigKey),
    Column("case_id", BigKey),
    Column("opens", Boolean()),
    Column("changes", Boolean()),
    Column("puts_status", Boolean()),
    Column("puts_wish", Boolean()),
    Column("fills_phone", Boolean()),
)
FLAGS = ("changes", "puts_status", "puts_wish", "fills_phone")


def stage_ledger(
    connection: Connection, rows: pd.DataFrame, resident_ids: pd.Series, workers: dict[str, int]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Stage acceptable rows and their categories; returns both with their `row`, by person."""
    keyring = current_keyring()
    phones = [list(cell) if isinstance(cell, list | np.ndarray) else [] for cell in rows["phones"]]
    frame = pd.DataFrame(
        {
            "row": rows.index.to_numpy(),
            "p": rows["p"].to_numpy(),
            "resident_id": resident_ids.array,
            "opened_on": rows["opened_on"].array,
            "division": rows["division"].array,
            "worker_id": rows["worker"].map(workers).astype("Int64").array,
            "work_status": rows["work_status"].array,
            "wish": rows["wish"].str.slice(0, WISH_LENGTH).array,
            "contact_on": rows["last_contact_on"].array,
            "phone_index": pd.Series(
                [keyring.index_of(PHONE_DOMAIN, many[0]) if many else None for many in phones],
                dtype="str",
            ),
            "phone_sealed": [
                keyring.seal_text("\n".join(many), PHONE_PLACE) if many else None for many in phones
            ],
            "codes": [
                list(cell) if isinstance(cell, list | np.ndarray) else []
                for cell in rows["categories"]
            ],
        }
    ).sort_values("p", kind="stable", ignore_index=True)
    frame["f"] = np.arange(len(frame))
    marks = frame[["row", "f", "p", "resident_id", "opened_on", "codes"]].explode("codes")
    marks = marks[marks["codes"].notna()].rename(columns={"codes": "code", "opened_on": "from_on"})
    marks = marks.drop_duplicates(["f", "code"]).reset_index(drop=True)
    marks["code"] = marks["code"].astype("str")
    marks["c"] = np.arange(len(marks))
    stage(connection, staged_case, frame.drop(columns=["codes"]))
    stage(connection, staged_category, marks)
    return frame[["row", "p"]], marks[["row", "p"]]


def compare_ledger(connection: Connection, rows: int, marks: int) -> tuple[Ints, Ints]:
    """UNCHANGED, CHANGED or ADDED for each row and each category."""
    make(connection, ledger_work, known_category)
    connection.execute(
        insert(ledger_work).from_select(["f", "p", "case_id", "opens", *FLAGS], _work())
    )
    connection.execute(
        insert(known_category).from_select(
            ["c"],
            select(staged_category.c.c).where(
                exists().where(
                    category.c.resident_id == staged_category.c.resident_id,
                    category.c.code == staged_category.c.code,
                    or_(
                        category.c.to_on.is_(None),
                        category.c.to_on >= staged_category.c.from_on,
                    ),
                )
            ),
        )
    )
    row_changes, mark_changes = np.zeros(rows, dtype=np.int64), np.full(marks, ADDED)
    work = ledger_work.c
    anything = or_(*(work[flag] for flag in FLAGS))
    for rank, condition in ((CHANGED, anything), (ADDED, work.opens)):
        found = connection.scalars(select(work.f).where(condition))
        row_changes[np.fromiter(found, dtype=np.int64)] = rank
    known = connection.scalars(select(known_category.c.c))
    mark_changes[np.fromiter(known, dtype=np.int64)] = 0
    return row_changes, mark_changes


def write_ledger(
    connection: Connection, batch_id: int, first: int, last: int, now: object, day: object
) -> None:
    """The rows of persons `first`…`last`, whose residents are made by now."""
    for staged in (staged_case, staged_category):
        find_residents(connection, staged, first, last)
    work = ledger_work.c
    in_slice = work.p.between(first, last)
    _change_cases(connection, batch_id, in_slice)
    _open_cases(connection, batch_id, in_slice, now)
    _fill_phones(connection, batch_id, in_slice)
    _replace(connection, status, and_(in_slice, work.puts_status), now)
    _insert(
        connection,
        status,
        {
            "status": staged_case.c.work_status,
            "since_on": case((work.opens, staged_case.c.opened_on), else_=value(day, Date())),
            "brought_by": value(batch_id),
            "created_at": value(now, Instant()),
        },
        and_(in_slice, work.puts_status),
    )
    _replace(connection, intention, and_(in_slice, work.puts_wish), now)
    _insert(
        connection,
        intention,
        {
            "kinds": value([], Document),
            "occupation": staged_case.c.wish,
            "wants_training": value(value=False),
            "wants_start_up": value(value=False),
            "recorded_on": case((work.opens, staged_case.c.opened_on), else_=value(day, Date())),
            "brought_by": value(batch_id),
            "created_at": value(now, Instant()),
        },
        and_(in_slice, work.puts_wish),
    )
    _write_categories(connection, batch_id, first, last, now)


def _work() -> Any:  # noqa: ANN401 - a Select of ledger_work's columns
    """One row a ledger row. A case closed since the ledger's date is history and stays so."""
    s, c = staged_case.c, case_file.c
    past = case_file.alias("past").c
    settled = exists().where(
        past.resident_id == s.resident_id,
        past.state == CaseState.CLOSED,
        past.closed_on >= s.opened_on,
    )
    opens = and_(c.id.is_(None), ~settled)
    serves = or_(c.id.is_not(None), ~settled)
    changes = and_(
        c.id.is_not(None),
        or_(
            and_(c.worker_id.is_(None), s.worker_id.is_not(None)),
            _newer_contact(),
            and_(c.origin == CaseOrigin.LEDGER, c.stated_division.is_distinct_from(s.division)),
        ),
    )
    recorded = (status.c.recorded_by.is_not(None), intention.c.recorded_by.is_not(None))
    puts_status = and_(serves, ~recorded[0], status.c.status.is_distinct_from(s.work_status))
    puts_wish = and_(
        serves,
        ~recorded[1],
        s.wish.is_not(None),
        intention.c.occupation.is_distinct_from(s.wish),
    )
    fills_phone = and_(serves, s.phone_index.is_not(None), resident.c.phone_index.is_(None))
    return (
        select(s.f, s.p, c.id, opens, changes, puts_status, puts_wish, fills_phone)
        .select_from(staged_case)
        .outerjoin(resident, resident.c.id == s.resident_id)
        .outerjoin(case_file, and_(c.resident_id == s.resident_id, c.state == CaseState.OPEN))
        .outerjoin(
            status, and_(status.c.resident_id == s.resident_id, status.c.replaced_at.is_(None))
        )
        .outerjoin(
            intention,
            and_(intention.c.resident_id == s.resident_id, intention.c.replaced_at.is_(None)),
        )
    )


def _newer_contact() -> ColumnElement[bool]:
    known = case_file.c.ledger_contact_on
    return and_(
        staged_case.c.contact_on.is_not(None),
        or_(known.is_(None), known < staged_case.c.contact_on),
    )


def _change_cases(connection: Connection, batch_id: int, in_slice: ColumnElement[bool]) -> None:
    s, c, work = staged_case.c, case_file.c, ledger_work.c
    kept = ("stage", "work_status", "worker_id", "last_contact_on", "ledger_contact_on")
    columns = (*kept, "stated_division")
    meant = or_(work.changes, work.puts_status)
    connection.execute(
        new_rows(connection, case_before).from_select(
            ["import_id", "case_id", *columns, "given_worker_id"],
            select(
                value(batch_id),
                c.id,
                *(c[name] for name in columns),
                func.coalesce(c.worker_id, s.worker_id),
            )
            .join(ledger_work, work.case_id == c.id)
            .join(staged_case, s.f == work.f)
            .where(in_slice, meant, c.brought_by.is_distinct_from(batch_id)),
        )
    )
    newer = _newer_contact()
    counts = and_(newer, s.contact_on >= c.opened_on)
    last = case(
        (
            and_(counts, or_(c.last_contact_on.is_(None), c.last_contact_on < s.contact_on)),
            s.contact_on,
        ),
        else_=c.last_contact_on,
    )
    first_contact = and_(counts, c.stage == CaseStage.FIRST_CONTACT)
    connection.execute(
        update(case_file)
        .where(c.id == work.case_id, work.f == s.f, in_slice, meant)
        .values(
            worker_id=func.coalesce(c.worker_id, s.worker_id),
            ledger_contact_on=case((newer, s.contact_on), else_=c.ledger_contact_on),
            last_contact_on=last,
            stage=case((first_contact, value(CaseStage.SERVING.value)), else_=c.stage),
            stated_division=case(
                (c.origin == CaseOrigin.LEDGER, s.division), else_=c.stated_division
            ),
            work_status=case((work.puts_status, s.work_status), else_=c.work_status),
        )
    )


def _open_cases(
    connection: Connection, batch_id: int, in_slice: ColumnElement[bool], now: object
) -> None:
    """A visit the ledger dates before the opening is kept, and is no contact of this case."""
    s = staged_case.c
    contacted = s.contact_on >= s.opened_on
    first, serving = CaseStage.FIRST_CONTACT.value, CaseStage.SERVING.value
    _insert(
        connection,
        case_file,
        {
            "state": value(CaseState.OPEN.value),
            "origin": value(CaseOrigin.LEDGER.value),
            "is_confirmed": value(value=True),
            "opened_on": s.opened_on,
            "worker_id": s.worker_id,
            "stage": case((contacted, serving), else_=first),
            "work_status": s.work_status,
            "last_contact_on": case((contacted, s.contact_on)),
            "ledger_contact_on": s.contact_on,
            "stated_division": s.division,
            "causes": value([], Document),
            "obstacles": value([], Document),
            "brought_by": value(batch_id),
            "created_at": value(now, Instant()),
        },
        and_(in_slice, ledger_work.c.opens),
    )


def _fill_phones(connection: Connection, batch_id: int, in_slice: ColumnElement[bool]) -> None:
    """Only where no number is known: what a worker has confirmed is never overwritten."""
    s, work = staged_case.c, ledger_work.c
    mine = select(s.resident_id).join(ledger_work, work.f == s.f).where(in_slice, work.fills_phone)
    keep_before(connection, batch_id, mine)
    connection.execute(
        update(before)
        .where(
            before.c.import_id == batch_id,
            before.c.resident_id == s.resident_id,
            work.f == s.f,
            in_slice,
            work.fills_phone,
        )
        .values(given_phone_index=s.phone_index)
    )
    connection.execute(
        update(resident)
        .where(
            resident.c.id == s.resident_id,
            work.f == s.f,
            in_slice,
            work.fills_phone,
            resident.c.phone_index.is_(None),
        )
        .values(phone_index=s.phone_index, phone_sealed=s.phone_sealed)
    )


def _replace(
    connection: Connection,
    table: Table,
    wanted: ColumnElement[bool],
    now: object,
) -> None:
    """The row in force gives way to the ledger's."""
    mine = (
        select(staged_case.c.resident_id)
        .join(ledger_work, ledger_work.c.f == staged_case.c.f)
        .where(wanted)
    )
    connection.execute(
        update(table)
        .where(
            table.c.resident_id.in_(mine),
            table.c.replaced_at.is_(None),
            table.c.recorded_by.is_(None),
        )
        .values(replaced_at=now)
    )


def _insert(
    connection: Connection,
    table: Any,  # noqa: ANN401 - a table
    columns: dict[str, Any],
    wanted: ColumnElement[bool],
) -> None:
    connection.execute(
        new_rows(connection, table).from_select(
            ["resident_id", *columns],
            select(staged_case.c.resident_id, *columns.values())
            .join(ledger_work, ledger_work.c.f == staged_case.c.f)
            .where(wanted)
            .order_by(staged_case.c.f),
        )
    )


def _write_categories(
    connection: Connection, batch_id: int, first: int, last: int, now: object
) -> None:
    columns = ("resident_id", "code", "from_on")
    known = exists().where(known_category.c.c == staged_category.c.c)
    connection.execute(
        new_rows(connection, category).from_select(
            [*columns, "basis", "brought_by", "created_at"],
            select(
                *(staged_category.c[name] for name in columns),
                value(BASIS),
                value(batch_id),
                value(now, Instant()),
            )
            .join(ledger_work, ledger_work.c.f == staged_category.c.f)
            .where(
                staged_category.c.p.between(first, last),
                ~known,
                or_(ledger_work.c.opens, ledger_work.c.case_id.is_not(None)),
            )
            .order_by(staged_category.c.c),
        )
    )
