"""Write what a plan found, in short slices that each leave the records whole.

A slice writes persons with all their facts, so a process that dies leaves finished people and
untouched ones. What is written changes what a file is compared with (who lives where, who has
left), so whoever finds a batch half written takes that back and begins anew.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from time import monotonic, sleep
from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select, update
from sqlalchemy import literal as value

from circle.imports import ledger, paid
from circle.imports.difference import CHANGED, household_of
from circle.imports.holding import hold
from circle.imports.identities import (
    find_residents,
    new_rows,
    rename,
    staged_person,
    write_identities,
    write_residents,
)
from circle.imports.planning import Plan
from circle.imports.posting import slices_of, write_openings
from circle.imports.staging import Ints, looking, slice_of, slice_rows, table_of
from circle.imports.versions import FACTS, MEMBERS, FactTable
from circle.places.residence import settle_households, settle_residence
from models.facts import ClosedMonth
from models.residents import Household
from models.vocabulary.facts import Source
from models.vocabulary.places import subtree_end

# Whoever waits for SQLite's write lock asks again every few hundredths of a second.
BREATH_SECONDS = 0.01
TABLES_A_PERSON = 6  # about, of a source that moves people


@dataclass(frozen=True)
class Writing:
    """The batch being written: its id, day and the moment it was begun, the clock's start."""

    connection: Connection
    batch_id: int
    plan: Plan
    day: date
    created_at: datetime
    now: datetime
    started: float


def write(writing: Writing) -> None:
    """Every slice of the plan; commits each."""
    slices = [part for step in _steps(writing.plan) for part in step(writing)]
    total = sum(last - first + 1 for _, first, last in slices)
    done, began = 0, seconds_since(writing)
    for act, first, last in slices:
        done += last - first + 1
        with slice_of(writing.connection):
            act(writing, first, last)
            pace = {"done": done, "total": total, "seconds": seconds_since(writing) - began}
            _note_progress(writing, act.__name__.strip("_"), last, pace)
        if writing.connection.dialect.name == "sqlite":
            sleep(BREATH_SECONDS)


Act = Callable[[Writing, int, int], None]
Step = Callable[[Writing], Iterator[tuple[Act, int, int]]]


def _steps(plan: Plan) -> list[Step]:
    steps: list[Step] = [_person_slices]
    if plan.scope.is_insurance:
        steps += [_employer_slice, _contribution_slices, _removal_slices]
    if plan.departures:
        steps += [_departure_slices]
    if plan.postings.openings:
        steps += [_post_slices]
    return steps


def _person_slices(writing: Writing) -> Iterator[tuple[Act, int, int]]:
    tables = 1 if writing.plan.scope.is_insurance else TABLES_A_PERSON
    size = max(1, slice_rows(writing.connection) // tables)
    for first, last in _parts(writing.plan.persons, size):
        yield _write_persons, first, last


def _employer_slice(_writing: Writing) -> Iterator[tuple[Act, int, int]]:
    yield _write_employers, 0, 0


def _contribution_slices(writing: Writing) -> Iterator[tuple[Act, int, int]]:
    with looking(writing.connection):
        paid.leave_only_changes(writing.connection)
    for first, last in _parts(writing.plan.contributions, slice_rows(writing.connection)):
        yield _write_contributions, first, last


def _removal_slices(writing: Writing) -> Iterator[tuple[Act, int, int]]:
    for first, last in _ranges(1, writing.plan.removed, slice_rows(writing.connection)):
        yield _write_removed, first, last


def _departure_slices(writing: Writing) -> Iterator[tuple[Act, int, int]]:
    for fact in FACTS[writing.plan.scope.source]:
        count = writing.plan.departures[fact.table.name]
        for first, last in _ranges(1, count, slice_rows(writing.connection)):
            yield _ending(fact), first, last


def _post_slices(writing: Writing) -> Iterator[tuple[Act, int, int]]:
    for first, last in slices_of(writing.plan.postings):
        yield _write_posts, first, last


def _parts(places: Ints, size: int) -> Iterator[tuple[int, int]]:
    """(first, last) of each slice; between the two there may be some that are not named."""
    for start in range(0, len(places), size):
        part = places[start : start + size]
        yield int(part[0]), int(part[-1])


def _ranges(start: int, count: int, size: int) -> Iterator[tuple[int, int]]:
    """(first, last) of each slice, both in it."""
    for first in range(start, start + count, size):
        yield first, min(first + size, start + count) - 1


def _write_persons(writing: Writing, first: int, last: int) -> None:
    connection, batch_id, source = writing.connection, writing.batch_id, writing.plan.scope.source
    write_residents(connection, batch_id, source, first, last, writing.created_at)
    write_identities(connection, batch_id, source, first, last)
    rename(connection, batch_id, source, first, last)
    for fact in FACTS.get(source, ()):
        _write_facts(writing, fact, first, last)
    if source is Source.CASELOAD:
        ledger.write_ledger(connection, batch_id, first, last, writing.created_at, writing.day)
    if source in MOVES_PEOPLE:
        _settle(
            connection,
            select(staged_person.c.resident_id).where(staged_person.c.p.between(first, last)),
            source,
        )


def _write_facts(writing: Writing, fact: FactTable, first: int, last: int) -> None:
    connection, staged, known = writing.connection, fact.staged, fact.known
    in_slice = staged.c.p.between(first, last)
    find_residents(connection, staged, first, last)
    if fact is MEMBERS:
        _make_households(writing, first, last)
    ending = (
        select(known.c.current_id)
        .join(staged, staged.c.f == known.c.f)
        .where(in_slice, known.c.change == CHANGED)
    )
    table = fact.table
    connection.execute(
        update(table)
        .where(table.c.id.in_(ending), table.c.ended_by.is_(None))
        .values(ended_by=writing.batch_id)
    )
    connection.execute(
        new_rows(connection, table).from_select(
            ["resident_id", *fact.written, "brought_by"],
            select(
                staged.c.resident_id,
                *(staged.c[name] for name in fact.written),
                value(writing.batch_id),
            )
            .outerjoin(known, known.c.f == staged.c.f)
            .where(in_slice, or_(known.c.f.is_(None), known.c.change == CHANGED))
            .order_by(staged.c.f),
        )
    )


def _make_households(writing: Writing, first: int, last: int) -> None:
    connection, staged = writing.connection, MEMBERS.staged
    unknown = and_(staged.c.p.between(first, last), staged.c.household_id.is_(None))
    numbers = (
        select(staged.c.household_number, func.min(staged.c.f).label("first"))
        .where(unknown)
        .group_by(staged.c.household_number)
        .subquery()
    )
    connection.execute(
        new_rows(connection, table_of(Household)).from_select(
            ["number", "brought_by", "created_at"],
            select(
                numbers.c.household_number,
                value(writing.batch_id),
                value(writing.created_at, table_of(Household).c.created_at.type),
            )
            .where(value(1) == 1)
            .order_by(numbers.c.first),
        )
    )
    connection.execute(update(staged).where(unknown).values(household_id=household_of(staged)))


def _write_employers(writing: Writing, _first: int, _last: int) -> None:
    paid.write_employers(writing.connection)


def _write_contributions(writing: Writing, first: int, last: int) -> None:
    paid.write_contributions(writing.connection, writing.batch_id, first, last)


def _write_removed(writing: Writing, first: int, last: int) -> None:
    paid.write_removed(writing.connection, writing.batch_id, first, last)


def _write_posts(writing: Writing, first: int, last: int) -> None:
    openings = writing.plan.postings
    part, on, now = (first, last), writing.day, writing.now
    write_openings(writing.connection, writing.batch_id, openings, part, on=on, now=now)


def _ending(fact: FactTable) -> Act:
    def end_departed(writing: Writing, first: int, last: int) -> None:
        table, departing = fact.table, fact.departing
        in_slice = departing.c.d.between(first, last)
        writing.connection.execute(
            update(table)
            .where(
                table.c.id.in_(select(departing.c.current_id).where(in_slice)),
                table.c.ended_by.is_(None),
            )
            .values(ended_by=writing.batch_id)
        )
        source = writing.plan.scope.source
        if source in MOVES_PEOPLE:
            _settle(writing.connection, select(departing.c.resident_id).where(in_slice), source)

    return end_departed


def _settle(connection: Connection, resident_ids: Select[Any], source: Source) -> None:
    settle_residence(connection, resident_ids)
    if source is Source.HOUSEHOLD:
        settle_households(connection, resident_ids)


# Whose facts say where somebody lives.
MOVES_PEOPLE = frozenset(
    {Source.HOUSEHOLD, Source.SUBSISTENCE, Source.UNEMPLOYMENT, Source.CASELOAD}
)


def close_month(writing: Writing) -> None:
    """The month the batch is a full list for is closed for its kinds and division."""
    scope = writing.plan.scope
    if not scope.is_insurance or not scope.kinds or writing.plan.supplements:
        return
    writing.connection.execute(
        new_rows(writing.connection, table_of(ClosedMonth)).values(
            import_id=writing.batch_id,
            month=scope.month,
            division_code=scope.division,
            division_end=subtree_end(scope.division),
        ),
        [{"kind": kind} for kind in scope.kinds],
    )


def seconds_since(writing: Writing) -> float:
    return monotonic() - writing.started


def _note_progress(writing: Writing, act: str, last: int, pace: dict[str, float]) -> None:
    """How far the batch is, and that somebody is still at it."""
    moment = writing.now + timedelta(seconds=seconds_since(writing))
    hold(writing.connection, writing.batch_id, moment, act=act, last=last, **pace)
