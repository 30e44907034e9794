"""How far a batch is, told by whoever works on it and shown to whoever looks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from circle.database import begin_immediately
from models.imports import ImportBatch

Tell = Callable[..., None]

# What is done before anything is written, and about how much of the way each is.
STAGES = {"read": 0.25, "check": 0.25, "match": 0.2, "compare": 0.2, "list": 0.1}
SOON = 1.0  # seconds of writing after which a rate says something


def silent(stage: str, rows: int | None = None) -> None:
    """Nobody watches."""
    del stage, rows


def teller(engine: Engine, batch_id: int) -> Tell:
    """Writes each stage into the batch at once, for whoever has its page open."""

    def tell(stage: str, rows: int | None = None) -> None:
        with Session(engine) as session, session.begin():
            begin_immediately(session)
            batch = session.get_one(ImportBatch, batch_id)
            told = {"stage": stage} if rows is None else {"stage": stage, "rows": rows}
            batch.progress = {**batch.progress, **told}

    return tell


@dataclass(frozen=True)
class Pace:
    """A batch under way: `share` from 0 to 1; the rest is None where nobody can say yet."""

    stage: str
    share: float
    done: int | None = None
    total: int | None = None
    rate: int | None = None  # rows a second
    seconds_left: int | None = None


def pace_of(progress: dict[str, Any]) -> Pace | None:
    """None: nobody has begun."""
    if "total" in progress:
        return _of_writing(progress)
    stage = progress.get("stage")
    if stage not in STAGES:
        return None
    names = list(STAGES)
    before = sum(STAGES[name] for name in names[: names.index(stage)])
    return Pace(stage, before, total=progress.get("rows"))


def _of_writing(progress: dict[str, Any]) -> Pace:
    done, total, seconds = progress["done"], progress["total"], progress["seconds"]
    share = min(done / total, 1.0) if total else 1.0
    if seconds < SOON or not done:
        return Pace(progress["act"], share, done, total)
    rate = done / seconds
    return Pace(progress["act"], share, done, total, round(rate), round((total - done) / rate))
