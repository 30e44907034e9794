from uuid import uuid4

from circle.registration.receipts import (
    ALPHABET,
    CODE_LENGTH,
    grouped,
    new_receipt,
    read_code,
    receipt_hashes,
)
from models.sealed import Keyring

KEYRING = Keyring.make()


def test_a_code_has_no_characters_that_look_or_sound_alike() -> None:
    codes = {new_receipt(KEYRING, str(uuid4()))[0] for _ in range(200)}
    assert len(codes) == 200
    assert {len(code) for code in codes} == {CODE_LENGTH}
    assert set("".join(codes)) <= set(ALPHABET)
    assert not set(ALPHABET) & set("01OIL2Z5S")


def test_without_the_key_the_uuid_tells_nothing() -> None:
    uuid = str(uuid4())
    assert new_receipt(KEYRING, uuid)[0] != new_receipt(Keyring.make(), uuid)[0]


def test_a_code_is_found_however_it_is_typed() -> None:
    code, stored = new_receipt(KEYRING, str(uuid4()))
    full_width = "".join(chr(ord(letter) + 0xFEE0) for letter in code)
    for typed in (code, code.lower(), grouped(code), f" {grouped(code)} ", full_width):
        assert read_code(typed) == code
        assert stored in receipt_hashes(KEYRING, typed)
