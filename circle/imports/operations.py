"""The verbs of importing. `apply` commits by itself, slice by slice, on a connection of its own."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

import pandas as pd
from sqlalchemy import Connection, Engine, delete, insert, select
from sqlalchemy.orm import Session

from circle import audit
from circle.database import begin_immediately
from circle.imports import uploads
from circle.imports.applying import Writing, close_month, write
from circle.imports.claims import LEASE, is_being_written, this_process
from circle.imports.filing import Asked, Terms, receive, refuse_repeated, unfinished
from circle.imports.planning import Plan, prepare
from circle.imports.rejects import rejects_workbook, rows_as_json
from circle.imports.scope import Scope, check_division, overlapping, standing_batches
from circle.imports.staging import slice_of, table_of, workbench
from circle.refusals import (
    ImportCrashed,
    ListTooOld,
    LossUnconfirmed,
    Refusal,
    ScopeBusy,
    UploadGone,
)
from models.imports import ImportBatch, ImportIssue
from models.policy import policy_on
from models.sealed import SealBroken
from models.staff import Account
from models.vocabulary.imports import BatchState

OVERTAKEN_ATTEMPTS = 3
FAILURE_LENGTH = 400
SHEET_LENGTH = 60
ISSUES_A_SLICE = 2_000  # each is sealed while the lock is held


@dataclass(frozen=True)
class Outcome:
    """What an import or a rehearsal (`batch_id` None) came to."""

    batch_id: int | None
    plan: Plan
    seconds: float

    @property
    def rejects(self) -> bytes:
        """The workbook of rejected rows."""
        return rejects_workbook(self.plan.rejected, self.plan.issues)


class Overtaken(Exception):  # noqa: N818 - named for what happened
    """Another batch of the scope was applied while this one was being compared."""


def rehearse(engine: Engine, asked: Asked, actor: Account, on: date) -> Outcome:
    """What an import would do; nothing is kept. Raises as `import_file` does, but counts losses
    instead of refusing them.
    """
    started = monotonic()
    with workbench(engine) as connection:
        plan = _planned(connection, asked, actor.division_code, on)
        connection.rollback()
    return Outcome(None, plan, monotonic() - started)


def import_file(engine: Engine, asked: Asked, actor: Account, terms: Terms) -> Outcome:
    """Check, compare and apply a file; a batch of it that was interrupted is finished instead.

    Raises UnreadableFile, AlreadyImported, ListTooOld, LossUnconfirmed, ScopeBusy.
    """
    digest = hashlib.sha256(asked.content).hexdigest()
    with Session(engine) as session:
        waiting = unfinished(session, digest)
        if waiting is None:
            refuse_repeated(session, digest, again=terms.again)
    if waiting is not None:
        return _resume(engine, waiting.id, asked.content, terms)
    return _carry_out(engine, asked, actor.id, actor.division_code, terms, None)


def apply(engine: Engine, batch_id: int, terms: Terms) -> Outcome:
    """Finish a batch that was received or interrupted. Commits by itself.

    A refusal marks the batch failed, with the sentence, and is raised.
    """
    with Session(engine) as session:
        batch = session.get_one(ImportBatch, batch_id)
        name = batch.progress.get("upload", "")
    try:
        return _resume(engine, batch_id, uploads.fetch(terms.uploads, name), terms)
    except SealBroken:
        _fail(engine, batch_id, UploadGone(), terms)
        raise UploadGone from None
    except ScopeBusy:
        raise
    except Refusal as refusal:
        _fail(engine, batch_id, refusal, terms)
        raise


def rehearse_batch(engine: Engine, batch_id: int, terms: Terms) -> Outcome:
    """Compare a received file and keep what it would do with the batch, which then waits for
    its filer's word. A refusal marks it failed and is raised.
    """
    with Session(engine) as session:
        batch = session.get_one(ImportBatch, batch_id)
        upload = batch.progress.get("upload", "")
        asked, filer = _asked_of(batch, b""), batch.filer
        session.expunge(filer)
    try:
        content = uploads.fetch(terms.uploads, upload)
        outcome = rehearse(engine, replace(asked, content=content), filer, terms.on)
    except SealBroken:
        _fail(engine, batch_id, UploadGone(), terms)
        raise UploadGone from None
    except Refusal as refusal:
        _fail(engine, batch_id, refusal, terms)
        raise
    with workbench(engine) as connection:
        _list_issues(connection, batch_id, outcome.plan, terms)
    with Session(engine) as session, session.begin():
        begin_immediately(session)
        batch = session.get_one(ImportBatch, batch_id)
        _describe(batch, outcome.plan)
        batch.move("check")
        batch.progress = {**batch.progress, "guess_division": False, "waits": True}
    return outcome


class Paths(Protocol):
    """Where an installation keeps uploads."""

    @property
    def uploads_path(self) -> Path: ...


class Installation(Protocol):
    """What a job works with."""

    @property
    def engine(self) -> Engine: ...
    @property
    def settings(self) -> "Paths": ...
    @property
    def now(self) -> datetime: ...
    @property
    def today(self) -> date: ...


def resume_batch(office: Installation, batch_id: int) -> dict[str, Any]:
    """Apply a batch that waits or was left behind; its counts, or why it was refused.

    Raises ScopeBusy where another batch of the scope is being written: then it waits on.
    """
    terms = Terms(office.today, office.now, office.settings.uploads_path)
    try:
        with Session(office.engine) as session:
            rehearses = session.get_one(ImportBatch, batch_id).progress.get("rehearse", False)
        act = rehearse_batch if rehearses else apply
        return dict(act(office.engine, batch_id, terms).plan.counts)
    except ScopeBusy:
        raise
    except Refusal as refusal:
        return {"refused": refusal.sentence()}


def _resume(engine: Engine, batch_id: int, content: bytes, terms: Terms) -> Outcome:
    """Claim the batch and go on with what it was asked for when it was filed."""
    with Session(engine) as session, session.begin():
        begin_immediately(session)
        batch = session.get_one(ImportBatch, batch_id)
        if is_being_written(batch, terms.now):
            raise ScopeBusy(batch_id)
        batch.claimed_by = this_process()
        batch.claimed_until = terms.now + LEASE
        asked = _asked_of(batch, content)
        terms = replace(
            terms,
            on=date.fromisoformat(batch.progress.get("on", terms.on.isoformat())),
            confirm_departures=batch.departures_confirmed or terms.confirm_departures,
        )
        filer = batch.filer
        actor_id, home = filer.id, filer.division_code
    return _carry_out(engine, asked, actor_id, home, terms, batch_id)


def _asked_of(batch: ImportBatch, content: bytes) -> Asked:
    guessed = batch.progress.get("guess_division", False)
    division = None if guessed else batch.division_code
    return Asked(
        batch.known_source, batch.file_name, content, division, batch.month, tuple(batch.kinds)
    )


def _carry_out(
    engine: Engine, asked: Asked, actor_id: int, home: str, terms: Terms, batch_id: int | None
) -> Outcome:
    for attempt in range(OVERTAKEN_ATTEMPTS):
        try:
            return _attempt(engine, asked, actor_id, home, terms, batch_id)
        except Overtaken:
            if attempt == OVERTAKEN_ATTEMPTS - 1:
                raise
    raise AssertionError


def _attempt(
    engine: Engine, asked: Asked, actor_id: int, home: str, terms: Terms, batch_id: int | None
) -> Outcome:
    started = monotonic()
    with workbench(engine) as connection:
        resumes = batch_id is not None and _state_of(connection, batch_id) is BatchState.APPLYING
        plan = _planned(connection, asked, home, terms.on)
        if not resumes:
            _refuse_scope(connection, plan, actor_id)
            _refuse_losses(connection, plan, terms)
        connection.commit()
        with slice_of(connection), Session(bind=connection) as session:
            batch = _begin(session, asked, plan, actor_id, terms, batch_id, resumes=resumes)
            created_at, batch_id = batch.created_at, batch.id
            listed = batch.progress.get("listed", False)
        if not listed:
            _list_issues(connection, batch_id, plan, terms)
        writing = Writing(
            connection, batch_id, plan, plan.scope.day(terms.on), created_at, terms.now, started
        )
        write(writing)
        with slice_of(connection), Session(bind=connection) as session:
            close_month(writing)
            upload = session.get_one(ImportBatch, batch_id).progress.get("upload")
            seconds = _finish(session, batch_id, terms, monotonic() - started)
        # Only now: a process that dies before this must find the file again.
        uploads.forget(terms.uploads, upload)
    return Outcome(batch_id, plan, seconds)


def _planned(connection: Connection, asked: Asked, home: str, on: date) -> Plan:
    """Raises ListTooOld beside what planning raises."""
    plan = prepare(connection, asked, home=home, on=on)
    scope = plan.scope
    if scope.is_full_list and scope.month is not None and not plan.supplements:
        newer = [
            batch.id
            for batch in standing_batches(connection, scope)
            if batch.month is not None and batch.month > scope.month
        ]
        if newer:
            raise ListTooOld(newer[0])
    return plan


def _state_of(connection: Connection, batch_id: int) -> BatchState | None:
    return connection.scalar(select(ImportBatch.state).where(ImportBatch.id == batch_id))


def _refuse_scope(connection: Connection, plan: Plan, actor_id: int) -> None:
    with Session(bind=connection) as session:
        check_division(session, session.get_one(Account, actor_id), plan.scope.division)


def _refuse_losses(connection: Connection, plan: Plan, terms: Terms) -> None:
    """A full list that shrank, or that ends too many: perhaps half a file was sent."""
    scope = plan.scope
    if terms.confirm_departures or not plan.ends_what_is_missing:
        return
    with Session(bind=connection) as session:
        policy = policy_on(session, terms.on, scope.division)
    rows, ended = plan.counts["rows"], plan.counts["ended"]
    lists = (
        batch.rows
        for batch in standing_batches(connection, scope)
        if set(batch.kinds) == set(scope.kinds) and not batch.supplements
    )
    before = next(lists, None)
    shrank = before is not None and before - rows > policy.row_loss_share * before
    share_of = plan.in_force if before is None else before
    if shrank or ended > policy.departure_share * share_of:
        raise LossUnconfirmed(rows, share_of, ended)


def _begin(
    session: Session,
    asked: Asked,
    plan: Plan,
    actor_id: int,
    terms: Terms,
    batch_id: int | None,
    *,
    resumes: bool,
) -> ImportBatch:
    """The batch is applying from here on: its counts and issues stand, its facts follow."""
    _refuse_busy(session, plan.scope, batch_id)
    if batch_id is not None:
        batch = session.get_one(ImportBatch, batch_id)
    else:
        batch = _new_batch(session, asked, plan, actor_id, terms)
    if resumes:
        return batch
    newest = standing_batches(session.connection(), plan.scope)
    if (newest[0].id if newest else None) != plan.newest:
        raise Overtaken
    _describe(batch, plan)
    batch.departures_confirmed = terms.confirm_departures
    batch.claimed_by, batch.claimed_until = this_process(), terms.now + LEASE
    batch.progress = {
        **batch.progress,
        "guess_division": False,
        "supplements": plan.supplements,
    }
    batch.move("check")
    batch.move("begin")
    session.flush()
    return batch


def _describe(batch: ImportBatch, plan: Plan) -> None:
    batch.division_code, batch.month = plan.scope.division, plan.scope.month
    batch.kinds = list(plan.scope.kinds)
    batch.counts, batch.reasons, batch.warnings = plan.counts, plan.reasons, plan.warnings


def _kept_rejects(plan: Plan, terms: Terms) -> str | None:
    """The workbook, sealed beside the uploads: a page only hands it out."""
    if not len(plan.rejected):
        return None
    return uploads.keep(terms.uploads, rejects_workbook(plan.rejected, plan.issues))


def _new_batch(
    session: Session, asked: Asked, plan: Plan, actor_id: int, terms: Terms
) -> ImportBatch:
    actor = session.get_one(Account, actor_id)
    narrowed = replace(asked, division=plan.scope.division, month=plan.scope.month)
    return receive(session, narrowed, actor, terms)


def _refuse_busy(session: Session, scope: Scope, batch_id: int | None) -> None:
    """Batches of one scope are written one after the other."""
    others = session.scalars(
        select(ImportBatch).where(
            overlapping(scope),
            ImportBatch.state == BatchState.APPLYING,
            ImportBatch.id != (batch_id or 0),
        )
    )
    for other in others:
        raise ScopeBusy(other.id)


def _list_issues(connection: Connection, batch_id: int, plan: Plan, terms: Terms) -> None:
    """Keep every problem and the workbook, in slices: sealing a hundred thousand takes its time.

    A process that dies meanwhile lists them anew.
    """
    rejects = _kept_rejects(plan, terms)
    issue = table_of(ImportIssue)
    with slice_of(connection):
        connection.execute(delete(issue).where(issue.c.import_id == batch_id))
    for part in _issue_slices(batch_id, plan):
        with slice_of(connection):
            connection.execute(insert(issue), part)
    with slice_of(connection), Session(bind=connection) as session:
        batch = session.get_one(ImportBatch, batch_id)
        batch.progress = {**batch.progress, "rejects": rejects, "listed": True}
        session.flush()


def _issue_slices(batch_id: int, plan: Plan) -> Iterator[list[dict[str, Any]]]:
    issues = plan.issues
    cells = rows_as_json(plan.rejected)
    first = ~issues["row"].duplicated().to_numpy()
    for start in range(0, len(issues), ISSUES_A_SLICE):
        part = slice(start, start + ISSUES_A_SLICE)
        yield [
            _issue(batch_id, issue, cells.get(issue["row"]) if is_first else None)
            for issue, is_first in zip(issues[part].to_dict("records"), first[part], strict=True)
        ]


def _issue(batch_id: int, issue: dict[Any, Any], cells: str | None) -> dict[str, Any]:
    column, raw = (None if pd.isna(issue[name]) else str(issue[name]) for name in ("column", "raw"))
    return {
        "import_id": batch_id,
        "sheet": str(issue["sheet"])[:SHEET_LENGTH],
        "line": int(issue["line"]),
        "code": str(issue["code"]),
        "rejects": bool(issue["rejects"]),
        "column": column and column[:SHEET_LENGTH],
        "raw": raw,
        "cells": cells,
    }


def _finish(session: Session, batch_id: int, terms: Terms, seconds: float) -> float:
    batch = session.get_one(ImportBatch, batch_id)
    batch.move("finish")
    batch.applied_at = terms.now
    batch.seconds = round(seconds, 3)
    batch.claimed_by = batch.claimed_until = None
    kept = ("rejects", "on", "supplements")
    batch.progress = {name: batch.progress.get(name) for name in kept}
    audit.record(
        session,
        act="import:file:apply",
        actor=session.get_one(Account, batch.filed_by),
        now=terms.now,
        details={
            "batch": batch_id,
            "source": batch.known_source.value,
            "rows": batch.counts["rows"],
        },
    )
    session.flush()
    return batch.seconds


def give_up(office: Installation, batch_id: int) -> None:
    """Mark a batch failed whose job crashed again and again before anything was written.

    One that is half written stays as it is: it has to be finished or undone, not forgotten.
    """
    with Session(office.engine) as session:
        state = session.get_one(ImportBatch, batch_id).state
    if state is not BatchState.APPLYING:
        terms = Terms(office.today, office.now, office.settings.uploads_path)
        _fail(office.engine, batch_id, ImportCrashed(), terms)


def _fail(engine: Engine, batch_id: int, refusal: Refusal, terms: Terms) -> None:
    """A file that only waits for its departures to be confirmed is kept for that."""
    with Session(engine) as session, session.begin():
        begin_immediately(session)
        batch = session.get_one(ImportBatch, batch_id)
        upload = batch.progress.get("upload")
        batch.move("fail")
        batch.failure = str(refusal.sentence())[:FAILURE_LENGTH]
        batch.claimed_by = batch.claimed_until = None
        waits = isinstance(refusal, LossUnconfirmed)
        batch.progress = {**batch.progress, "waits": True} if waits else {}
    if not waits:
        uploads.forget(terms.uploads, upload)
