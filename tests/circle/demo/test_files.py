"""The files hold every trap they promise, and exactly as many broken rows."""

import hashlib
import io
import zipfile
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from circle.demo.district import District, invent
from circle.demo.files import DemoFile, write
from circle.demo.sheets import bureau_names
from models.vocabulary.documents import UnreadableNumber, read_number
from models.vocabulary.facts import Source
from models.vocabulary.tasks import AnomalyCode

ON = date(2026, 11, 21)
RESIDENTS = 3_000
ID_CODES = {"id_length", "id_characters", "id_checksum", "id_date", "id_future"}


@pytest.fixture(scope="module")
def district() -> District:
    return invent(RESIDENTS, 7, ON)


@pytest.fixture(scope="module")
def files(district: District, tmp_path_factory: pytest.TempPathFactory) -> list[DemoFile]:
    return write(district, tmp_path_factory.mktemp("files"))


def of(files: list[DemoFile], source: Source, month: str | None = None) -> DemoFile:
    return next(each for each in files if each.source is source and each.month == month)


def table(text: str, separator: str = ",") -> pd.DataFrame:
    """The rows under the headers, without a title above them and a total below."""
    lines = text.removeprefix("\ufeff").split("\r\n")
    if "明细,," in lines[0]:
        lines = lines[1:]
    rows = pd.read_csv(
        io.StringIO("\n".join(lines)), sep=separator, dtype=str, keep_default_na=False
    )
    return rows[~rows.isin(["合计"]).any(axis=1)]


def rows_of(path: Path) -> list[list[Any]]:
    book = CalamineWorkbook.from_path(str(path))
    return [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]


def codes_of(numbers: pd.Series) -> Counter[str]:
    """What is wrong with the numbers, leaving out blanks and names slipped in from the left."""
    codes: Counter[str] = Counter()
    for number in numbers:
        try:
            read_number(str(number), on=ON)
        except UnreadableNumber as problem:
            codes[problem.code.value] += 1
    return codes


def test_all_eight_sources_send_something(files: list[DemoFile]) -> None:
    assert {each.source for each in files} == set(Source)


def test_residents_come_before_the_facts_about_them(files: list[DemoFile]) -> None:
    order = list(dict.fromkeys(each.source for each in files))
    known = {Source.HOUSEHOLD, Source.SUBSISTENCE, Source.UNEMPLOYMENT, Source.CASELOAD}
    assert set(order[:4]) == known


def test_insurance_covers_eight_months_to_two_before_this(files: list[DemoFile]) -> None:
    months = sorted({each.month for each in files if each.month})
    assert months == [f"2026-{month:02}" for month in range(2, 10)]


def test_writing_twice_gives_the_same_bytes(
    district: District, files: list[DemoFile], tmp_path: Path
) -> None:
    for first, second in zip(files, write(district, tmp_path), strict=True):
        assert first.path.name == second.path.name
        digests = [hashlib.sha256(each.path.read_bytes()).digest() for each in (first, second)]
        assert digests[0] == digests[1], first.path.name


@pytest.mark.parametrize("month", ["2026-02", "2026-03", "2026-04", "2026-05", "2026-08"])
def test_most_months_are_gb18030_and_no_utf_8(files: list[DemoFile], month: str) -> None:
    content = of(files, Source.INSURANCE, month).path.read_bytes()
    with pytest.raises(UnicodeDecodeError):
        content.decode("utf-8")
    assert len(table(content.decode("gb18030"))) == of(files, Source.INSURANCE, month).rows


@pytest.mark.parametrize("month", ["2026-02", "2026-03", "2026-04", "2026-05", "2026-08"])
def test_numbers_are_broken_as_often_as_promised(files: list[DemoFile], month: str) -> None:
    file = of(files, Source.INSURANCE, month)
    rows = table(file.path.read_bytes().decode("gb18030"))
    found = codes_of(rows.iloc[:, 0])
    # A number turned into 3.3E+17 fails as characters or length until a reader knows better.
    mangled = rows.iloc[:, 0].str.contains("E+", regex=False).sum()
    assert mangled == file.rejects["id_numeric"]
    assert found["id_missing"] == file.rejects["id_missing"]
    expected = sum(file.rejects[code] for code in ID_CODES) + mangled
    assert sum(found[code] for code in ID_CODES) == expected


def test_one_row_in_a_hundred_is_rejected(files: list[DemoFile]) -> None:
    for each in files:
        assert each.rejected == sum(each.rejects.values())
        assert 0 < each.rejected <= max(15, each.rows * 0.011)


def test_an_early_file_holds_spans_up_to_its_own_month(files: list[DemoFile]) -> None:
    file = of(files, Source.INSURANCE, "2026-02")
    rows = table(file.path.read_bytes().decode("gb18030"))
    assert {"开始年月", "结束年月"} <= set(rows.columns)
    assert (rows["结束年月"] == "至今").sum() > len(rows) / 2
    assert file.arguments == ("--month", "2026-02")


def test_one_month_is_utf_16_text(files: list[DemoFile]) -> None:
    file = of(files, Source.INSURANCE, "2026-06")
    content = file.path.read_bytes()
    assert content[:2] == b"\xff\xfe"
    assert len(table(content.decode("utf-16"), "\t")) == file.rows


def test_one_month_has_a_column_for_each_kind(files: list[DemoFile]) -> None:
    file = of(files, Source.INSURANCE, "2026-07")
    rows = rows_of(file.path)
    assert rows[1][3] == "险种缴费基数（元）"
    assert rows[2][3:7] == ["企业职工基本养老保险", "职工基本医疗保险", "失业保险", "工伤保险"]
    repeated = [row for row in rows if row[0] == "公民身份证号码"]
    assert len(repeated) == 1 + (file.rows - 1) // 400


def test_back_payments_and_arrears_occur(files: list[DemoFile]) -> None:
    rows = table(of(files, Source.INSURANCE, "2026-08").path.read_bytes().decode("gb18030"))
    late = rows[rows["到账标志"] == "补缴"]
    assert len(late) > 0
    assert not late["费款所属期"].str.contains("8").any()
    assert (rows["到账标志"] == "欠费").any()


def test_the_benefits_are_doubly_encoded(files: list[DemoFile]) -> None:
    text = of(files, Source.BENEFITS).path.read_bytes().decode()
    assert "证件号码" not in text
    mended = text.encode("latin-1").decode("utf-8")
    assert len(table(mended)) == of(files, Source.BENEFITS).rows


def test_the_unemployment_workbook_is_a_web_page(files: list[DemoFile]) -> None:
    file = of(files, Source.UNEMPLOYMENT)
    page = file.path.read_text(encoding="utf-8")
    assert file.path.suffix == ".xls"
    assert page.startswith("<html")
    assert page.count("<tr>") == file.rows + 2


def test_the_employment_list_begins_with_a_byte_order_mark(files: list[DemoFile]) -> None:
    file = of(files, Source.EMPLOYMENT)
    content = file.path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert len(table(content.decode())) == file.rows


def test_the_subsistence_list_is_an_old_workbook_with_merged_cells(files: list[DemoFile]) -> None:
    file = of(files, Source.SUBSISTENCE)
    assert file.path.read_bytes().startswith(b"\xd0\xcf\x11\xe0")
    sheet = CalamineWorkbook.from_path(str(file.path)).get_sheet_by_index(0)
    rows = sheet.to_python()
    assert rows[1][0] == "家庭信息"
    assert rows[2][:2] == ["户主姓名", "低保证号"]
    below = [row for row in rows[3:] if row[6] and not row[0]]
    assert below
    assert [row[0] for row in rows if row[0] == "合计"]


def test_the_register_has_a_sheet_for_each_street(files: list[DemoFile]) -> None:
    file = of(files, Source.HOUSEHOLD)
    book = CalamineWorkbook.from_path(str(file.path))
    assert len(book.sheet_names) == 12
    assert "仓前街道" in book.sheet_names
    rows = rows_of(file.path)
    assert sum(1 for row in rows if str(row[8]).startswith("浙江省")) >= file.rows - 1
    assert any("\n" in str(cell) for cell in rows[2])


def test_numbers_kept_as_numbers_are_cells_with_a_number(files: list[DemoFile]) -> None:
    file = of(files, Source.HOUSEHOLD)
    numeric = [row for row in rows_of(file.path) if isinstance(row[5], float)]
    assert len(numeric) == file.rejects["id_numeric"]


def test_some_rows_of_the_ledger_are_hidden(files: list[DemoFile]) -> None:
    file = of(files, Source.CASELOAD)
    with zipfile.ZipFile(file.path) as parts:
        assert b'hidden="1"' in parts.read("xl/worksheets/sheet1.xml")
    assert sum(1 for row in rows_of(file.path) if isinstance(row[0], float)) == file.rows


def test_the_ledger_names_and_numbers_communities(files: list[DemoFile]) -> None:
    places = [row[4] for row in rows_of(of(files, Source.CASELOAD).path)[3:]]
    assert any(isinstance(place, float) for place in places)
    assert any(isinstance(place, str) and place.isdecimal() for place in places)
    assert "葛巷社区" in places


def test_degrees_are_dated_in_every_way(files: list[DemoFile]) -> None:
    cells = [row[6] for row in rows_of(of(files, Source.EDUCATION).path)[2:]]
    assert any(isinstance(cell, float) for cell in cells)
    assert any(isinstance(cell, date) for cell in cells)
    texts = [cell for cell in cells if isinstance(cell, str)]
    for mark in ("年", ".", "-"):
        assert any(mark in cell for cell in texts)
    assert any(cell.isdecimal() for cell in texts)


def test_bureaus_differ_only_in_the_names_meant_to_differ(district: District) -> None:
    persons = pd.Series(district.people.index)
    written = pd.Series(bureau_names(district, persons)).str.replace("•", "·")
    differing = persons[written.to_numpy() != district.people["name"].to_numpy()]
    assert set(differing) == set(district.conflicts[AnomalyCode.SOURCES_DISAGREE])


def test_conflicting_people_arrive_whole(district: District, files: list[DemoFile]) -> None:
    """Their rows are never the broken ones."""
    rows = table(of(files, Source.EMPLOYMENT).path.read_bytes().decode())
    arrived = set()
    for number in rows["证件号码"]:
        try:
            arrived.add(read_number(number, on=ON).number)
        except UnreadableNumber:
            continue
    persons = district.conflicts[AnomalyCode.EMPLOYED_BUT_LAPSED]
    assert arrived.issuperset(district.people["number"].iloc[persons])
