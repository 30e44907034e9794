from datetime import date

from sqlalchemy.orm import Session

from circle.matching.weights import NAME, Weights
from models.base import utc_now
from models.policy import PolicyValue
from models.sql import insert_into
from models.staff import Account
from models.vocabulary.policy import SourceMark


def set_weights(session: Session, weights: Weights, *, by: Account, on: date) -> None:
    """From today on, in the account's division; set twice in a day, the later holds."""
    value = {
        "value": [[name, weight] for name, weight in weights.items()],
        "mark": SourceMark.PROPOSED,
        "source": "",
        "set_by": by.id,
    }
    key = {"name": NAME, "division_code": by.division_code, "effective_on": on}
    session.execute(
        insert_into(session, PolicyValue)
        .values(**key, **value, created_at=utc_now())
        .on_conflict_do_update(index_elements=list(key), set_=value)
    )
