import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from circle.cases import queries
from circle.cases.filters import NOBODY, Caseload, Place
from circle.cases.queries import all_of, counts_of, found, page_of, workers_covering
from models.cases import Case
from models.staff import Account
from models.vocabulary.cases import CaseOrder, CaseStage, CaseState, CloseReason, ContactGap
from models.vocabulary.residents import CategoryCode
from tests.circle.cases.conftest import TODAY
from tests.factories import (
    COMMUNITY,
    OTHER_COMMUNITY,
    OTHER_STREET,
    AccountFactory,
    CaseFactory,
    CategoryFactory,
    ResidentFactory,
    TaskFactory,
    load_places,
)


@pytest.fixture
def office(session: Session) -> None:
    load_places(session)


@pytest.fixture
def worker(session: Session, office: None) -> Account:
    return AccountFactory(covers=[COMMUNITY])


@pytest.fixture
def street(session: Session, office: None) -> Account:
    return AccountFactory(street=True)


def case(worker: Account | None = None, *, lives_in: str = COMMUNITY, **facts: object) -> Case:
    resident = ResidentFactory(lives_in=lives_in)
    return CaseFactory(resident=resident, worker=worker, **facts)


def listed(session: Session, actor: Account, wanted: Caseload) -> list[int]:
    """Every page of the list, one after the other."""
    numbers: list[int] = []
    after: Place | None = None
    while True:
        page = page_of(session, actor, wanted, on=TODAY, after=after)
        numbers += [line.case.id for line in page.lines if line.case]
        if page.after is None:
            return numbers
        after = Place.read(str(page.after))


def test_a_worker_sees_the_community_and_the_cases_in_their_hands(
    session: Session, worker: Account
) -> None:
    here, held = case(), case(worker, lives_in=f"{OTHER_STREET}001")
    case(lives_in=OTHER_COMMUNITY)
    assert sorted(listed(session, worker, Caseload())) == [here.id, held.id]


def test_whoever_was_out_of_touch_longest_comes_first(session: Session, worker: Account) -> None:
    lately = case(last_contact_on=TODAY)
    never = case(opened_on=date(2026, 2, 1))
    long_ago = case(opened_on=date(2026, 1, 1), last_contact_on=date(2026, 3, 1))
    assert listed(session, worker, Caseload()) == [never.id, long_ago.id, lately.id]


def test_by_due_date_those_without_a_task_come_last(session: Session, worker: Account) -> None:
    nothing, later, sooner = case(), case(), case()
    TaskFactory(resident=later.resident, due_on=TODAY + timedelta(days=3))
    TaskFactory(resident=sooner.resident, due_on=TODAY - timedelta(days=1))
    order = Caseload(order=CaseOrder.DUE)
    assert listed(session, worker, order) == [sooner.id, later.id, nothing.id]


@pytest.mark.parametrize("order", list(CaseOrder))
def test_paging_shows_everybody_once(
    session: Session, worker: Account, monkeypatch: pytest.MonkeyPatch, order: CaseOrder
) -> None:
    monkeypatch.setattr(queries, "PAGE_LENGTH", 3)
    cases = [case(opened_on=date(2026, 1, 1 + number // 4)) for number in range(10)]
    for late in cases[::2]:
        TaskFactory(resident=late.resident, due_on=TODAY)
    numbers = listed(session, worker, Caseload(order=order))
    assert sorted(numbers) == sorted(each.id for each in cases)


@pytest.mark.parametrize(("days", "is_out_of_touch"), [(29, False), (30, False), (31, True)])
def test_thirty_days_are_not_yet_more_than_thirty(
    session: Session, worker: Account, days: int, is_out_of_touch: bool
) -> None:
    contact = TODAY - timedelta(days=days)
    case(opened_on=date(2026, 1, 1), last_contact_on=contact)
    found_ids = listed(session, worker, Caseload(gap=ContactGap.OVER_30))
    assert bool(found_ids) == is_out_of_touch


def test_a_category_counts_while_it_holds(session: Session, worker: Account) -> None:
    holds, ended = case(), case()
    CategoryFactory(resident_id=holds.resident_id, to_on=TODAY)
    CategoryFactory(resident_id=ended.resident_id, to_on=TODAY - timedelta(days=1))
    wanted = Caseload(category=CategoryCode.HARD_TO_EMPLOY)
    assert listed(session, worker, wanted) == [holds.id]


def test_cases_nobody_holds_wait_in_the_queue(session: Session, street: Account) -> None:
    held, waiting = case(AccountFactory()), case()
    assert listed(session, street, Caseload(worker=NOBODY)) == [waiting.id]
    assert listed(session, street, Caseload(worker=held.worker_id)) == [held.id]


def test_closed_cases_are_a_list_of_their_own(session: Session, street: Account) -> None:
    closed = case(
        state=CaseState.CLOSED,
        closed_on=TODAY,
        close_reason=CloseReason.EMPLOYED,
        stage=CaseStage.CLOSED,
    )
    case()
    assert listed(session, street, Caseload(state=CaseState.CLOSED)) == [closed.id]


def test_every_count_is_the_length_of_the_list_it_opens(session: Session, street: Account) -> None:
    dice = random.Random(7)  # noqa: S311 - the same invented office every time
    stages = [CaseStage.FIRST_CONTACT, CaseStage.SERVING, CaseStage.PLACED]
    for _ in range(40):
        opened_on = TODAY - timedelta(days=dice.randrange(200))
        contact = dice.choice([None, opened_on, TODAY])
        made = case(
            lives_in=dice.choice([COMMUNITY, OTHER_COMMUNITY, f"{OTHER_STREET}001"]),
            opened_on=opened_on,
            last_contact_on=contact,
            stage=dice.choice(stages),
        )
        if dice.random() < 0.4:
            CategoryFactory(resident_id=made.resident_id)
    for wanted in (Caseload(), Caseload(gap=ContactGap.NEVER), Caseload(stage=CaseStage.SERVING)):
        counts = counts_of(session, street, wanted, on=TODAY)
        assert counts.total == len(listed(session, street, wanted))
        for stage, count in counts.stages.items():
            assert count == len(listed(session, street, _with(wanted, stage=stage)))
        for code, _, count in counts.communities:
            assert count == len(listed(session, street, _with(wanted, community=code)))
    assert counts_of(session, street, Caseload(), on=TODAY).total > 0


def _with(wanted: Caseload, **changes: object) -> Caseload:
    return Caseload.read(wanted.arguments(**changes))


def test_a_line_tells_when_something_is_due_and_whether_it_is_late(
    session: Session, worker: Account
) -> None:
    late = case()
    TaskFactory(resident=late.resident, cycle="a", due_on=TODAY - timedelta(days=1))
    TaskFactory(resident=late.resident, cycle="b", due_on=TODAY)
    (line,) = page_of(session, worker, Caseload(), on=TODAY, after=None).lines
    assert (line.due_on, line.is_overdue, line.open_count) == (TODAY - timedelta(days=1), True, 2)


def test_a_list_costs_as_many_statements_for_one_line_as_for_fifty(
    session: Session, worker: Account
) -> None:
    case(worker)
    one = _statements_of_a_page(session, worker)
    for number in range(40):
        CategoryFactory(resident_id=case(worker if number % 2 else None).resident_id)
    assert _statements_of_a_page(session, worker) == one <= 8


def _statements_of_a_page(session: Session, worker: Account) -> int:
    session.expire_all()
    assert worker.covered_codes
    with counted(session) as statements:
        page = page_of(session, worker, Caseload(), on=TODAY, after=None)
        assert [(line.resident.name, line.case and line.case.worker) for line in page.lines]
    return len(statements)


def test_a_search_finds_people_without_a_case_and_nobody_outside_the_scope(
    session: Session, worker: Account
) -> None:
    served = case().resident
    served.name = bare_name = "买买提江"
    bare = ResidentFactory(name=bare_name)
    ResidentFactory(name=bare_name, lives_in=OTHER_COMMUNITY)
    lines = found(session, worker, bare_name, on=TODAY).lines
    assert [line.resident for line in lines] == [served, bare]
    assert [line.case is None for line in lines] == [False, True]


def test_a_search_says_when_it_shows_only_some(
    session: Session, worker: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "FOUND_AT_MOST", 2)
    for _ in range(3):
        ResidentFactory(name="王伟")
    page = found(session, worker, "王伟", on=TODAY)
    assert len(page.lines) == 2
    assert page.after is not None


def test_an_export_holds_the_whole_list_in_its_order(
    session: Session, worker: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "SLICE", 3)
    for number in range(7):
        case(opened_on=date(2026, 1, 1 + number))
    lines = all_of(session, worker, Caseload(), on=TODAY)
    assert [line.case.id for line in lines if line.case] == listed(session, worker, Caseload())


def test_a_worker_with_coverage_covers_nothing_else(session: Session, office: None) -> None:
    covering = AccountFactory(division_code=OTHER_COMMUNITY, covers=[COMMUNITY])
    at_home = AccountFactory(division_code=COMMUNITY)
    AccountFactory(division_code=COMMUNITY, covers=[OTHER_COMMUNITY])
    assert set(workers_covering(session, f"{COMMUNITY}001")) == {covering, at_home}


@pytest.mark.parametrize(
    "arguments",
    [{"stage": "nonsense", "worker": "x", "community": "33011", "order": ""}, {"worker": "9" * 30}],
)
def test_words_an_address_should_not_hold_are_passed_over(arguments: dict[str, str]) -> None:
    assert Caseload.read(arguments) == Caseload()


@pytest.mark.parametrize("text", [None, "", "x", "20260101", "20261301.4", "20260101.x"])
def test_a_place_nobody_wrote_is_the_beginning(text: str | None) -> None:
    assert Place.read(text) is None


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("SELECT"):
            statements.append(statement)

    engine = session.get_bind().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
