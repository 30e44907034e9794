"""Known in work some months later: derived from contributions and contacts, day by day."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from circle.referrals.retention import retention_of
from models.cases import Case, Placement
from models.vocabulary.facts import InsuranceKind
from models.vocabulary.referrals import Retention
from models.vocabulary.residents import WorkStatus
from tests.factories import NOON, PlacementFactory, VisitFactory, pay

STARTED = date(2026, 5, 31)
DUE = date(2026, 8, 31)
AUGUST = 2026 * 12 + 7
MONTHS = 3


@pytest.fixture
def job(case: Case) -> Placement:
    case.opened_on = date(2026, 5, 1)
    begun: Placement = PlacementFactory(case=case, started_on=STARTED)
    return begun


def state(session: Session, job: Placement, on: date) -> Retention | None:
    session.flush()
    return retention_of(session, [job.id], [MONTHS], on).get(job.id, {}).get(MONTHS)


@pytest.mark.parametrize(
    ("on", "expected"),
    [(date(2026, 8, 30), Retention.NOT_DUE), (DUE, Retention.UNKNOWN)],
)
def test_nothing_is_asked_before_the_day(
    session: Session, job: Placement, on: date, expected: Retention
) -> None:
    assert state(session, job, on) is expected


@pytest.mark.parametrize(
    ("ended_on", "on", "expected"),
    [
        (date(2026, 7, 1), date(2026, 7, 2), Retention.LOST),
        (DUE, date(2026, 9, 30), Retention.LOST),
        (date(2026, 9, 1), date(2026, 9, 30), Retention.UNKNOWN),
    ],
)
def test_a_job_that_ended_by_then_was_lost(
    session: Session, job: Placement, ended_on: date, on: date, expected: Retention
) -> None:
    job.ended_on = ended_on
    assert state(session, job, on) is expected


@pytest.mark.parametrize(
    ("month", "kind", "employer", "expected"),
    [
        (AUGUST, InsuranceKind.EMPLOYEE_PENSION, 7, Retention.RETAINED),
        (AUGUST + 1, InsuranceKind.EMPLOYEE_MEDICAL, 7, Retention.RETAINED),
        (AUGUST - 1, InsuranceKind.EMPLOYEE_PENSION, 7, Retention.UNKNOWN),
        (AUGUST, InsuranceKind.EMPLOYEE_PENSION, 0, Retention.UNKNOWN),
        (AUGUST, InsuranceKind.RESIDENTS_PENSION, 7, Retention.UNKNOWN),
    ],
)
def test_what_an_employer_paid_for_the_month_or_later_tells(
    session: Session,
    job: Placement,
    month: int,
    kind: InsuranceKind,
    employer: int,
    expected: Retention,
) -> None:
    pay(session, job.case.resident, [month], kind=kind, employer_id=employer)
    assert state(session, job, date(2026, 10, 1)) is expected


@pytest.mark.parametrize(
    ("visit", "expected"),
    [
        ({"visited_on": DUE}, Retention.RETAINED),
        ({"visited_on": DUE, "work_status": WorkStatus.EMPLOYED}, Retention.RETAINED),
        ({"visited_on": date(2026, 8, 30)}, Retention.UNKNOWN),
        ({"visited_on": DUE, "reached": False}, Retention.UNKNOWN),
        ({"visited_on": DUE, "work_status": WorkStatus.UNEMPLOYED}, Retention.UNKNOWN),
    ],
)
def test_a_contact_on_the_day_or_later_tells(
    session: Session, job: Placement, visit: dict[str, Any], expected: Retention
) -> None:
    VisitFactory(case=job.case, **visit)
    assert state(session, job, date(2026, 10, 1)) is expected


def test_a_contact_that_was_deleted_tells_nothing(
    session: Session, job: Placement, case: Case
) -> None:
    assert case.worker is not None
    VisitFactory(case=case, visited_on=DUE, removed_at=NOON, removed_by=case.worker.id)
    assert state(session, job, date(2026, 10, 1)) is Retention.UNKNOWN


def test_a_job_taken_back_is_not_told_of(session: Session, job: Placement) -> None:
    job.removed_at = NOON
    assert state(session, job, date(2026, 10, 1)) is None
