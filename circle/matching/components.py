"""What a fitting post is scored by: one table, in SQL.

Each component is a whole number of ten-thousandths, 0 to FULL_MARK, reckoned in whole numbers
only, so that SQLite, PostgreSQL and NumPy (circle/matching/arrays.py) agree to the last digit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    String,
    case,
    cast,
    func,
    literal,
    or_,
)

from circle.matching import bm25
from circle.matching.seekers import Seeker
from models.policy import Policy
from models.posts import Post
from models.sql import larger_of, smaller_of

FULL_MARK = 10_000
# What is not known is neither good nor bad.
HALF_MARK = FULL_MARK // 2
# Days since a post was published, in steps: a list is not written anew because a day went by.
FRESH = ((7, FULL_MARK), (14, 7_500), (30, 5_000), (60, 2_500))
# People still looked for.
LEFT = ((10, FULL_MARK), (5, 7_500), (2, 5_000))
LEFT_ONE = 2_500
# Without a wish, pay is held against so many times the minimum wage.
DECENT = 2


@dataclass(frozen=True)
class Ask:
    """A person's list on a day: what every component is reckoned from."""

    seeker: Seeker
    on: date
    policy: Policy

    @property
    def pay_fen(self) -> int:
        """What pay is held against, a month."""
        return max(1, self.seeker.pay_fen or DECENT * self.policy.minimum_wage_fen)

    @property
    def near(self) -> int:
        return self.policy.reach_minutes * self.policy.walking_metres_a_minute

    @property
    def far(self) -> int:
        return max(self.near + 1, self.policy.match_minutes * self.policy.walking_metres_a_minute)

    @property
    def full_words(self) -> int:
        """What a title that names all of the wish comes to."""
        return max(1, bm25.FULL * sum(self.seeker.words.values()))

    @property
    def weights(self) -> dict[str, int]:
        given = dict(self.policy.match_weights)
        return {name: int(given.get(name, 0)) for name in COMPONENTS}


@dataclass(frozen=True)
class Found:
    """What is known of a post beside itself: metres on foot and the sum of its fitting words."""

    metres: ColumnElement[int | None]
    words: ColumnElement[int | None]


Component = Callable[[Ask, Found], ColumnElement[int]]


def _number(value: int) -> ColumnElement[int]:
    """Wide enough to be multiplied on PostgreSQL."""
    return literal(value, BigInteger)


def _words(ask: Ask, found: Found) -> ColumnElement[int]:
    if not ask.seeker.words:
        return literal(0, Integer)
    share = func.coalesce(found.words, 0) * _number(FULL_MARK) // _number(ask.full_words)
    return smaller_of(share, _number(FULL_MARK))


def _pay(ask: Ask, found: Found) -> ColumnElement[int]:
    """Half of what is wished for, or less, is nothing; the middle of the range counts."""
    del found
    low = cast(func.coalesce(Post.month_low_fen, Post.month_high_fen), BigInteger)
    high = cast(func.coalesce(Post.month_high_fen, Post.month_low_fen), BigInteger)
    share = (low + high) // _number(2) * _number(FULL_MARK) // _number(ask.pay_fen)
    reached = smaller_of(share, _number(FULL_MARK)) * 2 - FULL_MARK
    return case((low.is_(None), _number(HALF_MARK)), else_=larger_of(reached, _number(0)))


def _walking(ask: Ask, found: Found) -> ColumnElement[int]:
    """Full within the circle, nothing at the end of how far anybody is asked to walk."""
    left = (ask.far - found.metres) * _number(FULL_MARK) // _number(ask.far - ask.near)
    within = larger_of(smaller_of(left, _number(FULL_MARK)), _number(0))
    return case((found.metres.is_(None), _number(HALF_MARK)), else_=within)


def _freshness(ask: Ask, found: Found) -> ColumnElement[int]:
    del found
    steps = [(Post.published_on >= ask.on - timedelta(days=days), mark) for days, mark in FRESH]
    return case(*steps, else_=0)


def _headcount(ask: Ask, found: Found) -> ColumnElement[int]:
    del ask, found
    left = Post.headcount - Post.hired_count
    return case(*((left >= count, mark) for count, mark in LEFT), else_=LEFT_ONE)


def _helped(ask: Ask, found: Found) -> ColumnElement[int]:
    """The post is meant for one of the groups the person belongs to."""
    del found
    if not ask.seeker.categories:
        return literal(0, Integer)
    named = cast(Post.helped, String)
    meant = [named.contains(f'"{code}"') for code in sorted(ask.seeker.categories)]
    return case((or_(*meant), FULL_MARK), else_=0)


COMPONENTS: dict[str, Component] = {
    "words": _words,
    "pay": _pay,
    "walking": _walking,
    "freshness": _freshness,
    "headcount": _headcount,
    "helped": _helped,
}


def total(ask: Ask, found: Found) -> ColumnElement[int]:
    """All components by their weights; a component without weight is not even reckoned."""
    parts = [
        COMPONENTS[name](ask, found) * _number(weight)
        for name, weight in ask.weights.items()
        if weight
    ]
    return sum(parts[1:], parts[0]) if parts else _number(0)


def score(reached: int, weights: dict[str, int]) -> float:
    """Between 0 and 100, to one place."""
    return round(reached * 100 / max(1, sum(weights.values()) * FULL_MARK), 1)
