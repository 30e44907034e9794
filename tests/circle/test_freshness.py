"""Which of the files a sentence rests on are old, and how that is told."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from circle import freshness
from circle.freshness import List, Newest, aged, dated_sentence, read
from circle.sentences import sentence
from models.policy import PolicyValue
from models.vocabulary.facts import Source
from models.vocabulary.imports import BatchState
from models.vocabulary.months import month_of
from models.vocabulary.policy import SourceMark
from models.vocabulary.staff import Role
from models.vocabulary.tasks import AnomalyCode, TaskKind
from tests.circle.conftest import MakeAccount, SignIn
from tests.factories import (
    COMMUNITY,
    DISTRICT,
    NOON,
    OTHER_STREET,
    STREET,
    BatchFactory,
    ResidentFactory,
    TaskFactory,
    load_places,
    use,
)

ON = date(2026, 11, 21)
LAPSE = {
    "kind": "employee_medical",
    "last_month": "2026-03",
    "first_missing": "2026-04",
    "closed_month": "2026-06",
}
SIGNALS = {"subsistence": "2026-03-01", "subsistence_kind": "dibao", "closed_month": "2026-06"}


def newest(**months: str) -> Newest:
    """Of the whole district; two months behind is old."""
    lists = {(Source(name), DISTRICT): List(month_of(text), 2) for name, text in months.items()}
    return Newest(lists)


def behind(kind: TaskKind, evidence: Mapping[str, object], known: Newest) -> list[tuple[str, int]]:
    told = aged(kind, evidence, known, COMMUNITY, ON).get("behind", [])
    return [(each["kind"] or each["source"], each["months"]) for each in told]


def test_insurance_is_as_old_as_the_month_in_the_evidence() -> None:
    known = newest(insurance="2026-10")
    assert behind(TaskKind.INSURANCE_LAPSE, LAPSE, known) == [("employee_medical", 5)]
    fresh = {**LAPSE, "closed_month": "2026-09"}
    assert behind(TaskKind.INSURANCE_LAPSE, fresh, known) == []


def test_a_signal_is_as_old_as_its_source_s_newest_list() -> None:
    known = newest(subsistence="2026-08", unemployment="2026-01")
    assert behind(TaskKind.FIRST_REGISTRATION, SIGNALS, known) == [
        ("subsistence", 3),
        ("employee_pension", 5),
    ]
    registered = {"unemployment": "2026-01-05", "closed_month": "2026-06"}
    assert behind(TaskKind.FIRST_REGISTRATION, registered, known) == [("unemployment", 10)]


@pytest.mark.parametrize(
    ("evidence", "sources"),
    [
        ({"code": AnomalyCode.DEPARTED_WITH_CASE, "status": "dead"}, ["household"]),
        ({"code": AnomalyCode.SOURCES_DISAGREE, "sources": "household,education,"},
         ["household", "education"]),
        ({"code": AnomalyCode.EMPLOYED_BUT_LAPSED, "closed_month": "2026-01"},
         ["employment", "employee_pension"]),
        ({"code": AnomalyCode.RETIRED_WITH_CASE}, []),
    ],
)  # fmt: skip
def test_an_anomaly_rests_on_the_sources_it_names(
    evidence: dict[str, object], sources: list[str]
) -> None:
    known = newest(**{source: "2026-01" for source in Source if source is not Source.CASELOAD})
    assert [name for name, _ in behind(TaskKind.ANOMALY, evidence, known)] == sources


@pytest.mark.parametrize("kind", [TaskKind.VISIT, TaskKind.FOLLOW_UP, TaskKind.ASSISTANCE])
def test_what_rests_on_no_file_is_never_old(kind: TaskKind) -> None:
    assert behind(kind, {"opened_on": "2020-01-01"}, newest(household="2020-01")) == []


def test_the_newest_list_that_speaks_for_the_place_counts() -> None:
    lists = {
        (Source.HOUSEHOLD, DISTRICT): List(month_of("2026-06"), 2),
        (Source.HOUSEHOLD, STREET): List(month_of("2026-10"), 2),
        (Source.HOUSEHOLD, OTHER_STREET): List(month_of("2026-11"), 2),
    }
    known = Newest(lists)
    assert known.of(Source.HOUSEHOLD, COMMUNITY) == lists[Source.HOUSEHOLD, STREET]
    assert known.of(Source.HOUSEHOLD, DISTRICT) == lists[Source.HOUSEHOLD, DISTRICT]
    assert known.of(Source.EDUCATION, COMMUNITY) is None
    assert known.of(Source.HOUSEHOLD, None) is None


def test_the_sentence_says_which_file_and_since_when() -> None:
    told = aged(TaskKind.INSURANCE_LAPSE, LAPSE, newest(insurance="2026-06"), COMMUNITY, ON)
    assert sentence(TaskKind.INSURANCE_LAPSE, told) == (
        "社保缴费文件显示：职工基本医疗保险已缴至2026-03，2026-04起中断（数据截至2026-06）。"
        "（职工基本医疗保险数据到2026-06，已5个月未更新）"
    )
    known = newest(subsistence="2026-08")
    told = aged(TaskKind.FIRST_REGISTRATION, SIGNALS, known, COMMUNITY, ON)
    assert sentence(TaskKind.FIRST_REGISTRATION, told).endswith(
        "（民政救助名单到2026-08，已3个月未更新；职工基本养老保险数据到2026-06，已5个月未更新）"
    )


def test_what_the_records_hold_is_left_as_it_is() -> None:
    kept = dict(LAPSE)
    aged(TaskKind.INSURANCE_LAPSE, LAPSE, newest(insurance="2026-06"), COMMUNITY, ON)
    assert kept == LAPSE


@pytest.fixture
def records(session: Session) -> Session:
    use(session)
    load_places(session)
    return session


def test_lists_are_dated_by_their_month_else_by_the_day_they_were_applied(
    records: Session,
) -> None:
    BatchFactory(source=Source.HOUSEHOLD, month=month_of("2026-09"))
    BatchFactory(source=Source.HOUSEHOLD, month=month_of("2026-08"))
    BatchFactory(source=Source.EDUCATION, month=None, applied_at=NOON, division_code=STREET)
    # The last evening of October, and in the office already November.
    late = datetime(2026, 10, 31, 17, 0, tzinfo=NOON.tzinfo)
    BatchFactory(source=Source.BENEFITS, month=None, applied_at=late)
    BatchFactory(source=Source.SUBSISTENCE, state=BatchState.UNDONE, month=month_of("2026-10"))
    found = read(records, ON).lists
    assert {key: each.month for key, each in found.items()} == {
        (Source.HOUSEHOLD, DISTRICT): month_of("2026-09"),
        (Source.EDUCATION, STREET): month_of("2026-11"),
        (Source.BENEFITS, DISTRICT): month_of("2026-11"),
    }
    assert found[Source.HOUSEHOLD, DISTRICT].limit == 2


def test_a_street_may_have_limits_of_its_own(records: Session) -> None:
    for code in (STREET, OTHER_STREET):
        BatchFactory(source=Source.HOUSEHOLD, division_code=code, month=month_of("2026-09"))
    records.add_all(
        PolicyValue(
            name="stale_months",
            division_code=code,
            effective_on=since,
            value=[["household", months]],
            mark=SourceMark.PROPOSED,
            source="",
        )
        for code, since, months in (
            (STREET, date(2026, 1, 1), 5),
            (STREET, date(2027, 1, 1), 9),
            (DISTRICT, date(2026, 1, 1), 1),
        )
    )
    records.flush()
    found = read(records, ON).lists
    assert found[Source.HOUSEHOLD, STREET].limit == 5
    assert found[Source.HOUSEHOLD, OTHER_STREET].limit == 1


@pytest.fixture
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.mark.usefixtures("noon")
def test_pages_read_it_once_a_minute(app: Flask, session: Session, divisions: None) -> None:
    heard: list[str] = []
    engine = session.connection().engine

    def note(*arguments: object) -> None:
        heard.append(str(arguments[2]))

    with app.test_request_context():
        freshness.current()
        event.listen(engine, "before_cursor_execute", note)
        freshness.current()
        assert [text for text in heard if "import_batch" in text] == []
        with time_machine.travel(NOON + timedelta(minutes=1), tick=False):
            freshness.current()
        event.remove(engine, "before_cursor_execute", note)
    assert len([text for text in heard if "import_batch" in text]) == 1


@pytest.mark.usefixtures("noon")
def test_list_file_and_visit_form_say_it(
    session: Session, make_account: MakeAccount, sign_in: SignIn
) -> None:
    use(session)
    worker = make_account(Role.WORKER)
    resident = ResidentFactory()
    BatchFactory(source=Source.UNEMPLOYMENT, month=month_of("2026-06"), filer=worker)
    task = TaskFactory(
        resident=resident,
        kind=TaskKind.FIRST_REGISTRATION,
        assignee_id=worker.id,
        evidence={"unemployment": "2026-06-10"},
    )
    session.commit()
    page = sign_in(worker)
    said = "失业登记名册到2026-06，已5个月未更新"
    addresses = (
        "/todo",
        f"/todo/{task.id}",
        f"/residents/{resident.id}",
        f"/visits/new?resident={resident.id}",
    )
    for address in addresses:
        text = page.get(address).text.replace('<span class="nowrap">', "").replace("</span>", "")
        assert said in text, address
    assert task.evidence == {"unemployment": "2026-06-10"}


@pytest.mark.usefixtures("noon")
def test_in_english_too(app: Flask, session: Session, divisions: None) -> None:
    del session, divisions
    with app.test_request_context() as context:
        context.session["language"] = "en"
        said = dated_sentence(TaskKind.INSURANCE_LAPSE, LAPSE, COMMUNITY)
    assert "2026-06" in said.rpartition("(")[2]
    assert "5 months" in said
