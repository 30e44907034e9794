"""Background jobs: a table of what runs when, and a slot claimed once by a row with a lease."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from importlib import import_module
from threading import Event, Thread
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import ColumnElement, Engine, and_, case, delete, func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from circle import audit, database
from circle.imports import dropping, hindsight
from circle.imports.foresight import foresee_undoing
from circle.imports.operations import give_up, resume_batch
from circle.imports.queries import batches_to_resume
from circle.matching import waiting
from circle.messages import sending
from circle.office import Office
from circle.places import origins
from circle.posts.operations import expire_due
from circle.processes import is_gone, this_process
from circle.referrals.operations import lapse_silent
from circle.refusals import Refusal, ScopeBusy
from circle.seeking.mailing import queue_digests
from circle.upkeep.inspection import check_all
from circle.upkeep.mending import mend_and_check
from circle.upkeep.operations import settle_requests
from circle.upkeep.queries import waiting_requests
from circle.upkeep.rhythm import RHYTHM, Daily, Weekly, turn
from models.imports import ImportBatch
from models.jobs import JobRequest, JobRun
from models.sql import insert_into
from models.vocabulary.imports import BatchState
from models.vocabulary.integrity import CheckName
from models.vocabulary.jobs import JobName, JobState, SweepReason
from reminders.sweep import SweepBlocked, sweep

log = structlog.get_logger(__name__)
LEASE = timedelta(minutes=5)
HEARTBEAT_SECONDS = 10.0
ATTEMPTS = 3
PAUSE = timedelta(minutes=1)
# A slot whose process dies with it each time is not tried for ever.
DEATHS = 5
DIED = "ProcessDied"
EXPIRED_AT_ONCE = 500
OUTCOME_LENGTH = 400
ENDED = (JobState.DONE, JobState.FAILED)
Counts = dict[str, Any]
# What this process carries out. Where not even the end of a run could be written, as on a full
# disk, the run stands there as if it still went on.
UNDER_WAY: set[int] = set()


@dataclass(frozen=True)
class Job:
    """`due` names the slots to run now; `run` does one and returns what to keep of it.

    Asked for by a person, a job that runs at any time runs once; another does what is due.
    """

    name: JobName
    every_seconds: int
    due: Callable[[Office], list[str]]
    run: Callable[[Office, str], Counts]
    any_time: bool = False


def run_due(office: Office, job: Job) -> int:
    """Run every due slot nobody else has claimed; how many ran."""
    return sum(run_slot(office, job, slot) for slot in job.due(office))


def run_requested(office: Office, job: Job) -> int:
    """Run what people have asked for and nobody else has claimed; how many ran."""
    with office.session(immediate=False) as session:
        waiting = [request.slot for request in waiting_requests(session, job.name)]
    ran = sum(run_slot(office, _on_request(job), slot) for slot in waiting)
    if waiting:
        with office.session() as session:
            settle_requests(session, job.name, now=office.now)
    return ran


def _on_request(job: Job) -> Job:
    if job.any_time:
        return job
    return replace(job, run=lambda office, _slot: {"ran": run_due(office, job)})


def run_slot(office: Office, job: Job, slot: str) -> bool:
    """Claim the slot and run it; False where another scheduler has it or it has been run."""
    run_id = claim(office.engine, job.name, slot, now=office.now)
    if run_id is None:
        return False
    UNDER_WAY.add(run_id)
    try:
        return _carry_out(office, job, slot, run_id)
    finally:
        UNDER_WAY.discard(run_id)


def _carry_out(office: Office, job: Job, slot: str, run_id: int) -> bool:
    try:
        with _kept(office.engine, run_id):
            counts = job.run(office, slot)
    except (SweepBlocked, ScopeBusy):
        _release(office, run_id)
        return False
    except Refusal as refusal:
        log.warning("job refused", job=job.name, slot=slot, refusal=type(refusal).__name__)
        _finish(office, run_id, "fail", str(refusal.sentence())[:OUTCOME_LENGTH], {})
        return True
    except Exception as error:
        log.exception("job failed", job=job.name, slot=slot)
        _finish(office, run_id, "fail", type(error).__name__, {})
        return True
    _finish(office, run_id, "finish", None, counts)
    return True


def claim(engine: Engine, name: JobName, slot: str, *, now: datetime) -> int | None:
    """Take the slot, or take it over where its lease ran out or its process is gone.

    One statement takes it, so only one wins.
    """
    values = {
        "state": JobState.RUNNING,
        "claimed_by": this_process(),
        "lease_until": now + LEASE,
        "heartbeat_at": now,
        "started_at": now,
        "finished_at": None,
        "outcome": None,
    }
    gone = _process_gone(engine, name, slot)
    dead = (JobRun.lease_until < now) | (JobRun.claimed_by == gone)
    free = (JobRun.state == JobState.INTERRUPTED) | ((JobRun.state == JobState.RUNNING) & dead)
    with database.session_scope(engine) as session:
        make = insert_into(session, JobRun)
        take = make.values(name=name, slot=slot, attempt=1, counts={}, **values)
        return session.execute(
            take.on_conflict_do_update(
                index_elements=[JobRun.name, JobRun.slot],
                set_={**values, "attempt": JobRun.attempt + 1},
                where=free,
            ).returning(JobRun.id)
        ).scalar()


def _process_gone(engine: Engine, name: JobName, slot: str) -> str | None:
    """Who held the slot, where it was a process of this machine that was killed."""
    held = select(JobRun.claimed_by).where(
        JobRun.name == name, JobRun.slot == slot, JobRun.state == JobState.RUNNING
    )
    with Session(engine) as session:
        holder = session.scalar(held)
    return holder if holder and is_gone(holder) else None


def note_interrupted(engine: Engine, *, now: datetime) -> int:
    """Mark the runs whose process died or could not end them; how many. Their slots are free."""
    with Session(engine) as session:
        running = session.scalars(select(JobRun).where(JobRun.state == JobState.RUNNING)).all()
    dead = [run for run in running if _is_dead(run, now)]
    if not dead:
        return 0
    with database.session_scope(engine) as session:
        return sum(_interrupt(session, run, now) for run in dead)


def _is_dead(run: JobRun, now: datetime) -> bool:
    return run.lease_until < now or is_gone(run.claimed_by) or _is_left(run, now)


def _is_left(run: JobRun, now: datetime) -> bool:
    """Claimed by this process and not under way in it; one just claimed is about to be."""
    is_new = run.started_at > now - timedelta(seconds=HEARTBEAT_SECONDS)
    return run.claimed_by == this_process() and run.id not in UNDER_WAY and not is_new


def _interrupt(session: Session, run: JobRun, now: datetime) -> int:
    """Nothing where another scheduler has taken it over meanwhile."""
    given_up = run.attempt >= DEATHS
    changed = session.execute(
        update(JobRun)
        .where(
            JobRun.id == run.id,
            JobRun.state == JobState.RUNNING,
            JobRun.claimed_by == run.claimed_by,
            JobRun.lease_until == run.lease_until,
        )
        .values(
            state=JobState.FAILED if given_up else JobState.INTERRUPTED,
            finished_at=now,
            outcome=DIED,
        )
        .returning(JobRun.id)
    ).all()
    for found in changed:
        log.warning("a job's process died", run=found.id, attempt=run.attempt, given_up=given_up)
    return len(changed)


@contextmanager
def _kept(engine: Engine, run_id: int) -> Iterator[None]:
    """Renew the lease while the job runs: a long one is not taken for dead."""
    done = Event()
    keeper = Thread(target=_renew, args=(engine, run_id, done), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()


def _renew(engine: Engine, run_id: int, done: Event) -> None:
    while not done.wait(HEARTBEAT_SECONDS):
        moment = database.now()
        try:
            with database.session_scope(engine) as session:
                session.execute(
                    update(JobRun)
                    .where(_still_mine(run_id))
                    .values(heartbeat_at=moment, lease_until=moment + LEASE)
                )
        except DBAPIError:
            # Locked or out of reach for a moment: many more tries fit into the lease.
            log.warning("lease not renewed", run=run_id)


def _still_mine(run_id: int) -> ColumnElement[bool]:
    """Whoever was taken for dead and comes back finds the run in other hands."""
    return and_(
        JobRun.id == run_id,
        JobRun.state == JobState.RUNNING,
        JobRun.claimed_by == this_process(),
    )


def _release(office: Office, run_id: int) -> None:
    """Not now: the slot is free for the next look, as if nobody had taken it."""
    with office.session() as session:
        session.execute(delete(JobRun).where(_still_mine(run_id)))


def _finish(office: Office, run_id: int, verb: str, outcome: str | None, counts: Counts) -> None:
    with office.session() as session:
        run = session.scalars(select(JobRun).where(_still_mine(run_id))).one_or_none()
        if run is None:
            log.warning("a run ended in other hands", run=run_id)
            return
        run.move(verb)
        run.finished_at = office.now
        run.outcome = outcome
        run.counts = counts


def _by_the_clock(name: JobName) -> Callable[[Office], list[str]]:
    """Today, or this week, once the job's hour has passed where the office is."""
    rhythm = RHYTHM[name]
    assert isinstance(rhythm, Daily | Weekly)  # noqa: S101 - the table says so

    def due(office: Office) -> list[str]:
        local = office.now.astimezone(ZoneInfo(office.settings.timezone))
        began = turn(rhythm, local)
        if local < began:
            return []
        with office.session(immediate=False) as session:
            return _until_done(session, name, began.date().isoformat(), office.now)

    return due


def _until_done(session: Session, name: JobName, slot: str, now: datetime) -> list[str]:
    """The slot; after each failure, as of a connection that was lost, a new one behind a pause
    that doubles. Nothing once it is done.
    """
    again = JobRun.slot.startswith(f"{slot}:again:", autoescape=True)
    of_slot = select(JobRun).where(JobRun.name == name, (JobRun.slot == slot) | again)
    found = session.scalars(of_slot.order_by(JobRun.id)).all()
    if not found:
        return [slot]
    newest, tries = found[-1], len(found)
    if newest.state is JobState.DONE:
        return []
    if newest.state is not JobState.FAILED or newest.finished_at is None:
        return [newest.slot]
    is_over = newest.finished_at + PAUSE * 2 ** (tries - 1) <= now
    return [f"{slot}:again:{tries}"] if is_over else []


def _sweep_nightly(office: Office, slot: str) -> Counts:
    del slot
    return _sweep(office, SweepReason.NIGHTLY)


def _unswept(office: Office) -> list[str]:
    """The newest applied batch that no sweep has followed yet."""
    with office.session(immediate=False) as session:
        newest = session.scalar(select(func.max(ImportBatch.id)).where(*_awaits_sweep()))
        undone = session.scalar(select(func.count()).where(ImportBatch.undone_at.is_not(None)))
        if newest is None:
            return []
        slot = f"batch:{newest}:{undone}"
        return _until_done(session, JobName.SWEEP_AFTER_CHANGE, slot, office.now)


def _sweep_after_change(office: Office, slot: str) -> Counts:
    del slot
    with office.session(immediate=False) as session:
        awaiting = session.execute(
            select(ImportBatch.id, ImportBatch.state).where(*_awaits_sweep())
        )
        before = [(batch_id, state) for batch_id, state in awaiting]
    counts = _sweep(office, SweepReason.IMPORT)
    with office.session() as session:
        for batch_id, state in before:
            session.execute(
                update(ImportBatch)
                .where(ImportBatch.id == batch_id, ImportBatch.state == state)
                .values(swept_at=office.now)
            )
    return counts


def _awaits_sweep() -> tuple[Any, ...]:
    changed = ImportBatch.state.in_((BatchState.APPLIED, BatchState.UNDONE))
    return (changed, ImportBatch.swept_at.is_(None))


def _sweep(office: Office, reason: SweepReason) -> Counts:
    return sweep(office.engine, on=office.today, now=office.now, reason=reason).counts


def _closed_minutes(office: Office) -> list[str]:
    return [office.now.strftime("%Y-%m-%dT%H:%M")]


def _seal(office: Office, slot: str) -> Counts:
    del slot
    with office.session() as session:
        sealed = audit.seal_closed_minutes(session, office.now)
        newest = audit.newest_digest(session)
    if sealed:
        # The log keeps what the database alone could not prove: that no newest seal went missing.
        log.info("audit sealed", minutes=sealed, digest=newest)
    return {"sealed": sealed}


def _lapse(office: Office, slot: str) -> Counts:
    del slot
    with office.session() as session:
        return {"lapsed": lapse_silent(session, on=office.today, now=office.now)}


def _check(office: Office, slot: str) -> Counts:
    del slot
    return check_all(office)


def _never(_office: Office) -> list[str]:
    """Only when somebody asks for it."""
    return []


def _mend(office: Office, slot: str) -> Counts:
    """The slot names who asked and which invariant to mend."""
    _, number, name = slot.split(":")
    with office.session(immediate=False) as session:
        by = session.get_one(JobRequest, int(number)).requested_by
    return mend_and_check(office, CheckName(name), by=by)


def _waiting_batches(office: Office) -> list[str]:
    """Each look at a batch is a slot of its own: it is rehearsed, applied, perhaps taken back."""
    with office.session(immediate=False) as session:
        waiting = batches_to_resume(session, now=office.now)
        slots = [_slot_of(session, number) for number in waiting]
        return [slot for slot in slots if not _rests(session, slot, office.now)]


def _slot_of(session: Session, batch_id: int) -> str:
    """The batch, how often a person has had it tried again, and what has ended since."""
    tries = session.get_one(ImportBatch, batch_id).progress.get("round", 0)
    ended = select(func.count()).where(_runs_of(f"batch:{batch_id}:{tries}:"), _has_ended())
    return f"batch:{batch_id}:{tries}:{session.scalars(ended).one()}"


def _rests(session: Session, slot: str, now: datetime) -> bool:
    """What could not even be taken back, as on a full disk, is tried again after a pause."""
    if _tries(session, slot) < ATTEMPTS:
        return False
    newest = session.scalar(select(func.max(JobRun.finished_at)).where(_runs_of(_round_of(slot))))
    return newest is not None and newest + PAUSE > now


def _tries(session: Session, slot: str) -> int:
    """How often it has failed, or its process has died, before now."""
    failed = case((JobRun.state == JobState.FAILED, JobRun.attempt), else_=JobRun.attempt - 1)
    tries = select(func.sum(failed)).where(_runs_of(_round_of(slot)), JobRun.state != JobState.DONE)
    return session.scalar(tries) or 0


def _runs_of(prefix: str) -> ColumnElement[bool]:
    return and_(JobRun.name == JobName.IMPORT, JobRun.slot.startswith(prefix, autoescape=True))


def _round_of(slot: str) -> str:
    return slot.rpartition(":")[0] + ":"


def _has_ended() -> ColumnElement[bool]:
    return JobRun.state.in_(ENDED)


def _import(office: Office, slot: str) -> Counts:
    """Three times in all; then what was written is taken back and the batch has failed."""
    batch_id = int(slot.split(":")[1])
    with office.session(immediate=False) as session:
        tries = _tries(session, slot)
    if tries >= ATTEMPTS:
        return give_up(office, batch_id)
    try:
        return resume_batch(office, batch_id)
    except ScopeBusy:
        raise
    except Exception:
        if tries + 1 >= ATTEMPTS:
            give_up(office, batch_id)
        raise


def _while(name: JobName, is_due: Callable[[Session, date], bool]) -> Callable[[Office], list[str]]:
    """One slot at a time for a job that works off all there is; named by its last run, so that a
    failure is not tried again at every look.
    """

    def due(office: Office) -> list[str]:
        done = select(func.max(JobRun.id)).where(JobRun.name == name, JobRun.state == JobState.DONE)
        with office.session(immediate=False) as session:
            if not is_due(session, office.today):
                return []
            slot = f"after:{session.scalar(done) or 0}"
            return _until_done(session, name, slot, office.now)

    return due


def _reckon_walks(office: Office, slot: str) -> Counts:
    del slot
    # Loaded by name, on first use: it needs scipy, which commands and short looks do without.
    counts: Counts = import_module("circle.places.walks").reckon_walks(office)
    return counts


def _reckon_terms(office: Office, slot: str) -> Counts:
    del slot
    # By name as above: it needs the cutter with its dictionary.
    counts: Counts = import_module("circle.matching.terms").reckon_terms(office)
    return counts


def _match(office: Office, slot: str) -> Counts:
    del slot
    counts: Counts = import_module("circle.matching.batch").match_everybody(office)
    return counts


def _undoings_to_try(office: Office) -> list[str]:
    with office.session(immediate=False) as session:
        return list(hindsight.slots(session))


def _try_undoing(office: Office, slot: str) -> Counts:
    return {"ran": int(foresee_undoing(office.engine, slot, on=office.today, now=office.now))}


def _queue_digests(office: Office, slot: str) -> Counts:
    """Slice by slice: whoever writes meanwhile waits for one of them at most."""
    del slot
    queued = 0
    after: int | None = 0
    while after is not None:
        with office.session() as session:
            added, after = queue_digests(session, on=office.today, now=office.now, after=after)
        queued += added
    return {"queued": queued}


def _expire_posts(office: Office, slot: str) -> Counts:
    """A slice at a time, so that nobody waits long for a row."""
    del slot
    expired, last = 0, EXPIRED_AT_ONCE
    while last == EXPIRED_AT_ONCE:
        with office.session() as session:
            last = expire_due(session, on=office.today, now=office.now, most=EXPIRED_AT_ONCE)
        expired += last
    return {"expired": expired}


JOBS = (
    Job(JobName.IMPORT, 3, _waiting_batches, _import),
    Job(JobName.SWEEP_AFTER_CHANGE, 10, _unswept, _sweep_after_change),
    Job(
        JobName.NIGHTLY_SWEEP,
        60,
        _by_the_clock(JobName.NIGHTLY_SWEEP),
        _sweep_nightly,
        any_time=True,
    ),
    Job(JobName.POST_EXPIRY, 60, _by_the_clock(JobName.POST_EXPIRY), _expire_posts, any_time=True),
    Job(JobName.DROP_FOLDER, 5, dropping.due, dropping.run),
    Job(JobName.UNDO_TRIAL, 3, _undoings_to_try, _try_undoing),
    Job(JobName.REFERRAL_LAPSE, 60, _by_the_clock(JobName.REFERRAL_LAPSE), _lapse, any_time=True),
    Job(JobName.MESSAGES, 20, sending.due, sending.run, any_time=True),
    Job(JobName.SEAL_AUDIT, 60, _closed_minutes, _seal, any_time=True),
    Job(JobName.INTEGRITY_CHECK, 60, _by_the_clock(JobName.INTEGRITY_CHECK), _check, any_time=True),
    Job(JobName.DIGEST, 60, _by_the_clock(JobName.DIGEST), _queue_digests, any_time=True),
    Job(JobName.INTEGRITY_MEND, 60, _never, _mend, any_time=True),
    Job(JobName.WALKS, 30, _while(JobName.WALKS, origins.is_due), _reckon_walks, any_time=True),
    Job(JobName.TERMS, 20, _while(JobName.TERMS, waiting.is_due), _reckon_terms, any_time=True),
    Job(JobName.MATCHING, 60, _by_the_clock(JobName.MATCHING), _match, any_time=True),
)
