"""A rehearsed batch learns what applying it would do, as long as somebody waits to know."""

from datetime import date
from typing import Any

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from circle.database import begin_immediately
from circle.imports.applying import Writing
from circle.imports.claims import this_process
from circle.imports.effects import HalfWritten, NotWanted, try_import
from models.imports import ImportBatch
from models.vocabulary.imports import TrialState

log = structlog.get_logger(__name__)


def foresee(engine: Engine, writing: Writing, today: date) -> None:
    """Keep with the batch what writing it would do. Whatever goes wrong, its counts stand."""
    batch_id = writing.batch_id
    number = _begin(engine, batch_id)

    def wanted() -> bool:
        with Session(engine) as session:
            return _awaits(session.get_one(ImportBatch, batch_id), number)

    try:
        effects = {"state": TrialState.READY.value, **try_import(writing, on=today, wanted=wanted)}
    except NotWanted:
        return
    except HalfWritten:
        effects = {"state": TrialState.BUSY.value}
    except Exception:
        log.exception("effects not found", batch=batch_id)
        effects = {"state": TrialState.BROKEN.value}
    _keep(engine, batch_id, number, effects)


def _begin(engine: Engine, batch_id: int) -> int:
    with Session(engine) as session, session.begin():
        begin_immediately(session)
        batch = session.get_one(ImportBatch, batch_id)
        batch.effects = {"state": TrialState.RUNNING.value, "by": this_process()}
        return int(batch.progress["rehearsal"])


def _keep(engine: Engine, batch_id: int, number: int, effects: dict[str, Any]) -> None:
    with Session(engine) as session, session.begin():
        begin_immediately(session)
        batch = session.get_one(ImportBatch, batch_id)
        if _awaits(batch, number):
            batch.effects = effects


def _awaits(batch: ImportBatch, number: int) -> bool:
    progress = batch.progress
    return bool(progress.get("waits")) and progress.get("rehearsal") == number
