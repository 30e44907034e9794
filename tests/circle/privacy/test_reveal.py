import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models.audit import AuditEntry
from models.residents import Resident
from models.sealed import PHONE_DOMAIN, current_keyring, document_domain
from models.staff import Account
from models.vocabulary.staff import Role
from tests.circle.access.test_scope import case, resident, task
from tests.circle.conftest import COMMUNITY, OTHER_COMMUNITY, MakeAccount, SignIn

NUMBER = "330110198506151238"
PHONE = "13812341234"


@pytest.fixture
def person(session: Session, divisions: None) -> Resident:
    known = resident(session, COMMUNITY)
    known.id_sealed = NUMBER
    known.id_index = current_keyring().index_of(document_domain(known.document_type), NUMBER)
    known.phone_sealed = PHONE
    known.phone_index = current_keyring().index_of(PHONE_DOMAIN, PHONE)
    session.commit()
    return known


@pytest.fixture
def worker(session: Session, make_account: MakeAccount, person: Resident) -> Account:
    account = make_account(Role.WORKER, covers=(COMMUNITY,))
    case(session, person, account)
    session.commit()
    return account


def ask(sign_in: SignIn, actor: Account, person: Resident, field: str, **said: str) -> TestResponse:
    form = {"field": field, "reason": "contact", **said}
    return sign_in(actor).post(f"/residents/{person.id}/reveal", data=form)


def last_act(session: Session) -> tuple[str, str | None]:
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    return entry.act, entry.reason


def test_the_worker_of_the_case_reveals_a_number_for_a_reason(
    session: Session, sign_in: SignIn, worker: Account, person: Resident
) -> None:
    answer = ask(sign_in, worker, person, "number", note="代办失业登记")
    assert answer.status_code == 200
    assert NUMBER in answer.text
    assert "1985-06-15" not in answer.text
    assert last_act(session) == ("resident:number:reveal", "contact: 代办失业登记")


@pytest.mark.parametrize(
    "said",
    [{"reason": ""}, {"reason": "because"}, {"reason": "other"}, {"reason": "other", "note": " "}],
)
def test_without_a_reason_nothing_is_revealed(
    session: Session, sign_in: SignIn, worker: Account, person: Resident, said: dict[str, str]
) -> None:
    answer = ask(sign_in, worker, person, "number", **said)
    assert answer.status_code == 422
    assert NUMBER not in answer.text
    assert session.scalars(select(AuditEntry)).all() == []


def test_a_field_that_does_not_exist_is_refused(
    sign_in: SignIn, worker: Account, person: Resident
) -> None:
    assert ask(sign_in, worker, person, "id_index").status_code == 422


def test_a_colleague_of_the_community_sees_the_file_and_not_the_number(
    sign_in: SignIn, worker: Account, person: Resident, make_account: MakeAccount
) -> None:
    colleague = make_account(Role.WORKER, covers=(COMMUNITY,))
    assert ask(sign_in, colleague, person, "number").status_code == 404
    assert ask(sign_in, colleague, person, "phone").status_code == 404


def test_whoever_holds_a_task_sees_the_phone_only(
    session: Session, sign_in: SignIn, person: Resident, make_account: MakeAccount
) -> None:
    caller = make_account(Role.WORKER, covers=(OTHER_COMMUNITY,))
    task(session, person, caller)
    session.commit()
    answer = ask(sign_in, caller, person, "phone")
    assert PHONE in answer.text
    assert last_act(session) == ("resident:phone:reveal", "contact")
    assert ask(sign_in, caller, person, "number").status_code == 404


@pytest.mark.parametrize("role", [Role.CLERK, Role.AUDITOR, Role.SYSTEM_ADMIN])
def test_other_roles_are_refused(
    sign_in: SignIn, person: Resident, make_account: MakeAccount, role: Role
) -> None:
    assert ask(sign_in, make_account(role), person, "number").status_code == 403


def test_what_is_not_recorded_is_said_so(
    sign_in: SignIn, worker: Account, person: Resident
) -> None:
    answer = ask(sign_in, worker, person, "address")
    assert answer.status_code == 422
    assert "没有这项信息" in answer.text


def test_nobody_reveals_a_whole_community(
    sign_in: SignIn, worker: Account, person: Resident
) -> None:
    client = sign_in(worker)
    form = {"field": "phone", "reason": "contact"}
    answers = [
        client.post(f"/residents/{person.id}/reveal", data=form).status_code for _ in range(61)
    ]
    assert answers[:60] == [200] * 60
    assert answers[60] == 429


@pytest.mark.parametrize("number", [NUMBER, PHONE])
def test_a_number_in_the_note_does_not_reach_the_trail(
    session: Session, sign_in: SignIn, worker: Account, person: Resident, number: str
) -> None:
    """Auditors read the reasons; they may not see numbers."""
    assert ask(sign_in, worker, person, "number", note=f"核对{number}").status_code == 200
    _, reason = last_act(session)
    assert reason is not None
    assert reason.startswith("contact: 核对")
    assert number not in reason
