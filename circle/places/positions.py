"""A position as it is copied from a map: checked, and turned into WGS-84."""

from dataclasses import dataclass

import prcoords

from circle.refusals import PositionUnfit
from models.vocabulary.places import CoordinateSystem, PositionFault

# A tenth of a metre; nobody points at a map more exactly.
PLACES_KEPT = 6
GREATEST_LATITUDE, GREATEST_LONGITUDE = 90.0, 180.0
# Roughly what China lies in; what is shifted there is not shifted elsewhere.
SOUTH, NORTH = 1.0, 55.8
WEST, EAST = 72.1, 137.8
TO_WGS84 = {
    CoordinateSystem.GCJ02: prcoords.gcj_wgs_bored,
    CoordinateSystem.BD09: prcoords.bd_wgs_bored,
}


@dataclass(frozen=True)
class Point:
    """Degrees, WGS-84, to six places."""

    latitude: float
    longitude: float

    @property
    def is_abroad(self) -> bool:
        """Not in China: allowed, as at a border, but whoever typed it should look again."""
        return not _is_in_china(self.latitude, self.longitude)


def point_from(
    latitude: float | None, longitude: float | None, system: CoordinateSystem
) -> Point | None:
    """What was typed, in WGS-84; None where nothing was. Raises PositionUnfit."""
    if latitude is None and longitude is None:
        return None
    if latitude is None or longitude is None:
        raise PositionUnfit(PositionFault.HALF)
    return point_of(latitude, longitude, system)


def point_of(latitude: float, longitude: float, system: CoordinateSystem) -> Point:
    """Raises PositionUnfit for latitude and longitude in each other's place, or out of range."""
    if not _is_in_china(latitude, longitude) and _is_in_china(longitude, latitude):
        raise PositionUnfit(PositionFault.SWAPPED)
    # Written so that a NaN, which is less than nothing, is refused as well.
    if not (abs(latitude) <= GREATEST_LATITUDE and abs(longitude) <= GREATEST_LONGITUDE):
        raise PositionUnfit(PositionFault.OUT_OF_RANGE)
    if system in TO_WGS84 and _is_in_china(latitude, longitude):
        latitude, longitude = TO_WGS84[system]((latitude, longitude))
    return Point(round(latitude, PLACES_KEPT), round(longitude, PLACES_KEPT))


def _is_in_china(latitude: float, longitude: float) -> bool:
    return SOUTH <= latitude <= NORTH and WEST <= longitude <= EAST
