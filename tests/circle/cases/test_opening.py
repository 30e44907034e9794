"""The pages on which a case is opened, closed and opened again."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.database import today
from models.cases import Case
from models.residents import Resident
from models.staff import Account
from models.tasks import Task
from models.vocabulary.cases import CaseOrigin, CloseReason
from models.vocabulary.tasks import TaskKind
from tests.circle.conftest import SignIn
from tests.factories import ResidentFactory, TaskFactory


@pytest.fixture
def resident(session: Session, worker: Account) -> Resident:
    resident: Resident = ResidentFactory(name="周建国")
    session.commit()
    return resident


def case_of(session: Session, resident: Resident) -> Case:
    session.expire_all()
    return session.scalars(select(Case).where(Case.resident_id == resident.id)).one()


def opening(app: Flask, days_ahead: int = 0) -> dict[str, str]:
    with app.app_context():
        opened_on = today() + timedelta(days=days_ahead)
    return {"opened_on": opened_on.isoformat(), "work_status": "unemployed"}


def test_a_reminder_leads_to_a_case_and_on_to_the_first_visit(
    app: Flask, sign_in: SignIn, session: Session, worker: Account, resident: Resident
) -> None:
    task = TaskFactory(resident=resident, kind=TaskKind.FIRST_REGISTRATION, cycle="2026-10-01")
    session.commit()
    client, address = sign_in(worker), f"/residents/{resident.id}/case?task={task.id}"
    assert "周建国" in client.get(address).text
    answer = client.post(address, data=opening(app))
    assert answer.location == f"/visits/new?resident={resident.id}"
    case = case_of(session, resident)
    assert (case.worker_id, case.origin) == (worker.id, CaseOrigin.REMINDER)
    assert session.get_one(Task, task.id).state.value == "done"
    assert client.post(address, data=opening(app)).status_code == 409


def test_a_date_in_the_future_is_told_on_the_form(
    app: Flask, sign_in: SignIn, session: Session, worker: Account, resident: Resident
) -> None:
    data = opening(app, days_ahead=1)
    answer = sign_in(worker).post(f"/residents/{resident.id}/case", data=data)
    assert answer.status_code == 422
    assert "建档日期不能晚于今天。" in answer.text
    assert data["opened_on"] in answer.text
    assert session.scalars(select(Case)).all() == []


def test_closing_names_what_it_ends_and_wants_a_reason(
    app: Flask, sign_in: SignIn, session: Session, worker: Account, resident: Resident
) -> None:
    client = sign_in(worker)
    client.post(f"/residents/{resident.id}/case", data=opening(app))
    address = f"/cases/{case_of(session, resident).id}/close"
    assert "走访提醒" in client.get(address).text
    refused = client.post(address, data={"note": "已搬走"})
    assert refused.status_code == 422
    assert "请选择结案原因。" in refused.text
    assert "已搬走" in refused.text
    assert client.post(address, data={"reason": "moved_out"}).status_code == 302
    assert case_of(session, resident).close_reason is CloseReason.MOVED_OUT


def test_a_supervisor_opens_a_closed_case_again(
    app: Flask,
    sign_in: SignIn,
    session: Session,
    worker: Account,
    street: Account,
    resident: Resident,
) -> None:
    client = sign_in(worker)
    client.post(f"/residents/{resident.id}/case", data=opening(app))
    number = case_of(session, resident).id
    client.post(f"/cases/{number}/close", data={"reason": "mistaken"})
    assert sign_in(street).post(f"/cases/{number}/reopen").status_code == 302
    assert case_of(session, resident).is_open
