from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from circle import audit
from circle.refusals import TrailUnavailable
from models.audit import AuditEntry, AuditSeal

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


def look(session: Session, *, seconds: int, residents: tuple[int, ...] = (7,)) -> AuditEntry:
    entry = audit.record(
        session,
        act="resident:file:read",
        actor=None,
        now=NOON + timedelta(seconds=seconds),
        resident_ids=residents,
        reason="contact",
        details={"b": 1, "a": "二"},
    )
    session.flush()
    return entry


@pytest.fixture
def sealed(session: Session) -> list[AuditEntry]:
    """Two minutes with entries and one without between them, all sealed."""
    entries = [look(session, seconds=seconds) for seconds in (0, 5, 59, 120, 150)]
    audit.seal_closed_minutes(session, NOON + timedelta(minutes=10))
    return entries


def open_for_changes(session: Session) -> None:
    """The tables forbid changes; somebody with the database's own password can lift that."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER ALL"))
        session.execute(text("ALTER TABLE audit_seal DISABLE TRIGGER ALL"))
        return
    for table in ("audit_entry", "audit_seal"):
        for verb in ("update", "delete"):
            session.execute(text(f"DROP TRIGGER {table}_no_{verb}"))


def test_the_untouched_trail_verifies(session: Session, sealed: list[AuditEntry]) -> None:
    assert audit.verify(session) == []
    assert [seal.entry_count for seal in session.query(AuditSeal).order_by(AuditSeal.minute)] == [
        3,
        2,
    ]


def test_sealing_again_seals_only_what_is_new(session: Session, sealed: list[AuditEntry]) -> None:
    later = NOON + timedelta(minutes=20)
    assert audit.seal_closed_minutes(session, later) == 0
    look(session, seconds=600)
    assert audit.seal_closed_minutes(session, later) == 1
    assert audit.verify(session) == []


def test_the_newest_digest_is_the_chains_end(session: Session, sealed: list[AuditEntry]) -> None:
    seals = session.query(AuditSeal).order_by(AuditSeal.minute).all()
    assert audit.newest_digest(session) == seals[-1].digest.hex()


def test_a_minute_still_open_is_left(session: Session) -> None:
    look(session, seconds=0)
    assert audit.seal_closed_minutes(session, NOON + timedelta(seconds=179)) == 0
    assert audit.seal_closed_minutes(session, NOON + timedelta(seconds=180)) == 1


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_entry SET reason = 'verify' WHERE id = :first",
        "UPDATE audit_entry SET resident_ids = '[8]' WHERE id = :first",
        "DELETE FROM audit_entry WHERE id = :first",
        "DELETE FROM audit_seal WHERE id = (SELECT min(id) FROM audit_seal)",
        "UPDATE audit_entry SET at = '2026-11-21 04:01:30+00:00' WHERE id = :first",
    ],
    ids=["reason", "residents", "removed", "seal removed", "moved"],
)
def test_tampering_shows(session: Session, sealed: list[AuditEntry], tampering: str) -> None:
    open_for_changes(session)
    session.execute(text(tampering).bindparams(**_known(tampering, sealed)))
    session.expire_all()
    assert audit.verify(session)


def test_an_entry_slipped_in_later_shows(session: Session, sealed: list[AuditEntry]) -> None:
    look(session, seconds=70)
    faults = audit.verify(session)
    assert len(faults) == 1
    assert "sealed as empty" in faults[0]


def test_the_database_refuses_changes(session: Session, sealed: list[AuditEntry]) -> None:
    with pytest.raises(Exception, match="append-only"), session.begin_nested():
        session.execute(text("UPDATE audit_entry SET reason = 'x'"))


def test_a_view_that_cannot_be_written_is_refused(session: Session) -> None:
    broken = sessionmaker(session.connection(), join_transaction_mode="create_savepoint")
    with pytest.raises(TrailUnavailable):
        audit.record_view(broken, act=None, actor=None, now=NOON)  # type: ignore[arg-type] # what the database refuses


def _known(statement: str, entries: list[AuditEntry]) -> dict[str, int]:
    return {"first": entries[0].id} if ":first" in statement else {}
