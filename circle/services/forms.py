import uuid

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    Field,
    HiddenField,
    RadioField,
    SelectField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, Optional

from circle.access.choices import choices_of
from models.vocabulary.services import ServiceKind

NOTE_LENGTH = 500
# A recommendation is counted by its referral, which is the evidence.
BY_HAND = (ServiceKind.GUIDANCE, ServiceKind.TRAINING, ServiceKind.BRIEFING)


def stripped(text: str | None) -> str | None:
    return text.strip() if text else text


class ServiceForm(FlaskForm):  # type: ignore[misc] # Flask-WTF has no types
    """The choices of `visit` are the case's own."""

    uuid = HiddenField()
    kind = RadioField(
        _l("提供了什么服务"),
        [InputRequired(_l("请选择服务内容。"))],
        choices=choices_of(BY_HAND),
    )
    delivered_on = DateField(_l("服务日期"), [InputRequired(_l("请填写服务日期。"))])
    visit = SelectField(_l("在哪次走访中"), [Optional()], choices=list)
    note = TextAreaField(_l("说明"), [Optional(), Length(max=NOTE_LENGTH)], filters=[stripped])

    def validate_uuid(self, field: Field) -> None:
        """A browser without script sends none; the page was given one by the server then."""
        try:
            field.data = str(uuid.UUID(field.data))
        except (ValueError, TypeError, AttributeError):
            raise ValidationError(gettext("页面不完整，请刷新后重新填写。")) from None


def a_new_uuid() -> str:
    return str(uuid.uuid4())
