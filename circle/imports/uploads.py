"""The sender's files at rest: sealed, kept only until they are applied, failed or undone."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from models.sealed import Keyring, SealBroken, current_keyring

CHUNK_BYTES = 1 << 22
LENGTH_BYTES = 4
PLACE = "upload"


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


def fetch(folder: Path, name: str) -> bytes:
    """The content; raises SealBroken where the file was changed, cut short or is gone."""
    try:
        sealed = (folder / name).read_bytes()
    except FileNotFoundError:
        message = "the kept upload is gone"
        raise SealBroken(message) from None
    return b"".join(_opened_chunks(current_keyring(), sealed))


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
