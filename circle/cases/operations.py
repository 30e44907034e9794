"""What happens to a case: opened, closed, opened again, handed over; where its person lives."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.cases.referred import begin_with_case, end_with_case
from circle.cases.standing import settle
from circle.cases.statements import state_work_status
from circle.places.residence import settle_residence
from circle.refusals import (
    CaseAlreadyClosed,
    CaseAlreadyOpen,
    CaseNotClosed,
    DivisionUnknown,
    OpenedInFuture,
    RegistrationWaits,
    StatusBeforeItsTime,
    WorkerUnsuitable,
)
from models.cases import Case, Registration
from models.places import Division
from models.residents import Resident
from models.staff import Account
from models.tasks import Task
from models.vocabulary.cases import CaseOrigin, CaseState, CloseReason, RegistrationState
from models.vocabulary.jobs import SweepReason
from models.vocabulary.residents import WorkStatus
from models.vocabulary.staff import Role
from models.vocabulary.tasks import AnomalyCode, TaskKind, TaskState
from reminders import inbox
from reminders.assignment import worker_for
from reminders.sweep import sweep_residents

# Closing answers these questions; the other duties of the case end unanswered.
ANSWERED_BY_CLOSING = frozenset({AnomalyCode.DEPARTED_WITH_CASE, AnomalyCode.RETIRED_WITH_CASE})
DUTIES_OF_A_CASE = frozenset(
    {TaskKind.VISIT, TaskKind.ASSISTANCE, TaskKind.FOLLOW_UP, TaskKind.SERVICE_GAP}
)


def open_case(  # noqa: PLR0913 - what a new case is known by
    session: Session,
    resident: Resident,
    *,
    by: Account | None,
    on: date,
    now: datetime,
    origin: CaseOrigin,
    work_status: WorkStatus,
    status_since: date | None = None,
    opened_on: date | None = None,
    worker: Account | None = None,
    stated_division: str | None = None,
    is_confirmed: bool = True,
) -> Case:
    """Open the resident's one case; `by` None is the resident, by the mini-form.

    Without `worker` it goes to the worker who opens it, else to whoever is given cases where the
    resident lives. A first-registration reminder is thereby done, when a person opens the case.
    Raises CaseAlreadyOpen, OpenedInFuture, StatusBeforeItsTime.
    """
    opened_on = opened_on or on
    _refuse_opening(session, resident, opened_on=opened_on, status_since=status_since, on=on)
    case = Case(
        resident_id=resident.id,
        origin=origin,
        opened_on=opened_on,
        worker=worker or _own_worker(by) or worker_for(session, resident),
        work_status=work_status,
        stated_division=stated_division,
        is_confirmed=is_confirmed,
    )
    session.add(case)
    session.flush()
    state_work_status(
        session, resident.id, work_status, since=status_since, said_on=opened_on, by=by, now=now
    )
    if by is not None:
        for task in _open_tasks(session, resident.id, {TaskKind.FIRST_REGISTRATION}):
            inbox.complete(session, task, by=by, now=now)
    _sweep(session, resident.id, on=on, now=now)
    return case


def close_case(
    session: Session,
    case: Case,
    *,
    reason: CloseReason,
    note: str | None,
    by: Account | None,
    on: date,
    now: datetime,
) -> None:
    """Close with a reason: its duties and its referrals end, its placements stay.

    `by` None is the resident. Raises CaseAlreadyClosed, RegistrationWaits.
    """
    # Whoever registers joins the case under the same lock: none slips in behind this look.
    session.refresh(case, with_for_update=True)
    if not case.is_open:
        raise CaseAlreadyClosed
    if registration_waits(session, case):
        raise RegistrationWaits
    for task in settled_by_closing(session, case):
        settle_task = inbox.complete if task.kind is TaskKind.ANOMALY else inbox.withdraw
        settle_task(session, task, by=by, now=now)
    if reason is CloseReason.NOT_SEEKING:
        status = WorkStatus.NOT_SEEKING
        state_work_status(session, case.resident_id, status, since=None, said_on=on, by=by, now=now)
    end_with_case(session, case, by=by, now=now)
    case.close_reason, case.close_note, case.closed_on = reason, note, on
    case.move("close")
    session.flush()
    _sweep(session, case.resident_id, on=on, now=now)


def registration_waits(session: Session, case: Case) -> bool:
    """A closed case leaves every list, and with it what its person has asked for."""
    waiting = select(Registration.id).where(
        Registration.case_id == case.id, Registration.state == RegistrationState.RECEIVED
    )
    return session.scalars(waiting.limit(1)).first() is not None


def settled_by_closing(session: Session, case: Case) -> Sequence[Task]:
    """The open tasks that closing the case ends: what the person is told beforehand."""
    kinds = DUTIES_OF_A_CASE | {TaskKind.ANOMALY}
    return [
        task
        for task in _open_tasks(session, case.resident_id, kinds)
        if task.kind in DUTIES_OF_A_CASE or task.evidence.get("code") in ANSWERED_BY_CLOSING
    ]


def reopen_case(session: Session, case: Case, *, by: Account, on: date, now: datetime) -> None:
    """Open a closed case again, with the referrals that closing it had set aside.

    Raises CaseNotClosed, CaseAlreadyOpen.
    """
    if case.is_open:
        raise CaseNotClosed
    if _has_open_case(session, case.resident_id):
        raise CaseAlreadyOpen
    # Closed and opened again on one day was a slip; later it is a new spell, owed a new package.
    if case.closed_on is not None and case.closed_on < on:
        case.reopened_on = on
    case.closed_on = case.close_reason = case.close_note = None
    case.move("reopen")
    if case.worker is not None and not case.worker.is_active:
        case.worker = _own_worker(by) or worker_for(session, case.resident)
    settle(session, case)
    begin_with_case(session, case, by=by, on=on, now=now)
    _sweep(session, case.resident_id, on=on, now=now)


def hand_over_case(
    session: Session, case: Case, *, to: Account | None, by: Account, now: datetime
) -> None:
    """Give the case and its open tasks to another worker, or to the street's queue (None).

    Raises CaseAlreadyClosed, WorkerUnsuitable.
    """
    if not case.is_open:
        raise CaseAlreadyClosed
    if to is not None and not _may_hold(to, case.resident):
        raise WorkerUnsuitable
    case.worker, case.handed_over_at = to, now
    for task in _open_tasks(session, case.resident_id, frozenset(TaskKind)):
        inbox.hand_over(session, task, to=to, by=by, now=now)


def confirm_division(
    session: Session, resident: Resident, *, code: str, on: date, now: datetime
) -> None:
    """Where a worker has found the resident to live outranks every file. Raises DivisionUnknown."""
    if session.get(Division, code) is None:
        raise DivisionUnknown(code)
    resident.confirmed_division, resident.confirmed_division_at = code, now
    session.flush()
    settle_residence(session, select(Resident.id).where(Resident.id == resident.id))
    session.refresh(resident)
    _sweep(session, resident.id, on=on, now=now)


def _refuse_opening(
    session: Session,
    resident: Resident,
    *,
    opened_on: date,
    status_since: date | None,
    on: date,
) -> None:
    if opened_on > on:
        raise OpenedInFuture
    if status_since and status_since > on:
        raise StatusBeforeItsTime
    if _has_open_case(session, resident.id):
        raise CaseAlreadyOpen


def _has_open_case(session: Session, resident_id: int) -> bool:
    query = select(Case.id).where(Case.resident_id == resident_id, Case.state == CaseState.OPEN)
    return session.scalar(query) is not None


def _own_worker(by: Account | None) -> Account | None:
    return by if by and by.role is Role.WORKER else None


def _may_hold(account: Account, resident: Resident) -> bool:
    place = resident.lives_in or resident.registered_division or ""
    covers = any(place.startswith(code) for code in account.covered_codes)
    return account.role is Role.WORKER and account.is_active and covers


def _open_tasks(
    session: Session, resident_id: int, kinds: frozenset[TaskKind] | set[TaskKind]
) -> Sequence[Task]:
    return session.scalars(
        select(Task)
        .where(Task.resident_id == resident_id, Task.state == TaskState.OPEN, Task.kind.in_(kinds))
        .order_by(Task.due_on, Task.id)
    ).all()


def _sweep(session: Session, resident_id: int, *, on: date, now: datetime) -> None:
    sweep_residents(session, [resident_id], on=on, now=now, reason=SweepReason.COMMAND)
