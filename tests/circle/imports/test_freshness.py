"""Each source's newest data on the list of batches, with the places that are behind."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from circle.freshness import List
from circle.imports.freshness import SourceAge, age_words, ages
from models.facts import ClosedMonth
from models.imports import ImportBatch
from models.staff import Account
from models.vocabulary.facts import ABOUT_RESIDENTS, InsuranceKind, Source
from models.vocabulary.months import month_of
from models.vocabulary.places import subtree_end
from models.vocabulary.staff import Role
from tests.factories import (
    COMMUNITY,
    DISTRICT,
    NOON,
    OTHER_STREET,
    STREET,
    AccountFactory,
    BatchFactory,
    load_places,
    use,
)

ON = date(2026, 11, 21)


@pytest.fixture
def clerk(session: Session) -> Account:
    use(session)
    load_places(session)
    return AccountFactory(role=Role.CLERK, division_code=DISTRICT)


def applied(month: str, code: str = DISTRICT, source: Source = Source.HOUSEHOLD) -> ImportBatch:
    batch: ImportBatch = BatchFactory(source=source, division_code=code, month=month_of(month))
    return batch


def closes(session: Session, batch: ImportBatch, kind: InsuranceKind) -> None:
    code = batch.division_code
    session.add(
        ClosedMonth(
            import_id=batch.id,
            kind=kind,
            month=batch.month,
            division_code=code,
            division_end=subtree_end(code),
        )
    )
    session.flush()


def of(session: Session, account: Account, source: Source = Source.HOUSEHOLD) -> SourceAge:
    return next(age for age in ages(session, account, ON) if age.source is source)


def behind(age: SourceAge) -> dict[str, int | None]:
    return {place.name: place.newest.month if place.newest else None for place in age.behind}


def test_every_source_has_its_line(session: Session, clerk: Account) -> None:
    found = ages(session, clerk, ON)
    assert [age.source for age in found] == list(ABOUT_RESIDENTS)
    assert {age.newest for age in found} == {None}


def test_one_file_for_all_leaves_nobody_behind(session: Session, clerk: Account) -> None:
    applied("2026-09")
    applied("2026-10")
    age = of(session, clerk)
    assert age.newest is not None
    assert age.newest.month == month_of("2026-10")
    assert not age.newest.is_stale(ON)
    assert age.behind == ()


def test_streets_that_differ_are_named_the_oldest_first(session: Session, clerk: Account) -> None:
    applied("2026-10", STREET)
    assert behind(of(session, clerk)) == {"余杭街道": None}
    applied("2026-07", OTHER_STREET)
    age = of(session, clerk)
    assert behind(age) == {"余杭街道": month_of("2026-07")}
    assert [place.newest and place.newest.is_stale(ON) for place in age.behind] == [True]
    applied("2026-09", COMMUNITY)
    assert behind(of(session, clerk)) == {"余杭街道": month_of("2026-07")}
    applied("2026-11")
    assert behind(of(session, clerk)) == {}


def test_the_ledger_and_undated_lists(session: Session, clerk: Account) -> None:
    old = BatchFactory(source=Source.CASELOAD, month=None, applied_at=NOON - timedelta(days=900))
    age = of(session, clerk, Source.CASELOAD)
    assert age.newest is not None
    assert not age.newest.is_stale(ON)
    assert age_words(age.newest, ON, NOON) == "900 天前"
    assert old.source is Source.CASELOAD


@pytest.mark.parametrize(
    ("month", "words"), [("2026-11", "本月"), ("2026-10", "1 个月前"), ("2025-11", "12 个月前")]
)
def test_a_month_is_so_many_months_ago(month: str, words: str) -> None:
    assert age_words(List(month_of(month), 2), ON, NOON) == words


def test_contributions_are_as_new_as_their_closed_months(session: Session, clerk: Account) -> None:
    batch = applied("2026-10", source=Source.INSURANCE)
    assert of(session, clerk, Source.INSURANCE).kind is None
    closes(session, batch, InsuranceKind.EMPLOYEE_PENSION)
    older = applied("2026-06", source=Source.INSURANCE)
    closes(session, older, InsuranceKind.EMPLOYEE_MEDICAL)
    kinds = {age.kind: age.newest for age in ages(session, clerk, ON) if age.kind}
    stale = {kind: newest and newest.is_stale(ON) for kind, newest in kinds.items()}
    assert stale == {
        InsuranceKind.EMPLOYEE_PENSION: False,
        InsuranceKind.EMPLOYEE_MEDICAL: True,
    }


def test_a_street_s_clerk_knows_what_the_district_has_loaded(
    session: Session, clerk: Account
) -> None:
    applied("2026-10")
    applied("2026-11", OTHER_STREET)
    streets = AccountFactory(role=Role.CLERK, division_code=STREET)
    age = of(session, streets)
    assert age.newest is not None
    assert age.newest.month == month_of("2026-10")
    assert age.behind == ()
    assert behind(of(session, clerk)) == {"余杭区": month_of("2026-10")}
