"""A post's life: who sends it in, who may see it, how it ends. Every move is logged."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from circle.posts.details import PostDetails
from circle.refusals import (
    ComplaintOfAnother,
    ComplaintSettled,
    HeadcountTaken,
    PostMergesElsewhere,
    PostMoved,
    PostOfAnother,
    PostOver,
    ReturnUnexplained,
)
from models.employers import Employer
from models.posts import Complaint, Post, PostMove
from models.residents import Resident
from models.staff import Account
from models.vocabulary.labelled import Labelled
from models.vocabulary.lifecycle import IllegalMove
from models.vocabulary.posts import (
    ComplaintReason,
    PostDoor,
    PostState,
    PostVerb,
    ReturnReason,
)

# A post that waits or is seen is over with its day; a returned one waits for its sender.
EXPIRING = (PostState.RECEIVED, PostState.PUBLISHED)
MERGEABLE = frozenset(EXPIRING)


def submit_post(  # noqa: PLR0913 - how it came, beside what it says
    session: Session,
    employer: Employer,
    details: PostDetails,
    *,
    uuid: str,
    door: PostDoor,
    by: Account | None,
    on: date,
    now: datetime,
    brought_by: int | None = None,
) -> Post:
    """Take a post in for review; the same form sent again brings back what it made.

    `by` None is an employer's link, `brought_by` the batch of an agency's file.
    Raises PostOfAnother.
    """
    known = _made_by_form(session, uuid, employer)
    if known is not None:
        return known
    post = Post(
        uuid=uuid,
        employer=employer,
        door=door,
        state=PostState.RECEIVED,
        submitted_on=on,
        submitted_by=by.id if by else None,
        brought_by=brought_by,
        created_at=now,
        **details.columns(),
    )
    try:
        with session.begin_nested():
            session.add(post)
            session.flush()
    except IntegrityError:
        made = _made_by_form(session, uuid, employer)
        if made is None:
            raise
        return made
    _log(session, post, PostVerb.SUBMIT, by=by, now=now)
    return post


def amend_post(
    session: Session,
    post: Post,
    details: PostDetails,
    *,
    by: Account | None,
    now: datetime,
) -> Post:
    """Change what it says; it is reviewed before anybody sees it again.

    Nothing happens where nothing is changed and nobody waits for a change. Raises PostMoved,
    HeadcountTaken.
    """
    _lock(session, post)
    is_same = details == PostDetails.of(post)
    if is_same and post.state in MERGEABLE:
        return post
    if details.headcount < post.hired_count:
        raise HeadcountTaken(post.hired_count)
    _move(post, PostVerb.AMEND)
    for name, value in details.columns().items():
        setattr(post, name, value)
    _log(session, post, PostVerb.AMEND, by=by, now=now)
    return post


def set_headcount(
    session: Session, post: Post, headcount: int, *, by: Account | None, now: datetime
) -> None:
    """More or fewer people for the same work need no new review; raises HeadcountTaken."""
    _lock(session, post)
    if headcount < post.hired_count:
        raise HeadcountTaken(post.hired_count)
    if post.state in {PostState.MERGED, PostState.EXPIRED, PostState.TAKEN_DOWN}:
        raise PostMoved
    if headcount == post.headcount:
        return
    note = f"{post.headcount} → {headcount}"
    post.headcount = headcount
    _log(session, post, PostVerb.AMEND, by=by, now=now, note=note)


def publish(
    session: Session,
    post: Post,
    *,
    by: Account,
    on: date,
    now: datetime,
    note: str | None = None,
) -> None:
    """Let everybody see it; raises PostMoved, PostOver."""
    _lock(session, post)
    if post.valid_until < on:
        raise PostOver
    _move(post, PostVerb.PUBLISH)
    post.published_on = on
    _log(session, post, PostVerb.PUBLISH, by=by, now=now, note=note)


def return_post(
    session: Session,
    post: Post,
    reasons: Sequence[ReturnReason],
    note: str | None,
    *,
    by: Account,
    now: datetime,
) -> None:
    """Send it back with what is to be mended; raises ReturnUnexplained, PostMoved."""
    if not reasons:
        raise ReturnUnexplained
    _lock(session, post)
    _move(post, PostVerb.RETURN)
    _log(session, post, PostVerb.RETURN, by=by, now=now, reasons=reasons, note=note)


def merge(session: Session, post: Post, into: Post, *, by: Account, now: datetime) -> None:
    """It says the same as another post, which stays; raises PostMergesElsewhere, PostMoved."""
    for each in sorted((post, into), key=_number):
        _lock(session, each)
    if into.id == post.id or into.employer_id != post.employer_id or into.state not in MERGEABLE:
        raise PostMergesElsewhere
    _move(post, PostVerb.MERGE)
    post.merged_into = into.id
    _log(session, post, PostVerb.MERGE, by=by, now=now, note=f"{into.id}")


def take_down(
    session: Session, post: Post, *, by: Account | None, now: datetime, note: str | None = None
) -> None:
    """It is no longer offered; raises PostMoved."""
    _lock(session, post)
    _move(post, PostVerb.TAKE_DOWN)
    _log(session, post, PostVerb.TAKE_DOWN, by=by, now=now, note=note)


def expire(session: Session, post: Post, *, now: datetime) -> None:
    _move(post, PostVerb.EXPIRE)
    _log(session, post, PostVerb.EXPIRE, by=None, now=now)


def expire_due(session: Session, *, on: date, now: datetime, most: int) -> int:
    """Expire posts whose last day is over, `most` at a time; how many there were."""
    over = (
        select(Post)
        .where(or_(*(Post.state == state for state in EXPIRING)), Post.valid_until < on)
        .order_by(Post.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    posts = session.scalars(over).all()
    for post in posts:
        expire(session, post, now=now)
    return len(posts)


def complain(
    session: Session,
    post: Post,
    reason: ComplaintReason,
    note: str | None,
    *,
    uuid: str,
    now: datetime,
    resident: Resident | None = None,
) -> Complaint:
    """Write down what somebody says is wrong; a published post is reviewed again.

    The same form sent again changes nothing. Raises ComplaintOfAnother.
    """
    known = _complaint_of_form(session, uuid, post)
    if known is not None:
        return known
    _lock(session, post)
    complaint = Complaint(
        uuid=uuid,
        post=post,
        resident_id=resident.id if resident else None,
        reason=reason,
        note=note,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(complaint)
            session.flush()
    except IntegrityError:
        made = _complaint_of_form(session, uuid, post)
        if made is None:
            raise
        return made
    if post.state is PostState.PUBLISHED:
        _move(post, PostVerb.COMPLAIN)
        _log(session, post, PostVerb.COMPLAIN, by=None, now=now, reasons=[reason])
    return complaint


def settle_complaint(
    session: Session, complaint: Complaint, *, is_upheld: bool, by: Account, now: datetime
) -> None:
    """Say whether it was true; what becomes of the post is said apart. Raises ComplaintSettled."""
    session.refresh(complaint, with_for_update=True)
    settler = by.id  # read first: reading may flush, and a complaint half settled is refused
    try:
        complaint.move("uphold" if is_upheld else "reject")
    except IllegalMove:
        raise ComplaintSettled from None
    complaint.settled_at, complaint.settled_by = now, settler
    session.flush()


def _lock(session: Session, post: Post) -> None:
    """Whoever is first moves it; whoever comes next sees that it was moved."""
    session.flush()
    session.refresh(post, with_for_update={"of": Post})


def _move(post: Post, verb: PostVerb) -> None:
    try:
        post.move(verb)
    except IllegalMove:
        raise PostMoved from None


def _log(
    session: Session,
    post: Post,
    verb: PostVerb,
    *,
    by: Account | None,
    now: datetime,
    reasons: Sequence[Labelled] = (),
    note: str | None = None,
) -> None:
    move = PostMove(
        post_id=post.id,
        verb=verb,
        at=now,
        by=by.id if by else None,
        reasons=[reason.value for reason in reasons],
        note=note,
    )
    session.add(move)
    session.flush()


def _made_by_form(session: Session, uuid: str, employer: Employer) -> Post | None:
    post = session.scalars(select(Post).where(Post.uuid == uuid)).one_or_none()
    if post is not None and post.employer_id != employer.id:
        raise PostOfAnother
    return post


def _complaint_of_form(session: Session, uuid: str, post: Post) -> Complaint | None:
    complaint = session.scalars(select(Complaint).where(Complaint.uuid == uuid)).one_or_none()
    if complaint is not None and complaint.post_id != post.id:
        raise ComplaintOfAnother
    return complaint


def _number(post: Post) -> int:
    return post.id
