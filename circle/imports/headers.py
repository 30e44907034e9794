"""Which rows of a sheet are its header, and which column is which."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise

from flask_babel import lazy_gettext as _l

from circle.imports.cells import BLANKS
from circle.imports.layouts import KIND_MARK, Layout, with_heads
from circle.imports.reading import Sheet
from circle.imports.sources import SOURCES
from circle.imports.sources.base import IGNORED, PERSON, PLACE, SourceFile
from circle.imports.sources.insurance import KIND_PARTS, KINDS

# A table begins within so many rows; its header has at most three.
SEARCHED_ROWS = 60
HEADER_ROWS = 3
# A number alone is no table: some other column must be known too.
LEAST_COLUMNS = 2
NO_HEADER = _l(
    "没有找到表头。请确认文件里有“身份证号”和“姓名”（岗位文件是“岗位名称”和“企业名称”）等列名，"
    "并核对所选的数据来源。"
)
NOTES = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕|<[^<>]*>")
ORNAMENTS = re.compile(r"[*★☆#:;,.。、'\"“”‘’`_]+")
LEADING_NUMBER = re.compile(r"^\d{1,2}(?=\D)")


def plain_header(text: str) -> str:
    """A header without line breaks, blanks, stars and bracketed notes such as （必填）."""
    narrow = BLANKS.sub("", unicodedata.normalize("NFKC", text))
    bare = ORNAMENTS.sub("", NOTES.sub("", narrow))
    return LEADING_NUMBER.sub("", bare)


def fingerprint(header: Sequence[str]) -> str:
    """Tells a sender's form again, whatever stars and notes somebody added to its headers.

    Where two columns differ in their notes alone, the notes tell them apart.
    """
    plain = [plain_header(cell) for cell in header]
    whole = [BLANKS.sub("", unicodedata.normalize("NFKC", cell)) for cell in header]
    met = Counter(plain)
    told = [
        all_of_it if met[bare] > 1 else bare for bare, all_of_it in zip(plain, whole, strict=True)
    ]
    return sha256("\x1f".join(told).rstrip("\x1f").encode()).hexdigest()


def guess(sheets: Sequence[Sheet], source_file: SourceFile) -> list[Layout]:
    """A layout for each sheet whose header is recognised; cover sheets and notes have none."""
    layouts = [guess_sheet(sheet, source_file) for sheet in sheets]
    return [layout for layout in layouts if layout is not None]


def is_of_another(sheets: Sequence[Sheet], layouts: Sequence[Layout]) -> bool:
    """Nothing but persons and places for this source, while another finds what it requires.

    The register takes whoever is named: a contribution list by mistake would make residents.
    """
    if own_columns(layouts):
        return False
    return any(
        other.column(key).required
        for other in SOURCES.values()
        for key in own_columns(guess(sheets, other))
        if other.has(key)
    )


def own_columns(layouts: Iterable[Layout]) -> set[str]:
    """Keys of the mapped columns that tell more than who and where."""
    shared = {column.key for column in (*PERSON, *PLACE)}
    return {key for layout in layouts for key in layout.mapping} - shared


def header_texts(sheet: Sheet, layout: Layout) -> list[str]:
    """The sender's header of every column, its rows joined by a line break."""
    rows = sheet.head(layout.last + 1)[layout.first :]
    return ["\n".join(_steps(column)) for column in zip(*rows, strict=True)]


def guess_sheet(sheet: Sheet, source_file: SourceFile) -> Layout | None:
    rows = sheet.head(SEARCHED_ROWS)
    best: Layout | None = None
    for height in range(1, HEADER_ROWS + 1):
        for first in range(len(rows) - height + 1):
            layout = _layout(sheet.name, rows[first : first + height], first, source_file)
            if best is None or layout.score > best.score:
                best = layout
    if best is None or not _is_table(best, source_file):
        return None
    header = header_of(rows[best.first : best.last + 1])
    return replace(best, fingerprint=fingerprint(header))


def blocks(sheet: Sheet, heights: Iterable[int]) -> Iterator[Layout]:
    """Every place where a header of such a height may stand, the uppermost first, unmapped."""
    rows = sheet.head(SEARCHED_ROWS)
    for first in range(len(rows)):
        for height in heights:
            if first + height <= len(rows):
                header = header_of(rows[first : first + height])
                yield Layout(
                    sheet.name, first, first + height - 1, {}, fingerprint=fingerprint(header)
                )


def header_of(block: Sequence[Sequence[str]]) -> list[str]:
    """The header of each column, its rows put together."""
    return ["".join(_steps(column)) for column in zip(*block, strict=True)]


def _is_table(layout: Layout, source_file: SourceFile) -> bool:
    return source_file.anchor in layout.mapping and layout.score >= LEAST_COLUMNS


def _layout(name: str, block: list[list[str]], first: int, source_file: SourceFile) -> Layout:
    columns = list(zip(*block, strict=True))
    spellings = [_spellings(column) for column in columns]
    mapping = with_heads(_mapped(spellings, source_file))
    last = first + len(block) - 1
    return Layout(name, first, last, mapping, len(mapping))


def _steps(column: Sequence[str]) -> list[str]:
    """The header cells of one column from the top, a merged one once."""
    filled = [cell for cell in column if cell.strip()]
    return filled[:1] + [below for above, below in pairwise(filled) if below != above]


def _spellings(column: Sequence[str]) -> list[str]:
    """What a column may be called, the most telling first: 单位 over 编号 is 单位编号."""
    steps = [plain_header(step) for step in _steps(column)]
    joined = ["".join(steps[start:]) for start in range(len(steps))]
    return [part for name in joined for part in (name, *name.split("/")) if part]


def _mapped(spellings: list[list[str]], source_file: SourceFile) -> dict[str, int]:
    mapping: dict[str, int] = {}
    taken: set[int] = set()
    for column in source_file.columns:
        found = _find(column.aliases, spellings, taken)
        if found is not None:
            mapping[column.key] = found
            taken.add(found)
    if source_file.has("kind") and "kind" not in mapping:
        mapping |= _kind_columns(spellings, taken)
    return mapping


def _find(aliases: Sequence[str], spellings: list[list[str]], taken: set[int]) -> int | None:
    """The column with the most telling alias; of two alike the one further left."""
    ranks = {alias: rank for rank, alias in enumerate(aliases)}
    found = [
        (depth, ranks[name], index)
        for index, names in enumerate(spellings)
        if index not in taken
        for depth, name in enumerate(names)
        if name in ranks
    ]
    return min(found)[2] if found else None


def _kind_columns(spellings: list[list[str]], taken: set[int]) -> dict[str, int]:
    kinds = {}
    for index, names in enumerate(spellings):
        kind = next((kind for name in names if (kind := _kind_of(name))), None)
        if kind and index not in taken:
            kinds[f"{kind}{KIND_MARK}{index}"] = index
    # Columns of kinds that are only counted do not make a table of insurance.
    return kinds if any(not key.startswith(IGNORED) for key in kinds) else {}


def _kind_of(header: str) -> str | None:
    for part in ("", *KIND_PARTS):
        bare = header.removesuffix(part) if part else header
        if bare in KINDS:
            return KINDS[bare]
    return None
