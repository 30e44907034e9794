from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.places.positions import Point, point_of
from circle.refusals import DivisionsUnreadable, StationNameTaken
from models.places import Division, Position, Station
from models.sql import insert_into
from models.vocabulary.places import CoordinateSystem, StationKind, level_of, parent_of

BOUNDS = {"latitude": 90.0, "longitude": 180.0}


@dataclass(frozen=True)
class Loaded:
    added: int
    changed: int
    unchanged: int


@dataclass(frozen=True)
class StationDetails:
    kind: StationKind
    name: str
    division_code: str
    address: str | None = None
    hours: str | None = None
    phone: str | None = None


def position_at(
    session: Session, latitude: float, longitude: float, system: CoordinateSystem
) -> Position:
    """The position of these degrees, shared by all who stand there; raises PositionUnfit."""
    return position_of(session, point_of(latitude, longitude, system))


def position_of(session: Session, point: Point) -> Position:
    """Two people who name the same point at once get the same position."""
    here = (Position.latitude == point.latitude, Position.longitude == point.longitude)
    known = session.scalars(select(Position).where(*here)).one_or_none()
    if known is not None:
        return known
    made = insert_into(session, Position).values(**asdict(point), is_walked=False)
    session.execute(made.on_conflict_do_nothing())
    return session.scalars(select(Position).where(*here)).one()


def add_station(session: Session, details: StationDetails, point: Point | None) -> Station:
    """Raises StationNameTaken: a division has no two of one name, a double tap makes no second."""
    if _station_named(session, details) is not None:
        raise StationNameTaken(details.name)
    station = Station(**asdict(details), position=point and position_of(session, point))
    session.add(station)
    session.flush()
    return station


def amend_station(
    session: Session, station: Station, details: StationDetails, point: Point | None
) -> None:
    """Raises StationNameTaken."""
    if _station_named(session, details) not in {None, station}:
        raise StationNameTaken(details.name)
    for name, value in asdict(details).items():
        setattr(station, name, value)
    station.position = position_of(session, point) if point else None
    session.flush()


def close_station(session: Session, station: Station, *, on: date) -> None:
    """Nobody is sent there any more; closed already, it stays closed since then."""
    station.closed_on = station.closed_on or on
    session.flush()


def reopen_station(session: Session, station: Station) -> None:
    station.closed_on = None
    session.flush()


def set_middle(session: Session, division: Division, point: Point | None) -> None:
    """Where ways from a community begin; None where it is not known."""
    division.latitude = point.latitude if point else None
    division.longitude = point.longitude if point else None
    session.flush()


def _station_named(session: Session, details: StationDetails) -> Station | None:
    named = select(Station).where(
        Station.division_code == details.division_code, Station.name == details.name
    )
    return session.scalars(named).one_or_none()


def load_divisions(session: Session, rows: Sequence[Mapping[str, str]]) -> Loaded:
    """Take in `code, name[, latitude, longitude]` (degrees, WGS-84); a second time changes nothing.

    Raises DivisionsUnreadable with every faulty line: a code that is none, a missing name, a
    parent that is neither in the file nor known, a position that is none.
    """
    known = {division.code: division for division in session.scalars(select(Division))}
    faults = _faults(rows, set(known))
    if faults:
        raise DivisionsUnreadable(faults)
    outcomes = [_take_in(session, known, row) for row in sorted(rows, key=_code_length)]
    session.flush()
    return Loaded(*(outcomes.count(outcome) for outcome in ("added", "changed", "unchanged")))


def _take_in(session: Session, known: dict[str, Division], row: Mapping[str, str]) -> str:
    code = _cell(row, "code")
    values = {"name": _cell(row, "name"), **_position(row)}
    division = known.get(code)
    if division is None:
        known[code] = Division(code=code, level=level_of(code), **values)
        session.add(known[code])
        return "added"
    changed = {name: value for name, value in values.items() if getattr(division, name) != value}
    for name, value in changed.items():
        setattr(division, name, value)
    return "changed" if changed else "unchanged"


def _faults(rows: Sequence[Mapping[str, str]], known: set[str]) -> list[str]:
    """What is wrong, with the line it is on; the header is line 1."""
    codes = known | {_cell(row, "code") for row in rows}
    found = []
    for line, row in enumerate(rows, start=2):
        found += [f"{line}：{fault}" for fault in _faults_of(row, codes)]
    return found


def _faults_of(row: Mapping[str, str], codes: set[str]) -> Iterator[str]:
    code = _cell(row, "code")
    try:
        level_of(code)
    except ValueError:
        yield f"{code or '空'} 不是区划代码"
    else:
        parent = parent_of(code)
        if parent and parent not in codes:
            yield f"{code} 的上级 {parent} 不存在"
    if not _cell(row, "name"):
        yield "缺少名称"
    try:
        _position(row)
    except ValueError:
        yield "经纬度无法识别"


def _position(row: Mapping[str, str]) -> dict[str, float]:
    """Latitude and longitude where the row has them; raises ValueError for half a position."""
    cells = [_cell(row, name) for name in BOUNDS]
    if not any(cells):
        return {}
    position = dict(zip(BOUNDS, map(float, cells), strict=True))
    # Written so that a NaN, which is neither more nor less than anything, is refused as well.
    if not all(abs(position[name]) <= most for name, most in BOUNDS.items()):
        raise ValueError(position)
    return position


def _cell(row: Mapping[str, str], name: str) -> str:
    return (row.get(name) or "").strip()


def _code_length(row: Mapping[str, str]) -> int:
    return len(_cell(row, "code"))
