import random
from collections import Counter
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.access.permissions import Permission
from circle.access.scope import visible_to
from circle.cases.search import found_by
from circle.cases.statements import Wish
from circle.todo.filters import Desk, Place, Wanted, When
from circle.todo.queries import counts_of, found, in_list, lines_of, page_of, workers_for
from models.residents import Intention, Resident
from models.staff import Account
from models.tasks import Task
from models.vocabulary.residents import CategoryCode, WorkKind
from models.vocabulary.staff import Role
from models.vocabulary.tasks import DismissReason, TaskKind, TaskState
from tests.circle.conftest import (
    COMMUNITY,
    OTHER_COMMUNITY,
    OTHER_STREET_COMMUNITY,
    MakeAccount,
)
from tests.circle.todo.conftest import GRID, TODAY
from tests.factories import NOON, CategoryFactory, ResidentFactory, TaskFactory

MINE = Wanted(Desk.MINE)


def days(count: int) -> timedelta:
    return timedelta(days=count)


def listed(session: Session, actor: Account, wanted: Wanted = MINE) -> list[int]:
    """The whole list, page after page."""
    ids: list[int] = []
    after: Place | None = None
    while True:
        page = page_of(session, actor, wanted, on=TODAY, after=after)
        ids += page.resident_ids
        if page.after is None:
            return ids
        after = Place.read(str(page.after))


def test_one_knock_answers_for_all_reasons(session: Session, worker: Account) -> None:
    resident = ResidentFactory()
    TaskFactory(resident=resident, assignee_id=worker.id)
    TaskFactory(resident=resident, assignee_id=worker.id, kind=TaskKind.VISIT, cycle="since:x")
    assert listed(session, worker) == [resident.id]
    [line] = lines_of(session, [resident.id], on=TODAY)
    assert {entry.kind for entry in line.entries} == {TaskKind.VISIT, TaskKind.INSURANCE_LAPSE}


def test_what_is_due_first_stands_first_then_what_matters_most(
    session: Session, worker: Account
) -> None:
    tomorrow = TaskFactory(assignee_id=worker.id, due_on=TODAY + days(1), priority=10)
    late_lapse = TaskFactory(assignee_id=worker.id, due_on=TODAY - days(3), priority=40)
    late_family = TaskFactory(assignee_id=worker.id, due_on=TODAY - days(3), priority=10)
    expected = [late_family.resident_id, late_lapse.resident_id, tomorrow.resident_id]
    assert listed(session, worker) == expected


def test_a_line_is_placed_by_its_most_pressing_task(session: Session, worker: Account) -> None:
    single = TaskFactory(assignee_id=worker.id, due_on=TODAY, priority=40)
    double = TaskFactory(assignee_id=worker.id, due_on=TODAY, priority=60)
    TaskFactory(
        resident=double.resident,
        assignee_id=worker.id,
        kind=TaskKind.VISIT,
        due_on=TODAY + days(5),
        priority=10,
    )
    assert listed(session, worker) == [double.resident_id, single.resident_id]


def test_somebody_elses_and_settled_tasks_are_not_listed(session: Session, worker: Account) -> None:
    TaskFactory(assignee_id=None)
    TaskFactory(
        assignee_id=worker.id,
        state=TaskState.DISMISSED,
        dismiss_reason=DismissReason.SETTLED,
        settled_at=NOON,
    )
    assert listed(session, worker) == []


def test_a_snooze_hides_from_the_worker_until_its_day(session: Session, worker: Account) -> None:
    hidden = TaskFactory(assignee_id=worker.id, snoozed_until=TODAY + days(1))
    back = TaskFactory(assignee_id=worker.id, snoozed_until=TODAY)
    assert listed(session, worker) == [back.resident_id]
    assert listed(session, worker, Wanted(Desk.MINE, When.SNOOZED)) == [hidden.resident_id]


def test_a_snoozed_task_is_still_overdue_for_the_supervisor(
    session: Session, worker: Account, street: Account
) -> None:
    task = TaskFactory(assignee_id=worker.id, due_on=TODAY - days(1), snoozed_until=TODAY + days(9))
    assert listed(session, worker, Wanted(Desk.MINE, When.OVERDUE)) == []
    overdue = listed(session, street, Wanted(Desk.DIVISION, When.OVERDUE))
    assert overdue == [task.resident_id]


@pytest.mark.parametrize(("due", "is_listed"), [(-1, True), (0, False), (1, False)])
def test_overdue_is_due_before_today(
    session: Session, worker: Account, due: int, is_listed: bool
) -> None:
    TaskFactory(assignee_id=worker.id, due_on=TODAY + days(due))
    assert bool(listed(session, worker, Wanted(Desk.MINE, When.OVERDUE))) is is_listed


@pytest.mark.parametrize(("due", "is_listed"), [(-40, True), (7, True), (8, False)])
def test_a_week_reaches_seven_days_ahead(
    session: Session, worker: Account, due: int, is_listed: bool
) -> None:
    TaskFactory(assignee_id=worker.id, due_on=TODAY + days(due))
    assert bool(listed(session, worker, Wanted(Desk.MINE, When.WEEK))) is is_listed


def test_the_queue_is_what_nobody_holds_in_the_supervisors_streets(
    session: Session, worker: Account, street: Account
) -> None:
    waiting = TaskFactory(assignee_id=None)
    held = TaskFactory(assignee_id=worker.id, due_on=TODAY + days(3))
    TaskFactory(assignee_id=None, resident=ResidentFactory(lives_in=OTHER_STREET_COMMUNITY))
    assert listed(session, street, Wanted(Desk.QUEUE)) == [waiting.resident_id]
    both = [waiting.resident_id, held.resident_id]
    assert listed(session, street, Wanted(Desk.DIVISION)) == both


@pytest.mark.parametrize("role", [Role.WORKER, Role.STREET, Role.DISTRICT])
@pytest.mark.parametrize("desk", Desk)
def test_no_desk_shows_more_than_the_permission_covers(
    session: Session, make_account: MakeAccount, grid: str, role: Role, desk: Desk
) -> None:
    actor = make_account(role, division=COMMUNITY[:9])
    invented_list(session, actor)
    on_it = session.scalars(in_list(actor, Wanted(desk), TODAY), {"holder": actor.id})
    allowed = select(Task.id).where(visible_to(actor, Permission.READ_TODO, Task))
    assert set(on_it) <= set(session.scalars(allowed))


def invented_list(session: Session, holder: Account, *, seed: int = 7) -> None:
    """Sixty residents with one to three tasks each, of every kind, day, place and snooze."""
    chance = random.Random(seed)  # noqa: S311 - invented people
    for _ in range(60):
        place = chance.choice([COMMUNITY, GRID, OTHER_COMMUNITY])
        resident = ResidentFactory(lives_in=place)
        for kind in chance.sample(list(TaskKind), chance.randint(1, 3)):
            TaskFactory(
                resident=resident,
                kind=kind,
                assignee_id=chance.choice([holder.id, holder.id, None]),
                due_on=TODAY + days(chance.randint(-12, 12)),
                priority=chance.choice([10, 20, 40, 60]),
                snoozed_until=chance.choice([None, None, TODAY + days(chance.randint(-3, 9))]),
            )


@pytest.mark.parametrize("desk", Desk)
@pytest.mark.parametrize("when", When)
@pytest.mark.parametrize("kind", [None, TaskKind.VISIT])
@pytest.mark.parametrize("community", [None, OTHER_COMMUNITY])
def test_every_badge_counts_the_lines_it_opens(
    session: Session,
    street: Account,
    desk: Desk,
    when: When,
    kind: TaskKind | None,
    community: str | None,
) -> None:
    invented_list(session, street)
    wanted = Wanted(desk, when, kind, community)
    counts = counts_of(session, street, wanted, on=TODAY)
    for other in When:
        lines = listed(session, street, Wanted(desk, other, kind, community))
        assert counts.whens[other] == len(lines), other
    for other_kind in (None, *TaskKind):
        lines = listed(session, street, Wanted(desk, when, other_kind, community))
        assert counts.kinds[other_kind] == len(lines), other_kind
    for code, _name, number in counts.communities:
        assert number == len(listed(session, street, Wanted(desk, when, kind, code))), code
    assert {when: counts.whens[when]} == {when: counts.kinds[kind]}


def test_pages_follow_on_without_gap_or_repeat(
    session: Session, worker: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    invented_list(session, worker)
    whole = listed(session, worker)
    monkeypatch.setattr("circle.todo.queries.PAGE_LENGTH", 7)
    assert listed(session, worker) == whole
    assert max(Counter(whole).values()) == 1


def test_a_line_tells_who_where_and_what_is_wished(session: Session, worker: Account) -> None:
    resident = ResidentFactory(name="王建国", born_on=date(1974, 11, 22), lives_in=GRID)
    CategoryFactory(resident_id=resident.id)
    CategoryFactory(
        resident_id=resident.id,
        code=CategoryCode.GRADUATE,
        to_on=TODAY - days(1),
    )
    wish = Intention(
        resident_id=resident.id,
        kinds=[WorkKind.FULL_TIME.value],
        occupation="电工",
        recorded_on=TODAY,
    )
    session.add(wish)
    session.flush()
    [line] = lines_of(session, [resident.id], on=TODAY)
    assert (line.name, line.age, line.community) == ("王建国", 51, f"区划{COMMUNITY}")
    assert line.categories == (CategoryCode.HARD_TO_EMPLOY,)
    assert line.wish == Wish.of(wish)
    assert line.entries == ()


def test_those_with_tasks_are_found_first_and_the_others_too(
    session: Session, worker: Account
) -> None:
    idle = ResidentFactory(name="王安")
    busy = TaskFactory(resident=ResidentFactory(name="王平"), assignee_id=worker.id).resident
    ResidentFactory(name="王远", lives_in=OTHER_STREET_COMMUNITY)
    condition = found_by("王", on=TODAY)
    assert found(session, worker, condition) == [busy.id, idle.id]


def test_a_whole_document_number_finds_its_owner(session: Session, worker: Account) -> None:
    resident = ResidentFactory()
    number = resident.id_sealed
    assert found(session, worker, found_by(number.lower(), on=TODAY)) == [resident.id]


def test_work_is_handed_to_those_who_cover_the_place(
    session: Session, worker: Account, make_account: MakeAccount
) -> None:
    elsewhere = make_account(Role.WORKER, covers=(OTHER_COMMUNITY,))
    resident = session.get_one(Resident, ResidentFactory(lives_in=GRID).id)
    assert worker in workers_for(session, resident)
    assert elsewhere not in workers_for(session, resident)
