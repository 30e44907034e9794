import re
from collections.abc import Iterator
from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from circle.employers.links import make_link
from models.employers import Employer
from models.places import Division, Position
from models.policy import policy_on
from models.posts import Complaint, Post, PostMove
from models.staff import Account
from models.vocabulary.posts import PayUnit, PostDoor, PostState
from models.vocabulary.staff import Role
from tests.circle.conftest import COMMUNITY, OTHER_COMMUNITY, MakeAccount, SignIn
from tests.factories import NOON, OfferingEmployerFactory, PostFactory, use

TODAY = date(2026, 11, 21)
FORM = {
    "title": "食堂帮厨",
    "occupation": "4-03-02-01",
    "kind": "full_time",
    "headcount": "2",
    "pay_unit": "month",
    "pay_low": "4000",
    "pay_high": "5000.50",
    "pay_months": "13",
    "hours": "day",
    "certificates": "健康证、 低压电工证",
    "helped": ["hard_to_employ"],
    "insurance_paid": "yes",
    "division": COMMUNITY,
    "position": "30.27,120.01",
    "system": "wgs84",
    "contact": "王师傅",
    "contact_phone": "13800138000",
    "valid_until": "2026-12-20",
}


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def worker(session: Session, make_account: MakeAccount) -> Account:
    use(session)
    return make_account(Role.WORKER)


@pytest.fixture
def employer(session: Session, worker: Account) -> Employer:
    made: Employer = OfferingEmployerFactory(name="仓前小学", name_key="仓前小学")
    session.commit()
    return made


@pytest.fixture
def page(worker: Account, sign_in: SignIn) -> FlaskClient:
    return sign_in(worker)


@pytest.fixture
def token(session: Session, worker: Account, employer: Employer) -> str:
    policy = policy_on(session, TODAY)
    _, token = make_link(session, employer, by=worker, now=NOON, policy=policy)
    session.commit()
    return token


def filled(**changes: object) -> dict[str, object]:
    return {**FORM, "uuid": str(uuid4()), **changes}


def only_post(session: Session) -> Post:
    return session.scalars(select(Post)).one()


def test_a_worker_sends_a_post_in_for_a_local_employer(
    session: Session, page: FlaskClient, employer: Employer, worker: Account
) -> None:
    form = filled()
    for _ in range(2):
        answer = page.post(f"/posts?employer={employer.id}", data=form)
        assert answer.status_code == 302
    post = only_post(session)
    assert (post.state, post.door, post.submitted_by) == (
        PostState.RECEIVED,
        PostDoor.FORM,
        worker.id,
    )
    assert (post.pay_low_fen, post.pay_high_fen, post.pay_months) == (400_000, 500_050, 13)
    assert post.month_low_fen == 433_333
    assert post.certificates == ["健康证", "低压电工证"]
    assert post.helped == ["hard_to_employ"]
    assert post.insurance_paid is True
    assert post.position is not None
    shown = page.get(answer.location).text
    assert "4000–5000.50元/月·13薪" in shown
    assert "13800138000" not in shown


def test_every_fault_of_the_form_is_told_at_once(page: FlaskClient, employer: Employer) -> None:
    wrong = filled(
        title="",
        occupation="不存在的职业",
        headcount="0",
        pay_low="5000",
        pay_high="4000",
        division="",
        position="村口",
        contact_phone="12",
        valid_until="2027-12-31",
    )
    answer = page.post(f"/posts?employer={employer.id}", data=wrong)
    assert answer.status_code == 422
    for words in (
        "请填写岗位名称",
        "职业分类里没有",
        "人数从 1 到 9999",
        "最高薪酬不能低于",
        "请选择工作地点",
        "看不懂这个坐标",
        "请填写手机号",
        "最迟到 2027-02-19",
    ):
        assert words in answer.text, words
    assert "不存在的职业" in answer.text


@pytest.mark.parametrize(
    ("changes", "fen"),
    [
        ({"pay_low": "", "pay_high": "", "negotiable": "y"}, (None, None)),
        ({"pay_low": "", "pay_high": "", "pay_unit": "piece"}, (None, None)),
        ({"pay_low": "24.5", "pay_high": "", "pay_unit": "hour"}, (2450, None)),
    ],
)
def test_pay_may_be_open_but_not_forgotten(
    session: Session,
    page: FlaskClient,
    employer: Employer,
    changes: dict[str, str],
    fen: tuple[int | None, int | None],
) -> None:
    address = f"/posts?employer={employer.id}"
    forgotten = page.post(address, data=filled(pay_low="", pay_high=""))
    assert "请填写薪酬" in forgotten.text
    assert page.post(address, data=filled(**changes)).status_code == 302
    post = only_post(session)
    assert (post.pay_low_fen, post.pay_high_fen) == fen


@pytest.mark.parametrize(
    "typed",
    [
        {"valid_until": "2026-13-45"},
        {"pay_high": "NaN"},
        {"pay_low": "sNaN"},
        {"pay_low": "Infinity"},
        {"title": "  \u200b "},
    ],
)
def test_what_is_no_day_no_amount_and_no_name_keeps_the_rest_of_what_was_typed(
    page: FlaskClient, employer: Employer, typed: dict[str, str]
) -> None:
    answer = page.post(f"/posts?employer={employer.id}", data=filled(**typed))
    assert answer.status_code == 422
    assert "王师傅" in answer.text


def test_amending_a_published_post_takes_it_back_to_review(
    session: Session, page: FlaskClient, employer: Employer
) -> None:
    page.post(f"/posts?employer={employer.id}", data=filled())
    post = only_post(session)
    post.state, post.published_on = PostState.PUBLISHED, TODAY
    session.commit()
    shown = page.get(f"/posts/{post.id}/edit")
    assert 'value="4000"' in shown.text
    assert "138****8000" in shown.text
    same = filled(contact_phone="")
    page.post(f"/posts/{post.id}/edit", data=same)
    session.refresh(post)
    assert post.state is PostState.PUBLISHED
    page.post(f"/posts/{post.id}/edit", data={**same, "title": "食堂切配"})
    session.refresh(post)
    assert (post.state, post.title) == (PostState.RECEIVED, "食堂切配")
    assert post.contact_phone == "13800138000"


def test_a_post_for_an_employer_next_door_but_not_of_another_district(
    session: Session, page: FlaskClient, worker: Account
) -> None:
    next_door = OfferingEmployerFactory(division_code=OTHER_COMMUNITY)
    session.merge(Division(code="330106", level="district", name="西湖区"))
    session.flush()
    far = OfferingEmployerFactory(division_code="330106")
    session.commit()
    assert page.get(f"/posts/new?employer={next_door.id}").status_code == 200
    assert page.post(f"/posts?employer={next_door.id}", data=filled()).status_code == 302
    assert page.get(f"/posts/new?employer={far.id}").status_code == 404
    elsewhere = page.post(f"/posts?employer={next_door.id}", data=filled(division=OTHER_COMMUNITY))
    assert elsewhere.status_code == 422


def test_posts_of_another_community_do_not_exist(
    session: Session, page: FlaskClient, worker: Account
) -> None:
    other = PostFactory(division_code=OTHER_COMMUNITY, title="外社区岗位")
    session.commit()
    assert "外社区岗位" not in page.get("/posts").text
    for address in (f"/posts/{other.id}", f"/posts/{other.id}/edit"):
        assert page.get(address).status_code == 404
    assert page.post(f"/posts/{other.id}/take-down").status_code == 404


@pytest.mark.parametrize("role", [Role.CLERK, Role.AUDITOR, Role.SECURITY_ADMIN])
def test_others_have_no_business_here(
    make_account: MakeAccount, sign_in: SignIn, role: Role
) -> None:
    client = sign_in(make_account(role, division="330110"))
    assert client.get("/posts").status_code == 403
    assert client.get("/posts/new").status_code == 403


def test_the_list_is_filtered_and_counted_alike(
    session: Session, page: FlaskClient, employer: Employer
) -> None:
    PostFactory(employer=employer, title="甲岗")
    PostFactory(employer=employer, title="乙岗", published=True, kind="gig")
    session.commit()
    assert "甲岗" in page.get("/posts?state=received").text
    assert "乙岗" not in page.get("/posts?state=received").text
    assert "乙岗" in page.get("/posts?kind=gig").text
    assert "甲岗" in page.get("/posts?q=仓前 小学").text
    assert "没有符合条件的岗位" in page.get("/posts?q=没有").text
    assert "共2个" in page.get("/posts?state=nonsense").text


def test_an_employer_sends_in_amends_and_takes_down_by_its_link(
    session: Session, client: FlaskClient, token: str
) -> None:
    assert client.get(f"/e/{token}/new").status_code == 200
    form = filled(division=OTHER_COMMUNITY)
    for _ in range(2):
        assert client.post(f"/e/{token}/posts", data=form).status_code == 302
    post = only_post(session)
    assert (post.door, post.submitted_by) == (PostDoor.LINK, None)
    assert "食堂帮厨" in client.get(f"/e/{token}").text
    client.post(f"/e/{token}/posts/{post.id}", data={**form, "title": "食堂切配"})
    client.post(f"/e/{token}/posts/{post.id}/headcount", data={"headcount": "9"})
    session.refresh(post)
    assert (post.title, post.headcount) == ("食堂切配", 9)
    wrong = client.post(f"/e/{token}/posts/{post.id}/headcount", data={"headcount": "0"})
    assert wrong.status_code == 422
    client.post(f"/e/{token}/posts/{post.id}/take-down")
    session.refresh(post)
    assert post.state is PostState.TAKEN_DOWN
    again = client.post(f"/e/{token}/posts/{post.id}/take-down")
    assert again.status_code == 409


def test_a_link_reaches_its_own_employers_posts_only(
    session: Session, client: FlaskClient, token: str
) -> None:
    other = PostFactory(title="别家的岗位")
    session.commit()
    assert "别家的岗位" not in client.get(f"/e/{token}").text
    assert client.get(f"/e/{token}/posts/{other.id}").status_code == 404
    assert client.post(f"/e/{token}/posts/{other.id}/take-down").status_code == 404


def test_the_reason_of_a_return_is_read_by_the_employer(
    session: Session, client: FlaskClient, token: str, employer: Employer
) -> None:
    post = PostFactory(employer=employer, state=PostState.RETURNED)
    session.add(
        PostMove(post_id=post.id, verb="return", at=NOON, reasons=["discrimination"], note="限男")
    )
    session.commit()
    assert "退回原因：含有就业歧视内容；限男" in client.get(f"/e/{token}").text
    assert "含有就业歧视内容" in client.get(f"/e/{token}/posts/{post.id}").text


@pytest.fixture
def around(session: Session, employer: Employer) -> dict[str, Post]:
    """A community with its middle, and posts at several places around it."""
    home = session.get_one(Division, COMMUNITY)
    home.latitude, home.longitude = 30.27, 120.01
    spots = {"门口": 30.2701, "一公里": 30.279, "三公里": 30.297, "外地": 31.5}
    made: dict[str, Post] = {}
    for name, latitude in spots.items():
        place = Position(latitude=latitude, longitude=120.01)
        session.add(place)
        session.flush()
        made[name] = PostFactory(
            employer=employer,
            published=True,
            title=f"{name}岗位",
            position_id=place.id,
            division_code=OTHER_COMMUNITY if name != "门口" else COMMUNITY,
        )
    made["无坐标"] = PostFactory(employer=employer, published=True, title="无坐标岗位")
    made["未发布"] = PostFactory(employer=employer, title="未发布岗位")
    session.commit()
    return made


def test_everybody_sees_published_posts_the_nearest_first(
    client: FlaskClient, around: dict[str, Post]
) -> None:
    text = client.get(f"/p/{COMMUNITY}").text
    places = [text.index(f"{name}岗位") for name in ("门口", "一公里", "三公里", "无坐标")]
    assert places == sorted(places)
    assert "外地岗位" not in text
    assert "未发布岗位" not in text
    assert "步行约1分钟（按直线估算）" in text


def test_the_public_list_turns_page_by_page_without_losing_any(
    session: Session, client: FlaskClient, around: dict[str, Post], employer: Employer
) -> None:
    here = around["门口"].position_id
    titles = [f"第{n:02d}工位" for n in range(45)]
    for title in titles:
        PostFactory(employer=employer, published=True, title=title, position_id=here)
    session.commit()
    address, seen = f"/p/{COMMUNITY}", ""
    for _ in range(5):
        text = client.get(address).text
        seen += text
        following = re.search(r'href="(/p/\d+\?after=[\d.]+)"', text)
        if following is None:
            break
        address = following[1]
    assert all(seen.count(title) == 1 for title in titles)
    assert all(seen.count(f"{name}岗位<") == 1 for name in ("门口", "三公里", "无坐标"))


def test_the_public_list_is_searched(client: FlaskClient, around: dict[str, Post]) -> None:
    text = client.get(f"/p/{COMMUNITY}?q=一公里&kind=full_time").text
    assert "一公里岗位" in text
    assert "门口岗位" not in text
    assert "没有符合条件的岗位" in client.get(f"/p/{COMMUNITY}?kind=gig").text
    assert "附近暂时没有岗位" in client.get("/p/330110001002").text
    assert "门口岗位" in client.get("/p/330110012").text
    assert client.get("/p/33").status_code == client.get("/p/nowhere").status_code == 404


def test_one_post_and_its_poster_have_their_squares(
    client: FlaskClient, around: dict[str, Post]
) -> None:
    post = around["门口"]
    text = client.get(f"/p/{COMMUNITY}/{post.id}").text
    assert "<svg" in text
    assert "13800138000" not in text
    assert client.get(f"/p/{COMMUNITY}/poster").text.count("<svg ") == 5
    assert client.get(f"/p/{COMMUNITY}/{around['未发布'].id}").status_code == 404


def test_a_number_no_column_holds_is_no_post(client: FlaskClient) -> None:
    assert client.get(f"/p/{COMMUNITY}/{10**20}").status_code == 404


def test_a_complaint_takes_the_post_from_view_and_a_second_tap_thanks_again(
    session: Session, client: FlaskClient, around: dict[str, Post]
) -> None:
    post = around["门口"]
    address = f"/p/{COMMUNITY}/{post.id}/complaint"
    told = {"uuid": str(uuid4()), "reason": "asked_for_money", "note": "要交服装费"}
    assert client.post(address, data={**told, "reason": ""}).status_code == 422
    for _ in range(2):
        assert client.post(address, data=told).location == f"/p/{COMMUNITY}"
    assert session.scalar(select(func.count()).select_from(Complaint)) == 1
    session.refresh(post)
    assert post.state is PostState.RECEIVED
    assert client.get(f"/p/{COMMUNITY}/{post.id}").status_code == 404


def test_complaints_are_limited(client: FlaskClient, around: dict[str, Post]) -> None:
    address = f"/p/{COMMUNITY}/{around['门口'].id}/complaint"
    answers = [client.post(address, data={}).status_code for _ in range(4)]
    assert answers == [422, 422, 422, 429]


def test_occupations_are_offered_while_typing(client: FlaskClient) -> None:
    assert "6-31-01-03 电工" in client.get("/posts/occupations?occupation=电工").text
    assert client.get("/posts/occupations").text.strip() == ""


def test_whoever_has_no_pay_by_the_month_is_told_so(
    session: Session, client: FlaskClient, around: dict[str, Post]
) -> None:
    post = around["门口"]
    post.pay_unit, post.pay_low_fen, post.pay_high_fen = PayUnit.PIECE, None, None
    post.valid_until = TODAY + timedelta(days=1)
    session.commit()
    assert "计件" in client.get(f"/p/{COMMUNITY}/{post.id}").text
