"""A community whose ways are known, and a policy of the day."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy.orm import Session

from models.places import Division, Position, Walk, WalkOrigin
from models.policy import Policy, policy_on
from tests.factories import COMMUNITY, load_places, use

ON = date(2026, 11, 21)
LATITUDE, LONGITUDE = 30.27, 119.99
REACH = {"reckoned_by": "0:4800:1200:1.3", "reach_metres": 1200, "by_street": True}

MakeWalk = Callable[[int], int]


@pytest.fixture(autouse=True)
def places(session: Session) -> None:
    use(session)
    load_places(session)
    reckon(session, COMMUNITY)


def reckon(session: Session, community: str) -> None:
    """Ways from the community's middle count as known from now on."""
    home = session.get_one(Division, community)
    home.latitude, home.longitude = LATITUDE, LONGITUDE
    session.add(
        WalkOrigin(division_code=community, latitude=LATITUDE, longitude=LONGITUDE, **REACH)
    )
    session.flush()


@pytest.fixture
def policy(session: Session) -> Policy:
    return policy_on(session, ON)


@pytest.fixture
def walk(session: Session) -> MakeWalk:
    """A position so many metres from home."""

    def walk(metres: int) -> int:
        position = Position(latitude=30.0 + metres / 1e5, longitude=120.0, is_walked=True)
        session.add(position)
        session.flush()
        way = {"metres": metres, "by_street": True}
        session.add(Walk(division_code=COMMUNITY, position_id=position.id, **way))
        session.flush()
        return position.id

    return walk
