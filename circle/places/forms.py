from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import FloatField, Form, IntegerField, SelectField, StringField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from circle.access.choices import choices_of
from circle.access.scope import GREATEST_KEY
from circle.places.operations import StationDetails
from circle.places.positions import Point, point_from
from circle.places.queries import STATION, Choices
from circle.refusals import PositionUnfit
from models.places import Station
from models.vocabulary.places import CODE_LENGTHS, CoordinateSystem, StationKind


class DegreesField(FloatField):  # type: ignore[misc] # WTForms has no types
    def process_formdata(self, valuelist: list[str]) -> None:
        """A comma from the map's own writing is no part of the number."""
        said = [value.strip().strip(",，°") for value in valuelist[:1]]
        if not said or not said[0]:
            self.data = None
            return
        try:
            self.data = float(said[0])
        except ValueError:
            self.data = None
            raise ValueError(gettext("请填写小数，例如 30.2741。")) from None


class PositionForm(FlaskForm):  # type: ignore[misc] # Flask-WTF has no types
    system = SelectField(
        _l("坐标来自"),
        [InputRequired()],
        choices=choices_of(CoordinateSystem),
        default=CoordinateSystem.GCJ02.value,
    )
    longitude = DegreesField(_l("经度"))
    latitude = DegreesField(_l("纬度"))

    def validate_latitude(self, _field: DegreesField) -> None:
        """Both numbers together; where one of them could not be read, that is said instead."""
        if self.longitude.errors or self.latitude.errors:
            return
        try:
            self._point()
        except PositionUnfit as refusal:
            raise ValidationError(refusal.sentence()) from None

    def point(self) -> Point | None:
        """In WGS-84; only after the form validated."""
        return self._point()

    def _point(self) -> Point | None:
        system = CoordinateSystem(self.system.data)
        return point_from(self.latitude.data, self.longitude.data, system)


class StationForm(PositionForm):
    name = StringField(_l("名称"), [DataRequired(_l("请填写站点名称。")), Length(max=60)])
    kind = SelectField(_l("类型"), [InputRequired()], choices=choices_of(StationKind))
    division = SelectField(_l("所在社区或街道"), [InputRequired()])
    address = StringField(_l("地址"), [Optional(), Length(max=200)])
    hours = StringField(_l("开放时间"), [Optional(), Length(max=100)])
    phone = StringField(_l("站点电话"), [Optional(), Length(max=40)])

    def offer(self, choices: Choices) -> None:
        self.division.choices = choices

    def details(self) -> StationDetails:
        return StationDetails(
            kind=StationKind(self.kind.data),
            name=self.name.data.strip(),
            division_code=self.division.data,
            address=_text(self.address.data),
            hours=_text(self.hours.data),
            phone=_text(self.phone.data),
        )


class MapFilter(Form):  # type: ignore[misc] # WTForms has no types
    """Where the map sets out from: a community's code, or a station's number."""

    start = StringField(name="from", validators=[Optional(), Length(max=40)])

    @property
    def community(self) -> str | None:
        said = self.start.data or ""
        return said if said.isdecimal() and len(said) in CODE_LENGTHS else None

    @property
    def station(self) -> int | None:
        number = (self.start.data or "").removeprefix(STATION)
        is_station = number.isdecimal() and number != self.start.data
        return int(number) if is_station and int(number) <= GREATEST_KEY else None


class PlaceFilter(Form):  # type: ignore[misc] # as above
    """Which division a list or a figure is of; read from the address."""

    division = StringField(validators=[Optional(), Length(max=15)])
    after = IntegerField(validators=[Optional(), NumberRange(0, GREATEST_KEY)])

    @property
    def wanted_after(self) -> int:
        return 0 if self.after.errors or self.after.data is None else int(self.after.data)


def answers_of(station: Station) -> dict[str, Any]:
    """A station as the form that amends it shows it; its position is kept in WGS-84."""
    position = station.position
    return {
        "name": station.name,
        "kind": station.kind.value,
        "division": station.division_code,
        "address": station.address,
        "hours": station.hours,
        "phone": station.phone,
        **answers_of_point(
            position.latitude if position else None, position.longitude if position else None
        ),
    }


def answers_of_point(latitude: float | None, longitude: float | None) -> dict[str, Any]:
    """Where one is kept, its own system; for a new one that of the maps people have."""
    if latitude is None:
        return {}
    return {
        "latitude": latitude,
        "longitude": longitude,
        "system": CoordinateSystem.WGS84.value,
    }


def _text(said: str | None) -> str | None:
    return (said or "").strip() or None
