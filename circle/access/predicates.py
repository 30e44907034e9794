"""Facts about a person, and about a person and a record. Each is a SQL expression, so that a list
and a single record go through the same door.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, true

from models.cases import Case, Registration, Visit
from models.employers import Employer
from models.imports import ImportBatch
from models.messages import Message
from models.places import Station, within
from models.posts import Complaint, Post
from models.referrals import Referral
from models.residents import Resident
from models.services import ServiceItem
from models.staff import Account
from models.tasks import Task
from models.vocabulary.cases import CaseState
from models.vocabulary.staff import Role
from models.vocabulary.tasks import TaskState

Entity = type[
    Resident
    | Case
    | Task
    | Visit
    | Registration
    | ImportBatch
    | Account
    | Employer
    | Post
    | Complaint
    | Referral
    | ServiceItem
    | Message
    | Station
]
Predicate = Callable[[Account, Entity], ColumnElement[bool]]


@dataclass(frozen=True)
class RoleIs:
    """A fact about the person alone, known before any record is looked at."""

    roles: frozenset[Role]

    def holds(self, actor: Account) -> bool:
        return actor.role in self.roles

    def __call__(self, actor: Account, _entity: Entity) -> ColumnElement[bool]:
        return true() if self.holds(actor) else false()


def _any_of(*roles: Role) -> RoleIs:
    return RoleIs(frozenset(roles))


is_worker = _any_of(Role.WORKER)
supervises = _any_of(Role.STREET, Role.DISTRICT)
does_casework = _any_of(Role.WORKER, Role.STREET, Role.DISTRICT)
handles_files = _any_of(Role.CLERK, Role.DISTRICT)
heads_the_district = _any_of(Role.DISTRICT)
reviews = _any_of(Role.REVIEWER)
reads_the_trail = _any_of(Role.AUDITOR)
keeps_the_system = _any_of(Role.SYSTEM_ADMIN)
keeps_security = _any_of(Role.SECURITY_ADMIN)
is_signed_in = RoleIs(frozenset(Role))


def covers_division(actor: Account, entity: Entity) -> ColumnElement[bool]:
    """The resident lives in a division the person answers for."""
    return _resident_of(entity, lives_under(actor.covered_codes))


def lives_under(codes: Iterable[str]) -> ColumnElement[bool]:
    """The resident lives in one of the subtrees; where that is not known, is registered there."""
    places = [
        or_(
            within(Resident.lives_in, code),
            and_(Resident.lives_in.is_(None), within(Resident.registered_division, code)),
        )
        for code in codes
    ]
    return or_(*places)


def holds_case(actor: Account, entity: Entity) -> ColumnElement[bool]:
    """The resident's open case is in this person's hands."""
    if entity is Case:
        return and_(Case.worker_id == actor.id, Case.state == CaseState.OPEN)
    held = exists().where(
        Case.resident_id == Resident.id,
        Case.state == CaseState.OPEN,
        Case.worker_id == actor.id,
    )
    return _resident_of(entity, held)


def holds_task(actor: Account, entity: Entity) -> ColumnElement[bool]:
    """An open task about the resident is in this person's hands; of a task, this very one."""
    if entity is Task:
        return Task.assignee_id == actor.id
    held = exists().where(
        Task.resident_id == Resident.id,
        Task.state == TaskState.OPEN,
        Task.assignee_id == actor.id,
    )
    return _resident_of(entity, held)


def recorded_it(actor: Account, entity: Entity) -> ColumnElement[bool]:
    if entity is ServiceItem:
        return ServiceItem.recorded_by == actor.id
    return Visit.recorded_by == actor.id if entity is Visit else false()


def files_for_division(actor: Account, entity: Entity) -> ColumnElement[bool]:
    if entity is not ImportBatch:
        return false()
    return or_(*(within(ImportBatch.division_code, code) for code in actor.covered_codes))


def offered_in_division(actor: Account, entity: Entity) -> ColumnElement[bool]:
    """The post is offered, or the employer has its place, in a division the person answers for."""
    here = or_(*(within(Post.division_code, code) for code in actor.covered_codes))
    if entity is Post:
        return here
    if entity is Complaint:
        return Complaint.post.has(here)
    if entity is Employer:
        offers = exists().where(Post.employer_id == Employer.id, here)
        based = [within(Employer.division_code, code) for code in actor.covered_codes]
        return or_(*based, offers)
    return false()


def stands_in_division(actor: Account, entity: Entity) -> ColumnElement[bool]:
    if entity is not Station:
        return false()
    return or_(*(within(Station.division_code, code) for code in actor.covered_codes))


def looks_after_account(actor: Account, entity: Entity) -> ColumnElement[bool]:
    """The account belongs to a division under the administrator's own."""
    return within(Account.division_code, actor.division_code) if entity is Account else false()


def _resident_of(entity: Entity, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    if entity is Resident:
        return condition
    relationship: Any = getattr(entity, "resident", None)
    return false() if relationship is None else relationship.has(condition)
