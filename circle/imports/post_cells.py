"""What the cells of a post say: headcount, education, last day, position, in agencies' spellings.

As in `cells`, a reader raises Unreadable for what it cannot read; None means the cell says nothing.
"""

import re
import unicodedata
from datetime import date, timedelta

from circle.employers.uscc import is_uscc, normal_uscc
from circle.imports.cells import BLANK_WORDS, DASHES, Unreadable, is_blank, read_birth, squeezed
from circle.imports.sources.education import LEVELS
from circle.posts.pay import Pay
from circle.posts.salaries import SalaryUnreadable, read_salary
from models.vocabulary.facts import EducationLevel
from models.vocabulary.months import first_day, month_key
from models.vocabulary.residents import WishedHours

MOST_HEADS = 9_999
HEADS = re.compile(
    r"(?:约|招|共)?(?P<low>\d{1,5})(?:\.0+)?(?:(?:-|至|到)(?P<high>\d{1,5}))?余?[人名个位]?"
    r"(?:左右|以上|及以上|以内)?"
)
# Nobody counted: one is looked for at least.
SOME = frozenset(
    {"若干", "若干人", "若干名", "数名", "多名", "多人", "不限", "不限人数", "长期招聘"}
)

ANY_LEVEL = frozenset({"不限", "学历不限", "不限学历", "无要求", "不要求", "无学历要求", "均可"})
MORE_LEVELS = {
    "大学专科": EducationLevel.COLLEGE,
    "大学本科": EducationLevel.BACHELOR,
    "中技": EducationLevel.VOCATIONAL,
    "高技": EducationLevel.COLLEGE,
}
LEVEL_NAMES = {**LEVELS, **MORE_LEVELS}
LEVEL_ORDER = list(EducationLevel)
LEVEL_NOISE = re.compile(
    r"\([^)]*\)|统招|全日制|及其?以上|以上|及|学历|毕业生?|文凭|文化|程度|水平|优先|起"
)
BETWEEN_LEVELS = re.compile(r"[/、,，或;]|至|到|-")

FOR_SO_LONG = re.compile(r"(?P<count>\d{1,3})(?P<unit>天|日|个月|周|星期|年)(?:内|有效)?")
DAYS_IN = {"天": 1, "日": 1, "周": 7, "星期": 7, "个月": 30, "年": 365}
# 2026-01-01至2026-12-31: the last day counts. Hyphens divide only where days are written otherwise.
SPAN_MARKS = re.compile(r"至|到|~|—{1,2}|--")
DOTTED_SPAN = re.compile(r"[\d./年月日]{6,}-(?P<last>[\d./年月日]{6,})")

DEGREES = re.compile(r"(?P<figure>-?\d{1,3}(?:\.\d+)?)°?[eEnN东北经纬]*")

# What a shift's words tell of the hours, the first that fits.
HOURS = (
    (re.compile(r"[两二三四]班|倒班|轮班|早晚班|换班|翻班"), WishedHours.SHIFTS),
    (re.compile(r"上学|接送"), WishedHours.SCHOOL),
    (re.compile(r"周末|周六日|双休日上班"), WishedHours.WEEKEND),
    (re.compile(r"夜班|晚班|夜间|晚间"), WishedHours.EVENING),
    (re.compile(r"白班|日班|早[七八九789]晚|朝[七八九789]晚"), WishedHours.DAY),
)
CERTIFICATE_LENGTH = 60
BETWEEN_CERTIFICATES = re.compile(r"[、,，;；/\n]+")
NONE_NEEDED = frozenset({"不限", "无要求", "不要求", "不需要", "没有", "否"})


def read_uscc(text: str) -> str | None:
    if is_blank(text):
        return None
    code = normal_uscc(text.strip("'`’"))
    if not is_uscc(code):
        raise Unreadable
    return code


def read_headcount(text: str) -> int | None:
    """The most there may be: 3-5人 is 5. What nobody counted is None, as a blank is."""
    plain = squeezed(text).translate(DASHES).replace("~", "-")
    if plain.upper() in BLANK_WORDS or plain in SOME:
        return None
    written = HEADS.fullmatch(plain)
    if written is None:
        raise Unreadable
    count = int(written["high"] or written["low"])
    if not max(int(written["low"]), 1) <= count <= MOST_HEADS:
        raise Unreadable
    return count


def is_uncounted(text: str) -> bool:
    return squeezed(text) in SOME


def read_pay(text: str) -> Pay | None:
    """None of a blank cell: then the pay is to be negotiated as well, but nobody has said so."""
    if is_blank(text):
        return None
    try:
        return read_salary(text)
    except SalaryUnreadable as error:
        raise Unreadable from error


def read_level(text: str) -> EducationLevel | None:
    """The least that is asked for; of several the lowest: 高中/中专."""
    if is_blank(text):
        return None
    plain = LEVEL_NOISE.sub("", squeezed(text))
    if plain in ANY_LEVEL or squeezed(text) in ANY_LEVEL:
        return None
    parts = [part for part in BETWEEN_LEVELS.split(plain) if part]
    if not parts or any(part not in LEVEL_NAMES for part in parts):
        raise Unreadable
    return max((EducationLevel(LEVEL_NAMES[part]) for part in parts), key=LEVEL_ORDER.index)


def read_last_day(text: str) -> date | timedelta | None:
    """The last day, or how long from the day the file comes; None goes on for as long as may be."""
    plain = squeezed(text)
    if plain.upper() in BLANK_WORDS or plain in {"招满为止", "招满即止", "长期招聘", "长期有效"}:
        return None
    if span := FOR_SO_LONG.fullmatch(plain):
        return timedelta(int(span["count"]) * DAYS_IN[span["unit"]])
    dotted = DOTTED_SPAN.fullmatch(plain.translate(DASHES))
    last = dotted["last"] if dotted else SPAN_MARKS.split(text)[-1]
    read = read_birth(last.strip().rstrip("止前"))
    if read is None:
        return None
    day, has_day = read
    return day if has_day else first_day(month_key(day) + 1) - timedelta(days=1)


def read_degrees(text: str) -> float | None:
    if is_blank(text):
        return None
    written = DEGREES.fullmatch(squeezed(text))
    if written is None:
        raise Unreadable
    return float(written["figure"])


def hours_of(shifts: str | None) -> WishedHours | None:
    plain = squeezed(shifts or "")
    return next((hours for spelling, hours in HOURS if spelling.search(plain)), None)


def certificates_of(text: str | None) -> list[str]:
    plain = unicodedata.normalize("NFKC", text or "")
    parts = (part.strip() for part in BETWEEN_CERTIFICATES.split(plain))
    named = [part[:CERTIFICATE_LENGTH] for part in parts if part and part not in NONE_NEEDED]
    return list(dict.fromkeys(part for part in named if not is_blank(part)))
