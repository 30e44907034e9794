"""The streets in reach of a place, as the map draws them and as they are kept."""

import json
import zlib
from collections import defaultdict
from collections.abc import Iterable

# A metre; a line on a map is thicker.
PLACES_DRAWN = 5

Spot = tuple[float, float]  # latitude, longitude
Piece = tuple[Spot, Spot]
Line = list[Spot]


def chained(pieces: Iterable[Piece]) -> list[Line]:
    """Pieces of street joined end to end into as few lines as is simple: a fifth of the bytes."""
    known = [piece for piece in dict.fromkeys(pieces) if piece[0] != piece[1]]
    at: dict[Spot, list[int]] = defaultdict(list)
    for number, piece in enumerate(known):
        for spot in piece:
            at[spot].append(number)
    left = set(range(len(known)))
    return [_line_from(number, known, at, left) for number in range(len(known)) if number in left]


def _line_from(number: int, pieces: list[Piece], at: dict[Spot, list[int]], left: set[int]) -> Line:
    """On from the piece as long as another, not drawn yet, begins where it ends."""
    left.discard(number)
    line = [*pieces[number]]
    while following := next((piece for piece in at[line[-1]] if piece in left), None):
        left.discard(following)
        start, end = pieces[following]
        line.append(end if start == line[-1] else start)
    return line


def packed(lines: list[Line]) -> bytes:
    return zlib.compress(json.dumps(lines, separators=(",", ":")).encode())


def unpacked(stored: bytes) -> list[Line]:
    lines: list[Line] = json.loads(zlib.decompress(stored))
    return lines
