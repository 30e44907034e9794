"""The jobs page and the integrity page: what they show, whom they let in, what a tap files."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.database import now
from circle.processes import this_process
from models.audit import AuditEntry
from models.integrity import CheckFinding, CheckResult, CheckRun
from models.jobs import JobRequest, JobRun, SchedulerProcess
from models.staff import Account
from models.vocabulary.imports import BatchState
from models.vocabulary.integrity import CheckName
from models.vocabulary.jobs import JobName, JobState
from models.vocabulary.staff import Role
from tests import factories
from tests.circle.conftest import (
    COMMUNITY,
    DISTRICT,
    OTHER_STREET_COMMUNITY,
    STREET,
    MakeAccount,
    SignIn,
)

EARLY = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
Plant = Callable[..., JobRun]


@pytest.fixture
def admin(make_account: MakeAccount) -> Account:
    return make_account(Role.SYSTEM_ADMIN, division=DISTRICT)


@pytest.fixture
def page(sign_in: SignIn, admin: Account) -> FlaskClient:
    return sign_in(admin)


@pytest.fixture
def has_run(session: Session) -> Plant:
    def plant(name: JobName, slot: str, **about: object) -> JobRun:
        values = {
            "state": JobState.DONE,
            "claimed_by": "desk/1/2",
            "lease_until": EARLY,
            "started_at": EARLY,
            "finished_at": EARLY + timedelta(seconds=65),
            "counts": {},
            **about,
        }
        run = JobRun(name=name, slot=slot, **values)
        session.add(run)
        session.commit()
        return run

    return plant


def beats(session: Session, moment: datetime, process: str | None = None) -> None:
    session.add(
        SchedulerProcess(process=process or this_process(), started_at=moment, heartbeat_at=moment)
    )
    session.commit()


def found(
    session: Session, name: CheckName, *residents: int | None, count: int | None = None
) -> None:
    run = CheckRun(started_at=EARLY, finished_at=EARLY, seconds=1.0)
    session.add(run)
    session.flush()
    for each in CheckName:
        mine = len(residents) if each is name else 0
        mine = count if each is name and count is not None else mine
        since = EARLY if mine else None
        session.add(CheckResult(run_id=run.id, name=each, count=mine, since=since, seconds=0.1))
    for place, resident_id in enumerate(residents, start=1):
        details = {"kind": "visit", "holder": "wanglili"}
        session.add(
            CheckFinding(
                run_id=run.id,
                name=name,
                place=place,
                record_id=70 + place,
                resident_id=resident_id,
                details=details,
            )
        )
    session.commit()


def test_a_new_office_has_jobs_that_never_ran_and_nobody_to_run_them(page: FlaskClient) -> None:
    shown = page.get("/jobs").text
    assert shown.count("还没有运行过") == len(JobName)
    assert "后台程序没有运行" in shown


def test_a_scheduler_that_beats_is_there(page: FlaskClient, session: Session) -> None:
    beats(session, now())
    shown = page.get("/jobs").text
    assert "后台程序没有运行" not in shown
    assert "运行中" in shown


@pytest.mark.parametrize("process", ["desk/1/2", None], ids=["silent", "gone at once"])
def test_a_scheduler_that_does_not_is_not(
    page: FlaskClient, session: Session, process: str | None
) -> None:
    if process:
        beats(session, now() - timedelta(seconds=61), process)
    else:
        host, number, _ = this_process().rsplit("/", 2)
        beats(session, now(), f"{host}/{number}/another")
    shown = page.get("/jobs").text
    assert "后台程序没有运行" in shown
    assert "没有响应" in shown


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({"counts": {"sealed": 3}}, ["完成", "封存 3 分钟", "1 分 5 秒"]),
        ({"counts": {}, "attempt": 2}, ["完成", "进程中断，已重新运行"]),
        ({"state": JobState.FAILED, "outcome": "OperationalError"}, ["失败", "数据库没有应答"]),
        ({"state": JobState.FAILED, "outcome": "KeyError"}, ["失败", "出错：KeyError"]),
        ({"state": JobState.INTERRUPTED, "outcome": "ProcessDied"}, ["进程中断，还没有重新运行"]),
        ({"state": JobState.RUNNING, "finished_at": None}, ["运行中", "前有响应"]),
        (
            {"counts": {"visit": {"raised": 2, "withdrawn": 1}, "anomaly": {"raised": 3}}},
            ["新增 5", "撤销 1"],
        ),
        ({"counts": {"checks": 26, "broken": 1, "findings": 9}}, ["1 项有问题，共 9 条"]),
        (
            {"counts": {"check": "last_contact", "mended": 4, "left": None}},
            ["修复 4 条，还剩 0 条"],
        ),
    ],
)
def test_what_came_of_a_run_is_said(
    page: FlaskClient, has_run: Plant, about: dict[str, object], words: list[str]
) -> None:
    has_run(JobName.SEAL_AUDIT, "once", **about)
    for address in ("/jobs", "/jobs/seal_audit"):
        shown = page.get(address).text
        assert [word for word in words if word not in shown] == [], address


def test_failures_of_the_last_days_are_counted(page: FlaskClient, has_run: Plant) -> None:
    for number in range(2):
        has_run(JobName.IMPORT, f"{number}", state=JobState.FAILED, started_at=now())
    has_run(JobName.IMPORT, "old", state=JobState.FAILED, started_at=now() - timedelta(days=8))
    assert "近7天失败 2 次" in page.get("/jobs").text


def test_a_history_pages_without_gap_or_repeat(page: FlaskClient, has_run: Plant) -> None:
    runs = [
        has_run(JobName.SEAL_AUDIT, f"{number}", started_at=EARLY + timedelta(minutes=number // 2))
        for number in range(53)
    ]
    first = page.get("/jobs/seal_audit").text
    assert first.count('job-run"') == 50
    before = next(run.id for run in runs if f"before={run.id}" in first)
    assert page.get(f"/jobs/seal_audit?before={before}").text.count('job-run"') == 3
    assert page.get("/jobs/seal_audit?state=failed").text.count('job-run"') == 0


def test_two_taps_file_one_request(page: FlaskClient, session: Session, admin: Account) -> None:
    for _ in range(2):
        assert page.post("/jobs/nightly_sweep/run").status_code == 302
    request = session.scalars(select(JobRequest)).one()
    assert (request.name, request.requested_by) == (JobName.NIGHTLY_SWEEP, admin.id)
    asked = select(AuditEntry).where(AuditEntry.act == "job:run:ask")
    assert len(session.scalars(asked).all()) == 1
    shown = page.get("/jobs").text
    assert "已要求，等待运行" in shown
    assert 'id="run-nightly_sweep"' not in shown


@pytest.mark.parametrize("address", ["/jobs/nothing", "/integrity/nothing"])
def test_what_does_not_exist_is_not_found(page: FlaskClient, address: str) -> None:
    assert page.get(address).status_code == 404


@pytest.mark.parametrize(
    "address", ["/jobs/integrity_mend/run", "/jobs/nothing/run", "/integrity/two_open_cases/mend"]
)
def test_what_cannot_be_asked_for_is_not_found(page: FlaskClient, address: str) -> None:
    assert page.post(address).status_code == 404


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM_ADMIN])
def test_only_the_system_administrator_keeps_the_jobs(
    sign_in: SignIn, make_account: MakeAccount, role: Role
) -> None:
    client = sign_in(make_account(role, division=DISTRICT))
    assert client.get("/jobs").status_code == 403
    assert client.post("/jobs/import/run").status_code == 403
    assert client.post("/integrity/last_contact/mend").status_code == 403


def test_a_page_that_refreshes_shows_the_part_alone(page: FlaskClient) -> None:
    for address in ("/jobs", "/integrity"):
        part = page.get(address, headers={"HX-Request": "true"}).text
        assert "<html" not in part
        assert 'class="stack"' in part


def test_before_the_first_check_the_page_says_so(page: FlaskClient) -> None:
    assert "还没有核对过" in page.get("/integrity").text
    assert page.get("/integrity/last_contact").status_code == 404


def test_order_is_one_glad_line(page: FlaskClient, session: Session) -> None:
    found(session, CheckName.LAST_CONTACT)
    shown = page.get("/integrity").text
    assert "没有发现问题" in shown
    assert f"未发现问题的 {len(CheckName)} 项" in shown


def test_a_fault_says_why_it_matters_and_what_helps(page: FlaskClient, session: Session) -> None:
    found(session, CheckName.TASK_HOLDER_GONE, None, count=300)
    shown = page.get("/integrity").text
    for words in ("待办在已停用账号名下", "300 条", "自 2026-11-22 起", "没有人看得到", "可以修复"):
        assert words in shown, words
    listed = page.get("/integrity/task_holder_gone").text
    assert "这里列出前 1 条，共 300 条" in listed
    assert "走访提醒" in listed
    assert "wanglili" in listed


def test_the_administrator_sees_masked_names_and_no_file(
    page: FlaskClient, session: Session
) -> None:
    factories.use(session)
    resident = factories.ResidentFactory(name="欧阳静娴", lives_in=COMMUNITY)
    found(session, CheckName.TASK_HOLDER_GONE, resident.id)
    listed = page.get("/integrity/task_holder_gone").text
    assert "欧阳静娴" not in listed
    assert f"居民 {resident.id}" in listed
    assert f"/residents/{resident.id}" not in listed
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.act, entry.resident_ids) == ("integrity:records:read", [resident.id])


def test_the_district_follows_the_link_and_mends_nothing(
    sign_in: SignIn, make_account: MakeAccount, session: Session
) -> None:
    client = sign_in(make_account(Role.DISTRICT, division=DISTRICT))
    factories.use(session)
    resident = factories.ResidentFactory(lives_in=COMMUNITY)
    found(session, CheckName.TASK_HOLDER_GONE, resident.id)
    listed = client.get("/integrity/task_holder_gone").text
    assert f"/residents/{resident.id}" in listed
    assert "确认修复" not in listed
    assert "现在核对" not in client.get("/integrity").text


def test_who_lives_elsewhere_is_counted_not_shown(
    sign_in: SignIn, make_account: MakeAccount, session: Session
) -> None:
    client = sign_in(make_account(Role.SYSTEM_ADMIN, division=STREET))
    factories.use(session)
    near = factories.ResidentFactory(lives_in=COMMUNITY)
    far = factories.ResidentFactory(lives_in=OTHER_STREET_COMMUNITY)
    found(session, CheckName.TASK_HOLDER_GONE, near.id, far.id)
    listed = client.get("/integrity/task_holder_gone").text
    assert f"居民 {near.id}<" in listed
    assert f"居民 {far.id}<" not in listed
    assert "另有 1 条不在您负责的区划内" in listed


def test_a_mend_is_asked_for_once_and_written_down(
    page: FlaskClient, session: Session, admin: Account
) -> None:
    found(session, CheckName.LAST_CONTACT, None)
    for _ in range(2):
        assert page.post("/integrity/last_contact/mend").location == "/integrity"
    request = session.scalars(select(JobRequest)).one()
    assert (request.name, request.argument) == (JobName.INTEGRITY_MEND, "last_contact")
    assert "正在修复" in page.get("/integrity").text


def test_readyz_tells_of_the_scheduler(client: FlaskClient, session: Session) -> None:
    told = client.get("/readyz").json
    assert told is not None
    assert (told["scheduler"], told["seconds_since_heartbeat"]) == ("silent", None)
    beats(session, now() - timedelta(seconds=5))
    told = client.get("/readyz").json
    assert told is not None
    assert told["scheduler"] == "ok"
    assert told["seconds_since_heartbeat"] >= 5


def test_whoever_waits_for_a_file_learns_that_nobody_works_on_it(
    sign_in: SignIn, make_account: MakeAccount, session: Session
) -> None:
    client = sign_in(make_account(Role.CLERK, division=DISTRICT))
    factories.use(session)
    batch = factories.BatchFactory(state=BatchState.RECEIVED, applied_at=None)
    session.commit()
    assert "后台程序没有运行" in client.get(f"/imports/{batch.id}").text
    beats(session, now())
    assert "后台程序没有运行" not in client.get(f"/imports/{batch.id}").text
