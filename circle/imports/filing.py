"""A file is handed in: kept sealed for the job that reads it. Light enough for a web process."""

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from circle.imports import uploads
from circle.imports.layouts import FileLayout
from circle.imports.scope import check_division
from circle.refusals import AlreadyImported, NothingWaits, ScopeBusy, WaitsForWord
from models.imports import ImportBatch, ImportIssue
from models.staff import Account
from models.vocabulary.facts import Source
from models.vocabulary.imports import BatchOrigin, BatchState

UNFINISHED = (BatchState.RECEIVED, BatchState.CHECKED, BatchState.APPLYING)
FILE_NAME_LENGTH = 200


@dataclass(frozen=True)
class Asked:
    """A file and what was said about it; None where it is to be guessed."""

    source: Source | None
    file_name: str
    content: bytes = field(repr=False)
    division: str | None = None
    month: int | None = None
    kinds: tuple[str, ...] = ()
    origin: BatchOrigin = BatchOrigin.COMMAND
    drop_token: str | None = None
    layout: FileLayout = field(default_factory=FileLayout)
    may_wait: bool = False  # somebody looks at a page and can say what the file does not


@dataclass(frozen=True)
class Terms:
    """When and where an import happens, and what its sender has said about it."""

    on: date
    now: datetime
    uploads: Path
    confirm_departures: bool = False
    again: bool = False


def receive(
    session: Session, asked: Asked, actor: Account, terms: Terms, *, rehearses: bool = False
) -> ImportBatch:
    """Keep an upload sealed for the job that will apply it. Adds and flushes.

    Raises AlreadyImported, ScopeBusy or WaitsForWord where the file stands or waits already.
    """
    digest = hashlib.sha256(asked.content).hexdigest()
    waiting = unfinished(session, digest)
    if waiting is not None:
        raise (WaitsForWord if waiting.progress.get("waits") else ScopeBusy)(waiting.id)
    refuse_repeated(session, digest, again=terms.again)
    if asked.division:
        check_division(session, actor, asked.division)
    batch = ImportBatch(
        source=asked.source,
        file_name=asked.file_name[-FILE_NAME_LENGTH:],
        sha256=digest,
        repeat=_next_repeat(session, digest),
        size_bytes=len(asked.content),
        division_code=asked.division or actor.division_code,
        kinds=list(asked.kinds),
        month=asked.month,
        filed_by=actor.id,
        departures_confirmed=terms.confirm_departures,
        origin=asked.origin,
        drop_token=asked.drop_token,
        created_at=terms.now,
        progress={
            "upload": uploads.keep(terms.uploads, asked.content),
            "guess_division": asked.division is None,
            "on": terms.on.isoformat(),
            "rehearse": rehearses,
        },
    )
    session.add(batch)
    session.flush()
    return batch


def confirm(session: Session, batch: ImportBatch, actor: Account, terms: Terms) -> ImportBatch:
    """File once more what was rehearsed, or refused for its departures: now it is meant.

    The new batch takes the place of the old one. Raises NothingWaits.
    """
    if not batch.progress.get("waits"):
        raise NothingWaits(batch.id)
    rehearsed = batch.state is BatchState.CHECKED
    refuse_repeated(session, batch.sha256, again=terms.again or batch.repeat > 0)
    origin, token = batch.origin, batch.drop_token
    batch.origin, batch.drop_token = BatchOrigin.COMMAND, None
    session.flush()
    again = ImportBatch(
        **{name: getattr(batch, name) for name in KEPT},
        origin=origin,
        drop_token=token,
        repeat=_next_repeat(session, batch.sha256),
        filed_by=actor.id,
        departures_confirmed=batch.departures_confirmed or not rehearsed,
        created_at=terms.now,
        progress=_progress_of(batch),
    )
    session.add(again)
    session.flush()
    uploads.forget(terms.uploads, batch.progress.get("rejects"))
    session.execute(delete(ImportIssue).where(ImportIssue.import_id == batch.id))
    session.delete(batch)
    session.flush()
    return again


def discard(session: Session, batch: ImportBatch, says: str, folder: Path) -> None:
    """Let go of a file that waits to be confirmed; `says` is kept with the batch as its end.

    Raises NothingWaits.
    """
    if not batch.progress.get("waits"):
        raise NothingWaits(batch.id)
    for name in ("upload", "rejects"):
        uploads.forget(folder, batch.progress.get(name))
    if batch.state is not BatchState.FAILED:
        batch.move("fail")
    batch.failure = says
    batch.progress = {"discarded": True}
    session.flush()


KEPT = ("source", "file_name", "sha256", "size_bytes", "division_code", "kinds", "month")


def _progress_of(batch: ImportBatch) -> dict[str, Any]:
    kept = ("upload", "guess_division", "on")
    return {name: batch.progress[name] for name in kept if name in batch.progress}


def refuse_repeated(session: Session, digest: str, *, again: bool) -> None:
    standing = session.scalars(
        select(ImportBatch.id)
        .where(ImportBatch.sha256 == digest, ImportBatch.state == BatchState.APPLIED)
        .order_by(ImportBatch.id.desc())
        .limit(1)
    ).first()
    if standing is not None and not again:
        raise AlreadyImported(standing)


def unfinished(session: Session, digest: str) -> ImportBatch | None:
    return session.scalars(
        select(ImportBatch)
        .where(ImportBatch.sha256 == digest, ImportBatch.state.in_(UNFINISHED))
        .order_by(ImportBatch.id)
        .limit(1)
    ).first()


def _next_repeat(session: Session, digest: str) -> int:
    newest = session.scalar(
        select(func.max(ImportBatch.repeat)).where(ImportBatch.sha256 == digest)
    )
    return 0 if newest is None else newest + 1
