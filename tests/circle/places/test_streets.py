from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.places.network import Spots, Ways, unpack, ways_between
from circle.places.origins import Measures
from circle.places.streets import LEAST_METRES, is_walkable, keep_streets, read_streets
from circle.refusals import StreetsUnreadable
from models.places import StreetLoad
from tests.circle.places.streets_of import extract, spot

STREET = {"highway": "residential"}
MEASURES = Measures(most=4800, reach=1200, detour=1.3)
# A road north, and one that leads round a lake to the point east of where it begins.
TOWN = [
    (STREET, [(0.0, 0.0), (1000.0, 0.0), (1000.0, 1000.0), (0.0, 1000.0)]),
    ({"highway": "motorway"}, [(0.0, 0.0), (0.0, 1000.0)]),
]


def between(file: Path, place: tuple[float, float], *targets: tuple[float, float]) -> Ways:
    network = read_streets(file)
    places, ends = (
        Spots(*(np.array(axis) for axis in zip(*(spot(*each) for each in points), strict=True)))
        for points in ([place], targets)
    )
    return next(ways_between(network, places, ends, MEASURES))


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"highway": "residential"}, True),
        ({"highway": "steps"}, True),
        ({"highway": "trunk"}, False),
        ({"highway": "trunk", "sidewalk": "both"}, True),
        ({"highway": "motorway", "foot": "yes"}, True),
        ({"highway": "service", "access": "private"}, False),
        ({"highway": "service", "access": "private", "foot": "permissive"}, True),
        ({"highway": "footway", "foot": "no"}, False),
        ({"highway": "pedestrian", "area": "yes"}, False),
        ({"highway": "proposed"}, False),
        ({}, False),
    ],
)
def test_a_street_is_where_people_may_walk(tags: dict[str, str], expected: bool) -> None:
    assert is_walkable(tags) is expected


def test_the_way_follows_the_streets_round_the_lake(tmp_path: Path) -> None:
    ways = between(extract(tmp_path / "a.osm.pbf", TOWN), (0.0, 0.0), (0.0, 1000.0))
    assert ways.by_street.tolist() == [True]
    assert ways.metres[0] == pytest.approx(3000, abs=10)


def test_who_lives_along_a_long_street_is_on_it(tmp_path: Path) -> None:
    """The street has no node for a kilometre; pieces of it do."""
    ways = between(extract(tmp_path / "a.osm.pbf", TOWN), (550.0, 30.0), (450.0, 0.0))
    assert ways.by_street.tolist() == [True]
    assert ways.metres[0] == pytest.approx(130, abs=50)


def test_away_from_streets_the_straight_line_counts_with_its_detour(tmp_path: Path) -> None:
    """301 m from the nearest street; the neighbour beside the street is no nearer for it."""
    ways = between(
        extract(tmp_path / "a.osm.pbf", TOWN), (0.0, -350.0), (100.0, 0.0), (0.0, 5000.0)
    )
    assert (ways.targets.tolist(), ways.by_street.tolist()) == ([0], [False])
    assert ways.metres[0] == pytest.approx(1.3 * np.hypot(100, 350), abs=5)
    assert ways.streets is None


def test_what_streets_make_too_far_is_left_out(tmp_path: Path) -> None:
    ways = [(STREET, [(0.0, 0.0), (2500.0, 0.0), (2500.0, 400.0), (0.0, 400.0)])]
    found = between(extract(tmp_path / "a.osm.pbf", ways), (0.0, 0.0), (0.0, 400.0), (100.0, 0.0))
    assert found.targets.tolist() == [1]


def test_the_streets_in_reach_end_where_the_minutes_do(tmp_path: Path) -> None:
    ways = between(extract(tmp_path / "a.osm.pbf", TOWN), (0.0, 0.0), (0.0, 0.0))
    assert ways.streets is not None
    north = max(latitude for line in ways.streets for latitude, _ in line)
    east = max(longitude for line in ways.streets for _, longitude in line)
    assert north == pytest.approx(spot(1000, 0)[0], abs=1e-4)
    assert east == pytest.approx(spot(0, 200)[1], abs=1e-4)
    assert len(ways.streets) == 1


def test_a_yard_that_leads_nowhere_is_no_street(tmp_path: Path) -> None:
    yard = [(5000.0, 0.0), (5000.0, LEAST_METRES - 10)]
    network = read_streets(extract(tmp_path / "a.osm.pbf", [*TOWN, (STREET, yard)]))
    assert network.nodes.latitudes.max() == pytest.approx(spot(1000, 0)[0], abs=1e-5)


def test_a_network_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    network = read_streets(extract(tmp_path / "a.osm.pbf", TOWN))
    kept = unpack(network.pack())
    assert kept.starts.tolist() == network.starts.tolist()
    assert np.allclose(kept.nodes.latitudes, network.nodes.latitudes, atol=1e-6)
    assert kept.metres.max() <= 50.1


@pytest.mark.parametrize("ways", [[], [({"highway": "motorway"}, [(0.0, 0.0), (5000.0, 0.0)])]])
def test_an_extract_without_a_street_is_refused(
    tmp_path: Path, ways: list[tuple[dict[str, str], list[tuple[float, float]]]]
) -> None:
    with pytest.raises(StreetsUnreadable):
        read_streets(extract(tmp_path / "a.osm.pbf", ways))


def test_what_is_no_extract_is_refused(tmp_path: Path) -> None:
    for name in ("streets.osm.pbf", "streets.txt"):
        (tmp_path / name).write_bytes(b"not a street in it")
        with pytest.raises(StreetsUnreadable):
            read_streets(tmp_path / name)


def test_the_newest_streets_take_the_place_of_the_others(session: Session, tmp_path: Path) -> None:
    network = read_streets(extract(tmp_path / "town.osm.pbf", TOWN))
    keep_streets(session, network, "town.osm.pbf")
    newest = keep_streets(session, network, "town.osm.pbf")
    assert session.scalars(select(StreetLoad.id)).all() == [newest.id]
    assert (newest.file_name, newest.edges) == ("town.osm.pbf", 60)
    assert unpack(newest.network).starts.size == newest.edges
