"""The rules and the sweep against the oracle, on people drawn at random near every boundary."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, bindparam, delete, select, update

from models.jobs import SweepRun
from models.tasks import Task, TaskMove
from models.vocabulary.jobs import SweepReason
from models.vocabulary.tasks import DismissReason, TaskKind, TaskState
from reminders import sweep as sweeping
from tests.reminders import oracle, worlds
from tests.reminders.oracle import Ledger, Mark, World
from tests.reminders.worlds import Dice

TODAY = date(2026, 11, 21)
PEOPLE = 2_000
SEED = 1
# Weekdays off and weekend days worked, 国务院办公厅关于2026年部分节假日安排的通知; 2027 fixed days.
DAYS_OFF = {date(2027, 1, 1)}


def work(day: date, count: int) -> date:
    """So many working days later: the months after 21 November 2026 know no make-up day."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5 and day not in DAYS_OFF
    return day


def sweep(engine: Engine, on: date) -> SweepRun:
    now = datetime.combine(on, time(20), tzinfo=UTC)
    return sweeping.sweep(engine, on=on, now=now, reason=SweepReason.NIGHTLY)


def settle_down(engine: Engine, world: World) -> None:
    with engine.begin() as connection:
        worlds.store(connection, world)
        worlds.store_orders(connection, world)


def lines(engine: Engine) -> Ledger:
    columns = (Task.resident_id, Task.kind, Task.cycle, Task.state, Task.due_on, Task.priority)
    with engine.connect() as connection:
        rows = connection.execute(select(*columns).where(Task.kind != TaskKind.ASSISTANCE)).all()
    return {
        (resident, kind, cycle): oracle.Line(state, due, priority)
        for resident, kind, cycle, state, due, priority in rows
    }


def handle_some(engine: Engine, ledger: Ledger, dice: Dice) -> None:
    """People tick off and set aside part of the open lines."""
    chosen = [
        key for key, line in ledger.items() if line.state is TaskState.OPEN and dice.chance(0.3)
    ]
    for key in chosen:
        ledger[key].state = dice.random.choice((TaskState.DONE, TaskState.DISMISSED))
    settle = (
        update(Task)
        .where(
            Task.resident_id == bindparam("of"),
            Task.kind == bindparam("what"),
            Task.cycle == bindparam("since"),
        )
        .values(
            state=bindparam("as_"),
            dismiss_reason=bindparam("why"),
            settled_at=datetime.combine(TODAY, time(3), tzinfo=UTC),
        )
    )
    with engine.begin() as connection:
        connection.execute(settle, [_settled(*key, ledger[key].state) for key in chosen])


def _settled(resident_id: int, kind: TaskKind, cycle: str, state: TaskState) -> dict[str, object]:
    reason = DismissReason.SETTLED if state is TaskState.DISMISSED else None
    return {"of": resident_id, "what": kind, "since": cycle, "as_": state, "why": reason}


def changes(run: SweepRun) -> Counter[str]:
    total: Counter[str] = Counter()
    for counts in run.counts.values():
        total.update(counts)
        assert counts["found"] == sum(
            counts[part] for part in ("raised", "reopened", "kept", "handled")
        )
    return total


def differences(expected: Ledger, found: Ledger) -> dict[object, object]:
    keys = expected.keys() | found.keys()
    return {
        key: (expected.get(key), found.get(key))
        for key in keys
        if expected.get(key) != found.get(key)
    }


@pytest.fixture
def district(ground: Engine) -> Engine:
    with ground.begin() as connection:
        worlds.store_clerk(connection)
    return ground


def test_the_to_do_lists_are_what_the_rules_say(district: Engine) -> None:
    world = worlds.random_world(SEED, PEOPLE, TODAY)
    dice, ledger = Dice.of(SEED, TODAY), Ledger()
    for days in (0, 1, 9, 31):
        dice.on = TODAY + timedelta(days=days)
        if days > 1:
            handle_some(district, ledger, dice)
            for person in world.people:
                if dice.chance(0.5):
                    worlds.change(dice, person)
        settle_down(district, world)
        run = sweep(district, dice.on)
        oracle.sweep(ledger, world, dice.on, work)
        assert differences(ledger, lines(district)) == {}
        total = changes(run)
        assert all(counts["found"] for counts in run.counts.values())
        again = changes(sweep(district, dice.on))
        assert not any(again[part] for part in ("raised", "reopened", "refreshed", "withdrawn"))
        assert again["found"] == total["found"]
        assert days == 0 or total["raised"]
    assert {line.state for line in ledger.values()} == set(TaskState)


@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 10_000), on=st.dates(date(2025, 12, 20), date(2028, 3, 2)))
def test_the_rules_hold_on_any_day(district: Engine, seed: int, on: date) -> None:
    """Month ends, leap days, turns of the year; due dates aside, which want a known calendar."""
    world, ledger = worlds.random_world(seed, 50, on), Ledger()
    with district.begin() as connection:
        connection.execute(delete(TaskMove))
        connection.execute(delete(Task))
    settle_down(district, world)
    for later in (0, 1):
        day = on + timedelta(days=later)
        sweep(district, day)
        oracle.sweep(ledger, world, day, lambda day, _: day)
        found = {key: (line.state, line.priority) for key, line in lines(district).items()}
        assert found == {key: (line.state, line.priority) for key, line in ledger.items()}


def test_a_night_alone_refreshes_nothing(district: Engine) -> None:
    """What is due moves with its data; only that it is due may follow from the day."""
    world = worlds.random_world(SEED, 600, TODAY)
    for person in world.people:
        # A mark or a signal that begins or ends in the night does change what the line says.
        person.studies, person.unemployed = [], []
        person.marks = [Mark(mark.code, date(2024, 1, 1), None) for mark in person.marks]
    settle_down(district, world)
    sweep(district, TODAY)
    for days in range(1, 15):
        total = changes(sweep(district, TODAY + timedelta(days=days)))
        assert total["refreshed"] == 0
    assert total["kept"]
