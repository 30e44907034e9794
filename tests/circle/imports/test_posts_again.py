"""The same posts sent again: what has changed is reviewed once more, what has not stays."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from circle.imports import applying, posting
from circle.posts.details import PostDetails
from circle.posts.operations import amend_post, expire, publish, return_post
from models.posts import Post
from models.staff import Account
from models.vocabulary.posts import ReturnReason
from tests.circle.imports.conftest import (
    NOON,
    STREET,
    TODAY,
    Bureau,
)
from tests.circle.imports.test_pages import clerk, page, run_jobs
from tests.circle.imports.test_posts_files import CLEANER, COOK, HEADER, only_post

__all__ = ["clerk"]

GUARD = ["门卫", "洁净物业", "2", "3800", "葛巷社区", "葛巷路8号", "13800138000"]
DEARER = [*CLEANER[:3], "4000-4500", *CLEANER[4:]]
Act = Callable[..., object]


def published(bureau: Bureau, title: str = "保洁员") -> None:
    with bureau.session as session, session.begin():
        post = session.scalars(select(Post).where(Post.title == title)).one()
        publish(session, post, by=session.get_one(Account, 3), on=TODAY, now=NOON)


def sent(bureau: Bureau, *rows: list[str]) -> dict[str, int]:
    answer = bureau.sends("posts", [HEADER, *rows], "--division", STREET, "--again")
    return {name: answer[name] for name in ("added", "changed", "unchanged") if answer[name]}


def states(bureau: Bureau) -> dict[str, str]:
    return dict(bureau.rows("post", "title, state"))


def test_what_has_not_changed_is_not_reviewed_again(bureau: Bureau) -> None:
    sent(bureau, CLEANER, COOK)
    published(bureau)
    before = bureau.rows("post", "id, state, valid_until, created_at")
    assert sent(bureau, COOK, CLEANER, GUARD) == {"added": 1, "unchanged": 2}
    assert bureau.rows("post", "id, state, valid_until, created_at")[:2] == before
    assert bureau.count("employer") == 2


def test_another_spelling_is_no_change_of_who_and_where(bureau: Bureau) -> None:
    sent(bureau, CLEANER)
    spelt = [*CLEANER[:1], "洁净 物业", "3人", "3500－4000元/月", *CLEANER[4:]]
    assert sent(bureau, spelt) == {"unchanged": 1}


def test_a_changed_post_waits_for_its_review(bureau: Bureau) -> None:
    sent(bureau, CLEANER, COOK)
    published(bureau)
    assert sent(bureau, DEARER, COOK) == {"changed": 1, "unchanged": 1}
    post = bureau.rows("post", "title, state, pay_low_fen, brought_by")[0]
    assert post == ("保洁员", "received", 400_000, 1)
    assert bureau.rows("post_move", "verb") == [
        ("submit",), ("submit",), ("publish",), ("amend",),
    ]  # fmt: skip


def test_what_a_file_no_longer_holds_goes_on(bureau: Bureau) -> None:
    sent(bureau, CLEANER, COOK)
    published(bureau)
    assert sent(bureau, GUARD) == {"added": 1}
    assert states(bureau) == {"保洁员": "published", "厨师": "received", "门卫": "received"}


def test_what_people_have_written_stays_until_the_file_changes(bureau: Bureau) -> None:
    sent(bureau, CLEANER)
    with bureau.session as session, session.begin():
        post = session.scalars(select(Post)).one()
        said = {**vars(PostDetails.of(post)), "shifts": "早八晚五", "occupation_code": "4-09-02-01"}
        amend_post(session, post, PostDetails(**said), by=session.get_one(Account, 4), now=NOON)
    assert sent(bureau, CLEANER) == {"unchanged": 1}
    assert sent(bureau, DEARER) == {"changed": 1}
    post = only_post(bureau)
    # The file is silent about these.
    assert (post.shifts, post.occupation_code) == ("早八晚五", "4-09-02-01")


def test_a_returned_post_comes_back_once_it_is_mended(bureau: Bureau) -> None:
    sent(bureau, CLEANER)
    with bureau.session as session, session.begin():
        post, by = session.scalars(select(Post)).one(), session.get_one(Account, 3)
        return_post(session, post, [ReturnReason.PAY_TOO_LOW], None, by=by, now=NOON)
    assert sent(bureau, CLEANER) == {"unchanged": 1}
    assert states(bureau) == {"保洁员": "returned"}
    assert sent(bureau, DEARER) == {"changed": 1}
    assert states(bureau) == {"保洁员": "received"}


def test_an_expired_post_is_offered_anew(bureau: Bureau) -> None:
    """Without a last day of its own; with one that is over it would be ignored."""
    sent(bureau, CLEANER)
    with bureau.session as session, session.begin():
        post = session.scalars(select(Post)).one()
        post.valid_until = TODAY - timedelta(1)
        expire(session, post, now=NOON)
    assert sent(bureau, CLEANER) == {"changed": 1}
    assert only_post(bureau).valid_until == TODAY + timedelta(90)


def test_a_rehearsal_writes_nothing(bureau: Bureau) -> None:
    sent(bureau, CLEANER)
    answer = bureau.sends("posts", [HEADER, DEARER, COOK], "--rehearse")
    assert (answer["batch"], answer["added"], answer["changed"]) == (None, 1, 1)
    assert bureau.count("post") == bureau.count("employer") == bureau.count("post_move") == 1


def test_the_same_file_is_refused_and_taken_again_when_asked(bureau: Bureau) -> None:
    path = bureau.file([HEADER, CLEANER])
    bureau.sends("posts", path)
    assert bureau.tries("posts", path).exit_code == 1
    assert bureau.sends("posts", path, "--again")["unchanged"] == 1


# --- taken back


def everything(bureau: Bureau) -> list[object]:
    """Posts, moves and employers, without what was sealed anew."""
    return [
        bureau.rows("post", "id, state, title, pay_low_fen, valid_until, file_print, published_on"),
        bureau.rows("post_move", "id, post_id, verb"),
        bureau.rows("employer", "id, name, uscc"),
        bureau.count("post_before"),
    ]


def test_undoing_leaves_everything_as_it_was(bureau: Bureau) -> None:
    sent(bureau, CLEANER, COOK)
    published(bureau)
    before = everything(bureau)
    batch = bureau.sends("posts", [HEADER, DEARER, COOK, GUARD])["batch"]
    assert bureau.count("post_before") == 1
    undone = bureau.undoes(batch)
    assert (undone["removed"], undone["restored"], undone["staying"]) == (1, 1, [])
    assert everything(bureau) == before
    assert only_phone(bureau) == "13800138000"


def only_phone(bureau: Bureau) -> str | None:
    with bureau.session as session:
        return session.scalars(select(Post).where(Post.title == "保洁员")).one().contact_phone


def test_employers_go_with_their_last_post(bureau: Bureau) -> None:
    batch = bureau.sends("posts", [HEADER, CLEANER, COOK])["batch"]
    assert bureau.undoes(batch)["removed"] == 2
    assert [bureau.count(name) for name in ("post", "post_move", "employer")] == [0, 0, 0]
    assert sent(bureau, CLEANER) == {"added": 1}


def test_what_somebody_has_dealt_with_stays_and_is_named(bureau: Bureau) -> None:
    batch = bureau.sends("posts", [HEADER, CLEANER, COOK, GUARD])["batch"]
    published(bureau)
    undone = bureau.undoes(batch)
    assert (undone["removed"], undone["staying"]) == (2, [1])
    assert states(bureau) == {"保洁员": "published"}
    assert bureau.rows("employer", "name") == [("洁净物业",)]
    # Known still: the next file does not bring it twice.
    assert sent(bureau, CLEANER, COOK) == {"added": 1, "unchanged": 1}


def test_a_change_somebody_has_reviewed_stays(bureau: Bureau) -> None:
    sent(bureau, CLEANER)
    published(bureau)
    batch = bureau.sends("posts", [HEADER, DEARER])["batch"]
    published(bureau)
    undone = bureau.undoes(batch)
    assert (undone["restored"], undone["staying"]) == (0, [1])
    assert bureau.rows("post", "state, pay_low_fen") == [("published", 400_000)]
    assert bureau.count("post_before") == 0


def test_the_newest_goes_first(bureau: Bureau) -> None:
    first = bureau.sends("posts", [HEADER, CLEANER], "--division", STREET)["batch"]
    second = bureau.sends("posts", [HEADER, DEARER], "--division", STREET)["batch"]
    bureau.sends("posts", [HEADER, ["司机", "快运公司", "1", "面议", "宝塔社区", "", ""]])
    with pytest.raises(AssertionError, match="批次"):
        bureau.undoes(first)
    bureau.undoes(second)
    assert bureau.undoes(first)["removed"] == 1
    assert states(bureau) == {"司机": "received"}


# --- on the pages


def test_a_clerk_reads_what_a_file_would_bring(bureau: Bureau, clerk: FlaskClient) -> None:
    sent(bureau, CLEANER)
    upload = bureau.file([HEADER, DEARER, COOK]).open("rb")
    answer = clerk.post(
        "/imports/new",
        data={"source": "", "rehearse": "y", "file": (upload, "机构岗位.csv")},
        content_type="multipart/form-data",
    )
    address = answer.headers["Location"]
    run_jobs(bureau)
    shown = page(clerk, address)
    assert "机构岗位" in shown
    assert "由岗位审核员发布后居民才能看到" in shown
    assert "入库以后会怎样" not in shown
    assert "13800138000" not in shown
    clerk.post(f"{address}/confirm", data={"rehearsal": "1"})
    run_jobs(bureau)
    assert "正在等待审核" in page(clerk, address)
    assert bureau.count("post") == 2


def test_the_page_names_what_stays(bureau: Bureau, clerk: FlaskClient) -> None:
    batch = bureau.sends("posts", [HEADER, CLEANER, COOK])["batch"]
    published(bureau)
    shown = page(clerk, f"/imports/{batch}/undo")
    assert "1 个岗位保留" in shown
    assert "保洁员" in shown
    assert "厨师" not in shown
    assert "对人员和待办提醒的影响" not in shown
    clerk.post(f"/imports/{batch}/undo")
    run_jobs(bureau)
    assert states(bureau) == {"保洁员": "published"}


def test_posts_are_no_source_whose_age_is_told(bureau: Bureau, clerk: FlaskClient) -> None:
    sent(bureau, CLEANER)
    shown = page(clerk, "/imports")
    fresh = shown[shown.index("import-fresh") : shown.index("import-filters")]
    assert "机构岗位" not in fresh


def test_one_cut_off_in_the_middle_is_finished_without_a_trace(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(bureau, CLEANER)
    path = bureau.file([HEADER, DEARER, COOK, GUARD])
    slices = posting.write_openings

    def dies(*words: object, **said: object) -> None:
        if words[3] == (2, 2):
            raise KeyboardInterrupt
        slices(*words, **said)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(posting, "SLICE_POSTS", 1)
        patch.setattr(applying, "write_openings", dies)
        assert bureau.tries("posts", path, "--division", STREET).exit_code != 0
    with bureau.office.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE import_batch SET claimed_by = NULL, claimed_until = NULL"
        )
    answer = bureau.sends("posts", path, "--division", STREET)
    assert (answer["added"], answer["changed"]) == (2, 1)
    assert bureau.count("post") == 3
    assert bureau.rows("post_move", "verb").count(("amend",)) == 1
