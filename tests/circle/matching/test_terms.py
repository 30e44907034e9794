"""Words are cut once, again when something changes, and never in a page."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.matching import waiting
from circle.matching.cutting import cut, families_of
from circle.matching.terms import (
    reckon_posts,
    reckon_wishes,
    settle_rarity,
    words_of_post,
    words_of_wish,
)
from models.matching import PostTerm, Term, WishReckoned, WishTerm
from models.posts import Post
from models.residents import Intention
from models.vocabulary.posts import PostState
from tests.circle.matching.conftest import ON
from tests.factories import CaseFactory, PostFactory

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)


def words_of(session: Session, post: Post) -> dict[str, int]:
    query = select(Term.word, PostTerm.weight).join(PostTerm, PostTerm.term_id == Term.id)
    return dict(session.execute(query.where(PostTerm.post_id == post.id)).all())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("诚聘清洁工2名", ["保洁"]),
        ("ＰＹＴＨＯＮ开发工程师", ["python", "软件开发"]),
        ("低压电工、水电维修", ["电工", "电工", "维修工"]),
        ("想找个离家近的", ["离家近"]),
        ("", []),
        ("五险一金 双休 2026", []),
    ],
)
def test_texts_are_cut_into_everyday_names(text: str, words: list[str]) -> None:
    assert cut(text) == words


def test_a_name_brings_its_family() -> None:
    assert list(families_of(cut("月嫂、保洁、电工"))) == ["家政服务类", "维修类"]


def test_the_title_counts_most() -> None:
    counts = words_of_post("保洁", "保洁员", "开荒", "玻璃")
    assert counts["保洁"] > counts["家政服务类"] >= counts["开荒"] > counts["玻璃"]


def test_what_is_wished_for_counts_more_than_what_is_known() -> None:
    assert words_of_wish("保洁", "保洁、开荒") == {"家政服务类": 50, "保洁": 100, "开荒": 50}


def test_a_post_is_cut_once_and_again_when_it_is_amended(session: Session) -> None:
    post = PostFactory(published=True, title="保洁员")
    assert waiting.is_due(session, ON)
    assert reckon_posts(session) == 1
    session.refresh(post)
    assert post.terms_of == waiting.version()
    assert not waiting.is_due(session, ON)
    assert reckon_posts(session) == 0
    post.move("amend")
    post.title = "电工"
    session.flush()
    assert reckon_posts(session) == 1
    assert "电工" in words_of(session, post)
    assert "保洁" not in words_of(session, post)


def test_a_new_dictionary_cuts_all_anew(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    PostFactory(published=True)
    reckon_posts(session)
    for other in ("0" * 16, "f" * 16):
        monkeypatch.setattr(waiting, "version", lambda other=other: other)
        assert waiting.is_due(session, ON)


def test_posts_nobody_will_see_are_not_cut(session: Session) -> None:
    PostFactory(state=PostState.TAKEN_DOWN)
    assert not waiting.is_due(session, ON)


def test_a_wish_without_words_is_not_cut_for_ever(session: Session) -> None:
    case = CaseFactory()
    wish = Intention(resident_id=case.resident_id, recorded_on=ON)
    session.add(wish)
    session.flush()
    assert reckon_wishes(session) == 1
    assert not waiting.is_due(session, ON)
    assert session.scalars(select(WishTerm)).all() == []


def test_a_wish_that_is_taken_back_takes_its_words_along(session: Session) -> None:
    case = CaseFactory()
    wish = Intention(resident_id=case.resident_id, recorded_on=ON, occupation="保洁")
    session.add(wish)
    session.flush()
    reckon_wishes(session)
    session.delete(wish)
    session.flush()
    assert session.scalars(select(WishReckoned)).all() == []
    assert session.scalars(select(WishTerm)).all() == []


def test_rarity_is_settled_once_and_by_night(session: Session) -> None:
    PostFactory(published=True, title="保洁")
    reckon_posts(session)
    assert settle_rarity(session, only_new=True) == 2
    PostFactory(published=True, title="电工")
    reckon_posts(session)
    before = session.scalars(select(Term.idf).where(Term.word == "保洁")).one()
    assert settle_rarity(session, only_new=True) == 2
    assert session.scalars(select(Term.idf).where(Term.word == "保洁")).one() == before
    settle_rarity(session)
    session.expire_all()
    assert session.scalars(select(Term.idf).where(Term.word == "保洁")).one() > before


def test_a_page_loads_neither_the_cutter_nor_numpy() -> None:
    question = (
        "import sys, circle.app, circle.matching.queries, circle.jobs;"
        " print([n for n in ('rjieba', 'numpy', 'scipy') if n in sys.modules])"
    )
    asked = subprocess.run(
        [sys.executable, "-c", question], capture_output=True, text=True, check=True
    )
    assert "rjieba" not in asked.stdout
    assert "scipy" not in asked.stdout
