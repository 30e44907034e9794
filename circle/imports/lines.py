"""Which rows of a table are data: not titles, repeated headers, totals, notes, signatures.

Almost every row holds a plain number and is told at once; only the others are looked at.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from circle.imports.cells import squeezed
from circle.imports.headers import plain_header
from circle.imports.layouts import Layout
from circle.imports.reading import Sheet
from circle.imports.sources.base import SourceFile

Lines = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

PLAIN_NUMBER = r"^[\s'’`]*(?:\d{17}[0-9Xx]|\d{15})\s*$"
TOTAL = re.compile(r".{0,20}(?:合计|小计|总计|共计|累计)(?:[:(\d共人户元].*)?")
LABELS = (
    "备注|说明|填表说明|填报说明|填报单位|填报人|填表人|填表日期|填报日期|填报时间|填表单位|制表单位|制表人?|"
    "制表日期|制表时间|审核人?|审批人?|复核人?|经办人?|负责人|单位负责人|主管领导|分管领导|签字|签名|盖章|"
    "打印日期|打印时间|打印人|导出日期|导出时间|导出人|数据来源|统计人|统计时间|统计日期|联系人|联系电话|"
    "报送单位|报送人|报送日期|单位|日期|时间|街道盖章|社区盖章|单位盖章"
)
NOTE = re.compile(
    rf"(?:{LABELS})(?:\([^)]*\))?[:].*|注[:\d.、,].*|[※★].*|\*.+|第\d+页.*|共\d+(?:页|人|户|条|行|笔).*"
    r"|\(?(?:签字|签名|盖章|公章)\)?|以上.*|-*以下空白-*|-*以下无正文-*"
)
TITLE = re.compile(r".{4,}(?:表|名册|台账|清单|明细|名单|汇总|情况)(?:\(.*\))?")
# How many there are, in the column of names beside 小计.
COUNT = re.compile(r"\d+[人户名个条笔]?")
FILTER_WORDS = frozenset(
    {"全部", "(全部)", "▼", "▽", "筛选", "自动筛选", "全选", "(全选)", "请选择"}
)
COLUMN_NUMBER = re.compile(r"\(?(?:\d{1,2}|[甲乙丙丁戊己庚辛壬癸A-Z])\)?")
# What a person's name is not: a label, a sentence.
NOT_A_NAME = re.compile(r".*[:。;].*|.{21,}")
# 一、制造业, 仓前街道招聘信息表: what stands over a part of the table.
HEADING = re.compile(r"[一二三四五六七八九十]+[、.,].*|.{4,}(?:表|名册|清单|明细|名单|汇总|信息)")
WRITTEN_DAY = re.compile(r"\d{4}[-./]\d{1,2}([-./]\d{1,2})?")
LEAST_DIGITS = 6
NOTED_CELLS = 3
MANY_DIGITS = 14  # more than a telephone number beside 联系电话 has
PLACES = frozenset({"division", "community", "street"})


def data_lines(sheet: Sheet, layout: Layout, source_file: SourceFile) -> Lines:
    """Rows of the sheet, counted from 0, that speak of somebody or something; hidden ones too."""
    first = layout.last + 1
    body = sheet.cells.slice(first)
    is_data = _plainly_data(body, layout, source_file)
    odd = np.flatnonzero(~is_data)
    if odd.size:
        form = _form(sheet, layout, source_file)
        rows = zip(
            *(column.to_pylist() for column in body.take(pa.array(odd)).columns), strict=True
        )
        places = odd.tolist()
        is_data[odd] = [form.is_data(row, first + at) for row, at in zip(rows, places, strict=True)]
    return first + np.flatnonzero(is_data)


def _plainly_data(body: pa.Table, layout: Layout, source_file: SourceFile) -> Flags:
    """Rows told by a plain number; where rows are about nobody, each has to be looked at."""
    if not source_file.is_about_people:
        return np.zeros(body.num_rows, dtype=bool)
    numbers = body.column(layout.mapping["number"])
    found = pc.match_substring_regex(numbers, PLAIN_NUMBER).to_numpy(zero_copy_only=False)
    flags: Flags = found.astype(bool)
    return flags


@dataclass(frozen=True)
class TableForm:
    """What tells a data row of one table from what else stands in it.

    `called` is the column that names what a row is about, a person or something else.
    """

    called: str
    about_people: bool
    mapping: dict[str, int]
    headers: dict[int, frozenset[str]]
    shared: frozenset[int]  # columns a household or a place shares between its rows
    continued: frozenset[int]  # rows below the first of a merged household cell

    def is_data(self, row: Sequence[str], line: int) -> bool:
        cells = {index: plain for index, cell in enumerate(row) if (plain := squeezed(cell))}
        mapped = {index: cells[index] for index in self.mapping.values() if index in cells}
        if not mapped or self._repeats_header(mapped) or _is_filter(cells.values()):
            return False
        if self._is_total(cells):
            return False
        if not self.about_people:
            # ★急聘 before a title praises; a note has hardly anything beside it.
            is_short = len(mapped) < NOTED_CELLS or _is_signed(mapped.values())
            is_note = is_short and self._is_note(cells)
            return not is_note and self._offers_something(cells, mapped)
        digits = self._digits(cells)
        if digits < MANY_DIGITS and self._is_note(cells):
            return False
        return digits >= LEAST_DIGITS or self._speaks_of_someone(cells, mapped, line)

    def _cell(self, cells: dict[int, str], key: str) -> str:
        return cells.get(self.mapping.get(key, -1), "")

    def _repeats_header(self, mapped: dict[int, str]) -> bool:
        alike = sum(plain_header(text) in self.headers[index] for index, text in mapped.items())
        return alike >= min(2, len(mapped)) and alike * 2 >= len(mapped)

    def _is_total(self, cells: dict[int, str]) -> bool:
        name = self._cell(cells, self.called)
        if name and not TOTAL.fullmatch(name) and not COUNT.fullmatch(name):
            return False
        return any(TOTAL.fullmatch(text) for text in cells.values())

    def _digits(self, cells: dict[int, str]) -> int:
        """How many digits a number has that somebody meant as one; a text or a day has none."""
        number = self._cell(cells, "number")
        is_text = any("\u4e00" <= letter <= "\u9fff" for letter in number)
        if is_text or WRITTEN_DAY.fullmatch(number):
            return 0
        return sum(letter.isdecimal() for letter in number)

    def _is_note(self, cells: dict[int, str]) -> bool:
        first = next(iter(cells.values()))
        name, number = self._cell(cells, self.called), self._cell(cells, "number")
        if any(NOTE.fullmatch(text) for text in (first, name, number)):
            return True
        return not name and any(NOTE.fullmatch(text) for text in cells.values())

    def _offers_something(self, cells: dict[int, str], mapped: dict[int, str]) -> bool:
        """Two things said at least; a name alone, unless it heads a part of the table."""
        own = {text for index, text in mapped.items() if index not in self.shared}
        if len(own) > 1 or (own and len(set(mapped.values())) > 1):
            return True
        name = self._cell(cells, self.called)
        return len(cells) == 1 and bool(name) and not HEADING.fullmatch(name)

    def _speaks_of_someone(self, cells: dict[int, str], mapped: dict[int, str], line: int) -> bool:
        name = self._cell(cells, "name")
        distinct = set(cells.values())
        own = {index: text for index, text in mapped.items() if index not in self.shared}
        if not own:
            return line not in self.continued and bool(self._cell(cells, "head_number"))
        if name and not NOT_A_NAME.fullmatch(name) and not TITLE.fullmatch(name):
            # One text over the whole width is a merged heading; alone in its column, a name.
            return len(distinct) > 1 or len(cells) == 1
        # Without name and number: two things said of somebody, one beside the household or place.
        return len(set(own.values())) > 1 or (len(own) < len(mapped) and len(distinct) > 1)


def _form(sheet: Sheet, layout: Layout, source_file: SourceFile) -> TableForm:
    block = sheet.head(layout.last + 1)[layout.first :]
    headers = {}
    for key, index in layout.mapping.items():
        words = {plain_header(row[index]) for row in block} - {""}
        aliases = source_file.column(key).aliases if source_file.has(key) else ()
        headers[index] = frozenset(words | set(aliases))
    shared_keys = PLACES | {column.key for column in source_file.columns if column.carried}
    telling = {source_file.named_by, source_file.anchor}
    own = {layout.mapping[key] for key in telling if key in layout.mapping}
    shared = {layout.mapping[key] for key in shared_keys & set(layout.mapping)} - own
    return TableForm(
        source_file.named_by,
        source_file.is_about_people,
        layout.mapping,
        headers,
        frozenset(shared),
        frozenset(continued_lines(sheet, layout, source_file)),
    )


def continued_lines(sheet: Sheet, layout: Layout, source_file: SourceFile) -> set[int]:
    """Rows below the first of a merged cell for the head of a household."""
    heads = {layout.mapping[key] for key in source_file.heads if key in layout.mapping}
    return {
        line
        for span in sheet.spans
        if span.first_column in heads and span.first_row > layout.last
        for line in range(span.first_row + 1, min(span.last_row + 1, sheet.height))
    }


def _is_signed(texts: Iterable[str]) -> bool:
    """制表人：, 审核人：, 负责人：: a row of labels and nothing else."""
    return all(NOTE.fullmatch(text) for text in texts)


def _is_filter(texts: Collection[str]) -> bool:
    """A row of filter buttons, or one that numbers the columns."""
    return all(text in FILTER_WORDS for text in texts) or (
        len(texts) > 1 and all(COLUMN_NUMBER.fullmatch(text) for text in texts)
    )
