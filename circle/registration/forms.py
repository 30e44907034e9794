import re
import unicodedata
import uuid
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    Field,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from circle.access.choices import choices_of
from circle.cases.statements import Wish
from circle.privacy.masking import age
from circle.registration.answers import Answers
from circle.registration.entrances import Entrance
from models.vocabulary.cases import ConfirmedBy, DifficultyCause
from models.vocabulary.documents import (
    LENGTH,
    DocumentNumber,
    UnreadableNumber,
    normalise_number,
    read_number,
)
from models.vocabulary.imports import RejectCode
from models.vocabulary.names import normal_name
from models.vocabulary.privacy import RevealReason
from models.vocabulary.registration import JobLoss, SetAsideReason, StatedFact
from models.vocabulary.residents import (
    CategoryCode,
    ConsentPurpose,
    WishedHours,
    WorkKind,
    WorkStatus,
)

MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")
FEN = 100
NAME_LENGTH, ADDRESS_LENGTH, NOTE_LENGTH = 40, 100, 300
# In the words of somebody who is asked, not of the office.
STATUSES = {
    WorkStatus.UNEMPLOYED: _l("没有工作"),
    WorkStatus.FLEXIBLE: _l("打零工、灵活就业"),
    WorkStatus.EMPLOYED: _l("在单位上班，想换工作"),
    WorkStatus.SELF_EMPLOYED: _l("自己做生意、创业"),
    WorkStatus.STUDYING: _l("在上学或刚毕业"),
}
CATEGORIES = {
    CategoryCode.ZERO_EMPLOYMENT_HOUSEHOLD: _l("全家都没有人工作"),
    CategoryCode.DIBAO_HOUSEHOLD: _l("家里有低保"),
    CategoryCode.DISABLED: _l("有残疾证"),
    CategoryCode.GRADUATE: _l("高校毕业生"),
    CategoryCode.VETERAN: _l("退役军人"),
    CategoryCode.RURAL_MIGRANT: _l("从农村出来务工"),
    CategoryCode.LANDLESS_FARMER: _l("土地被征用"),
}
PAY_YUAN = ("3000", "4000", "5000", "6000", "8000", "10000")
MINUTES = ("15", "30", "45", "60")
NUMBER_SENTENCES = {
    RejectCode.ID_MISSING: _l("请填写证件号码。"),
    RejectCode.ID_CHARACTERS: _l("证件号码只有数字，最后一位可以是 X。请检查是否多了别的字。"),
    RejectCode.ID_DATE: _l("证件号码第 7 到 14 位是出生日期，您填的不是一个日期。请对照证件核对。"),
    RejectCode.ID_FUTURE: _l("证件号码里的出生日期晚于今天。请对照证件核对。"),
    RejectCode.ID_CHECKSUM: _l(
        "证件号码有一位填错了：最后一位是校验码，由前 17 位算出来，现在对不上。请对照证件逐位核对。"
    ),
}


class CheckboxesField(SelectMultipleField):  # type: ignore[misc] # WTForms has no types
    """Any number of choices, none included."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class NeededElsewhere:
    """A community must be chosen by whoever does not live where the poster hangs."""

    field_flags = MappingProxyType({"required": True})
    message = _l("请从列表里选择您住的社区。")

    def __call__(self, form: "MiniForm", field: Field) -> None:
        if not form.lives_at_entrance() and not field.data:
            raise ValidationError(self.message)


class WishForm(FlaskForm):  # type: ignore[misc] # Flask-WTF has no types
    kinds = CheckboxesField(_l("想找什么样的工作？"), choices=choices_of(WorkKind))
    occupation = StringField(_l("想做哪一行，或会做什么？"), [Optional(), Length(max=NAME_LENGTH)])
    pay = RadioField(_l("每月至少想拿多少？"), [Optional()])
    hours = RadioField(_l("什么时间能上班？"), [Optional()], choices=choices_of(WishedHours))
    minutes = RadioField(_l("上班路上最多走多久？"), [Optional()])
    wants_training = BooleanField(_l("想参加技能培训"))
    wants_start_up = BooleanField(_l("想自己创业"))

    def __init__(self, *args: Any, **values: Any) -> None:  # noqa: ANN401 - as WTForms takes them
        super().__init__(*args, **values)
        self.pay.choices = [
            *(SelectChoice(yuan, gettext("%(yuan)s 元以上", yuan=yuan)) for yuan in PAY_YUAN),
            SelectChoice("", gettext("都可以谈")),
        ]
        self.minutes.choices = [
            *(
                SelectChoice(each, gettext("%(minutes)s 分钟以内", minutes=each))
                for each in MINUTES
            ),
            SelectChoice("", gettext("远近都行")),
        ]

    def know(self, wish: Wish) -> None:
        """A wish that a worker wrote down may have a figure the form does not offer."""
        known = {"pay": _yuan(wish.pay_fen), "minutes": str(wish.minutes or "")}
        for name, value in known.items():
            if value not in {choice.value for choice in self[name].choices}:
                self[name].choices.insert(0, SelectChoice(value, value))

    def show(self, wish: Wish) -> None:
        """Fill in what is known, before anything was typed."""
        self.know(wish)
        self.kinds.data = [kind.value for kind in wish.kinds]
        self.occupation.data = wish.occupation
        self.pay.data = _yuan(wish.pay_fen)
        self.hours.data = wish.hours.value if wish.hours else None
        self.minutes.data = str(wish.minutes) if wish.minutes else ""
        self.wants_training.data = wish.wants_training
        self.wants_start_up.data = wish.wants_start_up

    def wish(self) -> Wish:
        return Wish(
            kinds=tuple(WorkKind(kind) for kind in self.kinds.data or []),
            occupation=(self.occupation.data or "").strip() or None,
            pay_fen=int(self.pay.data) * FEN if self.pay.data else None,
            hours=WishedHours(self.hours.data) if self.hours.data else None,
            minutes=int(self.minutes.data) if self.minutes.data else None,
            wants_training=self.wants_training.data,
            wants_start_up=self.wants_start_up.data,
        )


class MiniForm(WishForm):
    """What a resident tells; `ask` says where, when and from which age."""

    uuid = HiddenField()
    name = StringField(
        _l("您的姓名"), [InputRequired(_l("请填写姓名，和身份证上一样。")), Length(max=NAME_LENGTH)]
    )
    number = StringField(_l("身份证号码"), [InputRequired(_l("请填写证件号码。"))])
    phone = TelField(_l("手机号"), [InputRequired(_l("请填写手机号，专员会打这个电话找您。"))])
    lives_here = RadioField(_l("您现在住在哪里？"), [InputRequired(_l("请选择您住在哪里。"))])
    division = SelectField(_l("您住的社区"), [NeededElsewhere()], default="")
    address = StringField(_l("门牌号"), [Optional(), Length(max=ADDRESS_LENGTH)])
    status = RadioField(_l("您现在有工作吗？"), [InputRequired(_l("请选择现在的情况。"))])
    status_since = DateField(_l("从哪一天开始的？"), [Optional()])
    job_loss = RadioField(_l("为什么没有工作了？"), [Optional()], choices=choices_of(JobLoss))
    categories = CheckboxesField(_l("您家里有下面的情况吗？"))
    causes = CheckboxesField(_l("找工作难在哪里？"), choices=choices_of(DifficultyCause))
    note = TextAreaField(_l("还有什么想告诉专员的？"), [Optional(), Length(max=NOTE_LENGTH)])
    consent_messages = BooleanField(_l("同意接收短信和微信提醒"))
    consent_employers = BooleanField(_l("同意把我的求职信息提供给用人单位"))

    entrance: Entrance
    on: date
    labour_age: int
    document: DocumentNumber | None = None

    def ask(self, entrance: Entrance, *, on: date, labour_age: int) -> None:
        self.entrance, self.on, self.labour_age = entrance, on, labour_age
        self.status.choices = _choices(STATUSES)
        self.categories.choices = _choices(CATEGORIES)
        self.division.choices = [SelectChoice("", gettext("请选择")), *_communities(entrance)]
        if entrance.is_exact:
            self.lives_here.choices = [
                SelectChoice("yes", gettext("住在%(place)s", place=entrance.name)),
                SelectChoice("no", gettext("住在%(place)s别的社区", place=entrance.district)),
            ]
        else:
            del self.lives_here
        self.uuid.data = _read_uuid(self.uuid.data)

    def validate_name(self, field: Field) -> None:
        name = normal_name(field.data)
        if len(name) < 2 or any(letter.isdigit() for letter in name):  # noqa: PLR2004 - a family name and one more
            raise ValidationError(gettext("姓名至少两个字，里面没有数字。请和身份证上写得一样。"))

    def validate_number(self, field: Field) -> None:
        try:
            self.document = read_number(field.data, on=self.on)
        except UnreadableNumber as unreadable:
            raise ValidationError(_number_sentence(unreadable.code, field.data)) from None
        years = age(self.document.born_on, self.on) or 0
        if years < self.labour_age:
            raise ValidationError(gettext("年满 %(age)s 周岁才能登记找工作。", age=self.labour_age))

    def validate_phone(self, field: Field) -> None:
        if not MOBILE.fullmatch(_digits(field.data)):
            raise ValidationError(gettext("手机号是 1 开头的 11 位数字。请检查是否多了或少了。"))

    def validate_status_since(self, field: Field) -> None:
        if field.data and field.data > self.on:
            raise ValidationError(gettext("日期不能晚于今天。"))
        if field.data and self.document and field.data < self.document.born_on:
            raise ValidationError(gettext("日期早于您的出生日期，请检查年份。"))

    def answers(self) -> Answers:
        """What was said, once the form is valid."""
        if self.document is None:
            message = "the form is not valid"
            raise ValueError(message)
        status = WorkStatus(self.status.data)
        is_idle = status is WorkStatus.UNEMPLOYED
        phone = MOBILE.fullmatch(_digits(self.phone.data))
        return Answers(
            uuid=self.uuid.data,
            division_code=self._division_code(),
            name=normal_name(self.name.data),
            document=self.document,
            phone=phone[1] if phone else "",
            status=status,
            address=(self.address.data or "").strip() or None,
            status_since=self.status_since.data,
            job_loss=JobLoss(self.job_loss.data) if is_idle and self.job_loss.data else None,
            categories=tuple(CategoryCode(code) for code in self.categories.data or []),
            causes=tuple(DifficultyCause(cause) for cause in self.causes.data or []),
            wish=self.wish(),
            note=(self.note.data or "").strip() or None,
            consents=self._consents(),
        )

    def lives_at_entrance(self) -> bool:
        return "lives_here" in self and self.lives_here.data != "no"

    def _division_code(self) -> str:
        return self.entrance.code if self.lives_at_entrance() else str(self.division.data)

    def _consents(self) -> tuple[ConsentPurpose, ...]:
        ticked = {
            ConsentPurpose.MESSAGES: self.consent_messages.data,
            ConsentPurpose.EMPLOYERS: self.consent_employers.data,
        }
        return tuple(purpose for purpose, is_given in ticked.items() if is_given)


class ReceiptForm(FlaskForm):  # type: ignore[misc] # as above
    code = StringField(_l("查询码"), [InputRequired(_l("请填写 12 位查询码。")), Length(max=40)])
    phone_tail = StringField(
        _l("手机号后四位"), [InputRequired(_l("请填写登记时手机号的后四位。")), Length(max=11)]
    )

    def tail(self) -> str:
        return _digits(self.phone_tail.data)[-4:]


class ConfirmForm(FlaskForm):  # type: ignore[misc] # as above
    how = RadioField(
        _l("怎样核实的"),
        [InputRequired(_l("请选择是电话核实还是当面核实。"))],
        choices=choices_of(ConfirmedBy),
    )
    taken = CheckboxesField(_l("采用登记的内容"), choices=choices_of(StatedFact))

    def facts(self) -> frozenset[StatedFact]:
        return frozenset(StatedFact(word) for word in self.taken.data or [])


class SetAsideForm(FlaskForm):  # type: ignore[misc] # as above
    reason = RadioField(
        _l("不采纳的原因"),
        [InputRequired(_l("请选择不采纳的原因。"))],
        choices=choices_of(SetAsideReason),
    )


class RevealStatedForm(FlaskForm):  # type: ignore[misc] # as above
    field = SelectField(
        _l("要查看的内容"),
        [InputRequired()],
        choices=[SelectChoice("phone"), SelectChoice("address")],
    )
    reason = RadioField(_l("查看原因"), [InputRequired()], choices=choices_of(RevealReason))
    note = StringField(_l("说明"), [Optional(), Length(max=100)])


def _number_sentence(code: RejectCode, typed: str) -> str:
    if code is RejectCode.ID_LENGTH:
        count = len(normalise_number(typed))
        says = gettext(
            "证件号码应为 %(right)s 位，您填了 %(count)s 位。请对照证件核对。",
            right=LENGTH,
            count=count,
        )
        return str(says)
    return str(NUMBER_SENTENCES[code])


def _choices(words: Mapping[Any, LazyString]) -> list[SelectChoice]:
    return [SelectChoice(word.value, str(label)) for word, label in words.items()]


def _communities(entrance: Entrance) -> list[SelectChoice]:
    return [
        SelectChoice(code, name, optgroup=street)
        for street, communities in entrance.communities.items()
        for code, name in communities
    ]


def _yuan(fen: int | None) -> str:
    return str(fen // FEN) if fen else ""


def _digits(typed: str | None) -> str:
    plain = unicodedata.normalize("NFKC", typed or "")
    return "".join(letter for letter in plain if letter.isdecimal() or letter == "+")


def _read_uuid(typed: str | None) -> str:
    """The form's own number, or a new one where it is none."""
    try:
        return str(uuid.UUID(typed or ""))
    except ValueError:
        return str(uuid.uuid4())
