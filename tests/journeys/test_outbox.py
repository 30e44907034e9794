"""A visit recorded in a stairwell: kept on the phone, sent once, by nobody else."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from circle.database import now
from models.cases import Case, Visit
from models.staff import Account
from tests.factories import CaseFactory
from tests.journeys.conftest import Site, until

pytestmark = pytest.mark.journey
SignIn = Callable[[Page, Account], None]


@pytest.fixture
def worker(site: Site) -> Account:
    return site.worker()


@pytest.fixture
def case(site: Site, worker: Account) -> Case:
    with site.records():
        opened_on = (now() - timedelta(days=40)).date()
        case: Case = CaseFactory(
            worker_id=worker.id, opened_on=opened_on, resident__name="阿卜杜热西提·买买提江"
        )
        return case


@pytest.fixture
def at_work(phone: Page, sign_in: SignIn, worker: Account) -> Page:
    """Signed in this morning, so that the phone keeps the empty form."""
    sign_in(phone, worker)
    until(phone, "localStorage.getItem('shell') !== null")
    phone.goto("/visits/outbox")
    until(phone, "navigator.serviceWorker.controller !== null")
    return phone


def recorded(site: Site, case: Case) -> list[Visit]:
    with site.records() as session:
        query = select(Visit).where(Visit.resident_id == case.resident_id).order_by(Visit.id)
        return list(session.scalars(query))


def fill_in_without_signal(page: Page, case: Case, note: str = "说想在附近上班") -> None:
    page.context.set_offline(True)
    page.goto(f"/visits/new?resident={case.resident_id}")
    keep = page.get_by_role("button", name="保存在手机里")
    # The service worker may hear a moment later than the page that there is no signal.
    for _ in range(5):
        if keep.is_visible():
            break
        page.wait_for_timeout(500)
        page.reload()
    page.get_by_label("备注").fill(note)
    keep.click()
    expect(page.get_by_role("heading", name="已保存在手机里")).to_be_visible()


def test_a_visit_without_signal_waits_and_is_sent_once(
    site: Site, at_work: Page, case: Case, accessible: Callable[[Page], None]
) -> None:
    fill_in_without_signal(at_work, case)
    expect(at_work.get_by_text("1条走访还没有发出")).to_be_visible()
    accessible(at_work)
    assert recorded(site, case) == []
    at_work.context.set_offline(False)
    expect(at_work.locator("#outbox")).to_be_hidden()
    [visit] = recorded(site, case)
    assert visit.note == "说想在附近上班"
    at_work.goto("/visits/outbox")
    expect(at_work.get_by_text("没有未发出的走访。")).to_be_visible()


def test_it_survives_signing_out_and_is_sent_after_signing_in(
    site: Site, at_work: Page, case: Case, worker: Account, sign_in: SignIn
) -> None:
    fill_in_without_signal(at_work, case)
    at_work.context.clear_cookies()
    at_work.context.set_offline(False)
    at_work.goto("/login")
    expect(at_work.get_by_text("这部手机里有1条走访没有发出，请登录后发送")).to_be_visible()
    assert recorded(site, case) == []
    with at_work.expect_response("**/visits"):
        sign_in(at_work, worker)
    expect(at_work.locator("#outbox")).to_be_hidden()
    assert len(recorded(site, case)) == 1


def test_another_person_on_the_same_phone_does_not_send_it(
    site: Site, at_work: Page, case: Case, sign_in: SignIn
) -> None:
    fill_in_without_signal(at_work, case)
    at_work.context.clear_cookies()
    at_work.context.set_offline(False)
    sign_in(at_work, site.worker())
    at_work.goto("/visits/outbox")
    expect(at_work.get_by_text("由另一个账号填写，请用那个账号登录后发出")).to_be_visible()
    assert recorded(site, case) == []


def test_a_refused_one_is_mended_and_sent(site: Site, at_work: Page, case: Case) -> None:
    at_work.context.set_offline(True)
    at_work.goto(f"/visits/new?resident={case.resident_id}")
    at_work.get_by_label("日期", exact=True).fill("2020-01-01")
    at_work.get_by_label("备注").fill("改日期后再发")
    at_work.get_by_role("button", name="保存在手机里").click()
    at_work.context.set_offline(False)
    expect(at_work.get_by_text("1条走访需要修改后再发")).to_be_visible()
    at_work.goto("/visits/outbox")
    expect(at_work.get_by_text("走访日期不能早于建档日期。")).to_be_visible()
    at_work.get_by_role("button", name="打开修改").click()
    expect(at_work.get_by_label("备注")).to_have_value("改日期后再发")
    at_work.get_by_label("日期", exact=True).fill(now().date().isoformat())
    at_work.get_by_role("button", name="保存走访").click()
    at_work.wait_for_url("**/todo")
    expect(at_work.locator("#outbox")).to_be_hidden()
    assert [visit.note for visit in recorded(site, case)] == ["改日期后再发"]


def test_one_that_should_not_be_sent_is_deleted_by_its_author(
    site: Site, at_work: Page, case: Case
) -> None:
    fill_in_without_signal(at_work, case)
    at_work.context.set_offline(True)
    at_work.on("dialog", lambda dialog: dialog.accept())
    at_work.route("**/visits/token", lambda route: route.abort())
    at_work.context.set_offline(False)
    at_work.goto("/visits/outbox")
    at_work.get_by_role("button", name="删除").click()
    expect(at_work.get_by_text("没有未发出的走访。")).to_be_visible()
    assert recorded(site, case) == []


def test_a_visit_with_signal_goes_straight_to_the_list(
    site: Site, at_work: Page, case: Case, accessible: Callable[[Page], None]
) -> None:
    at_work.goto(f"/visits/new?resident={case.resident_id}")
    accessible(at_work)
    at_work.get_by_text("到站", exact=True).click()
    at_work.get_by_role("button", name="保存走访").dblclick()
    at_work.wait_for_url("**/todo")
    expect(at_work.get_by_text("走访已记录。")).to_be_visible()
    [visit] = recorded(site, case)
    assert visit.channel.value == "station"


def test_what_is_wrong_is_shown_beside_its_field_with_all_that_was_typed(
    at_work: Page, case: Case, accessible: Callable[[Page], None]
) -> None:
    at_work.goto(f"/visits/new?resident={case.resident_id}")
    at_work.get_by_label("备注").fill("说好下周再谈")
    at_work.get_by_text("找到工作了").click()
    at_work.get_by_label("已经上岗").check()
    at_work.get_by_role("button", name="保存走访").click()
    expect(at_work.get_by_text("请填写单位或工作内容。").first).to_be_visible()
    expect(at_work.get_by_label("备注")).to_have_value("说好下周再谈")
    expect(at_work.locator("#outbox")).to_be_hidden()
    accessible(at_work)
