"""What a post must fulfil to be shown to somebody at all: one table, in SQL.

circle/matching/arrays.py has each of these for NumPy under the same name. Nothing here knows sex,
origin or health; age is the law's alone and a matter of the person (circle/matching/seekers.py).
"""

from collections.abc import Callable
from datetime import date

from sqlalchemy import ColumnElement, or_, select, true

from circle.matching.seekers import LEVELS, Seeker
from models.posts import Post
from models.referrals import Referral
from models.seeking import PassedPost
from models.vocabulary.facts import EducationLevel
from models.vocabulary.referrals import RUNNING_REFERRALS, ReferralStage
from models.vocabulary.residents import WishedHours, WorkKind

# Which hours of a post suit whoever wishes for these; a post that names none suits all.
SUITING: dict[WishedHours, frozenset[WishedHours]] = {
    WishedHours.ANY: frozenset(WishedHours),
    WishedHours.DAY: frozenset({WishedHours.ANY, WishedHours.DAY, WishedHours.SCHOOL}),
    WishedHours.SHIFTS: frozenset(WishedHours),
    WishedHours.SCHOOL: frozenset({WishedHours.ANY, WishedHours.SCHOOL}),
    WishedHours.EVENING: frozenset({WishedHours.ANY, WishedHours.EVENING}),
    WishedHours.WEEKEND: frozenset({WishedHours.ANY, WishedHours.WEEKEND}),
}
# One that lapsed, was withdrawn or gave way to another post may be thought of again.
SETTLED = frozenset({*RUNNING_REFERRALS, ReferralStage.HIRED, ReferralStage.DECLINED})

Condition = Callable[[Seeker], ColumnElement[bool]]


def kinds_wanted(seeker: Seeker) -> frozenset[WorkKind]:
    """Whoever names none would take any."""
    return frozenset(map(WorkKind, seeker.kinds)) or frozenset(WorkKind)


def hours_suiting(seeker: Seeker) -> frozenset[WishedHours]:
    return SUITING[seeker.hours or WishedHours.ANY]


def levels_reached(seeker: Seeker) -> frozenset[EducationLevel]:
    """What a post may ask for; anything where nothing is known, and the list says so."""
    return frozenset(LEVELS[seeker.education - 1 :] if seeker.education else LEVELS)


def _is_of_kind(seeker: Seeker) -> ColumnElement[bool]:
    wanted = kinds_wanted(seeker)
    return true() if len(wanted) == len(WorkKind) else Post.kind.in_(sorted(wanted))


def _has_hours(seeker: Seeker) -> ColumnElement[bool]:
    suiting = hours_suiting(seeker)
    if len(suiting) == len(WishedHours):
        return true()
    return or_(Post.hours.is_(None), Post.hours.in_(sorted(suiting)))


def _asks_no_more(seeker: Seeker) -> ColumnElement[bool]:
    reached = levels_reached(seeker)
    if len(reached) == len(LEVELS):
        return true()
    return or_(Post.education.is_(None), Post.education.in_(sorted(reached)))


def _is_not_settled(seeker: Seeker) -> ColumnElement[bool]:
    return Post.id.not_in(
        select(Referral.post_id).where(
            Referral.resident_id == seeker.resident_id, Referral.stage.in_(sorted(SETTLED))
        )
    )


def _is_not_passed(seeker: Seeker) -> ColumnElement[bool]:
    return Post.id.not_in(
        select(PassedPost.post_id).where(PassedPost.resident_id == seeker.resident_id)
    )


CONDITIONS: dict[str, Condition] = {
    "kind": _is_of_kind,
    "hours": _has_hours,
    "education": _asks_no_more,
    "not_settled": _is_not_settled,
    "not_passed": _is_not_passed,
}


def fits(seeker: Seeker, on: date) -> list[ColumnElement[bool]]:
    """Over published posts; how far away one is stands apart, since lists begin with it.

    `is_offered` without the state, which the way to a post has settled: asked here as well it would
    lead SQLite to begin with all published posts there are.
    """
    conditions = (condition(seeker) for condition in CONDITIONS.values())
    still_open = (Post.valid_until >= on, Post.hired_count < Post.headcount)
    return [*still_open, *(each for each in conditions if each is not true())]
