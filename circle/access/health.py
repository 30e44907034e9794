"""Whether this process can serve: the database answers, its schema is the newest, and how long ago
the last whole sweep ended.
"""

from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from models.jobs import SweepRun


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
    except SQLAlchemyError:
        return Readiness(is_ready=False, facts={"database": "unavailable"})
    head = newest_migration()
    facts: dict[str, object] = {
        "database": "ok",
        "migrations": "ok" if version == head else f"{version} is not {head}",
        "hours_since_sweep": _hours(swept_at, now),
    }
    return Readiness(version == head, facts)


def newest_migration() -> str:
    """Migrations are numbered; the highest number is the newest revision."""
    names = (entry.name for entry in files("migrations").joinpath("versions").iterdir())
    return max(name[:4] for name in names if name[:4].isdecimal() and name.endswith(".py"))


def _hours(swept_at: datetime | None, now: datetime) -> float | None:
    return None if swept_at is None else round((now - swept_at).total_seconds() / 3600, 1)
