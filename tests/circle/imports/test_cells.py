"""What cells say, in every spelling that arrives."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circle.imports.cells import (
    Unreadable,
    read_birth,
    read_day,
    read_fen,
    read_month,
    read_months,
    read_name,
    read_phones,
    read_text,
    read_words,
)
from models.vocabulary.months import month_key, month_of

MARCH = [
    "2024年3月",
    "2024年03月份",
    "202403",
    "2024.3",
    "2024.03",
    "2024-3",
    "2024/03",
    "2024/3/1",
    "20240315",
    "45366",
]
TIMED = [
    "2024-03-15 00:00:00",
    "2024/3/15 0:00",
    "２０２４年３月",
    "2024 年 3 月",
    "2024-03-15T08:30",
]


@pytest.mark.parametrize("text", [*MARCH, *TIMED])
def test_march_is_march_however_it_is_written(text: str) -> None:
    assert read_month(text) == month_of("2024-03")


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2021-10", "2021-10"),
        ("202110", "2021-10"),
        ("2021.1", "2021-01"),
        ("2021年12月", "2021-12"),
    ],
)
def test_october_does_not_become_january(text: str, month: str) -> None:
    assert read_month(text) == month_of(month)


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_every_day_is_read_back_from_every_spelling(day: date) -> None:
    plain = f"{day.year}/{day.month}/{day.day}"
    chinese = f"{day.year}年{day.month}月{day.day}日"
    for text in (day.isoformat(), day.strftime("%Y%m%d"), plain, chinese, plain.replace("/", ".")):
        assert read_day(text) == day
        assert read_month(text) == month_key(day)


def test_an_excel_serial_is_a_day() -> None:
    assert read_day("45366") == date(2024, 3, 15)
    assert read_day("45366.5") == date(2024, 3, 15)


@pytest.mark.parametrize("text", ["", " ", "/", "／", "无", "-", "——", "长期", "至今", "NULL"])
def test_a_cell_that_says_nothing_is_no_day(text: str) -> None:
    assert read_day(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-30",
        "202413",
        "2024.0",
        "24-3-15",
        "2024",
        "1899-12-31",
        "2101-01-01",
        "99999",
        "三月",
        "2024-3-1-1",
        "待定",
        "1",
    ],
)
def test_what_is_no_day_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        read_day(text)


def test_a_span_of_months_may_stand_in_one_cell() -> None:
    january, march = month_of("2024-01"), month_of("2024-03")
    for text in ("202401-202403", "2024-01至2024-03", "2024年1月~2024年3月", "2024.1—2024.3"):
        assert read_months(text) == (january, march)
    assert read_months("202401至今") == (january, None)
    assert read_months("2024-01") == (january, january)
    with pytest.raises(Unreadable):
        read_months("202403-202401")


def test_a_birth_month_leaves_the_day_open() -> None:
    assert read_birth("1985年6月") == (date(1985, 6, 1), False)
    assert read_birth("198506") == (date(1985, 6, 1), False)
    assert read_birth("19850615") == (date(1985, 6, 15), True)
    assert read_birth("31213") == (date(1985, 6, 15), True)


@pytest.mark.parametrize(
    ("text", "fen"),
    [("1,234.5", 123450), ("￥800元", 80000), ("０", 0), ("905.00元/月", 90500), ("", None)],
)
def test_yuan_are_counted_in_fen(text: str, fen: int | None) -> None:
    assert read_fen(text) == fen


@pytest.mark.parametrize("text", ["-5", "八百", "NaN", "1e99", "待核"])
def test_what_is_no_money_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        read_fen(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("张 三", "张三"),
        ("　张三\u00a0", "张三"),
        ("买买提•吐尔逊", "买买提·吐尔逊"),
        ("买买提．吐尔逊", "买买提·吐尔逊"),
        ("买买提.吐尔逊", "买买提·吐尔逊"),
        ("买买提 ・ 吐尔逊", "买买提·吐尔逊"),
        ("John  Smith", "John Smith"),
        ("王㛃", "王㛃"),
        ("李 𬱖", "李𬱖"),
        ("/", None),
        ("", None),
    ],
)
def test_names_are_stored_in_one_spelling(text: str, name: str | None) -> None:
    assert read_name(text) == name


@pytest.mark.parametrize(
    ("text", "phones"),
    [
        ("13812345678", ["13812345678"]),
        ("13812345678、13912345678", ["13812345678", "13912345678"]),
        ("13812345678 13912345678", ["13812345678", "13912345678"]),
        ("13812345678/0571-88886666", ["13812345678"]),
        ("138 1234 5678", ["13812345678"]),
        ("+86 138-1234-5678", ["13812345678"]),
        ("0571-88886666", ["0571-88886666"]),
        ("无", []),
    ],
)
def test_every_number_of_a_cell_is_found(text: str, phones: list[str]) -> None:
    assert read_phones(text) == phones


def test_what_is_no_telephone_number_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        read_phones("12345")


def test_several_words_are_each_read_once() -> None:
    words = {"残疾人": "disabled", "农民工": "rural_migrant"}
    assert read_words("残疾人、农民工；残疾人", words) == ["disabled", "rural_migrant"]
    with pytest.raises(Unreadable):
        read_words("残疾人、别的", words)


def test_a_number_kept_as_text_by_a_formula_is_that_number() -> None:
    assert read_text('="0012"') == "0012"
