"""What heals a broken invariant where that is safe: each a verb over the first offenders.

A mend asks for the offenders anew, so that what people mended meanwhile is left alone. It runs in
the scheduler's process or from the command line, slice by slice, never in a web worker.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    SQLColumnExpression,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from circle.cases.standing import settle
from circle.imports import paid, uploads
from circle.imports.staging import make
from circle.places.residence import settle_residence
from circle.upkeep import casework, provenance
from circle.upkeep.leavings import orphans
from circle.upkeep.offences import Moment, Offence, Offences
from models.base import Instant
from models.calendar import CalendarDay
from models.cases import Case, Consent
from models.facts import ClosedMonth
from models.residents import Resident
from models.tasks import Task, TaskMove
from models.vocabulary.integrity import CheckName
from models.vocabulary.jobs import SweepReason
from models.vocabulary.tasks import TaskState, TaskVerb
from reminders.sweep import sweep_residents

SLICE = 500


@dataclass(frozen=True)
class Healing:
    """One slice of offences, whose records and residents the mend is for."""

    session: Session
    moment: Moment
    offences: Sequence[Offence]

    @property
    def record_ids(self) -> list[int]:
        return sorted({each.record_id for each in self.offences if each.record_id is not None})

    @property
    def resident_ids(self) -> list[int]:
        found = {each.resident_id for each in self.offences if each.resident_id is not None}
        return sorted(found)


Find = Callable[[Session, Moment], Sequence[Offence]]
Act = Callable[[Healing], None]


@dataclass(frozen=True)
class Mend:
    """What it is for, and what it does; `sweeps`: the reminders follow in the same act."""

    find: Find
    act: Act
    sweeps: bool = False


def mend_slice(session: Session, name: CheckName, moment: Moment) -> Healing | None:
    """Heal the first offenders; None where there is none."""
    mend = MENDS[name]
    found = mend.find(session, moment)[:SLICE]
    if not found:
        return None
    healing = Healing(session, moment, found)
    mend.act(healing)
    session.flush()
    if mend.sweeps:
        ids = healing.resident_ids
        sweep_residents(session, ids, on=moment.on, now=moment.now, reason=SweepReason.COMMAND)
    return healing


def _by(query: Callable[[Moment], Offences]) -> Find:
    def find(session: Session, moment: Moment) -> Sequence[Offence]:
        found = query(moment).limit(SLICE).subquery()
        rows = session.execute(select(found.c.record_id, found.c.resident_id))
        return [Offence(*row) for row in rows]

    return find


def _withdraw(healing: Healing) -> None:
    _log(healing, TaskVerb.WITHDRAW)
    _change_tasks(
        healing, state=TaskState.WITHDRAWN, settled_at=healing.moment.now, snoozed_until=None
    )


def _to_the_queue(healing: Healing) -> None:
    _log(healing, TaskVerb.HAND_OVER, from_id=Task.assignee_id)
    _change_tasks(healing, assignee_id=None, pinned=False)


def _wake_in_time(healing: Healing) -> None:
    latest = healing.moment.on + timedelta(days=healing.moment.policy.snooze_days)
    _log(healing, TaskVerb.SNOOZE, until=literal(latest))
    _change_tasks(healing, snoozed_until=latest)


def _move_to_working_day(healing: Healing) -> None:
    day = aliased(CalendarDay)
    following = (
        select(func.min(day.day))
        .where(day.day >= Task.due_on, day.is_working)
        .correlate(Task)
        .scalar_subquery()
    )
    provisional = (
        select(CalendarDay.is_provisional)
        .where(CalendarDay.day == following)
        .correlate(Task)
        .scalar_subquery()
    )
    _change_tasks(healing, due_on=following, provisional=provisional)


def _log(healing: Healing, verb: TaskVerb, **particulars: SQLColumnExpression[Any]) -> None:
    """As the sweep does: by nobody."""
    columns = {
        "task_id": Task.id,
        "verb": literal(verb.value),
        "at": literal(healing.moment.now, Instant),
        **particulars,
    }
    rows = select(*columns.values()).where(
        Task.id.in_(healing.record_ids), Task.state == TaskState.OPEN
    )
    healing.session.execute(insert(TaskMove).from_select(list(columns), rows))


def _change_tasks(healing: Healing, **values: Any) -> None:  # noqa: ANN401 - columns of the task
    healing.session.execute(
        update(Task)
        .where(Task.id.in_(healing.record_ids), Task.state == TaskState.OPEN)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _free_cases(healing: Healing) -> None:
    healing.session.execute(
        update(Case)
        .where(Case.id.in_(healing.record_ids), Case.is_open)
        .values(worker_id=None)
        .execution_options(synchronize_session=False)
    )


def _settle_cases(healing: Healing) -> None:
    """By the very verb a visit ends with."""
    cases = healing.session.scalars(
        select(Case).where(Case.id.in_(healing.record_ids)).with_for_update(of=Case)
    )
    for case in cases.all():
        settle(healing.session, case)


def _leave_to_the_sweep(_healing: Healing) -> None:
    """The sweep that follows withdraws what no longer holds."""


def _add_up_standings(healing: Healing) -> None:
    connection = healing.session.connection()
    make(connection, paid.touched)
    pairs = provenance.standing_differs(healing.moment).subquery()
    named = select(pairs.c.resident_id, pairs.c.details["kind"].as_string()).where(
        pairs.c.resident_id.in_(healing.resident_ids)
    )
    connection.execute(insert(paid.touched).from_select(["resident_id", "kind"], named))
    paid.settle_standings(connection)
    paid.touched.drop(connection)


def _open_months(healing: Healing) -> None:
    """What rests on them follows with the next sweep of all."""
    healing.session.execute(
        delete(ClosedMonth).where(ClosedMonth.import_id.in_(healing.record_ids))
    )


def _settle_residence(healing: Healing) -> None:
    ids = select(Resident.id).where(Resident.id.in_(healing.resident_ids))
    settle_residence(healing.session, ids)


def _withdraw_consents(healing: Healing) -> None:
    healing.session.execute(
        update(Consent)
        .where(Consent.id.in_(healing.record_ids))
        .values(withdrawn_at=healing.moment.now)
        .execution_options(synchronize_session=False)
    )


def _delete_files(healing: Healing) -> None:
    names = (each.details["file"] for each in healing.offences)
    uploads.forget(healing.moment.uploads, *names)


MENDS: dict[CheckName, Mend] = {
    CheckName.CLOSED_CASE_TASKS: Mend(_by(casework.closed_case_tasks), _withdraw),
    CheckName.CASE_WORKER_GONE: Mend(_by(casework.case_worker_gone), _free_cases),
    CheckName.LAST_CONTACT: Mend(_by(casework.last_contact), _settle_cases, sweeps=True),
    CheckName.CASE_STAGE: Mend(_by(casework.case_stage), _settle_cases, sweeps=True),
    CheckName.TASK_HOLDER_GONE: Mend(_by(casework.task_holder_gone), _to_the_queue),
    CheckName.TASK_HOLDER_ELSEWHERE: Mend(_by(casework.task_holder_elsewhere), _to_the_queue),
    CheckName.SNOOZED_LONG: Mend(_by(casework.snoozed_long), _wake_in_time),
    CheckName.DUE_ON_DAY_OFF: Mend(_by(casework.due_on_day_off), _move_to_working_day),
    CheckName.TWO_OPEN_VISITS: Mend(
        _by(casework.two_open_visits), _leave_to_the_sweep, sweeps=True
    ),
    CheckName.STANDING_DIFFERS: Mend(
        _by(provenance.standing_differs), _add_up_standings, sweeps=True
    ),
    CheckName.CLOSED_MONTH_UNFOUNDED: Mend(_by(provenance.closed_month_unfounded), _open_months),
    CheckName.RESIDENCE_DIFFERS: Mend(_by(provenance.residence), _settle_residence, sweeps=True),
    CheckName.CONSENT_UNFOUNDED: Mend(_by(casework.consent_unfounded), _withdraw_consents),
    CheckName.UPLOAD_ORPHANED: Mend(orphans, _delete_files),
}
