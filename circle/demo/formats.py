"""The forms in which bureaus save lists: workbooks old and new, CSV, text, pages named .xls."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter

PRINTED_PAGE = 400
SIGNATURES = ("制表人：", "", "审核人：", "", "负责人（签字）：")


@dataclass(frozen=True)
class Layout:
    """A table on paper: a title, header rows, rows, and what stands under them.

    `group` names the column by which consecutive rows belong together; the `merged` columns are
    then one cell for each group. `over` gives header cells above several headers. `total` names
    the column that gets the word 合计.
    """

    title: str
    frame: pd.DataFrame
    sheet: str = "Sheet1"
    subtitle: str = ""
    group: str = ""
    merged: tuple[str, ...] = ()
    over: tuple[tuple[str, str, str], ...] = ()
    total: str = ""
    notes: tuple[str, ...] = ()
    hidden: tuple[int, ...] = ()
    repeats_header: bool = False
    headers: list[str] = field(init=False)

    def __post_init__(self) -> None:
        shown = [str(name) for name in self.frame.columns if name != self.group or self.is_shown]
        object.__setattr__(self, "headers", shown)

    @property
    def is_shown(self) -> bool:
        """Whether the grouping column is one of the table's own."""
        return self.group in self.merged

    @property
    def header_rows(self) -> int:
        return 2 if self.over else 1


def write_xlsx(path: Path, layouts: list[Layout], made_on: date) -> None:
    """The same bytes for the same day and rows."""
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy/m/d"}) as workbook:
        workbook.set_properties({"created": datetime.combine(made_on, time(8), UTC)})
        bold = workbook.add_format({"bold": True, "align": "center", "text_wrap": True})
        for layout in layouts:
            _draw(_Xlsx(workbook.add_worksheet(layout.sheet), bold), layout)


def write_xls(path: Path, layouts: list[Layout]) -> None:
    """BIFF8; needs the extra `demo`."""
    import xlwt  # noqa: PLC0415 - an optional extra

    workbook = xlwt.Workbook(encoding="utf-8")
    for layout in layouts:
        _draw(_Xls(workbook.add_sheet(layout.sheet)), layout)
    workbook.save(str(path))


def write_csv(
    path: Path, layout: Layout, *, encoding: str, separator: str = ",", titled: bool = False
) -> None:
    """With the title as a line of its own where `titled`, and the notes under the rows."""
    with path.open("w", encoding=encoding, newline="") as file:
        if titled:
            file.write(layout.title + separator * (len(layout.headers) - 1) + "\r\n")
        rows = layout.frame[layout.headers].map(_as_text)
        rows.to_csv(file, index=False, sep=separator, lineterminator="\r\n")
        if layout.total:
            cells = ["合计" if name == layout.total else "" for name in layout.headers]
            file.write(separator.join(cells) + "\r\n")
        file.writelines(note + "\r\n" for note in layout.notes)


def write_html(path: Path, layout: Layout) -> None:
    """What a web system calls an Excel file."""
    rows = [layout.headers, *layout.frame[layout.headers].map(_as_text).to_numpy().tolist()]
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>\r\n" for row in rows
    )
    page = (
        '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head>'
        '<meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>'
        f'<table border="1"><tr><td colspan="{len(layout.headers)}"><b>{layout.title}</b></td></tr>'
        f"\r\n{body}</table></body></html>"
    )
    path.write_text(page, encoding="utf-8", newline="")


def double_encode(path: Path) -> None:
    """Read the UTF-8 file as Latin-1 and save that as UTF-8, as a careless gateway does."""
    path.write_bytes(path.read_bytes().decode("latin-1").encode())


def _as_text(cell: str | float) -> str:
    """As a spreadsheet saves a number of many digits: 3.30110198506151E+17."""
    return f"{cell:.14E}" if isinstance(cell, float) else str(cell)


class _Xlsx:
    """The few marks a layout needs, on a sheet of a new workbook."""

    def __init__(self, sheet: Any, bold: Any) -> None:  # noqa: ANN401 - xlsxwriter is untyped
        self.sheet = sheet
        self.bold = bold

    def cell(self, row: int, column: int, value: Any) -> None:  # noqa: ANN401 - any cell
        if isinstance(value, str):
            self.sheet.write_string(row, column, value)
        else:
            self.sheet.write(row, column, value)

    def merge(self, area: tuple[int, int, int, int], value: Any) -> None:  # noqa: ANN401 - any cell
        if area[:2] == area[2:]:
            self.cell(*area[:2], value)
        else:
            self.sheet.merge_range(*area, value, self.bold)

    def hide(self, row: int) -> None:
        self.sheet.set_row(row, None, None, {"hidden": True})


class _Xls:
    """The same on a sheet of an old one."""

    def __init__(self, sheet: Any) -> None:  # noqa: ANN401 - xlwt is untyped
        self.sheet = sheet

    def cell(self, row: int, column: int, value: Any) -> None:  # noqa: ANN401 - any cell
        self.sheet.write(row, column, value)

    def merge(self, area: tuple[int, int, int, int], value: Any) -> None:  # noqa: ANN401 - any cell
        first_row, first_column, last_row, last_column = area
        self.sheet.write_merge(first_row, last_row, first_column, last_column, value)

    def hide(self, row: int) -> None:
        self.sheet.row(row).hidden = True


def _draw(paper: _Xlsx | _Xls, layout: Layout) -> None:
    paper.merge((0, 0, 0, len(layout.headers) - 1), layout.title)
    top = 1
    if layout.subtitle:
        paper.cell(1, 0, layout.subtitle)
        top = 2
    _draw_headers(paper, layout, top)
    bottom = _draw_rows(paper, layout, top + layout.header_rows)
    if layout.total:
        paper.cell(bottom, layout.headers.index(layout.total), "合计")
    for offset, text in enumerate(layout.notes):
        paper.cell(bottom + 2 + offset, 0, text)
    for column, text in enumerate(SIGNATURES):
        paper.cell(bottom + 3 + len(layout.notes), column, text)


def _draw_headers(paper: _Xlsx | _Xls, layout: Layout, top: int) -> None:
    below: set[int] = set()
    for text, first, last in layout.over:
        left, right = layout.headers.index(first), layout.headers.index(last)
        paper.merge((top, left, top, right), text)
        below.update(range(left, right + 1))
    for column, header in enumerate(layout.headers):
        if column in below or not layout.over:
            paper.cell(top + len(layout.over[:1]), column, header)
        else:
            paper.merge((top, column, top + 1, column), header)


def _draw_rows(paper: _Xlsx | _Xls, layout: Layout, top: int) -> int:
    """Draws the rows and returns the first free row."""
    positions = top + np.arange(len(layout.frame))
    if layout.repeats_header:
        positions += np.arange(len(layout.frame)) // PRINTED_PAGE
        for row in range(top + PRINTED_PAGE, int(positions[-1]), PRINTED_PAGE + 1):
            for column, header in enumerate(layout.headers):
                paper.cell(row, column, header)
    for column, header in enumerate(layout.headers):
        if header not in layout.merged:
            for row, value in zip(positions.tolist(), _cells(layout.frame[header]), strict=True):
                paper.cell(row, column, value)
    if layout.merged:
        _draw_merged(paper, layout, positions)
    for row in layout.hidden:
        paper.hide(int(positions[row]))
    return int(positions[-1]) + 1 if len(positions) else top


def _draw_merged(paper: _Xlsx | _Xls, layout: Layout, positions: np.ndarray[Any, Any]) -> None:
    groups = groupby(enumerate(layout.frame[layout.group].tolist()), key=lambda each: each[1])
    runs = [[at for at, _ in run] for _, run in groups]
    for header in layout.merged:
        column = layout.headers.index(header)
        values = _cells(layout.frame[header])
        for run in runs:
            first, last = int(positions[run[0]]), int(positions[run[-1]])
            paper.merge((first, column, last, column), values[run[0]])


def _cells(values: pd.Series) -> list[str | int | float | date | datetime | None]:
    return [None if value is None or value is pd.NaT else value for value in values.tolist()]
