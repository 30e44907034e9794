from io import BytesIO

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from circle.access.bodies import FORM_BYTES
from models.vocabulary.staff import Role
from tests.circle.conftest import MakeAccount, SignIn

LARGE = b"x" * (FORM_BYTES + 1)


def upload(client: FlaskClient, address: str) -> int:
    data = {"file": (BytesIO(LARGE), "名册.csv")}
    return client.post(address, data=data, content_type="multipart/form-data").status_code


@pytest.mark.parametrize("address", ["/login", "/imports/new", "/logout", "/progress", "/visits"])
def test_nobody_from_the_street_sends_a_file(app: Flask, client: FlaskClient, address: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = True  # the token is looked for first, in the body
    assert upload(client, address) == 413


def test_a_clerk_sends_a_file_where_files_are_taken_and_nowhere_else(
    app: Flask, make_account: MakeAccount, sign_in: SignIn
) -> None:
    client = sign_in(make_account(Role.CLERK, division="330110"))
    assert upload(client, "/imports/new") == 302  # what it is will be guessed
    app.config["WTF_CSRF_ENABLED"] = True
    assert upload(client, "/account/type") == 413


def test_an_upload_never_lies_in_a_temporary_file(app: Flask) -> None:
    head = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    body = head + LARGE * 3 + b"\r\n--cut--\r\n"
    sent = {"data": body, "content_type": "multipart/form-data; boundary=cut"}
    with app.test_request_context("/imports/new", method="POST", **sent):
        assert isinstance(request.files["file"].stream, BytesIO)
        assert len(request.files["file"].read()) == len(LARGE) * 3


@pytest.mark.parametrize("address", ["/r/33%00", "/login?next=%00", "/progress?code=1&code=%00"])
def test_a_null_character_is_refused_before_any_database_sees_it(
    client: FlaskClient, address: str
) -> None:
    assert client.get(address).status_code == 400


def test_a_null_character_in_a_form_is_refused(client: FlaskClient) -> None:
    form = {"name": ["ok", "a\0b"], "password": "x"}
    assert client.post("/login", data=form).status_code == 400
