"""Streets as arrays to walk on, and the ways along them. For jobs and commands: it needs scipy."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from circle.places.origins import Measures
from circle.places.reach import PLACES_DRAWN, Line, chained
from circle.places.walking import EARTH_METRES

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

# Whoever is further from any street is given the straight line.
SNAP_METRES = 300.0
NOWHERE = -1
# A row of the distances to all nodes for each place that is walked from at once.
DISTANCES_BYTES = 64_000_000
# Degrees are kept as whole numbers of these: a centimetre.
DEGREE = 10_000_000


@dataclass(frozen=True)
class Spots:
    """Many points; degrees, WGS-84."""

    latitudes: Floats
    longitudes: Floats

    def __len__(self) -> int:
        return len(self.latitudes)

    @cached_property
    def on_globe(self) -> Floats:
        """Metres from the earth's middle. Over some kilometres the chord is as long as the arc."""
        latitudes, longitudes = np.radians(self.latitudes), np.radians(self.longitudes)
        around = np.cos(latitudes)
        axes = (around * np.cos(longitudes), around * np.sin(longitudes), np.sin(latitudes))
        return EARTH_METRES * np.stack(axes, axis=1)

    @cached_property
    def tree(self) -> cKDTree:
        return cKDTree(self.on_globe)


@dataclass(frozen=True)
class Network:
    """Nodes and the streets between neighbours, each once, walked both ways; lengths in metres."""

    nodes: Spots
    starts: Numbers
    ends: Numbers
    metres: Floats

    @cached_property
    def matrix(self) -> csr_array:
        both = np.concatenate([self.starts, self.ends])
        other = np.concatenate([self.ends, self.starts])
        lengths = np.concatenate([self.metres, self.metres])
        return csr_array((lengths, (both, other)), shape=(len(self.nodes),) * 2)

    def snap(self, spots: Spots) -> tuple[Numbers, Floats]:
        """The nearest node of each spot and how far it is; NOWHERE where none is near."""
        metres, nodes = self.nodes.tree.query(spots.on_globe, distance_upper_bound=SNAP_METRES)
        return np.where(np.isfinite(metres), nodes, NOWHERE), metres

    def distances(self, nodes: Numbers, most: float) -> Floats:
        """From each of these nodes a row to every node; infinite beyond `most` metres."""
        found: Floats = dijkstra(self.matrix, indices=nodes, limit=most)
        return found

    def pack(self) -> bytes:
        """As `unpack` reads it back."""
        buffer = BytesIO()
        np.savez_compressed(
            buffer,
            latitudes=_whole(self.nodes.latitudes),
            longitudes=_whole(self.nodes.longitudes),
            starts=self.starts.astype(np.int32),
            ends=self.ends.astype(np.int32),
            metres=self.metres.astype(np.float32),
        )
        return buffer.getvalue()


def unpack(stored: bytes) -> Network:
    with np.load(BytesIO(stored), allow_pickle=False) as arrays:
        return Network(
            nodes=Spots(arrays["latitudes"] / DEGREE, arrays["longitudes"] / DEGREE),
            starts=arrays["starts"].astype(np.int64),
            ends=arrays["ends"].astype(np.int64),
            metres=arrays["metres"].astype(np.float64),
        )


def _whole(degrees: Floats) -> npt.NDArray[np.int32]:
    return np.round(degrees * DEGREE).astype(np.int32)


@dataclass(frozen=True)
class Ways:
    """From one place: which of the targets, how far, and whether along streets.

    `streets` are those in reach; None where no street is near the place, or none are asked for.
    """

    targets: Numbers
    metres: Numbers
    by_street: npt.NDArray[np.bool_]
    streets: list[Line] | None


def ways_between(
    network: Network | None, places: Spots, targets: Spots, measures: Measures
) -> Iterator[Ways]:
    """The ways from each place to every target that is not too far, in the order of the places.

    Along streets where both are near one, else the straight line times the detour. Memory is
    bounded whatever the number of places.
    """
    ends = _Ends.of(network, targets)
    nodes, to_street = _snapped(network, places)
    at_once = _at_once(network)
    for first in range(0, len(places), at_once):
        some = np.arange(first, min(first + at_once, len(places)))
        rows = _rows(network, nodes[some], measures)
        for place in some:
            row = rows.get(int(nodes[place]))
            along = None if row is None else row + to_street[place]
            yield _ways(network, places.on_globe[place], along, targets, ends, measures)


@dataclass(frozen=True)
class _Ends:
    """Where the targets meet the streets."""

    nodes: Numbers
    metres: Floats

    @classmethod
    def of(cls, network: Network | None, targets: Spots) -> "_Ends":
        return cls(*_snapped(network, targets))


def _snapped(network: Network | None, spots: Spots) -> tuple[Numbers, Floats]:
    if network is None or not len(spots):
        return np.full(len(spots), NOWHERE), np.full(len(spots), np.inf)
    return network.snap(spots)


def _at_once(network: Network | None) -> int:
    return max(1, DISTANCES_BYTES // (8 * len(network.nodes))) if network else 1000


def _rows(network: Network | None, nodes: Numbers, measures: Measures) -> dict[int, Floats]:
    starts = np.unique(nodes[nodes != NOWHERE])
    if network is None or not len(starts):
        return {}
    return dict(zip(starts.tolist(), network.distances(starts, measures.most), strict=True))


def _ways(
    network: Network | None,
    place: Floats,
    along: Floats | None,
    targets: Spots,
    ends: _Ends,
    measures: Measures,
) -> Ways:
    """`along`: metres from the place to every node of the network."""
    near = _near(place, targets, measures.most)
    straight = np.linalg.norm(targets.on_globe[near] - place, axis=1)
    metres = straight * measures.detour
    by_street = np.zeros(len(near), dtype=np.bool_)
    if along is not None:
        by_street = ends.nodes[near] != NOWHERE
        walked = along[ends.nodes[near]] + ends.metres[near]
        metres = np.where(by_street, np.maximum(walked, straight), metres)
    kept = metres <= measures.most
    whole = np.ceil(metres[kept]).astype(np.int64)
    streets = None
    if network is not None and along is not None and measures.reach:
        streets = _in_reach(network, along, measures.reach)
    return Ways(near[kept], whole, by_street[kept], streets)


def _near(place: Floats, targets: Spots, most: float) -> Numbers:
    if not len(targets):
        return np.empty(0, dtype=np.int64)
    return np.asarray(targets.tree.query_ball_point(place, most), dtype=np.int64)


def _in_reach(network: Network, along: Floats, reach: int) -> list[Line]:
    """The streets within `reach` metres, the last of each cut where that ends."""
    begun, ended = along[network.starts], along[network.ends]
    reached = np.flatnonzero(np.minimum(begun, ended) <= reach)
    begun, ended = begun[reached], ended[reached]
    # Walked from the nearer end.
    turned = ended < begun
    heads = np.where(turned, network.ends[reached], network.starts[reached])
    tails = np.where(turned, network.starts[reached], network.ends[reached])
    share = (reach - np.minimum(begun, ended)) / network.metres[reached]
    whole = np.maximum(begun, ended) <= reach
    share = np.where(whole, 1.0, np.minimum(share, 1.0))[:, None]
    points = np.stack([network.nodes.latitudes, network.nodes.longitudes], axis=1)
    stops = points[heads] + (points[tails] - points[heads]) * share
    return chained(zip(_drawn(points[heads]), _drawn(stops), strict=True))


def _drawn(points: Floats) -> Iterator[tuple[float, float]]:
    latitudes, longitudes = np.round(points, PLACES_DRAWN).T.tolist()
    return zip(latitudes, longitudes, strict=True)
