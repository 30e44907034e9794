import pytest

from circle.employers.uscc import is_uscc, normal_uscc

VALID = ["91110000600037341L", "91330100799655058B", "91330100716105852F"]


@pytest.mark.parametrize("code", VALID)
def test_codes_of_the_standard_are_codes(code: str) -> None:
    assert is_uscc(code)


@pytest.mark.parametrize("code", VALID)
def test_any_other_last_letter_is_wrong(code: str) -> None:
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    assert [letter for letter in letters if is_uscc(code[:-1] + letter)] == [code[-1]]


@pytest.mark.parametrize(
    "code", ["", "91110000600037341", "91110000600037341N", "9111000060003734IL", VALID[0] + "1"]
)
def test_what_is_none_is_refused(code: str) -> None:
    assert not is_uscc(code)


def test_however_it_is_typed() -> None:
    assert normal_uscc(" ９１110000-600037341l ") == VALID[0]
