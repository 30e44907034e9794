import csv
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.office import Office
from circle.todo.commands import task as task_command
from circle.todo.commands import tasks as tasks_command
from models.audit import AuditEntry
from models.staff import Account
from models.tasks import Task
from models.vocabulary.staff import Role
from models.vocabulary.tasks import TaskKind
from tests.circle.conftest import COMMUNITY, OTHER_STREET_COMMUNITY, MakeAccount
from tests.circle.todo.conftest import TODAY
from tests.factories import NOON, CaseFactory, ResidentFactory, TaskFactory

Run = Callable[..., Result]


class TestOffice(Office):
    """The office on the test's own transaction and day."""

    __test__ = False
    today = TODAY
    now = NOON

    def __init__(self, session: Session) -> None:
        self._session = session

    @contextmanager
    def session(self, *, immediate: bool = True) -> Iterator[Session]:
        del immediate
        with self._session.begin_nested():
            yield self._session


@pytest.fixture
def run(session: Session, divisions: None) -> Run:
    def run(*words: str) -> Result:
        session.commit()
        command = tasks_command if words[0] == "tasks" else task_command
        return CliRunner().invoke(command, list(words[1:]), obj=TestOffice(session))

    return run


def printed(result: Result) -> Any:  # noqa: ANN401 - JSON
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def state_of(session: Session, task: Task) -> tuple[str, date | None]:
    session.refresh(task)
    return str(task.state), task.snoozed_until


def test_a_task_is_printed_with_its_evidence_and_a_masked_number(run: Run, worker: Account) -> None:
    task = TaskFactory(assignee_id=worker.id, evidence={"kind": "employee_pension"})
    number = task.resident.id_sealed
    [line] = printed(run("tasks", "--format", "json"))
    assert line == {
        "id": task.id,
        "kind": "insurance_lapse",
        "state": "open",
        "cycle": "employee_pension:2026-07",
        "due_on": "2026-11-20",
        "overdue": True,
        "worker": worker.name,
        "division": COMMUNITY,
        "resident": {
            "id": task.resident_id,
            "name": task.resident.name,
            "id_number": f"{number[:3]}{'*' * 13}{number[-2:]}",
        },
        "evidence": {"kind": "employee_pension"},
    }


def test_overdue_is_told_as_of_the_day_asked_for(run: Run) -> None:
    TaskFactory(due_on=TODAY)
    assert not printed(run("tasks", "--format", "json"))[0]["overdue"]
    assert printed(run("tasks", "--format", "json", "--on", "2026-11-22"))[0]["overdue"]


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ([], 2),
        (["--kind", "visit"], 1),
        (["--state", "done"], 1),
        (["--state", "all"], 3),
        (["--division", COMMUNITY[:9]], 1),
        (["--division", "330110"], 2),
        (["--worker", "nobody"], 0),
    ],
)
def test_tasks_are_chosen_by_kind_state_division_and_worker(
    run: Run, session: Session, words: list[str], count: int
) -> None:
    TaskFactory(kind=TaskKind.VISIT, cycle="opened:2026-11-18")
    TaskFactory(resident=ResidentFactory(lives_in=OTHER_STREET_COMMUNITY))
    TaskFactory(state="done", settled_at=NOON)
    assert len(printed(run("tasks", "--format", "json", *words))) == count


def test_a_task_in_the_queue_has_no_worker(run: Run) -> None:
    TaskFactory(assignee_id=None)
    assert printed(run("tasks", "--format", "json"))[0]["worker"] is None


def test_an_account_sees_its_own_scope_only(
    run: Run, worker: Account, make_account: MakeAccount
) -> None:
    mine = TaskFactory(assignee_id=worker.id)
    TaskFactory(resident=ResidentFactory(lives_in=OTHER_STREET_COMMUNITY))
    [line] = printed(run("tasks", "--format", "json", "--as", worker.name))
    assert line["id"] == mine.id
    clerk = make_account(Role.CLERK)
    assert run("tasks", "--as", clerk.name).exit_code == 1
    assert run("tasks", "--as", "nobody").exit_code == 1


def test_revealing_needs_an_account_and_a_reason(run: Run, worker: Account) -> None:
    assert run("tasks", "--reveal").exit_code == 2
    assert run("tasks", "--reveal", "--as", worker.name).exit_code == 2
    assert run("tasks", "--reveal", "--as", worker.name, "--reason", " ").exit_code == 2


def test_a_worker_reveals_the_numbers_of_their_own_cases_and_it_is_written_down(
    run: Run, worker: Account, session: Session
) -> None:
    case = CaseFactory(worker_id=worker.id)
    held = TaskFactory(resident=case.resident, assignee_id=worker.id)
    other = TaskFactory(assignee_id=worker.id, due_on=TODAY)
    words = ["--format", "json", "--reveal", "--as", worker.name, "--reason", "核对名册"]
    first, second = printed(run("tasks", *words))
    assert first["resident"]["id_number"] == held.resident.id_sealed
    assert "*" in second["resident"]["id_number"]
    act = AuditEntry.act == "resident:number:reveal"
    entry = session.scalars(select(AuditEntry).where(act)).one()
    assert (entry.resident_ids, entry.reason) == ([held.resident_id], "核对名册")
    assert other.resident_id not in entry.resident_ids


def test_the_street_reveals_in_its_own_division(
    run: Run, street: Account, session: Session
) -> None:
    task = TaskFactory()
    words = ["--format", "json", "--reveal", "--as", street.name, "--reason", "抽查"]
    [line] = printed(run("tasks", *words))
    assert line["resident"]["id_number"] == task.resident.id_sealed


def test_a_spreadsheet_gets_no_formula(run: Run) -> None:
    TaskFactory(resident=ResidentFactory(name="=1+1"))
    lines = list(csv.DictReader(run("tasks", "--format", "csv").stdout.splitlines()))
    assert lines[0]["name"] == "'=1+1"


def test_a_table_keeps_its_columns_in_line(run: Run) -> None:
    TaskFactory(resident=ResidentFactory(name="王建国"))
    TaskFactory(resident=ResidentFactory(name="阿卜杜热西提·买买提江"))
    result = run("tasks")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 3


def test_the_assignee_completes(run: Run, worker: Account, session: Session) -> None:
    task = TaskFactory(assignee_id=worker.id)
    assert run("task", "complete", str(task.id), "--as", worker.name).exit_code == 0
    assert state_of(session, task)[0] == "done"
    again = run("task", "complete", str(task.id), "--as", worker.name)
    assert again.exit_code == 1
    assert "刚刚已被处理" in again.stderr


def test_a_supervisor_of_the_place_may_and_a_stranger_may_not(
    run: Run, worker: Account, street: Account, make_account: MakeAccount, session: Session
) -> None:
    task = TaskFactory(assignee_id=worker.id)
    other = make_account(Role.WORKER)
    words = ["task", "dismiss", str(task.id), "--reason", "settled", "--as"]
    assert run(*words, other.name).exit_code == 1
    assert run(*words, street.name).exit_code == 0
    assert state_of(session, task)[0] == "dismissed"


def test_a_dismissal_needs_a_known_reason_and_no_visit(
    run: Run, worker: Account, session: Session
) -> None:
    task = TaskFactory(assignee_id=worker.id, kind=TaskKind.VISIT, cycle="since:2026-10-01")
    words = ["task", "dismiss", str(task.id), "--as", worker.name]
    assert run(*words).exit_code == 2
    assert run(*words, "--reason", "because").exit_code == 2
    assert run(*words, "--reason", "settled").exit_code == 1
    assert state_of(session, task)[0] == "open"


@pytest.mark.parametrize(("days", "code"), [(0, 1), (1, 0), (14, 0), (15, 1)])
def test_a_snooze_is_fourteen_days_at_most_and_leaves_the_task_open(
    run: Run, worker: Account, session: Session, days: int, code: int
) -> None:
    task = TaskFactory(assignee_id=worker.id)
    until = TODAY + timedelta(days=days)
    result = run("task", "snooze", str(task.id), "--as", worker.name, "--until", str(until))
    assert result.exit_code == code
    assert state_of(session, task) == ("open", None if code else until)


def test_the_clock_of_the_office_dates_the_trail(
    run: Run, worker: Account, session: Session
) -> None:
    run("tasks", "--as", worker.name)
    moment: datetime = session.scalars(select(AuditEntry.at)).one()
    assert moment == NOON
