"""Take a batch back exactly: what it brought goes, what it ended is in force again.

Only the newest batch of a scope, since a later one was compared with what this one left. What
people have done since keeps what they did it to: a resident with a visit is not taken away, nor
is a case that has one. Each slice may be run twice, so an undoing that was cut short is simply
begun again.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from circle import audit
from circle.imports import paid, uploads
from circle.imports.identities import new_rows
from circle.imports.scope import Scope, overlapping
from circle.imports.staging import (
    counted,
    make,
    slice_of,
    slice_rows,
    table_of,
    temporary,
    workbench,
)
from circle.imports.versions import FACTS
from circle.places.residence import settle_households, settle_residence
from circle.refusals import NewerBatchStands, NotFound, NotUndoable
from models.base import Base, BigKey
from models.cases import Case, CaseBefore
from models.facts import ClosedMonth, Contribution, ContributionBefore
from models.imports import ImportBatch, ImportIssue
from models.residents import (
    Category,
    Household,
    HouseholdMember,
    Intention,
    Resident,
    ResidentBefore,
    StatedIdentity,
    StatusHistory,
)
from models.staff import Account
from models.tasks import Task, TaskMove
from models.vocabulary.facts import Source
from models.vocabulary.imports import BatchState
from models.vocabulary.tasks import TaskKind, TaskState

touched = temporary("touched_resident", counted("t"), Column("resident_id", BigKey))
UNDOABLE = (BatchState.APPLIED, BatchState.APPLYING)
REMINDERS = (
    TaskKind.VISIT,
    TaskKind.INSURANCE_LAPSE,
    TaskKind.FIRST_REGISTRATION,
    TaskKind.ANOMALY,
)
# What tells two versions of a fact apart beside the resident.
IDENTITY_KEY = ("source",)


def undo(
    engine: Engine, batch_id: int, *, actor_id: int | None, uploads_path: Path, now: datetime
) -> dict[str, Any]:
    """Raises NotFound, NotUndoable or NewerBatchStands. Commits by itself, slice by slice."""
    started = monotonic()
    with workbench(engine) as connection:
        with Session(bind=connection) as session:
            batch = _undoable(session, batch_id)
            counts, source, created_at = batch.counts, batch.known_source, batch.created_at
            kept = [batch.progress.get(name) for name in ("upload", "rejects")]
        connection.commit()
        make(connection, touched)
        connection.commit()
        if source is Source.INSURANCE:
            _undo_contributions(connection, batch_id)
        with slice_of(connection):
            _undo_facts(connection, batch_id, source)
            if source is Source.CASELOAD:
                _undo_ledger(connection, batch_id, created_at)
            _undo_names(connection, batch_id)
            _settle(connection, source)
            _take_away_residents(connection, batch_id)
            _close(connection, batch_id, actor_id, now)
    for name in kept:
        uploads.forget(uploads_path, name)
    return {
        "batch": batch_id,
        "removed": counts.get("added", 0),
        "restored": counts.get("changed", 0) + counts.get("ended", 0),
        "seconds": round(monotonic() - started, 3),
    }


def _undoable(session: Session, batch_id: int) -> ImportBatch:
    batch = session.get(ImportBatch, batch_id)
    if batch is None:
        raise NotFound
    if batch.state not in UNDOABLE:
        raise NotUndoable(batch_id)
    scope = Scope.of(batch)
    newer = select(ImportBatch.id).where(
        overlapping(scope), ImportBatch.id > batch_id, ImportBatch.state.in_(UNDOABLE)
    )
    if scope.is_insurance:
        newer = newer.where(ImportBatch.month == scope.month)
    found = session.scalars(newer.order_by(ImportBatch.id.desc()).limit(1)).first()
    if found is not None:
        raise NewerBatchStands(found)
    return batch


def _undo_facts(connection: Connection, batch_id: int, source: Source) -> None:
    """Versions: the batch's own rows go, those it ended are in force again."""
    kinds = [(fact.table, fact.key) for fact in FACTS.get(source, ())]
    for table, key in (*kinds, (table_of(StatedIdentity), IDENTITY_KEY)):
        mine = or_(table.c.brought_by == batch_id, table.c.ended_by == batch_id)
        _touch(connection, select(table.c.resident_id).where(mine))
        reopened = _heir(table, key, batch_id)
        # First out of the way, then in force: one current row for a key.
        ended = select(table.c.id, reopened.label("heir")).where(table.c.ended_by == batch_id)
        rows = connection.execute(ended).all()
        connection.execute(delete(table).where(table.c.brought_by == batch_id))
        if rows:
            connection.execute(
                update(table)
                .where(table.c.id == bindparam("b_id"))
                .values(ended_by=bindparam("b_heir")),
                [{"b_id": row.id, "b_heir": row.heir} for row in rows],
            )
    if source is Source.HOUSEHOLD:
        connection.execute(
            delete(Household).where(
                Household.brought_by == batch_id,
                Household.zero_employment_confirmed_on.is_(None),
                ~exists().where(HouseholdMember.household_id == Household.id),
            )
        )


def _heir(table: Table, key: tuple[str, ...], batch_id: int) -> ColumnElement[Any]:
    """The batch that ended the version which replaced this one; none: it is in force again."""
    later = table.alias("later")
    return (
        select(later.c.ended_by)
        .where(
            later.c.resident_id == table.c.resident_id,
            *(later.c[name].is_not_distinct_from(table.c[name]) for name in key),
            later.c.brought_by == batch_id,
        )
        .limit(1)
        .scalar_subquery()
    )


def _undo_names(connection: Connection, batch_id: int) -> None:
    """Residents get their names and phones back, unless a later batch has changed them again:
    then it is that batch's before-image that becomes ours.
    """
    columns = ("name", "name_from", "pinyin", "phone_index", "phone_sealed")
    before, resident = table_of(ResidentBefore), table_of(Resident)
    later = before.alias("later")
    newer = exists().where(
        later.c.resident_id == before.c.resident_id, later.c.import_id > batch_id
    )
    connection.execute(
        update(resident)
        .where(resident.c.id == before.c.resident_id, before.c.import_id == batch_id, ~newer)
        .values({name: before.c[name] for name in columns})
    )
    connection.execute(delete(before).where(before.c.import_id == batch_id))


def _undo_ledger(connection: Connection, batch_id: int, created_at: datetime) -> None:
    case_file, before = table_of(Case), table_of(CaseBefore)
    columns = (
        "stage",
        "work_status",
        "worker_id",
        "last_contact_on",
        "ledger_contact_on",
        "stated_division",
    )
    _touch(connection, select(Case.resident_id).where(Case.brought_by == batch_id))
    connection.execute(
        update(case_file)
        .where(case_file.c.id == before.c.case_id, before.c.import_id == batch_id)
        .values({name: before.c[name] for name in columns})
    )
    _touch(
        connection,
        select(Case.resident_id)
        .join(before, before.c.case_id == Case.id)
        .where(before.c.import_id == batch_id),
    )
    connection.execute(delete(before).where(before.c.import_id == batch_id))
    connection.execute(delete(Category).where(Category.brought_by == batch_id))
    for table in (table_of(StatusHistory), table_of(Intention)):
        _restore_replaced(connection, table, batch_id, created_at)
    _take_away_cases(connection, batch_id)


def _take_away_cases(connection: Connection, batch_id: int) -> None:
    """A case nobody has worked on; what the sweep alone said of it goes too."""
    case_file, task = table_of(Case), table_of(Task)
    going = select(case_file.c.id).where(
        case_file.c.brought_by == batch_id,
        ~_is_referenced(case_file, {"case_before", "task"}),
        ~exists().where(task.c.case_id == case_file.c.id, ~_raised_by_the_sweep(task)),
    )
    _forget(connection, and_(task.c.case_id.in_(going), task.c.kind == TaskKind.VISIT))
    # The other reminders are about the person: the next sweep says whether they still hold.
    connection.execute(update(task).where(task.c.case_id.in_(going)).values(case_id=None))
    connection.execute(
        delete(case_file).where(
            case_file.c.brought_by == batch_id, ~_is_referenced(case_file, {"case_before"})
        )
    )


def _restore_replaced(
    connection: Connection, table: Table, batch_id: int, created_at: datetime
) -> None:
    """What the ledger replaced carries the batch's own instant."""
    mine = table.alias("mine")
    current = exists().where(
        mine.c.resident_id == table.c.resident_id,
        mine.c.brought_by == batch_id,
        mine.c.replaced_at.is_(None),
    )
    replaced = connection.scalars(
        select(table.c.id).where(table.c.replaced_at == created_at, current)
    ).all()
    connection.execute(delete(table).where(table.c.brought_by == batch_id))
    connection.execute(update(table).where(table.c.id.in_(replaced)).values(replaced_at=None))


def _settle(connection: Connection, source: Source) -> None:
    ids = select(touched.c.resident_id)
    settle_residence(connection, ids)
    if source is Source.HOUSEHOLD:
        settle_households(connection, ids)


def _take_away_residents(connection: Connection, batch_id: int) -> None:
    """Whom only this batch made known, and nothing else speaks of."""
    resident, task = table_of(Resident), table_of(Task)
    going = select(resident.c.id).where(
        resident.c.brought_by == batch_id,
        ~_is_referenced(resident, {"resident", "task"}),
        ~exists().where(task.c.resident_id == resident.c.id, ~_raised_by_the_sweep(task)),
    )
    _forget(connection, task.c.resident_id.in_(going))
    connection.execute(
        delete(resident).where(
            resident.c.brought_by == batch_id, ~_is_referenced(resident, {"resident"})
        )
    )


def _raised_by_the_sweep(task: Table) -> ColumnElement[bool]:
    """Reminders no person has acted on."""
    move = table_of(TaskMove)
    return and_(
        task.c.kind.in_(REMINDERS),
        task.c.state.in_((TaskState.OPEN, TaskState.WITHDRAWN)),
        ~exists().where(move.c.task_id == task.c.id, move.c.by.is_not(None)),
    )


def _forget(connection: Connection, which: ColumnElement[bool]) -> None:
    task, move = table_of(Task), table_of(TaskMove)
    connection.execute(delete(move).where(move.c.task_id.in_(select(task.c.id).where(which))))
    connection.execute(delete(task).where(which))


def _is_referenced(table: Table, aside: Iterable[str]) -> ColumnElement[bool]:
    """Some row of another table points to this one, whatever tables there are by then."""
    references = [
        exists().where(column == table.c.id)
        for other in Base.metadata.tables.values()
        if other.name not in aside
        for column in other.columns
        if any(key.column is table.c.id for key in column.foreign_keys)
    ]
    return or_(*references)


def _undo_contributions(connection: Connection, batch_id: int) -> None:
    """By slices of residents; what the batch added has no before-image."""
    last = connection.scalar(select(func.max(Resident.id))) or 0
    connection.commit()
    size = slice_rows(connection)
    for first in range(1, last + 1, size):
        with slice_of(connection):
            _undo_paid(connection, batch_id, first, first + size - 1)


def _undo_paid(connection: Connection, batch_id: int, first: int, last: int) -> None:
    contribution, before = table_of(Contribution), table_of(ContributionBefore)
    own = and_(before.c.import_id == batch_id, before.c.resident_id.between(first, last))
    brought = and_(
        contribution.c.import_id == batch_id, contribution.c.resident_id.between(first, last)
    )
    make(connection, paid.touched)
    pairs: list[Select[Any]] = [
        select(before.c.resident_id, before.c.kind).where(own),
        select(contribution.c.resident_id, contribution.c.kind).where(brought),
    ]
    for pair in pairs:
        connection.execute(
            insert(paid.touched).from_select(["resident_id", "kind"], pair.distinct())
        )
    _hand_down(connection, batch_id, own)
    connection.execute(delete(contribution).where(brought))
    columns = [before.c[name] for name in paid.KEY]
    connection.execute(
        new_rows(connection, contribution).from_select(
            [*paid.KEY, "import_id", "base_fen"],
            select(*columns, before.c.import_before, before.c.base_before_fen).where(
                own, before.c.import_before.is_not(None)
            ),
        )
    )
    connection.execute(delete(before).where(own))
    paid.settle_standings(connection)
    paid.touched.drop(connection)


def _hand_down(connection: Connection, batch_id: int, own: ColumnElement[bool]) -> None:
    """Where another batch has changed a contribution since, its before-image becomes ours."""
    before = table_of(ContributionBefore)
    mine = before.alias("mine")
    same = and_(
        mine.c.import_id == batch_id, *(mine.c[name] == before.c[name] for name in paid.KEY)
    )
    del own
    connection.execute(
        update(before)
        .where(before.c.import_before == batch_id)
        .values(
            import_before=select(mine.c.import_before).where(same).scalar_subquery(),
            base_before_fen=select(mine.c.base_before_fen).where(same).scalar_subquery(),
        )
    )


def _close(connection: Connection, batch_id: int, actor_id: int | None, now: datetime) -> None:
    connection.execute(delete(ClosedMonth).where(ClosedMonth.import_id == batch_id))
    connection.execute(delete(ImportIssue).where(ImportIssue.import_id == batch_id))
    with Session(bind=connection) as session:
        batch = session.get_one(ImportBatch, batch_id)
        batch.move("undo")
        batch.undone_at = now
        batch.swept_at = None
        batch.claimed_by = batch.claimed_until = None
        batch.progress = {}
        actor = session.get(Account, actor_id) if actor_id else None
        audit.record(
            session, act="import:file:undo", actor=actor, now=now, details={"batch": batch_id}
        )
        session.flush()


def _touch(connection: Connection, resident_ids: Select[Any]) -> None:
    connection.execute(insert(touched).from_select(["resident_id"], resident_ids.distinct()))
