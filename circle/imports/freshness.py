"""How new each source is where somebody works, and which places are behind: for /imports."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext, ngettext
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from circle.freshness import List, Newest, read
from models.facts import ClosedMonth
from models.imports import ImportBatch
from models.places import Division, within
from models.staff import Account
from models.vocabulary.facts import ABOUT_RESIDENTS, InsuranceKind, Source
from models.vocabulary.imports import BatchState
from models.vocabulary.places import DivisionLevel, ancestors_of, subtree_end

SHOWN_AT_MOST = 5


@dataclass(frozen=True)
class Place:
    """A place whose newest list is older than the source's newest; None where it has none."""

    name: str
    newest: List | None


@dataclass(frozen=True)
class SourceAge:
    """A source, of insurance each kind, as it stands in somebody's area."""

    source: Source
    kind: InsuranceKind | None
    newest: List | None
    behind: tuple[Place, ...] = ()

    @property
    def shown(self) -> tuple[Place, ...]:
        return self.behind[:SHOWN_AT_MOST]

    @property
    def more(self) -> int:
        return max(0, len(self.behind) - SHOWN_AT_MOST)


Lists = Mapping[str, List]  # by division


def ages(session: Session, actor: Account, on: date) -> list[SourceAge]:
    """Each source's, in the order of their files; three statements however many batches."""
    newest = read(session, on)
    names = _names(session, actor, {code for _, code in newest.lists})
    files = _files(newest, _closed(session, newest))
    return [_age(source, kind, lists, actor, names) for source, kind, lists in files]


def _files(
    newest: Newest, closed: Mapping[InsuranceKind, Lists]
) -> Iterator[tuple[Source, InsuranceKind | None, Lists]]:
    for source in ABOUT_RESIDENTS:
        if source is Source.INSURANCE and closed:
            yield from ((source, kind, months) for kind, months in closed.items())
        else:
            found = {code: each for (of, code), each in newest.lists.items() if of is source}
            yield source, None, found


def age_words(newest: List, on: date, now: datetime) -> str:
    """How far behind: a list of a month by its month, another by the day it was applied."""
    if newest.is_dated or newest.applied_at is None:
        months = newest.months_behind(on)
        said = ngettext("%(num)s 个月前", "%(num)s 个月前", months) if months else gettext("本月")
        return str(said)
    days = (now - newest.applied_at).days
    return str(ngettext("%(num)s 天前", "%(num)s 天前", days) if days else gettext("今天"))


def _closed(session: Session, newest: Newest) -> dict[InsuranceKind, Lists]:
    """Contributions are as new as their newest closed month, whatever file came last."""
    found: dict[InsuranceKind, dict[str, List]] = {}
    for kind, code, month, applied_at in session.execute(_months_closed()):
        known = newest.of(Source.INSURANCE, code)
        limit = known.limit if known else None
        found.setdefault(kind, {})[code] = List(month, limit, applied_at)
    return dict(sorted(found.items()))


def _months_closed() -> Select[InsuranceKind, str, int, datetime | None]:
    return (
        select(
            ClosedMonth.kind,
            ClosedMonth.division_code,
            func.max(ClosedMonth.month),
            func.max(ImportBatch.applied_at),
        )
        .join(ImportBatch, ImportBatch.id == ClosedMonth.import_id)
        .where(ImportBatch.state == BatchState.APPLIED)
        .group_by(ClosedMonth.kind, ClosedMonth.division_code)
    )


def _names(session: Session, actor: Account, codes: Iterable[str]) -> dict[str, str]:
    """The streets of the area, and whatever else a list was for; by code."""
    mine = or_(*(within(Division.code, code) for code in actor.covered_codes))
    listed = or_(Division.level == DivisionLevel.STREET, Division.code.in_(codes))
    query = select(Division.code, Division.name).where(mine, listed).order_by(Division.code)
    return dict(session.execute(query).all())


def _age(
    source: Source,
    kind: InsuranceKind | None,
    lists: Lists,
    actor: Account,
    names: Mapping[str, str],
) -> SourceAge:
    """A place below a list is as new as the list; a street without any is behind all others."""
    lists = {code: each for code, each in lists.items() if _concerns(actor, code)}
    newest = max(lists.values(), key=lambda each: each.month, default=None)
    if newest is None:
        return SourceAge(source, kind, None)
    by_place = {code: _newest_for(lists, code) for code in names if _is_told(lists, code)}
    behind = [
        Place(names[code], found)
        for code, found in by_place.items()
        if found is None or found.month < newest.month
    ]
    behind.sort(key=lambda place: place.newest.month if place.newest else 0)
    return SourceAge(source, kind, newest, tuple(behind))


def _concerns(actor: Account, code: str) -> bool:
    """Inside the area, or above it."""
    return any(
        mine.startswith(code) or mine <= code < subtree_end(mine) for mine in actor.covered_codes
    )


def _newest_for(lists: Lists, code: str) -> List | None:
    found = [lists[above] for above in ancestors_of(code) if above in lists]
    return max(found, key=lambda each: each.month, default=None)


def _is_told(lists: Lists, code: str) -> bool:
    """A place with a list of its own; of streets also those with none above, in or below them."""
    has_below = any(each.startswith(code) for each in lists)
    return code in lists or not (has_below or _newest_for(lists, code))
