"""What a reviewer should look at in a post before anybody sees it; a person decides.

Rules are two tables: words (circle/posts/flag_rules.py) and what is missing or out of proportion
(FACT_RULES here). Nothing is asked of the database.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from circle.posts.flag_rules import (
    CONTRACT_72,
    LABOUR_48,
    LABOUR_72,
    MARKET_24,
    PROMOTION_41,
    WORD_RULES,
    WordRule,
)
from models.policy import Policy
from models.posts import Post
from models.vocabulary.posts import PayUnit, ReturnReason, Severity
from models.vocabulary.residents import WorkKind

WIDEST_RANGE = 3  # times the lower end
# A denial reaches no further than its clause; an enumeration (、) is one clause.
BREAKS = re.compile(r"[,，。.;；!！?？\n\r\t 　…|]")
LETTERS_KEPT = 8192
# No denial is longer, and nobody can make the queue slow with a text without a comma.
FURTHEST = 40
LETTER = "[\u4e00-\u9fff]"
# A letter that stands alone belongs to its neighbours: 押 金, 性别 男.
LONE = re.compile(
    rf"(?:(?<=\s{LETTER})|(?<=^{LETTER}))[ \t\u3000]+(?={LETTER})"
    rf"|(?<={LETTER})[ \t\u3000]+(?={LETTER}(?:\s|$|[,，。]))"
)
# Set between letters so that no filter reads the word.
DECORATES = frozenset("*＊·•❤♥★☆▲●■◆♡#＃\u200b\u200c\u200d\ufeff")


@dataclass(frozen=True)
class PostWords:
    """A post as rules see it: texts by the names of their columns, and the facts beside them."""

    texts: dict[str, str]
    kind: WorkKind
    pay_unit: PayUnit
    pay_low_fen: int | None
    pay_high_fen: int | None
    month_low_fen: int | None
    insurance_paid: bool | None
    has_place: bool
    licence_seen: bool

    @classmethod
    def of(cls, post: Post) -> "PostWords":
        return cls(
            texts={name: getattr(post, name) for name in TEXTS if getattr(post, name)},
            kind=post.kind,
            pay_unit=post.pay_unit,
            pay_low_fen=post.pay_low_fen,
            pay_high_fen=post.pay_high_fen,
            month_low_fen=post.month_low_fen,
            insurance_paid=post.insurance_paid,
            has_place=bool(post.address or post.position_id),
            licence_seen=post.employer.licence_seen_on is not None,
        )


TEXTS = ("title", "shifts", "description", "skills", "address")


@dataclass(frozen=True)
class FactRule:
    """What is missing or out of proportion; `field` is where it is shown."""

    code: str
    severity: Severity
    label: LazyString
    law: LazyString | None
    advice: LazyString
    reason: ReturnReason
    field: str
    holds: Callable[[PostWords, Policy], bool]


@dataclass(frozen=True)
class Flag:
    """A rule that holds, and its words: text[start:end] of the field; a fact has none."""

    rule: WordRule | FactRule
    field: str
    start: int = 0
    end: int = 0

    @property
    def is_forbidden(self) -> bool:
        return self.rule.severity is Severity.FORBIDDEN

    @property
    def has_words(self) -> bool:
        return self.end > self.start


# By the hour only who works by the hour: others have the month's minimum.
BY_THE_HOUR = frozenset({WorkKind.PART_TIME, WorkKind.GIG, WorkKind.HOME_WORK})
BY_THE_MONTH = frozenset({WorkKind.FULL_TIME, WorkKind.PUBLIC_WELFARE})


def _below_month(post: PostWords, policy: Policy) -> bool:
    if post.kind not in BY_THE_MONTH or post.month_low_fen is None:
        return False
    return post.month_low_fen < policy.minimum_wage_fen


def _below_hour(post: PostWords, policy: Policy) -> bool:
    if post.kind not in BY_THE_HOUR or post.pay_unit is not PayUnit.HOUR:
        return False
    return post.pay_low_fen is not None and post.pay_low_fen < policy.minimum_wage_hour_fen


def _too_wide(post: PostWords, _policy: Policy) -> bool:
    low, high = post.pay_low_fen, post.pay_high_fen
    return bool(low and high and high > low * WIDEST_RANGE)


FACT_RULES = (
    FactRule(
        code="pay_below_minimum",
        severity=Severity.FORBIDDEN,
        label=_l("低于当地最低月工资"),
        law=LABOUR_48,
        advice=_l("全日制岗位的工资不得低于当地最低月工资标准，请用人单位改正。"),
        reason=ReturnReason.PAY_TOO_LOW,
        field="pay",
        holds=_below_month,
    ),
    FactRule(
        code="pay_below_hourly_minimum",
        severity=Severity.FORBIDDEN,
        label=_l("低于当地最低小时工资"),
        law=CONTRACT_72,
        advice=_l("非全日制用工的小时工资不得低于当地标准，请用人单位改正。"),
        reason=ReturnReason.PAY_TOO_LOW,
        field="pay",
        holds=_below_hour,
    ),
    FactRule(
        code="pay_missing",
        severity=Severity.DOUBTFUL,
        label=_l("没有写明报酬"),
        law=MARKET_24,
        advice=_l("请写明基本劳动报酬；计件的写明单价。"),
        reason=ReturnReason.PAY_UNCLEAR,
        field="pay",
        holds=lambda post, _policy: post.pay_low_fen is None and post.pay_high_fen is None,
    ),
    FactRule(
        code="pay_too_wide",
        severity=Severity.DOUBTFUL,
        label=_l("薪酬上下限相差过大"),
        law=MARKET_24,
        advice=_l("上限超过下限三倍，请写明底薪和提成的算法。"),
        reason=ReturnReason.PAY_UNCLEAR,
        field="pay",
        holds=_too_wide,
    ),
    FactRule(
        code="insurance_unpaid",
        severity=Severity.DOUBTFUL,
        label=_l("全职岗位不缴社会保险"),
        law=LABOUR_72,
        advice=_l("建立劳动关系的应当依法参加社会保险，请核实用工形式。"),
        reason=ReturnReason.UNTRUE,
        field="insurance_paid",
        holds=lambda post, _policy: post.kind in BY_THE_MONTH and post.insurance_paid is False,
    ),
    FactRule(
        code="no_description",
        severity=Severity.DOUBTFUL,
        label=_l("没有写工作内容"),
        law=MARKET_24,
        advice=_l("请写明要做的事和招聘条件。"),
        reason=ReturnReason.INCOMPLETE,
        field="description",
        holds=lambda post, _policy: not post.texts.get("description", "").strip(),
    ),
    FactRule(
        code="no_place",
        severity=Severity.DOUBTFUL,
        label=_l("没有写工作地点"),
        law=MARKET_24,
        advice=_l("请写明工作地址，居民要按步行时间找岗位。"),
        reason=ReturnReason.PLACE_UNCLEAR,
        field="address",
        holds=lambda post, _policy: not post.has_place and post.kind is not WorkKind.HOME_WORK,
    ),
    FactRule(
        code="licence_unseen",
        severity=Severity.DOUBTFUL,
        label=_l("用人单位证照未核验"),
        law=PROMOTION_41,
        advice=_l("请先查看营业执照，在用人单位页面登记核验人和日期。"),
        reason=ReturnReason.EMPLOYER_UNVERIFIED,
        field="employer",
        holds=lambda post, _policy: not post.licence_seen,
    ),
)


def flags_of(post: PostWords, policy: Policy) -> list[Flag]:
    """All there is to look at, what the law forbids first, then in the order of the tables."""
    found = [*_word_flags(post), *_fact_flags(post, policy)]
    return sorted(found, key=lambda flag: not flag.is_forbidden)


def _fact_flags(post: PostWords, policy: Policy) -> Iterator[Flag]:
    for rule in FACT_RULES:
        if rule.holds(post, policy):
            yield Flag(rule, rule.field)


def _word_flags(post: PostWords) -> Iterator[Flag]:
    read = {field: Readable(text) for field, text in post.texts.items()}
    for rule in WORD_RULES:
        for field, text in read.items():
            yield from (Flag(rule, field, *span) for span in text.spans_of(rule))


class Readable:
    """A text evened out for reading: half-width, lower case, nothing set between letters.

    `places[i]` is where the i-th letter stands in the text as it was written.
    """

    def __init__(self, written: str) -> None:
        empty = {place for gap in LONE.finditer(written) for place in range(*gap.span())}
        kept = [
            (place, letter)
            for place, letter in enumerate(written)
            if letter not in DECORATES and place not in empty
        ]
        self.places = [place for place, _ in kept]
        self.text = "".join(_even(letter) for _, letter in kept)

    def spans_of(self, rule: WordRule) -> Iterator[tuple[int, int]]:
        """Where the rule's words stand in the text as written."""
        for match in rule.found_by.finditer(self.text):
            before, after = self._clause_around(match.start(), match.end())
            if not (rule.denied_by.search(before) or rule.taken_back_by.search(after)):
                yield self.places[match.start()], self.places[match.end() - 1] + 1

    def _clause_around(self, start: int, end: int) -> tuple[str, str]:
        ended, begun = bisect_left(self._breaks, start), bisect_left(self._breaks, end)
        first = self._breaks[ended - 1] + 1 if ended else 0
        last = self._breaks[begun] if begun < len(self._breaks) else len(self.text)
        before = self.text[max(first, start - FURTHEST) : start]
        return before, self.text[end : min(last, end + FURTHEST)]

    @cached_property
    def _breaks(self) -> list[int]:
        return [match.start() for match in BREAKS.finditer(self.text)]


@lru_cache(LETTERS_KEPT)
def _even(letter: str) -> str:
    """One letter for one, so that places stay right; ｆｕｌｌ-width becomes half-width."""
    plain = unicodedata.normalize("NFKC", letter).lower()
    return plain if len(plain) == 1 else letter
