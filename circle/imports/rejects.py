"""Rejected rows go back as a workbook: the sender's own columns and what is wrong with each."""

import io
import json
from collections.abc import Iterable

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
    problems = issues[issues["rejects"].astype(bool)].groupby("row", sort=False)
    said = {str(row): _sentence(found) for row, found in problems}
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
        for line, (row, cells) in enumerate(rejected[headers].iterrows(), start=1):
            values = [*cells, said.get(str(row), "")]
            for column, cell in enumerate(values):
                sheet.write_string(line, column, plain_cell(cell), text)
    return target.getvalue()


def plain_cell(cell: object) -> str:
    """A cell as text that no spreadsheet takes for a formula."""
    text = "" if cell is None or cell is pd.NA or cell != cell else str(cell)  # noqa: PLR0124 - NaN
    return harmless(text)


def rows_as_json(rejected: pd.DataFrame) -> dict[int, str]:
    """The sender's cells of each rejected row, header to text, for sealing."""
    headers = [name for name in rejected.columns if name not in PLACE_COLUMNS]
    return {
        int(row): json.dumps(
            {
                header: "" if pd.isna(cell) else str(cell)
                for header, cell in zip(headers, cells, strict=True)
            },
            ensure_ascii=False,
        )
        for row, cells in zip(
            rejected.index, rejected[headers].itertuples(index=False), strict=True
        )
    }


def label_of(code: str) -> str:
    """A reject or warning code in words."""
    return next(
        (kind(code).label for kind in (RejectCode, WarningCode) if code in list(kind)), code
    )


def _sentence(found: pd.DataFrame) -> str:
    return "；".join(_named(zip(found["code"], found["column"], strict=True)))


def _named(problems: Iterable[tuple[str, object]]) -> list[str]:
    return [
        f"{column}：{label_of(code)}" if isinstance(column, str) and column else label_of(code)
        for code, column in dict.fromkeys(problems)
    ]
