"""The ledger of counted services; kept two years at least (人力资源市场暂行条例 33)."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Key, Recorded, coded
from models.cases import UUID_LENGTH, Case, Visit
from models.referrals import Referral
from models.residents import Resident
from models.sealed import SealedText
from models.vocabulary.services import ServiceKind


class ServiceItem(Recorded, Base):
    """One service delivered to a case, with what shows it.

    Never deleted before two years are over; one recorded by mistake is marked as removed.
    """

    __tablename__ = "service_item"
    __table_args__ = (
        Index("ix_service_item_case", "case_id", "kind"),
        # The ledger is read from the newest day back.
        Index("ix_service_item_day", "delivered_on", "id"),
        CheckConstraint("(removed_at IS NULL) = (removed_by IS NULL)", name="removed_by"),
        CheckConstraint(
            "kind <> 'recommendation' OR referral_id IS NOT NULL OR visit_id IS NOT NULL"
            " OR note IS NOT NULL",
            name="recommendation_is_shown",
        ),
    )

    id: Mapped[Key]
    # Of the form that recorded it; None where a referral tells of it.
    uuid: Mapped[str | None] = mapped_column(String(UUID_LENGTH), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), index=True)
    kind: Mapped[ServiceKind] = mapped_column(coded(ServiceKind))
    delivered_on: Mapped[date]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # None: a job
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)
    # A referral counts once, however its life goes on.
    referral_id: Mapped[int | None] = mapped_column(ForeignKey("referral.id"), unique=True)
    note: Mapped[str | None] = mapped_column(SealedText("service_item.note"))
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    case: Mapped[Case] = relationship()
    resident: Mapped[Resident] = relationship()
    referral: Mapped[Referral | None] = relationship()
    visit: Mapped[Visit | None] = relationship()
