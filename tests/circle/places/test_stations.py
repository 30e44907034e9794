from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.places.operations import (
    Loaded,
    StationDetails,
    add_station,
    amend_station,
    close_station,
    reopen_station,
)
from circle.places.positions import Point
from circle.places.stations import load_stations
from circle.refusals import StationNameTaken, StationsUnreadable
from models.places import Station
from models.vocabulary.places import StationKind
from tests.factories import COMMUNITY, STREET, load_places

ROWS = [
    {"name": "葛巷就业服务站", "division": COMMUNITY, "latitude": "30.28", "longitude": "120.01"},
    {"name": "仓前零工驿站", "kind": "零工驿站", "division": STREET, "system": "gcj02"},
]
HERE = Point(30.28, 120.01)


@pytest.fixture(autouse=True)
def places(session: Session) -> None:
    load_places(session)


def test_a_file_loads_once_and_amends_what_changed(session: Session) -> None:
    assert load_stations(session, ROWS) == Loaded(2, 0, 0)
    assert load_stations(session, ROWS) == Loaded(0, 0, 2)
    assert load_stations(session, [{**ROWS[0], "hours": "9:00–17:00"}]) == Loaded(0, 1, 0)
    kinds = session.scalars(select(Station.kind).order_by(Station.id)).all()
    assert kinds == [StationKind.STATION, StationKind.GIG_POINT]


def test_every_fault_of_every_line_is_told_and_nothing_is_loaded(session: Session) -> None:
    faulty: list[dict[str, str]] = [
        *ROWS,
        {"name": "", "division": "330110", "latitude": "120.01", "longitude": "30.28"},
        {**ROWS[0], "latitude": ""},
        {"name": "甲" * 61, "division": STREET, "kind": "食堂", "latitude": "x", "longitude": "1"},
    ]
    with pytest.raises(StationsUnreadable) as refusal:
        load_stations(session, faulty)
    lines = [fault.partition("：")[0] for fault in refusal.value.faults]
    assert lines == ["4", "4", "4", "5", "5", "6", "6", "6"]
    assert session.scalars(select(Station)).all() == []


def test_a_division_has_no_two_of_one_name(session: Session) -> None:
    details = StationDetails(StationKind.STATION, "葛巷站", COMMUNITY)
    first = add_station(session, details, HERE)
    with pytest.raises(StationNameTaken):
        add_station(session, details, None)
    other = add_station(session, StationDetails(StationKind.STATION, "二站", COMMUNITY), HERE)
    assert other.position_id == first.position_id
    with pytest.raises(StationNameTaken):
        amend_station(session, other, details, HERE)
    amend_station(session, first, details, None)
    assert first.position_id is None


def test_a_closed_station_stays_closed_since_its_day(session: Session) -> None:
    station = add_station(session, StationDetails(StationKind.STATION, "站", COMMUNITY), None)
    close_station(session, station, on=date(2026, 11, 20))
    close_station(session, station, on=date(2026, 11, 21))
    assert station.closed_on == date(2026, 11, 20)
    reopen_station(session, station)
    assert station.closed_on is None
