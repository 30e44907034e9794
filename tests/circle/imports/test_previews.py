"""What a page may show of a file's first rows."""

import pytest

from circle.imports.headers import fingerprint
from circle.imports.previews import (
    CELL_LENGTH,
    MAX_CELLS,
    Preview,
    SheetPreview,
    masked,
    preview_of,
)
from circle.imports.reading import read_sheets
from tests.circle.imports.files import ZHANG, csv_of, xlsx_of

HEADER = ["姓名", "身份证号", "备注", "手机"]
ROW = ["欧阳静娴", ZHANG, "住葛巷路1号3幢", "13800138000"]


@pytest.mark.parametrize(
    ("text", "key", "shown"),
    [
        (ZHANG, "number", f"330*************{ZHANG[-2:]}"),
        (ZHANG, "certificate", f"330*************{ZHANG[-2:]}"),
        (ZHANG, None, f"330*************{ZHANG[-2:]}"),
        ("欧阳静娴", "name", "欧*"),
        ("欧阳静娴", "head_name", "欧*"),
        ("张三", None, "张*"),
        ("仓前街道葛巷路1号", "address", "仓前街道****"),
        ("仓前街道葛巷路1号", None, "仓****"),
        ("13800138000、0571-88886666", "phones", "138****8000、0571-888****6666"),
        ("13800138000", None, "138******00"),
        ("19850615", "born_on", "1985****"),
        ("1985-06-15", None, "1985-**-**"),
        ("202609", "month", "202609"),
        ("1985年6月15日", None, "1985年*月**日"),
        ("暂住葛巷路12号3幢二单元501室", None, "暂****"),
        ("正常", None, "正常"),
        ("职工养老", None, "职工养老"),
        ("5000", None, "5000"),
        ("H1", None, "H1"),
        ("Li", None, "L*"),
        ("ALI MOHAMMED", None, "A****"),
        ("wx@qq.com", None, "w****"),
        ("<img src=x>", None, "<****"),
        ("某某有限公司", "employer_name", "某某有限公司"),
    ],
)
def test_a_cell_is_masked_by_what_it_is_taken_for_or_by_its_shape(
    text: str, key: str | None, shown: str
) -> None:
    assert masked(text, key) == shown


def test_the_header_is_shown_and_the_rows_below_it_are_masked() -> None:
    sheet = SheetPreview("1", 4, 4, [["仓前街道名册", "", "", ""], HEADER, ROW, ROW])
    fields = {0: "name", 1: "number", 3: "phones"}
    title, header, row, _ = sheet.shown_rows(range(1, 2), fields)
    assert (title[0], header) == ("仓前街道名册", HEADER)
    assert row == ["欧*", f"330*************{ZHANG[-2:]}", "住****", "138****8000"]
    # Without a header whatever stands above the first number is shown, and nothing below it.
    assert sheet.shown_rows(range(0), {})[1:3] == [
        HEADER,
        ["欧*", f"330*************{ZHANG[-2:]}", "住****", "138******00"],
    ]


def test_a_list_without_numbers_shows_no_more_than_its_head() -> None:
    names = [[f"张{at}三"] for at in range(30)]
    shown = SheetPreview("1", 30, 1, names).shown_rows(range(0), {})
    assert [row[0] for row in shown[8:]] == ["张*"] * 22


def test_samples_are_few_and_different() -> None:
    rows = [HEADER, ROW, ROW, ["李四", *ROW[1:]], ["王五", *ROW[1:]], ["赵六", *ROW[1:]]]
    sheet = SheetPreview("1", 6, 4, rows)
    assert sheet.samples(0, 0, "name") == ["欧*", "李*", "王*"]
    assert sheet.header(1, range(1)) == "身份证号"
    assert sheet.header(1, range(2)) == f"身份证号 330*************{ZHANG[-2:]}"


def test_only_so_much_of_a_file_is_kept() -> None:
    wide = [["长" * 100] * 300] * 60
    sheets = read_sheets(xlsx_of({str(at): wide for at in range(6)}), "a.xlsx").sheets
    preview = preview_of(sheets, {}, ["坏表"])
    assert sum(len(sheet.rows) * len(sheet.columns) for sheet in preview.sheets) <= MAX_CELLS
    assert max(len(cell) for cell in preview.sheets[0].rows[0]) == CELL_LENGTH
    assert preview.more == 6 - len(preview.sheets) > 0
    assert Preview.of(preview.as_text()) == preview


def test_the_first_rows_reach_behind_the_header() -> None:
    rows = [["说明"]] * 30 + [HEADER] + [ROW] * 50
    (sheet,) = read_sheets(
        csv_of([*([cell[0], "", "", ""] for cell in rows[:30]), *rows[30:]]), "a.csv"
    ).sheets
    (kept,) = preview_of([sheet], {sheet.name: 30}, ()).sheets
    assert kept.rows[30] == HEADER
    assert len(kept.rows) == 30 + 1 + 20


def test_columns_that_differ_in_their_notes_alone_are_told_apart() -> None:
    one = ["姓名", "基数（个人）", "基数（单位）"]
    assert fingerprint(one) != fingerprint([one[0], one[2], one[1]])
    assert fingerprint([*one, "", ""]) == fingerprint([one[0] + "（必填）", *one[1:]])
