"""When each job runs: at an hour of the day or week, whenever there is something, or when asked."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.vocabulary.jobs import JobName


@dataclass(frozen=True)
class Daily:
    """Once a day, from this hour on where the office is."""

    at: time


@dataclass(frozen=True)
class Weekly:
    """Once a week, from this day's hour on where the office is; Monday is 0."""

    weekday: int
    at: time


@dataclass(frozen=True)
class Watching:
    """Looks every few seconds and runs when there is something to do."""

    seconds: int


@dataclass(frozen=True)
class OnRequest:
    """Only when somebody asks for it."""


Rhythm = Daily | Weekly | Watching | OnRequest

RHYTHM: dict[JobName, Rhythm] = {
    JobName.IMPORT: Watching(3),
    JobName.SWEEP_AFTER_CHANGE: Watching(10),
    JobName.POST_EXPIRY: Daily(time(0, 30)),
    JobName.NIGHTLY_SWEEP: Daily(time(2, 0)),
    JobName.INTEGRITY_CHECK: Daily(time(4, 0)),
    JobName.DROP_FOLDER: Watching(5),
    JobName.UNDO_TRIAL: Watching(3),
    JobName.REFERRAL_LAPSE: Daily(time(1, 30)),
    JobName.MESSAGES: Watching(20),
    JobName.SEAL_AUDIT: Watching(60),
    JobName.INTEGRITY_MEND: OnRequest(),
    JobName.WALKS: Watching(30),
    JobName.TERMS: Watching(20),
    JobName.MATCHING: Daily(time(3, 0)),
    JobName.DIGEST: Weekly(0, time(9, 0)),
}


def turn(rhythm: Daily | Weekly, local: datetime) -> datetime:
    """When the turn of today, or of this week, begins; its date names the slot."""
    day = local.date()
    if isinstance(rhythm, Weekly):
        day += timedelta(days=rhythm.weekday - day.weekday())
    return datetime.combine(day, rhythm.at, local.tzinfo)


def next_run(rhythm: Rhythm, *, now: datetime, zone: str, has_run: bool) -> datetime | None:
    """When a job of the clock runs next: at once where its hour has passed without it."""
    if not isinstance(rhythm, Daily | Weekly):
        return None
    began = turn(rhythm, now.astimezone(ZoneInfo(zone)))
    if has_run:
        return began + timedelta(days=7 if isinstance(rhythm, Weekly) else 1)
    return max(began, now)
