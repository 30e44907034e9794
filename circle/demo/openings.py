"""What the invented employers look for: a line of openings.csv each, by trade."""

import csv
from collections import defaultdict
from dataclasses import dataclass
from importlib import resources

from circle.posts.pay import Pay
from models.vocabulary.facts import EducationLevel
from models.vocabulary.posts import PayUnit
from models.vocabulary.residents import CategoryCode, WishedHours, WorkKind

FEN = 100
HELPED = (CategoryCode.HARD_TO_EMPLOY, CategoryCode.ZERO_EMPLOYMENT_HOUSEHOLD)


@dataclass(frozen=True)
class Opening:
    """Pay in yuan of its unit."""

    title: str
    occupation: str
    kind: WorkKind
    unit: PayUnit
    low: int
    high: int
    hours: WishedHours | None
    shifts: str
    education: EducationLevel | None
    skills: str
    certificates: tuple[str, ...]
    headcount: int
    insurance: bool
    description: str

    def pay(self, more: int = 0) -> Pay:
        """`more` per cent than usual; public-welfare posts are paid alike everywhere."""
        share = 100 if self.kind is WorkKind.PUBLIC_WELFARE else 100 + more
        low, high = (_rounded(yuan * share // 100) for yuan in (self.low, self.high))
        return Pay(self.unit, low * FEN, high * FEN)

    @property
    def helped(self) -> list[CategoryCode]:
        return list(HELPED) if self.kind is WorkKind.PUBLIC_WELFARE else []


def openings() -> dict[str, list[Opening]]:
    """By trade, in the order of the file."""
    text = resources.files("circle.demo").joinpath("openings.csv").read_text(encoding="utf-8")
    by_trade: dict[str, list[Opening]] = defaultdict(list)
    for row in csv.DictReader(text.splitlines()):
        by_trade[row["trade"]].append(_opening(row))
    return dict(by_trade)


def _opening(row: dict[str, str]) -> Opening:
    return Opening(
        title=row["title"],
        occupation=row["occupation"],
        kind=WorkKind(row["kind"]),
        unit=PayUnit(row["unit"]),
        low=int(row["low"]),
        high=int(row["high"]),
        hours=WishedHours(row["hours"]) if row["hours"] else None,
        shifts=row["shifts"],
        education=EducationLevel(row["education"]) if row["education"] else None,
        skills=row["skills"],
        certificates=tuple(row["certificates"].split("、")) if row["certificates"] else (),
        headcount=int(row["headcount"]),
        insurance=row["insurance"] == "yes",
        description=row["description"],
    )


def _rounded(yuan: int) -> int:
    """A month's pay comes in fifties, a day's in tens."""
    step = next(step for least, step in ((1000, 50), (100, 10), (0, 1)) if yuan >= least)
    return round(yuan / step) * step
