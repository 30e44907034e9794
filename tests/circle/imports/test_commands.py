"""What the command line prints."""

import json

import xlsxwriter
from python_calamine import CalamineWorkbook

from circle.imports.commands import import_file, imports
from tests.circle.imports.conftest import COMMUNITY, DISTRICT, Bureau, insured, number, register

FANG, QIANG = ("王芳", number(2)), ("李强", number(3))
KEYS = [
    "batch", "source", "month", "scope", "rows", "added", "changed", "unchanged", "unmatched",
    "ignored", "ended", "rejected", "reasons", "warnings", "seconds",
]  # fmt: skip


def test_an_import_prints_one_object(bureau: Bureau) -> None:
    answer = bureau.sends("household", register(FANG), "--month", "2026-10")
    assert list(answer) == KEYS
    assert answer["scope"] == {"kinds": None, "division": COMMUNITY, "month": "2026-10"}


def test_batches_are_listed_and_shown(bureau: Bureau) -> None:
    bureau.sends("household", register(FANG, QIANG))
    bureau.sends("insurance", insured(FANG))
    listed = json.loads(bureau.run(imports, "list", "--json").stdout)
    assert [line["batch"] for line in listed] == [2, 1]
    assert list(listed[0]) == ["batch", "source", "month", "scope", "state", "file", "by", "at"]
    assert listed[0]["scope"] == {
        "kinds": ["employee_pension"], "division": DISTRICT, "month": "2026-09",
    }  # fmt: skip
    shown = json.loads(bureau.run(imports, "show", "2", "--json").stdout)
    assert (shown["state"], shown["by"], shown["added"]) == ("applied", "clerk", 1)
    assert bureau.run(imports, "show", "9").exit_code == 1


def test_people_are_told_by_which_door_a_file_came(bureau: Bureau) -> None:
    bureau.sends("household", register(FANG))
    assert bureau.run(imports, "list").stdout.rstrip().endswith("命令行导入")
    assert "来路: 命令行导入" in bureau.run(imports, "show", "1").stdout


def test_a_street_s_clerk_sees_the_street_s_batches(bureau: Bureau) -> None:
    bureau.sends("household", register(FANG), "--division", DISTRICT)
    bureau.sends("household", register(QIANG), "--confirm-departures", by="streetclerk")
    listed = json.loads(bureau.run(imports, "list", "--as", "streetclerk", "--json").stdout)
    assert [line["batch"] for line in listed] == [2]
    refused = bureau.run(imports, "undo", "1", "--as", "streetclerk")
    assert refused.exit_code == 1
    assert bureau.count("import_batch", "state = 'undone'") == 0


def test_wrong_usage_is_no_refusal(bureau: Bureau) -> None:
    file = str(bureau.file(register(FANG)))
    for words in (
        ["nonsense", file, "--as", "clerk"],
        ["household", file],
        ["household", file, "--as", "clerk", "--month", "2026-13"],
        ["household", file, "--as", "clerk", "--kinds", "employee_pension"],
        ["insurance", file, "--as", "clerk", "--kinds", "pension"],
    ):
        assert bureau.run(import_file, *words).exit_code == 2


def test_rejected_rows_come_back_ready_to_mend(bureau: Bureau) -> None:
    rows = register(FANG, QIANG)
    rows[2][2], rows[2][3] = "", rows[2][3][:17]
    target = bureau.folder / "rejects.xlsx"
    bureau.sends("household", rows, "--rejects", str(target))
    header, row = CalamineWorkbook.from_path(target).get_sheet_by_index(0).to_python()
    assert header == [*rows[0], "问题"]
    assert row[:-1] == rows[2]
    assert row[-1] == "身份证号：证件号码位数不对；姓名：缺少姓名"
    target.rename(bureau.folder / "mended.xlsx")


def test_a_mended_workbook_is_accepted(bureau: Bureau) -> None:
    rows = register(FANG, QIANG)
    rows[2][2] = ""
    target = bureau.folder / "rejects.xlsx"
    bureau.sends("household", rows, "--division", DISTRICT, "--rejects", str(target))
    header, row = CalamineWorkbook.from_path(target).get_sheet_by_index(0).to_python()
    row[2] = "李强"
    mended = bureau.folder / "mended.xlsx"
    with xlsxwriter.Workbook(mended) as book:
        sheet = book.add_worksheet()
        for line, cells in enumerate([header, row]):
            sheet.write_row(line, 0, cells)
    answer = bureau.sends("household", mended)
    assert (answer["added"], answer["rejected"], answer["ended"]) == (1, 0, 0)
    # The mended rows are no list of their own: the next one is held against the first.
    everybody = register(FANG, ("李强", QIANG[1]), ("陈梅", number(4)))
    assert bureau.sends("household", everybody, "--division", DISTRICT)["added"] == 1
