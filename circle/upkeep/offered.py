"""Invariants of posts; each a Select of what breaks it."""

from datetime import timedelta

from sqlalchemy import func, select

from circle.upkeep.offences import Moment, Offences, offences
from models.posts import Post
from models.referrals import Referral
from models.sql import day_word
from models.vocabulary.posts import PostState
from models.vocabulary.referrals import ReferralStage

# The job comes by after midnight; on the day itself it may just be about to.
GRACE = timedelta(days=1)


def hires_differ(_moment: Moment) -> Offences:
    """A post is full, or still looks for people, by its count."""
    hires = (
        select(func.count())
        .where(Referral.post_id == Post.id, Referral.stage == ReferralStage.HIRED)
        .correlate(Post)
        .scalar_subquery()
    )
    found = offences(Post.id, None, hired=Post.hired_count, hires=hires).select_from(Post)
    return found.where(Post.hired_count != hires)


def post_overstays(moment: Moment) -> Offences:
    found = offences(Post.id, None, ends_on=day_word(Post.valid_until))
    return found.where(Post.state == PostState.PUBLISHED, Post.valid_until < moment.on - GRACE)
