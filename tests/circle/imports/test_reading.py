"""Bytes become sheets of text, whatever the office saved them as."""

import io
import zipfile
from datetime import date

import pytest

from circle.imports import reading
from circle.imports.reading import Sheet, read_sheets
from circle.refusals import UnreadableFile
from tests.circle.imports.files import ZHANG, csv_of, html_of, xls_of, xlsx_of

ROWS = [["姓名", "证件号码"], ["张三", ZHANG]]


def only(data: bytes, file_name: str = "名册.csv") -> Sheet:
    (sheet,) = read_sheets(data, file_name).sheets
    return sheet


@pytest.mark.parametrize(
    "data",
    [
        csv_of(ROWS),
        csv_of(ROWS, "utf-8-sig"),
        csv_of(ROWS, "utf-16", "\t"),
        csv_of(ROWS, "utf-8", ";"),
        html_of(ROWS),
        xls_of({"名册": ROWS}),
        xlsx_of({"名册": ROWS}),
    ],
    ids=["gb18030", "bom", "unicode-text", "semicolon", "html", "xls", "xlsx"],
)
def test_every_format_holds_the_same_cells(data: bytes) -> None:
    assert only(data).head(9) == ROWS


def test_uneven_lines_stay_on_their_place() -> None:
    text = f'余杭区名册\n姓名,证件号码,备注\n张三,{ZHANG},\n\n李四,1,a,b\n"王,\n五",2,c\n合计,3\n'
    assert only(text.encode()).head(9) == [
        ["余杭区名册", "", "", ""],
        ["姓名", "证件号码", "备注", ""],
        ["张三", ZHANG, "", ""],
        ["", "", "", ""],
        ["李四", "1", "a", "b"],
        ["王,\n五", "2", "c", ""],
        ["合计", "3", "", ""],
    ]


def test_a_file_of_uneven_lines_only_is_read_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_RAGGED", 1)
    text = "a,b\n" * 5 + "c\n" * 3 + "d,e,f\n"
    assert only(text.encode()).head(9)[-2:] == [["c", "", ""], ["d", "e", "f"]]


@pytest.mark.parametrize("data", [b"", b" \r\n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableFile):
        read_sheets(data, "空.csv")


def test_a_lone_quotation_mark_does_not_swallow_the_rest() -> None:
    assert only('姓名,备注\n张三,"身高\n李四,无\n'.encode()).height == 3


def test_a_number_cell_is_known_as_one_and_a_text_cell_is_not() -> None:
    data = xlsx_of({"a": [["x", 330110198506151238], [202403, date(2024, 3, 15)]]})
    sheet = only(data, "a.xlsx")
    assert sheet.numeric is not None
    assert sheet.numeric.tolist() == [[False, True], [True, False]]
    assert sheet.head(2)[1] == ["202403", "2024-03-15"]


def test_merged_cells_repeat_their_first() -> None:
    rows = [["户主", "姓名"], ["张三", "张三"], [None, "李四"], [None, "王五"]]
    for data in (
        xlsx_of({"a": rows}, merged={"a": [(1, 0, 3, 0)]}),
        xls_of({"a": rows}, merged={"a": [(1, 0, 3, 0)]}),
    ):
        assert [row[0] for row in only(data, "a").head(9)] == ["户主", "张三", "张三", "张三"]


def test_cells_merged_on_a_page_repeat_their_first() -> None:
    page = b"<table><tr><td rowspan=2>a<td colspan=2>b</tr><tr><td>c<td>d</tr></table>"
    assert only(page, "a.xls").head(3) == [["a", "b", "b"], ["a", "c", "d"]]


def test_hidden_rows_are_read_and_hidden_sheets_are_not() -> None:
    data = xlsx_of({"a": ROWS, "旧": ROWS}, hidden_rows=[1], hidden_sheets=["旧"])
    assert only(data, "a.xlsx").head(9) == ROWS


def archive_of(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def without(sheet_xml: bytes) -> bytes:
    return archive_of({"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": sheet_xml})


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "空"),
        (b" \r\n ", "空"),
        (b"%PDF-1.7 ...", "格式"),
        (b"\x89PNG\r\n", "格式"),
        (b"PK\x03\x04 cut off", "损坏"),
        (archive_of({"word/document.xml": b"<x/>"}), "格式"),
        (without(b"<!DOCTYPE x [<!ENTITY a 'b'>]><worksheet/>"), "异常"),
        (without(b"<c/>" * 8_000_000), "异常"),
        (without(b'<c r="XFD1048576"><v>1</v></c>'), "过大"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "密码"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 cut off", "损坏"),
        (b"<?xml version='1.0'?><Workbook/>", "格式"),
    ],
)
def test_what_cannot_be_taken_in_is_refused_with_the_way_out(data: bytes, says: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_sheets(data, "a.xls")
    assert says in refused.value.sentence()


def rectangle(*cells: str, part: str = "worksheets/sheet1.xml") -> bytes:
    """A workbook of one sheet with these cells, its names taken from the specification."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    related = f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{office}/'
    end = "</Relationships>"
    return archive_of(
        {
            "[Content_Types].xml": b"<Types/>",
            "_rels/.rels": f'{related}officeDocument" Target="xl/workbook.xml"/>{end}'.encode(),
            "xl/_rels/workbook.xml.rels": f'{related}worksheet" Target="{part}"/>{end}'.encode(),
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
            f'<sheet name="1" sheetId="1" r:id="r1"/></sheets></workbook>'.encode(),
            f"xl/{part}": f'<worksheet xmlns="{main}"><sheetData>{"".join(cells)}'
            f"</sheetData></worksheet>".encode(),
        }
    )


NEAR = '<row r="1"><c r="A1"><v>1</v></c></row>'


def test_coloured_empty_cells_far_out_are_no_reason_to_refuse() -> None:
    coloured = '<row r="2"><c r="B2"><v>2</v></c><c r="XFD2" s="3"/></row>'
    assert only(rectangle(NEAR, coloured)).head(2) == [["1", ""], ["", "2"]]


@pytest.mark.parametrize(
    "far",
    [
        '<c r="XFD1048576"><v>1</v></c>',
        "<c r='XFD1048576'><v>1</v></c>",
        '<c\nr="XFD1048576"><v>1</v></c>',
        '<c r="XFD1048576" x="/"><v>1</v></c>',
        '<c r="A1" r="XFD1048576"><v>1</v></c>',
        "<c><v>1</v></c>",
    ],
)
def test_no_cell_far_out_reaches_the_reader_however_it_is_written(far: str) -> None:
    """The reader would set the whole rectangle aside, and the process would end."""
    with pytest.raises(UnreadableFile):
        read_sheets(rectangle(NEAR, f'<row r="1048576">{far}</row>'), "a.xlsx")


def test_a_sheet_under_another_kind_of_name_is_not_read() -> None:
    with pytest.raises(UnreadableFile):
        read_sheets(rectangle(NEAR, part="worksheets/sheet1.bin"), "a.xlsx")


@pytest.mark.parametrize(
    "page",
    [
        "<table><tr><td rowspan=65534 colspan=500>x</td></tr></table>",
        "<table><tr><td>x</td></tr></table>" * 1_100,
    ],
)
def test_a_page_that_claims_more_than_it_holds_is_refused(page: str) -> None:
    with pytest.raises(UnreadableFile):
        read_sheets(page.encode(), "a.xls")


def test_a_span_of_thousands_of_digits_is_a_long_one() -> None:
    page = f"<table><tr><td rowspan={'9' * 5000}>x</td><td>y</td></tr></table>"
    assert only(page.encode(), "a.xls").head(1) == [["x", "y"]]


@pytest.mark.parametrize("opened", ["<!--", "<![CDATA["])
def test_comments_that_never_end_are_passed_over_at_once(opened: str) -> None:
    """Looked for again and again they would take hours; the test's own time limit is its proof."""
    page = "<table><tr><td>x</td></tr></table>" + opened * 200_000
    assert only(page.encode(), "a.xls").head(1) == [["x"]]
