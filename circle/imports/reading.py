"""A file's bytes become sheets of text.

An identity number that passed through a float is destroyed, so every cell is read as text and
remembers whether the sender's file held a number. Text files of a million rows go through Arrow;
workbooks, which are small, cell by cell.
"""

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import islice
from pathlib import PurePath
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as arrow_csv
from flask_babel import lazy_gettext as _l
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from circle.imports.charset import NotText, decode
from circle.imports.html import HtmlTable, tables_in
from circle.refusals import UnreadableFile

Flags = npt.NDArray[np.bool_]

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
UNSUPPORTED = (b"%PDF", b"Rar!", b"7z\xbc\xaf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf")

MAX_BYTES = 1 << 30
MAX_MEMBERS = 4_000
MAX_RATIO = 300  # a real sheet of a million rows packs 20 to 60 times
RATIO_COUNTS_FROM = 1 << 24  # bytes unpacked; below, any ratio is harmless
MAX_ROWS = 5_000_000
MAX_COLUMNS = 512
MAX_SHEET_NAME = 31  # as in a spreadsheet
MAX_CELLS = 60_000_000
PROLOG = 1 << 16
MAX_TAG = 1 << 22
CHUNK_ROWS = 20_000
MAX_RAGGED = 5_000
DELIMITERS = (",", "\t", ";", "|", "，")
SAMPLE_RECORDS = 300
MAX_SHEETS = 500
# A cell as spreadsheet programs write it. One with a value does not end in />: an office that
# colours a whole row leaves 16 384 empty styled cells.
CELL = re.compile(
    rb'<(?:\w+:)?c r="([A-Z]{1,3})(\d{1,7})"(?: (?:s|t|cm|vm|ph|i|l|a)="[^"<>]*")*\s*(/?)>'
)
ANY_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
TARGET = re.compile(rb"Target\s*=\s*[\"']([^\"']*)[\"']")
PARTS = (b".xml", b"vbaProject.bin")
DOCTYPE = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)

TOO_LARGE = _l("文件过大，无法处理。请按街道或月份拆分后分别上传。")
EMPTY = _l("文件是空的。请重新导出后再上传。")
NOT_A_TABLE = _l("无法识别文件格式。请上传 Excel 工作簿（.xlsx 或 .xls）、CSV 或文本文件。")
LOCKED = _l("文件设有打开密码。请取消密码后重新上传。")
BROKEN = _l("文件已损坏，无法打开。请用 Excel 打开并另存为 .xlsx 后重新上传。")
OTHER_ENCODING = _l("文件不是所选的编码。请改选别的编码，或选“自动识别”。")
UNSAFE = _l("文件内容异常，已拒绝读取。请用 Excel 另存为 .xlsx 后重新上传。")


@dataclass(frozen=True)
class Span:
    """A merged range; rows and columns counted from 0, the last included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(frozen=True)
class Sheet:
    """Every row of a sheet from its first, hidden ones too.

    `cells` has the columns "0", "1" … of text, blank ones empty, merged ranges filled with their
    first cell; `numeric` has its shape and says which cells held a number (None: no cell did).
    """

    name: str
    cells: pa.Table
    numeric: Flags | None = None
    spans: tuple[Span, ...] = ()

    @property
    def height(self) -> int:
        return int(self.cells.num_rows)

    @property
    def width(self) -> int:
        return int(self.cells.num_columns)

    def head(self, rows: int) -> list[list[str]]:
        columns = [column.to_pylist() for column in self.cells.slice(0, rows).columns]
        return [list(row) for row in zip(*columns, strict=True)]


@dataclass(frozen=True)
class Reading:
    sheets: list[Sheet]
    encoding: str
    mended: bool = False
    file_name: str = ""
    unreadable: tuple[str, ...] = ()  # sheets that do not open


def read_sheets(data: bytes, file_name: str, encoding: str | None = None) -> Reading:
    """`encoding` is what somebody says of a text file; None: as it decodes.

    Raises UnreadableFile, saying what to send instead.
    """
    if not data.strip():
        raise UnreadableFile(EMPTY)
    if len(data) > MAX_BYTES:
        raise UnreadableFile(TOO_LARGE)
    if data.startswith(ZIP_MAGIC):
        _refuse_unsafe_archive(data)
        return _workbook(data, "xlsx", file_name)
    if data.startswith(OLE_MAGIC):
        return _old_workbook(data, file_name)
    return _text_file(data, file_name, encoding)


# --- workbooks


def _refuse_unsafe_archive(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_members(archive)
            for member in archive.infolist():
                if member.filename.endswith((".xml", ".rels")):
                    _check_xml(archive, member)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise UnreadableFile(BROKEN) from error


def _check_members(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    names = {member.filename for member in members}
    if "xl/workbook.xml" not in names:
        raise UnreadableFile(NOT_A_TABLE)
    if any(member.flag_bits & 1 for member in members):
        raise UnreadableFile(LOCKED)
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if len(members) > MAX_MEMBERS or unpacked > MAX_BYTES:
        raise UnreadableFile(TOO_LARGE)
    if unpacked > RATIO_COUNTS_FROM and unpacked > MAX_RATIO * packed:
        raise UnreadableFile(UNSAFE)


def _check_xml(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Unpack once, in pieces: a size that lies fails here, before a reader trusts it.

    The reader sets aside room for the whole rectangle up to the farthest cell, and the process
    ends where there is none. So every cell must stand where a spreadsheet program would write it.
    """
    rows, columns = 0, 0
    with archive.open(member) as stream:
        for number, piece in enumerate(_whole_tags(stream)):
            if b"\0" in piece or (number == 0 and DOCTYPE.search(piece[:PROLOG])):
                raise UnreadableFile(UNSAFE)
            if member.filename == "xl/_rels/workbook.xml.rels":
                _check_targets(piece)
            cells = CELL.findall(piece)
            if len(cells) != len(ANY_CELL.findall(piece)):
                raise UnreadableFile(UNSAFE)
            rows = max([rows, *map(int, {row for _, row, is_empty in cells if not is_empty})])
            names = {name for name, _, is_empty in cells if not is_empty}
            columns = max([columns, *map(_column_number, names)])
    if columns > MAX_COLUMNS or rows * columns > MAX_CELLS:
        raise UnreadableFile(TOO_LARGE)


def _whole_tags(stream: IO[bytes]) -> Iterator[bytes]:
    """The content in pieces that end before a tag."""
    rest = b""
    while more := stream.read(1 << 20):
        piece = rest + more
        end = piece.rfind(b"<")
        if end > 0:
            yield piece[:end]
            rest = piece[end:]
        elif len(piece) > MAX_TAG:
            raise UnreadableFile(UNSAFE)
        else:
            rest = piece
    yield rest


def _check_targets(piece: bytes) -> None:
    """A sheet under another kind of name would not be looked into."""
    if any(not target.endswith(PARTS) for target in TARGET.findall(piece)):
        raise UnreadableFile(UNSAFE)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _old_workbook(data: bytes, file_name: str) -> Reading:
    if ENCRYPTED in data:
        raise UnreadableFile(LOCKED)
    return _workbook(data, "xls", file_name)


def _workbook(data: bytes, form: str, file_name: str) -> Reading:
    unreadable = []
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            visible = [
                sheet.name
                for sheet in book.sheets_metadata
                if sheet.visible == SheetVisibleEnum.Visible
                and sheet.typ == SheetTypeEnum.WorkSheet
            ]
            if len(visible) > MAX_SHEETS:
                raise UnreadableFile(TOO_LARGE)
            sheets, cells = [], 0
            for name in visible:
                try:
                    sheet = book.get_sheet_by_name(name)
                except PasswordError:
                    raise
                except CalamineError:
                    unreadable.append(name)
                    continue
                cells += sheet.total_height * sheet.total_width
                if cells > MAX_CELLS:
                    raise UnreadableFile(TOO_LARGE)
                sheets.append(_sheet(sheet))
    except PasswordError as error:
        raise UnreadableFile(LOCKED) from error
    except CalamineError as error:
        raise UnreadableFile(BROKEN) from error
    if unreadable and not sheets:
        raise UnreadableFile(BROKEN)
    filled = [sheet for sheet in sheets if sheet.height]
    return Reading(filled, form, file_name=file_name, unreadable=tuple(unreadable))


def _sheet(sheet: CalamineSheet) -> Sheet:
    if sheet.total_width > MAX_COLUMNS or sheet.total_height * sheet.total_width > MAX_CELLS:
        raise UnreadableFile(TOO_LARGE)
    rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
    texts = [[_text_of(cell) for cell in row] for row in rows]
    numeric = np.array([[type(cell) in {int, float} for cell in row] for row in rows], dtype=bool)
    ranges = sheet.merged_cell_ranges or []
    spans = [Span(*first, *last) for first, last in ranges]
    return _filled(sheet.name, texts, numeric, spans)


def _text_of(cell: object) -> str:
    """What a spreadsheet would show of a cell without its format."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _filled(name: str, texts: list[list[str]], numeric: Flags, spans: Iterable[Span]) -> Sheet:
    height, width = len(texts), max(map(len, texts), default=0)
    kept = []
    for span in spans:
        rows = range(span.first_row, min(span.last_row + 1, height))
        columns = slice(span.first_column, min(span.last_column + 1, width))
        if not rows or columns.start >= columns.stop:
            continue
        kept.append(span)
        first = texts[span.first_row][span.first_column]
        is_number = numeric[span.first_row, span.first_column]
        for row in rows:
            texts[row][columns] = [first] * (columns.stop - columns.start)
            numeric[row, columns] = is_number
    table = _table_of(texts, width)
    return Sheet(name, table, numeric if numeric.any() else None, tuple(kept))


def _table_of(rows: Sequence[Sequence[str]], width: int) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * width
    arrays = [pa.array(column, pa.string()) for column in columns]
    return pa.table(arrays, names=_names(width))


def _names(width: int) -> list[str]:
    return [str(index) for index in range(width)]


# --- text files


def _text_file(data: bytes, file_name: str, encoding: str | None) -> Reading:
    if data.startswith(UNSUPPORTED):
        raise UnreadableFile(NOT_A_TABLE)
    try:
        text = decode(data, encoding)
    except NotText as error:
        raise UnreadableFile(NOT_A_TABLE if encoding is None else OTHER_ENCODING) from error
    if not text.utf8.strip():
        raise UnreadableFile(EMPTY)
    head = text.utf8[:PROLOG].lower()
    if b"<table" in head or b"<html" in head:
        tables = tables_in(text.utf8.decode(), max_columns=MAX_COLUMNS, max_cells=MAX_CELLS)
        sheets = [_sheet_of(table) for table in tables]
    elif b"\0" in head or head.lstrip().startswith(b"<?xml"):
        raise UnreadableFile(NOT_A_TABLE)
    else:
        name = PurePath(file_name).stem[:MAX_SHEET_NAME] or "1"
        table = _delimited(text.utf8)
        text = replace(text, utf8=b"")  # as large as the table that was made of it
        sheets = [Sheet(name, _in_one_piece(table))]
    return Reading(sheets, text.encoding, text.mended, file_name)


def _in_one_piece(table: pa.Table) -> pa.Table:
    """Columns without breaks can be read where they lie; one is copied at a time."""
    whole = {}
    for name in table.column_names:
        whole[name] = table.column(0).combine_chunks()
        table = table.remove_column(0)
    return pa.table(whole)


def _sheet_of(table: HtmlTable) -> Sheet:
    if table.is_oversized:
        raise UnreadableFile(TOO_LARGE)
    width = max(map(len, table.rows), default=0)
    texts = [row + [""] * (width - len(row)) for row in table.rows]
    numeric = np.zeros((len(texts), width), dtype=bool)
    for row, column in table.numbers:
        numeric[row, column] = True
    return _filled(table.name, texts, numeric, [Span(*span) for span in table.spans])


def _delimited(utf8: bytes | bytearray) -> pa.Table:
    """One table of text; Arrow where the rows are even, Python's csv where they are not."""
    form = _form_of(utf8)
    if form.width > MAX_COLUMNS:
        raise UnreadableFile(TOO_LARGE)
    if form.width > 1:
        try:
            return _with_ragged_rows(utf8, form)
        except pa.ArrowInvalid:
            pass  # too many uneven rows, or one longer than Arrow's block
    return _slowly(utf8, form)


@dataclass(frozen=True)
class TextForm:
    delimiter: str
    quoted: bool
    width: int

    def records(self, lines: Iterable[str]) -> Iterator[list[str]]:
        if self.quoted:
            return csv.reader(lines, delimiter=self.delimiter)
        return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE)


def _form_of(utf8: bytes | bytearray) -> TextForm:
    quotes = utf8.count(b'"')
    quoted = quotes > 0 and quotes % 2 == 0  # an odd one out would swallow the rest of the file
    sample = utf8[:PROLOG].decode("utf-8", "ignore")
    delimiter = max(DELIMITERS, key=sample.count)
    lines = io.StringIO(sample, newline="")
    records = islice(TextForm(delimiter, quoted, 0).records(lines), SAMPLE_RECORDS)
    widths = Counter(len(record) for record in records if len(record) > 1)
    return TextForm(delimiter, quoted, widths.most_common(1)[0][0] if widths else 1)


@dataclass
class RaggedRows:
    """Rows of another width than most: titles, notes, totals. Kept with their place."""

    rows: list[tuple[int, str]] = field(default_factory=list)

    def __call__(self, row: Any) -> str:  # noqa: ANN401 - pyarrow ships no types
        self.rows.append((row.number - 1, row.text))
        return "skip" if len(self.rows) <= MAX_RAGGED else "error"


def _with_ragged_rows(utf8: bytes | bytearray, form: TextForm) -> pa.Table:
    ragged = RaggedRows()
    even = _even_rows(utf8, form, ragged)
    if not ragged.rows:
        return even
    cells = [next(form.records([text]), []) for _, text in ragged.rows]
    width = min(max([form.width, *(len(_trimmed(row)) for row in cells)]), MAX_COLUMNS)
    for index in range(form.width, width):
        even = even.append_column(str(index), pa.repeat(pa.scalar(""), even.num_rows))
    lines = [line for line, _ in ragged.rows]
    return _interleaved(even, _table_of([_fitted(row, width) for row in cells], width), lines)


def _even_rows(utf8: bytes | bytearray, form: TextForm, ragged: Callable[[Any], str]) -> pa.Table:
    names = _names(form.width)
    table = arrow_csv.read_csv(
        pa.py_buffer(utf8),
        # Only a single thread knows the number of an uneven row.
        arrow_csv.ReadOptions(column_names=names, use_threads=False, block_size=1 << 23),
        arrow_csv.ParseOptions(
            delimiter=form.delimiter,
            quote_char='"' if form.quoted else False,
            newlines_in_values=form.quoted,
            ignore_empty_lines=False,
            invalid_row_handler=ragged,
        ),
        arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=False,
            check_utf8=False,
        ),
    )
    if table.num_rows > MAX_ROWS:
        raise UnreadableFile(TOO_LARGE)
    return table


def _interleaved(even: pa.Table, ragged: pa.Table, lines: list[int]) -> pa.Table:
    """Put each uneven row back on its line; slices share memory, so nothing is copied."""
    pieces, taken = [], 0
    for index, line in enumerate(lines):
        start = line - index
        pieces += [even.slice(taken, start - taken), ragged.slice(index, 1)]
        taken = start
    return pa.concat_tables([*pieces, even.slice(taken)])


def _slowly(utf8: bytes | bytearray, form: TextForm) -> pa.Table:
    lines = io.TextIOWrapper(io.BytesIO(utf8), encoding="utf-8", newline="")
    records = form.records(lines)
    batches: list[list[list[str]]] = []
    try:
        while batch := list(islice(records, CHUNK_ROWS)):
            batches.append(batch)
            if len(batches) * CHUNK_ROWS > MAX_ROWS:
                raise UnreadableFile(TOO_LARGE)
    except csv.Error as error:
        raise UnreadableFile(BROKEN) from error
    width = max(len(_trimmed(row)) for batch in batches for row in batch)
    if width > MAX_COLUMNS:
        raise UnreadableFile(TOO_LARGE)
    tables = [_table_of([_fitted(row, width) for row in batch], width) for batch in batches]
    return pa.concat_tables(tables)


def _trimmed(row: list[str]) -> list[str]:
    end = len(row)
    while end and not row[end - 1].strip():
        end -= 1
    return row[:end]


def _fitted(row: list[str], width: int) -> list[str]:
    return (row + [""] * (width - len(row)))[:width]
