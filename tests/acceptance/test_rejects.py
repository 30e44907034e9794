"""Every reason a row comes back for, and the workbook it comes back in."""

import io
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from tests.acceptance.town import BAOTA, GEXIANG, Town, number, people
from tests.circle.imports.files import csv_of, xlsx_of

HEADER = ["户号", "姓名", "身份证号", "性别", "出生日期", "所属社区", "户籍状态", "状态日期"]
GOOD = number(101)


def line(**cells: str) -> list[str]:
    plain = {"户号": "H1", "姓名": "张三", "身份证号": GOOD, "所属社区": "葛巷社区"}
    return [(plain | cells).get(name, "") for name in HEADER]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"身份证号": ""}, "id_missing"),
        ({"身份证号": "   "}, "id_missing"),
        ({"身份证号": GOOD[:17]}, "id_length"),
        ({"身份证号": GOOD + "1"}, "id_length"),
        ({"身份证号": "33011019850615A23X"}, "id_characters"),
        ({"身份证号": GOOD[:-1] + ("0" if GOOD[-1] != "0" else "1")}, "id_checksum"),
        ({"身份证号": "330110198513151238"}, "id_date"),
        ({"身份证号": number(101, "20270101")}, "id_future"),
        ({"身份证号": number(101, "20261122")}, "id_future"),
        ({"性别": "女"}, "id_sex_mismatch"),
        ({"出生日期": "1985-06-16"}, "id_birth_mismatch"),
        ({"姓名": ""}, "name_missing"),
        ({"姓名": " \u3000"}, "name_missing"),
        ({"状态日期": "昨天"}, "date_unreadable"),
        ({"状态日期": "2024-02-30"}, "date_unreadable"),
        ({"所属社区": "不存在社区"}, "division_unknown"),
        ({"所属社区": "330110012999"}, "division_unknown"),
        ({"所属社区": "330113001001"}, "outside_scope"),
        ({"户籍状态": "失踪"}, "kind_unknown"),
        ({"性别": "男女"}, "value_unreadable"),
    ],
)
def test_a_row_comes_back_for_one_reason(town: Town, cells: dict[str, str], code: str) -> None:
    told = town.sends("household", [HEADER, line(**cells)], "--division", "330110")
    assert (told["rows"], told["rejected"], told["reasons"]) == (1, 1, {code: 1})


def test_a_person_born_today_is_no_error(town: Town) -> None:
    row = line(身份证号=number(101, "20261121"), 出生日期="2026-11-21", 性别="男")
    assert town.sends("household", [HEADER, row])["added"] == 1


def test_a_number_stored_as_a_number_is_destroyed(town: Town) -> None:
    row: list[object] = [*line()]
    row[2] = float(GOOD)
    told = town.sends("household", xlsx_of({"户籍": [HEADER, row]}), name="a.xlsx")
    assert told["reasons"] == {"id_numeric": 1}


@pytest.mark.parametrize("text", ["3.30110198506151E+17", "3.30110198506E17", "3.3011E+017"])
def test_a_number_in_scientific_notation_says_so_too(town: Town, text: str) -> None:
    assert town.sends("household", [HEADER, line(身份证号=text)])["reasons"] == {"id_numeric": 1}


def test_every_problem_of_a_row_is_told_together(town: Town) -> None:
    row = line(
        姓名="", 身份证号="123", 所属社区="无此社区", 户籍状态="失踪", 状态日期="昨天", 性别="?"
    )
    told = town.sends("household", [HEADER, row, line()], "--division", "330110")
    assert (told["rejected"], told["added"]) == (1, 1)
    assert told["reasons"] == {
        "name_missing": 1, "id_length": 1, "division_unknown": 1, "kind_unknown": 1,
        "date_unreadable": 1, "value_unreadable": 1,
    }  # fmt: skip


def test_a_number_failing_one_check_says_no_more_about_the_number(town: Town) -> None:
    row = line(身份证号=GOOD[:-1] + "*", 性别="女", 出生日期="1999-01-01")
    assert town.sends("household", [HEADER, row])["reasons"] == {"id_characters": 1}


def test_sex_and_birth_may_both_contradict_the_number(town: Town) -> None:
    told = town.sends("household", [HEADER, line(性别="女", 出生日期="1999-01-01")])
    assert told["rejected"] == 1
    assert set(told["reasons"]) <= {"id_sex_mismatch", "id_birth_mismatch"}


def test_of_identical_rows_the_first_counts(town: Town) -> None:
    spaced = line(身份证号=f" {GOOD} ", 姓名="张 三")
    told = town.sends("household", [HEADER, line(), line(), spaced])
    assert (told["added"], told["rejected"], told["reasons"]) == (1, 2, {"duplicate_in_file": 2})


def test_two_that_differ_on_one_key_are_both_returned(town: Town) -> None:
    dead = line(户籍状态="死亡", 状态日期="2026-01-01")
    told = town.sends("household", [HEADER, line(), dead, line(姓名="李四", 身份证号=number(102))])
    assert (told["added"], told["rejected"], told["reasons"]) == (1, 2, {"duplicate_in_file": 2})


def test_identical_twins_of_a_contradicted_row_are_all_returned(town: Town) -> None:
    dead = line(户籍状态="死亡")
    told = town.sends("household", [HEADER, line(), line(), dead])
    assert (told["added"], told["rejected"], told["reasons"]) == (0, 3, {"duplicate_in_file": 3})


def test_a_faulty_row_takes_no_good_one_along(town: Town) -> None:
    told = town.sends("household", [HEADER, line(), line(户籍状态="失踪")])
    assert (told["added"], told["rejected"], told["reasons"]["kind_unknown"]) == (1, 1, 1)


def test_documents_that_pass_the_checksum_are_taken(town: Town) -> None:
    rows = [
        line(身份证号=number(101, area="810000")),
        line(身份证号=number(102, area="830000")),
        line(身份证号=number(103, area="911123")),
    ]
    assert town.sends("household", [HEADER, *rows])["added"] == 3


@pytest.mark.parametrize("paper", ["E12345678", "H1234567801", "护照EB1234567", "M1234567(8)"])
def test_other_papers_come_back_as_unsupported_or_misshapen(town: Town, paper: str) -> None:
    (code,) = town.sends("household", [HEADER, line(身份证号=paper)])["reasons"]
    assert code in {"document_unsupported", "id_length", "id_characters"}


def test_a_column_of_document_types_names_what_is_unsupported(town: Town) -> None:
    header = [*HEADER, "证件类型"]
    rows = [[*line(), "居民身份证"], [*line(身份证号="E12345678"), "护照"]]
    told = town.sends("household", [header, *rows])
    assert (told["added"], told["reasons"]) == (1, {"document_unsupported": 1})


@pytest.mark.parametrize("area", ["330113", "330114", "330103", "330104", "999999"])
def test_an_area_off_the_table_is_never_a_reason(town: Town, area: str) -> None:
    if area == "999999":
        area = "339999"
    told = town.sends("household", [HEADER, line(身份证号=number(101, area=area))])
    assert (told["added"], told["rejected"]) == (1, 0)


@pytest.mark.parametrize(
    "dressed",
    [
        "３３０１１０１９８５０６１５１０１{}",
        " 330110 19850615 101{} ",
        "\u00a0330110\u00a019850615101{}",
        "'33011019850615101{}",
        "‘33011019850615101{}",
        "330110-19850615-101{}",
        "\ufeff33011019850615101{}",
    ],
)
def test_a_number_is_normalised_before_it_is_judged(town: Town, dressed: str) -> None:
    told = town.sends("household", [HEADER, line(身份证号=dressed.format(GOOD[-1]))])
    assert told["added"] == 1, told


@pytest.mark.parametrize("last", ["x", "X", "×", "Ⅹ", "ｘ", "Ｘ"])
def test_every_way_to_write_the_check_character_ten(town: Town, last: str) -> None:
    ends_in_x = next(found for n in range(101, 200) if (found := number(n)).endswith("X"))
    told = town.sends("household", [HEADER, line(身份证号=ends_in_x[:-1] + last)])
    assert told["added"] == 1, told


def test_an_old_number_of_fifteen_digits_is_the_same_person(town: Town) -> None:
    old = GOOD[:6] + GOOD[8:17]
    assert town.sends("household", [HEADER, line()])["added"] == 1
    told = town.sends("household", [HEADER, line(身份证号=old)], "--month", "2026-11")
    assert told["unchanged"] == 1


def test_the_workbook_returns_the_senders_own_columns(town: Town) -> None:
    header = [*HEADER, "经办人备注"]
    rows = [
        [*line(), "甲"],
        [*line(身份证号="123"), "=1+1"],
        [*line(姓名="", 身份证号="", 户籍状态="正常"), "乙"],
    ]
    out = town.folder / "rejects.xlsx"
    told = town.sends("household", [["余杭区户籍名册"], header, *rows], "--rejects", str(out))
    assert told["rejected"] == 2
    found = sheet_of(out)
    top = next(i for i, row in enumerate(found) if "姓名" in row)
    returned = [dict(zip(found[top], row, strict=False)) for row in found[top + 1 :]]
    assert [row["身份证号"] for row in returned] == ["123", ""]
    assert set(header) <= set(found[top])
    joined = ["".join(map(str, row.values())) for row in returned]
    assert "证件号码位数不对" in joined[0]
    assert "缺少证件号码" in joined[1]
    assert "缺少姓名" in joined[1]


@pytest.mark.parametrize("danger", ["=1+1", "+1", "-1+2", "@SUM(A1)", '=HYPERLINK("http://x")'])
def test_formulas_in_returned_rows_are_only_text(town: Town, danger: str) -> None:
    out = town.folder / "rejects.xlsx"
    town.sends("household", [HEADER, line(身份证号="1", 户号=danger)], "--rejects", str(out))
    cells = [cell for row in sheet_of(out) for cell in row]
    assert danger not in cells
    assert any(str(cell).endswith(danger) for cell in cells)


def test_the_workbook_mended_is_accepted(town: Town) -> None:
    out = town.folder / "rejects.xlsx"
    town.sends("household", [HEADER, line(身份证号="123"), line(姓名="王五", 身份证号=number(103))],
               "--rejects", str(out))  # fmt: skip
    rows = [[GOOD if cell == "123" else cell for cell in row] for row in sheet_of(out)]
    told = town.sends("household", xlsx_of({"退回": rows}), "--confirm-departures", name="m.xlsx")
    assert (told["rows"], told["added"]) == (1, 1)


def test_no_rejects_still_makes_a_workbook(town: Town) -> None:
    out = town.folder / "rejects.xlsx"
    town.sends("household", [HEADER, line()], "--rejects", str(out))
    assert sheet_of(out)


def test_a_rehearsal_returns_the_same_workbook(town: Town) -> None:
    out = town.folder / "rejects.xlsx"
    before = town.dump()
    told = town.sends("household", [HEADER, line(姓名="")], "--rehearse", "--rejects", str(out))
    assert told["batch"] is None
    assert town.dump() == before
    assert any("缺少姓名" in str(cell) for row in sheet_of(out) for cell in row)


def test_rows_outside_the_scope_come_back(town: Town) -> None:
    rows = [
        line(身份证号=num, 姓名=name, 所属社区=where)
        for (name, num), where in zip(people(3), (GEXIANG, BAOTA, "朱庙社区"), strict=True)
    ]
    told = town.sends("household", [HEADER, *rows], "--division", "330110012")
    assert (told["added"], told["reasons"]) == (2, {"outside_scope": 1})


def sheet_of(path: Path) -> list[list[object]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
    rows = book.get_sheet_by_index(0).to_python()
    return [list(row) for row in rows]


def test_a_bad_row_keeps_nobody_else_out(town: Town) -> None:
    good = [line(姓名=name, 身份证号=num) for name, num in people(30)]
    rows = [HEADER, *good[:15], line(身份证号="坏"), *good[15:]]
    told = town.sends("household", csv_of(rows))
    assert (told["rows"], told["added"], told["rejected"]) == (31, 30, 1)
