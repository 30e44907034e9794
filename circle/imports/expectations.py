"""What a compared file is held against: what its scope and its source have brought before."""

from datetime import date

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from circle.imports.oddities import Look
from circle.imports.planning import Plan
from circle.imports.scope import Standing, overlapping, standing_batches
from models.imports import ImportBatch
from models.policy import policy_on
from models.vocabulary.imports import BatchState
from models.vocabulary.months import month_key

RECENT = 6  # applied files of the source that tell how many strangers are usual


def look_at(connection: Connection, plan: Plan, on: date) -> Look:
    scope = plan.scope
    with Session(bind=connection) as session:
        policy = policy_on(session, on, scope.division)
    lists = [one for one in standing_batches(connection, scope) if _is_alike(one, plan)]
    before = lists[0].rows if lists else None
    same = [one.rows for one in lists if one.month == scope.month and scope.month is not None]
    return Look(
        counts=plan.counts,
        reasons=plan.reasons,
        policy=policy,
        this_month=month_key(on),
        month=scope.month,
        ends_what_is_missing=plan.ends_what_is_missing,
        before=before,
        same_month=None if plan.supplements or not same else same[0],
        is_later=bool(lists) and _is_later(plan, lists[0], on),
        supplements=plan.supplements,
        months=plan.months if scope.is_insurance and not plan.supplements else None,
        in_force=plan.in_force,
        newest=_newest_month(connection, plan),
        usually_unmatched=_usually_unmatched(connection, plan),
        local=plan.local_share,
    )


def _is_alike(batch: Standing, plan: Plan) -> bool:
    return set(batch.kinds) == set(plan.scope.kinds) and not batch.supplements


def _is_later(plan: Plan, last: Standing, on: date) -> bool:
    """Whether a list is of a later month than the last one; what names none is of today."""
    before = last.filed_in if last.month is None else last.month
    month = month_key(on) if plan.scope.month is None else plan.scope.month
    return (
        plan.scope.is_full_list and not plan.supplements and before is not None and month > before
    )


def _newest_month(connection: Connection, plan: Plan) -> int | None:
    newest = select(func.max(ImportBatch.month)).where(
        overlapping(plan.scope), ImportBatch.state == BatchState.APPLIED
    )
    return connection.scalar(newest)


def _usually_unmatched(connection: Connection, plan: Plan) -> float | None:
    lately = (
        select(ImportBatch.counts)
        .where(overlapping(plan.scope), ImportBatch.state == BatchState.APPLIED)
        .order_by(ImportBatch.id.desc())
        .limit(RECENT)
    )
    counts = connection.scalars(lately).all()
    rows = sum(one.get("rows", 0) for one in counts)
    return sum(one.get("unmatched", 0) for one in counts) / rows if rows else None
