"""A stored value that carries the Chinese words people read."""

from enum import StrEnum
from typing import Self


class Labelled(StrEnum):
    """A member is `NAME = "stored value", "中文"`; the label is a gettext msgid."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """(stored value, label) in the written order, as a form field wants them."""
        return [(member.value, member.label) for member in cls]
