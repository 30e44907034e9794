"""A form left open longer than the session lives keeps what was typed."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from models.staff import Account
from tests.factories import CaseFactory
from tests.journeys.conftest import PASSWORD, Site

AN_HOUR = 60 * 60 * 1000


def test_closing_a_case_survives_an_expired_session(
    phone: Page, site: Site, sign_in: Callable[[Page, Account], None]
) -> None:
    worker = site.worker()
    with site.records():
        case = CaseFactory(worker_id=worker.id)
    sign_in(phone, worker)
    phone.clock.install()
    phone.goto(f"/cases/{case.id}/close")
    phone.get_by_text("迁出本地").click()
    phone.get_by_label("说明").fill("搬去女儿家")
    phone.context.clear_cookies()
    phone.clock.fast_forward(AN_HOUR)
    phone.get_by_role("button", name="结案").click()
    with phone.context.expect_page() as opened:
        phone.get_by_role("link", name="去登录").click()
    sign_in(opened.value, worker)
    opened.value.close()
    expect(phone.get_by_label("说明")).to_have_value("搬去女儿家")
    phone.get_by_role("button", name="结案").click()
    phone.wait_for_url(f"**/residents/{case.resident_id}")
    expect(phone.get_by_text("搬去女儿家")).to_be_visible()


def test_a_visit_whose_session_expired_is_sent_after_signing_in(
    phone: Page, site: Site, sign_in: Callable[[Page, Account], None]
) -> None:
    worker = site.worker()
    with site.records():
        case = CaseFactory(worker_id=worker.id)
    sign_in(phone, worker)
    phone.goto(f"/visits/new?resident={case.resident_id}")
    phone.get_by_label("备注").fill("说好周五到站")
    phone.context.clear_cookies()
    phone.get_by_role("button", name="保存走访").click()
    phone.wait_for_url("**/login?**")
    phone.get_by_label("账号").fill(worker.name)
    phone.get_by_label("密码").fill(PASSWORD)
    phone.get_by_role("button", name="登录").click()
    expect(phone.get_by_text("走访已发出，记录在档案里。")).to_be_visible()
    phone.goto(f"/residents/{case.resident_id}")
    expect(phone.get_by_text("说好周五到站")).to_be_visible()
