"""A rule's findings against the known tasks: what has to change, found inside the database."""

from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Insert,
    Select,
    String,
    and_,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from models.cases import Case
from models.policy import Policy
from models.residents import Resident
from models.staff import Account
from models.tasks import Task
from models.vocabulary.tasks import TaskState
from reminders.assignment import may_keep
from reminders.narrowing import Condition
from reminders.rules import Rule
from reminders.rules.finding import COLUMNS
from reminders.workbench import (
    CHANGE,
    COUNTED,
    FINDING,
    MOVE,
    RAISE,
    REFRESH,
    REOPEN,
    VERBS,
    WITHDRAW,
    Sweep,
    refresh_statistics,
    suit_the_planner,
)

HANDLED = (TaskState.DONE, TaskState.DISMISSED)
KEPT_STATEMENTS = 64
Ranges = dict[str, tuple[int, int]]


def find(sweep: Sweep, rule: Rule) -> None:
    suit_the_planner(sweep)
    sweep.execute(delete(FINDING))
    statement = _finding(rule, sweep.on, sweep.policy, sweep.only.condition)
    sweep.execute(statement, sweep.only.parameters)
    refresh_statistics(sweep, FINDING)


# To put a rule's statement together takes longer than to run it for one resident, and a visit
# is followed by a sweep: statements are kept for the day.
@lru_cache(maxsize=KEPT_STATEMENTS)
def _finding(rule: Rule, on: date, policy: Policy, only: Condition) -> Insert:
    findings = rule.findings(on, policy).subquery()
    narrowed = select(*findings.c).where(only(findings.c.resident_id))
    return insert(FINDING).from_select(COLUMNS, narrowed)


def compare(sweep: Sweep, rule: Rule) -> None:
    sweep.execute(delete(CHANGE))
    sweep.execute(_comparison(rule, sweep.only.condition), sweep.only.parameters)
    refresh_statistics(sweep, CHANGE)


@lru_cache(maxsize=KEPT_STATEMENTS)
def _comparison(rule: Rule, only: Condition) -> Insert:
    """What has to change, numbered so that each verb's rows stand together."""
    changes = union_all(_found(rule), _no_longer_found(rule, only)).subquery()
    order = (changes.c.verb, changes.c.resident_id, changes.c.cycle)
    place_turn = func.row_number().over(partition_by=changes.c.place, order_by=order)
    numbered = select(
        func.row_number().over(order_by=order),
        *changes.c,
        case((changes.c.place.is_not(None), place_turn)),
    )
    names = ["seq", *changes.c.keys(), "place_turn"]
    return insert(CHANGE).from_select(names, numbered)


def _found(rule: Rule) -> Select[Any]:
    """Findings that are new, or whose task is withdrawn, out of date or nobody's any more."""
    is_known_open = Task.state == TaskState.OPEN
    assignee, worker = aliased(Account), aliased(Account)
    keeps = may_keep(assignee, Task.pinned)
    is_left = and_(is_known_open, Task.assignee_id.is_not(None), ~keeps)
    verb = case(
        (Task.id.is_(None), RAISE),
        (Task.state == TaskState.WITHDRAWN, REOPEN),
        (and_(is_known_open, _is_out_of_date()), REFRESH),
        (is_left, MOVE),
    )
    is_given = or_(Task.id.is_(None), Task.state == TaskState.WITHDRAWN, is_left)
    takes_turn = and_(is_given, ~keeps, Case.id.is_(None))
    found = (
        select(
            verb.label("verb"),
            Task.id.label("task_id"),
            FINDING.c.resident_id,
            func.coalesce(FINDING.c.case_id, Case.id).label("case_id"),
            *(FINDING.c[name] for name in COLUMNS if name not in {"resident_id", "case_id"}),
            case((takes_turn, Resident.lives_in)).label("place"),
            case((keeps, Task.assignee_id), else_=worker.id).label("assignee_id"),
            case((is_left, Task.assignee_id)).label("left_by"),
        )
        .join(Resident, Resident.id == FINDING.c.resident_id)
        .join(Case, and_(Case.resident_id == Resident.id, Case.is_open), isouter=True)
        .join(worker, and_(worker.id == Case.worker_id, worker.disabled_at.is_(None)), isouter=True)
        .join(
            Task,
            and_(
                Task.resident_id == FINDING.c.resident_id,
                Task.kind == rule.kind,
                Task.cycle == FINDING.c.cycle,
            ),
            isouter=True,
        )
        .join(assignee, assignee.id == Task.assignee_id, isouter=True)
        .subquery()
    )
    return select(*found.c).where(found.c.verb.is_not(None))


def _is_out_of_date() -> ColumnElement[bool]:
    """Another due date, priority or evidence; a due date fixed when raised never is."""
    return or_(
        and_(FINDING.c.due_on.is_not(None), FINDING.c.due_on != Task.due_on),
        FINDING.c.priority != Task.priority,
        FINDING.c.evidence != Task.evidence,
    )


def _no_longer_found(rule: Rule, only: Condition) -> Select[Any]:
    known = exists().where(FINDING.c.resident_id == Task.resident_id, FINDING.c.cycle == Task.cycle)
    return select(
        literal(WITHDRAW).label("verb"),
        Task.id.label("task_id"),
        Task.resident_id,
        Task.case_id,
        Task.cycle,
        Task.due_on,
        Task.provisional,
        Task.priority,
        Task.evidence,
        cast(null(), String(15)).label("place"),
        Task.assignee_id,
        cast(null(), BigInteger).label("left_by"),
    ).where(
        Task.kind == rule.kind,
        Task.state == TaskState.OPEN,
        only(Task.resident_id),
        ~known,
    )


def ranges_of(sweep: Sweep) -> Ranges:
    """By verb, the first and last number of its rows, in the order they are written in."""
    rows = sweep.execute(
        select(CHANGE.c.verb, func.min(CHANGE.c.seq), func.max(CHANGE.c.seq)).group_by(
            CHANGE.c.verb
        )
    )
    known = {verb: (first, last) for verb, first, last in rows}
    return {verb: known[verb] for verb in VERBS if verb in known}


def counts_of(sweep: Sweep, rule: Rule, ranges: Ranges) -> dict[str, int]:
    changed = {
        name: ranges[verb][1] - ranges[verb][0] + 1 if verb in ranges else 0
        for verb, name in COUNTED.items()
    }
    found = sweep.execute(select(func.count()).select_from(FINDING)).scalar_one()
    # As a condition of the finding: joined, SQLite walks every handled task for each finding.
    is_handled = exists().where(
        Task.resident_id == FINDING.c.resident_id,
        Task.kind == rule.kind,
        Task.cycle == FINDING.c.cycle,
        Task.state.in_(HANDLED),
    )
    handled = sweep.execute(
        select(func.count()).select_from(FINDING).where(is_handled)
    ).scalar_one()
    kept = found - changed["raised"] - changed["reopened"] - handled
    return {"found": found, **changed, "kept": kept, "handled": handled}
