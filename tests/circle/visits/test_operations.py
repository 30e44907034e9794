"""Recording a visit, correcting it, removing it (DOMAIN 3, visit; 9)."""

import uuid
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.cases.statements import Wish, current_status, current_wish
from circle.refusals import VisitGone, VisitOfAnother, VisitRefused
from circle.visits.details import JobBegun, VisitDetails, problems_of
from circle.visits.operations import correct_visit, record_visit, remove_visit
from models.cases import Case, Placement, Visit
from models.residents import Resident, StatusHistory
from models.staff import Account
from models.tasks import Task, TaskMove
from models.vocabulary.cases import (
    CaseStage,
    CloseReason,
    DifficultyCause,
    Need,
    Obstacle,
    PlacementKind,
    RefusalReason,
    VisitChannel,
    VisitProblem,
)
from models.vocabulary.jobs import SweepReason
from models.vocabulary.residents import WorkKind, WorkStatus
from models.vocabulary.tasks import TaskKind, TaskState, TaskVerb
from reminders.inbox import raise_order
from reminders.sweep import sweep_residents
from tests.factories import (
    COMMUNITY,
    NOON,
    AccountFactory,
    CaseFactory,
    ResidentFactory,
    TaskFactory,
    load_places,
    use,
)

TODAY = date(2026, 11, 21)


def day(n: int) -> date:
    """N days before today."""
    return TODAY - timedelta(days=n)


@pytest.fixture
def worker(session: Session) -> Account:
    use(session)
    load_places(session)
    account: Account = AccountFactory(covers=[COMMUNITY])
    return account


@pytest.fixture
def case(session: Session, worker: Account) -> Case:
    opened: Case = CaseFactory(worker=worker, opened_on=day(40))
    sweep(session, opened)
    return opened


def sweep(session: Session, case: Case, on: date = TODAY) -> None:
    session.flush()
    sweep_residents(session, [case.resident_id], on=on, now=NOON, reason=SweepReason.COMMAND)


def told(**answers: Any) -> VisitDetails:  # noqa: ANN401 - whichever answers a test is about
    usual: dict[str, Any] = {
        "uuid": str(uuid.uuid4()),
        "visited_on": TODAY,
        "channel": VisitChannel.PHONE,
        "reached": True,
    }
    return VisitDetails(**{**usual, **answers})


def visit(session: Session, case: Case, worker: Account, **answers: Any) -> Visit:  # noqa: ANN401
    return record_visit(
        session, case.resident, by=worker, on=TODAY, now=NOON, details=told(**answers)
    )


def tasks(session: Session, resident: Resident, kind: TaskKind = TaskKind.VISIT) -> dict[str, str]:
    """Cycle → state"""
    session.flush()
    query = select(Task).where(Task.resident_id == resident.id, Task.kind == kind)
    return {task.cycle: task.state.value for task in session.scalars(query)}


def remove(session: Session, recorded: Visit, worker: Account) -> None:
    remove_visit(session, recorded, by=worker, on=TODAY, now=NOON)


def correct(session: Session, recorded: Visit, worker: Account, **answers: Any) -> Visit:  # noqa: ANN401
    return correct_visit(session, recorded, by=worker, on=TODAY, now=NOON, details=told(**answers))


def test_a_first_contact_completes_the_reminder_and_begins_the_service(
    session: Session, case: Case, worker: Account
) -> None:
    recorded = visit(session, case, worker)
    assert tasks(session, case.resident) == {f"opened:{day(40)}": "done"}
    assert (case.last_contact_on, case.stage) == (TODAY, CaseStage.SERVING)
    task = session.scalars(select(Task).where(Task.kind == TaskKind.VISIT)).one()
    assert task.visit_id == recorded.id
    moves = session.scalars(select(TaskMove.verb).where(TaskMove.task_id == task.id)).all()
    assert TaskVerb.COMPLETE in moves


def test_a_contact_on_the_day_of_opening_counts(
    session: Session, case: Case, worker: Account
) -> None:
    visit(session, case, worker, visited_on=day(40))
    assert tasks(session, case.resident)[f"opened:{day(40)}"] == "done"
    assert case.last_contact_on == day(40)


def test_nobody_at_home_completes_nothing(session: Session, case: Case, worker: Account) -> None:
    visit(session, case, worker, reached=False)
    assert tasks(session, case.resident) == {f"opened:{day(40)}": "open"}
    assert (case.last_contact_on, case.stage) == (None, CaseStage.FIRST_CONTACT)


def test_the_same_submission_twice_is_one_visit(
    session: Session, case: Case, worker: Account
) -> None:
    details = told()
    first, second = (
        record_visit(session, case.resident, by=worker, on=TODAY, now=NOON, details=details)
        for _ in range(2)
    )
    assert first.id == second.id
    assert len(session.scalars(select(Visit)).all()) == 1


def test_a_number_used_for_somebody_else_is_refused(
    session: Session, case: Case, worker: Account
) -> None:
    details = told()
    record_visit(session, case.resident, by=worker, on=TODAY, now=NOON, details=details)
    with pytest.raises(VisitOfAnother):
        record_visit(session, ResidentFactory(), by=worker, on=TODAY, now=NOON, details=details)


def test_every_problem_is_told_at_once(session: Session, case: Case, worker: Account) -> None:
    with pytest.raises(VisitRefused) as refused:
        visit(
            session,
            case,
            worker,
            visited_on=TODAY + timedelta(days=1),
            next_on=TODAY,
            refusal_reasonable=True,
            job=JobBegun(PlacementKind.CONTRACT, "", None),
        )
    assert set(refused.value.problems) == {
        VisitProblem.IN_FUTURE,
        VisitProblem.NEXT_IN_PAST,
        VisitProblem.REFUSAL_UNNAMED,
        VisitProblem.JOB_UNNAMED,
        VisitProblem.JOB_UNDATED,
    }
    assert session.scalars(select(Visit)).all() == []


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ({"visited_on": day(41)}, VisitProblem.BEFORE_OPENING),
        ({"status_since": TODAY + timedelta(days=1)}, VisitProblem.STATUS_IN_FUTURE),
        ({"reached": False, "needs": (Need.WORK,)}, VisitProblem.NOT_REACHED),
        (
            {"job": JobBegun(PlacementKind.CONTRACT, "小学", TODAY + timedelta(days=1))},
            VisitProblem.JOB_IN_FUTURE,
        ),
        (
            {
                "job": JobBegun(PlacementKind.CONTRACT, "小学", TODAY),
                "work_status": WorkStatus.UNEMPLOYED,
            },
            VisitProblem.JOB_CONTRADICTS,
        ),
    ],
)
def test_what_cannot_be_is_refused(
    session: Session, case: Case, worker: Account, answers: dict[str, Any], problem: VisitProblem
) -> None:
    with pytest.raises(VisitRefused) as refused:
        visit(session, case, worker, **answers)
    assert refused.value.problems == (problem,)


def test_a_later_contact_moves_the_next_one_and_an_older_one_moves_nothing(
    session: Session, case: Case, worker: Account
) -> None:
    visit(session, case, worker, visited_on=day(30))
    assert tasks(session, case.resident)[f"since:{day(30)}"] == "open"
    visit(session, case, worker, visited_on=day(35))
    assert tasks(session, case.resident)[f"since:{day(30)}"] == "open"
    assert case.last_contact_on == day(30)
    visit(session, case, worker, visited_on=day(29))
    assert tasks(session, case.resident)[f"since:{day(30)}"] == "done"
    assert case.last_contact_on == day(29)


def test_a_second_contact_on_the_same_day_does_not_count_again(
    session: Session, case: Case, worker: Account
) -> None:
    visit(session, case, worker, visited_on=day(30))
    visit(session, case, worker, visited_on=day(30))
    assert tasks(session, case.resident)[f"since:{day(30)}"] == "open"


def test_removing_the_only_contact_opens_its_reminder_again(
    session: Session, case: Case, worker: Account
) -> None:
    recorded = visit(session, case, worker)
    remove(session, recorded, worker)
    assert tasks(session, case.resident) == {f"opened:{day(40)}": "open"}
    assert (case.last_contact_on, case.stage) == (None, CaseStage.FIRST_CONTACT)
    assert (recorded.removed_at, recorded.removed_by) == (NOON, worker.id)


def test_removing_one_of_two_contacts_of_a_day_leaves_the_other_to_count(
    session: Session, case: Case, worker: Account
) -> None:
    first, second = visit(session, case, worker), visit(session, case, worker)
    remove(session, first, worker)
    task = session.scalars(select(Task).where(Task.kind == TaskKind.VISIT)).one()
    assert (task.state, task.visit_id) == (TaskState.DONE, second.id)
    assert case.last_contact_on == TODAY


def test_removing_a_contact_withdraws_the_reminder_that_counted_from_it(
    session: Session, case: Case, worker: Account
) -> None:
    recorded = visit(session, case, worker, visited_on=day(30))
    remove(session, recorded, worker)
    assert tasks(session, case.resident) == {
        f"opened:{day(40)}": "open",
        f"since:{day(30)}": "withdrawn",
    }


def test_what_is_gone_cannot_be_removed_or_corrected_again(
    session: Session, case: Case, worker: Account
) -> None:
    recorded = visit(session, case, worker)
    remove(session, recorded, worker)
    with pytest.raises(VisitGone):
        remove(session, recorded, worker)
    with pytest.raises(VisitGone):
        correct(session, recorded, worker)


def test_correcting_a_contact_to_not_reached_opens_what_it_completed(
    session: Session, case: Case, worker: Account
) -> None:
    recorded = visit(session, case, worker)
    corrected = correct(session, recorded, worker, reached=False)
    assert tasks(session, case.resident) == {f"opened:{day(40)}": "open"}
    assert corrected.corrects_id == recorded.id
    assert recorded.removed_at is not None
    assert case.last_contact_on is None


def test_a_refused_correction_leaves_the_visit_as_it_was(
    session: Session, case: Case, worker: Account
) -> None:
    recorded = visit(session, case, worker)
    with pytest.raises(VisitRefused):
        correct(session, recorded, worker, visited_on=day(50))
    assert recorded.removed_at is None
    assert tasks(session, case.resident) == {f"opened:{day(40)}": "done"}


def test_a_ledger_contact_stands_when_the_visits_are_gone(
    session: Session, case: Case, worker: Account
) -> None:
    case.ledger_contact_on = case.last_contact_on = day(20)
    sweep(session, case)
    recorded = visit(session, case, worker)
    assert case.last_contact_on == TODAY
    remove(session, recorded, worker)
    assert case.last_contact_on == day(20)


def order(session: Session, case: Case, raised_on: date) -> Task:
    return raise_order(
        session,
        kind=TaskKind.ASSISTANCE,
        resident_id=case.resident_id,
        case_id=case.id,
        cycle=str(uuid.uuid4()),
        on=raised_on,
        due_on=raised_on + timedelta(days=5),
        provisional=False,
        priority=30,
        assignee_id=None,
        evidence={},
    )


def states_of(session: Session, task: Task) -> str:
    session.refresh(task)
    return task.state.value


def test_a_contact_completes_the_assistance_order(
    session: Session, case: Case, worker: Account
) -> None:
    task = order(session, case, day(3))
    recorded = visit(session, case, worker)
    assert states_of(session, task) == "done"
    remove(session, recorded, worker)
    assert states_of(session, task) == "open"


def test_a_contact_of_before_the_order_does_not_complete_it(
    session: Session, case: Case, worker: Account
) -> None:
    task = order(session, case, day(3))
    visit(session, case, worker, visited_on=day(4))
    assert task.state is TaskState.OPEN


def test_other_reminders_are_settled_when_ticked_only(
    session: Session, case: Case, worker: Account
) -> None:
    lapse = TaskFactory(resident=case.resident)
    another = TaskFactory(kind=TaskKind.ANOMALY, cycle="x:1", resident=ResidentFactory())
    session.flush()
    # What no rule finds the sweep takes back: these were made by hand.
    ticked = frozenset({lapse.id, another.id})
    recorded = visit(session, case, worker, reached=False, ticked=ticked)
    assert lapse.state is TaskState.DONE
    assert lapse.visit_id == recorded.id
    assert another.state is TaskState.OPEN


def test_a_job_begun_places_the_case_and_asks_to_follow_up(
    session: Session, case: Case, worker: Account
) -> None:
    job = JobBegun(PlacementKind.CONTRACT, "仓前中心小学", day(6), "电工", 480_000)
    recorded = visit(session, case, worker, job=job)
    placement = session.scalars(select(Placement)).one()
    assert (placement.employer, placement.pay_fen) == ("仓前中心小学", 480_000)
    assert (case.stage, case.work_status) == (CaseStage.PLACED, WorkStatus.EMPLOYED)
    follow_ups = tasks(session, case.resident, TaskKind.FOLLOW_UP)
    assert follow_ups == {f"{day(6)}+7": "open"}
    remove(session, recorded, worker)
    assert placement.removed_at is not None
    assert tasks(session, case.resident, TaskKind.FOLLOW_UP) == {f"{day(6)}+7": "withdrawn"}
    assert case.stage is CaseStage.FIRST_CONTACT
    assert case.work_status is WorkStatus.UNEMPLOYED


def test_a_follow_up_is_completed_from_the_day_it_appears(
    session: Session, case: Case, worker: Account
) -> None:
    job = JobBegun(PlacementKind.CONTRACT, "小学", day(6))
    visit(session, case, worker, visited_on=day(6), job=job)
    visit(session, case, worker, visited_on=day(2))
    assert tasks(session, case.resident, TaskKind.FOLLOW_UP) == {f"{day(6)}+7": "open"}
    visit(session, case, worker, visited_on=day(1))
    assert tasks(session, case.resident, TaskKind.FOLLOW_UP) == {f"{day(6)}+7": "done"}


def test_a_lost_job_ends_with_the_day_told_and_comes_back_when_that_was_wrong(
    session: Session, case: Case, worker: Account
) -> None:
    job = JobBegun(PlacementKind.CONTRACT, "小学", day(20))
    visit(session, case, worker, visited_on=day(20), job=job)
    lost = visit(session, case, worker, work_status=WorkStatus.UNEMPLOYED, status_since=day(2))
    placement = session.scalars(select(Placement)).one()
    assert placement.ended_on == day(2)
    assert (case.stage, case.work_status) == (CaseStage.SERVING, WorkStatus.UNEMPLOYED)
    remove(session, lost, worker)
    assert [job.ended_on for job in session.scalars(select(Placement))] == [None]
    assert (case.stage, case.work_status) == (CaseStage.PLACED, WorkStatus.EMPLOYED)


def test_the_next_job_ends_the_one_before(session: Session, case: Case, worker: Account) -> None:
    first = JobBegun(PlacementKind.CONTRACT, "小学", day(30))
    visit(session, case, worker, visited_on=day(30), job=first)
    visit(session, case, worker, job=JobBegun(PlacementKind.FLEXIBLE, "外卖", day(3)))
    ends = session.execute(select(Placement.employer, Placement.ended_on)).all()
    assert {job.employer: job.ended_on for job in ends} == {"小学": day(3), "外卖": None}


def test_a_status_replaces_the_one_before_and_keeps_it(
    session: Session, case: Case, worker: Account
) -> None:
    resident_id = case.resident_id
    visit(session, case, worker, visited_on=day(9), work_status=WorkStatus.UNEMPLOYED)
    second = visit(session, case, worker, visited_on=day(2), work_status=WorkStatus.FLEXIBLE)
    assert len(session.scalars(select(StatusHistory)).all()) == 2
    current = current_status(session, resident_id)
    assert current is not None
    assert (current.status, current.since_on) == (WorkStatus.FLEXIBLE, day(2))
    visit(session, case, worker, visited_on=day(5), work_status=WorkStatus.STUDYING)
    assert case.work_status.value == "flexible"
    remove(session, second, worker)
    assert case.work_status.value == "studying"


def test_a_wish_is_replaced_when_it_changed(session: Session, case: Case, worker: Account) -> None:
    wish = Wish(kinds=(WorkKind.GIG,), occupation="电工", pay_fen=500_000, minutes=15)
    visit(session, case, worker, wish=wish, is_whole=True)
    first = current_wish(session, case.resident_id)
    visit(session, case, worker, wish=wish, is_whole=True)
    assert current_wish(session, case.resident_id) is first
    changed = visit(session, case, worker, wish=replace(wish, pay_fen=None), is_whole=True)
    second = current_wish(session, case.resident_id)
    assert second is not None
    assert second.pay_fen is None
    remove(session, changed, worker)
    assert current_wish(session, case.resident_id) is first


def test_a_form_filled_without_signal_clears_nothing_it_did_not_show(
    session: Session, case: Case, worker: Account
) -> None:
    known = Wish(kinds=(WorkKind.GIG,), occupation="电工", pay_fen=500_000)
    visit(
        session,
        case,
        worker,
        wish=known,
        is_whole=True,
        causes=(DifficultyCause.HEALTH,),
        obstacles=(Obstacle.FARM_WORK,),
    )
    visit(session, case, worker, wish=Wish(pay_fen=600_000))
    current = current_wish(session, case.resident_id)
    assert current is not None
    assert Wish.of(current) == replace(known, pay_fen=600_000)
    assert (case.causes, case.obstacles) == (["health"], ["farm_work"])
    visit(session, case, worker, wish=Wish(), is_whole=True)
    assert case.causes == []


def test_difficulties_told_by_mistake_go_with_the_visit(
    session: Session, case: Case, worker: Account
) -> None:
    first = {"is_whole": True, "causes": (DifficultyCause.SKILLS,)}
    visit(session, case, worker, visited_on=day(9), **first)
    wrong = visit(session, case, worker, is_whole=True, causes=(DifficultyCause.HEALTH,))
    assert case.causes == ["health"]
    remove(session, wrong, worker)
    assert case.causes == ["skills"]


def test_all_answers_are_kept(session: Session, case: Case, worker: Account) -> None:
    recorded = visit(
        session,
        case,
        worker,
        channel=VisitChannel.HOME,
        needs=(Need.TRAINING, Need.CHILD_CARE, Need.TRAINING),
        refusal_reason=RefusalReason.DISTANCE,
        refusal_reasonable=False,
        note="周三以后有空",
    )
    session.expire(recorded)
    assert {need.need for need in recorded.needs} == {"training", "child_care"}
    assert recorded.refusal_reasonable is False
    assert recorded.note == "周三以后有空"


def test_somebody_without_a_case_can_be_visited_but_not_placed(
    session: Session, worker: Account
) -> None:
    resident = ResidentFactory()
    recorded = record_visit(
        session, resident, by=worker, on=TODAY, now=NOON, details=told(visited_on=day(300))
    )
    assert recorded.case_id is None
    with pytest.raises(VisitRefused) as refused:
        record_visit(
            session,
            resident,
            by=worker,
            on=TODAY,
            now=NOON,
            details=told(job=JobBegun(PlacementKind.CONTRACT, "小学", TODAY)),
        )
    assert refused.value.problems == (VisitProblem.JOB_WITHOUT_CASE,)


@given(offset=st.integers(-40, 40))
def test_a_visit_is_refused_exactly_when_it_lies_outside_the_case(offset: int) -> None:
    case = Case(opened_on=day(20))
    problems = problems_of(told(visited_on=TODAY + timedelta(days=offset)), case, TODAY)
    expected = {
        *([VisitProblem.IN_FUTURE] if offset > 0 else []),
        *([VisitProblem.BEFORE_OPENING] if offset < -20 else []),
    }
    assert set(problems) == expected


@settings(
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    contacts=st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=1, max_size=5),
    dropped=st.sets(st.integers(0, 4)),
)
def test_visits_recorded_and_removed_leave_the_case_as_if_only_the_rest_were_told(
    session: Session, worker: Account, contacts: list[tuple[int, bool]], dropped: set[int]
) -> None:
    case = CaseFactory(worker=worker, opened_on=day(40))
    sweep(session, case)
    recorded = [
        visit(session, case, worker, visited_on=day(n), reached=reached) for n, reached in contacts
    ]
    for index in dropped & set(range(len(recorded))):
        remove(session, recorded[index], worker)
    kept = [c for i, c in enumerate(contacts) if i not in dropped]
    reached_on = [day(n) for n, reached in kept if reached]
    assert case.last_contact_on == max(reached_on, default=None)
    assert (case.stage is CaseStage.SERVING) == bool(reached_on)
    before = tasks(session, case.resident)
    sweep(session, case)
    assert tasks(session, case.resident) == before
    opened = before[f"opened:{day(40)}"]
    assert (opened == "done") == bool(reached_on)


JOB = JobBegun(PlacementKind.CONTRACT, "仓前中心小学", day(30))


def closed(case: Case, reason: CloseReason, closed_on: date) -> None:
    case.close_reason, case.closed_on = reason, closed_on
    case.move("close")


@pytest.mark.parametrize(
    ("reason", "ago", "status", "opens"),
    [
        (CloseReason.EMPLOYED, 10, WorkStatus.UNEMPLOYED, True),
        (CloseReason.SELF_EMPLOYED, 0, WorkStatus.UNEMPLOYED, True),
        (CloseReason.EMPLOYED, 10, WorkStatus.EMPLOYED, False),
        (CloseReason.EMPLOYED, 10, WorkStatus.NOT_SEEKING, False),
        (CloseReason.MOVED_OUT, 10, WorkStatus.UNEMPLOYED, False),
    ],
)
def test_who_is_out_of_work_again_is_served_again(
    session: Session,
    case: Case,
    worker: Account,
    reason: CloseReason,
    ago: int,
    status: WorkStatus,
    *,
    opens: bool,
) -> None:
    visit(session, case, worker, visited_on=day(30), job=JOB)
    closed(case, reason, day(ago))
    visit(session, case, worker, work_status=status)
    assert case.is_open is opens
    if opens:
        assert (case.stage, case.work_status) == (CaseStage.SERVING, WorkStatus.UNEMPLOYED)
        assert session.scalars(select(Placement.ended_on)).one() == TODAY


def test_a_follow_up_that_finds_somebody_out_of_work_ends_the_job(
    session: Session, case: Case, worker: Account
) -> None:
    visit(session, case, worker, visited_on=day(30), job=JOB)
    assert case.stage is CaseStage.PLACED
    visit(session, case, worker, work_status=WorkStatus.UNEMPLOYED, status_since=day(2))
    assert session.scalars(select(Placement.ended_on)).one() == day(2)
    assert (case.is_open, case.stage) == (True, CaseStage.SERVING)
