"""Which workers' lists are asked for, found or made in a world that has been swept."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from circle.office import Office
from circle.todo.queries import PAGE_LENGTH


def chosen() -> dict[str, Any]:
    """The step that finds the worker whose list just fills a page, or comes next to filling it, and
    leaves another with exactly one task. Lists of one length can be held against each other.
    """
    office = Office()
    with office.session() as session:
        rows = session.execute(
            text(
                "SELECT a.name, a.id, count(DISTINCT t.resident_id) AS lines FROM account a"
                " JOIN task t ON t.assignee_id = a.id AND t.state = 'open'"
                " GROUP BY a.id, a.name ORDER BY 3 DESC, 2"
            )
        ).all()
        chosen, idlest = _filling_a_page(rows), rows[-1]
        if chosen.id != idlest.id:
            session.execute(
                text(
                    "UPDATE task SET assignee_id = NULL WHERE assignee_id = :id AND state = 'open'"
                    " AND id > (SELECT min(id) FROM task WHERE assignee_id = :id"
                    " AND state = 'open')"
                ),
                {"id": idlest.id},
            )
        tasks = session.execute(text("SELECT count(*) FROM task")).scalar_one()
    return {"chosen": chosen.name, "idlest": idlest.name, "tasks": tasks}


def _filling_a_page(rows: Sequence[Any]) -> Any:  # noqa: ANN401 - a row of the statement above
    """Of the longest lists first: the last that is long enough."""
    full = [row for row in rows if row.lines >= PAGE_LENGTH]
    return full[-1] if full else rows[0]
