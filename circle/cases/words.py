"""What a file knows, in the reader's language: clauses joined as that language joins them."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, TypeVar

from flask_babel import gettext as _

from circle.cases.file import ResidentFile
from circle.cases.history import Run, Strip
from circle.cases.sources import Claim, Conflict, Question, Saying, Side
from circle.cases.statements import Wish
from circle.cases.timeline import Event, EventKind
from circle.privacy.masking import age
from circle.sentences import title
from models.residents import Intention
from models.vocabulary.cases import Need, NextStep
from models.vocabulary.facts import MonthState, Source
from models.vocabulary.labelled import Labelled
from models.vocabulary.months import month_text
from models.vocabulary.residents import WorkKind

Word = TypeVar("Word", bound=Labelled)
Record = Any  # what the claim or the event is about; each maker knows its own
Places = Mapping[str, str]


def clauses(*parts: str | None) -> str:
    """Those that say something, one after the other."""
    return str(_("；")).join(part for part in parts if part)


def labels(enumeration: type[Word], words: Iterable[str]) -> str:
    """Labels of stored words, as a list is written."""
    return str(_("、")).join(str(_(enumeration(word).label)) for word in words)


def source_words(source: Source | None) -> str:
    return str(_(source.label) if source else _("本平台专员"))


def data_words(file: ResidentFile, claim: Claim) -> str:
    """How old the data is that a claim rests on."""
    if claim.saying is Saying.INSURANCE:
        closed = file.closed_through.get(claim.fact.kind)  # type: ignore[attr-defined] # a standing
        if closed is None:
            return str(_("暂无完整月份"))
        return str(_("数据截至%(month)s", month=month_text(closed)))
    batch = file.batches.get(claim.brought_by or 0)
    if batch is None:
        return str(_("在本平台记录"))
    if batch.month is not None:
        return str(_("%(month)s的数据", month=month_text(batch.month)))
    at = (batch.applied_at or batch.created_at).astimezone(file.zone)
    return str(_("%(day)s导入", day=_day(at.date())))


def claim_words(file: ResidentFile, claim: Claim) -> str:
    return CLAIMS[claim.saying](claim.fact, file.places)


def _register(entry: Record, places: Places) -> str:
    place = entry.division_code and _("户籍在%(place)s", place=_place(entry.division_code, places))
    return clauses(_("户籍状态：%(status)s", status=_(entry.status.label)), place)


def _subsistence(support: Record, _places: Places) -> str:
    amount = support.amount_fen
    return clauses(
        _("享受%(kind)s", kind=_(support.kind.label)),
        support.ability and _(support.ability.label),
        None if amount is None else _("每月%(yuan)s元", yuan=_yuan(amount)),
        support.reason,
    )


def _insurance(standing: Record, _places: Places) -> str:
    return str(
        _(
            "%(kind)s：累计缴费%(count)s个月，最近缴至%(month)s",
            kind=_(standing.kind.label),
            count=standing.months_paid,
            month=month_text(standing.last_month),
        )
    )


def _unemployed(spell: Record, places: Places) -> str:
    ended = _("登记失业，%(day)s注销", day=_day(spell.ended_on))
    return clauses(
        _("登记失业，有效") if spell.is_open else ended,
        spell.end_reason,
        spell.reason,
        spell.lives_in and _("常住%(place)s", place=_place(spell.lives_in, places)),
    )


def _employed(spell: Record, _places: Places) -> str:
    ended = _("登记就业，%(day)s终止", day=_day(spell.ended_on))
    return clauses(_("登记就业，有效") if spell.is_open else ended, spell.employer, spell.form)


def _benefit(spell: Record, _places: Places) -> str:
    until = spell.to_month
    return clauses(
        _("领取%(kind)s", kind=_(spell.kind.label)),
        None if until is None else _("至%(month)s", month=month_text(until)),
    )


def _degree(degree: Record, _places: Places) -> str:
    studying = None if degree.graduated_on else _("尚未毕业")
    return clauses(_(degree.level.label), degree.school, degree.major, studying)


def _case(case: Record, places: Places) -> str:
    stated = case.stated_division
    return clauses(
        _("就业服务档案：%(stage)s", stage=_(case.stage.label)),
        stated and _("自述住在%(place)s", place=_place(stated, places)),
    )


def _status(status: Record, _places: Places | None = None) -> str:
    return str(_("就业状态：%(status)s", status=_(status.status.label)))


def _lives_in(code: Record, places: Places) -> str:
    return str(_("核实住在%(place)s", place=_place(code, places)))


CLAIMS: dict[Saying, Callable[[Record, Places], str]] = {
    Saying.REGISTER: _register,
    Saying.SUBSISTENCE: _subsistence,
    Saying.INSURANCE: _insurance,
    Saying.UNEMPLOYED: _unemployed,
    Saying.EMPLOYED: _employed,
    Saying.BENEFIT: _benefit,
    Saying.DEGREE: _degree,
    Saying.CASE: _case,
    Saying.STATUS: _status,
    Saying.LIVES_IN: _lives_in,
}


def question_words(conflict: Conflict) -> str:
    return {
        Question.NAME: lambda: str(_("姓名不一致")),
        Question.BIRTH: lambda: str(_("出生日期不一致")),
        Question.HOME: lambda: str(_("居住地不一致")),
        Question.WORK: lambda: str(_("有没有工作，说法不一")),
    }[conflict.question]()


def side_words(file: ResidentFile, conflict: Conflict, side: Side) -> tuple[str, str]:
    """Who says it and what; of a birth date only the age, and whether it is the document's."""
    answer: Any = side.answer
    if conflict.question is Question.BIRTH:
        who = source_words(side.source) if side.source else str(_("证件号码"))
        return who, str(_("%(age)s岁", age=age(answer, file.on)))
    if conflict.question is Question.HOME:
        return source_words(side.source), _place(answer, file.places)
    told = _(answer.label) if conflict.question is Question.WORK else answer
    return source_words(side.source), str(told)


def strip_words(strip: Strip) -> str:
    """The strip as it is read aloud; months before the first payment need no word."""
    return clauses(*(_run(run) for run in strip.runs if run.state is not MonthState.BEFORE))


def _run(run: Run) -> str:
    state, first = _(run.state.label), month_text(run.first)
    if run.length == 1:
        return str(_("%(state)s %(month)s", state=state, month=first))
    return str(
        _(
            "%(state)s %(first)s至%(last)s（%(count)s个月）",
            state=state,
            first=first,
            last=month_text(run.last),
            count=run.length,
        )
    )


def wish_words(wish: Intention | Wish) -> str:
    minutes = wish.minutes
    return clauses(
        labels(WorkKind, wish.kinds or []),
        wish.occupation,
        _("月薪%(yuan)s元以上", yuan=_yuan(wish.pay_fen)) if wish.pay_fen else None,
        _(wish.hours.label) if wish.hours else None,
        None if minutes is None else _("路上%(count)s分钟以内", count=minutes),
        _("会%(skills)s", skills=wish.skills) if wish.skills else None,
        _("想参加培训") if wish.wants_training else None,
        _("想创业") if wish.wants_start_up else None,
    )


def event_words(event: Event) -> str:
    return EVENTS[event.kind](event.record, event)


def _visit(visit: Record, _event: Event) -> str:
    needs = labels(Need, (need.need for need in visit.needs))
    refusal = visit.refusal_reason
    return clauses(
        _(visit.channel.label),
        _("联系到本人") if visit.reached else _("未联系到"),
        _("更正过") if visit.corrects_id else None,
        _("就业状态：%(status)s", status=_(visit.work_status.label)) if visit.work_status else None,
        _("需要%(needs)s", needs=needs) if needs else None,
        _("未接受推荐：%(reason)s", reason=_(refusal.label)) if refusal else None,
        _next_step(visit),
    )


def _next_step(visit: Record) -> str | None:
    if visit.next_step is NextStep.NONE:
        return None
    step = _("下一步：%(step)s", step=_(visit.next_step.label))
    return f"{step} {_day(visit.next_on)}".rstrip()


def _removed(visit: Record, _event: Event) -> str:
    return str(_("删除了一条%(channel)s走访记录", channel=_(visit.channel.label)))


def _move(move: Record, event: Event) -> str:
    named = title(event.task.kind, event.task.evidence) if event.task else ""
    moved = _("%(task)s：%(verb)s", task=named, verb=_(move.verb.label))
    return clauses(moved, _("至%(day)s", day=_day(move.until)) if move.until else None)


EVENTS: dict[EventKind, Callable[[Record, Event], str]] = {
    EventKind.VISIT: _visit,
    EventKind.REMOVED_VISIT: _removed,
    EventKind.MOVE: _move,
    EventKind.REGISTRATION: lambda record, _event: clauses(
        _("本人扫码登记"), _(record.state.label)
    ),
    EventKind.OPENED: lambda case, _event: clauses(_("已建档"), _(case.origin.label)),
    EventKind.CLOSED: lambda case, _event: clauses(
        _("结案"), case.close_reason and _(case.close_reason.label)
    ),
    EventKind.PLACEMENT: lambda job, _event: clauses(_("上岗"), job.employer, _(job.kind.label)),
    EventKind.JOB_ENDED: lambda job, _event: clauses(_("离岗"), job.employer),
    EventKind.STATUS: lambda status, _event: _status(status),
}


def _place(code: str, places: Places) -> str:
    return places.get(code, code)


def _yuan(fen: int | None) -> str:
    return f"{(fen or 0) / 100:.0f}"


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
