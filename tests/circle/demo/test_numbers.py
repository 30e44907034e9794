import numpy as np
import pytest

from circle.demo.numbers import (
    CREDIT_ALPHABET,
    citizen_numbers,
    credit_codes,
    mobile_numbers,
    pick,
)
from circle.demo.spellings import odd_number_spellings
from models.vocabulary.documents import check_character, normalise_number, upgraded

WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def test_a_thousand_people_born_on_one_day_in_one_place_have_a_thousand_numbers() -> None:
    births = np.full(998, np.datetime64("1985-06-15"))
    is_male = np.arange(998) % 2 == 0
    numbers = citizen_numbers(np.full(998, 330110), births, is_male)
    assert len(set(numbers)) == 998
    assert all(check_character(number[:17]) == number[17] for number in numbers)


@pytest.mark.parametrize("number", ["11010519491231002X", "330110198506151238"])
def test_every_odd_spelling_still_reads_as_the_number(number: str) -> None:
    for spelling in odd_number_spellings(number):
        read = normalise_number(spelling)
        assert (upgraded(read) if len(read) == 15 else read) == number


def test_credit_codes_carry_the_standard_s_check_character() -> None:
    for code in credit_codes(np.random.default_rng(3), 50, "330110"):
        total = sum(
            CREDIT_ALPHABET.index(character) * weight
            for character, weight in zip(code, WEIGHTS, strict=False)
        )
        assert len(code) == 18
        assert CREDIT_ALPHABET[(31 - total % 31) % 31] == code[17]


def test_mobile_numbers_have_eleven_digits() -> None:
    for number in mobile_numbers(np.random.default_rng(3), 50):
        assert len(number) == 11
        assert number[0] == "1"
        assert number[1] in "3456789"


def test_a_pick_stays_within_the_mask() -> None:
    mask = np.array([True, False, True, False])
    picked = pick(np.random.default_rng(1), mask, 9)
    assert picked.tolist() == mask.tolist()
