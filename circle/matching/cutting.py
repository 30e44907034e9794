"""Texts of posts and wishes cut into words; only jobs do so, a page never.

Who only reads what is stored need not load the cutter and its dictionary (25 MiB).
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import rjieba

from circle.matching.dictionary import empty_words, families, names, words

SHORTEST, LONGEST = 2, 40
# A figure is no word of work, nor a sign; c, r and c++ are.
WORK_SIGNS = frozenset({"c", "r", "c++", "c#"})
NO_WORD = re.compile(r"[\W\d_]+")
FAMILY_MARK = "类"


@lru_cache(maxsize=1)
def _cutter() -> rjieba.Jieba:
    cutter = rjieba.Jieba()
    for word in words():
        cutter.add_word(word, None, None)
    return cutter


def cut(text: str) -> list[str]:
    """Words as they stand in a text: everyday names for their synonyms, nothing empty."""
    plain = unicodedata.normalize("NFKC", text).lower()
    pieces = (piece.strip() for piece in _cutter().cut(plain, hmm=False))
    return [word for piece in pieces if _is_word(piece) for word in _called(piece)]


def _called(piece: str) -> list[str]:
    """Its everyday name; of a longer word without one, itself and the names it holds."""
    if piece in names():
        return [names()[piece]]
    held = dict.fromkeys(
        names()[part] for part in _cutter().cut_for_search(piece, hmm=False) if part in names()
    )
    return [piece, *held]


def families_of(found: list[str]) -> Iterator[str]:
    """The family a name belongs to, once each: a word of its own."""
    named = dict.fromkeys(families()[word] for word in found if word in families())
    return (family + FAMILY_MARK for family in named)


def _is_word(piece: str) -> bool:
    if piece in WORK_SIGNS:
        return True
    if not SHORTEST <= len(piece) <= LONGEST or NO_WORD.fullmatch(piece):
        return False
    return piece not in empty_words()
