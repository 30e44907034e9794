"""The many ways in which offices write a number, a day and a month that are all readable."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from circle.demo.numbers import Ints, Texts
from models.vocabulary.months import first_day

ODD_SHARE = 0.03
EXCEL_EPOCH = np.datetime64("1899-12-30", "D")
FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
OLD_NUMBER_CENTURY = "19"

# A day and a month as text; the first of a file's styles is the one it mostly uses.
DAY_STYLES = {
    "iso": "{0.year}-{0.month:02}-{0.day:02}",
    "slash": "{0.year}/{0.month}/{0.day}",
    "chinese": "{0.year}年{0.month}月{0.day}日",
    "compact": "{0.year}{0.month:02}{0.day:02}",
    "dot": "{0.year}.{0.month}.{0.day}",
    "midnight": "{0.year}-{0.month:02}-{0.day:02} 00:00:00",
}
MONTH_STYLES = {
    "compact": "{0.year}{0.month:02}",
    "iso": "{0.year}-{0.month:02}",
    "chinese": "{0.year}年{0.month}月",
    "dot": "{0.year}.{0.month:02}",
    "slash": "{0.year}/{0.month}",
    "first": "{0.year}/{0.month}/1",
}


def odd_number_spellings(number: str) -> list[str]:
    """The number as people type and programs export it; every one reads as the same."""
    spellings = [
        f"'{number}",
        f" {number}",
        f"{number[:6]} {number[6:14]} {number[14:]}",
        number.translate(FULL_WIDTH),
        f"{number}\u3000",
    ]
    if number.endswith("X"):
        spellings += [number.lower(), number[:-1] + "×", number[:-1] + "Ⅹ"]
    elif number[6:8] == OLD_NUMBER_CENTURY:
        spellings.append(number[:6] + number[8:17])
    return spellings


def spelt_numbers(rng: np.random.Generator, numbers: Sequence[str]) -> Texts:
    """Mostly as they are."""
    spelt = np.array(numbers, dtype=object)
    odd = np.flatnonzero(rng.random(len(spelt)) < ODD_SHARE)
    for at, draw in zip(odd, rng.random(len(odd)), strict=True):
        spellings = odd_number_spellings(spelt[at])
        spelt[at] = spellings[int(draw * len(spellings))]
    return spelt


def spelt_days(rng: np.random.Generator, days: pd.Series, *styles: str, blank: str = "") -> Texts:
    """Mostly in the first style; `blank` where there is no day."""
    return _spelt(
        rng,
        days.astype("datetime64[s]").to_numpy().astype("datetime64[D]"),
        [DAY_STYLES[style] for style in styles],
        lambda day, style: blank if np.isnat(day) else style.format(day.item()),
    )


def spelt_months(
    rng: np.random.Generator, months: pd.Series, *styles: str, blank: str = ""
) -> Texts:
    """Months as integers or NaN, mostly in the first style."""
    return _spelt(
        rng,
        months.fillna(-1).to_numpy(np.int64),
        [MONTH_STYLES[style] for style in styles],
        lambda month, style: blank if month < 0 else style.format(first_day(int(month))),
    )


def serial_days(days: pd.Series) -> Ints:
    """Days as a spreadsheet counts them."""
    return (days.to_numpy().astype("datetime64[D]") - EXCEL_EPOCH).astype(np.int64)


def _spelt(
    rng: np.random.Generator,
    values: Texts | Ints | np.ndarray[tuple[int], np.dtype[np.datetime64]],
    styles: Sequence[str],
    write: Callable[..., str],
) -> Texts:
    """Each distinct value is written once for a style, however many rows hold it."""
    distinct, position = np.unique(values, return_inverse=True)
    table = np.array([[write(value, style) for style in styles] for value in distinct], object)
    odd = rng.random(len(values)) < ODD_SHARE * (len(styles) > 1)
    style = np.where(odd, rng.integers(0, len(styles), len(values)), 0)
    return np.asarray(table[position, style])
