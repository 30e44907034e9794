"""Finding the header among titles, merged rows and the office's own spellings."""

import numpy as np
import pytest

from circle.imports.headers import fingerprint, guess, header_texts, plain_header
from circle.imports.layouts import Layout
from circle.imports.reading import read_sheets
from circle.imports.sources import SOURCES
from models.vocabulary.facts import Source
from tests.circle.imports.files import ZHANG, csv_of, xlsx_of


def layout_of(data: bytes, source: Source) -> Layout:
    (layout,) = guess(read_sheets(data, "名册.xlsx").sheets, SOURCES[source])
    return layout


@pytest.mark.parametrize(
    "text",
    [
        "证件号码",
        "证件\n号码",
        " 证 件 号 码 ",
        "*证件号码",
        "证件号码（必填）",
        "证件号码：",
        "2.证件号码",
    ],
)
def test_ornaments_of_a_header_say_nothing(text: str) -> None:
    assert plain_header(text) == "证件号码"
    assert fingerprint([text]) == fingerprint(["证件号码"])


def test_a_title_stands_above_the_header() -> None:
    rows = [["余杭区名册", "", ""], ["填报：仓前", "", ""], ["姓名", "证件号码", "险种"]]
    layout = layout_of(csv_of(rows), Source.INSURANCE)
    assert (layout.first, layout.last) == (2, 2)
    assert layout.mapping == {"name": 0, "number": 1, "kind": 2}


def test_merged_header_rows_are_read_together() -> None:
    rows = [
        ["仓前街道参保明细", None, None, None, None],
        ["姓名", "证件号码", "单位", None, "费款所属期"],
        [None, None, "编号", "名称", None],
        ["张三", ZHANG, "33", "甲", "202401"],
    ]
    ranges = [(0, 0, 0, 4), (1, 0, 2, 0), (1, 1, 2, 1), (1, 2, 1, 3), (1, 4, 2, 4)]
    layout = layout_of(xlsx_of({"a": rows}, merged={"a": ranges}), Source.INSURANCE)
    assert (layout.first, layout.last) == (1, 2)
    assert layout.mapping["employer_number"] == 2
    assert layout.mapping["employer_name"] == 3
    sheet = read_sheets(xlsx_of({"a": rows}, merged={"a": ranges}), "a").sheets[0]
    assert header_texts(sheet, layout)[:4] == ["姓名", "证件号码", "单位\n编号", "单位\n名称"]


def test_the_head_and_the_member_are_told_by_the_row_above() -> None:
    rows = [
        ["户主", "", "家庭成员", ""],
        ["姓名", "身份证号", "姓名", "身份证号"],
        ["张", "1", "李", "2"],
    ]
    page = (
        "<table><tr><td colspan=2>户主<td colspan=2>家庭成员</tr>"
        + "".join("<tr>" + "".join(f"<td>{c}" for c in row) + "</tr>" for row in rows[1:])
        + "</table>"
    )
    layout = layout_of(page.encode(), Source.SUBSISTENCE)
    mapping = layout.mapping
    assert [mapping[key] for key in ("head_name", "head_number", "name", "number")] == [0, 1, 2, 3]


def test_a_list_of_heads_alone_is_a_list_of_persons() -> None:
    layout = layout_of(csv_of([["户主姓名", "身份证号", "低保证号"]]), Source.SUBSISTENCE)
    assert layout.mapping["name"] == layout.mapping["head_name"] == 0


@pytest.mark.parametrize(("source", "described"), SOURCES.items())
def test_every_alias_is_found_alone_and_in_any_order(source: Source, described: object) -> None:
    del described
    columns = SOURCES[source].columns
    header = [column.aliases[0] for column in columns if column.key not in {"community", "street"}]
    rng = np.random.default_rng(1)
    for _ in range(3):
        rng.shuffle(header)
        layout = layout_of(csv_of([header, ["x"] * len(header)]), source)
        for column in columns:
            if column.aliases[0] in header and column.key != "month":
                assert header[layout.mapping[column.key]] in column.aliases


def test_the_kinds_may_be_the_columns() -> None:
    header = [
        "姓名",
        "证件号码",
        "缴费年月",
        "养老保险（个人）",
        "养老保险（单位）",
        "工伤保险",
        "失业保险缴费基数",
    ]
    layout = layout_of(csv_of([header]), Source.INSURANCE)
    assert layout.kind_columns() == {
        3: "employee_pension",
        4: "employee_pension",
        5: "ignored",
        6: "unemployment",
    }


def test_cover_sheets_and_notes_are_left_out() -> None:
    sheets = {
        "封面": [["仓前街道"], ["2024年3月"]],
        "仓前": [["姓名", "身份证号"], ["张三", ZHANG]],
        "说明": [["身份证号要填写完整"]],
    }
    reading = read_sheets(xlsx_of(sheets), "a.xlsx")
    layouts = guess(reading.sheets, SOURCES[Source.HOUSEHOLD])
    assert [layout.sheet for layout in layouts] == ["仓前"]
