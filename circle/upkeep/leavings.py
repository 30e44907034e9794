"""Whether every kept file belongs to a batch: a process that is killed may leave one behind."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.imports import uploads
from circle.upkeep.offences import LISTED, Found, Moment, Offence
from models.imports import ImportBatch

# Whoever keeps a file names it in a batch some minutes later at the latest.
NAMED_WITHIN = timedelta(days=1)
NAMED_AS = ("upload", "rejects")


def uploads_orphaned(session: Session, moment: Moment) -> Found:
    found = orphans(session, moment)
    return Found(len(found), found[:LISTED])


def orphans(session: Session, moment: Moment) -> Sequence[Offence]:
    kept = uploads.kept_before(moment.uploads, moment.now - NAMED_WITHIN)
    named = _named(session) if kept else set()
    return [
        Offence(None, None, {"file": name, "kept_on": at.date().isoformat()})
        for name, at in kept.items()
        if name not in named
    ]


def _named(session: Session) -> set[str | None]:
    names = select(*(ImportBatch.progress[name].as_string() for name in NAMED_AS))
    return {name for row in session.execute(names) for name in row}
