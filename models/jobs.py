"""What ran in the background, when, how long and with what counts."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Answers, Base, Key, coded, utc_now
from models.vocabulary.jobs import JOB_LIFECYCLE, JobName, JobState, SweepReason


class SweepRun(Base):
    __tablename__ = "sweep_run"

    id: Mapped[Key]
    on: Mapped[date]
    reason: Mapped[SweepReason] = mapped_column(coded(SweepReason))
    is_whole: Mapped[bool]  # False: narrowed to some residents
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    counts: Mapped[Answers]  # kind → found, raised, reopened, refreshed, kept, handled, withdrawn
    seconds: Mapped[float | None]


class JobRun(Base):
    """A slot of a job, claimed by this row; one whose process died is taken over.

    Each taking over counts as another attempt.
    """

    __tablename__ = "job_run"
    __table_args__ = (
        UniqueConstraint("name", "slot"),
        Index("ix_job_run_name_started", "name", "started_at"),
        CheckConstraint("(state = 'running') = (finished_at IS NULL)", name="finished_has_instant"),
    )

    id: Mapped[Key]
    name: Mapped[JobName] = mapped_column(coded(JobName))
    slot: Mapped[str] = mapped_column(String(60))
    state: Mapped[JobState] = mapped_column(coded(JobState), default=JobState.RUNNING)
    claimed_by: Mapped[str] = mapped_column(String(80))
    lease_until: Mapped[datetime]
    heartbeat_at: Mapped[datetime] = mapped_column(default=utc_now)
    attempt: Mapped[int] = mapped_column(default=1)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(400))
    counts: Mapped[Answers]

    def move(self, verb: str) -> None:
        """Follow JOB_LIFECYCLE; raises IllegalMove."""
        self.state = JOB_LIFECYCLE.target(verb, self.state)


class JobRequest(Base):
    """Somebody asked for a job now; until it has run a second wish is the same one."""

    __tablename__ = "job_request"
    __table_args__ = (
        Index(
            "uq_job_request_waiting",
            "name",
            "argument",
            unique=True,
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    name: Mapped[JobName] = mapped_column(coded(JobName))
    argument: Mapped[str] = mapped_column(String(40), default="")
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    requested_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    @property
    def slot(self) -> str:
        return f"request:{self.id}:{self.argument}"


class SchedulerProcess(Base):
    """A scheduler that has started; its heartbeat tells whether it still is there."""

    __tablename__ = "scheduler_process"

    id: Mapped[Key]
    process: Mapped[str] = mapped_column(String(80), unique=True)  # host, number, when it began
    started_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
