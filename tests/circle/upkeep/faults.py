"""One fault for each invariant, planted past whatever the application would refuse."""

import os
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select, text, update

from circle import audit
from circle.imports import uploads
from models.audit import AuditEntry
from models.cases import Case, CaseBefore, Consent, Registration
from models.facts import (
    ClosedMonth,
    Contribution,
    ContributionBefore,
    InsuranceStanding,
    RegisterEntry,
)
from models.residents import ResidentBefore
from models.tasks import Task
from models.vocabulary.cases import CaseStage, CloseReason
from models.vocabulary.facts import InsuranceKind, RegisterStatus
from models.vocabulary.imports import BatchState
from models.vocabulary.integrity import CheckName
from models.vocabulary.residents import ConsentPurpose, DocumentType, LivesInBasis, WorkStatus
from models.vocabulary.tasks import TaskKind, TaskState
from tests import factories
from tests.circle.test_audit import open_for_changes
from tests.circle.upkeep.conftest import TODAY, World
from tests.factories import COMMUNITY, NOON, OTHER_COMMUNITY

Plant = Callable[[World], None]


def closed_case_tasks(world: World) -> None:
    task(world, TaskKind.ASSISTANCE)
    close(world.case)


def two_open_cases(world: World) -> None:
    world.session.execute(text("DROP INDEX uq_case_file_open"))
    factories.CaseFactory(
        resident=world.resident, stage=CaseStage.FIRST_CONTACT, worker=world.worker
    )


def unconfirmed_case(world: World) -> None:
    world.case.is_confirmed = False


def case_worker_gone(world: World) -> None:
    world.worker.disabled_at = NOON


def case_nowhere(world: World) -> None:
    """As after a list that no longer holds the person."""
    entry = world.session.scalars(select(RegisterEntry)).one()
    entry.ended_by = world.batch.id
    resident = world.resident
    resident.lives_in = resident.lives_in_basis = resident.registered_division = None


def last_contact(world: World) -> None:
    world.case.last_contact_on = date(2026, 6, 9)


def case_stage(world: World) -> None:
    world.case.stage = CaseStage.PLACED


def task_holder_gone(world: World) -> None:
    task(world).assignee = factories.AccountFactory(disabled_at=NOON)


def task_holder_elsewhere(world: World) -> None:
    task(world).assignee = factories.AccountFactory(division_code=OTHER_COMMUNITY)


def snoozed_long(world: World) -> None:
    task(world).snoozed_until = TODAY + timedelta(days=15)


def due_on_day_off(world: World) -> None:
    task(world).due_on = date(2026, 10, 1)


def two_open_visits(world: World) -> None:
    for day in ("2026-06-10", "2026-06-09"):
        task(world, TaskKind.VISIT, cycle=f"since:{day}")


def case_of_another(world: World) -> None:
    other = factories.ResidentFactory()
    factories.RegisterEntryFactory(resident_id=other.id, batch=world.batch)
    other.registered_division = COMMUNITY
    factories.TaskFactory(
        resident=other, case=world.case, kind=TaskKind.ANOMALY, assignee=world.worker
    )


def contact_removed(world: World) -> None:
    visit = factories.VisitFactory(
        case=world.case, recorder=world.worker, removed_at=NOON, removed_by=world.worker.id
    )
    task(world, state=TaskState.DONE, settled_at=NOON, visit=visit)


def order_missing(world: World) -> None:
    """The order of an earlier registration is no order for this one."""
    said = registration(world, is_ordered=False)
    before = said.created_at - timedelta(days=1)
    task(world, TaskKind.ASSISTANCE, case=world.case, state=TaskState.DONE, settled_at=before)


def badge_differs(world: World) -> None:
    """Planted in the page's own query by the test."""


def standing_differs(world: World) -> None:
    kind = InsuranceKind.EMPLOYEE_PENSION
    standing = world.session.get_one(InsuranceStanding, (world.resident.id, kind))
    standing.last_month = 24314
    other = factories.ResidentFactory()
    factories.RegisterEntryFactory(resident_id=other.id, batch=world.batch)
    other.registered_division = COMMUNITY
    world.session.add(
        InsuranceStanding(
            resident_id=other.id, kind=kind, first_month=24310, last_month=24310, months_paid=1
        )
    )


def contribution_orphaned(world: World) -> None:
    world.session.execute(update(Contribution).values(employer_id=987_654))


def closed_month_unfounded(world: World) -> None:
    factories.close_month(world.session, 24313)
    month = world.session.query(ClosedMonth).one()
    batch = world.session.get_one(type(world.batch), month.import_id)
    batch.state, batch.failure = BatchState.FAILED, "断电"


def facts_unfounded(world: World) -> None:
    """What it brought, and what was kept to undo it."""
    world.batch.state = BatchState.UNDONE
    about = {"import_id": world.batch.id, "resident_id": world.resident.id}
    kind, month = InsuranceKind.EMPLOYEE_PENSION, 24311
    world.session.add_all(
        [
            ContributionBefore(**about, kind=kind, month=month, employer_id=0),
            ResidentBefore(**about, name=world.resident.name, pinyin=world.resident.pinyin),
            CaseBefore(
                import_id=world.batch.id,
                case_id=world.case.id,
                stage=world.case.stage,
                work_status=world.case.work_status,
            ),
        ]
    )


def two_current_facts(world: World) -> None:
    world.session.execute(text("DROP INDEX uq_register_entry_current"))
    factories.RegisterEntryFactory(
        resident_id=world.resident.id, batch=world.batch, status=RegisterStatus.MOVED_OUT
    )


def residence_differs(world: World) -> None:
    world.resident.lives_in = OTHER_COMMUNITY


def place_unknown(world: World) -> None:
    postgres = world.session.get_bind().dialect.name == "postgresql"
    world.session.flush()
    world.session.execute(
        text(
            "SET LOCAL session_replication_role = replica"
            if postgres
            else "PRAGMA defer_foreign_keys = ON"
        )
    )
    world.case.stated_division = "330199001001"
    world.resident.lives_in, world.resident.lives_in_basis = (
        "330199001001",
        LivesInBasis.REGISTRATION,
    )


def merged_in_use(world: World) -> None:
    """With a case, and into somebody who is merged as well."""
    last, between = factories.ResidentFactory(), factories.ResidentFactory()
    between.merged_into, world.resident.merged_into = last.id, between.id


def household_empty(world: World) -> None:
    factories.HouseholdFactory(
        zero_employment_confirmed_on=TODAY, zero_employment_confirmed_by=world.worker.id
    )


def registration_left(world: World) -> None:
    registration(world, submitted_on=TODAY - timedelta(days=31))


def consent_unfounded(world: World) -> None:
    world.session.add(
        Consent(
            resident_id=world.resident.id,
            registration_id=registration(world).id,
            purpose=ConsentPurpose.MESSAGES,
            wording="2026-01",
            given_at=NOON - timedelta(days=1),
        )
    )


def batch_miscounted(world: World) -> None:
    names = ("changed", "unchanged", "unmatched", "ignored", "rejected")
    world.batch.counts = {"rows": 3, "added": 2} | dict.fromkeys(names, 0)


def batch_stuck(world: World) -> None:
    factories.BatchFactory(state=BatchState.APPLYING, created_at=NOON - timedelta(hours=2))


def upload_orphaned(world: World) -> None:
    keep(world.uploads, NOON - timedelta(days=2))


def seal_unknown(world: World) -> None:
    unknown = b"\x01\x02s9" + b"0" * 40
    world.session.flush()
    world.session.execute(
        text("UPDATE resident SET phone_index = 'i9:abc', phone_sealed = :sealed WHERE id = :id"),
        {"sealed": unknown, "id": world.resident.id},
    )


def audit_broken(world: World) -> None:
    hour = timedelta(hours=1)
    for _ in range(2):
        audit.record(world.session, act="todo:list:read", actor=None, now=NOON - hour)
    world.session.flush()
    audit.seal_closed_minutes(world.session, NOON)
    open_for_changes(world.session)
    world.session.execute(update(AuditEntry).values(reason="别的"))


def hires_differ(world: World) -> None:
    """As if a hire had been cancelled without its post."""
    del world
    factories.PostFactory(published=True, hired_count=1)


def post_overstays(world: World) -> None:
    """As where no scheduler has run since the day before yesterday."""
    del world
    factories.PostFactory(published=True, valid_until=TODAY - timedelta(days=2))


def keep(folder: Path, moment: datetime) -> str:
    """A sealed upload, written at that moment."""
    name = uploads.keep(folder, b"x")
    os.utime(folder / name, (moment.timestamp(), moment.timestamp()))
    return name


def task(world: World, kind: TaskKind = TaskKind.INSURANCE_LAPSE, **about: object) -> Task:
    made: Task = factories.TaskFactory(
        resident=world.resident, assignee=world.worker, kind=kind, **about
    )
    return made


def close(case: Case) -> None:
    case.move("close")
    case.closed_on, case.close_reason = TODAY, CloseReason.EMPLOYED


def registration(
    world: World, submitted_on: date = TODAY, *, is_ordered: bool = True
) -> Registration:
    made = Registration(
        uuid="00000000-0000-4000-8000-000000000001",
        division_code=COMMUNITY,
        submitted_on=submitted_on,
        resident=world.resident,
        case=world.case,
        document_type=DocumentType.RESIDENT_ID,
        name_sealed="欧阳静娴",
        phone_sealed="13800138000",
        phone_index="i1:x",
        status=WorkStatus.UNEMPLOYED,
        answers={},
        receipt_hash="receipt",
    )
    world.session.add(made)
    world.session.flush()
    if is_ordered:
        task(world, TaskKind.ASSISTANCE, case=world.case, cycle=made.uuid)
    return made


PLANTS: dict[CheckName, Plant] = {name: globals()[name.value] for name in CheckName}
