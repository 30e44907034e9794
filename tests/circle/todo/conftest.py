from datetime import date

import pytest
from sqlalchemy.orm import Session

from models.places import Division
from models.staff import Account
from models.vocabulary.places import level_of
from models.vocabulary.staff import Role
from tests import factories
from tests.circle.conftest import COMMUNITY, MakeAccount

TODAY = date(2026, 11, 21)
GRID = f"{COMMUNITY}001"


@pytest.fixture(autouse=True)
def records(request: pytest.FixtureRequest) -> None:
    """Factories write where the test reads."""
    if "session" in request.fixturenames:
        factories.use(request.getfixturevalue("session"))


@pytest.fixture
def grid(session: Session, divisions: None) -> str:
    session.merge(Division(code=GRID, level=level_of(GRID), name="第一网格"))
    session.commit()
    return GRID


@pytest.fixture
def worker(make_account: MakeAccount, grid: str) -> Account:
    return make_account(Role.WORKER, covers=(COMMUNITY,))


@pytest.fixture
def street(make_account: MakeAccount, grid: str) -> Account:
    return make_account(Role.STREET, division=COMMUNITY[:9])
