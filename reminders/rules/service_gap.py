"""Service gap (服务欠缺提醒)."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, case, cast, func, or_
from sqlalchemy import literal as value

from models.cases import Case
from models.policy import Policy
from models.residents import Resident
from models.services import ServiceItem
from models.sql import day_word, office_day
from models.vocabulary.cases import CaseOrigin, CaseStage
from reminders.rules.circumstances import is_departed
from reminders.rules.finding import Finding, finding, nothing


def service_gap(on: date, policy: Policy) -> Select[Finding]:
    """Somebody registered a set time ago is still owed part of the package (131服务, DOMAIN 3).

    Counted from the day the case was opened, or opened again: a spell has a package of its own.
    Whoever has a job again is followed up instead. Of a case that the ledger moved in nothing is
    known of what was given before: it has its time from the day it came.
    """
    owed = {kind: count for kind, count in policy.service_package if count > 0}
    if not owed:
        return nothing()
    left = {kind: _left(kind, count) for kind, count in owed.items()}
    since, latest = day_word(Case.served_from), on - timedelta(days=policy.service_gap_days)
    return (
        finding(
            case_id=Case.id,
            cycle=value("package:") + since,
            priority=policy.priority_service_gap,
            evidence={"opened_on": since, **left},
        )
        .join(Case, and_(Case.resident_id == Resident.id, Case.is_open))
        .join(ServiceItem, _counts(), isouter=True)
        .where(
            Case.served_from <= latest,
            or_(Case.origin != CaseOrigin.LEDGER, office_day(Case.created_at) <= latest),
            Case.stage != CaseStage.PLACED,
            ~is_departed(),
        )
        .group_by(Resident.id, Case.id)
        .having(or_(*(count > 0 for count in left.values())))
    )


def _counts() -> ColumnElement[bool]:
    return and_(
        ServiceItem.case_id == Case.id,
        ServiceItem.removed_at.is_(None),
        ServiceItem.delivered_on >= Case.served_from,
    )


def _left(kind: str, owed: int) -> ColumnElement[Any]:
    """How many of the kind are still owed; more than owed is no debt to us."""
    delivered = func.sum(case((ServiceItem.kind == kind, 1), else_=0))
    return cast(case((delivered >= owed, 0), else_=owed - delivered), Integer)
