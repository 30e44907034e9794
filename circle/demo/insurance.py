"""Who paid into employees' insurance, from which month to which, by which employer.

Several spans a person: a new employer, a gap, a second employer at the same time. `employer` is a
row of the employers, -1 for people who pay for themselves.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from circle.demo.livelihoods import Livelihood
from circle.demo.numbers import Flags, Ints, pick
from models.vocabulary.facts import DEPARTED
from models.vocabulary.months import MONTHS_A_YEAR

NO_EMPLOYER = -1
HISTORY_MONTHS = 31
LAPSED_SHARE = 0.016
ONE_BEHIND_SHARE = 0.01
PAID_LATE_SHARE = 0.002
CHANGED_EMPLOYER_SHARE = 0.25
OLD_GAP_SHARE = 0.05
TWO_EMPLOYERS_SHARE = 0.01
LOWEST_BASE, HIGHEST_BASE = 4_986, 26_421
WELL_PAID_BASE = 7_200


@dataclass(frozen=True)
class Insured:
    """spans: person, first, last (months), employer, base (yuan); late: person, month.

    A month named in `late` reaches the file of the month after it, as a back-payment. `lapsed`
    people stopped two months or more before the newest for no reason anybody knows, `long_lapsed`
    three or more.
    """

    spans: pd.DataFrame
    late: pd.DataFrame
    lapsed: Ints
    long_lapsed: Ints


def invent_insurance(
    rng: np.random.Generator, people: pd.DataFrame, newest: int, employers: int
) -> Insured:
    """`people` needs last_paid_before: the month before which somebody stopped, or NaN."""
    working = people["livelihood"].isin([Livelihood.EMPLOYED, Livelihood.SELF_PAID]).to_numpy()
    present = ~people["status"].isin(DEPARTED).to_numpy()
    stopped = people["stopped_in"].notna().to_numpy()
    paying = np.flatnonzero(working | stopped)
    last = np.where(stopped, people["stopped_in"].fillna(newest), newest).astype(np.int64)
    lapsed = pick(rng, working & present & ~stopped, _share(working, LAPSED_SHARE))
    behind = pick(rng, working & present & ~stopped & ~lapsed, _share(working, ONE_BEHIND_SHARE))
    last[lapsed] = newest - rng.integers(2, 7, int(lapsed.sum()))
    last[behind] = newest - 1
    main = pd.DataFrame({"person": paying, "last": last[paying]})
    floor = newest - HISTORY_MONTHS
    main["first"] = np.clip(main["last"] - rng.integers(0, 50, len(main)), floor, None)
    main["employer"] = np.where(
        people["livelihood"].to_numpy()[paying] == Livelihood.SELF_PAID,
        NO_EMPLOYER,
        _some_employers(rng, len(main), employers),
    )
    main["base"] = _bases(rng, len(main))
    main = main[main["first"] <= main["last"]]
    spans = _with_changes(rng, main, employers, newest)
    return Insured(
        spans.sort_values(["person", "first", "employer"], ignore_index=True),
        _late_months(rng, spans, newest),
        np.flatnonzero(lapsed),
        np.flatnonzero(lapsed & (last <= newest - 3)),
    )


def conflicting_spans(
    rng: np.random.Generator, persons: Ints, newest: int, employers: int
) -> pd.DataFrame:
    """Half a year of a well-paid job up to the newest month, for people said to have none."""
    return pd.DataFrame(
        {
            "person": persons,
            "first": newest - rng.integers(2, 7, len(persons)),
            "last": newest,
            "employer": _some_employers(rng, len(persons), employers),
            "base": WELL_PAID_BASE + rng.integers(0, 4_000, len(persons)),
        }
    )


def _share(mask: Flags, share: float) -> int:
    return max(3, round(float(mask.sum()) * share))


def _some_employers(rng: np.random.Generator, count: int, employers: int) -> Ints:
    """The first employers are the largest."""
    return np.asarray((rng.random(count) ** 2 * employers).astype(np.int64))


def _bases(rng: np.random.Generator, count: int) -> Ints:
    drawn: npt.NDArray[np.float64] = rng.lognormal(8.95, 0.4, count)
    return np.clip(drawn, LOWEST_BASE, HIGHEST_BASE).astype(np.int64)


def _with_changes(
    rng: np.random.Generator, main: pd.DataFrame, employers: int, newest: int
) -> pd.DataFrame:
    """The spans cut in two where somebody changed employer or paused, and second jobs added."""
    fate = rng.random(len(main))
    length = (main["last"] - main["first"]).to_numpy()
    pauses = fate < OLD_GAP_SHARE
    changes = (fate < OLD_GAP_SHARE + CHANGED_EMPLOYER_SHARE) & (length > MONTHS_A_YEAR // 2)
    cut = (main["first"] + 2 + length // 3).to_numpy()
    resumed = cut + np.where(pauses, 3, 1)
    earlier = main[changes].assign(last=cut[changes])
    later = main.assign(first=np.where(changes, resumed, main["first"]))
    moved = changes & ~pauses & (later["employer"] != NO_EMPLOYER).to_numpy()
    later.loc[moved, "employer"] = (later.loc[moved, "employer"] + 1) % employers
    second = later[pick(rng, later["last"] == newest, round(len(later) * TWO_EMPLOYERS_SHARE))]
    second = second.assign(employer=(second["employer"] + employers // 2) % employers)
    return pd.concat([earlier, later, second], ignore_index=True)


def _late_months(rng: np.random.Generator, spans: pd.DataFrame, newest: int) -> pd.DataFrame:
    """A month within the last half year that somebody who kept paying paid a month late."""
    keeping = (spans["last"] == newest) & (spans["first"] <= newest - MONTHS_A_YEAR // 2)
    alone = ~spans["person"].duplicated(keep=False)
    late = spans[pick(rng, keeping & alone, _share(np.asarray(keeping), PAID_LATE_SHARE * 6))]
    months = newest - rng.integers(2, 6, len(late))
    return pd.DataFrame({"person": late["person"].to_numpy(), "month": months})
