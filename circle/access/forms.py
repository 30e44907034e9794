from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from circle.access.choices import choices_of
from models.vocabulary.privacy import RevealField, RevealReason

ACTS_LENGTH = 60
IS_KEY = NumberRange(min=1, max=2**31 - 1)


class RevealForm(FlaskForm):  # type: ignore[misc] # Flask-WTF has no types
    field = SelectField(_l("要查看的内容"), [InputRequired()], choices=choices_of(RevealField))
    reason = RadioField(_l("查看原因"), [InputRequired()], choices=choices_of(RevealReason))
    note = StringField(_l("说明"), [Optional(), Length(max=100)])


class TrailFilter(FlaskForm):  # type: ignore[misc] # as above
    """Read from the address: no document number can be typed here, a resident has a number."""

    class Meta:
        csrf = False

    day = DateField(_l("日期"), [Optional()])
    account = StringField(_l("账号名"), [Optional(), Length(max=40)])
    resident = IntegerField(_l("档案编号"), [Optional(), IS_KEY])
    act = StringField(_l("操作"), [Optional(), Length(max=ACTS_LENGTH)])
    before = IntegerField(validators=[Optional(), IS_KEY])

    def wanted(self) -> Mapping[str, object]:
        """The filters filled in and readable."""
        names = ("day", "account", "resident", "act")
        return {
            name: self[name].data
            for name in names
            if self[name].data not in {None, ""} and not self[name].errors
        }
