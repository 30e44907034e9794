"""The columns a source has beside the person: dates, months, money, words, places."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from circle.imports.cells import (
    AMBIGUOUS_NUMBER,
    Unreadable,
    read_day,
    read_fen,
    read_month,
    read_phones,
    read_text,
    read_word,
    read_words,
)
from circle.imports.columns import Flags, Values, read_each, series, text_column
from circle.imports.divisions import BLANK, UNKNOWN, Divisions, Place, Standing
from circle.imports.findings import Findings
from circle.imports.post_cells import (
    read_degrees,
    read_headcount,
    read_last_day,
    read_level,
    read_pay,
    read_uscc,
)
from circle.imports.sources.base import (
    ENDED,
    IGNORED,
    OPEN,
    PERSON,
    CellKind,
    Column,
    SourceFile,
)
from circle.imports.tables import DataRows
from models.vocabulary.imports import RejectCode

Said = dict[str, pd.Series]

PARTS_OF_PLACE = ("division", "community", "street")
SEPARATOR = "\x1f"


def read_fields(
    rows: DataRows, findings: Findings, described: SourceFile, divisions: Divisions, scope: str
) -> tuple[Said, Flags]:
    """What the rows say, by the columns' keys, and which rows say something nobody follows."""
    said: Said = {}
    ignored = np.zeros(rows.size, dtype=bool)
    for column in described.columns:
        if column in PERSON or column.key in {"community", "street"}:
            continue
        if column.kind is CellKind.DIVISION:
            said[column.key] = pd.Series(dtype="str")
            continue
        said[column.key] = READERS[column.kind](column, findings)
        if IGNORED in {column.otherwise, *(column.words or {}).values()}:
            ignored |= (said[column.key] == IGNORED).to_numpy(dtype=bool, na_value=False)
    said |= read_places(findings, described, divisions, scope)
    if "phones" in said:
        said["phone"] = said["phones"].map(lambda phones: phones[0] if phones else None)
    return said, ignored


def settle_validity(said: Said) -> None:
    """有效标记 decides; without it a spell with an end is over. An open spell has no end."""
    if "valid" not in said:
        return
    stated, ended = said["valid"], said["ended_on"]
    shown = pd.Series(np.where(ended.isna(), OPEN, ENDED), dtype="str")
    said["valid"] = stated.where(stated.notna(), shown)
    said["ended_on"] = ended.where(said["valid"] == ENDED)


# --- one reader a kind of column


def _text(column: Column, findings: Findings) -> pd.Series:
    return series(text_column(findings.rows.text(column.key), column.limit))


def _day(column: Column, findings: Findings) -> pd.Series:
    values = findings.read(column.key, read_day, RejectCode.DATE_UNREADABLE)
    _ask_for(column, findings, values, RejectCode.DATE_UNREADABLE)
    return pd.Series(values.days())


def _month(column: Column, findings: Findings) -> pd.Series:
    values = findings.read(column.key, read_month, RejectCode.MONTH_UNREADABLE)
    _ask_for(column, findings, values, RejectCode.MONTH_UNREADABLE)
    return values.numbers()


def _money(column: Column, findings: Findings) -> pd.Series:
    return findings.read(column.key, read_fen, RejectCode.VALUE_UNREADABLE).numbers()


def _word(column: Column, findings: Findings) -> pd.Series:
    code = RejectCode.KIND_UNKNOWN if column.decides else RejectCode.VALUE_UNREADABLE
    words = column.words or {}
    if column.several:
        values = findings.read(column.key, lambda text: read_words(text, words), code)
        return pd.Series([list(each or []) for each in values.objects()], dtype=object)
    values = findings.read(column.key, _meaning_of(column), code)
    _ask_for(column, findings, values, code)
    return series(values.texts())


def _meaning_of(column: Column) -> Callable[[str], str | None]:
    words = column.words or {}

    def read(text: str) -> str | None:
        try:
            return read_word(text, words) or column.blank
        except Unreadable:
            if column.otherwise is None:
                raise
            return column.otherwise

    return read


def _phones(column: Column, findings: Findings) -> pd.Series:
    values = findings.read(column.key, read_phones, RejectCode.VALUE_UNREADABLE)
    return pd.Series([list(each or []) for each in values.objects()], dtype=object)


def _told_by(
    reader: Callable[[str], Any], code: RejectCode = RejectCode.VALUE_UNREADABLE
) -> Callable[[Column, Findings], pd.Series]:
    def read(column: Column, findings: Findings) -> pd.Series:
        return pd.Series(findings.read(column.key, reader, code).objects(), dtype=object)

    return read


READERS: dict[CellKind, Callable[[Column, Findings], pd.Series]] = {
    CellKind.TEXT: _text,
    CellKind.DATE: _day,
    CellKind.MONTH: _month,
    CellKind.MONEY: _money,
    CellKind.WORD: _word,
    CellKind.FLAG: _word,
    CellKind.PHONES: _phones,
    CellKind.USCC: _told_by(read_uscc),
    CellKind.COUNT: _told_by(read_headcount),
    CellKind.PAY: _told_by(read_pay),
    CellKind.LEVEL: _told_by(read_level),
    CellKind.LAST_DAY: _told_by(read_last_day, RejectCode.DATE_UNREADABLE),
    CellKind.DEGREES: _told_by(read_degrees),
}


def _ask_for(column: Column, findings: Findings, values: Values, code: RejectCode) -> None:
    """A required cell may not be blank; a number may not have lost the zero of 2021.10."""
    if column.required:
        blank = values.flags(lambda value: value is None) & ~values.unreadable
        findings.add(blank, code, column.key)
    if column.kind in {CellKind.DATE, CellKind.MONTH}:
        numeric = findings.rows.is_number(column.key)
        if numeric.any():
            texts = read_each(findings.rows.text(column.key), str)
            lost = texts.flags(lambda text: bool(AMBIGUOUS_NUMBER.fullmatch(text)))
            findings.add(numeric & lost & ~values.unreadable, code, column.key)


# --- places


def read_places(
    findings: Findings, described: SourceFile, divisions: Divisions, scope: str
) -> Said:
    keys = [column.key for column in described.columns if column.kind is CellKind.DIVISION]
    placed = {key: _placed(findings.rows, key, divisions, scope) for key in keys}
    for key, places in placed.items():
        header = next((part for part in PARTS_OF_PLACE if part in findings.rows.texts), key)
        unknown = places.flags(lambda place: place.standing is Standing.UNKNOWN)
        findings.add(unknown, RejectCode.DIVISION_UNKNOWN, header if key == "division" else key)
    _refuse_outside(findings, placed)
    return {key: series(_codes(places)) for key, places in placed.items()}


def _codes(places: Values) -> pa.Array:
    codes = pa.array([place.code for place in places.distinct], pa.string())
    return codes.take(pa.array(places.places))


def _refuse_outside(findings: Findings, placed: dict[str, Values]) -> None:
    """Outside is a row that names places and none of them lies in the scope."""
    inside = [_stand(places, Standing.INSIDE, Standing.UNKNOWN) for places in placed.values()]
    nowhere = ~np.logical_or.reduce(inside) if inside else np.zeros(findings.rows.size, dtype=bool)
    for key, places in reversed(placed.items()):
        outside = nowhere & _stand(places, Standing.OUTSIDE)
        findings.add(outside, RejectCode.OUTSIDE_SCOPE, key)
        nowhere &= ~outside


def _stand(places: Values, *standings: Standing) -> Flags:
    return places.flags(lambda place: place.standing in standings)


def _placed(rows: DataRows, key: str, divisions: Divisions, scope: str) -> Values:
    if key != "division":
        return read_each(rows.text(key), lambda text: divisions.place(text, scope))
    parts = [rows.text(part) for part in PARTS_OF_PLACE]
    joined = pc.binary_join_element_wise(*parts, SEPARATOR)
    return read_each(joined, lambda text: place_of(text.split(SEPARATOR), divisions, scope))


def place_of(parts: list[str], divisions: Divisions, scope: str) -> Place:
    """The division's own cell, else the community's, else the street's.

    A community's name that two streets share is told by the street beside it.
    """
    street = parts[-1]
    for part in parts:
        place = divisions.place(part, scope)
        if place is UNKNOWN and part is not street and read_text(street):
            place = divisions.place(street + part, scope)
        if place is not BLANK:
            return place
    return BLANK


def placed_inside(rows: DataRows, divisions: Divisions, scope: str) -> list[str]:
    """The different divisions inside the scope that the rows name."""
    met = set()
    for key in ("division", "lives_in", "registered_division"):
        if key == "division" or key in rows.texts:
            places = _placed(rows, key, divisions, scope)
            met |= {p.code for p in places.distinct if p.standing is Standing.INSIDE and p.code}
    return sorted(met)
