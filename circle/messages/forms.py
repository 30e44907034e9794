import re

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, StringField, ValidationError
from wtforms.validators import Length, Optional

EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[A-Za-z0-9-]{2,}")
EMAIL_LENGTH = 200


def stripped(text: str | None) -> str | None:
    return text.strip() if text else text


class EmailForm(FlaskForm):  # type: ignore[misc] # Flask-WTF has no types
    """Left empty, messages go to the telephone again."""

    email = StringField(_l("电子邮箱"), [Optional(), Length(max=EMAIL_LENGTH)], filters=[stripped])

    def validate_email(self, field: Field) -> None:
        if field.data and not (field.data.isascii() and EMAIL.fullmatch(field.data)):
            raise ValidationError(gettext("请填写完整的邮箱地址，例如 name@example.cn。"))
