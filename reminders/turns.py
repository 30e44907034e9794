"""Who gets what a sweep raises where neither a case nor an earlier choice says: by turn."""

from sqlalchemy import delete, func, insert, select, update

from reminders.assignment import by_turn, open_loads, workers_of
from reminders.workbench import CHANGE, TURN, Sweep


def choose_assignees(sweep: Sweep) -> None:
    """Fill in who is next by turn where neither a case nor an earlier choice says."""
    waiting = sweep.execute(
        select(CHANGE.c.place, func.count())
        .where(CHANGE.c.place.is_not(None))
        .group_by(CHANGE.c.place)
        .order_by(CHANGE.c.place)
    ).all()
    if not waiting:
        return
    workers = workers_of(sweep.session, [place for place, _ in waiting])
    _count_loads(sweep, {worker for group in workers.values() for worker in group})
    turns = [
        {"place": place, "place_turn": turn, "assignee_id": worker}
        for place, count in waiting
        for turn, worker in enumerate(by_turn(workers[place], sweep.loads, count), start=1)
    ]
    sweep.execute(delete(TURN))
    if turns:
        sweep.connection.execute(insert(TURN), turns)
        chosen = select(TURN.c.assignee_id).where(
            TURN.c.place == CHANGE.c.place, TURN.c.place_turn == CHANGE.c.place_turn
        )
        sweep.execute(
            update(CHANGE)
            .where(CHANGE.c.place.is_not(None))
            .values(assignee_id=chosen.scalar_subquery())
        )


def _count_loads(sweep: Sweep, workers: set[int]) -> None:
    """Open tasks at the first need; what the sweep gives afterwards is counted by turn."""
    unknown = workers - sweep.loads.keys()
    sweep.loads.update(open_loads(sweep.session, unknown))
