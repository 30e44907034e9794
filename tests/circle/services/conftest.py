from collections.abc import Iterator

import pytest
import time_machine
from sqlalchemy.orm import Session

from models.cases import Case
from models.staff import Account
from models.vocabulary.staff import Role
from tests.circle.conftest import COMMUNITY, MakeAccount
from tests.circle.services.days import OPENED
from tests.factories import NOON, CaseFactory, use


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def worker(make_account: MakeAccount, session: Session) -> Account:
    use(session)
    return make_account(Role.WORKER, covers=(COMMUNITY,))


@pytest.fixture
def case(session: Session, worker: Account) -> Case:
    case: Case = CaseFactory(worker=worker, opened_on=OPENED, resident__name="周建国")
    session.commit()
    return case
