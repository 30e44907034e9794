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
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy import literal as value
from sqlalchemy.orm import aliased

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
from reminders.rules.circumstances import is_behind, is_departed, newest_closed
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
                _sources_disagree(policy),
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
    month = month_word(closed)
    return (
        _conflict(
            AnomalyCode.UNEMPLOYED_BUT_INSURED,
            month,
            policy,
            {
                "registered_on": day_word(func.max(UnemploymentSpell.registered_on)),
                "month": month,
                "employer": _of_contributions(func.max(PayingEmployer.name), closed),
            },
        )
        .join(UnemploymentSpell, UnemploymentSpell.resident_id == Resident.id)
        .where(
            UnemploymentSpell.ended_by.is_(None),
            UnemploymentSpell.is_open,
            _of_contributions(func.count(PayingEmployer.id), closed) > 0,
        )
        .group_by(Resident.id)
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
    base = _of_contributions(func.max(Contribution.base_fen), closed)
    month = month_word(closed)
    return (
        _conflict(
            AnomalyCode.SUBSISTENCE_BUT_INSURED,
            month,
            policy,
            {"month": month, "base_fen": base},
        )
        .join(Subsistence, Subsistence.resident_id == Resident.id)
        .where(
            Subsistence.ended_by.is_(None),
            Subsistence.kind == SubsistenceKind.DIBAO,
            base >= policy.minimum_wage_fen,
        )
    )


def _sources_disagree(policy: Policy) -> Select[Finding]:
    """Two sources state the name or the birth date differently for one document number.

    Of two that differ at least one differs from the resident's own: only those are looked into.
    """
    odd = aliased(StatedIdentity)
    fields = union_all(*(select(value(name).label("name")) for name in DISAGREEING)).subquery()
    disagrees = case(
        *((fields.c.name == name, _differ(stated)) for name, stated in DISAGREEING.items())
    )
    named = case(
        *((fields.c.name == name, _sources_of(stated)) for name, stated in DISAGREEING.items())
    )
    return (
        _conflict(
            AnomalyCode.SOURCES_DISAGREE,
            fields.c.name,
            policy,
            {"field": fields.c.name, "sources": named},
        )
        .join(odd, odd.resident_id == Resident.id)
        # An outer join comes last: the identities are read once for both fields.
        .join(fields, true(), isouter=True)
        .where(odd.ended_by.is_(None), _is_odd(odd))
        .group_by(Resident.id, fields.c.name)
        # Behind the grouping, where only those few are left to be looked into.
        .having(disagrees)
    )


DISAGREEING: dict[str, SQLColumnExpression[Any]] = {
    "name": StatedIdentity.name_key,
    "birth": StatedIdentity.born_on,
}


def _is_odd(stated: type[StatedIdentity]) -> ColumnElement[bool]:
    return or_(stated.name_key != Resident.name, stated.born_on != Resident.born_on)


def _differ(stated: SQLColumnExpression[Any]) -> ScalarSelect[bool]:
    return _of_identities(func.min(stated) != func.max(stated), stated)


def _sources_of(stated: SQLColumnExpression[Any]) -> ScalarSelect[str]:
    """The sources that state it, in their written order, each with a comma behind it."""
    parts = [
        func.max(case((StatedIdentity.source == source, value(f"{source},")), else_=value("")))
        for source in Source
    ]
    return _of_identities(reduce(add, parts), stated)


def _of_identities(
    wanted: ColumnElement[Any], stated: SQLColumnExpression[Any]
) -> ScalarSelect[Any]:
    """Of what all sources state for the resident."""
    return (
        select(wanted)
        .where(
            StatedIdentity.resident_id == Resident.id,
            StatedIdentity.ended_by.is_(None),
            stated.is_not(None),
        )
        .scalar_subquery()
    )


def _employed_but_lapsed(policy: Policy) -> Select[Finding]:
    """Registered in work, and the pension is behind, whatever excuses the lapse itself."""
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
                "closed_month": month_word(newest_closed(PENSION)),
            },
        )
        .join(EmploymentSpell, EmploymentSpell.resident_id == Resident.id)
        .join(InsuranceStanding, InsuranceStanding.resident_id == Resident.id)
        .where(
            EmploymentSpell.ended_by.is_(None),
            EmploymentSpell.is_open,
            is_behind(PENSION, policy.employed_lapse_months),
        )
        .group_by(Resident.id, InsuranceStanding.last_month)
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
