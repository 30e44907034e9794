from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from circle.access import pages
from circle.access.headers import YEAR_SECONDS
from circle.access.navigation import MENU, navigation
from circle.access.person import begin
from models.vocabulary.months import month_of
from models.vocabulary.staff import Role
from tests.circle.conftest import PASSWORD, MakeAccount, SignIn

ENDPOINTS = {
    Role.WORKER: [
        "待办",
        "在册",
        "岗位",
        "企业",
        "服务台账",
        "推荐",
        "岗位周报",
        "消息",
        "地图",
        "我的",
    ],
    Role.STREET: [
        "待办",
        "在册",
        "岗位审核",
        "岗位",
        "企业",
        "服务台账",
        "推荐",
        "看板",
        "岗位周报",
        "消息",
        "地图",
        "匹配分量",
        "我的",
    ],
    Role.DISTRICT: [
        "待办",
        "在册",
        "岗位审核",
        "岗位",
        "企业",
        "服务台账",
        "导入",
        "推荐",
        "看板",
        "岗位周报",
        "消息",
        "地图",
        "匹配分量",
        "数据核对",
        "我的",
    ],
    Role.CLERK: ["导入", "我的"],
    Role.REVIEWER: ["岗位审核", "岗位", "企业", "地图", "我的"],
    Role.AUDITOR: ["审计", "我的"],
    Role.SYSTEM_ADMIN: ["地图", "匹配分量", "账号", "后台任务", "数据核对", "我的"],
    Role.SECURITY_ADMIN: ["账号", "我的"],
}


@pytest.fixture
def whole_menu(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every page of the menu, those not built yet included."""
    for endpoint, *_ in MENU:
        monkeypatch.setitem(app.view_functions, endpoint, lambda: "")
    monkeypatch.setattr("circle.access.navigation.url_for", lambda endpoint: f"/{endpoint}")


@pytest.mark.parametrize("role", list(ENDPOINTS))
def test_the_menu_shows_each_role_what_it_may_open(
    app: Flask, whole_menu: None, make_account: MakeAccount, role: Role
) -> None:
    with app.test_request_context("/"):
        begin(make_account(role))
        assert [item.label for item in navigation()] == ENDPOINTS[role]


def test_a_phone_shows_the_first_and_always_ones_own(
    app: Flask, whole_menu: None, make_account: MakeAccount
) -> None:
    with app.test_request_context("/"):
        begin(make_account(Role.DISTRICT))
        assert [item.label for item in navigation(4)] == ["待办", "在册", "岗位审核", "我的"]


def test_the_page_being_shown_is_marked(make_account: MakeAccount, sign_in: SignIn) -> None:
    client = sign_in(make_account(Role.AUDITOR))
    assert client.get("/audit").text.count('aria-current="page"') == 2
    assert client.get("/account/password").text.count('aria-current="page"') == 2


def test_instants_are_shown_in_the_offices_time(app: Flask) -> None:
    with app.app_context():
        assert pages.clock(datetime(2026, 11, 20, 16, 30, tzinfo=UTC)) == "2026-11-21 00:30"
        assert pages.clock(None) == ""


def test_months_are_shown_as_written() -> None:
    assert pages.month(month_of("2026-09")) == "2026-09"
    assert pages.month(None) == ""


def test_a_file_of_a_known_version_is_kept_for_long(client: FlaskClient, app: Flask) -> None:
    with app.test_request_context("/"):
        address = app.url_for("static", filename="css/circle.css")
    assert "?v=" in address
    answer = client.get(address)
    assert f"max-age={YEAR_SECONDS}" in answer.headers["Cache-Control"]
    answer.close()
    unversioned = client.get(address.partition("?")[0])
    assert "immutable" not in unversioned.headers["Cache-Control"]
    unversioned.close()


def test_the_language_chosen_before_signing_in_stays(
    client: FlaskClient, make_account: MakeAccount, session: Session
) -> None:
    account = make_account(Role.WORKER)
    client.post("/account/language", data={"language": "en"})
    client.post("/login", data={"name": account.name, "password": PASSWORD})
    assert '<html lang="en"' in client.get("/account").text
    session.refresh(account)
    assert account.language == "en"
