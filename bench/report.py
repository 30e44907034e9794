"""The table of what was measured."""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

REASON_LENGTH = 120
COLUMNS = ("work", "size", "figure", "yardstick", "ratio", "bar", "", "MiB", "statements")


@dataclass(frozen=True)
class Bar:
    """What a value is held to, and how it reads: `≤ 4 ×`."""

    sign: str
    value: float
    unit: str = "×"

    def is_met(self, value: float) -> bool:
        return SIGNS[self.sign](value, self.value)

    def __str__(self) -> str:
        return f"{self.sign}{self.value:g} {self.unit}"


SIGNS: dict[str, Callable[[float, float], bool]] = {"≤": operator.le, "≥": operator.ge}


@dataclass(frozen=True)
class Line:
    """`value` is what the bar holds, a ratio unless the bar names another unit."""

    work: str
    size: str
    figure: str
    yardstick: str = "–"
    value: float | None = None
    bar: Bar | None = None
    peak_mib: int | None = None
    statements: str = "–"

    def cells(self) -> tuple[str, ...]:
        ratio = self.value is not None and (self.bar is None or self.bar.unit == "×")
        return (
            self.work,
            self.size,
            self.figure,
            self.yardstick,
            f"{self.value:.2f}" if ratio else "–",
            str(self.bar) if self.bar else "–",
            self.verdict,
            "–" if self.peak_mib is None else str(self.peak_mib),
            self.statements,
        )

    @property
    def verdict(self) -> str:
        if self.bar is None or self.value is None:
            return "–"
        return "pass" if self.bar.is_met(self.value) else "MISS"


def failed(work: str, error: Exception) -> Line:
    reason = " ".join(f"{type(error).__name__} {error}".split())
    return Line(work, "–", f"FAILED: {reason[:REASON_LENGTH]}")


def table(lines: Sequence[Line]) -> str:
    """As Markdown, the columns aligned."""
    rows = [COLUMNS, *(line.cells() for line in lines)]
    widths = [max(_width(row[at]) for row in rows) for at in range(len(COLUMNS))]
    ruled = [rows[0], tuple("-" * width for width in widths), *rows[1:]]
    return "\n".join(_row(row, widths) for row in ruled)


def row(line: Line) -> str:
    """One line as it comes, before the widths of the others are known."""
    cells = line.cells()
    return _row(cells, [0] * len(cells))


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True)
    )
    return f"| {' | '.join(padded)} |"


def _width(cell: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in cell)
