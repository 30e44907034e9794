"""The sender's files at rest: sealed, kept only until they are applied, failed or undone."""

import os
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from models.sealed import Keyring, SealBroken, current_keyring

CHUNK_BYTES = 1 << 22
LENGTH_BYTES = 4
PLACE = "upload"
NAME = re.compile(r"[0-9a-f]{32}\.sealed")


def keep(folder: Path, content: bytes) -> str:
    """Write the content sealed under a new name, for its owner alone; returns the name.

    Where the disk is full nothing stays of it.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{secrets.token_hex(16)}.sealed"
    try:
        _write(folder / name, content)
    except OSError:
        forget(folder, name)
        raise
    return name


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for chunk in _sealed_chunks(current_keyring(), content):
            file.write(len(chunk).to_bytes(LENGTH_BYTES))
            file.write(chunk)
        # The batch that names it is told of as kept: a power cut must not leave a hole.
        file.flush()
        os.fsync(file.fileno())


def fetch(folder: Path, name: str) -> bytes:
    """The content; raises SealBroken where the file was changed, cut short or is gone."""
    try:
        sealed = (folder / name).read_bytes()
    except FileNotFoundError:
        message = "the kept upload is gone"
        raise SealBroken(message) from None
    return b"".join(_opened_chunks(current_keyring(), sealed))


def kept_before(folder: Path, moment: datetime) -> dict[str, datetime]:
    """What lies there for longer, and when it was written. Raises OSError."""
    paths = sorted(folder.iterdir()) if folder.is_dir() else ()
    written = ((path.name, _written_at(path)) for path in paths if NAME.fullmatch(path.name))
    return {name: at for name, at in written if at is not None and at < moment}


def _written_at(path: Path) -> datetime | None:
    """None where its batch has let go of it meanwhile."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None


def forget(folder: Path, *names: str | None) -> None:
    for name in filter(None, names):
        (folder / name).unlink(missing_ok=True)


def _sealed_chunks(keyring: Keyring, content: bytes) -> Iterator[bytes]:
    count = max(1, -(-len(content) // CHUNK_BYTES))
    view = memoryview(content)
    for number in range(count):
        part = bytes(view[number * CHUNK_BYTES : (number + 1) * CHUNK_BYTES])
        yield keyring.seal_bytes(part, _place(number, is_last=number == count - 1))


def _opened_chunks(keyring: Keyring, sealed: bytes) -> Iterator[bytes]:
    at, number = 0, 0
    while at < len(sealed):
        start = at + LENGTH_BYTES
        end = start + int.from_bytes(sealed[at:start])
        yield keyring.open_bytes(sealed[start:end], _place(number, is_last=end >= len(sealed)))
        at, number = end, number + 1
    if not number:
        message = "the kept upload is empty"
        raise SealBroken(message)


def _place(number: int, *, is_last: bool) -> str:
    """Bound to its place: chunks cannot be swapped, nor the last ones cut off."""
    return f"{PLACE}:{number}:{'last' if is_last else 'more'}"
