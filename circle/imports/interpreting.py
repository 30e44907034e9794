"""Where in a file everything stands: as a person said, as the sender's last one, as guessed.

What a person said, and what a rehearsal found, holds exactly. Else each sheet is read by the
header it shares with a file that was applied before, and by the guess where there is none.
"""

from dataclasses import dataclass, replace

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import Connection

from circle.imports.filing import Asked
from circle.imports.headers import (
    NO_HEADER,
    blocks,
    fingerprint,
    guess_sheet,
    header_of,
    is_of_another,
    own_columns,
)
from circle.imports.layouts import (
    KIND_MARK,
    FileLayout,
    Layout,
    LayoutNeeded,
    Memory,
    Remembered,
    field_words,
    remembered,
)
from circle.imports.previews import Preview, preview_of
from circle.imports.reading import Reading, Sheet, read_sheets
from circle.imports.sources import SOURCES
from circle.imports.sources.base import SourceFile
from circle.refusals import UnreadableFile
from models.vocabulary.facts import Source
from models.vocabulary.imports import LayoutBasis

# A file's source shows in its first sheets.
TELLING_SHEETS = 20

NO_SOURCE = _l("看不出这是哪一种文件。请选择数据来源。")
OTHER_FILE = _l("指定的工作表或列在文件里找不到，请重新指定。")


@dataclass(frozen=True)
class Interpretation:
    """A file as read, and how."""

    reading: Reading
    source: Source
    layout: FileLayout
    preview: Preview

    @property
    def sheets(self) -> list[Layout]:
        return list(self.layout.sheets or ())

    def needs(self, says: str) -> LayoutNeeded:
        """Somebody has to say how the file is read."""
        return LayoutNeeded(says, self.preview, self.source, self.layout)


def interpret(connection: Connection, asked: Asked, office: str) -> Interpretation:
    """`office` is whose memory counts. Raises UnreadableFile; LayoutNeeded where a person could
    still tell how to read it.
    """
    reading = _read(asked)
    wanted = replace(asked.layout, read_as=reading.encoding)
    if wanted.sheets is not None and asked.source is not None:
        return _as_stated(asked, reading, wanted, asked.source)
    memory = Memory() if wanted.basis is LayoutBasis.GUESS else remembered(connection, office)
    source = asked.source or _source_of(reading, memory, wanted)
    found = _interpretation(reading, source, _found(reading, SOURCES[source], memory, wanted))
    if not found.sheets or (
        found.layout.basis is LayoutBasis.GUESS and is_of_another(reading.sheets, found.sheets)
    ):
        raise found.needs(str(NO_HEADER))
    if reading.unreadable:
        raise found.needs(_unreadable(reading.unreadable))
    _refuse_incomplete(asked, found)
    return found


def _read(asked: Asked) -> Reading:
    stated = asked.layout.encoding
    try:
        return read_sheets(asked.content, asked.file_name, stated)
    except UnreadableFile as error:
        if stated is None:
            raise
        seen = read_sheets(asked.content, asked.file_name)
        layout = FileLayout(encoding=stated, read_as=seen.encoding)
        raise LayoutNeeded(
            error.sentence(), preview_of(seen.sheets, {}, seen.unreadable), asked.source, layout
        ) from error


def _as_stated(
    asked: Asked, reading: Reading, layout: FileLayout, source: Source
) -> Interpretation:
    sheets = {sheet.name: sheet for sheet in reading.sheets}
    if not all(_fits(one, sheets.get(one.sheet)) for one in layout.sheets or ()):
        raise _interpretation(reading, source, layout).needs(str(OTHER_FILE))
    told = tuple(_with_print(one, sheets[one.sheet]) for one in layout.sheets or ())
    found = _interpretation(reading, source, replace(layout, sheets=told))
    _refuse_incomplete(asked, found)
    return found


def _with_print(layout: Layout, sheet: Sheet) -> Layout:
    header = header_of(sheet.head(layout.last + 1)[layout.first :])
    return replace(layout, fingerprint=fingerprint(header))


def _fits(layout: Layout, sheet: Sheet | None) -> bool:
    return (
        sheet is not None
        and 0 <= layout.first <= layout.last < sheet.height
        and all(0 <= index < sheet.width for index in layout.mapping.values())
    )


def _interpretation(reading: Reading, source: Source, layout: FileLayout) -> Interpretation:
    return Interpretation(reading, source, layout, _preview(reading, layout))


def _preview(reading: Reading, layout: FileLayout) -> Preview:
    ends = {one.sheet: one.last for one in (*(layout.sheets or ()), *layout.skipped)}
    return preview_of(reading.sheets, ends, reading.unreadable)


def _unreadable(names: tuple[str, ...]) -> str:
    return str(
        gettext(
            "工作表“%(names)s”无法打开。请用 Excel 打开文件并另存为 .xlsx 后重新上传，"
            "或只读取其他工作表。",
            names="、".join(names),
        )
    )


def _refuse_incomplete(asked: Asked, found: Interpretation) -> None:
    """On the command line rows without what they need come back one by one."""
    if not asked.may_wait:
        return
    described = SOURCES[found.source]
    spared = {
        *(("month", "from_month") if asked.month is not None else ()),
        *(("kind",) if len(asked.kinds) == 1 else ()),
    }
    words = field_words(described)
    missing = dict.fromkeys(
        words[key] for sheet in found.sheets for key in sheet.missing(described, spared=spared)
    )
    if missing:
        raise found.needs(
            str(
                gettext(
                    "没有找到必需的列：%(columns)s。请在下面指出是哪一列。",
                    columns="、".join(missing),
                )
            )
        )


# --- the source


def _source_of(reading: Reading, memory: Memory, wanted: FileLayout) -> Source:
    """The one source the header words speak for; raises LayoutNeeded where two do, or none."""
    head = replace(reading, sheets=reading.sheets[:TELLING_SHEETS])
    scores = {
        source: score
        for source, described in SOURCES.items()
        if (score := _score(_found(head, described, memory, wanted), described))
    }
    best = [source for source, score in scores.items() if score == max(scores.values())]
    if len(best) == 1:
        return best[0]
    says = str(NO_SOURCE)
    if best:
        names = "、".join(gettext(source.label) for source in best)
        says = str(gettext("这个文件可能是：%(names)s。请选择数据来源。", names=names))
    raise LayoutNeeded(says, _preview(reading, wanted), None, wanted)


def _score(layout: FileLayout, described: SourceFile) -> tuple[bool, int] | None:
    """Whether a person once said so, and how many columns are known; None where a column is
    missing that tells the source. A month may be said beside the file.
    """
    is_told = layout.by is not None
    counts = [
        len(set(sheet.mapping.values()))
        for sheet in layout.sheets or ()
        if not sheet.missing(described, spared={"month", "from_month"})
        and (is_told or own_columns([sheet]))
    ]
    return (is_told, max(counts)) if counts else None


# --- sheet by sheet


def _found(
    reading: Reading, described: SourceFile, memory: Memory, wanted: FileLayout
) -> FileLayout:
    taken: list[Layout] = []
    skipped: list[Layout] = []
    told: list[Remembered] = []
    for sheet in reading.sheets:
        guessed = guess_sheet(sheet, described)
        where, form = _known_form(sheet, described, memory, guessed)
        if form is None:
            taken += [guessed] if guessed else []
            continue
        is_left_out = not form.mapping or sheet.name in form.skips
        (skipped if is_left_out else taken).append(where)
        if is_left_out or guessed is None or where.mapping != guessed.mapping:
            told.append(form)
    basis = LayoutBasis.MEMORY if told else LayoutBasis.GUESS
    by = next((form.set_by for form in told if form.set_by is not None), None)
    return replace(wanted, basis=basis, sheets=tuple(taken), skipped=tuple(skipped), by=by)


def _known_form(
    sheet: Sheet, described: SourceFile, memory: Memory, guessed: Layout | None
) -> tuple[Layout, Remembered | None]:
    """Where a remembered header stands in the sheet: the one guessed, or one a person chose."""
    nowhere = Layout(sheet.name, 0, 0, {})
    forms = [form for forms in memory.forms.values() for form in forms]
    heights = sorted({form.height for form in forms if form.source is described.source})
    candidates = []
    for block in blocks(sheet, heights) if heights else ():
        form = memory.of(described.source, block.fingerprint, block.height)
        if form is None or not _usable(form, sheet, described):
            continue
        is_guess = guessed is not None and block.fingerprint == guessed.fingerprint
        if is_guess or form.set_by is not None:
            candidates.append((form.rank, -block.first, block, form))
    if not candidates:
        return nowhere, None
    _, _, block, form = max(candidates, key=lambda one: one[:2])
    return replace(block, mapping=form.mapping, score=len(form.mapping)), form


def _usable(form: Remembered, sheet: Sheet, described: SourceFile) -> bool:
    return all(
        index < sheet.width and (KIND_MARK in key or described.has(key))
        for key, index in form.mapping.items()
    )
