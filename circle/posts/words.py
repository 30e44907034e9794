"""A post in the words people read; there is one way to say its pay."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial

from flask_babel import gettext

from circle.places.walking import WalkingWay
from circle.posts.occupations import occupations
from models.posts import Post, PostMove
from models.vocabulary.labelled import Labelled
from models.vocabulary.posts import ComplaintReason, PayUnit, PostState, PostVerb, ReturnReason
from models.vocabulary.residents import CategoryCode

FEN = 100
MONTHS_A_YEAR = 12
IN_UNIT: dict[PayUnit, Callable[[str], str]] = {
    PayUnit.MONTH: lambda yuan: gettext("%(yuan)s元/月", yuan=yuan),
    PayUnit.DAY: lambda yuan: gettext("%(yuan)s元/天", yuan=yuan),
    PayUnit.HOUR: lambda yuan: gettext("%(yuan)s元/小时", yuan=yuan),
    PayUnit.YEAR: lambda yuan: gettext("%(yuan)s元/年", yuan=yuan),
    PayUnit.PIECE: lambda yuan: gettext("计件，%(yuan)s元/件", yuan=yuan),
}


def pay_words(post: Post) -> str:
    """4000–6000元/月·13薪; 面议 where no figure is given."""
    low, high = post.pay_low_fen, post.pay_high_fen
    if low is None and high is None:
        is_piece = post.pay_unit is PayUnit.PIECE
        return str(gettext("计件") if is_piece else gettext("薪酬面议"))
    said = _range(IN_UNIT[post.pay_unit], low, high)
    if post.pay_months > MONTHS_A_YEAR and post.pay_unit is PayUnit.MONTH:
        return str(gettext("%(pay)s·%(months)s薪", pay=said, months=post.pay_months))
    return said


def _range(in_unit: Callable[[str], str], low: int | None, high: int | None) -> str:
    if high is None:
        return str(gettext("%(pay)s以上", pay=in_unit(yuan(low))))
    if low is None:
        return str(gettext("不超过%(pay)s", pay=in_unit(yuan(high))))
    return in_unit(yuan(low) if low == high else f"{yuan(low)}–{yuan(high)}")


def yuan(fen: int | None) -> str:
    """Without a fraction where there is none."""
    amount = Decimal(fen or 0) / FEN
    return f"{amount:.0f}" if amount == amount.to_integral_value() else f"{amount:.2f}"


def kind_words(post: Post) -> str:
    return str(gettext(post.kind.label))


def headcount_words(post: Post) -> str:
    """How many are still looked for."""
    left = max(post.headcount - post.hired_count, 0)
    return str(gettext("招%(count)s人", count=left) if left else gettext("已招满"))


def occupation_words(post: Post) -> str:
    known = occupations().get(post.occupation_code or "")
    return known.name if known else ""


def education_words(post: Post) -> str:
    if post.education is None:
        return str(gettext("学历不限"))
    return str(gettext("%(level)s以上", level=gettext(post.education.label)))


def hours_words(post: Post) -> str:
    parts = [gettext(post.hours.label) if post.hours else "", post.shifts or ""]
    return " · ".join(part for part in parts if part)


def insurance_words(post: Post) -> str:
    if post.insurance_paid is None:
        return ""
    return str(gettext("缴纳社会保险") if post.insurance_paid else gettext("不缴纳社会保险"))


def labels(enumeration: type[Labelled], codes: list[str]) -> list[str]:
    """Of stored words, in the order of the enumeration."""
    return [gettext(member.label) for member in enumeration if member.value in codes]


helped_words = partial(labels, CategoryCode)


def reason_words(move: PostMove) -> str:
    """Why a post was returned or complained of; what a person added stands behind it."""
    known = [*labels(ReturnReason, move.reasons), *labels(ComplaintReason, move.reasons)]
    return str(gettext("；")).join([*known, *_noted(move)])


def _noted(move: PostMove) -> list[str]:
    if not move.note:
        return []
    say = NOTES.get(move.verb)
    return [str(say(move.note)) if say else move.note]


# What an operation notes by itself; every other note is a person's own words.
NOTES: dict[PostVerb, Callable[[str], str]] = {
    PostVerb.AMEND: lambda change: gettext("招聘人数：%(change)s", change=change),
    PostVerb.MERGE: lambda number: gettext("保留的岗位编号：%(number)s", number=number),
}


def walk_words(way: WalkingWay | None) -> str:
    """How far it is on foot, and how that is known."""
    if way is None:
        return ""
    if way.by_street:
        return str(gettext("步行约%(minutes)s分钟", minutes=way.minutes))
    return str(gettext("步行约%(minutes)s分钟（按直线估算）", minutes=way.minutes))


LOOKS = {
    PostState.RECEIVED: "warn",
    PostState.PUBLISHED: "good",
    PostState.RETURNED: "danger",
}


def state_look(state: PostState) -> str:
    """The kind of tag a state is shown as."""
    return LOOKS.get(state, "plain")
