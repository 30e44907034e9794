"""Who gets a task: the case's worker, else by turn whoever covers the place, else the queue."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from heapq import heapify, heapreplace

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session

from models.cases import Case
from models.residents import Resident
from models.staff import Account, Coverage
from models.tasks import Task
from models.vocabulary.places import ancestors_of
from models.vocabulary.staff import Role
from models.vocabulary.tasks import TaskState

Loads = dict[int, int]  # account → open tasks


def worker_for(session: Session, resident: Resident) -> Account | None:
    """The least loaded active worker covering where the resident lives; None: the queue."""
    if resident.lives_in is None:
        return None
    workers = workers_of(session, [resident.lives_in])[resident.lives_in]
    turns = by_turn(workers, open_loads(session, workers), 1)
    chosen = next(turns, None)
    return None if chosen is None else session.get(Account, chosen)


def workers_of(session: Session, places: Collection[str]) -> dict[str, list[int]]:
    """By place, the active workers whose coverage holds it; a place may have none."""
    covered = _covered_places(session)
    return {
        place: sorted({account for code in ancestors_of(place) for account in covered[code]})
        for place in places
    }


def open_loads(session: Session, accounts: Collection[int]) -> Loads:
    """Open tasks by account, 0 where there is none."""
    counts = session.execute(
        select(Task.assignee_id, func.count())
        .where(Task.state == TaskState.OPEN, Task.assignee_id.in_(accounts))
        .group_by(Task.assignee_id)
    )
    return dict.fromkeys(accounts, 0) | {key: n for key, n in counts if key is not None}


def by_turn(workers: Sequence[int], loads: Loads, count: int) -> Iterator[int]:
    """Who gets each of `count` tasks: the least loaded, ties by account id; adds to `loads`."""
    turns = [(loads[worker], worker) for worker in workers]
    heapify(turns)
    for _ in range(count if turns else 0):
        load, worker = turns[0]
        loads[worker] = load + 1
        heapreplace(turns, (load + 1, worker))
        yield worker


def may_keep(account: type[Account], pinned: SQLColumnExpression[bool]) -> ColumnElement[bool]:
    """As SQL over Resident, the open Case if any, and the assignee: never NULL.

    Active, and was given the task by hand, holds the case, or covers the place.
    """
    holds = or_(pinned, Case.worker_id == account.id, _covers(account))
    return func.coalesce(
        and_(account.id.is_not(None), account.disabled_at.is_(None), holds), false()
    )


def _covers(account: type[Account]) -> ColumnElement[bool]:
    """A code's subtree holds the place when the place begins with the code."""
    listed = (
        exists()
        .where(
            Coverage.account_id == account.id,
            _begins_with(Resident.lives_in, Coverage.division_code),
        )
        .correlate(Resident, account)
    )
    lists_any = exists().where(Coverage.account_id == account.id).correlate(account)
    return or_(listed, and_(~lists_any, _begins_with(Resident.lives_in, account.division_code)))


def _begins_with(
    place: SQLColumnExpression[str | None], code: SQLColumnExpression[str]
) -> ColumnElement[bool]:
    return func.substr(place, 1, func.length(code)) == code


def _covered_places(session: Session) -> dict[str, list[int]]:
    """By division code, the active workers whose coverage names it."""
    covered: dict[str, list[int]] = defaultdict(list)
    workers = session.scalars(
        select(Account).where(Account.role == Role.WORKER, Account.disabled_at.is_(None))
    )
    for worker in workers:
        for code in worker.covered_codes:
            covered[code].append(worker.id)
    return covered
