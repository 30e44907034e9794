"""What other weights would do to today's lists, tried on some of them before anything is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import mean

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from circle.matching import single
from circle.matching.components import COMPONENTS
from circle.matching.seekers import read, seeks
from circle.posts.queries import is_offered
from models.cases import Case
from models.policy import Policy
from models.posts import Post
from models.residents import Resident

Weights = Mapping[str, int]
NAME = "match_weights"
# Lists tried, so that the page answers within a second however many posts there are.
MOST_TRIED, FEWEST_TRIED = 200, 20
POSTS_TIMES_LISTS = 400_000
EXAMPLES, SHOWN = 5, 5
# A prime: cases are taken from everywhere, and the same ones every time.
STEP, ROUND = 7919, 100_003


@dataclass(frozen=True)
class Changed:
    """One list before and after: posts by their numbers, the best first."""

    case_id: int
    resident_id: int
    before: list[int]
    after: list[int]

    @property
    def is_changed(self) -> bool:
        return self.before != self.after

    @property
    def moved(self) -> float:
        """Places a post moves on average; one that comes or goes moves to the list's end."""
        end = max(len(self.before), len(self.after))
        posts = {*self.before, *self.after}
        moves = [
            abs(_place(self.before, post, end) - _place(self.after, post, end)) for post in posts
        ]
        return mean(moves) if moves else 0.0

    @property
    def new(self) -> int:
        return len(set(self.after) - set(self.before))


@dataclass(frozen=True)
class Trial:
    """`titles` names the posts of the examples."""

    tried: int
    changed: int
    moved: float
    new: float
    examples: list[Changed]
    titles: Mapping[int, str]


def weights_of(policy: Policy) -> dict[str, int]:
    """In the written order of the components."""
    given = dict(policy.match_weights)
    return {name: int(given.get(name, 0)) for name in COMPONENTS}


def with_weights(policy: Policy, weights: Weights) -> Policy:
    return replace(policy, match_weights=tuple(weights.items()))


def try_weights(
    session: Session, weights: Weights, scope: ColumnElement[bool], on: date, policy: Policy
) -> Trial:
    """Two statements a list; `scope` is over Case: whose lists the reader may see."""
    single.prepare(session)
    wanted = with_weights(policy, weights)
    lists = [
        Changed(
            seeker.case_id,
            seeker.resident_id,
            [post for post, _ in single.best(session, seeker, on, policy, policy.match_count)],
            [post for post, _ in single.best(session, seeker, on, wanted, policy.match_count)],
        )
        for seeker in read(session, on, Case.id.in_(_sample(session, scope, on, policy)))
    ]
    changed = [each for each in lists if each.is_changed]
    examples = sorted(changed, key=lambda each: (-each.moved, each.case_id))[:EXAMPLES]
    return Trial(
        tried=len(lists),
        changed=len(changed),
        moved=round(mean(each.moved for each in changed), 1) if changed else 0.0,
        new=round(mean(each.new for each in changed), 1) if changed else 0.0,
        examples=examples,
        titles=_titles(session, examples),
    )


def _sample(
    session: Session, scope: ColumnElement[bool], on: date, policy: Policy
) -> Sequence[int]:
    posts = session.scalar(select(func.count()).select_from(Post).where(is_offered(on))) or 0
    count = min(MOST_TRIED, max(FEWEST_TRIED, POSTS_TIMES_LISTS // max(1, posts)))
    query = (
        select(Case.id)
        .join(Resident, Resident.id == Case.resident_id)
        .where(seeks(on, policy), scope)
        .order_by(Case.id * STEP % ROUND, Case.id)
        .limit(count)
    )
    return session.scalars(query).all()


def _titles(session: Session, examples: Sequence[Changed]) -> dict[int, str]:
    shown = {post for each in examples for post in (*each.before[:SHOWN], *each.after[:SHOWN])}
    return dict(session.execute(select(Post.id, Post.title).where(Post.id.in_(shown))).all())


def _place(posts: list[int], post: int, end: int) -> int:
    return posts.index(post) if post in posts else end
