from collections.abc import Iterable, Sequence

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectMultipleField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from circle.access.choices import choices_of
from circle.posts.duplicates import Duplicate
from circle.reviews.filters import read_number
from circle.reviews.marking import Remark
from circle.reviews.queries import Line
from circle.reviews.words import advice_words
from models.vocabulary.posts import ReturnReason

NOTE_LENGTH = 400
# No post has moved so often: a version that cannot be read is an old one.
UNREAD = -1


REJECT, SEND_BACK, TAKE_DOWN = "reject", "return", "take_down"
OUTCOMES = [
    SelectChoice(REJECT, _l("不属实，恢复发布")),
    SelectChoice(SEND_BACK, _l("属实，退回修改")),
    SelectChoice(TAKE_DOWN, _l("属实，下架")),
]


class TicksField(SelectMultipleField):  # type: ignore[misc] # WTForms has no types
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class DecisionForm(FlaskForm):  # type: ignore[misc] # Flask-WTF has no types
    """`seen` is the version of the post that the page showed."""

    seen = HiddenField()

    @property
    def version(self) -> int:
        number = read_number(self.seen.data)
        return UNREAD if number is None else number


class PublishForm(DecisionForm):
    """`confirmed` asks for each forbidden rule that holds by its code."""

    confirmed = TicksField(_l("逐条确认"), choices=[], validate_choice=False)
    note = TextAreaField(_l("发布理由"), [Optional(), Length(max=NOTE_LENGTH)])

    def ask_for(self, remarks: Iterable[Remark]) -> None:
        rules = [remark.rule for remark in remarks if remark.is_forbidden]
        self.confirmed.choices = [
            SelectChoice(rule.code, gettext("“%(label)s”不成立", label=rule.label))
            for rule in rules
        ]


class ReturnForm(DecisionForm):
    reasons = TicksField(
        _l("退回原因"),
        [InputRequired(_l("请至少选择一个退回原因。"))],
        choices=choices_of(ReturnReason),
    )
    note = TextAreaField(_l("要改什么"), [Optional(), Length(max=NOTE_LENGTH)])

    def chosen(self) -> list[ReturnReason]:
        return [ReturnReason(code) for code in self.reasons.data or []]

    def suggest(self, remarks: Sequence[Remark]) -> None:
        """The reasons of what the law forbids, or else of what is doubtful; and what to mend."""
        weighty = [remark for remark in remarks if remark.is_forbidden] or remarks
        self.reasons.data = sorted({remark.rule.reason.value for remark in weighty})
        self.note.data = _as_much_as_fits(advice_words(remarks))


class MergeForm(DecisionForm):
    into = RadioField(
        _l("并入"), [InputRequired(_l("请选择要并入的岗位。"))], choices=[], validate_choice=False
    )

    def offer(self, duplicates: Iterable[Duplicate]) -> None:
        """Posts of the same employer; one alone is chosen already."""
        found = [each.post for each in duplicates if each.can_take_in]
        self.into.choices = [SelectChoice(str(post.id), post.title) for post in found]
        if len(found) == 1 and self.into.data is None:
            self.into.data = str(found[0].id)

    @property
    def target(self) -> int | None:
        return read_number(self.into.data)


class TakeDownForm(DecisionForm):
    note = TextAreaField(
        _l("下架原因"), [InputRequired(_l("请写明下架原因。")), Length(max=NOTE_LENGTH)]
    )


class ComplaintForm(DecisionForm):
    outcome = RadioField(_l("核实结果"), [InputRequired(_l("请选择核实结果。"))], choices=OUTCOMES)
    reasons = TicksField(_l("退回原因"), choices=choices_of(ReturnReason))
    note = TextAreaField(_l("说明"), [Optional(), Length(max=NOTE_LENGTH)])

    def validate_reasons(self, field: TicksField) -> None:
        """Only who sends a post back has to say why."""
        if self.outcome.data == SEND_BACK and not field.data:
            raise ValidationError(gettext("请至少选择一个退回原因。"))

    def chosen(self) -> list[ReturnReason]:
        """None unless the post is to be sent back."""
        if self.outcome.data != SEND_BACK:
            return []
        return [ReturnReason(code) for code in self.reasons.data or []]


class ManyForm(FlaskForm):  # type: ignore[misc] # Flask-WTF has no types
    """Posts without anything to look at, ticked in the list: each as `id.version`."""

    posts = TicksField(_l("岗位"), choices=[], validate_choice=False)

    def seen(self) -> dict[int, int]:
        """Version seen by post; what cannot be read is passed over."""
        pairs = (text.partition(".") for text in self.posts.data or [])
        read = ((read_number(number), read_number(version)) for number, _, version in pairs)
        return {
            number: version
            for number, version in read
            if number is not None and version is not None
        }


def tick_of(line: Line) -> str:
    """What a ticked line of the queue sends."""
    return f"{line.post.id}.{line.version}"


def _as_much_as_fits(words: Iterable[str]) -> str:
    """Whole lines only."""
    text = ""
    for line in words:
        longer = f"{text}\n{line}" if text else line
        if len(longer) > NOTE_LENGTH:
            break
        text = longer
    return text
