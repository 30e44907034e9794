"""What ran in the background, when, how long and with what counts."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Answers, Base, Key, coded
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
    """A slot of a job, claimed by this row; an expired lease is taken over."""

    __tablename__ = "job_run"
    __table_args__ = (
        UniqueConstraint("name", "slot"),
        CheckConstraint("(state = 'running') = (finished_at IS NULL)", name="finished_has_instant"),
    )

    id: Mapped[Key]
    name: Mapped[JobName] = mapped_column(coded(JobName))
    slot: Mapped[str] = mapped_column(String(60))
    state: Mapped[JobState] = mapped_column(coded(JobState), default=JobState.RUNNING)
    claimed_by: Mapped[str] = mapped_column(String(80))
    lease_until: Mapped[datetime]
    attempt: Mapped[int] = mapped_column(default=1)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(400))
    counts: Mapped[Answers]

    def move(self, verb: str) -> None:
        """Follow JOB_LIFECYCLE; raises IllegalMove."""
        self.state = JOB_LIFECYCLE.target(verb, self.state)
