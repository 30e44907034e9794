"""Why a task stands in somebody's list, in one sentence: the source and the month it rests on.

Evidence holds codes, months (YYYY-MM) and days (YYYY-MM-DD), never sentences: the sentence is made
when it is read, in the reader's language. Where a needed value is missing, the title must do.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from models.vocabulary.facts import InsuranceKind, RegisterStatus, Source, SubsistenceKind
from models.vocabulary.labelled import Labelled
from models.vocabulary.services import ServiceKind
from models.vocabulary.tasks import AnomalyCode, TaskKind

# Where evidence as it is read tells which of its files are old.
BEHIND = "behind"

Evidence = Mapping[str, Any]
Maker = Callable[[Evidence], str]


def title(kind: TaskKind, evidence: Evidence | None = None) -> str:
    """What the task is called; an anomaly by its own question."""
    code = _member(AnomalyCode, (evidence or {}).get("code"))
    return str(_(code.label if kind is TaskKind.ANOMALY and code else kind.label))


def sentence(kind: TaskKind, evidence: Evidence) -> str:
    """Never empty: evidence that says too little leaves the task's title."""
    said = {key: value for key, value in evidence.items() if value is not None}
    try:
        return SENTENCES[kind](said) + _caveat(said.get(BEHIND))
    except KeyError:
        return title(kind, evidence)


def _visit(evidence: Evidence) -> str:
    standing = STANDINGS.get(evidence.get("standing"), STANDINGS["other"])()
    if evidence.get("last_contact_on"):
        return str(
            _(
                "%(standing)s，每%(interval)s天联系一次；走访记录或台账显示上次联系到本人是%(day)s。",
                standing=standing,
                interval=evidence["interval"],
                day=evidence["last_contact_on"],
            )
        )
    return str(
        _(
            "%(standing)s，%(day)s建档，走访记录里还没有联系到本人。",
            standing=standing,
            day=evidence["opened_on"],
        )
    )


STANDINGS: dict[Any, Callable[[], str]] = {
    "zero_employment": lambda: str(_("零就业家庭成员")),
    "hard_to_employ": lambda: str(_("就业困难人员")),
    "other": lambda: str(_("在册人员")),
}


def _insurance_lapse(evidence: Evidence) -> str:
    return str(
        _(
            "社保缴费文件显示：%(kind)s已缴至%(last)s，%(missing)s起中断（数据截至%(closed)s）。",
            kind=_label(InsuranceKind, evidence["kind"]),
            last=evidence["last_month"],
            missing=evidence["first_missing"],
            closed=evidence["closed_month"],
        )
    )


def _first_registration(evidence: Evidence) -> str:
    signals = [maker(evidence) for key, maker in SIGNALS.items() if key in evidence]
    if not signals:
        raise KeyError(*SIGNALS)
    if "closed_month" in evidence and not evidence.keys().isdisjoint(UNINSURED_SIGNALS):
        signals.append(
            str(_("社保缴费文件（截至%(month)s）无职工养老缴费", month=evidence["closed_month"]))
        )
    return str(_("%(signals)s；尚未建档。", signals=str(_("；")).join(signals)))


SIGNALS: dict[str, Maker] = {
    "unemployment": lambda evidence: str(
        _("失业登记名册：%(day)s登记失业", day=evidence["unemployment"])
    ),
    "subsistence": lambda evidence: str(
        _(
            "民政救助名单：%(day)s起享受%(kind)s",
            day=_month_of(evidence["subsistence"]),
            kind=_label(SubsistenceKind, evidence.get("subsistence_kind")) or _("救助"),
        )
    ),
    "graduate": lambda evidence: str(
        _("教育学历名单：%(month)s毕业", month=_month_of(evidence["graduate"]))
    ),
}
# These two count only where no employee pension was paid.
UNINSURED_SIGNALS = ("subsistence", "graduate")


def _anomaly(evidence: Evidence) -> str:
    return ANOMALIES[evidence["code"]](evidence)


def _unemployed_but_insured(evidence: Evidence) -> str:
    if evidence.get("employer"):
        return str(
            _(
                "失业登记名册：%(day)s登记失业；社保缴费文件：%(month)s由%(employer)s缴职工养老。",
                day=evidence["registered_on"],
                month=evidence["month"],
                employer=evidence["employer"],
            )
        )
    return str(
        _(
            "失业登记名册：%(day)s登记失业；社保缴费文件：%(month)s有单位缴职工养老。",
            day=evidence["registered_on"],
            month=evidence["month"],
        )
    )


def _departed_with_case(evidence: Evidence) -> str:
    status = _label(RegisterStatus, evidence["status"])
    if evidence.get("status_on"):
        return str(
            _(
                "公安户籍文件：%(day)s已%(status)s，档案仍在册。",
                day=evidence["status_on"],
                status=status,
            )
        )
    return str(_("公安户籍文件：已%(status)s，档案仍在册。", status=status))


def _subsistence_but_insured(evidence: Evidence) -> str:
    return str(
        _(
            "民政救助名单：正在享受低保；社保缴费文件：%(month)s职工养老缴费基数%(base)s元。",
            month=evidence["month"],
            base=_yuan(evidence["base_fen"]),
        )
    )


def _sources_disagree(evidence: Evidence) -> str:
    sources = [_label(Source, name) for name in str(evidence.get("sources") or "").split(",")]
    field = FIELDS.get(evidence.get("field"), FIELDS["name"])()
    return str(
        _(
            "%(sources)s给出的%(field)s不一致，请当面核对证件。",
            sources=str(_("、")).join(filter(None, sources)) or _("各来源"),
            field=field,
        )
    )


def _employed_but_lapsed(evidence: Evidence) -> str:
    return str(
        _(
            "就业登记名册：%(day)s登记就业；社保缴费文件：职工养老%(missing)s起中断（数据截至%(closed)s）。",
            day=evidence["registered_on"],
            missing=evidence["first_missing"],
            closed=evidence["closed_month"],
        )
    )


def _retired_with_case(evidence: Evidence) -> str:
    return str(
        _("按出生日期推算，%(day)s达到法定退休年龄，档案仍在册。", day=evidence["retires_on"])
    )


def _registration_differs(evidence: Evidence) -> str:
    names = str(evidence.get("differs") or "").split(",")
    fields = [FIELDS[name]() for name in names if name in FIELDS]
    return str(
        _(
            "本人扫码登记填写的%(fields)s与已核实信息不同，请电话或当面核实。",
            fields=str(_("、")).join(fields) or _("内容"),
        )
    )


FIELDS: dict[Any, Callable[[], str]] = {
    "name": lambda: str(_("姓名")),
    "birth": lambda: str(_("出生日期")),
    "division": lambda: str(_("居住社区")),
    "phone": lambda: str(_("联系电话")),
    "address": lambda: str(_("住址")),
    "status": lambda: str(_("就业状态")),
}

ANOMALIES: dict[str, Maker] = {
    AnomalyCode.UNEMPLOYED_BUT_INSURED: _unemployed_but_insured,
    AnomalyCode.DEPARTED_WITH_CASE: _departed_with_case,
    AnomalyCode.SUBSISTENCE_BUT_INSURED: _subsistence_but_insured,
    AnomalyCode.SOURCES_DISAGREE: _sources_disagree,
    AnomalyCode.EMPLOYED_BUT_LAPSED: _employed_but_lapsed,
    AnomalyCode.RETIRED_WITH_CASE: _retired_with_case,
    AnomalyCode.REGISTRATION_DIFFERS: _registration_differs,
}


def _assistance(evidence: Evidence) -> str:
    if not evidence.keys() & {"submitted_on", "asked_on"}:
        raise KeyError("submitted_on")
    said, asked_on = [], evidence.get("asked_on")
    if "submitted_on" in evidence:
        said.append(_("本人%(day)s扫码登记，等待首次服务。", day=evidence["submitted_on"]))
    if evidence.get("by_hand"):
        said.append(
            _("本人%(day)s要求不要自动推荐岗位，请专员帮着挑选。", day=evidence["asked_on"])
        )
    elif asked_on:
        said.append(_("本人%(day)s请专员帮忙找岗位。", day=asked_on))
    return "".join(map(str, said))


def _follow_up(evidence: Evidence) -> str:
    return str(
        _(
            "走访记录：%(day)s上岗，该做第%(days)s天回访。",
            day=evidence["started_on"],
            days=evidence["days"],
        )
    )


def _service_gap(evidence: Evidence) -> str:
    missing = [
        _("%(kind)s%(count)s次", kind=_label(ServiceKind, kind.value), count=evidence[kind.value])
        for kind in ServiceKind
        if evidence.get(kind.value)
    ]
    if not missing:
        raise KeyError(*ServiceKind)
    return str(
        _(
            "服务台账：%(day)s建档以来，还欠%(missing)s。",
            day=evidence["opened_on"],
            missing=str(_("、")).join(map(str, missing)),
        )
    )


SENTENCES: dict[TaskKind, Maker] = {
    TaskKind.VISIT: _visit,
    TaskKind.INSURANCE_LAPSE: _insurance_lapse,
    TaskKind.FIRST_REGISTRATION: _first_registration,
    TaskKind.ANOMALY: _anomaly,
    TaskKind.ASSISTANCE: _assistance,
    TaskKind.FOLLOW_UP: _follow_up,
    TaskKind.SERVICE_GAP: _service_gap,
}


def _caveat(behind: Sequence[Evidence] | None) -> str:
    """Which of the files it rests on are old; nothing where all are new enough."""
    if not behind:
        return ""
    parts = [
        ngettext(
            "%(data)s到%(month)s，已%(num)s个月未更新",
            "%(data)s到%(month)s，已%(num)s个月未更新",
            old["months"],
            data=_data_of(old),
            month=old["month"],
        )
        for old in behind
    ]
    return str(_("（%(parts)s）", parts=str(_("；")).join(parts)))


def _data_of(old: Evidence) -> str:
    insurance = _label(InsuranceKind, old.get("kind"))
    return str(_("%(kind)s数据", kind=insurance)) if insurance else FILES[old["source"]]()


FILES: dict[str, Callable[[], str]] = {
    Source.HOUSEHOLD: lambda: str(_("公安户籍文件")),
    Source.SUBSISTENCE: lambda: str(_("民政救助名单")),
    Source.INSURANCE: lambda: str(_("社保缴费文件")),
    Source.UNEMPLOYMENT: lambda: str(_("失业登记名册")),
    Source.EMPLOYMENT: lambda: str(_("就业登记名册")),
    Source.BENEFITS: lambda: str(_("社保待遇名单")),
    Source.EDUCATION: lambda: str(_("教育学历名单")),
    Source.CASELOAD: lambda: str(_("在册台账")),
}


def _member(enumeration: type[Labelled], value: object) -> Any:  # noqa: ANN401 - the member's own type
    return next((member for member in enumeration if member.value == value), None)


def _label(enumeration: type[Labelled], value: object) -> str:
    member = _member(enumeration, value)
    return str(_(member.label)) if member else ""


def _month_of(day: str) -> str:
    """A support or a degree is known by its month; the first of it stands for the month."""
    return day[:7]


def _yuan(fen: int) -> str:
    return f"{fen / 100:.0f}"
