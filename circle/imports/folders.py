"""The drop folder on disk: what may be taken, one rename to take it, and nothing ever overwritten.

    household/ subsistence/ …       where senders leave files, one folder a source
    working/SOURCE/TOKEN/NAME       taken; the token ties the file to its batch
    done/DAY/ failed/DAY/           what became of it: a report, and the file where it is kept

Every step may be cut off behind any act on the disk: done once more, it ends in the same state.
"""

import errno
import os
import re
import secrets
import stat
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path

from circle.refusals import DropFolderUnfit
from models.vocabulary.facts import Source

WORKING, DONE, FAILED = "working", "done", "failed"
README, REPORT, DRAFT, VOUCHER = "README.txt", ".报告.txt", ".draft", ".ok"
# Names under which other programs write what is not complete yet.
PASSING = (".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download", VOUCHER)
HIDDEN = (".", "~$")
TAKEN_AT_ONCE = 50
NAME_BYTES = 255
SUFFIX_LENGTH = 16
TOKEN = re.compile(r"[0-9a-f]{16}")
# A file system that knows no links, or a file that is another user's.
NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})


@dataclass(frozen=True)
class Entry:
    """Something in a sender's folder or, with a token, in `working`."""

    source: Source
    name: str  # as the disk has it
    is_file: bool
    size: int
    changed_ns: int
    token: str | None = None
    is_vouched: bool = False

    @property
    def key(self) -> str:
        """Names it in a slot: a name may hold anything."""
        if self.token is not None:
            return self.token
        raw = os.fsencode(f"{self.source}/{self.name}/{self.size}/{self.changed_ns}")
        return sha256(raw).hexdigest()[:16]


@dataclass
class Lookout:
    """What one process has seen: an entry is complete when two looks find it unchanged."""

    seen: dict[str, tuple[tuple[int, int], datetime]] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)

    def unchanged(self, entries: Collection[Entry], now: datetime, quiet: timedelta) -> list[Entry]:
        """Those that stayed as they are for so long, or whose sender says that they are whole."""
        before = self.seen
        self.seen = {_place_of(entry): self._since(entry, now) for entry in entries}
        return [
            entry
            for entry in entries
            if entry.is_vouched
            or (_place_of(entry) in before and now - self.seen[_place_of(entry)][1] >= quiet)
        ]

    def follow(self, entry: Entry, token: str) -> None:
        """A taken file is the same file: it need not be watched anew."""
        if _place_of(entry) in self.seen:
            self.seen[token] = self.seen.pop(_place_of(entry))

    def not_yet_given(self, slots: list[str], once: tuple[str, ...]) -> list[str]:
        """Without those of the steps `once` that the last look gave already."""
        before = self.given
        self.given = {slot for slot in slots if slot.startswith(once)}
        return [slot for slot in slots if slot not in before]

    def _since(self, entry: Entry, now: datetime) -> tuple[tuple[int, int], datetime]:
        print_of = (entry.size, entry.changed_ns)
        known = self.seen.get(_place_of(entry))
        return known if known and known[0] == print_of else (print_of, now)


def _place_of(entry: Entry) -> str:
    return entry.token or f"{entry.source}/{entry.name}"


def furnish(root: Path, readmes: dict[Source, str]) -> None:
    """Make the folders that are missing; raises DropFolderUnfit. The root itself must be there:
    where a disk is not mounted, folders made on its mount point would hide that.
    """
    if not root.is_dir():
        raise DropFolderUnfit("ENOENT")
    try:
        for source, words in readmes.items():
            (root / source).mkdir(exist_ok=True)
            readme = root / source / README
            if not readme.exists():
                readme.write_text(words, encoding="utf-8-sig", newline="\r\n")
                # For everybody the folder lets in, whatever is kept from others.
                readme.chmod(0o644)
        for name in (WORKING, DONE, FAILED):
            (root / name).mkdir(exist_ok=True, mode=0o700)
    except OSError as error:
        raise unfit(error) from error


def unfit(error: OSError) -> DropFolderUnfit:
    return DropFolderUnfit(errno.errorcode.get(error.errno or 0, ""))


def left(root: Path) -> list[Entry]:
    """What senders left, the oldest first; files that are being written, hidden or empty are no
    entries yet. Raises OSError where a folder is gone.
    """
    found = [entry for source in Source for entry in _left_in(root / source, source)]
    return sorted(found, key=lambda entry: entry.changed_ns)[:TAKEN_AT_ONCE]


def _left_in(folder: Path, source: Source) -> Iterator[Entry]:
    with os.scandir(folder) as scanned:
        beside = {item.name: item for item in scanned}
    for name, item in beside.items():
        if name == README or name.startswith(HIDDEN) or name.lower().endswith(PASSING):
            continue
        try:
            told = item.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
        is_file = stat.S_ISREG(told.st_mode)
        if told.st_size or not is_file:
            yield Entry(
                source,
                name,
                is_file,
                told.st_size,
                told.st_mtime_ns,
                is_vouched=not beside.keys().isdisjoint(_vouchers(name)),
            )


def taken(root: Path) -> list[Entry]:
    """What lies in `working`; an entry without a name is a place whose file has gone on."""
    found = []
    for source in Source:
        folder = root / WORKING / source
        places = folder.iterdir() if folder.is_dir() else []
        found += [_taken_at(place, source) for place in places if TOKEN.fullmatch(place.name)]
    return [entry for entry in found if entry]


def _taken_at(place: Path, source: Source) -> Entry | None:
    try:
        content = next(place.iterdir(), None)
        told = (content or place).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    is_file = stat.S_ISREG(told.st_mode)
    name, size = (content.name, told.st_size) if content else ("", 0)
    return Entry(source, name, is_file, size, told.st_mtime_ns, place.name)


def place_of(root: Path, entry: Entry) -> Path:
    return root / WORKING / entry.source / str(entry.token)


def _vouchers(name: str) -> set[str]:
    """An empty file beside it, by which its sender says that it is whole."""
    beside = (name + VOUCHER, Path(name).stem + VOUCHER)
    return {voucher for voucher in beside if len(os.fsencode(voucher)) <= NAME_BYTES}


def take(root: Path, entry: Entry) -> str | None:
    """Move a file into `working`; its token there, None where somebody else was faster."""
    token = secrets.token_hex(8)
    place = root / WORKING / entry.source / token
    place.parent.mkdir(exist_ok=True, mode=0o700)
    place.mkdir(mode=0o700)
    folder = root / entry.source
    for voucher in _vouchers(entry.name):
        with suppress(FileNotFoundError, IsADirectoryError, PermissionError):
            (folder / voucher).unlink()
    try:
        (folder / entry.name).rename(place / entry.name)
    except FileNotFoundError:
        place.rmdir()
        return None
    return token


def read(path: Path) -> bytes:
    """The file itself, never what a link leads to; raises OSError, or BlockingIOError where it
    changed while it was read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        before = os.fstat(descriptor)
        content = file.read()
        after = os.fstat(descriptor)
    if (before.st_mtime_ns, len(content)) != (after.st_mtime_ns, after.st_size):
        raise BlockingIOError(errno.EAGAIN, "still being written")
    return content


def interim(place: Path) -> Path:
    """The report on a file that waits for a person, beside it."""
    return place.with_name(place.name + REPORT)


def say_meanwhile(place: Path, report: bytes) -> None:
    draft = _drafted(place, report)
    draft.replace(interim(place))


def abandon(place: Path) -> None:
    """A place whose file never came or has gone on."""
    for beside in (interim(place), _draft_of(place)):
        beside.unlink(missing_ok=True)
    place.rmdir()


def lay_down(place: Path, folder: Path, name: str, report: bytes, *, keeps: bool) -> None:
    """The end of a taken file: its report in `folder`, the file beside it or gone. `place` goes."""
    folder.mkdir(exist_ok=True, parents=True, mode=0o700)
    content = next(iter(place.iterdir()), None)
    for file_target, report_target in _targets(folder, name):
        if not _is_free_for(report_target, report):
            continue
        if keeps and content and not _is_free_or_same(file_target, content):
            continue
        if not report_target.exists() and not _move(_drafted(place, report), report_target):
            continue
        if not keeps or content is None or _move(content, file_target):
            break
    if content is not None and not keeps:
        content.unlink()
    abandon(place)


def _drafted(place: Path, report: bytes) -> Path:
    """Written whole before it gets its name."""
    draft = _draft_of(place)
    with draft.open("wb") as file:
        file.write(report)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _draft_of(place: Path) -> Path:
    return place.with_name(place.name + DRAFT)


def _targets(folder: Path, name: str) -> Iterator[tuple[Path, Path]]:
    """The names a file and its report may get, its own first, then with a number behind."""
    stem, suffix = Path(name).stem, Path(name).suffix
    if len(suffix) > SUFFIX_LENGTH:
        stem, suffix = name, ""
    for number in count(1):
        tail = suffix if number == 1 else f" ({number}){suffix}"
        yield folder / _clipped(stem, tail), folder / _clipped(stem, tail + REPORT)


def _clipped(stem: str, tail: str) -> str:
    """A name the disk takes: whole characters of the stem, as many as fit before the tail."""
    while len(os.fsencode(stem + tail)) > NAME_BYTES:
        stem = stem[:-1]
    return stem + tail


def _is_free_for(target: Path, report: bytes) -> bool:
    """Nothing stands there, or this very report, laid down before the process was cut off."""
    try:
        return target.read_bytes() == report
    except FileNotFoundError:
        return True
    except OSError:
        return False


def _is_free_or_same(target: Path, content: Path) -> bool:
    return not os.path.lexists(target) or _same(content, target)


def _same(one: Path, other: Path) -> bool:
    first, second = one.lstat(), other.lstat()
    return (first.st_dev, first.st_ino) == (second.st_dev, second.st_ino)


def _move(path: Path, target: Path) -> bool:
    """False where something else stands there: a link gives way, a rename would overwrite."""
    try:
        os.link(path, target, follow_symlinks=False)
    except FileExistsError:
        if not _same(path, target):
            return False
    except OSError as error:
        if error.errno not in NO_LINKS or os.path.lexists(target):
            raise
        path.rename(target)
        return True
    path.unlink()
    return True


def clear(folder: Path, before: date) -> int:
    """Delete files of days before this one; their reports stay. How many went."""
    gone = 0
    for day in folder.iterdir():
        if not _is_day(day.name) or day.name >= before.isoformat():
            continue
        for path in list(day.iterdir()):
            if not path.name.endswith(REPORT) and not path.is_dir():
                path.unlink()
                gone += 1
    return gone


def _is_day(name: str) -> bool:
    return re.fullmatch(r"\d{4}-\d{2}-\d{2}", name) is not None
