import math

import prcoords
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from circle.places.operations import position_at
from circle.places.positions import Point, point_from, point_of
from circle.places.walking import straight_metres
from circle.refusals import PositionUnfit
from models.places import Position
from models.vocabulary.places import CoordinateSystem, PositionFault

WGS84, GCJ02, BD09 = CoordinateSystem


def test_maps_of_the_country_are_some_hundred_metres_off() -> None:
    # The eastern gate of a park in Hangzhou, as three maps give it.
    assert point_of(30.2741, 120.1551, WGS84) == Point(30.2741, 120.1551)
    shifted = point_of(30.2741, 120.1551, GCJ02)
    assert straight_metres(30.2741, 120.1551, shifted.latitude, shifted.longitude) == pytest.approx(
        520, abs=100
    )
    twice = point_of(30.2741, 120.1551, BD09)
    assert straight_metres(30.2741, 120.1551, twice.latitude, twice.longitude) > 1000


@given(
    st.floats(20, 45),
    st.floats(80, 120),
)
def test_turning_back_what_a_map_shifts_gives_the_point(latitude: float, longitude: float) -> None:
    for system, shift in ((GCJ02, prcoords.wgs_gcj), (BD09, prcoords.wgs_bd)):
        shifted = shift((latitude, longitude))
        point = point_of(shifted.lat, shifted.lon, system)
        assert straight_metres(latitude, longitude, point.latitude, point.longitude) < 1.5


@pytest.mark.parametrize(
    ("latitude", "longitude", "fault"),
    [
        (30.28, None, PositionFault.HALF),
        (None, 120.01, PositionFault.HALF),
        (120.01, 30.28, PositionFault.SWAPPED),
        (95.0, 200.0, PositionFault.OUT_OF_RANGE),
        (math.nan, 120.0, PositionFault.OUT_OF_RANGE),
    ],
)
def test_what_is_no_position_is_refused_with_the_reason(
    latitude: float | None, longitude: float | None, fault: PositionFault
) -> None:
    with pytest.raises(PositionUnfit) as refusal:
        point_from(latitude, longitude, WGS84)
    assert refusal.value.fault is fault


def test_nothing_typed_is_no_position() -> None:
    assert point_from(None, None, WGS84) is None


def test_abroad_nothing_is_shifted_and_somebody_should_look_again() -> None:
    helsinki = point_of(60.17, 24.94, GCJ02)
    assert (helsinki, helsinki.is_abroad) == (Point(60.17, 24.94), True)
    assert not point_of(30.28, 120.01, WGS84).is_abroad


def test_who_stands_at_one_point_shares_the_position(session: Session) -> None:
    first = position_at(session, 30.2800001, 120.01, WGS84)
    again = position_at(session, 30.28, 120.0100004, WGS84)
    assert (first.id, first.latitude, first.is_walked) == (again.id, 30.28, False)
    assert session.scalar(select(func.count()).select_from(Position)) == 1
