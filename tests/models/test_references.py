"""A row that points nowhere is refused, and so is taking away what is pointed to."""

import pytest
from sqlalchemy import Table, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from migrations.references import LOOKED_UP_BY_STATEMENT
from models import Base
from tests.factories import BatchFactory, ResidentFactory, load_places, use

NOBODY = 1 << 30
MONTH = 2026 * 12
REFERENCES = sorted(LOOKED_UP_BY_STATEMENT)


@pytest.fixture
def rows(session: Session) -> dict[str, dict[str, object]]:
    """One row for each table, about a resident and a batch that are there."""
    use(session)
    load_places(session)
    resident, batch = ResidentFactory().id, BatchFactory().id
    ended = BatchFactory().id
    return {
        "stated_identity": {
            "resident_id": resident,
            "source": "insurance",
            "name": "张三",
            "name_key": "张三",
            "brought_by": batch,
            "ended_by": ended,
        },
        "contribution": {
            "kind": "employee_pension",
            "month": MONTH,
            "resident_id": resident,
            "employer_id": 0,
            "import_id": batch,
        },
        "insurance_standing": {
            "resident_id": resident,
            "kind": "employee_pension",
            "first_month": MONTH,
            "last_month": MONTH,
            "months_paid": 1,
        },
    }


def core(name: str) -> Table:
    return Base.metadata.tables[name]


@pytest.mark.parametrize(("table", "column"), REFERENCES)
def test_a_row_that_points_nowhere_is_refused(
    session: Session, rows: dict[str, dict[str, object]], table: str, column: str
) -> None:
    nonsense = {**rows[table], column: NOBODY}
    with pytest.raises(IntegrityError):
        session.execute(insert(core(table)), [rows[table], nonsense])


@pytest.mark.parametrize(("table", "column"), REFERENCES)
def test_a_row_is_not_turned_to_nowhere(
    session: Session, rows: dict[str, dict[str, object]], table: str, column: str
) -> None:
    session.execute(insert(core(table)), [rows[table]])
    with pytest.raises(IntegrityError):
        session.execute(update(core(table)).values({column: NOBODY}))


@pytest.mark.parametrize(("table", "column"), REFERENCES)
def test_what_is_pointed_to_stays(
    session: Session, rows: dict[str, dict[str, object]], table: str, column: str
) -> None:
    session.execute(insert(core(table)), [rows[table]])
    parent = core(LOOKED_UP_BY_STATEMENT[table, column])
    with pytest.raises(IntegrityError):
        session.execute(delete(parent).where(parent.c.id == rows[table][column]))


def test_what_nothing_points_to_may_go(
    session: Session, rows: dict[str, dict[str, object]]
) -> None:
    resident = core("resident")
    session.execute(delete(resident).where(resident.c.id == rows["contribution"]["resident_id"]))
    assert session.scalar(select(func.count()).select_from(resident)) == 0
