"""The office's own ledger: who is in its care, by whom, and when last seen."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from circle.demo.accounts import worker_of
from circle.demo.livelihoods import Livelihood
from circle.demo.numbers import Days, Ints, Texts
from models.vocabulary.facts import RegisterStatus
from models.vocabulary.residents import CategoryCode, WorkStatus

CASELOAD_SHARE = 0.08
UNKNOWN_WORKER = "zhangjing2019"
UNKNOWN_WORKER_SHARE = 0.006
NO_WORKER_SHARE = 0.04
USUAL_INTERVAL = 30
TAKEN_IN_BEFORE = (60, 57)
ZERO_EMPLOYMENT_INTERVAL = 7

# How likely somebody is to be in the ledger, and the work status the ledger then has.
LIKELIHOOD = {
    Livelihood.UNEMPLOYED: (30.0, WorkStatus.UNEMPLOYED),
    Livelihood.INFORMAL: (2.5, WorkStatus.FLEXIBLE),
    Livelihood.AT_HOME: (2.0, WorkStatus.UNEMPLOYED),
    Livelihood.EMPLOYED: (0.35, WorkStatus.EMPLOYED),
    Livelihood.SELF_PAID: (0.5, WorkStatus.SELF_EMPLOYED),
}
WISHES = (
    "保洁，离家近，上午", "保安，可倒班", "电工，有证，4500元以上", "超市收银", "家政，按小时",
    "文员", "仓库分拣，长白班", "司机C1", "食堂帮工", "公益性岗位", "短视频运营", "幼儿园保育员",
    "零工，随叫随到", "绿化养护", "客服，居家", "快递分拨，夜班", "焊工", "护工，可住家", "",
)  # fmt: skip


@dataclass(frozen=True)
class Pace:
    """When somebody was last seen: days ago, as a share of the interval and days beyond it."""

    weight: float
    share_from: float
    share_to: float
    beyond: int = 0


# Fresh, due this week, overdue; the rest was never seen since the case opened.
PACES = (Pace(0.6, 0.05, 0.7), Pace(0.2, 0.8, 1.0), Pace(0.13, 1.04, 1.2, 20))


def invent_caseload(
    rng: np.random.Generator, people: pd.DataFrame, on: date, conflicting: Ints
) -> pd.DataFrame:
    """A row a case; `conflicting` people, departed or past retirement, are in it as well."""
    size = round((~people["is_migrant"]).sum() * CASELOAD_SHARE)
    drawn = _chosen(rng, people[~people.index.isin(conflicting)], max(0, size - len(conflicting)))
    person = np.sort(np.append(drawn, conflicting))
    chosen = people.iloc[person]
    cases = pd.DataFrame({"person": person})
    statuses = {livelihood.value: status.value for livelihood, (_, status) in LIKELIHOOD.items()}
    cases["status"] = chosen["livelihood"].map(statuses).fillna("").to_numpy()
    cases["categories"] = _categories(rng, chosen)
    cases["worker"] = _workers(rng, chosen)
    cases["wish"] = rng.choice(WISHES, len(cases))
    interval = np.where(chosen["zero_employment"], ZERO_EMPLOYMENT_INTERVAL, USUAL_INTERVAL)
    cases["visited_on"], cases["opened_on"] = _dates(rng, interval, on)
    return cases


def _chosen(rng: np.random.Generator, people: pd.DataFrame, size: int) -> Ints:
    """A draw without return, weighted; zero-employment households always (Efraimidis, 2006)."""
    weights = people["livelihood"].map({key.value: each for key, (each, _) in LIKELIHOOD.items()})
    able = (people["status"] == RegisterStatus.NORMAL) & (
        people["age"] < np.where(people["is_male"], *TAKEN_IN_BEFORE)
    )
    weight = weights.where(able, 0).fillna(0).to_numpy(float, copy=True)
    weight[people["zero_employment"].to_numpy()] = 1e9
    with np.errstate(divide="ignore"):
        keys = np.log(rng.random(len(people))) / weight
    return people.index.to_numpy()[np.argsort(-keys, kind="stable")[:size]]


def _categories(rng: np.random.Generator, chosen: pd.DataFrame) -> Texts:
    """The ledger's words, several joined by 、 or ；."""
    fate = rng.random(len(chosen))
    older = np.where(chosen["is_male"], chosen["age"] >= 55, chosen["age"] >= 45)  # noqa: PLR2004
    marks = {
        CategoryCode.REGISTERED_UNEMPLOYED: chosen["registered_on"].notna().to_numpy(),
        CategoryCode.HARD_TO_EMPLOY: older & chosen["registered_on"].notna().to_numpy(),
        CategoryCode.ZERO_EMPLOYMENT_HOUSEHOLD: chosen["zero_employment"].to_numpy(),
        CategoryCode.DIBAO_HOUSEHOLD: (chosen["subsistence"] == "dibao").to_numpy(),
        CategoryCode.DISABLED: fate < 0.04,  # noqa: PLR2004 - one in twenty-five
        CategoryCode.GRADUATE: (chosen["age"] < 25).to_numpy(),  # noqa: PLR2004
        CategoryCode.VETERAN: (fate > 0.97) & chosen["is_male"].to_numpy(),  # noqa: PLR2004
        CategoryCode.RURAL_MIGRANT: chosen["is_migrant"].to_numpy(),
    }
    joints = np.where(fate < 0.5, "、", "；")  # noqa: PLR2004 - a coin
    flags = np.column_stack(list(marks.values()))
    labels = [category.label for category in marks]
    return np.array(
        [
            joint.join(label for label, holds in zip(labels, row, strict=True) if holds)
            for joint, row in zip(joints.tolist(), flags.tolist(), strict=True)
        ],
        dtype=object,
    )


def _workers(rng: np.random.Generator, chosen: pd.DataFrame) -> Texts:
    names = chosen["community_code"].map(worker_of()).to_numpy(dtype=object)
    fate = rng.permutation(len(chosen)) / len(chosen)
    names[fate < NO_WORKER_SHARE] = ""
    names[fate > 1 - max(UNKNOWN_WORKER_SHARE, 1.5 / len(chosen))] = UNKNOWN_WORKER
    return names


def _dates(rng: np.random.Generator, interval: Ints, on: date) -> tuple[Days, Days]:
    """(last visit, opening): never seen cases opened a few days ago."""
    count, today = len(interval), np.datetime64(on, "D")
    pace = np.searchsorted(np.cumsum([each.weight for each in PACES]), rng.random(count))
    seen = pace < len(PACES)
    pace = np.minimum(pace, len(PACES) - 1)
    low, high = (
        np.array([getattr(each, edge) for each in PACES])[pace]
        for edge in ("share_from", "share_to")
    )
    beyond = rng.random(count) * np.array([each.beyond for each in PACES])[pace]
    ago = np.ceil(interval * (low + (high - low) * rng.random(count)) + beyond).astype(np.int64)
    visited_on = today - ago.astype("timedelta64[D]")
    older = visited_on - rng.integers(3, 500, count).astype("timedelta64[D]")
    newer = today - rng.integers(1, 11, count).astype("timedelta64[D]")
    return np.where(seen, visited_on, np.datetime64("NaT", "D")), np.where(seen, older, newer)
