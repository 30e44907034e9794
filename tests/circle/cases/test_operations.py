"""A case opened, closed, opened again, handed over; where its person lives."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.cases.operations import (
    close_case,
    confirm_division,
    hand_over_case,
    open_case,
    reopen_case,
    settled_by_closing,
)
from circle.cases.statements import current_status
from circle.refusals import (
    CaseAlreadyClosed,
    CaseAlreadyOpen,
    CaseNotClosed,
    DivisionUnknown,
    OpenedInFuture,
    RegistrationWaits,
    WorkerUnsuitable,
)
from models.cases import Case, Placement, Registration
from models.residents import Resident
from models.staff import Account
from models.tasks import Task
from models.vocabulary.cases import (
    CaseOrigin,
    CaseStage,
    CaseState,
    CloseReason,
    RegistrationState,
)
from models.vocabulary.jobs import SweepReason
from models.vocabulary.residents import LivesInBasis, WorkStatus
from models.vocabulary.tasks import AnomalyCode, TaskKind, TaskState
from reminders.sweep import sweep_residents
from tests.factories import (
    COMMUNITY,
    NOON,
    OTHER_COMMUNITY,
    AccountFactory,
    CaseFactory,
    PlacementFactory,
    ResidentFactory,
    TaskFactory,
    UnemploymentFactory,
    load_places,
    use,
)

TODAY = date(2026, 11, 21)


@pytest.fixture
def worker(session: Session) -> Account:
    use(session)
    load_places(session)
    account: Account = AccountFactory(covers=[COMMUNITY])
    return account


def opened(session: Session, resident: Resident, by: Account, **facts: Any) -> Case:  # noqa: ANN401
    usual: dict[str, Any] = {
        "origin": CaseOrigin.WORKER,
        "work_status": WorkStatus.UNEMPLOYED,
        "on": TODAY,
        "now": NOON,
    }
    return open_case(session, resident, by=by, **{**usual, **facts})


def close(session: Session, case: Case, by: Account, reason: CloseReason) -> None:
    close_case(session, case, reason=reason, note="说明", by=by, on=TODAY, now=NOON)


def states(session: Session, resident: Resident) -> dict[str, str]:
    query = select(Task).where(Task.resident_id == resident.id)
    return {task.kind.value: task.state.value for task in session.scalars(query)}


def test_opening_from_a_reminder_settles_it_and_asks_for_a_first_contact(
    session: Session, worker: Account
) -> None:
    resident = ResidentFactory()
    UnemploymentFactory(resident_id=resident.id)
    ids = [resident.id]
    sweep_residents(session, ids, on=TODAY, now=NOON, reason=SweepReason.COMMAND)
    assert states(session, resident) == {"first_registration": "open"}
    case = opened(session, resident, worker, origin=CaseOrigin.REMINDER)
    assert states(session, resident) == {"first_registration": "done", "visit": "open"}
    assert (case.worker, case.stage) == (worker, CaseStage.FIRST_CONTACT)
    status = current_status(session, resident.id)
    assert status is not None
    assert status.status is WorkStatus.UNEMPLOYED


def test_a_case_a_supervisor_opens_goes_to_whoever_covers_the_place(
    session: Session, worker: Account
) -> None:
    case = opened(session, ResidentFactory(), AccountFactory(street=True))
    assert case.worker is worker


def test_nobody_has_two_open_cases(session: Session, worker: Account) -> None:
    case = CaseFactory(worker=worker)
    with pytest.raises(CaseAlreadyOpen):
        opened(session, case.resident, worker)


def test_a_case_is_not_opened_tomorrow(session: Session, worker: Account) -> None:
    with pytest.raises(OpenedInFuture):
        opened(session, ResidentFactory(), worker, opened_on=TODAY + timedelta(days=1))


def test_closing_ends_the_duties_and_keeps_the_job(session: Session, worker: Account) -> None:
    case = opened(session, ResidentFactory(), worker)
    job = PlacementFactory(case_id=case.id)
    departed = TaskFactory(
        resident=case.resident,
        kind=TaskKind.ANOMALY,
        cycle="departed_with_case:2026-11-01",
        evidence={"code": AnomalyCode.DEPARTED_WITH_CASE.value},
    )
    assert {task.kind for task in settled_by_closing(session, case)} == {
        TaskKind.VISIT,
        TaskKind.ANOMALY,
    }
    close(session, case, worker, CloseReason.MOVED_OUT)
    assert (case.state, case.stage) == (CaseState.CLOSED, CaseStage.CLOSED)
    assert (case.closed_on, case.close_note) == (TODAY, "说明")
    assert states(session, case.resident) == {"visit": "withdrawn", "anomaly": "done"}
    assert departed.settled_by == worker.id
    assert session.get(Placement, job.id).removed_at is None  # type: ignore[union-attr] # it is there
    with pytest.raises(CaseAlreadyClosed):
        close(session, case, worker, CloseReason.MOVED_OUT)


def test_a_case_whose_registration_waits_is_not_closed(session: Session, worker: Account) -> None:
    case = opened(session, ResidentFactory(), worker)
    said = registration_of(case)
    session.add(said)
    with pytest.raises(RegistrationWaits):
        close(session, case, worker, CloseReason.EMPLOYED)
    assert (case.is_open, said.state) == (True, RegistrationState.RECEIVED)
    said.move("withdraw")
    close(session, case, worker, CloseReason.EMPLOYED)
    assert not case.is_open


def registration_of(case: Case) -> Registration:
    return Registration(
        uuid="0" * 36,
        division_code=COMMUNITY,
        submitted_on=TODAY,
        resident_id=case.resident_id,
        case_id=case.id,
        document_type=case.resident.document_type,
        name_sealed="张建国",
        phone_sealed="13800138000",
        phone_index="x",
        status=case.work_status,
        answers={},
        receipt_hash="x",
    )


def test_who_seeks_no_work_is_not_asked_to_register_again(
    session: Session, worker: Account
) -> None:
    resident = ResidentFactory()
    UnemploymentFactory(resident_id=resident.id)
    case = opened(session, resident, worker)
    close(session, case, worker, CloseReason.NOT_SEEKING)
    assert "first_registration" not in states(session, resident)
    status = current_status(session, resident.id)
    assert status is not None
    assert status.status is WorkStatus.NOT_SEEKING


def test_a_closed_case_opens_again_with_its_duties(session: Session, worker: Account) -> None:
    case = opened(session, ResidentFactory(), worker)
    with pytest.raises(CaseNotClosed):
        reopen_case(session, case, by=worker, on=TODAY, now=NOON)
    close(session, case, worker, CloseReason.MISTAKEN)
    reopen_case(session, case, by=worker, on=TODAY, now=NOON)
    assert (case.is_open, case.closed_on, case.close_reason) == (True, None, None)
    assert states(session, case.resident) == {"visit": "open"}


def test_a_closed_case_stays_closed_beside_an_open_one(session: Session, worker: Account) -> None:
    case = opened(session, ResidentFactory(), worker)
    close(session, case, worker, CloseReason.MISTAKEN)
    opened(session, case.resident, worker)
    with pytest.raises(CaseAlreadyOpen):
        reopen_case(session, case, by=worker, on=TODAY, now=NOON)


def test_a_case_handed_over_takes_its_tasks_along(session: Session, worker: Account) -> None:
    case = opened(session, ResidentFactory(), worker)
    colleague, street = AccountFactory(covers=[COMMUNITY]), AccountFactory(street=True)
    hand_over_case(session, case, to=colleague, by=street, now=NOON)
    task = session.scalars(select(Task).where(Task.state == TaskState.OPEN)).one()
    assert (case.worker, task.assignee, task.pinned) == (colleague, colleague, True)
    hand_over_case(session, case, to=None, by=street, now=NOON)
    assert (case.worker, task.assignee, task.pinned) == (None, None, False)


@pytest.mark.parametrize(
    "facts",
    [{"covers": [OTHER_COMMUNITY]}, {"street": True}, {"covers": [COMMUNITY], "disabled_at": NOON}],
)
def test_a_case_goes_only_to_an_active_worker_of_the_place(
    session: Session, worker: Account, facts: dict[str, Any]
) -> None:
    case = opened(session, ResidentFactory(), worker)
    with pytest.raises(WorkerUnsuitable):
        hand_over_case(session, case, to=AccountFactory(**facts), by=worker, now=NOON)


def test_where_a_worker_finds_somebody_outranks_every_file(
    session: Session, worker: Account
) -> None:
    resident = ResidentFactory()
    confirm_division(session, resident, code=OTHER_COMMUNITY, on=TODAY, now=NOON)
    assert (resident.lives_in, resident.lives_in_basis) == (OTHER_COMMUNITY, LivesInBasis.WORKER)
    with pytest.raises(DivisionUnknown):
        confirm_division(session, resident, code="330110999999", on=TODAY, now=NOON)
