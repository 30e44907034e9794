"""What part of the to-do list somebody asks for, as it stands in the address."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Self

from models.staff import Account
from models.vocabulary.labelled import Labelled
from models.vocabulary.places import CODE_LENGTHS
from models.vocabulary.staff import Role
from models.vocabulary.tasks import TaskKind


class When(Labelled):
    ALL = "all", "全部"
    OVERDUE = "overdue", "已超期"
    WEEK = "week", "7天内到期"
    SNOOZED = "snoozed", "已延后"


class Desk(Labelled):
    """Whose tasks: a worker has their own, a supervisor the queue and the whole division."""

    MINE = "mine", "我的待办"
    QUEUE = "queue", "待分配"
    DIVISION = "division", "全部在办"


DESKS: dict[Role, tuple[Desk, ...]] = {
    Role.WORKER: (Desk.MINE,),
    Role.STREET: (Desk.QUEUE, Desk.DIVISION, Desk.MINE),
    Role.DISTRICT: (Desk.QUEUE, Desk.DIVISION, Desk.MINE),
}


@dataclass(frozen=True)
class Wanted:
    """One list: a desk, a time, a kind, a community; None is any."""

    desk: Desk
    when: When = When.ALL
    kind: TaskKind | None = None
    community: str | None = None

    @classmethod
    def read(cls, arguments: Mapping[str, str], actor: Account) -> Self:
        """What an address says; words it should not hold are passed over."""
        desks = desks_of(actor)
        desk = _member(Desk, arguments.get("desk"))
        return cls(
            desk=desk if desk in desks else desks[0],
            when=_member(When, arguments.get("when")) or When.ALL,
            kind=_member(TaskKind, arguments.get("kind")),
            community=_code(arguments.get("community")),
        )

    def arguments(self, **changes: object) -> dict[str, Any]:
        """As an address wants them, with what is to differ; the usual values are left out."""
        changed = replace(self, **changes)  # type: ignore[arg-type] # by the names of the fields
        values = {field.name: getattr(changed, field.name) for field in fields(changed)}
        values = {name: value for name, value in values.items() if value is not None}
        return {name: str(value) for name, value in values.items() if value != When.ALL}


def desks_of(actor: Account) -> tuple[Desk, ...]:
    return DESKS.get(actor.role, (Desk.MINE,))


@dataclass(frozen=True)
class Place:
    """Where a page of lines ends: the last line's due day, priority and resident."""

    due_on: date
    priority: int
    resident_id: int

    @classmethod
    def read(cls, text: str | None) -> Self | None:
        """None where the text is no place, which is the list's beginning."""
        try:
            day, priority, resident = (text or "").split(".")
            return cls(date.fromisoformat(day), int(priority), int(resident))
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.due_on:%Y%m%d}.{self.priority}.{self.resident_id}"


def _member(enumeration: type[Labelled], word: str | None) -> Any:  # noqa: ANN401 - the member's own type
    return next((member for member in enumeration if member.value == word), None)


def _code(text: str | None) -> str | None:
    known = text and text.isascii() and text.isdecimal() and len(text) in CODE_LENGTHS
    return text if known else None
