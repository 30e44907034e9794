"""A file is handed in: kept sealed for the job that reads it. Light enough for a web process."""

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from circle.imports import uploads
from circle.imports.layouts import FileLayout
from circle.imports.oddities import BLOCKING, LOSSES
from circle.imports.scope import check_division
from circle.refusals import (
    AlreadyImported,
    ConfirmedAlready,
    MonthAhead,
    NothingWaits,
    OddityUnconfirmed,
    RehearsedAnew,
    ScopeBusy,
    WaitsForWord,
)
from models.imports import ImportBatch
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
class Narrowed:
    """A scope as a person puts it; None and nothing where it is to be guessed."""

    division: str | None = None
    month: int | None = None
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Terms:
    """When and where an import happens, and what its sender has said about it."""

    on: date
    now: datetime
    uploads: Path
    confirm_departures: bool = False
    again: bool = False
    # Oddities somebody has said are meant, with their figures; asked about where somebody watches.
    confirmed: tuple[dict[str, Any], ...] = ()
    is_watched: bool = False


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
            "said_kinds": list(asked.kinds),
            "on": terms.on.isoformat(),
            "rehearse": rehearses,
        },
    )
    session.add(batch)
    session.flush()
    return batch


@dataclass(frozen=True)
class Word:
    """What a person says who has looked: which rehearsal they saw, which oddities are meant."""

    rehearsal: int
    oddities: frozenset[str] = frozenset()


def confirm(session: Session, batch: ImportBatch, actor: Account, word: Word) -> None:
    """What was rehearsed is meant: the job applies it. The first to say so is heard.

    Raises NothingWaits, ConfirmedAlready, RehearsedAnew, AlreadyImported, OddityUnconfirmed or
    MonthAhead.
    """
    session.refresh(batch, with_for_update=True)
    progress = batch.progress
    _refuse_late(batch, word)
    refuse_repeated(session, batch.sha256, again=batch.repeat > 0)
    found = progress.get("oddities", [])
    if any(one["code"] in BLOCKING for one in found):
        raise MonthAhead
    if not {one["code"] for one in found} <= word.oddities:
        raise OddityUnconfirmed
    losses = any(one["code"] in LOSSES for one in found)
    batch.departures_confirmed = batch.departures_confirmed or losses
    batch.progress = {
        **{name: said for name, said in progress.items() if name not in WAITING},
        "confirmed": found,
        "confirmed_by": actor.display_name,
    }
    session.flush()


def rehearse_anew(session: Session, batch: ImportBatch, actor: Account, narrowed: Narrowed) -> None:
    """The same file for another scope: the job compares it once more.

    Raises NothingWaits, ConfirmedAlready, DivisionUnknown or DivisionOutside.
    """
    session.refresh(batch, with_for_update=True)
    _refuse_late(batch, None)
    if narrowed.division:
        check_division(session, actor, narrowed.division)
    batch.division_code = narrowed.division or batch.filer.division_code
    batch.month = narrowed.month
    batch.kinds = list(narrowed.kinds)
    batch.effects = {}
    batch.progress = {
        **{name: said for name, said in batch.progress.items() if name not in WAITING},
        "guess_division": narrowed.division is None,
        "said_kinds": list(narrowed.kinds),
        "rehearse": True,
    }
    session.flush()


def _refuse_late(batch: ImportBatch, word: Word | None) -> None:
    """Somebody else was faster, or looks at what is no longer so."""
    progress = batch.progress
    if progress.get("confirmed_by") and not progress.get("waits"):
        raise ConfirmedAlready(batch.id, progress["confirmed_by"])
    if not progress.get("waits") or batch.state is BatchState.FAILED:
        raise NothingWaits(batch.id)
    if word is not None and (
        progress.get("waits_for") != "word" or progress.get("rehearsal") != word.rehearsal
    ):
        raise RehearsedAnew(batch.id)


# What holds only until the word is given.
WAITING = frozenset({"waits", "waits_for", "says", "oddities", "confirmed", "confirmed_by"})


def discard(session: Session, batch: ImportBatch, says: str, folder: Path) -> None:
    """Let go of a file that waits to be confirmed; `says` is kept with the batch as its end.

    Raises NothingWaits or ConfirmedAlready.
    """
    session.refresh(batch, with_for_update=True)
    _refuse_late(batch, None)
    uploads.forget(folder, batch.progress.get("upload"), batch.progress.get("rejects"))
    batch.move("fail")
    batch.failure = says
    batch.preview, batch.effects = None, {}
    batch.progress = {"discarded": True}
    session.flush()


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


def was_discarded(session: Session, digest: str) -> bool:
    """Whether somebody has looked at this content before and let go of it."""
    batches = select(ImportBatch.progress).where(
        ImportBatch.sha256 == digest, ImportBatch.state == BatchState.FAILED
    )
    return any(progress.get("discarded") for progress in session.scalars(batches))


def _next_repeat(session: Session, digest: str) -> int:
    newest = session.scalar(
        select(func.max(ImportBatch.repeat)).where(ImportBatch.sha256 == digest)
    )
    return 0 if newest is None else newest + 1
