"""Residents, their households, categories, work status and wishes."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import CODE_LENGTH, Base, Key, Recorded, Versioned, Words, coded
from models.sealed import SealedText
from models.vocabulary.facts import Source
from models.vocabulary.residents import (
    CategoryCode,
    DocumentType,
    LivesInBasis,
    RetirementTrack,
    Sex,
    WishedHours,
    WorkStatus,
)

INDEX_LENGTH = 48


class Resident(Recorded, Base):
    """Anyone known in the district, registered or not."""

    __tablename__ = "resident"
    __table_args__ = (
        CheckConstraint("(lives_in IS NULL) = (lives_in_basis IS NULL)", name="lives_in_has_basis"),
        CheckConstraint("(id_index IS NULL) = (id_sealed IS NULL)", name="id_whole"),
        CheckConstraint("(phone_index IS NULL) = (phone_sealed IS NULL)", name="phone_whole"),
        CheckConstraint("merged_into IS NULL OR merged_into <> id", name="merged_elsewhere"),
        CheckConstraint(
            "(confirmed_division IS NULL) = (confirmed_division_at IS NULL)",
            name="division_confirmed",
        ),
    )

    id: Mapped[Key]
    document_type: Mapped[DocumentType] = mapped_column(coded(DocumentType))
    id_index: Mapped[str | None] = mapped_column(String(INDEX_LENGTH), unique=True)
    id_sealed: Mapped[str | None] = mapped_column(SealedText("resident.id_sealed"))
    name: Mapped[str] = mapped_column(String(60), index=True)
    name_from: Mapped[Source | None] = mapped_column(coded(Source))
    pinyin: Mapped[str] = mapped_column(String(60), index=True)  # initials, lower case
    sex: Mapped[Sex] = mapped_column(coded(Sex))
    born_on: Mapped[date]
    retirement_track: Mapped[RetirementTrack | None] = mapped_column(coded(RetirementTrack))
    phone_index: Mapped[str | None] = mapped_column(String(INDEX_LENGTH), index=True)
    # One number to a line, the first one called; the index is of the first.
    phone_sealed: Mapped[str | None] = mapped_column(SealedText("resident.phone_sealed"))
    address_sealed: Mapped[str | None] = mapped_column(SealedText("resident.address_sealed"))
    email_sealed: Mapped[str | None] = mapped_column(SealedText("resident.email_sealed"))
    registered_division: Mapped[str | None] = mapped_column(
        String(CODE_LENGTH), ForeignKey("division.code")
    )
    # A resident of a division that was never loaded lives nowhere we serve.
    lives_in: Mapped[str | None] = mapped_column(
        String(CODE_LENGTH), ForeignKey("division.code"), index=True
    )
    lives_in_basis: Mapped[LivesInBasis | None] = mapped_column(coded(LivesInBasis))
    # What a worker confirmed outranks every file.
    confirmed_division: Mapped[str | None] = mapped_column(
        String(CODE_LENGTH), ForeignKey("division.code")
    )
    confirmed_division_at: Mapped[datetime | None]
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("resident.id"), index=True)
    brought_by: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"), index=True)

    @property
    def phones(self) -> list[str]:
        return self.phone_sealed.splitlines() if self.phone_sealed else []


class ResidentBefore(Base):
    """How a resident known before an import stood, where the import changed the name or phone."""

    __tablename__ = "resident_before"

    import_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"), primary_key=True)
    resident_id: Mapped[int] = mapped_column(
        ForeignKey("resident.id"), primary_key=True, index=True
    )
    name: Mapped[str] = mapped_column(String(60))
    name_from: Mapped[Source | None] = mapped_column(coded(Source))
    pinyin: Mapped[str] = mapped_column(String(60))
    phone_index: Mapped[str | None] = mapped_column(String(INDEX_LENGTH))
    # Copied as it lies, without opening it: the associated data is the resident's.
    phone_sealed: Mapped[str | None] = mapped_column(SealedText("resident.phone_sealed"))
    # What the import put there: a number somebody has changed since stays.
    given_phone_index: Mapped[str | None] = mapped_column(String(INDEX_LENGTH))


class StatedIdentity(Versioned, Base):
    """The name and birth date one source gives for a resident: what `sources_disagree` reads."""

    __tablename__ = "stated_identity"
    __table_args__ = (
        Index(
            "uq_stated_identity_current",
            "resident_id",
            "source",
            unique=True,
            sqlite_where=text("ended_by IS NULL"),
            postgresql_where=text("ended_by IS NULL"),
        ),
    )

    id: Mapped[Key]
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), index=True)
    source: Mapped[Source] = mapped_column(coded(Source))
    name: Mapped[str] = mapped_column(String(60))
    name_key: Mapped[str] = mapped_column(String(60))  # dots and blanks taken out
    born_on: Mapped[date | None]


class Household(Recorded, Base):
    __tablename__ = "household"
    __table_args__ = (
        CheckConstraint(
            "(zero_employment_confirmed_on IS NULL) = (zero_employment_confirmed_by IS NULL)",
            name="confirmation_whole",
        ),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(40), unique=True)  # 户号
    division_code: Mapped[str | None] = mapped_column(
        String(CODE_LENGTH), ForeignKey("division.code"), index=True
    )
    zero_employment_confirmed_on: Mapped[date | None]
    zero_employment_confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    brought_by: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"), index=True)

    members: Mapped[list["HouseholdMember"]] = relationship(back_populates="household")


class HouseholdMember(Versioned, Base):
    __tablename__ = "household_member"
    __table_args__ = (
        Index(
            "uq_household_member_current",
            "resident_id",
            unique=True,
            sqlite_where=text("ended_by IS NULL"),
            postgresql_where=text("ended_by IS NULL"),
        ),
    )

    id: Mapped[Key]
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"), index=True)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), index=True)
    relation: Mapped[str | None] = mapped_column(String(20))
    is_head: Mapped[bool] = mapped_column(default=False)

    household: Mapped[Household] = relationship(back_populates="members")
    resident: Mapped[Resident] = relationship()


class Category(Recorded, Base):
    """A mark of a resident with its basis and dates."""

    __tablename__ = "category"
    __table_args__ = (
        UniqueConstraint("resident_id", "code", "from_on"),
        CheckConstraint("to_on IS NULL OR to_on >= from_on", name="dates_in_order"),
        Index("ix_category_code_resident", "code", "resident_id"),
    )

    id: Mapped[Key]
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    code: Mapped[CategoryCode] = mapped_column(coded(CategoryCode))
    basis: Mapped[str] = mapped_column(String(60))
    from_on: Mapped[date]
    to_on: Mapped[date | None]  # the last day it holds
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    brought_by: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"), index=True)


class StatusHistory(Recorded, Base):
    """Work status over time; the row that nothing has replaced is today's."""

    __tablename__ = "status_history"
    __table_args__ = (
        Index(
            "uq_status_history_current",
            "resident_id",
            unique=True,
            sqlite_where=text("replaced_at IS NULL"),
            postgresql_where=text("replaced_at IS NULL"),
        ),
        Index("ix_status_history_resident", "resident_id", "since_on"),
    )

    id: Mapped[Key]
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    status: Mapped[WorkStatus] = mapped_column(coded(WorkStatus))
    since_on: Mapped[date]
    replaced_at: Mapped[datetime | None]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)
    brought_by: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"), index=True)


class Intention(Recorded, Base):
    """What work a resident wishes for; the row that nothing has replaced is today's."""

    __tablename__ = "intention"
    __table_args__ = (
        Index(
            "uq_intention_current",
            "resident_id",
            unique=True,
            sqlite_where=text("replaced_at IS NULL"),
            postgresql_where=text("replaced_at IS NULL"),
        ),
        CheckConstraint("pay_fen IS NULL OR pay_fen >= 0", name="pay_fen"),
        CheckConstraint("minutes IS NULL OR minutes BETWEEN 0 AND 240", name="minutes"),
    )

    id: Mapped[Key]
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), index=True)
    kinds: Mapped[Words]  # WorkKind
    occupation: Mapped[str | None] = mapped_column(String(100))
    pay_fen: Mapped[int | None]  # a month, at least
    hours: Mapped[WishedHours | None] = mapped_column(coded(WishedHours))
    minutes: Mapped[int | None]  # on the way, at most
    skills: Mapped[str | None] = mapped_column(String(200))
    wants_training: Mapped[bool] = mapped_column(default=False)
    wants_start_up: Mapped[bool] = mapped_column(default=False)
    recorded_on: Mapped[date]
    replaced_at: Mapped[datetime | None]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)
    brought_by: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"), index=True)
