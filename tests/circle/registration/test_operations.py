from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, inspect, select
from sqlalchemy.orm import Session

from circle.cases.statements import current_wish
from circle.refusals import RegistrationGone
from circle.registration.answers import wish_of
from circle.registration.operations import (
    change_wish,
    submit,
    withdraw_consents,
    withdraw_registration,
)
from circle.registration.queries import by_receipt, registration_of
from models.base import Base
from models.cases import Case, Consent, Registration
from models.policy import PolicyValue
from models.residents import Intention, Resident, StatusHistory
from models.sealed import current_keyring
from models.staff import Account
from models.tasks import Task
from models.vocabulary.cases import CaseOrigin, CaseState, CloseReason, RegistrationState
from models.vocabulary.facts import InsuranceKind
from models.vocabulary.months import month_of
from models.vocabulary.policy import SourceMark
from models.vocabulary.residents import ConsentPurpose, LivesInBasis, Sex, WorkStatus
from models.vocabulary.tasks import TaskKind, TaskState
from tests import factories
from tests.circle.registration.conftest import BORN_ON, NOW, PHONE, TODAY, WISH, filled, number_of


def registered(session: Session, uuid: str) -> Registration:
    registration = registration_of(session, uuid)
    assert registration is not None
    return registration


def count(session: Session, table: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def orders_of(session: Session, case: Case) -> list[Task]:
    query = select(Task).where(Task.case_id == case.id, Task.kind == TaskKind.ASSISTANCE)
    return list(session.scalars(query))


def columns_of(record: Base) -> dict[str, Any]:
    return {column.key: getattr(record, column.key) for column in inspect(type(record)).columns}


def test_somebody_unknown_becomes_a_resident_of_the_community(
    office: Session, worker: Account
) -> None:
    answers = filled(number_of(1))
    submit(office, answers, on=TODAY, now=NOW)
    resident = registered(office, answers.uuid).resident
    assert (resident.name, resident.pinyin, resident.sex) == ("张建国", "zjg", Sex.MALE)
    assert (resident.born_on, resident.phones) == (BORN_ON, [PHONE])
    assert resident.lives_in == factories.COMMUNITY
    assert resident.lives_in_basis is LivesInBasis.REGISTRATION


def test_an_unconfirmed_case_opens_with_an_order_due_in_five_days(
    office: Session, worker: Account
) -> None:
    answers = filled(number_of(1))
    submit(office, answers, on=TODAY, now=NOW)
    case = registered(office, answers.uuid).case
    assert (case.origin, case.is_confirmed) == (CaseOrigin.REGISTRATION, False)
    assert case.worker_id == worker.id
    (order,) = orders_of(office, case)
    assert order.due_on == date(2026, 11, 26)
    assert (order.cycle, order.assignee_id, order.priority) == (answers.uuid, worker.id, 30)
    assert order.evidence == {"registration": answers.uuid, "submitted_on": "2026-11-21"}


def test_the_promise_may_count_working_days(office: Session, worker: Account) -> None:
    office.add(
        PolicyValue(
            name="first_service_working_days",
            division_code=factories.STREET,
            effective_on=date(2026, 1, 1),
            value=True,
            mark=SourceMark.PROPOSED,
            source="",
        )
    )
    office.flush()
    answers = filled(number_of(1))
    submit(office, answers, on=TODAY, now=NOW)
    (order,) = orders_of(office, registered(office, answers.uuid).case)
    assert order.due_on == date(2026, 11, 27)


def test_the_same_submission_sent_again_adds_nothing(office: Session, worker: Account) -> None:
    answers = filled(number_of(1))
    first = submit(office, answers, on=TODAY, now=NOW)
    again = submit(office, answers, on=TODAY, now=NOW + timedelta(minutes=1))
    assert (first.is_repeat, again.is_repeat) == (False, True)
    assert again.code == first.code
    assert count(office, Registration) == count(office, Case) == 1


def test_a_known_resident_stays_as_they_are(office: Session, worker: Account) -> None:
    known = factories.ResidentFactory(name="张建国", number=number_of(1), born_on=BORN_ON)
    before = columns_of(known)
    answers = filled(
        number_of(1), name="李四", division_code=factories.OTHER_COMMUNITY, address="葛巷路1号"
    )
    submit(office, answers, on=TODAY, now=NOW)
    office.expire_all()
    assert columns_of(known) == before
    assert count(office, Resident) == 1
    assert count(office, StatusHistory) == count(office, Intention) == count(office, Consent) == 0
    # A case that stated a place would move the resident there with the next file.
    assert registered(office, answers.uuid).case.stated_division is None


def test_a_known_resident_no_file_places_lives_where_they_say(
    office: Session, worker: Account
) -> None:
    known = factories.ResidentFactory(number=number_of(1), lives_in=None, lives_in_basis=None)
    submit(office, filled(number_of(1)), on=TODAY, now=NOW)
    assert known.lives_in == factories.COMMUNITY


def test_an_open_case_is_joined_and_its_worker_gets_the_order(
    office: Session, worker: Account
) -> None:
    colleague = factories.AccountFactory(covers=[factories.COMMUNITY])
    known = factories.ResidentFactory(number=number_of(1))
    case = factories.CaseFactory(resident=known, worker=colleague)
    answers = filled(number_of(1))
    submit(office, answers, on=TODAY, now=NOW)
    assert registered(office, answers.uuid).case is case
    assert case.is_confirmed
    assert [order.assignee_id for order in orders_of(office, case)] == [colleague.id]


def test_a_second_registration_joins_the_open_order_and_looks_the_same(
    office: Session, worker: Account
) -> None:
    one, two = filled(number_of(1)), filled(number_of(1), phone="13900139000")
    first = submit(office, one, on=TODAY, now=NOW)
    second = submit(office, two, on=TODAY, now=NOW)
    case = registered(office, one.uuid).case
    assert registered(office, two.uuid).case is case
    assert [order.cycle for order in orders_of(office, case)] == [one.uuid]
    assert (second.due_on, second.is_repeat) == (first.due_on, first.is_repeat)
    assert second.code != first.code


def test_a_closed_case_is_not_joined(office: Session, worker: Account) -> None:
    known = factories.ResidentFactory(number=number_of(1))
    closed = factories.CaseFactory(
        resident=known,
        state=CaseState.CLOSED,
        stage="closed",
        closed_on=date(2026, 7, 1),
        close_reason=CloseReason.EMPLOYED,
    )
    answers = filled(number_of(1))
    submit(office, answers, on=TODAY, now=NOW)
    assert registered(office, answers.uuid).case is not closed


def test_a_waiting_first_registration_reminder_is_withdrawn(
    office: Session, worker: Account
) -> None:
    known = factories.ResidentFactory(number=number_of(1))
    reminder = factories.TaskFactory(
        resident=known, kind=TaskKind.FIRST_REGISTRATION, cycle="2026-05-01"
    )
    submit(office, filled(number_of(1)), on=TODAY, now=NOW)
    office.refresh(reminder)
    assert reminder.state is TaskState.WITHDRAWN


@pytest.mark.usefixtures("worker")
class TestNothingTellsWhetherANumberIsKnown:
    def test_the_same_statements_run(self, office: Session) -> None:
        factories.ResidentFactory(number=number_of(1), name="张建国")
        kinds = [statements_of(office, number_of(1)), statements_of(office, number_of(2))]
        assert kinds[0] == kinds[1]

    def test_the_answer_has_the_same_shape(self, office: Session) -> None:
        factories.CaseFactory(resident=factories.ResidentFactory(number=number_of(1)))
        known = submit(office, filled(number_of(1)), on=TODAY, now=NOW)
        unknown = submit(office, filled(number_of(2)), on=TODAY, now=NOW)
        assert known.due_on == unknown.due_on
        assert len(known.code) == len(unknown.code)
        assert known.is_repeat == unknown.is_repeat


def statements_of(session: Session, number: str) -> list[str]:
    """What runs, values left out."""
    ran: list[str] = []

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        ran.append(statement.split("\n", maxsplit=1)[0][:60])

    engine = session.connection().engine
    answers = filled(number)
    event.listen(engine, "before_cursor_execute", note)
    try:
        submit(session, answers, on=TODAY, now=NOW)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return ran


@pytest.mark.usefixtures("worker")
class TestDifferences:
    """DOMAIN 3: the mini-form contradicts verified facts."""

    def differs(self, session: Session, **said: Any) -> str | None:  # noqa: ANN401 - any field
        answers = filled(number_of(1), **said)
        submit(session, answers, on=TODAY, now=NOW)
        return registered(session, answers.uuid).differs

    def test_nothing_differs_for_somebody_unknown(self, office: Session) -> None:
        assert self.differs(office) is None

    def test_another_name_and_place(self, office: Session) -> None:
        factories.ResidentFactory(
            number=number_of(1),
            name="王强",
            confirmed_division=factories.OTHER_COMMUNITY,
            confirmed_division_at=NOW,
        )
        assert self.differs(office) == "name,division"
        anomalies = office.scalars(select(Task).where(Task.kind == TaskKind.ANOMALY)).all()
        assert [task.evidence["code"] for task in anomalies] == ["registration_differs"]

    def test_dots_in_a_name_say_nothing(self, office: Session) -> None:
        factories.ResidentFactory(number=number_of(1), name="阿卜杜热西提·买买提江")
        assert self.differs(office, name="阿卜杜热西提 • 买买提江") is None

    @pytest.mark.parametrize(
        ("since", "expected"),
        [(date(2026, 8, 31), "status"), (date(2026, 9, 1), None), (None, "status")],
    )
    def test_out_of_work_while_an_employer_paid(
        self, office: Session, since: date | None, expected: str | None
    ) -> None:
        known = factories.ResidentFactory(number=number_of(1), name="张建国")
        employer = factories.EmployerFactory()
        factories.pay(office, known, [month_of("2026-09")], employer_id=employer.id)
        factories.close_month(office, month_of("2026-09"), kind=InsuranceKind.EMPLOYEE_PENSION)
        assert self.differs(office, status_since=since) == expected

    def test_in_work_while_registered_unemployed(self, office: Session) -> None:
        known = factories.ResidentFactory(number=number_of(1), name="张建国")
        factories.UnemploymentFactory(resident_id=known.id)
        assert self.differs(office, status=WorkStatus.EMPLOYED) == "status"


@pytest.mark.usefixtures("worker")
class TestProgress:
    def test_code_and_phone_lead_back(self, office: Session) -> None:
        answers = filled(number_of(1))
        code = submit(office, answers, on=TODAY, now=NOW).code
        typed = f" {code[:4].lower()}-{code[4:8]} {code[8:]}"
        assert by_receipt(office, typed, PHONE[-4:]) is registered(office, answers.uuid)
        assert by_receipt(office, code, "0001") is None
        assert by_receipt(office, "3" * 12, PHONE[-4:]) is None

    def test_the_table_keeps_no_code(self, office: Session) -> None:
        answers = filled(number_of(1))
        code = submit(office, answers, on=TODAY, now=NOW).code
        row = columns_of(registered(office, answers.uuid))
        assert not any(code in str(value) for value in row.values())

    def test_a_code_lives_through_a_new_key(self, office: Session) -> None:
        from models.sealed import install_keyring  # noqa: PLC0415 - only here

        keyring = current_keyring()
        answers = filled(number_of(1))
        code = submit(office, answers, on=TODAY, now=NOW).code
        install_keyring(keyring.rotated())
        try:
            assert submit(office, answers, on=TODAY, now=NOW).code == code
            assert by_receipt(office, code, PHONE[-4:]) is not None
        finally:
            install_keyring(keyring)

    def test_a_corrected_wish_waits_with_the_registration(self, office: Session) -> None:
        answers = filled(number_of(1))
        submit(office, answers, on=TODAY, now=NOW)
        registration = registered(office, answers.uuid)
        wish = type(WISH)(occupation="保安", minutes=15)
        change_wish(office, registration, wish, on=TODAY, now=NOW)
        office.expire_all()
        assert wish_of(registration.answers["wish"]) == wish
        assert current_wish(office, registration.resident_id) is None

    def test_a_consent_is_taken_back(self, office: Session) -> None:
        answers = filled(number_of(1), consents=tuple(ConsentPurpose))
        submit(office, answers, on=TODAY, now=NOW)
        registration = registered(office, answers.uuid)
        withdraw_consents(office, registration, [ConsentPurpose.EMPLOYERS], now=NOW)
        assert registration.answers["consents"] == ["messages"]

    def test_taking_it_back_closes_what_only_it_opened(self, office: Session) -> None:
        answers = filled(number_of(1))
        submit(office, answers, on=TODAY, now=NOW)
        registration = registered(office, answers.uuid)
        withdraw_registration(office, registration, on=TODAY, now=NOW)
        assert registration.state is RegistrationState.WITHDRAWN
        assert registration.case.close_reason is CloseReason.WITHDRAWN
        assert [order.state for order in orders_of(office, registration.case)] == [
            TaskState.WITHDRAWN
        ]
        with pytest.raises(RegistrationGone):
            withdraw_registration(office, registration, on=TODAY, now=NOW)
        with pytest.raises(RegistrationGone):
            change_wish(office, registration, WISH, on=TODAY, now=NOW)

    def test_taking_one_back_leaves_the_other_its_order(self, office: Session) -> None:
        one, two = filled(number_of(1)), filled(number_of(1))
        submit(office, one, on=TODAY, now=NOW)
        submit(office, two, on=TODAY, now=NOW)
        withdraw_registration(office, registered(office, one.uuid), on=TODAY, now=NOW)
        case = registered(office, two.uuid).case
        assert case.is_open
        assert [order.state for order in orders_of(office, case)] == [TaskState.OPEN]

    def test_taking_it_back_leaves_a_confirmed_case_open(self, office: Session) -> None:
        known = factories.ResidentFactory(number=number_of(1))
        case = factories.CaseFactory(resident=known)
        answers = filled(number_of(1))
        submit(office, answers, on=TODAY, now=NOW)
        withdraw_registration(office, registered(office, answers.uuid), on=TODAY, now=NOW)
        assert case.is_open
        assert [order.state for order in orders_of(office, case)] == [TaskState.WITHDRAWN]
