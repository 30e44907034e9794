from datetime import date, timedelta

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from circle.access.choices import choices_of
from models.staff import Account
from models.vocabulary.tasks import DismissReason, SnoozeReason

QUEUE = ""
SEARCH_LENGTH = 60


class SearchForm(FlaskForm):  # type: ignore[misc] # Flask-WTF has no types
    text = StringField(
        _l("找人"),
        [
            InputRequired(_l("请输入姓名、拼音首字母，或完整的证件号码、手机号。")),
            Length(max=SEARCH_LENGTH),
        ],
    )


class SnoozeForm(FlaskForm):  # type: ignore[misc] # as above
    until = DateField(_l("延后到"), [InputRequired(_l("请选择日期。"))])
    reason = RadioField(
        _l("原因"), [InputRequired(_l("请选择延后的原因。"))], choices=choices_of(SnoozeReason)
    )


class DismissForm(FlaskForm):  # type: ignore[misc] # as above
    reason = RadioField(
        _l("原因"),
        [InputRequired(_l("请选择不需办理的原因。"))],
        choices=choices_of(DismissReason),
    )


class HandOverForm(FlaskForm):  # type: ignore[misc] # as above
    to = SelectField(_l("交给"))

    def offer(self, workers: list[Account], holder_id: int | None) -> None:
        """The workers of the place; giving back to the queue only where somebody holds it."""
        queue = [] if holder_id is None else [(QUEUE, gettext("交回街道待分配"))]
        names = [(str(w.id), w.display_name) for w in workers if w.id != holder_id]
        self.to.choices = [*names, *queue]


def suggested_day(on: date) -> date:
    """Where a snooze's calendar opens: a few days are the usual wish."""
    return on + timedelta(days=3)
