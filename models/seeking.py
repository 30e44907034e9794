"""What residents say of the posts they are shown: passed over, or not to be shown by a machine."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigKey, Key, coded
from models.vocabulary.cases import RefusalReason


class PassedPost(Base):
    """A recommended post somebody does not want; it is not recommended to them again."""

    __tablename__ = "passed_post"

    resident_id: Mapped[int] = mapped_column(BigKey, ForeignKey("resident.id"), primary_key=True)
    post_id: Mapped[int] = mapped_column(
        BigKey, ForeignKey("post.id"), primary_key=True, index=True
    )
    reason: Mapped[RefusalReason] = mapped_column(coded(RefusalReason))
    passed_at: Mapped[datetime]


class ManualChoice(Base):
    """Somebody wants posts chosen by a person, none by a machine (个人信息保护法 24)."""

    __tablename__ = "manual_choice"
    __table_args__ = (
        Index(
            "uq_manual_choice_current",
            "resident_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("ended_at IS NULL OR ended_at >= chosen_at", name="in_order"),
    )

    id: Mapped[Key]
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), index=True)
    chosen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
