"""Personal data at rest: sealed with a versioned key, found by a keyed hash.

A sealed value is `algorithm (1 byte), length of the key's id (1 byte), key's id, nonce, text and
tag`; table.column is its associated data, so a value copied into another column does not open.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Dialect, LargeBinary, TypeDecorator

AES_256_GCM = 1  # SM4-GCM may take 2 beside it
NONCE_LENGTH = 12
KEY_LENGTH = 32
INDEX_LENGTH = 16
FILLING = bytes(2)
INDEX_LETTERS, WORD_LETTERS = 22, 24  # of a digest in base64, and with the filling


class SealBroken(Exception):  # noqa: N818 - named for what happened
    """The value does not open: changed, moved from its column, or its key is missing."""


class KeyringMissing(RuntimeError):  # noqa: N818
    """No keyring has been installed in this process, or the file cannot be read."""


@dataclass(frozen=True)
class Keyring:
    """Sealing and index keys by id, the newest last; old ones stay to read by."""

    seal: Mapping[str, bytes]
    index: Mapping[str, bytes]

    @classmethod
    def make(cls) -> Self:
        return cls({_new_id("s", {}): _new_key()}, {_new_id("i", {}): _new_key()})

    def rotated(self) -> Self:
        """The same keys and a new one of each behind them."""
        return type(self)(
            {**self.seal, _new_id("s", self.seal): _new_key()},
            {**self.index, _new_id("i", self.index): _new_key()},
        )

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a keyring file; raises KeyringMissing with the reason."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            keys = {part: _decoded(content[part]) for part in ("seal", "index")}
        except (OSError, ValueError, KeyError, TypeError) as error:
            message = f"no usable keyring at {path}: {error}"
            raise KeyringMissing(message) from error
        if not all(keys.values()):
            message = f"the keyring at {path} holds no key"
            raise KeyringMissing(message)
        return cls(keys["seal"], keys["index"])

    def save(self, path: Path) -> None:
        """Write the file for its owner alone, replacing it whole; then it outlives a power cut."""
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {"seal": _encoded(self.seal), "index": _encoded(self.index)}
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _keep_name(path.parent)

    @property
    def seal_id(self) -> str:
        return list(self.seal)[-1]

    @property
    def index_id(self) -> str:
        return list(self.index)[-1]

    def seal_text(self, text: str, place: str) -> bytes:
        """`place` is table.column."""
        return self.seal_bytes(text.encode(), place)

    def seal_bytes(self, content: bytes, place: str) -> bytes:
        name = self.seal_id.encode()
        head = bytes([AES_256_GCM, len(name)]) + name
        nonce = os.urandom(NONCE_LENGTH)
        body = AESGCM(self.seal[self.seal_id]).encrypt(nonce, content, place.encode())
        return head + nonce + body

    def open_text(self, sealed: bytes, place: str) -> str:
        """Raises SealBroken."""
        return self.open_bytes(sealed, place).decode()

    def open_bytes(self, sealed: bytes, place: str) -> bytes:
        """Raises SealBroken."""
        key, body = self._key_of(sealed)
        nonce, content = body[:NONCE_LENGTH], body[NONCE_LENGTH:]
        try:
            return AESGCM(key).decrypt(nonce, content, place.encode())
        except InvalidTag:
            message = f"a value of {place} does not open"
            raise SealBroken(message) from None

    def _key_of(self, sealed: bytes) -> tuple[bytes, bytes]:
        if len(sealed) < 2 + NONCE_LENGTH or sealed[0] != AES_256_GCM:
            message = "unknown sealing algorithm"
            raise SealBroken(message)
        end = 2 + sealed[1]
        key_id = sealed[2:end].decode()
        if key_id not in self.seal:
            message = f"no sealing key {key_id}"
            raise SealBroken(message)
        return self.seal[key_id], sealed[end:]

    def indexes_with(self, key_id: str, domain: str, values: Iterable[str]) -> list[str]:
        """What one key makes of many values, as `index_of` does of one."""
        key, front = self.index[key_id], f"{domain}:".encode()
        # Two zero bytes fill a digest up to a whole number of base64's groups, so that all are
        # written out at once; the letters in front of them are the same.
        digests = [
            hmac.digest(key, front + value.encode(), "sha256")[:INDEX_LENGTH] + FILLING
            for value in values
        ]
        words = base64.urlsafe_b64encode(b"".join(digests)).decode()
        return [
            f"{key_id}:{words[at : at + INDEX_LETTERS]}"
            for at in range(0, len(words), WORD_LETTERS)
        ]

    def index_of(self, domain: str, value: str) -> str:
        """What to store: the newest index key's id and the keyed hash."""
        return _index(self.index_id, self.index[self.index_id], domain, value)

    def indexes_of(self, domain: str, value: str) -> list[str]:
        """What to look for: one for each key, since rows may wait for rotation."""
        return [_index(key_id, key, domain, value) for key_id, key in self.index.items()]


class SealedText(TypeDecorator[str]):
    """Text that lies sealed in the table; `place` is table.column."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        del dialect
        return None if value is None else current_keyring().seal_text(value, self.place)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else current_keyring().open_text(value, self.place)


_installed: list[Keyring] = []


def install_keyring(keyring: Keyring) -> None:
    """One keyring a process: a column type has no other way to be handed one."""
    _installed[:] = [keyring]


def current_keyring() -> Keyring:
    """The installed keyring; raises KeyringMissing."""
    if not _installed:
        message = "no keyring has been installed"
        raise KeyringMissing(message)
    return _installed[0]


def _keep_name(folder: Path) -> None:
    """A file new in the folder has its name on the disk too, not only its content."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# The domain keeps a document number and a phone number with the same digits apart.
def document_domain(document_type: str) -> str:
    return f"document:{document_type}"


PHONE_DOMAIN = "phone"
ADDRESS_DOMAIN = "address"


def _index(key_id: str, key: bytes, domain: str, value: str) -> str:
    digest = hmac.digest(key, f"{domain}:{value}".encode(), hashlib.sha256)[:INDEX_LENGTH]
    return f"{key_id}:{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def _new_id(prefix: str, known: Mapping[str, bytes]) -> str:
    return f"{prefix}{len(known) + 1}-{secrets.token_hex(2)}"


def _new_key() -> bytes:
    return secrets.token_bytes(KEY_LENGTH)


def _encoded(keys: Mapping[str, bytes]) -> list[dict[str, str]]:
    return [{"id": name, "key": base64.b64encode(key).decode()} for name, key in keys.items()]


def _decoded(entries: list[dict[str, str]]) -> dict[str, bytes]:
    keys = {entry["id"]: base64.b64decode(entry["key"], validate=True) for entry in entries}
    if any(len(key) != KEY_LENGTH for key in keys.values()):
        message = f"every key has {KEY_LENGTH} bytes"
        raise ValueError(message)
    return keys
