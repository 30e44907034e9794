"""What happens when a mini-form comes in, and when the resident comes back to it.

A submission runs the same statements whether the number is known or not, and is answered alike:
inserts that give way to the row that is there stand in place of asking first.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import TextClause, select, text
from sqlalchemy.orm import Session

from circle.cases.operations import close_case
from circle.cases.statements import Wish, state_wish
from circle.initials import initials
from circle.messages.operations import drop_unwanted
from circle.refusals import RegistrationGone
from circle.registration.answers import Answers, wish_document
from circle.registration.differences import differences
from circle.registration.queries import (
    consents_of,
    known_index,
    open_order,
    others_of_case,
    registration_of,
)
from circle.registration.receipts import new_receipt, receipt_codes
from models.base import utc_now
from models.cases import Case, Registration
from models.policy import Policy, policy_on
from models.residents import Resident
from models.sealed import PHONE_DOMAIN, current_keyring, document_domain
from models.sql import insert_into
from models.staff import Account
from models.tasks import Task
from models.vocabulary.cases import (
    CaseOrigin,
    CaseStage,
    CaseState,
    CloseReason,
    RegistrationState,
)
from models.vocabulary.jobs import SweepReason
from models.vocabulary.lifecycle import IllegalMove
from models.vocabulary.residents import ConsentPurpose, LivesInBasis
from models.vocabulary.tasks import TaskKind
from reminders import inbox
from reminders.assignment import by_turn, open_loads, worker_for, workers_of
from reminders.calendar import due_after
from reminders.sweep import sweep_residents

IS_OPEN = "state = 'open'"  # the condition of the index that allows one open case


@dataclass(frozen=True)
class Receipt:
    """What a submission is answered with; `code` comes ungrouped."""

    code: str
    due_on: date
    received_at: datetime
    resident_id: int
    is_repeat: bool


def submit(session: Session, answers: Answers, *, on: date, now: datetime) -> Receipt:
    """Keep what a mini-form says and see that somebody calls; the same UUID again adds nothing.

    A known resident stays as is until a worker confirms. Where no case is open an unconfirmed one
    opens, else the open one is joined; an assistance order is raised unless one is open.
    """
    policy = policy_on(session, on, answers.division_code)
    repeated = registration_of(session, answers.uuid)
    if repeated is None:
        resident = _resident_for(session, answers)
        case = _case_for(session, resident, answers, on=on)
        # Two sendings at once: the second waited for the case, and the first is there now.
        repeated = registration_of(session, answers.uuid)
    if repeated is not None:
        return _receipt(session, repeated, policy, is_repeat=True)
    registration = _keep(session, answers, resident, case, on=on, now=now)
    if open_order(session, case.id) is None:
        _raise_order(session, registration, case, policy)
    sweep_residents(session, [resident.id], on=on, now=now, reason=SweepReason.REGISTRATION)
    return _receipt(session, registration, policy, is_repeat=False)


def change_wish(
    session: Session, registration: Registration, wish: Wish, *, on: date, now: datetime
) -> None:
    """The person corrects their wish; raises RegistrationGone where nothing of it stands."""
    if not stands(registration):
        raise RegistrationGone
    registration.answers = {**registration.answers, "wish": wish_document(wish)}
    if registration.state is RegistrationState.CONFIRMED:
        state_wish(session, registration.resident_id, wish, said_on=on, by=None, now=now)
    session.flush()


def withdraw_consents(
    session: Session,
    registration: Registration,
    purposes: Collection[ConsentPurpose],
    *,
    now: datetime,
) -> None:
    """Take consents back, those a worker has not yet confirmed included."""
    kept = [word for word in registration.answers.get("consents", []) if word not in purposes]
    registration.answers = {**registration.answers, "consents": kept}
    for consent in consents_of(session, registration):
        if consent.purpose in purposes:
            consent.withdrawn_at = now
    session.flush()
    drop_unwanted(session, registration.resident_id)


def withdraw_registration(
    session: Session, registration: Registration, *, on: date, now: datetime
) -> None:
    """The person takes it back before a worker has confirmed; raises RegistrationGone."""
    move(session, registration, "withdraw")
    withdraw_consents(session, registration, list(ConsentPurpose), now=now)
    let_go(session, registration, CloseReason.WITHDRAWN, by=None, on=on, now=now)


def stands(registration: Registration) -> bool:
    return registration.state in {RegistrationState.RECEIVED, RegistrationState.CONFIRMED}


def move(session: Session, registration: Registration, verb: str) -> None:
    """Settle a registration once, whoever else is at it; raises RegistrationGone."""
    session.refresh(registration, with_for_update=True)
    try:
        registration.move(verb)
    except IllegalMove:
        raise RegistrationGone from None


def let_go(
    session: Session,
    registration: Registration,
    reason: CloseReason,
    *,
    by: Account | None,
    on: date,
    now: datetime,
) -> None:
    """Undo what a registration set going, as far as nothing else rests on it.

    Its order is withdrawn and a case that only it opened is closed; another registration of the
    case that still waits keeps both.
    """
    session.flush()
    case, others = registration.case, others_of_case(session, registration)
    if any(other.state is RegistrationState.RECEIVED for other in others):
        return
    order = open_order(session, case.id)
    if order is not None and order.cycle not in {other.uuid for other in others}:
        inbox.withdraw(session, order, by=by, now=now)
    if case.is_open and not case.is_confirmed and not others:
        close_case(session, case, reason=reason, note=None, by=by, on=on, now=now)
    sweep_residents(
        session, [registration.resident_id], on=on, now=now, reason=SweepReason.REGISTRATION
    )


def _resident_for(session: Session, answers: Answers) -> Resident:
    """Who has the number: known and left alone, or made from what the form says."""
    keyring, document = current_keyring(), answers.document
    domain = document_domain(document.document_type)
    indexes = keyring.indexes_of(domain, document.number)
    index = known_index(session, indexes) or indexes[-1]
    values = {
        "document_type": document.document_type,
        "id_index": index,
        "id_sealed": document.number,
        "name": answers.name,
        "pinyin": initials(answers.name),
        "sex": document.sex,
        "born_on": document.born_on,
        "phone_index": keyring.index_of(PHONE_DOMAIN, answers.phone),
        "phone_sealed": answers.phone,
        "address_sealed": answers.address,
        "lives_in": answers.division_code,
        "lives_in_basis": LivesInBasis.REGISTRATION,
        "created_at": utc_now(),
    }
    _add_unless_there(session, Resident, values, unique=["id_index"])
    found = session.scalars(select(Resident).where(Resident.id_index == index)).one()
    return session.get_one(Resident, found.merged_into) if found.merged_into else found


def _case_for(session: Session, resident: Resident, answers: Answers, *, on: date) -> Case:
    """The open case, locked; an unconfirmed one is opened where there is none."""
    _place_if_nowhere(resident, answers)
    worker = _worker_of(session, resident, answers)
    is_stated = resident.lives_in_basis is LivesInBasis.REGISTRATION
    values = {
        "resident_id": resident.id,
        "state": CaseState.OPEN,
        "stage": CaseStage.FIRST_CONTACT,
        "origin": CaseOrigin.REGISTRATION,
        "is_confirmed": False,
        "opened_on": on,
        "worker_id": worker,
        "work_status": answers.status,
        # A place that is known otherwise stays until a worker has confirmed the new one.
        "stated_division": resident.lives_in if is_stated else None,
        "causes": [],
        "obstacles": [],
        "created_at": utc_now(),
    }
    session.flush()
    query = select(Case).where(Case.resident_id == resident.id, Case.is_open).with_for_update()
    found = None
    while found is None:
        # A case that is just being closed keeps the new one out until it is, and then is none.
        _add_unless_there(session, Case, values, unique=["resident_id"], where=text(IS_OPEN))
        found = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    return found


def _place_if_nowhere(resident: Resident, answers: Answers) -> None:
    """Somebody no file places anywhere would be in nobody's list: what they say is all there is."""
    if resident.lives_in is None and resident.registered_division is None:
        resident.lives_in = answers.division_code
        resident.lives_in_basis = LivesInBasis.REGISTRATION


def _worker_of(session: Session, resident: Resident, answers: Answers) -> int | None:
    if resident.lives_in is not None:
        worker = worker_for(session, resident)
        return worker.id if worker else None
    workers = workers_of(session, [answers.division_code])[answers.division_code]
    return next(by_turn(workers, open_loads(session, workers), 1), None)


def _keep(
    session: Session,
    answers: Answers,
    resident: Resident,
    case: Case,
    *,
    on: date,
    now: datetime,
) -> Registration:
    keyring = current_keyring()
    _, receipt_hash = new_receipt(keyring, answers.uuid)
    registration = Registration(
        uuid=answers.uuid,
        division_code=answers.division_code,
        submitted_on=on,
        created_at=now,
        resident=resident,
        case=case,
        document_type=answers.document.document_type,
        name_sealed=answers.name,
        phone_sealed=answers.phone,
        phone_index=keyring.index_of(PHONE_DOMAIN, answers.phone),
        address_sealed=answers.address,
        status=answers.status,
        status_since=answers.status_since,
        answers=answers.as_document(),
        note_sealed=answers.note,
        differs=differences(session, resident, answers),
        receipt_hash=receipt_hash,
    )
    session.add(registration)
    session.flush()
    return registration


def _raise_order(session: Session, registration: Registration, case: Case, policy: Policy) -> Task:
    due_on, provisional = due_after_asking(session, registration.submitted_on, policy)
    return inbox.raise_order(
        session,
        kind=TaskKind.ASSISTANCE,
        resident_id=case.resident_id,
        case_id=case.id,
        cycle=registration.uuid,
        on=registration.submitted_on,
        due_on=due_on,
        provisional=provisional,
        priority=policy.priority_assistance,
        assignee_id=case.worker_id,
        evidence={
            "registration": registration.uuid,
            "submitted_on": registration.submitted_on.isoformat(),
        },
    )


def due_after_asking(session: Session, day: date, policy: Policy) -> tuple[date, bool]:
    """The promised day of the first service, and whether the calendar for it is provisional."""
    if policy.first_service_working_days:
        return due_after(session, day, policy.first_service_days)
    return day + timedelta(days=policy.first_service_days), False


def _receipt(
    session: Session, registration: Registration, policy: Policy, *, is_repeat: bool
) -> Receipt:
    due_on, _ = due_after_asking(session, registration.submitted_on, policy)
    return Receipt(
        code=code_of(registration),
        due_on=due_on,
        received_at=registration.created_at,
        resident_id=registration.resident_id,
        is_repeat=is_repeat,
    )


def code_of(registration: Registration) -> str:
    """The code it was answered with, made under whichever index key was the newest then."""
    keyring = current_keyring()
    codes = receipt_codes(keyring, registration.uuid)
    key_ids = list(keyring.index)
    key_id = registration.receipt_hash.partition(":")[0]
    return codes[key_ids.index(key_id)] if key_id in key_ids else codes[-1]


def _add_unless_there(
    session: Session,
    table: type[Resident | Case],
    values: dict[str, Any],
    *,
    unique: list[str],
    where: TextClause | None = None,
) -> None:
    """Insert, or leave the row that holds the unique columns as it is."""
    statement = insert_into(session, table).values(values)
    session.execute(statement.on_conflict_do_nothing(index_elements=unique, index_where=where))
