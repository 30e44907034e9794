"""A made-up town's streets as an OpenStreetMap extract."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import osmium
from osmium.osm.mutable import Node, Way

# A metre in degrees of latitude, and of longitude at the town's latitude of 30.
NORTH = 1 / 111_194.9
EAST = NORTH / 0.866
SOUTH_WEST = (30.0, 120.0)

Metres = tuple[float, float]  # north and east of the town's south-western corner


def spot(north: float, east: float) -> tuple[float, float]:
    """Latitude and longitude of what lies so many metres from the corner."""
    return SOUTH_WEST[0] + north * NORTH, SOUTH_WEST[1] + east * EAST


def extract(file: Path, ways: Sequence[tuple[Mapping[str, str], Sequence[Metres]]]) -> Path:
    """Writes an .osm.pbf; ways share a node where they name the same point."""
    numbers: dict[Metres, int] = {}
    for _, points in ways:
        for point in points:
            numbers.setdefault(point, len(numbers) + 1)
    with osmium.SimpleWriter(str(file)) as writer:
        for point, number in numbers.items():
            latitude, longitude = spot(*point)
            writer.add_node(Node(id=number, location=(longitude, latitude)))
        for number, (tags, points) in enumerate(ways, start=1):
            writer.add_way(
                Way(id=number, nodes=[numbers[point] for point in points], tags=dict(tags))
            )
    return file
