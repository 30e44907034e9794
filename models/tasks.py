"""The to-do line and its history."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Document, Key, Recorded, coded
from models.cases import Case, Visit
from models.residents import Resident
from models.staff import Account
from models.vocabulary.tasks import (
    TASK_LIFECYCLE,
    DismissReason,
    TaskKind,
    TaskState,
    TaskVerb,
)

CYCLE_LENGTH = 80


class Task(Recorded, Base):
    __tablename__ = "task"
    __table_args__ = (
        UniqueConstraint("resident_id", "kind", "cycle"),
        Index("ix_task_assignee", "assignee_id", "state", "due_on", "priority", "resident_id"),
        Index("ix_task_kind_state", "kind", "state"),
        # A supervisor's list walks what is open in the order it is due, whoever holds it.
        Index(
            "ix_task_open",
            "due_on",
            "priority",
            "resident_id",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="settled_has_instant"),
        CheckConstraint(
            "(state = 'dismissed') = (dismiss_reason IS NOT NULL)", name="dismissed_has_reason"
        ),
        CheckConstraint("state = 'open' OR snoozed_until IS NULL", name="only_open_snoozes"),
        CheckConstraint("priority BETWEEN 0 AND 99", name="priority"),
    )

    id: Mapped[Key]
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    kind: Mapped[TaskKind] = mapped_column(coded(TaskKind))
    cycle: Mapped[str] = mapped_column(String(CYCLE_LENGTH))
    state: Mapped[TaskState] = mapped_column(coded(TaskState), default=TaskState.OPEN)
    raised_on: Mapped[date]
    due_on: Mapped[date]
    provisional: Mapped[bool] = mapped_column(default=False)
    priority: Mapped[int] = mapped_column(SmallInteger)
    snoozed_until: Mapped[date | None]
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    pinned: Mapped[bool] = mapped_column(default=False)
    evidence: Mapped[dict[str, Any]] = mapped_column(Document)
    dismiss_reason: Mapped[DismissReason | None] = mapped_column(coded(DismissReason))
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    # The visit that completed it: deleting that visit re-opens it.
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)

    resident: Mapped[Resident] = relationship()
    case: Mapped[Case | None] = relationship()
    assignee: Mapped[Account | None] = relationship(foreign_keys=[assignee_id])
    visit: Mapped[Visit | None] = relationship()

    def move(self, verb: TaskVerb) -> None:
        """Follow TASK_LIFECYCLE; raises IllegalMove. The move itself is logged by the inbox."""
        self.state = TASK_LIFECYCLE.target(verb.value, self.state)


class TaskMove(Base):
    """What happened to a task after it was raised; `by` NULL is the sweep."""

    __tablename__ = "task_move"

    id: Mapped[Key]
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    verb: Mapped[TaskVerb] = mapped_column(coded(TaskVerb))
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    sweep_id: Mapped[int | None] = mapped_column(ForeignKey("sweep_run.id"))
    reason: Mapped[str | None] = mapped_column(String(40))
    until: Mapped[date | None]
    from_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    to_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
