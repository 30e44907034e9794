"""A batch that goes back or is tried once more: what a page may ask for. A job carries it out."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text, tuple_
from sqlalchemy.orm import Session

from circle.imports.claims import LEASE, is_being_written, this_process
from circle.imports.filing import refuse_repeated, unfinished
from circle.imports.scope import Scope, overlapping
from circle.refusals import (
    BeingUndone,
    NewerBatchStands,
    NotFound,
    NothingToRetry,
    NotUndoable,
    ScopeBusy,
)
from models.imports import ImportBatch
from models.staff import Account
from models.vocabulary.imports import BatchState

UNDOABLE = (BatchState.APPLIED, BatchState.APPLYING)
FAILURE_LENGTH = 400
# What another try does not begin with.
DROPPED = frozenset(
    {"act", "last", "done", "total", "seconds", "stage", "rows", "listed", "rejects", "ending",
     "waits", "retry"}
)  # fmt: skip


@dataclass(frozen=True)
class Ending:
    """What becomes of a batch once it is taken back; noted with it, so that any process can go on.

    `says` why it failed; without, it is undone, `by` whom.
    """

    says: str | None = None
    by: int | None = None
    keeps_upload: bool = False

    @classmethod
    def of(cls, progress: dict[str, Any]) -> "Ending":
        return cls(**progress["ending"])

    def files_over(self, progress: dict[str, Any]) -> list[str | None]:
        """What was kept for the batch and is of no more use: what was rejected is found anew."""
        names = ("rejects",) if self.keeps_upload else ("rejects", "upload")
        return [progress.get(name) for name in names]

    def note(self, batch: ImportBatch) -> None:
        batch.move("take_back")
        batch.progress = {**batch.progress, "ending": asdict(self)}

    def put(self, batch: ImportBatch, now: datetime) -> None:
        kept = _kept(batch)
        batch.claimed_by = batch.claimed_until = None
        batch.effects, batch.preview = {}, None
        if self.says is None:
            batch.move("undo")
            batch.undone_at, batch.swept_at = now, None
            batch.progress = {}
        else:
            batch.move("fail")
            batch.failure = self.says[:FAILURE_LENGTH]
            batch.progress = {**kept, "retry": True} if self.keeps_upload else {}


def begin_undoing(
    session: Session, batch_id: int, actor: Account | None, now: datetime, *, claims: bool = True
) -> ImportBatch:
    """From here on the batch is half written, until it is gone; `claims` it for this process.

    Raises NotFound, NotUndoable, BeingUndone, NewerBatchStands or ScopeBusy.
    """
    serialise(session)
    batch = session.get(ImportBatch, batch_id, populate_existing=True)
    if batch is None:
        raise NotFound
    refuse_undoing(session, batch, now)
    if "ending" not in batch.progress:
        Ending(by=actor.id if actor else None).note(batch)
    batch.claimed_by = this_process() if claims else None
    batch.claimed_until = now + LEASE if claims else None
    session.flush()
    return batch


def refuse_undoing(session: Session, batch: ImportBatch, now: datetime) -> None:
    """Raises NotUndoable, BeingUndone, NewerBatchStands or ScopeBusy."""
    if batch.state not in UNDOABLE:
        raise NotUndoable(batch.id)
    if batch.state is BatchState.APPLYING and is_being_written(batch, now):
        raise (BeingUndone if "ending" in batch.progress else ScopeBusy)(batch.id)
    busy = select(ImportBatch.id).where(
        overlapping(Scope.of(batch)),
        ImportBatch.state == BatchState.APPLYING,
        ImportBatch.id != batch.id,
    )
    other = session.scalars(busy.order_by(ImportBatch.id).limit(1)).first()
    if other is not None:
        raise ScopeBusy(other)
    newer = newer_batches(session, batch)
    if newer:
        raise NewerBatchStands(newer[0].id)


def newer_batches(session: Session, batch: ImportBatch) -> Sequence[ImportBatch]:
    """What has to be undone before this one, in that order: later ones of the same scope."""
    scope = Scope.of(batch)
    turn = func.coalesce(ImportBatch.turn, 0)
    query = select(ImportBatch).where(
        overlapping(scope),
        tuple_(turn, ImportBatch.id) > (batch.turn or 0, batch.id),
        ImportBatch.state.in_(UNDOABLE),
    )
    if scope.is_insurance:
        query = query.where(ImportBatch.month == scope.month)
    found = session.scalars(query.order_by(turn.desc(), ImportBatch.id.desc())).all()
    return [other for other in found if not scope.is_insurance or {*other.kinds} & {*scope.kinds}]


def next_turn(session: Session) -> int:
    return (session.scalar(select(func.max(ImportBatch.turn))) or 0) + 1


def serialise(session: Session) -> None:
    """Who begins writing or taking back does so one after the other, and sees who did before.

    On SQLite the write lock sees to that.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE import_batch IN SHARE ROW EXCLUSIVE MODE"))


def retry(session: Session, batch: ImportBatch) -> None:
    """The same kept upload once more. Raises NothingToRetry, AlreadyImported or ScopeBusy."""
    if batch.state is not BatchState.FAILED or not batch.progress.get("retry"):
        raise NothingToRetry(batch.id)
    waiting = unfinished(session, batch.sha256)
    if waiting is not None:
        raise ScopeBusy(waiting.id)
    refuse_repeated(session, batch.sha256, again=batch.repeat > 0)
    batch.move("retry")
    batch.failure = None
    batch.progress = {**_kept(batch), "round": batch.progress.get("round", 0) + 1}
    session.flush()


def _kept(batch: ImportBatch) -> dict[str, Any]:
    return {name: word for name, word in batch.progress.items() if name not in DROPPED}
