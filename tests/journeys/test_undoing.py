"""The clerk has sent a wrong list: she sees whom taking it back concerns before she does so."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from circle.jobs import JOBS, run_due
from models.staff import Account
from models.vocabulary.jobs import JobName
from tests.circle.imports.files import number, xlsx_of
from tests.factories import OTHER_COMMUNITY
from tests.journeys.conftest import PHONE, Site
from tests.journeys.test_imports import fill, scheduler_looks

pytestmark = pytest.mark.journey
HEADER = ["姓名", "身份证号", "联系电话", "所属社区", "登记日期", "专员", "人员类别", "就业状态"]
MARKED = ["", OTHER_COMMUNITY, "2026-03-02", "", "就业困难人员", "失业"]
PEOPLE = 6


def test_undoing_is_foretold_without_being_waited_for(
    phone: Page,
    site: Site,
    sign_in: Callable[[Page, Account], None],
    accessible: Callable[[Page], None],
) -> None:
    page = phone
    numbers = [number(f"33012219800101{serial:03}") for serial in range(1, PEOPLE + 1)]
    rows = [[f"居民{'甲乙丙丁戊己'[at]}", each, *MARKED] for at, each in enumerate(numbers)]
    sign_in(page, site.clerk())
    page.goto("/imports/new")
    book = xlsx_of({"台账": [HEADER, *rows]})
    fill(page, "台账_下沙街道太炎社区三月底重报.xlsx", book, rehearsed=False, source="caseload")
    scheduler_looks(site)
    expect(page.get_by_text("已入库。")).to_be_visible()

    page.goto(f"{page.url}/undo")
    expect(page.get_by_text("等待推算")).to_be_visible()
    expect(page.get_by_role("button", name="撤回这一批")).to_be_visible()
    accessible(page)
    trying = next(job for job in JOBS if job.name is JobName.UNDO_TRIAL)
    assert run_due(site.office, trying) == 1
    expect(page.get_by_text("6 人有变化")).to_be_visible()
    expect(page.get_by_text("档案将去掉。").first).to_be_visible()
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("button", name="撤回这一批").click()
    scheduler_looks(site)
    expect(page.get_by_text("一切回到这个文件入库以前")).to_be_visible()
