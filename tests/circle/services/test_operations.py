"""What is written into the ledger, what it counts for, and how it is taken out."""

import uuid
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from circle.cases.operations import close_case, reopen_case
from circle.refusals import (
    ServiceAfterClosing,
    ServiceBeforeOpening,
    ServiceGone,
    ServiceInFuture,
    ServiceOfAnother,
    VisitOfAnotherCase,
)
from circle.services.operations import record_service, remove_service
from circle.services.queries import package_of
from models.cases import Case
from models.policy import common_policy_on
from models.services import ServiceItem
from models.staff import Account
from models.tasks import Task
from models.vocabulary.cases import CloseReason
from models.vocabulary.jobs import SweepReason
from models.vocabulary.services import ServiceKind
from models.vocabulary.tasks import TaskKind, TaskState
from reminders.sweep import sweep_residents
from tests.circle.services.days import OPENED, TODAY
from tests.factories import NOON, CaseFactory, VisitFactory

REST = [ServiceKind.RECOMMENDATION] * 3 + [ServiceKind.TRAINING]


def give(
    session: Session, case: Case, kind: ServiceKind, by: Account, **more: object
) -> ServiceItem:
    known: dict[str, object] = {"note": "面谈", **more}
    return record_service(session, case, kind, by=by, on=TODAY, now=NOON, **known)  # type: ignore[arg-type] # as the verb has them


def swept(session: Session, case: Case) -> Task:
    sweep_residents(session, [case.resident_id], on=TODAY, now=NOON, reason=SweepReason.NIGHTLY)
    query = select(Task).where(Task.kind == TaskKind.SERVICE_GAP)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def left(session: Session, case: Case) -> dict[str, int]:
    package = package_of(session, case, common_policy_on(session, TODAY))
    return {part.kind.value: part.left for part in package.parts}


def test_each_service_counts_for_its_own_kind(
    session: Session, case: Case, worker: Account
) -> None:
    assert left(session, case) == {"guidance": 1, "recommendation": 3, "training": 1}
    give(session, case, ServiceKind.GUIDANCE, worker)
    give(session, case, ServiceKind.GUIDANCE, worker)
    give(session, case, ServiceKind.BRIEFING, worker)
    assert left(session, case) == {
        "guidance": 0,
        "recommendation": 3,
        "training": 1,
        "briefing": 0,
    }


def test_the_reminder_counts_down_and_is_done_with_the_last_service(
    session: Session, case: Case, worker: Account
) -> None:
    task = swept(session, case)
    assert (task.state, task.assignee_id) == (TaskState.OPEN, worker.id)
    give(session, case, ServiceKind.GUIDANCE, worker)
    assert swept(session, case).evidence["guidance"] == 0
    for kind in REST:
        give(session, case, kind, worker)
    session.refresh(task)
    assert (task.state, task.settled_by) == (TaskState.DONE, worker.id)


def test_taking_out_what_had_completed_it_opens_the_reminder_again(
    session: Session, case: Case, worker: Account
) -> None:
    swept(session, case)
    item = give(session, case, ServiceKind.GUIDANCE, worker)
    for kind in REST:
        give(session, case, kind, worker)
    assert swept(session, case).state is TaskState.DONE
    remove_service(session, item, by=worker, on=TODAY, now=NOON)
    task = swept(session, case)
    assert (task.state, task.evidence["guidance"]) == (TaskState.OPEN, 1)
    assert (item.removed_at, item.removed_by) == (NOON, worker.id)
    with pytest.raises(ServiceGone):
        remove_service(session, item, by=worker, on=TODAY, now=NOON)


def test_one_too_many_may_go_without_anything_being_owed(
    session: Session, case: Case, worker: Account
) -> None:
    swept(session, case)
    spare = give(session, case, ServiceKind.GUIDANCE, worker)
    for kind in [ServiceKind.GUIDANCE, *REST]:
        give(session, case, kind, worker)
    remove_service(session, spare, by=worker, on=TODAY, now=NOON)
    assert swept(session, case).state is TaskState.DONE


def test_a_form_sent_twice_is_one_service(session: Session, case: Case, worker: Account) -> None:
    number = str(uuid.uuid4())
    first = give(session, case, ServiceKind.GUIDANCE, worker, uuid=number)
    assert give(session, case, ServiceKind.GUIDANCE, worker, uuid=number) is first
    assert session.scalar(select(func.count()).select_from(ServiceItem)) == 1
    with pytest.raises(ServiceOfAnother):
        give(session, CaseFactory(opened_on=OPENED), ServiceKind.GUIDANCE, worker, uuid=number)


@pytest.mark.parametrize(
    ("day", "refusal"),
    [
        (TODAY + timedelta(days=1), ServiceInFuture),
        (TODAY, None),
        (OPENED, None),
        (OPENED - timedelta(days=1), ServiceBeforeOpening),
    ],
)
def test_a_service_lies_between_the_opening_and_today(
    session: Session, case: Case, worker: Account, day: date, refusal: type[Exception] | None
) -> None:
    if refusal is None:
        assert give(session, case, ServiceKind.GUIDANCE, worker, delivered_on=day).id
        return
    with pytest.raises(refusal):
        give(session, case, ServiceKind.GUIDANCE, worker, delivered_on=day)


def test_a_closed_case_takes_what_was_given_before_its_end(
    session: Session, case: Case, worker: Account
) -> None:
    ended = TODAY - timedelta(days=1)
    close(session, case, worker, on=ended)
    assert give(session, case, ServiceKind.GUIDANCE, worker, delivered_on=ended).id
    with pytest.raises(ServiceAfterClosing):
        give(session, case, ServiceKind.GUIDANCE, worker)


def test_the_visit_belongs_to_the_case_and_stands(
    session: Session, case: Case, worker: Account
) -> None:
    own = VisitFactory(case=case, visited_on=TODAY)
    assert give(session, case, ServiceKind.GUIDANCE, worker, visit=own).visit_id == own.id
    strange = VisitFactory(case=CaseFactory(), visited_on=TODAY)
    gone = VisitFactory(case=case, visited_on=TODAY, removed_at=NOON, removed_by=worker.id)
    for visit in (strange, gone):
        with pytest.raises(VisitOfAnotherCase):
            give(session, case, ServiceKind.GUIDANCE, worker, visit=visit)


def test_a_case_opened_again_later_starts_anew_on_the_same_day_it_goes_on(
    session: Session, case: Case, worker: Account
) -> None:
    give(session, case, ServiceKind.GUIDANCE, worker, delivered_on=OPENED)
    close(session, case, worker, on=TODAY)
    reopen_case(session, case, by=worker, on=TODAY, now=NOON)
    assert left(session, case)["guidance"] == 0
    close(session, case, worker, on=TODAY)
    later = TODAY + timedelta(days=1)
    reopen_case(session, case, by=worker, on=later, now=NOON)
    assert case.served_from == later
    assert left(session, case)["guidance"] == 1


def test_closing_a_case_ends_what_it_is_owed(session: Session, case: Case, worker: Account) -> None:
    task = swept(session, case)
    close(session, case, worker, on=TODAY)
    session.refresh(task)
    assert task.state is TaskState.WITHDRAWN


def close(session: Session, case: Case, by: Account, *, on: date) -> None:
    close_case(session, case, reason=CloseReason.EMPLOYED, note=None, by=by, on=on, now=NOON)
