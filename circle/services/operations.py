"""A service is written into the ledger or taken out of it; what is owed follows in the same act.

The ledger is kept two years at least (人力资源市场暂行条例 33): nothing here deletes a row. One
recorded by mistake is marked as removed, with who and when, and counts no more.
"""

from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from circle.refusals import (
    ServiceAfterClosing,
    ServiceBeforeOpening,
    ServiceGone,
    ServiceInFuture,
    ServiceOfAnother,
    VisitOfAnotherCase,
)
from circle.services.queries import gap_task, package_of, recorded_before
from models.cases import Case, Visit
from models.policy import common_policy_on
from models.referrals import Referral
from models.services import ServiceItem
from models.staff import Account
from models.vocabulary.jobs import SweepReason
from models.vocabulary.services import ServiceKind
from models.vocabulary.tasks import TaskState
from reminders import inbox
from reminders.sweep import sweep_residents


def record_service(  # noqa: PLR0913 - what a service is known by
    session: Session,
    case: Case,
    kind: ServiceKind,
    *,
    by: Account | None,
    on: date,
    now: datetime,
    referral: Referral | None = None,
    visit: Visit | None = None,
    note: str | None = None,
    delivered_on: date | None = None,
    uuid: str | None = None,
) -> ServiceItem:
    """Write down a service of `delivered_on`, today where it is left out; `by` None is a job.

    A referral, or a form's UUID, counts once: told again it is the first item. The reminder of what
    is owed is done once nothing is. Raises ServiceInFuture, ServiceBeforeOpening,
    ServiceAfterClosing, VisitOfAnotherCase, ServiceOfAnother.
    """
    # Two services told of at once must each see the other in the count.
    session.refresh(case, with_for_update=True)
    known = recorded_before(session, uuid=uuid, referral=referral)
    if known is not None:
        return _same(known, case)
    day = delivered_on or on
    _refuse(case, visit, day, on)
    item = ServiceItem(
        uuid=uuid,
        case_id=case.id,
        resident_id=case.resident_id,
        kind=kind,
        delivered_on=day,
        recorded_by=by.id if by else None,
        visit_id=visit.id if visit else None,
        referral_id=referral.id if referral else None,
        note=note,
    )
    try:
        with session.begin_nested():
            session.add(item)
    except IntegrityError:
        # The same form's second try, for another case, was being written meanwhile.
        known = recorded_before(session, uuid=uuid, referral=referral)
        if known is None:
            raise
        return _same(known, case)
    _settle(session, case, by=by, on=on, now=now)
    return item


def remove_service(
    session: Session, item: ServiceItem, *, by: Account, on: date, now: datetime
) -> None:
    """Take out what was recorded by mistake; what is owed again is asked for again.

    Raises ServiceGone.
    """
    case = item.case
    session.refresh(case, with_for_update=True)
    session.refresh(item)
    if item.removed_at is not None:
        raise ServiceGone
    policy = common_policy_on(session, on)
    was_owed = package_of(session, case, policy).is_owed
    item.removed_at, item.removed_by = now, by.id
    session.flush()
    task = gap_task(session, case)
    is_owed = package_of(session, case, policy).is_owed
    if task is not None and task.state is TaskState.DONE and is_owed and not was_owed:
        inbox.reopen(session, task, by=by, now=now)
    _sweep(session, case, on=on, now=now)


def _same(known: ServiceItem, case: Case) -> ServiceItem:
    if known.case_id != case.id:
        raise ServiceOfAnother
    return known


def _refuse(case: Case, visit: Visit | None, day: date, on: date) -> None:
    if day > on:
        raise ServiceInFuture
    if day < case.opened_on:
        raise ServiceBeforeOpening
    if case.closed_on is not None and day > case.closed_on:
        raise ServiceAfterClosing
    if visit is not None and (visit.case_id != case.id or visit.removed_at is not None):
        raise VisitOfAnotherCase


def _settle(session: Session, case: Case, *, by: Account | None, on: date, now: datetime) -> None:
    """Done once everything is delivered; otherwise the sweep counts what is left."""
    task = gap_task(session, case)
    if task is None or task.state is not TaskState.OPEN:
        return
    if package_of(session, case, common_policy_on(session, on)).is_owed:
        _sweep(session, case, on=on, now=now)
    else:
        inbox.complete(session, task, by=by, now=now)


def _sweep(session: Session, case: Case, *, on: date, now: datetime) -> None:
    sweep_residents(session, [case.resident_id], on=on, now=now, reason=SweepReason.COMMAND)
