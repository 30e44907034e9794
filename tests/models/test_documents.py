"""Document numbers, GB 11643-1999 (every number here is made up)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.vocabulary.documents import UnreadableNumber, check_character, read_number
from models.vocabulary.imports import RejectCode
from models.vocabulary.residents import DocumentType, Sex
from tests.factories import number_of

TODAY = date(2026, 11, 21)
NUMBER = "11010519491231002X"  # the standard's own example


def test_the_standards_example_reads() -> None:
    read = read_number(NUMBER, on=TODAY)
    assert (read.born_on, read.sex) == (date(1949, 12, 31), Sex.FEMALE)
    assert read.document_type is DocumentType.RESIDENT_ID


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002x",
        " 110105 19491231 002X ",
        "'11010519491231002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        "11010519491231002×",
        "11010519491231002Ⅹ",
        "110105\u00a019491231\u3000002X",
        "\ufeff11010519491231002X\n",
    ],
)
def test_a_number_reads_however_it_was_typed(typed: str) -> None:
    assert read_number(typed, on=TODAY).number == NUMBER


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", RejectCode.ID_MISSING),
        ("  ", RejectCode.ID_MISSING),
        ("1101051949123100", RejectCode.ID_LENGTH),
        ("11010519491231002XX", RejectCode.ID_LENGTH),
        ("11010519491231A02X", RejectCode.ID_CHARACTERS),
        ("1101051949123100X2", RejectCode.ID_CHARACTERS),
        ("110105194912310021", RejectCode.ID_CHECKSUM),
        ("110105194913310026", RejectCode.ID_DATE),
        ("110105194902290020", RejectCode.ID_DATE),
        ("110105000001010020", RejectCode.ID_DATE),
    ],
)
def test_a_wrong_number_says_what_is_wrong(typed: str, code: RejectCode) -> None:
    with pytest.raises(UnreadableNumber) as refused:
        read_number(typed, on=TODAY)
    assert refused.value.code is code


@given(st.dates(date(1900, 1, 1), TODAY), st.sampled_from(list(Sex)), st.integers(0, 499))
def test_birth_and_sex_stand_in_the_number(born_on: date, sex: Sex, sequence: int) -> None:
    read = read_number(number_of(born_on, sex, sequence), on=TODAY)
    assert (read.born_on, read.sex) == (born_on, sex)


@given(st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(place: int, change: int) -> None:
    digits = list(NUMBER)
    digits[place] = str((int(digits[place]) + change) % 10)
    with pytest.raises(UnreadableNumber):
        read_number("".join(digits), on=TODAY)


def test_nobody_is_born_tomorrow() -> None:
    number = number_of(TODAY, Sex.MALE, 1)
    assert read_number(number, on=TODAY).born_on == TODAY
    with pytest.raises(UnreadableNumber) as refused:
        read_number(number, on=date(2026, 11, 20))
    assert refused.value.code is RejectCode.ID_FUTURE


def test_a_number_of_fifteen_digits_is_upgraded() -> None:
    assert read_number("110105491231002", on=TODAY).number == NUMBER


@pytest.mark.parametrize(
    ("area", "document_type"),
    [
        ("810000", DocumentType.HMT_PERMIT),
        ("820000", DocumentType.HMT_PERMIT),
        ("830000", DocumentType.HMT_PERMIT),
        ("911124", DocumentType.FOREIGNER_ID),
        ("330114", DocumentType.RESIDENT_ID),  # Qiantang, younger than many tables
    ],
)
def test_permits_pass_the_same_checksum(area: str, document_type: DocumentType) -> None:
    first_17 = f"{area}19900101001"
    read = read_number(first_17 + check_character(first_17), on=TODAY)
    assert read.document_type is document_type
