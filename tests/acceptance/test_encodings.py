"""The same list, however the sender saved it."""

import codecs

import pytest

from tests.acceptance.town import GEXIANG, Town, number
from tests.circle.imports.files import csv_of, html_of, xls_of, xlsx_of

HEADER = ["户号", "姓名", "身份证号", "所属社区"]
# Letters that GB2312 and GBK lack, and a minority name with its dot.
RARE = ["张㛃", "䶮明", "𬱖雨", "阿卜杜拉·买买提", "王五"]
ROWS = [HEADER, *([f"H{n}", name, number(101 + n), "葛巷社区"] for n, name in enumerate(RARE))]
TEXT = "\r\n".join(",".join(row) for row in ROWS)


def double_encoded(text: str) -> bytes:
    """UTF-8 that a system took for GB18030 or Latin-1 and encoded once more."""
    return text.encode().decode("latin-1").encode()


FORMS = {
    "gb18030.csv": csv_of(ROWS),
    "utf8.csv": csv_of(ROWS, "utf-8"),
    "bom.csv": csv_of(ROWS, "utf-8-sig"),
    "utf16le.txt": csv_of(ROWS, "utf-16", "\t"),
    "utf16be.txt": codecs.BOM_UTF16_BE + csv_of(ROWS, "utf-16-be", "\t"),
    "tabs.txt": csv_of(ROWS, mark="\t"),
    "semicolons.csv": csv_of(ROWS, mark=";"),
    "newlines.csv": TEXT.replace("\r\n", "\n").encode("gb18030"),
    "old_mac.csv": TEXT.replace("\r\n", "\r").encode("gb18030"),
    "page.xls": html_of(ROWS),
    "page.html": html_of(ROWS),
    "utf8page.xls": html_of(ROWS).decode("gb18030").replace("gb2312", "utf-8").encode(),
    "real.xls": xls_of({"名册": ROWS}),
    "real.xlsx": xlsx_of({"名册": ROWS}),
    "workbook_named_so.xls": xlsx_of({"名册": ROWS}),
    "text_named_so.xls": csv_of(ROWS, mark="\t"),
    "text_named_so.xlsx": csv_of(ROWS),
    "old_workbook_named_so.xlsx": xls_of({"名册": ROWS}),
    "no_extension": csv_of(ROWS),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_holds_the_same_people(town: Town, name: str) -> None:
    told = town.sends("household", FORMS[name], name=name)
    assert (told["rows"], told["added"], told["scope"]["division"]) == (5, 5, GEXIANG)
    found = town.all("SELECT name FROM resident ORDER BY id")
    assert [name for (name,) in found] == RARE


@pytest.mark.parametrize("mark", ["·", "•", ".", "．", "・"])
def test_the_dot_in_a_name_makes_no_other_person(town: Town, mark: str) -> None:
    town.sends("household", csv_of(ROWS, "utf-8"))
    other = [[cell.replace("·", mark) for cell in row] for row in ROWS]
    told = town.sends("household", csv_of([*other, []], "utf-8"), "--month", "2026-11")
    assert (told["added"], told["unchanged"]) == (0, 5)


def test_twice_encoded_text_is_mended_and_said_so(town: Town) -> None:
    told = town.sends("household", double_encoded(TEXT))
    assert told["added"] == 5
    assert "encoding_mended" in told["warnings"]
    assert "王五" in {name for (name,) in town.all("SELECT name FROM resident")}


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty.csv"),
        (b"\x00\x01\x02\xff" * 40, "noise.csv"),
        (b"PK\x03\x04broken", "broken.xlsx"),
        (codecs.BOM_UTF8, "only_bom.csv"),
        ("备注,说明\r\n无,无\r\n".encode(), "no_header.csv"),
        (csv_of([["姓名", "性别"], ["张三", "男"]]), "no_number.csv"),
        (b"%PDF-1.7 \n1 0 obj", "paper.pdf"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "broken.xls"),
        (bytes([0x89]) + b"PNG\r\n\x1a\n" + b"\0" * 64, "photo.csv"),
    ],
)
def test_what_is_no_list_is_refused_with_a_sentence(town: Town, content: bytes, name: str) -> None:
    assert len(town.refused("household", content, name=name).strip()) > 10
    assert town.asks("imports", "list", "--json") == []


def test_a_header_without_rows_holds_nobody(town: Town) -> None:
    answer = town.tries("household", csv_of([HEADER]))
    assert answer.code in {0, 1}
    if answer.code == 0:
        assert answer.json["rows"] == 0


def test_a_comma_and_a_line_break_inside_a_cell(town: Town) -> None:
    rows = [
        [*HEADER, "户籍地址"],
        ["H1", "张三", number(101), "葛巷社区", "文一西路1号,\n2幢"],
        ["H2", "李四", number(102), "葛巷社区", '"老"宅'],
    ]
    assert town.sends("household", csv_of(rows))["added"] == 2
