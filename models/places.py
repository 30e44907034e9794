"""Divisions from the province down to the grid; positions, stations, and the ways between."""

from datetime import date

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    and_,
    text,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column, relationship

from models.base import CODE_LENGTH, Base, BigKey, DivisionCode, Key, Recorded, Words, coded
from models.vocabulary.places import DivisionLevel, StationKind, subtree_end


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


class Position(Base):
    """A point on the map that posts, stations and employers share; degrees, WGS-84."""

    __tablename__ = "position"
    __table_args__ = (
        UniqueConstraint("latitude", "longitude"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
        Index(
            "ix_position_unwalked",
            "id",
            sqlite_where=text("NOT is_walked"),
            postgresql_where=text("NOT is_walked"),
        ),
    )

    id: Mapped[Key]
    latitude: Mapped[float] = mapped_column(Float)  # rounded to six places: a tenth of a metre
    longitude: Mapped[float] = mapped_column(Float)
    # The ways to it have been reckoned from every community; a new one waits for the job.
    is_walked: Mapped[bool] = mapped_column(default=False)


class Station(Recorded, Base):
    """A place on the map where people are served: a station or a gig point."""

    __tablename__ = "station"
    __table_args__ = (UniqueConstraint("division_code", "name"),)

    id: Mapped[Key]
    kind: Mapped[StationKind] = mapped_column(coded(StationKind))
    name: Mapped[str] = mapped_column(String(60))
    division_code: Mapped[DivisionCode]
    address: Mapped[str | None] = mapped_column(String(200))
    hours: Mapped[str | None] = mapped_column(String(100))
    phone: Mapped[str | None] = mapped_column(String(40))  # the office's, not a person's
    position_id: Mapped[int | None] = mapped_column(ForeignKey("position.id"), index=True)
    closed_on: Mapped[date | None]

    position: Mapped[Position | None] = relationship()


class StreetLoad(Recorded, Base):
    """A street network that was loaded; the newest is the one walked on."""

    __tablename__ = "street_load"

    id: Mapped[Key]
    file_name: Mapped[str] = mapped_column(String(200))
    nodes: Mapped[int]
    edges: Mapped[int]
    south: Mapped[float] = mapped_column(Float)
    west: Mapped[float] = mapped_column(Float)
    north: Mapped[float] = mapped_column(Float)
    east: Mapped[float] = mapped_column(Float)
    # Arrays of node positions and edges, as the job walks on them (circle/places/streets.py).
    network: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class Walk(Base):
    """On foot from a community's middle to a position, as far as anybody is asked to walk."""

    __tablename__ = "walk"
    __table_args__ = (
        Index("ix_walk_position", "position_id"),
        {"sqlite_with_rowid": False},
    )

    division_code: Mapped[str] = mapped_column(
        String(CODE_LENGTH), ForeignKey("division.code"), primary_key=True
    )
    position_id: Mapped[int] = mapped_column(BigKey, ForeignKey("position.id"), primary_key=True)
    metres: Mapped[int]
    by_street: Mapped[bool]  # along the street network, else a straight line with its detour


class WalkOrigin(Base):
    """A community's middle or a station as it was last walked from, and what is in reach of it."""

    __tablename__ = "walk_origin"
    __table_args__ = (
        CheckConstraint("(division_code IS NULL) <> (station_id IS NULL)", name="one_place"),
    )

    id: Mapped[Key]
    division_code: Mapped[str | None] = mapped_column(
        String(CODE_LENGTH), ForeignKey("division.code"), unique=True
    )
    station_id: Mapped[int | None] = mapped_column(ForeignKey("station.id"), unique=True)
    latitude: Mapped[float] = mapped_column(Float)
    longitude: Mapped[float] = mapped_column(Float)
    # The network and the parameters gone by (circle/places/walks.py): others, and it is due again.
    reckoned_by: Mapped[str] = mapped_column(String(80))
    reach_metres: Mapped[int]
    by_street: Mapped[bool]
    # The streets in reach, as `circle/places/reach.py` writes them; NULL: a circle.
    streets: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
