"""Rows of one file that say the same thing twice, or two things of one."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from circle.imports.columns import Flags


def duplicated_rows(
    facts: npt.NDArray[np.int64],
    keys: Sequence[npt.NDArray[np.int64]],
    compared: Mapping[str, pd.Series],
    size: int,
) -> Flags:
    """Which of the file's `size` rows are duplicates.

    `facts` names the row of each fact, `keys` are what identifies one. Of identical rows the
    first counts; of rows that share a key and differ in a compared column none does.
    """
    refused = np.zeros(size, dtype=bool)
    key = _one_key(keys)
    shared = pd.Series(key).duplicated(keep=False).to_numpy()
    if not shared.any():
        return refused
    rows, key = facts[shared], key[shared]
    involved, places = np.unique(rows, return_inverse=True)
    said = pd.DataFrame({name: values.iloc[involved] for name, values in compared.items()})
    words = pd.util.hash_pandas_object(said, index=False).to_numpy()[places]
    met = pd.DataFrame({"key": key, "row": rows, "words": words})
    by_key = met.groupby("key", sort=False)
    differ = by_key["words"].transform("nunique").to_numpy() > 1
    first = by_key["row"].transform("min").to_numpy()
    refused[rows[differ | (rows != first)]] = True
    return refused


def codes_of(values: pd.Series) -> npt.NDArray[np.int64]:
    """A whole number for each different value; missing is one of them."""
    codes, _ = pd.factorize(values, use_na_sentinel=False)
    return codes.astype(np.int64)


def _one_key(keys: Sequence[npt.NDArray[np.int64]]) -> npt.NDArray[np.int64]:
    """Fold the parts of a key into one number, renumbering so that it never overflows."""
    folded = keys[0]
    for part in keys[1:]:
        left, _ = pd.factorize(folded)
        right, distinct = pd.factorize(part)
        folded = left.astype(np.int64) * max(len(distinct), 1) + right
    return folded
