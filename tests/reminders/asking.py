"""What one rule finds, asked directly."""

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Select
from sqlalchemy.orm import Session

from models.policy import Policy
from tests.reminders.worlds import DEFAULTS


class Answer(NamedTuple):
    resident_id: int
    cycle: str
    due_on: date | None
    priority: int
    evidence: dict[str, Any]


def ask(
    session: Session,
    rule: Callable[[date, Policy], Select[Any]],
    on: date,
    policy: Policy = DEFAULTS,
) -> list[Answer]:
    session.flush()
    return [
        Answer(row.resident_id, row.cycle, row.due_on, row.priority, row.evidence)
        for row in session.execute(rule(on, policy)).all()
    ]
