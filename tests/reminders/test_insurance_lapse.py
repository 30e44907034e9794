"""Who paid and is behind the newest closed month, and what excuses it."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from models.residents import Resident
from models.vocabulary.facts import DEPARTED, BenefitKind, InsuranceKind, StudyForm
from models.vocabulary.months import month_key, month_of, month_text
from models.vocabulary.residents import Sex, WorkStatus
from reminders.rules.insurance_lapse import insurance_lapse
from tests.factories import (
    COMMUNITY,
    NOON,
    OTHER_STREET,
    STREET,
    BenefitFactory,
    CaseFactory,
    DegreeFactory,
    EmploymentFactory,
    RegisterEntryFactory,
    ResidentFactory,
    StatusFactory,
    UnemploymentFactory,
    close_month,
    load_places,
    pay,
    use,
)
from tests.reminders import oracle
from tests.reminders.asking import ask
from tests.reminders.worlds import DEFAULTS

TODAY = date(2026, 11, 21)
JULY, SEPTEMBER = month_of("2026-07"), month_of("2026-09")


@pytest.fixture
def office(session: Session) -> Session:
    use(session)
    load_places(session)
    close_month(session, SEPTEMBER)
    return session


@pytest.fixture
def lapsed(office: Session) -> Resident:
    resident: Resident = ResidentFactory()
    pay(office, resident, [JULY - 12, JULY])
    return resident


def test_two_months_behind_the_newest_closed_month_is_a_lapse(
    office: Session, lapsed: Resident
) -> None:
    (found,) = ask(office, insurance_lapse, TODAY)
    assert (found.cycle, found.due_on, found.priority) == ("employee_pension:2026-08", None, 40)
    assert found.evidence == {
        "kind": "employee_pension",
        "last_month": "2026-07",
        "first_missing": "2026-08",
        "closed_month": "2026-09",
        "months_paid": 2,
        "source": "insurance",
    }


def test_one_month_behind_is_watched_and_no_task(office: Session) -> None:
    pay(office, ResidentFactory(), [JULY + 1])
    assert ask(office, insurance_lapse, TODAY) == []


def test_data_is_never_compared_with_today(office: Session, lapsed: Resident) -> None:
    assert len(ask(office, insurance_lapse, date(2027, 6, 1))) == 1
    pay(office, ResidentFactory(), [JULY + 1])
    assert len(ask(office, insurance_lapse, date(2027, 6, 1))) == 1


def test_somebody_who_never_paid_has_not_lapsed(office: Session) -> None:
    ResidentFactory()
    assert ask(office, insurance_lapse, TODAY) == []


def test_other_kinds_count_for_themselves_and_raise_nothing(office: Session) -> None:
    pay(office, ResidentFactory(), [JULY], kind=InsuranceKind.EMPLOYEE_MEDICAL)
    assert ask(office, insurance_lapse, TODAY) == []


@pytest.mark.parametrize(
    ("division", "found"), [(COMMUNITY, 1), (STREET, 1), (OTHER_STREET, 0), ("33", 1)]
)
def test_a_month_is_closed_only_for_where_the_person_lives(
    session: Session, division: str, found: int
) -> None:
    use(session)
    load_places(session)
    close_month(session, SEPTEMBER, division=division)
    pay(session, ResidentFactory(), [JULY])
    assert len(ask(session, insurance_lapse, TODAY)) == found


def test_the_first_missing_month_may_begin_a_year(session: Session) -> None:
    use(session)
    load_places(session)
    close_month(session, month_of("2026-02"))
    pay(session, ResidentFactory(), [month_of("2025-12")])
    assert ask(session, insurance_lapse, TODAY)[0].cycle == "employee_pension:2026-01"


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
        pytest.param(
            lambda person: BenefitFactory(resident_id=person.id, to_month=month_key(TODAY)),
            id="draws a pension, this month for the last time",
        ),
        pytest.param(
            lambda person: BenefitFactory(
                resident_id=person.id, kind=BenefitKind.UNEMPLOYMENT_BENEFIT
            ),
            id="draws an unemployment benefit",
        ),
        pytest.param(
            lambda person: DegreeFactory(resident_id=person.id, entered_on=TODAY),
            id="studies full-time since today",
        ),
        pytest.param(
            lambda person: UnemploymentFactory(resident_id=person.id), id="registered unemployed"
        ),
        pytest.param(lambda person: CaseFactory(resident=person), id="served as unemployed"),
        *(
            pytest.param(
                lambda person, status=status: StatusFactory(
                    resident_id=person.id, status=status, since_on=date(2026, 8, 1)
                ),
                id=f"{status} since the first missing month",
            )
            for status in (WorkStatus.TRANSFERRED, WorkStatus.NOT_SEEKING)
        ),
    ],
)
def test_excused(office: Session, lapsed: Resident, excuse: Callable[[Resident], object]) -> None:
    excuse(lapsed)
    assert ask(office, insurance_lapse, TODAY) == []


@pytest.mark.parametrize(
    "excuse",
    [
        pytest.param(
            lambda person: BenefitFactory(resident_id=person.id, to_month=month_key(TODAY) - 1),
            id="drew the last benefit a month ago",
        ),
        pytest.param(
            lambda person: BenefitFactory(resident_id=person.id, from_month=month_key(TODAY) + 1),
            id="will draw from next month",
        ),
        pytest.param(
            lambda person: DegreeFactory(
                resident_id=person.id, entered_on=date(2023, 9, 1), graduated_on=TODAY
            ),
            id="graduates today",
        ),
        pytest.param(
            lambda person: DegreeFactory(
                resident_id=person.id, entered_on=date(2023, 9, 1), study_form=StudyForm.PART_TIME
            ),
            id="studies part-time",
        ),
        pytest.param(
            lambda person: UnemploymentFactory(
                resident_id=person.id, is_open=False, ended_on=TODAY
            ),
            id="was registered unemployed",
        ),
        pytest.param(
            lambda person: EmploymentFactory(resident_id=person.id), id="registered in work"
        ),
        pytest.param(
            lambda person: CaseFactory(resident=person, work_status=WorkStatus.EMPLOYED),
            id="placed, and the insurance stops",
        ),
        pytest.param(
            lambda person: StatusFactory(
                resident_id=person.id, status=WorkStatus.NOT_SEEKING, since_on=date(2026, 7, 31)
            ),
            id="did not seek before",
        ),
        pytest.param(
            lambda person: StatusFactory(
                resident_id=person.id,
                status=WorkStatus.NOT_SEEKING,
                since_on=TODAY,
                replaced_at=NOON,
            ),
            id="changed their mind",
        ),
    ],
)
def test_not_excused(
    office: Session, lapsed: Resident, excuse: Callable[[Resident], object]
) -> None:
    excuse(lapsed)
    assert len(ask(office, insurance_lapse, TODAY)) == 1


@pytest.mark.parametrize(
    ("sex", "born_on", "is_reminded"),
    [
        (Sex.MALE, date(1966, 3, 1), False),
        (Sex.MALE, date(1967, 1, 1), True),
        (Sex.FEMALE, date(1972, 1, 1), True),  # of unknown track: the later one
        (Sex.FEMALE, date(1971, 1, 1), False),
        (Sex.MALE, date(2010, 11, 21), True),
        (Sex.MALE, date(2010, 11, 22), False),
    ],
)
def test_only_people_of_working_age_lapse(
    office: Session, sex: Sex, born_on: date, is_reminded: bool
) -> None:
    pay(office, ResidentFactory(sex=sex, born_on=born_on), [JULY])
    assert bool(ask(office, insurance_lapse, TODAY)) == is_reminded


@given(st.integers(month_of("2000-01"), month_of("2030-12")))
def test_months_read_as_they_are_written(month: int) -> None:
    assert month_of(month_text(month)) == month
    person = oracle.Person(1, Sex.MALE, date(2000, 1, 1), lives_in=COMMUNITY)
    person.paid = [oracle.Paid(month, 0, None)]
    world = oracle.World([person], [("33", month + 2)], DEFAULTS)
    (found,) = oracle.insurance_lapse(person, date(2020, 1, 1), world)
    assert found.cycle == f"employee_pension:{month_text(month + 1)}"
