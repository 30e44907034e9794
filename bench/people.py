"""Which workers' lists are asked for, found or made in a world that has been swept."""

from typing import Any

from sqlalchemy import text

from circle.office import Office


def chosen() -> dict[str, Any]:
    """The step that finds the worker with most open tasks, and leaves another with exactly one."""
    office = Office()
    with office.session() as session:
        rows = session.execute(
            text(
                "SELECT a.name, a.id, count(DISTINCT t.resident_id) FROM account a"
                " JOIN task t ON t.assignee_id = a.id AND t.state = 'open'"
                " GROUP BY a.id, a.name ORDER BY 3 DESC, 2"
            )
        ).all()
        busiest, idlest = rows[0], rows[-1]
        if busiest.id != idlest.id:
            session.execute(
                text(
                    "UPDATE task SET assignee_id = NULL WHERE assignee_id = :id AND state = 'open'"
                    " AND id > (SELECT min(id) FROM task WHERE assignee_id = :id"
                    " AND state = 'open')"
                ),
                {"id": idlest.id},
            )
        tasks = session.execute(text("SELECT count(*) FROM task")).scalar_one()
    return {"busiest": busiest.name, "idlest": idlest.name, "tasks": tasks}
