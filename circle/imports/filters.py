"""What part of the batches somebody asks for, as it stands in the address."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, TypeVar

from models.vocabulary.facts import Source
from models.vocabulary.imports import BatchState
from models.vocabulary.labelled import Labelled
from models.vocabulary.months import month_of, month_text

Word = TypeVar("Word", bound=Labelled)
NAME_LENGTH = 100


@dataclass(frozen=True)
class Wanted:
    """One list of batches; None is any."""

    source: Source | None = None
    state: BatchState | None = None
    month: int | None = None
    name: str | None = None  # part of the file's

    @classmethod
    def read(cls, arguments: Mapping[str, str]) -> Self:
        """Words the address should not hold are passed over."""
        return cls(
            _member(Source, arguments.get("source")),
            _member(BatchState, arguments.get("state")),
            _month(arguments.get("month")),
            (arguments.get("name") or "").strip()[:NAME_LENGTH] or None,
        )

    def arguments(self) -> dict[str, str]:
        values = {
            "source": self.source and self.source.value,
            "state": self.state and self.state.value,
            "month": None if self.month is None else month_text(self.month),
            "name": self.name,
        }
        return {name: value for name, value in values.items() if value}


def _member(enumeration: type[Word], value: str | None) -> Word | None:
    return next((member for member in enumeration if member.value == value), None)


def _month(text: str | None) -> int | None:
    try:
        return month_of(text or "")
    except ValueError:
        return None
