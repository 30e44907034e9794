"""The clerk sees how a file was read, puts it right, and has it remembered."""

import json
import re
import zipfile
from io import BytesIO

import pytest
from sqlalchemy import text

from models.sealed import Keyring
from tests.circle.imports.clerks import Clerk, signed_in
from tests.circle.imports.conftest import (
    COMMUNITY,
    Bureau,
    number,
    register,
)
from tests.circle.imports.files import csv_of, xlsx_of

PEOPLE = [(f"居民{'甲乙丙丁戊己'[at]}", number(2 * at + 1)) for at in range(6)]
UNKNOWN = ["编次", "当事人", "证照号", "归口", "家庭编次"]
COLUMNS = {"t0-c1": "name", "t0-c2": "number", "t0-c3": "division"}


@pytest.fixture
def clerk(bureau: Bureau, keyring: Keyring) -> Clerk:
    return signed_in(bureau, keyring, "clerk")


@pytest.fixture(autouse=True)
def no_effects(monkeypatch: pytest.MonkeyPatch) -> None:
    """What applying would do to people is tried elsewhere, and takes its time."""
    monkeypatch.setattr("circle.imports.operations.foresee", lambda *_: None)


def strange(people: list[tuple[str, str]] = PEOPLE) -> list[list[str]]:
    """A register with headers of its own."""
    rows = [[str(at), name, num, COMMUNITY, f"H{at}"] for at, (name, num) in enumerate(people)]
    return [["仓前街道人口名册"], UNKNOWN, *rows]


def strange_file(people: list[tuple[str, str]] = PEOPLE) -> bytes:
    return xlsx_of({"名册": strange(people)})


def test_a_file_nobody_can_read_waits_and_is_read_as_the_clerk_says(
    bureau: Bureau, clerk: Clerk
) -> None:
    address = clerk.sends(strange_file(), "名册.xlsx", "household")
    page = clerk.page(address)
    assert "没有找到表头" in page
    assert "仓前街道人口名册" in page
    assert "确认入库" not in page
    clerk.changes(address, **{"t0-first": "2", **COLUMNS})
    assert bureau.count("resident") == 0
    assert "由人工指定" in clerk.page(address)
    clerk.confirms(address)
    assert bureau.rows("import_batch", "id, state, source") == [(1, "applied", "household")]
    assert bureau.count("resident") == len(PEOPLE)
    assert not list(bureau.office.settings.uploads_path.glob("*.sealed"))
    assert bureau.all("SELECT preview FROM import_batch") == [(None,)]


def test_sheets_with_one_unknown_header_are_told_once_and_none_is_lost(
    bureau: Bureau, clerk: Clerk
) -> None:
    parts = {"城东": strange(PEOPLE[:3]), "城西": strange(PEOPLE[3:]), "说明": [["本表由街道填报"]]}
    address = clerk.sends(xlsx_of(parts), "名册.xlsx", "household")
    fields = clerk.form(address, "layout")
    assert (fields["t0-sheet"], fields["t0-first"]) == (["城东", "城西"], ["2"])
    clerk.changes(address, **COLUMNS)
    assert re.search(r"没有读取</dt>\s*<dd>\s*说明\s*</dd>", clerk.page(address))
    clerk.confirms(address)
    assert bureau.count("resident") == len(PEOPLE)


def test_the_next_file_of_the_sender_is_read_at_once(bureau: Bureau, clerk: Clerk) -> None:
    address = clerk.sends(strange_file(), "名册.xlsx", "household")
    clerk.changes(address, **{"t0-first": "2", **COLUMNS})
    clerk.confirms(address)
    more = [*PEOPLE, ("居民庚", number(99))]
    address = clerk.sends(strange_file(more), "名册.xlsx", "")
    page = clerk.page(address)
    assert "按上次的列对应读取" in page
    assert count(bureau, 2) == {"rows": 7, "unchanged": 6, "added": 1}
    # And the way back to the guess.
    fields = clerk.form(address, "reading")
    assert clerk.posts(address, "reading", fields | {"guess": ["1"]}).status_code == 302
    clerk.job_looks()
    assert "没有找到表头" in clerk.page(address)


def test_a_file_taken_back_teaches_nothing(bureau: Bureau, clerk: Clerk) -> None:
    address = clerk.sends(strange_file(), "名册.xlsx", "household")
    clerk.changes(address, **{"t0-first": "2", **COLUMNS})
    clerk.confirms(address)
    assert bureau.count("import_layout") == 1
    bureau.undoes(1)
    assert bureau.count("import_layout") == 0
    address = clerk.sends(strange_file(), "名册.xlsx", "household")
    assert "没有找到表头" in clerk.page(address)


def test_the_command_line_refuses_and_uses_what_is_remembered(bureau: Bureau, clerk: Clerk) -> None:
    path = bureau.folder / "名册.xlsx"
    path.write_bytes(strange_file())
    refused = bureau.tries("household", path)
    assert refused.exit_code == 1
    assert "没有找到表头" in refused.stderr
    address = clerk.sends(strange_file(), "名册.xlsx", "household")
    clerk.changes(address, **{"t0-first": "2", **COLUMNS})
    clerk.confirms(address)
    path.write_bytes(strange_file([*PEOPLE, ("居民庚", number(99))]))
    assert bureau.sends("household", path)["added"] == 1


def test_what_one_office_remembers_is_no_rule_for_another(bureau: Bureau, clerk: Clerk) -> None:
    address = clerk.sends(strange_file(), "名册.xlsx", "household")
    clerk.changes(address, **{"t0-first": "2", **COLUMNS})
    clerk.confirms(address)
    path = bureau.folder / "名册.xlsx"
    path.write_bytes(strange_file([*PEOPLE, ("居民庚", number(99))]))
    # The district's word holds for its streets …
    bureau.sends("household", path, "--rehearse", by="streetclerk")
    done(bureau, "UPDATE import_layout SET division_code = '330110001'")
    # … and that of another street does not.
    assert bureau.tries("household", path, "--rehearse", by="streetclerk").exit_code == 1


def test_nothing_of_anybody_is_shown_or_lies_open(bureau: Bureau, clerk: Clerk) -> None:
    address = clerk.sends(strange_file(), "名册.xlsx", "household")
    clerk.changes(address, **{"t0-first": "2", **COLUMNS})
    shown = clerk.page(address)
    lies = bureau.all("SELECT preview, layout FROM import_batch")[0]
    for name, document in PEOPLE:
        assert name not in shown
        assert document not in shown
        assert document.encode() not in bytes(lies[0])
        assert name not in json.dumps(lies[1], ensure_ascii=False)
    assert f"{PEOPLE[0][1][:3]}*************{PEOPLE[0][1][-2:]}" in shown
    acts = [act for (act,) in bureau.all("SELECT act FROM audit_entry")]
    assert "import:rows:read" in acts
    assert "import:file:lay_out" in acts
    assert "import:batch:read" not in acts


def test_a_batch_of_another_place_is_not_there(
    bureau: Bureau, clerk: Clerk, keyring: Keyring
) -> None:
    address = clerk.sends(strange_file(), "名册.xlsx", "household")
    fields = clerk.form(address, "layout")
    stranger = signed_in(bureau, keyring, "streetclerk")
    done(bureau, "UPDATE account SET division_code = '330110001' WHERE name = 'streetclerk'")
    for act in ("layout", "reading"):
        assert stranger.posts(address, act, fields).status_code == 404


WRONG: list[tuple[dict[str, list[str]], str]] = [
    ({"t0-first": ["-3"]}, "表头起始行要写成 1 到"),
    ({"t0-first": ["9" * 30]}, "表头起始行要写成 1 到"),
    ({"t0-rows": ["-1"]}, "表头行数要写成 1 到 5"),
    ({"t0-rows": ["二"]}, "表头行数要写成 1 到 5"),
    ({"t0-first": ["3"]}, "第 3 行里有号码"),
    ({"t0-sheet": ["没有的表"]}, "文件里没有名为“没有的表”的工作表"),
    ({"t0-sheet": []}, "请至少选择一张工作表"),
    ({"t0-c1": ["password"]}, "“当事人”所选的字段不属于这种文件"),
    ({"t0-c1": ["employee_pension@"]}, "“当事人”所选的字段不属于这种文件"),
    ({f"t0-c{at}": ["name"] for at in range(5, 10_000)}, "文件里没有第 6 列"),
    ({"t0-c4": ["name"]}, "“当事人”和“家庭编次”都选了“姓名”"),
    ({"t0-c2": [""]}, "请为“身份证号”选一列"),
]


def test_what_cannot_be_is_told_and_what_was_typed_is_kept(clerk: Clerk) -> None:
    address = clerk.sends(strange_file(), "名册.xlsx", "household")
    fields = clerk.form(address, "layout")
    fields |= {"t0-first": ["2"], "t0-c1": ["name"], "t0-c2": ["number"], "t0-c0": ["relation"]}
    for said, sentence in WRONG:
        answer = clerk.posts(address, "layout", fields | said)
        assert (answer.status_code, sentence in answer.text) == (422, True), sentence
        assert answer.text.count('<option value="relation" selected>') == 1
    assert '<option value="relation" selected>' not in clerk.page(address)


def test_a_page_that_is_no_longer_so_changes_nothing(bureau: Bureau, clerk: Clerk) -> None:
    address = clerk.sends(csv_of(register(*PEOPLE)), source="household")
    stale = clerk.form(address, "layout")
    clerk.changes(address, **{"t0-c4": ""})
    refused = clerk.posts(address, "layout", stale)
    assert refused.status_code == 409
    assert "刚刚被重新读取" in refused.text
    clerk.confirms(address)
    late = clerk.posts(address, "layout", stale)
    assert late.status_code == 409
    assert bureau.count("import_batch") == 1


def test_a_sheet_left_out_stays_out_next_time(bureau: Bureau, clerk: Clerk) -> None:
    rows = register(*PEOPLE[:3])
    sheets = {"仓前": rows, "作废": register(*PEOPLE[3:])}
    address = clerk.sends(xlsx_of(sheets), "名册.xlsx", "household")
    fields = clerk.form(address, "layout")
    assert fields["t0-sheet"] == ["仓前", "作废"]
    assert clerk.posts(address, "layout", fields | {"t0-sheet": ["仓前"]}).status_code == 302
    clerk.job_looks()
    assert count(bureau, 1)["rows"] == 3
    clerk.confirms(address)
    sheets["仓前"] = register(*PEOPLE[:2], ("居民庚", number(99)))
    address = clerk.sends(xlsx_of(sheets), "名册.xlsx", "household")
    assert count(bureau, 2)["rows"] == 3
    assert "按上次的列对应读取" in clerk.page(address)


def test_a_title_and_a_header_of_two_rows_are_found_and_shown(clerk: Clerk) -> None:
    rows = [
        ["仓前街道参保明细", None, None, None, None, None],
        ["姓名", "证件号码", "险种", "单位", None, "费款所属期"],
        [None, None, None, "编号", "名称", None],
        *([name, num, "养老", "33", "甲", "202609"] for name, num in PEOPLE),
    ]
    ranges = [
        *((1, column, 2, column) for column in (0, 1, 2, 5)),
        (0, 0, 0, 5),
        (1, 3, 1, 4),
    ]
    address = clerk.sends(xlsx_of({"a": rows}, merged={"a": ranges}), "a.xlsx", "insurance")
    fields = clerk.form(address, "layout")
    assert (fields["t0-first"], fields["t0-rows"]) == (["2"], ["2"])
    assert fields["t0-c3"] == ["employer_number"]
    assert "表头第 2–3 行" in clerk.page(address)


def test_kinds_as_columns_are_several_columns_of_one_field(bureau: Bureau, clerk: Clerk) -> None:
    rows = [
        ["姓名", "证件号码", "月份别", "养老保险（个人）", "养老保险（单位）", "工伤保险"],
        *([name, num, "202609", "5000", "5000", "0"] for name, num in PEOPLE),
    ]
    address = clerk.sends(csv_of(rows), "缴费.csv", "insurance")
    assert "没有找到必需的列：费款所属期" in clerk.page(address)
    fields = clerk.form(address, "layout")
    assert fields["t0-c3"] == fields["t0-c4"] == ["employee_pension@"]
    wrong = clerk.posts(address, "layout", fields | {"t0-c2": ["kind"]})
    assert "只能选一种" in wrong.text
    assert "没有找到必需的列" in clerk.page(address)
    clerk.changes(address, **{"file-month": "2026-09"})
    assert bureau.all("SELECT month FROM import_batch") == [(2026 * 12 + 8,)]
    assert count(bureau, 1)["rows"] == len(PEOPLE)


def test_a_source_the_header_does_not_tell_is_asked_for(bureau: Bureau, clerk: Clerk) -> None:
    rows = [["姓名", "身份证号", "登记日期"], *([*person, "2026-03-01"] for person in PEOPLE)]
    address = clerk.sends(csv_of(rows))
    page = clerk.page(address)
    assert "这个文件可能是：失业登记、就业登记、在册台账。请选择数据来源。" in page
    assert "来源待定" in page
    assert "来源待定" in clerk.page("/imports")
    answer = clerk.posts(address, "confirm", {"rehearsal": ["0"]})
    assert answer.status_code == 409
    clerk.changes(address, "reading", source="unemployment")
    assert bureau.rows("import_batch", "source, state") == [("unemployment", "checked")]
    assert count(bureau, 1)["rows"] == len(PEOPLE)


def test_another_source_is_read_with_its_own_columns(bureau: Bureau, clerk: Clerk) -> None:
    address = clerk.sends(csv_of(register(*PEOPLE)), source="household", month="2026-09")
    clerk.changes(address, "reading", source="caseload")
    assert "没有找到必需的列：登记日期" in clerk.page(address)
    clerk.changes(address, "reading", source="household")
    assert bureau.rows("import_batch", "source, state, month") == [
        ("household", "checked", 2026 * 12 + 8)
    ]


def test_the_encoding_is_the_clerks_to_say(bureau: Bureau, clerk: Clerk) -> None:
    address = clerk.sends(csv_of(register(*PEOPLE)), source="household")
    clerk.changes(address, "reading", encoding="utf-8")
    page = clerk.page(address)
    assert "文件不是所选的编码" in page
    assert "与户主关系" in page
    clerk.changes(address, "reading", encoding="gb18030")
    assert count(bureau, 1)["added"] == len(PEOPLE)
    clerk.changes(address, **{"t0-c4": ""})
    assert clerk.form(address, "reading")["encoding"] == ["gb18030"]


def test_a_sheet_that_does_not_open_can_be_left_out(bureau: Bureau, clerk: Clerk) -> None:
    book = xlsx_of({"仓前": register(*PEOPLE[:3]), "坏表": register(*PEOPLE[3:])})
    broken = BytesIO()
    with zipfile.ZipFile(BytesIO(book)) as good, zipfile.ZipFile(broken, "w") as bad:
        for member in good.infolist():
            content = good.read(member)
            if member.filename == "xl/worksheets/sheet2.xml":
                content = content[: content.index(b"</sheetData>")]
            bad.writestr(member, content)
    path = bureau.folder / "坏.xlsx"
    path.write_bytes(broken.getvalue())
    assert bureau.tries("household", path).exit_code == 1
    address = clerk.sends(broken.getvalue(), "坏.xlsx", "household")
    assert "工作表“坏表”无法打开" in clerk.page(address)
    clerk.changes(address)
    assert count(bureau, 1)["rows"] == 3


def test_what_was_rehearsed_is_what_is_applied(bureau: Bureau, clerk: Clerk) -> None:
    address = clerk.sends(csv_of(register(*PEOPLE)), source="household")
    clerk.changes(address, **{"t0-c4": ""})
    rehearsed = bureau.all("SELECT layout FROM import_batch")
    # Meanwhile the same form comes to be read otherwise.
    other = csv_of(register(("居民庚", number(99))))
    clerk.confirms(clerk.sends(other, "别的.csv", source="household"))
    clerk.confirms(address)
    assert bureau.all("SELECT layout FROM import_batch WHERE id = 1") == rehearsed
    assert bureau.count("register_entry", "address_sealed IS NOT NULL") == 1


def test_what_was_let_go_of_leaves_no_rows(bureau: Bureau, clerk: Clerk) -> None:
    address = clerk.sends(strange_file(), "名册.xlsx", "household")
    assert clerk.posts(address, "discard", {}).status_code == 302
    assert bureau.all("SELECT preview, state FROM import_batch") == [(None, "failed")]


def done(bureau: Bureau, statement: str) -> None:
    with bureau.office.engine.begin() as connection:
        connection.execute(text(statement))


def count(bureau: Bureau, batch: int) -> dict[str, int]:
    """The counts of a batch that are not 0."""
    found = bureau.all(f"SELECT counts FROM import_batch WHERE id = {batch}")[0][0]  # noqa: S608 - the test's own number
    counts = json.loads(found) if isinstance(found, str) else found
    return {name: number for name, number in counts.items() if number}
