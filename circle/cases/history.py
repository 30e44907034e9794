"""The insurance strip: which months of a kind were paid, missed, or are not known yet. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from models.vocabulary.facts import InsuranceKind, MonthState
from models.vocabulary.months import MONTHS_A_YEAR

STRIP_MONTHS = 36


@dataclass(frozen=True)
class Paid:
    """A month paid by an employer (None: none was named); `base_fen` a month's wage base."""

    kind: InsuranceKind
    month: int
    employer: str | None
    base_fen: int | None
    is_employer: bool = True  # False: the file names none, as for people who pay themselves


@dataclass(frozen=True)
class Run:
    """Consecutive months of one state, both ends included."""

    state: MonthState
    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True)
class Strip:
    kind: InsuranceKind
    months: Sequence[tuple[int, MonthState]]

    @property
    def runs(self) -> list[Run]:
        groups = [list(group) for _, group in groupby(self.months, key=lambda entry: entry[1])]
        return [Run(group[0][1], group[0][0], group[-1][0]) for group in groups]

    @property
    def years(self) -> list[tuple[int, list[MonthState | None]]]:
        """Each year with its twelve months, None outside the strip, the newest year first."""
        states = dict(self.months)
        first, last = (month // MONTHS_A_YEAR for month in (min(states), max(states)))
        return [
            (year, [states.get(year * MONTHS_A_YEAR + index) for index in range(MONTHS_A_YEAR)])
            for year in range(last, first - 1, -1)
        ]


@dataclass(frozen=True)
class Tenure:
    """Months one employer paid one kind without a break."""

    kind: InsuranceKind
    employer: str | None
    first: int
    last: int
    base_fen: int | None  # of the last month


def strips(
    paid: Iterable[Paid],
    closed: Collection[tuple[InsuranceKind, int]],
    first_months: dict[InsuranceKind, int],
) -> list[Strip]:
    """A strip for each kind ever paid, all ending in the newest month anything is known of.

    `first_months` holds the first month ever paid of a kind, however long ago.
    """
    months_of: dict[InsuranceKind, set[int]] = {kind: set() for kind in first_months}
    for entry in paid:
        months_of.setdefault(entry.kind, set()).add(entry.month)
    known = [month for _, month in closed] + [
        max(months) for months in months_of.values() if months
    ]
    if not known:
        return []
    window = range(max(known) - STRIP_MONTHS + 1, max(known) + 1)
    return [
        Strip(
            kind,
            [
                (
                    month,
                    _state(month, months_of[kind], (kind, month) in closed, first_months.get(kind)),
                )
                for month in window
            ],
        )
        for kind in InsuranceKind
        if kind in months_of
    ]


def tenures(paid: Iterable[Paid]) -> list[Tenure]:
    """Who paid which kind from when to when, the newest first."""
    found: list[Tenure] = []
    for entry in sorted(paid, key=lambda entry: (entry.kind, entry.employer or "", entry.month)):
        before = found.pop() if found and _goes_on(found[-1], entry) else None
        first = before.first if before else entry.month
        found.append(Tenure(entry.kind, entry.employer, first, entry.month, entry.base_fen))
    order = list(InsuranceKind)
    return sorted(found, key=lambda tenure: (-tenure.last, order.index(tenure.kind)))


def _state(month: int, paid: Collection[int], is_closed: bool, first: int | None) -> MonthState:
    if month in paid:
        return MonthState.PAID
    if not is_closed:
        return MonthState.WAITING
    return MonthState.BEFORE if first is None or month < first else MonthState.MISSING


def _goes_on(tenure: Tenure, entry: Paid) -> bool:
    is_same = (tenure.kind, tenure.employer) == (entry.kind, entry.employer)
    return is_same and entry.month <= tenure.last + 1
