import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from circle.accounts.forms import safe_path
from models.staff import Account
from models.vocabulary.staff import Role
from tests.circle.conftest import MakeAccount, SignIn


def test_nobody_signed_in_is_led_to_sign_in_and_back(client: FlaskClient) -> None:
    answer = client.get("/audit?act=resident:")
    assert answer.status_code == 302
    assert answer.location == "/login?next=/audit%3Fact%3Dresident%3A"


def test_a_page_fetched_by_script_leads_the_whole_window_to_sign_in(client: FlaskClient) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/todo?kind=visit"}
    answer = client.get("/account", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/login?next=/todo"


def test_a_program_is_told_to_sign_in(client: FlaskClient) -> None:
    answer = client.get("/account/token", headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert answer.get_json()["error"] == "sign_in"


def test_a_role_without_the_permission_is_refused(
    make_account: MakeAccount, sign_in: SignIn
) -> None:
    answer = sign_in(make_account(Role.WORKER)).get("/audit")
    assert answer.status_code == 403
    assert "没有做这件事的权限" in answer.text


def test_an_account_outside_the_scope_does_not_exist(
    make_account: MakeAccount, sign_in: SignIn, session: Session
) -> None:
    administrator = make_account(Role.SYSTEM_ADMIN, division="330110012")
    stranger = make_account(Role.WORKER, division="330110001002")
    answer = sign_in(administrator).post(f"/accounts/{stranger.id}/unlock")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("change", "value"), [("session_epoch", 1), ("disabled_at", "now")], ids=["epoch", "disabled"]
)
def test_a_session_ends_with_the_password_or_the_account(
    make_account: MakeAccount, sign_in: SignIn, session: Session, change: str, value: object
) -> None:
    account = make_account(Role.WORKER)
    client = sign_in(account)
    assert client.get("/account").status_code == 200
    setattr(account, change, account.created_at if value == "now" else value)
    session.commit()
    assert client.get("/account").status_code == 302


def test_an_idle_session_ends(make_account: MakeAccount, sign_in: SignIn) -> None:
    client = sign_in(make_account(Role.WORKER))
    with client.session_transaction() as cookie:
        cookie["seen_at"] -= 30 * 60 + 1
    assert client.get("/account").location.startswith("/login")


def test_a_click_keeps_the_session_alive(make_account: MakeAccount, sign_in: SignIn) -> None:
    client = sign_in(make_account(Role.WORKER))
    with client.session_transaction() as cookie:
        cookie["seen_at"] -= 29 * 60
        before = cookie["seen_at"]
    assert client.get("/account").status_code == 200
    with client.session_transaction() as cookie:
        assert cookie["seen_at"] > before


def test_no_session_outlives_the_working_day(make_account: MakeAccount, sign_in: SignIn) -> None:
    client = sign_in(make_account(Role.WORKER))
    with client.session_transaction() as cookie:
        cookie["began_at"] -= 12 * 60 * 60 + 1
    assert client.get("/account").status_code == 302


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:x",
        "",
        "/a\nb",
        None,
    ],
)
def test_nobody_is_led_to_another_site(address: str | None) -> None:
    assert safe_path(address) is None


def test_a_path_of_this_site_is_kept() -> None:
    assert safe_path("/todo?kind=visit") == "/todo?kind=visit"


def test_pages_carry_a_strict_policy(client: FlaskClient) -> None:
    answer = client.get("/login")
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    nonce = policy.split("'nonce-")[1].split("'")[0]
    assert f'nonce="{nonce}"' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_account_behind_a_request_comes_with_one_statement(
    make_account: MakeAccount, sign_in: SignIn, session: Session
) -> None:
    account: Account = make_account(Role.WORKER, covers=("330110012004", "330110012005"))
    answer = sign_in(account).get("/account")
    assert "区划330110012004" in answer.text
    assert "区划330110012005" in answer.text
