import pytest

from circle.posts.titles import title_key


@pytest.mark.parametrize("title", ["保洁员", "保洁员（急招）", "【双休】 保洁员", "保洁 员!!!"])
def test_what_praises_a_post_does_not_name_it(title: str) -> None:
    assert title_key(title) == "保洁员"


def test_a_title_of_brackets_alone_is_still_something() -> None:
    assert title_key("（保安）") == "保安"
    assert title_key("……")
