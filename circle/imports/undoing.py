"""Take a batch back exactly: what it brought goes, what it ended is in force again.

Only the newest batch of a scope, since a later one was compared with what this one left. What
people have done since keeps what they did it to: a resident with a visit is not taken away, nor
is a case that has one. It goes by slices of persons and the batch counts as half written until
the last, so that no rule looks at half of it; one that was cut short is simply gone on with.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Date,
    Engine,
    Integer,
    Select,
    Subquery,
    Table,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    select,
    text,
    tuple_,
    union,
    update,
)
from sqlalchemy import literal as value
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from circle import audit
from circle.database import begin_immediately
from circle.imports import paid, uploads
from circle.imports.aftermath import retraction_of
from circle.imports.applying import MOVES_PEOPLE
from circle.imports.breakage import was_sent_away
from circle.imports.holding import hold
from circle.imports.identities import new_rows
from circle.imports.layouts import forget
from circle.imports.retracting import take_back_posts
from circle.imports.returning import Ending, begin_undoing
from circle.imports.staging import (
    counted,
    looking,
    make,
    numbered,
    slice_of,
    table_of,
    temporary,
    workbench,
)
from circle.imports.ties import is_needed, is_raised_by_sweep, is_worked_on
from circle.imports.versions import FACTS
from circle.places.residence import settle_households, settle_residence
from models.base import BigKey
from models.cases import Case, CaseBefore, Visit
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
from models.vocabulary.cases import CaseStage, CaseState
from models.vocabulary.facts import Source
from models.vocabulary.imports import BatchState
from models.vocabulary.tasks import TaskKind

# A slice holds SQLite's one write lock; a person may have many contributions.
SLICE_PERSONS = {"sqlite": 2_000, "postgresql": 20_000}
SLICE_ROWS = 5_000
ATTEMPTS = 3
# What is told of a batch while it is written or taken back.
WRITTEN = ("act", "last", "done", "total", "seconds")

batch_table = table_of(ImportBatch)
resident = table_of(Resident)
identity = table_of(StatedIdentity)
resident_before = table_of(ResidentBefore)
case_file = table_of(Case)
case_before = table_of(CaseBefore)
contribution = table_of(Contribution)
before = table_of(ContributionBefore)
household = table_of(Household)
task = table_of(Task)

spoken_of = temporary("spoken_of_resident", numbered("resident_id"))
touched = temporary("touched_resident", counted("t"), Column("resident_id", BigKey))
# Batches written after this one, the first of them first.
later = temporary("later_batch", numbered("place"), Column("batch_id", BigKey))
reopened = temporary("reopened_version", numbered("id"), Column("heir", BigKey))
# Who takes over what this batch has told of a resident.
successor = temporary("successor", numbered("resident_id"), Column("batch_id", BigKey))
SCRATCH = (touched, later, reopened, successor)

# What tells two versions of a fact apart beside the resident.
IDENTITY_KEY = ("source",)
# Columns of a resident that change together.
NAME, PHONE = ("name", "name_from", "pinyin"), ("phone_index", "phone_sealed")


@dataclass(frozen=True)
class Taken:
    """The batch that is taken back."""

    id: int
    source: Source
    created_at: datetime


@dataclass(frozen=True)
class Part:
    """The touched residents numbered `first`…`last`."""

    connection: Connection
    batch: Taken
    first: int
    last: int

    @property
    def residents(self) -> Select[Any]:
        return select(touched.c.resident_id).where(touched.c.t.between(self.first, self.last))

    def holds(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        return column.in_(self.residents)


def undo(
    engine: Engine, batch_id: int, *, actor_id: int | None, uploads_path: Path, now: datetime
) -> dict[str, Any]:
    """Raises NotFound, NotUndoable, NewerBatchStands or ScopeBusy. Commits by itself, by slices."""
    started = monotonic()
    with Session(engine) as session, session.begin():
        begin_immediately(session)
        actor = session.get(Account, actor_id) if actor_id else None
        batch = begin_undoing(session, batch_id, actor, now)
        undone = _undone(session, batch)
    take_back(engine, batch_id, uploads_path=uploads_path, now=now)
    seconds = round(monotonic() - started, 3)
    return {"batch": batch_id, **undone, "seconds": seconds}


def _undone(session: Session, batch: ImportBatch) -> dict[str, Any]:
    """Posts that people have dealt with since are named: they stay."""
    if batch.source is not Source.POSTS:
        return undone_counts(batch.counts)
    found = retraction_of(session, batch.id)
    staying = [post.id for post in found.named]
    return {"removed": found.going, "restored": found.restored, "staying": staying}


def undone_counts(counts: dict[str, int]) -> dict[str, int]:
    """A changed row counts as restored."""
    restored = counts.get("changed", 0) + counts.get("ended", 0)
    return {"removed": counts.get("added", 0), "restored": restored}


def take_back(engine: Engine, batch_id: int, *, uploads_path: Path, now: datetime) -> None:
    """Bring a batch whose ending has been noted to it. Commits by itself, slice by slice."""
    with Session(engine) as session:
        progress = session.get_one(ImportBatch, batch_id).progress
    ending = Ending.of(progress)
    _remove_patiently(engine, batch_id, now)
    with workbench(engine) as connection:
        _remove_issues(connection, batch_id)
        # Before the batch forgets their names; whoever is cut off here does it once more.
        uploads.forget(uploads_path, *ending.files_over(progress))
        with slice_of(connection), Session(bind=connection) as session:
            _end(session, batch_id, ending, now)


def _remove_patiently(engine: Engine, batch_id: int, now: datetime) -> None:
    """Sent away by another undoing or import, it begins again: each slice may be run twice."""
    for attempts_left in reversed(range(ATTEMPTS)):
        try:
            with workbench(engine) as connection:
                remove_traces(connection, batch_id, now)
        except DBAPIError as error:
            if not (attempts_left and was_sent_away(error)):
                raise
        else:
            return


def remove_traces(connection: Connection, batch_id: int, now: datetime) -> None:
    """Leave the records as if the batch had never been written; the batch itself stays."""
    started = monotonic()
    with looking(connection):
        batch = _taken(connection, batch_id)
        make(connection, *SCRATCH)
        _find_touched(connection, batch)
        _find_later(connection, batch)
        last = connection.scalar(select(func.count()).select_from(touched)) or 0
    size = SLICE_PERSONS[connection.dialect.name]
    for first in range(1, last + 1, size):
        part = Part(connection, batch, first, min(first + size - 1, last))
        with slice_of(connection):
            for step in _steps(batch.source):
                step(part)
            seconds = monotonic() - started
            pace = {"done": part.last, "total": last, "seconds": seconds}
            moment = now + timedelta(seconds=seconds)
            hold(connection, batch_id, moment, act="take_back", **pace)
    _remove_households(connection, batch_id)
    if batch.source is Source.POSTS:
        take_back_posts(connection, batch_id)
    with slice_of(connection):
        connection.execute(delete(ClosedMonth).where(ClosedMonth.import_id == batch_id))
        hold(connection, batch_id, now, **dict.fromkeys(WRITTEN))
    with looking(connection):
        for table in SCRATCH:
            table.drop(connection)


def _taken(connection: Connection, batch_id: int) -> Taken:
    with Session(bind=connection) as session:
        batch = session.get_one(ImportBatch, batch_id)
        return Taken(batch.id, batch.known_source, batch.created_at)


def stage_spoken_of(connection: Connection, batch_id: int) -> None:
    """Every resident taking the batch back would touch, for whoever only wants to know."""
    with looking(connection):
        make(connection, spoken_of)
        ids = union(*_speaking_of(_taken(connection, batch_id)))
        connection.execute(insert(spoken_of).from_select(["resident_id"], ids))
        _refresh_statistics(connection, spoken_of)


def _find_touched(connection: Connection, batch: Taken) -> None:
    ids = union(*_speaking_of(batch)).subquery()
    connection.execute(
        insert(touched).from_select(
            ["resident_id"], select(ids.c.resident_id).order_by(ids.c.resident_id)
        )
    )
    _refresh_statistics(connection, touched)


def _speaking_of(batch: Taken) -> list[Select[Any]]:
    """Residents by each table the batch may have written."""
    versions = [fact.table for fact in FACTS.get(batch.source, ())] + [identity]
    found = [
        select(table.c.resident_id).where(column == batch.id)
        for table in versions
        for column in (table.c.brought_by, table.c.ended_by)
    ]
    found += [
        select(resident.c.id.label("resident_id")).where(resident.c.brought_by == batch.id),
        select(resident_before.c.resident_id).where(resident_before.c.import_id == batch.id),
    ]
    if batch.source is Source.INSURANCE:
        found += [
            select(table.c.resident_id).where(table.c.import_id == batch.id)
            for table in (contribution, before)
        ]
    if batch.source is Source.CASELOAD:
        brought = (case_file, *map(table_of, (Category, StatusHistory, Intention)))
        found += [
            select(table.c.resident_id).where(table.c.brought_by == batch.id) for table in brought
        ]
        found.append(
            select(case_file.c.resident_id)
            .join(case_before, case_before.c.case_id == case_file.c.id)
            .where(case_before.c.import_id == batch.id)
        )
    return found


def _find_later(connection: Connection, batch: Taken) -> None:
    turn = func.coalesce(batch_table.c.turn, 0)
    mine = select(turn).where(batch_table.c.id == batch.id).scalar_subquery()
    connection.execute(
        insert(later).from_select(
            ["place", "batch_id"],
            select(func.row_number().over(order_by=[turn, batch_table.c.id]), batch_table.c.id)
            .where(tuple_(turn, batch_table.c.id) > tuple_(mine, value(batch.id)))
            .where(batch_table.c.state.in_((BatchState.APPLIED, BatchState.APPLYING))),
        )
    )


def _refresh_statistics(connection: Connection, table: Table) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"ANALYZE {table.name}"))


Step = Callable[[Part], None]


def _steps(source: Source) -> list[Step]:
    """In this order: who takes over a name is told by the contributions that are left."""
    steps: list[Step] = []
    if source is Source.INSURANCE:
        steps += [_contributions, _hand_over_names]
    steps += [_facts]
    if source is Source.CASELOAD:
        steps += [_ledger]
    steps += [_names]
    if source in MOVES_PEOPLE:
        steps += [_residence]
    return [*steps, _residents]


def _contributions(part: Part) -> None:
    """What the batch added has no before-image."""
    connection = part.connection
    own = and_(before.c.import_id == part.batch.id, part.holds(before.c.resident_id))
    brought = and_(
        contribution.c.import_id == part.batch.id, part.holds(contribution.c.resident_id)
    )
    make(connection, paid.touched)
    pairs = union(
        select(before.c.resident_id, before.c.kind).where(own),
        select(contribution.c.resident_id, contribution.c.kind).where(brought),
    ).subquery()
    connection.execute(
        insert(paid.touched).from_select(
            ["resident_id", "kind"], select(pairs.c.resident_id, pairs.c.kind)
        )
    )
    _hand_down(part)
    connection.execute(delete(contribution).where(brought))
    connection.execute(
        new_rows(connection, contribution).from_select(
            [*paid.KEY, "import_id", "base_fen"],
            select(
                *(before.c[name] for name in paid.KEY),
                before.c.import_before,
                before.c.base_before_fen,
            ).where(own, before.c.import_before.is_not(None)),
        )
    )
    connection.execute(delete(before).where(own))
    paid.settle_standings(connection)
    paid.touched.drop(connection)


def _hand_down(part: Part) -> None:
    """Where another batch has changed a contribution since, its before-image becomes ours."""
    mine = before.alias("mine")
    same = and_(
        mine.c.import_id == part.batch.id, *(mine.c[name] == before.c[name] for name in paid.KEY)
    )
    part.connection.execute(
        update(before)
        .where(
            before.c.import_id.in_(select(later.c.batch_id)),
            before.c.import_before == part.batch.id,
            part.holds(before.c.resident_id),
        )
        .values(
            import_before=select(mine.c.import_before).where(same).scalar_subquery(),
            base_before_fen=select(mine.c.base_before_fen).where(same).scalar_subquery(),
        )
    )


def _hand_over_names(part: Part) -> None:
    """A later month that speaks of the person too gave the same name, or it would have its own."""
    connection, batch = part.connection, part.batch
    since = (
        select(contribution.c.resident_id, func.min(later.c.place).label("place"))
        .join(later, later.c.batch_id == contribution.c.import_id)
        .where(part.holds(contribution.c.resident_id))
        .group_by(contribution.c.resident_id)
        .subquery()
    )
    _find_successors(part, since)
    theirs = and_(
        identity.c.resident_id == successor.c.resident_id, identity.c.source == batch.source
    )
    connection.execute(
        update(identity)
        .where(
            theirs,
            identity.c.brought_by == batch.id,
            identity.c.ended_by.is_distinct_from(successor.c.batch_id),
        )
        .values(brought_by=successor.c.batch_id)
    )
    heir = identity.alias("heir")
    taken_over = exists().where(
        heir.c.resident_id == successor.c.resident_id,
        heir.c.source == batch.source,
        heir.c.brought_by == successor.c.batch_id,
    )
    connection.execute(
        update(identity)
        .where(theirs, identity.c.ended_by == batch.id, taken_over)
        .values(ended_by=successor.c.batch_id)
    )
    other = resident_before.alias("other")
    connection.execute(
        update(resident_before)
        .where(
            resident_before.c.import_id == batch.id,
            resident_before.c.resident_id == successor.c.resident_id,
            taken_over,
            ~exists().where(
                other.c.import_id == successor.c.batch_id,
                other.c.resident_id == successor.c.resident_id,
            ),
        )
        .values(import_id=successor.c.batch_id)
    )


def _find_successors(part: Part, since: Subquery) -> None:
    pairs = select(since.c.resident_id, later.c.batch_id).join(
        later, later.c.place == since.c.place
    )
    part.connection.execute(delete(successor))
    part.connection.execute(insert(successor).from_select(["resident_id", "batch_id"], pairs))
    _refresh_statistics(part.connection, successor)


def _facts(part: Part) -> None:
    """Versions: the batch's own rows go, those it ended are in force again."""
    kinds = [(fact.table, fact.key) for fact in FACTS.get(part.batch.source, ())]
    for table, key in (*kinds, (identity, IDENTITY_KEY)):
        mine = and_(table.c.ended_by == part.batch.id, part.holds(table.c.resident_id))
        _remember(part, select(table.c.id, _heir(table, key, part.batch.id)).where(mine))
        # First out of the way, then in force: one current row for a key.
        part.connection.execute(
            delete(table).where(
                table.c.brought_by == part.batch.id, part.holds(table.c.resident_id)
            )
        )
        part.connection.execute(
            update(table).where(table.c.id == reopened.c.id).values(ended_by=reopened.c.heir)
        )


def _remember(part: Part, rows: Select[Any]) -> None:
    part.connection.execute(delete(reopened))
    part.connection.execute(insert(reopened).from_select(["id", "heir"], rows))


def _heir(table: Table, key: tuple[str, ...], batch_id: int) -> ColumnElement[Any]:
    """Who ended the version that replaced this one, else who brought the next; none: in force."""
    other = table.alias("other")
    same = and_(
        other.c.resident_id == table.c.resident_id,
        *(other.c[name].is_not_distinct_from(table.c[name]) for name in key),
    )
    # By the resident, never by all rows of the batch or all that are newer: hence the sums.
    brought_by, place = other.c.brought_by + 0, other.c.id + 0
    replaced = select(other.c.ended_by).where(same, brought_by == batch_id).limit(1)
    following = (
        select(other.c.brought_by)
        .where(same, place > table.c.id, brought_by != batch_id)
        .order_by(place)
        .limit(1)
    )
    return func.coalesce(replaced.scalar_subquery(), following.scalar_subquery())


def _names(part: Part) -> None:
    """Residents get their names and phones back, unless a later batch has changed them again:
    then it is that batch's before-image that becomes ours. What a person has changed stays.
    """
    connection, batch = part.connection, part.batch
    mine = resident_before.alias("mine")
    own = and_(mine.c.import_id == batch.id, part.holds(mine.c.resident_id))
    since = (
        select(resident_before.c.resident_id, func.min(later.c.place).label("place"))
        .join(later, later.c.batch_id == resident_before.c.import_id)
        .where(resident_before.c.resident_id.in_(select(mine.c.resident_id).where(own)))
        .group_by(resident_before.c.resident_id)
        .subquery()
    )
    _find_successors(part, since)
    is_inherited = exists().where(successor.c.resident_id == mine.c.resident_id)
    inherits = and_(
        resident_before.c.resident_id == successor.c.resident_id,
        resident_before.c.import_id == successor.c.batch_id,
    )
    for columns in (NAME, PHONE):
        values = {name: mine.c[name] for name in columns}
        connection.execute(
            update(resident)
            .where(resident.c.id == mine.c.resident_id, own, ~is_inherited)
            .where(_is_as_put(columns, resident, mine, batch.source))
            .values(values)
        )
        connection.execute(
            update(resident_before)
            .where(inherits, mine.c.resident_id == resident_before.c.resident_id, own)
            .where(_is_as_put(columns, resident_before, mine, batch.source))
            .values(values)
        )
    connection.execute(
        delete(resident_before).where(
            resident_before.c.import_id == batch.id, part.holds(resident_before.c.resident_id)
        )
    )


def _is_as_put(
    columns: tuple[str, ...],
    table: Table,
    mine: Any,  # noqa: ANN401 - an alias
    source: Source,
) -> ColumnElement[bool]:
    """The columns are still what the batch made them."""
    name: ColumnElement[bool] = table.c.name_from == source
    phone: ColumnElement[bool] = table.c.phone_index == mine.c.given_phone_index
    return name if columns is NAME else phone


def _ledger(part: Part) -> None:
    connection, batch = part.connection, part.batch
    stays = (
        select(case_file.c.resident_id)
        .where(case_file.c.brought_by == batch.id, part.holds(case_file.c.resident_id))
        .where(is_worked_on())
    )
    _restore_cases(part)
    # What stays, stays whole: its status, wish and categories were what people worked with.
    goes = and_(
        Category.brought_by == batch.id,
        part.holds(table_of(Category).c.resident_id),
        Category.resident_id.not_in(stays),
    )
    connection.execute(delete(Category).where(goes))
    for table in (table_of(StatusHistory), table_of(Intention)):
        _restore_replaced(part, table, stays)
    _take_away_cases(part)


def _restore_cases(part: Part) -> None:
    """Known cases as they were, but for what people have done with them since."""
    c, b = case_file.c, case_before.c
    contacts = (
        select(func.max(Visit.visited_on))
        .where(
            Visit.case_id == c.id,
            Visit.reached,
            Visit.removed_at.is_(None),
            Visit.visited_on >= c.opened_on,
        )
        .scalar_subquery()
    )
    nothing = value(None, Date())
    told = case((b.ledger_contact_on >= c.opened_on, b.ledger_contact_on), else_=nothing)
    last = case(
        (told.is_(None), contacts),
        (contacts.is_(None), told),
        (contacts > told, contacts),
        else_=told,
    )
    first, serving = CaseStage.FIRST_CONTACT, CaseStage.SERVING
    status = table_of(StatusHistory)
    says_status = exists().where(
        status.c.resident_id == c.resident_id,
        status.c.brought_by == part.batch.id,
        status.c.replaced_at.is_(None),
    )
    is_open = c.state == CaseState.OPEN
    part.connection.execute(
        update(case_file)
        .where(c.id == b.case_id, b.import_id == part.batch.id, part.holds(c.resident_id))
        .values(
            worker_id=case(
                (c.worker_id.is_not_distinct_from(b.given_worker_id), b.worker_id),
                else_=c.worker_id,
            ),
            ledger_contact_on=b.ledger_contact_on,
            last_contact_on=last,
            stage=case(
                (and_(is_open, c.stage == serving, last.is_(None)), value(first.value)),
                (and_(is_open, c.stage == first, last.is_not(None)), value(serving.value)),
                else_=c.stage,
            ),
            stated_division=b.stated_division,
            work_status=case((says_status, b.work_status), else_=c.work_status),
        )
    )
    part.connection.execute(
        delete(case_before).where(
            b.import_id == part.batch.id,
            b.case_id.in_(select(c.id).where(part.holds(c.resident_id))),
        )
    )


def _restore_replaced(part: Part, table: Table, stays: Select[Any]) -> None:
    """What the ledger replaced carries the batch's own instant."""
    mine = table.alias("mine")
    current = exists().where(
        mine.c.resident_id == table.c.resident_id,
        mine.c.brought_by == part.batch.id,
        mine.c.replaced_at.is_(None),
    )
    goes = and_(part.holds(table.c.resident_id), table.c.resident_id.not_in(stays))
    replaced = and_(goes, table.c.replaced_at == part.batch.created_at, current)
    _remember(part, select(table.c.id, value(None, Integer())).where(replaced))
    part.connection.execute(delete(table).where(table.c.brought_by == part.batch.id, goes))
    part.connection.execute(
        update(table).where(table.c.id.in_(select(reopened.c.id))).values(replaced_at=None)
    )


def _take_away_cases(part: Part) -> None:
    """A case nobody has worked on; what the sweep alone said of it goes too."""
    going = select(case_file.c.id).where(
        case_file.c.brought_by == part.batch.id,
        part.holds(case_file.c.resident_id),
        ~is_worked_on(),
    )
    _remember(part, going.add_columns(value(None, Integer())))
    gone = select(reopened.c.id)
    _forget(part, and_(task.c.case_id.in_(gone), task.c.kind == TaskKind.VISIT))
    # The other reminders are about the person: the next sweep says whether they still hold.
    part.connection.execute(update(task).where(task.c.case_id.in_(gone)).values(case_id=None))
    part.connection.execute(delete(case_file).where(case_file.c.id.in_(gone)))


def _residence(part: Part) -> None:
    settle_residence(part.connection, part.residents)
    if part.batch.source is Source.HOUSEHOLD:
        settle_households(part.connection, part.residents)


def _residents(part: Part) -> None:
    """Whom only this batch made known, and nothing else speaks of."""
    going = select(resident.c.id, value(None, Integer())).where(
        resident.c.brought_by == part.batch.id, part.holds(resident.c.id), ~is_needed()
    )
    _remember(part, going)
    gone = select(reopened.c.id)
    _forget(part, task.c.resident_id.in_(gone))
    part.connection.execute(delete(resident).where(resident.c.id.in_(gone)))


def _forget(part: Part, which: ColumnElement[bool]) -> None:
    move = table_of(TaskMove)
    mine = select(task.c.id).where(which, is_raised_by_sweep())
    part.connection.execute(delete(move).where(move.c.task_id.in_(mine)))
    part.connection.execute(delete(task).where(which, is_raised_by_sweep()))


def _remove_households(connection: Connection, batch_id: int) -> None:
    """Those the batch made and nobody is a member of any more."""
    empty = (
        select(household.c.id)
        .where(
            household.c.brought_by == batch_id,
            household.c.zero_employment_confirmed_on.is_(None),
            ~exists().where(HouseholdMember.household_id == household.c.id),
        )
        .limit(SLICE_ROWS)
    )
    _remove_by_slices(connection, household, empty)


def _remove_issues(connection: Connection, batch_id: int) -> None:
    issue = table_of(ImportIssue)
    own = select(issue.c.id).where(issue.c.import_id == batch_id).limit(SLICE_ROWS)
    _remove_by_slices(connection, issue, own)


def _remove_by_slices(connection: Connection, table: Table, some: Select[Any]) -> None:
    removed = 1
    while removed:
        with slice_of(connection):
            removed = connection.execute(delete(table).where(table.c.id.in_(some))).rowcount


def _end(session: Session, batch_id: int, ending: Ending, now: datetime) -> None:
    batch = session.get_one(ImportBatch, batch_id)
    ending.put(batch, now)
    if batch.state is BatchState.UNDONE:
        forget(session, batch)
        actor = session.get(Account, ending.by) if ending.by else None
        audit.record(
            session, act="import:file:undo", actor=actor, now=now, details={"batch": batch_id}
        )
    session.flush()
