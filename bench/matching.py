"""Single lists and the night's batch, beside NumPy going through everything."""

from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.market import metres_from
from bench.statements import counted
from circle.matching import arrays, single
from circle.matching.batch import Market, match_everybody
from circle.matching.components import Ask, score
from circle.matching.queries import fitting_posts
from circle.matching.seekers import Seeker, read, seeker_of
from circle.office import Office
from models.cases import Case
from models.matching import Match
from models.places import Division, Position
from models.policy import common_policy_on

SEEKERS = 60


def batch() -> dict[str, Any]:
    """The step of a night: everybody's lists, then all of them once more with nothing changed."""
    office = Office()
    with counted(office.engine) as count:
        first, counts = _timed(lambda: match_everybody(office))
    second, again = _timed(lambda: match_everybody(office))
    return {
        "seconds": first,
        "statements": count.total,
        **counts,
        "again": second,
        "rewritten": again["written"],
    }


def lists() -> dict[str, Any]:
    """The step of single lists: how long each way takes, and for how many all three differ."""
    office = Office()
    with office.session(immediate=False) as session:
        market = _market(session, office)
        latitudes = session.execute(select(Position.id, Position.latitude, Position.longitude))
        spots = {number: degrees for number, *degrees in latitudes}
        points = np.array(
            [spots.get(each, (0.0, 0.0)) for each in market.posts.positions.tolist()], dtype=float
        )
        cases = session.scalars(select(Case.id).order_by(Case.id)).all()
        chosen = cases[:: max(1, len(cases) // SEEKERS)][:SEEKERS]
        rows = [_compare(session, office, market, points, case_id) for case_id in chosen]
    ours, whole, brute, differ = zip(*rows, strict=True)
    return {
        "list_ms": median(ours) * 1000,
        "page_ms": median(whole) * 1000,
        "slowest_ms": max(whole) * 1000,
        "brute_ms": median(brute) * 1000,
        "differ": sum(differ),
        "seekers": len(rows),
    }


def _market(session: Session, office: Office) -> Market:
    posts = arrays.read_posts(session, office.today)
    policy = common_policy_on(session, office.today)
    return Market(posts, arrays.read_words(session, posts), office.today, policy)


def _compare(
    session: Session,
    office: Office,
    market: Market,
    points: Any,  # noqa: ANN401 - an array of degrees
    case_id: int,
) -> tuple[float, float, float, bool]:
    policy, most = market.policy, market.policy.match_count
    case = session.get_one(Case, case_id)
    (seeker,) = read(session, office.today, Case.id == case_id)
    home = session.get_one(Division, seeker.community)
    page = list(_repeated(lambda: fitting_posts(session, case, office.today, policy, most)))
    ours = list(_repeated(lambda: _single(session, market, case_id)))
    brute = list(_repeated(lambda: _brute(market, seeker, points, home)))
    stored = session.execute(
        select(Match.post_id, Match.score).where(Match.case_id == case_id).order_by(Match.rank)
    )
    known = [(post_id, mark) for post_id, mark in stored]
    found, shown = ours[0][1], [(fit.post.id, fit.score) for fit in page[0][1]]
    differ = not (found == shown == brute[0][1] == (known or found))
    return _fastest(ours), _fastest(page), _fastest(brute), differ


def _single(session: Session, market: Market, case_id: int) -> list[tuple[int, float]]:
    seeker = seeker_of(session, case_id, market.on, market.policy)
    if seeker is None:
        return []
    return single.best(session, seeker, market.on, market.policy, market.policy.match_count)


def _brute(market: Market, seeker: Seeker, points: Any, home: Division) -> list[Any]:  # noqa: ANN401
    """Every post there is, in memory: its distance, conditions, words and marks."""
    posts, policy = market.posts, market.policy
    ask = Ask(seeker, market.on, policy)
    metres = metres_from(home.latitude or 0, home.longitude or 0, points)
    lost = posts.positions == arrays.NONE
    metres[lost] = arrays.NONE
    here = posts.streets == arrays.street_number(seeker.street)
    fits = (~lost | here) & (metres <= seeker.metres(policy))
    for condition in arrays.CONDITIONS.values():
        fits &= condition(posts, seeker, np.empty(0, dtype=np.int64))
    words = market.words.of([seeker], np.arange(len(posts))).toarray()[0]
    reached = arrays.marks(posts, ask, arrays.Found(metres, words))
    places = np.flatnonzero(fits)
    chosen = places[arrays.best_of(reached[places], policy.match_count)]
    weights = ask.weights
    return [(int(posts.ids[each]), score(int(reached[each]), weights)) for each in chosen]


def _repeated(work: Callable[[], Any], times: int = 3) -> Iterator[tuple[float, Any]]:
    return (_timed(work) for _ in range(times))


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = perf_counter()
    found = work()
    return perf_counter() - started, found


def _fastest(runs: list[tuple[float, Any]]) -> float:
    return min(seconds for seconds, _ in runs)
