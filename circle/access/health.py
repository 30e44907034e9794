"""Whether this process can serve: the database answers, its schema is the newest; and how long ago
the last whole sweep ended and a scheduler was heard of.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from models.jobs import SchedulerProcess, SweepRun

# Whoever runs beats several times in it.
SILENCE = timedelta(minutes=1)


@dataclass(frozen=True)
class Readiness:
    is_ready: bool
    facts: dict[str, object]


def readiness(session: Session, now: datetime) -> Readiness:
    try:
        version = session.scalar(text("SELECT version_num FROM alembic_version"))
        swept_at = session.scalar(
            select(func.max(SweepRun.finished_at)).where(SweepRun.is_whole.is_(True))
        )
        heard_at = last_heartbeat(session)
    except SQLAlchemyError:
        return Readiness(is_ready=False, facts={"database": "unavailable"})
    head = newest_migration()
    facts: dict[str, object] = {
        "database": "ok",
        "migrations": "ok" if version == head else f"{version} is not {head}",
        "hours_since_sweep": _hours(swept_at, now),
        "scheduler": "silent" if _is_silent(heard_at, now) else "ok",
        "seconds_since_heartbeat": None if heard_at is None else round(_seconds(heard_at, now)),
    }
    return Readiness(version == head, facts)


def last_heartbeat(session: Session) -> datetime | None:
    """Of the schedulers that have not said goodbye."""
    here = SchedulerProcess.stopped_at.is_(None)
    return session.scalar(select(func.max(SchedulerProcess.heartbeat_at)).where(here))


def is_scheduler_silent(session: Session, now: datetime) -> bool:
    """None has been heard of for a minute: what waits for it waits."""
    return _is_silent(last_heartbeat(session), now)


def newest_migration() -> str:
    """Migrations are numbered; the highest number is the newest revision."""
    names = (entry.name for entry in files("migrations").joinpath("versions").iterdir())
    return max(name[:4] for name in names if name[:4].isdecimal() and name.endswith(".py"))


def _is_silent(heard_at: datetime | None, now: datetime) -> bool:
    return heard_at is None or now - heard_at > SILENCE


def _hours(swept_at: datetime | None, now: datetime) -> float | None:
    return None if swept_at is None else round(_seconds(swept_at, now) / 3600, 1)


def _seconds(earlier: datetime, now: datetime) -> float:
    return (now - earlier).total_seconds()
