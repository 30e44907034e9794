"""A visit is recorded, corrected, removed; each time tasks and case follow in the same act."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from circle.cases.operations import reopen_case
from circle.cases.standing import contacts_of, settle
from circle.cases.statements import (
    Wish,
    current_wish,
    state_wish,
    state_work_status,
    take_back,
)
from circle.refusals import VisitGone, VisitOfAnother, VisitRefused
from circle.visits.details import JobBegun, VisitDetails, problems_of
from circle.visits.queries import case_told_of, closed_at_work, open_tasks_of
from models.cases import Case, Placement, Visit, VisitNeed
from models.policy import Policy, common_policy_on
from models.residents import Resident
from models.staff import Account
from models.tasks import Task
from models.vocabulary.cases import PlacementKind
from models.vocabulary.jobs import SweepReason
from models.vocabulary.residents import WorkStatus
from models.vocabulary.tasks import TaskKind, TaskState
from reminders import inbox
from reminders.rules.follow_up import follow_up_lead
from reminders.sweep import sweep_residents

STATUS_OF_JOB = {
    PlacementKind.CONTRACT: WorkStatus.EMPLOYED,
    PlacementKind.FLEXIBLE: WorkStatus.FLEXIBLE,
    PlacementKind.SELF_EMPLOYED: WorkStatus.SELF_EMPLOYED,
    PlacementKind.PUBLIC_WELFARE: WorkStatus.EMPLOYED,
    PlacementKind.TRAINEESHIP: WorkStatus.EMPLOYED,
}


def record_visit(
    session: Session,
    resident: Resident,
    *,
    by: Account,
    on: date,
    now: datetime,
    details: VisitDetails,
) -> Visit:
    """Record a contact and all that follows from it; the same UUID again gives the first visit.

    Raises VisitRefused with every problem, VisitOfAnother.
    """
    known = _already_recorded(session, resident, details)
    if known is not None:
        return known
    case = _case_for(session, resident.id, details)
    _refuse_problems(details, case, on)
    _open_again(session, case, details, by=by, on=on, now=now)
    visit = _write(session, resident, case, by=by, now=now, details=details)
    _sweep(session, resident.id, on=on, now=now)
    return visit


def correct_visit(
    session: Session,
    visit: Visit,
    *,
    by: Account,
    on: date,
    now: datetime,
    details: VisitDetails,
) -> Visit:
    """Replace a visit by what should have been told; raises as record_visit, and VisitGone."""
    known = _already_recorded(session, visit.resident, details)
    if known is not None:
        return known
    case = visit.case or _case_for(session, visit.resident_id, details)
    _refuse_problems(details, case, on)
    _open_again(session, case, details, by=by, on=on, now=now)
    _withdraw(session, visit, by=by, now=now)
    corrected = _write(
        session, visit.resident, case, by=by, now=now, details=details, corrects=visit
    )
    _sweep(session, visit.resident_id, on=on, now=now)
    return corrected


def remove_visit(session: Session, visit: Visit, *, by: Account, on: date, now: datetime) -> None:
    """Take a visit out: what it completed is open again, unless another contact meets it.

    Raises VisitGone.
    """
    _withdraw(session, visit, by=by, now=now)
    if visit.case is not None:
        for contact in contacts_of(session, visit.case):
            _complete_due(session, contact, by=by, now=now)
        settle(session, visit.case)
    _sweep(session, visit.resident_id, on=on, now=now)


def _already_recorded(session: Session, resident: Resident, details: VisitDetails) -> Visit | None:
    known = session.scalars(select(Visit).where(Visit.uuid == details.uuid)).one_or_none()
    if known is not None and known.resident_id != resident.id:
        raise VisitOfAnother
    return known


def _case_for(session: Session, resident_id: int, details: VisitDetails) -> Case | None:
    """The case told of; where the person has lost their work again, the one closed at it."""
    case = case_told_of(session, resident_id, details.visited_on)
    if (case is not None and case.is_open) or not _tells_of_unemployment(details):
        return case
    return closed_at_work(session, resident_id, details.visited_on) or case


def _open_again(
    session: Session,
    case: Case | None,
    details: VisitDetails,
    *,
    by: Account,
    on: date,
    now: datetime,
) -> None:
    """A follow-up that finds somebody out of work takes their case up again (DOMAIN 3)."""
    if case is None or case.is_open or not _tells_of_unemployment(details):
        return
    if case == closed_at_work(session, case.resident_id, details.visited_on):
        reopen_case(session, case, by=by, on=on, now=now)


def _tells_of_unemployment(details: VisitDetails) -> bool:
    return details.reached and details.work_status is WorkStatus.UNEMPLOYED


def _refuse_problems(details: VisitDetails, case: Case | None, on: date) -> None:
    problems = problems_of(details, case, on)
    if problems:
        raise VisitRefused(problems)


def _write(
    session: Session,
    resident: Resident,
    case: Case | None,
    *,
    by: Account,
    now: datetime,
    details: VisitDetails,
    corrects: Visit | None = None,
) -> Visit:
    visit = _visit(details, resident, case, by=by, corrects=corrects)
    try:
        with session.begin_nested():
            session.add(visit)
    except IntegrityError:
        # The same phone's second try arrived while the first was being written.
        return session.scalars(select(Visit).where(Visit.uuid == details.uuid)).one()
    if details.reached:
        _state(session, visit, details, by=by, now=now)
    _complete_ticked(session, visit, details.ticked, by=by, now=now)
    if case is not None:
        for contact in contacts_of(session, case) if corrects else [visit]:
            _complete_due(session, contact, by=by, now=now)
        settle(session, case)
    return visit


def _visit(
    details: VisitDetails,
    resident: Resident,
    case: Case | None,
    *,
    by: Account,
    corrects: Visit | None,
) -> Visit:
    return Visit(
        uuid=details.uuid,
        resident_id=resident.id,
        case_id=case.id if case else None,
        visited_on=details.visited_on,
        channel=details.channel,
        reached=details.reached,
        recorded_by=by.id,
        work_status=_status_told(details),
        status_since=_since_told(details),
        causes=[cause.value for cause in details.causes if details.reached],
        obstacles=[obstacle.value for obstacle in details.obstacles if details.reached],
        needs=[VisitNeed(need=need.value) for need in dict.fromkeys(details.needs)],
        refusal_reason=details.refusal_reason,
        refusal_reasonable=details.refusal_reasonable,
        next_step=details.next_step,
        next_on=details.next_on,
        note=details.note,
        corrects_id=corrects.id if corrects else None,
    )


def _state(
    session: Session, visit: Visit, details: VisitDetails, *, by: Account, now: datetime
) -> None:
    """Write down what the person said of their work, wish and difficulties."""
    if visit.work_status:
        state_work_status(
            session,
            visit.resident_id,
            visit.work_status,
            since=visit.status_since,
            said_on=visit.visited_on,
            by=by,
            now=now,
            visit=visit,
        )
    wish = _wish_told(session, visit.resident_id, details)
    if wish is not None:
        state_wish(
            session,
            visit.resident_id,
            wish,
            said_on=visit.visited_on,
            by=by,
            now=now,
            visit=visit,
        )
    if visit.case is not None:
        _note_difficulties(session, visit, visit.case, is_whole=details.is_whole)
        if details.job:
            _place(session, visit, visit.case, details.job)


def _status_told(details: VisitDetails) -> WorkStatus | None:
    if details.work_status or not details.job:
        return details.work_status
    return STATUS_OF_JOB[details.job.kind]


def _since_told(details: VisitDetails) -> date | None:
    if details.status_since or not details.job:
        return details.status_since
    return details.job.started_on


def _wish_told(session: Session, resident_id: int, details: VisitDetails) -> Wish | None:
    if details.wish is None or details.wish == Wish():
        return details.wish if details.is_whole and current_wish(session, resident_id) else None
    current = current_wish(session, resident_id)
    if details.is_whole or current is None:
        return details.wish
    return details.wish.filled_from(Wish.of(current))


def _note_difficulties(session: Session, visit: Visit, case: Case, *, is_whole: bool) -> None:
    """The newest contact's answer is the case's."""
    if any(contact.visited_on > visit.visited_on for contact in contacts_of(session, case)):
        return
    if is_whole or visit.causes:
        case.causes = list(visit.causes)
    if is_whole or visit.obstacles:
        case.obstacles = list(visit.obstacles)


def _take_back_difficulties(session: Session, visit: Visit) -> None:
    """What the case had from this visit it now has from the newest that stands."""
    case = visit.case
    if case is None:
        return
    session.flush()
    newest = next(reversed(contacts_of(session, case)), None)
    if case.causes == visit.causes:
        case.causes = list(newest.causes) if newest else []
    if case.obstacles == visit.obstacles:
        case.obstacles = list(newest.obstacles) if newest else []


def _place(session: Session, visit: Visit, case: Case, job: JobBegun) -> None:
    session.add(
        Placement(
            case_id=case.id,
            visit_id=visit.id,
            kind=job.kind,
            employer=job.employer,
            occupation=job.occupation,
            pay_fen=job.pay_fen,
            started_on=job.started_on,
        )
    )
    session.flush()


def _withdraw(session: Session, visit: Visit, *, by: Account, now: datetime) -> None:
    """Undo what followed from a visit; raises VisitGone when that has been done already."""
    locked = session.scalars(
        select(Visit)
        .where(Visit.id == visit.id)
        .with_for_update(of=Visit)
        .execution_options(populate_existing=True)
    ).one()
    if locked.removed_at is not None:
        raise VisitGone
    visit.removed_at, visit.removed_by = now, by.id
    for job in session.scalars(select(Placement).where(Placement.visit_id == visit.id)):
        job.removed_at = now
    take_back(session, visit)
    _take_back_difficulties(session, visit)
    for task in session.scalars(
        select(Task).where(Task.visit_id == visit.id, Task.state == TaskState.DONE)
    ).all():
        inbox.reopen(session, task, by=by, now=now)


def _complete_ticked(
    session: Session, visit: Visit, ticked: Iterable[int], *, by: Account, now: datetime
) -> None:
    """Settle what the worker ticked; what somebody settled meanwhile stays as it is."""
    wanted = set(ticked)
    for task in open_tasks_of(session, visit.resident_id):
        if task.id in wanted and task.kind not in NEVER_TICKED:
            inbox.complete(session, task, by=by, now=now, visit=visit)


def _complete_due(session: Session, visit: Visit, *, by: Account, now: datetime) -> None:
    """Complete the duties of the case that this contact meets (DOMAIN 3, visit)."""
    if not visit.reached:
        return
    policy = common_policy_on(session, visit.visited_on)
    for task in open_tasks_of(session, visit.resident_id):
        is_met = MET_BY.get(task.kind)
        if is_met and task.case_id == visit.case_id and is_met(task, visit.visited_on, policy):
            inbox.complete(session, task, by=by, now=now, visit=visit)


def _visit_is_met(task: Task, contact_on: date, _policy: Policy) -> bool:
    """On or after the opening, and after the last contact."""
    since, _, day = task.cycle.partition(":")
    start = date.fromisoformat(day)
    return contact_on > start if since == "since" else contact_on >= start


def _assistance_is_met(task: Task, contact_on: date, _policy: Policy) -> bool:
    return contact_on >= task.raised_on


def _follow_up_is_met(task: Task, contact_on: date, policy: Policy) -> bool:
    """From the day it may appear."""
    lead = follow_up_lead(task.evidence["days"], policy)
    return contact_on >= task.due_on - timedelta(days=lead)


MET_BY: dict[TaskKind, Callable[[Task, date, Policy], bool]] = {
    TaskKind.VISIT: _visit_is_met,
    TaskKind.ASSISTANCE: _assistance_is_met,
    TaskKind.FOLLOW_UP: _follow_up_is_met,
}


# Recorded services settle it, a tick beside a visit does not.
NEVER_TICKED = frozenset({*MET_BY, TaskKind.SERVICE_GAP})


def _sweep(session: Session, resident_id: int, *, on: date, now: datetime) -> None:
    sweep_residents(session, [resident_id], on=on, now=now, reason=SweepReason.VISIT)
