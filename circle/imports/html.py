"""Tables of a web page that an office system saved under the name .xls."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

CELL_TAGS = frozenset({"td", "th"})
SKIPPED_TAGS = frozenset({"style", "script", "title", "head"})
MAX_ROW_SPAN = 65_534
MAX_TABLES = 1_000
MAX_SPANNED = 2_000_000  # cells taken by merged ranges; each is remembered by its place
NOTE = re.compile(r"<!--|<[!?]")


@dataclass
class HtmlTable:
    """`spans` are (first row, first column, last row, last column), counted from 0."""

    name: str
    rows: list[list[str]] = field(default_factory=list)
    spans: list[tuple[int, int, int, int]] = field(default_factory=list)
    numbers: list[tuple[int, int]] = field(default_factory=list)
    taken: set[tuple[int, int]] = field(default_factory=set)
    is_oversized: bool = False


@dataclass
class OpenCell:
    """A cell being read. Excel marks a number with x:num and keeps its value there."""

    row_span: int
    column_span: int
    number: str | None
    pieces: list[str] = field(default_factory=list)


def tables_in(text: str, *, max_columns: int, max_cells: int) -> list[HtmlTable]:
    """Every table, inner ones too; one beyond the limits is cut and marked oversized."""
    reader = TableReader(max_columns, max_cells)
    reader.feed("".join(_without_notes(text)))
    reader.close()
    reader.finish()
    return [table for table in reader.tables if table.rows]


class TableReader(HTMLParser):
    def __init__(self, max_columns: int, max_cells: int) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[HtmlTable] = []
        self._open: list[tuple[HtmlTable, OpenCell | None]] = []
        self._cell: OpenCell | None = None
        self._skipping = 0
        self._max_columns = max_columns
        self._cells_left = max_cells
        self._spanned_left = MAX_SPANNED

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SKIPPED_TAGS:
            self._skipping += 1
        elif tag in {"table", "body"}:
            self._skipping = 0
            if tag == "table":
                self._begin_table()
        elif tag == "tr" and self._open:
            self._end_cell()
            self._open[-1][0].rows.append([])
        elif tag in CELL_TAGS and self._open:
            self._end_cell()
            self._cell = _opened(dict(attrs))
        elif tag == "br":
            self.handle_data("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in SKIPPED_TAGS:
            self._skipping = max(0, self._skipping - 1)
        elif tag in CELL_TAGS or tag == "tr":
            self._end_cell()
        elif tag == "table" and self._open:
            self._end_cell()
            self._cell = self._open.pop()[1]

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._skipping:
            self._cell.pieces.append(data)

    def finish(self) -> None:
        """Close what the page left open."""
        while self._open:
            self.handle_endtag("table")

    def _begin_table(self) -> None:
        table = HtmlTable(str(len(self.tables) + 1))
        self.tables.append(table)
        self._open.append((table, self._cell))
        self._cell = None

    def _end_cell(self) -> None:
        if self._cell is None or not self._open:
            return
        cell, self._cell = self._cell, None
        table = self._open[-1][0]
        if not table.rows:
            table.rows.append([])
        self._place(table, cell)

    def _place(self, table: HtmlTable, cell: OpenCell) -> None:
        row = len(table.rows) - 1
        column = len(table.rows[row])
        while (row, column) in table.taken:
            column += 1
        last_column = column + cell.column_span - 1
        extent = cell.row_span * cell.column_span
        self._cells_left -= extent
        self._spanned_left -= extent if extent > 1 else 0
        left = min(self._cells_left, self._spanned_left, MAX_TABLES - len(self.tables))
        if last_column >= self._max_columns or left < 0:
            table.is_oversized = True
            return
        cells = table.rows[row]
        cells.extend([""] * (last_column + 1 - len(cells)))
        cells[column] = "".join(cell.pieces).strip() if cell.number is None else cell.number
        if cell.number is not None:
            table.numbers.append((row, column))
        if cell.row_span > 1 or cell.column_span > 1:
            last_row = row + cell.row_span - 1
            table.spans.append((row, column, last_row, last_column))
            below = range(row + 1, last_row + 1)
            table.taken.update((r, c) for r in below for c in range(column, last_column + 1))


def _opened(attributes: dict[str, str | None]) -> OpenCell:
    number = attributes.get("x:num")
    return OpenCell(
        _extent(attributes.get("rowspan"), MAX_ROW_SPAN),
        _extent(attributes.get("colspan"), MAX_ROW_SPAN),
        number or None,
    )


def _extent(text: str | None, most: int) -> int:
    digits = (text or "").strip()
    if not digits.isdecimal():
        return 1
    return most if len(digits) > len(str(most)) else min(max(int(digits), 1), most)


def _without_notes(text: str) -> Iterator[str]:
    """The page without comments and declarations; one left open swallows the rest, as in browsers.

    The parser would look for the end of each of them again and again.
    """
    at = 0
    while (note := NOTE.search(text, at)) is not None:
        yield text[at : note.start()]
        end = "-->" if note.group() == "<!--" else ">"
        closed = text.find(end, note.end())
        if closed < 0:
            return
        at = closed + len(end)
    yield text[at:]
