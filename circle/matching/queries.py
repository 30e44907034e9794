"""Which posts fit somebody, and why; what their order goes by."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session, joinedload

from circle.matching import single
from circle.matching.components import Ask
from circle.matching.reasons import Missing, Reason, View, missing_in, reasons_of
from circle.matching.seekers import Seeker, person_of, seeker_of
from circle.matching.weights import NAME
from circle.places.walking import minutes_on_foot
from models.cases import Case
from models.matching import PostTerm, Term
from models.places import Division, Walk
from models.policy import Policy, PolicyValue
from models.posts import Post
from models.staff import Account

WORDS_NAMED = 4


@dataclass(frozen=True)
class Fit:
    """A post for somebody: 0 to 100, minutes on foot (None: not known), what speaks for it."""

    post: Post
    score: float
    minutes: int | None
    by_street: bool
    reasons: list[Reason]
    missing: list[Missing]


def fitting_posts(
    session: Session, case: Case, on: date, policy: Policy, limit: int = 20
) -> list[Fit]:
    """The posts that fit, the best first, from six statements; none where the case is closed,
    the person placed, not seeking or not of working age.
    """
    seeker = seeker_of(session, case.id, on, policy)
    if seeker is None:
        return []
    single.prepare(session)
    hits = dict(single.best(session, seeker, on, policy, limit))
    return _fits(session, Ask(seeker, on, policy), hits)


def why(session: Session, case: Case, posts: Sequence[Post], on: date, policy: Policy) -> list[Fit]:
    """The same for chosen posts in the order given, whether or not they fit."""
    seeker = person_of(session, case.id, on)
    if seeker is None or not posts:
        return []
    ids = [post.id for post in posts]
    scores = single.scored(session, seeker, ids, on, policy)
    return _fits(session, Ask(seeker, on, policy), {each: scores[each] for each in ids})


def _fits(session: Session, ask: Ask, scores: dict[int, float]) -> list[Fit]:
    if not scores:
        return []
    found = {row.Post.id: row for row in session.execute(_posts(ask.seeker, scores))}
    words = _words(session, ask.seeker, list(scores))
    return [_fit(ask, found[each], mark, words[each]) for each, mark in scores.items()]


def _fit(ask: Ask, row: Row[Any], score: float, words: list[str]) -> Fit:
    metres = row.metres if ask.seeker.is_reckoned else None
    minutes = None if metres is None else minutes_on_foot(metres, ask.policy)
    view = View(ask, row.Post, minutes, tuple(words[:WORDS_NAMED]))
    by_street = bool(row.by_street) and minutes is not None
    return Fit(row.Post, score, minutes, by_street, reasons_of(view), missing_in(view))


def _posts(seeker: Seeker, scores: dict[int, float]) -> Any:  # noqa: ANN401 - a select of three
    way = (Walk.position_id == Post.position_id) & (Walk.division_code == seeker.community)
    return (
        select(Post, Walk.metres, Walk.by_street)
        .outerjoin(Walk, way)
        .where(Post.id.in_(scores))
        .options(joinedload(Post.employer))
    )


def _words(session: Session, seeker: Seeker, post_ids: list[int]) -> defaultdict[int, list[str]]:
    """Words of the wish in each post, the most telling first."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    if not seeker.words:
        return found
    query = (
        select(PostTerm.post_id, Term.id, Term.word)
        .join(Term, Term.id == PostTerm.term_id)
        .where(PostTerm.term_id.in_(seeker.words), PostTerm.post_id.in_(post_ids))
    )
    rows = sorted(session.execute(query), key=lambda row: (-seeker.words[row.id], row.id))
    for post_id, _, word in rows:
        found[post_id].append(word)
    return found


@dataclass(frozen=True)
class Kept:
    """Weights as they were set on a day; by nobody where they came with the system."""

    on: date
    weights: dict[str, int]
    division: str
    by: str | None


def weights_kept(session: Session, on: date, most: int = 20) -> list[Kept]:
    """The newest first."""
    query = (
        select(PolicyValue, Account.display_name, Division.name)
        .outerjoin(Account, Account.id == PolicyValue.set_by)
        .outerjoin(Division, Division.code == PolicyValue.division_code)
        .where(PolicyValue.name == NAME, PolicyValue.effective_on <= on)
        .order_by(PolicyValue.effective_on.desc(), PolicyValue.id.desc())
        .limit(most)
    )
    return [
        Kept(value.effective_on, dict(value.value), division or "", by)
        for value, by, division in session.execute(query)
    ]
