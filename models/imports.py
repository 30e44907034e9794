"""A bureau file, its scope and state, its rejected rows, and what was remembered of its form."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Answers, Base, DivisionCode, Key, Recorded, Words, coded
from models.sealed import SealedText
from models.staff import Account
from models.vocabulary.facts import Source
from models.vocabulary.imports import BATCH_LIFECYCLE, BatchOrigin, BatchState


class ImportBatch(Recorded, Base):
    __tablename__ = "import_batch"
    __table_args__ = (
        # `--again` may apply a file once more; then only the newest of its batches stands here.
        Index(
            "uq_import_batch_standing",
            "sha256",
            "repeat",
            unique=True,
            sqlite_where=text("state IN ('applying', 'applied')"),
            postgresql_where=text("state IN ('applying', 'applied')"),
        ),
        Index("ix_import_batch_scope", "source", "division_code", "state"),
        CheckConstraint("(state = 'applied') <= (applied_at IS NOT NULL)", name="applied_has_date"),
        CheckConstraint("(state = 'failed') = (failure IS NOT NULL)", name="failed_has_reason"),
        CheckConstraint(
            "source IS NOT NULL OR state IN ('received', 'failed')", name="read_has_source"
        ),
        CheckConstraint("(origin = 'folder') = (drop_token IS NOT NULL)", name="dropped_has_token"),
    )

    id: Mapped[Key]
    source: Mapped[Source | None] = mapped_column(coded(Source))  # None: the file will tell
    state: Mapped[BatchState] = mapped_column(coded(BatchState), default=BatchState.RECEIVED)
    file_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    repeat: Mapped[int] = mapped_column(default=0)
    size_bytes: Mapped[int]
    division_code: Mapped[DivisionCode]
    kinds: Mapped[Words]  # InsuranceKind; none for other sources
    month: Mapped[int | None]
    filed_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    departures_confirmed: Mapped[bool] = mapped_column(default=False)
    # rows, added, changed, unchanged, unmatched, ignored, ended, rejected; reasons; warnings
    counts: Mapped[Answers]
    reasons: Mapped[Answers]
    warnings: Mapped[Answers]
    layout: Mapped[Answers]  # how the file is read; nothing while that is to be guessed
    # Its first rows, for the person who says how to read it; gone when the batch ends.
    preview: Mapped[str | None] = mapped_column(SealedText("import_batch.preview"), deferred=True)
    progress: Mapped[Answers]  # what an interrupted apply has finished, slice by slice
    # What a rehearsed file would do to people with a case and to reminders; only its page reads it.
    effects: Mapped[Answers] = mapped_column(deferred=True)
    # When its writing began, counted from one: of two batches of a scope the higher came later.
    turn: Mapped[int | None]
    claimed_by: Mapped[str | None] = mapped_column(String(80))  # host and process
    claimed_until: Mapped[datetime | None]
    applied_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    swept_at: Mapped[datetime | None]
    failure: Mapped[str | None] = mapped_column(String(400))
    seconds: Mapped[float | None]
    origin: Mapped[BatchOrigin] = mapped_column(coded(BatchOrigin), default=BatchOrigin.COMMAND)
    drop_token: Mapped[str | None] = mapped_column(String(32), unique=True)  # its place there

    filer: Mapped[Account] = relationship()

    @property
    def known_source(self) -> Source:
        """Of a batch whose file has been read."""
        assert self.source is not None, self.id  # noqa: S101 - the table holds it to that
        return self.source

    def move(self, verb: str) -> None:
        """Follow BATCH_LIFECYCLE; raises IllegalMove."""
        self.state = BATCH_LIFECYCLE.target(verb, self.state)


class ImportIssue(Base):
    """One problem or warning of one row; the row's own cells lie sealed with its first issue."""

    __tablename__ = "import_issue"
    __table_args__ = (Index("ix_import_issue_batch", "import_id", "line"),)

    id: Mapped[Key]
    import_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"))
    sheet: Mapped[str] = mapped_column(String(60))
    line: Mapped[int]
    code: Mapped[str] = mapped_column(String(40))  # RejectCode or WarningCode
    rejects: Mapped[bool]
    column: Mapped[str | None] = mapped_column(String(60))
    raw: Mapped[str | None] = mapped_column(SealedText("import_issue.raw"))
    cells: Mapped[str | None] = mapped_column(SealedText("import_issue.cells"))  # JSON


class ImportLayout(Recorded, Base):
    """How an office reads the form of a sender, told by the print of its header."""

    __tablename__ = "import_layout"
    __table_args__ = (UniqueConstraint("source", "division_code", "fingerprint"),)

    id: Mapped[Key]
    source: Mapped[Source] = mapped_column(coded(Source))
    division_code: Mapped[DivisionCode]  # the office's own
    fingerprint: Mapped[str] = mapped_column(String(64))
    layout: Mapped[Answers]
    set_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # None: as it was guessed
    used_at: Mapped[datetime]
