import time

import pytest

from circle.accounts.passwords import hash_password, is_outdated, is_strong, password_matches
from tests.circle.conftest import PASSWORD, PASSWORD_HASH


@pytest.mark.parametrize("password", ["Abcdefg1", "abc12345!", "ABC-1234", "密码abcD12"])
def test_three_classes_and_eight_characters_are_enough(password: str) -> None:
    assert is_strong(password)


@pytest.mark.parametrize("password", ["Abcd12!", "abcdefgh1", "12345678", "A1!" * 50, ""])
def test_a_short_or_plain_password_is_weak(password: str) -> None:
    assert not is_strong(password)


def test_a_hash_made_cheaply_is_outdated() -> None:
    assert password_matches(PASSWORD_HASH, PASSWORD)
    assert is_outdated(PASSWORD_HASH)
    assert not is_outdated(hash_password(PASSWORD))


def test_a_broken_hash_opens_nothing() -> None:
    assert not password_matches("plain", "plain")


def test_nobody_has_no_password() -> None:
    assert not password_matches(None, "\x00")


def test_an_account_that_does_not_exist_costs_as_much_work() -> None:
    known = hash_password(PASSWORD)
    with_account = _least_seconds(known)
    without_account = _least_seconds(None)
    assert without_account > with_account / 2


def _least_seconds(stored: str | None) -> float:
    def once() -> float:
        start = time.perf_counter()
        password_matches(stored, "wrong")
        return time.perf_counter() - start

    return min(once() for _ in range(3))
