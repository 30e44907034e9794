"""Whoever writes a batch says with every slice how far it is, and that it is still at it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from circle.imports.claims import LEASE, this_process
from circle.imports.staging import table_of
from models.imports import ImportBatch

batch = table_of(ImportBatch)


class TakenOver(Exception):  # noqa: N818 - named for what happened
    """Another process holds the batch by now: this one was taken for dead."""


def hold(connection: Connection, batch_id: int, moment: datetime, **told: object) -> None:
    """Inside the slice's transaction, so that a slice of somebody taken for dead is rolled back.

    Raises TakenOver.
    """
    claimed_by, progress = connection.execute(
        select(ImportBatch.claimed_by, ImportBatch.progress).where(ImportBatch.id == batch_id)
    ).one()
    if claimed_by not in {None, this_process()}:
        raise TakenOver
    kept: dict[str, Any] = {**(progress or {}), **told}
    connection.execute(
        update(batch)
        .where(batch.c.id == batch_id)
        .values(
            claimed_until=moment + LEASE,
            progress={name: word for name, word in kept.items() if word is not None},
        )
    )
