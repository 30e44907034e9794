"""What part of the ledger somebody asks for, as it stands in the address."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Self

from models.vocabulary.places import CODE_LENGTHS
from models.vocabulary.services import ServiceKind

USUAL_DAYS = 90
LONGEST_NUMBER = 18  # fits any key


@dataclass(frozen=True)
class Ledger:
    """One list of services; None is any, and a day without an end is open."""

    kind: ServiceKind | None = None
    community: str | None = None
    worker: int | None = None
    from_on: date | None = None
    to_on: date | None = None

    @classmethod
    def read(cls, arguments: Mapping[str, str], *, on: date) -> Self:
        """What an address or a form says; the last three months where it names no first day."""
        first = arguments.get("from")
        return cls(
            kind=next((k for k in ServiceKind if k.value == arguments.get("kind")), None),
            community=_code(arguments.get("community")),
            worker=_number(arguments.get("worker")),
            from_on=on - timedelta(days=USUAL_DAYS) if first is None else _day(first),
            to_on=_day(arguments.get("to")),
        )

    def arguments(self, **changes: object) -> dict[str, Any]:
        """As an address wants them; an empty first day says that none is meant."""
        changed = replace(self, **changes)  # type: ignore[arg-type] # by the names of the fields
        values: dict[str, Any] = {
            "kind": changed.kind.value if changed.kind else None,
            "community": changed.community,
            "worker": changed.worker,
            "from": changed.from_on or "",
            "to": changed.to_on,
        }
        return {name: str(value) for name, value in values.items() if value is not None}

    def without_kind(self) -> Self:
        return replace(self, kind=None)


@dataclass(frozen=True)
class Place:
    """Where a page ends: the day of its last line, and the item."""

    day: date
    item_id: int

    @classmethod
    def read(cls, text: str | None) -> Self | None:
        """None where the text is no place, which is the list's beginning."""
        day, _, number = (text or "").partition(".")
        known, item = _day(day), _number(number)
        return None if known is None or item is None else cls(known, item)

    def __str__(self) -> str:
        return f"{self.day}.{self.item_id}"


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _number(text: str | None) -> int | None:
    is_number = text and text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER
    return int(text) if text and is_number else None


def _code(text: str | None) -> str | None:
    is_code = text and text.isascii() and text.isdecimal() and len(text) in CODE_LENGTHS
    return text if is_code else None
