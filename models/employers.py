"""Employers who offer posts, and the links they answer by."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, DivisionCode, Key, Recorded, coded
from models.places import Position
from models.residents import INDEX_LENGTH
from models.sealed import SealedText
from models.vocabulary.employers import LinkPurpose

USCC_LENGTH = 18


class Employer(Recorded, Base):
    """Somebody with work to give, or an agency that speaks for such."""

    __tablename__ = "employer"
    __table_args__ = (
        Index("ix_employer_name_key", "name_key"),
        Index("ix_employer_division", "division_code"),
        CheckConstraint(
            "(licence_seen_on IS NULL) = (licence_seen_by IS NULL)", name="licence_whole"
        ),
    )

    id: Mapped[Key]
    uscc: Mapped[str | None] = mapped_column(String(USCC_LENGTH), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    name_key: Mapped[str] = mapped_column(String(120))  # blanks, brackets and dots evened out
    is_agency: Mapped[bool] = mapped_column(default=False)
    division_code: Mapped[DivisionCode]
    address: Mapped[str | None] = mapped_column(String(200))
    position_id: Mapped[int | None] = mapped_column(ForeignKey("position.id"))
    contact: Mapped[str | None] = mapped_column(String(60))
    contact_phone: Mapped[str | None] = mapped_column(SealedText("employer.contact_phone"))
    licence_seen_on: Mapped[date | None]
    licence_seen_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    brought_by: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"), index=True)

    position: Mapped[Position | None] = relationship()


class SignedLink(Recorded, Base):
    """A way in without an account: only the hash of what the address carries is kept."""

    __tablename__ = "signed_link"
    __table_args__ = (
        CheckConstraint(
            "(purpose = 'answer_referral') = (referral_id IS NOT NULL)", name="names_its_record"
        ),
    )

    id: Mapped[Key]
    token_hash: Mapped[str] = mapped_column(String(INDEX_LENGTH), unique=True)
    purpose: Mapped[LinkPurpose] = mapped_column(coded(LinkPurpose))
    employer_id: Mapped[int] = mapped_column(ForeignKey("employer.id"), index=True)
    referral_id: Mapped[int | None] = mapped_column(ForeignKey("referral.id"), index=True)
    made_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    employer: Mapped[Employer] = relationship()
