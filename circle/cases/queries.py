"""The caseload list: which cases stand in it, how many, and what each line tells.

A count and its list are the same condition, so that a figure cannot disagree with what it opens.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    and_,
    case,
    exists,
    func,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from circle.access.permissions import Permission
from circle.access.scope import visible_to
from circle.cases.filters import NOBODY, Caseload, Place
from circle.cases.search import found_by
from circle.places.queries import names_of
from circle.privacy.masking import age
from models.cases import Case
from models.places import within
from models.residents import Category, Intention, Resident
from models.staff import Account, Coverage
from models.tasks import Task
from models.vocabulary.cases import (
    CONTACT_GAP_DAYS,
    CaseOrder,
    CaseStage,
    CaseState,
    ContactGap,
)
from models.vocabulary.places import ancestors_of
from models.vocabulary.residents import CategoryCode
from models.vocabulary.staff import Role
from reminders.queries import is_open, overdue

PAGE_LENGTH = 50
FOUND_AT_MOST = 50
# Databases limit the values one statement may carry.
SLICE = 1000
COMMUNITY_DIGITS = 12
NEVER_DUE = date(9999, 12, 31)

lives_at = func.coalesce(Resident.lives_in, Resident.registered_division)
community_of = func.substr(lives_at, 1, COMMUNITY_DIGITS)
# Somebody never reached has been waiting since the case was opened.
out_of_touch_since = func.coalesce(Case.last_contact_on, Case.opened_on)
next_due = (
    select(func.min(Task.due_on))
    .where(Task.resident_id == Case.resident_id, is_open())
    .correlate(Case)
    .scalar_subquery()
)
# Names are shown, not what each worker covers, which would come along by a statement of its own.
WITH_WORKER = joinedload(Case.worker).lazyload(Account.coverage)
ORDERS: dict[CaseOrder, ColumnElement[Any]] = {
    CaseOrder.CONTACT: out_of_touch_since,
    CaseOrder.DUE: func.coalesce(next_due, NEVER_DUE),
}


@dataclass(frozen=True)
class Line:
    """One resident of the list; `case` None: found by a search, not under service."""

    resident: Resident
    case: Case | None
    age: int | None
    community: str
    categories: list[CategoryCode] = field(default_factory=list)
    wish: Intention | None = None
    due_on: date | None = None
    is_overdue: bool = False
    open_count: int = 0


@dataclass(frozen=True)
class Page:
    lines: list[Line]
    after: Place | None  # where the next page begins


@dataclass(frozen=True)
class Counts:
    """Cases behind each choice, the other filters staying as they are."""

    total: int
    stages: dict[CaseStage | None, int]
    communities: list[tuple[str, str, int]]  # code, name, cases


def page_of(
    session: Session, actor: Account, wanted: Caseload, *, on: date, after: Place | None
) -> Page:
    key = ORDERS[wanted.order]
    query = cases_in(actor, wanted, on).add_columns(key).order_by(key, Case.id)
    if after is not None:
        query = query.where(tuple_(key, Case.id) > tuple_(after.day, after.case_id))
    rows = session.execute(query.limit(PAGE_LENGTH + 1)).all()
    shown = rows[:PAGE_LENGTH]
    last = shown[-1] if len(rows) > PAGE_LENGTH else None
    lines = _lines(session, [(held.resident, held) for held, _ in shown], on)
    return Page(lines, Place(last[1], last[0].id) if last else None)


def all_of(session: Session, actor: Account, wanted: Caseload, *, on: date) -> list[Line]:
    """Every line of the list, in its order: what an export holds."""
    query = cases_in(actor, wanted, on).order_by(ORDERS[wanted.order], Case.id)
    rows = [(held.resident, held) for held in session.scalars(query)]
    slices = (rows[start : start + SLICE] for start in range(0, len(rows), SLICE))
    return [line for some in slices for line in _lines(session, some, on)]


def cases_in(actor: Account, wanted: Caseload, on: date) -> Select[Case]:
    return (
        select(Case)
        .join(Case.resident)
        .options(contains_eager(Case.resident), WITH_WORKER)
        .where(in_caseload(actor, wanted, on))
    )


def in_caseload(actor: Account, wanted: Caseload, on: date) -> ColumnElement[bool]:
    """Cases (joined to their resident) that the list asked for holds."""
    wishes = ((name, getattr(wanted, name)) for name in FILTERS)
    chosen = (FILTERS[name](value, on) for name, value in wishes if value is not None)
    return and_(visible_to(actor, Permission.READ_CASES, Case), *chosen)


def _out_of_touch(gap: ContactGap, on: date) -> ColumnElement[bool]:
    if gap is ContactGap.NEVER:
        return Case.last_contact_on.is_(None)
    return out_of_touch_since < on - timedelta(days=CONTACT_GAP_DAYS[gap])


def _marked(code: CategoryCode, on: date) -> ColumnElement[bool]:
    marks = in_force(on).where(Category.resident_id == Case.resident_id, Category.code == code)
    return marks.correlate(Case).exists()


FILTERS: dict[str, Callable[[Any, date], ColumnElement[bool]]] = {
    "state": lambda state, _: Case.state == state,
    "stage": lambda stage, _: Case.stage == stage,
    "category": _marked,
    "gap": _out_of_touch,
    "worker": lambda number, _: (
        Case.worker_id.is_(None) if number == NOBODY else Case.worker_id == number
    ),
    "community": lambda code, _: within(lives_at, code),
}


def in_force(on: date) -> Select[Category]:
    """Categories that hold on the day."""
    return select(Category).where(
        Category.from_on <= on, func.coalesce(Category.to_on, NEVER_DUE) >= on
    )


def counts_of(session: Session, actor: Account, wanted: Caseload, *, on: date) -> Counts:
    stages = _grouped(session, Case.stage, in_caseload(actor, _without(wanted, "stage"), on))
    places = _grouped(session, community_of, in_caseload(actor, _without(wanted, "community"), on))
    names = names_of(session, places)
    communities = [(code, names[code], count) for code, count in places.items() if code]
    counted: dict[CaseStage | None, int] = {None: sum(stages.values()), **stages}
    return Counts(counted.get(wanted.stage, 0), counted, sorted(communities))


def _without(wanted: Caseload, name: str) -> Caseload:
    return Caseload.read({**wanted.arguments(), name: ""})


def _grouped(
    session: Session,
    column: SQLColumnExpression[Any],
    condition: ColumnElement[bool],
) -> dict[Any, int]:
    query = select(column, func.count()).select_from(Case).join(Case.resident).where(condition)
    return dict(session.execute(query.group_by(column)).all())


def found(session: Session, actor: Account, text: str, *, on: date) -> Page:
    """Everybody the search means inside the reader's scope, under service first.

    Raises SearchUnreadable. `after` is set where more were found than are shown.
    """
    newest = (
        select(func.max(Case.id))
        .where(Case.resident_id == Resident.id)
        .correlate(Resident)
        .scalar_subquery()
    )
    # An alias: the scope looks for cases of its own in the same statement.
    held = aliased(Case)
    query = (
        select(Resident, held)
        .outerjoin(held, held.id == newest)
        .options(joinedload(held.worker).lazyload(Account.coverage))
        .where(found_by(text, on=on), visible_to(actor, Permission.READ_RESIDENT, Resident))
        .order_by(case((held.state == CaseState.OPEN, 0), else_=1), Resident.id)
        .limit(FOUND_AT_MOST + 1)
    )
    rows = [(resident, newest_case) for resident, newest_case in session.execute(query)]
    lines = _lines(session, rows[:FOUND_AT_MOST], on)
    return Page(lines, Place(NEVER_DUE, 0) if len(rows) > FOUND_AT_MOST else None)


def _lines(session: Session, rows: Sequence[tuple[Resident, Case | None]], on: date) -> list[Line]:
    """The same few statements for one line and for fifty."""
    ids = select(Resident.id).where(Resident.id.in_([resident.id for resident, _ in rows]))
    wishes = {wish.resident_id: wish for wish in _wishes(session, ids)}
    marks = _marks(session, ids, on)
    due = _dues(session, ids, on)
    names = names_of(session, {_community(resident) for resident, _ in rows})
    return [
        Line(
            resident,
            case,
            age(resident.born_on, on),
            names.get(_community(resident) or "", ""),
            marks.get(resident.id, []),
            wishes.get(resident.id),
            *due.get(resident.id, (None, False, 0)),
        )
        for resident, case in rows
    ]


def _wishes(session: Session, ids: Select[int]) -> Iterable[Intention]:
    query = select(Intention).where(Intention.resident_id.in_(ids), Intention.replaced_at.is_(None))
    return session.scalars(query)


def _marks(session: Session, ids: Select[int], on: date) -> dict[int, list[CategoryCode]]:
    marks: dict[int, list[CategoryCode]] = {}
    for mark in session.scalars(in_force(on).where(Category.resident_id.in_(ids))):
        codes = marks.setdefault(mark.resident_id, [])
        if mark.code not in codes:
            codes.append(mark.code)
    return marks


def _dues(session: Session, ids: Select[int], on: date) -> dict[int, tuple[date, bool, int]]:
    """By resident: the earliest due day of open tasks, whether it is over, how many are open."""
    late = func.max(case((overdue(on), 1), else_=0))
    query = (
        select(Task.resident_id, func.min(Task.due_on), late, func.count())
        .where(is_open(), Task.resident_id.in_(ids))
        .group_by(Task.resident_id)
    )
    return {
        number: (due_on, bool(is_late), count)
        for number, due_on, is_late, count in session.execute(query)
    }


def _community(resident: Resident) -> str | None:
    code = resident.lives_in or resident.registered_division
    return code and code[:COMMUNITY_DIGITS]


def workers_covering(session: Session, code: str) -> Sequence[Account]:
    """Active workers who answer for the place: by their coverage, else by their own division."""
    above = ancestors_of(code)
    covers = exists().where(Coverage.account_id == Account.id)
    query = active_workers().where(
        or_(
            covers.where(Coverage.division_code.in_(above)),
            and_(~covers, Account.division_code.in_(above)),
        )
    )
    return session.scalars(query).all()


def workers_under(session: Session, code: str) -> Sequence[Account]:
    """The active workers who belong to a division or to one under it."""
    return session.scalars(active_workers().where(within(Account.division_code, code))).all()


def active_workers() -> Select[Account]:
    is_working = and_(Account.role == Role.WORKER, Account.disabled_at.is_(None))
    return select(Account).where(is_working).order_by(Account.display_name, Account.id)
