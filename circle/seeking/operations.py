"""What a resident settles alone: résumé, who chooses posts, what is not for them."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.referrals.queries import resume_of
from circle.registration.operations import due_after_asking
from circle.registration.queries import open_order
from circle.seeking.queries import manual_choice
from models.cases import Case
from models.policy import Policy
from models.referrals import Resume
from models.seeking import ManualChoice, PassedPost
from models.sql import insert_into
from models.tasks import Task
from models.vocabulary.cases import RefusalReason
from models.vocabulary.facts import EducationLevel
from models.vocabulary.jobs import SweepReason
from models.vocabulary.tasks import TaskKind
from reminders import inbox
from reminders.sweep import sweep_residents


@dataclass(frozen=True)
class Skilled:
    """What a résumé says beyond what the office knows anyway."""

    education: EducationLevel | None = None
    experience: str | None = None
    skills: str | None = None
    certificates: tuple[str, ...] = ()

    @classmethod
    def of(cls, resume: Resume) -> "Skilled":
        values = (resume.education, resume.experience, resume.skills)
        return cls(*values, certificates=tuple(resume.certificates))


def keep_resume(session: Session, resident_id: int, skilled: Skilled, *, now: datetime) -> Resume:
    """A new version in the person's own words; unchanged ones are none."""
    current = resume_of(session, resident_id)
    if current is not None and Skilled.of(current) == skilled:
        return current
    if current is not None:
        current.replaced_at = now
        session.flush()
    resume = Resume(
        resident_id=resident_id,
        education=skilled.education,
        experience=skilled.experience,
        skills=skilled.skills,
        certificates=list(skilled.certificates),
    )
    session.add(resume)
    session.flush()
    return resume


def pass_over(
    session: Session, resident_id: int, post_id: int, reason: RefusalReason, *, now: datetime
) -> None:
    """Not this one; said twice, the first reason stands."""
    values = {
        "resident_id": resident_id,
        "post_id": post_id,
        "reason": reason,
        "passed_at": now,
    }
    session.execute(insert_into(session, PassedPost).values(values).on_conflict_do_nothing())


def choose_by_hand(
    session: Session, case: Case, *, uuid: str, on: date, now: datetime, policy: Policy
) -> None:
    """No machine recommends from now on; the worker is told, and chooses instead."""
    session.refresh(case, with_for_update=True)
    if manual_choice(session, case.resident_id) is None:
        session.add(ManualChoice(resident_id=case.resident_id, chosen_at=now))
        session.flush()
    ask_worker(session, case, uuid=uuid, on=on, now=now, policy=policy, by_hand=True)


def choose_by_machine(session: Session, resident_id: int, *, now: datetime) -> None:
    choice = manual_choice(session, resident_id)
    if choice is not None:
        choice.ended_at = now
        session.flush()


def ask_worker(
    session: Session,
    case: Case,
    *,
    uuid: str,
    on: date,
    now: datetime,
    policy: Policy,
    by_hand: bool = False,
) -> None:
    """An assistance order for the case's worker, unless this one was raised; one that is open
    says from now on what was asked besides.
    """
    session.refresh(case, with_for_update=True)
    order, asked = open_order(session, case.id), {"asked_on": on.isoformat()}
    if order is not None:
        by_hand = by_hand or bool(order.evidence.get("by_hand"))
        order.evidence = {**order.evidence, **asked, "by_hand": by_hand}
        session.flush()
        return
    if _was_raised(session, case, uuid):
        return
    due_on, provisional = due_after_asking(session, on, policy)
    inbox.raise_order(
        session,
        kind=TaskKind.ASSISTANCE,
        resident_id=case.resident_id,
        case_id=case.id,
        cycle=uuid,
        on=on,
        due_on=due_on,
        provisional=provisional,
        priority=policy.priority_assistance,
        assignee_id=case.worker_id,
        evidence={**asked, "by_hand": by_hand},
    )
    # While an order is open nobody is reminded of the usual visit.
    sweep_residents(session, [case.resident_id], on=on, now=now, reason=SweepReason.REGISTRATION)


def _was_raised(session: Session, case: Case, uuid: str) -> bool:
    query = select(Task.id).where(
        Task.resident_id == case.resident_id,
        Task.kind == TaskKind.ASSISTANCE,
        Task.cycle == uuid,
    )
    return session.scalar(query) is not None
