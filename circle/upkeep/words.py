"""Jobs, runs and findings in the words people read."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import LazyString, gettext, ngettext
from flask_babel import lazy_gettext as _l

from circle.upkeep.rhythm import RHYTHM, Daily, Watching, Weekly
from models.jobs import JobRun
from models.vocabulary.cases import CaseStage, CaseState
from models.vocabulary.facts import InsuranceKind
from models.vocabulary.imports import BatchState
from models.vocabulary.integrity import CheckName
from models.vocabulary.jobs import JobName, JobState
from models.vocabulary.labelled import Labelled
from models.vocabulary.months import month_text
from models.vocabulary.residents import ConsentPurpose
from models.vocabulary.tasks import TaskKind

MINUTE, HOUR = 60, 3600
WEEKDAYS = (_l("周一"), _l("周二"), _l("周三"), _l("周四"), _l("周五"), _l("周六"), _l("周日"))

DOES: dict[JobName, LazyString] = {
    JobName.IMPORT: _l("核对、写入数据专管员上传的文件；中断的会接着做完。"),
    JobName.DROP_FOLDER: _l("收取投放文件夹里的文件，没有疑点的直接入库，其余留给数据专管员确认。"),
    JobName.UNDO_TRIAL: _l("有人打算撤回文件时，先推算对人员和待办提醒的影响。"),
    JobName.SWEEP_AFTER_CHANGE: _l("文件入库或撤回之后，按规则更新全部待办提醒。"),
    JobName.NIGHTLY_SWEEP: _l("每天夜里按规则生成、更新、撤销全部待办提醒。"),
    JobName.POST_EXPIRY: _l("过了有效期的岗位不再显示，也不再推荐。"),
    JobName.INTEGRITY_CHECK: _l("每天核对全部数据是否前后一致，结果见“数据核对”。"),
    JobName.INTEGRITY_MEND: _l("在“数据核对”里确认后，修复可以安全修复的问题。"),
    JobName.DIGEST: _l("每周一给同意接收消息、本周有新岗位的求职者备好一条摘要。"),
    JobName.TERMS: _l("把新的或改过的岗位和求职意向拆成词，供匹配使用。"),
    JobName.MATCHING: _l("每天夜里为每位求职者重新挑选合适的岗位。"),
    JobName.WALKS: _l("社区位置、站点、岗位或路网有变化时，重新计算各社区步行过去要多久。"),
    JobName.REFERRAL_LAPSE: _l("每天把到期没有任何消息的岗位推荐作失效处理。"),
    JobName.MESSAGES: _l("发送排队的消息；失败的稍后再试，最多三次。"),
    JobName.SEAL_AUDIT: _l("给已经过去的每一分钟的审计记录加封，之后改动会被发现。"),
}
FAILURES: dict[str, LazyString] = {
    "ProcessDied": _l("进程多次中断，已不再重试"),
    "OperationalError": _l("数据库没有应答"),
    "MemoryError": _l("内存不足"),
    "OSError": _l("读写文件出错，可能磁盘已满"),
    "ConfigurationError": _l("配置有误"),
}
SWEPT = ("raised", "reopened", "refreshed", "withdrawn")


def rhythm_words(name: JobName) -> str:
    rhythm = RHYTHM[name]
    if isinstance(rhythm, Daily):
        return str(gettext("每天 %(at)s", at=f"{rhythm.at:%H:%M}"))
    if isinstance(rhythm, Weekly):
        day = WEEKDAYS[rhythm.weekday]
        return str(gettext("每%(day)s %(at)s", day=day, at=f"{rhythm.at:%H:%M}"))
    if isinstance(rhythm, Watching):
        return str(gettext("每 %(seconds)s 秒查看一次，有事就做", seconds=rhythm.seconds))
    return str(gettext("有人要求时"))


def lasted(seconds: float) -> str:
    """How long, in the two units that matter."""
    whole = int(seconds)
    if whole < 1:
        return str(gettext("不到 1 秒"))
    if whole < MINUTE:
        return str(gettext("%(seconds)s 秒", seconds=whole))
    if whole < HOUR:
        minutes, rest = divmod(whole, MINUTE)
        return str(gettext("%(minutes)s 分 %(seconds)s 秒", minutes=minutes, seconds=rest))
    hours, rest = divmod(whole, HOUR)
    return str(gettext("%(hours)s 小时 %(minutes)s 分", hours=hours, minutes=rest // MINUTE))


def duration(run: JobRun, now: datetime) -> str:
    return lasted(((run.finished_at or now) - run.started_at).total_seconds())


def outcome(run: JobRun) -> str:
    """What came of a run, in one sentence."""
    if run.state is JobState.FAILED:
        known = FAILURES.get(run.outcome or "")
        return str(known or gettext("出错：%(error)s", error=run.outcome or ""))
    if run.state is JobState.INTERRUPTED:
        return str(gettext("进程中断，还没有重新运行"))
    return counted(run.counts) if run.state is JobState.DONE else ""


def was_interrupted(run: JobRun) -> bool:
    """The process that ran it first is gone, and another took it over."""
    return run.attempt > 1 and run.state is not JobState.INTERRUPTED


def counted(counts: Mapping[str, Any]) -> str:
    """The counts a job left, as far as there are words for them."""
    return next((say(counts) for keys, say in COUNTED if keys <= counts.keys()), _swept(counts))


def _imported(counts: Mapping[str, Any]) -> str:
    sentence = gettext(
        "共 %(rows)s 行：新增 %(added)s，变更 %(changed)s，终止 %(ended)s，退回 %(rejected)s",
        **{name: counts[name] for name in ("rows", "added", "changed", "ended", "rejected")},
    )
    return str(sentence)


def _checked(counts: Mapping[str, Any]) -> str:
    if not counts["findings"]:
        return str(gettext("核对 %(checks)s 项，没有发现问题", checks=counts["checks"]))
    return str(
        gettext(
            "核对 %(checks)s 项，%(broken)s 项有问题，共 %(findings)s 条",
            checks=counts["checks"],
            broken=counts["broken"],
            findings=counts["findings"],
        )
    )


def _mended(counts: Mapping[str, Any]) -> str:
    what = gettext(CheckName(counts["check"]).label)
    left = counts["left"] or 0
    sentence = gettext(
        "“%(what)s”修复 %(mended)s 条，还剩 %(left)s 条",
        what=what,
        mended=counts["mended"],
        left=left,
    )
    return str(sentence)


def _cut(counts: Mapping[str, Any]) -> str:
    sentence = gettext(
        "岗位 %(posts)s 个，求职意向 %(wishes)s 份，更新词 %(words)s 个",
        **{name: counts[name] for name in ("posts", "wishes", "words")},
    )
    return str(sentence)


def _matched(counts: Mapping[str, Any]) -> str:
    sentence = gettext(
        "求职者 %(cases)s 人，更新推荐 %(written)s 条，去掉 %(removed)s 条",
        **{name: counts[name] for name in ("cases", "written", "removed")},
    )
    return str(sentence)


def _ran(counts: Mapping[str, Any]) -> str:
    if not counts["ran"]:
        return str(gettext("没有需要处理的"))
    return str(ngettext("处理了 %(num)s 项", "处理了 %(num)s 项", counts["ran"]))


def _messages(counts: Mapping[str, Any]) -> str:
    sentence = gettext(
        "发出 %(sent)s 条，没有发出 %(unsent)s 条，不再发送 %(dropped)s 条",
        **{name: counts[name] for name in ("sent", "unsent", "dropped")},
    )
    return str(sentence)


def _sealed(counts: Mapping[str, Any]) -> str:
    if not counts["sealed"]:
        return str(gettext("没有新的记录"))
    return str(ngettext("封存 %(num)s 分钟", "封存 %(num)s 分钟", counts["sealed"]))


def _walked(counts: Mapping[str, Any]) -> str:
    if not any(counts.values()):
        return str(gettext("没有需要计算的"))
    sentence = gettext(
        "社区 %(communities)s 个，新位置 %(positions)s 个，站点 %(stations)s 个，"
        "更新步行距离 %(ways)s 条",
        **{name: counts[name] for name in ("communities", "positions", "stations", "ways")},
    )
    return str(sentence)


def _queued(counts: Mapping[str, Any]) -> str:
    if not counts["queued"]:
        return str(gettext("没有要发的消息"))
    return str(ngettext("备好 %(num)s 条消息", "备好 %(num)s 条消息", counts["queued"]))


def _lapsed(counts: Mapping[str, Any]) -> str:
    if not counts["lapsed"]:
        return str(gettext("没有超时的推荐"))
    return str(ngettext("%(num)s 条推荐超时失效", "%(num)s 条推荐超时失效", counts["lapsed"]))


def _swept(counts: Mapping[str, Any]) -> str:
    rules = [rule for rule in counts.values() if isinstance(rule, Mapping)]
    if not rules:
        return ""
    totals = {name: sum(rule.get(name, 0) for rule in rules) for name in SWEPT}
    sentence = gettext(
        "提醒：新增 %(raised)s，重开 %(reopened)s，更新 %(refreshed)s，撤销 %(withdrawn)s", **totals
    )
    return str(sentence)


def _expired(counts: Mapping[str, Any]) -> str:
    if not counts["expired"]:
        return str(gettext("没有到期的岗位"))
    return str(ngettext("%(num)s 个岗位到期", "%(num)s 个岗位到期", counts["expired"]))


COUNTED: tuple[tuple[set[str], Callable[[Mapping[str, Any]], str]], ...] = (
    ({"refused"}, lambda counts: str(counts["refused"])),
    ({"check", "mended", "left"}, _mended),
    ({"checks", "broken", "findings"}, _checked),
    ({"rows", "added", "changed", "ended", "rejected"}, _imported),
    ({"communities", "positions", "stations", "ways"}, _walked),
    ({"posts", "wishes", "words"}, _cut),
    ({"cases", "written", "removed"}, _matched),
    ({"ran"}, _ran),
    ({"expired"}, _expired),
    ({"sealed"}, _sealed),
    ({"lapsed"}, _lapsed),
    ({"queued"}, _queued),
    ({"sent", "unsent", "dropped"}, _messages),
)


def _label(*enumerations: type[Labelled]) -> Callable[[Any], str]:
    def words(value: Any) -> str:  # noqa: ANN401 - as it lies in the document
        known = (each(value) for each in enumerations if value in list(each))
        member = next(known, None)
        return str(gettext(member.label)) if member else str(value)

    return words


def _text(value: Any) -> str:  # noqa: ANN401 - as above
    return "–" if value is None else str(value)


def _month(value: Any) -> str:  # noqa: ANN401 - as above
    return month_text(int(value))


# A detail of a finding: what it is called, and how its value is said.
DETAILS: dict[str, tuple[LazyString, Callable[[Any], str]]] = {
    "kind": (_l("类别"), _label(TaskKind, InsuranceKind)),
    "holder": (_l("办理人账号"), _text),
    "worker": (_l("专员账号"), _text),
    "account": (_l("账号"), _text),
    "opened_on": (_l("建档"), _text),
    "submitted_on": (_l("登记"), _text),
    "confirmed_on": (_l("认定"), _text),
    "due_on": (_l("到期"), _text),
    "until": (_l("延后到"), _text),
    "recorded": (_l("现为"), _label(CaseStage)),
    "expected": (_l("应为"), _label(CaseStage)),
    "cases": (_l("档案数"), _text),
    "rows": (_l("文件行数"), _text),
    "counted": (_l("计数合计"), _text),
    "tasks": (_l("待办数"), _text),
    "badge": (_l("显示数"), _text),
    "lines": (_l("列表行数"), _text),
    "shown": (_l("首页行数"), _text),
    "missing": (_l("缺少"), _text),
    "month": (_l("月份"), _month),
    "table": (_l("数据表"), _text),
    "column": (_l("数据项"), _text),
    "code": (_l("区划代码"), _text),
    "state": (_l("状态"), _label(BatchState)),
    "case": (_l("档案"), _label(CaseState)),
    "purpose": (_l("用途"), _label(ConsentPurpose)),
    "fault": (_l("封存"), _text),
    "what": (_l("事项"), _text),
    "file": (_l("文件"), _text),
    "kept_on": (_l("存入"), _text),
    "hired": (_l("录用人数"), _text),
    "hires": (_l("录用记录"), _text),
    "ends_on": (_l("有效到"), _text),
}


def details(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A finding's details in the written order of the table; others are for the programme."""
    return [
        (str(label), say(found[name])) for name, (label, say) in DETAILS.items() if name in found
    ]
