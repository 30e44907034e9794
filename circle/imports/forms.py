import re

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField, ValidationError
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from circle.access.choices import choices_of
from circle.database import today
from models.vocabulary.facts import InsuranceKind, Source
from models.vocabulary.months import month_key, month_of

# 202609, 2026/9 and 2026年9月, where the browser has no month of its own to choose.
MONTH_SPELLING = re.compile(r"^(\d{4})\s*[-./年]?\s*(\d{1,2})\s*月?$")


def _as_month(text: str | None) -> str | None:
    spelt = MONTH_SPELLING.match((text or "").strip())
    return f"{spelt[1]}-{int(spelt[2]):02}" if spelt else text


def encodings() -> list[tuple[str, str]]:
    """Those a person may choose between; by itself comes first."""
    return [
        ("", gettext("自动识别")),
        *((name, gettext(label)) for name, label in ENCODINGS.items()),
    ]


# What a text file may be said to be in, in the words of the programs that write such.
ENCODINGS = {
    "gb18030": _l("GB18030（GBK、GB2312）"),
    "utf-8": _l("UTF-8"),
    "utf-16-le": _l("Unicode（UTF-16）"),
    "utf-16-be": _l("Unicode（UTF-16，高位在前）"),
    "big5hkscs": _l("Big5（繁体）"),
}


class ScopeForm(FlaskForm):  # type: ignore[misc] # Flask-WTF has no types
    """What a file speaks for; what is left out is guessed from what stands in it."""

    month = StringField(
        _l("所属月份"),
        [Optional()],
        filters=[_as_month],
    )
    division = SelectField(_l("所属区划"), [Optional()])
    kinds = SelectMultipleField(
        _l("险种"),
        [Optional()],
        choices=choices_of(InsuranceKind),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def validate_month(self, field: StringField) -> None:
        """Spelt as one, and none that has not come: that closes nothing."""
        try:
            month = month_of(field.data or "")
        except ValueError:
            raise ValidationError(_l("请写成 2026-09 这样的年月。")) from None
        if month > month_key(today()):
            raise ValidationError(_l("月份不能晚于本月。"))


class ReadingForm(FlaskForm):  # type: ignore[misc] # as above
    """What a file is and in which encoding; where its columns stand is then looked for anew."""

    source = SelectField(
        _l("数据来源"),
        [InputRequired(_l("请选择数据来源。"))],
        choices=choices_of(Source, blank=_l("请选择")),
    )
    encoding = SelectField(_l("文字编码"), [Optional()], choices=encodings)


class FileForm(ScopeForm):
    source = SelectField(
        _l("数据来源"),
        [Optional()],
        choices=choices_of(Source, blank=_l("由文件判断")),
    )
    file = FileField(_l("文件"), [FileRequired(_l("请选择要上传的文件。"))])
    rehearse = BooleanField(_l("先核对，看过结果再入库"), default=True)
    again = BooleanField(_l("再次导入（文件以前导入过，之后新增了居民）"))
