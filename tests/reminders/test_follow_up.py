"""How it goes after a placement."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from models.cases import Case
from models.vocabulary.facts import RegisterStatus
from reminders.rules.follow_up import follow_up
from tests.factories import (
    NOON,
    CaseFactory,
    PlacementFactory,
    RegisterEntryFactory,
    VisitFactory,
    load_places,
    use,
)
from tests.reminders.asking import ask

STARTED = date(2026, 6, 1)


@pytest.fixture
def case(session: Session) -> Case:
    use(session)
    load_places(session)
    case: Case = CaseFactory(opened_on=date(2026, 5, 2), work_status="employed")
    return case


def cycles(session: Session, after: int) -> list[str]:
    found = ask(session, follow_up, STARTED + timedelta(days=after))
    return sorted(one.cycle.partition("+")[2] for one in found)


@pytest.mark.parametrize(
    ("after", "steps"),
    [
        (4, []),
        (5, ["7"]),
        (22, ["7"]),
        (23, ["30", "7"]),
        (82, ["30", "7"]),
        (83, ["30", "7", "90"]),
        (173, ["180", "30", "7", "90"]),
    ],
)
def test_after_7_30_90_and_180_days_somebody_asks(
    session: Session, case: Case, after: int, steps: list[str]
) -> None:
    PlacementFactory(case=case, started_on=STARTED)
    assert cycles(session, after) == steps


def test_the_follow_up_is_due_on_its_day(session: Session, case: Case) -> None:
    placement = PlacementFactory(case=case, started_on=STARTED)
    (found,) = ask(session, follow_up, date(2026, 6, 8))
    assert (found.cycle, found.due_on, found.priority) == ("2026-06-01+7", date(2026, 6, 8), 60)
    assert found.evidence == {"placement": placement.id, "started_on": "2026-06-01", "days": 7}


@pytest.mark.parametrize(("told", "steps"), [(7, ["30", "7"]), (8, ["30"]), (31, [])])
def test_what_was_due_before_we_were_told_is_not_asked(
    session: Session, case: Case, told: int, steps: list[str]
) -> None:
    visit = VisitFactory(case=case, visited_on=STARTED + timedelta(days=told))
    PlacementFactory(case=case, started_on=STARTED, visit_id=visit.id)
    assert cycles(session, 40) == steps


def test_two_jobs_begun_on_one_day_are_asked_about_once(session: Session, case: Case) -> None:
    late = VisitFactory(case=case, visited_on=STARTED + timedelta(days=20))
    first = PlacementFactory(case=case, started_on=STARTED)
    PlacementFactory(case=case, started_on=STARTED, visit_id=late.id)
    found = ask(session, follow_up, date(2026, 6, 25))
    assert sorted(one.cycle for one in found) == ["2026-06-01+30", "2026-06-01+7"]
    assert {one.evidence["placement"] for one in found} == {first.id}


def test_a_job_that_ended_or_was_taken_back_is_not_followed_up(
    session: Session, case: Case
) -> None:
    PlacementFactory(case=case, started_on=STARTED, ended_on=date(2026, 6, 6))
    PlacementFactory(case=case, started_on=date(2026, 6, 2), removed_at=NOON)
    assert cycles(session, 8) == []


def test_the_departed_are_not_followed_up(session: Session, case: Case) -> None:
    PlacementFactory(case=case, started_on=STARTED)
    RegisterEntryFactory(resident_id=case.resident_id, status=RegisterStatus.ARMY)
    assert cycles(session, 8) == []
