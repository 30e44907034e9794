"""The night's lists of everybody: the same as single ones, neighbours together.

Posts are read once, as columns; who lives in one community shares its ways, and whoever shares a
wish shares what follows from it. What stands already is not written again.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any, cast

import numpy as np
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Date,
    Float,
    SmallInteger,
    Table,
    bindparam,
    delete,
    exists,
    func,
    select,
    tuple_,
)
from sqlalchemy.orm import Session

from circle.matching.arrays import (
    COMMON,
    CONDITIONS,
    NONE,
    Bools,
    Found,
    Ints,
    Posts,
    Words,
    best_of,
    marks,
    read_posts,
    read_words,
    street_number,
    word_marks,
)
from circle.matching.components import Ask, score
from circle.matching.conditions import SETTLED
from circle.matching.seekers import HOME, Seeker, read, seeks
from circle.matching.terms import reckon_nightly
from circle.office import Office
from models.cases import Case
from models.matching import Match
from models.places import Walk
from models.policy import Policy, common_policy_on
from models.referrals import Referral
from models.residents import Resident
from models.seeking import ManualChoice, PassedPost
from models.sql import insert_into

# People in one transaction.
SLICE = 500
Hits = list[tuple[int, float]]
Counts = dict[str, int]
COLUMNS: dict[str, Any] = {
    "case_id": BigInteger(),
    "rank": SmallInteger(),
    "post_id": BigInteger(),
    "score": Float(),
    "computed_on": Date(),
}


@dataclass(frozen=True)
class Market:
    """All posts offered on a day, with their words; `by_position` sorts them by where they are."""

    posts: Posts
    words: Words
    on: date
    policy: Policy
    by_position: Ints = field(init=False)

    def __post_init__(self) -> None:
        # Frozen: there is no other way to keep what follows from the rest.
        object.__setattr__(self, "by_position", np.argsort(self.posts.positions, kind="stable"))

    def around(self, ways: Mapping[int, int]) -> tuple[Ints, Ints]:
        """Places of posts the ways lead to, and their metres."""
        positions = self.posts.positions[self.by_position]
        targets = np.fromiter(ways, dtype=np.int64, count=len(ways))
        metres = np.fromiter(ways.values(), dtype=np.int64, count=len(ways))
        first = np.searchsorted(positions, targets, side="left")
        counts = np.searchsorted(positions, targets, side="right") - first
        offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return self.by_position[np.repeat(first, counts) + offsets], np.repeat(metres, counts)


@dataclass(frozen=True)
class Quarter:
    """The posts people of one community may be shown, and what these people share."""

    market: Market
    posts: Posts
    places: Ints
    metres: Ints
    bases: dict[Any, Ints] = field(default_factory=dict)
    masks: dict[Any, Bools] = field(default_factory=dict)

    def base(self, ask: Ask) -> Ints:
        """All marks but those of words."""
        key = (ask.seeker.pay_fen, ask.seeker.categories)
        if key not in self.bases:
            found = Found(self.metres, self.metres)
            names = [name for name in ask.weights if name != "words"]
            self.bases[key] = marks(self.posts, ask, found, names)
        return self.bases[key]

    def fitting(self, seeker: Seeker) -> Bools:
        most = seeker.metres(self.market.policy)
        key = (seeker.kinds, seeker.hours, seeker.education, most)
        if key not in self.masks:
            fits = self.metres <= most
            for name in COMMON:
                fits &= CONDITIONS[name](self.posts, seeker, self.places[:0])
            self.masks[key] = fits
        return self.masks[key]


def match_everybody(office: Office) -> Counts:
    """Bring all lists up to date; how many cases, and rows written and removed."""
    reckon_nightly(office)
    with office.session(immediate=False) as session:
        policy = common_policy_on(session, office.today)
        posts = read_posts(session, office.today)
        market = Market(posts, read_words(session, posts), office.today, policy)
        waiting = _waiting(session, office.today, policy)
    counts = {"cases": 0, "written": 0, "removed": 0}
    for some in _slices(waiting):
        with office.session(immediate=False) as session:
            found = lists_of(session, market, some)
            known = _known(session, some)
        with office.session() as session:
            _add(counts, store(session, found, known, office.today))
    with office.session() as session:
        counts["removed"] += _forget(session, office.today, policy)
    return counts


def lists_of(session: Session, market: Market, case_ids: Sequence[int]) -> dict[int, Hits]:
    """The best posts of each of these cases."""
    seekers = list(read(session, market.on, Case.id.in_(case_ids)))
    settled = _settled(session, [seeker.resident_id for seeker in seekers])
    found: dict[int, Hits] = {}
    for (community, is_reckoned), same in _neighbours(seekers).items():
        quarter = _quarter(session, market, community, is_reckoned=is_reckoned)
        hits = market.words.of(same, quarter.places)
        for row, seeker in enumerate(same):
            span = slice(hits.indptr[row], hits.indptr[row + 1])
            words = (hits.indices[span], hits.data[span])
            found[seeker.case_id] = _best(quarter, seeker, words, settled[seeker.resident_id])
    return found


def _neighbours(seekers: Sequence[Seeker]) -> dict[tuple[str, bool], list[Seeker]]:
    """By what they share: the community, and whether ways from it are known."""
    found: defaultdict[tuple[str, bool], list[Seeker]] = defaultdict(list)
    for seeker in seekers:
        found[seeker.community, seeker.is_reckoned].append(seeker)
    return found


def _best(quarter: Quarter, seeker: Seeker, words: tuple[Ints, Ints], settled: list[int]) -> Hits:
    market = quarter.market
    ask = Ask(seeker, market.on, market.policy)
    reached = quarter.base(ask).copy()
    where, sums = words
    reached[where] += word_marks(ask, sums) * ask.weights["words"]
    fits = quarter.fitting(seeker)
    if settled:
        own = np.array(settled, dtype=np.int64)
        fits = fits & CONDITIONS["not_settled"](quarter.posts, seeker, own)
    places = np.flatnonzero(fits)
    chosen = places[best_of(reached[places], market.policy.match_count)]
    ids, totals = quarter.posts.ids[chosen].tolist(), reached[chosen].tolist()
    weights = ask.weights
    return [(post_id, score(total, weights)) for post_id, total in zip(ids, totals, strict=True)]


def _quarter(session: Session, market: Market, community: str, *, is_reckoned: bool) -> Quarter:
    """In the order of their numbers, which settles who comes first among equals."""
    posts = market.posts
    unknown = posts.streets == (street_number(community) if community else NONE)
    if is_reckoned:
        unknown &= (posts.positions == NONE) | ~posts.is_walked
    walked, metres = market.around(_ways(session, community) if is_reckoned else {})
    unknown[walked] = False
    places = np.concatenate([walked, np.flatnonzero(unknown)])
    metres = np.concatenate([metres, np.full(np.count_nonzero(unknown), NONE)])
    order = np.argsort(places, kind="stable")
    places = places[order]
    return Quarter(market, posts.take(places), places, metres[order])


def _ways(session: Session, community: str) -> dict[int, int]:
    query = select(Walk.position_id, Walk.metres).where(Walk.division_code == community)
    return dict(session.execute(query).all())


def is_matched(on: date, policy: Policy) -> ColumnElement[bool]:
    """Over Case and Resident: who seeks, and has not asked for a person's choice instead."""
    by_hand = exists().where(
        ManualChoice.resident_id == Case.resident_id, ManualChoice.ended_at.is_(None)
    )
    return seeks(on, policy) & ~by_hand


def _waiting(session: Session, on: date, policy: Policy) -> Sequence[int]:
    """Cases in the order of where their people live: neighbours are looked at together."""
    query = (
        select(Case.id)
        .join(Resident, Resident.id == Case.resident_id)
        .where(is_matched(on, policy))
        .order_by(HOME, Case.id)
    )
    return session.scalars(query).all()


def _settled(session: Session, resident_ids: Sequence[int]) -> defaultdict[int, list[int]]:
    """Posts out of the question, by resident."""
    referred = select(Referral.resident_id, Referral.post_id).where(
        Referral.resident_id.in_(resident_ids), Referral.stage.in_(sorted(SETTLED))
    )
    passed = select(PassedPost.resident_id, PassedPost.post_id).where(
        PassedPost.resident_id.in_(resident_ids)
    )
    found: defaultdict[int, list[int]] = defaultdict(list)
    for query in (referred, passed):
        for resident_id, post_id in session.execute(query):
            found[resident_id].append(post_id)
    return found


def _known(session: Session, case_ids: Sequence[int]) -> defaultdict[int, Hits]:
    query = select(Match.case_id, Match.post_id, Match.score).where(Match.case_id.in_(case_ids))
    known: defaultdict[int, Hits] = defaultdict(list)
    for case_id, post_id, mark in session.execute(query.order_by(Match.case_id, Match.rank)):
        known[case_id].append((post_id, mark))
    return known


def store(
    session: Session, found: Mapping[int, Hits], known: Mapping[int, Hits], on: date
) -> Counts:
    """Write ranks that differ, and take away those that are no more."""
    rows: list[tuple[Any, ...]] = []
    gone: list[tuple[int, int]] = []
    for case_id, hits in found.items():
        before = known.get(case_id, [])
        if hits == before:
            continue
        rows += [
            (case_id, rank, *hit, on)
            for rank, hit in enumerate(hits, start=1)
            if hit not in before[rank - 1 : rank]
        ]
        gone += [(case_id, rank) for rank in range(len(hits) + 1, len(before) + 1)]
    _write(session, rows)
    for some in _slices(gone):
        session.execute(delete(Match).where(tuple_(Match.case_id, Match.rank).in_(some)))
    return {"cases": len(found), "written": len(rows), "removed": len(gone)}


def _write(session: Session, rows: list[tuple[Any, ...]]) -> None:
    """PostgreSQL takes them as columns in one statement, SQLite one by one; each is quickest so."""
    if not rows:
        return
    insert = insert_into(session, cast("Table", Match.__table__))
    if session.get_bind().dialect.name == "postgresql":
        columns = dict(zip(COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
        given: list[Any] = [bindparam(name, type_=ARRAY(kind)) for name, kind in COLUMNS.items()]
        table = func.unnest(*given).table_valued(*COLUMNS).render_derived()
        values: Any = columns
        insert = insert.from_select(list(COLUMNS), select(*table.c))
    else:
        values = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    changed = {name: insert.excluded[name] for name in ("post_id", "score", "computed_on")}
    session.execute(
        insert.on_conflict_do_update(index_elements=["case_id", "rank"], set_=changed), values
    )


def _forget(session: Session, on: date, policy: Policy) -> int:
    """Lists of people nothing is looked for any more; how many rows."""
    matched = (
        select(Case.id)
        .join(Resident, Resident.id == Case.resident_id)
        .where(is_matched(on, policy))
    )
    gone = delete(Match).where(Match.case_id.not_in(matched))
    result: Any = session.execute(gone.execution_options(synchronize_session=False))
    return int(result.rowcount)


def _slices(values: Sequence[Any]) -> Iterator[list[Any]]:
    left = iter(values)
    while some := list(islice(left, SLICE)):
        yield some


def _add(counts: Counts, more: Counts) -> None:
    for name, count in more.items():
        counts[name] += count
