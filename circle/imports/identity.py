"""A column of document numbers, a million at a time.

Says the same of every number as models.vocabulary.documents.read_number; numbers as they should
be are checked in numpy on their bytes, only the odd ones go through that function.
"""

import re
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from models.vocabulary.documents import (
    CHECK_CHARACTERS,
    EARLIEST_BIRTH_YEAR,
    FOREIGNER_PREFIX,
    LENGTH,
    OLD_LENGTH,
    PERMIT_AREAS,
    WEIGHTS,
    UnreadableNumber,
    normalise_number,
    read_number,
)
from models.vocabulary.imports import RejectCode
from models.vocabulary.residents import DocumentType, Sex

Bytes = npt.NDArray[np.uint8]
Codes = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]

# A code in the arrays below is a place in one of these; the first stands for "passed".
OUTCOMES: tuple[RejectCode | None, ...] = (
    None,
    RejectCode.ID_MISSING,
    RejectCode.ID_LENGTH,
    RejectCode.ID_CHARACTERS,
    RejectCode.ID_CHECKSUM,
    RejectCode.ID_DATE,
    RejectCode.ID_FUTURE,
    RejectCode.ID_NUMERIC,
)
TYPES = (DocumentType.RESIDENT_ID, DocumentType.HMT_PERMIT, DocumentType.FOREIGNER_ID)
SEXES = (Sex.FEMALE, Sex.MALE)
# GB/T 2260, provinces, and the areas of the permits for people from Hong Kong, Macao and Taiwan.
PROVINCES = (
    *(11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46),
    *(50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83),
)
CHUNK = 1 << 17
# Blanks read_number would drop anywhere; at the ends they are dropped for a whole column at once.
OUTER_BLANKS = " \t\r\n\u00a0\u3000'‘’`"
# A number that a spreadsheet wrote the way it shows numbers: 3.30110198506151E+17
POWER_OF_TEN = re.compile(r"\d(\.\d+)?E\+?\d+")

_DIGITS = slice(0, LENGTH - 1)
_ZERO, _NINE, _X, _SMALL_X = (ord(letter) for letter in "09Xx")
_CHECK_BYTES = np.frombuffer(CHECK_CHARACTERS.encode(), dtype=np.uint8)
_MONTH_LENGTHS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.int64)
_CODE_OF = {outcome: place for place, outcome in enumerate(OUTCOMES)}


@dataclass(frozen=True)
class Identities:
    """One entry a row. Where `outcome` is not 0 the rest means nothing.

    `numbers`: 18 characters. `persons`: the number's first 17 digits as an integer, which with
    the check character computed from them stand for the person. `born`: datetime64[D].
    """

    outcome: Codes
    numbers: pa.Array
    persons: npt.NDArray[np.int64]
    born: npt.NDArray[np.datetime64]
    sex: Codes
    document_type: Codes
    area_unknown: Flags

    @property
    def passed(self) -> Flags:
        passed: Flags = np.equal(self.outcome, 0)
        return passed


def read_numbers(texts: pa.Array, *, on: date, numeric: Flags | None = None) -> Identities:
    """`texts` has no nulls; `numeric` marks the cells that were numbers in the sender's file."""
    trimmed = pc.utf8_trim(texts, OUTER_BLANKS)
    matrix = np.zeros((len(texts), LENGTH), dtype=np.uint8)
    outcome = _placed(trimmed, matrix)
    _read_odd_ones(trimmed, matrix, outcome, on=on)
    if numeric is not None:
        outcome[numeric] = _CODE_OF[RejectCode.ID_NUMERIC]
    return _examined(matrix, outcome, on)


_PENDING = np.int8(-1)


def _placed(trimmed: pa.Array, matrix: Bytes) -> Codes:
    """Put the bytes of plain 18- and 15-digit numbers into the matrix; 0 where that was done."""
    outcome = np.full(len(trimmed), _PENDING, dtype=np.int8)
    offsets, data = _buffers(trimmed)
    lengths = np.diff(offsets)
    for start in range(0, len(trimmed), CHUNK):
        part = slice(start, start + CHUNK)
        for length, place in ((LENGTH, _place_current), (OLD_LENGTH, _place_old)):
            rows = start + np.flatnonzero(lengths[part] == length)
            if rows.size:
                taken = data[offsets[rows][:, None] + np.arange(length)]
                plain = place(matrix, rows, taken)
                outcome[rows[plain]] = 0
    return outcome


def _buffers(texts: pa.Array) -> tuple[npt.NDArray[np.int64], Bytes]:
    large = texts.cast(pa.large_string())
    _, offsets, data = large.buffers()
    first = large.offset
    numbers = np.frombuffer(offsets, dtype=np.int64)[first : first + len(large) + 1]
    return numbers, np.frombuffer(data or b"", dtype=np.uint8)


def _are_digits(cells: Bytes) -> Flags:
    digits: Flags = np.logical_and.reduce((cells >= _ZERO) & (cells <= _NINE), axis=1)
    return digits


def _place_current(matrix: Bytes, rows: npt.NDArray[np.int64], taken: Bytes) -> Flags:
    taken[taken[:, -1] == _SMALL_X, -1] = _X
    last = taken[:, -1]
    plain: Flags = _are_digits(taken[:, _DIGITS]) & (
        ((last >= _ZERO) & (last <= _NINE)) | (last == _X)
    )
    matrix[rows[plain]] = taken[plain]
    return plain


def _place_old(matrix: Bytes, rows: npt.NDArray[np.int64], taken: Bytes) -> Flags:
    plain = _are_digits(taken)
    upgraded = np.empty((int(plain.sum()), LENGTH), dtype=np.uint8)
    upgraded[:, :6] = taken[plain, :6]
    upgraded[:, 6:8] = (ord("1"), _NINE)
    upgraded[:, 8:17] = taken[plain, 6:]
    upgraded[:, 17] = _check_bytes(upgraded)
    matrix[rows[plain]] = upgraded
    return plain


def _check_bytes(numbers: Bytes) -> Bytes:
    digits = (numbers[:, _DIGITS] - _ZERO).astype(np.int32)
    return _CHECK_BYTES[(digits @ np.array(WEIGHTS, dtype=np.int32)) % len(CHECK_CHARACTERS)]


def _read_odd_ones(trimmed: pa.Array, matrix: Bytes, outcome: Codes, *, on: date) -> None:
    odd = np.flatnonzero(outcome == _PENDING)
    if not odd.size:
        return
    codes, distinct = pd.factorize(np.array(trimmed.take(pa.array(odd)).to_pylist(), dtype=object))
    read = [_read_one(text, on) for text in distinct]
    outcome[odd] = np.array([code for code, _ in read], dtype=np.int8)[codes]
    numbers = np.frombuffer(b"".join(number for _, number in read), dtype=np.uint8)
    matrix[odd] = numbers.reshape(-1, LENGTH)[codes]


def _read_one(text: str, on: date) -> tuple[int, bytes]:
    if POWER_OF_TEN.fullmatch(normalise_number(text)):
        return _CODE_OF[RejectCode.ID_NUMERIC], bytes(LENGTH)
    try:
        return 0, read_number(text, on=on).number.encode()
    except UnreadableNumber as unreadable:
        return _CODE_OF[unreadable.code], bytes(LENGTH)


def _examined(matrix: Bytes, outcome: Codes, on: date) -> Identities:
    size = len(matrix)
    persons = np.zeros(size, dtype=np.int64)
    born = np.zeros(size, dtype="datetime64[D]")
    sex, document_type = np.zeros(size, dtype=np.int8), np.zeros(size, dtype=np.int8)
    area_unknown = np.zeros(size, dtype=bool)
    for start in range(0, size, CHUNK):
        part = slice(start, start + CHUNK)
        numbers = matrix[part]
        digits = (numbers[:, _DIGITS] - _ZERO).astype(np.int64)
        days, exists = _birth_dates(digits)
        _reject(outcome[part], ~exists, RejectCode.ID_DATE)
        wrong = _check_bytes(numbers) != numbers[:, -1]
        _reject(outcome[part], wrong, RejectCode.ID_CHECKSUM)
        _reject(outcome[part], days > np.datetime64(on), RejectCode.ID_FUTURE)
        born[part] = days
        persons[part] = digits @ (10 ** np.arange(LENGTH - 2, -1, -1, dtype=np.int64))
        sex[part] = digits[:, 16] % 2
        document_type[part], area_unknown[part] = _types(digits)
    area_unknown &= outcome == 0
    offsets = np.arange(size + 1, dtype=np.int32) * np.int32(LENGTH)
    texts = pa.StringArray.from_buffers(size, pa.py_buffer(offsets), pa.py_buffer(matrix))
    return Identities(outcome, texts, persons, born, sex, document_type, area_unknown)


def _reject(outcome: Codes, failed: Flags, code: RejectCode) -> None:
    outcome[failed & (outcome == 0)] = _CODE_OF[code]


def _birth_dates(
    digits: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.datetime64], Flags]:
    year = digits[:, 6:10] @ np.array([1000, 100, 10, 1])
    month, day = digits[:, 10] * 10 + digits[:, 11], digits[:, 12] * 10 + digits[:, 13]
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    safe_month = np.where((month >= 1) & (month <= 12), month, 0)  # noqa: PLR2004 - a year's months
    lengths = _MONTH_LENGTHS[safe_month] + (leap & (month == 2))  # noqa: PLR2004 - February
    exists = (day >= 1) & (day <= lengths) & (year >= EARLIEST_BIRTH_YEAR)
    months = np.where(exists, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    return months.astype("datetime64[D]") + np.where(exists, day - 1, 0), exists


def _types(digits: npt.NDArray[np.int64]) -> tuple[Codes, Flags]:
    province = digits[:, 0] * 10 + digits[:, 1]
    types = np.zeros(len(digits), dtype=np.int8)
    types[np.isin(province, [int(area) for area in PERMIT_AREAS])] = 1
    types[digits[:, 0] == int(FOREIGNER_PREFIX)] = 2
    return types, ~np.isin(province, PROVINCES) & (types != 2)  # noqa: PLR2004 - foreigners' cards
