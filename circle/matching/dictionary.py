"""The office's own words for work: names people say, each with its synonyms and its family.

The classification's occupation names come from circle/posts/occupations.csv; everyday.csv has what
residents and shops say instead, empty_words.txt what advertisements say without meaning work.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from circle.posts.occupations import occupations

EVERYDAY = Path(__file__).with_name("everyday.csv")
EMPTY = Path(__file__).with_name("empty_words.txt")


@dataclass(frozen=True)
class Trade:
    """A kind of work as everybody calls it."""

    family: str
    name: str
    synonyms: tuple[str, ...]


@lru_cache(maxsize=1)
def trades() -> Sequence[Trade]:
    with EVERYDAY.open(encoding="utf-8", newline="") as file:
        return [
            Trade(row["family"], row["name"], tuple(row["synonyms"].lower().split()))
            for row in csv.DictReader(file)
        ]


@lru_cache(maxsize=1)
def names() -> dict[str, str]:
    """What a word is called here: the everyday name of each synonym, and of itself."""
    known = {word: trade.name for trade in trades() for word in trade.synonyms}
    return known | {trade.name: trade.name for trade in trades()}


@lru_cache(maxsize=1)
def families() -> dict[str, str]:
    """The family of an everyday name."""
    return {trade.name: trade.family for trade in trades()}


@lru_cache(maxsize=1)
def empty_words() -> frozenset[str]:
    return frozenset(EMPTY.read_text(encoding="utf-8").split())


@lru_cache(maxsize=1)
def words() -> tuple[str, ...]:
    """All that the cutter is taught, in one order."""
    taught = {each.name for each in occupations().values()} | set(names())
    return tuple(sorted(taught))
