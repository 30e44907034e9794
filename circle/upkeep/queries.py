"""What the scheduler did and has to do, and what the checks found: as pages and jobs ask it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, func, or_, select, tuple_, union_all
from sqlalchemy.orm import Session

from circle.access.health import SILENCE
from circle.access.predicates import lives_under
from circle.processes import is_gone
from circle.upkeep.checks import CHECKS
from circle.upkeep.rhythm import RHYTHM, Daily, Weekly, next_run, turn
from models.integrity import CheckFinding, CheckResult, CheckRun
from models.jobs import JobRequest, JobRun, SchedulerProcess
from models.places import Division
from models.residents import Resident
from models.staff import Account
from models.vocabulary.integrity import CheckName
from models.vocabulary.jobs import JobName, JobState

PAGE_LENGTH = 50
COMMUNITY_DIGITS = 12
SHOWN_RUNS = 3
LATELY = timedelta(days=7)
TREND_RUNS = 14
ENDED = (JobState.DONE, JobState.FAILED)


@dataclass(frozen=True)
class JobLine:
    """A job as its page shows it: the newest runs, when it runs next, how often it failed."""

    name: JobName
    runs: list[JobRun]
    next_at: datetime | None
    failed_lately: int
    waiting: JobRequest | None

    @property
    def running(self) -> JobRun | None:
        return next((run for run in self.runs if run.state is JobState.RUNNING), None)

    @property
    def last(self) -> JobRun | None:
        return self.runs[0] if self.runs else None


def overview(session: Session, *, now: datetime, zone: str) -> list[JobLine]:
    """A few statements, however much has run."""
    runs = session.scalars(select(JobRun).where(JobRun.id.in_(_newest_of_each()))).all()
    failed = _failed_lately(session, now)
    waiting = {request.name: request for request in reversed(waiting_requests(session))}
    ran = _ran_in_turn(session, now, zone)
    return [
        JobLine(
            name,
            sorted((run for run in runs if run.name is name), key=_began, reverse=True),
            next_run(RHYTHM[name], now=now, zone=zone, has_run=name in ran),
            failed.get(name, 0),
            waiting.get(name),
        )
        for name in RHYTHM
    ]


def _newest_of_each() -> Select[int]:
    each = [
        select(
            newest_first(select(JobRun.id).where(JobRun.name == name))
            .limit(SHOWN_RUNS)
            .subquery()
            .c.id
        )
        for name in RHYTHM
    ]
    return select(union_all(*each).subquery().c.id)


def newest_first(query: Select[int]) -> Select[int]:
    return query.order_by(JobRun.started_at.desc(), JobRun.id.desc())


def _began(run: JobRun) -> tuple[datetime, int]:
    return run.started_at, run.id


def _failed_lately(session: Session, now: datetime) -> dict[JobName, int]:
    failed = (
        select(JobRun.name, func.count())
        .where(JobRun.state == JobState.FAILED, JobRun.started_at >= now - LATELY)
        .group_by(JobRun.name)
    )
    return dict(session.execute(failed).all())


def _ran_in_turn(session: Session, now: datetime, zone: str) -> set[JobName]:
    """The jobs of the clock that have ended today, or this week."""
    local = now.astimezone(ZoneInfo(zone))
    slots = {
        name: turn(rhythm, local).date().isoformat()
        for name, rhythm in RHYTHM.items()
        if isinstance(rhythm, Daily | Weekly)
    }
    ran = select(JobRun.name).where(
        or_(*(and_(JobRun.name == name, JobRun.slot == slot) for name, slot in slots.items())),
        JobRun.state.in_(ENDED),
    )
    return set(session.scalars(ran))


@dataclass(frozen=True)
class History:
    """Newest first; `next_before` is the run the next page goes on from, None at the end."""

    runs: Sequence[JobRun]
    next_before: int | None


def history(
    session: Session, name: JobName, *, state: JobState | None, before: int | None
) -> History:
    query = select(JobRun).where(JobRun.name == name)
    if state is not None:
        query = query.where(JobRun.state == state)
    last = session.get(JobRun, before) if before else None
    if last is not None:
        query = query.where(tuple_(JobRun.started_at, JobRun.id) < (last.started_at, last.id))
    order = (JobRun.started_at.desc(), JobRun.id.desc())
    runs = session.scalars(query.order_by(*order).limit(PAGE_LENGTH + 1)).all()
    shown = runs[:PAGE_LENGTH]
    return History(shown, shown[-1].id if len(runs) > PAGE_LENGTH else None)


@dataclass(frozen=True)
class Keeper:
    """A scheduler that has been there lately."""

    host: str
    number: str
    started_at: datetime
    heartbeat_at: datetime
    is_alive: bool


def keepers(session: Session, now: datetime) -> list[Keeper]:
    """The schedulers that have not said goodbye, those heard of first."""
    here = select(SchedulerProcess).where(
        SchedulerProcess.stopped_at.is_(None), SchedulerProcess.heartbeat_at >= now - LATELY
    )
    known = session.scalars(here.order_by(SchedulerProcess.heartbeat_at.desc())).all()
    return [_keeper(each, now) for each in known]


def _keeper(known: SchedulerProcess, now: datetime) -> Keeper:
    host, number, _ = known.process.rsplit("/", 2)
    is_alive = now - known.heartbeat_at <= SILENCE and not is_gone(known.process)
    return Keeper(host, number, known.started_at, known.heartbeat_at, is_alive)


def waiting_requests(session: Session, name: JobName | None = None) -> Sequence[JobRequest]:
    """The oldest first; of one job or of all."""
    waiting = select(JobRequest).where(JobRequest.settled_at.is_(None)).order_by(JobRequest.id)
    return session.scalars(
        waiting if name is None else waiting.where(JobRequest.name == name)
    ).all()


def jobs_wanted(session: Session) -> set[JobName]:
    """Asked for, and none of them running: one that runs looks for itself afterwards."""
    running = select(JobRun.name).where(JobRun.state == JobState.RUNNING)
    return {request.name for request in waiting_requests(session)} - set(session.scalars(running))


def newest_run(session: Session) -> CheckRun | None:
    finished = select(CheckRun).where(CheckRun.finished_at.is_not(None))
    return session.scalars(finished.order_by(CheckRun.id.desc()).limit(1)).first()


def newest_results(session: Session) -> list[CheckResult]:
    """Of the newest finished run, in the table's own order."""
    newest = select(func.max(CheckRun.id)).where(CheckRun.finished_at.is_not(None))
    results = session.scalars(
        select(CheckResult).where(CheckResult.run_id == newest.scalar_subquery())
    )
    order = {check.name: place for place, check in enumerate(CHECKS)}
    return sorted(results, key=lambda result: order[result.name])


def result_of(session: Session, name: CheckName) -> CheckResult | None:
    """What the newest run said of one invariant."""
    return next((result for result in newest_results(session) if result.name is name), None)


def trend(session: Session, name: CheckName) -> list[tuple[datetime, int | None]]:
    """When one was looked at and how many offended, the newest first."""
    query = (
        select(CheckRun.started_at, CheckResult.count)
        .join(CheckRun, CheckRun.id == CheckResult.run_id)
        .where(CheckResult.name == name)
        .order_by(CheckResult.run_id.desc())
        .limit(TREND_RUNS)
    )
    return [(started_at, count) for started_at, count in session.execute(query)]


@dataclass(frozen=True)
class Offender:
    """A finding, with whom and where it is about as far as the reader may know."""

    finding: CheckFinding
    name: str | None
    community: str | None


@dataclass(frozen=True)
class Offenders:
    """The first of a result's findings; `elsewhere` of them are no business of the reader's."""

    shown: list[Offender] = field(default_factory=list)
    elsewhere: int = 0


def offenders(session: Session, actor: Account, result: CheckResult) -> Offenders:
    place = func.coalesce(Resident.lives_in, Resident.registered_division)
    mine = or_(Resident.id.is_(None), place.is_(None), lives_under(actor.covered_codes))
    query = (
        select(CheckFinding, Resident.name, Division.name, mine)
        .outerjoin(Resident, Resident.id == CheckFinding.resident_id)
        .outerjoin(Division, Division.code == func.substr(place, 1, COMMUNITY_DIGITS))
        .where(CheckFinding.run_id == result.run_id, CheckFinding.name == result.name)
        .order_by(CheckFinding.place)
    )
    rows = session.execute(query).all()
    shown = [Offender(finding, name, community) for finding, name, community, seen in rows if seen]
    return Offenders(shown, len(rows) - len(shown))
