"""Invariants of cases, tasks and what workers record; each a Select of what breaks it."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    SQLColumnExpression,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    null,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from circle.cases.operations import DUTIES_OF_A_CASE
from circle.upkeep.offences import Moment, Offences, offences, together
from models.calendar import CalendarDay
from models.cases import Case, Consent, Placement, Registration, Visit
from models.referrals import Referral
from models.residents import Household, HouseholdMember, Resident
from models.services import ServiceItem
from models.sql import day_word
from models.staff import Account
from models.tasks import Task
from models.vocabulary.cases import CaseStage, CaseState, RegistrationState
from models.vocabulary.tasks import TaskKind, TaskState
from reminders.assignment import may_keep
from reminders.queries import is_open

UNCONFIRMED_DAYS = 30
# Due so many working days after the day they were raised.
WORKING_DAY_KINDS = (
    TaskKind.INSURANCE_LAPSE,
    TaskKind.FIRST_REGISTRATION,
    TaskKind.ANOMALY,
    TaskKind.SERVICE_GAP,
)


def closed_case_tasks(_moment: Moment) -> Offences:
    return _tasks(kind=Task.kind).where(
        Task.kind.in_(DUTIES_OF_A_CASE),
        ~exists().where(Case.resident_id == Task.resident_id, Case.is_open),
    )


def two_open_cases(_moment: Moment) -> Offences:
    return (
        offences(func.max(Case.id), Case.resident_id, cases=func.count())
        .where(Case.is_open)
        .group_by(Case.resident_id)
        .having(func.count() > 1)
    )


def unconfirmed_case(_moment: Moment) -> Offences:
    waits = exists().where(
        Registration.case_id == Case.id, Registration.state == RegistrationState.RECEIVED
    )
    return _open_cases(opened_on=day_word(Case.opened_on)).where(~Case.is_confirmed, ~waits)


def case_worker_gone(_moment: Moment) -> Offences:
    return (
        _open_cases(worker=Account.name)
        .join(Account, Account.id == Case.worker_id)
        .where(Account.disabled_at.is_not(None))
    )


def case_nowhere(_moment: Moment) -> Offences:
    """The last list that placed the person no longer holds them: only the worker sees the case."""
    return (
        _open_cases(worker=Account.name)
        .join(Resident, Resident.id == Case.resident_id)
        .outerjoin(Account, Account.id == Case.worker_id)
        .where(Resident.lives_in.is_(None), Resident.merged_into.is_(None))
    )


def last_contact(_moment: Moment) -> Offences:
    """The newest contact that reached the person since the opening, or the ledger's."""
    visits = (
        select(Visit.case_id, func.max(Visit.visited_on).label("day"))
        .join(Case, Case.id == Visit.case_id)
        .where(
            Case.is_open,
            Visit.reached,
            Visit.removed_at.is_(None),
            Visit.visited_on >= Case.opened_on,
        )
        .group_by(Visit.case_id)
        .subquery()
    )
    expected = _later_of(visits.c.day, _since_opening(Case.ledger_contact_on))
    return (
        _open_cases(recorded=day_word(Case.last_contact_on), expected=day_word(expected))
        .outerjoin(visits, visits.c.case_id == Case.id)
        .where(Case.last_contact_on.is_distinct_from(expected))
    )


def _since_opening(day: SQLColumnExpression[date | None]) -> ColumnElement[date | None]:
    return case((day >= Case.opened_on, day), else_=cast(null(), Date))


def _later_of(
    one: ColumnElement[date | None], other: ColumnElement[date | None]
) -> ColumnElement[date | None]:
    return case((or_(one.is_(None), other > one), other), else_=one)


def case_stage(_moment: Moment) -> Offences:
    """Placed as long as a job lasts; else served from the first contact on."""
    has_job = exists().where(
        Placement.case_id == Case.id,
        Placement.removed_at.is_(None),
        Placement.ended_on.is_(None),
    )
    expected = case(
        (has_job, CaseStage.PLACED.value),
        (Case.last_contact_on.is_(None), CaseStage.FIRST_CONTACT.value),
        else_=CaseStage.SERVING.value,
    )
    return _open_cases(recorded=Case.stage, expected=expected).where(
        cast(Case.stage, String) != expected
    )


def task_holder_gone(_moment: Moment) -> Offences:
    return (
        _tasks(kind=Task.kind, holder=Account.name)
        .join(Account, Account.id == Task.assignee_id)
        .where(Account.disabled_at.is_not(None))
    )


def task_holder_elsewhere(_moment: Moment) -> Offences:
    """Neither given by hand, nor the case's worker, nor covering where the resident lives."""
    holder = aliased(Account)
    return (
        _tasks(kind=Task.kind, holder=holder.name)
        .join(holder, holder.id == Task.assignee_id)
        .join(Resident, Resident.id == Task.resident_id)
        .outerjoin(Case, and_(Case.resident_id == Task.resident_id, Case.is_open))
        .where(holder.disabled_at.is_(None), ~may_keep(holder, Task.pinned))
    )


def snoozed_long(moment: Moment) -> Offences:
    latest = moment.on + timedelta(days=moment.policy.snooze_days)
    return _tasks(kind=Task.kind, until=day_word(Task.snoozed_until)).where(
        Task.snoozed_until > latest
    )


def due_on_day_off(_moment: Moment) -> Offences:
    """A holiday by the notice that came since; or still shown as provisional after it."""
    wrong = or_(~CalendarDay.is_working, Task.provisional != CalendarDay.is_provisional)
    return (
        _tasks(kind=Task.kind, due_on=day_word(Task.due_on))
        .join(CalendarDay, CalendarDay.day == Task.due_on)
        .where(Task.kind.in_(WORKING_DAY_KINDS), wrong)
    )


def two_open_visits(_moment: Moment) -> Offences:
    return (
        offences(func.max(Task.id), Task.resident_id, tasks=func.count())
        .where(is_open(), Task.kind == TaskKind.VISIT)
        .group_by(Task.resident_id)
        .having(func.count() > 1)
    )


def case_of_another(_moment: Moment) -> Offences:
    """What speaks of one resident and hangs on the case of another: the wrong worker sees it."""
    return together(
        [
            offences(record.id, record.resident_id, what=_word(record.__tablename__))
            .join(Case, Case.id == record.case_id)
            .where(Case.resident_id != record.resident_id)
            for record in (Task, Visit, Registration, Referral, ServiceItem)
        ]
    )


def contact_removed(_moment: Moment) -> Offences:
    """Deleting a contact opens again, in the same act, what it had completed."""
    return (
        offences(Task.id, Task.resident_id, kind=Task.kind, due_on=day_word(Task.due_on))
        .join(Visit, Visit.id == Task.visit_id)
        .where(Task.state == TaskState.DONE, Visit.removed_at.is_not(None))
    )


def order_missing(_moment: Moment) -> Offences:
    """Somebody registered and waits, and nobody was told, or whoever was told lost the order."""
    is_told = exists().where(
        Task.case_id == Case.id,
        Task.kind == TaskKind.ASSISTANCE,
        or_(
            is_open(),
            and_(
                Task.state.in_((TaskState.DONE, TaskState.DISMISSED)),
                Task.settled_at >= Registration.created_at,
            ),
        ),
    )
    return (
        offences(
            Registration.id,
            Registration.resident_id,
            submitted_on=day_word(Registration.submitted_on),
        )
        .join(Case, Case.id == Registration.case_id)
        .where(Registration.state == RegistrationState.RECEIVED, Case.is_open, ~is_told)
    )


def merged_in_use(_moment: Moment) -> Offences:
    merged = Resident.merged_into.is_not(None)
    kept = aliased(Resident)
    chains = (
        offences(Resident.id, Resident.id, what=_word("resident"))
        .join(kept, kept.id == Resident.merged_into)
        .where(kept.merged_into.is_not(None))
    )
    cases = _open_cases(what=_word("case")).join(Resident, Resident.id == Case.resident_id)
    tasks = _tasks(what=_word("task")).join(Resident, Resident.id == Task.resident_id)
    return together([cases.where(merged), tasks.where(merged), chains])


def household_empty(_moment: Moment) -> Offences:
    lives_there = exists().where(
        HouseholdMember.household_id == Household.id, HouseholdMember.ended_by.is_(None)
    )
    return offences(
        Household.id, None, confirmed_on=day_word(Household.zero_employment_confirmed_on)
    ).where(Household.zero_employment_confirmed_on.is_not(None), ~lives_there)


def registration_left(moment: Moment) -> Offences:
    oldest = moment.on - timedelta(days=UNCONFIRMED_DAYS)
    return (
        offences(
            Registration.id,
            Registration.resident_id,
            submitted_on=day_word(Registration.submitted_on),
            case=Case.state,
        )
        .join(Case, Case.id == Registration.case_id)
        .where(
            Registration.state == RegistrationState.RECEIVED,
            or_(Case.state == CaseState.CLOSED, Registration.submitted_on < oldest),
        )
    )


def consent_unfounded(_moment: Moment) -> Offences:
    return (
        offences(Consent.id, Consent.resident_id, purpose=Consent.purpose)
        .join(Registration, Registration.id == Consent.registration_id)
        .where(Consent.withdrawn_at.is_(None), Registration.state != RegistrationState.CONFIRMED)
    )


def _tasks(**details: SQLColumnExpression[Any]) -> Offences:
    return offences(Task.id, Task.resident_id, **details).where(is_open())


def _open_cases(**details: SQLColumnExpression[Any]) -> Offences:
    return offences(Case.id, Case.resident_id, **details).where(Case.is_open)


def _word(text: str) -> ColumnElement[str]:
    return cast(text, String)
