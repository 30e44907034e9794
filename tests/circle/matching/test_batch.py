"""The night's lists are those a page would show, and as one would choose by going through all."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.matching import arrays, batch, components, conditions, single
from circle.matching.batch import Market, lists_of, store
from circle.matching.seekers import Seeker, read
from circle.matching.terms import reckon_posts, reckon_wishes, settle_rarity
from models.cases import Case
from models.employers import Employer
from models.matching import Match
from models.places import Division, Position, Walk
from models.policy import policy_on
from models.posts import Post
from models.residents import Category, Intention
from models.seeking import PassedPost
from models.vocabulary.cases import RefusalReason
from models.vocabulary.facts import EducationLevel
from models.vocabulary.places import level_of
from models.vocabulary.residents import CategoryCode, WishedHours, WorkKind
from tests.circle.matching.conftest import ON
from tests.factories import (
    COMMUNITY,
    NOON,
    OTHER_COMMUNITY,
    CaseFactory,
    DegreeFactory,
    OfferingEmployerFactory,
    PostFactory,
)

TITLES = ("保洁员", "清洁工", "低压电工", "水电维修", "收银员", "会计", "厨师", "切配", "快递员")
GROUPS = (CategoryCode.HARD_TO_EMPLOY, CategoryCode.DISABLED)
GRID = COMMUNITY + "001"
MOST = 3


def test_both_ways_go_by_the_same_conditions_and_components() -> None:
    assert set(arrays.CONDITIONS) == set(conditions.CONDITIONS)
    assert list(arrays.COMPONENTS) == list(components.COMPONENTS)


@contextmanager
def undone(session: Session) -> Iterator[None]:
    """One example's rows; they go with it."""
    with session.begin_nested() as inner:
        yield
        inner.rollback()
    session.expunge_all()


def invent(session: Session, seed: int) -> list[int]:
    """A small district: posts of every sort, and the cases of some who seek."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    session.add(Division(code=GRID, name="第一网格", level=level_of(GRID)))
    positions = [_position(session, chance) for _ in range(8)]
    employer = OfferingEmployerFactory()
    for _ in range(chance.randint(0, 30)):
        session.add(_post(chance, positions, employer))
    session.flush()
    cases = [_case(session, chance) for _ in range(4)]
    reckon_posts(session)
    reckon_wishes(session)
    settle_rarity(session)
    return cases


def _position(session: Session, chance: random.Random) -> int:
    position = Position(
        latitude=round(chance.uniform(30, 31), 6),
        longitude=round(chance.uniform(119, 120), 6),
        is_walked=chance.random() < 0.8,
    )
    session.add(position)
    session.flush()
    if chance.random() < 0.7:
        metres = chance.choice((80, 1200, 1201, 2400, 4800))
        way = {"metres": metres, "by_street": False}
        session.add(Walk(division_code=COMMUNITY, position_id=position.id, **way))
    return position.id


def _post(chance: random.Random, positions: list[int], employer: Employer) -> Post:
    low = chance.choice((None, 250_000, 300_100, 520_000))
    high = chance.choice((None, 520_000, 777_700))
    values = {
        "title": chance.choice(TITLES),
        "employer": employer,
        "position_id": chance.choice([None, *positions]),
        "division_code": chance.choice((COMMUNITY, OTHER_COMMUNITY, "330110013001")),
        "kind": chance.choice(list(WorkKind)[:3]),
        "hours": chance.choice((None, *WishedHours)),
        "education": chance.choice((None, *EducationLevel)),
        "month_low_fen": low,
        "month_high_fen": high,
        "headcount": chance.choice((1, 2, 5, 30)),
        "hired_count": chance.choice((0, 0, 1)),
        "helped": chance.sample([group.value for group in GROUPS], chance.randint(0, 2)),
        "published_on": ON - timedelta(days=chance.choice((0, 7, 8, 30, 61))),
        "valid_until": ON + timedelta(days=chance.choice((-1, 0, 30))),
        "pay_low_fen": None,
        "pay_high_fen": None,
    }
    return PostFactory.build(published=True, **values)  # type: ignore[no-any-return] # untyped


def _case(session: Session, chance: random.Random) -> int:
    case = CaseFactory()
    resident = case.resident
    resident.lives_in = chance.choice((COMMUNITY, GRID, OTHER_COMMUNITY))
    if chance.random() < 0.8:
        wish = {
            "kinds": [kind.value for kind in chance.sample(list(WorkKind), chance.randint(0, 2))],
            "occupation": chance.choice((None, "保洁、收银", "电工", "想做饭", "会计或出纳")),
            "skills": chance.choice((None, "会开车", "电工证")),
            "pay_fen": chance.choice((None, 300_000, 600_100)),
            "hours": chance.choice((None, *WishedHours)),
            "minutes": chance.choice((None, 15, 120)),
        }
        session.add(Intention(resident_id=resident.id, recorded_on=ON, **wish))
    if chance.random() < 0.5:
        level = chance.choice(list(EducationLevel))
        order = list(EducationLevel).index(level) + 1
        DegreeFactory(resident_id=resident.id, level=level, level_order=order)
    for code in chance.sample(GROUPS, chance.randint(0, 2)):
        values = {"basis": "台账", "from_on": date(2026, 1, 1)}
        session.add(Category(resident_id=resident.id, code=code, **values))
    _pass_over(session, chance, resident.id)
    session.flush()
    return int(case.id)


def _pass_over(session: Session, chance: random.Random, resident_id: int) -> None:
    posts = session.scalars(select(Post.id)).all()
    for post_id in chance.sample(list(posts), min(2, len(posts))):
        values = {"reason": RefusalReason.PAY, "passed_at": NOON}
        session.add(PassedPost(resident_id=resident_id, post_id=post_id, **values))


def by_hand(session: Session, seeker: Seeker, market: Market, most: int) -> list[tuple[int, float]]:
    """Every post gone through, whether near or not: what both ways must come to."""
    posts, policy = market.posts, market.policy
    ask = components.Ask(seeker, ON, policy)
    ways = dict(
        session.execute(
            select(Walk.position_id, Walk.metres).where(Walk.division_code == seeker.community)
        ).all()
    )
    metres = np.array(
        [ways.get(each, -2) if seeker.is_reckoned else -2 for each in posts.positions.tolist()],
        dtype=np.int64,
    )
    here = posts.streets == arrays.street_number(seeker.street)
    unknown = here & (~posts.is_walked | (posts.positions == arrays.NONE))
    if not seeker.is_reckoned:
        unknown = here
    metres[unknown & (metres == -2)] = arrays.NONE
    settled = session.scalars(
        select(PassedPost.post_id).where(PassedPost.resident_id == seeker.resident_id)
    ).all()
    fits = (metres >= arrays.NONE) & (metres <= seeker.metres(policy))
    for condition in arrays.CONDITIONS.values():
        fits &= condition(posts, seeker, np.array(settled, dtype=np.int64))
    places = np.flatnonzero(fits)
    words = market.words.of([seeker], np.arange(len(posts))).toarray()[0]
    reached = arrays.marks(posts, ask, arrays.Found(metres, words))[places].tolist()
    ids = posts.ids[places].tolist()
    ranked = sorted(zip(ids, reached, strict=True), key=lambda hit: (-hit[1], hit[0]))
    return [(each, components.score(mark, ask.weights)) for each, mark in ranked[:most]]


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32))
def test_a_page_the_night_and_going_through_all_agree(session: Session, seed: int) -> None:
    policy = policy_on(session, ON)
    with undone(session):
        cases = invent(session, seed)
        posts = arrays.read_posts(session, ON)
        market = Market(posts, arrays.read_words(session, posts), ON, policy)
        for seeker in read(session, ON, Case.id.in_(cases)):
            expected = by_hand(session, seeker, market, policy.match_count)
            night = lists_of(session, market, [seeker.case_id])
            page = single.best(session, seeker, ON, policy, policy.match_count)
            assert night == {seeker.case_id: expected}
            assert page == expected


def hits(*posts: Post) -> list[tuple[int, float]]:
    return [(post.id, 50.0) for post in posts]


def stored(session: Session, case_id: int) -> list[tuple[int, date]]:
    query = select(Match.post_id, Match.computed_on).where(Match.case_id == case_id)
    return [(row.post_id, row.computed_on) for row in session.execute(query.order_by(Match.rank))]


def test_only_what_differs_is_written(session: Session) -> None:
    case, later = CaseFactory(), date(2026, 11, 22)
    a, b, c = (PostFactory(published=True) for _ in range(3))
    first, second = {case.id: hits(a, b, c)}, {case.id: hits(a, c)}
    assert store(session, first, {}, ON) == {"cases": 1, "written": 3, "removed": 0}
    assert store(session, first, first, later)["written"] == 0
    assert store(session, second, first, later) == {"cases": 1, "written": 1, "removed": 1}
    assert stored(session, case.id) == [(a.id, ON), (c.id, later)]


def test_the_known_lists_are_read_as_they_were_written(session: Session) -> None:
    case, post = CaseFactory(), PostFactory(published=True)
    found = {case.id: [(post.id, 73.7)]}
    store(session, found, {}, ON)
    assert batch._known(session, [case.id]) == found  # noqa: SLF001 - what the job compares with


def test_equals_come_by_their_numbers() -> None:
    reached = np.array([5, 9, 9, 1, 9], dtype=np.int64)
    assert arrays.best_of(reached, MOST).tolist() == [1, 2, 4]
