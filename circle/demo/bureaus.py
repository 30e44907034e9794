"""What civil affairs, the employment offices and the schools know of the people."""

from datetime import date

import numpy as np
import pandas as pd

from circle.demo.insurance import NO_EMPLOYER
from circle.demo.livelihoods import Livelihood
from circle.demo.numbers import Days, Flags, Ints, Texts, pick
from models.vocabulary.facts import (
    DEPARTED,
    BenefitKind,
    EducationLevel,
    StudyForm,
    SubsistenceKind,
    WorkAbility,
)
from models.vocabulary.months import MONTHS_A_YEAR, month_key

NAT = np.datetime64("NaT", "D")
REGISTERED_SHARE = 0.92
PAID_BEFORE_SHARE = 0.8
OLD_SPELL_SHARE = 0.04
EMPLOYMENT_REGISTERED_SHARE = 0.6
RETIREMENT_AGES = (63, 58)

INVOLUNTARY = ("用人单位解除劳动合同", "劳动合同到期终止", "企业破产关闭", "被用人单位辞退")
VOLUNTARY = ("本人主动辞职", "毕业后未就业", "停止个体经营", "其他")
ENDINGS = ("已就业", "自主创业", "退休", "连续6个月未联系", "本人申请注销")
HARDSHIPS = ("因病", "因残", "缺乏劳动力", "失业", "因学", "灾祸")
SCHOOLS = (
    "浙江大学", "浙江工业大学", "杭州师范大学", "浙江理工大学", "杭州电子科技大学",
    "浙江财经大学", "杭州职业技术学院", "浙江旅游职业学院", "余杭区职业教育中心", "安徽大学",
)  # fmt: skip
SUBJECTS = (
    "会计学", "计算机科学与技术", "电子商务", "机械工程", "护理", "旅游管理", "市场营销",
    "土木工程", "学前教育", "物流管理", "英语", "视觉传达设计",
)  # fmt: skip
# The usual age at graduation and how many of a hundred stop there.
LEVELS = {
    EducationLevel.HIGH_SCHOOL: (18, 15),
    EducationLevel.VOCATIONAL: (18, 15),
    EducationLevel.COLLEGE: (21, 30),
    EducationLevel.BACHELOR: (22, 32),
    EducationLevel.MASTER: (25, 7),
    EducationLevel.DOCTOR: (29, 1),
}
STUDY_YEARS = 3
ABILITIES = {WorkAbility.FULL: 0.5, WorkAbility.PARTIAL: 0.25, WorkAbility.NONE: 0.15, "": 0.1}


def give_turning_points(
    rng: np.random.Generator, people: pd.DataFrame, on: date, newest: int
) -> None:
    """Adds lost_on (a job), registered_on (as unemployed), pension_from and stopped_in (months)."""
    count, today = len(people), np.datetime64(on, "D")
    jobless = (people["livelihood"] == Livelihood.UNEMPLOYED).to_numpy()
    lost_on = today - rng.integers(25, 430, count).astype("timedelta64[D]")
    registers = jobless & ((rng.random(count) < REGISTERED_SHARE) | people["is_migrant"])
    waited = np.minimum(rng.integers(3, 60, count), (today - lost_on).astype(np.int64) - 5)
    people["lost_on"] = np.where(jobless, lost_on, NAT)
    people["registered_on"] = np.where(registers, lost_on + waited.astype("timedelta64[D]"), NAT)
    retired = (people["livelihood"] == Livelihood.RETIRED).to_numpy()
    pension_from = _months(people["born_on"].to_numpy()) + MONTHS_A_YEAR * np.where(
        people["is_male"], *RETIREMENT_AGES
    )
    people["pension_from"] = np.where(retired, np.minimum(pension_from, newest - 1), np.nan)
    people["stopped_in"] = _stopped_in(rng, people, newest)


def _months(days: Days) -> Ints:
    """Months as plain integers, as models.vocabulary.months counts them."""
    return days.astype("datetime64[M]").astype(np.int64) + 1970 * MONTHS_A_YEAR


def _stopped_in(rng: np.random.Generator, people: pd.DataFrame, newest: int) -> pd.Series:
    """The last month paid, of those who used to pay and have a known reason to have stopped."""
    stopped = pd.Series(np.nan, index=people.index)
    jobless = people["registered_on"].notna() & (rng.random(len(people)) < PAID_BEFORE_SHARE)
    last = pd.Series(_months(people["lost_on"].to_numpy()), index=people.index)
    # Who lost work after the newest closed month has not stopped paying by any file we have.
    stopped = stopped.mask(jobless & (last < newest), last)
    departed = people["status"].isin(DEPARTED) & (people["livelihood"] == Livelihood.EMPLOYED)
    left = pd.Series(_months(people["status_on"].to_numpy()), index=people.index)
    stopped = stopped.mask(departed, left.clip(upper=newest))
    return stopped.mask(people["pension_from"] > newest - MONTHS_A_YEAR, people["pension_from"] - 1)


def invent_subsistence(rng: np.random.Generator, people: pd.DataFrame, newest: int) -> pd.DataFrame:
    """A row a member: person, kind, cause, begins (month), amount (yuan), ability, certificate."""
    member = (people["subsistence"] != "") & ~people["status"].isin(DEPARTED)
    members = people[member]
    households = members["household"].to_numpy()
    _, of_household = np.unique(households, return_inverse=True)
    size = int(of_household.max()) + 1
    able = members["age"].between(16, 60).to_numpy()
    drawn = rng.choice(list(ABILITIES), len(members), p=list(ABILITIES.values()))
    return pd.DataFrame(
        {
            "person": members.index.to_numpy(),
            "kind": members["subsistence"].to_numpy(),
            "cause": rng.choice(HARDSHIPS, size)[of_household],
            "begins": (newest - rng.integers(3, 70, size))[of_household],
            "amount": rng.integers(560, 1_280, size)[of_household],
            "ability": np.where(able, drawn, WorkAbility.NONE.value),
            "certificate": np.char.add("3301100", (of_household + 10_001).astype("U6")),
        }
    )


def able_members(subsistence: pd.DataFrame) -> Ints:
    """People in dibao itself who are said to be able to work."""
    dibao = subsistence["kind"] == SubsistenceKind.DIBAO
    able = subsistence["ability"].isin([WorkAbility.FULL, WorkAbility.PARTIAL])
    return subsistence.loc[dibao & able, "person"].to_numpy()


def invent_unemployment(rng: np.random.Generator, people: pd.DataFrame, on: date) -> pd.DataFrame:
    """Open spells of the unemployed, and closed ones of people who found work since."""
    spells = people.loc[people["registered_on"].notna(), ["lost_on", "registered_on"]].copy()
    spells["ended_on"] = NAT
    again = people["livelihood"].isin([Livelihood.EMPLOYED, Livelihood.SELF_PAID])
    old = people.index[pick(rng, again, round(again.sum() * OLD_SPELL_SHARE))]
    ended_on = np.datetime64(on, "D") - rng.integers(40, 600, len(old)).astype("timedelta64[D]")
    registered_on = ended_on - rng.integers(30, 200, len(old)).astype("timedelta64[D]")
    lost_on = registered_on - rng.integers(3, 40, len(old)).astype("timedelta64[D]")
    closed = pd.DataFrame(
        {"lost_on": lost_on, "registered_on": registered_on, "ended_on": ended_on}, index=old
    )
    spells = pd.concat([spells, closed])
    count = len(spells)
    spells["is_involuntary"] = rng.random(count) < 0.6  # noqa: PLR2004 - six in ten
    spells["reason"] = np.where(
        spells["is_involuntary"], rng.choice(INVOLUNTARY, count), rng.choice(VOLUNTARY, count)
    )
    spells["ended_reason"] = np.where(spells["ended_on"].notna(), rng.choice(ENDINGS, count), "")
    spells["lives_in"] = _usual_places(rng, people, spells)
    return spells.rename_axis("person").reset_index()


def _usual_places(rng: np.random.Generator, people: pd.DataFrame, spells: pd.DataFrame) -> Texts:
    """Mostly where the register has them, one in eight in another community of ours."""
    own = people.loc[spells.index, "community_code"].to_numpy(dtype=object)
    others = people["community_code"].to_numpy(dtype=object)
    other = others[rng.integers(0, len(people), len(spells))]
    return np.where(rng.random(len(spells)) < 0.125, other, own)  # noqa: PLR2004 - one in eight


def invent_employment(
    rng: np.random.Generator, people: pd.DataFrame, spans: pd.DataFrame, on: date
) -> pd.DataFrame:
    """Registrations of contracts: open of those at work, ended of the unemployed."""
    jobs = spans[spans["employer"] != NO_EMPLOYER].drop_duplicates("person", keep="last")
    jobs = jobs[rng.random(len(jobs)) < EMPLOYMENT_REGISTERED_SHARE]
    person = jobs["person"].to_numpy()
    livelihood = people["livelihood"].to_numpy()[person]
    ended = (livelihood != Livelihood.EMPLOYED) | people["status"].isin(DEPARTED).to_numpy()[person]
    begun = _first_days(jobs["first"].to_numpy()) + rng.integers(0, 15, len(jobs))
    registered_on = np.minimum(begun + rng.integers(1, 25, len(jobs)), np.datetime64(on, "D"))
    last_day = _first_days(jobs["last"].to_numpy() + 1) - np.timedelta64(1, "D")
    contract_ends = begun + rng.choice([730, 1095, 1826], len(jobs))
    return pd.DataFrame(
        {
            "person": person,
            "employer": jobs["employer"].to_numpy(),
            "registered_on": np.where(ended, np.minimum(registered_on, last_day), registered_on),
            "begun_on": begun,
            "ends_on": np.where(ended, last_day, contract_ends),
            "is_open": ~ended,
            "is_endless": ~ended & (rng.random(len(jobs)) < 0.2),  # noqa: PLR2004 - one in five
        }
    )


def _first_days(months: Ints) -> Days:
    since_1970 = (months - month_key(date(1970, 1, 1))).astype("datetime64[M]")
    return np.asarray(since_1970.astype("datetime64[D]"))


def invent_benefits(
    rng: np.random.Generator, people: pd.DataFrame, unemployment: pd.DataFrame, newest: int
) -> pd.DataFrame:
    """person, kind, first and last month drawn; last is NaN where nobody knows the end."""
    pensioners = people.index[people["pension_from"].notna() & ~people["status"].isin(DEPARTED)]
    pensions = pd.DataFrame(
        {
            "person": pensioners,
            "kind": BenefitKind.PENSION.value,
            "first": people.loc[pensioners, "pension_from"].astype(int).to_numpy(),
            "last": np.nan,
        }
    )
    entitled = unemployment["is_involuntary"] & (
        rng.random(len(unemployment)) < 0.6  # noqa: PLR2004 - six in ten claim it
    )
    spells = unemployment[entitled]
    first = _months(spells["registered_on"].to_numpy()) + 1
    last = first + rng.choice([5, 11, 17], len(spells))
    ended = spells["ended_on"].notna().to_numpy()
    closing = np.where(
        ended, _months(spells["ended_on"].fillna(spells["lost_on"]).to_numpy()), last
    )
    drawn = pd.DataFrame(
        {
            "person": spells["person"].to_numpy(),
            "kind": BenefitKind.UNEMPLOYMENT_BENEFIT.value,
            "first": first,
            "last": np.maximum(first, np.minimum(last, closing)),
        }
    )
    return pd.concat([pensions, drawn[drawn["first"] <= newest + 1]], ignore_index=True)


def invent_degrees(rng: np.random.Generator, people: pd.DataFrame, on: date) -> pd.DataFrame:
    """Degrees of the younger half, the studies students are in, and some evening classes."""
    young = people[people["age"].between(17, 45) & (rng.random(len(people)) < 0.75)]  # noqa: PLR2004
    shares = np.array([share for _, share in LEVELS.values()], dtype=float)
    level = rng.choice(len(LEVELS), len(young), p=shares / shares.sum())
    evening = (young["age"].to_numpy() > 26) & (rng.random(len(young)) < 0.12)  # noqa: PLR2004
    graduation = _graduations(rng, young, level, evening, on)
    studying = (young["livelihood"] == Livelihood.STUDENT).to_numpy()
    known = studying | (graduation < np.datetime64(on, "D"))
    entry = (graduation.astype("datetime64[Y]") - STUDY_YEARS).astype("datetime64[D]")
    serial = rng.integers(10**9, 10**10, len(young))
    degrees = pd.DataFrame(
        {
            "person": young.index.to_numpy(),
            "school": rng.choice(SCHOOLS, len(young)),
            "subject": rng.choice(SUBJECTS, len(young)),
            "level": np.array([each.value for each in LEVELS], dtype=object)[level],
            "entered_on": entry + np.timedelta64(243, "D"),
            "graduated_on": graduation,
            "form": np.where(evening, StudyForm.PART_TIME.value, StudyForm.FULL_TIME.value),
            "certificate": np.char.add("10335", serial.astype("U10")),
        }
    )
    degrees.loc[studying, "certificate"] = ""
    return degrees[known].reset_index(drop=True)


def _graduations(
    rng: np.random.Generator, young: pd.DataFrame, level: Ints, evening: Flags, on: date
) -> Days:
    """Late June of the year somebody reaches the level's age; of students, one to come."""
    age = np.array([usual for usual, _ in LEVELS.values()])[level] + rng.integers(0, 2, len(level))
    years = young["born_on"].dt.year.to_numpy() + age + np.where(evening, 5, 0)
    to_come = on.year + 1 + rng.integers(0, STUDY_YEARS, len(level))
    studying = (young["livelihood"] == Livelihood.STUDENT).to_numpy()
    years = np.where(studying, to_come, years)
    june = (years - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    return np.asarray(june + rng.integers(165, 182, len(level)))
