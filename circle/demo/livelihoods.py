"""What people live on: the one thing about somebody from which the bureaus' facts follow."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

import numpy as np
import pandas as pd

from circle.demo.numbers import Flags, Ints, pick
from circle.demo.people import ages
from models.vocabulary.facts import DEPARTED, SubsistenceKind

LABOUR_AGE = (16, 60)


class Livelihood(StrEnum):
    CHILD = "child"
    STUDENT = "student"
    EMPLOYED = "employed"
    SELF_PAID = "self_paid"
    INFORMAL = "informal"
    UNEMPLOYED = "unemployed"
    AT_HOME = "at_home"
    RETIRED = "retired"


# From this age: in a hundred people, in the order of Livelihood. Invented, but plausible.
MEN = {
    0: (100, 0, 0, 0, 0, 0, 0, 0),
    16: (0, 93, 0, 0, 3, 1, 3, 0),
    19: (0, 58, 24, 1, 9, 4, 4, 0),
    23: (0, 5, 73, 3, 11, 5, 3, 0),
    30: (0, 0, 74, 7, 12, 5, 2, 0),
    50: (0, 0, 62, 10, 16, 8, 4, 0),
    60: (0, 0, 14, 4, 10, 1, 6, 65),
    63: (0, 0, 0, 0, 6, 0, 12, 82),
}
WOMEN = {
    0: (100, 0, 0, 0, 0, 0, 0, 0),
    16: (0, 94, 0, 0, 3, 1, 2, 0),
    19: (0, 60, 24, 1, 8, 4, 3, 0),
    23: (0, 5, 70, 3, 9, 5, 8, 0),
    30: (0, 0, 66, 8, 10, 6, 10, 0),
    50: (0, 0, 34, 10, 10, 7, 9, 30),
    56: (0, 0, 8, 2, 8, 2, 15, 65),
    58: (0, 0, 0, 0, 5, 0, 15, 80),
}
SUBSISTENCE_HOUSEHOLDS = 0.013
SUBSISTENCE_KINDS = {
    SubsistenceKind.DIBAO: 0.6,
    SubsistenceKind.NEAR_DIBAO: 0.27,
    SubsistenceKind.DESTITUTE: 0.13,
}
ZERO_EMPLOYMENT_HOUSEHOLDS = 0.004
POOR_LIVELIHOODS = (Livelihood.INFORMAL, Livelihood.UNEMPLOYED, Livelihood.AT_HOME)


def give_livelihoods(rng: np.random.Generator, people: pd.DataFrame, on: date) -> None:
    """Adds age (years), livelihood, subsistence (its kind or blank) and zero_employment."""
    people["age"] = ages(people, on)
    drawn = np.where(people["is_male"], _drawn(rng, people, MEN), _drawn(rng, people, WOMEN))
    people["livelihood"] = np.array([each.value for each in Livelihood], dtype=object)[drawn]
    people["subsistence"] = _supported_households(rng, people)
    poor = (people["subsistence"] != "") & _could_work(people)
    people.loc[poor, "livelihood"] = rng.choice(POOR_LIVELIHOODS, int(poor.sum()))
    people["zero_employment"] = _workless_households(rng, people)
    people.loc[people["zero_employment"], "livelihood"] = Livelihood.UNEMPLOYED.value


def _drawn(
    rng: np.random.Generator, people: pd.DataFrame, table: Mapping[int, tuple[int, ...]]
) -> Ints:
    band = np.searchsorted(list(table), people["age"].to_numpy(), side="right") - 1
    upper = np.cumsum(np.array(list(table.values())), axis=1)[band]
    return np.asarray((rng.random((len(people), 1)) * 100 >= upper).sum(axis=1))


def _could_work(people: pd.DataFrame) -> Flags:
    """Of labour age, here, and neither at school nor retired."""
    idle = (Livelihood.CHILD, Livelihood.STUDENT, Livelihood.RETIRED)
    return np.asarray(
        people["age"].between(*LABOUR_AGE, inclusive="left")
        & ~people["livelihood"].isin(idle)
        & ~people["status"].isin(DEPARTED)
    )


def _supported_households(rng: np.random.Generator, people: pd.DataFrame) -> pd.Series:
    registered = people.loc[~people["is_migrant"], "household"].unique()
    chosen = rng.permutation(registered)[: max(6, round(len(registered) * SUBSISTENCE_HOUSEHOLDS))]
    kinds = rng.choice(list(SUBSISTENCE_KINDS), len(chosen), p=list(SUBSISTENCE_KINDS.values()))
    return people["household"].map(dict(zip(chosen, kinds, strict=True))).fillna("")


def _workless_households(rng: np.random.Generator, people: pd.DataFrame) -> Flags:
    """Members of labour age of households of two or more such, none of whom is to work."""
    able = _could_work(people) & (people["subsistence"] == "") & ~people["is_migrant"]
    sizes = people.loc[able, "household"].value_counts().sort_index()
    several = sizes.index[sizes > 1].to_numpy()
    of_several = pick(
        rng, np.ones(len(several)), max(2, round(len(several) * ZERO_EMPLOYMENT_HOUSEHOLDS))
    )
    return np.asarray(able & people["household"].isin(several[of_several]))
