"""Referrals and their history; what a resident tells an employer about themselves."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Key, Recorded, Words, coded
from models.cases import UUID_LENGTH, Case
from models.posts import Post
from models.residents import Resident
from models.sealed import SealedText
from models.vocabulary.cases import RefusalReason
from models.vocabulary.facts import EducationLevel
from models.vocabulary.referrals import (
    REFERRAL_LIFECYCLE,
    DeclinedBy,
    EmployerRefusal,
    ReferralStage,
    ReferralVerb,
)

RUNNING = text("stage IN ('applied', 'offered', 'accepted', 'interview', 'hired')")


class Referral(Recorded, Base):
    __tablename__ = "referral"
    __table_args__ = (
        # Somebody is put forward for a post once at a time.
        Index(
            "uq_referral_running",
            "resident_id",
            "post_id",
            unique=True,
            sqlite_where=RUNNING,
            postgresql_where=RUNNING,
        ),
        Index("ix_referral_stage", "stage", "lapses_on"),
        CheckConstraint("(stage = 'hired') = (hired_on IS NOT NULL)", name="hired_has_date"),
        CheckConstraint(
            "(stage = 'declined') = (declined_by IS NOT NULL)", name="declined_by_somebody"
        ),
        CheckConstraint(
            "declined_by IS NULL OR declined_by <> 'resident' OR refusal_reason IS NOT NULL",
            name="refusal_has_reason",
        ),
        CheckConstraint(
            "refusal_reason IS NOT NULL OR refusal_reasonable IS NULL", name="refusal_whole"
        ),
        CheckConstraint(
            "(stage = 'obsolete') = (obsolete_from IS NOT NULL)", name="obsolete_from_stage"
        ),
    )

    id: Mapped[Key]
    uuid: Mapped[str] = mapped_column(String(UUID_LENGTH), unique=True)  # of the form that made it
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), index=True)
    stage: Mapped[ReferralStage] = mapped_column(coded(ReferralStage))
    offered_on: Mapped[date]
    offered_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # None: they applied
    lapses_on: Mapped[date]
    interview_at: Mapped[datetime | None]
    hired_on: Mapped[date | None]  # the first day of work
    declined_by: Mapped[DeclinedBy | None] = mapped_column(coded(DeclinedBy))
    refusal_reason: Mapped[RefusalReason | None] = mapped_column(coded(RefusalReason))
    refusal_reasonable: Mapped[bool | None]
    employer_refusal: Mapped[EmployerRefusal | None] = mapped_column(coded(EmployerRefusal))
    # What a report of refused suitable posts needs: how it fitted when it was offered.
    offered_score: Mapped[int | None]
    offered_minutes: Mapped[int | None]
    resume_shared: Mapped[bool] = mapped_column(default=False)
    obsolete_from: Mapped[str | None] = mapped_column(String(40))  # ReferralStage before the hire
    obsolete_by: Mapped[int | None] = mapped_column(ForeignKey("referral.id"), index=True)

    resident: Mapped[Resident] = relationship()
    case: Mapped[Case] = relationship()
    post: Mapped[Post] = relationship()

    def move(self, verb: str) -> None:
        """Follow REFERRAL_LIFECYCLE; raises IllegalMove. The move is logged by who makes it."""
        self.stage = REFERRAL_LIFECYCLE.target(verb, self.stage)


class ReferralMove(Base):
    """What happened to a referral; `by` NULL is the resident, the employer's link or a job."""

    __tablename__ = "referral_move"

    id: Mapped[Key]
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"), index=True)
    verb: Mapped[ReferralVerb] = mapped_column(coded(ReferralVerb))
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("signed_link.id"))
    note: Mapped[str | None] = mapped_column(SealedText("referral_move.note"))


class Resume(Recorded, Base):
    """What an employer may read of a resident who agreed to it; the newest row is today's."""

    __tablename__ = "resume"
    __table_args__ = (
        Index(
            "uq_resume_current",
            "resident_id",
            unique=True,
            sqlite_where=text("replaced_at IS NULL"),
            postgresql_where=text("replaced_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), index=True)
    education: Mapped[EducationLevel | None] = mapped_column(coded(EducationLevel))
    experience: Mapped[str | None] = mapped_column(SealedText("resume.experience"))
    skills: Mapped[str | None] = mapped_column(String(200))
    certificates: Mapped[Words]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # None: themselves
    replaced_at: Mapped[datetime | None]
