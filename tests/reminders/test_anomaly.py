"""Conflicts between sources, each a question for a person."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy.orm import Session

from models.residents import Resident
from models.vocabulary.facts import RegisterStatus, Source, SubsistenceKind
from models.vocabulary.months import month_of
from models.vocabulary.residents import Sex
from reminders.rules.anomaly import anomaly
from tests.factories import (
    NOON,
    BatchFactory,
    CaseFactory,
    EmployerFactory,
    EmploymentFactory,
    RegisterEntryFactory,
    ResidentFactory,
    StatedIdentityFactory,
    SubsistenceFactory,
    UnemploymentFactory,
    close_month,
    load_places,
    pay,
    use,
)
from tests.reminders.asking import Answer, ask

TODAY = date(2026, 11, 21)
SEPTEMBER = month_of("2026-09")


@pytest.fixture
def office(session: Session) -> Session:
    use(session)
    load_places(session)
    close_month(session, SEPTEMBER)
    return session


@pytest.fixture
def somebody(office: Session) -> Resident:
    resident: Resident = ResidentFactory()
    office.flush()
    return resident


def asked(office: Session) -> list[Answer]:
    found = ask(office, anomaly, TODAY)
    assert {(one.priority, one.due_on) for one in found} <= {(80, None)}
    return found


def cycles(office: Session) -> list[str]:
    return sorted(one.cycle for one in asked(office))


def test_registered_unemployed_while_an_employer_pays(office: Session, somebody: Resident) -> None:
    UnemploymentFactory(resident_id=somebody.id)
    pay(office, somebody, [SEPTEMBER], employer_id=EmployerFactory(name="甲公司").id)
    (found,) = asked(office)
    assert found.cycle == "unemployed_but_insured:2026-09"
    assert found.evidence == {
        "code": "unemployed_but_insured",
        "registered_on": "2026-05-01",
        "month": "2026-09",
        "employer": "甲公司",
    }


@pytest.mark.parametrize(("month", "employer"), [("2026-09", 0), ("2026-08", 1), ("2026-10", 1)])
def test_paying_oneself_or_in_another_month_is_no_conflict(
    office: Session, somebody: Resident, month: str, employer: int
) -> None:
    UnemploymentFactory(resident_id=somebody.id)
    pay(office, somebody, [month_of(month)], employer_id=employer and EmployerFactory().id)
    assert cycles(office) == []


@pytest.mark.parametrize(
    ("kind", "base_fen", "found"),
    [
        (SubsistenceKind.DIBAO, 249_000, ["subsistence_but_insured:2026-09"]),
        (SubsistenceKind.DIBAO, 248_999, []),
        (SubsistenceKind.NEAR_DIBAO, 900_000, []),
    ],
)
def test_dibao_on_a_wage_of_the_minimum_or_more(
    office: Session, somebody: Resident, kind: SubsistenceKind, base_fen: int, found: list[str]
) -> None:
    SubsistenceFactory(resident_id=somebody.id, kind=kind)
    pay(office, somebody, [SEPTEMBER], base_fen=base_fen)
    assert cycles(office) == found


def test_two_sources_state_two_names_and_two_birth_dates(
    office: Session, somebody: Resident
) -> None:
    for source, key, born_on in (
        (Source.HOUSEHOLD, "王建国", date(1980, 1, 1)),
        (Source.CASELOAD, "王建囯", date(1980, 1, 2)),
        (Source.INSURANCE, "王建国", None),
    ):
        StatedIdentityFactory(
            resident_id=somebody.id, source=source, name=key, name_key=key, born_on=born_on
        )
    assert cycles(office) == ["sources_disagree:birth", "sources_disagree:name"]
    named = {one.evidence["field"]: one.evidence["sources"] for one in asked(office)}
    assert named == {"name": "household,insurance,caseload,", "birth": "household,caseload,"}


def test_sources_that_agree_raise_nothing(office: Session, somebody: Resident) -> None:
    for source, name in ((Source.HOUSEHOLD, "阿依·古丽"), (Source.INSURANCE, "阿依古丽")):
        StatedIdentityFactory(
            resident_id=somebody.id, source=source, name=name, name_key="阿依古丽"
        )
    assert cycles(office) == []


@pytest.mark.parametrize(
    ("last", "found"), [("2026-06", ["employed_but_lapsed:2026-07"]), ("2026-07", [])]
)
def test_registered_in_work_and_three_months_behind(
    office: Session, somebody: Resident, last: str, found: list[str]
) -> None:
    """Whatever excuses the lapse itself: here an open case of somebody unemployed."""
    CaseFactory(resident=somebody)
    EmploymentFactory(resident_id=somebody.id)
    pay(office, somebody, [month_of(last)])
    assert cycles(office) == found


@pytest.mark.parametrize(
    ("born_on", "found"),
    [
        (date(1966, 6, 21), ["retired_with_case:2026-11-21"]),
        (date(1966, 6, 22), []),
        (date(1960, 2, 29), ["retired_with_case:2020-02-29"]),
    ],
)
def test_past_retirement_age_with_an_open_case(
    office: Session, born_on: date, found: list[str]
) -> None:
    CaseFactory(resident=ResidentFactory(sex=Sex.MALE, born_on=born_on))
    assert cycles(office) == found


@pytest.mark.parametrize("status", [RegisterStatus.DEAD, RegisterStatus.ARMY])
def test_the_departed_with_an_open_case_are_asked_about_once(
    office: Session, status: RegisterStatus
) -> None:
    case = CaseFactory(resident__born_on=date(1950, 1, 1))
    EmploymentFactory(resident_id=case.resident_id)
    pay(office, case.resident, [SEPTEMBER - 9])
    assert len(asked(office)) == 2
    RegisterEntryFactory(resident_id=case.resident_id, status=status, status_on=date(2026, 9, 30))
    assert cycles(office) == ["departed_with_case:2026-09-30"]


def test_a_status_without_a_day_became_so_when_its_list_came(office: Session) -> None:
    """Half past midnight in the office is still the day before in UTC."""
    case = CaseFactory()
    batch = BatchFactory(created_at=NOON.replace(day=9, hour=16, minute=30))
    RegisterEntryFactory(resident_id=case.resident_id, status=RegisterStatus.MOVED_OUT, batch=batch)
    assert cycles(office) == ["departed_with_case:2026-11-10"]


@pytest.mark.parametrize(
    "fact",
    [
        lambda person: UnemploymentFactory(resident_id=person.id, is_open=False, ended_on=TODAY),
        lambda person: EmploymentFactory(resident_id=person.id, is_open=False, ended_on=TODAY),
        lambda person: RegisterEntryFactory(resident_id=person.id, status=RegisterStatus.DEAD),
    ],
)
def test_what_has_ended_contradicts_nothing(
    office: Session, somebody: Resident, fact: Callable[[Resident], object]
) -> None:
    pay(office, somebody, [SEPTEMBER - 9, SEPTEMBER - 4], employer_id=EmployerFactory().id)
    fact(somebody)
    assert cycles(office) == []
