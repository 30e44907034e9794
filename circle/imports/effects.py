"""What a file would do to people and to-do lists, by doing it: to copies of the records.

The real apply and the real sweep run on temporary tables in front of the records, so the figures
are those that will come true, and nobody's page waits meanwhile.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from time import monotonic
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, event, func, select
from sqlalchemy.orm import Session

from circle.imports import paid
from circle.imports.applying import Writing, close_month, write
from circle.imports.identities import staged_person
from circle.imports.impact import changes_to_people
from circle.imports.shadows import FIRST_KEY, Concern, Condition, concerned, standing_in_front
from circle.imports.staging import table_of
from circle.imports.undoing import remove_traces, spoken_of, stage_spoken_of
from circle.imports.versions import FACTS, MEMBERS
from models.facts import ClosedMonth
from models.imports import ImportBatch
from models.places import within
from models.policy import common_policy_on
from models.residents import Resident
from models.tasks import Task, TaskMove
from models.vocabulary.facts import InsuranceKind, Source
from models.vocabulary.imports import BatchState
from models.vocabulary.tasks import TaskState, TaskVerb
from reminders.sweep import sweep_in_trial

EXAMPLES = 5  # of each rule and verb
ASKED_EVERY = 1.0  # seconds
VERBS = ("raised", "reopened", "withdrawn")


class NotWanted(Exception):  # noqa: N818 - named for what happened
    """Whoever was to see the effects has decided already, or asked for something else."""


class HalfWritten(Exception):  # noqa: N818 - named for what happened
    """Another batch is being written: what stands now is not what the file will meet."""


@dataclass(frozen=True)
class Trial:
    """An act to be tried: whose records it touches, and the day the sweep behind it is for.

    `act` writes on the connection; `wanted` is asked now and then whether to go on. `undoes`: the
    act takes a file back, so that the newest month goes and does not come.
    """

    connection: Connection
    concern: Concern
    act: Callable[[], None]
    on: date
    now: datetime
    batch_id: int
    wanted: Callable[[], bool] = lambda: True
    undoes: bool = False


def try_import(
    writing: Writing, *, on: date, wanted: Callable[[], bool] = lambda: True
) -> dict[str, Any]:
    """The effects of a plan that was just made on the writing's connection, which it keeps.

    Raises NotWanted or HalfWritten.
    """

    def act() -> None:
        write(writing)
        close_month(writing)

    connection = writing.connection
    trial = Trial(
        connection, _concern_of(writing, on), act, on, writing.now, writing.batch_id, wanted
    )
    return effects_of(trial)


def try_undoing(
    connection: Connection,
    batch_id: int,
    *,
    on: date,
    now: datetime,
    wanted: Callable[[], bool] = lambda: True,
) -> dict[str, Any]:
    """The effects of taking an applied batch back. Raises NotWanted or HalfWritten."""

    def act() -> None:
        remove_traces(connection, batch_id, now)

    stage_spoken_of(connection, batch_id)
    concern = _concern_of_undoing(connection, batch_id, on)
    return effects_of(Trial(connection, concern, act, on, now, batch_id, wanted, undoes=True))


def effects_of(trial: Trial) -> dict[str, Any]:
    """Counts by rule, examples, and what changes for people with an open case.

    What the sweep would do anyway, without the act, is no effect of it. `gone` counts the open
    tasks the act itself takes away, with the cases and people they are about.
    """
    started = monotonic()
    connection = trial.connection
    _refuse_half_written(trial)
    with _asking(trial), standing_in_front(connection, trial.concern) as shadows:
        with Session(bind=connection) as session:
            sweep_in_trial(session, on=trial.on, now=trial.now)
        newest = connection.scalar(select(func.max(Task.id))) or 0
        stood = _open_tasks(connection)
        trial.act()
        shadows.refresh_statistics()
        stands = _open_tasks(connection)
        people = changes_to_people(shadows, undoes=trial.undoes)
        with Session(bind=connection) as session:
            run = sweep_in_trial(session, on=trial.on, now=trial.now)
            run_id, counts = run.id, run.counts
        examples = list(_examples(connection, run_id, newest))
    return {
        "rules": {kind: {verb: found[verb] for verb in VERBS} for kind, found in counts.items()},
        "gone": {kind: count - stands.get(kind, 0) for kind, count in stood.items()},
        "examples": examples,
        **people,
        "seconds": round(monotonic() - started, 1),
    }


def _refuse_half_written(trial: Trial) -> None:
    others = select(ImportBatch.id).where(
        ImportBatch.state == BatchState.APPLYING, ImportBatch.id != trial.batch_id
    )
    half_written = trial.connection.scalar(others.limit(1)) is not None
    trial.connection.rollback()
    if half_written:
        raise HalfWritten


@contextmanager
def _asking(trial: Trial) -> Iterator[None]:
    """Between two statements, about every second, whether somebody still waits for the answer."""
    asked_at = monotonic()

    def ask(*_: object) -> None:
        nonlocal asked_at
        if monotonic() - asked_at < ASKED_EVERY:
            return
        asked_at = monotonic()
        if not trial.wanted():
            raise NotWanted

    event.listen(trial.connection, "before_cursor_execute", ask)
    try:
        yield
    finally:
        event.remove(trial.connection, "before_cursor_execute", ask)


def _concern_of(writing: Writing, on: date) -> Concern:
    """Whom the file names or ends; once a month closes, everybody who lives where it does."""
    plan, scope = writing.plan, writing.plan.scope
    named: list[Select[Any]] = [
        select(staged_person.c.resident_id).where(staged_person.c.resident_id.is_not(None))
    ]
    named += [
        select(fact.departing.c.resident_id)
        for fact in FACTS.get(scope.source, ())
        if fact.table.name in plan.departures
    ]
    months = _months_that_count(writing.connection, on)
    if not scope.is_insurance:
        households = select(MEMBERS.staged.c.household_number)
        stages_members = MEMBERS in FACTS.get(scope.source, ())
        return Concern(
            named,
            households=households if stages_members else None,
            contributions=_of_months(months),
        )
    named.append(select(paid.removed.c.resident_id))
    if scope.kinds and not plan.supplements:
        named.append(select(Resident.id).where(within(Resident.lives_in, scope.division)))
    months |= _months_of_file(writing)
    return Concern(named, contributions=_of_months(months, paid.removed))


def _concern_of_undoing(connection: Connection, batch_id: int, on: date) -> Concern:
    """Whom the batch speaks of; where its month opens again, everybody who lives there.

    Standings are added up anew from all months of whoever has contributions of the batch.
    """
    named: list[Select[Any]] = [select(spoken_of.c.resident_id)]
    closed = select(ClosedMonth.division_code).where(ClosedMonth.import_id == batch_id)
    named += [
        select(Resident.id).where(within(Resident.lives_in, division))
        for division in connection.scalars(closed.distinct()).all()
    ]
    is_insurance = connection.scalar(_source_of(batch_id)) is Source.INSURANCE
    months = _months_that_count(connection, on)

    def told_before(table: Table) -> ColumnElement[bool]:
        return (table.c.import_id == batch_id) | (table.c.import_before == batch_id)

    return Concern(
        named,
        contributions=_of_months(months, spoken_of if is_insurance else None),
        befores=told_before if is_insurance else None,
    )


def _source_of(batch_id: int) -> Select[Any]:
    return select(ImportBatch.source).where(ImportBatch.id == batch_id)


def _months_of_file(writing: Writing) -> set[int]:
    connection, month = writing.connection, writing.plan.scope.month
    found = set(connection.scalars(select(paid.staged.c.month).distinct()))
    connection.rollback()
    return found if month is None else found | {month}


def _months_that_count(connection: Connection, on: date) -> set[int]:
    """The newest closed ones of every division, which the rules read before the act or after."""
    with Session(bind=connection) as session:
        count = common_policy_on(session, on).graduate_uninsured_months + 1
    closed = select(ClosedMonth.kind, ClosedMonth.division_code, ClosedMonth.month)
    by_place: dict[tuple[str, str], set[int]] = {}
    for kind, division, month in connection.execute(closed.distinct()):
        by_place.setdefault((kind, division), set()).add(month)
    connection.rollback()
    return {month for found in by_place.values() for month in sorted(found)[-count:]}


def _of_months(months: Iterable[int], added_up: Table | None = None) -> Condition:
    """Contributions of the months, and all of whose standings are added up anew."""

    def condition(table: Table) -> ColumnElement[bool]:
        whom = table.c.resident_id.in_(select(concerned.c.resident_id))
        counts = table.c.kind.in_([kind.value for kind in InsuranceKind]) & table.c.month.in_(
            sorted(months)
        )
        if added_up is None:
            return whom & counts
        return (whom & counts) | table.c.resident_id.in_(select(added_up.c.resident_id))

    return condition


def _open_tasks(connection: Connection) -> dict[str, int]:
    tally = select(Task.kind, func.count()).where(Task.state == TaskState.OPEN).group_by(Task.kind)
    return {kind.value: count for kind, count in connection.execute(tally)}


def _examples(connection: Connection, run_id: int, newest: int) -> Iterator[dict[str, Any]]:
    """The first few of each rule and verb, by due date."""
    task, move = table_of(Task), table_of(TaskMove)
    verb = {TaskVerb.REOPEN: "reopened", TaskVerb.WITHDRAW: "withdrawn"}
    shown = (task.c.kind, task.c.resident_id, task.c.evidence)
    rank = func.row_number().over(
        partition_by=[task.c.kind], order_by=[task.c.due_on, task.c.resident_id, task.c.cycle]
    )
    raised = select(*shown, rank.label("rank")).where(task.c.id > newest).subquery()
    queries = [("raised", raised)]
    for name, word in verb.items():
        moved = (
            select(*shown, rank.label("rank"))
            .join(move, move.c.task_id == task.c.id)
            .where(move.c.sweep_id == run_id, move.c.verb == name)
        )
        queries.append((word, moved.subquery()))
    for word, found in queries:
        rows = connection.execute(
            select(found).where(found.c.rank <= EXAMPLES).order_by(found.c.kind, found.c.rank)
        )
        for kind, resident_id, evidence, _ in rows:
            yield {
                "kind": kind.value,
                "verb": word,
                "resident": resident_id if resident_id < FIRST_KEY else None,
                "evidence": evidence,
            }
