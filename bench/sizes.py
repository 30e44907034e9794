"""How much of everything is measured."""

from dataclasses import dataclass
from datetime import date

ON = date(2026, 11, 21)
SEED = 1
RESIDENTS_A_WORKER = 400
KNOWN_TASKS_A_RESIDENT = 3
# An invented district's insurance month has so many rows a resident.
ROWS_A_RESIDENT = 1.48
CHANGED_EVERY = 100
# The large to-do list is held against one of so many times fewer tasks.
SMALLER_BY = 100
FEWEST_RESIDENTS = 300


@dataclass(frozen=True)
class Sizes:
    """`rows` are of the insurance month; `cases` are matched with `posts`;
    `requests` of each page; `sign_ins` of each database.
    """

    residents: int = 1_000_000
    rows: int = 1_000_000
    requests: int = 500
    sign_ins: int = 10
    cases: int = 50_000
    posts: int = 100_000

    @property
    def residents_in_file(self) -> int:
        return max(FEWEST_RESIDENTS, round(self.rows / ROWS_A_RESIDENT))

    @property
    def fewer_residents(self) -> int:
        return max(FEWEST_RESIDENTS, self.residents // SMALLER_BY)
