"""A column of text becomes values; each different cell is read once, however often it stands."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from circle.imports.cells import (
    BLANK_WORDS,
    PLAIN_NAME,
    Unreadable,
    read_name,
    read_text,
)
from models.vocabulary.names import name_key

Flags = npt.NDArray[np.bool_]

BLANK_CELLS = pa.array([*BLANK_WORDS, "null", "n/a", "／", "－", "None"], pa.string())
TEXT_BLANKS = " \t\r\n\u00a0\u3000\u200b\ufeff"


@dataclass(frozen=True)
class Values:
    """`distinct` are the values of the different cells, `places` where each row's value stands."""

    distinct: list[Any]
    failed: Flags  # beside `distinct`
    places: npt.NDArray[np.int32]

    @property
    def unreadable(self) -> Flags:
        """One flag a row."""
        return self.failed[self.places]

    def flags(self, test: Callable[[Any], bool]) -> Flags:
        """What a test says of each row's value."""
        return np.array([test(value) for value in self.distinct], dtype=bool)[self.places]

    def days(self) -> npt.NDArray[np.datetime64]:
        return np.array(self.distinct, dtype="datetime64[s]")[self.places]

    def numbers(self) -> pd.Series:
        """Whole numbers, missing where the cell says nothing."""
        return pd.Series(pd.array(self.distinct, dtype="Int64").take(self.places))

    def texts(self) -> pa.Array:
        return pa.array(self.distinct, pa.string()).take(pa.array(self.places))

    def at(self, rows: npt.NDArray[np.int64]) -> "Values":
        return Values(self.distinct, self.failed, self.places[rows])

    def codes(self) -> npt.NDArray[np.int64]:
        """A whole number for each different value, equal values alike."""
        met: dict[Any, int] = {}
        codes = [met.setdefault(value, len(met)) for value in self.distinct]
        return np.array(codes, dtype=np.int64)[self.places]

    def objects(self) -> npt.NDArray[np.object_]:
        distinct = np.empty(len(self.distinct), dtype=object)
        distinct[:] = self.distinct
        return distinct[self.places]


def read_each(texts: pa.Array, reader: Callable[[str], Any]) -> Values:
    """A cell the reader cannot read gives None and its flag."""
    encoded = texts.dictionary_encode()
    values, failed = [], []
    for text in encoded.dictionary.to_pylist():
        try:
            values.append(reader(text))
            failed.append(False)
        except Unreadable:
            values.append(None)
            failed.append(True)
    places = encoded.indices.to_numpy(zero_copy_only=False)
    return Values(values, np.array(failed, dtype=bool), places)


def text_column(texts: pa.Array, limit: int | None) -> pa.Array:
    """Trimmed, cut to what the record holds; null where the cell says nothing."""
    trimmed = pc.utf8_trim(texts, TEXT_BLANKS)
    if pc.any(pc.starts_with(trimmed, '="')).as_py():
        trimmed = read_each(trimmed, lambda text: read_text(text) or "").texts()
    blank = pc.is_in(trimmed, BLANK_CELLS)
    kept = pc.if_else(blank, pa.scalar(None, pa.string()), trimmed)
    return kept if limit is None else pc.utf8_slice_codeunits(kept, 0, limit)


@dataclass(frozen=True)
class Names:
    """Names as stored and as compared; null where missing."""

    stored: pa.Array
    keys: pa.Array
    unreadable: Flags


def name_column(texts: pa.Array) -> Names:
    """Most names are plain Chinese characters and stay as they are; only the others are read."""
    plain = pc.and_not(pc.match_substring_regex(texts, PLAIN_NAME), pc.is_in(texts, BLANK_CELLS))
    odd = np.flatnonzero(~plain.to_numpy(zero_copy_only=False).astype(bool))
    if not odd.size:
        return Names(texts, texts, np.zeros(len(texts), dtype=bool))
    read = read_each(texts.take(pa.array(odd)), read_name)
    keys = [None if name is None else name_key(name) for name in read.distinct]
    unreadable = np.zeros(len(texts), dtype=bool)
    unreadable[odd] = read.unreadable
    is_odd = np.zeros(len(texts), dtype=bool)
    is_odd[odd] = True
    mask = pa.array(is_odd)
    stored = pc.replace_with_mask(texts, mask, read.texts())
    compared = pa.array(keys, pa.string()).take(pa.array(read.places))
    return Names(stored, pc.replace_with_mask(texts, mask, compared), unreadable)


def blanks(size: int) -> pa.Array:
    return pa.repeat(pa.scalar("", pa.string()), size)


def series(texts: pa.Array) -> pd.Series:
    """As pandas keeps text; missing where null."""
    kept: pd.Series = texts.to_pandas()
    return kept
