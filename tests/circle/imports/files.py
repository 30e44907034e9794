"""Files as the bureaus send them, made on the spot: nothing binary is kept."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import xlsxwriter
import xlwt

from models.vocabulary.documents import check_character

Rows = Sequence[Any]
Range = tuple[int, int, int, int]  # first row, first column, last row, last column


def number(first_17: str) -> str:
    return first_17 + check_character(first_17)


ZHANG = number("33011019850615123")  # a man born 1985-06-15
LI = number("33011019900101124")  # a woman born 1990-01-01
WANG = number("33011019700505222")  # a woman born 1970-05-05
ZHAO = number("33011019920229131")  # a man born 1992-02-29


def csv_of(rows: Iterable[Iterable[object]], encoding: str = "gb18030", mark: str = ",") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=mark).writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx_of(
    sheets: Mapping[str, Rows],
    *,
    merged: Mapping[str, Iterable[Range]] | None = None,
    hidden_rows: Iterable[int] = (),
    hidden_sheets: Iterable[str] = (),
) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        if name in hidden_sheets:
            sheet.hide()
        for line, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(line, column, cell)
                elif isinstance(cell, date):
                    sheet.write_datetime(line, column, cell, day)
                elif cell is not None:
                    sheet.write_number(line, column, cell)
        for first_row, first_column, last_row, last_column in (merged or {}).get(name, ()):
            text = rows[first_row][first_column]
            sheet.merge_range(first_row, first_column, last_row, last_column, text)
        for line in hidden_rows:
            sheet.set_row(line, None, None, {"hidden": True})
    book.close()
    return stream.getvalue()


def xls_of(
    sheets: Mapping[str, Rows], *, merged: Mapping[str, Iterable[Range]] | None = None
) -> bytes:
    """Real BIFF8, as a bureau's old system writes it."""
    stream = io.BytesIO()
    book = xlwt.Workbook(encoding="utf-8")
    for name, rows in sheets.items():
        sheet = book.add_sheet(name, cell_overwrite_ok=True)
        for line, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell is not None:
                    sheet.write(line, column, cell)
        for first, left, last, right in (merged or {}).get(name, ()):
            sheet.write_merge(first, last, left, right, rows[first][left])
    book.save(stream)
    return stream.getvalue()


def html_of(rows: Rows) -> bytes:
    """What a system's "export to Excel" often is."""
    lines = ("".join(f"<td>{cell}</td>" for cell in row) for row in rows)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    head = '<html><head><meta charset="gb2312"><style>td{}</style></head>'
    return f"{head}<body><table border=1>{body}</table></body></html>".encode("gb18030")
