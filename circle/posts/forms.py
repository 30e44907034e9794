import re
import uuid
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from circle.access.choices import choices_of
from circle.employers.divisions import Choices
from circle.employers.forms import ContactFields, PlaceFields, or_none, stripped
from circle.posts.details import PostDetails
from circle.posts.occupations import occupation_named, occupations, occupations_like
from circle.posts.pay import MONTHS_A_YEAR, Pay
from circle.posts.titles import TITLE_LENGTH
from circle.posts.words import FEN, yuan
from models.places import Position
from models.posts import Post
from models.vocabulary.facts import EducationLevel
from models.vocabulary.posts import ComplaintReason, PayUnit
from models.vocabulary.residents import CategoryCode, WishedHours, WorkKind

YES, NO = "yes", "no"
MOST_YUAN = 1_000_000
MOST_MONTHS = 16
MOST_PEOPLE = 9999
USUAL_DAYS = 30
NOTE_LENGTH, REPLY_LENGTH = 300, 400
CERTIFICATE_LENGTH, MOST_CERTIFICATES = 40, 8
BETWEEN_WORDS = re.compile(r"[、，,；;/\n]+")
IS_HEADCOUNT = NumberRange(1, MOST_PEOPLE, _l("人数从 1 到 9999。"))
IS_PAY = NumberRange(Decimal("0.01"), MOST_YUAN, _l("请填写大于 0 的金额，单位是元。"))


def a_new_uuid() -> str:
    return str(uuid.uuid4())


class UUIDField(HiddenField):  # type: ignore[misc] # WTForms has no types
    """Given with the page; a form sent twice carries the same."""

    data: Any

    def pre_validate(self, form: FlaskForm) -> None:
        del form
        try:
            self.data = str(uuid.UUID(self.data or ""))
        except (ValueError, TypeError, AttributeError):
            raise ValidationError(gettext("页面不完整，请刷新后重新填写。")) from None


class AmountField(DecimalField):  # type: ignore[misc] # as above
    """Money in yuan: NaN and infinity are numbers to Python and to nobody who pays."""

    data: Decimal | None

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        if self.data is not None and not self.data.is_finite():
            self.data = None
            raise ValueError(IS_PAY.message)


class TicksField(SelectMultipleField):  # type: ignore[misc] # as above
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class PostForm(PlaceFields, ContactFields):
    """A post, as the office or the employer types it; `ask` says until when and where it may be."""

    uuid = UUIDField(default=a_new_uuid)
    title = StringField(
        _l("岗位名称"),
        [InputRequired(_l("请填写岗位名称。")), Length(max=TITLE_LENGTH)],
        [stripped],
    )
    occupation = StringField(_l("职业"), [Optional(), Length(max=60)], [stripped])
    kind = RadioField(
        _l("用工形式"),
        [InputRequired(_l("请选择用工形式。"))],
        choices=choices_of(WorkKind),
        default=WorkKind.FULL_TIME.value,
    )
    headcount = IntegerField(
        _l("招聘人数"), [InputRequired(_l("请填写招聘人数。")), IS_HEADCOUNT], default=1
    )
    pay_unit = SelectField(
        _l("计薪单位"), [InputRequired()], choices=choices_of(PayUnit), default=PayUnit.MONTH.value
    )
    pay_low = AmountField(_l("最低薪酬（元）"), [Optional(), IS_PAY], places=None)
    pay_high = AmountField(_l("最高薪酬（元）"), [Optional(), IS_PAY], places=None)
    negotiable = BooleanField(_l("薪酬面议"))
    pay_months = SelectField(_l("一年发几个月"), [InputRequired()], default=str(MONTHS_A_YEAR))
    hours = SelectField(
        _l("工作时间"), choices=choices_of(WishedHours, blank=_l("未说明")), default=""
    )
    shifts = StringField(_l("班次和休息"), [Optional(), Length(max=100)], [stripped])
    description = TextAreaField(_l("工作内容和要求"), [Optional(), Length(max=2000)], [stripped])
    education = SelectField(
        _l("学历至少"), choices=choices_of(EducationLevel, blank=_l("不限")), default=""
    )
    skills = StringField(_l("需要的技能"), [Optional(), Length(max=200)], [stripped])
    certificates = StringField(_l("必须持有的证书"), [Optional(), Length(max=200)], [stripped])
    helped = TicksField(_l("优先照顾的人员"), choices=choices_of(CategoryCode))
    insurance_paid = RadioField(_l("缴纳社会保险"), [Optional()], default="")
    division = SelectField(
        _l("工作地点所在社区"), [InputRequired(_l("请选择工作地点所在社区。"))], choices=list
    )
    address = StringField(_l("工作地址"), [Optional(), Length(max=200)], [stripped])
    valid_until = DateField(_l("有效到"), [InputRequired(_l("请填写岗位有效到哪一天。"))])

    on: date
    latest: date

    def __init__(self, *args: Any, **values: Any) -> None:  # noqa: ANN401 - as WTForms takes them
        super().__init__(*args, **values)
        self.pay_months.choices = [
            SelectChoice(str(months), gettext("%(months)s个月", months=months))
            for months in range(MONTHS_A_YEAR, MOST_MONTHS + 1)
        ]
        self.insurance_paid.choices = [
            SelectChoice(YES, gettext("缴纳")),
            SelectChoice(NO, gettext("不缴纳")),
            SelectChoice("", gettext("未说明")),
        ]

    def ask(self, communities: Choices, *, on: date, days: int) -> None:
        self.on, self.latest = on, on + timedelta(days=days)
        self.division.choices = {"": [("", gettext("请选择"))], **communities}
        if not self.is_submitted() and self.valid_until.data is None:
            self.valid_until.data = min(on + timedelta(days=USUAL_DAYS), self.latest)

    def show(self, post: Post) -> None:
        """What is known, before anything was typed; what was chosen stays to be chosen."""
        for name in ("title", "headcount", "shifts", "description", "skills", "address"):
            self[name].data = getattr(post, name)
        for name in ("kind", "pay_unit", "hours", "education"):
            self[name].data = value.value if (value := getattr(post, name)) else ""
        self.contact.data, self.valid_until.data = post.contact, post.valid_until
        self.division.data, self.helped.data = post.division_code, post.helped
        self.certificates.data = "、".join(post.certificates)
        self.occupation.data = str(occupations().get(post.occupation_code or "", ""))
        self.insurance_paid.data = {True: YES, False: NO, None: ""}[post.insurance_paid]
        self._show_pay(post)
        self.show_place(post.position)

    def _show_pay(self, post: Post) -> None:
        self.negotiable.data = post.pay_low_fen is None and post.pay_high_fen is None
        self.pay_low.data = _decimal(post.pay_low_fen)
        self.pay_high.data = _decimal(post.pay_high_fen)
        months = str(post.pay_months)
        if months not in {choice.value for choice in self.pay_months.choices}:
            label = gettext("%(months)s个月", months=months)
            self.pay_months.choices.append(SelectChoice(months, label))
        self.pay_months.data = months

    def validate_occupation(self, field: Field) -> None:
        if occupation_named(field.data) is None:
            alike = "、".join(str(each) for each in occupations_like(field.data, most=3))
            hint = gettext("相近的有：%(names)s。", names=alike) if alike else ""
            raise ValidationError(
                gettext("职业分类里没有这个职业，请从列表里选，或者留空。") + hint
            )

    def validate_pay_high(self, field: Field) -> None:
        low = self.pay_low.data
        if field.data is not None and low is not None and field.data < low:
            raise ValidationError(gettext("最高薪酬不能低于最低薪酬。"))

    def validate_negotiable(self, field: Field) -> None:
        """Nobody is kept in the dark by a field that was overlooked."""
        is_blank = self.pay_low.data is None and self.pay_high.data is None
        is_piece = self.pay_unit.data == PayUnit.PIECE.value
        has_typed = any(
            part.raw_data and part.raw_data[0] for part in (self.pay_low, self.pay_high)
        )
        if is_blank and not (field.data or is_piece or has_typed):
            raise ValidationError(gettext("请填写薪酬；确实要面谈的，请勾选“薪酬面议”。"))
        if field.data and not is_blank:
            raise ValidationError(gettext("填了薪酬就不要勾选“薪酬面议”。"))

    def validate_certificates(self, field: Field) -> None:
        names = _words(field.data)
        if len(names) > MOST_CERTIFICATES or any(len(n) > CERTIFICATE_LENGTH for n in names):
            raise ValidationError(
                gettext("最多 %(most)s 个证书，用顿号隔开。", most=MOST_CERTIFICATES)
            )

    def validate_title(self, field: Field) -> None:
        if not any(letter.isalnum() for letter in field.data or ""):
            raise ValidationError(gettext("请填写岗位名称。"))

    def validate_valid_until(self, field: Field) -> None:
        if field.data is None:
            raise ValidationError(gettext("看不懂这个日期，请按 2026-12-31 这样填写。"))
        if not self.on <= field.data <= self.latest:
            raise ValidationError(
                gettext("有效期从今天起，最迟到 %(day)s。", day=self.latest.isoformat())
            )

    def details(self, position: Position | None, post: Post | None = None) -> PostDetails:
        """Only after it validated; of a post that is amended the telephone stays unless retyped."""
        occupation = occupation_named(self.occupation.data or "")
        phone = post.contact_phone if post else None
        return PostDetails(
            title=self.title.data,
            kind=WorkKind(self.kind.data),
            pay=self._pay(),
            division_code=self.division.data,
            valid_until=self.valid_until.data,
            headcount=self.headcount.data,
            occupation_code=occupation.code if occupation else None,
            hours=WishedHours(self.hours.data) if self.hours.data else None,
            shifts=or_none(self.shifts.data),
            description=or_none(self.description.data),
            education=EducationLevel(self.education.data) if self.education.data else None,
            skills=or_none(self.skills.data),
            certificates=_words(self.certificates.data),
            helped=[CategoryCode(code) for code in self.helped.data or []],
            insurance_paid={YES: True, NO: False}.get(self.insurance_paid.data),
            address=or_none(self.address.data),
            position_id=position.id if position else None,
            contact=or_none(self.contact.data),
            contact_phone=self.contact_phone.data or phone,
        )

    def _pay(self) -> Pay:
        unit = PayUnit(self.pay_unit.data)
        is_monthly = unit is PayUnit.MONTH
        months = int(self.pay_months.data) if is_monthly else MONTHS_A_YEAR
        return Pay(unit, _fen(self.pay_low.data), _fen(self.pay_high.data), months)


class HeadcountForm(FlaskForm):  # type: ignore[misc] # Flask-WTF has no types
    headcount = IntegerField(_l("招聘人数"), [InputRequired(_l("请填写招聘人数。")), IS_HEADCOUNT])


class TakeDownForm(FlaskForm):  # type: ignore[misc] # as above
    note = StringField(_l("原因"), [Optional(), Length(max=REPLY_LENGTH)], [stripped])


class ComplaintForm(FlaskForm):  # type: ignore[misc] # as above
    uuid = UUIDField(default=a_new_uuid)
    reason = RadioField(
        _l("哪里不对？"),
        [InputRequired(_l("请选择哪里不对。"))],
        choices=choices_of(ComplaintReason),
    )
    note = TextAreaField(_l("说说经过"), [Optional(), Length(max=NOTE_LENGTH)], [stripped])


def _words(text: str | None) -> list[str]:
    parts = (part.strip() for part in BETWEEN_WORDS.split(text or ""))
    return list(dict.fromkeys(part for part in parts if part))


def _fen(amount: Decimal | None) -> int | None:
    return None if amount is None else round(amount * FEN)


def _decimal(fen: int | None) -> Decimal | None:
    return None if fen is None else Decimal(yuan(fen))
