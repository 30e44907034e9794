import os

import pytest

from circle.imports.file_names import codes_in, month_in, readable
from models.vocabulary.months import month_of

NEWEST = month_of("2026-11")


@pytest.mark.parametrize(
    ("name", "month"),
    [
        ("202610.xlsx", "2026-10"),
        ("社保202610_330110.csv", "2026-10"),
        ("330110012_2026-10.csv", "2026-10"),
        ("2026-10_330110.csv", "2026-10"),
        ("缴费2026年9月.xls", "2026-09"),
        ("2026.9 明细.csv", "2026-09"),
        ("202611.csv", "2026-11"),
    ],
)
def test_a_name_may_tell_the_month(name: str, month: str) -> None:
    assert month_in(name, NEWEST) == month_of(month)


@pytest.mark.parametrize(
    "name",
    [
        "名册.xlsx",
        "2026-10-31导出.csv",
        "20261031.csv",
        "2026年10月31日.csv",
        "202609-202610.csv",
        "202612.csv",
        "202613.csv",
        "330110.csv",
        "12026100.csv",
    ],
    ids=["none", "a date", "a date without signs", "a date in words", "two months", "to come",
         "no month", "a division", "part of a number"],
)  # fmt: skip
def test_what_is_no_single_month_past_is_left_to_the_content(name: str) -> None:
    assert month_in(name, NEWEST) is None


def test_codes_are_whole_numbers_of_a_division_s_length() -> None:
    assert codes_in("330110012_葛巷330110012004-12345678.csv") == {"330110012", "330110012004"}


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("名册.csv".encode(), "名册.csv"),
        ("名册.csv".encode("gb18030"), "名册.csv"),
        (b"a\nb\x1b[31m.csv", "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}[31m.csv"),
        ("a\N{RIGHT-TO-LEFT OVERRIDE}vsc.csv".encode(), "a\N{REPLACEMENT CHARACTER}vsc.csv"),
        (b"\xff\xff.csv", "\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}.csv"),
    ],
    ids=["utf-8", "gb18030", "control characters", "turned around", "neither"],
)
def test_a_name_is_shown_as_it_can_be_read(raw: bytes, read: str) -> None:
    assert readable(os.fsdecode(raw)) == read
