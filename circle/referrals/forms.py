"""What is filled in about a referral, by a worker or behind an employer's link."""

import uuid
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    Field,
    HiddenField,
    RadioField,
    SelectField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from circle.access.choices import choices_of
from models.vocabulary.cases import ConfirmedBy, RefusalReason
from models.vocabulary.referrals import EmployerRefusal

YES, NO = "yes", "no"
NOTE_LENGTH = 400
MINUTE = "%Y-%m-%dT%H:%M"


def _reasonable(*first: SelectChoice) -> Callable[[], list[SelectChoice]]:
    return lambda: [*first, SelectChoice(YES, _l("合理")), SelectChoice(NO, _l("不合理"))]


class ReferForm(FlaskForm):  # type: ignore[misc] # Flask-WTF has no types
    """The posts come as values of their own: however many were chosen."""

    uuid = HiddenField()
    willing = BooleanField(_l("本人当面表示愿意"))
    consent = BooleanField(_l("本人同意把姓名、电话和简历提供给这些单位"))
    how = RadioField(
        _l("怎样同意的"), choices=choices_of(ConfirmedBy), default=ConfirmedBy.IN_PERSON.value
    )

    def validate_uuid(self, field: Field) -> None:
        """A browser without script sends none; the page was given one by the server then."""
        try:
            field.data = str(uuid.UUID(field.data))
        except (ValueError, TypeError, AttributeError):
            raise ValidationError(gettext("页面不完整，请刷新后重新填写。")) from None

    def uuid_for(self, post_id: int) -> str:
        """One submission, a number for each post: sent again, they are the same ones."""
        return str(uuid.uuid5(uuid.UUID(self.uuid.data), str(post_id)))


class DeclineForm(FlaskForm):  # type: ignore[misc] # as above
    reason = RadioField(
        _l("本人为什么不愿意"),
        [InputRequired(_l("请选择原因。"))],
        choices=choices_of(RefusalReason),
    )
    reasonable = RadioField(
        _l("理由是否合理"), choices=_reasonable(SelectChoice("", _l("未判断"))), default=""
    )
    note = TextAreaField(_l("备注"), [Optional(), Length(max=NOTE_LENGTH)])

    @property
    def is_reasonable(self) -> bool | None:
        return self.reasonable.data == YES if self.reasonable.data else None


class JudgeForm(FlaskForm):  # type: ignore[misc] # as above
    reasonable = RadioField(
        _l("理由是否合理"), [InputRequired(_l("请选择是否合理。"))], choices=_reasonable()
    )

    @property
    def is_reasonable(self) -> bool:
        return bool(self.reasonable.data == YES)


class InviteForm(FlaskForm):  # type: ignore[misc] # as above
    interview_at = DateTimeLocalField(
        _l("面试时间"),
        [InputRequired(_l("请填写面试的日期和时间。"))],
        format=[MINUTE, f"{MINUTE}:%S"],
    )

    def at(self, zone: str) -> datetime:
        """The time as the clock shows it where the office is."""
        told: datetime = self.interview_at.data
        return told.replace(tzinfo=ZoneInfo(zone))


class HireForm(FlaskForm):  # type: ignore[misc] # as above
    started_on = DateField(_l("上岗日期"), [InputRequired(_l("请填写上岗日期。"))])


# Several of these stand on one page: no two have a field of the same name there.
class TurnDownForm(FlaskForm):  # type: ignore[misc] # as above
    why = SelectField(
        _l("未录用的原因"),
        [InputRequired(_l("请选择原因。"))],
        choices=choices_of(EmployerRefusal, blank=_l("请选择")),
    )


class NoteForm(FlaskForm):  # type: ignore[misc] # as above
    remark = TextAreaField(_l("原因"), [Optional(), Length(max=NOTE_LENGTH)])


class ConsentForm(FlaskForm):  # type: ignore[misc] # as above
    how = RadioField(
        _l("怎样同意的"),
        [InputRequired(_l("请选择本人是怎样同意的。"))],
        choices=choices_of(ConfirmedBy),
    )


def a_new_uuid() -> str:
    return str(uuid.uuid4())
