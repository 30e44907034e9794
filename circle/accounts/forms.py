from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from circle.accounts.passwords import GREATEST_LENGTH

NAME_LENGTH = 40
CODE_LENGTH = 20


def stripped(text: str | None) -> str | None:
    return text.strip() if text else text


class SignInForm(FlaskForm):  # type: ignore[misc] # Flask-WTF has no types
    name = StringField(
        _l("账号"), [InputRequired(_l("请输入账号")), Length(max=NAME_LENGTH)], filters=[stripped]
    )
    password = PasswordField(
        _l("密码"), [InputRequired(_l("请输入密码")), Length(max=GREATEST_LENGTH)]
    )


class CodeForm(FlaskForm):  # type: ignore[misc] # as above
    code = StringField(_l("验证码"), [InputRequired(_l("请输入验证码")), Length(max=CODE_LENGTH)])


class PasswordForm(FlaskForm):  # type: ignore[misc] # as above
    old = PasswordField(_l("原密码"), [InputRequired(_l("请输入原密码"))])
    new = PasswordField(
        _l("新密码"), [InputRequired(_l("请输入新密码")), Length(max=GREATEST_LENGTH)]
    )
    again = PasswordField(
        _l("再输一次新密码"),
        [InputRequired(_l("请再输一次新密码")), EqualTo("new", _l("两次输入的新密码不一致"))],
    )


def safe_path(address: str | None) -> str | None:
    """A path of this site, or None: never another site, however it is spelt."""
    if not address or not address.startswith("/") or "\\" in address:
        return None
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or address.startswith("//"):
        return None
    return address if address.isprintable() else None
