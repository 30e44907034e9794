"""余杭区 and all below it: codes and names of the National Bureau of Statistics, June 2023.

Positions (WGS-84) are invented: communities lie around the seat of their street, as far apart as
they are there, so that walks come out plausible.
"""

import csv
from dataclasses import dataclass
from importlib import resources

from models.vocabulary.places import DivisionLevel, level_of, parent_of

DISTRICT = "330110"
# 仓前街道 and 葛巷社区, where the reporting behind this product took place.
MODEL_STREET = "330110012"
MODEL_COMMUNITY = "330110012004"


@dataclass(frozen=True)
class Community:
    code: str
    name: str
    street: str
    street_name: str

    @property
    def address_name(self) -> str:
        """The name as it stands in an address: a village, not its committee."""
        return self.name.replace("村委会", "村").replace("类似社区", "")


def divisions() -> list[tuple[str, str]]:
    """(code, name), a parent always before its children."""
    return [(row["code"], row["name"]) for row in placed_divisions()]


def placed_divisions() -> list[dict[str, str]]:
    """As `load_divisions` takes them in: code, name, latitude, longitude."""
    text = resources.files("circle.demo").joinpath("divisions.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def streets() -> list[tuple[str, str]]:
    return [(code, name) for code, name in divisions() if level_of(code) is DivisionLevel.STREET]


def communities() -> list[Community]:
    names = dict(divisions())
    return [
        Community(code, name, street, names[street])
        for code, name in names.items()
        if level_of(code) is DivisionLevel.COMMUNITY and (street := parent_of(code))
    ]
