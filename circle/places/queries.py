from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.places import Division, within
from models.vocabulary.places import DivisionLevel, ancestors_of

DISTRICT_LENGTH = 6


def names_of(session: Session, codes: Iterable[str | None]) -> dict[str, str]:
    """Short names by code, in one statement; a code never loaded stands for itself."""
    wanted = {code for code in codes if code}
    query = select(Division.code, Division.name).where(Division.code.in_(wanted))
    found: dict[str, str] = {}
    if wanted:
        found.update((code, name) for code, name in session.execute(query))
    return {code: found.get(code, code) for code in wanted}


def full_name(session: Session, code: str) -> str:
    """From the district downwards: 余杭区仓前街道葛巷社区."""
    above = {above for above in ancestors_of(code) if len(above) >= DISTRICT_LENGTH}
    query = select(Division.name).where(Division.code.in_(above)).order_by(Division.code)
    return "".join(session.scalars(query))


def divisions_under(session: Session, code: str, level: DivisionLevel) -> Sequence[Division]:
    query = select(Division).where(within(Division.code, code), Division.level == level)
    return session.scalars(query.order_by(Division.code)).all()
