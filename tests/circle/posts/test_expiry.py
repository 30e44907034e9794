"""The job that takes posts from view once their last day is over."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from circle.database import make_engine
from circle.jobs import EXPIRED_AT_ONCE, JOBS, run_due
from circle.office import Office
from config import Settings
from models.jobs import JobRun
from models.posts import Post
from models.sealed import Keyring
from models.vocabulary.jobs import JobName
from models.vocabulary.posts import PostState
from tests.conftest import migrated_database
from tests.factories import OfferingEmployerFactory, PostFactory, load_places, use

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


class Watch(Office):
    """An office whose clock the test sets."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = NOW

    @property
    def now(self) -> datetime:
        return self.clock

    @property
    def today(self) -> date:
        return self.clock.date()


@pytest.fixture
def office(
    backend: str, tmp_path_factory: pytest.TempPathFactory, keyring: Keyring
) -> Iterator[Watch]:
    """A database of its own: jobs commit."""
    with migrated_database(backend, tmp_path_factory.mktemp("expiry"), keyring) as settings:
        office = Watch(settings)
        engine = make_engine(settings)
        office.__dict__.update(bare_engine=engine, engine=engine)
        yield office
        engine.dispose()


def test_once_a_day_however_many_are_over(office: Watch) -> None:
    job = next(each for each in JOBS if each.name is JobName.POST_EXPIRY)
    yesterday = NOW.date() - timedelta(days=1)
    with office.session() as session:
        use(session)
        load_places(session)
        employer = OfferingEmployerFactory()
        for _ in range(EXPIRED_AT_ONCE + 1):
            PostFactory(employer=employer, published=True, valid_until=yesterday)
        PostFactory(employer=employer, published=True, valid_until=NOW.date())
    assert run_due(office, job) == 1
    assert run_due(office, job) == 0
    with office.session(immediate=False) as session:
        assert session.scalars(select(JobRun.counts)).one() == {"expired": EXPIRED_AT_ONCE + 1}
        left = session.scalars(select(Post.valid_until).where(Post.state == PostState.PUBLISHED))
        assert left.all() == [NOW.date()]
    office.clock = NOW + timedelta(days=1)
    assert run_due(office, job) == 1
