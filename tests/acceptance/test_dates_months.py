"""Every spelling of a day and a month."""

from datetime import date

import pytest

from tests.acceptance.town import GEXIANG, Cells, Town, number, people
from tests.circle.imports.files import xls_of, xlsx_of

DAYS = {
    "2024-03-15": "2024-03-15", "2024/3/1": "2024-03-01", "20240315": "2024-03-15",
    "2024年3月15日": "2024-03-15", "2024.3.5": "2024-03-05", "45366": "2024-03-15",
    "2024-03-15 00:00:00": "2024-03-15", "2024/03/15 8:30": "2024-03-15",
    "2024-3-5": "2024-03-05", "２０２４年３月１５日": "2024-03-15",
    "2024 年 3 月 15 日": "2024-03-15",
    "2024-02-29": "2024-02-29",
    "": None, "/": None, "无": None,
}  # fmt: skip
MONTHS = {
    "2024年3月": "2024-03", "202403": "2024-03", "2024.3": "2024-03", "2024-03": "2024-03",
    "2024/3": "2024-03", "2024.03": "2024-03", "2024年03月": "2024-03", "2024-3-1": "2024-03",
    "20240301": "2024-03", "2021-10": "2021-10", "2021.10": "2021-10", "2021/10": "2021-10",
    "2021年10月": "2021-10", "202110": "2021-10", "2021-11": "2021-11", "2021-12": "2021-12",
    "2024-03-15 00:00:00": "2024-03", "45366": "2024-03", "２０２４．３": "2024-03",
    "2024年3月份": "2024-03",
}  # fmt: skip
NOT_DAYS = ["2024-13-01", "2023-02-29", "20240230", "三月", "2024-3-32", "99999999"]
NOT_MONTHS = ["2024-13", "202400", "2024年13月", "24", "下月", "2024-0"]


def test_days(town: Town) -> None:
    who = people(len(DAYS))
    rows = [[*person, "葛巷社区", day] for person, day in zip(who, DAYS, strict=True)]
    told = town.sends("household", [["姓名", "身份证号", "所属社区", "状态日期"], *rows])
    assert told["reasons"] == {}
    found = town.all("SELECT status_on FROM register_entry ORDER BY resident_id")
    assert dict(zip(DAYS, [day for (day,) in found], strict=True)) == DAYS


def test_months(town: Town) -> None:
    who = people(len(MONTHS))
    rows = [[*person, "葛巷社区", "低保", month] for person, month in zip(who, MONTHS, strict=True)]
    head = ["姓名", "身份证号", "所属社区", "救助类别", "保障起始年月"]
    assert town.sends("subsistence", [head, *rows])["reasons"] == {}
    found = town.all("SELECT from_month FROM subsistence ORDER BY resident_id")
    texts = [f"{month // 12}-{month % 12 + 1:02}" for (month,) in found]
    assert dict(zip(MONTHS, texts, strict=True)) == MONTHS


def test_what_is_no_day(town: Town) -> None:
    rows = [
        [*who, "葛巷社区", day] for who, day in zip(people(len(NOT_DAYS)), NOT_DAYS, strict=True)
    ]
    told = town.sends("household", [["姓名", "身份证号", "所属社区", "状态日期"], *rows])
    assert told["reasons"] == {"date_unreadable": len(NOT_DAYS)}


def test_what_is_no_month(town: Town) -> None:
    rows = [
        [*who, "葛巷社区", "低保", text]
        for who, text in zip(people(len(NOT_MONTHS)), NOT_MONTHS, strict=True)
    ]
    head = ["姓名", "身份证号", "所属社区", "救助类别", "保障起始年月"]
    told = town.sends("subsistence", [head, *rows])
    assert told["reasons"] == {"month_unreadable": len(NOT_MONTHS)}


@pytest.mark.parametrize("form", [xlsx_of, xls_of], ids=["xlsx", "xls"])
def test_numeric_cells_of_days_and_months(town: Town, form: object) -> None:
    assert callable(form)
    (name, num), (other, second), (third, last) = people(3)
    rows: list[Cells] = [
        ["姓名", "身份证号", "所属社区", "救助类别", "保障起始年月", "月保障金额"],
        [name, num, "葛巷社区", "低保", 202403, 1200.5],
        [other, second, "葛巷社区", "低保", 45366, 900],
        [third, last, "葛巷社区", "低保", date(2021, 10, 1) if form is xlsx_of else 202110, 1],
    ]
    name = "a.xlsx" if form is xlsx_of else "a.xls"
    assert town.sends("subsistence", form({"1": rows}), name=name)["reasons"] == {}
    assert town.all("SELECT from_month, amount_fen FROM subsistence ORDER BY resident_id") == [
        (2024 * 12 + 2, 120_050),
        (2024 * 12 + 2, 90_000),
        (2021 * 12 + 9, 100),
    ]


def test_a_month_that_lost_its_zero_is_not_guessed(town: Town) -> None:
    """2021.10 as a number is 2021.1: January or October, nobody knows."""
    rows = [
        ["姓名", "身份证号", "所属社区", "救助类别", "保障起始年月"],
        [*people(1)[0], "葛巷社区", "低保", 2021.1],
    ]
    told = town.sends("subsistence", xlsx_of({"1": rows}), name="a.xlsx")
    assert told["reasons"] == {"month_unreadable": 1}


ENDS = [*((word, None) for word in ("至今", "长期", "", "/", "无")), ("202612", 2026 * 12 + 11)]


@pytest.mark.parametrize(("word", "month"), ENDS)
def test_a_benefit_without_an_end(town: Town, word: str, month: int | None) -> None:
    town.sends("household", [["姓名", "身份证号", "所属社区"], [*people(1)[0], "葛巷社区"]])
    name, num = people(1)[0]
    head = ["证件号码", "姓名", "待遇类别", "待遇起始年月", "待遇终止年月"]
    town.sends("benefits", [head, [num, name, "养老金", "202601", word]], "--division", GEXIANG)
    assert town.all("SELECT from_month, to_month FROM benefit_spell") == [(2026 * 12, month)]


def test_a_contract_without_end(town: Town) -> None:
    town.sends(
        "household", [["姓名", "身份证号", "所属社区"], *([*who, "葛巷社区"] for who in people(3))]
    )
    head = ["就业登记日期", "证件号码", "姓名", "合同开始日期", "合同结束日期", "有效标记"]
    rows = [
        ["2026-01-01", num, name, "2026-01-01", end, "有效"]
        for (name, num), end in zip(people(3), ("长期", "无", "2027年12月31日"), strict=True)
    ]
    assert town.sends("employment", [head, *rows], "--division", GEXIANG)["reasons"] == {}
    found = town.all("SELECT contract_to FROM employment_spell ORDER BY resident_id")
    assert [day for (day,) in found] == [None, None, "2027-12-31"]


def test_birth_columns_are_checked_whatever_their_spelling(town: Town) -> None:
    num = number(101)
    spellings = ["1985-06-15", "19850615", "1985年6月15日", "1985/6/15", "1985.06.15", "31213"]
    for nth, text in enumerate(spellings):
        rows = [
            ["姓名", "身份证号", "所属社区", "出生日期", "备注"],
            ["张三", num, "葛巷社区", text, str(nth)],
        ]
        told = town.sends("household", rows)
        assert told["reasons"] == {}, text
