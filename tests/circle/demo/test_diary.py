"""The worker's last weeks, told through the real doors."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.demo.diary import keep_diary
from models.cases import Placement, Registration, Visit
from models.staff import Account
from models.tasks import Task
from models.vocabulary.cases import RegistrationState
from models.vocabulary.jobs import SweepReason
from models.vocabulary.tasks import TaskKind, TaskState
from reminders.sweep import sweep_residents
from tests.factories import (
    COMMUNITY,
    NOON,
    AccountFactory,
    CaseFactory,
    ResidentFactory,
    load_places,
    use,
)

TODAY = date(2026, 11, 21)


@pytest.fixture
def worker(session: Session) -> Account:
    """Somebody whose people were last seen 2 to 100 days ago, four of them never."""
    use(session)
    load_places(session)
    worker: Account = AccountFactory(covers=[COMMUNITY])
    for ago in range(2, 102, 4):
        seen_on = TODAY - timedelta(days=ago)
        CaseFactory(
            worker=worker,
            opened_on=seen_on - timedelta(days=3),
            ledger_contact_on=seen_on,
            last_contact_on=seen_on,
        )
    for ago in range(4, 8):
        CaseFactory(worker=worker, opened_on=TODAY - timedelta(days=ago))
    ResidentFactory(lives_in=COMMUNITY, born_on=date(1982, 4, 1))
    return worker


def test_every_line_finds_somebody_and_two_mini_forms_wait(
    session: Session, worker: Account
) -> None:
    assert keep_diary(session, worker, on=TODAY) == (13, 2)
    assert len(session.scalars(select(Placement)).all()) == 2
    states = session.scalars(select(Registration.state)).all()
    assert states == [RegistrationState.RECEIVED] * 2


def test_follow_ups_of_the_jobs_begun_are_due_on_the_day(session: Session, worker: Account) -> None:
    keep_diary(session, worker, on=TODAY)
    placed = session.scalars(select(Visit.resident_id).join(Placement)).all()
    sweep_residents(session, placed, on=TODAY, now=NOON, reason=SweepReason.COMMAND)
    follow_ups = select(Task.state, Task.due_on).where(Task.kind == TaskKind.FOLLOW_UP)
    assert sorted(map(tuple, session.execute(follow_ups))) == [
        (TaskState.DONE, TODAY - timedelta(days=24)),
        (TaskState.OPEN, TODAY - timedelta(days=1)),
        (TaskState.OPEN, TODAY),
    ]


def test_telling_it_again_adds_nothing(session: Session, worker: Account) -> None:
    keep_diary(session, worker, on=TODAY)
    assert keep_diary(session, worker, on=TODAY + timedelta(days=1)) == (0, 0)
