"""A text cut where flagged words begin and end, so that a page can mark them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from circle.posts.flags import Flag


@dataclass(frozen=True)
class Piece:
    """`numbers` are the flags' places in the list beside the text, from 1; none: plain text."""

    text: str
    numbers: tuple[int, ...] = ()
    is_forbidden: bool = False


def pieces_of(field: str, text: str | None, flags: Sequence[Flag]) -> list[Piece]:
    """The text whole, in pieces; flags that overlap share the piece they overlap in."""
    here = [(n, flag) for n, flag in enumerate(flags, 1) if flag.field == field and flag.has_words]
    written = text or ""
    edges = {0, len(written), *(edge for _, flag in here for edge in (flag.start, flag.end))}
    cuts = sorted(edges)
    return [_piece(written, here, *span) for span in pairwise(cuts)]


def _piece(text: str, here: list[tuple[int, Flag]], start: int, end: int) -> Piece:
    covering = [(n, flag) for n, flag in here if flag.start <= start and end <= flag.end]
    numbers = tuple(n for n, _ in covering)
    return Piece(text[start:end], numbers, any(flag.is_forbidden for _, flag in covering))
