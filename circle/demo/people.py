"""Households and the people in them, as the household register would hold them.

One row a person, the head of a household first; migrants stand behind the registered, each a
household alone, and only the employment offices know of them.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from circle.demo.divisions import MODEL_COMMUNITY, MODEL_STREET, communities
from circle.demo.names import invented_names, invented_surnames
from circle.demo.numbers import Days, Flags, Ints, Texts, citizen_numbers, mobile_numbers, pick
from models.vocabulary.facts import RegisterStatus

DAYS_A_YEAR = 365.2425
MIGRANT_SHARE = 0.05
# Where the demonstration looks closer, more people live.
WEIGHTS = {MODEL_STREET: 7.0, MODEL_COMMUNITY: 3.0}
HOUSE_NUMBERS = 300

# Areas that issued the numbers of people who live here: 余杭 as district, county and city of
# its time, its neighbours, and the provinces people come from.
HOME_AREAS = (330110, 330125, 330184, 330106, 330105, 330109, 330521, 330424)
HOME_AREA_WEIGHTS = (0.5, 0.17, 0.15, 0.06, 0.05, 0.03, 0.02, 0.02)
AWAY_AREAS = (341221, 411381, 360430, 522425, 421181, 511322, 330421, 610115)
PERMIT_AREAS = (810000, 820000, 830000)
PERMIT_SHARE = 0.002

ROADS = ("文一西路", "良睦路", "海曙路", "荆长路", "高教路", "溪望路", "舒心路", "凤新路", "景兴路")


@dataclass(frozen=True)
class Member:
    """Someone of a household: years older than the head, and whose sex it is by."""

    relation: str
    older_from: float
    older_to: float
    sex: str = "any"


@dataclass(frozen=True)
class Household:
    """A shape of household: how many in a thousand, how old the head is, who else is in it."""

    per_thousand: int
    head_from: int
    head_to: int
    others: tuple[Member, ...] = ()


SPOUSE = Member("配偶", -5, 3, "opposite")
CHILD = Member("子女", -32, -23)
SECOND_CHILD = Member("子女", -36, -28)
PARENT = Member("父母", 22, 31)

HOUSEHOLDS = (
    Household(150, 19, 62),
    Household(60, 60, 88),
    Household(150, 24, 62, (SPOUSE,)),
    Household(110, 58, 84, (SPOUSE,)),
    Household(240, 26, 58, (SPOUSE, CHILD)),
    Household(110, 30, 56, (SPOUSE, CHILD, SECOND_CHILD)),
    Household(50, 26, 56, (CHILD,)),
    Household(90, 28, 52, (SPOUSE, CHILD, PARENT)),
    Household(40, 30, 54, (SPOUSE, CHILD, PARENT, Member("父母", 22, 31))),
)
SLOTS = 1 + max(len(household.others) for household in HOUSEHOLDS)
HEAD = Member("户主", 0, 0)
NOBODY = Member("", 0, 0)
TABLE = [[HEAD, *shape.others, *[NOBODY] * (SLOTS - 1 - len(shape.others))] for shape in HOUSEHOLDS]


def invent_people(rng: np.random.Generator, residents: int, on: date) -> pd.DataFrame:
    """`residents` registered people and some migrants, with every column but their livelihood."""
    migrants = round(residents * MIGRANT_SHARE)
    shapes = _shapes(rng, residents)
    sizes = np.array([1 + len(shape.others) for shape in HOUSEHOLDS])[shapes]
    household = np.repeat(np.arange(len(shapes)), sizes)[:residents]
    slot = np.arange(len(household)) - np.searchsorted(household, household)
    people = pd.DataFrame(
        {
            "household": np.append(household, len(shapes) + np.arange(migrants)),
            "slot": np.append(slot, np.zeros(migrants, dtype=np.int64)),
            "is_migrant": np.arange(residents + migrants) >= residents,
        }
    )
    people["shape"] = np.append(shapes[household], np.zeros(migrants, dtype=np.int64))
    _give_birth(rng, people, on)
    _give_names(rng, people)
    _give_homes(rng, people)
    _give_status(rng, people, on)
    people["phone"] = mobile_numbers(rng, len(people))
    return people.drop(columns=["slot", "shape"])


def ages(people: pd.DataFrame, on: date) -> npt.NDArray[np.float64]:
    """Years, with their fraction."""
    lived = np.datetime64(on, "D") - people["born_on"].to_numpy().astype("datetime64[D]")
    return np.asarray(lived.astype(np.int64) / DAYS_A_YEAR)


def _shapes(rng: np.random.Generator, residents: int) -> Ints:
    """Enough households for the residents; the last is cut off where it is too many."""
    weights = np.array([shape.per_thousand for shape in HOUSEHOLDS], dtype=float)
    return np.asarray(rng.choice(len(HOUSEHOLDS), residents, p=weights / weights.sum()))


def _give_birth(rng: np.random.Generator, people: pd.DataFrame, on: date) -> None:
    shape, slot = people["shape"].to_numpy(), people["slot"].to_numpy()
    people["relation"] = _of_slot("relation")[shape, slot]
    people["is_male"] = _sexes(rng, people)
    people["born_on"] = _births(rng, people, on)
    areas = np.where(
        people["is_migrant"],
        rng.choice(AWAY_AREAS, len(people)),
        rng.choice(HOME_AREAS, len(people), p=HOME_AREA_WEIGHTS),
    )
    permits = rng.random(len(people)) < PERMIT_SHARE
    areas[permits] = rng.choice(PERMIT_AREAS, int(permits.sum()))
    people["number"] = citizen_numbers(
        areas, people["born_on"].to_numpy(), people["is_male"].to_numpy()
    )


def _of_slot(attribute: str) -> Texts:
    return np.array([[getattr(member, attribute) for member in row] for row in TABLE], dtype=object)


def _sexes(rng: np.random.Generator, people: pd.DataFrame) -> Flags:
    drawn = rng.random(len(people)) < 0.5  # noqa: PLR2004 - a coin
    rule = _of_slot("sex")[people["shape"].to_numpy(), people["slot"].to_numpy()]
    head = drawn[_head_positions(people)]
    return np.where(rule == "opposite", ~head, drawn)


def _head_positions(people: pd.DataFrame) -> Ints:
    return np.asarray(np.arange(len(people)) - people["slot"].to_numpy())


def _births(rng: np.random.Generator, people: pd.DataFrame, on: date) -> Days:
    shape, slot = people["shape"].to_numpy(), people["slot"].to_numpy()
    spread = rng.random(len(people))
    oldest = np.array([each.head_to for each in HOUSEHOLDS])[shape]
    youngest = np.array([each.head_from for each in HOUSEHOLDS])[shape]
    head_age = (youngest + (oldest - youngest) * spread)[_head_positions(people)]
    older_from = _of_slot("older_from")[shape, slot].astype(float)
    older_to = _of_slot("older_to")[shape, slot].astype(float)
    older = older_from + (older_to - older_from) * rng.random(len(people))
    age = np.clip(head_age + older, 0.1 + spread, 99)
    return np.asarray(np.datetime64(on, "D") - (age * DAYS_A_YEAR).astype("timedelta64[D]"))


def _give_names(rng: np.random.Generator, people: pd.DataFrame) -> None:
    surnames = invented_surnames(rng, len(people))
    follows = people["relation"].isin(["子女"]).to_numpy()
    surnames[follows] = surnames[_head_positions(people)[follows]]
    people["name"] = invented_names(rng, surnames, people["is_male"].to_numpy())


def _give_homes(rng: np.random.Generator, people: pd.DataFrame) -> None:
    places = communities()
    weights = rng.uniform(0.4, 1.6, len(places)) * np.array(
        [WEIGHTS.get(place.code, 1.0) * WEIGHTS.get(place.street, 1.0) for place in places]
    )
    households = int(people["household"].iloc[-1]) + 1
    home = rng.choice(len(places), households, p=weights / weights.sum())
    doors = rng.integers(1, HOUSE_NUMBERS, (households, 4))
    addresses = [
        _address(places[at].address_name, door)
        for at, door in zip(home, doors.tolist(), strict=True)
    ]
    household = people["household"].to_numpy()
    for column in ("code", "name", "street", "street_name"):
        values = np.array([getattr(place, column) for place in places], dtype=object)
        people[f"community_{column}"] = values[home][household]
    people["address"] = ("浙江省杭州市余杭区" + people["community_street_name"]) + np.array(
        addresses, dtype=object
    )[household]


def _address(place: str, door: list[int]) -> str:
    house, entrance, floor, flat = door
    if place.endswith("村"):
        return f"{place}{house % 22 + 1}组{entrance % 90 + 1}号"
    road = ROADS[house % len(ROADS)]
    building = f"{road}{house}号{entrance % 26 + 1}幢{floor % 4 + 1}单元"
    return f"{place}{building}{floor % 17 + 1}0{flat % 4 + 1}室"


def _give_status(rng: np.random.Generator, people: pd.DataFrame, on: date) -> None:
    age = ages(people, on)
    registered = ~people["is_migrant"].to_numpy()
    count = len(people)
    status = np.full(count, RegisterStatus.NORMAL.value, dtype=object)
    recruits = registered & people["is_male"].to_numpy() & (age >= 18) & (age < 24)  # noqa: PLR2004
    for state, among, share in (
        (RegisterStatus.MOVED_OUT, registered, 0.006),
        (RegisterStatus.DEAD, registered & (age >= 35), 0.006),  # noqa: PLR2004
        (RegisterStatus.ARMY, recruits, 0.04),
    ):
        status[pick(rng, among, -int(-among.sum() * share // 1))] = state.value
    people["status"] = status
    since = np.datetime64(on, "D") - rng.integers(20, 700, count).astype("timedelta64[D]")
    people["status_on"] = np.where(status == RegisterStatus.NORMAL, np.datetime64("NaT"), since)
