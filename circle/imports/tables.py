"""The data rows of all sheets of a file as one table of text, by the columns' own keys."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from circle.imports.columns import BLANK_CELLS, Flags, blanks
from circle.imports.headers import header_texts
from circle.imports.layouts import KIND_MARK, Layout
from circle.imports.lines import Lines, continued_lines, data_lines
from circle.imports.reading import Reading, Sheet
from circle.imports.sources.base import SourceFile

# Above so many runs of data rows, copying them is cheaper than remembering the runs.
MAX_RUNS = 2_000


@dataclass(frozen=True)
class Table:
    """One sheet's data rows; `lines` count the sheet's rows from 0."""

    sheet: Sheet
    layout: Layout
    lines: Lines

    def texts(self, index: int) -> pa.Array:
        column = self._taken(self.sheet.cells.select([index])).column(0)
        return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)

    def numeric(self, index: int) -> Flags:
        if self.sheet.numeric is None:
            return np.zeros(len(self.lines), dtype=bool)
        flags: Flags = self.sheet.numeric[self.lines, index]
        return flags

    def original(self) -> pa.Table:
        """The sender's cells under the sender's headers, a repeated one made unlike the first."""
        return self._taken(self.sheet.cells).rename_columns(unlike(self.headers()))

    def headers(self) -> list[str]:
        return header_texts(self.sheet, self.layout)

    def _taken(self, table: pa.Table) -> pa.Table:
        breaks = np.flatnonzero(np.diff(self.lines) != 1) + 1
        if len(breaks) > MAX_RUNS or not len(self.lines):
            return table.take(pa.array(self.lines))
        runs = np.split(self.lines, breaks)
        return pa.concat_tables([table.slice(int(run[0]), len(run)) for run in runs])


@dataclass(frozen=True)
class DataRows:
    """Every data row of the file. Keys without a column in any sheet are blank throughout."""

    tables: list[Table]
    texts: dict[str, pa.Array]
    numeric: dict[str, Flags]
    table_of_row: npt.NDArray[np.int32]
    lines: npt.NDArray[np.int64]  # counted from 1, as a spreadsheet does

    @property
    def size(self) -> int:
        return len(self.lines)

    def text(self, key: str) -> pa.Array:
        return self.texts[key] if key in self.texts else blanks(self.size)

    def is_number(self, key: str) -> Flags:
        return self.numeric.get(key, np.zeros(self.size, dtype=bool))

    def has(self, key: str) -> Flags:
        """Rows whose sheet has the column."""
        mapped = np.array([key in keyed(table.layout) for table in self.tables], dtype=bool)
        return mapped[self.table_of_row]

    def sheets(self) -> "pd.Categorical[str]":
        names = unlike([table.sheet.name for table in self.tables])
        return pd.Categorical.from_codes(self.table_of_row, categories=pd.Index(names))

    def headers_of(self, key: str, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
        """The sender's header of a column, in the sheet of each of the rows."""
        names = np.empty(len(self.tables), dtype=object)
        for at, table in enumerate(self.tables):
            index = keyed(table.layout).get(key)
            names[at] = "" if index is None else table.headers()[index]
        return names[self.table_of_row[rows]]

    def original(self) -> pd.DataFrame:
        """The sender's own cells of every row, with `sheet` and `line`."""
        tables = [table.original() for table in self.tables]
        cells = pa.concat_tables(tables, promote_options="default")
        frame: pd.DataFrame = cells.to_pandas(types_mapper=pd.ArrowDtype)
        frame.insert(0, "sheet", pd.Series(self.sheets()), allow_duplicates=True)
        frame.insert(1, "line", self.lines, allow_duplicates=True)
        return frame


def keyed(layout: Layout) -> dict[str, int]:
    """Key → column; a kind's own columns are numbered within the kind, the same in every sheet."""
    keys = {key: index for key, index in layout.mapping.items() if KIND_MARK not in key}
    met: dict[str, int] = {}
    for index, kind in sorted(layout.kind_columns().items()):
        met[kind] = met.get(kind, -1) + 1
        keys[f"{kind}{KIND_MARK}{met[kind]}"] = index
    return keys


def gather(reading: Reading, described: SourceFile, layouts: Sequence[Layout]) -> DataRows:
    sheets = {sheet.name: sheet for sheet in reading.sheets}
    tables = [
        Table(sheets[layout.sheet], layout, data_lines(sheets[layout.sheet], layout, described))
        for layout in layouts
        if layout.sheet in sheets
    ]
    parts = [_texts(table, described) for table in tables]
    keys = dict.fromkeys(key for part in parts for key in part)
    sizes = [len(table.lines) for table in tables]
    return DataRows(
        tables,
        {
            key: _joined(
                [part.get(key, blanks(size)) for part, size in zip(parts, sizes, strict=True)]
            )
            for key in keys
        },
        {key: np.concatenate([_numeric(table, key) for table in tables]) for key in keys},
        np.repeat(np.arange(len(tables), dtype=np.int32), sizes),
        np.concatenate([table.lines + 1 for table in tables]) if tables else np.zeros(0, np.int64),
    )


def _joined(arrays: list[pa.Array]) -> pa.Array:
    return arrays[0] if len(arrays) == 1 else pa.concat_arrays(arrays)


def unlike(names: Sequence[str]) -> list[str]:
    """The same names, a repeated one with a number behind it, a missing one by its place."""
    met: dict[str, int] = {}
    result = []
    for place, name in enumerate(names, start=1):
        shown = name.strip() or f"第{place}列"
        met[shown] = met.get(shown, 0) + 1
        result.append(shown if met[shown] == 1 else f"{shown} ({met[shown]})")
    return result


def _numeric(table: Table, key: str) -> Flags:
    index = keyed(table.layout).get(key)
    return np.zeros(len(table.lines), dtype=bool) if index is None else table.numeric(index)


def _texts(table: Table, described: SourceFile) -> dict[str, pa.Array]:
    texts = {key: table.texts(index) for key, index in keyed(table.layout).items()}
    heads = [key for key in described.heads if key in texts]
    if len(heads) < described.heads_needed or not heads or not len(table.lines):
        return texts
    _carry_down(table, texts, heads, described)
    _read_head_for_member(table.layout, texts)
    return texts


def _carry_down(
    table: Table, texts: dict[str, pa.Array], heads: list[str], described: SourceFile
) -> None:
    """What a household's first row says holds for the rows below it that leave it blank."""
    continued = continued_lines(table.sheet, table.layout, described)
    merged = np.isin(table.lines, list(continued))
    separate = [key for key in heads if not _is_own(table.layout, key)]
    if not separate:
        return
    unnamed = np.logical_and.reduce([_is_blank(texts[key]) for key in separate])
    begins = ~(merged | unnamed)
    begins[0] = True
    first = np.maximum.accumulate(np.where(begins, np.arange(len(begins)), 0))
    if begins.all():
        return
    for column in described.columns:
        if column.carried and column.key in texts and not _is_own(table.layout, column.key):
            own = texts[column.key]
            gap = pa.array(_is_blank(own) & ~begins)
            texts[column.key] = pc.if_else(gap, own.take(pa.array(first)), own)


def _read_head_for_member(layout: Layout, texts: dict[str, pa.Array]) -> None:
    """A household of one may have its only number in the head's cells."""
    if not {"head_number", "head_name"} <= texts.keys() or _is_own(layout, "head_number"):
        return
    nobody = pa.array(_is_blank(texts["number"]))
    if "name" in texts:
        nobody = pc.and_(nobody, pa.array(_is_blank(texts["name"])))
        texts["name"] = pc.if_else(nobody, texts["head_name"], texts["name"])
    texts["number"] = pc.if_else(nobody, texts["head_number"], texts["number"])


def _is_own(layout: Layout, key: str) -> bool:
    """The head's column is the person's own: the file has no other."""
    mapping = layout.mapping
    return mapping.get(key) in {mapping.get("name"), mapping.get("number")}


def _is_blank(texts: pa.Array) -> Flags:
    flags: Flags = pc.is_in(pc.utf8_trim_whitespace(texts), BLANK_CELLS).to_numpy(
        zero_copy_only=False
    )
    return flags.astype(bool)
