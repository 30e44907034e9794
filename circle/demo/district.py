"""A whole district invented from a seed: people, livelihoods, and what each bureau knows."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from circle.demo.bureaus import (
    able_members,
    give_turning_points,
    invent_benefits,
    invent_degrees,
    invent_employment,
    invent_subsistence,
    invent_unemployment,
)
from circle.demo.employers import invent_employers
from circle.demo.insurance import conflicting_spans, invent_insurance
from circle.demo.ledger import invent_caseload
from circle.demo.livelihoods import Livelihood, give_livelihoods
from circle.demo.names import misspelt
from circle.demo.numbers import Ints, pick
from circle.demo.people import invent_people
from models.vocabulary.facts import DEPARTED
from models.vocabulary.months import month_key
from models.vocabulary.tasks import AnomalyCode

# Files lag behind: the newest month they hold lies this far before the current one.
LAG_MONTHS = 2
CONFLICT_SHARE = 0.0008
FEWEST_CONFLICTS = 3
PAST_RETIREMENT = (63.5, 58.5)


@dataclass(frozen=True)
class District:
    """Frames refer to `people` by position, in their column `person`; months are integers.

    `other_names` holds, for some people, the name the employment offices have for them;
    `conflicts` the people invented to contradict themselves, by the anomaly they are to raise.
    """

    seed: int
    on: date
    newest_month: int
    people: pd.DataFrame
    employers: pd.DataFrame
    subsistence: pd.DataFrame
    insurance: pd.DataFrame
    late: pd.DataFrame
    unemployment: pd.DataFrame
    employment: pd.DataFrame
    benefits: pd.DataFrame
    degrees: pd.DataFrame
    caseload: pd.DataFrame
    other_names: dict[int, str]
    conflicts: dict[AnomalyCode, Ints]


def invent(residents: int, seed: int, on: date) -> District:
    """The same district for the same residents, seed and day."""
    rng = np.random.default_rng(seed)
    newest = month_key(on) - LAG_MONTHS
    people = invent_people(rng, residents, on)
    give_livelihoods(rng, people, on)
    give_turning_points(rng, people, on, newest)
    employers = invent_employers(rng, int((people["livelihood"] == Livelihood.EMPLOYED).sum()))
    insured = invent_insurance(rng, people, newest, len(employers))
    subsistence = invent_subsistence(rng, people, newest)
    conflicts = _conflicts(rng, people, subsistence)
    spans = _with_conflicts(rng, insured.spans, conflicts, newest, len(employers))
    unemployment = invent_unemployment(rng, people, on)
    employment = invent_employment(rng, people, spans, on)
    conflicts[AnomalyCode.EMPLOYED_BUT_LAPSED] = np.intersect1d(
        insured.long_lapsed, employment.loc[employment["is_open"], "person"]
    )
    ledger_conflicts = np.union1d(
        conflicts[AnomalyCode.DEPARTED_WITH_CASE], conflicts[AnomalyCode.RETIRED_WITH_CASE]
    )
    return District(
        seed=seed,
        on=on,
        newest_month=newest,
        people=people,
        employers=employers,
        subsistence=subsistence,
        insurance=spans,
        late=insured.late,
        unemployment=unemployment,
        employment=employment,
        benefits=invent_benefits(rng, people, unemployment, newest),
        degrees=invent_degrees(rng, people, on),
        caseload=invent_caseload(rng, people, on, ledger_conflicts),
        other_names=_other_names(people, conflicts[AnomalyCode.SOURCES_DISAGREE]),
        conflicts=conflicts,
    )


def _conflicts(
    rng: np.random.Generator, people: pd.DataFrame, subsistence: pd.DataFrame
) -> dict[AnomalyCode, Ints]:
    here = ~people["is_migrant"] & ~people["status"].isin(DEPARTED)
    grown = people["age"] >= 18  # noqa: PLR2004 - of age
    too_old = people["age"] > np.where(people["is_male"], *PAST_RETIREMENT)
    poor = people.index.isin(able_members(subsistence))
    candidates = {
        AnomalyCode.UNEMPLOYED_BUT_INSURED: here & people["registered_on"].notna() & ~poor,
        AnomalyCode.SUBSISTENCE_BUT_INSURED: here & poor & people["registered_on"].isna(),
        AnomalyCode.DEPARTED_WITH_CASE: people["status"].isin(DEPARTED) & grown,
        AnomalyCode.RETIRED_WITH_CASE: here & too_old & (people["age"] < 70),  # noqa: PLR2004
        AnomalyCode.SOURCES_DISAGREE: here & (people["livelihood"] == Livelihood.EMPLOYED),
    }
    wanted = max(FEWEST_CONFLICTS, round(len(people) * CONFLICT_SHARE))
    return {code: np.flatnonzero(pick(rng, mask, wanted)) for code, mask in candidates.items()}


def _with_conflicts(
    rng: np.random.Generator,
    spans: pd.DataFrame,
    conflicts: dict[AnomalyCode, Ints],
    newest: int,
    employers: int,
) -> pd.DataFrame:
    """The jobs nobody told the other office about; they replace what those people paid before."""
    persons = np.union1d(
        conflicts[AnomalyCode.UNEMPLOYED_BUT_INSURED],
        conflicts[AnomalyCode.SUBSISTENCE_BUT_INSURED],
    )
    others = spans[~spans["person"].isin(persons)]
    added = conflicting_spans(rng, persons, newest, employers)
    both = pd.concat([others, added], ignore_index=True)
    return both.sort_values(["person", "first", "employer"], ignore_index=True)


def _other_names(people: pd.DataFrame, persons: Ints) -> dict[int, str]:
    return {int(person): misspelt(str(people["name"].iloc[person])) for person in persons}
