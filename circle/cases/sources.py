"""What each source says about a resident and since when; where they contradict each other. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo
from enum import StrEnum

from models.cases import Case
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
from models.residents import Resident, StatedIdentity, StatusHistory
from models.vocabulary.cases import Stance
from models.vocabulary.facts import DEPARTED, BenefitKind, Source
from models.vocabulary.months import month_key, month_text
from models.vocabulary.residents import WorkStatus

# What a status somebody here recorded says about work; the others say nothing.
STANCES = {
    WorkStatus.UNEMPLOYED: Stance.IDLE,
    WorkStatus.NOT_SEEKING: Stance.IDLE,
    WorkStatus.EMPLOYED: Stance.WORKS,
    WorkStatus.FLEXIBLE: Stance.WORKS,
    WorkStatus.SELF_EMPLOYED: Stance.WORKS,
}


class Saying(StrEnum):
    """Which sentence a statement is read as; the template holds the words."""

    REGISTER = "register"
    SUBSISTENCE = "subsistence"
    INSURANCE = "insurance"
    UNEMPLOYED = "unemployed"
    EMPLOYED = "employed"
    BENEFIT = "benefit"
    DEGREE = "degree"
    CASE = "case"
    STATUS = "status"
    LIVES_IN = "lives_in"


class Question(StrEnum):
    NAME = "name"
    BIRTH = "birth"
    HOME = "home"
    WORK = "work"


@dataclass(frozen=True)
class Claim:
    """`source` None: recorded here by a worker. `since` is a day, or a month's YYYY-MM."""

    source: Source | None
    saying: Saying
    fact: object
    since: str | None
    brought_by: int | None = None


@dataclass(frozen=True)
class Side:
    """One source's answer; `answer` is what is compared, `note` what it rests on."""

    source: Source | None
    answer: object
    note: str | None = None


@dataclass(frozen=True)
class Conflict:
    """Sources that answer one question differently, side by side."""

    question: Question
    sides: Sequence[Side]
    is_settled: bool = False  # a worker has confirmed one of the answers


@dataclass(frozen=True)
class Facts:
    """Everything that stands about one resident, loaded."""

    resident: Resident
    identities: Sequence[StatedIdentity] = ()
    register: RegisterEntry | None = None
    subsistence: Subsistence | None = None
    unemployment: Sequence[UnemploymentSpell] = ()
    employment: Sequence[EmploymentSpell] = ()
    benefits: Sequence[BenefitSpell] = ()
    degrees: Sequence[Degree] = ()
    standings: Sequence[InsuranceStanding] = ()
    status: StatusHistory | None = None
    case: Case | None = None
    # (newest closed month of the employee pension, who paid it for the resident then)
    newest_paid: tuple[int, str | None] | None = None
    batches: Mapping[int, ImportBatch] = field(default_factory=dict)
    zone: tzinfo = UTC  # where the days of instants are read

    @property
    def has_departed(self) -> bool:
        return self.register is not None and self.register.status in DEPARTED


def claims(facts: Facts) -> list[Claim]:
    """In the order of `Source`, what was recorded here last."""
    return [*_of_bureaus(facts), *_of_benefits(facts), *_of_the_office(facts)]


def _of_bureaus(facts: Facts) -> Iterable[Claim]:
    entry, support = facts.register, facts.subsistence
    if entry:
        since = _day(entry.status_on)
        yield Claim(Source.HOUSEHOLD, Saying.REGISTER, entry, since, entry.brought_by)
    if support:
        since = _month(support.from_month)
        yield Claim(Source.SUBSISTENCE, Saying.SUBSISTENCE, support, since, support.brought_by)
    for standing in facts.standings:
        since = _month(standing.first_month)
        yield Claim(Source.INSURANCE, Saying.INSURANCE, standing, since)
    for idle in facts.unemployment:
        since = _day(idle.registered_on)
        yield Claim(Source.UNEMPLOYMENT, Saying.UNEMPLOYED, idle, since, idle.brought_by)
    for job in facts.employment:
        since = _day(job.registered_on)
        yield Claim(Source.EMPLOYMENT, Saying.EMPLOYED, job, since, job.brought_by)


def _of_benefits(facts: Facts) -> Iterable[Claim]:
    for spell in facts.benefits:
        since = _month(spell.from_month)
        yield Claim(Source.BENEFITS, Saying.BENEFIT, spell, since, spell.brought_by)
    for degree in facts.degrees:
        since = _day(degree.graduated_on)
        yield Claim(Source.EDUCATION, Saying.DEGREE, degree, since, degree.brought_by)


def _of_the_office(facts: Facts) -> Iterable[Claim]:
    case, status, home = facts.case, facts.status, facts.resident.confirmed_division
    if case:
        source = Source.CASELOAD if case.brought_by else None
        yield Claim(source, Saying.CASE, case, _day(case.opened_on), case.brought_by)
    if status:
        source = Source.CASELOAD if status.brought_by else None
        yield Claim(source, Saying.STATUS, status, _day(status.since_on), status.brought_by)
    if home:
        at = facts.resident.confirmed_division_at
        yield Claim(
            None, Saying.LIVES_IN, home, _day(at.astimezone(facts.zone).date() if at else None)
        )


def conflicts(facts: Facts, on: date) -> list[Conflict]:
    """Questions the sources answer differently; none has an answer until a person gives it."""
    found = (_about_name(facts), _about_birth(facts), _about_home(facts), _about_work(facts, on))
    return [conflict for conflict in found if conflict]


def _about_name(facts: Facts) -> Conflict | None:
    if len({identity.name_key for identity in facts.identities}) < 2:  # noqa: PLR2004 - two sides
        return None
    sides = [Side(identity.source, identity.name) for identity in facts.identities]
    return Conflict(Question.NAME, sides)


def _about_birth(facts: Facts) -> Conflict | None:
    """Every date is compared with the document's own."""
    stated = [identity for identity in facts.identities if identity.born_on]
    if not {identity.born_on for identity in stated} - {facts.resident.born_on}:
        return None
    sides = [Side(identity.source, identity.born_on) for identity in stated]
    return Conflict(Question.BIRTH, [Side(None, facts.resident.born_on), *sides])


def _about_home(facts: Facts) -> Conflict | None:
    """A grid inside a community contradicts nothing; a register elsewhere does."""
    sides = list(_homes(facts))
    codes = {str(side.answer) for side in sides}
    if all(_nested(one, other) for one in codes for other in codes):
        return None
    is_settled = facts.resident.confirmed_division is not None
    return Conflict(Question.HOME, sides, is_settled=is_settled)


def _homes(facts: Facts) -> Iterable[Side]:
    case, register = facts.case, facts.register
    if facts.resident.confirmed_division:
        yield Side(None, facts.resident.confirmed_division)
    if case and case.stated_division:
        yield Side(Source.CASELOAD if case.brought_by else None, case.stated_division)
    for spell in facts.unemployment:
        if spell.is_open and spell.lives_in:
            yield Side(Source.UNEMPLOYMENT, spell.lives_in, _day(spell.registered_on))
    if register and register.division_code:
        yield Side(Source.HOUSEHOLD, register.division_code, _day(register.status_on))


def _nested(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _about_work(facts: Facts, on: date) -> Conflict | None:
    sides = [*_registered_work(facts), *_paid_work(facts, on), *_recorded_work(facts)]
    return Conflict(Question.WORK, sides) if len({side.answer for side in sides}) > 1 else None


def _registered_work(facts: Facts) -> Iterable[Side]:
    for spell in facts.unemployment:
        if spell.is_open:
            yield Side(Source.UNEMPLOYMENT, Stance.IDLE, _day(spell.registered_on))
    for job in facts.employment:
        if job.is_open:
            yield Side(Source.EMPLOYMENT, Stance.WORKS, job.employer or _day(job.registered_on))


def _paid_work(facts: Facts, on: date) -> Iterable[Side]:
    if facts.newest_paid:
        month, employer = facts.newest_paid
        yield Side(Source.INSURANCE, Stance.WORKS, f"{month_text(month)} {employer or ''}".strip())
    for benefit in facts.benefits:
        if benefit.kind is BenefitKind.UNEMPLOYMENT_BENEFIT and _is_drawn(benefit, on):
            yield Side(Source.BENEFITS, Stance.IDLE, _month(benefit.from_month))


def _recorded_work(facts: Facts) -> Iterable[Side]:
    """The status history; a case alone tells it where there is none."""
    if facts.status:
        source = Source.CASELOAD if facts.status.brought_by else None
        recorded, since = facts.status.status, _day(facts.status.since_on)
    elif facts.case and facts.case.is_open:
        source = Source.CASELOAD if facts.case.brought_by else None
        recorded, since = facts.case.work_status, None
    else:
        return
    if recorded in STANCES:
        yield Side(source, STANCES[recorded], since)


def _is_drawn(benefit: BenefitSpell, on: date) -> bool:
    """The end month is still drawn."""
    month = month_key(on)
    return benefit.from_month <= month and (benefit.to_month is None or month <= benefit.to_month)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _month(month: int | None) -> str | None:
    return None if month is None else month_text(month)
