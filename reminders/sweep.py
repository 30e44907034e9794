"""Findings against known tasks: raise, reopen, refresh, withdraw. One loop over RULES.

No row passes through Python: each rule's findings go into a temporary table, are compared there
with the tasks, and the changes are applied slice by slice. Statements grow with what changed.
"""

from collections.abc import Collection
from datetime import date, datetime
from time import perf_counter

from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from models.base import utc_now
from models.imports import ImportBatch
from models.jobs import SweepRun
from models.policy import common_policy_on
from models.tasks import Task
from models.vocabulary.imports import BatchState
from models.vocabulary.jobs import SweepReason
from reminders.calendar import due_after
from reminders.changes import WRITERS, Part
from reminders.comparison import compare, counts_of, find, ranges_of
from reminders.narrowing import Narrowing, everyone, residents
from reminders.rules import RULES, Rule
from reminders.turns import choose_assignees
from reminders.workbench import Sweep, clear, set_up

# A slice holds SQLite's one write lock for some tens of milliseconds.
SLICE_ROWS = {"sqlite": 2_000, "postgresql": 20_000}
# More than so many new open tasks, and a list is looked for another way than before.
MANY_TASKS = 1_000


class SweepBlocked(Exception):  # noqa: N818 - named for what happened
    """A batch is being applied in the scope: facts are half written."""


def sweep(
    engine: Engine,
    *,
    on: date,
    now: datetime,
    reason: SweepReason,
    only: Narrowing = everyone,
) -> SweepRun:
    """Bring all tasks up to the day; commits slice by slice. Raises SweepBlocked, perhaps midway:
    a file is not kept waiting for a sweep.

    A sweep that is cut off leaves whole slices behind, and the next one does the rest.
    """
    with engine.connect() as connection, Session(connection, expire_on_commit=False) as session:
        if _batch_is_applying(session):
            raise SweepBlocked
        policy = common_policy_on(session, on)
        return _run(Sweep(session, on, now, policy, only, commits=True), reason)


def sweep_residents(
    session: Session,
    resident_ids: Collection[int],
    *,
    on: date,
    now: datetime,
    reason: SweepReason,
) -> SweepRun | None:
    """The same for some residents, inside the caller's transaction.

    Nothing while a batch is applying: the sweep behind it has them.
    """
    if not resident_ids or _batch_is_applying(session):
        return None
    session.flush()
    only = residents(resident_ids)
    run = _run(Sweep(session, on, now, common_policy_on(session, on), only, commits=False), reason)
    for task in [known for known in session if isinstance(known, Task)]:
        session.expire(task)
    return run


def sweep_in_trial(session: Session, *, on: date, now: datetime) -> SweepRun:
    """Of tables that stand in front of the records, inside the caller's transaction.

    They hold whom the trial concerns, and nobody else is swept; a batch may be half written there.
    """
    only = Narrowing(everyone.condition)
    policy = common_policy_on(session, on)
    trial = Sweep(session, on, now, policy, only, commits=False, is_large=True)
    return _run(trial, SweepReason.IMPORT)


def _batch_is_applying(session: Session) -> bool:
    applying = select(ImportBatch.id).where(ImportBatch.state == BatchState.APPLYING).limit(1)
    return session.scalar(applying) is not None


def _run(sweep: Sweep, reason: SweepReason) -> SweepRun:
    started = perf_counter()
    run = SweepRun(
        on=sweep.on,
        reason=reason,
        is_whole=sweep.only is everyone,
        started_at=sweep.now,
        counts={},
    )
    with sweep.slice():
        sweep.session.add(run)
        sweep.session.flush()
        sweep.run_id = run.id
        sweep.undone_since = _undone_since(sweep.session) if sweep.commits else None
        written = _written(sweep.session)
    set_up(sweep)
    counts = {rule.kind.value: _reconcile(sweep, rule, written) for rule in RULES}
    if sweep.commits:
        clear(sweep)
        _tell_the_planner(sweep, counts)
    with sweep.slice():
        run.counts = counts
        run.finished_at = utc_now()
        run.seconds = round(perf_counter() - started, 3)
        sweep.session.flush()
    return run


def _tell_the_planner(sweep: Sweep, counts: dict[str, dict[str, int]]) -> None:
    """PostgreSQL would look for an office's first open tasks as if there were still none."""
    opened = sum(count["raised"] + count["reopened"] for count in counts.values())
    if opened >= MANY_TASKS and sweep.connection.dialect.name == "postgresql":
        with sweep.slice():
            sweep.execute(text(f"ANALYZE {Task.__tablename__}"))


def _undone_since(session: Session) -> datetime | None:
    """Reminders that come and go only for a file's sake leave no trace once it is taken back."""
    unswept = (ImportBatch.state == BatchState.UNDONE, ImportBatch.swept_at.is_(None))
    return session.scalar(select(func.min(ImportBatch.applied_at)).where(*unswept))


def _written(session: Session) -> tuple[int | None, int]:
    """Changes whenever a batch begins to be written or has been taken back."""
    undone = select(func.count()).where(ImportBatch.state == BatchState.UNDONE)
    turn = select(func.max(ImportBatch.turn)).scalar_subquery()
    found = session.execute(select(turn, undone.scalar_subquery())).one()
    return found[0], found[1]


def _reconcile(sweep: Sweep, rule: Rule, written: tuple[int | None, int]) -> dict[str, int]:
    """Bring one kind of task in line with its rule; the counts are the contract's."""
    find(sweep, rule)
    compare(sweep, rule)
    if sweep.commits and (_batch_is_applying(sweep.session) or _written(sweep.session) != written):
        sweep.session.rollback()
        raise SweepBlocked
    choose_assignees(sweep)
    ranges = ranges_of(sweep)
    counts = counts_of(sweep, rule, ranges)
    for verb, (first, last) in ranges.items():
        _apply(sweep, rule, verb, first, last)
    return counts


def _apply(sweep: Sweep, rule: Rule, verb: str, first: int, last: int) -> None:
    """Write one verb's changes slice by slice."""
    days = rule.working_days(sweep.policy)
    fixed_due = due_after(sweep.session, sweep.on, days) if days is not None else (None, False)
    step = SLICE_ROWS[sweep.connection.dialect.name]
    for start in range(first, last + 1, step):
        end = min(start + step - 1, last)
        with sweep.slice():
            WRITERS[verb](Part(rule, sweep, fixed_due, start, end))
