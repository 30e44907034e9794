"""Every problem of every row, collected before any answer is given."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from circle.imports.columns import Flags, Values, read_each
from circle.imports.tables import DataRows
from models.vocabulary.imports import RejectCode, WarningCode


class Findings:
    """Problems so far; a row with any of them comes back to the sender."""

    def __init__(self, rows: DataRows) -> None:
        self.rows = rows
        self._found: list[tuple[Flags, RejectCode, str]] = []

    def add(self, failed: Flags, code: RejectCode, key: str) -> None:
        if failed.any():
            self._found.append((failed, code, key))

    def of(self, *codes: RejectCode) -> Flags:
        """Rows with one of the codes; with any problem where no code is named."""
        chosen = [failed for failed, code, _ in self._found if not codes or code in codes]
        found: Flags = np.logical_or.reduce([np.zeros(self.rows.size, dtype=bool), *chosen])
        return found

    def read(
        self,
        key: str,
        reader: Callable[[str], Any],
        code: RejectCode,
        *,
        where: Flags | None = None,
    ) -> Values:
        """A column read cell by cell; what cannot be read is a problem of its row."""
        values = read_each(self.rows.text(key), reader)
        self.add(values.unreadable if where is None else values.unreadable & where, code, key)
        return values

    def frame(self, kept: Flags) -> pd.DataFrame:
        """row, code, column (the sender's header), raw (the cell); of the kept rows only."""
        parts = [self.listed(failed & kept, code, key) for failed, code, key in self._found]
        parts = [part for part in parts if len(part)] or [_frame([], "", [], [])]
        found = pd.concat(parts, ignore_index=True)
        return found.sort_values("row", kind="stable", ignore_index=True)

    def listed(self, failed: Flags, code: RejectCode | WarningCode, key: str) -> pd.DataFrame:
        """Some rows under one code, in the same form."""
        where = np.flatnonzero(failed)
        raw = self.rows.text(key).take(pa.array(where)).to_pylist()
        return _frame(where, code.value, self.rows.headers_of(key, where), raw)


def _frame(rows: Any, code: str, columns: Any, raw: Any) -> pd.DataFrame:  # noqa: ANN401 - columns of a frame
    return pd.DataFrame(
        {
            "row": np.asarray(rows, dtype=np.int64),
            "code": pd.Series([code] * len(rows), dtype="str"),
            "column": pd.Series(list(columns), dtype="str"),
            "raw": pd.Series(list(raw), dtype="str"),
        }
    )
