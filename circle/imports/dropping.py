"""The drop folder's job: take, file, wait, end. Each is a slot, so one scheduler does it once.

A file is taken by a rename and filed with the token of its place, as a page files one that is to
be applied unless something is odd about it; then the clerk decides on the page. Once its batch has
ended the file leaves `working` and a report says what became of it.
"""

import hashlib
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from circle import audit
from circle.access.permissions import Permission
from circle.access.scope import may
from circle.imports import file_names, filing, folders, reports
from circle.imports.filing import Asked, Terms
from circle.imports.folders import DONE, FAILED, Entry, Lookout
from circle.imports.reports import Fate
from circle.places.queries import names_of
from circle.refusals import (
    AlreadyImported,
    DropAccountUnfit,
    DropFolderUnfit,
    DroppedTooLarge,
    DroppedUnreadable,
    NotTaken,
    Refusal,
    ScopeBusy,
    WaitsForWord,
    without_options,
)
from models.imports import ImportBatch
from models.places import Division
from models.staff import Account
from models.vocabulary.facts import Source
from models.vocabulary.imports import BatchOrigin, BatchState
from models.vocabulary.months import month_key

log = structlog.get_logger(__name__)
MEGABYTE = 1 << 20
TRIED_AGAIN = 10  # minutes
# Said or done once; asking for the slot at every look would be a write at every look.
ONCE = ("clear", "tell", "complain")
# Once it is a batch, nothing more can come to it.
AT_ONCE = ("tell", "wait", "end")
Counts = dict[str, Any]


class Settings(Protocol):
    """What an installation says about its drop folder."""

    @property
    def drop_folder(self) -> Path | None: ...
    @property
    def drop_account(self) -> str: ...
    @property
    def drop_quiet_seconds(self) -> int: ...
    @property
    def drop_keep_days(self) -> int: ...
    @property
    def drop_failed_days(self) -> int: ...
    @property
    def max_upload_mb(self) -> int: ...
    @property
    def uploads_path(self) -> Path: ...
    @property
    def timezone(self) -> str: ...


class Installation(Protocol):
    """What the job works with."""

    @property
    def settings(self) -> Settings: ...
    @property
    def now(self) -> datetime: ...
    @property
    def today(self) -> date: ...
    @property
    def session(self) -> Any: ...  # noqa: ANN401 - a context manager with an option


# What this process has seen, folder by folder: another one looks for itself.
LOOKOUTS: dict[Path, Lookout] = {}


def open_folder(office: Installation) -> None:
    """Make the folders; raises DropFolderUnfit or DropAccountUnfit where nothing could be taken."""
    root = office.settings.drop_folder
    if root is None:
        return
    with office.session(immediate=False) as session:
        _account(session, office.settings.drop_account)
    folders.furnish(root, {source: reports.readme(source) for source in Source})


def due(office: Installation) -> list[str]:
    """What there is to do, as `step:key:time`; what failed comes again some minutes later."""
    root = office.settings.drop_folder
    if root is None:
        return []
    local = office.now.astimezone(ZoneInfo(office.settings.timezone))
    span = f"{local:%Y-%m-%dT%H}:{local.minute // TRIED_AGAIN}"
    try:
        steps = [f"{step}:{key}:{span}" for step, key in _steps(office, root)]
    except OSError as error:
        steps = [f"complain:{folders.unfit(error).cause}:{span}"]
    else:
        steps.append(f"clear::{local.date()}")
    return _lookout(root).not_yet_given(steps, ONCE)


def run(office: Installation, slot: str) -> Counts:
    """Do one step; raises a Refusal whose sentence says what an administrator has to mend, and
    ScopeBusy where the step has to wait.
    """
    step, key, _ = slot.split(":", 2)
    root = office.settings.drop_folder
    assert root is not None  # noqa: S101 - or nothing would be due
    try:
        counts = STEPS[step](office, root, key)
    except OSError as error:
        raise folders.unfit(error) from error
    return {"step": step, **counts}


def _steps(office: Installation, root: Path) -> Iterator[tuple[str, str]]:
    entries = [*folders.taken(root), *folders.left(root)]
    quiet = timedelta(seconds=office.settings.drop_quiet_seconds)
    complete = set(_lookout(root).unchanged(entries, office.now, quiet))
    with office.session(immediate=False) as session:
        batches = _batches_of(session, [entry.token for entry in entries if entry.token])
        for entry in entries:
            step = _step(root, entry, batches.get(entry.token))
            if step and (entry in complete or step in AT_ONCE):
                yield step, entry.key


def _lookout(root: Path) -> Lookout:
    return LOOKOUTS.setdefault(root, Lookout())


def _step(root: Path, entry: Entry, batch: ImportBatch | None) -> str | None:
    """The next step of a complete entry."""
    if entry.token is None:
        return "take" if entry.is_file else "tell"
    if batch is None:
        return "file"
    if _is_over(batch):
        return "end"
    waits = batch.progress.get("waits") or batch.state is BatchState.FAILED
    is_told = folders.interim(folders.place_of(root, entry)).exists()
    return "wait" if waits and not is_told else None


def _is_over(batch: ImportBatch) -> bool:
    """A failed one whose upload is kept may be tried again."""
    if batch.state is BatchState.FAILED:
        return not batch.progress.get("upload")
    return batch.state in {BatchState.APPLIED, BatchState.UNDONE}


def _batches_of(session: Session, tokens: list[str]) -> dict[str | None, ImportBatch]:
    query = select(ImportBatch).where(ImportBatch.drop_token.in_(tokens))
    return {batch.drop_token: batch for batch in session.scalars(query)} if tokens else {}


def _entry(entries: list[Entry], key: str) -> Entry | None:
    """None where another process was faster."""
    return next((entry for entry in entries if entry.key == key), None)


def _complain(_office: Installation, _root: Path, key: str) -> Counts:
    raise DropFolderUnfit(key)


def _tell(_office: Installation, root: Path, key: str) -> Counts:
    entry = _entry(folders.left(root), key)
    if entry is None:
        return {}
    raise NotTaken(entry.source, file_names.readable(entry.name))


def _take(_office: Installation, root: Path, key: str) -> Counts:
    entry = _entry(folders.left(root), key)
    token = folders.take(root, entry) if entry else None
    if entry is None or token is None:
        return {"files": 0}
    _lookout(root).follow(entry, token)
    log.info("file taken", source=entry.source, token=token)
    return {"files": 1, "source": entry.source.value}


def _file(office: Installation, root: Path, key: str) -> Counts:
    """Make a batch of it; raises DropAccountUnfit, DropFolderUnfit, ScopeBusy."""
    entry = _entry(folders.taken(root), key)
    if entry is None:
        return {}
    place = folders.place_of(root, entry)
    if not entry.name:
        folders.abandon(place)
        return {}
    try:
        batch_id = _filed(office, entry, place)
    except (DropAccountUnfit, ScopeBusy):
        raise
    except WaitsForWord as refusal:
        # The same content waits on the page: what becomes of it, becomes of this.
        raise ScopeBusy(refusal.batch_id) from refusal
    except AlreadyImported as refusal:
        return _refused(office, root, entry, reports.REPEATED, refusal)
    except Refusal as refusal:
        return _refused(office, root, entry, reports.FAILED, refusal)
    return {"batch": batch_id, "source": entry.source.value}


def _filed(office: Installation, entry: Entry, place: Path) -> int:
    content = _read(office, entry, place)
    with office.session() as session:
        actor = _account(session, office.settings.drop_account)
        known = _batches_of(session, [place.name]).get(place.name)
        if known is not None:
            return known.id
        asked = _asked(session, entry, content, office.today)
        terms = Terms(office.today, office.now, office.settings.uploads_path)
        # What somebody has let go of is not applied behind their back.
        waits = filing.was_discarded(session, hashlib.sha256(content).hexdigest())
        batch = filing.receive(session, asked, actor, terms, rehearses=waits)
        audit.record(
            session,
            act="import:file:receive",
            actor=actor,
            now=office.now,
            details={"batch": batch.id, "source": entry.source.value, "origin": batch.origin.value},
        )
        return batch.id


def _read(office: Installation, entry: Entry, place: Path) -> bytes:
    """Raises DroppedUnreadable, DroppedTooLarge, ScopeBusy while it is being written."""
    if not entry.is_file:
        raise DroppedUnreadable
    if entry.size > office.settings.max_upload_mb * MEGABYTE:
        raise DroppedTooLarge(office.settings.max_upload_mb)
    try:
        return folders.read(place / entry.name)
    except PermissionError:
        raise DroppedUnreadable from None
    except BlockingIOError:
        raise ScopeBusy(0) from None


def _asked(session: Session, entry: Entry, content: bytes, on: date) -> Asked:
    """What the name tells is said; the rest is guessed from the content."""
    name = file_names.readable(entry.name)
    known = select(Division.code).where(Division.code.in_(file_names.codes_in(name)))
    return Asked(
        entry.source,
        name,
        content,
        file_names.only(session.scalars(known)),
        file_names.month_in(name, month_key(on)),
        origin=BatchOrigin.FOLDER,
        drop_token=entry.token,
    )


def _account(session: Session, name: str) -> Account:
    """Who files what was dropped; raises DropAccountUnfit."""
    account = session.scalars(select(Account).where(Account.name == name)).one_or_none()
    if account is None or not account.is_active or not may(account, Permission.FILE_IMPORT):
        raise DropAccountUnfit(name)
    return account


def _tell_meanwhile(office: Installation, root: Path, key: str) -> Counts:
    """What looks wrong is left to the clerk; whoever dropped it reads so beside the file."""
    entry = _entry(folders.taken(root), key)
    with office.session(immediate=False) as session:
        batch = _batches_of(session, [key]).get(key)
        if entry is None or batch is None or _step(root, entry, batch) != "wait":
            return {}
        fate = _fate(session, entry, batch, reports.WAITS)
        report = reports.report(fate, office.settings.timezone)
        folders.say_meanwhile(folders.place_of(root, entry), report)
        return {"batch": batch.id, "left": 1}


def _end(office: Installation, root: Path, key: str) -> Counts:
    entry = _entry(folders.taken(root), key)
    with office.session(immediate=False) as session:
        batch = _batches_of(session, [key]).get(key)
        if entry is None or batch is None or not _is_over(batch):
            return {}
        fate = _fate(session, entry, batch, reports.RESULTS[batch.state])
        # Written on after it was read: what is there now never was in the batch.
        is_same = not entry.name or entry.size == batch.size_bytes
        ended = batch.applied_at or batch.created_at
        _lay_down(office, root, entry, fate, on=ended, keeps=not is_same)
        return {"batch": batch.id, "result": batch.state.value}


def _refused(
    office: Installation, root: Path, entry: Entry, result: str, refusal: Refusal
) -> Counts:
    """It became no batch: the report holds the refusal."""
    name = file_names.readable(entry.name)
    fate = Fate(name, entry.source, result, without_options(refusal.sentence()))
    _lay_down(office, root, entry, fate, on=office.now, keeps=not fate.is_done)
    log.warning("file not taken in", source=entry.source, refusal=type(refusal).__name__)
    return {"source": entry.source.value, "refused": str(refusal.sentence())}


def _lay_down(
    office: Installation, root: Path, entry: Entry, fate: Fate, *, on: datetime, keeps: bool
) -> None:
    settings = office.settings
    day = on.astimezone(ZoneInfo(settings.timezone)).date()
    keeps = keeps or not fate.is_done or settings.drop_keep_days > 0
    folders.lay_down(
        folders.place_of(root, entry),
        root / (DONE if fate.is_done else FAILED) / day.isoformat(),
        entry.name or fate.file_name,
        reports.report(fate, settings.timezone),
        keeps=keeps,
    )


def _fate(session: Session, entry: Entry, batch: ImportBatch, result: str) -> Fate:
    place = names_of(session, [batch.division_code])[batch.division_code]
    reason = reports.reason_of(batch)
    return Fate(batch.file_name, entry.source, result, reason, batch, place)


def _clear(office: Installation, root: Path, _key: str) -> Counts:
    """Files are kept no longer than was set; what is kept for no day went at once."""
    settings = office.settings
    spans = {DONE: settings.drop_keep_days, FAILED: settings.drop_failed_days}
    return {
        name: folders.clear(root / name, office.today - timedelta(days=days))
        for name, days in spans.items()
    }


STEPS: dict[str, Callable[[Installation, Path, str], Counts]] = {
    "complain": _complain,
    "tell": _tell,
    "take": _take,
    "file": _file,
    "wait": _tell_meanwhile,
    "end": _end,
    "clear": _clear,
}
