"""What the checks of the records' invariants found, run by run.

No foreign key leads from a finding to what it speaks of: an undone import may take that away.
"""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Answers, Base, BigKey, Key, coded
from models.vocabulary.integrity import CheckName


class CheckRun(Base):
    """One look at every invariant."""

    __tablename__ = "check_run"

    id: Mapped[Key]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    seconds: Mapped[float | None]


class CheckResult(Base):
    """How many records break one invariant; `count` NULL: it could not be looked at."""

    __tablename__ = "check_result"
    __table_args__ = (
        CheckConstraint("count IS NULL OR count >= 0", name="count"),
        CheckConstraint("(count > 0) = (since IS NOT NULL)", name="since_with_findings"),
    )

    run_id: Mapped[int] = mapped_column(BigKey, ForeignKey("check_run.id"), primary_key=True)
    name: Mapped[CheckName] = mapped_column(coded(CheckName), primary_key=True)
    count: Mapped[int | None]
    since: Mapped[datetime | None]  # the first run of an unbroken row of runs with findings
    seconds: Mapped[float]


class CheckFinding(Base):
    """The first records that break an invariant; kept for the newest runs only."""

    __tablename__ = "check_finding"

    run_id: Mapped[int] = mapped_column(BigKey, ForeignKey("check_run.id"), primary_key=True)
    name: Mapped[CheckName] = mapped_column(coded(CheckName), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)  # in the order found, from 1
    record_id: Mapped[int | None] = mapped_column(BigInteger)
    resident_id: Mapped[int | None] = mapped_column(BigInteger)
    details: Mapped[Answers]  # codes, days and numbers, never names
