"""The service of one resident: case, registration, visits, placements, consents."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.sql.elements import ColumnElement

from models.base import CODE_LENGTH, Answers, Base, DivisionCode, Key, Recorded, Words, coded
from models.residents import INDEX_LENGTH, Resident
from models.sealed import SealedText
from models.staff import Account
from models.vocabulary.cases import (
    CASE_LIFECYCLE,
    CASE_STAGES,
    REGISTRATION_LIFECYCLE,
    CaseOrigin,
    CaseStage,
    CaseState,
    CloseReason,
    ConfirmedBy,
    HelpTier,
    NextStep,
    PlacementKind,
    RefusalReason,
    RegistrationState,
    VisitChannel,
)
from models.vocabulary.registration import SetAsideReason
from models.vocabulary.residents import ConsentPurpose, DocumentType, WorkStatus

UUID_LENGTH = 36


class Case(Recorded, Base):
    __tablename__ = "case_file"
    __table_args__ = (
        Index(
            "uq_case_file_open",
            "resident_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_case_file_worker_open", "worker_id", "state", "last_contact_on"),
        CheckConstraint("(state = 'closed') = (closed_on IS NOT NULL)", name="closed_has_date"),
        CheckConstraint(
            "(state = 'closed') = (close_reason IS NOT NULL)", name="closed_has_reason"
        ),
        CheckConstraint("(state = 'closed') = (stage = 'closed')", name="closed_stage"),
        CheckConstraint("closed_on IS NULL OR closed_on >= opened_on", name="dates_in_order"),
        CheckConstraint(
            "last_contact_on IS NULL OR last_contact_on >= opened_on", name="contact_after_opening"
        ),
    )

    id: Mapped[Key]
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), index=True)
    state: Mapped[CaseState] = mapped_column(coded(CaseState), default=CaseState.OPEN)
    origin: Mapped[CaseOrigin] = mapped_column(coded(CaseOrigin))
    is_confirmed: Mapped[bool] = mapped_column(default=True)
    opened_on: Mapped[date]
    reopened_on: Mapped[date | None]  # later than the day it was closed: served anew from then on
    closed_on: Mapped[date | None]
    close_reason: Mapped[CloseReason | None] = mapped_column(coded(CloseReason))
    close_note: Mapped[str | None] = mapped_column(SealedText("case_file.close_note"))
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    handed_over_at: Mapped[datetime | None]  # by a person, last
    tier: Mapped[HelpTier | None] = mapped_column(coded(HelpTier))
    stage: Mapped[CaseStage] = mapped_column(coded(CaseStage), default=CaseStage.FIRST_CONTACT)
    work_status: Mapped[WorkStatus] = mapped_column(
        coded(WorkStatus), default=WorkStatus.UNEMPLOYED
    )
    # The last contact that reached the person: the newer of the visits' and the ledger's.
    last_contact_on: Mapped[date | None]
    ledger_contact_on: Mapped[date | None]
    # Where the registration or the ledger says the person lives.
    stated_division: Mapped[str | None] = mapped_column(
        String(CODE_LENGTH), ForeignKey("division.code")
    )
    causes: Mapped[Words]  # DifficultyCause
    obstacles: Mapped[Words]  # Obstacle
    brought_by: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"), index=True)

    resident: Mapped[Resident] = relationship()
    worker: Mapped[Account | None] = relationship()

    @hybrid_property
    def served_from(self) -> date:
        """The first day of the present registration spell: what is owed is counted from it."""
        return self.reopened_on or self.opened_on

    @served_from.inplace.expression
    @classmethod
    def _served_from(cls) -> ColumnElement[date]:
        return func.coalesce(cls.reopened_on, cls.opened_on)

    @hybrid_property
    def is_open(self) -> bool:
        return self.state == CaseState.OPEN

    @is_open.inplace.expression
    @classmethod
    def _is_open(cls) -> ColumnElement[bool]:
        return cls.state == CaseState.OPEN

    def move(self, verb: str) -> None:
        """Follow CASE_STAGES and CASE_LIFECYCLE; raises IllegalMove."""
        self.stage = CASE_STAGES.target(verb, self.stage)
        if CASE_LIFECYCLE.allows(verb, self.state):
            self.state = CASE_LIFECYCLE.target(verb, self.state)


class CaseBefore(Base):
    """How an open case stood before the ledger was loaded once more and changed it."""

    __tablename__ = "case_before"

    import_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    stage: Mapped[CaseStage] = mapped_column(coded(CaseStage))
    work_status: Mapped[WorkStatus] = mapped_column(coded(WorkStatus))
    worker_id: Mapped[int | None]
    given_worker_id: Mapped[int | None]  # what the import put there; a hand-over since stays
    last_contact_on: Mapped[date | None]
    ledger_contact_on: Mapped[date | None]
    stated_division: Mapped[str | None] = mapped_column(String(CODE_LENGTH))


class Registration(Recorded, Base):
    """What a mini-form said, kept apart until a worker confirms it."""

    __tablename__ = "registration"
    __table_args__ = (
        CheckConstraint(
            "(state = 'confirmed') = (confirmed_how IS NOT NULL)", name="confirmed_has_way"
        ),
        CheckConstraint(
            "(state IN ('confirmed', 'set_aside')) = (settled_by IS NOT NULL)", name="settled_by"
        ),
        CheckConstraint(
            "(state = 'set_aside') = (set_aside_reason IS NOT NULL)", name="set_aside_has_reason"
        ),
    )

    id: Mapped[Key]
    uuid: Mapped[str] = mapped_column(String(UUID_LENGTH), unique=True)
    state: Mapped[RegistrationState] = mapped_column(
        coded(RegistrationState), default=RegistrationState.RECEIVED
    )
    division_code: Mapped[DivisionCode]
    submitted_on: Mapped[date]
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    document_type: Mapped[DocumentType] = mapped_column(coded(DocumentType))
    name_sealed: Mapped[str] = mapped_column(SealedText("registration.name_sealed"))
    phone_sealed: Mapped[str] = mapped_column(SealedText("registration.phone_sealed"))
    phone_index: Mapped[str] = mapped_column(String(INDEX_LENGTH), index=True)
    address_sealed: Mapped[str | None] = mapped_column(SealedText("registration.address_sealed"))
    status: Mapped[WorkStatus] = mapped_column(coded(WorkStatus))
    status_since: Mapped[date | None]
    answers: Mapped[Answers]  # difficulties, household, wish: words of the vocabulary
    note_sealed: Mapped[str | None] = mapped_column(SealedText("registration.note_sealed"))
    # Codes of what contradicts verified facts, e.g. "name,division"; NULL where nothing does.
    differs: Mapped[str | None] = mapped_column(String(80))
    receipt_hash: Mapped[str] = mapped_column(String(INDEX_LENGTH), unique=True)
    confirmed_how: Mapped[ConfirmedBy | None] = mapped_column(coded(ConfirmedBy))
    set_aside_reason: Mapped[SetAsideReason | None] = mapped_column(coded(SetAsideReason))
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    settled_at: Mapped[datetime | None]

    resident: Mapped[Resident] = relationship()
    case: Mapped[Case] = relationship()

    def move(self, verb: str) -> None:
        """Follow REGISTRATION_LIFECYCLE; raises IllegalMove."""
        self.state = REGISTRATION_LIFECYCLE.target(verb, self.state)


class Visit(Recorded, Base):
    """A contact; never changed: a correction is a new row, and a deletion leaves its trace."""

    __tablename__ = "visit"
    __table_args__ = (
        Index("ix_visit_case_day", "case_id", "visited_on"),
        CheckConstraint("(removed_at IS NULL) = (removed_by IS NULL)", name="removed_by"),
        CheckConstraint(
            "refusal_reason IS NOT NULL OR refusal_reasonable IS NULL", name="refusal_whole"
        ),
    )

    id: Mapped[Key]
    uuid: Mapped[str] = mapped_column(String(UUID_LENGTH), unique=True)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    visited_on: Mapped[date]
    channel: Mapped[VisitChannel] = mapped_column(coded(VisitChannel))
    reached: Mapped[bool]
    recorded_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    work_status: Mapped[WorkStatus | None] = mapped_column(coded(WorkStatus))
    status_since: Mapped[date | None]
    causes: Mapped[Words]  # DifficultyCause
    obstacles: Mapped[Words]  # Obstacle
    refusal_reason: Mapped[RefusalReason | None] = mapped_column(coded(RefusalReason))
    refusal_reasonable: Mapped[bool | None]
    next_step: Mapped[NextStep] = mapped_column(coded(NextStep), default=NextStep.NONE)
    next_on: Mapped[date | None]
    note: Mapped[str | None] = mapped_column(SealedText("visit.note"))
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), unique=True)
    removed_at: Mapped[datetime | None]  # deleted, or replaced by its correction
    removed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    needs: Mapped[list["VisitNeed"]] = relationship(cascade="all, delete-orphan", lazy="selectin")
    resident: Mapped[Resident] = relationship()
    case: Mapped[Case | None] = relationship()
    recorder: Mapped[Account] = relationship(foreign_keys=[recorded_by])


class VisitNeed(Base):
    """A need found in a visit: a row each, so that measures can count them."""

    __tablename__ = "visit_need"

    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), primary_key=True)
    need: Mapped[str] = mapped_column(String(40), primary_key=True)  # Need


class Placement(Recorded, Base):
    """A job begun; it starts the follow-ups."""

    __tablename__ = "placement"
    __table_args__ = (
        CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name="dates_in_order"),
        CheckConstraint("pay_fen IS NULL OR pay_fen >= 0", name="pay_fen"),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)
    # A hire has one placement at a time; a cancelled one's is removed.
    referral_id: Mapped[int | None] = mapped_column(ForeignKey("referral.id"), index=True)
    kind: Mapped[PlacementKind] = mapped_column(coded(PlacementKind))
    employer: Mapped[str] = mapped_column(String(100))
    occupation: Mapped[str | None] = mapped_column(String(100))
    pay_fen: Mapped[int | None]  # a month
    started_on: Mapped[date]
    ended_on: Mapped[date | None]
    removed_at: Mapped[datetime | None]  # the visit that told of it was deleted or corrected

    case: Mapped[Case] = relationship()


class Consent(Base):
    __tablename__ = "consent"
    __table_args__ = (
        Index("ix_consent_resident", "resident_id", "purpose"),
        CheckConstraint("withdrawn_at IS NULL OR withdrawn_at >= given_at", name="in_order"),
    )

    id: Mapped[Key]
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id"), index=True)
    purpose: Mapped[ConsentPurpose] = mapped_column(coded(ConsentPurpose))
    wording: Mapped[str] = mapped_column(String(40))  # which text was shown, by its version
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
