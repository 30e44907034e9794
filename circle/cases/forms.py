from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from circle.access.choices import choices_of
from models.vocabulary.cases import CloseReason, HelpTier
from models.vocabulary.residents import CategoryCode, WorkStatus

NOTE_LENGTH = 500


def stripped(text: str | None) -> str | None:
    return text.strip() if text else text


class OpenCaseForm(FlaskForm):  # type: ignore[misc] # Flask-WTF has no types
    opened_on = DateField(_l("建档日期"), [InputRequired(_l("请填写建档日期。"))])
    work_status = RadioField(
        _l("现在的就业状态"),
        [InputRequired(_l("请选择现在的就业状态。"))],
        choices=choices_of(WorkStatus),
        default=WorkStatus.UNEMPLOYED.value,
    )
    status_since = DateField(_l("从什么时候开始"), [Optional()])


class CloseCaseForm(FlaskForm):  # type: ignore[misc] # as above
    reason = RadioField(
        _l("结案原因"),
        [InputRequired(_l("请选择结案原因。"))],
        choices=choices_of(CloseReason),
    )
    note = TextAreaField(_l("说明"), [Optional(), Length(max=NOTE_LENGTH)])


class CategoryForm(FlaskForm):  # type: ignore[misc] # as above
    code = SelectField(
        _l("人员类别"),
        [InputRequired(_l("请选择人员类别。"))],
        choices=choices_of(CategoryCode, blank=_l("请选择")),
    )
    basis = StringField(
        _l("认定依据"),
        [InputRequired(_l("请填写认定依据，例如证件名称或入户核实。")), Length(max=60)],
        filters=[stripped],
    )
    from_on = DateField(_l("认定日期"), [InputRequired(_l("请填写认定日期。"))])


class EndCategoryForm(FlaskForm):  # type: ignore[misc] # as above
    to_on = DateField(_l("最后一天"), [InputRequired(_l("请填写类别的最后一天。"))])


class HomeForm(FlaskForm):  # type: ignore[misc] # as above
    """The choices are the communities of the reader's district."""

    code = SelectField(_l("核实的居住社区"), [InputRequired(_l("请选择居住社区。"))], choices=list)


class TierForm(FlaskForm):  # type: ignore[misc] # as above
    tier = RadioField(_l("帮扶层次"), [Optional()], choices=choices_of(HelpTier, blank=_l("未定")))


class HandOverForm(FlaskForm):  # type: ignore[misc] # as above
    """The choices are the workers who cover where the resident lives; blank is the queue."""

    worker = SelectField(_l("移交给"), [Optional()], choices=list)


class SearchForm(FlaskForm):  # type: ignore[misc] # as above
    text = StringField(_l("查找居民"), [InputRequired(), Length(max=60)], filters=[stripped])
