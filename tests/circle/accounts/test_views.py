from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from circle.accounts.views import LANDINGS
from models.audit import AuditEntry
from models.staff import Account
from models.vocabulary.staff import Role
from tests.circle.conftest import PASSWORD, MakeAccount, SignIn


def give(client: FlaskClient, account: Account, password: str = PASSWORD, back: str = "") -> str:
    answer = client.post(
        f"/login?next={back}", data={"name": f" {account.name} ", "password": password}
    )
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def test_a_worker_signs_in_and_comes_back_to_where_the_way_led(
    client: FlaskClient, make_account: MakeAccount
) -> None:
    assert give(client, make_account(Role.WORKER), back="/account") == "/account"
    assert client.get("/account").status_code == 200


def test_nobody_is_sent_to_another_site(client: FlaskClient, make_account: MakeAccount) -> None:
    assert give(client, make_account(Role.WORKER), back="//evil.example") == "/"


def test_signing_in_begins_a_session_of_a_new_content(
    client: FlaskClient, make_account: MakeAccount
) -> None:
    with client.session_transaction() as cookie:
        cookie["left_by"] = "somebody else"
    give(client, make_account(Role.WORKER))
    with client.session_transaction() as cookie:
        assert "left_by" not in cookie


def test_a_wrong_password_keeps_the_name_and_counts(
    client: FlaskClient, make_account: MakeAccount, session: Session
) -> None:
    account = make_account(Role.WORKER)
    answer = client.post("/login", data={"name": account.name, "password": "wrong"})
    assert answer.status_code == 422
    assert "账号或密码不正确" in answer.text
    assert f'value="{account.name}"' in answer.text
    assert "wrong" not in answer.text
    session.refresh(account)
    assert account.failed_count == 1


def test_an_empty_form_says_what_is_missing(client: FlaskClient) -> None:
    answer = client.post("/login", data={})
    assert answer.status_code == 422
    assert "请输入账号" in answer.text
    assert 'aria-describedby="name-error"' in answer.text


def test_guessing_is_slowed_down(client: FlaskClient) -> None:
    answers = [client.post("/login", data={}).status_code for _ in range(21)]
    assert answers[:20] == [422] * 20
    assert answers[20] == 429


def test_a_supervisor_sets_the_second_factor_up_and_uses_it_next_time(
    client: FlaskClient, app: Flask, make_account: MakeAccount, session: Session
) -> None:
    street = make_account(Role.STREET)
    assert give(client, street, back="/account") == "/login/enrol"
    assert client.get("/account").status_code == 302
    assert "<svg" in client.get("/login/enrol").text
    session.refresh(street)
    assert street.totp_secret
    secret = pyotp.TOTP(street.totp_secret)
    assert client.post("/login/enrol", data={"code": "12"}).status_code == 422
    answer = client.post("/login/enrol", data={"code": secret.now()})
    assert "恢复码" in answer.text
    assert answer.text.count("<li>") == 8
    assert client.get("/account").status_code == 200

    again = app.test_client()
    assert give(again, street, back="/account") == "/login/code"
    assert again.post("/login/code", data={"code": "000000"}).status_code == 422
    later = secret.at(datetime.now(UTC) + timedelta(seconds=30))
    answer = again.post("/login/code", data={"code": later})
    assert answer.location == "/account"
    assert again.get("/account").status_code == 200


def test_the_second_step_needs_the_first(client: FlaskClient) -> None:
    for address in ("/login/code", "/login/enrol"):
        assert client.get(address).location == "/login"
        assert client.post(address, data={"code": "000000"}).location == "/login"


def test_the_first_step_is_forgotten_after_five_minutes(
    client: FlaskClient, make_account: MakeAccount
) -> None:
    give(client, make_account(Role.STREET))
    with client.session_transaction() as cookie:
        cookie["pending_since"] -= 5 * 60 + 1
    assert client.get("/login/enrol").location == "/login"


def test_signing_out_ends_the_session(make_account: MakeAccount, sign_in: SignIn) -> None:
    client = sign_in(make_account(Role.WORKER))
    assert client.get("/logout").status_code == 405
    assert client.post("/logout").location == "/login"
    assert client.get("/account").status_code == 302


def test_a_changed_password_keeps_this_session(
    make_account: MakeAccount, sign_in: SignIn, session: Session
) -> None:
    account = make_account(Role.WORKER)
    client, other = sign_in(account), sign_in(account)
    form = {"old": PASSWORD, "new": "Another-1", "again": "Another-1"}
    wrong = client.post("/account/password", data={**form, "again": "Another-2"})
    assert (wrong.status_code, "两次输入的新密码不一致" in wrong.text) == (422, True)
    assert client.post("/account/password", data=form).status_code == 302
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 302


def test_language_and_type_size_are_kept_with_the_account(
    make_account: MakeAccount, sign_in: SignIn, session: Session
) -> None:
    account = make_account(Role.WORKER)
    client = sign_in(account)
    client.post("/account/language", data={"language": "en", "back": "/account"})
    client.post("/account/type", data={"large": "yes"})
    page = sign_in(account).get("/account").text
    assert '<html lang="en"' in page
    assert 'data-type="large"' in page


def test_a_visitor_can_change_the_language(client: FlaskClient) -> None:
    assert client.post("/account/language", data={"language": "en"}).status_code == 302
    assert '<html lang="en"' in client.get("/login").text
    client.post("/account/language", data={"language": "xx"})
    assert '<html lang="en"' in client.get("/login").text


@pytest.mark.parametrize("role", list(Role))
def test_every_role_lands_somewhere(
    app: Flask, make_account: MakeAccount, sign_in: SignIn, role: Role
) -> None:
    answer = sign_in(make_account(role, division="330110")).get("/")
    if LANDINGS.get(role) in app.view_functions:
        assert answer.status_code == 302
    else:
        assert "还没有建成" in answer.text


def test_an_administrator_unlocks(
    make_account: MakeAccount, sign_in: SignIn, session: Session
) -> None:
    locked = make_account(Role.WORKER)
    locked.locked_until = datetime.now(UTC) + timedelta(minutes=10)
    session.commit()
    client = sign_in(make_account(Role.SECURITY_ADMIN, division="330110"))
    assert "已锁定" in client.get("/accounts").text
    client.post(f"/accounts/{locked.id}/unlock")
    session.refresh(locked)
    assert locked.locked_until is None


def test_a_fresh_token_is_handed_to_what_waited_on_the_phone(
    make_account: MakeAccount, sign_in: SignIn
) -> None:
    account = make_account(Role.WORKER)
    answer = sign_in(account).get("/account/token")
    assert answer.get_json()["account"] == account.name
    assert answer.get_json()["token"]


def test_an_old_password_leads_to_the_page_that_changes_it(
    app: Flask, make_account: MakeAccount, sign_in: SignIn, session: Session
) -> None:
    account = make_account(Role.AUDITOR)
    account.password_changed_at = datetime.now(UTC) - timedelta(days=91)
    session.commit()
    client = sign_in(account)
    assert client.get("/audit").status_code == 200
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, password_max_age_days=90)
    try:
        assert client.get("/audit").location == "/account/password"
        assert "已使用超过 90 天" in client.get("/account/password").text
    finally:
        app.extensions["settings"] = settings


def test_a_copy_of_the_cookie_opens_nothing_after_signing_out(
    make_account: MakeAccount, sign_in: SignIn
) -> None:
    account = make_account(Role.WORKER)
    client, copy = sign_in(account), sign_in(account)
    client.post("/logout")
    assert copy.get("/account").status_code == 302


def test_guessing_the_old_password_locks_and_ends_the_session(
    make_account: MakeAccount, sign_in: SignIn, session: Session
) -> None:
    account = make_account(Role.WORKER)
    client = sign_in(account)
    form = {"new": "Another-1", "again": "Another-1"}
    for _ in range(5):
        assert client.post("/account/password", data={**form, "old": "guess"}).status_code == 422
    session.refresh(account)
    assert account.locked_until is not None
    assert client.get("/account").status_code == 302
    failures = select(func.count()).where(AuditEntry.act == "account:password:fail")
    assert session.scalar(failures) == 5
