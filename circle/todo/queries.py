"""The to-do list: which tasks stand in it, how many, and what each line tells.

One line is one resident with every open task about them. A count and its list are the same
condition, so a badge cannot disagree with what it opens.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    Integer,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    text,
    true,
    tuple_,
)
from sqlalchemy.orm import Session, aliased

from circle.access.permissions import Permission
from circle.access.predicates import lives_under
from circle.access.scope import visible_to
from circle.cases.statements import Wish
from circle.freshness import NOTHING_KNOWN, Newest, aged
from circle.privacy.masking import age
from circle.registration.answers import wish_of
from circle.todo.filters import Desk, Place, Wanted, When
from models.cases import Case, Registration
from models.places import Division, within
from models.residents import Category, Intention, Resident
from models.sql import without_index
from models.staff import Account
from models.tasks import Task
from models.vocabulary.cases import CaseState, RegistrationState
from models.vocabulary.residents import CategoryCode, Sex, WorkKind
from models.vocabulary.tasks import TaskKind, TaskState
from reminders.assignment import workers_of
from reminders.queries import awake, due_within, is_open, overdue, snoozed

PAGE_LENGTH = 50
COMMUNITY_DIGITS = 12
WEEK_DAYS = 7
FOUND_AT_MOST = 50
STATEMENTS_KEPT = 512
WISHES = tuple(field.name for field in fields(Wish))

lives_at = func.coalesce(Resident.lives_in, Resident.registered_division)
community_of = func.substr(lives_at, 1, COMMUNITY_DIGITS)


@dataclass(frozen=True)
class Page:
    """The residents of one page in the list's order; `after` is where the next page begins."""

    resident_ids: list[int]
    after: Place | None


@dataclass(frozen=True)
class Counts:
    """Lines behind each filter, the others staying as they are; `tasks` in the list itself."""

    whens: dict[When, int]
    kinds: dict[TaskKind | None, int]
    communities: list[tuple[str, str, int]]  # code, name, lines
    tasks: int


class Evidence(dict[str, Any]):
    """What a task rests on; never changed, so that lines can be kept by what they tell."""

    def __hash__(self) -> int:  # type: ignore[override] # equal ones have the same names
        return hash(tuple(self))


@dataclass(frozen=True)
class Entry:
    """One open task of a line."""

    id: int
    kind: TaskKind
    due_on: date
    provisional: bool
    evidence: Evidence
    snoozed_until: date | None
    assignee_id: int | None
    assignee: str | None

    def days_over(self, on: date) -> int:
        """Days since it fell due; 0 on the day, negative before."""
        return (on - self.due_on).days

    def is_snoozed(self, on: date) -> bool:
        return self.snoozed_until is not None and self.snoozed_until > on


@dataclass(frozen=True)
class Line:
    resident_id: int
    name: str
    sex: Sex
    age: int | None
    community: str | None
    has_phone: bool
    case_id: int | None
    wish: Wish | None  # a mini-form's own until a worker has recorded one
    categories: tuple[CategoryCode, ...] = ()
    entries: tuple[Entry, ...] = ()


def page_of(
    session: Session, actor: Account, wanted: Wanted, *, on: date, after: Place | None
) -> Page:
    """The next lines: what is due first, then what matters most, each resident once."""
    statement = _page(wanted, _codes(actor, wanted), on, after is not None)
    values = {"holder": actor.id, "length": PAGE_LENGTH + 1}
    rows = session.execute(statement, values | (asdict(after) if after else {})).all()
    last = rows[PAGE_LENGTH - 1] if len(rows) > PAGE_LENGTH else None
    following = Place(last.due_on, last.priority, last.resident_id) if last else None
    return Page([row.resident_id for row in rows[:PAGE_LENGTH]], following)


# Building a statement of this size costs more than running it.
@lru_cache(STATEMENTS_KEPT)
def _page(
    wanted: Wanted, codes: tuple[str, ...], on: date, continues: bool
) -> Select[int, date, int]:
    """Walks the tasks in the order of an index and stops when the page is full, so that it costs
    the same in a long list as in a short one: a resident's line stands where the first of their
    tasks is met, and the later ones are passed over.
    """
    first = _tasks_in(wanted, on, Task.assignee_id).subquery("first")
    # Found by the resident: by whom it is assigned to, SQLite would walk the list for each line.
    other = _tasks_in(wanted, on, without_index(Task.assignee_id)).subquery("other")
    same = other.c.resident_id == first.c.resident_id
    sooner = or_(
        other.c.due_on < first.c.due_on,
        and_(other.c.due_on == first.c.due_on, other.c.id < first.c.id),
    )
    priority = select(func.min(other.c.priority)).where(same).scalar_subquery()
    query = (
        select(first.c.resident_id, first.c.due_on, priority.label("priority"))
        .where(~select(1).select_from(other).where(same, sooner).exists())
        .order_by(first.c.due_on, text("priority"), first.c.resident_id)
        .limit(bindparam("length", type_=Integer))
    )
    if codes or wanted.community:
        lives = select(1).where(Resident.id == first.c.resident_id, _lives(wanted, codes))
        query = query.where(lives.exists())
    if not continues:
        return query
    key = [first.c.due_on, priority, first.c.resident_id]
    place = [
        bindparam(field.name, type_=column.type)
        for field, column in zip(fields(Place), key, strict=True)
    ]
    return query.where(first.c.due_on >= place[0], tuple_(*key) > tuple_(*place))


def _tasks_in(
    wanted: Wanted, on: date, assignee: SQLColumnExpression[int | None]
) -> Select[int, int, date, int]:
    """The list's tasks as far as they themselves tell; where the resident lives is asked apart."""
    return select(Task.id, Task.resident_id, Task.due_on, Task.priority).where(
        # Said outright, not as a parameter, or the index of open tasks would not be taken.
        Task.state == literal(TaskState.OPEN, Task.state.type, literal_execute=True),
        _held(wanted.desk, assignee),
        _cell(wanted, on),
    )


def _held(desk: Desk, assignee: SQLColumnExpression[int | None]) -> ColumnElement[bool]:
    holders: dict[Desk, ColumnElement[bool]] = {
        Desk.MINE: assignee == bindparam("holder", type_=Integer),
        Desk.QUEUE: assignee.is_(None),
        Desk.DIVISION: true(),
    }
    return holders[desk]


def _codes(actor: Account, wanted: Wanted) -> tuple[str, ...]:
    """Where the residents live; one's own tasks may lie anywhere."""
    return () if wanted.desk is Desk.MINE else tuple(actor.covered_codes)


def _lives(wanted: Wanted, codes: tuple[str, ...]) -> ColumnElement[bool]:
    scope = lives_under(codes) if codes else true()
    place = within(lives_at, wanted.community) if wanted.community else true()
    return and_(scope, place)


def remains(
    session: Session, actor: Account, wanted: Wanted, resident_id: int, *, on: date
) -> bool:
    """Whether the resident's line still stands in the list."""
    query = in_list(actor, wanted, on).where(Task.resident_id == resident_id).limit(1)
    return session.scalar(query, {"holder": actor.id}) is not None


def in_list(actor: Account, wanted: Wanted, on: date) -> Select[int]:
    """The ids of the list's tasks: part of what Permission.READ_TODO covers. Wants `holder`."""
    return (
        select(Task.id)
        .join(Task.resident)
        .where(
            _held(wanted.desk, Task.assignee_id),
            _cell(wanted, on),
            _lives(wanted, _codes(actor, wanted)),
        )
    )


def _cell(wanted: Wanted, on: date) -> ColumnElement[bool]:
    kind = Task.kind == wanted.kind if wanted.kind else true()
    # The kind first: in the counts most tasks are of another one, and the rest is not asked.
    return and_(kind, WHEN_CONDITIONS[wanted.when](on), _shown_at(wanted, on))


def _shown_at(wanted: Wanted, on: date) -> ColumnElement[bool]:
    """A snooze hides a task from its worker only; for a supervisor it is still owed."""
    hides = wanted.desk is Desk.MINE and wanted.when is not When.SNOOZED
    return awake(on) if hides else is_open()


WHEN_CONDITIONS: dict[When, Callable[[date], ColumnElement[bool]]] = {
    When.ALL: lambda _on: is_open(),
    When.OVERDUE: overdue,
    When.WEEK: lambda on: due_within(on, WEEK_DAYS),
    When.SNOOZED: snoozed,
}


def counts_of(session: Session, actor: Account, wanted: Wanted, *, on: date) -> Counts:
    """One statement: a row a community, which add up because each resident lives in one."""
    anywhere = replace(wanted, community=None)
    statement = _counts(anywhere, _codes(actor, wanted), on)
    rows = session.execute(statement, {"holder": actor.id}).mappings().all()
    return _added_up(rows, wanted)


@lru_cache(STATEMENTS_KEPT)
def _counts(wanted: Wanted, codes: tuple[str, ...], on: date) -> Select[*tuple[Any, ...]]:
    columns = {
        **{f"when_{when}": replace(wanted, when=when) for when in When},
        **{f"kind_{kind or ''}": replace(wanted, kind=kind) for kind in (None, *TaskKind)},
    }
    flags = [
        func.max(case((_cell(cell, on), 1), else_=0)).label(name) for name, cell in columns.items()
    ]
    tasks = func.sum(case((_cell(wanted, on), 1), else_=0)).label("tasks")
    each = (
        select(community_of.label("code"), *flags, tasks)
        .select_from(Task)
        .join(Task.resident)
        .where(is_open(), _held(wanted.desk, Task.assignee_id), _lives(wanted, codes))
        .group_by(Task.resident_id, community_of)
        .subquery()
    )
    sums = [func.sum(each.c[name]).label(name) for name in (*columns, "tasks")]
    return (
        select(each.c.code, Division.name, *sums)
        .outerjoin(Division, Division.code == each.c.code)
        .group_by(each.c.code, Division.name)
        .order_by(each.c.code)
    )


def _added_up(rows: Sequence[Any], wanted: Wanted) -> Counts:
    chosen, here = wanted.community or "", f"when_{wanted.when}"
    inside = [row for row in rows if (row["code"] or "").startswith(chosen)]

    def total(name: str) -> int:
        return sum(int(row[name]) for row in inside)

    return Counts(
        whens={when: total(f"when_{when}") for when in When},
        kinds={kind: total(f"kind_{kind or ''}") for kind in (None, *TaskKind)},
        communities=[
            (row["code"], row["name"] or row["code"], int(row[here]))
            for row in rows
            if row["code"] and (row[here] or row["code"] == chosen)
        ],
        tasks=total("tasks"),
    )


def lines_of(
    session: Session, resident_ids: Sequence[int], *, on: date, newest: Newest = NOTHING_KNOWN
) -> list[Line]:
    """What the lines tell, in the order given; three statements however many lines.

    `newest` tells which of the files they rest on are old.
    """
    if not resident_ids:
        return []
    whom = {"residents": list(resident_ids)}
    people = {row.id: row for row in session.execute(_people(), whom)}
    categories: dict[int, list[CategoryCode]] = defaultdict(list)
    for resident_id, code in session.execute(_marks(), {**whom, "day": on}):
        categories[resident_id].append(code)
    entries: dict[int, list[Entry]] = defaultdict(list)
    for row in session.execute(_open_tasks(), whom):
        code = people[row.resident_id].code
        evidence = Evidence(aged(row.kind, row.evidence, newest, code, on))
        entries[row.resident_id].append(_entry(row, evidence))
    return [
        _line(people[key], on, tuple(categories[key]), tuple(entries[key]))
        for key in resident_ids
        if key in people
    ]


RESIDENTS: BindParameter[int] = bindparam("residents", expanding=True)


@cache
def _people() -> Select[*tuple[Any, ...]]:
    """No sealed column is read: opening fifty seals would cost more than the page."""
    return (
        select(
            Resident.id,
            Resident.name,
            Resident.sex,
            Resident.born_on,
            Resident.phone_index.is_not(None).label("has_phone"),
            Resident.lives_in.label("code"),
            Division.name.label("community"),
            Case.id.label("case_id"),
            Intention.id.label("intention_id"),
            *(getattr(Intention, name) for name in WISHES),
            _stated_in_form().label("stated"),
        )
        .outerjoin(Division, Division.code == community_of)
        .outerjoin(Case, and_(Case.resident_id == Resident.id, Case.state == CaseState.OPEN))
        .outerjoin(
            Intention,
            and_(Intention.resident_id == Resident.id, Intention.replaced_at.is_(None)),
        )
        .where(Resident.id.in_(RESIDENTS))
    )


def _line(
    row: Any,  # noqa: ANN401 - a row of _people
    on: date,
    categories: tuple[CategoryCode, ...],
    entries: tuple[Entry, ...],
) -> Line:
    return Line(
        resident_id=row.id,
        name=row.name,
        sex=row.sex,
        age=age(row.born_on, on),
        community=row.community,
        has_phone=bool(row.has_phone) or row.stated is not None,
        case_id=row.case_id,
        wish=_recorded_wish(row) if row.intention_id else _stated_wish(row.stated),
        categories=categories,
        entries=entries,
    )


def _recorded_wish(row: Any) -> Wish:  # noqa: ANN401 - a row of _people
    values = {name: getattr(row, name) for name in WISHES}
    return Wish(**{**values, "kinds": tuple(WorkKind(kind) for kind in row.kinds)})


def _stated_wish(answers: dict[str, Any] | None) -> Wish | None:
    wish = wish_of((answers or {}).get("wish", {}))
    return None if wish == Wish() else wish


def _stated_in_form() -> ScalarSelect[Any]:
    """The answers of the newest mini-form that waits for a worker: the need before the call."""
    return (
        select(Registration.answers)
        .where(Registration.case_id == Case.id, Registration.state == RegistrationState.RECEIVED)
        .order_by(Registration.id.desc())
        .limit(1)
        .scalar_subquery()
    )


@cache
def _marks() -> Select[int, CategoryCode]:
    day = bindparam("day", type_=Date)
    return (
        select(Category.resident_id, Category.code)
        .where(
            Category.resident_id.in_(RESIDENTS),
            Category.from_on <= day,
            or_(Category.to_on.is_(None), Category.to_on >= day),
        )
        .distinct()
        .order_by(Category.code)
    )


@cache
def _open_tasks() -> Select[*tuple[Any, ...]]:
    assignee = aliased(Account)
    return (
        select(
            Task.resident_id,
            Task.id,
            Task.kind,
            Task.due_on,
            Task.provisional,
            Task.evidence,
            Task.snoozed_until,
            Task.assignee_id,
            assignee.display_name,
        )
        .outerjoin(assignee, assignee.id == Task.assignee_id)
        .where(Task.resident_id.in_(RESIDENTS), is_open())
        .order_by(Task.due_on, Task.priority, Task.id)
    )


def _entry(row: Any, evidence: Evidence) -> Entry:  # noqa: ANN401 - a row of _open_tasks
    return Entry(
        id=row.id,
        kind=row.kind,
        due_on=row.due_on,
        provisional=row.provisional,
        evidence=evidence,
        snoozed_until=row.snoozed_until,
        assignee_id=row.assignee_id,
        assignee=row.display_name,
    )


def found(session: Session, actor: Account, condition: ColumnElement[bool]) -> list[int]:
    """Residents of the person's scope that fit, those with open tasks first, a page at most."""
    has_task = select(1).where(Task.resident_id == Resident.id, is_open()).exists()
    query = (
        select(Resident.id)
        .where(
            condition,
            Resident.merged_into.is_(None),
            visible_to(actor, Permission.READ_RESIDENT, Resident),
        )
        .order_by(case((has_task, 0), else_=1), Resident.name, Resident.id)
        .limit(FOUND_AT_MOST)
    )
    return list(session.scalars(query))


def still_visible(session: Session, actor: Account, resident_ids: Sequence[int]) -> list[int]:
    """Those of the residents the person may see today, in the order given."""
    scope = visible_to(actor, Permission.READ_RESIDENT, Resident)
    query = select(Resident.id).where(Resident.id.in_(resident_ids), scope)
    seen = set(session.scalars(query))
    return [resident_id for resident_id in resident_ids if resident_id in seen]


def workers_for(session: Session, resident: Resident) -> list[Account]:
    """Active workers whose coverage holds where the resident lives, by name."""
    if resident.lives_in is None:
        return []
    ids = workers_of(session, [resident.lives_in])[resident.lives_in]
    query = select(Account).where(Account.id.in_(ids)).order_by(Account.display_name, Account.id)
    return list(session.scalars(query))
