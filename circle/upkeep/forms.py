"""What somebody asks of a job's history, and the wish that needs no more than a tap."""

from flask_babel import lazy_gettext as _l
from wtforms import Form, IntegerField, SelectField
from wtforms.validators import NumberRange, Optional

from circle.access.choices import choices_of
from circle.access.scope import GREATEST_KEY
from models.vocabulary.jobs import JobState


class HistoryFilter(Form):  # type: ignore[misc] # WTForms has no types
    state = SelectField(_l("结果"), choices=choices_of(JobState, _l("全部")))
    before = IntegerField("", [Optional(), NumberRange(1, GREATEST_KEY)])
