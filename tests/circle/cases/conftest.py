from datetime import date

import pytest
from sqlalchemy.orm import Session

from models.places import Division
from models.staff import Account
from models.vocabulary.staff import Role
from tests import factories
from tests.circle.conftest import COMMUNITY, STREET, MakeAccount

TODAY = date(2026, 11, 21)


@pytest.fixture(autouse=True)
def records(request: pytest.FixtureRequest) -> None:
    """Factories write where the test reads."""
    if "session" in request.fixturenames:
        factories.use(request.getfixturevalue("session"))


@pytest.fixture
def named_places(session: Session, divisions: None) -> None:
    for code, name in factories.PLACES.items():
        known = session.get(Division, code)
        if known:
            known.name = name
    session.commit()


@pytest.fixture
def worker(make_account: MakeAccount, named_places: None) -> Account:
    return make_account(Role.WORKER, covers=(COMMUNITY,))


@pytest.fixture
def street(make_account: MakeAccount, named_places: None) -> Account:
    return make_account(Role.STREET, division=STREET)
