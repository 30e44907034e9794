"""A list costs the same number of statements for one line and for fifty."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from models.audit import AuditEntry
from models.integrity import CheckFinding, CheckResult, CheckRun
from models.jobs import JobRun
from models.messages import Message
from models.places import Division, Position
from models.staff import Account
from models.vocabulary.integrity import CheckName
from models.vocabulary.jobs import JobName, JobState
from models.vocabulary.messages import MessageChannel, MessageKind
from models.vocabulary.places import level_of
from models.vocabulary.residents import CategoryCode
from models.vocabulary.staff import Role
from models.vocabulary.tasks import TaskKind
from tests.circle.conftest import COMMUNITY, DISTRICT, STREET, MakeAccount, SignIn
from tests.factories import (
    NOON,
    AccountFactory,
    BatchFactory,
    CaseFactory,
    CategoryFactory,
    PostFactory,
    ReferralFactory,
    ResidentFactory,
    ServiceFactory,
    StationFactory,
    TaskFactory,
    VisitFactory,
    use,
)

Line = Callable[[Session, Account], object]
FEW, MANY = 1, 50
MONTH = timedelta(days=30)
AUXILIARY = ("SAVEPOINT", "RELEASE", "BEGIN")


def task(_session: Session, reader: Account) -> None:
    resident = ResidentFactory()
    CategoryFactory(resident_id=resident.id, code=CategoryCode.HARD_TO_EMPLOY)
    for kind in (TaskKind.INSURANCE_LAPSE, TaskKind.ANOMALY):
        evidence = {"code": "retired_with_case", "on": "2026-10-01"}
        TaskFactory(resident=resident, kind=kind, assignee_id=reader.id, evidence=evidence)


def case(_session: Session, _reader: Account) -> None:
    case = CaseFactory(worker=AccountFactory())
    VisitFactory(case=case)
    CategoryFactory(resident_id=case.resident_id)


def service(_session: Session, _reader: Account) -> None:
    ServiceFactory(case=CaseFactory(), delivered_on=NOON.date(), recorded_by=AccountFactory().id)


def message(session: Session, _reader: Account) -> None:
    session.add(
        Message(
            resident=ResidentFactory(),
            kind=MessageKind.DIGEST,
            channel=MessageChannel.SMS,
            cycle="2026-W47",
            values={},
        )
    )


def batch(_session: Session, _reader: Account) -> None:
    BatchFactory(counts={"rows": 1})


def entry(session: Session, _reader: Account) -> None:
    resident = ResidentFactory()
    actor = AccountFactory()
    session.add(
        AuditEntry(
            at=NOON, account_id=actor.id, act="resident:file:read", resident_ids=[resident.id]
        )
    )


def account(_session: Session, _reader: Account) -> None:
    AccountFactory(covers=[COMMUNITY])


def job_run(session: Session, _reader: Account) -> None:
    session.add(
        JobRun(
            name=JobName.SEAL_AUDIT,
            slot=str(uuid4()),
            state=JobState.DONE,
            claimed_by="desk/1/2",
            lease_until=NOON,
            started_at=NOON,
            finished_at=NOON,
            counts={"sealed": 1},
        )
    )


def finding(session: Session, _reader: Account) -> None:
    """Of the newest check, which the first one makes."""
    run = session.scalars(select(CheckRun)).one_or_none()
    if run is None:
        run = CheckRun(started_at=NOON, finished_at=NOON, seconds=1)
        session.add(run)
        session.flush()
        result = {"name": CheckName.LAST_CONTACT, "count": MANY, "since": NOON, "seconds": 1}
        session.add(CheckResult(run_id=run.id, **result))
    resident = ResidentFactory()
    session.add(
        CheckFinding(
            run_id=run.id,
            name=CheckName.LAST_CONTACT,
            place=resident.id,
            resident_id=resident.id,
            details={"recorded": "2026-10-01"},
        )
    )


def post(session: Session, _reader: Account) -> None:
    """Each a little further from the middle of the community."""
    home = session.get_one(Division, COMMUNITY)
    home.latitude, home.longitude = 30.27, 120.01
    steps = session.scalar(select(func.count()).select_from(Position)) or 0
    place = Position(latitude=round(30.27 + steps / 10_000, 6), longitude=120.01)
    session.add(place)
    session.flush()
    PostFactory(published=True, position_id=place.id, valid_until=NOON.date() + MONTH)


def referral(_session: Session, reader: Account) -> None:
    ReferralFactory(case=CaseFactory(worker=reader, opened_on=NOON.date()))


def waiting_post(_session: Session, _reader: Account) -> None:
    PostFactory(description="限男性，需交押金。")


def station(_session: Session, _reader: Account) -> None:
    StationFactory()


def community(session: Session, _reader: Account) -> None:
    count = session.scalar(select(func.count()).select_from(Division)) or 0
    code = f"{STREET}{900 - count}"
    session.add(Division(code=code, level=level_of(code), name="又一个社区"))
    session.flush()


LISTS: dict[str, tuple[Role, Line]] = {
    "/todo": (Role.WORKER, task),
    "/cases": (Role.STREET, case),
    "/posts": (Role.STREET, post),
    "/reviews": (Role.STREET, waiting_post),
    "/employers": (Role.STREET, post),
    "/referrals": (Role.STREET, referral),
    "/stations": (Role.STREET, station),
    "/map": (Role.STREET, station),
    "/coverage": (Role.STREET, community),
    "/services": (Role.STREET, service),
    "/messages": (Role.STREET, message),
    "/imports": (Role.CLERK, batch),
    "/audit": (Role.AUDITOR, entry),
    "/accounts": (Role.SYSTEM_ADMIN, account),
    "/jobs/seal_audit": (Role.SYSTEM_ADMIN, job_run),
    "/integrity/last_contact": (Role.SYSTEM_ADMIN, finding),
}
PLACES = {Role.WORKER: COMMUNITY, Role.STREET: COMMUNITY[:9]}


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    heard: list[str] = []

    def note(*arguments: object) -> None:
        heard.append(str(arguments[2]))

    engine = session.connection().engine
    event.listen(engine, "before_cursor_execute", note)
    yield heard
    event.remove(engine, "before_cursor_execute", note)


def asked(session: Session, page: FlaskClient, address: str) -> tuple[int, str]:
    """How many statements the page took, and the page."""
    session.commit()
    session.expunge_all()
    with statements(session) as heard:
        answer = page.get(address)
    assert answer.status_code == 200
    return len([text for text in heard if not text.startswith(AUXILIARY)]), answer.text


@pytest.mark.parametrize("address", LISTS)
def test_fifty_lines_cost_what_one_costs(
    session: Session, make_account: MakeAccount, sign_in: SignIn, address: str
) -> None:
    use(session)
    role, line = LISTS[address]
    reader = make_account(role, division=PLACES.get(role, DISTRICT))
    page = sign_in(reader)
    line(session, reader)
    page.get(address)
    few, short = asked(session, page, address)
    for _ in range(MANY - FEW):
        line(session, session.merge(reader))
    many, long = asked(session, page, address)
    assert many == few
    assert long.count("\n") > short.count("\n") + MANY - FEW


def test_twenty_posts_on_the_notice_board_cost_what_one_costs(
    session: Session, make_account: MakeAccount, client: FlaskClient
) -> None:
    use(session)
    reader = make_account(Role.WORKER)
    post(session, reader)
    client.get(f"/p/{COMMUNITY}")
    few, short = asked(session, client, f"/p/{COMMUNITY}")
    for _ in range(MANY - FEW):
        post(session, reader)
    many, long = asked(session, client, f"/p/{COMMUNITY}")
    assert many == few
    assert long.count("\n") > short.count("\n") + MANY - FEW
