"""An insurance file's rows become contributions: one a kind and month.

Kinds as columns and spans of months are taken apart; what a row says was not paid, and kinds
nobody here follows, are counted as ignored.
"""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from circle.imports.cells import (
    AMBIGUOUS_NUMBER,
    is_blank,
    read_fen,
    read_month,
    read_months,
    read_text,
    read_word,
    squeezed,
)
from circle.imports.columns import Flags, Values, read_each, series
from circle.imports.findings import Findings
from circle.imports.layouts import KIND_MARK
from circle.imports.sources.base import IGNORED
from circle.imports.sources.insurance import INSURANCE, PAID_MARKS, UNPAID_MARKS
from circle.imports.tables import DataRows
from models.vocabulary.facts import InsuranceKind
from models.vocabulary.imports import RejectCode

Ints = npt.NDArray[np.int64]

KINDS = tuple(kind.value for kind in InsuranceKind)
NO_KIND = -1
MISSING, OPEN = -1, -2  # in place of a month
EMPLOYER_PARTS = ("employer_number", "employer_name", "uscc")


@dataclass(frozen=True)
class Months:
    """The first and last month each row is for; MISSING where it could not be read."""

    first: Ints
    last: Ints

    @property
    def count(self) -> Ints:
        """None of a span that begins behind the batch's month: it is not due yet."""
        return np.where(self.first < 0, 0, np.maximum(self.last - self.first + 1, 0))


@dataclass(frozen=True)
class Paid:
    """One kind a row, as a place in KINDS, with its base; NO_KIND where nothing was paid."""

    kind: Ints
    base_fen: pd.Series

    def among(self, wanted: Flags) -> "Paid":
        return Paid(np.where(wanted[self.kind], self.kind, NO_KIND), self.base_fen)


@dataclass(frozen=True)
class Employers:
    """The employer each row names, part by part."""

    parts: dict[str, Values]

    def keys(self) -> Ints:
        """A number for each employer: told by the USCC, else the bureau's number, else the name."""
        keys = np.full(len(self.parts["uscc"].places), MISSING, dtype=np.int64)
        met: dict[str, int] = {}
        for part in ("employer_name", "employer_number", "uscc"):
            values = self.parts[part]
            own = [MISSING if v is None else met.setdefault(v, len(met)) for v in values.distinct]
            stated = np.array(own, dtype=np.int64)[values.places]
            keys = np.where(stated == MISSING, keys, stated)
        return keys

    def of(self, rows: Ints) -> dict[str, pd.Series]:
        return {part: series(self.parts[part].at(rows).texts()) for part in EMPLOYER_PARTS}


@dataclass(frozen=True)
class Contributions:
    """`row`, `kind`, `month`, `base_fen` have one entry a contribution, the rest one a row."""

    row: Ints
    kind: Ints
    month: Ints
    base_fen: pd.Series
    employers: Employers
    ignored: Flags
    compared: dict[str, pd.Series]

    def frame(self, passed: Flags) -> pd.DataFrame:
        """The contributions of the rows that passed."""
        kept = passed[self.row]
        rows = self.row[kept]
        facts = {
            "row": rows,
            "kind": pd.Categorical.from_codes(self.kind[kept], categories=pd.Index(KINDS)),
            "month": self.month[kept].astype(np.int32),
            "base_fen": self.base_fen.array[kept],
        }
        return pd.DataFrame(facts | self.employers.of(rows))


def read_contributions(
    rows: DataRows, findings: Findings, *, month: int | None, kinds: Collection[str] | None
) -> Contributions:
    months = _months(rows, findings, month)
    is_unpaid = _unpaid(findings)
    # The entry behind the kinds stands for NO_KIND, which numpy finds at -1.
    wanted = np.array([not kinds or kind in kinds for kind in KINDS] + [False])
    paid = [part.among(wanted) for part in _paid(rows, findings, kinds)]
    brings = np.logical_or.reduce([part.kind != NO_KIND for part in paid])
    unclear = findings.of(RejectCode.KIND_UNKNOWN, RejectCode.VALUE_UNREADABLE)
    early = (months.first >= 0) & (months.count == 0)
    ignored = is_unpaid | (~brings & ~unclear) | (early & ~findings.of())
    pieces = [_expanded(part, months, ~ignored) for part in paid]
    row, kind, month_of_each, base_fen = zip(*pieces, strict=True)
    employers = Employers({part: _employer(rows, part) for part in EMPLOYER_PARTS})
    return Contributions(
        np.concatenate(row),
        np.concatenate(kind),
        np.concatenate(month_of_each),
        pd.concat(base_fen, ignore_index=True),
        employers,
        ignored,
        _compared(paid, months, employers),
    )


def month_votes(rows: DataRows) -> Ints:
    """The month each row ends with, for the rows that say so."""
    single = _of_pairs(read_each(rows.text("month"), read_months))[1]
    ends = _of_months(read_each(rows.text("to_month"), read_month), MISSING)
    votes = np.where(single >= 0, single, ends)
    return votes[votes >= 0]


def _months(rows: DataRows, findings: Findings, batch: int | None) -> Months:
    """From the month's own column, else the span's two columns, else the batch's month."""
    code, known = RejectCode.MONTH_UNREADABLE, MISSING if batch is None else batch
    read = findings.read("month", read_months, code)
    first, last = _of_pairs(read)
    spans = rows.has("from_month") & (first == MISSING) & ~read.unreadable
    if spans.any():
        begins = findings.read("from_month", read_month, code, where=spans)
        ends = findings.read("to_month", read_month, code, where=spans)
        first = np.where(spans, _of_months(begins, MISSING), first)
        last = np.where(spans, _of_months(ends, OPEN), last)
        findings.add(spans & (first == MISSING) & ~begins.unreadable, code, "from_month")
        findings.add(spans & (last >= 0) & (last < first), code, "to_month")
    unnamed = ~rows.has("month") & ~spans
    first, last = np.where(unnamed, known, first), np.where(unnamed, known, last)
    findings.add((first == MISSING) & ~spans & ~read.unreadable, code, "month")
    findings.add(rows.is_number("month") & _is_ambiguous(rows), code, "month")
    last = np.where(last == OPEN, known, last)
    findings.add((first >= 0) & (last == MISSING) & ~findings.of(code), code, "to_month")
    return Months(first, last)


def _of_pairs(values: Values) -> tuple[Ints, Ints]:
    pairs = [(MISSING, MISSING) if pair is None else pair for pair in values.distinct]
    first = np.array([begin for begin, _ in pairs], dtype=np.int64)
    last = np.array([OPEN if end is None else end for _, end in pairs], dtype=np.int64)
    return first[values.places], last[values.places]


def _of_months(values: Values, blank: int) -> Ints:
    months = [blank if month is None else month for month in values.distinct]
    return np.array(months, dtype=np.int64)[values.places]


def _is_ambiguous(rows: DataRows) -> Flags:
    pattern = AMBIGUOUS_NUMBER
    return read_each(rows.text("month"), str).flags(lambda text: bool(pattern.fullmatch(text)))


def _unpaid(findings: Findings) -> Flags:
    words = INSURANCE.column("state").words or {}
    states = findings.read("state", lambda text: read_word(text, words), RejectCode.KIND_UNKNOWN)
    return states.flags(lambda state: state == IGNORED)


def _paid(rows: DataRows, findings: Findings, kinds: Collection[str] | None) -> list[Paid]:
    as_columns = [key for key in rows.texts if KIND_MARK in key]
    is_wide = np.logical_or.reduce([np.zeros(rows.size, bool), *map(rows.has, as_columns)])
    is_wide &= ~rows.has("kind")
    bases = findings.read("base_fen", read_fen, RejectCode.VALUE_UNREADABLE).numbers()
    paid = [_paid_by_row(rows, findings, bases, ~is_wide, kinds)]
    for place, kind in enumerate(KINDS):
        keys = [key for key in as_columns if key.startswith(f"{kind}{KIND_MARK}")]
        if keys:
            paid.append(_paid_by_column(findings, keys, place, bases, is_wide))
    return paid


def _paid_by_row(
    rows: DataRows,
    findings: Findings,
    bases: pd.Series,
    is_long: Flags,
    kinds: Collection[str] | None,
) -> Paid:
    column = INSURANCE.column("kind")
    only = next(iter(kinds)) if kinds and len(kinds) == 1 else None
    # A file of one kind may leave the kind out; then the scope says which.
    read = findings.read(
        "kind",
        lambda text: read_word(text, column.words or {}),
        RejectCode.KIND_UNKNOWN,
        where=is_long,
    )
    unnamed = is_long & ~rows.has("kind")
    blank = is_long & read.flags(lambda kind: kind is None) & ~read.unreadable
    findings.add(blank & ~(unnamed & (only is not None)), RejectCode.KIND_UNKNOWN, "kind")
    places = np.array([_place(kind) for kind in read.distinct], dtype=np.int64)[read.places]
    places = np.where(unnamed, _place(only), places)
    return Paid(np.where(is_long, places, NO_KIND), bases)


def _place(kind: str | None) -> int:
    return KINDS.index(kind) if kind in KINDS else NO_KIND


PAID_WITHOUT_BASE = -1


def _paid_by_column(
    findings: Findings, keys: list[str], place: int, bases: pd.Series, is_wide: Flags
) -> Paid:
    """Paid where any of the kind's columns says so; the base is the largest of them."""
    columns = [
        findings.read(key, _read_base, RejectCode.VALUE_UNREADABLE, where=is_wide).numbers()
        for key in keys
    ]
    stated = pd.concat(columns, axis=1).max(axis=1)
    is_paid = stated.notna().to_numpy() & is_wide
    base = stated.where(stated != PAID_WITHOUT_BASE, bases)
    return Paid(np.where(is_paid, place, NO_KIND), base.astype("Int64"))


def _read_base(text: str) -> int | None:
    """The base of a kind in its own column; nothing and 0 mean not paid."""
    plain = squeezed(text)
    if plain in UNPAID_MARKS or is_blank(plain):
        return None
    return PAID_WITHOUT_BASE if plain in PAID_MARKS else read_fen(plain) or None


def _expanded(paid: Paid, months: Months, kept: Flags) -> tuple[Ints, Ints, Ints, pd.Series]:
    rows = np.flatnonzero(kept & (paid.kind != NO_KIND) & (months.count > 0))
    counts = months.count[rows]
    row = np.repeat(rows, counts)
    since = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    base = pd.Series(paid.base_fen.array.take(row))
    return row, paid.kind[row], months.first[row] + since, base


def _employer(rows: DataRows, part: str) -> Values:
    limit = INSURANCE.column(part).limit
    return read_each(rows.text(part), lambda text: _plain_employer(text, limit))


def _plain_employer(text: str, limit: int | None) -> str | None:
    plain = read_text(unicodedata.normalize("NFKC", text))
    return plain[:limit].upper() if plain else None


def _compared(paid: list[Paid], months: Months, employers: Employers) -> dict[str, pd.Series]:
    said = {"first": pd.Series(months.first), "last": pd.Series(months.last)}
    said |= {part: pd.Series(values.codes()) for part, values in employers.parts.items()}
    for at, part in enumerate(paid):
        said |= {f"kind {at}": pd.Series(part.kind), f"base {at}": part.base_fen}
    return said
