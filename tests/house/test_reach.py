"""Every door, tried by everybody, for the records of every place: the reading is ours.

Each request is taken back again, so that none sees what another has changed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from circle.access.limits import limiter
from circle.access.permissions import Permission
from circle.employers.links import make_link
from models.audit import AuditEntry
from models.cases import Registration
from models.messages import Message
from models.places import Division
from models.policy import policy_on
from models.posts import Complaint
from models.sealed import PHONE_DOMAIN, current_keyring
from models.staff import Account
from models.vocabulary.messages import (
    MessageChannel,
    MessageFailure,
    MessageKind,
    MessageState,
)
from models.vocabulary.places import ancestors_of, level_of
from models.vocabulary.posts import ComplaintReason
from models.vocabulary.referrals import ReferralStage
from models.vocabulary.residents import DocumentType, WorkStatus
from models.vocabulary.staff import Role
from tests import factories
from tests.circle.conftest import SignIn

HOME, NEXT_DOOR = factories.COMMUNITY, factories.OTHER_COMMUNITY
OTHER_STREET, OTHER_DISTRICT = "330110013001", "330106001001"
NAME = "欧阳静娴"
PLACES = (HOME, NEXT_DOOR, OTHER_STREET, OTHER_DISTRICT)
CASEWORK = frozenset({Role.WORKER, Role.STREET, Role.DISTRICT})
FILES = frozenset({Role.CLERK, Role.DISTRICT})
POSTS = CASEWORK | {Role.REVIEWER}
# Whom a permission is open to, where that is not those who do casework.
OPEN_TO = {
    Permission.READ_IMPORTS: FILES,
    Permission.FILE_IMPORT: FILES,
    Permission.UNDO_IMPORT: FILES,
    Permission.READ_BOARDS: frozenset({Role.STREET, Role.DISTRICT}),
    Permission.READ_AUDIT: frozenset({Role.AUDITOR}),
    Permission.MANAGE_ACCOUNTS: frozenset({Role.SYSTEM_ADMIN}),
    Permission.UNLOCK_ACCOUNT: frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN}),
    Permission.READ_JOBS: frozenset({Role.SYSTEM_ADMIN}),
    Permission.RUN_JOB: frozenset({Role.SYSTEM_ADMIN}),
    Permission.READ_INTEGRITY: frozenset({Role.SYSTEM_ADMIN, Role.DISTRICT}),
    Permission.MEND_RECORDS: frozenset({Role.SYSTEM_ADMIN}),
    Permission.KEEP_OWN_ACCOUNT: frozenset(Role),
    Permission.SEND_MESSAGES: frozenset({Role.STREET, Role.DISTRICT}),
    Permission.READ_POSTS: POSTS,
    Permission.SUBMIT_POST: POSTS,
    Permission.REVIEW_POST: frozenset({Role.REVIEWER, Role.STREET, Role.DISTRICT}),
    Permission.READ_EMPLOYERS: POSTS,
    Permission.MANAGE_EMPLOYERS: POSTS,
    Permission.MANAGE_STATIONS: frozenset({Role.STREET, Role.DISTRICT, Role.SYSTEM_ADMIN}),
}
DIVISION_OF = {
    Role.WORKER: HOME,
    Role.STREET: factories.STREET,
    Role.DISTRICT: factories.DISTRICT,
    Role.CLERK: factories.STREET,
    Role.REVIEWER: factories.STREET,
    Role.AUDITOR: factories.DISTRICT,
    Role.SYSTEM_ADMIN: factories.STREET,
    Role.SECURITY_ADMIN: factories.STREET,
}


@dataclass(frozen=True)
class Records:
    """The numbers of one place's records, by the names the addresses have for them."""

    place: str
    numbers: dict[str, int]


@pytest.fixture
def people(session: Session) -> dict[Role, Account]:
    factories.use(session)
    factories.load_places(session)
    session.add_all(
        Division(code=code, level=level_of(code), name=f"区划{code}")
        for code in ancestors_of(OTHER_DISTRICT)
        if code not in factories.PLACES
    )
    session.flush()
    return {
        role: factories.AccountFactory(role=role, division_code=division)
        for role, division in DIVISION_OF.items()
    }


@pytest.fixture
def records(session: Session, people: dict[Role, Account]) -> list[Records]:
    """In every place one of everything; at home all of it is in the worker's hands."""
    kept = [_records_of(place, people) for place in PLACES]
    session.commit()
    return kept


@pytest.fixture
def no_limits() -> Iterator[None]:
    limiter.enabled = False
    yield
    limiter.enabled = True


@pytest.mark.usefixtures("no_limits")
def test_everybody_reaches_what_is_theirs_and_nothing_else(
    app: Flask,
    session: Session,
    sign_in: SignIn,
    people: dict[Role, Account],
    records: list[Records],
) -> None:
    reached: set[str] = set()
    wrong = []
    for role, account in people.items():
        client = sign_in(account)
        for rule, method, permission in doors(app):
            for kept in records:
                status = _tried(client, session, rule, method, kept.numbers).status_code
                if not _fits(status, role, permission, kept.place):
                    wrong.append((role.value, method, rule.endpoint, kept.place, status))
                elif status not in {403, 404}:
                    reached.add(f"{method} {rule.endpoint}")
    assert wrong == []
    # The table proves nothing of a door that nobody came through.
    assert {f"{method} {rule.endpoint}" for rule, method, _ in doors(app)} == reached


@pytest.mark.usefixtures("no_limits")
def test_nobody_is_shown_a_person_without_a_row_in_the_trail(
    app: Flask,
    session: Session,
    sign_in: SignIn,
    people: dict[Role, Account],
    records: list[Records],
) -> None:
    """Forms sent back with their faults included: they show the person again."""
    home, silent, seen = records[0].numbers, [], set()
    client = sign_in(people[Role.WORKER])
    for rule, method, permission in doors(app):
        if OPEN_TO.get(permission, CASEWORK) != CASEWORK:
            continue
        nested = session.connection().begin_nested()
        before = session.scalar(select(func.max(AuditEntry.id))) or 0
        answer = client.open(_address(rule, home), method=method)
        rows = session.scalars(select(AuditEntry).where(AuditEntry.id > before)).all()
        told = home["resident_id"] in {number for row in rows for number in row.resident_ids}
        nested.rollback()
        session.expire_all()
        seen.add(answer.status_code)
        if answer.status_code in {200, 422} and NAME in answer.text and not told:
            silent.append(f"{method} {rule.endpoint} {answer.status_code}")
    assert silent == []
    assert {200, 422} <= seen


@pytest.mark.usefixtures("no_limits")
def test_a_visit_sent_back_with_its_faults_is_in_the_trail(
    session: Session, sign_in: SignIn, people: dict[Role, Account], records: list[Records]
) -> None:
    number = records[0].numbers["resident_id"]
    answer = sign_in(people[Role.WORKER]).post("/visits", data={"resident": str(number)})
    assert answer.status_code == 422
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.act, entry.resident_ids) == ("resident:form:read", [number])


@pytest.mark.parametrize("field", ["resident", "task"])
@pytest.mark.usefixtures("no_limits")
def test_no_visit_is_recorded_for_a_person_of_another_place(
    sign_in: SignIn, people: dict[Role, Account], records: list[Records], field: str
) -> None:
    client = sign_in(people[Role.WORKER])
    for foreign in records[1:]:
        number = foreign.numbers[f"{field}_id"]
        assert client.get(f"/visits/new?{field}={number}").status_code == 404
        assert client.post("/visits", data={field: str(number)}).status_code == 404


@pytest.mark.parametrize(
    "address",
    ["/residents/{}", "/todo/{}", "/visits/new?resident={}", "/visits/new?task={}"],
)
def test_a_number_no_column_holds_is_nobody(
    sign_in: SignIn, people: dict[Role, Account], records: list[Records], address: str
) -> None:
    client = sign_in(people[Role.WORKER])
    assert client.get(address.format("9" * 20)).status_code == 404
    assert client.get("/cases?after=2026-01-01." + "9" * 20).status_code == 200
    assert sign_in(people[Role.CLERK]).get("/imports?before=" + "9" * 20).status_code == 200
    trail = f"/audit?before={'9' * 20}&resident={'9' * 20}"
    assert sign_in(people[Role.AUDITOR]).get(trail).status_code == 200


def doors(app: Flask) -> list[tuple[Rule, str, Permission]]:
    """Every way through a guard that names a record."""
    return [
        (rule, method, permission)
        for rule in app.url_map.iter_rules()
        if (permission := getattr(app.view_functions[rule.endpoint], "guarded_by", None))
        and rule.arguments & set(ENTITY_ARGUMENTS)
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
    ]


ENTITY_ARGUMENTS = (
    "resident_id",
    "case_id",
    "task_id",
    "visit_id",
    "registration_id",
    "batch_id",
    "account_id",
    "employer_id",
    "post_id",
    "complaint_id",
    "service_id",
    "message_id",
    "referral_id",
    "station_id",
)


def _fits(status: int, role: Role, permission: Permission, place: str) -> bool:
    if role not in OPEN_TO.get(permission, CASEWORK):
        return status == 403
    if not place.startswith(DIVISION_OF[role]):
        return status == 404
    return status not in {401, 403, 404} and status < 500


def _tried(
    client: FlaskClient, session: Session, rule: Rule, method: str, numbers: dict[str, int]
) -> Any:  # noqa: ANN401 - the client's answer
    nested = session.connection().begin_nested()
    try:
        return client.open(_address(rule, numbers), method=method)
    finally:
        nested.rollback()
        session.expire_all()


def _address(rule: Rule, numbers: dict[str, int]) -> str:
    built = rule.build({name: numbers[name] for name in rule.arguments})
    assert built is not None, rule
    return built[1]


def _records_of(place: str, people: dict[Role, Account]) -> Records:
    """Of a home record the worker is the holder; elsewhere somebody else is."""
    holder = (
        people[Role.WORKER]
        if place == HOME
        else factories.AccountFactory(role=Role.WORKER, division_code=place)
    )
    resident = factories.ResidentFactory(lives_in=place, name=NAME)
    case = factories.CaseFactory(resident=resident, worker=holder)
    numbers = {
        "resident_id": resident.id,
        "case_id": case.id,
        "task_id": factories.TaskFactory(resident=resident, assignee=holder).id,
        "visit_id": factories.VisitFactory(case=case, recorder=holder).id,
        "registration_id": _registration_of(case, place).id,
        "batch_id": factories.BatchFactory(division_code=place).id,
        "account_id": holder.id,
        "number": factories.CategoryFactory(resident_id=resident.id).id,
        "station_id": factories.StationFactory(division_code=place).id,
        "service_id": factories.ServiceFactory(case=case, recorded_by=holder.id).id,
        "message_id": _message_to(resident).id,
        **_post_of(place, holder),
        **_referral_of(case, holder),
    }
    return Records(place, numbers)


def _message_to(resident: Any) -> Message:  # noqa: ANN401 - as the factory makes it
    session = factories.CaseFactory._meta.sqlalchemy_session  # noqa: SLF001 - the test's
    message = Message(
        resident=resident,
        kind=MessageKind.DIGEST,
        channel=MessageChannel.SMS,
        cycle="2026-W47",
        values={},
        state=MessageState.FAILED,
        failure=MessageFailure.REFUSED,
    )
    session.add(message)
    session.flush()
    return message


def _post_of(place: str, holder: Account) -> dict[str, int]:
    """An employer with a link and a post that somebody complains of."""
    session = factories.PostFactory._meta.sqlalchemy_session  # noqa: SLF001 - the test's
    employer = factories.OfferingEmployerFactory(division_code=place)
    post = factories.PostFactory(employer=employer, division_code=place)
    policy = policy_on(session, post.submitted_on)
    link, _ = make_link(session, employer, by=holder, now=factories.NOON, policy=policy)
    complaint = Complaint(uuid=str(uuid4()), post=post, reason=ComplaintReason.OTHER)
    session.add(complaint)
    session.flush()
    return {
        "employer_id": employer.id,
        "post_id": post.id,
        "complaint_id": complaint.id,
        "link_number": link.id,
    }


def _referral_of(case: Any, holder: Account) -> dict[str, int]:  # noqa: ANN401 - as the factory makes it
    """Somebody who wants a post, and a link for its employer to answer by."""
    session = factories.ReferralFactory._meta.sqlalchemy_session  # noqa: SLF001 - the test's
    post = factories.PostFactory(published=True, division_code=case.resident.lives_in)
    referral = factories.ReferralFactory(case=case, post=post, stage=ReferralStage.ACCEPTED)
    policy = policy_on(session, referral.offered_on)
    link, _ = make_link(
        session, post.employer, by=holder, now=factories.NOON, policy=policy, referral=referral
    )
    return {"referral_id": referral.id, "answer_link": link.id}


def _registration_of(case: Any, place: str) -> Registration:  # noqa: ANN401 - as the factory makes it
    session = factories.CaseFactory._meta.sqlalchemy_session  # noqa: SLF001 - the test's
    registration = Registration(
        uuid=f"00000000-0000-4000-8000-{int(place):012d}",
        division_code=place,
        submitted_on=date(2026, 11, 20),
        resident=case.resident,
        case=case,
        document_type=DocumentType.RESIDENT_ID,
        name_sealed=NAME,
        phone_sealed="13800138000",
        phone_index=current_keyring().index_of(PHONE_DOMAIN, place),
        status=WorkStatus.UNEMPLOYED,
        answers={},
        receipt_hash=place,
    )
    session.add(registration)
    session.flush()
    return registration
