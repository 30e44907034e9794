from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, SelectField, StringField, TelField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from circle.access.choices import choices_of
from circle.employers.details import EmployerDetails
from circle.employers.divisions import Choices
from circle.employers.names import NAME_LENGTH, employer_key, normal_employer
from circle.employers.typed import read_degrees, read_phone
from circle.employers.uscc import is_uscc, normal_uscc
from circle.places.positions import Point, point_of
from circle.refusals import PositionUnfit
from models.employers import Employer
from models.places import Position
from models.vocabulary.places import CoordinateSystem

ADDRESS_LENGTH, CONTACT_LENGTH, POSITION_LENGTH = 200, 60, 60
SEARCH_LENGTH = 60
SHORTEST_KEY = 2


def stripped(text: str | None) -> str | None:
    return text.strip() if text else text


def or_none(text: str | None) -> str | None:
    return text or None


class PlaceFields(FlaskForm):  # type: ignore[misc] # Flask-WTF has no types
    """Where something is on the map: pasted from one, in the system that map uses."""

    position = StringField(
        _l("地图坐标"), [Optional(), Length(max=POSITION_LENGTH)], filters=[stripped]
    )
    system = SelectField(
        _l("坐标来自"),
        choices=choices_of(CoordinateSystem),
        default=CoordinateSystem.GCJ02.value,
    )

    point: Point | None = None  # once it validated

    def validate_position(self, field: Field) -> None:
        try:
            degrees = read_degrees(field.data)
            self.point = point_of(*degrees, CoordinateSystem(self.system.data))
        except ValueError:
            said = gettext("看不懂这个坐标。请从地图复制，例如 30.27,120.01。")
            raise ValidationError(said) from None
        except PositionUnfit as refusal:
            raise ValidationError(refusal.sentence()) from None

    def show_place(self, place: Position | None) -> None:
        """In the system it is kept in."""
        if place is not None:
            self.position.data = f"{place.latitude},{place.longitude}"
            self.system.data = CoordinateSystem.WGS84.value


class ContactFields(FlaskForm):  # type: ignore[misc] # as above
    """A telephone on record is not shown here: left empty it stays as it is."""

    contact = StringField(_l("联系人"), [Optional(), Length(max=CONTACT_LENGTH)], [stripped])
    contact_phone = TelField(_l("联系电话"), [Optional(), Length(max=40)], [stripped])

    def validate_contact_phone(self, field: Field) -> None:
        try:
            field.data = read_phone(field.data)
        except ValueError:
            raise ValidationError(
                gettext("请填写手机号，或带区号的座机，例如 0571-88880000。")
            ) from None


class EmployerForm(PlaceFields, ContactFields):
    """`anyway` is asked for only once known employers look alike."""

    name = StringField(
        _l("企业名称"),
        [InputRequired(_l("请填写企业名称，和营业执照上一样。")), Length(max=NAME_LENGTH)],
        [stripped],
    )
    uscc = StringField(_l("统一社会信用代码"), [Optional(), Length(max=40)], [stripped])
    is_agency = BooleanField(_l("这是人力资源机构"))
    division = SelectField(_l("所在社区"), [InputRequired(_l("请选择所在社区。"))], choices=list)
    address = StringField(_l("地址"), [Optional(), Length(max=ADDRESS_LENGTH)], [stripped])
    anyway = BooleanField(_l("以上都不是同一家，仍要新增"))

    def offer(self, communities: Choices) -> None:
        self.division.choices = {"": [("", gettext("请选择"))], **communities}

    def show(self, employer: Employer) -> None:
        """What is known, before anything was typed."""
        for name in ("name", "uscc", "is_agency", "address", "contact"):
            self[name].data = getattr(employer, name)
        self.division.data = employer.division_code
        self.show_place(employer.position)

    def validate_name(self, field: Field) -> None:
        field.data = normal_employer(field.data)
        if len(employer_key(field.data)) < SHORTEST_KEY:
            raise ValidationError(gettext("请填写企业名称，和营业执照上一样。"))

    def validate_uscc(self, field: Field) -> None:
        field.data = normal_uscc(field.data)
        if not is_uscc(field.data):
            said = gettext(
                "统一社会信用代码有 18 位，最后一位是校验码，现在对不上。请对照营业执照逐位核对。"
            )
            raise ValidationError(said)

    def details(
        self, position: Position | None, employer: Employer | None = None
    ) -> EmployerDetails:
        """Only after it validated."""
        phone = employer.contact_phone if employer else None
        return EmployerDetails(
            name=self.name.data,
            uscc=or_none(self.uscc.data),
            is_agency=self.is_agency.data,
            division_code=self.division.data,
            address=or_none(self.address.data),
            position_id=position.id if position else None,
            contact=or_none(self.contact.data),
            contact_phone=self.contact_phone.data or phone,
        )
