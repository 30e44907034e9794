"""Divisions from the province down to the grid."""

from sqlalchemy import CheckConstraint, ColumnElement, Float, String, and_
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from models.base import CODE_LENGTH, Base, Words, coded
from models.vocabulary.places import DivisionLevel, subtree_end


class Division(Base):
    __tablename__ = "division"
    __table_args__ = (
        CheckConstraint("length(code) IN (2, 4, 6, 9, 12, 15)", name="code_length"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="position_whole"),
    )

    code: Mapped[str] = mapped_column(String(CODE_LENGTH), primary_key=True)
    level: Mapped[DivisionLevel] = mapped_column(coded(DivisionLevel))
    name: Mapped[str] = mapped_column(String(60), index=True)
    old_codes: Mapped[Words]
    old_names: Mapped[Words]
    latitude: Mapped[float | None] = mapped_column(Float)  # degrees, WGS-84
    longitude: Mapped[float | None] = mapped_column(Float)


def within(
    column: ColumnElement[str] | InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
    code: str,
) -> ColumnElement[bool]:
    """The column's division lies in the subtree of `code`."""
    return and_(column >= code, column < subtree_end(code))
