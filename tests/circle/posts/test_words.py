from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask

from circle.places.walking import WalkingWay
from circle.posts.words import headcount_words, pay_words, reason_words, walk_words
from models.posts import Post, PostMove
from models.vocabulary.posts import PayUnit, PostVerb


@pytest.fixture(autouse=True)
def page(app: Flask) -> Iterator[None]:
    with app.test_request_context("/"):
        yield


def post(unit: PayUnit, low: int | None, high: int | None, months: int = 12) -> Post:
    return Post(
        pay_unit=unit,
        pay_low_fen=low,
        pay_high_fen=high,
        pay_months=months,
        headcount=2,
        hired_count=0,
        valid_until=date(2026, 12, 31),
    )


@pytest.mark.parametrize(
    ("offered", "words"),
    [
        (post(PayUnit.MONTH, 400_000, 600_000), "4000–6000元/月"),
        (post(PayUnit.MONTH, 400_000, 400_000, 13), "4000元/月·13薪"),
        (post(PayUnit.MONTH, 249_000, None), "2490元/月以上"),
        (post(PayUnit.DAY, None, 20_000), "不超过200元/天"),
        (post(PayUnit.HOUR, 2_450, None), "24.50元/小时以上"),
        (post(PayUnit.YEAR, 12_000_000, 20_000_000), "120000–200000元/年"),
        (post(PayUnit.PIECE, 300, 500), "计件，3–5元/件"),
        (post(PayUnit.PIECE, None, None), "计件"),
        (post(PayUnit.MONTH, None, None), "薪酬面议"),
    ],
)
def test_pay_is_said_in_one_way(offered: Post, words: str) -> None:
    assert pay_words(offered) == words


def test_how_many_are_still_looked_for() -> None:
    offered = post(PayUnit.MONTH, None, None)
    assert headcount_words(offered) == "招2人"
    offered.hired_count = 3
    assert headcount_words(offered) == "已招满"


def test_a_way_says_how_it_is_known() -> None:
    assert walk_words(WalkingWay(640, 8, by_street=True)) == "步行约8分钟"
    assert walk_words(WalkingWay(640, 8, by_street=False)) == "步行约8分钟（按直线估算）"
    assert walk_words(None) == ""


def test_why_a_post_was_returned() -> None:
    move = PostMove(verb=PostVerb.RETURN, reasons=["pay_unclear"], note="写明试用期工资")
    assert reason_words(move) == "薪酬不明确；写明试用期工资"
    merged = PostMove(verb=PostVerb.MERGE, reasons=[], note="7")
    assert reason_words(merged) == "保留的岗位编号：7"
    assert reason_words(PostMove(verb=PostVerb.PUBLISH, reasons=[], note=None)) == ""
