"""Where a poster leads: the division whose code it carries, and the communities to choose from."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.places.queries import DISTRICT_LENGTH
from circle.refusals import EntranceUnknown
from models.places import Division, within
from models.vocabulary.places import DivisionLevel, ancestors_of

STREET_LENGTH = 9
OPEN_TO = frozenset(
    {DivisionLevel.DISTRICT, DivisionLevel.STREET, DivisionLevel.COMMUNITY, DivisionLevel.GRID}
)
# A poster of these says by itself where somebody lives.
EXACT = frozenset({DivisionLevel.COMMUNITY, DivisionLevel.GRID})


@dataclass(frozen=True)
class Entrance:
    """`name` is short, `full_name` from the district on; `communities` by street: (code, name)."""

    code: str
    level: DivisionLevel
    name: str
    full_name: str
    district: str
    communities: dict[str, list[tuple[str, str]]]

    @property
    def is_exact(self) -> bool:
        return self.level in EXACT


def entrance(session: Session, code: str) -> Entrance:
    """Raises EntranceUnknown; a province or a city is no entrance."""
    above = {part for part in ancestors_of(code) if len(part) >= DISTRICT_LENGTH}
    query = select(Division).where(Division.code.in_(above)).order_by(Division.code)
    path = session.scalars(query).all()
    if not path or path[-1].code != code or path[-1].level not in OPEN_TO:
        raise EntranceUnknown
    own = path[-1]
    return Entrance(
        code=code,
        level=own.level,
        name=own.name,
        full_name="".join(division.name for division in path),
        district=path[0].name,
        communities=_communities(session, path[0].code, code),
    )


def _communities(session: Session, district: str, code: str) -> dict[str, list[tuple[str, str]]]:
    """By street; the entrance's own street comes first, where most will find themselves."""
    levels = (DivisionLevel.STREET, DivisionLevel.COMMUNITY)
    query = select(Division).where(within(Division.code, district), Division.level.in_(levels))
    divisions = session.scalars(query.order_by(Division.code)).all()
    streets = {each.code: each.name for each in divisions if each.level is DivisionLevel.STREET}
    own = code[:STREET_LENGTH]
    ordered = sorted(streets, key=lambda street: (street != own, street))
    grouped: dict[str, list[tuple[str, str]]] = {streets[street]: [] for street in ordered}
    for division in divisions:
        street = streets.get(division.code[:STREET_LENGTH])
        if division.level is DivisionLevel.COMMUNITY and street is not None:
            grouped[street].append((division.code, division.name))
    return {street: listed for street, listed in grouped.items() if listed}
