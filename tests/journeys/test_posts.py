"""An employer is added and sends a post in by its link; everybody sees it, and one complains."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from circle.database import now, today
from circle.posts.operations import publish
from models.posts import Post
from models.staff import Account
from tests.factories import COMMUNITY, OfferingEmployerFactory, PostFactory
from tests.journeys.conftest import Site

pytestmark = pytest.mark.journey
Check = Callable[[Page], None]
SignIn = Callable[[Page, Account], None]


def test_from_the_licence_to_the_notice_board(
    site: Site, desk: Page, phone: Page, sign_in: SignIn, accessible: Check
) -> None:
    worker = site.worker()
    sign_in(desk, worker)
    name = f"仓前{uuid4().hex[:6]}物业服务有限公司"
    add_employer(desk, name, accessible)
    address = make_link(desk, accessible)
    title = send_in(phone, address, accessible)
    publish_as(site, title, worker)
    see_and_complain(phone, title, accessible)
    desk.goto("/posts?state=received")
    desk.get_by_role("link", name=title).click()
    expect(desk.get_by_text("被要求交钱")).to_be_visible()
    accessible(desk)


def add_employer(page: Page, name: str, accessible: Check) -> None:
    page.goto("/employers")
    accessible(page)
    page.get_by_role("link", name="登记企业").click()
    page.get_by_label("企业名称").fill(name)
    page.get_by_label("统一社会信用代码").fill("91110000600037341N")
    page.get_by_label("所在社区").select_option(COMMUNITY)
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert")).to_contain_text("校验码")
    accessible(page)
    page.get_by_label("统一社会信用代码").fill("")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.get_by_role("button", name="我看过营业执照").click()
    page.get_by_role("button", name="看过，信息一致").click()
    expect(page.get_by_text("林芳于")).to_be_visible()
    accessible(page)


def make_link(page: Page, accessible: Check) -> str:
    page.get_by_role("button", name="生成填报链接").click()
    shown = page.locator("#link-address").inner_text()
    accessible(page)
    return re.sub(r"^https?://[^/]+", "", shown.strip())


def send_in(page: Page, address: str, accessible: Check) -> str:
    page.goto(address)
    accessible(page)
    page.get_by_role("link", name="填报新岗位").click()
    title = f"水电维修工{uuid4().hex[:6]}"
    page.get_by_label("岗位名称").fill(title)
    page.get_by_label("职业", exact=False).first.press_sequentially("电工")
    expect(page.locator("#occupations option").first).to_have_attribute("value", "6-31-01-03 电工")
    page.get_by_role("button", name="提交审核").click()
    expect(page.get_by_role("alert")).to_contain_text("请填写薪酬")
    accessible(page)
    page.get_by_label("最低薪酬（元）").fill("5000")
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator(".post-own")).to_contain_text("5000元/月以上")
    expect(page.locator(".post-own")).to_contain_text("待审核")
    return title


def publish_as(site: Site, title: str, account: Account) -> None:
    with site.records() as session:
        post = session.scalars(select(Post).where(Post.title == title)).one()
        publish(session, post, by=account, on=today(site.settings), now=now())


def see_and_complain(page: Page, title: str, accessible: Check) -> None:
    page.goto(f"/p/{COMMUNITY}?q={title}")
    accessible(page)
    page.get_by_role("link", name=title).click()
    accessible(page)
    page.get_by_text("这个岗位有问题？告诉我们").click()
    page.get_by_text("被要求交钱").click()
    page.get_by_role("button", name="提交投诉").click()
    expect(page.get_by_text("谢谢您告诉我们")).to_be_visible()
    page.goto(f"/p/{COMMUNITY}?q={title}")
    expect(page.get_by_text("没有符合条件的岗位")).to_be_visible()


def test_a_closed_link_says_so_to_everybody(phone: Page, accessible: Check) -> None:
    phone.goto("/e/nothing")
    expect(phone.get_by_role("heading", level=1)).to_have_text("链接已失效")
    accessible(phone)


def test_a_full_poster_fits_its_sheet(site: Site, desk: Page, accessible: Check) -> None:
    with site.records():
        employer = OfferingEmployerFactory(
            name="杭州余杭仓前街道葛巷社区股份经济合作社物业管理有限公司"
        )
        for number in range(8):
            title = f"幼儿园保育员助理见习岗位（需健康证）{number}"
            PostFactory(employer=employer, title=title, published=True, pay_months=13)
    desk.goto(f"/p/{COMMUNITY}/poster")
    expect(desk.locator(".notices-list li")).to_have_count(6)
    sheet = desk.locator("main.poster")
    assert sheet.evaluate("sheet => sheet.scrollHeight <= sheet.clientHeight + 1")
    accessible(desk)
