"""The queue, one post with its flagged words, and the decisions, as a reviewer meets them."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audit import AuditEntry
from models.posts import Complaint, Post, PostMove
from models.staff import Account
from models.vocabulary.facts import Source
from models.vocabulary.posts import ComplaintState, PostDoor, PostState, PostVerb
from models.vocabulary.staff import Role
from tests.circle.conftest import (
    COMMUNITY,
    OTHER_COMMUNITY,
    OTHER_STREET_COMMUNITY,
    MakeAccount,
    SignIn,
)
from tests.circle.reviews.conftest import MakePost
from tests.factories import BatchFactory

MAN = {"description": "限男性，会电工。"}
REASON = "工种属国家规定不适合妇女的范围"
Complain = Callable[[Post], Complaint]


def seen(desk: FlaskClient, post: Post) -> str:
    """The version the page shows."""
    page = desk.get(f"/reviews/{post.id}").text
    found = re.search(r'name="\w+-seen"[^>]*value="(\d+)"', page)
    assert found is not None
    return found[1]


def moves(session: Session, post: Post) -> list[PostMove]:
    session.expire_all()
    return list(
        session.scalars(select(PostMove).where(PostMove.post_id == post.id).order_by(PostMove.id))
    )


def test_the_longest_waiting_comes_first_with_what_is_flagged(
    desk: FlaskClient, make_post: MakePost
) -> None:
    make_post(title="电工", **MAN)
    make_post(title="保安员")
    page = desk.get("/reviews").text
    assert page.index("电工") < page.index("保安员")
    assert "违法提示1处" in page
    assert page.count("没有提示</span>") == 1


def test_only_what_waits_or_is_complained_of_stands_in_the_queue(
    desk: FlaskClient, make_post: MakePost, complain_of: Complain
) -> None:
    make_post(title="已经发布的", published=True)
    make_post(title="退回的岗位", state=PostState.RETURNED)
    complained = make_post(title="被投诉的", published=True)
    complain_of(complained)
    page = desk.get("/reviews").text
    assert "被投诉的" in page
    assert "1条投诉" in page
    assert "已经发布的" not in page
    assert "退回的岗位" not in page


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("community=" + OTHER_COMMUNITY, {"邻社区"}),
        ("door=file", {"文件来的"}),
        ("flags=forbidden", {"违法的"}),
        ("flags=none", {"邻社区", "文件来的"}),
        ("complaints=1", set()),
        ("flags=nonsense&door=x&community=1", {"邻社区", "文件来的", "违法的"}),
    ],
)
def test_the_queue_is_narrowed(
    desk: FlaskClient, make_post: MakePost, address: str, shown: set[str]
) -> None:
    make_post(title="邻社区", division_code=OTHER_COMMUNITY)
    make_post(title="文件来的", door=PostDoor.FILE)
    make_post(title="违法的", **MAN)
    page = desk.get(f"/reviews?{address}").text
    assert {title for title in ("邻社区", "文件来的", "违法的") if title in page} == shown


def test_a_long_queue_goes_on_behind_its_page(desk: FlaskClient, make_post: MakePost) -> None:
    for number in range(31):
        make_post(title=f"岗位第{number}号")
    page = desk.get("/reviews").text
    assert "岗位第29号" in page
    assert "岗位第30号" not in page
    following = re.search(r'href="(/reviews\?after=\d+)"', page)
    assert following is not None
    assert "岗位第30号" in desk.get(following[1]).text


def test_the_page_shows_the_words_the_law_and_what_to_do(
    desk: FlaskClient, make_post: MakePost
) -> None:
    page = desk.get(f"/reviews/{make_post(**MAN).id}").text
    assert re.search(r'<mark class="flag-forbidden">\s*限男性', page)
    assert "《妇女权益保障法》第四十三条" in page
    assert "“限男性”：删去性别要求" in page
    assert re.search(r"checked[^>]*value=\"discrimination\"", page)
    assert "营业执照" in page


def test_what_a_sender_writes_is_shown_as_written(desk: FlaskClient, make_post: MakePost) -> None:
    post = make_post(title="<script>", description="限男性<img src=x>")
    page = desk.get(f"/reviews/{post.id}").text
    assert "<img" not in page.replace('<img src="/static', "")
    assert "&lt;script&gt;" in page


def test_a_sound_post_is_published_and_the_next_comes(
    desk: FlaskClient, make_post: MakePost, session: Session
) -> None:
    post, other = make_post(), make_post()
    answer = desk.post(
        f"/reviews/{post.id}/publish?door=form", data={"publish-seen": seen(desk, post)}
    )
    assert answer.status_code == 302
    assert answer.location == f"/reviews/{other.id}?door=form"
    assert [move.verb for move in moves(session, post)] == [PostVerb.PUBLISH]
    assert post.state is PostState.PUBLISHED
    assert "post:review:publish" in session.scalars(select(AuditEntry.act)).all()


def test_the_last_one_leads_back_to_the_queue(desk: FlaskClient, make_post: MakePost) -> None:
    post = make_post()
    answer = desk.post(f"/reviews/{post.id}/publish", data={"publish-seen": seen(desk, post)})
    assert answer.location == "/reviews"
    assert "都审核完了" in desk.get("/reviews").text


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({}, 422),
        ({"publish-confirmed": "sex"}, 422),
        ({"publish-note": REASON}, 422),
        ({"publish-confirmed": "sex", "publish-note": "  "}, 422),
        ({"publish-confirmed": "sex", "publish-note": REASON}, 302),
    ],
)
def test_what_the_law_forbids_is_published_only_when_named_and_explained(
    desk: FlaskClient, make_post: MakePost, session: Session, told: dict[str, str], status: int
) -> None:
    post = make_post(**MAN)
    data = {"publish-seen": seen(desk, post), **told}
    answer = desk.post(f"/reviews/{post.id}/publish", data=data)
    assert answer.status_code == status
    written = [move.note for move in moves(session, post)]
    assert written == ([REASON] if status == 302 else [])
    if status == 422:
        assert "限定或优先性别" in answer.text
        assert told.get("publish-note", "") in answer.text


def test_a_post_is_returned_with_reasons_the_sender_reads(
    desk: FlaskClient, make_post: MakePost, session: Session
) -> None:
    post = make_post(**MAN)
    data = {
        "return-seen": seen(desk, post),
        "return-reasons": ["discrimination", "pay_unclear"],
        "return-note": "请删去限男性",
    }
    assert desk.post(f"/reviews/{post.id}/return", data=data).status_code == 302
    (move,) = moves(session, post)
    assert (move.verb, move.reasons, move.note) == (
        PostVerb.RETURN,
        ["discrimination", "pay_unclear"],
        "请删去限男性",
    )


def test_a_return_without_reasons_keeps_what_was_typed(
    desk: FlaskClient, make_post: MakePost, session: Session
) -> None:
    post = make_post()
    data = {"return-seen": seen(desk, post), "return-note": "请写清楚"}
    answer = desk.post(f"/reviews/{post.id}/return", data=data)
    assert answer.status_code == 422
    assert "请至少选择一个退回原因。" in answer.text
    assert "请写清楚" in answer.text
    assert moves(session, post) == []


def test_a_duplicate_is_merged_into_the_other(
    desk: FlaskClient, make_post: MakePost, session: Session
) -> None:
    standing = make_post(published=True)
    post = make_post(employer=standing.employer)
    data = {"merge-seen": seen(desk, post), "merge-into": str(standing.id)}
    assert "可能重复" in desk.get(f"/reviews/{post.id}").text
    assert desk.post(f"/reviews/{post.id}/merge", data=data).status_code == 302
    session.refresh(post)
    assert (post.state, post.merged_into) == (PostState.MERGED, standing.id)


def test_nothing_is_merged_into_another_employers_post(
    desk: FlaskClient, make_post: MakePost, session: Session
) -> None:
    post, foreign = make_post(), make_post(published=True)
    for into in (str(foreign.id), str(post.id), "x"):
        data = {"merge-seen": seen(desk, post), "merge-into": into}
        assert desk.post(f"/reviews/{post.id}/merge", data=data).status_code == 422
    assert moves(session, post) == []


def test_a_post_is_taken_down_with_a_reason(
    desk: FlaskClient, make_post: MakePost, session: Session
) -> None:
    post = make_post(published=True)
    data = {"down-seen": seen(desk, post)}
    assert desk.post(f"/reviews/{post.id}/take-down", data=data).status_code == 422
    data["down-note"] = "企业已停业"
    assert desk.post(f"/reviews/{post.id}/take-down", data=data).status_code == 302
    assert [(move.verb, move.note) for move in moves(session, post)] == [
        (PostVerb.TAKE_DOWN, "企业已停业")
    ]


def test_the_second_reviewer_is_told_who_was_first_and_loses_nothing(
    desk: FlaskClient, make_post: MakePost, session: Session, reviewer: Account
) -> None:
    post = make_post()
    version = seen(desk, post)
    reviewer.display_name = "沈丽"
    session.commit()
    assert (
        desk.post(f"/reviews/{post.id}/publish", data={"publish-seen": version}).status_code == 302
    )
    late = {"return-seen": version, "return-reasons": "untrue", "return-note": "电话打不通"}
    answer = desk.post(f"/reviews/{post.id}/return", data=late)
    assert answer.status_code == 409
    assert "沈丽处理过这个岗位" in answer.text
    session.refresh(post)
    assert post.state is PostState.PUBLISHED


def test_a_decision_on_words_the_sender_has_changed_is_asked_for_again(
    desk: FlaskClient, make_post: MakePost, session: Session
) -> None:
    post = make_post()
    version = seen(desk, post)
    post.description = "限男性"
    session.add(PostMove(post_id=post.id, verb=PostVerb.AMEND, at=post.created_at, reasons=[]))
    session.commit()
    late = {"return-seen": version, "return-reasons": "untrue", "return-note": "电话打不通"}
    answer = desk.post(f"/reviews/{post.id}/return", data=late)
    assert answer.status_code == 409
    assert "电话打不通" in answer.text
    assert re.search(r'<mark class="flag-forbidden">\s*限男性', answer.text)


def test_a_double_click_publishes_once(
    desk: FlaskClient, make_post: MakePost, session: Session
) -> None:
    post = make_post()
    data = {"publish-seen": seen(desk, post)}
    statuses = [desk.post(f"/reviews/{post.id}/publish", data=data).status_code for _ in range(2)]
    assert statuses == [302, 409]
    assert len(moves(session, post)) == 1


def test_many_sound_posts_are_published_each_by_itself(
    desk: FlaskClient, make_post: MakePost, session: Session
) -> None:
    sound, other, unlawful = make_post(), make_post(), make_post(**MAN)
    ticks = re.findall(r'name="posts"[^>]*value="([\d.]+)"', desk.get("/reviews").text)
    assert len(ticks) == 2
    data = {"posts": [*ticks, f"{unlawful.id}.0", "999999.0", "x"]}
    answer = desk.post("/reviews/publish?door=form", data=data)
    assert answer.location == "/reviews?door=form"
    for post in (sound, other):
        assert [move.verb for move in moves(session, post)] == [PostVerb.PUBLISH]
    assert moves(session, unlawful) == []
    page = desk.get("/reviews").text
    assert "已发布2个岗位。" in page
    assert "有2个" in page


def test_many_of_none_says_so(desk: FlaskClient, make_post: MakePost) -> None:
    make_post()
    desk.post("/reviews/publish", data={})
    assert "没有选中岗位" in desk.get("/reviews").text


@pytest.mark.parametrize(
    ("outcome", "told", "state", "settled"),
    [
        ("reject", {}, PostState.PUBLISHED, ComplaintState.REJECTED),
        ("return", {"reasons": "fees"}, PostState.RETURNED, ComplaintState.UPHELD),
        ("take_down", {}, PostState.TAKEN_DOWN, ComplaintState.UPHELD),
    ],
)
def test_a_complaint_is_settled_and_the_post_follows(
    desk: FlaskClient,
    make_post: MakePost,
    complain_of: Complain,
    session: Session,
    outcome: str,
    told: dict[str, str],
    state: PostState,
    settled: ComplaintState,
) -> None:
    post = make_post(published=True)
    complaint = complain_of(post)
    page = desk.get(f"/reviews/{post.id}").text
    assert "要交300元" in page
    prefix = f"complaint{complaint.id}"
    data = {f"{prefix}-seen": seen(desk, post), f"{prefix}-outcome": outcome}
    data |= {f"{prefix}-{name}": value for name, value in told.items()}
    assert desk.post(f"/reviews/complaints/{complaint.id}", data=data).status_code == 302
    session.expire_all()
    assert (post.state, complaint.state) == (state, settled)
    assert desk.post(f"/reviews/complaints/{complaint.id}", data=data).status_code == 409


def test_sending_back_over_a_complaint_needs_a_reason(
    desk: FlaskClient, make_post: MakePost, complain_of: Complain
) -> None:
    post = make_post(published=True)
    complaint = complain_of(post)
    prefix = f"complaint{complaint.id}"
    data = {f"{prefix}-seen": seen(desk, post), f"{prefix}-outcome": "return"}
    answer = desk.post(f"/reviews/complaints/{complaint.id}", data=data)
    assert answer.status_code == 422
    assert "请至少选择一个退回原因。" in answer.text


def test_a_post_is_not_published_while_a_complaint_is_open(
    desk: FlaskClient, make_post: MakePost, complain_of: Complain, session: Session
) -> None:
    post = make_post(published=True)
    complain_of(post)
    answer = desk.post(f"/reviews/{post.id}/publish", data={"publish-seen": seen(desk, post)})
    assert answer.status_code == 409
    assert "还有没处理的投诉" in answer.text
    session.refresh(post)
    assert post.state is PostState.RECEIVED


def test_an_untrue_complaint_does_not_let_out_what_the_law_forbids(
    desk: FlaskClient, make_post: MakePost, complain_of: Complain, session: Session
) -> None:
    post = make_post(published=True, **MAN)
    complaint = complain_of(post)
    prefix = f"complaint{complaint.id}"
    data = {f"{prefix}-seen": seen(desk, post), f"{prefix}-outcome": "reject"}
    answer = desk.post(f"/reviews/complaints/{complaint.id}", data=data)
    assert answer.location == f"/reviews/{post.id}"
    session.refresh(post)
    assert post.state is PostState.RECEIVED


def test_a_post_that_waits_leads_to_its_review(desk: FlaskClient, make_post: MakePost) -> None:
    waiting, published = make_post(), make_post(published=True)
    assert f'href="/reviews/{waiting.id}"' in desk.get(f"/posts/{waiting.id}").text
    assert f'href="/reviews/{published.id}"' not in desk.get(f"/posts/{published.id}").text


def test_a_files_posts_are_reviewed_together(
    desk: FlaskClient, make_post: MakePost, session: Session
) -> None:
    batch = BatchFactory(source=Source.POSTS)
    session.commit()
    make_post(title="文件里的岗位", brought_by=batch.id)
    make_post(title="别的岗位")
    page = desk.get(f"/reviews?batch={batch.id}").text
    assert "文件里的岗位" in page
    assert "别的岗位" not in page


def test_another_streets_post_is_not_there(
    make_post: MakePost, make_account: MakeAccount, sign_in: SignIn, session: Session
) -> None:
    street = sign_in(make_account(Role.STREET, division=COMMUNITY[:9]))
    foreign = make_post(title="别处的岗位", division_code=OTHER_STREET_COMMUNITY)
    assert "别处的岗位" not in street.get("/reviews").text
    assert street.get(f"/reviews/{foreign.id}").status_code == 404
    for act in ("publish", "return", "merge", "take-down"):
        assert street.post(f"/reviews/{foreign.id}/{act}").status_code == 404
    street.post("/reviews/publish", data={"posts": f"{foreign.id}.0"})
    assert moves(session, foreign) == []


def test_a_worker_brings_posts_in_and_reviews_none(
    make_post: MakePost, make_account: MakeAccount, sign_in: SignIn
) -> None:
    worker = sign_in(make_account(Role.WORKER, covers=(COMMUNITY,)))
    post = make_post()
    assert worker.get("/reviews").status_code == 403
    assert worker.get(f"/reviews/{post.id}").status_code == 403
    assert worker.post(f"/reviews/{post.id}/publish").status_code == 403
