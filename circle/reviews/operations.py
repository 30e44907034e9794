"""A reviewer's decisions. Each is made on what was seen: what changed since is looked at again."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from circle.posts import operations as posts
from circle.posts.flags import Flag
from circle.refusals import ComplaintsOpen, ForbiddenStands, ReviewedMeanwhile
from circle.reviews.queries import flags_on, version_of
from models.posts import Complaint, Post, PostMove
from models.staff import Account
from models.vocabulary.posts import ComplaintState, PostState, ReturnReason


def publish(
    session: Session,
    post: Post,
    *,
    seen: int,
    confirmed: Collection[str],
    note: str | None,
    by: Account,
    on: date,
    now: datetime,
) -> list[Flag]:
    """Let everybody see it; what the law forbids in it, which was let stand, comes back.

    Each forbidden rule that holds has to be confirmed by its code, with a written reason. Raises
    ReviewedMeanwhile, ComplaintsOpen, ForbiddenStands, and what circle.posts raises.
    """
    _as_seen(session, post, seen)
    if _open_complaints(session, post):
        raise ComplaintsOpen
    standing = [flag for flag in flags_on(session, post, on) if flag.is_forbidden]
    unnamed = [flag for flag in standing if flag.rule.code not in confirmed]
    if unnamed or (standing and not note):
        raise ForbiddenStands([str(flag.rule.label) for flag in unnamed or standing])
    posts.publish(session, post, by=by, on=on, now=now, note=note if standing else None)
    return standing


def publish_clean(
    session: Session, post: Post, *, seen: int, by: Account, on: date, now: datetime
) -> None:
    """One of many without anything to look at; raises ForbiddenStands where there is."""
    _as_seen(session, post, seen)
    if _open_complaints(session, post):
        raise ComplaintsOpen
    flags = flags_on(session, post, on)
    if flags:
        raise ForbiddenStands([str(flag.rule.label) for flag in flags])
    posts.publish(session, post, by=by, on=on, now=now)


def return_post(
    session: Session,
    post: Post,
    reasons: Sequence[ReturnReason],
    note: str | None,
    *,
    seen: int,
    by: Account,
    now: datetime,
) -> None:
    """Raises ReviewedMeanwhile, ReturnUnexplained, PostMoved."""
    _as_seen(session, post, seen)
    posts.return_post(session, post, reasons, note, by=by, now=now)


def merge(
    session: Session, post: Post, into: Post, *, seen: int, by: Account, now: datetime
) -> None:
    """Raises ReviewedMeanwhile, PostMergesElsewhere, PostMoved."""
    _as_seen(session, post, seen)
    posts.merge(session, post, into, by=by, now=now)


def take_down(
    session: Session, post: Post, note: str | None, *, seen: int, by: Account, now: datetime
) -> None:
    """Raises ReviewedMeanwhile, PostMoved."""
    _as_seen(session, post, seen)
    posts.take_down(session, post, by=by, now=now, note=note)


def reject_complaint(
    session: Session, complaint: Complaint, *, seen: int, by: Account, on: date, now: datetime
) -> bool:
    """Not true: the post is offered again where nothing else holds it; says whether it is.

    It stays waiting while another complaint is open, where the law forbids something in it, or
    where it was never published. Raises ReviewedMeanwhile, ComplaintSettled.
    """
    post = complaint.post
    _as_seen(session, post, seen)
    posts.settle_complaint(session, complaint, is_upheld=False, by=by, now=now)
    if not _may_go_on(session, post, on):
        return False
    posts.publish(session, post, by=by, on=on, now=now)
    return True


def _may_go_on(session: Session, post: Post, on: date) -> bool:
    held = post.state is not PostState.RECEIVED or post.published_on is None
    if held or post.valid_until < on or _open_complaints(session, post):
        return False
    return not any(flag.is_forbidden for flag in flags_on(session, post, on))


def uphold_complaint(
    session: Session,
    complaint: Complaint,
    reasons: Sequence[ReturnReason],
    note: str | None,
    *,
    seen: int,
    by: Account,
    now: datetime,
) -> None:
    """True: the post is sent back with reasons, or taken down where none is named.

    A post that neither waits nor is offered stays as it is. Raises ReviewedMeanwhile,
    ComplaintSettled.
    """
    post = complaint.post
    _as_seen(session, post, seen)
    posts.settle_complaint(session, complaint, is_upheld=True, by=by, now=now)
    if post.state is PostState.RECEIVED and reasons:
        posts.return_post(session, post, reasons, note, by=by, now=now)
    elif post.state in {PostState.RECEIVED, PostState.PUBLISHED}:
        posts.take_down(session, post, by=by, now=now, note=note)


def _as_seen(session: Session, post: Post, seen: int) -> None:
    """Whoever is first decides; whoever comes next is told by whom it was decided."""
    session.refresh(post, with_for_update={"of": Post})
    if version_of(session, post) != seen:
        raise ReviewedMeanwhile(_last_mover(session, post))


def _last_mover(session: Session, post: Post) -> str | None:
    newest = (
        select(PostMove.by).where(PostMove.post_id == post.id).order_by(PostMove.id.desc())
    ).limit(1)
    number = session.scalar(newest)
    account = session.get(Account, number) if number else None
    return account.display_name if account else None


def _open_complaints(session: Session, post: Post) -> int:
    query = select(func.count(Complaint.id)).where(
        Complaint.post_id == post.id, Complaint.state == ComplaintState.OPEN
    )
    return session.scalar(query) or 0
