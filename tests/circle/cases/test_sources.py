from datetime import date

import pytest

from circle.cases.sources import Conflict, Facts, Question, Saying, claims, conflicts
from models.cases import Case
from models.facts import BenefitSpell, EmploymentSpell, RegisterEntry, UnemploymentSpell
from models.residents import Resident, StatedIdentity, StatusHistory
from models.vocabulary.cases import CaseState, Stance
from models.vocabulary.facts import BenefitKind, RegisterStatus, Source
from models.vocabulary.months import month_of
from models.vocabulary.residents import WorkStatus

ON = date(2026, 11, 21)
BORN = date(1985, 6, 15)
HERE = "330110012004"
ELSEWHERE = "330110012005"


def resident(confirmed: str | None = None) -> Resident:
    return Resident(name="王伟", born_on=BORN, confirmed_division=confirmed)


def named(source: Source, name: str, born_on: date | None = None) -> StatedIdentity:
    return StatedIdentity(source=source, name=name, name_key=name.replace("·", ""), born_on=born_on)


def idle(lives_in: str | None = None, *, is_open: bool = True) -> UnemploymentSpell:
    day = date(2026, 5, 1)
    return UnemploymentSpell(registered_on=day, is_open=is_open, lives_in=lives_in, brought_by=1)


def job(*, is_open: bool = True) -> EmploymentSpell:
    return EmploymentSpell(registered_on=date(2025, 1, 1), is_open=is_open, employer="仓前电子")


def registered(code: str) -> RegisterEntry:
    return RegisterEntry(division_code=code, status=RegisterStatus.NORMAL, brought_by=1)


def asked(facts: Facts) -> dict[Question, Conflict]:
    return {conflict.question: conflict for conflict in conflicts(facts, ON)}


def test_sources_that_agree_raise_no_question() -> None:
    facts = Facts(
        resident(),
        identities=[
            named(Source.HOUSEHOLD, "阿依·古丽", BORN),
            named(Source.INSURANCE, "阿依古丽"),
        ],
        register=registered(HERE),
        unemployment=[idle(f"{HERE}001")],
        employment=[job(is_open=False)],
        status=StatusHistory(status=WorkStatus.UNEMPLOYED, since_on=ON),
    )
    assert asked(facts) == {}


def test_names_that_differ_stand_side_by_side() -> None:
    facts = Facts(
        resident(), identities=[named(Source.HOUSEHOLD, "王伟"), named(Source.INSURANCE, "王玮")]
    )
    sides = asked(facts)[Question.NAME].sides
    assert [(side.source, side.answer) for side in sides] == [
        (Source.HOUSEHOLD, "王伟"),
        (Source.INSURANCE, "王玮"),
    ]


def test_a_birth_date_is_held_against_the_document() -> None:
    facts = Facts(resident(), identities=[named(Source.BENEFITS, "王伟", date(1986, 6, 15))])
    assert Question.BIRTH in asked(facts)


def test_a_register_elsewhere_asks_where_someone_lives() -> None:
    facts = Facts(resident(), register=registered(ELSEWHERE), unemployment=[idle(HERE)])
    assert not asked(facts)[Question.HOME].is_settled


def test_a_worker_who_confirmed_the_home_has_settled_the_question() -> None:
    facts = Facts(resident(HERE), register=registered(ELSEWHERE))
    assert asked(facts)[Question.HOME].is_settled


def test_an_ended_unemployment_says_nothing_about_the_home() -> None:
    facts = Facts(
        resident(), register=registered(ELSEWHERE), unemployment=[idle(HERE, is_open=False)]
    )
    assert Question.HOME not in asked(facts)


def test_unemployed_and_employed_at_once_is_a_question() -> None:
    facts = Facts(resident(), unemployment=[idle()], employment=[job()])
    answers = {side.answer for side in asked(facts)[Question.WORK].sides}
    assert answers == {Stance.WORKS, Stance.IDLE}


def test_an_employer_who_pays_contradicts_the_status_a_worker_recorded() -> None:
    facts = Facts(
        resident(),
        newest_paid=(month_of("2026-09"), "仓前电子"),
        status=StatusHistory(status=WorkStatus.NOT_SEEKING, since_on=ON),
    )
    assert Question.WORK in asked(facts)


@pytest.mark.parametrize(("to_month", "is_asked"), [("2026-11", True), ("2026-10", False)])
def test_the_last_month_of_a_benefit_is_still_drawn(to_month: str, is_asked: bool) -> None:
    benefit = BenefitSpell(
        kind=BenefitKind.UNEMPLOYMENT_BENEFIT,
        from_month=month_of("2026-01"),
        to_month=month_of(to_month),
    )
    facts = Facts(resident(), benefits=[benefit], employment=[job()])
    assert (Question.WORK in asked(facts)) == is_asked


def test_a_student_is_neither_in_work_nor_without() -> None:
    status = StatusHistory(status=WorkStatus.STUDYING, since_on=ON)
    assert asked(Facts(resident(), employment=[job()], status=status)) == {}


def test_a_case_alone_tells_the_status_where_no_history_does() -> None:
    case = Case(state=CaseState.OPEN, work_status=WorkStatus.UNEMPLOYED, opened_on=ON)
    assert Question.WORK in asked(Facts(resident(), employment=[job()], case=case))


def test_every_claim_names_its_source_and_day() -> None:
    facts = Facts(resident(HERE), unemployment=[idle()], register=registered(HERE))
    told = [(claim.source, claim.saying, claim.since) for claim in claims(facts)]
    assert told == [
        (Source.HOUSEHOLD, Saying.REGISTER, None),
        (Source.UNEMPLOYMENT, Saying.UNEMPLOYED, "2026-05-01"),
        (None, Saying.LIVES_IN, None),
    ]
