"""Somebody whose registration a worker has confirmed, looking in with the receipt; posts nearby."""

import time
from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from circle.matching.terms import reckon_posts, reckon_wishes, settle_rarity
from circle.registration import timing
from circle.registration.confirmation import confirm
from circle.registration.operations import submit
from circle.registration.queries import registration_of
from circle.registration.visitors import OPENED
from models.cases import Registration
from models.places import Division, Position, Walk, WalkOrigin
from models.posts import Post
from models.staff import Account
from models.vocabulary.cases import ConfirmedBy
from models.vocabulary.registration import StatedFact
from models.vocabulary.residents import ConsentPurpose
from tests import factories
from tests.circle.registration.conftest import NOW, TODAY, filled, number_of

HERE = (30.2997, 120.0095)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "ANSWER_SECONDS", 0.0)


@pytest.fixture
def office(session: Session) -> Session:
    factories.use(session)
    factories.load_places(session)
    community = session.get_one(Division, factories.COMMUNITY)
    community.latitude, community.longitude = HERE
    origin = WalkOrigin(
        division_code=factories.COMMUNITY,
        latitude=HERE[0],
        longitude=HERE[1],
        reckoned_by="tests",
        reach_metres=1200,
        by_street=True,
    )
    session.add(origin)
    session.flush()
    return session


@pytest.fixture
def worker(office: Session) -> Account:
    worker: Account = factories.AccountFactory(covers=[factories.COMMUNITY])
    return worker


def registered(
    office: Session,
    worker: Account,
    number: int = 1,
    consents: tuple[ConsentPurpose, ...] = (),
    *,
    is_confirmed: bool = True,
) -> Registration:
    answers = filled(number_of(number), consents=consents)
    submit(office, answers, on=TODAY, now=NOW)
    registration = registration_of(office, answers.uuid)
    assert registration is not None
    if is_confirmed:
        taken = frozenset(StatedFact)
        how = ConfirmedBy.VOICE
        confirm(office, registration, how=how, taken=taken, by=worker, on=TODAY, now=NOW)
    return registration


@pytest.fixture
def registration(office: Session, worker: Account) -> Registration:
    return registered(office, worker)


@pytest.fixture
def visitor(office: Session, registration: Registration, client: FlaskClient) -> FlaskClient:
    """A browser that gave the receipt's code a moment ago."""
    return looking_in(client, office, registration)


def looking_in(client: FlaskClient, office: Session, registration: Registration) -> FlaskClient:
    office.commit()
    with client.session_transaction() as cookie:
        cookie[OPENED] = [registration.id, int(time.time())]
    return client


def post_nearby(
    office: Session, title: str = "物业电工", metres: int = 400, published: date = TODAY
) -> Post:
    """Published, so many metres from the community's middle, its words reckoned."""
    position = Position(latitude=HERE[0], longitude=HERE[1] + metres / 1e6, is_walked=True)
    post: Post = factories.PostFactory(
        published=True,
        published_on=published,
        title=title,
        month_low_fen=600_000,
        month_high_fen=700_000,
        position=position,
    )
    office.flush()
    walk = Walk(
        division_code=factories.COMMUNITY,
        position_id=position.id,
        metres=metres,
        by_street=True,
    )
    office.add(walk)
    reckon_posts(office)
    reckon_wishes(office)
    settle_rarity(office)
    office.flush()
    return post


@pytest.fixture
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield
