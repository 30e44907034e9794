"""What taking a batch back would do to people and reminders: a page asks, a job finds out.

The answer lies with the batch while it is applied. It holds for the day and for what was written
by then; afterwards it is asked for anew.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from circle.imports.returning import refuse_undoing
from circle.processes import is_gone
from circle.refusals import ScopeBusy
from models.imports import ImportBatch
from models.vocabulary.imports import BatchState, TrialState

SOUGHT = (TrialState.WAITING, TrialState.RUNNING)


def ask(session: Session, batch: ImportBatch, *, on: date, now: datetime) -> None:
    """What is sought already, or still holds, is not sought once more.

    Raises NotUndoable, BeingUndone, NewerBatchStands or ScopeBusy.
    """
    session.refresh(batch, with_for_update=True)
    refuse_undoing(session, batch, now)
    if batch.state is not BatchState.APPLIED:
        raise ScopeBusy(batch.id)
    if is_sought(batch) or holds(session, batch, on):
        return
    asked = str(int(now.timestamp() * 1_000_000))
    batch.effects = {"state": TrialState.WAITING.value, "asked": asked}
    session.flush()


def is_sought(batch: ImportBatch) -> bool:
    """Waits for its turn, or somebody who is still there is at it."""
    found = batch.effects
    is_left = found.get("state") == TrialState.RUNNING and is_gone(found["by"])
    return found.get("state") in SOUGHT and not is_left


def holds(session: Session, batch: ImportBatch, on: date) -> bool:
    """The answer is of today, and nothing was written or taken back since."""
    found = batch.effects
    return found.get("state") == TrialState.READY and found["of"] == moment_of(session, on)


def moment_of(session: Session, on: date) -> list[Any]:
    """The day, and how much was written and taken back by then."""
    undone = select(func.count()).where(ImportBatch.state == BatchState.UNDONE)
    turn = select(func.max(ImportBatch.turn))
    return [on.isoformat(), session.scalar(turn), session.scalar(undone)]


def slots(session: Session) -> Sequence[str]:
    """What waits to be found out, one slot each time it was asked; nothing while a batch is half
    written. The slot itself tells whether somebody is at it.
    """
    half_written = select(ImportBatch.id).where(ImportBatch.state == BatchState.APPLYING).limit(1)
    if session.scalar(half_written) is not None:
        return []
    state = ImportBatch.effects["state"].as_string()
    sought = select(ImportBatch.id, ImportBatch.effects["asked"].as_string()).where(
        ImportBatch.state == BatchState.APPLIED, state.in_([word.value for word in SOUGHT])
    )
    rows = session.execute(sought.order_by(ImportBatch.id))
    return [f"batch:{batch_id}:{asked}" for batch_id, asked in rows]
