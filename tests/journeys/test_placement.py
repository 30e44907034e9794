"""From an agency's file to three months in work, through every hand it passes."""

import re
import uuid
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine
from playwright.sync_api import FilePayload, Page, expect
from sqlalchemy import select

from circle.accounts.operations import NewAccount, add_account
from circle.cases.statements import Wish, state_wish
from circle.database import now, today
from circle.jobs import JOBS, run_due
from models.cases import Case
from models.referrals import Referral
from models.staff import Account
from models.vocabulary.jobs import JobName, SweepReason
from models.vocabulary.residents import WorkKind
from models.vocabulary.staff import Role
from reminders.sweep import sweep_residents
from tests.circle.imports.files import xlsx_of
from tests.factories import DISTRICT, CaseFactory, ResidentFactory
from tests.journeys.conftest import PASSWORD, Site

pytestmark = pytest.mark.journey
WATCHED = 60_000  # the machine may be busy
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SENT_BACK = "仓库搬运工"
HEADER = ["岗位名称", "企业名称", "招聘人数", "薪资", "所属社区", "工作地点", "岗位描述", "联系人"]
OFFERS = [
    ["水电维修工", "5500-7000", "负责教学楼水电日常维修，需低压电工证。"],
    ["食堂帮厨", "4000-4800", "早八晚四，双休。"],
    [SENT_BACK, "5000-6000", "限男性，能吃苦。"],
]


@pytest.mark.parametrize("device", ["phone", "desk"])
def test_from_an_agencys_file_to_three_months_in_work(
    device: str,
    request: pytest.FixtureRequest,
    site: Site,
    sign_in: Callable[[Page, Account], None],
    accessible: Callable[[Page], None],
) -> None:
    page: Page = request.getfixturevalue(device)
    employer = f"仓前实验小学{device}"
    worker, case = somebody_looking_for_work(site)

    def comes_in(account: Account) -> None:
        page.context.clear_cookies()
        sign_in(page, account)

    comes_in(site.clerk())
    batch = the_clerk_loads_the_file(page, site, employer)
    comes_in(reviewer(site))
    the_reviewer_publishes_all_but_one(page, batch, accessible)
    comes_in(worker)
    the_worker_refers_to_two(page, case, employer, accessible)
    link = the_worker_asks_the_school(page, site, case)
    page.context.clear_cookies()
    the_school_hires(page, link, accessible)

    comes_in(worker)
    page.goto(f"/residents/{case.resident_id}")
    expect(page.locator("#referrals").get_by_text("已录用")).to_be_visible()
    expect(page.locator("#referrals").get_by_text("本人已在别处录用")).to_be_visible()
    expect(page.get_by_text("已上岗").first).to_be_visible()

    with days_later(7):
        night(site, case)
        comes_in(worker)
        the_worker_follows_up(page, case)
        page.goto(f"/residents/{case.resident_id}")
        expect(page.locator("#referrals").get_by_text("3个月：未到核查日")).to_be_visible()
    with days_later(93):
        night(site, case)
        comes_in(worker)
        the_worker_follows_up(page, case)
        page.goto(f"/residents/{case.resident_id}")
        expect(page.locator("#referrals").get_by_text("3个月：稳定就业中")).to_be_visible()
        accessible(page)


def somebody_looking_for_work(site: Site) -> tuple[Account, Case]:
    worker = site.worker()
    with site.records() as session:
        on = now().date()
        resident = ResidentFactory(name="周建国")
        case: Case = CaseFactory(
            resident=resident, worker_id=worker.id, opened_on=on - timedelta(days=5)
        )
        wish = Wish(kinds=(WorkKind.FULL_TIME,), occupation="水电工", pay_fen=500_000)
        state_wish(session, resident.id, wish, said_on=on, by=worker, now=now())
    return worker, case


def reviewer(site: Site) -> Account:
    with site.records() as session:
        new = NewAccount(
            name=f"reviewer-{uuid.uuid4().hex[:8]}",
            role=Role.REVIEWER,
            division=DISTRICT,
            password=PASSWORD,
            display_name="沈立",
        )
        return add_account(session, new, by=None, now=now())


def the_clerk_loads_the_file(page: Page, site: Site, employer: str) -> str:
    rows = [
        [title, employer, "1", pay, "葛巷社区", "葛巷路8号", text, "王老师"]
        for title, pay, text in OFFERS
    ]
    file: FilePayload = {
        "name": f"岗位_{employer}.xlsx",
        "mimeType": XLSX,
        "buffer": xlsx_of({"岗位": [["社区用工需求汇总表"], HEADER, *rows]}),
    }
    page.goto("/imports/new")
    page.get_by_label("数据来源").select_option("posts")
    page.get_by_label("文件", exact=True).set_input_files(file)
    page.get_by_label("先核对").uncheck()
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_text("正在排队")).to_be_visible()
    ran(site, JobName.IMPORT)
    expect(page.get_by_text("已入库。")).to_be_visible(timeout=WATCHED)
    return page.url.rpartition("/")[2]


def the_reviewer_publishes_all_but_one(
    page: Page, batch: str, accessible: Callable[[Page], None]
) -> None:
    page.goto(f"/reviews?batch={batch}")
    accessible(page)
    page.get_by_role("link", name="从第一个开始").click()
    for _ in OFFERS:
        title = page.locator("#what").inner_text()
        if SENT_BACK in title:
            expect(page.locator("mark").filter(has_text="限男").first).to_be_visible()
            accessible(page)
            page.get_by_role("button", name="退回", exact=True).click()
            expect(page.get_by_text(f"已退回“{SENT_BACK}”")).to_be_visible()
        else:
            page.get_by_role("button", name="发布", exact=True).click()
            expect(page.get_by_text(f"已发布“{title.strip()}”")).to_be_visible()


def the_worker_refers_to_two(
    page: Page, case: Case, employer: str, accessible: Callable[[Page], None]
) -> None:
    page.goto(f"/residents/{case.resident_id}")
    page.locator("#referrals").get_by_role("link", name="一起选岗位").click()
    page.get_by_role("searchbox", name="查找岗位或单位").fill(employer)
    page.get_by_role("button", name="查找").click()
    expect(page.get_by_text(SENT_BACK)).to_have_count(0)
    for title in ("水电维修工", "食堂帮厨"):
        page.get_by_role("checkbox", name=title).check()
    accessible(page)
    page.get_by_role("button", name="比较勾选的岗位").click()
    page.get_by_role("link", name="给本人看").click()
    expect(page.get_by_role("heading", name="您看看哪个合适")).to_be_visible()
    expect(page.get_by_text("周建国")).to_have_count(0)
    accessible(page)
    page.get_by_role("link", name="返回").click()
    page.get_by_label("本人当面表示愿意").check()
    page.get_by_label("本人同意把姓名").check()
    accessible(page)
    page.get_by_role("button", name="推荐", exact=True).click()
    expect(page.get_by_text("已推荐2个岗位。")).to_be_visible()
    expect(page.locator("#referrals").get_by_text("本人愿意")).to_have_count(2)


def the_worker_asks_the_school(page: Page, site: Site, case: Case) -> str:
    with site.records() as session:
        mine = session.scalars(select(Referral).where(Referral.case_id == case.id)).all()
        chosen = next(each.id for each in mine if each.post.title == "水电维修工")
    page.goto(f"/referrals/{chosen}")
    page.get_by_role("button", name="生成反馈链接").click()
    return page.locator("#link-address").inner_text()


def the_school_hires(page: Page, link: str, accessible: Callable[[Page], None]) -> None:
    page.goto(link[link.index("/e/") :])
    expect(page.get_by_text("周建国")).to_be_visible()
    page.get_by_text("已经录用").click()
    page.get_by_label("上岗日期").fill(office_day().isoformat())
    accessible(page)
    page.get_by_role("button", name="确定录用").click()
    expect(page.get_by_text("已收到您的反馈")).to_be_visible()
    expect(page.get_by_text("已记录录用")).to_be_visible()


def the_worker_follows_up(page: Page, case: Case) -> None:
    page.goto("/todo")
    expect(page.get_by_text("周建国").first).to_be_visible()
    page.goto(f"/residents/{case.resident_id}")
    task = page.locator(".file-task").filter(has_text="回访").first
    task.get_by_role("link", name="记录走访").click()
    page.get_by_label("备注").fill("干得顺手，单位也满意")
    page.get_by_role("button", name="保存走访").click()
    page.wait_for_url(re.compile("/todo"))


def office_day() -> date:
    """The day where the office is."""
    return (now() + timedelta(hours=8)).date()


def days_later(days: int) -> time_machine.travel:
    """The server lives in this process, and so do its clock and its sessions."""
    return time_machine.travel(now() + timedelta(days=days), tick=True)


def night(site: Site, case: Case) -> None:
    """What the nightly sweep does for this person."""
    with site.records() as session:
        sweep_residents(
            session,
            [case.resident_id],
            on=today(site.settings),
            now=now(),
            reason=SweepReason.NIGHTLY,
        )


def ran(site: Site, name: JobName) -> None:
    """What the scheduler's process does every few seconds."""
    job = next(job for job in JOBS if job.name is name)
    assert run_due(site.office, job) == 1
