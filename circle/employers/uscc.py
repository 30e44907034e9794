"""The unified social credit code of GB 32100: eighteen characters, the last one checks the rest."""

import re
import unicodedata

LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18
BLANKS = re.compile(r"[\s\u200b\ufeff-]+")


def normal_uscc(typed: str) -> str:
    """Half width, capitals, no blanks; as it was typed otherwise."""
    return BLANKS.sub("", unicodedata.normalize("NFKC", typed)).upper()


def is_uscc(code: str) -> bool:
    if len(code) != LENGTH or any(letter not in LETTERS for letter in code):
        return False
    return code[-1] == _check_letter(code[:-1])


def _check_letter(first: str) -> str:
    """The weights are the powers of three modulo 31."""
    total = sum(LETTERS.index(letter) * pow(3, place, 31) for place, letter in enumerate(first))
    return LETTERS[-total % 31]
