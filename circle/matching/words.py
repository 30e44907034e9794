"""Reasons in the words a worker reads out, one line each."""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext

from circle.matching import reasons as of
from circle.posts.words import yuan
from models.vocabulary.labelled import Labelled

SEPARATOR = "、"


def reason_words(reason: of.Reason) -> str:
    return str(SAYS[type(reason)](reason))


def missing_words(missing: of.Missing) -> str:
    return str(SAYS[type(missing)](missing))


def _label(word: Labelled) -> str:
    return str(gettext(word.label))


def _pay(reason: of.PayReason) -> str:
    words = {"pay": _range(reason.low, reason.high), "wished": yuan(reason.wished)}
    if reason.is_reckoned:
        return str(gettext("按全天做满一个月约%(pay)s元，达到希望的%(wished)s元", **words))
    return str(gettext("每月约%(pay)s元，达到希望的%(wished)s元", **words))


def _range(low: int, high: int) -> str:
    return yuan(high) if low == high else f"{yuan(low)}–{yuan(high)}"


def _helped(reason: of.HelpedReason) -> str:
    groups = SEPARATOR.join(map(_label, reason.groups))
    return str(gettext("面向%(groups)s的帮扶岗位", groups=groups))


def _below(missing: of.EducationBelow) -> str:
    words = {"asked": _label(missing.asked), "reached": _label(missing.reached)}
    return str(gettext("岗位要求%(asked)s以上，本人是%(reached)s", **words))


def _too_far(missing: of.TooFar) -> str:
    words = {"minutes": missing.minutes, "wished": missing.wished}
    return str(gettext("步行约%(minutes)s分钟，超过希望的%(wished)s分钟", **words))


def _pay_below(missing: of.PayBelow) -> str:
    words = {"pay": yuan(missing.high), "wished": yuan(missing.wished)}
    if missing.is_reckoned:
        return str(gettext("全天做满一个月最多约%(pay)s元，低于希望的%(wished)s元", **words))
    return str(gettext("每月最多约%(pay)s元，低于希望的%(wished)s元", **words))


SAYS: dict[type[Any], Callable[[Any], str]] = {
    of.WordsReason: lambda reason: gettext(
        "与求职意向相符：%(words)s", words=SEPARATOR.join(reason.words)
    ),
    of.PayReason: _pay,
    of.HoursReason: lambda reason: gettext("工作时间合适：%(hours)s", hours=_label(reason.hours)),
    of.KindReason: lambda reason: gettext("是希望的工作类型：%(kind)s", kind=_label(reason.kind)),
    of.HelpedReason: _helped,
    of.EducationReason: lambda reason: gettext(
        "学历符合要求：%(level)s以上", level=_label(reason.asked)
    ),
    of.CertificateMissing: lambda missing: gettext(
        "需要%(name)s，档案里没有记录", name=missing.name
    ),
    of.EducationUnknown: lambda missing: gettext(
        "岗位要求%(level)s以上，本人学历还没有记录", level=_label(missing.asked)
    ),
    of.EducationBelow: _below,
    of.PayBelow: _pay_below,
    of.PayUnknown: lambda _: gettext("薪酬面议，要先问清楚"),
    of.WordsMissing: lambda _: gettext("岗位里没有提到想找的工作"),
    of.WayUnknown: lambda _: gettext("还不知道步行要多久"),
    of.TooFar: _too_far,
    of.HoursUnlike: lambda missing: gettext(
        "工作时间是%(hours)s，与希望的不同", hours=_label(missing.hours)
    ),
    of.KindUnlike: lambda missing: gettext("是%(kind)s，与希望的不同", kind=_label(missing.kind)),
}
