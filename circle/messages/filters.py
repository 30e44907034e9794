"""What part of the outbox somebody asks for, as it stands in the address."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from models.vocabulary.messages import MessageKind, MessageState

LONGEST_NUMBER = 18


@dataclass(frozen=True)
class Wanted:
    """One list of messages; None is any."""

    state: MessageState | None = None
    kind: MessageKind | None = None

    @classmethod
    def read(cls, arguments: Mapping[str, str]) -> Self:
        """Words an address should not hold are passed over."""
        return cls(
            state=next((s for s in MessageState if s.value == arguments.get("state")), None),
            kind=next((k for k in MessageKind if k.value == arguments.get("kind")), None),
        )

    def arguments(self, **changes: object) -> dict[str, Any]:
        changed = replace(self, **changes)  # type: ignore[arg-type] # by the names of the fields
        values = {"state": changed.state, "kind": changed.kind}
        return {name: value.value for name, value in values.items() if value is not None}


def place_of(text: str | None) -> int | None:
    """The number of the message a page ends with; None where the text is none."""
    is_number = text and text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER
    return int(text) if text and is_number else None
