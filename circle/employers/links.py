"""Signed links: what an employer without an account comes in by.

The address carries 160 random bits; only their keyed hash is kept, so a link is shown once.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.refusals import LinkClosed
from models.employers import Employer, SignedLink
from models.policy import Policy
from models.referrals import Referral
from models.sealed import current_keyring
from models.staff import Account
from models.vocabulary.employers import LinkPurpose

TOKEN_BYTES = 20
# No token we made is longer; what is typed by hand is not hashed at any length.
LONGEST = 64
DOMAIN = "employer-link"


def make_link(
    session: Session,
    employer: Employer,
    *,
    by: Account,
    now: datetime,
    policy: Policy,
    referral: Referral | None = None,
) -> tuple[SignedLink, str]:
    """The link's record and the token its address carries, which nothing brings back.

    With a referral it is for answering that one, else for submitting posts.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = SignedLink(
        token_hash=current_keyring().index_of(DOMAIN, token),
        purpose=LinkPurpose.ANSWER_REFERRAL if referral else LinkPurpose.SUBMIT_POSTS,
        employer=employer,
        referral_id=referral.id if referral else None,
        made_by=by.id,
        created_at=now,
        expires_at=now + timedelta(days=policy.link_days),
    )
    session.add(link)
    session.flush()
    return link, token


def open_link(session: Session, token: str, purpose: LinkPurpose, *, now: datetime) -> SignedLink:
    """The link the token opens today; raises LinkClosed."""
    hashes = current_keyring().indexes_of(DOMAIN, token[:LONGEST])
    link = session.scalars(
        select(SignedLink).where(SignedLink.token_hash.in_(hashes), SignedLink.purpose == purpose)
    ).one_or_none()
    if link is None or not is_open(link, now=now):
        raise LinkClosed
    return link


def is_open(link: SignedLink, *, now: datetime) -> bool:
    return link.revoked_at is None and now < link.expires_at


def use_link(link: SignedLink, *, now: datetime) -> None:
    """Note that something was done by it."""
    link.last_used_at = now


def revoke_link(session: Session, link: SignedLink, *, now: datetime) -> None:
    """A second time changes nothing."""
    link.revoked_at = link.revoked_at or now
    session.flush()
