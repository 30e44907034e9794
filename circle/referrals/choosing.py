"""Posts as somebody chooses among them: how each fits, and what speaks against it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.matching.queries import Fit, fitting_posts, why
from circle.places.queries import names_of
from circle.referrals.queries import found_posts, running_posts
from models.cases import Case
from models.policy import Policy
from models.posts import Post
from models.seeking import ManualChoice

STREET_LENGTH = 9


@dataclass(frozen=True)
class Choice:
    """`fit` None: nothing can be said of how it fits. `is_running`: put forward already."""

    post: Post
    fit: Fit | None
    place: str
    is_running: bool = False


def recommended(session: Session, case: Case, on: date, policy: Policy) -> list[Choice]:
    """The best first."""
    fits = fitting_posts(session, case, on, policy, limit=policy.match_count)
    return _choices(session, case, [(fit.post, fit) for fit in fits])


def searched(session: Session, case: Case, text: str, on: date, policy: Policy) -> list[Choice]:
    home = case.resident.lives_in or case.resident.registered_division or ""
    posts = found_posts(session, text, near=home[:STREET_LENGTH], on=on)
    return of_posts(session, case, posts, on, policy)


def of_posts(
    session: Session, case: Case, posts: Sequence[Post], on: date, policy: Policy
) -> list[Choice]:
    """In the order given."""
    fits = {fit.post.id: fit for fit in why(session, case, posts, on, policy)} if posts else {}
    return _choices(session, case, [(post, fits.get(post.id)) for post in posts])


def wants_a_person_to_choose(session: Session, resident_id: int) -> bool:
    """They have switched the machine's list off for themselves (PIPL 24); a worker may still."""
    query = select(ManualChoice.id).where(
        ManualChoice.resident_id == resident_id, ManualChoice.ended_at.is_(None)
    )
    return session.scalars(query.limit(1)).first() is not None


def _choices(session: Session, case: Case, fits: Sequence[tuple[Post, Fit | None]]) -> list[Choice]:
    names = names_of(session, {post.division_code for post, _ in fits})
    running = running_posts(session, case)
    return [
        Choice(post, fit, names.get(post.division_code, ""), post.id in running)
        for post, fit in fits
    ]
