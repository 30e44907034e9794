"""BM25 in whole thousandths, so that both databases and NumPy reckon exactly the same.

Robertson and Zaragoza, The Probabilistic Relevance Framework (2009): a word's rarity times how
much of it a text has, saturating. Fields are counted together, each with its share (BM25F).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log

K1 = 1.2
B = 0.3
# Words of a post that is neither terse nor wordy, its fields counted by their shares; fixed, so
# that one post more changes no other.
TYPICAL_LENGTH = 30.0
THOUSAND = 1000


@dataclass(frozen=True)
class Shares:
    """How many times over a word counts that stands in a field."""

    title: float = 3.0
    occupation: float = 2.0
    skills: float = 1.0
    description: float = 0.5
    family: float = 1.0


@dataclass(frozen=True)
class Wished:
    """Per cent a word counts in a wish, by where it stands."""

    occupation: int = 100
    skills: int = 50
    family: int = 50


SHARES = Shares()
WISHED = Wished()


def weights(counts: Mapping[str, float]) -> dict[str, int]:
    """Thousandths a word weighs in a text that has it so many times over."""
    length = sum(counts.values()) / TYPICAL_LENGTH
    return {word: _saturated(count, length) for word, count in counts.items()}


def rarity(holding: int, posts: int) -> int:
    """Thousandths; nothing for a word that no post has, which nobody could be found by."""
    if not holding:
        return 0
    return round(log(1 + (posts - holding + 0.5) / (holding + 0.5)) * THOUSAND)


def counted(fields: Iterable[tuple[float, list[str]]]) -> dict[str, float]:
    counts: Counter[str] = Counter()
    for share, found in fields:
        for word in found:
            counts[word] += share  # type: ignore[assignment] # a Counter counts fractions as well
    return dict(counts)


def _saturated(count: float, length: float) -> int:
    return round(count * (K1 + 1) / (count + K1 * (1 - B + B * length)) * THOUSAND)


# A word named once in the title of a typical post is all a wish can ask for.
FULL = _saturated(SHARES.title, 1.0)
