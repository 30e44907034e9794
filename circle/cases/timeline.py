"""What happened with a resident, the newest first: visits, moves of tasks, registrations, cases."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.cases import Case, Placement, Registration, Visit
from models.residents import Resident, StatusHistory
from models.tasks import Task, TaskMove

LONGEST = 100


class EventKind(StrEnum):
    VISIT = "visit"
    REMOVED_VISIT = "removed_visit"
    MOVE = "move"
    REGISTRATION = "registration"
    OPENED = "opened"
    CLOSED = "closed"
    PLACEMENT = "placement"
    JOB_ENDED = "job_ended"
    STATUS = "status"


@dataclass(frozen=True)
class Event:
    """`record` is what the kind says; `by` an account's id, None for the system."""

    kind: EventKind
    on: date
    record: object
    by: int | None = None
    task: Task | None = None
    at: datetime | None = None  # orders what happened on one day


def timeline_of(
    session: Session, resident: Resident, cases: Sequence[Case], *, zone: ZoneInfo
) -> list[Event]:
    """The newest events, at most LONGEST of each sort that can grow."""
    events = [
        *_visits(session, resident),
        *_moves(session, resident, zone),
        *_registrations(session, resident),
        *_placements(session, cases),
        *_statuses(session, resident),
        *_of_cases(cases),
    ]
    return sorted(events, key=_newest_first)[:LONGEST]


def _newest_first(event: Event) -> tuple[int, float]:
    return -event.on.toordinal(), -event.at.timestamp() if event.at else 0


def _visits(session: Session, resident: Resident) -> Iterable[Event]:
    """A visit its correction replaced is not told twice; a deleted one leaves a line."""
    replaced = select(Visit.corrects_id).where(Visit.corrects_id.is_not(None))
    query = (
        select(Visit)
        .where(
            Visit.resident_id == resident.id,
            or_(Visit.removed_at.is_(None), Visit.id.not_in(replaced)),
        )
        .order_by(Visit.visited_on.desc(), Visit.id.desc())
        .limit(LONGEST)
    )
    for visit in session.scalars(query):
        kind = EventKind.REMOVED_VISIT if visit.removed_at else EventKind.VISIT
        by = visit.removed_by if visit.removed_at else visit.recorded_by
        yield Event(kind, visit.visited_on, visit, by, at=visit.created_at)


def _moves(session: Session, resident: Resident, zone: ZoneInfo) -> Iterable[Event]:
    query = (
        select(TaskMove, Task)
        .join(Task, Task.id == TaskMove.task_id)
        .where(Task.resident_id == resident.id)
        .order_by(TaskMove.id.desc())
        .limit(LONGEST)
    )
    for move, task in session.execute(query):
        on = move.at.astimezone(zone).date()
        yield Event(EventKind.MOVE, on, move, move.by, task, move.at)


def _registrations(session: Session, resident: Resident) -> Iterable[Event]:
    query = select(Registration).where(Registration.resident_id == resident.id)
    for registration in session.scalars(query):
        at = registration.created_at
        yield Event(EventKind.REGISTRATION, registration.submitted_on, registration, at=at)


def _placements(session: Session, cases: Sequence[Case]) -> Iterable[Event]:
    query = select(Placement).where(
        Placement.case_id.in_([case.id for case in cases]), Placement.removed_at.is_(None)
    )
    for placement in session.scalars(query) if cases else ():
        yield Event(EventKind.PLACEMENT, placement.started_on, placement)
        if placement.ended_on:
            yield Event(EventKind.JOB_ENDED, placement.ended_on, placement)


def _statuses(session: Session, resident: Resident) -> Iterable[Event]:
    query = select(StatusHistory).where(StatusHistory.resident_id == resident.id)
    for status in session.scalars(query):
        yield Event(EventKind.STATUS, status.since_on, status, status.recorded_by)


def _of_cases(cases: Sequence[Case]) -> Iterable[Event]:
    for case in cases:
        yield Event(EventKind.OPENED, case.opened_on, case)
        if case.closed_on:
            yield Event(EventKind.CLOSED, case.closed_on, case)
