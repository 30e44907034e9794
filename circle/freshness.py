"""How new what each source said is; a task whose sentence rests on old data tells so.

Told when it is read, never kept with the task: evidence does not change because time passes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ScalarSelect, Select, func, or_, select
from sqlalchemy.orm import Session

from circle.database import current_session, now, sessions, today
from circle.sentences import BEHIND, sentence
from models.imports import ImportBatch
from models.policy import PolicyValue
from models.sql import month_of_day, office_day
from models.vocabulary.facts import InsuranceKind, Source
from models.vocabulary.imports import BatchState
from models.vocabulary.months import month_key, month_of, month_text
from models.vocabulary.parameters import STALE_MONTHS
from models.vocabulary.places import ancestors_of
from models.vocabulary.tasks import AnomalyCode, TaskKind

READ_AGAIN_AFTER = timedelta(minutes=1)
USUAL_LIMITS: dict[str, int] = dict(STALE_MONTHS)
Evidence = Mapping[str, Any]


@dataclass(frozen=True)
class List:
    """A source's newest month for a division, and how many months it may be behind today.

    Without a month of its own a list is dated by the day it was applied.
    """

    month: int
    limit: int | None
    applied_at: datetime | None = None
    is_dated: bool = True

    def months_behind(self, on: date) -> int:
        return month_key(on) - self.month

    def is_stale(self, on: date) -> bool:
        return self.limit is not None and self.months_behind(on) > self.limit


@dataclass(frozen=True)
class Newest:
    """The newest list of each source by the division it was for."""

    lists: Mapping[tuple[Source, str], List] = field(default_factory=dict)

    def of(self, source: Source, code: str | None) -> List | None:
        """The newest that speaks for a place: its own, or one for what it lies in."""
        above = ancestors_of(code) if code else []
        found = [self.lists[source, each] for each in above if (source, each) in self.lists]
        return max(found, key=lambda each: each.month, default=None)


NOTHING_KNOWN = Newest()


def read(session: Session, on: date) -> Newest:
    """One statement; it reads batches, never facts."""
    found = session.execute(_lists(on))
    lists = {
        (row.source, row.division_code): List(
            row.month, limit_of(row.source, row.limits), row.applied_at, row.stated is not None
        )
        for row in found
    }
    return Newest(lists)


# By what makes sessions: a process serves one installation, a test one database after another.
_kept: "WeakKeyDictionary[object, tuple[datetime, Newest]]" = WeakKeyDictionary()


def current() -> Newest:
    """This installation's, read once a minute: a page pays for it no more often."""
    known = _kept.get(sessions())
    if known is not None and now() - known[0] < READ_AGAIN_AFTER:
        return known[1]
    newest = read(current_session(), today())
    _kept[sessions()] = (now(), newest)
    return newest


def aged(
    kind: TaskKind, evidence: Evidence, newest: Newest, code: str | None, on: date
) -> dict[str, Any]:
    """The evidence with what in it is old, for somebody who lives at `code`."""
    behind = [
        {
            "source": source.value,
            "kind": insurance,
            "month": month_text(found.month),
            "months": found.months_behind(on),
        }
        for source, insurance, found in _grounds(kind, evidence, newest, code)
        if found.is_stale(on)
    ]
    return {**evidence, BEHIND: behind} if behind else dict(evidence)


def dated_sentence(kind: TaskKind, evidence: Evidence, code: str | None) -> str:
    """A task's sentence with what in it is old; for pages that show few."""
    return sentence(kind, aged(kind, evidence, current(), code, today()))


def _lists(on: date) -> Select[*tuple[Any, ...]]:
    applied = month_of_day(office_day(ImportBatch.applied_at))
    return (
        select(
            ImportBatch.source,
            ImportBatch.division_code,
            func.max(func.coalesce(ImportBatch.month, applied)).label("month"),
            func.max(ImportBatch.month).label("stated"),
            func.max(ImportBatch.applied_at).label("applied_at"),
            _limits_in_force(on).label("limits"),
        )
        .where(ImportBatch.state == BatchState.APPLIED)
        .group_by(ImportBatch.source, ImportBatch.division_code)
    )


def _limits_in_force(on: date) -> ScalarSelect[Any]:
    """The nearest division's newest, as `policy_on` reads it."""
    return (
        select(PolicyValue.value)
        .where(
            PolicyValue.name == "stale_months",
            PolicyValue.effective_on <= on,
            or_(
                PolicyValue.division_code == "",
                ImportBatch.division_code.startswith(PolicyValue.division_code),
            ),
        )
        .order_by(func.length(PolicyValue.division_code).desc(), PolicyValue.effective_on.desc())
        .limit(1)
        .correlate(ImportBatch)
        .scalar_subquery()
    )


def limit_of(source: Source, limits: list[list[Any]] | None) -> int | None:
    return (USUAL_LIMITS if limits is None else dict(limits)).get(source.value)


def _grounds(
    kind: TaskKind, evidence: Evidence, newest: Newest, code: str | None
) -> Iterator[tuple[Source, str | None, List]]:
    """The lists a sentence names; insurance by the month that stands in the evidence."""
    for source in _sources(kind, evidence):
        found = newest.of(source, code)
        if found is not None:
            yield source, None, found
    month = _insured_until(kind, evidence)
    if month is not None:
        known = newest.of(Source.INSURANCE, code)
        limit = known.limit if known else USUAL_LIMITS[Source.INSURANCE]
        insurance = evidence.get("kind", InsuranceKind.EMPLOYEE_PENSION.value)
        yield Source.INSURANCE, insurance, List(month, limit)


def _sources(kind: TaskKind, evidence: Evidence) -> list[Source]:
    if kind is TaskKind.FIRST_REGISTRATION:
        return [source for signal, source in SIGNALS.items() if evidence.get(signal)]
    if kind is not TaskKind.ANOMALY:
        return []
    named = str(evidence.get("sources") or "").split(",")
    return [*CONFLICTS.get(evidence.get("code"), ()), *(each for each in Source if each in named)]


def _insured_until(kind: TaskKind, evidence: Evidence) -> int | None:
    """The month up to which contributions are told of, where the sentence names them."""
    if kind is TaskKind.FIRST_REGISTRATION and not any(map(evidence.get, UNINSURED_SIGNALS)):
        return None
    word = evidence.get("closed_month") or evidence.get("month")
    return month_of(word) if word else None


SIGNALS = {
    "unemployment": Source.UNEMPLOYMENT,
    "subsistence": Source.SUBSISTENCE,
    "graduate": Source.EDUCATION,
}
UNINSURED_SIGNALS = ("subsistence", "graduate")
CONFLICTS: dict[Any, tuple[Source, ...]] = {
    AnomalyCode.UNEMPLOYED_BUT_INSURED: (Source.UNEMPLOYMENT,),
    AnomalyCode.DEPARTED_WITH_CASE: (Source.HOUSEHOLD,),
    AnomalyCode.SUBSISTENCE_BUT_INSURED: (Source.SUBSISTENCE,),
    AnomalyCode.EMPLOYED_BUT_LAPSED: (Source.EMPLOYMENT,),
}
