"""Sign in, see whom to call, record it: the line is gone and the file shows the visit."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from circle.database import now
from models.staff import Account
from models.vocabulary.jobs import SweepReason
from reminders.sweep import sweep_residents
from tests.factories import CaseFactory
from tests.journeys.conftest import Site

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("device", ["phone", "desk"])
def test_a_visit_from_the_list_to_the_file(
    device: str,
    request: pytest.FixtureRequest,
    site: Site,
    sign_in: Callable[[Page, Account], None],
    accessible: Callable[[Page], None],
) -> None:
    page: Page = request.getfixturevalue(device)
    worker = site.worker()
    with site.records() as session:
        on = now().date()
        case = CaseFactory(
            worker_id=worker.id, opened_on=on - timedelta(days=20), resident__name="周建国"
        )
        sweep_residents(session, [case.resident_id], on=on, now=now(), reason=SweepReason.COMMAND)
        address = f"/residents/{case.resident_id}"

    sign_in(page, worker)
    page.goto("/todo")
    expect(page.get_by_text("周建国").first).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="记录走访").first.click()
    page.get_by_text("上门", exact=True).click()
    page.get_by_label("备注").fill("想做电工，孩子放学前要到家")
    accessible(page)
    page.get_by_role("button", name="保存走访").click()
    page.wait_for_url("**/todo")
    expect(page.get_by_text("走访已记录。")).to_be_visible()
    expect(page.get_by_text("周建国")).to_have_count(0)

    page.goto(address)
    expect(page.get_by_text("想做电工，孩子放学前要到家")).to_be_visible()
    page.get_by_role("link", name="更正").first.click()
    page.get_by_text("没有联系上", exact=True).click()
    page.get_by_role("button", name="保存更正").click()
    page.wait_for_url(re.compile(r"/residents/\d+"))
    page.goto("/todo")
    expect(page.get_by_text("周建国").first).to_be_visible()
