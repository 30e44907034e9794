import pytest
from sqlalchemy.orm import Session

from circle.refusals import TaskAlreadySettled
from circle.todo.operations import take_back
from models.staff import Account
from models.vocabulary.tasks import DismissReason, TaskState
from tests.factories import NOON, CaseFactory, TaskFactory, VisitFactory


def test_what_the_sweep_withdrew_is_not_taken_back(session: Session, worker: Account) -> None:
    task = TaskFactory(assignee_id=worker.id, state=TaskState.WITHDRAWN, settled_at=NOON)
    with pytest.raises(TaskAlreadySettled):
        take_back(session, task, by=worker, now=NOON)


def test_what_a_visit_completed_falls_with_the_visit_only(
    session: Session, worker: Account
) -> None:
    visit = VisitFactory(case=CaseFactory(), recorder=worker)
    task = TaskFactory(
        resident=visit.resident,
        assignee_id=worker.id,
        state=TaskState.DONE,
        settled_at=NOON,
        visit_id=visit.id,
    )
    with pytest.raises(TaskAlreadySettled):
        take_back(session, task, by=worker, now=NOON)


def test_an_open_task_has_nothing_to_take_back(session: Session, worker: Account) -> None:
    task = TaskFactory(assignee_id=worker.id)
    with pytest.raises(TaskAlreadySettled):
        take_back(session, task, by=worker, now=NOON)


def test_a_dismissal_taken_back_leaves_no_reason_behind(session: Session, worker: Account) -> None:
    task = TaskFactory(
        assignee_id=worker.id,
        state=TaskState.DISMISSED,
        dismiss_reason=DismissReason.OTHER,
        settled_at=NOON,
    )
    take_back(session, task, by=worker, now=NOON)
    assert (task.state, task.dismiss_reason) == (TaskState.OPEN, None)
