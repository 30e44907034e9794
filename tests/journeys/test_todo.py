"""The list in a hurry: put off with one thumb, taken back at once, walked with the keyboard."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, Route, expect

from circle.database import now
from models.sealed import PHONE_DOMAIN, current_keyring
from models.staff import Account
from models.tasks import Task
from tests.factories import ResidentFactory, TaskFactory
from tests.journeys.conftest import Site

pytestmark = pytest.mark.journey
NUMBER = "13812345678"


def with_tasks(site: Site, worker: Account, *names: str) -> list[Task]:
    """A lapse each, the first named due first."""
    on = now().date()
    phone_index = current_keyring().index_of(PHONE_DOMAIN, NUMBER)
    with site.records() as session:
        tasks: list[Task] = []
        for place, name in enumerate(names):
            resident = ResidentFactory(name=name, phone_sealed=NUMBER, phone_index=phone_index)
            due_on = on + timedelta(days=place)
            tasks.append(TaskFactory(resident=resident, assignee_id=worker.id, due_on=due_on))
        session.flush()
    return tasks


@pytest.mark.parametrize("device", ["phone", "desk"])
def test_a_line_is_put_off_and_taken_back(
    device: str,
    request: pytest.FixtureRequest,
    site: Site,
    sign_in: Callable[[Page, Account], None],
    accessible: Callable[[Page], None],
) -> None:
    page: Page = request.getfixturevalue(device)
    worker = site.worker()
    with_tasks(site, worker, "周建国", "李秀英")
    sign_in(page, worker)
    page.goto("/todo")
    expect(page.locator("#todo-total")).to_have_text("2人 · 2件")
    page.get_by_role("link", name="处理").first.click()
    dialog = page.get_by_role("dialog")
    dialog.locator("summary", has_text="延后").click()
    accessible(page)
    dialog.get_by_role("button", name="延后").click()
    expect(dialog).to_be_visible()  # a reason is missing, so nothing has happened
    dialog.get_by_text("联系不上").click()
    dialog.get_by_role("button", name="延后").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#todo-total")).to_have_text("1人 · 1件")
    page.locator("#toasts").get_by_role("button", name="撤销").click()
    expect(page.locator("#todo-total")).to_have_text("2人 · 2件")
    expect(page.get_by_role("link", name="周建国", exact=True)).to_be_visible()


def test_the_keyboard_walks_the_list(
    desk: Page, site: Site, sign_in: Callable[[Page, Account], None]
) -> None:
    worker = site.worker()
    tasks = with_tasks(site, worker, "周建国", "李秀英")
    sign_in(desk, worker)
    desk.goto("/todo")
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    expect(desk.locator(f"#line-{tasks[1].resident_id}")).to_be_focused()
    desk.keyboard.press("/")
    expect(desk.get_by_role("searchbox").or_(desk.locator("#text"))).to_be_focused()
    desk.locator(f"#line-{tasks[1].resident_id}").focus()
    desk.keyboard.press("k")
    desk.keyboard.press("v")
    desk.wait_for_url(f"**/visits/new?task={tasks[0].id}")


def test_a_call_brings_the_number_and_no_page_holds_it_before(
    phone: Page, site: Site, sign_in: Callable[[Page, Account], None]
) -> None:
    worker = site.worker()
    with_tasks(site, worker, "周建国")
    sign_in(phone, worker)
    phone.goto("/todo")
    assert NUMBER not in phone.content()
    answers: list[list[str]] = []

    def listen(route: Route) -> None:
        answer = route.fetch()
        answers.append(json.loads(answer.text())["phones"])
        route.fulfill(response=answer)

    phone.route("**/call", listen)
    phone.get_by_role("button", name="拨打电话").click()
    expect(phone.locator("#toasts").get_by_role("link", name=NUMBER)).to_be_visible()
    assert answers == [[NUMBER]]
