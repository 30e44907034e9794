from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.cases.marks import (
    add_category,
    confirm_zero_employment,
    end_category,
    set_tier,
    withdraw_zero_employment,
)
from circle.refusals import (
    CaseAlreadyClosed,
    CategoryDatesWrong,
    CategoryEnded,
    CategoryHolds,
    HouseholdAlreadyConfirmed,
    HouseholdMissing,
    HouseholdNotConfirmed,
)
from models.policy import seed_parameters
from models.residents import Category, Household, Resident
from models.staff import Account
from models.tasks import Task
from models.vocabulary.cases import CaseStage, CaseState, CloseReason, HelpTier
from models.vocabulary.jobs import SweepReason
from models.vocabulary.residents import CategoryCode
from models.vocabulary.tasks import TaskKind
from reminders.sweep import sweep_residents
from tests.circle.cases.conftest import TODAY
from tests.factories import (
    COMMUNITY,
    NOON,
    AccountFactory,
    CaseFactory,
    HouseholdFactory,
    MemberFactory,
    ResidentFactory,
    load_places,
)


@pytest.fixture
def worker(session: Session) -> Account:
    load_places(session)
    seed_parameters(session)
    return AccountFactory(covers=[COMMUNITY])


@pytest.fixture
def resident(worker: Account) -> Resident:
    return ResidentFactory()


@pytest.fixture
def at_home(resident: Resident) -> Resident:
    MemberFactory(household_id=HouseholdFactory().id, resident_id=resident.id)
    return resident


def mark(session: Session, resident: Resident, by: Account, from_on: date = TODAY) -> Category:
    return add_category(
        session,
        resident,
        code=CategoryCode.HARD_TO_EMPLOY,
        basis="入户核实",
        from_on=from_on,
        by=by,
        on=TODAY,
        now=NOON,
    )


def end(session: Session, category: Category, to_on: date = TODAY) -> None:
    end_category(session, category, to_on=to_on, on=TODAY, now=NOON)


def test_a_mark_keeps_its_basis_and_who_set_it(
    session: Session, resident: Resident, worker: Account
) -> None:
    category = mark(session, resident, worker)
    assert (category.basis, category.confirmed_by, category.to_on) == ("入户核实", worker.id, None)


def test_a_mark_that_holds_is_not_set_twice(
    session: Session, resident: Resident, worker: Account
) -> None:
    mark(session, resident, worker)
    with pytest.raises(CategoryHolds):
        mark(session, resident, worker)


def test_a_mark_may_come_again_the_day_after_it_ended(
    session: Session, resident: Resident, worker: Account
) -> None:
    yesterday = TODAY - timedelta(days=1)
    end(session, mark(session, resident, worker, date(2026, 1, 1)), yesterday)
    with pytest.raises(CategoryHolds):
        mark(session, resident, worker, yesterday)
    assert mark(session, resident, worker, TODAY).from_on == TODAY


def test_no_mark_begins_tomorrow(session: Session, resident: Resident, worker: Account) -> None:
    with pytest.raises(CategoryDatesWrong):
        mark(session, resident, worker, TODAY + timedelta(days=1))


@pytest.mark.parametrize("to_on", [date(2026, 5, 31), TODAY + timedelta(days=1)])
def test_a_mark_ends_between_its_beginning_and_today(
    session: Session, resident: Resident, worker: Account, to_on: date
) -> None:
    category = mark(session, resident, worker, date(2026, 6, 1))
    with pytest.raises(CategoryDatesWrong):
        end(session, category, to_on)


def test_a_mark_ends_once(session: Session, resident: Resident, worker: Account) -> None:
    category = mark(session, resident, worker)
    end(session, category)
    with pytest.raises(CategoryEnded):
        end(session, category)


def test_confirming_a_zero_employment_household_brings_the_next_visit_forward(
    session: Session, at_home: Resident, worker: Account
) -> None:
    CaseFactory(resident=at_home, worker=worker, last_contact_on=date(2026, 11, 16))
    sweep_residents(session, [at_home.id], on=TODAY, now=NOON, reason=SweepReason.VISIT)
    assert _visit_due(session, at_home) is None
    household = confirm_zero_employment(session, at_home, by=worker, on=TODAY, now=NOON)
    assert _confirmed(household) == (TODAY, worker.id)
    assert _visit_due(session, at_home) == date(2026, 11, 23)
    withdraw_zero_employment(session, at_home, on=TODAY, now=NOON)
    assert _confirmed(household) == (None, None)
    assert _visit_due(session, at_home) is None


def _confirmed(household: Household) -> tuple[date | None, int | None]:
    return household.zero_employment_confirmed_on, household.zero_employment_confirmed_by


def _visit_due(session: Session, resident: Resident) -> date | None:
    return session.scalar(
        select(Task.due_on).where(
            Task.resident_id == resident.id, Task.kind == TaskKind.VISIT, Task.state == "open"
        )
    )


def test_two_workers_confirm_a_household_once(
    session: Session, at_home: Resident, worker: Account
) -> None:
    confirm_zero_employment(session, at_home, by=worker, on=TODAY, now=NOON)
    with pytest.raises(HouseholdAlreadyConfirmed):
        confirm_zero_employment(session, at_home, by=worker, on=TODAY, now=NOON)


def test_what_was_not_confirmed_cannot_be_withdrawn(session: Session, at_home: Resident) -> None:
    with pytest.raises(HouseholdNotConfirmed):
        withdraw_zero_employment(session, at_home, on=TODAY, now=NOON)


def test_somebody_no_register_knows_has_no_household(
    session: Session, resident: Resident, worker: Account
) -> None:
    with pytest.raises(HouseholdMissing):
        confirm_zero_employment(session, resident, by=worker, on=TODAY, now=NOON)


@pytest.mark.parametrize("tier", [HelpTier.C, None])
def test_a_tier_is_set_and_taken_back(resident: Resident, tier: HelpTier | None) -> None:
    case = CaseFactory(resident=resident, tier=HelpTier.A)
    set_tier(case, tier)
    assert case.tier is tier


def test_a_closed_case_keeps_its_tier(resident: Resident) -> None:
    case = CaseFactory(
        resident=resident,
        state=CaseState.CLOSED,
        stage=CaseStage.CLOSED,
        closed_on=TODAY,
        close_reason=CloseReason.EMPLOYED,
    )
    with pytest.raises(CaseAlreadyClosed):
        set_tier(case, HelpTier.A)
