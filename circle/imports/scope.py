"""What a file speaks for: source, insurance kinds, division subtree and month (DOMAIN 3).

Difference and departures act inside the scope only, and a month closes only for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select
from sqlalchemy.orm import Session

from circle.imports.sources import SOURCES
from circle.refusals import DivisionOutside, DivisionUnknown
from models.imports import ImportBatch
from models.places import Division, within
from models.staff import Account
from models.vocabulary.facts import Source
from models.vocabulary.imports import BatchState
from models.vocabulary.months import first_day, month_key, month_text
from models.vocabulary.places import ancestors_of, subtree_end


@dataclass(frozen=True)
class Scope:
    """`kinds` are insurance kinds, none of other sources; `month` is a month key."""

    source: Source
    division: str
    kinds: tuple[str, ...] = ()
    month: int | None = None

    @classmethod
    def of(cls, batch: ImportBatch) -> "Scope":
        return cls(batch.known_source, batch.division_code, tuple(batch.kinds), batch.month)

    @property
    def is_full_list(self) -> bool:
        return SOURCES[self.source].full_list

    @property
    def is_insurance(self) -> bool:
        return self.source is Source.INSURANCE

    def day(self, on: date) -> date:
        """The day a full list speaks of: its month's last, else today."""
        if self.month is None or not self.is_full_list:
            return on
        return first_day(self.month + 1) - timedelta(days=1)

    def words(self) -> dict[str, Any]:
        return scope_words(self.source, self.division, self.kinds, self.month)


@dataclass(frozen=True)
class Standing:
    """An applied batch of a scope; `supplements` are mended rows and no list of their own.

    `filed_in` is the month it came in.
    """

    id: int
    month: int | None
    kinds: list[str]
    rows: int
    supplements: bool
    filed_in: int | None = None


def scope_words(
    source: Source | None, division: str, kinds: Sequence[str], month: int | None
) -> dict[str, Any]:
    """As the command line prints a scope; of a file nobody has read yet, what was said."""
    return {
        "kinds": list(kinds) if source is Source.INSURANCE else None,
        "division": division,
        "month": None if month is None else month_text(month),
    }


def check_division(session: Session, actor: Account, code: str) -> None:
    """Raises DivisionUnknown or DivisionOutside."""
    if session.get(Division, code) is None:
        raise DivisionUnknown(code)
    if not any(above <= code < subtree_end(above) for above in actor.covered_codes):
        raise DivisionOutside(code)


def standing_batches(connection: Connection, scope: Scope) -> list[Standing]:
    """Applied batches of the scope, the newest first.

    An insurance month is a scope of its own; a full list of any month belongs to one.
    """
    columns = (ImportBatch.id, ImportBatch.month, ImportBatch.kinds)
    query = select(*columns, ImportBatch.counts, ImportBatch.progress).where(
        ImportBatch.source == scope.source,
        ImportBatch.division_code == scope.division,
        ImportBatch.state == BatchState.APPLIED,
    )
    if scope.is_insurance:
        query = query.where(ImportBatch.month == scope.month)
    newest = (func.coalesce(ImportBatch.turn, 0).desc(), ImportBatch.id.desc())
    rows = connection.execute(query.order_by(*newest))
    return [
        Standing(
            key,
            month,
            kinds,
            counts.get("rows", 0),
            progress.get("supplements", False),
            _month_of_day(progress.get("on")),
        )
        for key, month, kinds, counts, progress in rows
    ]


def _month_of_day(day: str | None) -> int | None:
    return None if day is None else month_key(date.fromisoformat(day))


def overlapping(scope: Scope) -> ColumnElement[bool]:
    """Batches of the source for a division above, below or at this one."""
    above = ImportBatch.division_code.in_(ancestors_of(scope.division))
    return and_(
        ImportBatch.source == scope.source,
        or_(above, within(ImportBatch.division_code, scope.division)),
    )
