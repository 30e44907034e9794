"""Background jobs: a table of what runs when, and a slot claimed once by a row with a lease."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from threading import Event, Thread
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Engine, func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from circle import audit, database
from circle.imports.claims import is_gone, this_process
from circle.imports.operations import give_up, resume_batch
from circle.imports.queries import batches_to_resume
from circle.office import Office
from circle.refusals import ScopeBusy
from models.imports import ImportBatch
from models.jobs import JobRun
from models.sql import insert_into
from models.vocabulary.imports import BatchState
from models.vocabulary.jobs import JobName, JobState, SweepReason
from reminders.sweep import SweepBlocked, sweep

log = structlog.get_logger(__name__)
LEASE = timedelta(minutes=5)
NIGHTLY_AT = time(2, 0)
ATTEMPTS = 3
Counts = dict[str, Any]


@dataclass(frozen=True)
class Job:
    """`due` names the slots to run now; `run` does one and returns what to keep of it."""

    name: JobName
    every_seconds: int
    due: Callable[[Office], list[str]]
    run: Callable[[Office, str], Counts]


def run_due(office: Office, job: Job) -> int:
    """Run every due slot nobody else has claimed; how many ran."""
    return sum(run_slot(office, job, slot) for slot in job.due(office))


def run_slot(office: Office, job: Job, slot: str) -> bool:
    """Claim the slot and run it; False where another scheduler has it or it has been run."""
    run_id = claim(office.engine, job.name, slot, now=office.now)
    if run_id is None:
        return False
    try:
        with _kept(office.engine, run_id):
            counts = job.run(office, slot)
    except (SweepBlocked, ScopeBusy):
        _release(office, run_id)
        return False
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
        "started_at": now,
    }
    gone = _process_gone(engine, name, slot)
    free = (JobRun.lease_until < now) | (JobRun.claimed_by == gone)
    with database.session_scope(engine) as session:
        make = insert_into(session, JobRun)
        take = make.values(name=name, slot=slot, attempt=1, counts={}, **values)
        return session.execute(
            take.on_conflict_do_update(
                index_elements=[JobRun.name, JobRun.slot],
                set_={**values, "attempt": JobRun.attempt + 1},
                where=(JobRun.state == JobState.RUNNING) & free,
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
    while not done.wait(LEASE.total_seconds() / 4):
        until = database.now() + LEASE
        try:
            with database.session_scope(engine) as session:
                session.execute(update(JobRun).where(JobRun.id == run_id).values(lease_until=until))
        except DBAPIError:
            # Locked or out of reach for a moment: three more tries fit into the lease.
            log.warning("lease not renewed", run=run_id)


def _release(office: Office, run_id: int) -> None:
    """Not now: the slot is free for the next look."""
    with office.session() as session:
        session.execute(update(JobRun).where(JobRun.id == run_id).values(lease_until=office.now))


def _finish(office: Office, run_id: int, verb: str, outcome: str | None, counts: Counts) -> None:
    with office.session() as session:
        run = session.get_one(JobRun, run_id)
        run.move(verb)
        run.finished_at = office.now
        run.outcome = outcome
        run.counts = counts


def _night(office: Office) -> list[str]:
    """Today, once the night's hour has passed where the office is."""
    local = office.now.astimezone(ZoneInfo(office.settings.timezone))
    day = local.date().isoformat()
    return [day] if local.time() >= NIGHTLY_AT and not _has_run(office, day) else []


def _has_run(office: Office, slot: str) -> bool:
    with office.session(immediate=False) as session:
        done = select(JobRun.id).where(
            JobRun.name == JobName.NIGHTLY_SWEEP,
            JobRun.slot == slot,
            JobRun.state != JobState.RUNNING,
        )
        return session.scalar(done) is not None


def _sweep_nightly(office: Office, slot: str) -> Counts:
    del slot
    return _sweep(office, SweepReason.NIGHTLY)


def _unswept(office: Office) -> list[str]:
    """The newest applied batch that no sweep has followed yet."""
    with office.session(immediate=False) as session:
        newest = session.scalar(select(func.max(ImportBatch.id)).where(*_awaits_sweep()))
        undone = session.scalar(select(func.count()).where(ImportBatch.undone_at.is_not(None)))
    return [] if newest is None else [f"batch:{newest}:{undone}"]


def _sweep_after_change(office: Office, slot: str) -> Counts:
    newest = int(slot.split(":")[1])
    counts = _sweep(office, SweepReason.IMPORT)
    with office.session() as session:
        session.execute(
            update(ImportBatch)
            .where(*_awaits_sweep(), ImportBatch.id <= newest)
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


def _waiting_batches(office: Office) -> list[str]:
    """A batch whose run crashed is tried again, three times in all."""
    with office.session(immediate=False) as session:
        waiting = batches_to_resume(session, now=office.now)
        tried = {number: _failures(session, number) for number in waiting}
    return [f"batch:{number}:{n}" for number, n in tried.items() if n < ATTEMPTS]


def _failures(session: Session, batch_id: int) -> int:
    failed = select(func.count()).where(
        JobRun.name == JobName.IMPORT,
        JobRun.slot.like(f"batch:{batch_id}:%"),
        JobRun.state == JobState.FAILED,
    )
    return session.scalars(failed).one()


def _import(office: Office, slot: str) -> Counts:
    _, batch, tried = slot.split(":")
    try:
        return resume_batch(office, int(batch))
    except ScopeBusy:
        raise
    except Exception:
        if int(tried) + 1 >= ATTEMPTS:
            give_up(office, int(batch))
        raise


JOBS = (
    Job(JobName.IMPORT, 3, _waiting_batches, _import),
    Job(JobName.SWEEP_AFTER_CHANGE, 10, _unswept, _sweep_after_change),
    Job(JobName.NIGHTLY_SWEEP, 60, _night, _sweep_nightly),
    Job(JobName.SEAL_AUDIT, 60, _closed_minutes, _seal),
)
