"""Made-up numbers that pass every check: citizen numbers, credit codes, mobile numbers."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.vocabulary.documents import CHECK_CHARACTERS, WEIGHTS

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]
Days = npt.NDArray[np.datetime64]

# GB 32100-2015, and GB 11714-1997 for the nine characters of the organisation code in it.
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
MOBILE_SECOND_DIGITS = np.array([3, 5, 7, 8, 9])
SEQUENCES_A_DAY = 499


def citizen_numbers(areas: Ints, born_on: Days, is_male: Flags) -> Texts:
    """Distinct numbers for the areas of first issue (six digits), birth days and sexes."""
    births = pd.Series(born_on)
    days = (births.dt.year * 10_000 + births.dt.month * 100 + births.dt.day).to_numpy(np.int64)
    taken = pd.DataFrame({"area": areas, "day": days, "male": is_male})
    place_in_line = taken.groupby(["area", "day", "male"]).cumcount().to_numpy()
    # People of one day and place follow each other; where the line starts differs by day.
    position = (place_in_line + days * 37) % SEQUENCES_A_DAY
    first_17 = (areas * 10**8 + days) * 1_000 + position * 2 + np.where(is_male, 1, 2)
    return _with_check_character(first_17)


def _with_check_character(first_17: Ints) -> Texts:
    total = np.zeros(len(first_17), dtype=np.int64)
    for place, weight in enumerate(WEIGHTS):
        total += first_17 // 10 ** (16 - place) % 10 * weight
    checks = np.array(list(CHECK_CHARACTERS))[total % 11]
    return np.char.add(first_17.astype("U17"), checks).astype(object)


def mobile_numbers(rng: np.random.Generator, count: int) -> Texts:
    second = rng.choice(MOBILE_SECOND_DIGITS, count)
    rest = rng.integers(0, 10**9, count)
    return (10**10 + second * 10**9 + rest).astype("U11").astype(object)


def credit_codes(rng: np.random.Generator, count: int, area: str) -> list[str]:
    """Unified social credit codes of enterprises (91…) registered in the area."""
    return [_credit_code(rng, area) for _ in range(count)]


def _credit_code(rng: np.random.Generator, area: str) -> str:
    drawn = rng.integers(0, len(CREDIT_ALPHABET), 6)
    body = "MA" + "".join(CREDIT_ALPHABET[at] for at in drawn)
    first_17 = f"91{area}{body}{_organisation_check(body)}"
    total = sum(
        CREDIT_ALPHABET.index(character) * pow(3, place, 31)
        for place, character in enumerate(first_17)
    )
    return first_17 + CREDIT_ALPHABET[-total % 31]


def _organisation_check(body: str) -> str:
    weighted = zip(ORGANISATION_WEIGHTS, body, strict=True)
    return "0123456789X0"[11 - sum(weight * int(c, 36) for weight, c in weighted) % 11]


def pick(rng: np.random.Generator, among: Any, count: int) -> Flags:  # noqa: ANN401 - any mask
    """A mask of at most `count` rows drawn from those the given mask holds."""
    mask = np.asarray(among, dtype=bool)
    drawn = np.zeros(len(mask), dtype=bool)
    candidates = np.flatnonzero(mask)
    drawn[rng.permutation(candidates)[:count]] = True
    return drawn
