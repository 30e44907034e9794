"""Who gets a reminder: the case's worker, else by turn, else the street's queue."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.places import Division
from models.residents import Resident
from models.tasks import Task, TaskMove
from models.vocabulary.months import month_of
from models.vocabulary.places import level_of
from models.vocabulary.tasks import TaskState, TaskVerb
from reminders import inbox
from reminders.assignment import by_turn, worker_for
from reminders.narrowing import residents
from tests.factories import (
    COMMUNITY,
    NOON,
    OTHER_COMMUNITY,
    STREET,
    AccountFactory,
    CaseFactory,
    ResidentFactory,
    TaskFactory,
    close_month,
)
from tests.reminders.test_sweep import TODAY, lapsed, pay_back, swept

GRID = f"{COMMUNITY}001"


@pytest.fixture
def september(office: Session) -> Session:
    close_month(office, month_of("2026-09"))
    return office


def assignees(office: Session) -> dict[int, int | None]:
    return {row.resident_id: row.assignee_id for row in office.scalars(select(Task))}


def test_the_worker_of_the_case_gets_its_visit(office: Session) -> None:
    worker = AccountFactory(covers=[OTHER_COMMUNITY])
    AccountFactory(covers=[COMMUNITY])
    case = CaseFactory(worker=worker)
    swept(office)
    assert assignees(office) == {case.resident_id: worker.id}


def test_a_case_without_a_worker_waits_in_the_streets_queue(office: Session) -> None:
    AccountFactory(covers=[COMMUNITY])
    case = CaseFactory()
    swept(office)
    assert assignees(office) == {case.resident_id: None}


def test_the_case_of_a_disabled_worker_waits_in_the_streets_queue(office: Session) -> None:
    case = CaseFactory(worker=AccountFactory(covers=[COMMUNITY], disabled_at=NOON))
    swept(office)
    swept(office, TODAY + timedelta(days=1))
    assert assignees(office) == {case.resident_id: None}


def test_without_a_case_workers_take_turns_by_account(september: Session) -> None:
    workers = [AccountFactory(covers=[COMMUNITY]).id for _ in range(3)]
    people = lapsed(september, 7)
    swept(september)
    given = assignees(september)
    assert [given[person.id] for person in people] == [*workers, *workers, workers[0]]


def test_the_least_loaded_come_first(september: Session) -> None:
    busy, idle = (AccountFactory(covers=[COMMUNITY]) for _ in range(2))
    for number in range(3):
        TaskFactory(assignee=busy, kind="assistance", cycle=f"order {number}")
    people = lapsed(september, 4)
    swept(september)
    given = assignees(september)
    chosen = [given[person.id] for person in people]
    assert chosen == [idle.id, idle.id, idle.id, busy.id]


def test_what_is_settled_is_no_load(office: Session) -> None:
    first, second = (AccountFactory(covers=[COMMUNITY]) for _ in range(2))
    TaskFactory(assignee=first, state=TaskState.WITHDRAWN, settled_at=NOON)
    assert worker_for(office, ResidentFactory()) == first
    TaskFactory(assignee=first)
    assert worker_for(office, ResidentFactory()) == second


@pytest.mark.parametrize("covers", [[STREET], ["330110"], [OTHER_COMMUNITY, COMMUNITY], []])
def test_whoever_covers_a_place_above_covers_the_community(
    september: Session, covers: list[str]
) -> None:
    """Without any coverage named, an account's own division counts: here the community."""
    worker = AccountFactory(covers=covers)
    (person,) = lapsed(september)
    swept(september)
    assert assignees(september) == {person.id: worker.id}


@pytest.mark.parametrize("covers", [[GRID], [OTHER_COMMUNITY]])
def test_nobody_covering_the_place_leaves_it_to_the_streets_queue(
    september: Session, covers: list[str]
) -> None:
    _grid(september)
    worker = AccountFactory(covers=covers)
    (person,) = lapsed(september)
    swept(september)
    assert assignees(september) == {person.id: None}
    assert worker_for(september, person) is None
    assert worker.id


def test_only_workers_in_service_take_turns(september: Session) -> None:
    AccountFactory(covers=[COMMUNITY], disabled_at=NOON)
    AccountFactory(street=True)
    AccountFactory(clerk=True)
    (person,) = lapsed(september)
    swept(september)
    assert assignees(september) == {person.id: None}


def test_somebody_who_lives_nowhere_we_know_waits_in_the_queue(office: Session) -> None:
    AccountFactory(covers=["330110"])
    assert worker_for(office, ResidentFactory(lives_in=None, lives_in_basis=None)) is None


def test_an_assignee_is_kept_while_others_become_idle(september: Session) -> None:
    first = AccountFactory(covers=[COMMUNITY])
    (person,) = lapsed(september)
    swept(september)
    AccountFactory(covers=[COMMUNITY])
    close_month(september, month_of("2026-10"))  # the evidence is refreshed
    swept(september)
    assert assignees(september) == {person.id: first.id}


def test_a_task_comes_back_to_whom_it_belonged(september: Session) -> None:
    AccountFactory(covers=[COMMUNITY])
    second = AccountFactory(covers=[COMMUNITY])
    people = lapsed(september, 2)
    swept(september)
    pay_back(september, people[1], "2026-09")
    swept(september)
    pay_back(september, people[1], "2026-07")
    TaskFactory(assignee=second, kind="assistance", cycle="order", resident=people[0])
    swept(september, TODAY + timedelta(days=1))
    tasks = september.scalars(select(Task).where(Task.kind == "insurance_lapse"))
    assert {task.resident_id: task.assignee_id for task in tasks}[people[1].id] == second.id


def test_tasks_of_a_disabled_account_go_to_the_next_by_turn(september: Session) -> None:
    left = AccountFactory(covers=[COMMUNITY])
    (person,) = lapsed(september)
    swept(september)
    left.disabled_at = NOON
    following = AccountFactory(covers=[COMMUNITY])
    swept(september)
    assert assignees(september) == {person.id: following.id}
    move = september.scalars(select(TaskMove)).one()
    assert (move.verb, move.by, move.from_id, move.to_id) == (
        TaskVerb.HAND_OVER,
        None,
        left.id,
        following.id,
    )


def test_a_task_that_changes_and_loses_its_worker_gets_another_at_once(
    september: Session,
) -> None:
    left = AccountFactory(covers=[COMMUNITY])
    (person,) = lapsed(september)
    swept(september)
    left.disabled_at = NOON
    following = AccountFactory(covers=[COMMUNITY])
    close_month(september, month_of("2026-10"))
    assert swept(september).counts["insurance_lapse"]["refreshed"] == 1
    assert assignees(september) == {person.id: following.id}


def test_someone_who_moved_is_left_to_the_workers_there(september: Session) -> None:
    here = AccountFactory(covers=[COMMUNITY])
    there = AccountFactory(covers=[OTHER_COMMUNITY])
    (person,) = lapsed(september)
    swept(september)
    assert assignees(september) == {person.id: here.id}
    person.lives_in = OTHER_COMMUNITY
    swept(september)
    assert assignees(september) == {person.id: there.id}


def test_those_who_stay_do_not_keep_the_worker_of_somebody_who_moved(september: Session) -> None:
    """The worker still has neighbours and cases here: that says nothing about who has left."""
    here = AccountFactory(covers=[COMMUNITY])
    there = AccountFactory(covers=[OTHER_COMMUNITY])
    moved, stays = lapsed(september, 2)
    CaseFactory(worker=here, opened_on=TODAY, stage="serving", last_contact_on=TODAY)
    swept(september)
    moved.lives_in = OTHER_COMMUNITY
    swept(september)
    assert assignees(september) == {moved.id: there.id, stays.id: here.id}


def test_a_hand_over_pins_the_task_wherever_the_person_lives(september: Session) -> None:
    AccountFactory(covers=[COMMUNITY])
    elsewhere = AccountFactory(covers=[OTHER_COMMUNITY])
    (person,) = lapsed(september)
    swept(september)
    task = september.scalars(select(Task)).one()
    inbox.hand_over(september, task, to=elsewhere, by=AccountFactory(street=True), now=NOON)
    close_month(september, month_of("2026-10"))
    swept(september)
    assert assignees(september) == {person.id: elsewhere.id}


def test_a_pin_on_a_disabled_account_holds_nothing(september: Session) -> None:
    covering = AccountFactory(covers=[COMMUNITY])
    elsewhere = AccountFactory(covers=[OTHER_COMMUNITY])
    (person,) = lapsed(september)
    swept(september)
    task = september.scalars(select(Task)).one()
    inbox.hand_over(september, task, to=elsewhere, by=AccountFactory(street=True), now=NOON)
    elsewhere.disabled_at = NOON
    swept(september)
    assert assignees(september) == {person.id: covering.id}
    assert not september.scalars(select(Task.pinned)).one()


def test_a_task_put_into_the_queue_stays_there(september: Session) -> None:
    AccountFactory(covers=[COMMUNITY])
    (person,) = lapsed(september)
    swept(september)
    task = september.scalars(select(Task)).one()
    inbox.hand_over(september, task, to=None, by=AccountFactory(street=True), now=NOON)
    close_month(september, month_of("2026-10"))
    swept(september)
    assert assignees(september) == {person.id: None}


def test_a_task_waiting_in_the_queue_takes_nobodys_turn(september: Session) -> None:
    """One waits in the queue and is refreshed, another comes back: it must find a worker."""
    waiting, returning = lapsed(september, 2)
    swept(september)
    pay_back(september, returning, "2026-09")
    swept(september)
    worker = AccountFactory(covers=[COMMUNITY])
    pay_back(september, returning, "2026-07")
    close_month(september, month_of("2026-10"))
    run = swept(september)
    assert run.counts["insurance_lapse"]["refreshed"] == 1
    assert run.counts["insurance_lapse"]["reopened"] == 1
    assert assignees(september) == {waiting.id: None, returning.id: worker.id}


def test_turns_are_counted_over_narrowed_sweeps_too(september: Session) -> None:
    workers = [AccountFactory(covers=[COMMUNITY]).id for _ in range(2)]
    people: list[Resident] = lapsed(september, 4)
    for person in people:
        swept(september, only=residents([person.id]))
    given = assignees(september)
    assert [given[person.id] for person in people] == [*workers, *workers]


def test_one_worker_of_two_communities_is_loaded_by_both(september: Session) -> None:
    both = AccountFactory(covers=[COMMUNITY, OTHER_COMMUNITY])
    one = AccountFactory(covers=[OTHER_COMMUNITY])
    here = lapsed(september, 2)
    there = lapsed(september, 2, lives_in=OTHER_COMMUNITY)
    swept(september)
    given = assignees(september)
    assert [given[person.id] for person in here] == [both.id, both.id]
    assert [given[person.id] for person in there] == [one.id, one.id]


def test_turns_start_with_the_least_loaded_and_end_even() -> None:
    loads = {1: 4, 2: 0, 3: 2}
    assert list(by_turn([1, 2, 3], loads, 6)) == [2, 2, 2, 3, 2, 3]
    assert loads == {1: 4, 2: 4, 3: 4}
    assert list(by_turn([], loads, 6)) == []


def _grid(office: Session) -> None:
    office.add(Division(code=GRID, name="第一网格", level=level_of(GRID)))
    office.flush()
