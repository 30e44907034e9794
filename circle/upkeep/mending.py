"""Mend one invariant slice by slice, each with its entry in the trail, and look at it again."""

from typing import Any

from circle import audit
from circle.office import Office
from circle.upkeep.inspection import check_again
from circle.upkeep.mends import Healing, mend_slice
from circle.upkeep.offences import Moment
from models.policy import common_policy_on
from models.staff import Account
from models.vocabulary.integrity import CheckName


def mend_and_check(office: Office, name: CheckName, *, by: int | None) -> dict[str, Any]:
    """How many records were mended and how many offend still; `by` is an account's id.

    Stops where a slice comes back as it was: what does not heal is left for a person.
    """
    mended = 0
    before: tuple[object, ...] | None = None
    while (healing := _mend_slice(office, name, by)) is not None:
        ids = (healing.record_ids, healing.resident_ids)
        if ids == before:
            break
        mended, before = mended + max(map(len, ids)), ids
    return {"check": name.value, "mended": mended, "left": check_again(office, name)}


def _mend_slice(office: Office, name: CheckName, by: int | None) -> Healing | None:
    with office.session() as session:
        moment = Moment(office.today, office.now, common_policy_on(session, office.today))
        healing = mend_slice(session, name, moment)
        if healing is not None:
            audit.record(
                session,
                act="integrity:finding:mend",
                actor=session.get(Account, by) if by else None,
                now=moment.now,
                resident_ids=healing.resident_ids,
                details={"check": name.value, "records": len(healing.record_ids)},
            )
        return healing
