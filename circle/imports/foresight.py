"""A batch learns what applying it, or taking it back, would do, while somebody waits to know."""

from datetime import date, datetime
from typing import Any

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from circle.database import begin_immediately
from circle.imports.applying import Writing
from circle.imports.claims import this_process
from circle.imports.effects import HalfWritten, NotWanted, try_import, try_undoing
from circle.imports.hindsight import moment_of
from circle.imports.sources import SOURCES
from circle.imports.staging import workbench
from circle.refusals import ScopeBusy
from models.imports import ImportBatch
from models.vocabulary.imports import BatchState, TrialState

log = structlog.get_logger(__name__)


def foresee(engine: Engine, writing: Writing, today: date) -> None:
    """Keep with the batch what writing it would do. Whatever goes wrong, its counts stand."""
    if not SOURCES[writing.plan.scope.source].is_about_people:
        return  # it changes nothing for anybody before it is reviewed
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


def foresee_undoing(engine: Engine, slot: str, *, on: date, now: datetime) -> bool:
    """Find out what the slot's batch was asked for; False where nobody waits for it any more.

    Raises ScopeBusy while another batch is half written.
    """
    _, number, asked = slot.split(":")
    batch_id = int(number)

    def wanted() -> bool:
        with Session(engine) as session:
            return _asks(session.get_one(ImportBatch, batch_id), asked)

    if not _note(engine, batch_id, asked, _running(engine, on)):
        return False
    try:
        with workbench(engine) as connection:
            found = try_undoing(connection, batch_id, on=on, now=now, wanted=wanted)
    except NotWanted:
        return False
    except HalfWritten:
        raise ScopeBusy(batch_id) from None
    except Exception:
        _note(engine, batch_id, asked, {"state": TrialState.BROKEN.value})
        raise
    ready = {"state": TrialState.READY.value, "at": now.isoformat()}
    return _note(engine, batch_id, asked, {**ready, **found})


def _running(engine: Engine, on: date) -> dict[str, Any]:
    """Said before it begins: what is written meanwhile makes the answer an old one."""
    with Session(engine) as session:
        of = moment_of(session, on)
    return {"state": TrialState.RUNNING.value, "by": this_process(), "of": of}


def _note(engine: Engine, batch_id: int, asked: str, told: dict[str, Any]) -> bool:
    with Session(engine) as session, session.begin():
        begin_immediately(session)
        batch = session.get_one(ImportBatch, batch_id, with_for_update=True)
        if not _asks(batch, asked):
            return False
        batch.effects = {**batch.effects, **told}
        return True


def _asks(batch: ImportBatch, asked: str) -> bool:
    return batch.state is BatchState.APPLIED and batch.effects.get("asked") == asked
