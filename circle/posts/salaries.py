"""Pay as advertisements spell it (DOMAIN 4): 1-1.5万, 6千-1.2万·13薪, 150元/天, 3千及以下, 面议.

Amounts are fen (1/100 yuan) in the unit they are given in; a bound nobody gives is None.
"""

import re
import unicodedata
from decimal import Decimal

from circle.posts.pay import Pay
from models.vocabulary.posts import PayUnit

FEN = 100
USUAL_MONTHS, MOST_MONTHS = 12, 24
# Nobody is paid more, in any unit; 32 bits hold it in fen.
MOST_YUAN = Decimal(10_000_000)
MOST_LETTERS = 120
# Without a unit people mean a month: less than so many yuan is no month's pay, more a year's.
LEAST_MONTHLY, MOST_MONTHLY = Decimal(500), Decimal(80_000)

DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―－−~～〜∼", "-"))
BLANKS = re.compile(r"[\s\u200b\ufeff]+")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
MONTHS = re.compile(r"[·•.x×*/,，、(]?(?P<months>1[2-9]|2[0-4])薪\)?")
# Parts behind these say something beside the pay.
PARTS = re.compile(r"[,，;；。、()（）\[\]【】]+")
SCALES = {"万": 10_000, "w": 10_000, "千": 1_000, "k": 1_000, "百": 100, "": 1}
NUMBER = r"(?:\d+(?:\.\d+)?)"
SCALE = "[万千百wk]?"
LEADS = (
    "综合|税前|税后|到手|实发|工资|薪资|薪酬|薪水|待遇|收入|报酬|月薪|月收入|月工资|月|年薪|年收入|年|"
    "日薪|日工资|日|时薪|小时工资|计件|基本|固定|平均|人均|约|大约|为|是|:|¥|￥|rmb|cny|人民币|每月|每年|"
    "每天|每日|每小时|每时|每件|一个月|一天|一小时|一年|日结|月结"
)
AT_LEAST = "底薪|保底|无责底薪|不低于|不少于|最低|起薪"
AT_MOST = "不超过|不高于|最高|最多|封顶"
PAY = re.compile(
    rf"(?P<lead>(?:{LEADS}|{AT_LEAST}|{AT_MOST}){{0,6}})"
    rf"(?P<low>{NUMBER})(?P<low_scale>{SCALE})(?:元|块|rmb|¥)?(?P<early>(?:/?(?:月|年|天|日|小时|时))?)"
    rf"(?:(?:-+|至|到)[¥￥]?(?P<high>{NUMBER})(?P<high_scale>{SCALE})(?:元|块|rmb|¥)?)?"
    r"(?P<tail>.*)"
)
UNITS = (
    (PayUnit.PIECE, re.compile(r"计件|[/每一](?:件|个|单|只|套)")),
    (PayUnit.HOUR, re.compile(r"[/每一](?:个)?(?:小时|时|h|hour)|时薪|小时工资")),
    (PayUnit.DAY, re.compile(r"[/每一](?:天|日|班|d|day)|日薪|日工资|^日$|日结")),
    (PayUnit.YEAR, re.compile(r"[/每一](?:年|y|year)|年薪|年收入|^年$")),
    (PayUnit.MONTH, re.compile(r"[/每一](?:个)?(?:月|m|month)|月薪|月收入|月工资|^月$|月结")),
)
LOWER = re.compile(rf"以上|及以上|起|\+|{AT_LEAST}|提成|绩效|奖金")
UPPER = re.compile(rf"以下|及以下|以内|之内|封顶|{AT_MOST}")
# What may stand behind an amount; anything else and nobody can be sure what it says.
TAIL = re.compile(
    r"(?:元|块|rmb|左右|上下|不等|以上|及以上|起|以下|及以下|以内|之内|封顶|计件|月结|日结|税前|税后|"
    r"人民币|\+.*|[/每一](?:个)?(?:月|年|天|日|班|小时|时|件|单|只|套|个|m|month|y|year|d|day|h|hour)|人|/)*"
)
# A part that begins so, or has no amount in it, tells nothing of the pay itself.
ASIDE = re.compile(
    r"另|加|含|包|补|奖|提成|餐|住|全勤|社保|五险|六险|缴|试用|月休|上|做|每周|周|双休|单休"
)
HAS_AMOUNT = re.compile(rf"{NUMBER}[万千wk元]|\d{{4,}}")
NEGOTIABLE = re.compile(r"面议|面谈|另议|详谈|详议|协商|商议|电议|待定|不限")
BY_PIECE = re.compile(r"计件|按件|多劳多得")


class SalaryUnreadable(ValueError):  # noqa: N818 - named for what it is
    """The words tell no pay, or nobody could be sure which."""


NEGOTIATED = Pay(PayUnit.MONTH)


def read_salary(text: str) -> Pay:
    """Raises SalaryUnreadable. Words without any amount are to be negotiated."""
    plain = _plain(text)
    if len(plain) > MOST_LETTERS:
        raise SalaryUnreadable
    stated = MONTHS.search(plain)
    plain = MONTHS.sub("", plain)
    months = int(stated["months"]) if stated else USUAL_MONTHS
    parts = [part for part in PARTS.split(plain) if part]
    found = {told for part in parts if (told := _read_part(part, months))}
    if len(found) > 1:
        raise SalaryUnreadable
    if found:
        return found.pop()
    if BY_PIECE.search(plain):
        return Pay(PayUnit.PIECE, months=months)
    if not plain or NEGOTIABLE.search(plain):
        return NEGOTIATED
    raise SalaryUnreadable


def _plain(text: str) -> str:
    narrow = unicodedata.normalize("NFKC", text).translate(DASHES).lower()
    return THOUSANDS.sub("", BLANKS.sub("", narrow)).replace("人民币", "")


def _read_part(part: str, months: int) -> Pay | None:
    if ASIDE.match(part) or NEGOTIABLE.fullmatch(part):
        return None
    written = PAY.fullmatch(part)
    if written is None or not TAIL.fullmatch(written["tail"]):
        if HAS_AMOUNT.search(part):
            raise SalaryUnreadable(part)
        return None
    low, high = _amounts(written)
    unit = _unit(written, low, months)
    words = written["lead"] + written["tail"]
    if written["high"] is None:
        low_fen, high_fen = _one_bound(words, _fen(low))
    else:
        low_fen, high_fen = _fen(low), _fen(high)
    return Pay(unit, low_fen, high_fen, months)


def _amounts(written: re.Match[str]) -> tuple[Decimal, Decimal]:
    """In yuan. A scale given once holds for both sides where both then are in order: 1-1.5万,
    but 8000-1.2万.
    """
    low, high = Decimal(written["low"]), Decimal(written["high"] or written["low"])
    first, second = (
        written["low_scale"],
        written["high_scale"] if written["high"] else written["low_scale"],
    )
    if not first and second and low * SCALES[second] <= high * SCALES[second]:
        first = second
    if first and not second and high < low * SCALES[first]:
        second = first
    low, high = low * SCALES[first], high * SCALES[second]
    if not 0 < low <= high <= MOST_YUAN:
        raise SalaryUnreadable(written.string)
    return low, high


def _unit(written: re.Match[str], low: Decimal, months: int) -> PayUnit:
    early = written["early"].strip("/")
    own, _, _ = written["tail"].partition(
        "+"
    )  # behind it something else is paid, perhaps by the day
    for words in (own, f"/{early}" if early else "", written["lead"]):
        for unit, spelling in UNITS:
            if spelling.search(words):
                return unit
    if low < LEAST_MONTHLY:
        raise SalaryUnreadable(written.string)
    return PayUnit.MONTH if low < MOST_MONTHLY or months > USUAL_MONTHS else PayUnit.YEAR


def _one_bound(words: str, fen: int) -> tuple[int | None, int | None]:
    if UPPER.search(words):
        return None, fen
    return (fen, None) if LOWER.search(words) else (fen, fen)


def _fen(yuan: Decimal) -> int:
    return int((yuan * FEN).to_integral_value())
