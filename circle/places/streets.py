"""Streets out of an OpenStreetMap extract (.osm.pbf).

Issued by the OpenStreetMap contributors (ODbL); extracts of a city or a district come daily from
many servers. What identifies a street is its way, what joins streets is a node they share. Only
what can be walked is taken: see WALKABLE and `is_walkable`.
"""

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import osmium
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from sqlalchemy import delete
from sqlalchemy.orm import Session

from circle.places.network import Floats, Network, Numbers, Spots
from circle.refusals import StreetsUnreadable
from models.places import StreetLoad

# The values of `highway` that can be walked unless something is said against it.
WALKABLE = frozenset(
    {
        "primary",
        "primary_link",
        "secondary",
        "secondary_link",
        "tertiary",
        "tertiary_link",
        "unclassified",
        "residential",
        "living_street",
        "service",
        "pedestrian",
        "track",
        "footway",
        "path",
        "steps",
        "cycleway",
        "road",
        "corridor",
    }
)
# Only where walkers are said to be allowed.
BY_LEAVE = frozenset(["motorway", "motorway_link", "trunk", "trunk_link", "bridleway", "busway"])
ALLOWED = frozenset({"yes", "designated", "permissive", "destination", "official"})
PAVEMENT = frozenset({"yes", "both", "left", "right", "separate"})
FORBIDDEN = frozenset({"no", "private", "use_sidepath"})
# A long straight street gets nodes on its way, so that whoever lives along it is near one.
LONGEST_METRES = 50.0
# A yard of its own without a way out: whoever was put there would get nowhere.
LEAST_METRES = 1000.0
FILE_NAME_LENGTH = 200
SHORTEST_METRES = 0.01  # two nodes on one spot; a length of nothing would be no street


def is_walkable(tags: Mapping[str, str]) -> bool:
    """Whether a way is a street for people on foot; a square drawn as an area is none."""
    highway, foot = tags.get("highway"), tags.get("foot")
    if foot in FORBIDDEN or tags.get("area") == "yes":
        return False
    if tags.get("access") in {"no", "private"} and foot not in ALLOWED:
        return False
    if highway in BY_LEAVE:
        return foot in ALLOWED or tags.get("sidewalk") in PAVEMENT
    return highway in WALKABLE


def keep_streets(session: Session, network: Network, file_name: str) -> StreetLoad:
    """These streets in place of those loaded before."""
    nodes = network.nodes
    load = StreetLoad(
        file_name=file_name[-FILE_NAME_LENGTH:],
        nodes=len(nodes),
        edges=len(network.starts),
        south=float(nodes.latitudes.min()),
        west=float(nodes.longitudes.min()),
        north=float(nodes.latitudes.max()),
        east=float(nodes.longitudes.max()),
        network=network.pack(),
    )
    session.add(load)
    session.flush()
    session.execute(delete(StreetLoad).where(StreetLoad.id != load.id))
    return load


def read_streets(file: Path) -> Network:
    """Raises StreetsUnreadable for what is no extract, or has nowhere to walk."""
    try:
        strokes = _strokes(file)
    except (RuntimeError, OSError) as error:
        raise StreetsUnreadable from error
    if not strokes.ids:
        raise StreetsUnreadable
    network = _connected(_subdivided(_joined(strokes)))
    if not len(network.starts):
        raise StreetsUnreadable
    return network


@dataclass
class _Strokes:
    """Nodes of all ways one behind the other; `goes_on` is 0 at a way's last."""

    ids: "array[int]" = field(default_factory=lambda: array("q"))
    latitudes: "array[float]" = field(default_factory=lambda: array("d"))
    longitudes: "array[float]" = field(default_factory=lambda: array("d"))
    goes_on: "array[int]" = field(default_factory=lambda: array("b"))

    def add(self, number: int, latitude: float, longitude: float) -> None:
        self.ids.append(number)
        self.latitudes.append(latitude)
        self.longitudes.append(longitude)
        self.goes_on.append(1)

    def lift(self) -> None:
        if self.goes_on:
            self.goes_on[-1] = 0


def _strokes(file: Path) -> _Strokes:
    strokes = _Strokes()
    for way in _ways(file):
        for node in way.nodes:
            if node.location.valid():
                strokes.add(node.ref, node.location.lat, node.location.lon)
            else:
                # An extract is cut at its edge: what lies outside has no position.
                strokes.lift()
        strokes.lift()
    return strokes


def _ways(file: Path) -> Iterator[osmium.osm.Way]:
    kinds = osmium.osm.NODE | osmium.osm.WAY
    ways = osmium.FileProcessor(str(file), kinds).with_locations()
    ways = ways.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
    for way in ways.with_filter(osmium.filter.KeyFilter("highway")):
        if isinstance(way, osmium.osm.Way) and is_walkable(dict(way.tags)):
            yield way


def _joined(strokes: _Strokes) -> Network:
    """Each node once, each street between two neighbours once."""
    ids = np.frombuffer(strokes.ids, dtype=np.int64)
    _, first, numbers = np.unique(ids, return_index=True, return_inverse=True)
    nodes = Spots(
        np.frombuffer(strokes.latitudes, dtype=np.float64)[first],
        np.frombuffer(strokes.longitudes, dtype=np.float64)[first],
    )
    goes_on = np.frombuffer(strokes.goes_on, dtype=np.int8).astype(np.bool_)[:-1]
    pairs = np.sort(np.stack([numbers[:-1][goes_on], numbers[1:][goes_on]], axis=1), axis=1)
    pairs = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)
    return _measured(nodes, pairs[:, 0], pairs[:, 1])


def _measured(nodes: Spots, starts: Numbers, ends: Numbers) -> Network:
    lengths = np.linalg.norm(nodes.on_globe[starts] - nodes.on_globe[ends], axis=1)
    return Network(nodes, starts, ends, np.maximum(lengths, SHORTEST_METRES))


def _subdivided(network: Network) -> Network:
    """Long streets cut into equal pieces."""
    parts = np.ceil(network.metres / LONGEST_METRES).astype(np.int64)
    street = np.repeat(np.arange(len(parts)), parts)
    step = np.arange(len(street)) - np.repeat(np.cumsum(parts) - parts, parts)
    is_last = step == parts[street] - 1
    # The node at the end of each piece but the last is new.
    added = np.cumsum(~is_last) - 1 + len(network.nodes)
    ends = np.where(is_last, network.ends[street], added)
    starts = np.where(step == 0, network.starts[street], np.roll(ends, 1))
    share = ((step + 1) / parts[street])[~is_last]
    nodes = Spots(
        *(
            np.concatenate([axis, _between(axis, network, street[~is_last], share)])
            for axis in (network.nodes.latitudes, network.nodes.longitudes)
        )
    )
    return Network(nodes, starts, ends, network.metres[street] / parts[street])


def _between(axis: Floats, network: Network, street: Numbers, share: Floats) -> Floats:
    start, end = axis[network.starts[street]], axis[network.ends[street]]
    return start + (end - start) * share


def _connected(network: Network) -> Network:
    """Without the parts that are too small to lead anywhere."""
    links = csr_array(
        (np.ones(len(network.starts)), (network.starts, network.ends)),
        shape=(len(network.nodes),) * 2,
    )
    _, part = connected_components(links, directed=False)
    parts = part.max(initial=0) + 1
    lengths = np.bincount(part[network.starts], weights=network.metres, minlength=parts)
    stays = lengths[part] >= LEAST_METRES
    renumbered = np.cumsum(stays) - 1
    streets = stays[network.starts]
    return Network(
        Spots(network.nodes.latitudes[stays], network.nodes.longitudes[stays]),
        renumbered[network.starts[streets]],
        renumbered[network.ends[streets]],
        network.metres[streets],
    )
