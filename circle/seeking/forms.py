"""What a resident says of posts and of themselves, in their own words."""

import re
from collections.abc import Iterable
from uuid import UUID, uuid4

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from circle.access.choices import choices_of
from circle.logs import scrubbed_text
from circle.seeking.operations import Skilled
from models.referrals import Resume
from models.vocabulary.cases import RefusalReason
from models.vocabulary.facts import EducationLevel

EXPERIENCE_LENGTH, SKILLS_LENGTH, CERTIFICATES_MOST, CERTIFICATE_LENGTH = 600, 200, 10, 40
BETWEEN = re.compile(r"[、，,；;\n]+")
# In the words of somebody who is asked, not of the office.
REASONS = {
    RefusalReason.PAY: _l("工资低了些"),
    RefusalReason.DISTANCE: _l("太远了"),
    RefusalReason.HOURS: _l("上班时间不合适"),
    RefusalReason.SKILLS: _l("这个活我做不了"),
    RefusalReason.HEALTH: _l("身体吃不消"),
    RefusalReason.FAMILY: _l("家里走不开"),
    RefusalReason.NO_WISH: _l("现在不想上班"),
    RefusalReason.OTHER: _l("别的原因"),
}


class OnceForm(FlaskForm):  # type: ignore[misc] # Flask-WTF has no types
    """An act that is done once, however often it is sent."""

    uuid = HiddenField()

    def validate_uuid(self, field: Field) -> None:
        try:
            field.data = str(UUID(field.data or ""))
        except ValueError:
            raise ValidationError(gettext("页面已经过期，请返回上一页再试。")) from None

    def begin(self) -> None:
        """A number of its own for the form that is about to be shown."""
        self.uuid.data = str(uuid4())


class ReasonForm(FlaskForm):  # type: ignore[misc] # as above
    reason = RadioField(
        _l("为什么不合适？"),
        [InputRequired(_l("请选一个原因，下次好推荐得准一些。"))],
        choices=[SelectChoice(word.value, label) for word, label in REASONS.items()],
    )

    def chosen(self) -> RefusalReason:
        return RefusalReason(self.reason.data)


class ResumeForm(FlaskForm):  # type: ignore[misc] # as above
    education = RadioField(_l("最高学历是什么？"), [Optional()], choices=choices_of(EducationLevel))
    experience = TextAreaField(
        _l("以前做过什么工作？"), [Optional(), Length(max=EXPERIENCE_LENGTH)]
    )
    skills = StringField(_l("会做什么？"), [Optional(), Length(max=SKILLS_LENGTH)])
    certificates = StringField(_l("有什么证书？"), [Optional(), Length(max=SKILLS_LENGTH)])

    def show(self, resume: Resume | None, wished_skills: str | None) -> None:
        """What is known, before anything was typed."""
        if resume is None:
            self.skills.data = wished_skills
            return
        self.education.data = resume.education.value if resume.education else None
        self.experience.data, self.skills.data = resume.experience, resume.skills
        self.certificates.data = "、".join(resume.certificates)

    def validate_experience(self, field: Field) -> None:
        _refuse_numbers(field)

    def validate_skills(self, field: Field) -> None:
        _refuse_numbers(field)

    def validate_certificates(self, field: Field) -> None:
        _refuse_numbers(field)
        named = _named(field.data)
        if len(named) > CERTIFICATES_MOST:
            most = CERTIFICATES_MOST
            raise ValidationError(gettext("最多写 %(most)s 个证书，留下最有用的。", most=most))
        if any(len(name) > CERTIFICATE_LENGTH for name in named):
            raise ValidationError(gettext("证书名称太长。几个证书之间请用顿号隔开。"))

    def skilled(self) -> Skilled:
        """What was said, once the form is valid."""
        return Skilled(
            education=EducationLevel(self.education.data) if self.education.data else None,
            experience=(self.experience.data or "").strip() or None,
            skills=(self.skills.data or "").strip() or None,
            certificates=tuple(_named(self.certificates.data)),
        )


def _named(typed: str | None) -> list[str]:
    parts: Iterable[str] = (part.strip() for part in BETWEEN.split(typed or ""))
    return list(dict.fromkeys(part for part in parts if part))


def _refuse_numbers(field: Field) -> None:
    """An employer reads this: whatever must not reach them is refused before it is stored."""
    typed = field.data or ""
    if scrubbed_text(typed) != typed:
        raise ValidationError(gettext("这里给用人单位看，请不要写身份证号和手机号。"))
