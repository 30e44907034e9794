"""Who did or saw what, when, from where and why. Rows are only ever added."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Document, Key


class AuditEntry(Base):
    __tablename__ = "audit_entry"

    id: Mapped[Key]
    at: Mapped[datetime] = mapped_column(index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    act: Mapped[str] = mapped_column(String(60), index=True)  # resource:part:action
    succeeded: Mapped[bool] = mapped_column(Boolean, default=True)
    resident_ids: Mapped[list[int]] = mapped_column(Document, default=list)
    reason: Mapped[str | None] = mapped_column(String(200))
    address: Mapped[str | None] = mapped_column(String(45))  # where the request came from
    request_id: Mapped[str | None] = mapped_column(String(36))
    details: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)


class AuditSeal(Base):
    """The chain over closed minutes: each digest covers its entries and the seal before it."""

    __tablename__ = "audit_seal"

    id: Mapped[Key]
    minute: Mapped[datetime] = mapped_column(unique=True)
    first_id: Mapped[int]
    last_id: Mapped[int]
    entry_count: Mapped[int]
    key_id: Mapped[str] = mapped_column(String(40))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
