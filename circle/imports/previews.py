"""The first rows of a file as they were read: kept sealed with the batch, shown masked.

A number, a name, a phone, an address and a day of birth are masked as everywhere; in a column
nobody has named yet, whatever might be one of them.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Protocol

from circle.imports.sources import SOURCES
from circle.imports.sources.insurance import PAID_MARKS, UNPAID_MARKS
from circle.privacy.masking import HIDDEN, mask_address, mask_name, mask_number, mask_phone

ROWS = 20
# As far as a person has to see where no header was found.
SEARCHED_ROWS = 40
MAX_SHEETS = 30
MAX_COLUMNS = 200
MAX_CELLS = 40_000
CELL_LENGTH = 60
SAMPLES = 3
# Above the first row that names somebody stand titles and the header; people see them as they are.
HEADER_ZONE = 8

LONG_NUMBER = 9  # digits of a phone, a document, an account
SHORT_NUMBER = 6  # of a day or a month
CLEAR_DIGITS = 4
DIGITS = re.compile(r"\d{7,}")
SIGNS = re.compile(r"\d")
# A name in Latin letters, a mail address, an account somewhere; not a household's H1.
LATIN = re.compile(r"[A-Za-z]{2}|@")
DATE_WORDS = str.maketrans("", "", "年月日")
WORDS = frozenset(
    word
    for described in SOURCES.values()
    for column in described.columns
    for word in column.words or ()
) | (PAID_MARKS | UNPAID_MARKS)
NUMBERS = frozenset({"number", "head_number"})
NAMES = frozenset({"name", "head_name", "contact"})


@dataclass(frozen=True)
class SheetPreview:
    """`rows` are the first of the sheet's `height`."""

    name: str
    height: int
    width: int
    rows: list[list[str]]

    @property
    def columns(self) -> range:
        """Those in which anything stands, as far as it was kept."""
        return range(max(map(len, self.rows), default=0))

    @property
    def header_zone(self) -> int:
        """How many rows stand above the first that names somebody."""
        named = (at for at, row in enumerate(self.rows) if any(map(is_long_number, row)))
        return min(next(named, HEADER_ZONE), HEADER_ZONE)

    def header(self, index: int, rows: range) -> str:
        """The header of a column, its rows joined; as the rows are without numbers of anybody."""
        cells = [_cell(row, index) for row in self.rows[rows.start : rows.stop]]
        return " ".join(dict.fromkeys(_without_numbers(cell) for cell in cells if cell))

    def samples(self, index: int, last: int, key: str | None) -> list[str]:
        """What stands in a column below the header, as people may see it."""
        cells = dict.fromkeys(_cell(row, index) for row in self.rows[last + 1 :])
        return [masked(cell, key) for cell in cells if cell][:SAMPLES]

    def shown_rows(self, header: range, fields: Mapping[int, str]) -> list[list[str]]:
        """Every kept row; `header` are the header's, `fields` what each column is taken for."""
        zone = self.header_zone
        return [
            [
                _without_numbers(cell)
                if at < zone or at in header
                else masked(cell, fields.get(index))
                for index, cell in enumerate(row)
            ]
            for at, row in enumerate(self.rows)
        ]


@dataclass(frozen=True)
class Preview:
    """`unreadable` are sheets that could not be opened, `more` how many are not shown."""

    sheets: list[SheetPreview] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    more: int = 0

    def as_text(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def of(cls, text: str) -> "Preview":
        kept = json.loads(text)
        return cls(**{**kept, "sheets": [SheetPreview(**sheet) for sheet in kept["sheets"]]})


class ReadSheet(Protocol):
    """A sheet as the reader made it."""

    @property
    def name(self) -> str: ...
    @property
    def height(self) -> int: ...
    @property
    def width(self) -> int: ...
    def head(self, rows: int) -> list[list[str]]: ...


def preview_of(
    sheets: Sequence[ReadSheet], headers_end: Mapping[str, int], unreadable: Sequence[str]
) -> Preview:
    """`headers_end` tells the last header row of the sheets in which one was found."""
    kept: list[SheetPreview] = []
    cells = 0
    for sheet in sheets[:MAX_SHEETS]:
        last = headers_end.get(sheet.name)
        rows = _kept(sheet.head(SEARCHED_ROWS if last is None else max(ROWS, last + 1 + ROWS)))
        cells += sum(map(len, rows))
        if kept and cells > MAX_CELLS:
            break
        kept.append(SheetPreview(sheet.name, sheet.height, sheet.width, rows))
    return Preview(kept, list(unreadable), len(sheets) - len(kept))


def masked(text: str, key: str | None) -> str:
    """A cell of a column that is taken for a field, or for none."""
    if key in NUMBERS:
        return mask_number(text)
    if key in NAMES:
        return mask_name(text)
    if key == "address":
        return mask_address(text)
    if key == "phones":
        return DIGITS.sub(lambda digits: mask_phone(digits.group()), text)
    if key is None or key == "born_on":
        return _masked_by_shape(text)
    return _without_numbers(text)


def _masked_by_shape(text: str) -> str:
    digits = sum(letter.isdigit() for letter in text)
    if text in WORDS:
        return text
    if digits >= LONG_NUMBER:
        return mask_number(text)
    if text.translate(DATE_WORDS).isascii() and not LATIN.search(text):
        is_long = digits >= SHORT_NUMBER
        return text[:CLEAR_DIGITS] + SIGNS.sub("*", text[CLEAR_DIGITS:]) if is_long else text
    return text[0] + (HIDDEN if len(text) > CLEAR_DIGITS else "*")


def _without_numbers(text: str) -> str:
    return mask_number(text) if is_long_number(text) else text


def is_long_number(text: str) -> bool:
    return sum(letter.isdigit() for letter in text) >= LONG_NUMBER


def _kept(rows: list[list[str]]) -> list[list[str]]:
    """Without what is blank at the right, and as much of a long cell as a page shows."""
    short = [[cell.strip()[:CELL_LENGTH] for cell in row[:MAX_COLUMNS]] for row in rows]
    width = max((at + 1 for row in short for at, cell in enumerate(row) if cell), default=0)
    return [row[:width] for row in short]


def _cell(row: list[str], index: int) -> str:
    return row[index] if index < len(row) else ""
