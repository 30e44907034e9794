"""The policy as a table of what each role may do to whom; the reading is ours, not the code's."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.access.permissions import Permission
from circle.access.policy import POLICY
from circle.access.predicates import Entity
from circle.access.scope import find, may, visible_to
from circle.refusals import NotAllowed, NotFound
from models.cases import Case
from models.imports import ImportBatch
from models.residents import Resident
from models.staff import Account
from models.tasks import Task
from models.vocabulary.cases import CaseOrigin, CloseReason
from models.vocabulary.facts import Source
from models.vocabulary.residents import DocumentType, LivesInBasis, Sex
from models.vocabulary.staff import Role
from models.vocabulary.tasks import TaskKind
from tests.circle.conftest import COMMUNITY, OTHER_COMMUNITY, OTHER_STREET_COMMUNITY, MakeAccount

CASEWORK = {Role.WORKER, Role.STREET, Role.DISTRICT}
ROLES = {
    Permission.READ_TODO: CASEWORK,
    Permission.READ_RESIDENT: CASEWORK,
    Permission.REVEAL_RESIDENT: CASEWORK,
    Permission.READ_IMPORTS: {Role.CLERK, Role.DISTRICT},
    Permission.UNDO_IMPORT: {Role.CLERK, Role.DISTRICT},
    Permission.READ_BOARDS: {Role.STREET, Role.DISTRICT},
    Permission.READ_AUDIT: {Role.AUDITOR},
    Permission.MANAGE_ACCOUNTS: {Role.SYSTEM_ADMIN},
    Permission.UNLOCK_ACCOUNT: {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN},
    Permission.KEEP_OWN_ACCOUNT: set(Role),
}


def resident(
    session: Session, lives_in: str | None, registered: str | None = None, name: str = "张三"
) -> Resident:
    person = Resident(
        document_type=DocumentType.RESIDENT_ID,
        name=name,
        pinyin="zs",
        sex=Sex.MALE,
        born_on=date(1985, 6, 15),
        lives_in=lives_in,
        lives_in_basis=LivesInBasis.HOUSEHOLD if lives_in else None,
        registered_division=registered,
    )
    session.add(person)
    session.flush()
    return person


def case(session: Session, person: Resident, worker: Account | None) -> Case:
    opened = Case(
        resident_id=person.id,
        origin=CaseOrigin.LEDGER,
        opened_on=date(2026, 11, 1),
        worker_id=worker.id if worker else None,
        causes=[],
        obstacles=[],
    )
    session.add(opened)
    session.flush()
    return opened


def task(session: Session, person: Resident, assignee: Account | None) -> Task:
    raised = Task(
        resident_id=person.id,
        kind=TaskKind.INSURANCE_LAPSE,
        cycle="employee_pension:2026-08",
        raised_on=date(2026, 11, 1),
        due_on=date(2026, 11, 6),
        priority=40,
        assignee_id=assignee.id if assignee else None,
        evidence={},
    )
    session.add(raised)
    session.flush()
    return raised


def sees(
    session: Session,
    actor: Account,
    entity: Entity,
    permission: Permission = Permission.READ_RESIDENT,
) -> set[int]:
    return set(session.scalars(select(entity.id).where(visible_to(actor, permission, entity))))


def test_every_permission_has_its_rows() -> None:
    assert set(POLICY) == set(Permission)
    assert all(rows and all(rows) for rows in POLICY.values())


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("permission", list(ROLES))
def test_roles(permission: Permission, role: Role) -> None:
    assert may(Account(role=role), permission) == (role in ROLES[permission])


def test_a_worker_sees_the_communities_covered_and_no_others(
    session: Session, make_account: MakeAccount
) -> None:
    worker = make_account(Role.WORKER, covers=(COMMUNITY,))
    mine = resident(session, COMMUNITY)
    in_my_grid = resident(session, None, registered=COMMUNITY)
    resident(session, OTHER_COMMUNITY)
    registered_here_lives_elsewhere = resident(session, OTHER_COMMUNITY, registered=COMMUNITY)
    assert sees(session, worker, Resident) == {mine.id, in_my_grid.id}
    assert registered_here_lives_elsewhere.id not in sees(session, worker, Resident)


def test_a_street_sees_its_communities(session: Session, make_account: MakeAccount) -> None:
    street = make_account(Role.STREET, division="330110012")
    here = {resident(session, COMMUNITY).id, resident(session, OTHER_COMMUNITY).id}
    resident(session, OTHER_STREET_COMMUNITY)
    assert sees(session, street, Resident) == here


@pytest.mark.parametrize(
    "role", [Role.CLERK, Role.AUDITOR, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.REVIEWER]
)
def test_other_roles_see_no_resident(
    session: Session, make_account: MakeAccount, role: Role
) -> None:
    actor = make_account(role, division="330110")
    person = resident(session, COMMUNITY)
    assert sees(session, actor, Resident) == set()
    with pytest.raises(NotAllowed):
        find(session, actor, Permission.READ_RESIDENT, Resident, person.id)


def test_a_case_in_hand_opens_the_file_wherever_the_person_lives(
    session: Session, make_account: MakeAccount
) -> None:
    worker = make_account(Role.WORKER, covers=(COMMUNITY,))
    moved = resident(session, OTHER_STREET_COMMUNITY)
    held = case(session, moved, worker)
    assert sees(session, worker, Resident) == {moved.id}
    assert sees(session, worker, Case, Permission.CLOSE_CASE) == {held.id}


def test_a_closed_case_opens_nothing(session: Session, make_account: MakeAccount) -> None:
    worker = make_account(Role.WORKER, covers=(COMMUNITY,))
    held = case(session, resident(session, OTHER_STREET_COMMUNITY), worker)
    held.close_reason, held.closed_on = CloseReason.EMPLOYED, date(2026, 11, 20)
    held.move("close")
    session.flush()
    assert sees(session, worker, Resident) == set()


def test_only_the_holder_or_a_supervisor_acts_on_a_task(
    session: Session, make_account: MakeAccount
) -> None:
    worker = make_account(Role.WORKER, covers=(COMMUNITY,))
    colleague = make_account(Role.WORKER, covers=(COMMUNITY,))
    street = make_account(Role.STREET, division="330110012")
    elsewhere = make_account(Role.STREET, division="330110001")
    raised = task(session, resident(session, COMMUNITY), worker)
    acts = Permission.ACT_ON_TASK
    assert sees(session, worker, Task, acts) == sees(session, street, Task, acts) == {raised.id}
    assert sees(session, colleague, Task, acts) == sees(session, elsewhere, Task, acts) == set()
    assert sees(session, colleague, Task, Permission.READ_TODO) == {raised.id}


def test_a_number_is_revealed_to_the_worker_of_the_case_and_to_supervisors_only(
    session: Session, make_account: MakeAccount
) -> None:
    worker = make_account(Role.WORKER, covers=(COMMUNITY,))
    caller = make_account(Role.WORKER, covers=(COMMUNITY,))
    street = make_account(Role.STREET, division="330110012")
    person = resident(session, COMMUNITY)
    case(session, person, worker)
    task(session, person, caller)
    reveal, call = Permission.REVEAL_RESIDENT, Permission.CALL_RESIDENT
    assert sees(session, worker, Resident, reveal) == {person.id}
    assert sees(session, street, Resident, reveal) == {person.id}
    assert sees(session, caller, Resident, reveal) == set()
    assert sees(session, caller, Resident, call) == {person.id}


def test_a_clerk_reads_the_batches_of_the_own_division(
    session: Session, make_account: MakeAccount
) -> None:
    clerk = make_account(Role.CLERK, division="330110012")
    batches = [
        ImportBatch(
            source=Source.HOUSEHOLD,
            file_name="x.csv",
            sha256=code.zfill(64),
            size_bytes=1,
            division_code=code,
            kinds=[],
            filed_by=clerk.id,
            counts={},
            reasons={},
            warnings={},
            progress={},
        )
        for code in ("330110", "330110012", OTHER_STREET_COMMUNITY)
    ]
    session.add_all(batches)
    session.flush()
    assert sees(session, clerk, ImportBatch, Permission.READ_IMPORTS) == {batches[1].id}


def test_a_record_outside_the_scope_is_not_found(
    session: Session, make_account: MakeAccount
) -> None:
    worker = make_account(Role.WORKER, covers=(COMMUNITY,))
    person = resident(session, OTHER_COMMUNITY)
    with pytest.raises(NotFound):
        find(session, worker, Permission.READ_RESIDENT, Resident, person.id)
