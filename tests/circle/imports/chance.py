"""Made-up months of a bureau: files drawn at random, each following from the one before."""

from dataclasses import dataclass, field
from random import Random

from tests.circle.imports.conftest import (
    CASELOAD,
    COMMUNITY,
    HOUSEHOLD,
    INSURANCE,
    OTHER_COMMUNITY,
    SUBSISTENCE,
    UNEMPLOYMENT,
    number,
)

Sheet = list[list[str]]
BORN = ("19580615", "19640110", "19850615", "19990301", "20090520")
STATUSES = [("正常", "")] * 12 + [("死亡", "2026-10-05"), ("迁出", "2026-09-30"), ("参军", "")]
PLACES = (COMMUNITY, COMMUNITY, OTHER_COMMUNITY)
MONTHS = ("202605", "202606", "202607", "202608")


@dataclass
class Chance:
    """Repeatable: the same seed draws the same files."""

    seed: int
    people: int = 60
    random: Random = field(init=False)
    known: list[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)  # noqa: S311 - repeatable chance, no secret
        self.known = [
            (f"居民{serial}", number(serial, self.random.choice(BORN)))
            for serial in range(2, self.people + 2)
        ]

    def some(self, share: float) -> list[tuple[str, str]]:
        return [person for person in self.known if self.random.random() < share]

    def household(self, share: float = 0.95) -> Sheet:
        rows = []
        for at, (name, document) in enumerate(self.some(share)):
            status, day = self.random.choice(STATUSES)
            said = name if self.random.random() < 0.97 else f"{name}改"
            place = self.random.choice(PLACES)
            rows.append([f"H{at // 3}", "户主", said, document, "葛巷路1号", place, status, day])
        return [HOUSEHOLD, *rows]

    def caseload(self, share: float = 0.5) -> Sheet:
        worker = ("worker", "worker2", "")
        state = ("", "就业", "失业")
        rows = [
            [name, document, "", "葛巷社区", self.random.choice(("2026-03-01", "2026-10-01")),
             self.random.choice(worker), self.random.choice(("就业困难人员", "")),
             self.random.choice(state), "保洁", self.random.choice(("", "2026-10-15"))]
            for name, document in self.some(share)
        ]  # fmt: skip
        return [CASELOAD, *rows]

    def insurance(self, month: str, share: float = 0.7) -> Sheet:
        """Mostly of its month, some back-payments, two employers."""
        rows = []
        for name, document in self.some(share):
            months = [month]
            if self.random.random() < 0.15:
                months.append(self.random.choice(MONTHS))
            base = self.random.choice(("2400", "5000", "8000"))
            employer = self.random.choice(("E1", "E2"))
            rows += [
                [name, document, "养老保险", paid, base, employer, f"单位{employer}", "已到账"]
                for paid in dict.fromkeys(months)
            ]
        return [INSURANCE, *rows]

    def unemployment(self, share: float = 0.3) -> Sheet:
        rows = []
        for name, document in self.some(share):
            on = self.random.choice(("2026-05-10", "2026-09-01"))
            over = self.random.random() < 0.2
            ended = ["无效", "2026-10-20", "就业"] if over else ["有效", "", ""]
            place = self.random.choice(PLACES)
            rows.append([on, document, name, on, "合同到期", "", place, *ended])
        return [UNEMPLOYMENT, *rows]

    def subsistence(self, share: float = 0.3) -> Sheet:
        rows = [
            [name, document, "D1", self.random.choice(("低保", "低保边缘", "特困")), "2025年3月",
             "886.5", self.random.choice(("有", "无", "")), self.random.choice(PLACES)]
            for name, document in self.some(share)
        ]  # fmt: skip
        return [SUBSISTENCE, *rows]
