from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, ValidationError
from wtforms.validators import InputRequired, NumberRange

from circle.matching.components import COMPONENTS

MOST = 100


class Weighed:
    """A whole number for each component, not all of them nothing."""

    words = IntegerField(_l("求职意向"), [InputRequired(), NumberRange(0, MOST)])
    pay = IntegerField(_l("薪酬"), [InputRequired(), NumberRange(0, MOST)])
    walking = IntegerField(_l("步行距离"), [InputRequired(), NumberRange(0, MOST)])
    freshness = IntegerField(_l("发布时间"), [InputRequired(), NumberRange(0, MOST)])
    headcount = IntegerField(_l("空缺人数"), [InputRequired(), NumberRange(0, MOST)])
    helped = IntegerField(_l("帮扶对象"), [InputRequired(), NumberRange(0, MOST)])

    def validate_words(self, _field: IntegerField) -> None:
        if not any(self.weights.values()):
            raise ValidationError(gettext("至少有一项的分量要大于0。"))

    @property
    def weights(self) -> dict[str, int]:
        return {name: getattr(self, name).data or 0 for name in COMPONENTS}


class TryForm(Weighed, FlaskForm):  # type: ignore[misc] # Flask-WTF has no types
    """As it stands in the address: trying changes nothing, and needs no token."""

    class Meta:
        csrf = False


class KeepForm(Weighed, FlaskForm):  # type: ignore[misc] # as above
    pass
