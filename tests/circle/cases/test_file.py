from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from circle.cases.file import ResidentFile, read_file
from circle.cases.sources import Question
from circle.cases.timeline import EventKind
from models.cases import Visit
from models.residents import Resident
from models.staff import Account
from models.tasks import TaskMove
from models.vocabulary.cases import CaseStage, CaseState, CloseReason, Stance
from models.vocabulary.facts import InsuranceKind, MonthState
from models.vocabulary.months import month_of
from models.vocabulary.tasks import TaskVerb
from tests.circle.cases.conftest import TODAY
from tests.circle.cases.test_queries import counted
from tests.factories import (
    COMMUNITY,
    OTHER_COMMUNITY,
    AccountFactory,
    CaseFactory,
    CategoryFactory,
    EmployerFactory,
    HouseholdFactory,
    MemberFactory,
    PlacementFactory,
    ResidentFactory,
    TaskFactory,
    UnemploymentFactory,
    VisitFactory,
    close_month,
    load_places,
    pay,
)


@pytest.fixture
def worker(session: Session) -> Account:
    load_places(session)
    return AccountFactory(covers=[COMMUNITY])


@pytest.fixture
def resident(worker: Account) -> Resident:
    return ResidentFactory()


def opened(session: Session, resident: Resident, worker: Account) -> ResidentFile:
    return read_file(session, resident, actor=worker, on=TODAY, zone="Asia/Shanghai")


def test_somebody_nothing_is_known_of_has_an_empty_file(
    session: Session, resident: Resident, worker: Account
) -> None:
    file = opened(session, resident, worker)
    assert (file.case, file.family, file.claims, file.strips, file.timeline) == (
        None,
        None,
        [],
        [],
        [],
    )
    assert file.home == "余杭区仓前街道葛巷社区"
    assert file.residents_shown == [resident.id]


def test_an_ended_version_of_a_fact_is_not_told(
    session: Session, resident: Resident, worker: Account
) -> None:
    old = UnemploymentFactory(resident_id=resident.id)
    old.ended_by = old.brought_by
    new = UnemploymentFactory(resident_id=resident.id, reason="合同到期")
    (claim,) = opened(session, resident, worker).claims
    assert claim.fact is new


def test_an_employer_who_paid_the_newest_closed_month_contradicts_unemployment(
    session: Session, resident: Resident, worker: Account
) -> None:
    UnemploymentFactory(resident_id=resident.id)
    pay(session, resident, [month_of("2026-08"), month_of("2026-09")], employer_id=_employer())
    close_month(session, month_of("2026-09"))
    (conflict,) = opened(session, resident, worker).conflicts
    assert conflict.question is Question.WORK
    assert {side.answer for side in conflict.sides} == {Stance.IDLE, Stance.WORKS}


def test_a_month_somebody_paid_alone_is_no_work(
    session: Session, resident: Resident, worker: Account
) -> None:
    UnemploymentFactory(resident_id=resident.id)
    pay(session, resident, [month_of("2026-09")], employer_id=0)
    close_month(session, month_of("2026-09"))
    assert opened(session, resident, worker).conflicts == []


def _employer() -> int:
    return int(EmployerFactory().id)


def test_only_months_closed_where_the_person_lives_are_missing(
    session: Session, resident: Resident, worker: Account
) -> None:
    pay(session, resident, [month_of("2026-06")])
    close_month(session, month_of("2026-07"), division=COMMUNITY)
    close_month(session, month_of("2026-08"), division=OTHER_COMMUNITY)
    file = opened(session, resident, worker)
    (strip,) = file.strips
    assert dict(strip.months)[month_of("2026-07")] is MonthState.MISSING
    assert strip.months[-1][0] == month_of("2026-07")
    assert file.closed_through == {InsuranceKind.EMPLOYEE_PENSION: month_of("2026-07")}


def test_members_outside_the_scope_keep_their_work_to_themselves(
    session: Session, resident: Resident, worker: Account
) -> None:
    spouse, away = ResidentFactory(), ResidentFactory(lives_in=OTHER_COMMUNITY)
    household = HouseholdFactory()
    for person, is_head in ((resident, True), (spouse, False), (away, False)):
        MemberFactory(household_id=household.id, resident_id=person.id, is_head=is_head)
        UnemploymentFactory(resident_id=person.id)
    file = opened(session, resident, worker)
    assert file.family is not None
    told = {
        member.resident.id: (member.is_visible, member.livelihood.unemployed_since)
        for member in file.family.members
    }
    assert told[spouse.id] == (True, "2026-05-01")
    assert told[away.id] == (False, None)
    assert file.family.members[0].resident is resident
    assert sorted(file.residents_shown) == [resident.id, resident.id, spouse.id]


def test_the_open_case_stands_before_older_ones(
    session: Session, resident: Resident, worker: Account
) -> None:
    past = CaseFactory(
        resident=resident,
        opened_on=date(2025, 1, 1),
        state=CaseState.CLOSED,
        stage=CaseStage.CLOSED,
        closed_on=date(2025, 6, 1),
        close_reason=CloseReason.EMPLOYED,
    )
    case = CaseFactory(resident=resident, worker=worker)
    file = opened(session, resident, worker)
    assert (file.case, file.past_cases) == (case, [past])


def test_categories_that_hold_come_before_those_that_ended(
    session: Session, resident: Resident, worker: Account
) -> None:
    ended = CategoryFactory(
        resident_id=resident.id, from_on=date(2026, 6, 1), to_on=date(2026, 11, 20)
    )
    holds = CategoryFactory(
        resident_id=resident.id, from_on=date(2026, 1, 1), code="disabled", to_on=TODAY
    )
    file = opened(session, resident, worker)
    assert file.categories == [holds, ended]
    assert file.holding == [holds]


def test_the_timeline_tells_the_newest_first_and_a_correction_once(
    session: Session, resident: Resident, worker: Account
) -> None:
    case = CaseFactory(resident=resident, worker=worker, opened_on=date(2026, 6, 1))
    wrong, removed = _visit(case, worker, 10), _visit(case, worker, 12)
    right = _visit(case, worker, 11, corrects_id=wrong.id)
    for gone in (wrong, removed):
        gone.removed_at, gone.removed_by = datetime(2026, 6, 13, tzinfo=UTC), worker.id
    PlacementFactory(case_id=case.id, started_on=date(2026, 7, 1), ended_on=date(2026, 8, 1))
    told = [(event.kind, event.record) for event in opened(session, resident, worker).timeline]
    assert [kind for kind, _ in told] == [
        EventKind.JOB_ENDED,
        EventKind.PLACEMENT,
        EventKind.REMOVED_VISIT,
        EventKind.VISIT,
        EventKind.OPENED,
    ]
    assert told[3][1] is right


def _visit(case: object, worker: Account, day: int, **facts: object) -> Visit:
    return VisitFactory(case=case, visited_on=date(2026, 6, day), recorder=worker, **facts)


def test_a_move_before_midnight_utc_belongs_to_the_next_day_here(
    session: Session, resident: Resident, worker: Account
) -> None:
    task = TaskFactory(resident=resident)
    at = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
    session.add(TaskMove(task_id=task.id, verb=TaskVerb.RAISE, at=at))
    session.flush()
    (event,) = opened(session, resident, worker).timeline
    assert event.on == date(2026, 11, 21)


def test_a_full_file_costs_no_more_statements_than_a_thin_one(
    session: Session, resident: Resident, worker: Account
) -> None:
    _fill(session, resident, worker, 1)
    thin = _statements(session, resident, worker)
    _fill(session, resident, worker, 12)
    assert _statements(session, resident, worker) == thin <= 40


def _fill(session: Session, resident: Resident, worker: Account, count: int) -> None:
    household = HouseholdFactory() if count == 1 else None
    if household:
        MemberFactory(household_id=household.id, resident_id=resident.id)
        CaseFactory(resident=resident, worker=worker)
        pay(session, resident, [month_of("2026-06")])
    for number in range(count):
        TaskFactory(resident=resident, cycle=f"{count}:{number}", assignee=worker)
        UnemploymentFactory(resident_id=resident.id, registered_on=date(2026, count, 1 + number))


def _statements(session: Session, resident: Resident, worker: Account) -> int:
    session.expire_all()
    assert resident.name
    assert worker.covered_codes
    with counted(session) as statements:
        file = opened(session, resident, worker)
        assert [task.assignee and task.assignee.display_name for task in file.tasks]
    return len(statements)
