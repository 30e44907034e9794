"""Whether an error means that the disk is full or the database out of reach."""

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError, OperationalError

from circle.refusals import ConnectionLost, DiskFull, Refusal

BREAKAGES = (DBAPIError, OSError)
NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})
# What PostgreSQL says: no room; the connection is gone, the server goes down or comes up.
DISK_FULL = "53100"
CONNECTION_LOST = ("08", "57P01", "57P02", "57P03")
# Two waited for each other, and this one was sent away: whoever tries again comes through.
SENT_AWAY = frozenset({"40P01", "40001"})


def refusal_of(error: BaseException) -> Refusal | None:
    """None: something else is wrong, and trying again may help or not."""
    if isinstance(error, OSError):
        return DiskFull() if error.errno in NO_SPACE else None
    if not isinstance(error, DBAPIError):
        return None
    if _is_disk_full(error.orig):
        return DiskFull()
    return ConnectionLost() if _is_connection_lost(error) else None


def was_sent_away(error: DBAPIError) -> bool:
    """Nothing is wrong but the moment: another was writing the same rows in another order."""
    return getattr(error.orig, "sqlstate", None) in SENT_AWAY


def _is_disk_full(error: BaseException | None) -> bool:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return getattr(error, "sqlstate", None) == DISK_FULL


def _is_connection_lost(error: DBAPIError) -> bool:
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        # Nobody answered at all: there was no server to give the error a number.
        return isinstance(error, OperationalError) and not isinstance(error.orig, sqlite3.Error)
    return str(state).startswith(CONNECTION_LOST)
