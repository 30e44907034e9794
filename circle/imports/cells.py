"""What one cell says: days, months, money, names, telephone numbers in the offices' spellings.

Every reader raises Unreadable for what it cannot read; None means the cell says nothing. A column
has few different cells, so `checking` reads each different one once.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from models.vocabulary.months import month_key
from models.vocabulary.names import normal_name

# Cells that say nothing, in files written by people and by databases.
BLANK_WORDS = frozenset({"", "/", "\\", "-", "--", "—", "——", "无", "NULL", "N/A", "#N/A", "\\N"})
# An end that has not come.
OPEN_WORDS = frozenset({"至今", "长期", "永久", "无固定期限"})
FIRST_YEAR, LAST_YEAR = 1900, 2100
# Excel counts days from 1899-12-30; five digits reach from 1927 to 2173, four would be a year.
EXCEL_DAY_ZERO = date(1899, 12, 30)
EXCEL_SERIAL = re.compile(r"([1-7]\d{4})(?:\.\d+)?")
TIME_OF_DAY = re.compile(r"(?:T|\s)\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|\+\d{2}:?\d{2})?$")
BLANKS = re.compile(r"[\s\u200b\ufeff]+")
DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―－−", "-"))
# The separator after the year is asked for: without it 2021-10 reads as January and a zero.
WRITTEN = re.compile(
    r"(?P<year>\d{4})[-./年](?P<month>\d{1,2})(?:[-./月](?:(?P<day>\d{1,2})日?)?|月份)?"
)
COMPACT_MONTH = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})")
COMPACT_DAY = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})")
SPAN = re.compile(r"(?P<first>\d{4}\D?\d{1,2}月?)(?:至|~|--?)(?P<last>\d{4}\D?\d{1,2}月?|至今|今)")
# A spreadsheet shows 2021.10 as 2021.1 once it took it for a number: October or January.
AMBIGUOUS_NUMBER = re.compile(r"\d{4}\.1")

MONEY = re.compile(r"[¥￥]?(-?\d+(?:\.\d+)?)元?(?:/月)?")
MOBILE = re.compile(r"(?<!\d)(?:\+?86)?(1[3-9]\d{9})(?!\d)")
LANDLINE = re.compile(r"(?<!\d)((?:0\d{2,3}-?)?[2-9]\d{6,7})(?!\d)")
PHONE_JOINTS = re.compile(r"(?<=\d)[- ](?=\d)")

# A name that is already as it is stored; \x{…} is how RE2 writes a character.
PLAIN_NAME = r"^[\x{3400}-\x{4dbf}\x{4e00}-\x{9fff}\x{20000}-\x{2f7ff}]{1,60}$"
NAME_LIMIT = 60


class Unreadable(ValueError):  # noqa: N818 - named for what it is
    """The cell says something, and it is not what its column is for."""


def squeezed(text: str) -> str:
    """Full-width forms and blanks out of the way; how words and headers are compared."""
    return BLANKS.sub("", unicodedata.normalize("NFKC", text))


def is_blank(text: str) -> bool:
    return squeezed(text).upper() in BLANK_WORDS


def read_day(text: str) -> date | None:
    """A day; of a month without a day the first. An open end is None."""
    plain = _plain(text)
    if plain is None or plain in OPEN_WORDS:
        return None
    if serial := EXCEL_SERIAL.fullmatch(plain):
        return _possible(EXCEL_DAY_ZERO + timedelta(int(serial[1])))
    written = (
        WRITTEN.fullmatch(plain) or COMPACT_DAY.fullmatch(plain) or COMPACT_MONTH.fullmatch(plain)
    )
    if not written:
        raise Unreadable
    parts = written.groupdict()
    try:
        return _possible(date(int(parts["year"]), int(parts["month"]), int(parts.get("day") or 1)))
    except ValueError as error:
        raise Unreadable from error


def read_birth(text: str) -> tuple[date, bool] | None:
    """A birth date, and whether its day is stated: 出生年月 often ends with the month."""
    day = read_day(text)
    plain = _plain(text) or ""
    written = WRITTEN.fullmatch(plain)
    has_day = bool(written["day"]) if written else not COMPACT_MONTH.fullmatch(plain)
    return None if day is None else (day, has_day)


def read_month(text: str) -> int | None:
    """A month key; of a day its month."""
    day = read_day(text)
    return None if day is None else month_key(day)


def read_months(text: str) -> tuple[int, int | None] | None:
    """The months from the first to the last, which is None where they go on; one month is both."""
    plain = _plain(text)
    span = SPAN.fullmatch(plain) if plain else None
    if span is None:
        month = read_month(text)
        return None if month is None else (month, month)
    first = read_month(span["first"])
    last = None if span["last"] in {"至今", "今"} else read_month(span["last"])
    if first is None or (last is not None and last < first):
        raise Unreadable
    return first, last


def _plain(text: str) -> str | None:
    narrow = unicodedata.normalize("NFKC", text).translate(DASHES).strip()
    plain = BLANKS.sub("", TIME_OF_DAY.sub("", narrow))
    return None if plain.upper() in BLANK_WORDS else plain


def _possible(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Unreadable
    return day


def read_fen(text: str) -> int | None:
    """Yuan as people write them, in fen (1/100 yuan), never less than nothing."""
    plain = squeezed(text).replace(",", "")
    if plain.upper() in BLANK_WORDS:
        return None
    written = MONEY.fullmatch(plain)
    try:
        fen = Decimal(written[1] if written else plain) * 100
    except InvalidOperation as error:
        raise Unreadable from error
    if not fen.is_finite() or not 0 <= fen < 1 << 53:
        raise Unreadable
    return int(fen.to_integral_value())


def read_word(text: str, words: Mapping[str, str]) -> str | None:
    """What a word of a table means."""
    plain = squeezed(text)
    if plain in words:
        return words[plain]
    if plain.upper() in BLANK_WORDS:
        return None
    raise Unreadable


def read_words(text: str, words: Mapping[str, str]) -> list[str]:
    """What several words mean, each once, in their order."""
    parts = re.split(r"[、;,，；/+|\n\s]+", unicodedata.normalize("NFKC", text).strip())
    if is_blank(text):
        return []
    meanings = [read_word(part, words) for part in parts if part]
    return list(dict.fromkeys(meaning for meaning in meanings if meaning))


def read_name(text: str) -> str | None:
    """As it is stored: one kind of dot, no blanks between Chinese characters."""
    if is_blank(text):
        return None
    name = normal_name(text)
    if not name:
        return None
    if len(name) > NAME_LIMIT:
        raise Unreadable
    return name


def read_phones(text: str) -> list[str]:
    """Every number of a cell, mobiles first; something that holds none is unreadable."""
    if is_blank(text):
        return []
    plain = unicodedata.normalize("NFKC", text).translate(DASHES)
    mobiles = MOBILE.findall(PHONE_JOINTS.sub("", plain)) or MOBILE.findall(plain)
    rest = MOBILE.sub(" ", plain)
    landlines = [] if mobiles else LANDLINE.findall(rest)
    if not mobiles and not landlines:
        raise Unreadable
    return list(dict.fromkeys([*mobiles, *landlines]))


def read_text(text: str) -> str | None:
    plain = text.strip(" \t\r\n\u00a0\u3000\u200b\ufeff")
    if plain.startswith('="') and plain.endswith('"'):  # how a CSV keeps a number as text
        plain = plain[2:-1]
    return None if plain.upper() in BLANK_WORDS else plain
