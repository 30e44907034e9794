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
from circle.imports.breakage import BREAKAGES, refusal_of
from circle.imports.claims import LEASE, is_being_written, this_process
from circle.imports.expectations import look_at
from circle.imports.filing import Asked, Terms, receive, refuse_repeated, unfinished
from circle.imports.foresight import foresee
from circle.imports.holding import hold
from circle.imports.layouts import FileLayout, LayoutNeeded, remember
from circle.imports.oddities import LOSSES, Found, oddities_of, unconfirmed
from circle.imports.planning import Plan, prepare
from circle.imports.progress import Tell, silent, teller
from circle.imports.rejects import rejects_workbook, rows_as_json
from circle.imports.returning import Ending, next_turn, serialise
from circle.imports.scope import Scope, check_division, overlapping, standing_batches
from circle.imports.staging import looking, slice_of, table_of, workbench
from circle.imports.undoing import remove_traces, take_back, undone_counts
from circle.refusals import (
    Broken,
    ImportCrashed,
    ListTooOld,
    LossUnconfirmed,
    MonthAhead,
    Refusal,
    ScopeBusy,
    StillHalfWritten,
    UploadGone,
)
from models.imports import ImportBatch, ImportIssue
from models.sealed import SealBroken
from models.staff import Account
from models.vocabulary.imports import BatchOrigin, BatchState, Oddity

OVERTAKEN_ATTEMPTS = 3
SHEET_LENGTH = 60
# What is told of a batch while it is worked on.
UNDER_WAY = frozenset({"stage", "rows", "act", "last", "done", "total", "seconds", "rehearse"})
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


class LooksOdd(Exception):  # noqa: N818 - named for what happened
    """A file nobody has looked at, or one that has changed its looks since: somebody must."""


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
    except LooksOdd:
        return rehearse_batch(engine, batch_id, terms)
    except SealBroken:
        _fail(engine, batch_id, UploadGone(), terms)
        raise UploadGone from None
    except (ScopeBusy, Broken, StillHalfWritten):
        raise
    except LayoutNeeded as needed:
        _wait_for_layout(engine, batch_id, needed)
        raise
    except Refusal as refusal:
        _fail(engine, batch_id, refusal, terms)
        raise


def rehearse_batch(engine: Engine, batch_id: int, terms: Terms) -> Outcome:
    """Compare a received file and keep what it would do with the batch, which then waits for
    somebody's word. A refusal marks it failed and is raised.

    First the counts, then, once they stand, what applying it would do to people.
    """
    started, today = monotonic(), terms.on
    asked, home, upload, terms = _claimed(engine, batch_id, terms)
    tell = teller(engine, batch_id)
    try:
        asked = replace(asked, content=uploads.fetch(terms.uploads, upload))
        with workbench(engine) as connection:
            plan = _planned(connection, asked, home, terms.on, tell)
            found = oddities_of(look_at(connection, plan, terms.on))
            connection.commit()
            tell("list")
            former = _list_issues(connection, batch_id, plan, terms)
            writing = _await_word(connection, batch_id, plan, found, terms)
            uploads.forget(terms.uploads, former)
            foresee(engine, writing, today)
    except SealBroken:
        _fail(engine, batch_id, UploadGone(), terms)
        raise UploadGone from None
    except LayoutNeeded as needed:
        _wait_for_layout(engine, batch_id, needed)
        raise
    except Refusal as refusal:
        _fail(engine, batch_id, refusal, terms)
        raise
    except BREAKAGES as error:
        raise _broken(engine, batch_id, error, terms) from error
    return Outcome(batch_id, plan, monotonic() - started)


def _claimed(engine: Engine, batch_id: int, terms: Terms) -> tuple[Asked, str, str, Terms]:
    """What was asked for, without its content, its filer's division, and where the upload lies.

    Raises ScopeBusy.
    """
    with Session(engine) as session, session.begin():
        begin_immediately(session)
        batch = session.get_one(ImportBatch, batch_id, with_for_update=True)
        _claim(batch, terms)
        batch.effects = {}
        on = date.fromisoformat(batch.progress.get("on", terms.on.isoformat()))
        upload = batch.progress.get("upload", "")
        asked = _asked_of(batch, b"")
        return asked, batch.filer.division_code, upload, replace(terms, on=on)


def _await_word(
    connection: Connection, batch_id: int, plan: Plan, found: list[Found], terms: Terms
) -> Writing:
    """The counts stand; whoever filed it decides. What is returned can be tried or written."""
    with slice_of(connection), Session(bind=connection) as session:
        batch = session.get_one(ImportBatch, batch_id)
        _describe(batch, plan)
        batch.move("check")
        batch.claimed_by = batch.claimed_until = None
        batch.progress = {
            **{name: word for name, word in batch.progress.items() if name not in UNDER_WAY},
            "guess_division": False,
            "supplements": plan.supplements,
            "oddities": [one.as_json() for one in found],
            "rehearsal": batch.progress.get("rehearsal", 0) + 1,
            "waits": True,
            "waits_for": "word",
        }
        created_at = batch.created_at
        session.flush()
    day = plan.scope.day(terms.on)
    return Writing(connection, batch_id, plan, day, created_at, terms.now, monotonic())


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
    """Go on with a batch that waits or was left behind; its counts, or why it was refused.

    Raises ScopeBusy where another batch of the scope is being written: then it waits on; and
    StillHalfWritten where it can neither be finished nor taken back yet.
    """
    terms = Terms(office.today, office.now, office.settings.uploads_path, is_watched=True)
    try:
        with Session(office.engine) as session:
            progress = session.get_one(ImportBatch, batch_id).progress
        if "ending" in progress:
            return _go_on_taking_back(office.engine, batch_id, terms)
        act = rehearse_batch if progress.get("rehearse", False) else apply
        return dict(act(office.engine, batch_id, terms).plan.counts)
    except (ScopeBusy, StillHalfWritten):
        raise
    except Refusal as refusal:
        return {"refused": refusal.sentence()}


def _go_on_taking_back(engine: Engine, batch_id: int, terms: Terms) -> dict[str, Any]:
    with Session(engine) as session, session.begin():
        begin_immediately(session)
        batch = session.get_one(ImportBatch, batch_id, with_for_update=True)
        _claim(batch, terms)
        counts = dict(batch.counts)
    take_back(engine, batch_id, uploads_path=terms.uploads, now=terms.now)
    return undone_counts(counts)


def _claim(batch: ImportBatch, terms: Terms) -> None:
    """Raises ScopeBusy."""
    if is_being_written(batch, terms.now):
        raise ScopeBusy(batch.id)
    batch.claimed_by, batch.claimed_until = this_process(), terms.now + LEASE


def _resume(engine: Engine, batch_id: int, content: bytes, terms: Terms) -> Outcome:
    """Claim the batch and go on with what it was asked for when it was filed."""
    with Session(engine) as session, session.begin():
        begin_immediately(session)
        batch = session.get_one(ImportBatch, batch_id, with_for_update=True)
        _claim(batch, terms)
        asked = _asked_of(batch, content)
        terms = replace(
            terms,
            on=date.fromisoformat(batch.progress.get("on", terms.on.isoformat())),
            confirm_departures=batch.departures_confirmed or terms.confirm_departures,
            confirmed=tuple(batch.progress.get("confirmed", ())),
            is_watched=terms.is_watched and batch.origin is not BatchOrigin.COMMAND,
        )
        filer = batch.filer
        actor_id, home = filer.id, filer.division_code
    return _carry_out(engine, asked, actor_id, home, terms, batch_id)


def _asked_of(batch: ImportBatch, content: bytes) -> Asked:
    guessed = batch.progress.get("guess_division", False)
    division = None if guessed else batch.division_code
    return Asked(
        batch.source,
        batch.file_name,
        content,
        division,
        batch.month,
        tuple(batch.progress.get("said_kinds", batch.kinds)),
        layout=FileLayout.of(batch.layout),
        may_wait=batch.origin is not BatchOrigin.COMMAND,
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
        except BREAKAGES as error:
            raise _broken(engine, batch_id or _own(engine, asked), error, terms) from error
    raise AssertionError


def _own(engine: Engine, asked: Asked) -> int | None:
    """The batch this process has just begun, if it came that far and the database answers."""
    try:
        with Session(engine) as session:
            batch = unfinished(session, hashlib.sha256(asked.content).hexdigest())
    except BREAKAGES:
        return None
    return batch.id if batch and batch.claimed_by == this_process() else None


def _broken(
    engine: Engine, batch_id: int | None, error: BaseException, terms: Terms
) -> BaseException:
    """The refusal a breakage comes to, once the batch has ended with it; else the error itself."""
    refusal = refusal_of(error)
    if refusal is None or batch_id is None:
        return refusal or error
    try:
        _fail(engine, batch_id, refusal, terms, keeps_upload=True)
    except BREAKAGES:
        return StillHalfWritten(batch_id)
    return refusal


def _attempt(
    engine: Engine, asked: Asked, actor_id: int, home: str, terms: Terms, batch_id: int | None
) -> Outcome:
    started = monotonic()
    with workbench(engine) as connection:
        resumes = batch_id is not None and _resumes(connection, batch_id, terms)
        tell = silent if batch_id is None else teller(engine, batch_id)
        plan = _planned(connection, asked, home, terms.on, tell)
        if not resumes:
            _refuse_scope(connection, plan, actor_id)
            _refuse_odd(connection, plan, terms)
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
            hold(connection, batch_id, terms.now)
            upload = session.get_one(ImportBatch, batch_id).progress.get("upload")
            seconds = _finish(session, batch_id, terms, monotonic() - started)
        # Only now: a process that dies before this must find the file again.
        uploads.forget(terms.uploads, upload)
    return Outcome(batch_id, plan, seconds)


def _planned(
    connection: Connection, asked: Asked, home: str, on: date, tell: Tell = silent
) -> Plan:
    """Raises ListTooOld beside what planning raises."""
    plan = prepare(connection, asked, home=home, on=on, tell=tell)
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


def _resumes(connection: Connection, batch_id: int, terms: Terms) -> bool:
    """Whether the batch was begun before; what was written of it then is taken back first.

    It has changed who lives where and who is on a list, and the file would now be compared with
    that.
    """
    with looking(connection):
        state, progress = connection.execute(
            select(ImportBatch.state, ImportBatch.progress).where(ImportBatch.id == batch_id)
        ).one()
    if state is BatchState.APPLYING and "act" in progress:
        remove_traces(connection, batch_id, terms.now)
    return state is BatchState.APPLYING


def _refuse_scope(connection: Connection, plan: Plan, actor_id: int) -> None:
    with Session(bind=connection) as session:
        check_division(session, session.get_one(Account, actor_id), plan.scope.division)


def _refuse_odd(connection: Connection, plan: Plan, terms: Terms) -> None:
    """Raises LooksOdd where somebody can look at a page; else MonthAhead, or LossUnconfirmed for
    a list that shrank or ends too many: perhaps half a file was sent.
    """
    look = look_at(connection, plan, terms.on)
    found = oddities_of(look)
    if terms.is_watched:
        if unconfirmed(found, terms.confirmed):
            raise LooksOdd
        return
    seen = {one.oddity for one in found}
    if Oddity.MONTH_AHEAD in seen:
        raise MonthAhead
    if seen & LOSSES and not terms.confirm_departures:
        held = look.in_force if look.before is None else look.before
        raise LossUnconfirmed(look.rows, held, look.counts["ended"])


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
    serialise(session)
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
    batch.effects = {}
    batch.claimed_by, batch.claimed_until = this_process(), terms.now + LEASE
    batch.progress = {
        **batch.progress,
        "guess_division": False,
        "supplements": plan.supplements,
    }
    batch.turn = next_turn(session)
    batch.move("check")
    batch.move("begin")
    session.flush()
    return batch


def _describe(batch: ImportBatch, plan: Plan) -> None:
    is_guess = {
        "division": batch.progress.get("guess_division", False),
        "month": batch.month is None,
        "kinds": not batch.kinds,
    }
    guessed = [name for name, holds in is_guess.items() if holds]
    batch.progress = {**batch.progress, "guessed": guessed}
    batch.source, batch.layout = plan.scope.source, plan.layout.as_json()
    batch.preview = plan.preview.as_text()
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


def _list_issues(connection: Connection, batch_id: int, plan: Plan, terms: Terms) -> str | None:
    """Keep every problem and the workbook, in slices: sealing a hundred thousand takes its time.

    A process that dies meanwhile lists them anew. Returns the workbook of a listing before.
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
        former: str | None = batch.progress.get("rejects")
        batch.progress = {**batch.progress, "rejects": rejects, "listed": True}
        session.flush()
    return former


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
    batch.preview = None
    remember(session, batch, now=terms.now)
    kept = ("rejects", "on", "supplements", "confirmed_by")
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


def _wait_for_layout(engine: Engine, batch_id: int, needed: LayoutNeeded) -> None:
    """Keep what could be seen of the file for the person who says how to read it."""
    with Session(engine) as session, session.begin():
        begin_immediately(session)
        batch = session.get_one(ImportBatch, batch_id)
        batch.source, batch.layout = needed.source, needed.layout.as_json()
        batch.preview = needed.preview.as_text()
        batch.claimed_by = batch.claimed_until = None
        kept = {name: word for name, word in batch.progress.items() if name not in UNDER_WAY}
        says = {"waits": True, "waits_for": "layout", "says": needed.sentence()}
        batch.progress = {**kept, **says}


def give_up(office: Installation, batch_id: int) -> dict[str, Any]:
    """End a batch whose job crashed again and again; one half written is taken back first.

    The upload is kept for another try.
    """
    terms = Terms(office.today, office.now, office.settings.uploads_path)
    with Session(office.engine) as session:
        is_ending = "ending" in session.get_one(ImportBatch, batch_id).progress
    if is_ending:
        return _go_on_taking_back(office.engine, batch_id, terms)
    _fail(office.engine, batch_id, ImportCrashed(), terms, keeps_upload=True)
    return {"refused": ImportCrashed().sentence()}


def _fail(
    engine: Engine, batch_id: int, refusal: Refusal, terms: Terms, *, keeps_upload: bool = False
) -> None:
    """Of a batch that is half written, what was written goes first."""
    ending = Ending(str(refusal.sentence()), keeps_upload=keeps_upload)
    with Session(engine) as session, session.begin():
        begin_immediately(session)
        batch = session.get_one(ImportBatch, batch_id)
        files = ending.files_over(batch.progress)
        is_half_written = batch.state is BatchState.APPLYING
        if is_half_written:
            ending.note(batch)
        else:
            ending.put(batch, terms.now)
    if is_half_written:
        take_back(engine, batch_id, uploads_path=terms.uploads, now=terms.now)
    else:
        uploads.forget(terms.uploads, *files)
