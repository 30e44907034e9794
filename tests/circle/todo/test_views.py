import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from models.audit import AuditEntry
from models.cases import Case, Registration
from models.residents import Resident
from models.sealed import PHONE_DOMAIN, current_keyring
from models.staff import Account
from models.tasks import Task
from models.vocabulary.staff import Role
from models.vocabulary.tasks import TaskKind
from tests.circle.conftest import OTHER_STREET_COMMUNITY, MakeAccount, SignIn
from tests.circle.todo.conftest import TODAY
from tests.factories import COMMUNITY, NOON, CaseFactory, ResidentFactory, TaskFactory

PHONE = "13812345678"
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://localhost/todo?desk=mine"}


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def page(worker: Account, sign_in: SignIn) -> FlaskClient:
    return sign_in(worker)


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    heard: list[str] = []

    def note(*arguments: object) -> None:
        heard.append(str(arguments[2]))

    engine = session.connection().engine
    event.listen(engine, "before_cursor_execute", note)
    yield heard
    event.remove(engine, "before_cursor_execute", note)


def with_phone(session: Session, **facts: object) -> Resident:
    resident: Resident = ResidentFactory(**facts)
    resident.phone_sealed = PHONE
    resident.phone_index = current_keyring().index_of(PHONE_DOMAIN, PHONE)
    session.commit()
    return resident


def registered(session: Session, case: Case, phone: str) -> None:
    """A mini-form of the case that waits for a worker."""
    session.add(
        Registration(
            uuid=f"{case.id:036d}",
            division_code=COMMUNITY,
            submitted_on=TODAY,
            resident=case.resident,
            case=case,
            document_type=case.resident.document_type,
            name_sealed=case.resident.name,
            phone_sealed=phone,
            phone_index=current_keyring().index_of(PHONE_DOMAIN, phone),
            status=case.work_status,
            answers={},
            receipt_hash=str(case.id),
        )
    )


def state_of(session: Session, task: Task) -> str:
    session.refresh(task)
    return str(task.state)


@pytest.mark.parametrize("people", [1, 50])
def test_the_page_costs_eight_statements_at_most(
    session: Session, worker: Account, page: FlaskClient, people: int
) -> None:
    for _ in range(people):
        resident = ResidentFactory()
        for kind in (TaskKind.VISIT, TaskKind.INSURANCE_LAPSE):
            TaskFactory(resident=resident, kind=kind, assignee_id=worker.id)
    session.commit()
    session.expunge_all()
    with statements(session) as heard:
        answer = page.get("/todo")
    assert answer.text.count("todo-line") == people
    work = [text for text in heard if not re.match("SAVEPOINT|RELEASE|BEGIN", text)]
    assert len(work) <= 8, work


def test_a_line_says_why_in_a_sentence_and_since_when(
    session: Session, worker: Account, page: FlaskClient
) -> None:
    TaskFactory(
        assignee_id=worker.id,
        due_on=TODAY - timedelta(days=3),
        evidence={
            "kind": "employee_pension",
            "last_month": "2026-06",
            "first_missing": "2026-07",
            "closed_month": "2026-09",
            "months_paid": 18,
            "source": "insurance",
        },
    )
    session.commit()
    text = re.sub("<[^>]*>", "", page.get("/todo").text)
    assert "职工基本养老保险已缴至2026-06，2026-07起中断（数据截至2026-09）" in text
    assert "已超期3天" in text


def test_the_list_read_is_written_down_with_the_people_shown(
    session: Session, worker: Account, page: FlaskClient
) -> None:
    task = TaskFactory(assignee_id=worker.id)
    session.commit()
    page.get("/todo")
    entry = session.scalars(select(AuditEntry).where(AuditEntry.act == "todo:list:read")).one()
    assert entry.resident_ids == [task.resident_id]
    assert entry.account_id == worker.id


def test_nothing_to_do_says_so(page: FlaskClient) -> None:
    assert "待办已清" in page.get("/todo").text
    assert "这里没有待办" in page.get("/todo?when=overdue").text


def test_an_address_with_nonsense_is_the_list_itself(page: FlaskClient) -> None:
    answer = page.get("/todo?when=never&kind=&community=x1&desk=queue&after=1.2")
    assert answer.status_code == 200


def test_a_snooze_leaves_the_list_and_can_be_undone(
    session: Session, worker: Account, page: FlaskClient
) -> None:
    task = TaskFactory(assignee_id=worker.id)
    session.commit()
    data = {"snooze-until": "2026-12-05", "snooze-reason": "appointed"}
    answer = page.post(f"/todo/{task.id}/snooze", data=data, headers=HTMX)
    assert "已延后到2026-12-05" in answer.text
    assert f"/todo/{task.id}/take-back" in answer.text
    assert "todo-gone" in answer.text
    answer = page.post(f"/todo/{task.id}/take-back", headers=HTMX)
    assert "todo-line" in answer.text
    session.refresh(task)
    assert task.snoozed_until is None


@pytest.mark.parametrize("until", ["2026-11-21", "2026-12-06", ""])
def test_a_snooze_ends_within_fourteen_days(
    session: Session, worker: Account, page: FlaskClient, until: str
) -> None:
    task = TaskFactory(assignee_id=worker.id)
    session.commit()
    data = {"snooze-until": until, "snooze-reason": "appointed"}
    answer = page.post(f"/todo/{task.id}/snooze", data=data)
    assert answer.status_code == 422
    assert ("最迟到 2026-12-05" if until else "请选择日期") in answer.text


def test_a_dismissal_has_a_reason_and_can_be_undone(
    session: Session, worker: Account, page: FlaskClient
) -> None:
    task = TaskFactory(assignee_id=worker.id)
    session.commit()
    assert page.post(f"/todo/{task.id}/dismiss").status_code == 422
    answer = page.post(f"/todo/{task.id}/dismiss", data={"dismiss-reason": "settled"})
    assert answer.location == f"/todo/{task.id}"
    assert state_of(session, task) == "dismissed"
    page.post(f"/todo/{task.id}/take-back")
    assert state_of(session, task) == "open"


def test_a_visit_cannot_be_dismissed(session: Session, worker: Account, page: FlaskClient) -> None:
    task = TaskFactory(assignee_id=worker.id, kind=TaskKind.VISIT, cycle="since:2026-10-01")
    session.commit()
    assert "不需办理" not in page.get(f"/todo/{task.id}").text
    answer = page.post(f"/todo/{task.id}/dismiss", data={"dismiss-reason": "settled"})
    assert answer.status_code == 422
    assert "走访提醒不能直接关闭" in answer.text


def test_the_second_of_two_people_learns_that_it_is_done(
    session: Session, worker: Account, page: FlaskClient
) -> None:
    task = TaskFactory(assignee_id=worker.id)
    session.commit()
    assert page.post(f"/todo/{task.id}/complete", headers=HTMX).status_code == 200
    answer = page.post(f"/todo/{task.id}/complete", headers=HTMX)
    assert answer.status_code == 409
    assert "刚刚已被处理" in answer.text


def test_a_task_of_somebody_else_does_not_exist(
    session: Session, page: FlaskClient, make_account: MakeAccount
) -> None:
    other = make_account(Role.WORKER)
    task = TaskFactory(assignee_id=other.id)
    session.commit()
    assert page.get(f"/todo/{task.id}").status_code == 404
    assert page.post(f"/todo/{task.id}/complete").status_code == 404


def test_the_street_gives_what_waits_to_a_worker(
    session: Session, worker: Account, street: Account, sign_in: SignIn
) -> None:
    task = TaskFactory(assignee_id=None)
    session.commit()
    client = sign_in(street)
    assert "分配" in client.get(f"/todo/{task.id}").text
    headers = {**HTMX, "HX-Current-URL": "http://localhost/todo?desk=queue"}
    answer = client.post(
        f"/todo/{task.id}/hand-over", data={"hand-to": str(worker.id)}, headers=headers
    )
    assert "todo-gone" in answer.text
    session.refresh(task)
    assert (task.assignee_id, task.pinned) == (worker.id, True)


def test_a_whole_division_is_counted_after_it_is_shown(
    session: Session, street: Account, sign_in: SignIn
) -> None:
    TaskFactory(assignee_id=None)
    session.commit()
    client = sign_in(street)
    page = client.get("/todo?desk=division").text
    assert "todo-line" in page
    assert 'hx-get="/todo/counts?desk=division"' in page
    assert "1人 · 1件" in client.get("/todo/counts?desk=division").text


def test_nothing_is_given_to_somebody_who_does_not_cover_the_place(
    session: Session, street: Account, sign_in: SignIn, make_account: MakeAccount
) -> None:
    task = TaskFactory(assignee_id=None)
    far = make_account(Role.WORKER, division=OTHER_STREET_COMMUNITY)
    session.commit()
    answer = sign_in(street).post(f"/todo/{task.id}/hand-over", data={"hand-to": str(far.id)})
    assert answer.status_code == 422


def test_a_task_on_a_page_of_its_own_is_settled_without_the_list(
    session: Session, worker: Account, page: FlaskClient
) -> None:
    task = TaskFactory(assignee_id=worker.id)
    session.commit()
    assert "hx-post" in page.get(f"/todo/{task.id}", headers=HTMX).text
    assert "hx-post" not in page.get(f"/todo/{task.id}").text


def test_the_number_comes_when_it_is_called_and_the_call_is_written_down(
    session: Session, worker: Account, page: FlaskClient
) -> None:
    resident = with_phone(session)
    task = TaskFactory(resident=resident, assignee_id=worker.id)
    session.commit()
    assert PHONE not in page.get("/todo").text
    answer = page.post(f"/todo/{task.id}/call", headers={"Accept": "application/json"})
    assert answer.get_json() == {"phones": [PHONE]}
    assert f'href="tel:{PHONE}"' in page.post(f"/todo/{task.id}/call").text
    calls = session.scalars(select(AuditEntry).where(AuditEntry.act == "resident:phone:call"))
    assert [entry.resident_ids for entry in calls] == [[resident.id]] * 2


def test_who_registered_is_called_where_they_said_before_where_they_were_known(
    session: Session, worker: Account, page: FlaskClient
) -> None:
    resident = with_phone(session)
    case = CaseFactory(resident=resident, worker=worker, is_confirmed=False)
    task = TaskFactory(resident=resident, assignee_id=worker.id, case_id=case.id)
    registered(session, case, "13900001234")
    session.commit()
    answer = page.post(f"/todo/{task.id}/call", headers={"Accept": "application/json"})
    assert answer.get_json() == {"phones": ["13900001234", PHONE]}


def test_somebody_known_without_a_number_is_called_once_they_registered(
    session: Session, worker: Account, page: FlaskClient
) -> None:
    case = CaseFactory(worker=worker, is_confirmed=False)
    task = TaskFactory(resident=case.resident, assignee_id=worker.id, case_id=case.id)
    session.commit()
    assert f"/todo/{task.id}/call" not in page.get("/todo").text
    registered(session, case, PHONE)
    session.commit()
    assert f'action="/todo/{task.id}/call"' in page.get("/todo").text


def test_the_call_goes_through_a_task_of_ones_own(
    session: Session, worker: Account, page: FlaskClient
) -> None:
    resident = with_phone(session)
    TaskFactory(resident=resident, assignee_id=None, due_on=TODAY - timedelta(days=9))
    mine = TaskFactory(resident=resident, assignee_id=worker.id, kind=TaskKind.VISIT)
    session.commit()
    text = page.get("/todo").text
    assert re.findall(r'action="(/todo/\d+/call)"', text) == [f"/todo/{mine.id}/call"]


def test_a_typed_number_reaches_no_address_and_no_cookie(
    session: Session, page: FlaskClient
) -> None:
    resident = with_phone(session, name="王建国")
    for typed in (PHONE, resident.id_sealed):
        answer = page.post("/todo/search", data={"text": typed})
        assert answer.location == "/todo/search"
        with page.session_transaction() as cookie:
            assert str(typed) not in str(dict(cookie))
        assert "王建国" in page.get("/todo/search").text


def test_somebody_without_a_task_is_found_with_the_way_to_the_file(
    session: Session, page: FlaskClient
) -> None:
    resident = ResidentFactory(name="王建国", pinyin="wjg")
    session.commit()
    page.post("/todo/search", data={"text": "WJG"})
    text = page.get("/todo/search").text
    assert f'href="/residents/{resident.id}"' in text
    assert "没有待办事项" in text


def test_somebody_outside_the_scope_is_not_found(session: Session, page: FlaskClient) -> None:
    ResidentFactory(name="王建国", lives_in=OTHER_STREET_COMMUNITY)
    session.commit()
    page.post("/todo/search", data={"text": "王建国"})
    assert "没有找到" in page.get("/todo/search").text


@pytest.mark.parametrize("text", ["", "3301101985", "138123"])
def test_a_part_of_a_number_is_refused_with_advice(page: FlaskClient, text: str) -> None:
    answer = page.post("/todo/search", data={"text": text})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert not text or text not in answer.text


@pytest.mark.parametrize("hour", [15, 16])
def test_a_task_turns_overdue_at_midnight_in_shanghai_not_utc(
    session: Session, worker: Account, page: FlaskClient, sign_in: SignIn, hour: int
) -> None:
    """16:00 UTC is midnight of the following day at the office."""
    TaskFactory(assignee_id=worker.id, due_on=date(2026, 11, 21))
    session.commit()
    with time_machine.travel(datetime(2026, 11, 21, hour, tzinfo=UTC), tick=False):
        text = sign_in(worker).get("/todo?when=overdue").text
    assert ("todo-line" in text) is (hour == 16)


def test_the_clerk_has_no_list(make_account: MakeAccount, sign_in: SignIn) -> None:
    assert sign_in(make_account(Role.CLERK)).get("/todo").status_code == 403


def test_a_task_remembers_nothing_of_a_refused_act(
    session: Session, worker: Account, page: FlaskClient
) -> None:
    task = TaskFactory(assignee_id=worker.id)
    session.commit()
    page.post(f"/todo/{task.id}/dismiss", data={"dismiss-reason": "because"})
    assert state_of(session, task) == "open"
