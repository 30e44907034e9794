"""What part of the queue a reviewer asks for, as it stands in the address."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self, TypeVar

from models.vocabulary.labelled import Labelled
from models.vocabulary.places import CODE_LENGTHS
from models.vocabulary.posts import PostDoor, Severity

Word = TypeVar("Word", bound=Labelled)
LONGEST_NUMBER = 9
NOTHING_FLAGGED = "none"


@dataclass(frozen=True)
class Wanted:
    """One queue; empty is any. `flags` is a severity, or "none": nothing to look at."""

    community: str = ""
    door: PostDoor | None = None
    flags: str = ""
    batch: int | None = None
    complaints: bool = False

    @classmethod
    def read(cls, arguments: Mapping[str, str]) -> Self:
        """What an address says; words it should not hold are passed over."""
        flags = arguments.get("flags", "")
        return cls(
            community=_code(arguments.get("community", "")),
            door=_member(PostDoor, arguments.get("door")),
            flags=flags if flags == NOTHING_FLAGGED or _member(Severity, flags) else "",
            batch=read_number(arguments.get("batch")),
            complaints=arguments.get("complaints") == "1",
        )

    def arguments(self, **changes: object) -> dict[str, Any]:
        """As an address wants them, with what is to differ; what is usual is left out."""
        changed = replace(self, **changes)  # type: ignore[arg-type] # by the names of the fields
        values = {field.name: getattr(changed, field.name) for field in fields(changed)}
        return {
            name: "1" if value is True else str(value) for name, value in values.items() if value
        }


def read_number(text: str | None) -> int | None:
    is_number = text is not None and text.isascii() and text.isdecimal()
    return int(text) if text and is_number and len(text) <= LONGEST_NUMBER else None


def _member(enumeration: type[Word], word: str | None) -> Word | None:
    return next((member for member in enumeration if member.value == word), None)


def _code(text: str) -> str:
    return text if text.isascii() and text.isdecimal() and len(text) in CODE_LENGTHS else ""
