"""Pinyin initials of a name, as people type them into a search."""

from importlib import import_module

# Family names that are read otherwise than the same character elsewhere.
FAMILY_READINGS = {
    "单": "s",
    "曾": "z",
    "解": "x",
    "查": "z",
    "盖": "g",
    "仇": "q",
    "区": "o",
    "朴": "p",
    "翟": "z",
    "乐": "y",
    "尉": "y",
    "万": "w",
    "缪": "m",
    "员": "y",
}


def initials(name: str) -> str:
    """In lower case; the family name as families read it."""
    # The dictionary takes 55 MB: a web worker that takes no registration goes without.
    pypinyin = import_module("pypinyin")
    letters: list[str] = pypinyin.lazy_pinyin(name, style=pypinyin.Style.FIRST_LETTER)
    first = FAMILY_READINGS.get(name[:1], "")
    joined = first + "".join(letters[1:] if first else letters)
    return "".join(letter for letter in joined.lower() if letter.isascii() and letter.isalpha())
