"""The rules once more, slow and plain, read from the office's own words and not from the SQL.

Where those words are silent, `silent:` says what was settled.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from models.policy import Policy
from models.vocabulary.facts import (
    DEPARTED,
    BenefitKind,
    RegisterStatus,
    StudyForm,
    SubsistenceKind,
    WorkAbility,
)
from models.vocabulary.months import add_months, first_day, month_key, month_text
from models.vocabulary.residents import CategoryCode, RetirementTrack, Sex, WorkStatus
from models.vocabulary.services import ServiceKind
from models.vocabulary.tasks import TaskKind, TaskState

Work = Callable[[date, int], date]
MOVED_IN_ON = date(2026, 11, 21)
EVERY_KIND = frozenset(TaskKind) - {TaskKind.ASSISTANCE}
HANDLED = frozenset({TaskState.DONE, TaskState.DISMISSED})


@dataclass
class Registered:
    """A line of the household register, and the day its list came."""

    status: RegisterStatus
    status_on: date | None = None
    came_on: date = date(2026, 1, 1)


@dataclass
class Support:
    kind: SubsistenceKind
    ability: WorkAbility | None
    from_month: int | None
    batch_month: int | None
    came_on: date  # the day its list came


@dataclass
class Spell:
    """A registration as unemployed or as employed."""

    registered_on: date
    is_open: bool


@dataclass
class Drawn:
    kind: BenefitKind
    from_month: int
    to_month: int | None


@dataclass
class Study:
    entered_on: date | None
    graduated_on: date | None
    form: StudyForm | None


@dataclass
class Paid:
    month: int
    employer_id: int
    base_fen: int | None


@dataclass
class Mark:
    code: CategoryCode
    from_on: date
    to_on: date | None


@dataclass
class Status:
    status: WorkStatus
    since_on: date


@dataclass
class Job:
    """A placement, and the day of the visit that told of it."""

    started_on: date
    ended_on: date | None = None
    is_removed: bool = False
    told_on: date | None = None


@dataclass
class Given:
    """A service of the ledger."""

    kind: ServiceKind
    delivered_on: date
    is_removed: bool = False


@dataclass
class File:
    """A case."""

    opened_on: date
    is_open: bool = True
    last_contact_on: date | None = None
    work_status: WorkStatus = WorkStatus.UNEMPLOYED
    has_open_order: bool = False
    jobs: list[Job] = field(default_factory=list)
    reopened_on: date | None = None
    services: list[Given] = field(default_factory=list)


@dataclass
class Stated:
    name_key: str
    born_on: date | None


@dataclass
class Form:
    """A mini-form that was sent in."""

    uuid: str
    differs: str | None
    is_settled: bool


@dataclass
class Person:
    """All that is known of a resident; only what nothing has ended."""

    id: int
    sex: Sex
    born_on: date
    track: RetirementTrack | None = None
    lives_in: str | None = None
    register: Registered | None = None
    support: Support | None = None
    unemployed: list[Spell] = field(default_factory=list)
    employed: list[Spell] = field(default_factory=list)
    drawn: list[Drawn] = field(default_factory=list)
    studies: list[Study] = field(default_factory=list)
    paid: list[Paid] = field(default_factory=list)  # employee pension
    marks: list[Mark] = field(default_factory=list)
    household_confirmed: bool = False
    status: Status | None = None
    files: list[File] = field(default_factory=list)
    stated: list[Stated] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    is_merged: bool = False

    @property
    def file(self) -> File | None:
        return next((file for file in self.files if file.is_open), None)


@dataclass(frozen=True)
class Found:
    """A duty: who must be seen to, why, and since when it is known."""

    resident_id: int
    kind: TaskKind
    cycle: str
    priority: int
    due_on: date | None = None  # None: so many working days after it is raised
    working_days: int = 0


@dataclass
class World:
    """Everybody, and the months of the employee pension that are closed, by division."""

    people: list[Person]
    closed: list[tuple[str, int]]
    policy: Policy

    def closed_months(self, person: Person) -> list[int]:
        """Closed for where the person lives, the newest first."""
        if person.lives_in is None:
            return []
        months = {month for place, month in self.closed if person.lives_in.startswith(place)}
        return sorted(months, reverse=True)


def duties(world: World, on: date) -> Iterator[Found]:
    """All that is due on the day, whatever has been handled before."""
    # silent: a resident merged into another is nobody any more.
    for person in (person for person in world.people if not person.is_merged):
        yield from visit(person, on, world.policy)
        yield from insurance_lapse(person, on, world)
        yield from first_registration(person, on, world)
        yield from follow_up(person, on, world.policy)
        yield from service_gap(person, on, world.policy)
        for cycle in anomalies(person, on, world):
            yield Found(
                person.id,
                TaskKind.ANOMALY,
                cycle,
                world.policy.priority_anomaly,
                working_days=world.policy.act_days_anomaly,
            )


def visit(person: Person, on: date, policy: Policy) -> Iterator[Found]:
    file = person.file
    # silent: a case opened in the future has no visit yet.
    if file is None or departed(person) or file.opened_on > on:
        return
    if file.has_open_order or any(_follows_up(job, on, policy) for job in file.jobs):
        return
    days, priority = _standing(person, on, policy)
    if file.last_contact_on is None:
        due = file.opened_on + timedelta(days=policy.first_service_days)
        cycle = f"opened:{file.opened_on}"
    else:
        due = file.last_contact_on + timedelta(days=days)
        cycle = f"since:{file.last_contact_on}"
        if on < due - timedelta(days=min(policy.visit_lead_days, days // 3)):
            return
    yield Found(person.id, TaskKind.VISIT, cycle, priority, due_on=due)


def insurance_lapse(person: Person, on: date, world: World) -> Iterator[Found]:
    closed = world.closed_months(person)
    if not closed or not person.paid:
        return
    last = max(paid.month for paid in person.paid)
    if closed[0] - last < world.policy.lapse_months:
        return
    if _lapse_is_excused(person, on, first_day(last + 1), world.policy):
        return
    yield Found(
        person.id,
        TaskKind.INSURANCE_LAPSE,
        f"employee_pension:{month_text(last + 1)}",
        world.policy.priority_lapse,
        working_days=world.policy.act_days_lapse,
    )


def first_registration(person: Person, on: date, world: World) -> Iterator[Found]:
    # silent: somebody whose division was never loaded does not live in the district.
    if person.lives_in is None or person.file is not None:
        return
    if not of_working_age(person, on, world.policy) or departed(person):
        return
    if draws(person, on, BenefitKind.PENSION) or is_student(person, on):
        return
    # silent: a signal dated later than today is none yet.
    signals = [day for day in _signals(person, on, world) if day <= on]
    if not signals or _said(person, max(signals), WorkStatus.NOT_SEEKING):
        return
    yield Found(
        person.id,
        TaskKind.FIRST_REGISTRATION,
        max(signals).isoformat(),
        world.policy.priority_first_registration,
        working_days=world.policy.act_days_first_registration,
    )


def anomalies(person: Person, on: date, world: World) -> Iterator[str]:
    file = person.file
    if not departed(person):
        yield from _insured(person, world)
        yield from _contradicted(person)
        if file is not None and retires_on(person, world.policy) <= on:
            yield f"retired_with_case:{retires_on(person, world.policy)}"
    elif file is not None and person.register is not None:
        # silent: without its day it became so when the list that says so came.
        since = person.register.status_on or person.register.came_on
        yield f"departed_with_case:{since}"


def _insured(person: Person, world: World) -> Iterator[str]:
    """Paid for although somebody says otherwise, or the other way round."""
    closed = world.closed_months(person)
    newest = [paid for paid in person.paid if closed and paid.month == closed[0]]
    # silent: nobody's own payment counts, an employer has to be named.
    if _any_open(person.unemployed) and any(paid.employer_id for paid in newest):
        yield f"unemployed_but_insured:{month_text(closed[0])}"
    wages = [paid.base_fen or 0 for paid in newest]
    draws_dibao = person.support is not None and person.support.kind is SubsistenceKind.DIBAO
    if draws_dibao and wages and max(wages) >= world.policy.minimum_wage_fen:
        yield f"subsistence_but_insured:{month_text(closed[0])}"
    if _any_open(person.employed) and person.paid and closed:
        last = max(paid.month for paid in person.paid)
        if closed[0] - last >= world.policy.employed_lapse_months:
            yield f"employed_but_lapsed:{month_text(last + 1)}"


def _contradicted(person: Person) -> Iterator[str]:
    if len({stated.name_key for stated in person.stated}) > 1:
        yield "sources_disagree:name"
    if len({stated.born_on for stated in person.stated if stated.born_on}) > 1:
        yield "sources_disagree:birth"
    for form in person.forms:
        # silent: once a worker has settled the form there is no question left.
        if form.differs and not form.is_settled:
            yield f"registration_differs:{form.uuid}"


def follow_up(person: Person, on: date, policy: Policy) -> Iterator[Found]:
    # silent: the departed are not followed up, their anomaly asks.
    if person.file is None or departed(person):
        return
    steps = {
        (job.started_on, days)
        for job in person.file.jobs
        for days in policy.follow_up_days
        if job.ended_on is None and not job.is_removed and _is_asked(job, days, on)
    }
    for started_on, days in sorted(steps):
        yield Found(
            person.id,
            TaskKind.FOLLOW_UP,
            f"{started_on}+{days}",
            policy.priority_follow_up,
            due_on=started_on + timedelta(days=days),
        )


def service_gap(person: Person, on: date, policy: Policy) -> Iterator[Found]:
    file = person.file
    # silent: the departed are owed nothing any more, their anomaly asks.
    if file is None or departed(person) or is_placed(file):
        return
    # silent: what was given before the case was opened again belongs to the spell before.
    since = file.reopened_on or file.opened_on
    given = [
        service.kind
        for service in file.services
        if service.delivered_on >= since and not service.is_removed
    ]
    is_owed = any(given.count(ServiceKind(kind)) < count for kind, count in policy.service_package)
    # silent: what was given before a ledger moved the case in is not known.
    known_since = max(since, MOVED_IN_ON) if is_moved_in(person) else since
    if is_owed and on >= known_since + timedelta(days=policy.service_gap_days):
        yield Found(
            person.id,
            TaskKind.SERVICE_GAP,
            f"package:{since}",
            policy.priority_service_gap,
            working_days=policy.act_days_service_gap,
        )


def is_moved_in(person: Person) -> bool:
    """By the ledger; the others' cases were opened here."""
    return person.id % 3 == 0


def is_placed(file: File) -> bool:
    return any(job.ended_on is None and not job.is_removed for job in file.jobs)


def departed(person: Person) -> bool:
    return person.register is not None and person.register.status in DEPARTED


def draws(person: Person, on: date, *kinds: BenefitKind) -> bool:
    """The end month is still drawn."""
    month = month_key(on)
    return any(
        drawn.kind in kinds
        and drawn.from_month <= month
        and (drawn.to_month is None or month <= drawn.to_month)
        for drawn in person.drawn
    )


def is_student(person: Person, on: date) -> bool:
    return any(
        study.form is StudyForm.FULL_TIME
        and study.entered_on is not None
        and study.entered_on <= on
        and (study.graduated_on is None or study.graduated_on > on)
        for study in person.studies
    )


def retires_on(person: Person, policy: Policy) -> date:
    """Men 60 to 63, women 55 to 58 or 50 to 55; a woman of unknown track on the later one."""
    name = "man_60"
    if person.sex is Sex.FEMALE:
        is_worker = person.track is RetirementTrack.WOMAN_50
        name = "woman_50" if is_worker else "woman_55"
    tracks = {row[0]: row[1:] for row in policy.retirement_tracks}
    age, first_moving, births_a_step, last_age = tracks[name]
    cohort = first_moving
    while cohort <= month_key(person.born_on):
        age, cohort = age + 1, cohort + births_a_step
    return add_months(person.born_on, min(age, last_age))


def of_working_age(person: Person, on: date, policy: Policy) -> bool:
    came_of_age = add_months(person.born_on, policy.labour_age * 12)
    return came_of_age <= on < retires_on(person, policy)


def _standing(person: Person, on: date, policy: Policy) -> tuple[int, int]:
    """The interval between visits in days, and the priority."""
    held = {
        mark.code
        for mark in person.marks
        if mark.from_on <= on and (mark.to_on is None or on <= mark.to_on)
    }
    if CategoryCode.ZERO_EMPLOYMENT_HOUSEHOLD in held or person.household_confirmed:
        return policy.visit_days_zero_employment, policy.priority_zero_employment
    if CategoryCode.HARD_TO_EMPLOY in held:
        return policy.visit_days_hard_to_employ, policy.priority_hard_to_employ
    return policy.visit_days_other, policy.priority_other_visit


def _follows_up(job: Job, on: date, policy: Policy) -> bool:
    """Between a placement and its last follow-up."""
    end = job.started_on + timedelta(days=max(policy.follow_up_days))
    return job.ended_on is None and not job.is_removed and job.started_on <= on <= end


def _is_asked(job: Job, days: int, on: date) -> bool:
    due = job.started_on + timedelta(days=days)
    appears = due - timedelta(days=min(7, days // 3))
    # silent: what was due before anybody told us of the job is not asked any more.
    return appears <= on and not (job.told_on is not None and due < job.told_on)


def _lapse_is_excused(person: Person, on: date, first_missing: date, policy: Policy) -> bool:
    # silent: a case whose work status is unemployed excuses, as the visits have the person.
    has_visits = person.file is not None and person.file.work_status is WorkStatus.UNEMPLOYED
    return (
        departed(person)
        or draws(person, on, BenefitKind.PENSION, BenefitKind.UNEMPLOYMENT_BENEFIT)
        or not of_working_age(person, on, policy)
        or is_student(person, on)
        or _any_open(person.unemployed)
        or has_visits
        or _said(person, first_missing, WorkStatus.TRANSFERRED, WorkStatus.NOT_SEEKING)
    )


def _said(person: Person, since: date, *statuses: WorkStatus) -> bool:
    # silent: what counts is today's work status, not an older line of the history.
    status = person.status
    return status is not None and status.status in statuses and status.since_on >= since


def _signals(person: Person, on: date, world: World) -> Iterator[date]:
    closed = world.closed_months(person)
    paid = {line.month for line in person.paid}
    support = person.support
    # silent: without a closed month nothing is known to be paid, so the signal holds.
    if support is not None and _may_work(support) and not paid & set(closed[:1]):
        yield _start(support)
    yield from (spell.registered_on for spell in person.unemployed if spell.is_open)
    since = add_months(on, -world.policy.graduate_months)
    if not paid & set(closed[: world.policy.graduate_uninsured_months]):
        graduated = (study.graduated_on for study in person.studies)
        yield from (day for day in graduated if day is not None and since <= day <= on)


def _may_work(support: Support) -> bool:
    is_signal = support.kind in {SubsistenceKind.DIBAO, SubsistenceKind.NEAR_DIBAO}
    return is_signal and support.ability is not WorkAbility.NONE


def _start(support: Support) -> date:
    """silent: without a start, the month of the list, else the month the list came."""
    for month in (support.from_month, support.batch_month):
        if month is not None:
            return first_day(month)
    return support.came_on.replace(day=1)


def _any_open(spells: list[Spell]) -> bool:
    return any(spell.is_open for spell in spells)


@dataclass
class Line:
    """A to-do line as the sweeps should have left it."""

    state: TaskState
    due_on: date
    priority: int


Ledger = dict[tuple[int, TaskKind, str], Line]


def sweep(ledger: Ledger, world: World, on: date, work: Work) -> None:
    """What the to-do lists look like after a sweep; `work` counts working days."""
    settled = _newest_settled(ledger)
    found = {
        (duty.resident_id, duty.kind, duty.cycle): duty
        for duty in duties(world, on)
        if duty.kind is not TaskKind.FIRST_REGISTRATION
        or duty.cycle > settled.get(duty.resident_id, "")
    }
    for key, duty in found.items():
        line = ledger.get(key)
        due = duty.due_on or work(on, duty.working_days)
        if line is None or line.state is TaskState.WITHDRAWN:
            ledger[key] = Line(TaskState.OPEN, due, duty.priority)
        elif line.state is TaskState.OPEN:
            line.priority, line.due_on = duty.priority, duty.due_on or line.due_on
    for key, line in ledger.items():
        if line.state is TaskState.OPEN and key not in found and key[1] in EVERY_KIND:
            line.state = TaskState.WITHDRAWN


def _newest_settled(ledger: Ledger) -> dict[int, str]:
    """By resident the newest signal that was handled: it silences the older ones as well."""
    settled: dict[int, str] = {}
    for (resident_id, kind, cycle), line in ledger.items():
        if kind is TaskKind.FIRST_REGISTRATION and line.state in HANDLED:
            settled[resident_id] = max(cycle, settled.get(resident_id, ""))
    return settled
