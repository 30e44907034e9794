"""Stations and streets, loaded with the commands an office uses."""

from pathlib import Path

import pytest

from tests.acceptance.town import GEXIANG, STREET, Town
from tests.circle.places.streets_of import extract

HEAD = "name,kind,division,address,latitude,longitude,system,hours,phone"
STATIONS = f"""{HEAD}
葛巷就业服务站,就业服务站,{GEXIANG},葛巷路1号,30.2741,120.1551,gcj02,9:00–17:00,0571-88880000
仓前零工驿站,gig_point,{STREET},,,,,,
"""


def test_stations_are_loaded_once_and_amended(any_town: Town) -> None:
    town = any_town
    assert "新增 2 个" in town.does("stations", "load", town.file(STATIONS.encode("gb18030")))
    again = STATIONS.replace("葛巷路1号", "葛巷路2号").encode("utf-8-sig")
    assert "新增 0 个，更新 1 个" in town.does("stations", "load", town.file(again))
    ((latitude,),) = town.all("SELECT latitude FROM position")
    assert 30.27 < latitude < 30.28
    assert latitude != 30.2741


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (f"站,,{GEXIANG},,120.0,30.2,,,", "写反了"),
        (f"站,,{GEXIANG},,30.2,,,,", "一起填写"),
        ("站,,330110999,,,,,,", "330110999"),
        (f"站,,{GEXIANG},,30.2,120.0,火星,,", "火星"),
    ],
)
def test_a_faulty_line_of_stations_loads_nothing(town: Town, line: str, complaint: str) -> None:
    before = town.dump()
    answer = town.circle("stations", "load", town.file(f"{STATIONS}{line}\n".encode()))
    assert answer.code == 1, answer
    assert "4：" in answer.err
    assert complaint in answer.err
    assert town.dump() == before


def test_streets_are_loaded_in_place_of_those_before(any_town: Town, tmp_path: Path) -> None:
    town = any_town
    ways = [({"highway": "residential"}, [(0.0, 0.0), (2000.0, 0.0)])]
    file = extract(tmp_path / "town.osm.pbf", ways)
    for _ in range(2):
        assert "40 段路" in town.does("streets", "load", file)
    assert town.all("SELECT file_name FROM street_load") == [("town.osm.pbf",)]


def test_a_file_without_streets_is_refused(town: Town) -> None:
    answer = town.circle("streets", "load", town.file(b"none", "none.osm.pbf"))
    assert answer.code == 1, answer
    assert "OpenStreetMap" in answer.err
