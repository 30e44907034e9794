"""The sweep itself, as `circle sweep` runs it."""

from typing import Any

from bench.sizes import ON
from bench.statements import counted
from circle.office import Office
from models.vocabulary.jobs import SweepReason
from reminders.sweep import sweep


def run() -> dict[str, Any]:
    """The step of one sweep over everybody."""
    office = Office()
    with counted(office.engine) as count:
        done = sweep(office.engine, on=ON, now=office.now, reason=SweepReason.COMMAND)
    sums = {
        name: sum(counts[name] for counts in done.counts.values())
        for name in ("found", "raised", "reopened", "refreshed", "withdrawn")
    }
    by_kind = {kind: counts["found"] for kind, counts in done.counts.items()}
    return {"seconds": done.seconds, "statements": count.total, "by_kind": by_kind, **sums}
