"""Document numbers: GB 11643-1999 citizen numbers and the permits that share their checksum.

The area in front is where the number was first issued, not where the person lives; an area
missing from today's table says nothing about the number, so it is never a reason to reject.
"""

import unicodedata
from dataclasses import dataclass
from datetime import date

from models.vocabulary.imports import RejectCode
from models.vocabulary.residents import DocumentType, Sex

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
LENGTH = 18
OLD_LENGTH = 15
EARLIEST_BIRTH_YEAR = 1880
PERMIT_AREAS = ("81", "82", "83")
FOREIGNER_PREFIX = "9"
# What people type or paste where an X is meant.
LOOK_LIKE_X = str.maketrans({"x": "X", "×": "X", "Ⅹ": "X", "ⅹ": "X", "Χ": "X", "Х": "X"})
BLANKS = str.maketrans(dict.fromkeys(" \t\r\n\u00a0\u3000\u200b\ufeff'‘’`-", ""))


class UnreadableNumber(ValueError):  # noqa: N818 - named for what is wrong
    """The number fails a check; `code` says which."""

    def __init__(self, code: RejectCode) -> None:
        super().__init__(code.label)
        self.code = code


@dataclass(frozen=True)
class DocumentNumber:
    """A number that passed every check, and what can be read from it."""

    number: str
    document_type: DocumentType
    born_on: date
    sex: Sex


def normalise_number(text: str) -> str:
    """Full-width forms, blanks, a leading apostrophe and look-alikes of X put right."""
    narrow = unicodedata.normalize("NFKC", text.translate(LOOK_LIKE_X))
    return narrow.translate(BLANKS).upper()


def check_character(first_17: str) -> str:
    """GB 11643-1999, ISO 7064 MOD 11-2."""
    weighted = zip(WEIGHTS, first_17, strict=True)
    return CHECK_CHARACTERS[sum(weight * int(digit) for weight, digit in weighted) % 11]


def upgraded(number_15: str) -> str:
    """The 18 digits of a number issued before 1999."""
    first_17 = f"{number_15[:6]}19{number_15[6:]}"
    return first_17 + check_character(first_17)


def read_number(text: str, *, on: date) -> DocumentNumber:
    """Read a number as somebody typed it; raises UnreadableNumber with the first failing check."""
    number = normalise_number(text)
    if not number:
        raise UnreadableNumber(RejectCode.ID_MISSING)
    if len(number) == OLD_LENGTH and number.isdecimal() and number.isascii():
        number = upgraded(number)
    _check_form(number)
    born_on = _birth_date(number)
    if check_character(number[:17]) != number[17]:
        raise UnreadableNumber(RejectCode.ID_CHECKSUM)
    if born_on > on:
        raise UnreadableNumber(RejectCode.ID_FUTURE)
    sex = Sex.MALE if int(number[16]) % 2 else Sex.FEMALE
    return DocumentNumber(number, type_of(number), born_on, sex)


def type_of(number: str) -> DocumentType:
    if number.startswith(PERMIT_AREAS):
        return DocumentType.HMT_PERMIT
    if number.startswith(FOREIGNER_PREFIX):
        return DocumentType.FOREIGNER_ID
    return DocumentType.RESIDENT_ID


def _check_form(number: str) -> None:
    if len(number) != LENGTH:
        raise UnreadableNumber(RejectCode.ID_LENGTH)
    if not (number.isascii() and number[:17].isdecimal() and number[17] in CHECK_CHARACTERS):
        raise UnreadableNumber(RejectCode.ID_CHARACTERS)


def _birth_date(number: str) -> date:
    try:
        born_on = date.fromisoformat(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")
    except ValueError:
        raise UnreadableNumber(RejectCode.ID_DATE) from None
    if born_on.year < EARLIEST_BIRTH_YEAR:
        raise UnreadableNumber(RejectCode.ID_DATE)
    return born_on
