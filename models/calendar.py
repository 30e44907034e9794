"""Working days, each with its running number, so that N days later is a look-up."""

from datetime import date

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class CalendarDay(Base):
    __tablename__ = "calendar_day"
    __table_args__ = (Index("ix_calendar_day_number", "number", "is_working"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    is_working: Mapped[bool]
    number: Mapped[int]  # working days up to and with this one, from the table's first
    name: Mapped[str | None] = mapped_column(String(60))  # the holiday
    source: Mapped[str] = mapped_column(String(60))
    is_provisional: Mapped[bool]  # the State Council's notice of the year is not out yet
