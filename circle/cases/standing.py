"""Where a case stands, settled from what is recorded: last contact, jobs, stage.

Recording, correcting and removing a visit all end here, so each leaves the case as if only the
visits that stand had ever been told.
"""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.cases import Case, Placement, Visit
from models.vocabulary.cases import CaseStage
from models.vocabulary.residents import WorkStatus

IDLE = frozenset({WorkStatus.UNEMPLOYED, WorkStatus.STUDYING, WorkStatus.NOT_SEEKING})


def contacts_of(session: Session, case: Case) -> Sequence[Visit]:
    """The visits of the case that stand and reached the person, oldest first."""
    return session.scalars(
        select(Visit)
        .where(Visit.case_id == case.id, Visit.reached, Visit.removed_at.is_(None))
        .order_by(Visit.visited_on, Visit.id)
    ).all()


def placements_of(session: Session, case: Case) -> Sequence[Placement]:
    """The jobs of the case that stand, oldest first."""
    return session.scalars(
        select(Placement)
        .where(Placement.case_id == case.id, Placement.removed_at.is_(None))
        .order_by(Placement.started_on, Placement.id)
    ).all()


def settle(session: Session, case: Case) -> None:
    contacts, jobs = contacts_of(session, case), placements_of(session, case)
    _settle_last_contact(case, contacts)
    _settle_jobs(contacts, jobs)
    _settle_stage(case, is_placed=any(job.ended_on is None for job in jobs))
    session.flush()


def _settle_last_contact(case: Case, contacts: Sequence[Visit]) -> None:
    days = [visit.visited_on for visit in contacts]
    if case.ledger_contact_on:
        days.append(case.ledger_contact_on)
    case.last_contact_on = max((day for day in days if day >= case.opened_on), default=None)


def _settle_jobs(contacts: Sequence[Visit], jobs: Sequence[Placement]) -> None:
    """A job ends when the person says they are out of work, or with the start of the next."""
    for job, following in pairwise([*jobs, None]):
        if job is not None:
            ends = [_ended_by(visit, job) for visit in contacts if _tells_of_its_end(visit, job)]
            ends += [following.started_on] if following else []
            job.ended_on = min(ends, default=None)


def _tells_of_its_end(visit: Visit, job: Placement) -> bool:
    return visit.work_status in IDLE and visit.visited_on >= job.started_on


def _ended_by(visit: Visit, job: Placement) -> date:
    """The day they say; a day before the job began cannot be meant."""
    since = visit.status_since
    return since if since and since >= job.started_on else visit.visited_on


def _settle_stage(case: Case, *, is_placed: bool) -> None:
    if not case.is_open:
        return
    if is_placed:
        case.move("place")
    elif case.stage == CaseStage.PLACED:
        case.move("lose_job")
    if case.last_contact_on is None and case.stage == CaseStage.SERVING:
        case.move("uncontact")
    elif case.last_contact_on is not None:
        case.move("contact")
