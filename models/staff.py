"""People who sign in and the divisions they cover."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, DivisionCode, Key, Recorded, coded
from models.sealed import SealedText
from models.vocabulary.staff import TWO_FACTOR_ROLES, Role


class Account(Recorded, Base):
    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("failed_count >= 0", name="failed_count"),
        CheckConstraint("language IN ('zh', 'en')", name="language"),
    )

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(40), unique=True)
    display_name: Mapped[str] = mapped_column(String(40))
    role: Mapped[Role] = mapped_column(coded(Role))
    division_code: Mapped[DivisionCode]
    password_hash: Mapped[str] = mapped_column(String(200))
    password_changed_at: Mapped[datetime | None]
    totp_secret: Mapped[str | None] = mapped_column(SealedText("account.totp_secret"))
    totp_enrolled_at: Mapped[datetime | None]
    totp_last_step: Mapped[int | None]  # a code opens once
    failed_count: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    language: Mapped[str] = mapped_column(String(2), default="zh")
    large_type: Mapped[bool] = mapped_column(default=False)
    # Raised when a password changes or an account is disabled: sessions of before end then.
    session_epoch: Mapped[int] = mapped_column(default=0)

    coverage: Mapped[list["Coverage"]] = relationship(
        back_populates="account", cascade="all, delete-orphan", lazy="selectin"
    )

    @property
    def is_active(self) -> bool:
        return self.disabled_at is None

    @property
    def needs_two_factors(self) -> bool:
        return self.role in TWO_FACTOR_ROLES

    @property
    def covered_codes(self) -> list[str]:
        """The divisions the account answers for: its coverage, else its own division."""
        return sorted(cover.division_code for cover in self.coverage) or [self.division_code]


class Coverage(Base):
    __tablename__ = "coverage"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    division_code: Mapped[str] = mapped_column(
        String(15), ForeignKey("division.code"), primary_key=True, index=True
    )

    account: Mapped[Account] = relationship(back_populates="coverage")


class RecoveryCode(Base):
    """A way in when the phone with the second factor is lost; each opens once."""

    __tablename__ = "recovery_code"

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(200))
    used_at: Mapped[datetime | None]
