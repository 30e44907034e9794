"""When each job runs: at an hour of the day, whenever there is something, or when asked."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.vocabulary.jobs import JobName


@dataclass(frozen=True)
class Daily:
    """Once a day, from this hour on where the office is."""

    at: time


@dataclass(frozen=True)
class Watching:
    """Looks every few seconds and runs when there is something to do."""

    seconds: int


@dataclass(frozen=True)
class OnRequest:
    """Only when somebody asks for it."""


Rhythm = Daily | Watching | OnRequest

RHYTHM: dict[JobName, Rhythm] = {
    JobName.IMPORT: Watching(3),
    JobName.SWEEP_AFTER_CHANGE: Watching(10),
    JobName.NIGHTLY_SWEEP: Daily(time(2, 0)),
    JobName.INTEGRITY_CHECK: Daily(time(4, 0)),
    JobName.DROP_FOLDER: Watching(5),
    JobName.UNDO_TRIAL: Watching(3),
    JobName.SEAL_AUDIT: Watching(60),
    JobName.INTEGRITY_MEND: OnRequest(),
}


def next_run(rhythm: Rhythm, *, now: datetime, zone: str, has_run_today: bool) -> datetime | None:
    """When a daily job runs next: at once where today's hour has passed without it."""
    if not isinstance(rhythm, Daily):
        return None
    local = now.astimezone(ZoneInfo(zone))
    today = datetime.combine(local.date(), rhythm.at, ZoneInfo(zone))
    if has_run_today:
        return today + timedelta(days=1)
    return max(today, now)
