"""Look at every invariant at one moment, and keep what was found."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

import structlog
from sqlalchemy import Engine, delete, insert, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from circle.office import Office
from circle.upkeep.checks import BY_NAME, CHECKS, Check
from circle.upkeep.offences import Found, Moment
from models.integrity import CheckFinding, CheckResult, CheckRun
from models.jobs import JobRun
from models.policy import common_policy_on
from models.vocabulary.integrity import CheckName
from models.vocabulary.jobs import JobState

log = structlog.get_logger(__name__)
RUNS_WITH_FINDINGS = 2
KEPT = timedelta(days=180)  # as long as logs are (GB/T 22239, level 3)


@dataclass(frozen=True)
class Looked:
    """What one checker came to; `found` None: it could not look."""

    check: Check
    found: Found | None
    seconds: float


def check_all(office: Office) -> dict[str, Any]:
    """Every checker, on one snapshot of the records; the counts are kept and returned."""
    started, now = perf_counter(), office.now
    with snapshot(office.engine) as session:
        moment = moment_at(office, session)
        looked = [_looked(session, check, moment) for check in CHECKS]
    with office.session() as session:
        run = CheckRun(started_at=now)
        session.add(run)
        session.flush()
        for one in looked:
            _keep(session, run.id, one, now)
        run.finished_at, run.seconds = office.now, round(perf_counter() - started, 3)
        _forget_old(session, run.id, now)
        return _counts_of(looked)


def check_again(office: Office, name: CheckName) -> int | None:
    """One checker once more, after a mend; its count takes the place of the newest run's."""
    with snapshot(office.engine) as session:
        moment = moment_at(office, session)
        looked = _looked(session, BY_NAME[name], moment)
    with office.session() as session:
        newest = session.scalar(select(CheckRun.id).order_by(CheckRun.id.desc()).limit(1))
        if newest is not None:
            for table in (CheckResult, CheckFinding):
                session.execute(delete(table).where(table.run_id == newest, table.name == name))
            _keep(session, newest, looked, office.now)
    return looked.found.count if looked.found else None


def moment_at(office: Office, session: Session) -> Moment:
    policy = common_policy_on(session, office.today)
    return Moment(office.today, office.now, policy, office.settings.uploads_path)


@contextmanager
def snapshot(engine: Engine) -> Iterator[Session]:
    """A transaction that sees one moment throughout, however long it looks."""
    options = {}
    if engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with (
        engine.connect() as bare,
        Session(bare.execution_options(**options)) as session,
    ):
        if options:
            # It would compile these statements for longer than it takes to run them.
            session.execute(text("SET LOCAL jit = off"))
        yield session


def _looked(session: Session, check: Check, moment: Moment) -> Looked:
    """A checker that fails leaves the others their turn."""
    started = perf_counter()
    found: Found | None = None
    try:
        with session.begin_nested():
            found = check.look(session, moment)
    except (SQLAlchemyError, OSError) as error:
        log.warning("could not check", check=check.name.value, error=type(error).__name__)
    session.expunge_all()
    return Looked(check, found, round(perf_counter() - started, 3))


def _keep(session: Session, run_id: int, looked: Looked, now: datetime) -> None:
    name, found = looked.check.name, looked.found
    since = _since(session, run_id, name)
    holds = found is not None and found.count == 0
    session.add(
        CheckResult(
            run_id=run_id,
            name=name,
            count=found.count if found else None,
            since=None if holds else since or (now if found else None),
            seconds=looked.seconds,
        )
    )
    rows = [
        {
            "run_id": run_id,
            "name": name,
            "place": place,
            "record_id": offence.record_id,
            "resident_id": offence.resident_id,
            "details": offence.details,
        }
        for place, offence in enumerate(found.first if found else (), start=1)
    ]
    session.flush()
    if rows:
        session.execute(insert(CheckFinding), rows)


def _since(session: Session, run_id: int, name: CheckName) -> datetime | None:
    """Since when the run before found it broken, if it did."""
    before = (
        select(CheckResult.since)
        .where(CheckResult.name == name, CheckResult.run_id < run_id)
        .order_by(CheckResult.run_id.desc())
        .limit(1)
    )
    return session.scalar(before)


def _forget_old(session: Session, run_id: int, now: datetime) -> None:
    """Examples of the newest runs, figures and job runs for half a year."""
    session.execute(delete(CheckFinding).where(CheckFinding.run_id <= run_id - RUNS_WITH_FINDINGS))
    old = select(CheckRun.id).where(CheckRun.started_at < now - KEPT)
    session.execute(delete(CheckResult).where(CheckResult.run_id.in_(old)))
    session.execute(delete(CheckRun).where(CheckRun.started_at < now - KEPT))
    session.execute(
        delete(JobRun).where(JobRun.started_at < now - KEPT, JobRun.state == JobState.DONE)
    )


def _counts_of(looked: Iterable[Looked]) -> dict[str, Any]:
    found = [one.found for one in looked]
    return {
        "checks": len(found),
        "broken": sum(1 for each in found if each and each.count),
        "findings": sum(each.count for each in found if each),
        "unread": sum(1 for each in found if each is None),
    }
