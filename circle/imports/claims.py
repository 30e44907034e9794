"""Which process is writing a batch, and whether it still is."""

from datetime import datetime, timedelta

from circle.processes import is_gone, this_process
from models.imports import ImportBatch

__all__ = ["LEASE", "is_being_written", "this_process"]
LEASE = timedelta(minutes=5)


def is_being_written(batch: ImportBatch, now: datetime) -> bool:
    """Somebody else's lease runs; on this machine its process must be there as well."""
    if not batch.claimed_by or batch.claimed_until is None or batch.claimed_until <= now:
        return False
    return batch.claimed_by != this_process() and not is_gone(batch.claimed_by)
