"""A resident registers by the mini-form; the worker's list has the order; the worker confirms."""

import os
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import count

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from circle.database import now, session_scope
from circle.registration.answers import Answers
from circle.registration.operations import submit
from models.cases import Registration
from models.staff import Account
from models.tasks import Task
from models.vocabulary.documents import read_number
from models.vocabulary.residents import Sex, WorkStatus
from models.vocabulary.tasks import TaskKind
from tests.factories import COMMUNITY, ResidentFactory, number_of
from tests.journeys.conftest import Site, own_address

pytestmark = pytest.mark.journey
FORM = f"/r/{COMMUNITY}"
TAIL = "8000"
Check = Callable[[Page], None]
SignIn = Callable[[Page, Account], None]
numbers = count(300)


def new_number() -> str:
    return number_of(date(1990, 5, 17), Sex.FEMALE, next(numbers))


def look(page: Page, name: str) -> None:
    """Keep a picture where one is asked for."""
    folder = os.environ.get("CIRCLE_PICTURES")
    if folder:
        page.screenshot(path=f"{folder}/registration-{name}.png", full_page=True)


def forth(page: Page) -> None:
    page.locator("[data-forth]").click()


def tell_who(page: Page, number: str) -> None:
    forth(page)
    page.get_by_label("您的姓名").fill("阿依古丽·买买提")
    forth(page)
    page.get_by_label("身份证号码").fill(number)
    forth(page)
    page.get_by_label("手机号").fill("13800138000")
    forth(page)
    page.get_by_text("住在葛巷社区", exact=True).click()
    forth(page)


def tell_the_rest(page: Page) -> None:
    page.get_by_text("没有工作", exact=True).click()
    forth(page)
    for _ in range(5):
        forth(page)
    page.get_by_label("想做哪一行").fill("幼儿园保育员")
    for _ in range(6):
        forth(page)


def test_a_resident_registers_and_the_worker_confirms(
    phone: Page, desk: Page, site: Site, sign_in: SignIn, accessible: Check
) -> None:
    worker = site.only_worker()
    phone.goto(FORM)
    look(phone, "1-notice")
    accessible(phone)
    tell_who(phone, new_number())
    look(phone, "2-status")
    accessible(phone)
    tell_the_rest(phone)
    look(phone, "3-consents")
    accessible(phone)
    phone.get_by_role("button", name="提交登记").click()
    expect(phone.get_by_role("heading", name="登记成功")).to_be_visible()
    look(phone, "4-received")
    accessible(phone)
    code = phone.locator(".receipt-code").inner_text()

    phone.goto("/progress")
    phone.get_by_label("查询码").fill(code)
    phone.get_by_label("手机号后四位").fill(TAIL)
    look(phone, "5-ask")
    phone.get_by_role("button", name="查看").click()
    expect(phone.get_by_role("heading", name="等待专员联系")).to_be_visible()
    expect(phone.get_by_text("幼儿园保育员")).to_be_visible()
    look(phone, "6-progress")
    accessible(phone)

    with site.records() as session:
        registration = session.scalars(
            select(Registration).order_by(Registration.id.desc()).limit(1)
        ).one()
    sign_in(desk, worker)
    desk.goto("/todo")
    expect(desk.get_by_text("阿依古丽·买买提").first).to_be_visible()
    expect(desk.get_by_text("幼儿园保育员").first).to_be_visible()
    desk.locator(f'a[href="/cases/{registration.case_id}/registration"]').click()
    desk.wait_for_url(f"**/registrations/{registration.id}")
    look(desk, "7-statement")
    desk.set_viewport_size({"width": 390, "height": 844})
    look(desk, "7-statement-phone")
    desk.set_viewport_size({"width": 1440, "height": 900})
    accessible(desk)
    desk.get_by_role("button", name="查看登记的完整内容").click()
    desk.get_by_role("dialog").get_by_text("联系本人").click()
    desk.get_by_role("dialog").get_by_role("button", name="查看", exact=True).click()
    expect(desk.get_by_role("link", name="13800138000")).to_be_visible()
    desk.get_by_text("电话核实", exact=True).click()
    desk.get_by_role("button", name="确认核实").click()
    desk.wait_for_url("**/visits/new?task=*")

    phone.goto("/progress/registration")
    expect(phone.get_by_role("heading", name="已核实")).to_be_visible()


def test_what_was_typed_lives_through_a_lost_connection(phone: Page, site: Site) -> None:
    site.worker()
    phone.goto(FORM)
    tell_who(phone, new_number())
    tell_the_rest(phone)
    phone.context.set_offline(True)
    phone.get_by_role("button", name="提交登记").click()
    expect(phone.get_by_text("网络不通，还没有提交")).to_be_visible()
    phone.context.set_offline(False)
    phone.reload()
    expect(phone.get_by_text("已恢复您刚才填写的内容")).to_be_attached()
    forth(phone)
    expect(phone.get_by_label("您的姓名")).to_have_value("阿依古丽·买买提")
    while phone.locator("[data-forth]").is_visible():
        forth(phone)
    phone.get_by_role("button", name="提交登记").click()
    expect(phone.get_by_role("heading", name="登记成功")).to_be_visible()
    phone.goto(FORM)
    forth(phone)
    expect(phone.get_by_label("您的姓名")).to_have_value("")


def test_a_mistyped_number_is_explained_where_it_was_typed(phone: Page, accessible: Check) -> None:
    phone.goto(FORM)
    forth(phone)
    forth(phone)
    expect(phone.get_by_text("请填写姓名")).to_be_visible()
    phone.get_by_label("您的姓名").fill("张建国")
    forth(phone)
    number = new_number()
    phone.get_by_label("身份证号码").fill(number[:-1] + ("1" if number[-1] != "1" else "2"))
    forth(phone)
    expect(phone.get_by_text("最后一位是校验码")).to_be_visible()
    look(phone, "8-wrong")
    accessible(phone)
    phone.go_back()
    expect(phone.get_by_label("您的姓名")).to_have_value("张建国")


def test_the_server_leads_back_to_the_question_it_refuses(phone: Page, site: Site) -> None:
    site.worker()
    phone.goto(FORM)
    tell_who(phone, number_of(date(2016, 5, 17), Sex.FEMALE, next(numbers)))
    tell_the_rest(phone)
    phone.get_by_role("button", name="提交登记").click()
    expect(phone.get_by_role("alert").get_by_text("年满 16 周岁")).to_be_visible()
    expect(phone.get_by_label("身份证号码")).to_be_visible()


def test_it_works_without_script(browser: object, site: Site, phone: Page) -> None:
    site.worker()
    context = phone.context.browser.new_context(  # type: ignore[union-attr] # it has one
        base_url=site.address,
        java_script_enabled=False,
        viewport={"width": 390, "height": 844},
        extra_http_headers=own_address(),
    )
    page = context.new_page()
    page.goto(FORM)
    look(page, "9-no-script")
    page.get_by_label("您的姓名").fill("李秀英")
    page.get_by_label("身份证号码").fill(new_number())
    page.get_by_label("手机号").fill("13800138000")
    page.get_by_text("住在葛巷社区", exact=True).click()
    page.get_by_text("没有工作", exact=True).click()
    page.get_by_role("button", name="提交登记").click()
    expect(page.get_by_role("heading", name="登记成功")).to_be_visible()
    context.close()


def test_the_poster_fits_one_page(desk: Page, accessible: Check) -> None:
    desk.goto(f"{FORM}/poster")
    look(desk, "10-poster")
    accessible(desk)
    desk.emulate_media(media="print")
    height = desk.evaluate("() => document.querySelector('.poster').getBoundingClientRect().height")
    assert height <= 297 * 96 / 25.4
    assert desk.evaluate("() => document.querySelector('.poster').scrollHeight") <= height + 1


def answers(number: str, form: str) -> Answers:
    return Answers(
        uuid=form,
        division_code=COMMUNITY,
        name="张建国",
        document=read_number(number, on=date(2026, 11, 21)),
        phone="13800138000",
        status=WorkStatus.UNEMPLOYED,
    )


def send(site: Site, number: str, form: str) -> str:
    with session_scope(site.engine) as session:
        return submit(session, answers(number, form), on=now().date(), now=now()).code


@pytest.mark.parametrize("is_known", [True, False])
def test_one_form_sent_many_times_at_once_is_one_registration(site: Site, is_known: bool) -> None:
    number, form = new_number(), str(uuid.uuid4())
    if is_known:
        with site.records():
            ResidentFactory(number=number)
    with ThreadPoolExecutor(4) as pool:
        codes = [pool.submit(send, site, number, form) for _ in range(4)]
    assert len({code.result() for code in codes}) == 1
    with site.records() as session:
        kept = select(func.count()).where(Registration.uuid == form)
        assert session.scalar(kept) == 1


def test_two_forms_of_one_person_at_once_make_one_order(site: Site) -> None:
    number, forms = new_number(), [str(uuid.uuid4()) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        sent = [pool.submit(send, site, number, form) for form in forms]
    assert len({each.result() for each in sent}) == 4
    with site.records() as session:
        orders = select(func.count()).where(Task.kind == TaskKind.ASSISTANCE, Task.cycle.in_(forms))
        assert session.scalar(orders) == 1
