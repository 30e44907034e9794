"""What stands around the table: titles, merged headers, several sheets, totals, notes."""

from typing import Any

import pytest

from tests.acceptance.town import GEXIANG, STREET, Town, number, people
from tests.circle.imports.files import csv_of, xls_of, xlsx_of

HEADER = ["序号", "户号", "姓名", "身份证号", "所属社区"]


def line(nth: int, community: str = "葛巷社区") -> list[str]:
    name, num = people(60)[nth]
    return [str(nth + 1), f"H{nth}", name, num, community]


def test_a_title_a_filter_row_totals_notes_and_signatures_are_no_rows(town: Town) -> None:
    rows = [
        ["余杭区仓前街道户籍人口花名册（2026年11月）", "", "", "", ""],
        ["填报单位：仓前派出所", "", "", "", "填报日期：2026-11-01"],
        HEADER,
        ["全部", "全部", "全部", "全部", "全部"],
        line(0), line(1),
        ["小计", "", "2人", "", ""],
        ["", "", "", "", ""],
        HEADER,
        line(2),
        ["", "合计：", "3", "", ""],
        ["总计", "3户", "3人", "", ""],
        ["注：1.本表一式两份。", "", "", "", ""],
        ["2. 涂改无效。", "", "", "", ""],
        ["制表人：张某", "", "审核人：李某", "", "负责人（签字）："],
    ]  # fmt: skip
    told = town.sends("household", csv_of(rows))
    assert (told["rows"], told["added"], told["reasons"]) == (3, 3, {})


@pytest.mark.parametrize(
    "header",
    [
        ["序号", "户号", "姓名（必填）", "身份证号\n(18位)", "所属 社区"],
        ["序号", "户 号", "* 姓  名", "公民身份号码", "所属社区（村）"],
        ["序号", "户号", "姓名*", "公民身份证号码（必填）", "区划代码"],
        ["序号", "户号", "\u3000姓名\u3000", "身份证号码：", "所属社区"],
        ["序号", "户号", "姓名(必填)", "【必填】身份证号", "所属\r\n社区"],
    ],
)
def test_headers_as_they_come(town: Town, header: list[str]) -> None:
    told = town.sends("household", xlsx_of({"1": [header, line(0), line(1)]}), name="a.xlsx")
    assert (told["added"], told["scope"]["division"]) == (2, GEXIANG)


@pytest.mark.parametrize("form", [xlsx_of, xls_of], ids=["xlsx", "xls"])
def test_two_header_rows_merged(town: Town, form: Any) -> None:  # noqa: ANN401 - two signatures
    rows = [
        ["户籍人口花名册", "", "", "", ""],
        ["序号", "户号", "人员信息", "人员信息", "所属社区"],
        ["序号", "户号", "姓名", "身份证号", "所属社区"],
        line(0),
        line(1),
    ]
    spans = [(0, 0, 0, 4), (1, 2, 1, 3), (1, 0, 2, 0), (1, 1, 2, 1), (1, 4, 2, 4)]
    name = f"a.{form.__name__[:-3]}"
    told = town.sends("household", form({"表": rows}, merged={"表": spans}), name=name)
    assert (told["rows"], told["added"], told["scope"]["division"]) == (2, 2, GEXIANG)


def test_three_header_rows(town: Town) -> None:
    rows = [
        ["基本信息", "", "", "", ""],
        ["序号", "户号", "人员", "", "住址"],
        ["", "", "姓名", "身份证号", "所属社区"],
        line(0),
    ]
    spans = [(0, 0, 0, 4), (1, 2, 1, 3), (1, 0, 2, 0), (1, 1, 2, 1)]
    told = town.sends("household", xlsx_of({"表": rows}, merged={"表": spans}), name="a.xlsx")
    assert (told["rows"], told["added"]) == (1, 1)


def test_one_sheet_for_each_street_and_one_of_instructions(town: Town) -> None:
    sheets = {
        "填表说明": [["一、本表由派出所填报"], ["二、请勿改动表头"]],
        "仓前街道": [["仓前街道"], HEADER, line(0), line(1, "朱庙社区")],
        "余杭街道": [HEADER, line(2, "宝塔社区")],
        "空表": [],
    }
    told = town.sends("household", xlsx_of(sheets), name="a.xlsx")
    assert (told["rows"], told["added"], told["scope"]["division"]) == (3, 3, "330110")


def test_the_same_person_on_two_sheets_is_one_row_and_one_duplicate(town: Town) -> None:
    sheets = {"一": [HEADER, line(0)], "二": [HEADER, line(0), line(1)]}
    told = town.sends("household", xlsx_of(sheets), name="a.xlsx")
    assert (told["rows"], told["added"], told["reasons"]) == (3, 2, {"duplicate_in_file": 1})


def test_hidden_rows_count(town: Town) -> None:
    rows = [HEADER, *(line(nth) for nth in range(5))]
    told = town.sends("household", xlsx_of({"表": rows}, hidden_rows=[2, 3]), name="a.xlsx")
    assert (told["rows"], told["added"]) == (5, 5)


def test_a_merged_community_holds_for_every_row_below(town: Town) -> None:
    rows = [HEADER, line(0), line(1, ""), line(2, ""), line(3, "朱庙社区"), line(4, "")]
    spans = [(1, 4, 3, 4), (4, 4, 5, 4)]
    told = town.sends("household", xlsx_of({"表": rows}, merged={"表": spans}), name="a.xlsx")
    assert (told["added"], told["scope"]["division"]) == (5, STREET)
    places = town.all("SELECT lives_in, count(*) FROM resident GROUP BY 1 ORDER BY 1")
    assert places == [("330110012004", 3), ("330110012005", 2)]


@pytest.mark.parametrize("form", [xlsx_of, xls_of], ids=["xlsx", "xls"])
def test_members_of_a_household_under_a_merged_head(town: Town, form: Any) -> None:  # noqa: ANN401
    header = [
        "户主姓名",
        "户主身份证",
        "低保证号",
        "姓名",
        "身份证号",
        "与户主关系",
        "救助类别",
        "所属社区",
    ]
    (_, one), (_, two), (_, three) = people(3)
    rows = [
        header,
        ["张三", one, "D1", "张三", one, "户主", "低保", "葛巷社区"],
        ["", "", "", "李四", two, "配偶", "", ""],
        ["王五", three, "D2", "王五", three, "户主", "低边", "葛巷社区"],
    ]
    spans = [(1, column, 2, column) for column in (0, 1, 2, 6, 7)]
    name = f"a.{form.__name__[:-3]}"
    told = town.sends("subsistence", form({"低保": rows}, merged={"低保": spans}), name=name)
    assert (told["rows"], told["added"]) == (3, 3)
    found = town.all("SELECT certificate, kind, relation FROM subsistence ORDER BY id")
    assert [row[:2] for row in found] == [("D1", "dibao"), ("D1", "dibao"), ("D2", "near_dibao")]


def test_a_household_row_whose_only_person_is_the_merged_head(town: Town) -> None:
    """The head stands in a column of its own and the members below in theirs."""
    header = [
        "户主姓名",
        "户主身份证号",
        "成员姓名",
        "成员身份证号",
        "与户主关系",
        "救助类别",
        "所属社区",
    ]
    (_, one), (_, two) = people(2)
    rows = [
        header,
        ["张三", one, "张三", one, "本人", "低保", "葛巷社区"],
        ["", "", "李四", two, "妻", "低保", "葛巷社区"],
    ]
    book = xlsx_of({"低保": rows}, merged={"低保": [(1, 0, 2, 0), (1, 1, 2, 1)]})
    told = town.sends("subsistence", book, name="a.xlsx")
    assert told["added"] == 2


def test_trailing_empty_columns_and_rows_are_nothing(town: Town) -> None:
    rows = [
        [*HEADER, "", ""],
        [*line(0), "", ""],
        *([""] * 7 for _ in range(20)),
        [*line(1), "", ""],
    ]
    assert town.sends("household", csv_of(rows))["rows"] == 2


def test_a_table_that_does_not_begin_in_the_first_column(town: Town) -> None:
    rows = [[], ["", "", *HEADER], ["", "", *line(0)], ["", "", *line(1)]]
    assert town.sends("household", csv_of(rows))["added"] == 2


def test_a_community_as_a_numeric_cell_is_read(town: Town) -> None:
    row: list[object] = [*line(0)]
    row[4] = 330110012004
    told = town.sends("household", xlsx_of({"表": [[*HEADER[:4], "区划代码"], row]}), name="a.xlsx")
    assert (told["added"], told["scope"]["division"]) == (1, GEXIANG)


@pytest.mark.parametrize("form", [xlsx_of, xls_of], ids=["xlsx", "xls"])
def test_only_the_broken_number_comes_back(town: Town, form: Any) -> None:  # noqa: ANN401
    bad: list[object] = [*line(1)]
    bad[3] = float(number(102))
    name = f"a.{form.__name__[:-3]}"
    told = town.sends("household", form({"表": [HEADER, line(0), bad]}), name=name)
    assert (told["added"], told["reasons"]) == (1, {"id_numeric": 1})


def test_a_person_called_like_a_label_is_still_a_person(town: Town) -> None:
    names = ["合计", "单位", "全部", "注解", "日期"]
    rows = [[str(n), f"H{n}", name, number(101 + n), "葛巷社区"] for n, name in enumerate(names)]
    assert town.sends("household", csv_of([HEADER, *rows]))["added"] == 5


def test_the_wrong_file_for_the_source_is_refused(town: Town) -> None:
    rows = [["姓名", "证件号码", "险种", "费款所属期"], ["张三", number(101), "养老", "202610"]]
    for source in ("household", "subsistence", "unemployment", "benefits", "education"):
        town.refused(source, csv_of(rows))
