from datetime import date, timedelta

import pytest

from circle.todo.words import due_words, unbroken, urgency, wish_words
from models.residents import Intention
from models.vocabulary.residents import WishedHours
from tests.circle.todo.conftest import TODAY


@pytest.mark.parametrize(
    ("due_on", "words"),
    [
        (TODAY - timedelta(days=3), "已超期3天"),
        (TODAY, "今天到期"),
        (date(2026, 11, 22), "11-22到期"),
        (date(2027, 1, 4), "2027-01-04到期"),
    ],
)
def test_a_due_date_is_told_as_people_say_it(due_on: date, words: str) -> None:
    assert due_words(due_on, TODAY, provisional=False) == words


def test_a_date_before_the_years_notice_is_marked_provisional() -> None:
    assert due_words(date(2027, 1, 4), TODAY, provisional=True) == "2027-01-04到期（暂定）"


@pytest.mark.parametrize(("days", "kind"), [(-1, "danger"), (0, "warn"), (2, "warn"), (3, "plain")])
def test_what_presses_is_coloured(days: int, kind: str) -> None:
    assert urgency(TODAY + timedelta(days=days), TODAY) == kind


def test_a_wish_is_seen_before_the_call() -> None:
    wish = Intention(
        kinds=["full_time", "part_time"],
        occupation="电工",
        pay_fen=450_000,
        hours=WishedHours.SCHOOL,
        minutes=15,
        wants_training=True,
        wants_start_up=False,
    )
    assert wish_words(wish) == (
        "电工 · 全职 · 兼职 · 每月4500元以上 · 上学时段 · 路上15分钟以内 · 想参加培训"
    )


def test_no_wish_is_no_words() -> None:
    assert wish_words(None) == ""


def test_a_sentence_is_escaped_before_its_days_are_kept_whole() -> None:
    expected = '&lt;b&gt; <span class="nowrap">2026-07</span>起'
    assert unbroken("<b> 2026-07起") == expected
