from collections.abc import Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from circle.cases import words
from circle.cases.file import ResidentFile
from circle.cases.history import Strip
from circle.cases.sources import Claim, Conflict, Question, Saying, Side
from circle.cases.timeline import Event, EventKind
from models.cases import Case, Placement, Registration, Visit, VisitNeed
from models.facts import (
    BenefitSpell,
    Degree,
    EmploymentSpell,
    InsuranceStanding,
    RegisterEntry,
    Subsistence,
    UnemploymentSpell,
)
from models.imports import ImportBatch
from models.residents import Intention, Resident, StatusHistory
from models.tasks import Task, TaskMove
from models.vocabulary.cases import (
    CaseOrigin,
    CaseStage,
    CloseReason,
    NextStep,
    PlacementKind,
    RefusalReason,
    RegistrationState,
    Stance,
    VisitChannel,
)
from models.vocabulary.facts import (
    BenefitKind,
    EducationLevel,
    InsuranceKind,
    MonthState,
    RegisterStatus,
    Source,
    SubsistenceKind,
    WorkAbility,
)
from models.vocabulary.months import month_of
from models.vocabulary.residents import WishedHours, WorkStatus
from models.vocabulary.tasks import TaskKind, TaskVerb

ON = date(2026, 11, 21)
HERE = "330110012004"
PENSION = InsuranceKind.EMPLOYEE_PENSION
SEP = month_of("2026-09")


@pytest.fixture(autouse=True)
def chinese(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


@pytest.fixture
def file() -> ResidentFile:
    late_at_night = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
    return ResidentFile(
        resident=Resident(name="王伟", born_on=date(1985, 6, 15)),
        on=ON,
        zone=ZoneInfo("Asia/Shanghai"),
        home="",
        places={HERE: "葛巷社区"},
        people={},
        family=None,
        categories=[],
        intention=None,
        claims=[],
        conflicts=[],
        batches={1: ImportBatch(month=SEP), 2: ImportBatch(applied_at=late_at_night)},
        strips=[],
        tenures=[],
        closed_through={PENSION: SEP},
        degrees=[],
        benefits=[],
        case=None,
        past_cases=[],
        tasks=[],
        timeline=[],
    )


@pytest.mark.parametrize(
    ("saying", "fact", "told"),
    [
        (
            Saying.REGISTER,
            RegisterEntry(status=RegisterStatus.MOVED_OUT, division_code=HERE),
            "户籍状态：迁出；户籍在葛巷社区",
        ),
        (
            Saying.SUBSISTENCE,
            Subsistence(kind=SubsistenceKind.DIBAO, ability=WorkAbility.PARTIAL, amount_fen=118000),
            "享受低保；部分丧失劳动能力；每月1180元",
        ),
        (
            Saying.INSURANCE,
            InsuranceStanding(kind=PENSION, months_paid=7, last_month=SEP),
            "职工基本养老保险：累计缴费7个月，最近缴至2026-09",
        ),
        (
            Saying.UNEMPLOYED,
            UnemploymentSpell(is_open=False, ended_on=ON, end_reason="就业"),
            "登记失业，2026-11-21注销；就业",
        ),
        (
            Saying.EMPLOYED,
            EmploymentSpell(is_open=True, employer="仓前电子"),
            "登记就业，有效；仓前电子",
        ),
        (
            Saying.BENEFIT,
            BenefitSpell(kind=BenefitKind.PENSION, to_month=None),
            "领取养老金",
        ),
        (
            Saying.DEGREE,
            Degree(level=EducationLevel.COLLEGE, school="杭州职业技术学院"),
            "大专；杭州职业技术学院；尚未毕业",
        ),
        (Saying.CASE, Case(stage=CaseStage.SERVING), "就业服务档案：服务中"),
        (Saying.STATUS, StatusHistory(status=WorkStatus.FLEXIBLE), "就业状态：灵活就业"),
        (Saying.LIVES_IN, HERE, "核实住在葛巷社区"),
    ],
)
def test_a_claim_reads_as_its_source_would_say_it(
    file: ResidentFile, saying: Saying, fact: object, told: str
) -> None:
    assert words.claim_words(file, Claim(None, saying, fact, None)) == told


def test_every_saying_and_every_event_has_words() -> None:
    assert set(words.CLAIMS) == set(Saying)
    assert set(words.EVENTS) == set(EventKind)


@pytest.mark.parametrize(
    ("brought_by", "told"), [(1, "2026-09的数据"), (2, "2026-11-21导入"), (None, "在本平台记录")]
)
def test_a_claim_tells_how_old_its_data_is(
    file: ResidentFile, brought_by: int | None, told: str
) -> None:
    claim = Claim(Source.HOUSEHOLD, Saying.STATUS, None, None, brought_by)
    assert words.data_words(file, claim) == told


@pytest.mark.parametrize(
    ("kind", "told"), [(PENSION, "数据截至2026-09"), (InsuranceKind.UNEMPLOYMENT, "暂无完整月份")]
)
def test_insurance_is_as_old_as_its_newest_closed_month(
    file: ResidentFile, kind: InsuranceKind, told: str
) -> None:
    claim = Claim(Source.INSURANCE, Saying.INSURANCE, InsuranceStanding(kind=kind), None)
    assert words.data_words(file, claim) == told


@pytest.mark.parametrize(
    ("question", "side", "told"),
    [
        (Question.NAME, Side(Source.INSURANCE, "王玮"), ("社会保险缴费", "王玮")),
        (Question.BIRTH, Side(None, date(1985, 6, 15)), ("证件号码", "41岁")),
        (Question.HOME, Side(None, HERE), ("本平台专员", "葛巷社区")),
        (Question.WORK, Side(Source.EMPLOYMENT, Stance.WORKS), ("就业登记", "有工作")),
    ],
)
def test_a_side_names_its_source_and_its_answer(
    file: ResidentFile, question: Question, side: Side, told: tuple[str, str]
) -> None:
    assert words.side_words(file, Conflict(question, [side]), side) == told


def visit(**facts: object) -> Visit:
    known: dict[str, object] = {"channel": VisitChannel.HOME, "reached": True, "needs": []}
    return Visit(**{"next_step": NextStep.NONE, **known, **facts})


@pytest.mark.parametrize(
    ("kind", "record", "told"),
    [
        (EventKind.VISIT, visit(reached=False), "上门；未联系到"),
        (
            EventKind.VISIT,
            visit(
                needs=[VisitNeed(need="training")],
                refusal_reason=RefusalReason.DISTANCE,
                next_step=NextStep.RECOMMEND,
                corrects_id=1,
            ),
            "上门；联系到本人；更正过；需要技能培训；未接受推荐：距离太远；下一步：推荐岗位",
        ),
        (
            EventKind.VISIT,
            visit(next_step=NextStep.CALL_AGAIN, next_on=ON),
            "上门；联系到本人；下一步：再次联系 2026-11-21",
        ),
        (EventKind.REMOVED_VISIT, visit(), "删除了一条上门走访记录"),
        (
            EventKind.MOVE,
            TaskMove(verb=TaskVerb.SNOOZE, until=ON),
            "走访提醒：延后；至2026-11-21",
        ),
        (
            EventKind.REGISTRATION,
            Registration(state=RegistrationState.RECEIVED),
            "本人扫码登记；待核实",
        ),
        (EventKind.OPENED, Case(origin=CaseOrigin.LEDGER), "已建档；台账迁入"),
        (EventKind.CLOSED, Case(close_reason=CloseReason.EMPLOYED), "结案；稳定就业"),
        (
            EventKind.PLACEMENT,
            Placement(employer="仓前小学", kind=PlacementKind.CONTRACT),
            "上岗；仓前小学；单位就业",
        ),
        (EventKind.JOB_ENDED, Placement(employer="仓前小学"), "离岗；仓前小学"),
        (EventKind.STATUS, StatusHistory(status=WorkStatus.EMPLOYED), "就业状态：就业"),
    ],
)
def test_an_event_reads_as_one_line(kind: EventKind, record: object, told: str) -> None:
    task = Task(kind=TaskKind.VISIT, evidence={})
    assert words.event_words(Event(kind, ON, record, task=task)) == told


def test_a_strip_is_read_aloud_without_the_months_before() -> None:
    states = [MonthState.BEFORE, MonthState.PAID, MonthState.PAID, MonthState.MISSING]
    strip = Strip(PENSION, list(enumerate(states, start=month_of("2026-05"))))
    assert words.strip_words(strip) == "已缴 2026-06至2026-07（2个月）；未缴 2026-08"


def test_a_wish_leaves_out_what_was_not_said() -> None:
    assert words.wish_words(Intention(occupation="电工")) == "电工"
    wish = Intention(
        kinds=["full_time", "gig"],
        pay_fen=450_000,
        hours=WishedHours.DAY,
        minutes=0,
        skills="低压电工",
        wants_training=True,
    )
    told = "全职、零工；月薪4500元以上；白班；路上0分钟以内；会低压电工；想参加培训"
    assert words.wish_words(wish) == told
