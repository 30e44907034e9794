import uuid
from collections.abc import Iterable
from typing import Any, TypeVar

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from circle.access.choices import choices_of
from circle.cases.statements import Wish
from circle.visits.details import JobBegun, VisitDetails
from models.cases import Case, Placement, Visit
from models.residents import Intention
from models.tasks import Task
from models.vocabulary.cases import (
    DifficultyCause,
    Need,
    NextStep,
    Obstacle,
    PlacementKind,
    RefusalReason,
    VisitChannel,
    VisitProblem,
)
from models.vocabulary.labelled import Labelled
from models.vocabulary.residents import WishedHours, WorkKind, WorkStatus

FEN = 100
YES, NO = "yes", "no"
MOST_YUAN = 1_000_000
MINUTES = (15, 30, 45, 60, 90)

Word = TypeVar("Word", bound=Labelled)

# Where each problem is shown.
FIELD_OF = {
    VisitProblem.IN_FUTURE: "visited_on",
    VisitProblem.BEFORE_OPENING: "visited_on",
    VisitProblem.STATUS_IN_FUTURE: "status_since",
    VisitProblem.NEXT_IN_PAST: "next_on",
    VisitProblem.REFUSAL_UNNAMED: "refusal_reason",
    VisitProblem.NOT_REACHED: "reached",
    VisitProblem.JOB_WITHOUT_CASE: "job_begun",
    VisitProblem.JOB_IN_FUTURE: "job_started_on",
    VisitProblem.JOB_UNNAMED: "job_employer",
    VisitProblem.JOB_UNDATED: "job_started_on",
    VisitProblem.JOB_CONTRADICTS: "work_status",
}


class TicksField(SelectMultipleField):  # type: ignore[misc] # WTForms has no types
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class VisitForm(FlaskForm):  # type: ignore[misc] # Flask-WTF has no types
    """Field names are what the phone keeps in its outbox: renaming one strands what waits there."""

    uuid = HiddenField()
    account = HiddenField()
    task = HiddenField()
    resident = HiddenField()
    whole = HiddenField()

    visited_on = DateField(_l("日期"), [InputRequired(_l("请填写日期。"))])
    channel = RadioField(
        _l("方式"),
        [InputRequired(_l("请选择联系方式。"))],
        choices=choices_of(VisitChannel),
        default=VisitChannel.PHONE.value,
    )
    reached = RadioField(
        _l("结果"),
        [InputRequired(_l("请选择是否联系上本人。"))],
        choices=[SelectChoice(YES, _l("联系上本人")), SelectChoice(NO, _l("没有联系上"))],
        default=YES,
    )
    work_status = RadioField(
        _l("现在的就业状态"), choices=choices_of(WorkStatus, blank=_l("没有变化")), default=""
    )
    status_since = DateField(_l("从什么时候开始"), [Optional()])
    needs = TicksField(_l("需要什么帮助"), choices=choices_of(Need))
    wish_kinds = TicksField(_l("想做哪类工作"), choices=choices_of(WorkKind))
    wish_occupation = StringField(_l("具体岗位"), [Optional(), Length(max=100)])
    wish_pay = IntegerField(
        _l("期望月薪（元）"), [Optional(), NumberRange(0, MOST_YUAN, _l("请填写整数元。"))]
    )
    wish_hours = SelectField(
        _l("工作时间"), choices=choices_of(WishedHours, blank=_l("未说明")), default=""
    )
    wish_minutes = SelectField(
        _l("路上最多多久"),
        choices=[
            SelectChoice("", _l("未说明")),
            *(SelectChoice(str(n), _l("%(n)s分钟以内", n=n)) for n in MINUTES),
        ],
        default="",
    )
    wish_skills = StringField(_l("技能与证书"), [Optional(), Length(max=200)])
    wants_training = BooleanField(_l("想参加培训"))
    wants_start_up = BooleanField(_l("想自己创业"))
    causes = TicksField(_l("困难原因"), choices=choices_of(DifficultyCause))
    obstacles = TicksField(_l("实际牵绊"), choices=choices_of(Obstacle))
    refusal_reason = SelectField(
        _l("是否拒绝了岗位或服务"),
        choices=choices_of(RefusalReason, blank=_l("没有拒绝")),
        default="",
    )
    refusal_reasonable = RadioField(
        _l("理由是否合理"),
        choices=[
            SelectChoice("", _l("未判断")),
            SelectChoice(YES, _l("合理")),
            SelectChoice(NO, _l("不合理")),
        ],
        default="",
    )
    job_begun = BooleanField(_l("已经上岗"))
    job_kind = RadioField(
        _l("就业形式"), choices=choices_of(PlacementKind), default=PlacementKind.CONTRACT.value
    )
    job_employer = StringField(_l("单位或工作内容"), [Optional(), Length(max=100)])
    job_occupation = StringField(_l("岗位"), [Optional(), Length(max=100)])
    job_started_on = DateField(_l("上岗日期"), [Optional()])
    job_pay = IntegerField(
        _l("月薪（元）"), [Optional(), NumberRange(0, MOST_YUAN, _l("请填写整数元。"))]
    )
    next_step = RadioField(_l("下一步"), choices=choices_of(NextStep), default=NextStep.NONE.value)
    next_on = DateField(_l("下次联系日期"), [Optional()])
    note = TextAreaField(_l("备注"), [Optional(), Length(max=1000)])
    tasks = TicksField(_l("一并办结"), choices=[], validate_choice=False)

    def validate_uuid(self, field: Field) -> None:
        """A browser without script sends none; the page was given one by the server then."""
        try:
            field.data = str(uuid.UUID(field.data))
        except (ValueError, TypeError, AttributeError):
            raise ValidationError(gettext("页面不完整，请刷新后重新填写。")) from None

    def told(self) -> VisitDetails:
        """What the filled form says; only after it validated."""
        reasonable = self.refusal_reasonable.data
        return VisitDetails(
            uuid=self.uuid.data,
            visited_on=self.visited_on.data,
            channel=VisitChannel(self.channel.data),
            reached=self.reached.data == YES,
            work_status=_word(WorkStatus, self.work_status.data),
            status_since=self.status_since.data,
            wish=self._wish(),
            is_whole=bool(self.whole.data),
            causes=_chosen(DifficultyCause, self.causes.data),
            obstacles=_chosen(Obstacle, self.obstacles.data),
            needs=_chosen(Need, self.needs.data),
            refusal_reason=_word(RefusalReason, self.refusal_reason.data),
            refusal_reasonable=reasonable == YES if reasonable else None,
            next_step=NextStep(self.next_step.data or NextStep.NONE),
            next_on=self.next_on.data,
            note=_text(self.note),
            job=self._job(),
            ticked=frozenset(int(task) for task in self.tasks.data or [] if task.isdecimal()),
        )

    def _wish(self) -> Wish:
        return Wish(
            kinds=_chosen(WorkKind, self.wish_kinds.data),
            occupation=_text(self.wish_occupation),
            pay_fen=_fen(self.wish_pay),
            hours=_word(WishedHours, self.wish_hours.data),
            minutes=int(self.wish_minutes.data) if self.wish_minutes.data else None,
            skills=_text(self.wish_skills),
            wants_training=bool(self.wants_training.data),
            wants_start_up=bool(self.wants_start_up.data),
        )

    def _job(self) -> JobBegun | None:
        if not self.job_begun.data:
            return None
        return JobBegun(
            kind=PlacementKind(self.job_kind.data or PlacementKind.CONTRACT),
            employer=_text(self.job_employer) or "",
            started_on=self.job_started_on.data,
            occupation=_text(self.job_occupation),
            pay_fen=_fen(self.job_pay),
        )

    def show(self, problems: Iterable[VisitProblem]) -> None:
        for problem in problems:
            field = self[FIELD_OF[problem]]
            field.errors = [*field.errors, gettext(problem.label)]

    def offer(self, tasks: Iterable[Task], titles: Iterable[str]) -> None:
        """The tasks that may be settled along with the visit."""
        pairs = zip(tasks, titles, strict=True)
        self.tasks.choices = [SelectChoice(str(task.id), name) for task, name in pairs]

    def sentences(self) -> list[str]:
        """Every error as a sentence that names its field."""
        return [
            f"{field.label.text}：{error}" if field.label.text else str(error)
            for field in self
            for error in field.errors
        ]


def known_answers(wish: Intention | None, case: Case | None) -> dict[str, Any]:
    """What is known already, as the form shows it."""
    answers: dict[str, Any] = {"whole": "1"}
    if case is not None:
        answers |= {"causes": case.causes, "obstacles": case.obstacles}
    return answers | (_wish_answers(wish) if wish else {})


def answers_of(visit: Visit, wish: Intention | None, job: Placement | None) -> dict[str, Any]:
    """A recorded visit, as the form that corrects it shows it."""
    reasonable = visit.refusal_reasonable
    return {
        "whole": "1",
        "visited_on": visit.visited_on,
        "channel": visit.channel.value,
        "reached": YES if visit.reached else NO,
        "work_status": visit.work_status.value if visit.work_status else "",
        "status_since": visit.status_since,
        "needs": [need.need for need in visit.needs],
        "causes": visit.causes,
        "obstacles": visit.obstacles,
        "refusal_reason": visit.refusal_reason.value if visit.refusal_reason else "",
        "refusal_reasonable": "" if reasonable is None else YES if reasonable else NO,
        "next_step": visit.next_step.value,
        "next_on": visit.next_on,
        "note": visit.note,
        **(_wish_answers(wish) if wish else {}),
        **(_job_answers(job) if job else {}),
    }


def _wish_answers(wish: Intention) -> dict[str, Any]:
    return {
        "wish_kinds": wish.kinds,
        "wish_occupation": wish.occupation,
        "wish_pay": _yuan(wish.pay_fen),
        "wish_hours": wish.hours.value if wish.hours else "",
        "wish_minutes": str(wish.minutes) if wish.minutes else "",
        "wish_skills": wish.skills,
        "wants_training": wish.wants_training,
        "wants_start_up": wish.wants_start_up,
    }


def _job_answers(job: Placement) -> dict[str, Any]:
    return {
        "job_begun": True,
        "job_kind": job.kind.value,
        "job_employer": job.employer,
        "job_occupation": job.occupation,
        "job_started_on": job.started_on,
        "job_pay": _yuan(job.pay_fen),
    }


def a_new_uuid() -> str:
    return str(uuid.uuid4())


def _word(vocabulary: type[Word], value: str | None) -> Word | None:
    return vocabulary(value) if value else None


def _chosen(vocabulary: type[Word], values: Iterable[str] | None) -> tuple[Word, ...]:
    return tuple(vocabulary(value) for value in values or [])


def _text(field: Field) -> str | None:
    return (field.data or "").strip() or None


def _fen(field: Field) -> int | None:
    return None if field.data is None else int(field.data) * FEN


def _yuan(fen: int | None) -> int | None:
    return None if fen is None else fen // FEN
