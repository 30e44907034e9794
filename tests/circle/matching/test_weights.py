"""Other weights: tried on today's lists before they are kept, and brought back."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.database import today
from circle.matching.components import COMPONENTS
from circle.matching.operations import set_weights
from circle.matching.weights import Changed, weights_of
from config import Settings
from models.audit import AuditEntry
from models.policy import PolicyValue, common_policy_on
from models.vocabulary.staff import Role
from tests.circle.conftest import DISTRICT, STREET, MakeAccount, SignIn
from tests.circle.matching.conftest import MakeWalk
from tests.factories import CaseFactory, PostFactory

FIRST = {"words": 40, "pay": 20, "walking": 25, "freshness": 5, "headcount": 5, "helped": 5}
BY_PAY = {**dict.fromkeys(COMPONENTS, 0), "pay": 100}


@pytest.fixture
def district(make_account: MakeAccount, sign_in: SignIn) -> FlaskClient:
    return sign_in(make_account(Role.DISTRICT, DISTRICT))


@pytest.fixture
def street(make_account: MakeAccount, sign_in: SignIn) -> FlaskClient:
    return sign_in(make_account(Role.STREET, STREET))


def in_force(session: Session) -> dict[str, int]:
    session.expire_all()
    return weights_of(common_policy_on(session, today(Settings())))


def near_and_well_paid(session: Session, walk: MakeWalk) -> int:
    """A case whose list turns over where only pay counts."""
    case = CaseFactory()
    day = today(Settings())
    common = {"published": True, "published_on": day, "valid_until": day}
    PostFactory(title="近的", position_id=walk(100), month_high_fen=400_000, **common)
    PostFactory(title="高薪的", position_id=walk(4000), month_high_fen=900_000, **common)
    session.commit()
    return int(case.id)


def test_the_page_shows_what_holds_today(street: FlaskClient) -> None:
    page = street.get("/matching/weights").text
    assert 'value="40"' in page
    assert "保存" not in page


def test_trying_shows_how_lists_change_and_changes_nothing(
    session: Session, district: FlaskClient, walk: MakeWalk
) -> None:
    case_id = near_and_well_paid(session, walk)
    page = district.get("/matching/weights", query_string=BY_PAY).text
    assert "1/1" in page
    assert f"档案{case_id}" in page
    assert "居民" not in page.partition("<main")[2]
    assert "保存，今天起生效" in page
    assert in_force(session) == FIRST


def test_the_same_weights_change_no_list(
    session: Session, district: FlaskClient, walk: MakeWalk
) -> None:
    near_and_well_paid(session, walk)
    page = district.get("/matching/weights", query_string=FIRST).text
    assert "推荐没有变化" in page
    assert "保存，今天起生效" not in page


@pytest.mark.parametrize(
    "wrong",
    [{"pay": -1}, {"pay": 101}, {"pay": "x"}, {"pay": ""}, dict.fromkeys(COMPONENTS, 0)],
    ids=["below", "above", "no number", "empty", "all nothing"],
)
def test_weights_that_are_none_are_refused(
    session: Session, district: FlaskClient, wrong: dict[str, object]
) -> None:
    given = {**FIRST, **wrong}
    tried = district.get("/matching/weights", query_string=given)
    assert tried.status_code == 422
    assert not any(words in tried.text for words in ("Number must", "Not a valid", "required."))
    assert district.post("/matching/weights", data=given).status_code == 422
    assert in_force(session) == FIRST


def test_what_is_kept_holds_from_today_and_can_be_brought_back(
    session: Session, district: FlaskClient
) -> None:
    for _ in range(2):
        assert district.post("/matching/weights", data=BY_PAY).status_code == 302
    assert in_force(session) == BY_PAY
    kept = session.scalars(select(PolicyValue).where(PolicyValue.name == "match_weights")).all()
    assert len(kept) <= 2
    entries = select(AuditEntry).where(AuditEntry.act == "matching:weights:set")
    first = session.scalars(entries.order_by(AuditEntry.id)).all()[0]
    assert first.details["after"] == BY_PAY
    assert "历次分量" in district.get("/matching/weights").text
    district.post("/matching/weights", data=FIRST)
    assert in_force(session) == FIRST


@pytest.mark.parametrize(
    ("role", "reads"),
    [(Role.STREET, 200), (Role.SYSTEM_ADMIN, 200), (Role.WORKER, 403), (Role.REVIEWER, 403)],
)
def test_only_the_district_keeps_weights(
    make_account: MakeAccount, sign_in: SignIn, role: Role, reads: int
) -> None:
    client = sign_in(make_account(role, DISTRICT))
    assert client.get("/matching/weights").status_code == reads
    assert client.post("/matching/weights", data=BY_PAY).status_code == 403


def test_a_list_moves_as_far_as_its_posts_do() -> None:
    assert Changed(1, 1, [1, 2, 3], [1, 2, 3]).moved == 0
    assert Changed(1, 1, [1, 2], [2, 1]).moved == 1
    turned = Changed(1, 1, [1, 2], [1, 3])
    assert (turned.new, turned.is_changed) == (1, True)


def test_the_later_of_two_in_a_day_holds(session: Session, make_account: MakeAccount) -> None:
    head, day = make_account(Role.DISTRICT, DISTRICT), today(Settings())
    for weights in (BY_PAY, FIRST):
        set_weights(session, weights, by=head, on=day)
    assert in_force(session) == FIRST
