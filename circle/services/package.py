"""What a case is owed (131、1131服务), what it was given, and what is still missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from models.policy import Policy
from models.vocabulary.services import ServiceKind


@dataclass(frozen=True)
class Part:
    """One kind of service; more than is owed is no credit for another kind."""

    kind: ServiceKind
    owed: int
    delivered: int

    @property
    def left(self) -> int:
        return max(self.owed - self.delivered, 0)


@dataclass(frozen=True)
class Package:
    """Of one registration spell: `since` is the day the case was opened, or opened again."""

    since: date
    parts: tuple[Part, ...]

    @property
    def is_owed(self) -> bool:
        return any(part.left for part in self.parts)

    @property
    def missing(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.left)


def package(since: date, delivered: Mapping[ServiceKind, int], policy: Policy) -> Package:
    """Every kind that is owed or was given, in the order of the vocabulary."""
    owed = dict(policy.service_package)
    parts = (Part(kind, owed.get(kind.value, 0), delivered.get(kind, 0)) for kind in ServiceKind)
    return Package(since, tuple(part for part in parts if part.owed or part.delivered))
