"""Flags by their rules, and a text cut where flagged words begin and end, for a page to mark."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from circle.posts.flag_rules import WordRule
from circle.posts.flags import FactRule, Flag

LONGEST_QUOTE = 20


@dataclass(frozen=True)
class Remark:
    """A rule that holds, and all the words it rests on; a fact rests on none."""

    rule: WordRule | FactRule
    is_forbidden: bool
    quotes: tuple[str, ...]


def remarks_of(texts: Mapping[str, str], flags: Sequence[Flag]) -> list[Remark]:
    """One to a rule, in the order of the flags."""
    rules = {flag.rule.code: flag for flag in flags}
    return [
        Remark(flag.rule, flag.is_forbidden, _quotes(texts, flags, code))
        for code, flag in rules.items()
    ]


def _quotes(texts: Mapping[str, str], flags: Sequence[Flag], code: str) -> tuple[str, ...]:
    own = (flag for flag in flags if flag.rule.code == code and flag.has_words)
    words = (texts.get(flag.field, "")[flag.start : flag.end] for flag in own)
    return tuple(dict.fromkeys(_short(each) for each in words))


def _short(words: str) -> str:
    return words if len(words) <= LONGEST_QUOTE else f"{words[:LONGEST_QUOTE]}…"


@dataclass(frozen=True)
class Piece:
    """`numbers` are the remarks' places in the list beside the text, from 1; none: plain text."""

    text: str
    numbers: tuple[int, ...] = ()
    is_forbidden: bool = False


def pieces_of(field: str, text: str | None, flags: Sequence[Flag]) -> list[Piece]:
    """The text whole, in pieces; flags that overlap share the piece they overlap in."""
    numbers = {code: n for n, code in enumerate(dict.fromkeys(f.rule.code for f in flags), 1)}
    own = (flag for flag in flags if flag.field == field and flag.has_words)
    here = [(numbers[flag.rule.code], flag) for flag in own]
    written = text or ""
    edges = {0, len(written), *(edge for _, flag in here for edge in (flag.start, flag.end))}
    cuts = sorted(edges)
    return [_piece(written, here, *span) for span in pairwise(cuts)]


def _piece(text: str, here: list[tuple[int, Flag]], start: int, end: int) -> Piece:
    covering = [(n, flag) for n, flag in here if flag.start <= start and end <= flag.end]
    numbers = tuple(sorted({n for n, _ in covering}))
    return Piece(text[start:end], numbers, any(flag.is_forbidden for _, flag in covering))
