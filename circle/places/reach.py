"""The streets in reach of a place, as the map draws them and as they are kept."""

import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

# A metre; a line on a map is thicker.
PLACES_DRAWN = 5

Spot = tuple[float, float]  # latitude, longitude
Line = list[Spot]


def chained(starts: Iterable[Sequence[float]], ends: Iterable[Sequence[float]]) -> list[Line]:
    """Pieces of street joined end to end into as few lines as is simple: a fifth of the bytes."""
    pieces = [(_drawn(start), _drawn(end)) for start, end in zip(starts, ends, strict=True)]
    pieces = [piece for piece in dict.fromkeys(pieces) if piece[0] != piece[1]]
    at: dict[Spot, list[int]] = defaultdict(list)
    for number, piece in enumerate(pieces):
        for spot in piece:
            at[spot].append(number)
    left = set(range(len(pieces)))
    return [_line_from(number, pieces, at, left) for number in range(len(pieces)) if number in left]


def _line_from(
    number: int, pieces: list[tuple[Spot, Spot]], at: dict[Spot, list[int]], left: set[int]
) -> Line:
    """On from the piece as long as another, not drawn yet, begins where it ends."""
    left.discard(number)
    line = [*pieces[number]]
    while following := next((piece for piece in at[line[-1]] if piece in left), None):
        left.discard(following)
        start, end = pieces[following]
        line.append(end if start == line[-1] else start)
    return line


def _drawn(spot: Sequence[float]) -> Spot:
    return round(spot[0], PLACES_DRAWN), round(spot[1], PLACES_DRAWN)


def packed(lines: list[Line]) -> bytes:
    return zlib.compress(json.dumps(lines, separators=(",", ":")).encode())


def unpacked(stored: bytes) -> list[Line]:
    lines: list[Line] = json.loads(zlib.decompress(stored))
    return lines
