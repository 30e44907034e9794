"""Anomalies (异常提醒): conflicts between sources, each a question for a person."""

from datetime import date
from functools import reduce
from operator import add
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    String,
    and_,
    case,
    cast,
    func,
    select,
)
from sqlalchemy import literal as value

from models.cases import Case, Registration
from models.facts import (
    Contribution,
    EmploymentSpell,
    InsuranceStanding,
    PayingEmployer,
    RegisterEntry,
    Subsistence,
    UnemploymentSpell,
)
from models.imports import ImportBatch
from models.policy import Policy
from models.residents import Resident, StatedIdentity
from models.sql import day_word, month_word, office_day
from models.vocabulary.cases import RegistrationState
from models.vocabulary.facts import DEPARTED, InsuranceKind, Source, SubsistenceKind
from models.vocabulary.tasks import AnomalyCode
from reminders.retirement import is_retired, retirement_day
from reminders.rules.circumstances import is_departed, newest_closed
from reminders.rules.finding import Evidence, Finding, finding, together

PENSION = InsuranceKind.EMPLOYEE_PENSION


def anomaly(on: date, policy: Policy) -> Select[Finding]:
    """Two sources contradict each other (DOMAIN 3, anomalies).

    Someone departed is asked about once: no other anomaly is raised for them.
    """
    conflicts = [
        _departed_with_case(policy),
        *(
            conflict.where(~is_departed())
            for conflict in (
                _unemployed_but_insured(policy),
                _subsistence_but_insured(policy),
                _names_disagree(policy),
                _births_disagree(policy),
                _employed_but_lapsed(policy),
                _retired_with_case(on, policy),
                _registration_differs(policy),
            )
        ),
    ]
    return together(conflicts)


def _conflict(
    code: AnomalyCode,
    key: SQLColumnExpression[str],
    policy: Policy,
    evidence: Evidence,
    case_id: SQLColumnExpression[int] | None = None,
) -> Select[Finding]:
    return finding(
        case_id=case_id,
        cycle=cast(value(f"{code}:"), String) + key,
        priority=policy.priority_anomaly,
        evidence={"code": value(code.value), **evidence},
    )


def _departed_with_case(policy: Policy) -> Select[Finding]:
    """The register says dead, moved out or army; here a case is open."""
    # A status without its day became so, as far as we know, with the list that first told it.
    since = func.coalesce(
        day_word(RegisterEntry.status_on), day_word(office_day(ImportBatch.created_at))
    )
    return (
        _conflict(
            AnomalyCode.DEPARTED_WITH_CASE,
            since,
            policy,
            {"status": cast(RegisterEntry.status, String), "status_on": since},
            Case.id,
        )
        .join(Case, and_(Case.resident_id == Resident.id, Case.is_open))
        .join(RegisterEntry, RegisterEntry.resident_id == Resident.id)
        .join(ImportBatch, ImportBatch.id == RegisterEntry.brought_by)
        .where(RegisterEntry.ended_by.is_(None), RegisterEntry.status.in_(DEPARTED))
    )


def _unemployed_but_insured(policy: Policy) -> Select[Finding]:
    """Registered unemployed, and an employer paid in the newest closed month."""
    closed = newest_closed(PENSION)
    month = month_word(closed.c.month)
    return (
        _conflict(
            AnomalyCode.UNEMPLOYED_BUT_INSURED,
            month,
            policy,
            {
                "registered_on": day_word(func.max(UnemploymentSpell.registered_on)),
                "month": month,
                "employer": _of_contributions(func.max(PayingEmployer.name), closed.c.month),
            },
        )
        .join(closed, closed.c.code == Resident.lives_in)
        .join(UnemploymentSpell, UnemploymentSpell.resident_id == Resident.id)
        .where(
            UnemploymentSpell.ended_by.is_(None),
            UnemploymentSpell.is_open,
            _of_contributions(func.count(PayingEmployer.id), closed.c.month) > 0,
        )
        .group_by(Resident.id, closed.c.month)
    )


def _of_contributions(wanted: ColumnElement[Any], month: ColumnElement[int]) -> ScalarSelect[Any]:
    """Of the pension contributions paid for the resident that month; employers only where named.

    Asked for each resident concerned: joined, SQLite would walk the whole month's contributions
    once for every division.
    """
    return (
        select(wanted)
        .select_from(Contribution)
        .join(PayingEmployer, PayingEmployer.id == Contribution.employer_id, isouter=True)
        .where(
            Contribution.kind == PENSION,
            Contribution.month == month,
            Contribution.resident_id == Resident.id,
        )
        .scalar_subquery()
    )


def _subsistence_but_insured(policy: Policy) -> Select[Finding]:
    """In dibao, and insured in the newest closed month on a wage of the minimum or more."""
    closed = newest_closed(PENSION)
    base = _of_contributions(func.max(Contribution.base_fen), closed.c.month)
    month = month_word(closed.c.month)
    return (
        _conflict(
            AnomalyCode.SUBSISTENCE_BUT_INSURED,
            month,
            policy,
            {"month": month, "base_fen": base},
        )
        .join(closed, closed.c.code == Resident.lives_in)
        .join(Subsistence, Subsistence.resident_id == Resident.id)
        .where(
            Subsistence.ended_by.is_(None),
            Subsistence.kind == SubsistenceKind.DIBAO,
            base >= policy.minimum_wage_fen,
        )
    )


def _names_disagree(policy: Policy) -> Select[Finding]:
    return _sources_disagree("name", StatedIdentity.name_key, policy)


def _births_disagree(policy: Policy) -> Select[Finding]:
    return _sources_disagree("birth", StatedIdentity.born_on, policy)


def _sources_disagree(
    field: str, stated: SQLColumnExpression[Any], policy: Policy
) -> Select[Finding]:
    """Two sources state it differently for one document number."""
    return (
        _conflict(
            AnomalyCode.SOURCES_DISAGREE,
            value(field),
            policy,
            {"field": value(field), "sources": _sources_named()},
        )
        .join(StatedIdentity, StatedIdentity.resident_id == Resident.id)
        .where(StatedIdentity.ended_by.is_(None), stated.is_not(None))
        .group_by(Resident.id)
        .having(func.min(stated) != func.max(stated))
    )


def _sources_named() -> ColumnElement[str]:
    """The sources of a group in their written order, each with a comma behind it."""
    parts = [
        func.max(case((StatedIdentity.source == source, value(f"{source},")), else_=value("")))
        for source in Source
    ]
    return reduce(add, parts)


def _employed_but_lapsed(policy: Policy) -> Select[Finding]:
    """Registered in work, and the pension is behind, whatever excuses the lapse itself."""
    closed = newest_closed(PENSION)
    first_missing = month_word(InsuranceStanding.last_month + 1)
    return (
        _conflict(
            AnomalyCode.EMPLOYED_BUT_LAPSED,
            first_missing,
            policy,
            {
                "registered_on": day_word(func.max(EmploymentSpell.registered_on)),
                "last_month": month_word(InsuranceStanding.last_month),
                "first_missing": first_missing,
                "closed_month": month_word(closed.c.month),
            },
        )
        .join(closed, closed.c.code == Resident.lives_in)
        .join(EmploymentSpell, EmploymentSpell.resident_id == Resident.id)
        .join(InsuranceStanding, InsuranceStanding.resident_id == Resident.id)
        .where(
            EmploymentSpell.ended_by.is_(None),
            EmploymentSpell.is_open,
            InsuranceStanding.kind == PENSION,
            closed.c.month - InsuranceStanding.last_month >= policy.employed_lapse_months,
        )
        .group_by(Resident.id, InsuranceStanding.last_month, closed.c.month)
    )


def _retired_with_case(on: date, policy: Policy) -> Select[Finding]:
    since = day_word(retirement_day(policy))
    return (
        _conflict(
            AnomalyCode.RETIRED_WITH_CASE,
            since,
            policy,
            {"retires_on": since},
            Case.id,
        )
        .join(Case, and_(Case.resident_id == Resident.id, Case.is_open))
        .where(is_retired(on, policy))
    )


def _registration_differs(policy: Policy) -> Select[Finding]:
    """The mini-form contradicts verified facts, and no worker has settled it yet."""
    return (
        _conflict(
            AnomalyCode.REGISTRATION_DIFFERS,
            Registration.uuid,
            policy,
            {"registration": Registration.uuid, "differs": Registration.differs},
            Registration.case_id,
        )
        .join(Registration, Registration.resident_id == Resident.id)
        .where(
            Registration.differs.is_not(None),
            Registration.state == RegistrationState.RECEIVED,
        )
    )
