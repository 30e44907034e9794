import io

import pandas as pd
from python_calamine import CalamineWorkbook

from circle.imports.rejects import rejects_workbook


def test_neither_a_cell_nor_a_header_that_goes_back_is_a_formula() -> None:
    rejected = pd.DataFrame(
        {"sheet": ["1"], "line": [2], "=1+1": ["＝cmd|x"], "姓名": ["-"]}, index=[0]
    )
    issues = pd.DataFrame(
        {"row": [0], "code": ["id_missing"], "column": ["@x"], "rejects": [True]}, index=[0]
    )
    book = CalamineWorkbook.from_filelike(io.BytesIO(rejects_workbook(rejected, issues)))
    header, row = book.get_sheet_by_index(0).to_python()
    assert header[:2] == ["'=1+1", "姓名"]
    assert row[:2] == ["'＝cmd|x", "-"]
    assert str(row[2]).startswith("'@x")
