from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.cases.statements import Wish, current_status, current_wish
from circle.refusals import RegistrationGone
from circle.registration.answers import Answers
from circle.registration.confirmation import confirm, set_aside
from circle.registration.operations import change_wish, submit, withdraw_consents
from circle.registration.queries import registration_of
from models.cases import Consent, Registration
from models.residents import Category, Resident
from models.sealed import PHONE_DOMAIN, current_keyring
from models.staff import Account
from models.tasks import Task
from models.vocabulary.cases import (
    CloseReason,
    ConfirmedBy,
    DifficultyCause,
    RegistrationState,
)
from models.vocabulary.registration import SetAsideReason, StatedFact
from models.vocabulary.residents import (
    CategoryCode,
    ConsentPurpose,
    LivesInBasis,
    WorkStatus,
)
from models.vocabulary.tasks import TaskKind, TaskState
from tests import factories
from tests.circle.registration.conftest import NOW, PHONE, TODAY, WISH, filled, number_of

EVERYTHING = frozenset(StatedFact)


@pytest.fixture
def known(office: Session) -> Resident:
    resident: Resident = factories.ResidentFactory(
        number=number_of(1), name="王强", phone_sealed="13700137000", phone_index="i1:old"
    )
    return resident


@pytest.fixture
def answers() -> Answers:
    return filled(
        number_of(1),
        division_code=factories.OTHER_COMMUNITY,
        address="太炎路8号2幢301室",
        categories=(CategoryCode.DIBAO_HOUSEHOLD,),
        causes=(DifficultyCause.SKILLS,),
        consents=(ConsentPurpose.MESSAGES,),
    )


@pytest.fixture
def registration(
    office: Session, worker: Account, known: Resident, answers: Answers
) -> Registration:
    submit(office, answers, on=TODAY, now=NOW)
    found = registration_of(office, answers.uuid)
    assert found is not None
    return found


def confirmed(
    session: Session,
    registration: Registration,
    by: Account,
    taken: frozenset[StatedFact] = EVERYTHING,
) -> None:
    confirm(session, registration, how=ConfirmedBy.VOICE, taken=taken, by=by, on=TODAY, now=NOW)


def test_what_is_taken_over_becomes_known(
    office: Session, worker: Account, known: Resident, registration: Registration
) -> None:
    confirmed(office, registration, worker)
    assert (known.name, known.pinyin) == ("张建国", "zjg")
    assert known.phones == [PHONE, "13700137000"]
    assert known.phone_index == current_keyring().index_of(PHONE_DOMAIN, PHONE)
    assert known.address_sealed == "太炎路8号2幢301室"
    assert (known.lives_in, known.lives_in_basis) == (
        factories.OTHER_COMMUNITY,
        LivesInBasis.WORKER,
    )
    wish, status = current_wish(office, known.id), current_status(office, known.id)
    assert wish
    assert Wish.of(wish) == WISH
    assert status
    assert (status.status, status.since_on) == (WorkStatus.UNEMPLOYED, date(2026, 11, 20))
    assert registration.case.causes == ["skills"]
    (category,) = office.scalars(select(Category)).all()
    assert (category.code, category.confirmed_by) == (CategoryCode.DIBAO_HOUSEHOLD, worker.id)


def test_what_is_not_taken_over_stays(
    office: Session, worker: Account, known: Resident, registration: Registration
) -> None:
    confirmed(office, registration, worker, frozenset({StatedFact.WISH}))
    assert known.name == "王强"
    assert known.phones == ["13700137000"]
    assert known.lives_in == factories.COMMUNITY
    assert current_status(office, known.id) is None
    assert office.scalars(select(Category)).all() == []


def test_confirming_confirms_the_case_and_leaves_the_order_to_the_visit(
    office: Session, worker: Account, registration: Registration
) -> None:
    confirmed(office, registration, worker, frozenset())
    assert registration.state is RegistrationState.CONFIRMED
    assert (registration.confirmed_how, registration.settled_by) == (ConfirmedBy.VOICE, worker.id)
    assert registration.case.is_confirmed
    order = office.scalars(select(Task).where(Task.kind == TaskKind.ASSISTANCE)).one()
    assert order.state is TaskState.OPEN


def test_consents_hold_from_the_confirmation_on(
    office: Session, worker: Account, registration: Registration
) -> None:
    assert office.scalars(select(Consent)).all() == []
    confirmed(office, registration, worker, frozenset())
    (consent,) = office.scalars(select(Consent)).all()
    assert (consent.purpose, consent.given_at) == (ConsentPurpose.MESSAGES, NOW)
    withdraw_consents(office, registration, [ConsentPurpose.MESSAGES], now=NOW)
    assert consent.withdrawn_at == NOW


def test_the_question_about_differences_is_withdrawn(
    office: Session, worker: Account, registration: Registration
) -> None:
    anomaly = office.scalars(select(Task).where(Task.kind == TaskKind.ANOMALY)).one()
    confirmed(office, registration, worker)
    office.refresh(anomaly)
    assert anomaly.state is TaskState.WITHDRAWN


def test_a_wish_corrected_after_confirming_is_the_wish(
    office: Session, worker: Account, known: Resident, registration: Registration
) -> None:
    confirmed(office, registration, worker)
    change_wish(office, registration, Wish(occupation="保安"), on=TODAY, now=NOW)
    wish = current_wish(office, known.id)
    assert wish
    assert wish.occupation == "保安"


def test_only_the_first_of_two_people_confirms(
    office: Session, worker: Account, registration: Registration
) -> None:
    confirmed(office, registration, worker)
    with pytest.raises(RegistrationGone):
        confirmed(office, registration, worker)
    with pytest.raises(RegistrationGone):
        put_aside(office, registration, worker)


def put_aside(session: Session, registration: Registration, by: Account) -> None:
    reason = SetAsideReason.NOT_THE_PERSON
    set_aside(session, registration, reason=reason, by=by, on=TODAY, now=NOW)


def test_setting_aside_closes_the_case_only_it_opened(
    office: Session, worker: Account, known: Resident, registration: Registration
) -> None:
    put_aside(office, registration, worker)
    assert registration.set_aside_reason is SetAsideReason.NOT_THE_PERSON
    assert registration.case.close_reason is CloseReason.MISTAKEN
    assert known.name == "王强"
    states = {task.kind: task.state for task in office.scalars(select(Task))}
    assert states[TaskKind.ASSISTANCE] is TaskState.WITHDRAWN


def test_a_category_that_holds_is_not_given_twice(
    office: Session, worker: Account, known: Resident, registration: Registration
) -> None:
    factories.CategoryFactory(resident_id=known.id, code=CategoryCode.DIBAO_HOUSEHOLD)
    confirmed(office, registration, worker)
    assert len(office.scalars(select(Category)).all()) == 1
