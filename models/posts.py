"""Posts with their review, and what is complained of."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Answers, Base, BigKey, DivisionCode, Key, Recorded, Words, coded
from models.cases import UUID_LENGTH
from models.employers import Employer
from models.places import Position
from models.sealed import SealedText
from models.vocabulary.facts import EducationLevel
from models.vocabulary.posts import (
    COMPLAINT_LIFECYCLE,
    POST_LIFECYCLE,
    ComplaintReason,
    ComplaintState,
    PayUnit,
    PostDoor,
    PostState,
    PostVerb,
)
from models.vocabulary.residents import WishedHours, WorkKind

OCCUPATION_LENGTH = 12
PRINT_LENGTH = 64


class Post(Recorded, Base):
    """A job offered; nobody but its sender and reviewers sees it before it is published."""

    __tablename__ = "post"
    __table_args__ = (
        Index("ix_post_state_division", "state", "division_code", "position_id"),
        Index("ix_post_position", "position_id", "state"),
        Index("ix_post_employer", "employer_id", "title_key"),
        CheckConstraint("headcount BETWEEN 1 AND 9999", name="headcount"),
        CheckConstraint("hired_count >= 0", name="hired_count"),
        CheckConstraint(
            "pay_low_fen IS NULL OR pay_high_fen IS NULL OR pay_low_fen <= pay_high_fen",
            name="pay_in_order",
        ),
        CheckConstraint("pay_months BETWEEN 12 AND 24", name="pay_months"),
        CheckConstraint("(state = 'merged') = (merged_into IS NOT NULL)", name="merged_somewhere"),
        CheckConstraint("merged_into IS NULL OR merged_into <> id", name="merged_elsewhere"),
        CheckConstraint(
            "state <> 'published' OR published_on IS NOT NULL", name="published_has_date"
        ),
    )

    id: Mapped[Key]
    uuid: Mapped[str] = mapped_column(String(UUID_LENGTH), unique=True)  # of the form that made it
    employer_id: Mapped[int] = mapped_column(ForeignKey("employer.id"))
    door: Mapped[PostDoor] = mapped_column(coded(PostDoor))
    state: Mapped[PostState] = mapped_column(coded(PostState), default=PostState.RECEIVED)
    title: Mapped[str] = mapped_column(String(80))
    title_key: Mapped[str] = mapped_column(String(80))  # as duplicates are looked for
    occupation_code: Mapped[str | None] = mapped_column(String(OCCUPATION_LENGTH))
    kind: Mapped[WorkKind] = mapped_column(coded(WorkKind))
    headcount: Mapped[int] = mapped_column(SmallInteger, default=1)
    hired_count: Mapped[int] = mapped_column(SmallInteger, default=0)
    pay_unit: Mapped[PayUnit] = mapped_column(coded(PayUnit))
    pay_low_fen: Mapped[int | None]  # in the unit; both NULL: to be negotiated
    pay_high_fen: Mapped[int | None]
    pay_months: Mapped[int] = mapped_column(SmallInteger, default=12)  # 13薪 is 13
    month_low_fen: Mapped[int | None]  # a month of full-time work, as far as it can be reckoned
    month_high_fen: Mapped[int | None]
    hours: Mapped[WishedHours | None] = mapped_column(coded(WishedHours))
    shifts: Mapped[str | None] = mapped_column(String(100))  # in words: 早八晚五，月休四天
    description: Mapped[str | None] = mapped_column(String(2000))
    education: Mapped[EducationLevel | None] = mapped_column(coded(EducationLevel))  # at least
    skills: Mapped[str | None] = mapped_column(String(200))
    certificates: Mapped[Words]  # without which the work may not be done
    helped: Mapped[Words]  # CategoryCode: whom the post is meant to help
    insurance_paid: Mapped[bool | None]
    division_code: Mapped[DivisionCode]
    address: Mapped[str | None] = mapped_column(String(200))
    position_id: Mapped[int | None] = mapped_column(ForeignKey("position.id"))
    contact: Mapped[str | None] = mapped_column(String(60))
    contact_phone: Mapped[str | None] = mapped_column(SealedText("post.contact_phone"))
    valid_until: Mapped[date]
    submitted_on: Mapped[date]
    submitted_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # None: by a link
    published_on: Mapped[date | None]
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("post.id"), index=True)
    brought_by: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"), index=True)
    # Of a post from a file: what tells it again in the next one, and what the last one said.
    file_key: Mapped[str | None] = mapped_column(String(PRINT_LENGTH), unique=True)
    file_print: Mapped[str | None] = mapped_column(String(PRINT_LENGTH))
    # Which reckoning of words is stored; NULL: the words are still to be reckoned.
    terms_of: Mapped[str | None] = mapped_column(String(64), index=True)

    employer: Mapped[Employer] = relationship()
    position: Mapped[Position | None] = relationship()

    def move(self, verb: str) -> None:
        """Follow POST_LIFECYCLE; raises IllegalMove. The move is logged by who makes it."""
        self.state = POST_LIFECYCLE.target(verb, self.state)
        if verb == "amend":
            self.terms_of = None


class PostMove(Base):
    """What happened to a post; `by` NULL is a job or an employer's link."""

    __tablename__ = "post_move"

    id: Mapped[Key]
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), index=True)
    verb: Mapped[PostVerb] = mapped_column(coded(PostVerb))
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    reasons: Mapped[Words]  # ReturnReason or ComplaintReason
    note: Mapped[str | None] = mapped_column(String(400))


class PostBefore(Base):
    """How a post stood before a file changed it, and the move by which the file did."""

    __tablename__ = "post_before"

    import_id: Mapped[int] = mapped_column(BigKey, ForeignKey("import_batch.id"), primary_key=True)
    post_id: Mapped[int] = mapped_column(
        BigKey, ForeignKey("post.id"), primary_key=True, index=True
    )
    values: Mapped[Answers]  # by column
    contact_phone: Mapped[str | None] = mapped_column(SealedText("post_before.contact_phone"))
    move_id: Mapped[int] = mapped_column(ForeignKey("post_move.id"), index=True)


class Complaint(Recorded, Base):
    """What a resident says is wrong with a post."""

    __tablename__ = "complaint"
    __table_args__ = (
        CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="settled_has_instant"),
        CheckConstraint("(settled_at IS NULL) = (settled_by IS NULL)", name="settled_by"),
    )

    id: Mapped[Key]
    uuid: Mapped[str] = mapped_column(String(UUID_LENGTH), unique=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), index=True)
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id"), index=True)
    reason: Mapped[ComplaintReason] = mapped_column(coded(ComplaintReason))
    note: Mapped[str | None] = mapped_column(SealedText("complaint.note"))
    state: Mapped[ComplaintState] = mapped_column(
        coded(ComplaintState), default=ComplaintState.OPEN
    )
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    post: Mapped[Post] = relationship()

    def move(self, verb: str) -> None:
        """Follow COMPLAINT_LIFECYCLE; raises IllegalMove."""
        self.state = COMPLAINT_LIFECYCLE.target(verb, self.state)
