"""The form in which a person says which sheets, header rows and columns of a file are which.

Sheets with the same header are one table of it. What was typed is checked against what the page
shows of the file; everything wrong is told at once, and kept as it was typed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from circle.imports.layouts import (
    KIND_MARK,
    FileLayout,
    Layout,
    awaits_layout,
    field_of,
    field_words,
    with_heads,
)
from circle.imports.previews import HEADER_ZONE, Preview, SheetPreview, is_long_number
from circle.imports.sources import SOURCES
from circle.imports.sources.base import SourceFile
from models.imports import ImportBatch
from models.vocabulary.imports import LayoutBasis
from models.vocabulary.months import month_key, month_of

MAX_TABLES = 12
MAX_HEADER_ROWS = 5
MAX_PROBLEMS = 12
MAX_DIGITS = 6

Typed = MultiDict[str, str]


@dataclass(frozen=True)
class Problem:
    """`place` is the id of the field it is about."""

    place: str
    sentence: str


@dataclass(frozen=True)
class ColumnChoice:
    """One of the sender's columns, what stands in it, and the field it is said to be."""

    name: str
    header: str
    samples: list[str]
    key: str


@dataclass(frozen=True)
class Table:
    """Sheets that are read alike, and how; `found` is None where no header was recognised."""

    name: str
    sheets: list[SheetPreview]
    read: frozenset[str]
    found: Layout | None


@dataclass
class MappingForm:
    """`typed` has, for each table: the sheets ticked, where the header begins, counted from 1,
    how many rows it has, and the field of each column.
    """

    preview: Preview
    described: SourceFile
    layout: FileLayout
    typed: Typed = field(default_factory=MultiDict)
    spared: frozenset[str] = frozenset()  # fields said beside the file
    on: date = date.max
    month: int | None = None
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tables = _tables(self.preview, self.layout)
        self.words = field_words(self.described)
        self.required = set(self.described.required_keys) - self.spared
        if not self.typed:
            self.typed = MultiDict([pair for table in self.tables for pair in _as_found(table)])

    def value(self, name: str) -> str:
        return self.typed.get(name, "").strip()

    def is_ticked(self, table: Table, sheet: SheetPreview) -> bool:
        return sheet.name in self.typed.getlist(f"{table.name}-sheet")

    def is_read(self, table: Table) -> bool:
        return any(self.is_ticked(table, sheet) for sheet in table.sheets)

    def wrong(self, place: str) -> bool:
        return any(problem.place == place for problem in self.problems)

    def header_of(self, table: Table) -> range:
        """The rows typed as header, as far as they can be."""
        first = _number(self.value(f"{table.name}-first"))
        height = _number(self.value(f"{table.name}-rows"))
        if first is None or height is None or not 0 < height <= MAX_HEADER_ROWS:
            return range(0)
        return range(first - 1, first - 1 + height)

    def columns_of(self, table: Table) -> Iterator[ColumnChoice]:
        sheet, header = table.sheets[0], self.header_of(table)
        for index in sheet.columns:
            name = f"{table.name}-c{index}"
            key = self.value(name)
            samples = sheet.samples(index, header.stop - 1, _field(key))
            title = sheet.header(index, header)
            if title or samples or key:
                yield ColumnChoice(
                    name, title or gettext("第 %(place)s 列", place=index + 1), samples, key
                )

    def rows_of(self, table: Table) -> list[list[str]]:
        """The first rows as read, masked."""
        sheet = table.sheets[0]
        fields = {
            index: key
            for index in sheet.columns
            if (key := _field(self.value(f"{table.name}-c{index}")))
        }
        return sheet.shown_rows(self.header_of(table), fields)

    def said(self, by: int) -> FileLayout | None:
        """The layout that was typed; None where there are problems, which are kept.

        A file without a month's column may have its month typed beside it.
        """
        self._read_month()
        taken = [
            layout for table in self.tables if self.is_read(table) for layout in self._read(table)
        ]
        names = {sheet.name for sheet in self.preview.sheets}
        for name in dict.fromkeys(self._ticked() - names):
            self._refuse("t0-sheet", gettext("文件里没有名为“%(sheet)s”的工作表。", sheet=name))
        if not taken and not self.problems:
            self._refuse("t0-sheet", gettext("请至少选择一张工作表。"))
        if self.problems:
            del self.problems[MAX_PROBLEMS:]
            return None
        read = {layout.sheet for layout in taken}
        known = (*(self.layout.sheets or ()), *self.layout.skipped)
        return FileLayout(
            LayoutBasis.CLERK,
            self.layout.encoding,
            tuple(taken),
            tuple(layout for layout in known if layout.sheet not in read),
            by=by,
        )

    def _read_month(self) -> None:
        text = self.value("file-month")
        if not text:
            return
        try:
            self.month = month_of(text)
        except ValueError:
            self._refuse("file-month", gettext("请写成 2026-09 这样的年月。"))
            return
        self.spared |= {"month", "from_month"}
        if self.month > month_key(self.on):
            self._refuse("file-month", gettext("月份不能晚于本月。"))

    def _ticked(self) -> set[str]:
        return {name for key in self.typed if key.endswith("-sheet") for name in self._all(key)}

    def _all(self, name: str) -> list[str]:
        return self.typed.getlist(name)

    def _refuse(self, place: str, sentence: str) -> None:
        self.problems.append(Problem(place, sentence))

    def _read(self, table: Table) -> list[Layout]:
        header = self._header(table)
        if header is None:
            return []
        mapping = self._mapping(table, header)
        ticked = [sheet for sheet in table.sheets if self.is_ticked(table, sheet)]
        read = [Layout(sheet.name, header[0], header[-1], mapping) for sheet in ticked]
        missing = read[0].missing(self.described, spared=self.spared)
        for key in missing:
            words = self.words[key]
            self._refuse(f"{table.name}-columns", gettext("请为“%(field)s”选一列。", field=words))
        return read

    def _header(self, table: Table) -> range | None:
        """The rows of the header, counted from 0."""
        first = _number(self.value(f"{table.name}-first"))
        height = _number(self.value(f"{table.name}-rows"))
        shown = min(len(sheet.rows) for sheet in table.sheets if self.is_ticked(table, sheet))
        if height is None or not 0 < height <= MAX_HEADER_ROWS:
            says = gettext("表头行数要写成 1 到 %(most)s 的数字。", most=MAX_HEADER_ROWS)
            self._refuse(f"{table.name}-rows", says)
            return None
        if first is None or not 0 < first <= shown - height + 1:
            says = gettext(
                "表头起始行要写成 1 到 %(most)s 的数字。", most=max(shown - height + 1, 1)
            )
            self._refuse(f"{table.name}-first", says)
            return None
        header = range(first - 1, first - 1 + height)
        numbered = [at for at in header if any(map(is_long_number, table.sheets[0].rows[at]))]
        if numbered:
            says = gettext(
                "第 %(line)s 行里有号码，是数据，不是表头。请核对表头的位置和行数。",
                line=numbered[0] + 1,
            )
            self._refuse(f"{table.name}-first", says)
            return None
        return header

    def _mapping(self, table: Table, header: range) -> dict[str, int]:
        mapping: dict[str, int] = {}
        sheet = table.sheets[0]
        for name, index in self._chosen(table):
            key = self.value(name)
            title = sheet.header(index, header) or gettext("第 %(place)s 列", place=index + 1)
            if index >= sheet.width:
                self._refuse(
                    f"{table.name}-columns", gettext("文件里没有%(column)s。", column=title)
                )
            elif key not in self.words:
                says = gettext("“%(column)s”所选的字段不属于这种文件。", column=title)
                self._refuse(name, says)
            elif key.endswith(KIND_MARK):
                mapping[f"{key}{index}"] = index
            elif key in mapping:
                says = gettext(
                    "“%(one)s”和“%(other)s”都选了“%(field)s”，只能留一列。",
                    one=sheet.header(mapping[key], header),
                    other=title,
                    field=self.words[key],
                )
                self._refuse(name, says)
            else:
                mapping[key] = index
        if "kind" in mapping and any(KIND_MARK in key for key in mapping):
            says = gettext("“险种”列和按险种分开的列只能选一种。")
            self._refuse(f"{table.name}-c{mapping['kind']}", says)
        return with_heads(mapping)

    def _chosen(self, table: Table) -> list[tuple[str, int]]:
        front = f"{table.name}-c"
        numbered = [
            (name, int(name.removeprefix(front)))
            for name in self.typed
            if name.startswith(front)
            and name.removeprefix(front).isdecimal()
            and len(name) - len(front) <= MAX_DIGITS
            and self.value(name)
        ]
        return sorted(numbered, key=lambda one: one[1])


def preview_of(batch: ImportBatch) -> Preview | None:
    """The file's first rows, while somebody may say how they are read."""
    return Preview.of(batch.preview) if awaits_layout(batch) and batch.preview else None


def mapping_of(batch: ImportBatch, typed: Typed | None, on: date) -> MappingForm | None:
    """The form for a batch that waits; None where nobody can say which column is which yet."""
    preview = preview_of(batch)
    if preview is None or batch.source is None:
        return None
    guessed = batch.progress.get("guessed", ())
    said = batch.month is not None and "month" not in guessed
    spared = {
        *(("month", "from_month") if said else ()),
        *(("kind",) if len(batch.kinds) == 1 and "kinds" not in guessed else ()),
    }
    return MappingForm(
        preview,
        SOURCES[batch.source],
        FileLayout.of(batch.layout),
        MultiDict(typed or ()),
        frozenset(spared),
        on,
    )


def _tables(preview: Preview, layout: FileLayout) -> list[Table]:
    """What was recognised first; then each sheet that was not, for somebody to take."""
    known = {one.sheet: one for one in (*(layout.sheets or ()), *layout.skipped)}
    read = {one.sheet for one in layout.sheets or ()}
    alike: dict[object, list[SheetPreview]] = {}
    for sheet in preview.sheets:
        found = known.get(sheet.name)
        same = (found.first, found.last, found.fingerprint or sheet.name) if found else None
        alike.setdefault(same or _likely_header(sheet) or sheet.name, []).append(sheet)
    # Where nothing was recognised, the largest table is the one that was meant.
    largest = max(alike.values(), key=_size, default=[])
    meant = read or {sheet.name for sheet in largest}
    groups = sorted(alike.values(), key=lambda sheets: meant.isdisjoint(one.name for one in sheets))
    tables = []
    for at, sheets in enumerate(groups[:MAX_TABLES]):
        names = {sheet.name for sheet in sheets}
        layouts = [known[name] for name in names if name in known]
        mapped = max(layouts, key=lambda one: len(one.mapping), default=None)
        tables.append(Table(f"t{at}", sheets, frozenset(names & meant), mapped))
    return tables


def _likely_header(sheet: SheetPreview) -> tuple[int, tuple[str, ...]] | None:
    """Where nobody knows the header: the row above the first that names somebody."""
    if not 0 < sheet.header_zone < min(HEADER_ZONE, len(sheet.rows)):
        return None
    row = tuple(sheet.rows[sheet.header_zone - 1])
    return (sheet.header_zone - 1, row) if any(row) else None


def _size(sheets: list[SheetPreview]) -> int:
    return sum(sheet.height * sheet.width for sheet in sheets)


def _as_found(table: Table) -> Iterator[tuple[str, str]]:
    likely, _ = _likely_header(table.sheets[0]) or (0, ())
    found = table.found or Layout(table.sheets[0].name, likely, likely, {})
    yield from ((f"{table.name}-sheet", name) for name in sorted(table.read))
    yield f"{table.name}-first", str(found.first + 1)
    yield f"{table.name}-rows", str(found.height)
    keys = {index: key for key, index in sorted(found.mapping.items(), key=_head_last)}
    for index, key in keys.items():
        yield f"{table.name}-c{index}", field_of(key)


def _head_last(mapped: tuple[str, int]) -> bool:
    """A column that is both, the head's and the person's own, is shown as the head's."""
    return mapped[0].startswith("head_")


def _field(key: str) -> str | None:
    return key or None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS else None
