"""Mend one invariant slice by slice, each with its entry in the trail, and look at it again."""

from typing import Any

from circle import audit
from circle.office import Office
from circle.upkeep.inspection import check_again, moment_at
from circle.upkeep.mends import Healing, mend_slice
from circle.upkeep.offences import Offence
from models.staff import Account
from models.vocabulary.integrity import CheckName


def mend_and_check(office: Office, name: CheckName, *, by: int | None) -> dict[str, Any]:
    """How many records were mended and how many offend still; `by` is an account's id.

    Stops where a slice comes back as it was: what does not heal is left for a person.
    """
    mended = 0
    before: set[Any] = set()
    while (healing := _mend_slice(office, name, by)) is not None:
        found = {_told(offence) for offence in healing.offences}
        if found == before:
            break
        mended, before = mended + len(found), found
    return {"check": name.value, "mended": mended, "left": check_again(office, name)}


def _told(offence: Offence) -> tuple[object, ...]:
    return offence.record_id, offence.resident_id, *offence.details.values()


def _mend_slice(office: Office, name: CheckName, by: int | None) -> Healing | None:
    with office.session() as session:
        moment = moment_at(office, session)
        healing = mend_slice(session, name, moment)
        if healing is not None:
            audit.record(
                session,
                act="integrity:finding:mend",
                actor=session.get(Account, by) if by else None,
                now=moment.now,
                resident_ids=healing.resident_ids,
                details={"check": name.value, "records": len(healing.offences)},
            )
        return healing
