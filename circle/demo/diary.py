"""The last weeks of one worker: visits, jobs begun, mini-forms not yet confirmed.

Told through the doors a worker and a resident use, each on its own day. A database that has a
visit or a registration already is left alone, so loading twice adds nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from circle.cases.statements import Wish
from circle.demo.divisions import MODEL_COMMUNITY
from circle.registration.answers import Answers
from circle.registration.operations import submit
from circle.visits.details import JobBegun, VisitDetails
from circle.visits.operations import record_visit
from models.cases import Case, Registration, Visit
from models.residents import Resident
from models.staff import Account
from models.vocabulary.cases import (
    CaseStage,
    DifficultyCause,
    Need,
    NextStep,
    Obstacle,
    PlacementKind,
    RefusalReason,
    VisitChannel,
)
from models.vocabulary.documents import check_character, read_number
from models.vocabulary.jobs import SweepReason
from models.vocabulary.registration import JobLoss
from models.vocabulary.residents import (
    CategoryCode,
    ConsentPurpose,
    WishedHours,
    WorkKind,
    WorkStatus,
)
from reminders.sweep import sweep_residents

OFFICE = ZoneInfo("Asia/Shanghai")
VISITED_AT, FORM_SENT_AT = time(10, 30), time(20, 15)


@dataclass(frozen=True)
class Told:
    """A contact so many days ago, and the facts of it."""

    ago: int
    channel: VisitChannel
    note: str
    reached: bool = True
    unseen_for: int = 0  # only somebody not reached for at least so many days before
    is_first: bool = False  # only somebody never reached
    is_again: bool = False  # the person of the line before
    status: WorkStatus | None = None
    wish: Wish | None = None
    needs: tuple[Need, ...] = ()
    causes: tuple[DifficultyCause, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    refusal: tuple[RefusalReason, bool] | None = None
    next_step: NextStep = NextStep.NONE
    next_in: int | None = None
    job: JobBegun | None = None
    job_ago: int = 0


# A line is told of the next of the worker's people whom it fits. The jobs begun leave follow-ups
# due: the 7th day of one falls on today, the 30th of the other was yesterday.
CONTACTS = (
    Told(
        30, VisitChannel.PHONE, "本人来电报喜，卫生院后勤，离家步行十分钟。", unseen_for=5,
        job_ago=31, job=JobBegun(PlacementKind.CONTRACT, "仓前卫生院", None, "水电工", 520_000),
    ),
    Told(24, VisitChannel.PHONE, "工作适应，单位管午饭。", is_again=True),
    Told(
        6, VisitChannel.STATION, "带劳动合同到站登记，试用期一个月。", unseen_for=7, job_ago=7,
        job=JobBegun(PlacementKind.FLEXIBLE, "葛巷农贸市场", None, "收银", 380_000),
    ),
    Told(
        12, VisitChannel.HOME, "父亲中风后在家照料，只能做半天。", status=WorkStatus.UNEMPLOYED,
        needs=(Need.WORK, Need.ELDERLY_CARE), causes=(DifficultyCause.FAMILY,),
        obstacles=(Obstacle.ELDERLY_CARE,), next_step=NextStep.RECOMMEND, next_in=10,
        wish=Wish((WorkKind.PART_TIME,), "食堂帮工、保洁", 220_000, WishedHours.DAY, 15),
    ),
    Told(
        10, VisitChannel.STATION, "想考中级证，愿意先培训。", needs=(Need.TRAINING, Need.WORK),
        causes=(DifficultyCause.SKILLS,), next_step=NextStep.TRAINING,
        wish=Wish(
            (WorkKind.FULL_TIME,), "电工", 450_000, WishedHours.ANY, 45, "低压电工证",
            wants_training=True,
        ),
    ),
    Told(
        9, VisitChannel.PHONE, "推荐良睦路超市收银，嫌夜班。", status=WorkStatus.UNEMPLOYED,
        needs=(Need.WORK,), refusal=(RefusalReason.HOURS, True), next_step=NextStep.RECOMMEND,
        next_in=7,
    ),
    Told(
        8, VisitChannel.HOME, "家中无人，邻居说去女儿家了。", reached=False,
        next_step=NextStep.CALL_AGAIN, next_in=3,
    ),
    Told(5, VisitChannel.PHONE, "两次无人接听。", reached=False, next_step=NextStep.CALL_AGAIN),
    Told(
        5, VisitChannel.MESSAGE, "微信回复：孩子放学早，只能上午做。", needs=(Need.CHILD_CARE,),
        obstacles=(Obstacle.CHILDREN_SCHOOL,),
        wish=Wish((WorkKind.PART_TIME, WorkKind.HOME_WORK), "客服", None, WishedHours.SCHOOL),
    ),
    Told(
        4, VisitChannel.STATION, "打算开早餐店，问小额贷款。", needs=(Need.START_UP,),
        wish=Wish((WorkKind.FULL_TIME,), "早餐店", wants_start_up=True),
        next_step=NextStep.START_UP, next_in=14,
    ),
    Told(
        3, VisitChannel.HOME, "第一次上门，介绍了政策，本人愿意配合。", is_first=True,
        status=WorkStatus.UNEMPLOYED, needs=(Need.WORK, Need.GUIDANCE),
        next_step=NextStep.GUIDANCE,
    ),
    Told(
        2, VisitChannel.PHONE, "腰伤恢复中，年后再找。", causes=(DifficultyCause.HEALTH,),
        obstacles=(Obstacle.MEDICAL_CARE,), status=WorkStatus.UNEMPLOYED, next_in=30,
        next_step=NextStep.CALL_AGAIN,
    ),
    Told(1, VisitChannel.PHONE, "在等两家面试结果。", needs=(Need.WORK,)),
)  # fmt: skip


def keep_diary(session: Session, worker: Account, *, on: date) -> tuple[int, int]:
    """How many visits and registrations were told; none where there are any already."""
    if _has_any(session, Visit) or _has_any(session, Registration):
        return 0, 0
    visits = _tell_all(session, worker, on)
    forms = sum(_send(session, answers, day) for answers, day in _forms(session, on))
    return visits, forms


def _has_any(session: Session, table: type[Visit | Registration]) -> bool:
    return session.scalar(select(table.id).limit(1)) is not None


def _tell_all(session: Session, worker: Account, on: date) -> int:
    """How many were told; a line that fits nobody is passed over."""
    count, case = 0, None
    for told in CONTACTS:
        day = on - timedelta(days=told.ago)
        case = case if told.is_again else session.scalars(_cases_for(worker, told, day)).first()
        if case is not None:
            _tell(session, case, worker, told, day)
            count += 1
    return count


def _tell(session: Session, case: Case, worker: Account, told: Told, day: date) -> None:
    now = datetime.combine(day, VISITED_AT, OFFICE)
    # What was due that day is raised first, for the visit to complete it.
    sweep_residents(session, [case.resident_id], on=day, now=now, reason=SweepReason.VISIT)
    details = _details(told, case, day)
    record_visit(session, case.resident, by=worker, on=day, now=now, details=details)


def _cases_for(worker: Account, told: Told, day: date) -> Select[Case]:
    """Open cases of the worker that nobody was told of yet, longest unseen first."""
    seen_before = day - timedelta(days=told.unseen_for)
    first = Case.last_contact_on.is_(None)
    fits: ColumnElement[bool] = first if told.is_first else Case.last_contact_on < seen_before
    is_new = Case.resident_id.not_in(select(Visit.resident_id))
    no_work = Case.work_status == WorkStatus.UNEMPLOYED
    query = select(Case).where(Case.worker_id == worker.id, Case.is_open, is_new, no_work, fits)
    return query.where(Case.opened_on <= day, Case.stage != CaseStage.PLACED).order_by(
        Case.last_contact_on.desc(), Case.id
    )


def _details(told: Told, case: Case, day: date) -> VisitDetails:
    reason, is_reasonable = told.refusal or (None, None)
    return VisitDetails(
        uuid=str(uuid5(NAMESPACE_URL, f"circle-demo-visit-{case.resident_id}-{day}")),
        visited_on=day,
        channel=told.channel,
        reached=told.reached,
        work_status=told.status,
        wish=told.wish,
        causes=told.causes,
        obstacles=told.obstacles,
        needs=told.needs,
        refusal_reason=reason,
        refusal_reasonable=is_reasonable,
        next_step=told.next_step,
        next_on=day + timedelta(days=told.next_in) if told.next_in else None,
        note=told.note,
        job=_job(told, day),
    )


def _job(told: Told, day: date) -> JobBegun | None:
    if told.job is None:
        return None
    started_on = day - timedelta(days=told.job_ago - told.ago)
    return JobBegun(
        told.job.kind, told.job.employer, started_on, told.job.occupation, told.job.pay_fen
    )


def _send(session: Session, answers: Answers, day: date) -> bool:
    now = datetime.combine(day, FORM_SENT_AT, OFFICE)
    return not submit(session, answers, on=day, now=now).is_repeat


def _forms(session: Session, on: date) -> Iterator[tuple[Answers, date]]:
    """Somebody no file has, dismissed the day before; and somebody the register knows."""
    yesterday = on - timedelta(days=1)
    yield _stranger(on, yesterday), yesterday
    known = session.scalars(_registered_without_case(on)).first()
    if known is not None:
        day = on - timedelta(days=3)
        yield _known(known, on, day), day


def _stranger(on: date, day: date) -> Answers:
    """A name as long as names get; the number is made up and passes every check."""
    first_17 = "65312119900307" + "053"
    return Answers(
        uuid=str(uuid5(NAMESPACE_URL, "circle-demo-registration-1")),
        division_code=MODEL_COMMUNITY,
        name="阿卜杜热西提·买买提江",
        document=read_number(first_17 + check_character(first_17), on=on),
        phone="13857100326",
        status=WorkStatus.UNEMPLOYED,
        address="文一西路1000号葛巷人家12幢3单元1802室",
        status_since=day - timedelta(days=1),
        job_loss=JobLoss.DISMISSED,
        wish=Wish(
            (WorkKind.FULL_TIME,), "厨师、后厨帮工", 500_000, WishedHours.SHIFTS, 30, "拉面、烧烤"
        ),
        note="晚上七点以后方便接电话",
        consents=(ConsentPurpose.MESSAGES,),
    )


def _registered_without_case(on: date) -> Select[Resident]:
    has_case = select(Case.id).where(Case.resident_id == Resident.id).exists()
    ages = (on.replace(year=on.year - 52, day=1), on.replace(year=on.year - 40, day=1))
    return (
        select(Resident)
        .where(Resident.lives_in == MODEL_COMMUNITY, ~has_case, Resident.born_on.between(*ages))
        .order_by(Resident.id)
    )


def _known(resident: Resident, on: date, day: date) -> Answers:
    return Answers(
        uuid=str(uuid5(NAMESPACE_URL, "circle-demo-registration-2")),
        division_code=MODEL_COMMUNITY,
        name=resident.name,
        document=read_number(resident.id_sealed or "", on=on),
        phone="13588061274",
        status=WorkStatus.UNEMPLOYED,
        status_since=day.replace(day=1),
        job_loss=JobLoss.EMPLOYER_CLOSED,
        categories=(CategoryCode.DISABLED,),
        causes=(DifficultyCause.HEALTH,),
        wish=Wish((WorkKind.PART_TIME,), "保洁", 300_000, WishedHours.DAY, 15),
        consents=(ConsentPurpose.MESSAGES, ConsentPurpose.EMPLOYERS),
    )
