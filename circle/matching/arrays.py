"""Posts as columns of NumPy, with the conditions and components of single lists once more.

Each table here has the keys of its twin in SQL (circle/matching/conditions.py, components.py), and
a test holds the lists of both against each other. Only the night's job imports this.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from sqlalchemy import Select, String, cast, select
from sqlalchemy.orm import Session

from circle.matching.components import (
    FRESH,
    FULL_MARK,
    HALF_MARK,
    LEFT,
    LEFT_ONE,
    Ask,
)
from circle.matching.conditions import hours_suiting, kinds_wanted
from circle.matching.seekers import LEVELS, STREET_LENGTH, Seeker
from circle.posts.queries import is_offered
from models.matching import PostTerm, Term, WishTerm
from models.places import Position
from models.posts import Post
from models.residents import Intention
from models.vocabulary.labelled import Labelled
from models.vocabulary.residents import CategoryCode, WishedHours, WorkKind

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
CHUNK = 50_000
# Of a post without a position, without a way, without pay.
NONE = -1


@dataclass(frozen=True)
class Posts:
    """Offered posts, a column each, by their number; sets of words are bits."""

    ids: Ints
    positions: Ints
    is_walked: Bools
    streets: Ints
    kinds: Ints
    hours: Ints
    levels: Ints
    pay: Ints
    freshness: Ints
    headcount: Ints
    helped: Ints

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, places: Ints) -> "Posts":
        return Posts(*(getattr(self, column.name)[places] for column in fields(self)))


@dataclass(frozen=True)
class Words:
    """What posts have of the words somebody wishes for: a row a post, a column a term."""

    terms: Ints
    weights: Any  # csr_array; SciPy has no types

    def of(self, seekers: Sequence[Seeker], places: Ints) -> Any:  # noqa: ANN401 - as above
        """Sums of fitting words: a row a person, a column a post."""
        return self._wished(seekers) @ self.weights[places].T

    def _wished(self, seekers: Sequence[Seeker]) -> Any:  # noqa: ANN401 - as above
        pairs = [
            (row, term, worth)
            for row, seeker in enumerate(seekers)
            for term, worth in seeker.words.items()
        ]
        rows, terms, worths = _columns(pairs, 3)
        shape = (len(seekers), len(self.terms))
        columns = np.searchsorted(self.terms, terms)
        return csr_array((worths, (rows, columns)), shape=shape, dtype=np.int64)


def bits(words: Iterable[Labelled | str], of: type[Labelled]) -> int:
    """A set of an enumeration's words as one number."""
    order = _order(of)
    return sum(order[word] for word in set(words) if word in order)


@lru_cache
def _order(of: type[Labelled]) -> dict[str, int]:
    return {member.value: 1 << place for place, member in enumerate(of)}


@lru_cache(maxsize=1024)
def _groups(told: str) -> int:
    """Of a document as it lies in the table; few differ."""
    return bits(json.loads(told), CategoryCode)


def read_posts(session: Session, on: date) -> Posts:
    read = session.execute(_posts(on), execution_options={"yield_per": CHUNK})
    chunks = [_chunk(rows, on) for rows in read.partitions()]
    if not chunks:
        chunks = [_chunk([], on)]
    return Posts(
        *(np.concatenate([getattr(chunk, each.name) for chunk in chunks]) for each in fields(Posts))
    )


def read_words(session: Session, posts: Posts) -> Words:
    """Only words that some current wish has."""
    wished = (
        select(WishTerm.term_id)
        .join(Intention, Intention.id == WishTerm.intention_id)
        .where(Intention.replaced_at.is_(None))
    )
    terms = session.scalars(
        select(Term.id).where(Term.idf > 0, Term.id.in_(wished)).order_by(Term.id)
    ).all()
    known = np.array(terms, dtype=np.int64)
    query = select(PostTerm.term_id, PostTerm.post_id, PostTerm.weight).where(
        PostTerm.term_id.in_(select(Term.id).where(Term.idf > 0, Term.id.in_(wished)))
    )
    read = session.execute(query, execution_options={"yield_per": CHUNK})
    parts = [_placed(_columns(rows, 3), known, posts.ids) for rows in read.partitions()]
    columns, rows, weights = (
        np.concatenate([part[place] for part in parts] or [np.empty(0, dtype=np.int32)])
        for place in range(3)
    )
    shape = (len(posts), len(known))
    return Words(known, csr_array((weights, (rows, columns)), shape=shape, dtype=np.int64))


def _placed(columns: list[Ints], terms: Ints, ids: Ints) -> list[npt.NDArray[np.int32]]:
    """By column, row and weight; of offered posts only."""
    places = np.searchsorted(ids, columns[1])
    known = places < len(ids)
    known[known] = ids[places[known]] == columns[1][known]
    found = (np.searchsorted(terms, columns[0]), places, columns[2])
    return [part[known].astype(np.int32) for part in found]


def _posts(on: date) -> Select[*tuple[Any, ...]]:
    """Words as they lie there: members of enumerations take longer to make than all else."""
    return (
        select(
            Post.id,
            Post.position_id,
            Position.is_walked,
            Post.division_code,
            cast(Post.kind, String),
            cast(Post.hours, String),
            cast(Post.education, String),
            Post.month_low_fen,
            Post.month_high_fen,
            Post.published_on,
            Post.headcount - Post.hired_count,
            cast(Post.helped, String),
        )
        .outerjoin(Position, Position.id == Post.position_id)
        .where(is_offered(on))
        .order_by(Post.id)
    )


def _chunk(rows: Sequence[Any], on: date) -> Posts:
    columns: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * 12
    ids, positions, walked, codes, kinds, hours, levels, low, high, days, left, helped = columns
    kind_bits = _order(WorkKind)
    hour_bits: dict[str | None, int] = {None: 0}
    hour_bits.update(_order(WishedHours).items())
    level_places: dict[str | None, int] = {None: 0}
    level_places |= {level.value: place for place, level in enumerate(LEVELS, start=1)}
    return Posts(
        ids=_ints(ids),
        positions=_ints(NONE if each is None else each for each in positions),
        is_walked=np.array([bool(each) for each in walked], dtype=np.bool_),
        streets=_ints(street_number(code) for code in codes),
        kinds=_ints(kind_bits[kind] for kind in kinds),
        hours=_ints(hour_bits[hour] for hour in hours),
        levels=_ints(level_places[level] for level in levels),
        pay=_ints(map(_middle, low, high)),
        freshness=_ints(_fresh(day, on) for day in days),
        headcount=_ints(
            next((mark for most, mark in LEFT if count >= most), LEFT_ONE) for count in left
        ),
        helped=_ints(map(_groups, helped)),
    )


def street_number(code: str) -> int:
    return int(code[:STREET_LENGTH])


def _middle(low: int | None, high: int | None) -> int:
    known = [fen for fen in (low, high) if fen is not None]
    return (known[0] + known[-1]) // 2 if known else NONE


def _fresh(day: date, on: date) -> int:
    return next((mark for days, mark in FRESH if day >= on - timedelta(days=days)), 0)


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)


def _columns(rows: Sequence[Any], count: int) -> list[Ints]:
    if not rows:
        return [np.empty(0, dtype=np.int64)] * count
    return [np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)]


# Conditions: the keys are those of circle/matching/conditions.py.
Settled = Ints  # posts that are out of the question for one person


def _is_of_kind(posts: Posts, seeker: Seeker, settled: Settled) -> Bools:
    del settled
    fits: Bools = (posts.kinds & bits(kinds_wanted(seeker), WorkKind)) != 0
    return fits


def _has_hours(posts: Posts, seeker: Seeker, settled: Settled) -> Bools:
    del settled
    suiting = bits(hours_suiting(seeker), WishedHours)
    fits: Bools = (posts.hours == 0) | ((posts.hours & suiting) != 0)
    return fits


def _asks_no_more(posts: Posts, seeker: Seeker, settled: Settled) -> Bools:
    del settled
    fits: Bools = (posts.levels == 0) | (posts.levels >= (seeker.education or 0))
    return fits


def _is_open(posts: Posts, seeker: Seeker, settled: Settled) -> Bools:
    del seeker
    return ~np.isin(posts.ids, settled)


CONDITIONS: dict[str, Callable[[Posts, Seeker, Settled], Bools]] = {
    "kind": _is_of_kind,
    "hours": _has_hours,
    "education": _asks_no_more,
    "not_settled": _is_open,
    "not_passed": _is_open,
}
# What many people of one community share; the rest is each person's own.
COMMON = ("kind", "hours", "education")


# Components: the keys are those of circle/matching/components.py.
@dataclass(frozen=True)
class Found:
    """Metres on foot (NONE: not known) and sums of fitting words, a post each."""

    metres: Ints
    words: Ints


def _words(posts: Posts, ask: Ask, found: Found) -> Ints:
    del posts
    return word_marks(ask, found.words)


def word_marks(ask: Ask, words: Ints) -> Ints:
    return np.minimum(words * FULL_MARK // ask.full_words, FULL_MARK)


def _pay(posts: Posts, ask: Ask, found: Found) -> Ints:
    del found
    share = np.minimum(posts.pay * FULL_MARK // ask.pay_fen, FULL_MARK)
    return np.where(posts.pay == NONE, HALF_MARK, np.maximum(share * 2 - FULL_MARK, 0))


def _walking(posts: Posts, ask: Ask, found: Found) -> Ints:
    del posts
    # Whole numbers are cut towards nothing in SQL; below nothing is nothing there anyway.
    left = np.maximum(ask.far - found.metres, 0) * FULL_MARK // (ask.far - ask.near)
    return np.where(found.metres == NONE, HALF_MARK, np.minimum(left, FULL_MARK))


def _freshness(posts: Posts, ask: Ask, found: Found) -> Ints:
    del ask, found
    return posts.freshness


def _headcount(posts: Posts, ask: Ask, found: Found) -> Ints:
    del ask, found
    return posts.headcount


def _helped(posts: Posts, ask: Ask, found: Found) -> Ints:
    del found
    meant = (posts.helped & bits(ask.seeker.categories, CategoryCode)) != 0
    return np.where(meant, FULL_MARK, 0)


COMPONENTS: dict[str, Callable[[Posts, Ask, Found], Ints]] = {
    "words": _words,
    "pay": _pay,
    "walking": _walking,
    "freshness": _freshness,
    "headcount": _headcount,
    "helped": _helped,
}


def marks(posts: Posts, ask: Ask, found: Found, names: Iterable[str] = COMPONENTS) -> Ints:
    """The named components by their weights."""
    reached = np.zeros(len(posts), dtype=np.int64)
    weights: Mapping[str, int] = ask.weights
    for name in names:
        if weights[name]:
            reached += COMPONENTS[name](posts, ask, found) * weights[name]
    return reached


def best_of(reached: Ints, most: int) -> Ints:
    """Places of the highest marks, the best first; equals in the order they stand in."""
    count = len(reached)
    keys = reached * count + np.arange(count - 1, NONE, -1)
    if count > most:
        chosen = np.argpartition(keys, count - most)[count - most :]
    else:
        chosen = np.arange(count)
    return chosen[np.argsort(keys[chosen])[::-1]]
