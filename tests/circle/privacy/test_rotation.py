from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, select, type_coerce
from sqlalchemy.orm import Session

from circle.privacy import rotation
from models.residents import Resident
from models.sealed import (
    PHONE_DOMAIN,
    Keyring,
    SealBroken,
    current_keyring,
    document_domain,
    install_keyring,
)
from models.vocabulary.residents import DocumentType
from tests.circle.access.test_scope import resident
from tests.circle.conftest import COMMUNITY

NUMBER = "330110198506151238"
PHONES = "13812341234\n13900001111"


@pytest.fixture
def ring(tmp_path: Path, keyring: Keyring) -> Iterator[Path]:
    """A keyring file to turn over; the tests' own keyring comes back afterwards."""
    path = tmp_path / "keyring.json"
    keyring.save(path)
    yield path
    install_keyring(keyring)


@pytest.fixture
def people(session: Session, divisions: None, ring: Path) -> list[Resident]:
    keyring = current_keyring()
    people = [resident(session, COMMUNITY) for _ in range(3)]
    people[0].id_sealed = NUMBER
    people[0].id_index = keyring.index_of(document_domain(DocumentType.RESIDENT_ID), NUMBER)
    people[0].phone_sealed = PHONES
    people[0].phone_index = keyring.index_of(PHONE_DOMAIN, "13812341234")
    people[1].address_sealed = "绿汀路1号"
    session.flush()
    return people


def turn_over(session: Session) -> int:
    turned = 0
    while count := rotation.turn_over_slice(session):
        turned += count
    return turned


def test_every_value_opens_and_is_found_with_the_new_keys_alone(
    session: Session, people: list[Resident], ring: Path
) -> None:
    rotated = rotation.add_keys(ring)
    assert turn_over(session) >= 5
    install_keyring(
        Keyring(
            {rotated.seal_id: rotated.seal[rotated.seal_id]},
            {rotated.index_id: rotated.index[rotated.index_id]},
        )
    )
    session.expire_all()
    domain = document_domain(DocumentType.RESIDENT_ID)
    found = session.scalars(
        select(Resident).where(Resident.id_index == current_keyring().index_of(domain, NUMBER))
    ).one()
    assert (found.id_sealed, found.phone_sealed) == (NUMBER, PHONES)
    assert people[1].address_sealed == "绿汀路1号"
    assert found.phone_index == current_keyring().index_of(PHONE_DOMAIN, "13812341234")


def test_a_second_turn_finds_nothing_to_do(
    session: Session, people: list[Resident], ring: Path
) -> None:
    rotation.add_keys(ring)
    turn_over(session)
    lying = select(type_coerce(Resident.id_sealed, LargeBinary)).where(Resident.id == people[0].id)
    before = session.scalar(lying)
    assert turn_over(session) == 0
    assert session.scalar(lying) == before


def test_the_slices_are_bounded(
    session: Session, people: list[Resident], ring: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "SLICE", 1)
    rotation.add_keys(ring)
    assert rotation.turn_over_slice(session) == 1


def test_the_file_keeps_the_old_keys(people: list[Resident], ring: Path, keyring: Keyring) -> None:
    rotation.add_keys(ring)
    kept = Keyring.load(ring)
    assert list(kept.seal)[:-1] == list(keyring.seal)
    assert list(kept.index)[:-1] == list(keyring.index)
    assert ring.stat().st_mode & 0o777 == 0o600


def test_a_foreign_keyring_opens_nothing(session: Session, people: list[Resident]) -> None:
    session.expire_all()
    install_keyring(Keyring.make())
    with pytest.raises(SealBroken):
        session.scalars(select(Resident.id_sealed).where(Resident.id == people[0].id)).one()
