"""Who shows a signal and has no case."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy.orm import Session

from models.residents import Resident
from models.vocabulary.facts import DEPARTED, StudyForm, SubsistenceKind, WorkAbility
from models.vocabulary.months import month_of
from models.vocabulary.residents import WorkStatus
from models.vocabulary.tasks import DismissReason, TaskKind, TaskState
from reminders.rules.first_registration import first_registration
from tests.factories import (
    NOON,
    BatchFactory,
    BenefitFactory,
    CaseFactory,
    DegreeFactory,
    RegisterEntryFactory,
    ResidentFactory,
    StatusFactory,
    SubsistenceFactory,
    TaskFactory,
    UnemploymentFactory,
    close_month,
    load_places,
    pay,
    use,
)
from tests.reminders.asking import ask

TODAY = date(2026, 11, 21)
MAY = date(2026, 5, 1)


@pytest.fixture
def office(session: Session) -> Session:
    use(session)
    load_places(session)
    return session


@pytest.fixture
def somebody(office: Session) -> Resident:
    resident: Resident = ResidentFactory()
    office.flush()
    return resident


def test_one_reminder_names_every_signal_and_counts_from_the_newest(
    office: Session, somebody: Resident
) -> None:
    close_month(office, month_of("2026-09"))
    SubsistenceFactory(resident_id=somebody.id, kind=SubsistenceKind.NEAR_DIBAO)
    UnemploymentFactory(resident_id=somebody.id, registered_on=MAY)
    DegreeFactory(resident_id=somebody.id, graduated_on=date(2025, 6, 30))
    (found,) = ask(office, first_registration, TODAY)
    assert (found.cycle, found.due_on, found.priority) == ("2026-05-01", None, 50)
    assert found.evidence == {
        "subsistence": "2026-01-01",
        "subsistence_kind": "near_dibao",
        "unemployment": "2026-05-01",
        "graduate": "2025-06-30",
        "closed_month": "2026-09",
    }


@pytest.mark.parametrize(
    ("kind", "ability", "is_signal"),
    [
        (SubsistenceKind.DIBAO, WorkAbility.FULL, True),
        (SubsistenceKind.DIBAO, WorkAbility.PARTIAL, True),
        (SubsistenceKind.DIBAO, None, True),
        (SubsistenceKind.DIBAO, WorkAbility.NONE, False),
        (SubsistenceKind.NEAR_DIBAO, None, True),
        (SubsistenceKind.DESTITUTE, WorkAbility.FULL, False),
    ],
)
def test_support_is_a_signal_for_those_able_to_work(
    office: Session,
    somebody: Resident,
    kind: SubsistenceKind,
    ability: WorkAbility | None,
    is_signal: bool,
) -> None:
    SubsistenceFactory(resident_id=somebody.id, kind=kind, ability=ability)
    assert bool(ask(office, first_registration, TODAY)) == is_signal


@pytest.mark.parametrize(
    ("month", "is_signal"), [("2026-09", False), ("2026-08", True), ("2026-10", True)]
)
def test_whoever_is_insured_in_the_newest_closed_month_needs_no_reminder(
    office: Session, somebody: Resident, month: str, is_signal: bool
) -> None:
    close_month(office, month_of("2026-09"))
    SubsistenceFactory(resident_id=somebody.id)
    pay(office, somebody, [month_of(month)])
    assert bool(ask(office, first_registration, TODAY)) == is_signal


def test_support_without_a_start_is_dated_by_its_list(office: Session, somebody: Resident) -> None:
    batch = BatchFactory(month=month_of("2026-10"))
    SubsistenceFactory(resident_id=somebody.id, from_month=None, batch=batch)
    assert ask(office, first_registration, TODAY)[0].cycle == "2026-10-01"


def test_a_list_of_the_first_minutes_of_a_month_belongs_to_it(
    office: Session, somebody: Resident
) -> None:
    """Half past midnight in the office is still the day before in UTC."""
    batch = BatchFactory(created_at=NOON.replace(month=10, day=31, hour=16, minute=30))
    SubsistenceFactory(resident_id=somebody.id, from_month=None, batch=batch)
    assert ask(office, first_registration, TODAY)[0].cycle == "2026-11-01"


@pytest.mark.parametrize(
    ("graduated_on", "on", "is_signal"),
    [
        (date(2024, 11, 21), TODAY, True),
        (date(2024, 11, 20), TODAY, False),
        (TODAY, TODAY, True),
        (date(2026, 11, 22), TODAY, False),
        (date(2022, 2, 28), date(2024, 2, 29), True),
        (date(2024, 2, 29), date(2026, 2, 28), True),
        (date(2024, 2, 29), date(2026, 3, 1), False),
    ],
)
def test_graduates_count_for_twenty_four_months(
    office: Session, somebody: Resident, graduated_on: date, on: date, is_signal: bool
) -> None:
    form = StudyForm.PART_TIME
    DegreeFactory(resident_id=somebody.id, graduated_on=graduated_on, study_form=form)
    assert bool(ask(office, first_registration, on)) == is_signal


@pytest.mark.parametrize(
    ("month", "is_signal"),
    [("2026-09", False), ("2026-07", False), ("2026-04", False), ("2026-03", True)],
)
def test_graduates_insured_in_the_last_three_closed_months_have_work(
    office: Session, somebody: Resident, month: str, is_signal: bool
) -> None:
    for closed in ("2026-09", "2026-07", "2026-04", "2026-03"):
        close_month(office, month_of(closed))
    DegreeFactory(resident_id=somebody.id, graduated_on=date(2025, 6, 30))
    pay(office, somebody, [month_of(month)])
    assert bool(ask(office, first_registration, TODAY)) == is_signal


@pytest.mark.parametrize(
    "excuse",
    [
        *(
            pytest.param(
                lambda person, status=status: RegisterEntryFactory(
                    resident_id=person.id, status=status
                ),
                id=f"{status}",
            )
            for status in sorted(DEPARTED)
        ),
        pytest.param(lambda person: BenefitFactory(resident_id=person.id), id="pension"),
        pytest.param(
            lambda person: DegreeFactory(resident_id=person.id, entered_on=MAY), id="student"
        ),
        pytest.param(
            lambda person: StatusFactory(
                resident_id=person.id, status=WorkStatus.NOT_SEEKING, since_on=MAY
            ),
            id="not seeking since the signal",
        ),
        pytest.param(lambda person: CaseFactory(resident=person), id="has a case"),
        pytest.param(
            lambda person: TaskFactory(
                resident=person,
                kind=TaskKind.FIRST_REGISTRATION,
                cycle="2026-06-01",
                state=TaskState.DISMISSED,
                dismiss_reason=DismissReason.DECLINED,
                settled_at=NOON,
            ),
            id="a later signal was handled",
        ),
        pytest.param(
            lambda person: setattr(person, "born_on", date(2010, 11, 22)), id="sixteen tomorrow"
        ),
        pytest.param(lambda person: setattr(person, "born_on", date(1960, 1, 1)), id="retired"),
    ],
)
def test_excused(office: Session, somebody: Resident, excuse: Callable[[Resident], object]) -> None:
    UnemploymentFactory(resident_id=somebody.id, registered_on=MAY)
    assert len(ask(office, first_registration, TODAY)) == 1
    excuse(somebody)
    assert ask(office, first_registration, TODAY) == []


@pytest.mark.parametrize(
    "excuse",
    [
        pytest.param(
            lambda person: StatusFactory(
                resident_id=person.id, status=WorkStatus.NOT_SEEKING, since_on=date(2026, 4, 30)
            ),
            id="did not seek before the signal",
        ),
        pytest.param(
            lambda person: StatusFactory(
                resident_id=person.id, status=WorkStatus.TRANSFERRED, since_on=MAY
            ),
            id="insurance transferred",
        ),
        pytest.param(
            lambda person: BenefitFactory(resident_id=person.id, kind="unemployment_benefit"),
            id="draws an unemployment benefit",
        ),
        pytest.param(
            lambda person: TaskFactory(
                resident=person,
                kind=TaskKind.FIRST_REGISTRATION,
                cycle="2026-04-30",
                state=TaskState.DONE,
                settled_at=NOON,
            ),
            id="an older signal was handled",
        ),
        pytest.param(
            lambda person: CaseFactory(
                resident=person,
                state="closed",
                stage="closed",
                closed_on=TODAY,
                close_reason="employed",
            ),
            id="the case is closed",
        ),
    ],
)
def test_not_excused(
    office: Session, somebody: Resident, excuse: Callable[[Resident], object]
) -> None:
    UnemploymentFactory(resident_id=somebody.id, registered_on=MAY)
    excuse(somebody)
    assert len(ask(office, first_registration, TODAY)) == 1


def test_a_lapse_alone_is_no_signal(office: Session, somebody: Resident) -> None:
    close_month(office, month_of("2026-09"))
    pay(office, somebody, [month_of("2026-05")])
    assert ask(office, first_registration, TODAY) == []


def test_who_lives_elsewhere_is_not_ours(office: Session) -> None:
    person = ResidentFactory(lives_in=None, lives_in_basis=None)
    UnemploymentFactory(resident_id=person.id)
    assert ask(office, first_registration, TODAY) == []
