"""Each checker finds the fault planted for it, its mend heals it, and order is no fault."""

import os
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.todo.filters import Wanted
from circle.todo.queries import Counts, counts_of
from circle.upkeep import counting
from circle.upkeep.checks import BY_NAME, CHECKS
from circle.upkeep.mends import MENDS, mend_slice
from circle.upkeep.offences import Moment
from models.sealed import current_keyring
from models.staff import Account
from models.tasks import Task, TaskMove
from models.vocabulary.imports import BatchState
from models.vocabulary.integrity import CheckName
from models.vocabulary.tasks import TaskState, TaskVerb
from tests.circle.upkeep.conftest import TODAY, World
from tests.circle.upkeep.faults import PLANTS, keep, registration, task
from tests.factories import NOON, OTHER_COMMUNITY, AccountFactory, BatchFactory, VisitFactory

# Faults that break more than one promise.
COUNTS = {
    CheckName.STANDING_DIFFERS: 2,
    CheckName.CONTRIBUTION_ORPHANED: 3,
    CheckName.FACTS_UNFOUNDED: 4,
    CheckName.PLACE_UNKNOWN: 2,
    CheckName.MERGED_IN_USE: 2,
    CheckName.SEAL_UNKNOWN: 2,
}
PLANTED = [name for name in CheckName if name is not CheckName.BADGE_DIFFERS]


def count(session: Session, moment: Moment, name: CheckName) -> int:
    session.flush()
    return BY_NAME[name].look(session, moment).count


def test_every_invariant_is_listed_once() -> None:
    assert [check.name for check in CHECKS] == list(CheckName)


def test_what_is_said_to_be_mended_is(world: World) -> None:
    assert {check.name for check in CHECKS if check.is_mended} == set(MENDS)


def test_order_is_no_fault(world: World, moment: Moment) -> None:
    found = {check.name: count(world.session, moment, check.name) for check in CHECKS}
    assert {name: number for name, number in found.items() if number} == {}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found(world: World, moment: Moment, name: CheckName) -> None:
    PLANTS[name](world)
    world.session.flush()
    found = BY_NAME[name].look(world.session, moment)
    assert found.count == COUNTS.get(name, 1)
    assert len(found.first) == found.count


def test_a_count_that_is_not_the_list_is_found(
    world: World, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_more(session: Session, actor: Account, wanted: Wanted, *, on: date) -> Counts:
        counts = counts_of(session, actor, wanted, on=on)
        return replace(counts, tasks=counts.tasks + 1)

    monkeypatch.setattr(counting, "counts_of", one_more)
    found = counting.badge_differs(world.session, moment)
    assert [offence.details["account"] for offence in found.first] == [world.worker.name]


def allowed(world: World) -> None:
    """What lies just inside a limit, or is as somebody wanted it."""
    task(world, cycle="a", snoozed_until=TODAY + timedelta(days=14))
    elsewhere = AccountFactory(division_code=OTHER_COMMUNITY)
    task(world, cycle="b", pinned=True).assignee = elsewhere
    task(world, cycle="c").assignee = None
    VisitFactory(case=world.case, visited_on=date(2026, 5, 31), recorder=world.worker)
    VisitFactory(case=world.case, visited_on=TODAY, reached=False, recorder=world.worker)
    VisitFactory(
        case=world.case,
        visited_on=TODAY,
        recorder=world.worker,
        removed_at=NOON,
        removed_by=world.worker.id,
    )
    registration(world, submitted_on=TODAY - timedelta(days=30))
    BatchFactory(
        state=BatchState.CHECKED,
        created_at=NOON - timedelta(days=6),
        progress={"waits": True},
    )
    BatchFactory(
        state=BatchState.APPLYING,
        created_at=NOON - timedelta(hours=2),
        claimed_by="other/1/2",
        claimed_until=NOON + timedelta(minutes=4),
    )


def test_a_file_is_left_alone_that_is_new_or_that_a_batch_names(
    world: World, moment: Moment
) -> None:
    long_ago = NOON - timedelta(days=30)
    names = ("upload", "rejects")
    BatchFactory(progress={name: keep(world.uploads, long_ago) for name in names})
    keep(world.uploads, NOON - timedelta(hours=23))
    foreign = world.uploads / "README"
    foreign.touch()
    os.utime(foreign, (long_ago.timestamp(), long_ago.timestamp()))
    assert count(world.session, moment, CheckName.UPLOAD_ORPHANED) == 0
    orphan = keep(world.uploads, long_ago)
    assert mend_slice(world.session, CheckName.UPLOAD_ORPHANED, moment) is not None
    assert orphan not in {path.name for path in world.uploads.iterdir()}
    assert len(list(world.uploads.iterdir())) == 4


def test_where_nothing_was_ever_kept_nothing_is_wrong(world: World, moment: Moment) -> None:
    nowhere = replace(moment, uploads=world.uploads / "nowhere")
    assert count(world.session, nowhere, CheckName.UPLOAD_ORPHANED) == 0


def test_what_is_allowed_is_no_fault(world: World, moment: Moment) -> None:
    allowed(world)
    found = {check.name: count(world.session, moment, check.name) for check in CHECKS}
    assert {name: number for name, number in found.items() if number} == {}


@pytest.mark.parametrize("name", list(MENDS))
def test_a_mend_heals_what_was_found(world: World, moment: Moment, name: CheckName) -> None:
    PLANTS[name](world)
    world.session.flush()
    assert mend_slice(world.session, name, moment) is not None
    world.session.expire_all()
    assert count(world.session, moment, name) == 0
    assert mend_slice(world.session, name, moment) is None


@pytest.mark.parametrize("name", list(MENDS))
def test_a_mend_leaves_no_other_fault(world: World, moment: Moment, name: CheckName) -> None:
    PLANTS[name](world)
    world.session.flush()
    while mend_slice(world.session, name, moment):
        world.session.expire_all()
    found = {check.name: count(world.session, moment, check.name) for check in CHECKS}
    assert {each for each, number in found.items() if number} == set()


def test_a_task_handed_to_the_queue_leaves_its_move(world: World, moment: Moment) -> None:
    PLANTS[CheckName.TASK_HOLDER_GONE](world)
    mend_slice(world.session, CheckName.TASK_HOLDER_GONE, moment)
    world.session.expire_all()
    task = world.session.scalars(select(Task)).one()
    assert (task.state, task.assignee_id) == (TaskState.OPEN, None)
    move = world.session.scalars(select(TaskMove)).one()
    assert (move.verb, move.by, move.to_id) == (TaskVerb.HAND_OVER, None, None)
    assert move.from_id is not None


def test_a_day_off_moves_to_the_next_working_day(world: World, moment: Moment) -> None:
    PLANTS[CheckName.DUE_ON_DAY_OFF](world)
    mend_slice(world.session, CheckName.DUE_ON_DAY_OFF, moment)
    world.session.expire_all()
    task = world.session.scalars(select(Task)).one()
    assert f"{task.due_on}" == "2026-10-08"
    assert not task.provisional


def test_a_rotated_keyring_is_no_fault(world: World, moment: Moment) -> None:
    assert current_keyring().rotated().seal.keys() > current_keyring().seal.keys()
    assert count(world.session, moment, CheckName.SEAL_UNKNOWN) == 0
