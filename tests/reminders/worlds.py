"""Made-up districts: people of the oracle, drawn at random close to every boundary, and stored."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count
from random import Random
from typing import Any, Self
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, insert

from models import Base
from models.cases import Case, Placement, Registration, Visit
from models.facts import (
    BenefitSpell,
    ClosedMonth,
    Contribution,
    Degree,
    EmploymentSpell,
    InsuranceStanding,
    PayingEmployer,
    RegisterEntry,
    Subsistence,
    UnemploymentSpell,
)
from models.imports import ImportBatch
from models.policy import Policy
from models.residents import (
    Category,
    Household,
    HouseholdMember,
    Resident,
    StatedIdentity,
    StatusHistory,
)
from models.services import ServiceItem
from models.staff import Account
from models.tasks import Task
from models.vocabulary.cases import (
    CaseOrigin,
    CaseStage,
    CaseState,
    CloseReason,
    ConfirmedBy,
    PlacementKind,
    RegistrationState,
    VisitChannel,
)
from models.vocabulary.facts import (
    BenefitKind,
    EducationLevel,
    InsuranceKind,
    RegisterStatus,
    Source,
    StudyForm,
    SubsistenceKind,
    WorkAbility,
)
from models.vocabulary.imports import BatchState
from models.vocabulary.months import add_months, month_key
from models.vocabulary.parameters import PARAMETERS
from models.vocabulary.places import subtree_end
from models.vocabulary.residents import (
    CategoryCode,
    DocumentType,
    LivesInBasis,
    RetirementTrack,
    Sex,
    WorkStatus,
)
from models.vocabulary.services import ServiceKind
from models.vocabulary.staff import Role
from models.vocabulary.tasks import TaskKind, TaskState
from tests.factories import COMMUNITY, DISTRICT, NOON, OTHER_COMMUNITY, OTHER_STREET, STREET
from tests.reminders.conftest import postpone_references
from tests.reminders.oracle import (
    Drawn,
    File,
    Form,
    Given,
    Job,
    Mark,
    Paid,
    Person,
    Registered,
    Spell,
    Stated,
    Status,
    Study,
    Support,
    World,
    is_moved_in,
    is_placed,
)

FAR_COMMUNITY = f"{OTHER_STREET}001"
PLACES = (None, COMMUNITY, COMMUNITY, OTHER_COMMUNITY, FAR_COMMUNITY, STREET)
DEFAULTS = Policy.of({parameter.name: parameter.default for parameter in PARAMETERS})
EMPLOYERS = 3
CLERK = 1
OFFICE = ZoneInfo("Asia/Shanghai")
OLD_BATCH, LATER_BATCH = 1, 2
# What is emptied and written again when the facts change; the to-do lists stay.
FACTS = (
    StatedIdentity, HouseholdMember, Household, Category, StatusHistory, RegisterEntry,
    Subsistence, UnemploymentSpell, EmploymentSpell, BenefitSpell, Degree, Contribution,
    InsuranceStanding, ClosedMonth, ServiceItem, Registration, Placement, Visit, Case, Resident,
    PayingEmployer, ImportBatch,
)  # fmt: skip


@dataclass
class Dice:
    """Chance, leaning towards the days on which something turns."""

    random: Random
    on: date

    @classmethod
    def of(cls, seed: int, on: date) -> Self:
        return cls(Random(seed), on)  # noqa: S311 - repeatable chance, no secret

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def near(self, *days_ago: int) -> date:
        """About so many days ago, often on the very day."""
        return self.on - timedelta(days=self.random.choice(days_ago) + self.random.randint(-1, 1))

    def months_ago(self, *months: int) -> date:
        day = add_months(self.on, -self.random.choice(months))
        return day + timedelta(days=self.random.choice((-1, 0, 0, 1)))

    def month(self, newest: int, oldest: int) -> int:
        """So many months ago, both ends included."""
        return month_key(self.on) - self.random.randint(newest, oldest)


def random_world(seed: int, people: int, on: date) -> World:
    dice = Dice.of(seed, on)
    month = month_key(on)
    closed = [
        (DISTRICT, month - 5),
        (DISTRICT, month - 4),
        (DISTRICT, month - 2),
        (STREET, month - 4),
        (STREET, month - 3),
        (COMMUNITY, month - 1),
    ]
    persons = [random_person(dice, number) for number in range(1, people + 1)]
    return World(persons, closed, DEFAULTS)


def random_person(dice: Dice, number: int) -> Person:
    sex = dice.random.choice(list(Sex))
    files = _files(dice)
    return Person(
        number,
        sex,
        _birth(dice),
        track=_track(dice, sex),
        lives_in=dice.random.choice(PLACES),
        register=_register(dice) if dice.chance(0.5) else None,
        support=_support(dice) if dice.chance(0.25) else None,
        unemployed=_spells(dice, 0.2),
        employed=_spells(dice, 0.2),
        drawn=_drawn(dice),
        studies=_studies(dice),
        paid=_paid(dice),
        marks=_marks(dice),
        household_confirmed=dice.chance(0.05),
        status=_status(dice) if dice.chance(0.35) else None,
        files=files,
        stated=_stated(dice),
        forms=[_form(dice, number)] if files and dice.chance(0.15) else [],
        is_merged=number > 1 and dice.chance(0.02),
    )


def change(dice: Dice, person: Person) -> None:
    """A month later: one thing or another is told differently."""
    fresh = random_person(dice, person.id)
    if not fresh.lives_in:
        fresh.lives_in = person.lives_in
    parts = ("register", "support", "unemployed", "employed", "drawn", "studies", "paid", "marks",
             "household_confirmed", "status", "stated", "lives_in", "track")  # fmt: skip
    for part in dice.random.sample(parts, 2):
        setattr(person, part, getattr(fresh, part))
    for form in person.forms:
        form.is_settled = dice.chance(0.5)
    file = person.file
    if file is None:
        # A case once closed stays behind; a new one is opened beside it.
        opened = File(dice.on - timedelta(days=dice.random.randint(0, 3)))
        person.files += [opened] if dice.chance(0.4) else []
    elif dice.chance(0.2):
        file.is_open = False
    else:
        _work_on(dice, file)


def _work_on(dice: Dice, file: File) -> None:
    file.has_open_order = False
    if dice.chance(0.5):
        file.last_contact_on = max(
            file.opened_on, dice.on - timedelta(days=dice.random.randint(0, 9))
        )
    for service in file.services:
        service.is_removed = dice.chance(0.1)
    if dice.chance(0.5):
        file.services += _services(dice, file)
    if dice.chance(0.2):
        file.jobs.append(Job(dice.near(0, 3), told_on=dice.on))
    for job in file.jobs:
        if dice.chance(0.3):
            job.is_removed = dice.chance(0.5)
            job.ended_on = max(job.started_on, dice.on - timedelta(days=1))


def _birth(dice: Dice) -> date:
    on = dice.on
    windows = (
        [(add_months(on, -16 * 12), 2)] * 2
        + [(add_months(on, -months), 45) for months in (728, 728, 671, 671, 612)]
        + [(add_months(on, -dice.random.randint(17, 70) * 12), 180)] * 5
    )
    middle, spread = dice.random.choice(windows)
    return middle + timedelta(days=dice.random.randint(-spread, spread))


def _track(dice: Dice, sex: Sex) -> RetirementTrack | None:
    women = (RetirementTrack.WOMAN_50, RetirementTrack.WOMAN_50, RetirementTrack.WOMAN_55, None)
    men = (None, RetirementTrack.MAN_60)
    return dice.random.choice(men if sex is Sex.MALE else women)


def _register(dice: Dice) -> Registered:
    normal = [RegisterStatus.NORMAL] * 7
    status = dice.random.choice([*normal, *RegisterStatus])
    return Registered(
        status,
        None if dice.chance(0.3) else dice.near(40, 400),
        came_on=dice.random.choice((date(2026, 7, 31), date(2026, 8, 1))),
    )


def _support(dice: Dice) -> Support:
    return Support(
        dice.random.choice(list(SubsistenceKind)),
        dice.random.choice([None, *WorkAbility, WorkAbility.FULL]),
        dice.month(-1, 30) if dice.chance(0.7) else None,
        dice.month(0, 3) if dice.chance(0.5) else None,
        dice.random.choice((date(2026, 7, 31), date(2026, 8, 1))),
    )


def _spells(dice: Dice, share: float) -> list[Spell]:
    if not dice.chance(share):
        return []
    days = {dice.near(0, 30, 100, 300, 700) for _ in range(dice.random.randint(1, 2))}
    return [Spell(day, is_open=dice.chance(0.75)) for day in sorted(days)]


def _drawn(dice: Dice) -> list[Drawn]:
    if not dice.chance(0.12):
        return []
    end = dice.month(-2, 2) if dice.chance(0.7) else None
    return [Drawn(dice.random.choice(list(BenefitKind)), dice.month(-1, 30), end)]


def _studies(dice: Dice) -> list[Study]:
    if not dice.chance(0.25):
        return []
    forms = [StudyForm.FULL_TIME, StudyForm.FULL_TIME, StudyForm.PART_TIME, None]
    graduated = dice.months_ago(0, 24, 24, 12) if dice.chance(0.85) else None
    if dice.chance(0.2):
        graduated = dice.near(0, -100)
    entered = dice.near(0, 900) if dice.chance(0.85) else None
    return [Study(entered, graduated, dice.random.choice(forms))]


def _paid(dice: Dice) -> list[Paid]:
    if not dice.chance(0.6):
        return []
    last = dice.month(0, 7)
    months = {last, *(last - dice.random.randint(0, 6) for _ in range(3))}
    return [
        Paid(month, employer, dice.random.choice((None, 0, 248_999, 249_000, 600_000)))
        for month in sorted(months)
        for employer in dice.random.sample(range(EMPLOYERS), dice.random.randint(1, 2))
    ]


def _marks(dice: Dice) -> list[Mark]:
    codes = (
        CategoryCode.ZERO_EMPLOYMENT_HOUSEHOLD,
        CategoryCode.HARD_TO_EMPLOY,
        CategoryCode.HARD_TO_EMPLOY,
        CategoryCode.GRADUATE,
    )
    chosen = {code for code in codes if dice.chance(0.2)}
    marks = []
    for code in sorted(chosen):
        start = dice.near(0, 200)
        end = None if dice.chance(0.5) else max(start, dice.near(0, 1, -400))
        marks.append(Mark(code, start, end))
    return marks


def _status(dice: Dice) -> Status:
    kinds = [*WorkStatus, WorkStatus.NOT_SEEKING, WorkStatus.TRANSFERRED]
    status = dice.random.choice(kinds)
    since = dice.near(0, 30, 100, 300, 700)
    return Status(status, since.replace(day=1) if dice.chance(0.5) else since)


def _files(dice: Dice) -> list[File]:
    if not dice.chance(0.55):
        return []
    file = File(
        dice.near(0, 4, 30, 100, 300),
        is_open=dice.chance(0.9),
        work_status=dice.random.choice([WorkStatus.UNEMPLOYED, *WorkStatus]),
        has_open_order=dice.chance(0.08),
        jobs=[_job(dice) for _ in range(dice.random.choice((0, 0, 0, 1, 2)))],
    )
    if dice.chance(0.7):
        file.last_contact_on = max(file.opened_on, dice.near(0, 5, 6, 22, 23, 24, 30, 40))
    if dice.chance(0.2):
        file.reopened_on = max(file.opened_on, dice.near(0, 30, 60))
    file.services = _services(dice, file)
    return [file]


def _services(dice: Dice, file: File) -> list[Given]:
    """From none to more than is owed, about the day the case was opened or opened again."""
    package = [kind for kind, count in DEFAULTS.service_package for _ in range(count)]
    given = dice.random.choice((package, package[1:], package[::2], [], [*package, "briefing"]))
    days = [file.opened_on, file.reopened_on or file.opened_on, file.reopened_on or dice.on]
    return [
        Given(
            ServiceKind(kind),
            max(file.opened_on, dice.random.choice(days) - timedelta(days=dice.chance(0.1))),
            is_removed=dice.chance(0.05),
        )
        for kind in given
    ]


def _job(dice: Dice) -> Job:
    started = dice.near(-3, 0, 5, 23, 83, 173, 180, 181, 300)
    return Job(
        started,
        ended_on=max(started, dice.near(1, 2)) if dice.chance(0.15) else None,
        is_removed=dice.chance(0.1),
        told_on=started + timedelta(days=dice.random.choice((0, 7, 8, 31)))
        if dice.chance(0.6)
        else None,
    )


def _stated(dice: Dice) -> list[Stated]:
    days = (None, date(1980, 1, 1), date(1980, 1, 1), date(1980, 1, 2))
    return [
        Stated(
            dice.random.choice(("王建国", "王建国", "王建国", "王建囯")), dice.random.choice(days)
        )
        for _ in range(dice.random.choice((0, 1, 1, 2, 3)))
    ]


def _form(dice: Dice, number: int) -> Form:
    differs = dice.random.choice((None, "name", "name,division"))
    return Form(f"00000000-0000-4000-8000-{number:012d}", differs, is_settled=dice.chance(0.4))


def store(connection: Connection, world: World) -> None:
    """Replace every fact by the world's; tasks stay, and so do the ids they point to."""
    postpone_references(connection)
    for table in FACTS:
        connection.execute(delete(table))
    rows: dict[type[Base], list[dict[str, Any]]] = {table: [] for table in reversed(FACTS)}
    for model, row in _rows(world):
        rows[model].append(row)
    for model, lines in rows.items():
        for group in _alike(lines):
            connection.execute(insert(model), group)


def store_orders(connection: Connection, world: World) -> None:
    """The assistance orders that are open or no longer are."""
    connection.execute(delete(Task).where(Task.kind == TaskKind.ASSISTANCE))
    orders = [
        {
            "resident_id": person.id,
            "case_id": case_id(person, file),
            "kind": TaskKind.ASSISTANCE,
            "cycle": f"order-{person.id}",
            "state": TaskState.OPEN,
            "raised_on": file.opened_on,
            "due_on": file.opened_on + timedelta(days=5),
            "provisional": False,
            "priority": 30,
            "pinned": False,
            "evidence": {},
            "created_at": NOON,
        }
        for person in world.people
        for file in person.files
        if file.has_open_order and file.is_open
    ]
    if orders:
        connection.execute(insert(Task), orders)


def store_clerk(connection: Connection) -> None:
    connection.execute(
        insert(Account),
        {
            "id": CLERK,
            "name": "clerk",
            "display_name": "数据专管员",
            "role": Role.CLERK,
            "division_code": DISTRICT,
            "password_hash": "unusable",
            "created_at": NOON,
            "failed_count": 0,
            "language": "zh",
            "large_type": False,
            "session_epoch": 0,
        },
    )


def _alike(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Rows with the same columns together, as one statement writes them."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(sorted(row)), []).append(row)
    return iter(groups.values())


Row = tuple[type[Base], dict[str, Any]]


def _rows(world: World) -> Iterator[Row]:
    numbers = count(1)
    yield from (_batch(OLD_BATCH), _batch(LATER_BATCH))
    for number in range(1, EMPLOYERS):
        yield PayingEmployer, {"id": number, "key": f"name:{number}", "name": f"公司{number}"}
    for place, month in world.closed:
        yield from _closed(place, month, next(numbers) + 10, InsuranceKind.EMPLOYEE_PENSION)
    # Another kind's month says nothing about the pension's.
    yield from _closed(
        DISTRICT, max(m for _, m in world.closed) + 1, 10, InsuranceKind.UNEMPLOYMENT
    )
    for person in world.people:
        yield from _about(person, numbers)


def _closed(place: str, month: int, batch: int, kind: InsuranceKind) -> Iterator[Row]:
    yield _batch(batch, source=Source.INSURANCE, month=month, kinds=[kind.value])
    yield (
        ClosedMonth,
        {
            "import_id": batch,
            "kind": kind,
            "month": month,
            "division_code": place,
            "division_end": subtree_end(place),
        },
    )


def _about(person: Person, numbers: Iterator[int]) -> Iterator[Row]:
    yield (
        Resident,
        {
            "id": person.id,
            "document_type": DocumentType.RESIDENT_ID,
            "name": "王建国",
            "pinyin": "wjg",
            "sex": person.sex,
            "born_on": person.born_on,
            "retirement_track": person.track,
            "lives_in": person.lives_in,
            "lives_in_basis": None if person.lives_in is None else LivesInBasis.HOUSEHOLD,
            "merged_into": 1 if person.is_merged else None,
            "created_at": NOON,
        },
    )
    yield from _batches(person)
    for model, row in (*_facts(person), *_outdated(person)):
        versions = {"brought_by": LATER_BATCH, "ended_by": None}
        yield model, {"id": next(numbers), "resident_id": person.id, **versions, **row}
    for model, row in _records(person):
        yield model, {"id": next(numbers), "resident_id": person.id, **row}
    yield from _insurance(person)
    for file in person.files:
        yield from _case(person, file, numbers)
    for form in person.forms:
        yield from _registration(person, form, numbers)


def _facts(person: Person) -> Iterator[Row]:
    if person.register:
        register = person.register
        batch = _register_batch(person)
        yield (
            RegisterEntry,
            {"status": register.status, "status_on": register.status_on, "brought_by": batch},
        )
    if person.support:
        yield Subsistence, {**_support_row(person.support), "brought_by": _support_batch(person)}
    for spell in person.unemployed:
        yield UnemploymentSpell, _spell_row(spell)
    for spell in person.employed:
        yield EmploymentSpell, _spell_row(spell)
    for drawn in person.drawn:
        yield BenefitSpell, vars(drawn)
    for study in person.studies:
        yield Degree, _study_row(study)
    for source, stated in zip(Source, person.stated, strict=False):
        yield (
            StatedIdentity,
            {"source": source, "name": stated.name_key, **vars(stated)},
        )


def _outdated(person: Person) -> Iterator[Row]:
    """What an earlier list said and a later one ended: nobody may heed it."""
    ended = {"brought_by": OLD_BATCH, "ended_by": LATER_BATCH}
    day = date(2026, 1, 5)
    if person.id % 5 == 0:
        yield RegisterEntry, {"status": RegisterStatus.DEAD, "status_on": day, **ended}
        support = Support(SubsistenceKind.DIBAO, WorkAbility.FULL, None, None, day)
        yield Subsistence, {**_support_row(support), **ended}
    if person.id % 5 == 1:
        yield UnemploymentSpell, {**_spell_row(Spell(day, is_open=True)), **ended}
        yield EmploymentSpell, {**_spell_row(Spell(day, is_open=True)), **ended}
    if person.id % 5 == 2:
        yield BenefitSpell, {**vars(Drawn(BenefitKind.PENSION, 24_300, None)), **ended}
        yield Degree, {**_study_row(Study(day, None, StudyForm.FULL_TIME)), **ended}
        yield (
            StatedIdentity,
            {"source": Source.HOUSEHOLD, "name": "李四", "name_key": "李四", "born_on": day}
            | ended,
        )


def _records(person: Person) -> Iterator[Row]:
    """What the office itself notes of a person."""
    for mark in person.marks:
        yield Category, {"basis": "台账", "created_at": NOON, **vars(mark)}
    noted = {"created_at": NOON}
    if person.status:
        yield StatusHistory, {**vars(person.status), "replaced_at": None, **noted}
    if person.id % 3 == 0:
        before = Status(WorkStatus.NOT_SEEKING, date(2026, 11, 1))
        yield StatusHistory, {**vars(before), "replaced_at": NOON, **noted}
    if person.household_confirmed or person.id % 7 == 0:
        yield from _household(person)


def _household(person: Person) -> Iterator[Row]:
    confirmed = person.household_confirmed
    yield (
        HouseholdMember,
        {
            "household_id": person.id,
            "is_head": True,
            "brought_by": OLD_BATCH,
            "ended_by": None if confirmed else LATER_BATCH,
        },
    )


def _support_row(support: Support) -> dict[str, Any]:
    return {"kind": support.kind, "ability": support.ability, "from_month": support.from_month}


def _spell_row(spell: Spell) -> dict[str, Any]:
    return {
        "registered_on": spell.registered_on,
        "is_open": spell.is_open,
        "ended_on": None if spell.is_open else spell.registered_on + timedelta(days=1),
    }


def _study_row(study: Study) -> dict[str, Any]:
    return {
        "level": EducationLevel.COLLEGE,
        "level_order": 4,
        "entered_on": study.entered_on,
        "graduated_on": study.graduated_on,
        "study_form": study.form,
    }


def _insurance(person: Person) -> Iterator[Row]:
    by_kind = {InsuranceKind.EMPLOYEE_PENSION: person.paid}
    if person.id % 4 == 0:
        # Medical insurance went on all the time: the pension's gap stays a gap.
        today = month_key(NOON.date())
        by_kind[InsuranceKind.EMPLOYEE_MEDICAL] = [
            Paid(month, 1, 500_000) for month in range(today - 6, today + 1)
        ]
    for kind, paid in by_kind.items():
        whose = {"resident_id": person.id, "kind": kind}
        for line in paid:
            yield Contribution, {**whose, "import_id": LATER_BATCH, **vars(line)}
        months = sorted({line.month for line in paid})
        if months:
            ends = {"first_month": months[0], "last_month": months[-1]}
            yield InsuranceStanding, {**whose, **ends, "months_paid": len(months)}


def case_id(person: Person, file: File) -> int:
    return person.id * 10 + person.files.index(file)


def _case(person: Person, file: File, numbers: Iterator[int]) -> Iterator[Row]:
    closed_on = max(file.opened_on, file.last_contact_on or file.opened_on)
    yield (
        Case,
        {
            "id": case_id(person, file),
            "resident_id": person.id,
            "origin": CaseOrigin.LEDGER if is_moved_in(person) else CaseOrigin.WORKER,
            "is_confirmed": True,
            "state": CaseState.OPEN if file.is_open else CaseState.CLOSED,
            "stage": _stage(file),
            "opened_on": file.opened_on,
            "reopened_on": file.reopened_on,
            "closed_on": None if file.is_open else closed_on,
            "close_reason": None if file.is_open else CloseReason.EMPLOYED,
            "last_contact_on": file.last_contact_on,
            "work_status": file.work_status,
            "causes": [],
            "obstacles": [],
            "created_at": NOON,
        },
    )
    for job in file.jobs:
        yield from _job_rows(person, case_id(person, file), job, next(numbers))
    for service in file.services:
        yield (
            ServiceItem,
            {
                "id": next(numbers),
                "case_id": case_id(person, file),
                "resident_id": person.id,
                "kind": service.kind,
                "delivered_on": service.delivered_on,
                "note": "台账",
                "removed_at": NOON if service.is_removed else None,
                "removed_by": CLERK if service.is_removed else None,
                "created_at": NOON,
            },
        )


def _stage(file: File) -> CaseStage:
    if not file.is_open:
        return CaseStage.CLOSED
    return CaseStage.PLACED if is_placed(file) else CaseStage.SERVING


def _job_rows(person: Person, case: int, job: Job, number: int) -> Iterator[Row]:
    if job.told_on:
        yield (
            Visit,
            {
                "id": number,
                "uuid": f"visit-{number}",
                "resident_id": person.id,
                "case_id": case,
                "visited_on": job.told_on,
                "channel": VisitChannel.PHONE,
                "reached": True,
                "recorded_by": CLERK,
                "next_step": "none",
                "causes": [],
                "obstacles": [],
                "created_at": NOON,
            },
        )
    yield (
        Placement,
        {
            "id": number,
            "case_id": case,
            "visit_id": number if job.told_on else None,
            "kind": PlacementKind.CONTRACT,
            "employer": "仓前中心小学",
            "started_on": job.started_on,
            "ended_on": job.ended_on,
            "removed_at": NOON if job.is_removed else None,
            "created_at": NOON,
        },
    )


def _registration(person: Person, form: Form, numbers: Iterator[int]) -> Iterator[Row]:
    number = next(numbers)
    yield (
        Registration,
        {
            "id": number,
            "uuid": form.uuid,
            "state": RegistrationState.CONFIRMED if form.is_settled else RegistrationState.RECEIVED,
            "division_code": COMMUNITY,
            "submitted_on": person.files[0].opened_on,
            "resident_id": person.id,
            "case_id": case_id(person, person.files[0]),
            "document_type": DocumentType.RESIDENT_ID,
            "name_sealed": "王建国",
            "phone_sealed": "13800000000",
            "phone_index": "x",
            "status": WorkStatus.UNEMPLOYED,
            "answers": {},
            "differs": form.differs,
            "receipt_hash": f"receipt-{number}",
            "confirmed_how": ConfirmedBy.VOICE if form.is_settled else None,
            "settled_by": CLERK if form.is_settled else None,
            "settled_at": NOON if form.is_settled else None,
            "created_at": NOON,
        },
    )


def _register_batch(person: Person) -> int:
    return 1_000_000 + person.id


def _support_batch(person: Person) -> int:
    return 2_000_000 + person.id


def _batches(person: Person) -> Iterator[Row]:
    if person.register:
        yield _batch(_register_batch(person), on=person.register.came_on)
    if person.support:
        month = person.support.batch_month
        yield _batch(_support_batch(person), on=person.support.came_on, month=month)
    if person.household_confirmed or person.id % 7 == 0:
        yield (
            Household,
            {
                "id": person.id,
                "number": f"H{person.id}",
                "zero_employment_confirmed_on": date(2024, 1, 1),
                "zero_employment_confirmed_by": CLERK,
                "created_at": NOON,
            },
        )


def _batch(
    number: int,
    *,
    on: date = date(2026, 8, 1),
    source: Source = Source.HOUSEHOLD,
    month: int | None = None,
    kinds: Iterable[str] = (),
) -> Row:
    # Half an hour past midnight in the office is still yesterday in UTC.
    moment = datetime.combine(on, time(0, 30), tzinfo=OFFICE)
    return ImportBatch, {
        "id": number,
        "source": source,
        "state": BatchState.APPLIED,
        "file_name": "名册.xlsx",
        "sha256": f"{number:064x}",
        "repeat": 0,
        "size_bytes": 1000,
        "division_code": DISTRICT,
        "kinds": list(kinds),
        "month": month,
        "filed_by": CLERK,
        "departures_confirmed": False,
        "counts": {},
        "reasons": {},
        "warnings": {},
        "progress": {},
        "applied_at": moment,
        "created_at": moment,
    }
