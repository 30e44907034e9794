"""How a bureau's file is read: guessed, said by a person, remembered for the sender's next one.

Light enough for a web process: nothing here opens a file. A layout holds places and our own words
for columns, never what stands in the file.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from flask_babel import gettext
from sqlalchemy import Connection, delete, select
from sqlalchemy.orm import Session

from circle.imports.previews import Preview
from circle.imports.sources.base import IGNORED, SourceFile
from circle.refusals import NothingWaits, ReadAnew, UnreadableFile
from models.imports import ImportBatch, ImportIssue, ImportLayout
from models.sql import insert_into
from models.vocabulary.facts import InsuranceKind, Source
from models.vocabulary.imports import BatchState, LayoutBasis
from models.vocabulary.places import ancestors_of

# A column headed by a kind of insurance is mapped as "kind@column".
KIND_MARK = "@"
# Without a column of a member's own the row is about the head of the household.
HEADS = {"name": "head_name", "number": "head_number"}
# Either of two columns says for which month something was paid.
EITHER = {"month": ("month", "from_month"), "from_month": ("month", "from_month")}
PRINT_LENGTH = 16


@dataclass(frozen=True)
class Layout:
    """How a sheet is read; `first` and `last` are the header's rows, counted from 0."""

    sheet: str
    first: int
    last: int
    mapping: dict[str, int]
    score: int = 0
    fingerprint: str = ""

    @property
    def height(self) -> int:
        return self.last - self.first + 1

    def kind_columns(self) -> dict[int, str]:
        """Column → kind of insurance, where the kinds stand as columns."""
        return {
            index: key.partition(KIND_MARK)[0]
            for key, index in self.mapping.items()
            if KIND_MARK in key
        }

    def missing(self, described: SourceFile, *, spared: Iterable[str] = ()) -> list[str]:
        """Keys of the columns the source cannot do without; of two that serve, the first."""
        needed = dict.fromkeys(
            EITHER.get(key, (key,)) for key in described.required_keys if key not in spared
        )
        has_kinds = bool(self.kind_columns())
        return [
            keys[0]
            for keys in needed
            if not any(key in self.mapping for key in keys)
            and not (keys == ("kind",) and has_kinds)
        ]


@dataclass(frozen=True)
class FileLayout:
    """How a whole file is read. `sheets` None: yet to be found; `encoding` None: as it decodes.

    `read_as` is the encoding it turned out to be in. `skipped` are sheets with a known header that
    a person left out. `by` is the account that said so, now or for the sender's last file.
    """

    basis: LayoutBasis | None = None
    encoding: str | None = None
    sheets: tuple[Layout, ...] | None = None
    skipped: tuple[Layout, ...] = ()
    read_as: str = ""
    by: int | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "FileLayout":
        """As it lies with a batch; nothing of a batch that has not been read."""
        if not kept:
            return cls()
        sheets = kept["sheets"]
        return cls(
            **{
                **kept,
                "basis": LayoutBasis(kept["basis"]) if kept["basis"] else None,
                "sheets": None if sheets is None else _layouts(sheets),
                "skipped": _layouts(kept["skipped"]),
            }
        )


class LayoutNeeded(UnreadableFile):
    """A file that cannot be read without a person's word; carries what could be seen of it."""

    def __init__(
        self, says: str, preview: Preview, source: Source | None, layout: FileLayout
    ) -> None:
        super().__init__(says)
        self.preview, self.source, self.layout = preview, source, layout


def _layouts(kept: Iterable[Mapping[str, Any]]) -> tuple[Layout, ...]:
    return tuple(Layout(**layout) for layout in kept)


def with_heads(mapping: Mapping[str, int]) -> dict[str, int]:
    """A head without a member's own columns: the row is about the head."""
    own = {key: mapping[head] for key, head in HEADS.items() if head in mapping}
    return {**own, **mapping}


def field_words(described: SourceFile) -> dict[str, str]:
    """The fields a column of the source may be, by key, in the words of the office."""
    words = {column.key: column.aliases[0] for column in described.columns}
    if described.source is Source.INSURANCE:
        words |= {f"{kind.value}{KIND_MARK}": gettext(kind.label) for kind in InsuranceKind}
        words[f"{IGNORED}{KIND_MARK}"] = gettext("其他险种（不采用）")
    return words


def field_of(key: str) -> str:
    """What a mapped column is said to be: of a kind's own column, the kind."""
    kind, mark, _ = key.partition(KIND_MARK)
    return kind + mark


def read_again(
    session: Session,
    batch: ImportBatch,
    layout: FileLayout,
    *,
    source: Source,
    month: int | None = None,
    seen: str,
) -> None:
    """Have the same file read anew, and rehearsed; what was guessed from it is guessed again.

    `seen` is what the person had before them. Adds and flushes. Raises NothingWaits or ReadAnew.
    """
    session.refresh(batch, with_for_update=True)
    if not awaits_layout(batch):
        raise NothingWaits(batch.id)
    if seen != version_of(batch):
        raise ReadAnew(batch.id)
    guessed = batch.progress.get("guessed", ())
    kept = {name: batch.progress[name] for name in KEPT if name in batch.progress}
    if "division" in guessed:
        batch.division_code, kept["guess_division"] = batch.filer.division_code, True
    if "month" in guessed:
        batch.month = None
    if "kinds" in guessed or source is not Source.INSURANCE:
        batch.kinds = []
    batch.month = month or batch.month
    batch.source, batch.layout = source, layout.as_json()
    batch.counts, batch.reasons, batch.warnings, batch.effects = {}, {}, {}, {}
    batch.progress = {**kept, "rehearse": True}
    session.execute(delete(ImportIssue).where(ImportIssue.import_id == batch.id))
    session.flush()


# What a batch knows of its upload beside how it is read.
KEPT = ("upload", "on", "rejects", "rehearsal", "guess_division")


def awaits_layout(batch: ImportBatch) -> bool:
    """Nothing is written yet, and nobody is at it: a person may say how the file is read."""
    is_open = batch.state in {BatchState.RECEIVED, BatchState.CHECKED}
    return is_open and bool(batch.progress.get("waits"))


def version_of(batch: ImportBatch) -> str:
    """Tells one reading of the file from the next."""
    said = json.dumps([batch.source, batch.layout], sort_keys=True, ensure_ascii=False)
    return sha256(said.encode()).hexdigest()[:PRINT_LENGTH]


# --- remembered for the sender's next file


@dataclass(frozen=True)
class Remembered:
    """One form of a sender as its last file was read. Without a mapping it is left out.

    `set_by` is None where it was only guessed. The greater `rank` holds.
    """

    source: Source
    height: int
    mapping: dict[str, int]
    skips: frozenset[str]
    set_by: int | None
    rank: tuple[int, datetime]


@dataclass(frozen=True)
class Memory:
    """What an office remembers, by the print of the header."""

    forms: dict[str, list[Remembered]] = field(default_factory=dict)

    def of(self, source: Source, fingerprint: str, height: int) -> Remembered | None:
        found = [
            one
            for one in self.forms.get(fingerprint, ())
            if one.source is source and one.height == height
        ]
        return max(found, key=lambda one: one.rank, default=None)


def remembered(connection: Connection, office: str) -> Memory:
    """What an office and those above it remember; the nearer one's word holds."""
    rows = connection.execute(
        select(
            ImportLayout.source,
            ImportLayout.division_code,
            ImportLayout.fingerprint,
            ImportLayout.layout,
            ImportLayout.set_by,
            ImportLayout.used_at,
        ).where(ImportLayout.division_code.in_(ancestors_of(office)))
    )
    forms: dict[str, list[Remembered]] = {}
    for source, division, fingerprint, layout, set_by, used_at in rows:
        form = Remembered(
            source,
            layout["height"],
            layout["mapping"],
            frozenset(layout["skips"]),
            set_by,
            (len(division), used_at),
        )
        forms.setdefault(fingerprint, []).append(form)
    return Memory(forms)


def remember(session: Session, batch: ImportBatch, *, now: datetime) -> None:
    """Keep how an applied file was read for the next one its sender brings. Adds and flushes."""
    layout = FileLayout.of(batch.layout)
    if layout.sheets is None:
        return
    for form in _forms_of(layout):
        values = {
            "source": batch.known_source,
            "division_code": batch.filer.division_code,
            "created_at": now,
            "used_at": now,
            "set_by": layout.by,
            **form,
        }
        kept = {"used_at": now, "set_by": layout.by, "layout": form["layout"]}
        session.execute(
            insert_into(session, ImportLayout)
            .values(**values)
            .on_conflict_do_update(
                index_elements=["source", "division_code", "fingerprint"], set_=kept
            )
        )
    session.flush()


def forget(session: Session, batch: ImportBatch) -> None:
    """A file that is taken back was perhaps read wrongly: the next one is not read like it."""
    if batch.source is None or batch.applied_at is None:
        return
    session.execute(
        delete(ImportLayout).where(
            ImportLayout.source == batch.source,
            ImportLayout.division_code == batch.filer.division_code,
            ImportLayout.used_at == batch.applied_at,
        )
    )


def _forms_of(layout: FileLayout) -> list[dict[str, Any]]:
    """One entry a print; a form of which no sheet was read is remembered as left out."""
    left_out = [replace(sheet, mapping={}) for sheet in layout.skipped]
    forms: dict[str, dict[str, Any]] = {}
    for sheet in (*(layout.sheets or ()), *left_out):
        skips = [one.sheet for one in layout.skipped if one.fingerprint == sheet.fingerprint]
        form = {"height": sheet.height, "mapping": sheet.mapping, "skips": skips}
        forms.setdefault(sheet.fingerprint, form)
    return [{"fingerprint": print_, "layout": form} for print_, form in forms.items()]
