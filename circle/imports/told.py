"""What a change means for a person with a case, in one sentence, from the values on both sides."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext

from circle.privacy.masking import mask_name
from models.vocabulary.facts import (
    BenefitKind,
    EducationLevel,
    InsuranceKind,
    RegisterStatus,
    SubsistenceKind,
)
from models.vocabulary.labelled import Labelled
from models.vocabulary.months import month_text
from models.vocabulary.residents import CategoryCode, WorkStatus

Values = Mapping[str, Any]
Places = Mapping[str, str]


def _(message: str, **values: str) -> str:
    return str(gettext(message, **values))


def change(what: str, before: Values | None, after: Values | None, places: Places) -> str:
    """`places` are the names of divisions by their codes. Before or after may be missing."""
    return TOLD[what](before or {}, after or {}, places)


def codes_in(change: Mapping[str, Any]) -> list[str]:
    """Codes of the divisions a change names."""
    both = (change.get("before") or {}, change.get("after") or {})
    return [side["lives_in"] for side in both if side.get("lives_in")]


def _register(before: Values, after: Values, _places: Places) -> str:
    if not after:
        return _(
            "不在户籍名单里了（原为%(status)s）。", status=_word(RegisterStatus, before["status"])
        )
    status = _word(RegisterStatus, after["status"])
    day = after.get("status_on")
    told = _("%(status)s（%(day)s）", status=status, day=day) if day else status
    if not before:
        return _("户籍状态：%(after)s。", after=told)
    return _from_to(_("户籍状态"), _word(RegisterStatus, before["status"]), told)


def _subsistence(before: Values, after: Values, _places: Places) -> str:
    old, new = (_word(SubsistenceKind, side.get("kind")) for side in (before, after))
    if not after:
        return _("不再享受%(kind)s。", kind=old)
    if not before:
        return _("开始享受%(kind)s。", kind=new)
    if old == new:
        return _("%(kind)s：劳动能力有变化。", kind=new)
    return _from_to(_("救助类别"), old, new)


def _unemployment(before: Values, after: Values, _places: Places) -> str:
    day = (after or before)["registered_on"]
    if not after:
        return _("%(day)s的失业登记不在名单里了。", day=day)
    if not after["is_open"]:
        return _("%(day)s的失业登记已注销（%(end)s）。", day=day, end=after["ended_on"])
    return _("登记失业（%(day)s）。", day=day)


def _employment(before: Values, after: Values, _places: Places) -> str:
    told = after or before
    employer, day = told.get("employer") or _("单位未写明"), told["registered_on"]
    if not after:
        return _("%(day)s的就业登记不在名单里了（%(employer)s）。", day=day, employer=employer)
    if not after["is_open"]:
        return _("%(day)s的就业登记已结束（%(employer)s）。", day=day, employer=employer)
    return _("登记就业（%(day)s，%(employer)s）。", day=day, employer=employer)


def _benefit(before: Values, after: Values, _places: Places) -> str:
    kind = _word(BenefitKind, (after or before)["kind"])
    if not after:
        return _("不再领取%(kind)s。", kind=kind)
    if after.get("to_month") is not None:
        return _("领取%(kind)s到%(month)s。", kind=kind, month=month_text(after["to_month"]))
    return _("开始领取%(kind)s（%(month)s起）。", kind=kind, month=month_text(after["from_month"]))


def _insurance(before: Values, after: Values, _places: Places) -> str:
    kind = _word(InsuranceKind, (after or before)["kind"])
    if not after:
        return _("%(kind)s的缴费记录全部去掉。", kind=kind)
    last, payer = month_text(after["last_month"]), after.get("employer") or _("单位未写明")
    if not before:
        return _("%(kind)s：缴到%(last)s（%(employer)s）。", kind=kind, last=last, employer=payer)
    was = month_text(before["last_month"])
    if after["last_month"] < before["last_month"]:
        return _("%(kind)s：原缴到%(was)s，现只缴到%(last)s。", kind=kind, was=was, last=last)
    return _(
        "%(kind)s：原缴到%(was)s，现缴到%(last)s（%(employer)s）。",
        kind=kind,
        was=was,
        last=last,
        employer=payer,
    )


def _case(before: Values, after: Values, _places: Places) -> str:
    if not after:
        return _("档案将去掉。")
    old, new = (_word(WorkStatus, side.get("work_status")) for side in (before, after))
    return _("档案里的专员有变化。") if old == new else _from_to(_("就业状态"), old, new)


def _name(before: Values, after: Values, _places: Places) -> str:
    if not after:
        return _("将从名册去掉。")
    return _from_to(_("姓名"), mask_name(before.get("name")), mask_name(after.get("name")))


def _home(before: Values, after: Values, places: Places) -> str:
    old, new = (places.get(side.get("lives_in") or "") or _("没有登记") for side in (before, after))
    return _from_to(_("居住地"), old, new)


def _category(before: Values, after: Values, _places: Places) -> str:
    code = _word(CategoryCode, (after or before)["code"])
    return _("新增类别：%(code)s。", code=code) if after else _("类别撤回：%(code)s。", code=code)


def _degree(before: Values, after: Values, _places: Places) -> str:
    level = _word(EducationLevel, (after or before)["level"])
    return (
        _("新增学历：%(level)s。", level=level)
        if after
        else _("学历撤回：%(level)s。", level=level)
    )


TOLD: dict[str, Callable[[Values, Values, Places], str]] = {
    "register": _register,
    "subsistence": _subsistence,
    "unemployment": _unemployment,
    "employment": _employment,
    "benefit": _benefit,
    "insurance": _insurance,
    "case": _case,
    "name": _name,
    "home": _home,
    "category": _category,
    "degree": _degree,
}


def _from_to(what: str, old: str, new: str) -> str:
    return _("%(what)s：%(old)s → %(new)s。", what=what, old=old, new=new)


def _word(enumeration: type[Labelled], value: str | None) -> str:
    known = {member.value: member.label for member in enumeration}
    return _(known[value]) if value in known else _("未写明")
