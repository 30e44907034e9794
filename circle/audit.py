"""Who did or saw what, when, from where and why; and the seals that show if a row was changed.

Entries are only added. A chain from row to row would make every request wait for the last one;
instead a job seals whole minutes once nothing can be written into them any more.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from circle.refusals import TrailUnavailable
from models.audit import AuditEntry, AuditSeal
from models.sealed import Keyring, current_keyring
from models.staff import Account

MINUTE = timedelta(minutes=1)
# A request that began in a minute has committed or failed this long after its end.
GRACE = timedelta(minutes=2)
DOMAIN = b"audit"


@dataclass(frozen=True)
class Whence:
    """The network address and the number of the request."""

    address: str | None = None
    request_id: str | None = None


NOWHERE = Whence()


def record(  # noqa: PLR0913 - the columns of the trail
    session: Session,
    *,
    act: str,
    actor: Account | None,
    now: datetime,
    resident_ids: Iterable[int] = (),
    reason: str | None = None,
    succeeded: bool = True,
    details: Mapping[str, object] | None = None,
    whence: Whence = NOWHERE,
) -> AuditEntry:
    """Add an entry; `act` is `resource:part:action`. No personal data in reason or details."""
    entry = AuditEntry(
        **_columns(act, actor, now, resident_ids, reason, details, whence), succeeded=succeeded
    )
    session.add(entry)
    return entry


def record_view(
    sessions: sessionmaker[Session],
    *,
    act: str,
    actor: Account | None,
    now: datetime,
    resident_ids: Iterable[int] = (),
    reason: str | None = None,
    details: Mapping[str, object] | None = None,
    whence: Whence = NOWHERE,
) -> None:
    """Write a read down in a short transaction of its own; raises TrailUnavailable if it fails."""
    try:
        with sessions.begin() as session:
            values = _columns(act, actor, now, resident_ids, reason, details, whence)
            session.execute(insert(AuditEntry), {**values, "succeeded": True})
    except SQLAlchemyError as error:
        raise TrailUnavailable from error


def _columns(  # noqa: PLR0917 - the columns of the trail
    act: str,
    actor: Account | None,
    now: datetime,
    resident_ids: Iterable[int],
    reason: str | None,
    details: Mapping[str, object] | None,
    whence: Whence,
) -> dict[str, Any]:
    return {
        "at": now,
        "account_id": actor.id if actor else None,
        "act": act,
        "resident_ids": sorted(set(resident_ids)),
        "reason": reason,
        "address": whence.address,
        "request_id": whence.request_id,
        "details": dict(details or {}),
    }


def seal_closed_minutes(session: Session, now: datetime) -> int:
    """Seal every minute that is over and not yet sealed, oldest first; returns how many."""
    last = session.scalars(select(AuditSeal).order_by(AuditSeal.minute.desc()).limit(1)).first()
    open_from = _minute_of(now - GRACE)
    query = select(AuditEntry).where(AuditEntry.at < open_from)
    if last:
        query = query.where(AuditEntry.at >= last.minute + MINUTE)
    entries = session.scalars(query.order_by(AuditEntry.at, AuditEntry.id)).all()
    keyring, before, count = current_keyring(), last.digest if last else b"", 0
    for minute, group in groupby(entries, lambda entry: _minute_of(entry.at)):
        seal = _seal(keyring, keyring.index_id, minute, sorted(group, key=_number), before)
        session.add(seal)
        before, count = seal.digest, count + 1
    session.flush()
    return count


def newest_digest(session: Session) -> str | None:
    """The newest seal's digest in hexadecimal."""
    digest = session.scalar(select(AuditSeal.digest).order_by(AuditSeal.minute.desc()).limit(1))
    return digest.hex() if digest else None


def verify(session: Session, *, since: datetime | None = None) -> list[str]:
    """What does not fit: entries changed, removed or slipped in since they were sealed.

    From the last seal before `since` on, which is then taken as it stands.
    """
    faults: list[str] = []
    known = _last_seal_before(session, since)
    keyring, before = current_keyring(), known.digest if known else b""
    last = known.minute + MINUTE if known else None
    seals = select(AuditSeal).order_by(AuditSeal.minute)
    if known:
        seals = seals.where(AuditSeal.minute > known.minute)
    for seal in session.scalars(seals):
        faults += _faults_of_gap(session, last, seal.minute)
        entries = _entries_between(session, seal.minute, seal.minute + MINUTE)
        faults += _faults_of_seal(keyring, seal, sorted(entries, key=_number), before)
        before, last = seal.digest, seal.minute + MINUTE
    return faults


def _last_seal_before(session: Session, moment: datetime | None) -> AuditSeal | None:
    if moment is None:
        return None
    earlier = select(AuditSeal).where(AuditSeal.minute < moment)
    return session.scalars(earlier.order_by(AuditSeal.minute.desc()).limit(1)).first()


def _faults_of_gap(session: Session, start: datetime | None, end: datetime) -> list[str]:
    """A minute without a seal before the last one had no entry when it was passed over."""
    return [
        f"entry {entry.id} of {entry.at:%Y-%m-%d %H:%M} stands in a minute sealed as empty"
        for entry in _entries_between(session, start, end)
    ]


def _entries_between(session: Session, start: datetime | None, end: datetime) -> list[AuditEntry]:
    query = select(AuditEntry).where(AuditEntry.at < end)
    if start is not None:
        query = query.where(AuditEntry.at >= start)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _faults_of_seal(
    keyring: Keyring, seal: AuditSeal, entries: list[AuditEntry], before: bytes
) -> list[str]:
    when = f"{seal.minute:%Y-%m-%d %H:%M}"
    if seal.key_id not in keyring.index:
        return [f"{when}: sealed with key {seal.key_id}, which the keyring does not hold"]
    if len(entries) != seal.entry_count:
        return [f"{when}: {seal.entry_count} entries were sealed, {len(entries)} are there"]
    fresh = _seal(keyring, seal.key_id, seal.minute, entries, before)
    if not hmac.compare_digest(fresh.digest, seal.digest):
        return [f"{when}: the entries or the seal before them have been changed"]
    return []


def _seal(
    keyring: Keyring, key_id: str, minute: datetime, entries: list[AuditEntry], before: bytes
) -> AuditSeal:
    lines = [before.hex(), minute.isoformat(), *(_line(entry) for entry in entries)]
    digest = hmac.digest(_key(keyring, key_id), "\n".join(lines).encode(), hashlib.sha256)
    return AuditSeal(
        minute=minute,
        first_id=entries[0].id,
        last_id=entries[-1].id,
        entry_count=len(entries),
        key_id=key_id,
        digest=digest,
    )


def _key(keyring: Keyring, key_id: str) -> bytes:
    """A key of the trail's own: neither use of the index key tells of the other."""
    return hmac.digest(keyring.index[key_id], DOMAIN, hashlib.sha256)


def _line(entry: AuditEntry) -> str:
    columns = AuditEntry.__table__.columns.keys()
    return json.dumps([_plain(getattr(entry, name)) for name in columns], sort_keys=True)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _number(entry: AuditEntry) -> int:
    return entry.id


def _minute_of(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
