"""What the bureaus' files say. A change ends the old row and brings a new one."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import CODE_LENGTH, Base, BigKey, Key, Versioned, coded
from models.residents import INDEX_LENGTH
from models.sealed import SealedText
from models.vocabulary.facts import (
    BenefitKind,
    EducationLevel,
    InsuranceKind,
    RegisterStatus,
    StudyForm,
    SubsistenceKind,
    WorkAbility,
)


def current(table: str, *key: str) -> Index:
    """One current row for a key: unique where nothing has ended it."""
    return Index(
        f"uq_{table}_current",
        *key,
        unique=True,
        sqlite_where=text("ended_by IS NULL"),
        postgresql_where=text("ended_by IS NULL"),
    )


class PayingEmployer(Base):
    """An employer as insurance files name it; 0 in a contribution means none was given."""

    __tablename__ = "paying_employer"

    id: Mapped[Key]
    # The USCC, else the bureau's number, else the name: what tells two employers apart.
    key: Mapped[str] = mapped_column(String(120), unique=True)
    uscc: Mapped[str | None] = mapped_column(String(18))
    number: Mapped[str | None] = mapped_column(String(40))
    name: Mapped[str | None] = mapped_column(String(120))


class Contribution(Base):
    """One month of one insurance kind paid for a resident by an employer."""

    __tablename__ = "contribution"
    __table_args__ = (
        Index("ix_contribution_resident", "resident_id", "kind", "month"),
        {"sqlite_with_rowid": False, "postgresql_partition_by": "RANGE (month)"},
    )

    kind: Mapped[InsuranceKind] = mapped_column(coded(InsuranceKind), primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    resident_id: Mapped[int] = mapped_column(BigKey, ForeignKey("resident.id"), primary_key=True)
    employer_id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    import_id: Mapped[int] = mapped_column(BigKey, ForeignKey("import_batch.id"))
    base_fen: Mapped[int | None]


class ContributionBefore(Base):
    """How a contribution stood before an import; import_before NULL: it did not exist."""

    __tablename__ = "contribution_before"
    __table_args__ = ({"sqlite_with_rowid": False},)

    import_id: Mapped[int] = mapped_column(BigKey, ForeignKey("import_batch.id"), primary_key=True)
    kind: Mapped[InsuranceKind] = mapped_column(coded(InsuranceKind), primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    resident_id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    employer_id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    import_before: Mapped[int | None] = mapped_column(BigKey)
    base_before_fen: Mapped[int | None]


class InsuranceStanding(Base):
    """What the rules read of a resident's contributions of one kind; the import maintains it."""

    __tablename__ = "insurance_standing"
    __table_args__ = (
        Index("ix_insurance_standing_kind_last", "kind", "last_month"),
        CheckConstraint("last_month >= first_month", name="months_in_order"),
        CheckConstraint(
            "months_paid BETWEEN 1 AND last_month - first_month + 1", name="months_paid"
        ),
        {"sqlite_with_rowid": False},
    )

    resident_id: Mapped[int] = mapped_column(BigKey, ForeignKey("resident.id"), primary_key=True)
    kind: Mapped[InsuranceKind] = mapped_column(coded(InsuranceKind), primary_key=True)
    first_month: Mapped[int]
    last_month: Mapped[int]
    months_paid: Mapped[int]


class ClosedMonth(Base):
    """A month of a kind is closed for a division once a complete batch for it was applied."""

    __tablename__ = "closed_month"
    __table_args__ = (Index("ix_closed_month_kind_month", "kind", "month"),)

    import_id: Mapped[int] = mapped_column(BigKey, ForeignKey("import_batch.id"), primary_key=True)
    kind: Mapped[InsuranceKind] = mapped_column(coded(InsuranceKind), primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    division_code: Mapped[str] = mapped_column(String(CODE_LENGTH), ForeignKey("division.code"))
    division_end: Mapped[str] = mapped_column(String(CODE_LENGTH))  # behind the subtree


class RegisterEntry(Versioned, Base):
    """A person in the household register."""

    __tablename__ = "register_entry"
    __table_args__ = (
        current("register_entry", "resident_id"),
        Index("ix_register_entry_status", "status", "resident_id"),
    )

    id: Mapped[Key]
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), index=True)
    division_code: Mapped[str | None] = mapped_column(
        String(CODE_LENGTH), ForeignKey("division.code")
    )
    status: Mapped[RegisterStatus] = mapped_column(coded(RegisterStatus))
    status_on: Mapped[date | None]
    # Sealing is never the same twice: the keyed hash tells whether an address changed.
    address_sealed: Mapped[str | None] = mapped_column(SealedText("register_entry.address_sealed"))
    address_index: Mapped[str | None] = mapped_column(String(INDEX_LENGTH))


class Subsistence(Versioned, Base):
    """Civil affairs: a member of a household that draws support."""

    __tablename__ = "subsistence"
    __table_args__ = (current("subsistence", "resident_id"),)

    id: Mapped[Key]
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), index=True)
    kind: Mapped[SubsistenceKind] = mapped_column(coded(SubsistenceKind))
    division_code: Mapped[str | None] = mapped_column(
        String(CODE_LENGTH), ForeignKey("division.code")
    )
    certificate: Mapped[str | None] = mapped_column(String(40))
    relation: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(60))
    from_month: Mapped[int | None]
    amount_fen: Mapped[int | None]  # a month
    ability: Mapped[WorkAbility | None] = mapped_column(coded(WorkAbility))


class UnemploymentSpell(Versioned, Base):
    __tablename__ = "unemployment_spell"
    __table_args__ = (
        current("unemployment_spell", "resident_id", "registered_on"),
        CheckConstraint("is_open = (ended_on IS NULL)", name="open_has_no_end"),
    )

    id: Mapped[Key]
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), index=True)
    registered_on: Mapped[date]
    unemployed_since: Mapped[date | None]
    reason: Mapped[str | None] = mapped_column(String(60))
    registered_division: Mapped[str | None] = mapped_column(String(CODE_LENGTH))
    lives_in: Mapped[str | None] = mapped_column(String(CODE_LENGTH))
    is_open: Mapped[bool]
    ended_on: Mapped[date | None]
    end_reason: Mapped[str | None] = mapped_column(String(60))


class EmploymentSpell(Versioned, Base):
    __tablename__ = "employment_spell"
    __table_args__ = (
        current("employment_spell", "resident_id", "registered_on"),
        CheckConstraint("is_open = (ended_on IS NULL)", name="open_has_no_end"),
    )

    id: Mapped[Key]
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), index=True)
    registered_on: Mapped[date]
    employer: Mapped[str | None] = mapped_column(String(120))
    uscc: Mapped[str | None] = mapped_column(String(18))
    form: Mapped[str | None] = mapped_column(String(40))
    contract_from: Mapped[date | None]
    contract_to: Mapped[date | None]
    is_open: Mapped[bool]
    ended_on: Mapped[date | None]


class BenefitSpell(Versioned, Base):
    __tablename__ = "benefit_spell"
    __table_args__ = (current("benefit_spell", "resident_id", "kind", "from_month"),)

    id: Mapped[Key]
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), index=True)
    kind: Mapped[BenefitKind] = mapped_column(coded(BenefitKind))
    from_month: Mapped[int]
    to_month: Mapped[int | None]  # the last month drawn


class Degree(Versioned, Base):
    __tablename__ = "degree"
    __table_args__ = (
        Index("ix_degree_resident", "resident_id"),
        Index("ix_degree_graduated", "graduated_on"),
    )

    id: Mapped[Key]
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    school: Mapped[str | None] = mapped_column(String(80))
    major: Mapped[str | None] = mapped_column(String(80))
    level: Mapped[EducationLevel] = mapped_column(coded(EducationLevel))
    level_order: Mapped[int] = mapped_column(SmallInteger)  # 1 the highest
    entered_on: Mapped[date | None]
    graduated_on: Mapped[date | None]
    study_form: Mapped[StudyForm | None] = mapped_column(coded(StudyForm))
    certificate: Mapped[str | None] = mapped_column(String(40))
