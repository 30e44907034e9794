"""What part of the posts somebody asks for, as it stands in the address."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self, TypeVar

from models.vocabulary.labelled import Labelled
from models.vocabulary.places import CODE_LENGTHS
from models.vocabulary.posts import PostState
from models.vocabulary.residents import WorkKind

Word = TypeVar("Word", bound=Labelled)
TEXT_LENGTH = 40


@dataclass(frozen=True)
class Wanted:
    """One list of posts; None is any."""

    state: PostState | None = None
    kind: WorkKind | None = None
    community: str | None = None
    employer: int | None = None
    q: str = ""

    @classmethod
    def read(cls, arguments: Mapping[str, str]) -> Self:
        """What an address says; words it should not hold are passed over."""
        return cls(
            state=_member(PostState, arguments.get("state")),
            kind=_member(WorkKind, arguments.get("kind")),
            community=_code(arguments.get("community")),
            employer=read_number(arguments.get("employer")),
            q=arguments.get("q", "").strip()[:TEXT_LENGTH],
        )

    def arguments(self, **changes: object) -> dict[str, Any]:
        """As an address wants them, with what is to differ; what is usual is left out."""
        changed = replace(self, **changes)  # type: ignore[arg-type] # by the names of the fields
        values = ((field.name, getattr(changed, field.name)) for field in fields(self))
        return {name: str(value) for name, value in values if value}

    @property
    def narrows(self) -> bool:
        return bool(self.arguments())


def read_number(text: str | None) -> int | None:
    is_number = text and text.isascii() and text.isdecimal() and len(text) < 10  # noqa: PLR2004 - fits any database
    return int(text) if text and is_number else None


def _member(enumeration: type[Word], word: str | None) -> Word | None:
    return next((member for member in enumeration if member.value == word), None)


def _code(text: str | None) -> str | None:
    known = text and text.isascii() and text.isdecimal() and len(text) in CODE_LENGTHS
    return text if known else None
