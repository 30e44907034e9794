"""What every table shares: names of constraints, column types, instants."""

from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    Integer,
    MetaData,
    String,
    TypeDecorator,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from models.vocabulary.labelled import Labelled

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
CODE_LENGTH = 15
WORD_LENGTH = 40


class Instant(TypeDecorator[datetime]):
    """An aware datetime in UTC; SQLite keeps it without the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            message = "an instant needs a time zone"
            raise ValueError(message)
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else utc.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


# SQLite numbers rows by itself only in a column that is exactly INTEGER.
BigKey = BigInteger().with_variant(Integer, "sqlite")
Document = JSON().with_variant(JSONB(none_as_null=True), "postgresql")

Key = Annotated[int, mapped_column(BigKey, primary_key=True)]
DivisionCode = Annotated[str, mapped_column(String(CODE_LENGTH), ForeignKey("division.code"))]
Words = Annotated[list[str], mapped_column(Document, default=list)]
Answers = Annotated[dict[str, Any], mapped_column(Document, default=dict)]
Word = TypeVar("Word", bound=Labelled)


def coded(enumeration: type[Word]) -> Enum:
    """A column that stores the enumeration's values as words, held to them by a CHECK."""
    return Enum(
        enumeration,
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=WORD_LENGTH,
        name=_snake(enumeration.__name__),
        values_callable=lambda members: [member.value for member in members],
    )


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)[1:]


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {datetime: Instant}  # noqa: RUF012 - SQLAlchemy reads it so


def utc_now() -> datetime:
    """The one clock that column defaults read."""
    return datetime.now(UTC)


class Recorded:
    """Rows that tell when they were written."""

    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Versioned:
    """A bureau's fact: brought by one import, ended by the one that changes or drops it."""

    brought_by: Mapped[int] = mapped_column(ForeignKey("import_batch.id"), index=True)
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"), index=True)
