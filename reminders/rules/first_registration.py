"""First registration (首次登记提醒)."""

from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    SQLColumnExpression,
    String,
    Subquery,
    and_,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy import literal as value

from models.facts import Contribution, Degree, Subsistence, UnemploymentSpell
from models.imports import ImportBatch
from models.policy import Policy
from models.residents import Resident
from models.sql import (
    day_word,
    first_day_of,
    month_of_day,
    month_word,
    office_day,
    without_index,
)
from models.tasks import Task
from models.vocabulary.facts import BenefitKind, InsuranceKind, SubsistenceKind, WorkAbility
from models.vocabulary.months import add_months, month_key
from models.vocabulary.residents import WorkStatus
from models.vocabulary.tasks import SignalCode, TaskKind, TaskState
from reminders.retirement import is_of_working_age
from reminders.rules.circumstances import (
    draws,
    has_open_case,
    has_recorded,
    is_departed,
    is_full_time_student,
    last_closed,
    newest_closed,
    paid,
)
from reminders.rules.finding import Finding, finding

PENSION = InsuranceKind.EMPLOYEE_PENSION
# resident, signal code, day, kind of support
Signal = Select[int, str, date, str]


def first_registration(on: date, policy: Policy) -> Select[Finding]:
    """Somebody of working age without a case shows at least one signal (DOMAIN 3).

    One reminder names every signal; its cycle is the day of the newest.
    """
    signals = _signals(on, policy)
    newest = type_coerce(signals.c.newest, Date)
    return (
        finding(
            cycle=day_word(newest),
            priority=policy.priority_first_registration,
            evidence={
                "subsistence": day_word(signals.c.subsistence),
                "subsistence_kind": signals.c.subsistence_kind,
                "unemployment": day_word(signals.c.unemployment),
                "graduate": day_word(signals.c.graduate),
                "closed_month": month_word(newest_closed(PENSION)),
            },
        )
        .join(signals, signals.c.resident_id == Resident.id)
        .where(
            Resident.lives_in.is_not(None),
            is_of_working_age(on, policy),
            ~has_open_case(),
            ~_is_excused(on, newest),
            ~_was_handled_later(newest),
        )
    )


def _is_excused(on: date, signal: ColumnElement[date]) -> ColumnElement[bool]:
    return or_(
        is_departed(),
        draws(on, BenefitKind.PENSION),
        is_full_time_student(on),
        has_recorded(frozenset({WorkStatus.NOT_SEEKING}), signal),
    )


def _was_handled_later(signal: ColumnElement[date]) -> ColumnElement[bool]:
    """A handled reminder of a later signal settles the older ones; of the same, the sweep knows."""
    handled = (TaskState.DONE, TaskState.DISMISSED)
    return exists().where(
        Task.resident_id == Resident.id,
        Task.kind == TaskKind.FIRST_REGISTRATION,
        Task.state.in_(handled),
        Task.cycle > day_word(signal),
    )


def _signals(on: date, policy: Policy) -> Subquery:
    """By resident: the day of each signal (NULL where there is none) and of the newest."""
    rows = union_all(_on_subsistence(on), _unemployed(on), _graduated(on, policy)).subquery()
    days = {
        code: func.max(case((rows.c.code == code.value, rows.c.day))).label(code.value)
        for code in SignalCode
    }
    return (
        select(
            rows.c.resident_id,
            *days.values(),
            func.max(rows.c.kind).label("subsistence_kind"),
            func.max(rows.c.day).label("newest"),
        )
        .group_by(rows.c.resident_id)
        .subquery("signals")
    )


def _signal(
    code: SignalCode,
    day: SQLColumnExpression[Any],
    kind: ColumnElement[str] | None = None,
) -> Signal:
    return select(
        Resident.id.label("resident_id"),
        cast(value(code.value), String).label("code"),
        type_coerce(day, Date).label("day"),
        cast(value(None) if kind is None else kind, String).label("kind"),
    )


def _on_subsistence(on: date) -> Signal:
    """Able to work, drawing dibao or near-dibao, and nobody pays a pension for them."""
    # A list without the start of support still dates it: by its own month.
    start = func.coalesce(
        Subsistence.from_month, ImportBatch.month, month_of_day(office_day(ImportBatch.created_at))
    )
    return (
        _signal(SignalCode.SUBSISTENCE, first_day_of(start), cast(Subsistence.kind, String))
        .join(Subsistence, Subsistence.resident_id == Resident.id)
        .join(ImportBatch, ImportBatch.id == Subsistence.brought_by)
        .where(
            Subsistence.ended_by.is_(None),
            start <= month_key(on),
            Subsistence.kind.in_((SubsistenceKind.DIBAO, SubsistenceKind.NEAR_DIBAO)),
            or_(Subsistence.ability.is_(None), Subsistence.ability != WorkAbility.NONE),
            ~paid(PENSION, newest_closed(PENSION)),
        )
    )


def _unemployed(on: date) -> Signal:
    return (
        _signal(SignalCode.UNEMPLOYMENT, UnemploymentSpell.registered_on)
        .join(UnemploymentSpell, UnemploymentSpell.resident_id == Resident.id)
        .where(
            UnemploymentSpell.ended_by.is_(None),
            UnemploymentSpell.is_open,
            UnemploymentSpell.registered_on <= on,
        )
    )


def _graduated(on: date, policy: Policy) -> Signal:
    """Graduated lately, and nobody paid a pension in the last closed months."""
    paid_lately = exists().where(
        Contribution.kind == PENSION,
        Contribution.resident_id == Resident.id,
        Contribution.month.in_(last_closed(PENSION, policy.graduate_uninsured_months)),
    )
    return (
        _signal(SignalCode.GRADUATE, Degree.graduated_on)
        .join(Degree, Degree.resident_id == Resident.id)
        .where(
            # By the day, of which there are few: by its end, SQLite would read every degree.
            without_index(Degree.ended_by).is_(None),
            and_(
                Degree.graduated_on >= add_months(on, -policy.graduate_months),
                Degree.graduated_on <= on,
            ),
            ~paid_lately,
        )
    )
