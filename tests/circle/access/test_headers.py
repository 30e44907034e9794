from flask.testing import FlaskClient

from models.vocabulary.staff import Role
from tests.circle.conftest import COMMUNITY, MakeAccount, SignIn

FILE = "/static/manifest.webmanifest?v=1"


def test_a_file_of_a_named_version_may_lie_in_every_cache(client: FlaskClient) -> None:
    with client.get(FILE) as answer:
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"].startswith("public")
    with client.get(FILE, headers={"If-None-Match": answer.headers["ETag"]}) as again:
        assert again.status_code == 304
        assert again.headers["Cache-Control"].startswith("public")


def test_a_page_behind_the_address_of_a_file_is_nobody_elses(
    make_account: MakeAccount, sign_in: SignIn
) -> None:
    """The page for a missing file has the person's menu and the token of their forms."""
    client = sign_in(make_account(Role.WORKER))
    for address in ("/static/missing.js?v=1", "/missing.js?v=1"):
        answer = client.get(address)
        assert answer.status_code == 404
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_public_page_fetched_with_a_session_stays_in_that_browser(
    make_account: MakeAccount, sign_in: SignIn
) -> None:
    answer = sign_in(make_account(Role.WORKER)).get(f"/r/{COMMUNITY}/poster")
    assert answer.status_code == 200
    assert "public" not in answer.headers["Cache-Control"]
