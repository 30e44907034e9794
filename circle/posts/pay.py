"""What a post pays, and the same reckoned to a month of full-time work.

A month has 21.75 paid days of eight hours (人社部发〔2025〕2号: (365 - 104) / 12), 174 hours.
"""

from dataclasses import dataclass
from fractions import Fraction

from models.vocabulary.posts import PayUnit

PAID_DAYS_A_MONTH = Fraction(87, 4)
HOURS_A_DAY = 8
MONTHS_A_YEAR = 12
# How many of the unit make a month; what is paid by the piece cannot be told.
A_MONTH_HAS: dict[PayUnit, Fraction] = {
    PayUnit.MONTH: Fraction(1),
    PayUnit.DAY: PAID_DAYS_A_MONTH,
    PayUnit.HOUR: PAID_DAYS_A_MONTH * HOURS_A_DAY,
    PayUnit.YEAR: Fraction(1, MONTHS_A_YEAR),
}


@dataclass(frozen=True)
class Pay:
    """Fen in the unit; one bound alone is 以上 or 以内, neither is to be negotiated (面议).

    `months` is how many wages a year has, where pay is told by the month: 13薪 is 13.
    """

    unit: PayUnit
    low_fen: int | None = None
    high_fen: int | None = None
    months: int = MONTHS_A_YEAR

    @property
    def is_negotiable(self) -> bool:
        return self.low_fen is None and self.high_fen is None

    def by_month(self) -> tuple[int | None, int | None]:
        """Fen a month, a thirteenth wage spread over the year; None where it cannot be told."""
        return self._monthly(self.low_fen), self._monthly(self.high_fen)

    def _monthly(self, fen: int | None) -> int | None:
        if fen is None or self.unit not in A_MONTH_HAS:
            return None
        wages = self.months if self.unit is PayUnit.MONTH else MONTHS_A_YEAR
        return round(fen * A_MONTH_HAS[self.unit] * wages / MONTHS_A_YEAR)
