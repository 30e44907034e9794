"""What part of the caseload somebody asks for, as it stands in the address."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Self, TypeVar

from models.vocabulary.cases import CaseOrder, CaseStage, CaseState, ContactGap
from models.vocabulary.labelled import Labelled
from models.vocabulary.places import CODE_LENGTHS
from models.vocabulary.residents import CategoryCode

Word = TypeVar("Word", bound=Labelled)
NOBODY = 0  # the worker of cases that wait in the street's queue


@dataclass(frozen=True)
class Caseload:
    """One list of cases; None is any."""

    state: CaseState = CaseState.OPEN
    stage: CaseStage | None = None
    category: CategoryCode | None = None
    gap: ContactGap | None = None
    worker: int | None = None
    community: str | None = None
    order: CaseOrder = CaseOrder.CONTACT

    @classmethod
    def read(cls, arguments: Mapping[str, str]) -> Self:
        """What an address or a form says; words it should not hold are passed over."""
        return cls(
            state=_member(CaseState, arguments.get("state")) or CaseState.OPEN,
            stage=_member(CaseStage, arguments.get("stage")),
            category=_member(CategoryCode, arguments.get("category")),
            gap=_member(ContactGap, arguments.get("gap")),
            worker=_number(arguments.get("worker")),
            community=_code(arguments.get("community")),
            order=_member(CaseOrder, arguments.get("order")) or CaseOrder.CONTACT,
        )

    def arguments(self, **changes: object) -> dict[str, Any]:
        """As an address wants them, with what is to differ; the usual values are left out."""
        changed = replace(self, **changes)  # type: ignore[arg-type] # by the names of the fields
        values = {
            field.name: (getattr(changed, field.name), field.default) for field in fields(changed)
        }
        return {name: str(value) for name, (value, usual) in values.items() if value != usual}

    @property
    def narrows(self) -> bool:
        """Whether anything but the order differs from the whole list of open cases."""
        return bool(self.arguments(order=CaseOrder.CONTACT))


@dataclass(frozen=True)
class Place:
    """Where a page ends: the day its last line is sorted by, and the case."""

    day: date
    case_id: int

    @classmethod
    def read(cls, text: str | None) -> Self | None:
        """None where the text is no place, which is the list's beginning."""
        try:
            day, number = (text or "").split(".")
            case_id = _number(number)
            return None if case_id is None else cls(date.fromisoformat(day), case_id)
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.day:%Y%m%d}.{self.case_id}"


def _member(enumeration: type[Word], word: str | None) -> Word | None:
    return next((member for member in enumeration if member.value == word), None)


def _number(text: Any) -> int | None:  # noqa: ANN401 - whatever an address holds
    is_number = isinstance(text, str) and text.isascii() and text.isdecimal()
    return int(text) if is_number and len(text) < 10 else None  # noqa: PLR2004 - fits any database


def _code(text: str | None) -> str | None:
    known = text and text.isascii() and text.isdecimal() and len(text) in CODE_LENGTHS
    return text if known else None
