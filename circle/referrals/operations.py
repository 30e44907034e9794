"""What happens to a referral, from the offer to the first day of work, and back.

Every verb holds the post, the case and the referral, always in this order, before it looks: two
people at once can neither fill a place twice nor hire somebody twice.
"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from circle.cases.consents import has_agreed
from circle.cases.referred import is_offered, log_move, restore, running_of, set_aside
from circle.cases.standing import settle
from circle.cases.statements import state_work_status, take_back_status
from circle.matching.queries import why
from circle.messages.operations import queue
from circle.refusals import (
    AlreadyReferred,
    CaseAlreadyClosed,
    InterviewPast,
    NotYetWilling,
    PostFilled,
    PostNotOffered,
    ReferralMoved,
    ReferralOfAnother,
    StartDayWrong,
)
from circle.services.operations import record_service
from models.cases import Case, Placement
from models.employers import SignedLink
from models.policy import policy_on
from models.posts import Post
from models.referrals import Referral
from models.staff import Account
from models.vocabulary.cases import PlacementKind, RefusalReason
from models.vocabulary.jobs import SweepReason
from models.vocabulary.messages import MessageKind
from models.vocabulary.referrals import (
    REFERRAL_LIFECYCLE,
    RUNNING_REFERRALS,
    DeclinedBy,
    EmployerRefusal,
    ReferralStage,
    ReferralVerb,
)
from models.vocabulary.residents import ConsentPurpose, WorkKind, WorkStatus
from models.vocabulary.services import ServiceKind
from reminders.sweep import sweep_residents

FURTHEST = timedelta(days=92)
EMPLOYER_LENGTH = OCCUPATION_LENGTH = 100
PLACED_AS = {
    WorkKind.FULL_TIME: PlacementKind.CONTRACT,
    WorkKind.PART_TIME: PlacementKind.FLEXIBLE,
    WorkKind.GIG: PlacementKind.FLEXIBLE,
    WorkKind.HOME_WORK: PlacementKind.FLEXIBLE,
    WorkKind.PUBLIC_WELFARE: PlacementKind.PUBLIC_WELFARE,
    WorkKind.TRAINEESHIP: PlacementKind.TRAINEESHIP,
}
WORKING_AS = {
    PlacementKind.CONTRACT: WorkStatus.EMPLOYED,
    PlacementKind.FLEXIBLE: WorkStatus.FLEXIBLE,
    PlacementKind.PUBLIC_WELFARE: WorkStatus.EMPLOYED,
    PlacementKind.TRAINEESHIP: WorkStatus.EMPLOYED,
}
# Whom an employer may be asked about.
WILLING = frozenset({ReferralStage.ACCEPTED, ReferralStage.INTERVIEW})


def refer(
    session: Session,
    case: Case,
    post: Post,
    *,
    by: Account,
    on: date,
    now: datetime,
    uuid: str,
    is_willing: bool = False,
) -> Referral:
    """Offer a post to somebody; `is_willing`: they said yes on the spot.

    The same UUID again gives the first referral. Raises CaseAlreadyClosed, PostNotOffered,
    AlreadyReferred, ReferralOfAnother.
    """
    stage = ReferralStage.OFFERED
    referral, is_new = _put_forward(session, case, post, stage, by=by, on=on, uuid=uuid)
    if not is_new:
        return referral
    log_move(session, referral, ReferralVerb.OFFER, by=by, now=now)
    _count_as_service(session, referral, by=by, on=on, now=now)
    if is_willing:
        accept(session, referral, by=by, on=on, now=now)
    else:
        _tell(session, referral, MessageKind.REFERRAL, on=on, now=now)
    return referral


def apply_for(
    session: Session, case: Case, post: Post, *, on: date, now: datetime, uuid: str
) -> Referral:
    """The resident asks to be put forward; raises as `refer`."""
    stage = ReferralStage.APPLIED
    referral, is_new = _put_forward(session, case, post, stage, by=None, on=on, uuid=uuid)
    if is_new:
        log_move(session, referral, ReferralVerb.APPLY, by=None, now=now)
    return referral


def take_up(session: Session, referral: Referral, *, by: Account, on: date, now: datetime) -> None:
    """The worker puts forward who has applied; raises ReferralMoved."""
    _hold(session, referral)
    _move(session, referral, ReferralVerb.OFFER, by=by, on=on, now=now, offered_by=by.id)
    _count_as_service(session, referral, by=by, on=on, now=now)


def accept(
    session: Session, referral: Referral, *, by: Account | None, on: date, now: datetime
) -> None:
    """The resident wants the post; `by` None: they said so themselves. Raises ReferralMoved."""
    _hold(session, referral)
    _move(session, referral, ReferralVerb.ACCEPT, by=by, on=on, now=now)


def invite(
    session: Session,
    referral: Referral,
    *,
    interview_at: datetime,
    by: Account | None,
    on: date,
    now: datetime,
    link: SignedLink | None = None,
) -> None:
    """Another time moves the interview; the same one is no news. Raises InterviewPast."""
    _hold(session, referral)
    if referral.stage is ReferralStage.INTERVIEW and referral.interview_at == interview_at:
        return
    if not on <= interview_at.date() <= on + FURTHEST:
        raise InterviewPast
    # Silence is counted from the interview.
    counted_from = max(on, interview_at.date())
    verb = ReferralVerb.INVITE
    _move(
        session,
        referral,
        verb,
        by=by,
        on=counted_from,
        now=now,
        link=link,
        interview_at=interview_at,
    )
    _tell(session, referral, MessageKind.INTERVIEW, on=on, now=now)


def hire(
    session: Session,
    referral: Referral,
    *,
    started_on: date,
    by: Account | None,
    on: date,
    now: datetime,
    link: SignedLink | None = None,
) -> Placement:
    """A job begins: what else runs for the person, and for the post once it is filled, ends.

    The same day told again is no second hire. Raises ReferralMoved, StartDayWrong, PostFilled,
    CaseAlreadyClosed.
    """
    _hold(session, referral)
    if referral.stage is ReferralStage.HIRED and referral.hired_on == started_on:
        return placement_of(session, referral)
    _refuse_hire(referral, started_on, on)
    verb = ReferralVerb.HIRE
    _move(session, referral, verb, by=by, on=on, now=now, link=link, hired_on=started_on)
    placement = _place(session, referral)
    referral.post.hired_count += 1
    set_aside(session, _settled_by(session, referral), because=referral, by=by, now=now)
    state_work_status(
        session,
        referral.resident_id,
        WORKING_AS[placement.kind],
        since=min(started_on, on),
        said_on=on,
        by=by,
        now=now,
    )
    settle(session, referral.case)
    _sweep(session, referral, on=on, now=now)
    return placement


def cancel_hire(
    session: Session,
    referral: Referral,
    *,
    by: Account,
    on: date,
    now: datetime,
    note: str | None = None,
) -> None:
    """It came to nothing: all that followed from the hire is taken back. Raises ReferralMoved."""
    _hold(session, referral)
    verb = ReferralVerb.CANCEL_HIRE
    _move(session, referral, verb, by=by, on=on, now=now, note=note, hired_on=None)
    placement = placement_of(session, referral)
    placement.removed_at = now
    referral.post.hired_count -= 1
    status, written_at = WORKING_AS[placement.kind], placement.created_at
    take_back_status(session, referral.resident_id, status, not_before=written_at)
    settle(session, referral.case)
    restore(session, Referral.obsolete_by == referral.id, by=by, on=on, now=now)
    _sweep(session, referral, on=on, now=now)


def decline(
    session: Session,
    referral: Referral,
    *,
    reason: RefusalReason,
    is_reasonable: bool | None,
    by: Account | None,
    on: date,
    now: datetime,
    note: str | None = None,
) -> None:
    """The resident says no. Whether with reason a worker judges: None where nobody has yet.

    Raises ReferralMoved.
    """
    _hold(session, referral)
    _move(
        session,
        referral,
        ReferralVerb.DECLINE,
        by=by,
        on=on,
        now=now,
        note=note,
        declined_by=DeclinedBy.RESIDENT,
        refusal_reason=reason,
        refusal_reasonable=is_reasonable,
    )


def turn_down(
    session: Session,
    referral: Referral,
    *,
    reason: EmployerRefusal,
    by: Account | None,
    on: date,
    now: datetime,
    link: SignedLink | None = None,
) -> None:
    """The employer says no; the same answer again is no news. Raises ReferralMoved."""
    _hold(session, referral)
    if referral.stage is ReferralStage.DECLINED and referral.employer_refusal is reason:
        return
    _move(
        session,
        referral,
        ReferralVerb.DECLINE,
        by=by,
        on=on,
        now=now,
        link=link,
        declined_by=DeclinedBy.EMPLOYER,
        employer_refusal=reason,
    )


def judge(session: Session, referral: Referral, *, is_reasonable: bool) -> None:
    """A person decides whether the resident had reason to refuse. Raises ReferralMoved."""
    _hold(session, referral)
    if referral.refusal_reason is None:
        raise ReferralMoved
    referral.refusal_reasonable = is_reasonable
    session.flush()


def withdraw(
    session: Session,
    referral: Referral,
    *,
    by: Account | None,
    on: date,
    now: datetime,
    note: str | None = None,
) -> None:
    """Raises ReferralMoved."""
    _hold(session, referral)
    _move(session, referral, ReferralVerb.WITHDRAW, by=by, on=on, now=now, note=note)


def lapse_silent(session: Session, *, on: date, now: datetime) -> int:
    """Nobody has said anything for as long as the policy waits; how many lapsed.

    What somebody else is moving at this moment is not silent, and left alone.
    """
    silent = (
        select(Referral)
        .where(Referral.stage.in_(RUNNING_REFERRALS), Referral.lapses_on <= on)
        .order_by(Referral.id)
        .with_for_update(of=Referral, skip_locked=True)
    )
    lapsed = session.scalars(silent).all()
    for referral in lapsed:
        referral.move("lapse")
        log_move(session, referral, ReferralVerb.LAPSE, by=None, now=now)
    return len(lapsed)


def share(session: Session, referral: Referral) -> None:
    """Before an employer is asked: whether they see who it is. Raises NotYetWilling."""
    if referral.stage not in WILLING:
        raise NotYetWilling
    agreed = has_agreed(session, referral.resident_id, ConsentPurpose.EMPLOYERS)
    referral.resume_shared = referral.resume_shared or agreed
    session.flush()


def placement_of(session: Session, referral: Referral) -> Placement:
    """The job a hire began."""
    return session.scalars(
        select(Placement)
        .where(Placement.referral_id == referral.id, Placement.removed_at.is_(None))
        .order_by(Placement.id.desc())
        .limit(1)
    ).one()


def _put_forward(
    session: Session,
    case: Case,
    post: Post,
    stage: ReferralStage,
    *,
    by: Account | None,
    on: date,
    uuid: str,
) -> tuple[Referral, bool]:
    """The referral, and whether it is new."""
    _lock(session, Post, post.id)
    _lock(session, Case, case.id)
    known = _recorded(session, case, post, uuid)
    if known is not None:
        return known, False
    _refuse_offer(session, case, post, on)
    referral = _new(session, case, post, stage, by=by, on=on, uuid=uuid)
    try:
        with session.begin_nested():
            session.add(referral)
    except IntegrityError:
        # The same form's second try arrived while the first was being written.
        again = _recorded(session, case, post, uuid)
        if again is None:
            raise AlreadyReferred(post.title) from None
        return again, False
    return referral, True


def _recorded(session: Session, case: Case, post: Post, uuid: str) -> Referral | None:
    known = session.scalars(select(Referral).where(Referral.uuid == uuid)).one_or_none()
    if known is not None and (known.case_id, known.post_id) != (case.id, post.id):
        raise ReferralOfAnother
    return known


def _refuse_offer(session: Session, case: Case, post: Post, on: date) -> None:
    if not case.is_open:
        raise CaseAlreadyClosed
    if not is_offered(post, on):
        raise PostNotOffered(post.title)
    same = select(Referral.id).where(
        Referral.resident_id == case.resident_id,
        Referral.post_id == post.id,
        Referral.stage.in_({*RUNNING_REFERRALS, ReferralStage.HIRED}),
    )
    if session.scalars(same.limit(1)).first() is not None:
        raise AlreadyReferred(post.title)


def _new(
    session: Session,
    case: Case,
    post: Post,
    stage: ReferralStage,
    *,
    by: Account | None,
    on: date,
    uuid: str,
) -> Referral:
    """With how it fits on this day: what a report of refused suitable posts needs."""
    policy = policy_on(session, on, post.division_code)
    fit = next(iter(why(session, case, [post], on, policy)), None)
    return Referral(
        uuid=uuid,
        resident_id=case.resident_id,
        case_id=case.id,
        post_id=post.id,
        stage=stage,
        offered_on=on,
        offered_by=by.id if by else None,
        lapses_on=on + timedelta(days=policy.referral_days),
        offered_score=round(fit.score) if fit else None,
        offered_minutes=fit.minutes if fit else None,
    )


def _hold(session: Session, referral: Referral) -> None:
    _lock(session, Post, referral.post_id)
    _lock(session, Case, referral.case_id)
    _lock(session, Referral, referral.id)


def _lock(session: Session, table: type[Post | Case | Referral], key: int) -> None:
    session.scalars(
        select(table)
        .where(table.id == key)
        .with_for_update(of=table)
        .execution_options(populate_existing=True)
    ).one()


def _move(
    session: Session,
    referral: Referral,
    verb: ReferralVerb,
    *,
    by: Account | None,
    on: date,
    now: datetime,
    link: SignedLink | None = None,
    note: str | None = None,
    **changes: Any,  # noqa: ANN401 - what the new stage asks for
) -> None:
    """Follow the lifecycle, renew the time to answer, write it down. Raises ReferralMoved."""
    if not REFERRAL_LIFECYCLE.allows(verb, referral.stage):
        raise ReferralMoved
    lapses_on = on + timedelta(days=policy_on(session, on).referral_days)
    referral.move(verb)
    referral.lapses_on = lapses_on
    for name, value in changes.items():
        setattr(referral, name, value)
    log_move(session, referral, verb, by=by, now=now, link=link, note=note)


def _refuse_hire(referral: Referral, started_on: date, on: date) -> None:
    if not referral.case.is_open:
        raise CaseAlreadyClosed
    if not REFERRAL_LIFECYCLE.allows(ReferralVerb.HIRE, referral.stage):
        raise ReferralMoved
    if not referral.offered_on <= started_on <= on + FURTHEST:
        raise StartDayWrong
    if referral.post.hired_count >= referral.post.headcount:
        raise PostFilled(referral.post.title)


def _place(session: Session, referral: Referral) -> Placement:
    post = referral.post
    placement = Placement(
        case_id=referral.case_id,
        referral_id=referral.id,
        kind=PLACED_AS[post.kind],
        employer=post.employer.name[:EMPLOYER_LENGTH],
        occupation=post.title[:OCCUPATION_LENGTH],
        pay_fen=post.month_low_fen,
        started_on=referral.hired_on,
    )
    session.add(placement)
    session.flush()
    return placement


def _settled_by(session: Session, hired: Referral) -> list[Referral]:
    """The person's others; and everybody's for the post, once nobody else is looked for."""
    post = hired.post
    same = Referral.resident_id == hired.resident_id
    if post.hired_count >= post.headcount:
        same = or_(same, Referral.post_id == post.id)
    return [each for each in running_of(session, same) if each.id != hired.id]


def _count_as_service(
    session: Session, referral: Referral, *, by: Account, on: date, now: datetime
) -> None:
    kind = ServiceKind.RECOMMENDATION
    record_service(session, referral.case, kind, by=by, on=on, now=now, referral=referral)


def _tell(
    session: Session, referral: Referral, kind: MessageKind, *, on: date, now: datetime
) -> None:
    """Whoever has agreed to messages is sent one; each interview time is news of its own."""
    values: dict[str, Any] = {
        "title": referral.post.title,
        "employer": referral.post.employer.name,
    }
    cycle = referral.uuid
    if kind is MessageKind.INTERVIEW and referral.interview_at:
        values["at"] = referral.interview_at.isoformat()
        cycle = f"{referral.uuid}:{referral.interview_at:%Y%m%d%H%M}"
    queue(session, referral.resident, kind, cycle, values, on=on, now=now)


def _sweep(session: Session, referral: Referral, *, on: date, now: datetime) -> None:
    ids = [referral.resident_id]
    sweep_residents(session, ids, on=on, now=now, reason=SweepReason.COMMAND)
