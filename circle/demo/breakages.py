"""Rows as they come wrong: what happened to them, and the code each must be rejected with."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from circle.demo.names import misspelt
from models.vocabulary.documents import check_character
from models.vocabulary.imports import RejectCode

BROKEN_SHARE = 0.01
# The smallest files are not broken beyond use.
ROWS_A_BREAKAGE = 20
# Columns that arrange the rows and are not written begin with this.
NOT_WRITTEN = "_"


@dataclass(frozen=True)
class Columns:
    """The headers under which a file holds what the breakages touch; blank where it has none."""

    number: str
    name: str
    sex: str = ""
    birth: str = ""
    day: str = ""
    month: str = ""
    division: str = ""
    kind: str = ""
    document: str = ""


@dataclass(frozen=True)
class Breakage:
    """`broken` maps the number (or, with another column, nothing) to the cell that is written."""

    code: RejectCode
    column: str
    broken: Callable[[str], Any]


def _missing(_: str) -> str:
    return ""


def _short(number: str) -> str:
    return number[:-1]


def _letter_for_digit(number: str) -> str:
    return f"{number[:15]}O{number[16:]}"


def _wrong_check(number: str) -> str:
    return number[:17] + ("3" if number[17] != "3" else "7")


def _thirteenth_month(number: str) -> str:
    return f"{number[:10]}13{number[12:]}"


def _unborn(number: str) -> str:
    first_17 = f"{number[:6]}20360101{number[14:17]}"
    return first_17 + check_character(first_17)


def _as_number(number: str) -> float:
    """What a spreadsheet keeps of it: fifteen digits; an X cannot come this way."""
    return float(number.replace("X", "0"))


def _fixed(cell: str) -> Callable[[str], str]:
    return lambda _: cell


def _other_sex(number: str) -> str:
    return "女" if int(number[16]) % 2 else "男"


BREAKAGES = (
    Breakage(RejectCode.ID_CHECKSUM, "number", _wrong_check),
    Breakage(RejectCode.ID_MISSING, "number", _missing),
    Breakage(RejectCode.ID_LENGTH, "number", _short),
    Breakage(RejectCode.ID_NUMERIC, "number", _as_number),
    Breakage(RejectCode.DATE_UNREADABLE, "day", _fixed("不详")),
    Breakage(RejectCode.MONTH_UNREADABLE, "month", _fixed("2025年13月")),
    Breakage(RejectCode.KIND_UNKNOWN, "kind", _fixed("待定")),
    Breakage(RejectCode.DIVISION_UNKNOWN, "division", _fixed("海棠苑社区")),
    Breakage(RejectCode.ID_SEX_MISMATCH, "sex", _other_sex),
    Breakage(RejectCode.NAME_MISSING, "name", _missing),
    Breakage(RejectCode.ID_CHARACTERS, "number", _letter_for_digit),
    Breakage(RejectCode.ID_DATE, "number", _thirteenth_month),
    Breakage(RejectCode.ID_BIRTH_MISMATCH, "birth", _fixed("1949-10-01")),
    Breakage(RejectCode.ID_FUTURE, "number", _unborn),
)


@dataclass(frozen=True)
class Broken:
    """A frame with broken rows in it, and how many rows must come back, at least, for each reason.

    At least, because the cells of a shifted row are wrong in more ways than one.
    """

    frame: pd.DataFrame
    rejects: Counter[str]
    rejected: int


def break_rows(
    rng: np.random.Generator,
    frame: pd.DataFrame,
    columns: Columns,
    numbers: pd.Series,
    spared: pd.Series,
) -> Broken:
    """About one row in a hundred broken; `numbers` are the clean ones, `spared` rows stay whole."""
    frame = frame.astype(object)
    breakages = [each for each in BREAKAGES if getattr(columns, each.column)]
    candidates = np.flatnonzero(~spared.to_numpy())
    drawn = rng.permutation(candidates)[: _wanted(len(frame), len(breakages))]
    repeated, shifted, contradicted, broken = drawn[:1], drawn[1:2], drawn[2:3], drawn[3:]
    # Of a row repeated the first counts; of two that contradict each other neither does.
    duplicates = len(repeated) + 2 * len(contradicted)
    rejects = Counter({RejectCode.DUPLICATE_IN_FILE.value: duplicates})
    for at in shifted:
        _shift(frame, int(at), columns.number)
        rejects[RejectCode.ID_MISSING.value] += 1
    for order, at in enumerate(broken):
        breakage = breakages[order % len(breakages)]
        cell = breakage.broken(str(numbers.iloc[at]))
        frame.loc[frame.index[at], getattr(columns, breakage.column)] = cell
        rejects[breakage.code.value] += 1
    other = frame.iloc[contradicted]
    other = other.assign(**{columns.name: [misspelt(name) for name in other[columns.name]]})
    whole = pd.concat([frame, frame.iloc[repeated], other], ignore_index=True)
    return Broken(whole, rejects, rejects.total())


def _shift(frame: pd.DataFrame, at: int, first: str) -> None:
    """The cells from the number on slip one column to the right; the last is lost."""
    shown = [column for column in frame.columns if not column.startswith(NOT_WRITTEN)]
    slipping = shown[shown.index(first) :]
    cells = ["", *frame[slipping[:-1]].iloc[at].tolist()]
    for column, cell in zip(slipping, cells, strict=True):
        frame.loc[frame.index[at], column] = cell


def _wanted(rows: int, breakages: int) -> int:
    return max(min(breakages + 3, rows // ROWS_A_BREAKAGE), round(rows * BROKEN_SHARE))
