"""The communities a form offers, by street, inside what somebody answers for."""

from collections.abc import Iterable

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from circle.places.queries import names_of
from models.places import Division, within
from models.vocabulary.places import CODE_LENGTHS, DivisionLevel

STREET_LENGTH = 9
Choices = dict[str, list[tuple[str, str]]]


def communities_in(session: Session, codes: Iterable[str]) -> Choices:
    """Street's name → (code, name) of each community; of a grid that is covered, the grid."""
    known = list(codes)
    grids = [code for code in known if CODE_LENGTHS.get(len(code)) is DivisionLevel.GRID]
    inside = (within(Division.code, code) for code in known)
    is_community = (Division.level == DivisionLevel.COMMUNITY) & or_(*inside)
    query = select(Division.code, Division.name).where(or_(is_community, Division.code.in_(grids)))
    rows = session.execute(query.order_by(Division.code)).all()
    streets = names_of(session, {code[:STREET_LENGTH] for code, _ in rows})
    grouped: Choices = {}
    for code, name in rows:
        grouped.setdefault(streets[code[:STREET_LENGTH]], []).append((code, name))
    return grouped
