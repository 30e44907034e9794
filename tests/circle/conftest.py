"""The application on the test's own transaction, people of every role, and how they sign in."""

import time
from collections.abc import Callable, Iterator

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from circle.access.limits import limiter
from circle.app import create_app
from config import Settings
from models.places import Division
from models.staff import Account, Coverage
from models.vocabulary.places import ancestors_of, level_of
from models.vocabulary.staff import Role

PASSWORD = "Circle-2026"
# Cheap on purpose: the cost of the real one is tested where it matters.
PASSWORD_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
DISTRICT = "330110"
STREET = "330110012"
COMMUNITY = "330110012004"
OTHER_COMMUNITY = "330110012005"
OTHER_STREET_COMMUNITY = "330110001002"

SignIn = Callable[[Account], FlaskClient]
MakeAccount = Callable[..., Account]


@pytest.fixture(scope="session")
def application(settings: Settings, engine: Engine) -> Flask:
    app = create_app(settings, engine)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return app


@pytest.fixture
def app(application: Flask, session: Session) -> Iterator[Flask]:
    """Requests write into savepoints of the test's transaction; what they write goes with it."""
    real = application.extensions["sessions"]
    application.extensions["sessions"] = sessionmaker(
        session.connection(), join_transaction_mode="create_savepoint"
    )
    limiter.reset()
    yield application
    application.extensions["sessions"] = real
    application.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def divisions(session: Session) -> None:
    """A district with two streets and three communities, and all above them."""
    codes = [COMMUNITY, OTHER_COMMUNITY, OTHER_STREET_COMMUNITY]
    known = {code for each in codes for code in ancestors_of(each)}
    for code in sorted(known, key=len):
        session.merge(Division(code=code, level=level_of(code), name=f"区划{code}"))
    session.commit()


@pytest.fixture
def make_account(session: Session, divisions: None) -> MakeAccount:
    """Somebody who can sign in: role, division, covers, name."""

    def make(
        role: Role, division: str = COMMUNITY, covers: tuple[str, ...] = (), name: str | None = None
    ) -> Account:
        account = Account(
            name=name or f"{role}{time.perf_counter_ns()}",
            display_name="测试",
            role=role,
            division_code=division,
            password_hash=PASSWORD_HASH,
            coverage=[Coverage(division_code=code) for code in covers],
        )
        session.add(account)
        session.commit()
        return account

    return make


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    """A client of its own with the account's session, past password and second factor."""

    def sign_in(account: Account) -> FlaskClient:
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = f"{account.id}.{account.session_epoch}"
            cookie["_fresh"] = True
            cookie["seen_at"] = cookie["began_at"] = int(time.time())
        return client

    return sign_in
