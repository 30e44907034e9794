"""From where ways were reckoned, by what, and what waits to be reckoned again. Nothing heavy."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from circle.places.walking import furthest, reach_metres
from models.places import Division, Position, Station, StreetLoad, Walk, WalkOrigin
from models.policy import common_policy_on
from models.vocabulary.places import DivisionLevel

# Keys with their degrees.
Places = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Measures:
    """How ways are reckoned; metres, and how many times the straight line a detour takes.

    A `reach` of nothing: which streets are in reach is not asked for.
    """

    most: int
    reach: int
    detour: float


@dataclass(frozen=True)
class Basis:
    """What ways are reckoned by today; `word` differs where any of it differs."""

    load_id: int
    measures: Measures

    @property
    def word(self) -> str:
        measures = self.measures
        return f"{self.load_id}:{measures.most}:{measures.reach}:{measures.detour}"


def basis_on(session: Session, on: date) -> Basis:
    policy = common_policy_on(session, on)
    load_id = session.scalar(select(func.max(StreetLoad.id))) or 0
    return Basis(load_id, Measures(furthest(policy), reach_metres(policy), policy.walking_detour))


def is_due(session: Session, on: date) -> bool:
    """Something has come, moved or gone since the last run; a few small questions."""
    basis = basis_on(session, on)
    waiting: tuple[Places, ...] = (
        select(Position.id).where(~Position.is_walked),
        stale_communities(basis),
        stale_stations(basis),
        _gone(),
    )
    return any(session.execute(query.limit(1)).first() for query in waiting)


def all_positions() -> Places:
    columns = (Position.id, Position.latitude, Position.longitude, Position.is_walked)
    return select(*columns).order_by(Position.id)


def stale_communities(basis: Basis) -> Places:
    return _communities().where(_is_stale(Division.latitude, Division.longitude, basis))


def fresh_communities(basis: Basis) -> Places:
    return _communities().where(~_is_stale(Division.latitude, Division.longitude, basis))


def stale_stations(basis: Basis) -> Places:
    return (
        select(Station.id, Position.latitude, Position.longitude)
        .join(Position, Position.id == Station.position_id)
        .outerjoin(WalkOrigin, WalkOrigin.station_id == Station.id)
        .where(
            Station.closed_on.is_(None),
            _is_stale(Position.latitude, Position.longitude, basis),
        )
        .order_by(Station.id)
    )


def forget(session: Session) -> int:
    """Ways from where nobody walks from any more; how many."""
    ids = session.scalars(_gone()).all()
    if not ids:
        return 0
    codes = select(WalkOrigin.division_code).where(WalkOrigin.id.in_(ids))
    ways = session.execute(delete(Walk).where(Walk.division_code.in_(codes)).returning(Walk.metres))
    count = len(ways.all())
    session.execute(delete(WalkOrigin).where(WalkOrigin.id.in_(ids)))
    return count


def _communities() -> Places:
    return (
        select(Division.code, Division.latitude, Division.longitude)
        .outerjoin(WalkOrigin, WalkOrigin.division_code == Division.code)
        .where(Division.level == DivisionLevel.COMMUNITY, Division.latitude.is_not(None))
        .order_by(Division.code)
    )


def _is_stale(latitude: Any, longitude: Any, basis: Basis) -> ColumnElement[bool]:  # noqa: ANN401 - columns
    return or_(
        WalkOrigin.id.is_(None),
        WalkOrigin.latitude != latitude,
        WalkOrigin.longitude != longitude,
        WalkOrigin.reckoned_by != basis.word,
    )


def _gone() -> Places:
    """Origins of communities without a middle, of stations closed or without a position."""
    return (
        select(WalkOrigin.id)
        .outerjoin(Division, Division.code == WalkOrigin.division_code)
        .outerjoin(Station, Station.id == WalkOrigin.station_id)
        .where(
            or_(
                and_(WalkOrigin.division_code.is_not(None), Division.latitude.is_(None)),
                and_(
                    WalkOrigin.station_id.is_not(None),
                    or_(Station.closed_on.is_not(None), Station.position_id.is_(None)),
                ),
            )
        )
    )
