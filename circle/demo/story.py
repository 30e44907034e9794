"""Two people who registered by themselves: one is the school's electrician by now, one chooses.

Told through the doors a resident, a worker and an employer use, each step on its own day. A
database that has a referral already is left alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from circle.cases.consents import give_consent
from circle.cases.statements import Wish
from circle.demo.divisions import MODEL_COMMUNITY
from circle.posts.queries import published
from circle.referrals.operations import accept, apply_for, decline, hire, invite, refer
from circle.registration.answers import WORDING, Answers
from circle.registration.confirmation import confirm
from circle.registration.operations import code_of, submit
from circle.registration.queries import PHONE_TAIL, registration_of
from circle.registration.receipts import grouped
from circle.seeking.operations import Skilled, keep_resume
from circle.visits.details import VisitDetails
from circle.visits.operations import record_visit
from models.cases import Case, Registration
from models.posts import Post
from models.referrals import Referral
from models.staff import Account
from models.vocabulary.cases import (
    ConfirmedBy,
    Need,
    NextStep,
    RefusalReason,
    VisitChannel,
)
from models.vocabulary.documents import check_character, read_number
from models.vocabulary.facts import EducationLevel
from models.vocabulary.registration import JobLoss, StatedFact
from models.vocabulary.residents import ConsentPurpose, WishedHours, WorkKind, WorkStatus

OFFICE = ZoneInfo("Asia/Shanghai")
SENT_AT, CALLED_AT, TOLD_AT, INTERVIEW_AT = time(19, 40), time(9, 20), time(14, 0), time(9, 30)
CONFIRMED_AFTER = 2  # days


@dataclass(frozen=True)
class Step:
    """So many days ago something happened with the post of this title; `later`: days it is for."""

    ago: int
    what: str
    title: str
    later: int = 0


@dataclass(frozen=True)
class Person:
    """Who registered so many days ago, and what came of it; the number lacks its check digit."""

    name: str
    first_17: str
    phone: str
    registered: int
    wish: Wish
    skilled: Skilled
    note: str
    steps: tuple[Step, ...]


# He resigned, registered the next day, and starts on the seventh day before today: the first
# follow-up is due.
ELECTRICIAN = Person(
    name="沈国良",
    first_17="33012519820614" + "271",
    phone="13758126403",
    registered=26,
    wish=Wish((WorkKind.FULL_TIME,), "电工", 500_000, WishedHours.DAY, 30, "低压电工证"),
    skilled=Skilled(
        EducationLevel.VOCATIONAL, "服装厂设备电工，八年", "电路检修、水电维修", ("低压电工证",)
    ),
    note="刚辞职，想在家附近找电工，孩子上小学要接送。",
    steps=(
        Step(22, "refer", "物业水电工"),
        Step(22, "refer", "学校电工"),
        Step(21, "decline", "物业水电工"),
        Step(21, "accept", "学校电工"),
        Step(19, "invite", "学校电工", later=2),
        Step(12, "hire", "学校电工", later=5),
    ),
)
SHOPKEEPER = Person(
    name="金素芬",
    first_17="33010619850923" + "164",
    phone="13858091527",
    registered=9,
    wish=Wish(
        (WorkKind.FULL_TIME, WorkKind.PART_TIME), "收银、理货", 350_000, WishedHours.ANY, 30
    ),
    skilled=Skilled(EducationLevel.HIGH_SCHOOL, "服装店店长，六年", "收银、盘点", ("健康证",)),
    note="店面到期关门，愿意做超市，晚上要照顾老人。",
    steps=(
        Step(5, "refer", "超市收银员"),
        Step(4, "accept", "超市收银员"),
        Step(3, "invite", "超市收银员", later=4),
        Step(2, "refer", "便利店店员"),
        Step(1, "apply", "物业前台"),
    ),
)  # fmt: skip
PEOPLE = (ELECTRICIAN, SHOPKEEPER)


@dataclass(frozen=True)
class Day:
    """A day of the story; who works then."""

    session: Session
    worker: Account
    on: date

    def at(self, hour: time) -> datetime:
        return datetime.combine(self.on, hour, OFFICE)


def tell_story(session: Session, worker: Account, *, on: date) -> int:
    """How often somebody was put forward; none where it was told already."""
    if session.scalar(select(Referral.id).limit(1)) is not None:
        return 0
    for person in PEOPLE:
        _tell(session, worker, person, on)
    return session.scalar(select(func.count(Referral.id))) or 0


def who_may_look_in(session: Session) -> Iterator[tuple[str, str, str]]:
    """Name, receipt code and the last digits of the phone of those who registered."""
    for person in PEOPLE:
        registration = registration_of(session, _uuid(person.name))
        if registration is not None:
            yield person.name, grouped(code_of(registration)), person.phone[-PHONE_TAIL:]


def _tell(session: Session, worker: Account, person: Person, on: date) -> None:
    first = Day(session, worker, on - timedelta(days=person.registered))
    _register(first, person, on)
    called = Day(session, worker, first.on + timedelta(days=CONFIRMED_AFTER))
    case = _call(called, _registration(session, person), person)
    for step in person.steps:
        day = Day(session, worker, on - timedelta(days=step.ago))
        post = _post(session, step.title, day.on)
        if post is not None:
            STEPS[step.what](day, case, post, step)


def _register(day: Day, person: Person, on: date) -> None:
    number = person.first_17 + check_character(person.first_17)
    answers = Answers(
        uuid=_uuid(person.name),
        division_code=MODEL_COMMUNITY,
        name=person.name,
        document=read_number(number, on=on),
        phone=person.phone,
        status=WorkStatus.UNEMPLOYED,
        status_since=day.on - timedelta(days=1),
        job_loss=JobLoss.RESIGNED,
        wish=person.wish,
        consents=(ConsentPurpose.MESSAGES,),
    )
    submit(day.session, answers, on=day.on, now=day.at(SENT_AT))


def _registration(session: Session, person: Person) -> Registration:
    registration = registration_of(session, _uuid(person.name))
    assert registration is not None  # noqa: S101 - just made
    return registration


def _call(day: Day, registration: Registration, person: Person) -> Case:
    """The worker confirms by telephone, asks for the résumé and the consent to share it."""
    session, now = day.session, day.at(CALLED_AT)
    confirm(
        session,
        registration,
        how=ConfirmedBy.VOICE,
        taken=frozenset(StatedFact),
        by=day.worker,
        on=day.on,
        now=now,
    )
    details = VisitDetails(
        uuid=_uuid(f"{person.name}-call"),
        visited_on=day.on,
        channel=VisitChannel.PHONE,
        reached=True,
        needs=(Need.WORK,),
        next_step=NextStep.RECOMMEND,
        note=person.note,
    )
    record_visit(session, registration.resident, by=day.worker, on=day.on, now=now, details=details)
    resident_id, purpose = registration.resident_id, ConsentPurpose.EMPLOYERS
    keep_resume(session, resident_id, person.skilled, now=now)
    give_consent(session, resident_id, purpose, wording=WORDING, now=now)
    return registration.case


def _post(session: Session, title: str, day: date) -> Post | None:
    """The one in the model community before all others."""
    query = published(day).where(Post.title == title, Post.published_on <= day)
    is_near = Post.division_code == MODEL_COMMUNITY
    return session.scalars(query.order_by(is_near.desc(), Post.id).limit(1)).first()


def _refer(day: Day, case: Case, post: Post, step: Step) -> None:
    uuid = _uuid(f"{case.id}-{step.title}")
    now = day.at(TOLD_AT)
    refer(day.session, case, post, by=day.worker, on=day.on, now=now, uuid=uuid)


def _apply(day: Day, case: Case, post: Post, step: Step) -> None:
    uuid = _uuid(f"{case.id}-{step.title}")
    apply_for(day.session, case, post, on=day.on, now=day.at(SENT_AT), uuid=uuid)


def _accept(day: Day, case: Case, post: Post, _step: Step) -> None:
    accept(day.session, _referral(day, case, post), by=None, on=day.on, now=day.at(SENT_AT))


def _decline(day: Day, case: Case, post: Post, _step: Step) -> None:
    decline(
        day.session,
        _referral(day, case, post),
        reason=RefusalReason.HOURS,
        is_reasonable=True,
        by=day.worker,
        on=day.on,
        now=day.at(TOLD_AT),
        note="要值夜班，孩子没人接送。",
    )


def _invite(day: Day, case: Case, post: Post, step: Step) -> None:
    at = datetime.combine(day.on + timedelta(days=step.later), INTERVIEW_AT, OFFICE)
    referral, now = _referral(day, case, post), day.at(TOLD_AT)
    invite(day.session, referral, interview_at=at, by=day.worker, on=day.on, now=now)


def _hire(day: Day, case: Case, post: Post, step: Step) -> None:
    started_on = day.on + timedelta(days=step.later)
    referral, now = _referral(day, case, post), day.at(TOLD_AT)
    hire(day.session, referral, started_on=started_on, by=day.worker, on=day.on, now=now)


def _referral(day: Day, case: Case, post: Post) -> Referral:
    query = select(Referral).where(Referral.case_id == case.id, Referral.post_id == post.id)
    return day.session.scalars(query).one()


STEPS: dict[str, Callable[[Day, Case, Post, Step], None]] = {
    "refer": _refer,
    "apply": _apply,
    "accept": _accept,
    "decline": _decline,
    "invite": _invite,
    "hire": _hire,
}


def _uuid(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"circle-demo-story-{name}"))
