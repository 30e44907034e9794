from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circle.privacy import masking


def test_a_number_shows_its_first_three_and_last_two() -> None:
    assert masking.mask_number("330110198506151238") == "330*************38"
    assert masking.mask_number("33011019850615123X") == "330*************3X"


@given(st.text("0123456789X", min_size=1, max_size=20))
def test_a_masked_number_is_as_long_and_never_tells_the_birthday(number: str) -> None:
    masked = masking.mask_number(number)
    assert len(masked) <= len(number)
    assert set(masked[3:-2]) <= {"*"}


def test_a_phone_shows_its_first_three_and_last_four() -> None:
    assert masking.mask_phone("13812341234") == "138****1234"
    assert masking.mask_phone("12345") == "****"


def test_an_address_shows_no_more_than_the_community() -> None:
    masked = masking.mask_address("余杭区仓前街道葛巷社区绿汀路1号3幢2单元501室")
    assert masked == "余杭区仓前街道葛巷社区****"
    assert masking.mask_address("绿汀路1号") == "****"
    estate = "余杭区仓前街道葛巷社区良睦路1399号海创园绿色小镇12幢1803室"
    assert masking.mask_address(estate) == "余杭区仓前街道葛巷社区****"


def test_a_name_shows_its_first_character() -> None:
    assert masking.mask_name("阿依古丽·买买提") == "阿*"


@pytest.mark.parametrize(
    "mask", [masking.mask_number, masking.mask_phone, masking.mask_name, masking.mask_address]
)
def test_what_is_not_known_stays_empty(mask: object) -> None:
    assert callable(mask)
    assert mask(None) == mask("") == ""


@pytest.mark.parametrize(
    ("born_on", "on", "years"),
    [
        (date(1985, 11, 21), date(2026, 11, 21), 41),
        (date(1985, 11, 22), date(2026, 11, 21), 40),
        (date(2004, 2, 29), date(2026, 2, 28), 21),
        (date(2004, 2, 29), date(2026, 3, 1), 22),
        (None, date(2026, 3, 1), None),
    ],
)
def test_age_counts_full_years(born_on: date | None, on: date, years: int | None) -> None:
    assert masking.age(born_on, on) == years
