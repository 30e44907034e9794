"""When an open case is due for contact."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from models.vocabulary.facts import DEPARTED, RegisterStatus
from models.vocabulary.residents import CategoryCode, WorkStatus
from models.vocabulary.tasks import TaskState
from reminders.rules.visit import visit
from tests.factories import (
    NOON,
    AccountFactory,
    CaseFactory,
    CategoryFactory,
    HouseholdFactory,
    MemberFactory,
    PlacementFactory,
    RegisterEntryFactory,
    TaskFactory,
    load_places,
    use,
)
from tests.reminders.asking import ask
from tests.reminders.worlds import DEFAULTS

CONTACT = date(2026, 10, 10)
OPENED = date(2026, 6, 1)


@pytest.fixture
def office(session: Session) -> Session:
    use(session)
    load_places(session)
    return session


def days_later(days: int) -> date:
    return CONTACT + timedelta(days=days)


def test_a_resident_unseen_for_thirty_days_is_due(office: Session) -> None:
    CaseFactory(opened_on=OPENED, last_contact_on=CONTACT)
    (found,) = ask(office, visit, days_later(30))
    assert (found.cycle, found.due_on, found.priority) == ("since:2026-10-10", days_later(30), 60)


@pytest.mark.parametrize(("after", "appears"), [(22, False), (23, True), (30, True), (400, True)])
def test_the_reminder_appears_seven_days_before_it_is_due(
    office: Session, after: int, appears: bool
) -> None:
    CaseFactory(opened_on=OPENED, last_contact_on=CONTACT)
    assert bool(ask(office, visit, days_later(after))) == appears


@pytest.mark.parametrize(("after", "appears"), [(4, False), (5, True)])
def test_a_zero_employment_household_is_seen_weekly(
    office: Session, after: int, appears: bool
) -> None:
    case = CaseFactory(opened_on=OPENED, last_contact_on=CONTACT)
    mark = CategoryCode.ZERO_EMPLOYMENT_HOUSEHOLD
    CategoryFactory(resident_id=case.resident_id, code=mark)
    CategoryFactory(resident_id=case.resident_id, code=CategoryCode.HARD_TO_EMPLOY)
    found = ask(office, visit, days_later(after))
    assert bool(found) == appears
    assert [(one.due_on, one.priority) for one in found] == [(days_later(7), 10)] * appears


def test_a_household_a_worker_confirmed_counts_from_that_day(office: Session) -> None:
    case = CaseFactory(opened_on=OPENED, last_contact_on=CONTACT)
    household = HouseholdFactory(
        zero_employment_confirmed_on=days_later(20),
        zero_employment_confirmed_by=AccountFactory().id,
    )
    MemberFactory(household=household, resident=case.resident)
    assert ask(office, visit, days_later(19)) == []
    assert ask(office, visit, days_later(20))[0].priority == 10


def test_hard_to_employ_people_come_before_others(office: Session) -> None:
    case = CaseFactory(opened_on=OPENED, last_contact_on=CONTACT)
    CategoryFactory(resident_id=case.resident_id, from_on=OPENED, to_on=days_later(30))
    assert ask(office, visit, days_later(30))[0].priority == 20
    assert ask(office, visit, days_later(31))[0].priority == 60


def test_the_first_contact_is_due_five_days_after_opening_and_shown_at_once(
    office: Session,
) -> None:
    CaseFactory(opened_on=date(2026, 9, 30))
    assert ask(office, visit, date(2026, 9, 29)) == []
    (found,) = ask(office, visit, date(2026, 9, 30))
    assert (found.cycle, found.due_on) == ("opened:2026-09-30", date(2026, 10, 5))


def test_five_days_may_be_set_to_working_days(office: Session) -> None:
    CaseFactory(opened_on=date(2026, 9, 30))
    policy = replace(DEFAULTS, first_service_working_days=True)
    (found,) = ask(office, visit, date(2026, 9, 30), policy)
    assert found.due_on == date(2026, 10, 13)  # the National Day week, and a worked Saturday


@pytest.mark.parametrize("status", sorted(DEPARTED))
def test_the_departed_are_not_visited(office: Session, status: RegisterStatus) -> None:
    case = CaseFactory(opened_on=OPENED)
    entry = RegisterEntryFactory(resident_id=case.resident_id, status=status)
    assert ask(office, visit, CONTACT) == []
    entry.ended_by = entry.brought_by
    assert len(ask(office, visit, CONTACT)) == 1


@pytest.mark.parametrize("status", [WorkStatus.EMPLOYED, WorkStatus.NOT_SEEKING])
def test_the_retired_and_the_employed_without_a_placement_are_visited(
    office: Session, status: WorkStatus
) -> None:
    CaseFactory(opened_on=OPENED, work_status=status, resident__born_on=date(1950, 1, 1))
    assert len(ask(office, visit, CONTACT)) == 1


def test_nobody_is_reminded_twice_while_an_assistance_order_is_open(office: Session) -> None:
    case = CaseFactory(opened_on=OPENED)
    order = TaskFactory(resident=case.resident, case=case, kind="assistance", cycle="order")
    assert ask(office, visit, CONTACT) == []
    order.state, order.settled_at = TaskState.DONE, NOON
    assert len(ask(office, visit, CONTACT)) == 1


@pytest.mark.parametrize(
    ("started", "ended", "is_visited"),
    [(0, None, False), (-180, None, False), (-181, None, True), (1, None, True), (-10, -1, True)],
)
def test_visits_pause_between_a_placement_and_its_last_follow_up(
    office: Session, started: int, ended: int | None, is_visited: bool
) -> None:
    case = CaseFactory(opened_on=date(2026, 1, 1))
    ended_on = None if ended is None else days_later(ended)
    PlacementFactory(case=case, started_on=days_later(started), ended_on=ended_on)
    assert bool(ask(office, visit, CONTACT)) == is_visited


def test_a_placement_somebody_took_back_pauses_nothing(office: Session) -> None:
    case = CaseFactory(opened_on=OPENED)
    PlacementFactory(case=case, started_on=CONTACT, removed_at=NOON)
    assert len(ask(office, visit, CONTACT)) == 1


def test_a_closed_case_has_no_visits(office: Session) -> None:
    CaseFactory(state="closed", stage="closed", closed_on=CONTACT, close_reason="employed")
    assert ask(office, visit, CONTACT) == []
