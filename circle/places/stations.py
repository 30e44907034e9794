"""Stations out of a file: name,kind,division,address,latitude,longitude,system,hours,phone.

Written by the office itself, once or whenever stations change; a station is identified by its
division and its name. A second time changes nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.places.operations import Loaded, StationDetails, add_station, amend_station
from circle.places.positions import Point, point_from
from circle.refusals import PositionUnfit, StationsUnreadable
from models.places import Division, Station
from models.vocabulary.labelled import Labelled
from models.vocabulary.places import CoordinateSystem, DivisionLevel, StationKind

HEADER = (
    "name",
    "kind",
    "division",
    "address",
    "latitude",
    "longitude",
    "system",
    "hours",
    "phone",
)
LENGTHS = {
    "name": Station.name.type.length,
    "address": Station.address.type.length,
    "hours": Station.hours.type.length,
    "phone": Station.phone.type.length,
}
# Where a station may stand: of a district nobody could say which street looks after it.
LEVELS = frozenset({DivisionLevel.STREET, DivisionLevel.COMMUNITY})

Word = TypeVar("Word", bound=Labelled)
Key = tuple[str, str]


@dataclass
class _Line:
    """A row, read as far as it can be; `details` only where nothing is wrong."""

    number: int
    cells: dict[str, str]
    faults: list[str] = field(default_factory=list)
    details: StationDetails | None = None
    point: Point | None = None

    @property
    def key(self) -> Key:
        return self.cells["division"], self.cells["name"]


def load_stations(session: Session, rows: Sequence[Mapping[str, str | None]]) -> Loaded:
    """Raises StationsUnreadable with every fault of every line; then nothing is taken in."""
    codes = set(session.scalars(select(Division.code).where(Division.level.in_(LEVELS))))
    lines = [_read(number, row, codes) for number, row in enumerate(rows, start=2)]
    _find_twins(lines)
    faults = [f"{line.number}：{fault}" for line in lines for fault in line.faults]
    if faults:
        raise StationsUnreadable(faults)
    known = {(station.division_code, station.name): station for station in _known(session, lines)}
    outcomes = [_take_in(session, known, line) for line in lines]
    return Loaded(*(outcomes.count(outcome) for outcome in ("added", "changed", "unchanged")))


def _read(number: int, row: Mapping[str, str | None], codes: set[str]) -> _Line:
    line = _Line(number, {name: (row.get(name) or "").strip() for name in HEADER})
    line.faults += _faults_of(line.cells, codes)
    kind = _word(line, "kind", StationKind, StationKind.STATION)
    system = _word(line, "system", CoordinateSystem, CoordinateSystem.WGS84)
    try:
        line.point = point_from(_degrees(line, "latitude"), _degrees(line, "longitude"), system)
    except PositionUnfit as refusal:
        line.faults.append(refusal.fault.label)
    except ValueError:
        line.faults.append("经纬度无法识别")
    if not line.faults:
        texts = {name: line.cells[name] or None for name in ("address", "hours", "phone")}
        line.details = StationDetails(kind, line.cells["name"], line.cells["division"], **texts)
    return line


def _faults_of(cells: Mapping[str, str], codes: set[str]) -> Iterator[str]:
    if not cells["name"]:
        yield "缺少名称"
    if cells["division"] not in codes:
        yield f"{cells['division'] or '空'} 不是已导入的街道或社区代码"
    for name, most in LENGTHS.items():
        if len(cells[name]) > most:
            yield f"{name} 超过 {most} 个字"


def _word(line: _Line, name: str, words: type[Word], otherwise: Word) -> Word:
    """The member whose label or value stands there; empty, the usual one."""
    said = line.cells[name]
    if not said:
        return otherwise
    found = next((word for word in words if said in {word.value, word.label}), None)
    if found is None:
        line.faults.append(f"{name} 无法识别：{said[:20]}")
    return found or otherwise


def _degrees(line: _Line, name: str) -> float | None:
    """Raises ValueError."""
    said = line.cells[name]
    return float(said) if said else None


def _find_twins(lines: Sequence[_Line]) -> None:
    first: dict[Key, int] = {}
    for line in lines:
        before = first.setdefault(line.key, line.number)
        if before != line.number and line.cells["name"]:
            line.faults.append(f"与第 {before} 行重复")


def _known(session: Session, lines: Sequence[_Line]) -> Sequence[Station]:
    places = {line.cells["division"] for line in lines}
    return session.scalars(select(Station).where(Station.division_code.in_(places))).all()


def _take_in(session: Session, known: dict[Key, Station], line: _Line) -> str:
    assert line.details is not None  # noqa: S101 - a file with a fault is refused before
    station = known.get(line.key)
    if station is None:
        add_station(session, line.details, line.point)
        return "added"
    before = _as_told(station)
    amend_station(session, station, line.details, line.point)
    return "unchanged" if _as_told(station) == before else "changed"


def _as_told(station: Station) -> tuple[object, ...]:
    return (
        station.kind,
        station.address,
        station.hours,
        station.phone,
        station.position and station.position.id,
    )
