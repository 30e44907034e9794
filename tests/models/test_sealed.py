"""Personal data at rest."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from models.residents import Resident
from models.sealed import Keyring, KeyringMissing, SealBroken, document_domain
from tests.factories import ResidentFactory, load_places, use

KEYRING = Keyring.make()
PLACE = "resident.id_sealed"
NUMBER = "11010519491231002X"


@given(st.text())
def test_what_is_sealed_opens_again(words: str) -> None:
    assert KEYRING.open_text(KEYRING.seal_text(words, PLACE), PLACE) == words


def test_the_same_value_is_never_sealed_the_same() -> None:
    assert KEYRING.seal_text(NUMBER, PLACE) != KEYRING.seal_text(NUMBER, PLACE)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_value_does_not_open(place: int, flip: int) -> None:
    sealed = bytearray(KEYRING.seal_text(NUMBER, PLACE))
    sealed[place % len(sealed)] ^= flip
    with pytest.raises((SealBroken, UnicodeDecodeError)):
        KEYRING.open_text(bytes(sealed), PLACE)


def test_a_value_copied_into_another_column_does_not_open() -> None:
    with pytest.raises(SealBroken):
        KEYRING.open_text(KEYRING.seal_text(NUMBER, PLACE), "resident.phone_sealed")


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x02\x00" + bytes(40)])
def test_what_was_never_sealed_does_not_open(sealed: bytes) -> None:
    with pytest.raises(SealBroken):
        KEYRING.open_text(sealed, PLACE)


def test_after_rotation_old_values_open_and_are_still_found() -> None:
    rotated = KEYRING.rotated()
    assert rotated.open_text(KEYRING.seal_text(NUMBER, PLACE), PLACE) == NUMBER
    domain = document_domain("resident_id")
    assert KEYRING.index_of(domain, NUMBER) in rotated.indexes_of(domain, NUMBER)
    assert rotated.index_of(domain, NUMBER) != KEYRING.index_of(domain, NUMBER)
    with pytest.raises(SealBroken):
        KEYRING.open_text(rotated.seal_text(NUMBER, PLACE), PLACE)


def test_a_keyed_hash_keeps_domains_and_keyrings_apart() -> None:
    domain = document_domain("resident_id")
    assert KEYRING.index_of(domain, NUMBER) == KEYRING.index_of(domain, NUMBER)
    assert KEYRING.index_of("phone", NUMBER) != KEYRING.index_of(domain, NUMBER)
    assert Keyring.make().index_of(domain, NUMBER) != KEYRING.index_of(domain, NUMBER)


def test_a_keyring_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "keyring.json"
    KEYRING.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Keyring.load(path) == KEYRING
    assert [file.name for file in path.parent.iterdir()] == ["keyring.json"]


def test_a_keyring_is_on_the_disk_before_it_takes_the_old_ones_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows sealed with a key that a power cut takes away could never be opened again."""
    path = tmp_path / "keyring.json"
    KEYRING.save(path)
    kept: list[tuple[bool, Path]] = []

    def keep(descriptor: int) -> None:
        kept.append((Keyring.load(path) == newer, Path(f"/proc/self/fd/{descriptor}").readlink()))

    newer = Keyring.make()
    monkeypatch.setattr(os, "fsync", keep)
    newer.save(path)
    assert [is_in_place for is_in_place, _ in kept] == [False, True]
    assert [found.parent for _, found in kept] == [tmp_path, tmp_path.parent]


@pytest.mark.parametrize(
    "content", ["", "{}", '{"seal": [], "index": []}', '{"seal": [{"id": "s", "key": "AA=="}]}']
)
def test_an_unusable_keyring_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keyring.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(KeyringMissing):
        Keyring.load(path)


def test_no_number_lies_open_in_the_table(session: Session, engine: Engine) -> None:
    use(session)
    load_places(session)
    number = ResidentFactory(phone_sealed="13800000000", phone_index="x").id_sealed
    session.expire_all()
    row = session.execute(text("SELECT id_sealed, phone_sealed, id_index FROM resident")).one()
    for column in row:
        stored = bytes(column) if not isinstance(column, str) else column.encode()
        assert number.encode() not in stored
        assert b"13800000000" not in stored
    assert session.scalar(select(Resident.id_sealed)) == number
    assert engine.dialect.name
