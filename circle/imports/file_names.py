"""What a dropped file's name tells: the month, the division; and the name as people may read it."""

import os
import re
from collections.abc import Iterable

UNREADABLE = "\N{REPLACEMENT CHARACTER}"
# Names from older systems are bytes of GB18030.
ENCODINGS = ("utf-8", "gb18030")
IDEOGRAPHIC_SPACE = "\u3000"
# 202610, 2026-10, 2026.9, 2026年9月; a whole date is the day of the export and tells no month.
MONTH = re.compile(
    r"(?<!\d)(20\d{2})(?:(0[1-9]|1[0-2])|([-._])(0?[1-9]|1[0-2])(?!\3\d)|年(0?[1-9]|1[0-2])月(?!\d{1,2}日))(?!\d)"
)
CODE = re.compile(r"(?<!\d)(?:\d{12}|\d{9}|\d{6})(?!\d)")


def readable(name: str) -> str:
    """The name with what cannot be printed replaced."""
    raw = os.fsencode(name)
    text = next(filter(None, (_decoded(raw, encoding) for encoding in ENCODINGS)), None)
    letters = text if text is not None else raw.decode(errors="replace")
    return "".join(
        letter if letter.isprintable() or letter == IDEOGRAPHIC_SPACE else UNREADABLE
        for letter in letters
    )


def _decoded(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def month_in(name: str, newest: int) -> int | None:
    """The one month the name tells, as a key; none where it tells two, or one after `newest`."""
    told = {_key(found) for found in MONTH.finditer(name)}
    month = told.pop() if len(told) == 1 else None
    return month if month is not None and month <= newest else None


def _key(found: re.Match[str]) -> int:
    month = next(filter(None, (found[2], found[4], found[5])))
    return int(found[1]) * 12 + int(month) - 1


def codes_in(name: str) -> set[str]:
    """What may be division codes; which of them are, the divisions tell."""
    return set(CODE.findall(name))


def only(codes: Iterable[str]) -> str | None:
    found = list(codes)
    return found[0] if len(found) == 1 else None
