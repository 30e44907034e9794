"""Batches as lists and single words: what `circle imports` and the pages show."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from circle.access.permissions import Permission
from circle.access.scope import visible_to
from circle.imports.claims import is_being_written
from circle.imports.filing import UNFINISHED
from circle.imports.filters import Wanted
from circle.imports.scope import scope_words
from circle.privacy.masking import mask_name
from circle.refusals import NotFound
from models.imports import ImportBatch, ImportIssue
from models.places import Division, within
from models.residents import Resident
from models.staff import Account
from models.vocabulary.imports import BatchState
from models.vocabulary.months import month_text
from models.vocabulary.places import DivisionLevel

OFFICE = ZoneInfo("Asia/Shanghai")
COUNTS = ("rows", "added", "changed", "unchanged", "unmatched", "ignored", "ended", "rejected")


def batches(actor: Account | None = None) -> Select[ImportBatch]:
    """The newest first; narrowed to what the account may see."""
    query = select(ImportBatch).options(joinedload(ImportBatch.filer))
    if actor is not None:
        query = query.where(visible_to(actor, Permission.READ_IMPORTS, ImportBatch))
    return query.order_by(ImportBatch.id.desc())


def narrowed(query: Select[ImportBatch], wanted: Wanted) -> Select[ImportBatch]:
    """Only what somebody asks for."""
    if wanted.source is not None:
        query = query.where(ImportBatch.source == wanted.source)
    if wanted.state is not None:
        query = query.where(ImportBatch.state == wanted.state)
    if wanted.month is not None:
        query = query.where(ImportBatch.month == wanted.month)
    if wanted.name:
        query = query.where(ImportBatch.file_name.icontains(wanted.name, autoescape=True))
    return query


def batch_of(session: Session, batch_id: int, actor: Account | None = None) -> ImportBatch:
    """Raises NotFound."""
    found = session.scalars(batches(actor).where(ImportBatch.id == batch_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


def batches_to_resume(session: Session, *, now: datetime) -> list[int]:
    """Received from the page, or left behind by a process that is gone; the oldest first.

    One whose scope is being written waits for that to end.
    """
    unfinished = session.scalars(
        select(ImportBatch).where(ImportBatch.state.in_(UNFINISHED)).order_by(ImportBatch.id)
    ).all()
    written = [batch for batch in unfinished if is_being_written(batch, now)]
    ready = [batch for batch in unfinished if not batch.progress.get("waits")]
    begun = [batch for batch in unfinished if batch.state is BatchState.APPLYING]
    return [
        batch.id
        for batch in ready
        if batch not in written and not any(_stands_in_the_way(batch, other) for other in begun)
    ]


def _stands_in_the_way(batch: ImportBatch, other: ImportBatch) -> bool:
    one, two = batch.division_code, other.division_code
    return (
        other is not batch
        and other.source is batch.source
        and (one.startswith(two) or two.startswith(one))
    )


@dataclass(frozen=True)
class Example:
    """An issue, and how many issues its row has: many mean its cells stand in wrong columns."""

    issue: ImportIssue
    row_issues: int


def examples_by_code(
    session: Session, batch: ImportBatch, *, rejects: bool
) -> dict[str, list[Example]]:
    """The first few issues of each code."""
    place = func.row_number().over(partition_by=ImportIssue.code, order_by=ImportIssue.id)
    of_row = func.count().over(partition_by=[ImportIssue.sheet, ImportIssue.line])
    ranked = (
        select(ImportIssue.id, place.label("place"), of_row.label("row_issues"))
        .where(ImportIssue.import_id == batch.id, ImportIssue.rejects == rejects)
        .subquery()
    )
    query = (
        select(ImportIssue, ranked.c.row_issues)
        .join(ranked, ranked.c.id == ImportIssue.id)
        .where(ranked.c.place <= EXAMPLES)
        .order_by(ImportIssue.id)
    )
    found: dict[str, list[Example]] = {}
    for issue, row_issues in session.execute(query):
        found.setdefault(issue.code, []).append(Example(issue, row_issues))
    return found


EXAMPLES = 5


@dataclass(frozen=True)
class Known:
    """A resident as a clerk may see them; `is_open` where their file may be opened."""

    name: str
    lives_in: str | None
    is_open: bool


def people_of(session: Session, actor: Account, ids: Collection[int]) -> dict[int, Known]:
    """By id; whoever is gone since is left out. Full names only of those the reader serves."""
    opens = visible_to(actor, Permission.READ_RESIDENT, Resident)
    query = select(Resident.id, Resident.name, Resident.lives_in, opens).where(
        Resident.id.in_(ids), Resident.merged_into.is_(None)
    )
    return {
        key: Known(name if is_open else mask_name(name), lives_in, bool(is_open))
        for key, name, lives_in, is_open in (session.execute(query) if ids else ())
    }


def counted(
    counts: dict[str, int], reasons: dict[str, int], warnings: dict[str, int]
) -> dict[str, Any]:
    """The counts in their written order, as every `--json` prints them."""
    return {
        **{name: counts.get(name, 0) for name in COUNTS},
        "reasons": reasons,
        "warnings": warnings,
    }


def line_of(batch: ImportBatch) -> dict[str, Any]:
    """A batch as `imports list` prints it."""
    return {
        "batch": batch.id,
        "source": batch.source.value if batch.source else None,
        "month": None if batch.month is None else month_text(batch.month),
        "scope": scope_words(batch.source, batch.division_code, batch.kinds, batch.month),
        "state": batch.state.value,
        "file": batch.file_name,
        "by": batch.filer.name,
        "at": batch.created_at.astimezone(OFFICE).isoformat(timespec="seconds"),
    }


def lines_of(found: Sequence[ImportBatch]) -> list[dict[str, Any]]:
    return [line_of(batch) for batch in found]


def whole_of(batch: ImportBatch) -> dict[str, Any]:
    """A batch as `imports show` prints it."""
    counts = counted(batch.counts, batch.reasons, batch.warnings)
    return {**line_of(batch), **counts, "seconds": batch.seconds}


def places_of(session: Session, actor: Account) -> Sequence[Division]:
    """The divisions a file may be for, down to the communities."""
    mine = or_(*(within(Division.code, code) for code in actor.covered_codes))
    query = select(Division).where(mine, Division.level != DivisionLevel.GRID)
    return session.scalars(query.order_by(Division.code)).all()
