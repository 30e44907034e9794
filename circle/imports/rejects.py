"""Rejected rows go back as a workbook: the sender's own columns and what is wrong with each."""

import io
import json
from collections.abc import Iterator

import pandas as pd
import xlsxwriter

from circle.formulas import harmless
from models.vocabulary.imports import RejectCode, WarningCode

PROBLEM_HEADER = "问题"
SHEET_NAME = "退回"
SHEET_HEADER, LINE_HEADER = "工作表", "行号"
PLACE_COLUMNS = ("sheet", "line")
WIDTH, PROBLEM_WIDTH = 18, 60


def rejects_workbook(rejected: pd.DataFrame, issues: pd.DataFrame) -> bytes:
    """`rejected` has the sender's cells by row; `issues` row, code, column of each problem."""
    headers = [name for name in rejected.columns if name not in PLACE_COLUMNS]
    said = _sentences(issues[issues["rejects"].astype(bool)])
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet(SHEET_NAME)
        text = book.add_format({"num_format": "@"})
        title = book.add_format({"bold": True, "num_format": "@"})
        sheet.set_column(0, len(headers), WIDTH, text)
        sheet.set_column(len(headers), len(headers), PROBLEM_WIDTH, text)
        sheet.freeze_panes(1, 0)
        for column, header in enumerate([*headers, PROBLEM_HEADER]):
            sheet.write_string(0, column, plain_cell(header), title)
        for line, (row, cells) in enumerate(_cells(rejected, headers), start=1):
            for column, cell in enumerate([*cells, said.get(row, "")]):
                sheet.write_string(line, column, harmless(cell), text)
    return target.getvalue()


def plain_cell(cell: object) -> str:
    """A cell as text that no spreadsheet takes for a formula."""
    text = "" if cell is None or cell is pd.NA or cell != cell else str(cell)  # noqa: PLR0124 - NaN
    return harmless(text)


def rows_as_json(rejected: pd.DataFrame) -> dict[int, str]:
    """The sender's cells of each rejected row, header to text, for sealing."""
    headers = [name for name in rejected.columns if name not in PLACE_COLUMNS]
    return {
        row: json.dumps(dict(zip(headers, cells, strict=True)), ensure_ascii=False)
        for row, cells in _cells(rejected, headers)
    }


def _cells(rejected: pd.DataFrame, headers: list[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Row by row, blank where nothing stands; a column is made text at once."""
    texts = [
        rejected.iloc[:, at].astype(object).where(rejected.iloc[:, at].notna(), "").map(str)
        for at, name in enumerate(rejected.columns)
        if name in headers
    ]
    return zip(rejected.index.tolist(), zip(*texts, strict=True), strict=True)


def label_of(code: str) -> str:
    """A reject or warning code in words."""
    return next(
        (kind(code).label for kind in (RejectCode, WarningCode) if code in list(kind)), code
    )


def _sentences(problems: pd.DataFrame) -> dict[int, str]:
    """What is wrong with each row, a problem named once."""
    named: dict[int, dict[str, None]] = {}
    labels = {code: label_of(code) for code in problems["code"].unique()}
    columns = problems["column"].astype(object).where(problems["column"].notna(), "")
    for row, code, column in zip(problems["row"], problems["code"], columns, strict=True):
        label = labels[code]
        named.setdefault(row, {})[f"{column}：{label}" if column else label] = None
    return {row: "；".join(found) for row, found in named.items()}
