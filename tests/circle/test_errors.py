import pytest
from flask import Flask, abort, request
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from circle.database import current_session
from circle.refusals import NameTaken, NotFound

NUMBER = "330110198506151238"


@pytest.fixture
def client(app: Flask, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Routes that fail in every way, hung in for one test."""
    monkeypatch.setitem(app.view_functions, "access.healthz", fail)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", value=False)
    return app.test_client()


def fail() -> str:
    way = request.args["way"]
    if way == "refusal":
        raise NotFound
    if way == "taken":
        raise NameTaken("wang")
    if way == "database":
        current_session().execute(text("SELECT nothing FROM nowhere WHERE id = :n"), {"n": NUMBER})
    if way == "crash":
        raise ValueError(NUMBER)
    abort(int(way))


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 422, 429, 503])
def test_every_error_is_a_page_that_says_what_to_do(client: FlaskClient, status: int) -> None:
    answer = client.get("/healthz", query_string={"way": status})
    assert answer.status_code == status
    assert "回到首页" in answer.text


def test_a_refusal_speaks_its_sentence(client: FlaskClient) -> None:
    answer = client.get("/healthz?way=taken")
    assert answer.status_code == 409
    assert "账号名 wang 已被使用" in answer.text


def test_a_fragment_is_refused_with_a_toast(client: FlaskClient) -> None:
    answer = client.get("/healthz?way=refusal", headers={"HX-Request": "true"})
    assert answer.status_code == 404
    assert answer.headers["HX-Retarget"] == "#toasts"
    assert "<html" not in answer.text
    assert "没有找到" in answer.text


def test_a_program_is_refused_in_json(client: FlaskClient) -> None:
    answer = client.get("/healthz?way=refusal", headers={"Accept": "application/json"})
    assert answer.get_json()["message"].startswith("没有找到")


@pytest.mark.parametrize("way", ["crash", "database"])
def test_a_crash_tells_nobody_what_was_in_it(
    client: FlaskClient,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    way: str,
) -> None:
    answer = client.get("/healthz", query_string={"way": way})
    assert answer.status_code == 500
    assert "没有保存任何改动" in answer.text
    assert NUMBER not in answer.text
    assert NUMBER not in caplog.text
    assert "request_failed" in caplog.text


def test_an_unknown_address_is_a_page(client: FlaskClient) -> None:
    answer = client.get(f"/residents?id={NUMBER}")
    assert answer.status_code == 404
    assert NUMBER not in answer.text


def test_a_form_without_its_token_is_refused(app: Flask, session: Session) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = app.test_client().post("/login", data={"name": "x", "password": "y"})
    assert answer.status_code == 400
    assert "刷新后再提交" in answer.text


@pytest.mark.parametrize(
    ("path", "above"),
    [
        ("/e/answer/abc/invite", "/e/answer/abc"),
        ("/p/330110012004/7/complaint", "/p/330110012004/7"),
    ],
)
def test_loading_anew_what_a_form_sent_leads_to_its_page(
    client: FlaskClient, path: str, above: str
) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.location) == (302, above)


def test_an_address_with_no_page_above_it_says_so(client: FlaskClient) -> None:
    assert client.get("/progress/recommending/stop").status_code == 405
    assert client.put("/e/answer/abc/invite").status_code == 405
