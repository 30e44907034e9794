"""In which encoding a text file came: byte-order mark, strict UTF-8, strict GB18030.

A guess from statistics misreads small Chinese files (charset-normalizer: 80 of 200), so the
ladder only takes what decodes without a single error. Text encoded twice is mended.
"""

import codecs
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
CHUNK = 1 << 22
SAMPLE = 1 << 16


class NotText(ValueError):  # noqa: N818 - named for what it is
    """The bytes are in none of the encodings offices use."""


@dataclass(frozen=True)
class Decoded:
    """`utf8` holds the whole text again as UTF-8: what Arrow reads, at half of Python's memory."""

    utf8: bytes | bytearray
    encoding: str
    mended: bool


def decode(data: bytes, stated: str | None = None) -> Decoded:
    """`stated` is the encoding somebody says it is in: then nothing is mended. Raises NotText."""
    encoding, body = _by_mark(data)
    if stated is not None:
        return Decoded(_strictly(body, stated), stated, mended=False)
    for candidate in [encoding] if encoding else _ladder(body):
        try:
            utf8 = _transcoded(body, candidate)
        except UnicodeDecodeError:
            continue
        return _mended(utf8, candidate)
    raise NotText


def _strictly(body: bytes, encoding: str) -> bytes | bytearray:
    try:
        return _transcoded(body, encoding)
    except UnicodeDecodeError as error:
        raise NotText from error


def _by_mark(data: bytes) -> tuple[str | None, bytes]:
    for mark, encoding in BOMS:
        if data.startswith(mark):
            return encoding, data[len(mark) :]
    return None, data


def _ladder(body: bytes) -> Iterable[str]:
    head = body[:SAMPLE]
    if b"\0" in head:
        # Unicode text whose mark was lost: the zero half of ASCII tells the order of bytes.
        return ["utf-16-le"] if head[1::2].count(0) > head[::2].count(0) else ["utf-16-be"]
    return ["utf-8", "gb18030"]


def _transcoded(body: bytes, encoding: str) -> bytes | bytearray:
    """Strictly, piece by piece: a million rows as one Python string cost four times the file."""
    if encoding == "utf-8":
        for piece in _decoded(body, encoding):
            del piece
        return body
    utf8 = bytearray()
    for piece in _decoded(body, encoding):
        utf8 += piece.encode()
    return utf8


def _decoded(body: bytes, encoding: str) -> Iterable[str]:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    view = memoryview(body)
    for start in range(0, len(body), CHUNK):
        yield decoder.decode(view[start : start + CHUNK])
    yield decoder.decode(b"", final=True)


def _mended(utf8: bytes | bytearray, encoding: str) -> Decoded:
    head = utf8[:SAMPLE]
    sample = head[: head.rfind(b"\n") + 1] or utf8[:SAMPLE].decode("utf-8", "ignore").encode()
    for name, undo in MISREADINGS.items():
        if _undone(sample, undo) is None:
            continue
        whole = _undone(utf8, undo)
        if whole is not None:
            return Decoded(whole.removeprefix(codecs.BOM_UTF8), f"{encoding}+{name}", mended=True)
    return Decoded(utf8, encoding, mended=False)


def _undone(utf8: bytes | bytearray, undo: Callable[[str], str]) -> bytes | None:
    try:
        text = utf8.decode()
        first = undo(text)
    except UnicodeError:
        return None
    return first.encode() if _reads_better(first, text) else None


def _reads_better(first: str, text: str) -> bool:
    """What comes out is Chinese, and shorter than the mess that went in."""
    return len(first) < len(text) and any("\u4e00" <= letter <= "\u9fff" for letter in first)


def _western_bytes(text: str) -> bytes:
    """Windows-1252 as browsers and Excel read it: its five holes are the control characters."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return b"".join(chain.from_iterable(map(_western_letter, text)))


def _western_letter(letter: str) -> tuple[bytes]:
    return (letter.encode("latin-1") if ord(letter) < 0x100 else letter.encode("cp1252"),)  # noqa: PLR2004 - Latin-1 ends there


# How a text was misread before it was encoded again → how to take that back.
MISREADINGS: dict[str, Callable[[str], str]] = {
    "utf-8 as western": lambda text: _western_bytes(text).decode("utf-8"),
    "utf-8 as gbk": lambda text: text.encode("gb18030").decode("utf-8"),
    "gbk as western": lambda text: _western_bytes(text).decode("gb18030"),
}
