"""What people type or paste into a form about an employer or a post: a place, a telephone."""

import re
import unicodedata

# Beyond it in China a number is no latitude: maps copy 120.01,30.27 as often as 30.27,120.01.
NORTHERNMOST = 56.0
DEGREES = re.compile(r"[^\d.-]*(-?\d{1,3}(?:\.\d+)?)[^\d.-]+(-?\d{1,3}(?:\.\d+)?)[^\d.-]*")
# A mobile, a line with its area, a service number; an extension behind any of them.
PHONE = re.compile(
    r"(?:1[3-9]\d{9}|0\d{2,3}-?\d{7,8}|[48]00-?\d{3}-?\d{4}|[2-9]\d{6,7})(?:-\d{1,5})?"
)
BLANKS = re.compile(r"\s+")
DASHES = str.maketrans(dict.fromkeys("‐‑–—−－转", "-"))


def read_degrees(text: str) -> tuple[float, float]:
    """Latitude and longitude of a pasted pair, in whichever order; raises ValueError."""
    found = DEGREES.fullmatch(unicodedata.normalize("NFKC", text))
    if found is None:
        raise ValueError(text)
    first, second = float(found[1]), float(found[2])
    is_swapped = first > NORTHERNMOST >= abs(second)
    return (second, first) if is_swapped else (first, second)


def read_phone(text: str) -> str:
    """Half width, without blanks; raises ValueError."""
    plain = BLANKS.sub("", unicodedata.normalize("NFKC", text).translate(DASHES))
    plain = plain.removeprefix("+86").removeprefix("86-")
    if not PHONE.fullmatch(plain):
        raise ValueError
    return plain
