"""A worker, somebody looking for work, and posts that look for somebody."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from models.cases import Case
from models.posts import Post
from models.staff import Account
from models.vocabulary.cases import CaseStage
from tests.factories import (
    COMMUNITY,
    AccountFactory,
    CaseFactory,
    PostFactory,
    load_places,
    use,
)

TODAY = date(2026, 11, 21)


def day(n: int) -> date:
    """N days before today."""
    return TODAY - timedelta(days=n)


@pytest.fixture
def worker(session: Session) -> Account:
    use(session)
    load_places(session)
    account: Account = AccountFactory(covers=[COMMUNITY])
    return account


@pytest.fixture
def case(worker: Account) -> Case:
    opened: Case = CaseFactory(
        worker=worker,
        opened_on=day(60),
        ledger_contact_on=day(20),
        last_contact_on=day(20),
        stage=CaseStage.SERVING,
    )
    return opened


@pytest.fixture
def posts(worker: Account) -> list[Post]:
    """Two places at the first, one at the second."""
    return [
        PostFactory(published=True, title="电工", headcount=2),
        PostFactory(published=True, title="保洁员", headcount=1),
    ]
