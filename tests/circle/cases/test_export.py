from collections.abc import Iterator
from datetime import date, datetime
from io import BytesIO
from zipfile import ZipFile

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook

from circle.cases.export import COLUMNS, HEADER_ROW, Watermark, workbook
from circle.cases.queries import Line
from models.cases import Case
from models.residents import Intention, Resident
from models.staff import Account
from models.vocabulary.cases import CaseStage, CaseState, HelpTier
from models.vocabulary.residents import CategoryCode, Sex, WorkStatus
from tests.factories import number_of

BORN = date(1985, 6, 15)
NUMBER = number_of(BORN, Sex.MALE, 7)
MARK = Watermark("王芳（wangfang）", "葛巷社区 & 周边", datetime(2026, 11, 21, 10, 20))  # noqa: DTZ001 - local, as shown


@pytest.fixture
def chinese(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


def line(name: str = "阿卜杜热西提·买买提江", **facts: object) -> Line:
    resident = Resident(
        id=12, name=name, sex=Sex.MALE, born_on=BORN, id_sealed=NUMBER, phone_sealed="13812345678"
    )
    case = Case(
        state=CaseState.OPEN,
        stage=CaseStage.SERVING,
        tier=HelpTier.A,
        work_status=WorkStatus.UNEMPLOYED,
        opened_on=date(2026, 6, 1),
        last_contact_on=date(2026, 10, 2),
        worker=Account(display_name="王芳"),
    )
    wish = Intention(occupation="电工", pay_fen=450_000)
    marks = [CategoryCode.HARD_TO_EMPLOY, CategoryCode.DISABLED]
    known: dict[str, object] = {"categories": marks, "wish": wish, "due_on": date(2026, 11, 30)}
    return Line(resident, case, 41, "葛巷社区", **{**known, **facts})  # type: ignore[arg-type] # fields by name


def rows(content: bytes) -> list[list[object]]:
    sheet = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0)
    return [list(row) for row in sheet.to_python()]


def cells(content: bytes) -> dict[str, object]:
    """The first line by its header."""
    _, _, head, first, *_ = rows(content)
    return {str(title): cell for title, cell in zip(head, first, strict=True)}


def part(content: bytes, name: str) -> str:
    return ZipFile(BytesIO(content)).read(name).decode()


def test_a_row_is_masked_and_has_real_dates(chinese: None) -> None:
    row = cells(workbook([line()], MARK))
    assert row["证件号码"] == f"330*************{NUMBER[-2:]}"
    assert row["联系电话"] == "138****5678"
    assert row["建档日期"] == date(2026, 6, 1)
    assert row["年龄"] == 41
    assert row["人员类别"] == "就业困难人员、残疾人"
    assert row["求职意向"] == "电工 月薪4500元以上"
    assert "出生日期" not in row


def test_no_part_of_the_file_holds_a_whole_number_or_phone(chinese: None) -> None:
    content = workbook([line()], MARK)
    with ZipFile(BytesIO(content)) as parts:
        text = "".join(parts.read(name).decode() for name in parts.namelist())
    assert NUMBER not in text
    assert "13812345678" not in text


def test_the_sheet_says_who_drew_it_and_when(chinese: None) -> None:
    content = workbook([line()], MARK)
    assert "王芳（wangfang） · 葛巷社区 & 周边 · 2026-11-21 10:20" in str(rows(content)[1][0])
    sheet = part(content, "xl/worksheets/sheet1.xml")
    # An ampersand begins a code in a header, two of them are one; XML escapes both.
    marked = "葛巷社区 &amp;&amp; 周边 · 2026-11-21 10:20"
    assert marked in sheet.split("<oddHeader>")[1]
    assert marked in sheet.split("<oddFooter>")[1]


def test_the_header_stays_in_sight(chinese: None) -> None:
    sheet = part(workbook([line()], MARK), "xl/worksheets/sheet1.xml")
    assert f'ySplit="{HEADER_ROW + 1}"' in sheet
    assert 'state="frozen"' in sheet


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_name_that_begins_like_a_formula_stays_text(chinese: None, start: str) -> None:
    content = workbook([line(f"{start}1+1|cmd")], MARK)
    assert "<f>" not in part(content, "xl/worksheets/sheet1.xml")
    assert str(cells(content)["姓名"]).startswith("'")


def test_an_empty_caseload_is_a_header(chinese: None) -> None:
    content = rows(workbook([], MARK))
    assert [str(column.title) for column in COLUMNS] == content[HEADER_ROW]
    assert len(content) == HEADER_ROW + 1


def test_somebody_without_a_wish_or_a_worker_leaves_cells_empty(chinese: None) -> None:
    bare = line(wish=None, due_on=None)
    assert bare.case is not None
    bare.case.worker = None
    row = cells(workbook([bare], MARK))
    assert (row["求职意向"], row["专员"], row["最早到期"]) == ("", "", "")
