"""The job that reckons ways on foot beforehand: from every community to every position near it.

A community is gone through again when its middle, the streets or the parameters have changed, a
position once when it is new; where nothing has changed, nothing is written. What each was reckoned
by is kept beside it (`WalkOrigin`, `Position.is_walked`): whatever cut the job off, the next run
goes on with what is left.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np
from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from circle.office import Office
from circle.places.network import Network, Spots, Ways, unpack, ways_between
from circle.places.origins import (
    Basis,
    Measures,
    all_positions,
    basis_on,
    forget,
    fresh_communities,
    stale_communities,
    stale_stations,
)
from circle.places.reach import packed
from models.places import Position, StreetLoad, Walk, WalkOrigin
from models.sql import insert_into

# Rows written, or positions marked, before others may write again.
SLICE = 5000
Row = dict[str, Any]


@dataclass(frozen=True)
class Places:
    """Places of one kind with the keys they are known by, in the same order."""

    keys: Sequence[Any]
    latitudes: Sequence[float]
    longitudes: Sequence[float]

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def spots(self) -> Spots:
        return Spots(np.array(self.latitudes, dtype=float), np.array(self.longitudes, dtype=float))

    @classmethod
    def read(cls, session: Session, query: Select[*tuple[Any, ...]]) -> "Places":
        """`query` selects key, latitude, longitude."""
        return cls.of(session.execute(query).all())

    @classmethod
    def of(cls, rows: Sequence[Any]) -> "Places":
        return cls(*zip(*(row[:3] for row in rows), strict=True)) if rows else NOBODY


NOBODY = Places((), (), ())


def reckon_walks(office: Office) -> dict[str, int]:
    """Bring the ways up to date; how many communities, positions and stations, how many rows."""
    with office.session() as session:
        rows = forget(session)
    with office.session(immediate=False) as session:
        basis = basis_on(session, office.today)
        network = _network(session, basis)
        # Read once: a position that comes meanwhile is left to the next run.
        known = session.execute(all_positions()).all()
        stale = Places.read(session, stale_communities(basis))
        fresh = Places.read(session, fresh_communities(basis))
        stations = Places.read(session, stale_stations(basis))
    new = Places.of([position for position in known if not position.is_walked])
    walker = _Walker(office, basis, network)
    rows += walker.from_communities(stale, Places.of(known))
    rows += walker.to_positions(new, fresh)
    walker.from_stations(stations)
    return {
        "communities": len(stale),
        "positions": len(new),
        "stations": len(stations),
        "ways": rows,
    }


@dataclass(frozen=True)
class _Walker:
    office: Office
    basis: Basis
    network: Network | None

    def from_communities(self, communities: Places, positions: Places) -> int:
        """Rows written; the community's own comes last, so that half of it counts as nothing."""
        written = 0
        for number, ways in self._ways(communities, positions, self.basis.measures):
            code = communities.keys[number]
            written += self._replace(code, _rows_of(code, positions, ways))
            self._note_origin(communities, number, "division_code", ways)
        return written

    def to_positions(self, positions: Places, communities: Places) -> int:
        """From the communities that are up to date; the others went to all positions just now."""
        measures = replace(self.basis.measures, reach=0)
        if len(positions) < len(communities):
            # Both ways are as long, and the fewer are walked from.
            ways = self._ways(positions, communities, measures)
            rows = (
                row
                for number, way in ways
                for row in _rows_back(positions.keys[number], communities, way)
            )
        else:
            ways = self._ways(communities, positions, measures)
            rows = (
                row
                for number, way in ways
                for row in _rows_of(communities.keys[number], positions, way).values()
            )
        written = self._write(rows)
        for slice_ in _slices(iter(positions.keys)):
            with self.office.session() as session:
                session.execute(
                    update(Position).where(Position.id.in_(slice_)).values(is_walked=True)
                )
        return written

    def from_stations(self, stations: Places) -> None:
        """Only what is in reach: nobody asks for the way from a station."""
        reach = self.basis.measures.reach
        nowhere = Measures(reach, reach, self.basis.measures.detour)
        for number, ways in self._ways(stations, NOBODY, nowhere):
            self._note_origin(stations, number, "station_id", ways)

    def _ways(
        self, places: Places, targets: Places, measures: Measures
    ) -> Iterator[tuple[int, Ways]]:
        return enumerate(ways_between(self.network, places.spots, targets.spots, measures))

    def _replace(self, code: str, found: dict[int, Row]) -> int:
        """Write what differs from what is kept of the community; how many rows."""
        with self.office.session(immediate=False) as session:
            kept = {
                position_id: (metres, by_street)
                for position_id, metres, by_street in session.execute(
                    select(Walk.position_id, Walk.metres, Walk.by_street).where(
                        Walk.division_code == code
                    )
                )
            }
        gone = iter([key for key in kept if key not in found])
        removed = 0
        for slice_ in _slices(gone):
            removed += len(slice_)
            with self.office.session() as session:
                session.execute(
                    delete(Walk).where(Walk.division_code == code, Walk.position_id.in_(slice_))
                )
        changed = (
            row for key, row in found.items() if kept.get(key) != (row["metres"], row["by_street"])
        )
        return removed + self._write(changed)

    def _write(self, rows: Iterator[Row]) -> int:
        written = 0
        for slice_ in _slices(rows):
            written += len(slice_)
            with self.office.session() as session:
                put = insert_into(session, Walk)
                values = {"metres": put.excluded.metres, "by_street": put.excluded.by_street}
                session.connection().execute(
                    put.on_conflict_do_update(
                        index_elements=["division_code", "position_id"], set_=values
                    ),
                    slice_,
                )
        return written

    def _note_origin(self, places: Places, number: int, owner: str, ways: Ways) -> None:
        values = {
            "latitude": places.latitudes[number],
            "longitude": places.longitudes[number],
            "reckoned_by": self.basis.word,
            "reach_metres": self.basis.measures.reach,
            "by_street": ways.streets is not None,
            "streets": packed(ways.streets) if ways.streets is not None else None,
        }
        with self.office.session() as session:
            put = insert_into(session, WalkOrigin).values({owner: places.keys[number], **values})
            session.execute(put.on_conflict_do_update(index_elements=[owner], set_=values))


def _rows_of(code: str, positions: Places, ways: Ways) -> dict[int, Row]:
    return {
        row["position_id"]: row
        for row in (
            _row(code, positions.keys[target], metres, by_street)
            for target, metres, by_street in _told(ways)
        )
    }


def _rows_back(position_id: int, communities: Places, ways: Ways) -> Iterator[Row]:
    for target, metres, by_street in _told(ways):
        yield _row(communities.keys[target], position_id, metres, by_street)


def _told(ways: Ways) -> Iterator[tuple[int, int, bool]]:
    columns = (ways.targets.tolist(), ways.metres.tolist(), ways.by_street.tolist())
    return zip(*columns, strict=True)


def _row(code: str, position_id: int, metres: int, by_street: bool) -> Row:
    return {
        "division_code": code,
        "position_id": position_id,
        "metres": metres,
        "by_street": by_street,
    }


def _network(session: Session, basis: Basis) -> Network | None:
    stored = session.scalar(select(StreetLoad.network).where(StreetLoad.id == basis.load_id))
    return unpack(stored) if stored else None


def _slices(items: Iterator[Any]) -> Iterator[list[Any]]:
    while some := list(islice(items, SLICE)):
        yield some
