from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from circle.app import create_app
from circle.privacy import keys
from config import ConfigurationError, Settings
from models.sealed import Keyring, current_keyring, install_keyring
from tests.circle.access.test_scope import resident
from tests.circle.conftest import COMMUNITY


@pytest.fixture(autouse=True)
def own_keyring(keyring: Keyring) -> Iterator[None]:
    yield
    install_keyring(keyring)


@pytest.fixture
def sessions(session: Session, divisions: None) -> sessionmaker[Session]:
    person = resident(session, COMMUNITY)
    person.id_sealed, person.id_index = "330110198506151238", "i1:x"
    session.flush()
    return sessionmaker(session.connection(), join_transaction_mode="create_savepoint")


def test_a_fitting_keyring_is_taken_up(
    settings: Settings, sessions: sessionmaker[Session], keyring: Keyring
) -> None:
    keys.install(settings.keyring_path, sessions)
    assert current_keyring() == keyring


def test_another_keyring_is_refused(tmp_path: Path, sessions: sessionmaker[Session]) -> None:
    Keyring.make().save(tmp_path / "other.json")
    with pytest.raises(ConfigurationError, match="打不开"):
        keys.install(tmp_path / "other.json", sessions)


def test_the_application_does_not_start_without_a_keyring(
    settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match="CIRCLE_KEYRING"):
        create_app(replace(settings, keyring_path=tmp_path / "none.json"))


def test_the_application_does_not_start_without_a_secret_key(settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match="CIRCLE_SECRET_KEY"):
        create_app(replace(settings, secret_key=""))
