from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.access.health import newest_migration, readiness
from circle.audit import record
from models.audit import AuditEntry
from models.jobs import SweepRun
from models.staff import Account
from models.vocabulary.jobs import SweepReason
from models.vocabulary.staff import Role
from tests.circle.conftest import MakeAccount, SignIn

# 2026-11-21 08:00 in the office
MORNING = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)


@pytest.fixture
def auditor(make_account: MakeAccount) -> Account:
    return make_account(Role.AUDITOR, division="330110")


@pytest.fixture
def trail(session: Session, make_account: MakeAccount) -> Account:
    worker = make_account(Role.WORKER, name="wanglili")
    for number in range(60):
        record(
            session,
            act="resident:file:read",
            actor=worker,
            now=MORNING.replace(minute=number % 60),
            resident_ids=[1000 + number, 5],
            reason="contact",
        )
    record(session, act="cases:list:export", actor=None, now=MORNING.replace(hour=16))
    session.commit()
    return worker


def lines(text: str) -> int:
    return text.count("<tr") - 1


def test_the_auditor_reads_who_looked_at_whom_and_why(
    sign_in: SignIn, auditor: Account, trail: Account
) -> None:
    page = sign_in(auditor).get("/audit").text
    assert lines(page) == 50
    assert "联系本人" in page
    assert "before=" in page


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ("resident=1007", 1),
        ("resident=5&account=wanglili", 50),
        ("resident=100", 0),
        ("act=cases:", 1),
        ("day=2026-11-22", 1),
        ("day=2026-11-20", 0),
        ("account=nobody", 0),
    ],
)
def test_filters_narrow_the_trail(
    sign_in: SignIn, auditor: Account, trail: Account, filters: str, count: int
) -> None:
    assert max(lines(sign_in(auditor).get(f"/audit?{filters}").text), 0) == count


def test_pages_follow_each_other_without_gap_or_repeat(
    sign_in: SignIn, auditor: Account, trail: Account, session: Session
) -> None:
    client = sign_in(auditor)
    fiftieth = session.scalars(
        select(AuditEntry.id).order_by(AuditEntry.id.desc()).offset(49).limit(1)
    ).one()
    assert lines(client.get(f"/audit?before={fiftieth}").text) == 11


def test_reading_the_trail_is_in_the_trail(
    sign_in: SignIn, auditor: Account, session: Session
) -> None:
    sign_in(auditor).get("/audit?act=x")
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.act, entry.account_id) == ("audit:trail:read", auditor.id)
    assert entry.address == "127.0.0.1"
    assert entry.request_id


def test_a_watchdog_sees_that_the_process_is_up_and_ready(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json()["migrations"] == "ok"


def test_readiness_tells_the_age_of_the_last_whole_sweep(session: Session) -> None:
    assert readiness(session, MORNING).facts["hours_since_sweep"] is None
    for is_whole, hour in ((True, 1), (False, 7)):
        session.add(
            SweepRun(
                on=MORNING.date(),
                reason=SweepReason.NIGHTLY,
                is_whole=is_whole,
                started_at=MORNING,
                finished_at=MORNING.replace(hour=hour),
                counts={},
            )
        )
    session.flush()
    assert readiness(session, MORNING.replace(hour=9)).facts["hours_since_sweep"] == 8.0


def test_the_newest_migration_is_named_by_its_number() -> None:
    assert newest_migration().isdecimal()
    assert newest_migration() >= "0008"
