"""Whom posts are looked for: what counts of a person and their wish, read in a few statements."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    and_,
    cast,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from models.cases import Case
from models.facts import Degree
from models.matching import Term, WishTerm
from models.places import Division, WalkOrigin
from models.policy import Policy
from models.referrals import Resume
from models.residents import Category, Intention, Resident
from models.vocabulary.cases import CaseStage, CaseState
from models.vocabulary.facts import EducationLevel
from models.vocabulary.residents import WishedHours, WorkStatus
from reminders.retirement import is_of_working_age

COMMUNITY_LENGTH, STREET_LENGTH = 12, 9
PER_CENT = 100
# The rarest words of a long wish say what it is about.
WORDS_AT_MOST = 8
BETWEEN = ","
LEVELS = tuple(EducationLevel)  # the highest first
HOME = func.coalesce(Resident.lives_in, Resident.registered_division)
NOT_SEEKING = (WorkStatus.NOT_SEEKING, WorkStatus.TRANSFERRED)


@dataclass(frozen=True)
class Seeker:
    """`education` counts from 1, the highest; `words` are terms with what each is worth."""

    case_id: int
    resident_id: int
    home: str
    is_reckoned: bool  # walks from their community are known
    kinds: frozenset[str]
    hours: WishedHours | None
    pay_fen: int | None
    minutes: int | None
    education: int | None
    skills: str  # all that was said of them, certificates included
    categories: frozenset[str] = frozenset()
    words: Mapping[int, int] = field(default_factory=dict)

    @property
    def community(self) -> str:
        return self.home[:COMMUNITY_LENGTH]

    @property
    def street(self) -> str:
        return self.home[:STREET_LENGTH]

    def metres(self, policy: Policy) -> int:
        """How far they would walk at most."""
        most = policy.match_minutes
        minutes = most if self.minutes is None else min(self.minutes, most)
        return minutes * policy.walking_metres_a_minute


@lru_cache(maxsize=4)
def seeks(on: date, policy: Policy) -> ColumnElement[bool]:
    """Over Case and Resident: served, not placed, willing, of the age the law sets."""
    return and_(
        Case.state == CaseState.OPEN,
        Case.stage != CaseStage.PLACED,
        Case.work_status.not_in(NOT_SEEKING),
        Resident.merged_into.is_(None),
        HOME.is_not(None),
        is_of_working_age(on, policy),
    )


def seeker_of(session: Session, case_id: int, on: date, policy: Policy) -> Seeker | None:
    """None for a case nobody looks for posts for."""
    return next(read(session, on, Case.id == case_id, seeks(on, policy)), None)


def person_of(session: Session, case_id: int, on: date) -> Seeker | None:
    """Whoever the case is of, whether or not posts are looked for."""
    return next(read(session, on, Case.id == case_id), None)


def read(session: Session, on: date, *which: ColumnElement[bool]) -> Iterator[Seeker]:
    """Two statements, however many there are."""
    rows = session.execute(_persons(on).where(*which)).all()
    words = _words(session, [row.intention_id for row in rows if row.intention_id])
    for row in rows:
        yield _seeker(row, words.get(row.intention_id, {}))


@lru_cache(maxsize=4)
def _persons(on: date) -> Select[*tuple[Any, ...]]:
    """Built once a day: building takes longer than asking."""
    community = func.substr(HOME, 1, COMMUNITY_LENGTH)
    reckoned = exists().where(
        WalkOrigin.division_code == community,
        Division.code == WalkOrigin.division_code,
        WalkOrigin.latitude == Division.latitude,
        WalkOrigin.longitude == Division.longitude,
    )
    return (
        select(
            Case.id,
            Case.resident_id,
            HOME.label("home"),
            reckoned.label("is_reckoned"),
            Intention.id.label("intention_id"),
            Intention.kinds,
            Intention.hours,
            Intention.pay_fen,
            Intention.minutes,
            Intention.skills,
            Resume.skills.label("told"),
            Resume.certificates,
            Resume.education,
            _degree(on).label("degree"),
            _categories(on).label("categories"),
        )
        .join(Resident, Resident.id == Case.resident_id)
        .outerjoin(
            Intention,
            and_(Intention.resident_id == Case.resident_id, Intention.replaced_at.is_(None)),
        )
        .outerjoin(
            Resume, and_(Resume.resident_id == Case.resident_id, Resume.replaced_at.is_(None))
        )
        .order_by(Case.id)
    )


def _degree(on: date) -> ColumnElement[int | None]:
    """The highest that is finished; one without a day counts as finished."""
    return (
        select(func.min(Degree.level_order))
        .where(
            Degree.resident_id == Case.resident_id,
            Degree.ended_by.is_(None),
            or_(Degree.graduated_on.is_(None), Degree.graduated_on <= on),
        )
        .scalar_subquery()
    )


def _seeker(row: Row[Any], words: Mapping[int, int]) -> Seeker:
    told = [LEVELS.index(row.education) + 1] if row.education else []
    known = [row.degree] if row.degree else []
    skills = [row.skills, row.told, *(row.certificates or [])]
    return Seeker(
        case_id=row.id,
        resident_id=row.resident_id,
        home=row.home or "",
        is_reckoned=row.is_reckoned,
        kinds=frozenset(row.kinds or []),
        hours=row.hours,
        pay_fen=row.pay_fen,
        minutes=row.minutes,
        education=min(told + known, default=None),
        skills=" ".join(part for part in skills if part),
        categories=frozenset(row.categories.split(BETWEEN) if row.categories else ()),
        words=words,
    )


def _categories(on: date) -> ColumnElement[str | None]:
    """Those in force, one behind the other."""
    return (
        select(func.aggregate_strings(cast(Category.code, String), BETWEEN))
        .where(
            Category.resident_id == Case.resident_id,
            Category.from_on <= on,
            or_(Category.to_on.is_(None), Category.to_on >= on),
        )
        .scalar_subquery()
    )


def _words(session: Session, intention_ids: Sequence[int]) -> dict[int, dict[int, int]]:
    found: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for some in _slices(intention_ids):
        query = select(WishTerm.intention_id, Term.id, WishTerm.weight, Term.idf).join(
            Term, Term.id == WishTerm.term_id
        )
        wanted = query.where(WishTerm.intention_id.in_(some), Term.idf > 0)
        for intention_id, term_id, weight, idf in session.execute(wanted):
            found[intention_id][term_id] = weight * idf // PER_CENT
    return {intention_id: _chief(words) for intention_id, words in found.items()}


def _chief(words: dict[int, int]) -> dict[int, int]:
    if len(words) <= WORDS_AT_MOST:
        return words
    return dict(sorted(words.items(), key=lambda word: (-word[1], word[0]))[:WORDS_AT_MOST])


def _slices(ids: Sequence[int], most: int = 5000) -> Iterable[Sequence[int]]:
    return (ids[start : start + most] for start in range(0, len(ids), most))
