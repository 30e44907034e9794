from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.orm import Session, selectinload

from circle.access.permissions import Permission
from circle.access.scope import visible_to
from models.places import Division, Station, within
from models.staff import Account
from models.vocabulary.places import (
    COMMUNITY_LENGTH,
    STREET_LENGTH,
    DivisionLevel,
    StationKind,
    ancestors_of,
)

DISTRICT_LENGTH = 6
PAGE_LENGTH = 50
# Of communities whose middle is asked for; a street has fewer.
MOST_COMMUNITIES = 100
# How the address names a station to set out from.
STATION = "station:"
Choices = dict[str, list[tuple[str, str]]]


@dataclass(frozen=True)
class StationsPage:
    stations: Sequence[Station]
    places: dict[str, str]  # names by division code
    next_after: int | None

    def place_of(self, station: Station) -> str:
        """The street, and the community where the station belongs to one."""
        return "".join(self.places[code] for code in dict.fromkeys(_codes_of(station)))


def names_of(session: Session, codes: Iterable[str | None]) -> dict[str, str]:
    """Short names by code, in one statement; a code never loaded stands for itself."""
    wanted = {code for code in codes if code}
    query = select(Division.code, Division.name).where(Division.code.in_(wanted))
    found: dict[str, str] = {}
    if wanted:
        found.update((code, name) for code, name in session.execute(query))
    return {code: found.get(code, code) for code in wanted}


def full_name(session: Session, code: str) -> str:
    """From the district downwards: 余杭区仓前街道葛巷社区."""
    above = {above for above in ancestors_of(code) if len(above) >= DISTRICT_LENGTH}
    query = select(Division.name).where(Division.code.in_(above)).order_by(Division.code)
    return "".join(session.scalars(query))


def divisions_under(session: Session, code: str, level: DivisionLevel) -> Sequence[Division]:
    query = select(Division).where(within(Division.code, code), Division.level == level)
    return session.scalars(query.order_by(Division.code)).all()


def is_inside(codes: Iterable[str], code: str) -> bool:
    """The division lies in one of the subtrees."""
    return any(code.startswith(each) for each in codes)


def divisions_inside(
    session: Session, codes: Iterable[str], levels: Iterable[DivisionLevel]
) -> Sequence[Division]:
    inside = or_(false(), *(within(Division.code, code) for code in codes))
    query = select(Division).where(Division.level.in_(levels), inside)
    return session.scalars(query.order_by(Division.code)).all()


def places_offered(session: Session, codes: Iterable[str]) -> Choices:
    """Street's name → (code, name) of the street itself and its communities, inside the codes."""
    levels = (DivisionLevel.STREET, DivisionLevel.COMMUNITY)
    found = divisions_inside(session, codes, levels)
    streets = names_of(session, {division.code[:STREET_LENGTH] for division in found})
    grouped: Choices = {}
    for division in found:
        street = streets[division.code[:STREET_LENGTH]]
        grouped.setdefault(street, []).append((division.code, division.name))
    return grouped


def stations_page(
    session: Session, actor: Account, division: str | None, *, after: int
) -> StationsPage:
    """Stations the person looks after, those closed included; by number."""
    narrowed: list[ColumnElement[bool]] = []
    if division:
        narrowed.append(within(Station.division_code, division))
    found = session.scalars(
        select(Station)
        .options(selectinload(Station.position))
        .where(
            visible_to(actor, Permission.MANAGE_STATIONS, Station), Station.id > after, *narrowed
        )
        .order_by(Station.id)
        .limit(PAGE_LENGTH + 1)
    ).all()
    shown = found[:PAGE_LENGTH]
    names = names_of(session, {part for each in shown for part in _codes_of(each)})
    return StationsPage(shown, names, shown[-1].id if len(found) > PAGE_LENGTH else None)


def communities_to_place(
    session: Session, codes: Iterable[str], division: str | None
) -> Sequence[Division]:
    """Of the chosen division all communities, else those without a middle; the first hundred."""
    inside = or_(false(), *(within(Division.code, code) for code in codes))
    chosen = within(Division.code, division) if division else Division.latitude.is_(None)
    query = select(Division).where(Division.level == DivisionLevel.COMMUNITY, inside, chosen)
    # Those that are missing first.
    order = (Division.latitude.is_not(None), Division.code)
    return session.scalars(query.order_by(*order).limit(MOST_COMMUNITIES)).all()


def _codes_of(station: Station) -> tuple[str, str]:
    """Its street and itself; of a street's own station both are the same."""
    return station.division_code[:STREET_LENGTH], station.division_code


def starts_offered(session: Session, codes: Iterable[str]) -> Choices:
    """Where the map may set out from: communities by street, and the stations of these streets."""
    known = list(codes)
    own = [code[:COMMUNITY_LENGTH] for code in known]
    found = divisions_inside(session, own, (DivisionLevel.COMMUNITY,))
    streets = names_of(session, {division.code[:STREET_LENGTH] for division in found})
    grouped: Choices = {}
    for division in found:
        street = streets[division.code[:STREET_LENGTH]]
        grouped.setdefault(street, []).append((division.code, division.name))
    near = or_(false(), *(within(Station.division_code, code[:STREET_LENGTH]) for code in known))
    stations = session.execute(
        select(Station.id, Station.name)
        .where(near, Station.closed_on.is_(None), Station.position_id.is_not(None))
        .order_by(Station.name)
    )
    listed = [(f"{STATION}{number}", name) for number, name in stations]
    return grouped | ({StationKind.STATION.label: listed} if listed else {})
