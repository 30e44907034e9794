"""Which part of a job's history somebody asks for, as it stands in the address."""

from flask_babel import lazy_gettext as _l
from wtforms import Form, IntegerField, StringField
from wtforms.validators import AnyOf, NumberRange, Optional

from circle.access.scope import GREATEST_KEY
from models.vocabulary.jobs import JobState


class HistoryFilter(Form):  # type: ignore[misc] # WTForms has no types
    state = StringField(_l("结果"), [Optional(), AnyOf(list(JobState))])
    before = IntegerField("", [Optional(), NumberRange(1, GREATEST_KEY)])

    @property
    def wanted_state(self) -> JobState | None:
        return JobState(self.state.data) if self.state.data and not self.state.errors else None

    @property
    def wanted_before(self) -> int | None:
        before: int | None = None if self.before.errors else self.before.data
        return before
