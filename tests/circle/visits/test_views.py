"""The visit form: filled in, refused with everything kept, sent by an outbox."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from circle.cases.operations import hand_over_case
from circle.database import now, today
from models.audit import AuditEntry
from models.cases import Case, Placement, Visit
from models.staff import Account
from models.tasks import Task
from models.vocabulary.staff import Role
from tests.circle.conftest import COMMUNITY, OTHER_COMMUNITY, MakeAccount, SignIn
from tests.factories import CaseFactory, ResidentFactory, TaskFactory, use

JSON = {"Accept": "application/json"}


@pytest.fixture
def worker(make_account: MakeAccount, session: Session) -> Account:
    use(session)
    return make_account(Role.WORKER, covers=(COMMUNITY,))


@pytest.fixture
def case(session: Session, worker: Account, app: Flask) -> Case:
    with app.app_context():
        opened_on = today() - timedelta(days=40)
    case: Case = CaseFactory(worker=worker, opened_on=opened_on, resident__name="周建国")
    session.commit()
    return case


@pytest.fixture
def phone(sign_in: SignIn, worker: Account) -> FlaskClient:
    return sign_in(worker)


def answers(app: Flask, case: Case, **changed: Any) -> dict[str, Any]:  # noqa: ANN401 - form values
    with app.app_context():
        usual = {
            "uuid": str(uuid.uuid4()),
            "resident": str(case.resident_id),
            "visited_on": today().isoformat(),
            "channel": "phone",
            "reached": "yes",
            "next_step": "none",
        }
    return {**usual, **changed}


def visits(session: Session) -> int:
    return session.scalars(select(func.count()).select_from(Visit)).one()


def test_the_form_opens_ready_to_be_saved(phone: FlaskClient, case: Case) -> None:
    page = phone.get(f"/visits/new?resident={case.resident_id}")
    assert page.status_code == 200
    assert "周建国" in page.text
    chosen = re.findall(r'<input checked [^>]*name="(\w+)"[^>]*value="(\w*)"', page.text)
    assert ("channel", "phone") in chosen
    assert ("reached", "yes") in chosen


def test_a_visit_is_recorded_and_written_into_the_trail(
    app: Flask, phone: FlaskClient, case: Case, session: Session
) -> None:
    answer = phone.post("/visits", data=answers(app, case, note="家里有老人"))
    assert answer.status_code == 302
    recorded = session.scalars(select(Visit)).one()
    assert (recorded.case_id, recorded.note) == (case.id, "家里有老人")
    acts = session.scalars(select(AuditEntry.act)).all()
    assert "visit:contact:record" in acts


def test_a_task_names_the_resident(
    app: Flask, phone: FlaskClient, case: Case, session: Session
) -> None:
    task = TaskFactory(resident=case.resident)
    data = answers(app, case, resident="", task=str(task.id), tasks=[str(task.id)])
    assert phone.post("/visits", data=data).status_code == 302
    session.refresh(task)
    assert task.state.value == "done"


def test_what_is_wrong_is_told_at_once_and_nothing_typed_is_lost(
    app: Flask, phone: FlaskClient, case: Case, session: Session
) -> None:
    with app.app_context():
        tomorrow = today() + timedelta(days=1)
    data = answers(
        app,
        case,
        visited_on=tomorrow.isoformat(),
        job_begun="y",
        note="已找到工作",
        wish_occupation="电工",
    )
    answer = phone.post("/visits", data=data)
    assert answer.status_code == 422
    for sentence in ("走访日期不能晚于今天。", "请填写单位或工作内容。", "请填写上岗日期。"):
        assert sentence in answer.text
    assert "已找到工作" in answer.text
    assert 'value="电工"' in answer.text
    assert visits(session) == 0


def test_an_outbox_gets_the_same_visit_for_the_same_number(
    app: Flask, phone: FlaskClient, case: Case, session: Session
) -> None:
    data = answers(app, case)
    first, second = (phone.post("/visits", data=data, headers=JSON) for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.get_json()["visit"] == second.get_json()["visit"]
    assert visits(session) == 1


def test_a_retry_is_received_though_the_case_has_gone_to_somebody_else(
    app: Flask, phone: FlaskClient, case: Case, session: Session, make_account: MakeAccount
) -> None:
    data = answers(app, case)
    assert phone.post("/visits", data=data, headers=JSON).status_code == 201
    other = make_account(Role.WORKER, covers=(OTHER_COMMUNITY,))
    hand_over_case(session, case, to=None, by=other, now=now())
    case.resident.lives_in = OTHER_COMMUNITY
    session.commit()
    assert phone.post("/visits", data=data, headers=JSON).status_code == 201
    assert phone.post("/visits", data=answers(app, case), headers=JSON).status_code == 404


def test_a_task_that_has_gone_leaves_the_resident_to_go_by(
    app: Flask, phone: FlaskClient, case: Case, session: Session
) -> None:
    data = answers(app, case, task="999999999")
    assert phone.post("/visits", data=data, headers=JSON).status_code == 201
    assert visits(session) == 1


def test_an_outbox_is_told_in_sentences_what_to_mend(
    app: Flask, phone: FlaskClient, case: Case
) -> None:
    answer = phone.post("/visits", data=answers(app, case, visited_on="2000-01-01"), headers=JSON)
    assert answer.status_code == 422
    assert answer.get_json()["problems"] == ["日期：走访日期不能早于建档日期。"]


def test_an_outbox_of_somebody_signed_out_is_told_to_sign_in(app: Flask, case: Case) -> None:
    stranger = app.test_client()
    for answer in (
        stranger.post("/visits", data=answers(app, case), headers=JSON),
        stranger.get("/visits/token", headers=JSON),
    ):
        assert answer.status_code == 401


def test_an_outbox_sends_with_a_fresh_token_only(
    app: Flask, phone: FlaskClient, case: Case, session: Session
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert phone.post("/visits", data=answers(app, case), headers=JSON).status_code == 400
    token = phone.get("/visits/token", headers=JSON).get_json()["token"]
    headers = {**JSON, "X-CSRFToken": token}
    assert phone.post("/visits", data=answers(app, case), headers=headers).status_code == 201
    assert visits(session) == 1


def test_what_one_filled_in_is_not_sent_by_another(
    app: Flask, phone: FlaskClient, case: Case, session: Session
) -> None:
    answer = phone.post("/visits", data=answers(app, case, account="999999"), headers=JSON)
    assert answer.status_code == 409
    assert visits(session) == 0


def test_nobody_outside_the_place_records_a_visit(
    app: Flask, sign_in: SignIn, make_account: MakeAccount, case: Case
) -> None:
    stranger = sign_in(make_account(Role.WORKER, covers=(OTHER_COMMUNITY,)))
    assert stranger.post("/visits", data=answers(app, case)).status_code == 404
    assert stranger.get(f"/visits/new?resident={case.resident_id}").status_code == 404
    clerk = sign_in(make_account(Role.CLERK))
    assert clerk.get("/visits/shell").status_code == 403


def test_the_shell_kept_on_a_phone_names_nobody(
    phone: FlaskClient, case: Case, worker: Account
) -> None:
    page = phone.get("/visits/shell")
    assert page.status_code == 200
    assert case.resident.name not in page.text
    assert worker.display_name not in page.text


def test_the_service_worker_is_served_from_the_top(client: FlaskClient) -> None:
    answer = client.get("/sw.js")
    assert answer.status_code == 200
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"


def test_a_visit_is_corrected_by_who_recorded_it(
    app: Flask,
    phone: FlaskClient,
    sign_in: SignIn,
    make_account: MakeAccount,
    case: Case,
    session: Session,
) -> None:
    job = {
        "job_begun": "y",
        "job_kind": "contract",
        "job_employer": "仓前中心小学",
        "job_started_on": case.opened_on.isoformat(),
        "job_pay": "4800",
    }
    phone.post("/visits", data=answers(app, case, **job))
    recorded = session.scalars(select(Visit)).one()
    colleague = sign_in(make_account(Role.WORKER, covers=(COMMUNITY,)))
    assert colleague.get(f"/visits/{recorded.id}/edit").status_code == 404
    page = phone.get(f"/visits/{recorded.id}/edit")
    assert "仓前中心小学" in page.text
    changed = answers(app, case, **{**job, "job_pay": "5200"})
    assert phone.post(f"/visits/{recorded.id}/edit", data=changed).status_code == 302
    standing = session.scalars(select(Placement).where(Placement.removed_at.is_(None))).one()
    assert standing.pay_fen == 520_000
    assert (
        phone.post(
            f"/visits/{recorded.id}/edit", data=changed | {"uuid": str(uuid.uuid4())}
        ).status_code
        == 409
    )


def test_a_visit_is_removed_after_being_asked(
    app: Flask, phone: FlaskClient, case: Case, session: Session
) -> None:
    task = TaskFactory(resident=case.resident)
    phone.post("/visits", data=answers(app, case, tasks=[str(task.id)]))
    recorded = session.scalars(select(Visit)).one()
    page = phone.get(f"/visits/{recorded.id}/remove")
    assert "社保断缴提醒" in page.text
    assert phone.post(f"/visits/{recorded.id}/remove").status_code == 302
    session.expire_all()
    assert recorded.removed_at is not None
    state = session.scalars(select(Task.state).where(Task.id == task.id)).one()
    # Made by hand, so no rule finds it: opened again, then taken back by the sweep.
    assert state.value in {"open", "withdrawn"}


def test_somebody_without_a_case_is_offered_one(phone: FlaskClient, session: Session) -> None:
    resident = ResidentFactory()
    session.commit()
    page = phone.get(f"/visits/new?resident={resident.id}")
    assert f"/residents/{resident.id}/case" in page.text


@pytest.mark.parametrize("address", ["/visits/new", "/visits/new?task=999999999"])
def test_a_form_for_nobody_is_not_found(phone: FlaskClient, address: str) -> None:
    assert phone.get(address).status_code == 404
