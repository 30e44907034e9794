"""Which posts likely say the same, and which only look so."""

import pytest
from sqlalchemy.orm import Session

from circle.posts.duplicates import duplicates_of, likeness_of
from models.posts import Post
from models.vocabulary.posts import PostState
from models.vocabulary.residents import WorkKind
from tests.factories import (
    OTHER_COMMUNITY,
    OfferingEmployerFactory,
    PostFactory,
    load_places,
    use,
)


@pytest.fixture
def post(session: Session) -> Post:
    use(session)
    load_places(session)
    post: Post = PostFactory(title="小区保洁员")
    return post


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        ("小区保洁员", "小区保洁员", 1.0),
        ("小区保洁员", "小区保洁", 0.75),
        ("保洁员", "保安员", 0.0),
        ("工", "工", 1.0),
        ("工", "普工", 0.0),
    ],
)
def test_titles_are_compared_by_pairs_of_letters(one: str, other: str, likeness: float) -> None:
    assert likeness_of(one, other) == likeness


def test_a_post_of_the_same_employer_title_and_place_is_named(session: Session, post: Post) -> None:
    twin = PostFactory(employer=post.employer, title="小区保洁员", published=True)
    alike = PostFactory(employer=post.employer, title="小区保洁")
    found = duplicates_of(session, post)
    assert [each.post for each in found] == [twin, alike]
    assert [str(reason) for reason in found[0].reasons] == [
        "同一用人单位",
        "岗位名称相同",
        "同一社区",
    ]


@pytest.mark.parametrize(
    "differs",
    [
        {"title": "仓库保管员"},
        {"division_code": OTHER_COMMUNITY},
        {"kind": WorkKind.PART_TIME},
        {"state": PostState.RETURNED},
    ],
)
def test_what_differs_is_no_duplicate(
    session: Session, post: Post, differs: dict[str, object]
) -> None:
    PostFactory(employer=post.employer, **{"title": post.title, **differs})
    assert duplicates_of(session, post) == []


def test_another_employer_called_alike_is_named_but_takes_nothing_in(
    session: Session, post: Post
) -> None:
    namesake = OfferingEmployerFactory(name=post.employer.name)
    PostFactory(employer=namesake, title=post.title)
    PostFactory(title=post.title)
    found = duplicates_of(session, post)
    assert [(each.post.employer, each.can_take_in) for each in found] == [(namesake, False)]
