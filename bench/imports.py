"""An insurance month imported, and once more with one row in a hundred changed."""

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import func, select

from bench.sizes import CHANGED_EVERY, ON, SEED
from bench.statements import counted
from bench.world import CLERK
from circle.demo.district import invent
from circle.demo.files import write_insurance
from circle.imports.filing import Asked, Terms
from circle.imports.operations import import_file
from circle.office import Office, account_named
from models.facts import ContributionBefore
from models.vocabulary.facts import Source
from models.vocabulary.months import month_of

# Months before the newest: a plain list in GB18030, and one of a month nobody knows yet.
PLAIN_BACK, UNKNOWN_BACK = 1, 6
BASE_COLUMN = 4


def write_files(residents: int, folder: str) -> dict[str, Any]:
    """The step that writes the month, its UTF-8 copy, the changed month, and people's numbers."""
    place = Path(folder)
    district = invent(residents, SEED, ON)
    month = write_insurance(district, place, np.random.default_rng(SEED), PLAIN_BACK)
    words = month.path.read_bytes().decode("gb18030")
    (place / "utf8.csv").write_text(words, encoding="utf-8", newline="")
    (place / "changed.csv").write_text(_changed(words), encoding="gb18030", newline="")
    numbers = enumerate(district.people["number"].tolist(), start=1)
    people = "".join(f"{number},{resident_id}\n" for resident_id, number in numbers)
    (place / "people.csv").write_text(people, encoding="ascii")
    return {"file": str(month.path), "month": month.month, "rows": month.rows}


def write_unknown_month(residents: int, folder: str) -> dict[str, Any]:
    """The step that writes a month the whole world has not heard of."""
    district = invent(residents, SEED, ON)
    month = write_insurance(district, Path(folder), np.random.default_rng(SEED), UNKNOWN_BACK)
    return {"file": str(month.path), "month": month.month, "rows": month.rows}


def load(file: str, month: str) -> dict[str, Any]:
    """The step that imports a file as `circle import` does."""
    office = Office()
    path = Path(file)
    with office.session(immediate=False) as session:
        clerk = account_named(session, CLERK)
        session.expunge_all()
    asked = Asked(Source.INSURANCE, path.name, path.read_bytes(), month=month_of(month))
    terms = Terms(ON, office.now, office.settings.uploads_path)
    with counted(office.engine) as count:
        outcome = import_file(office.engine, asked, clerk, terms)
    with office.session(immediate=False) as session:
        own = ContributionBefore.import_id == outcome.batch_id
        written = session.scalar(select(func.count()).select_from(ContributionBefore).where(own))
    return {
        "seconds": outcome.seconds,
        "statements": count.total,
        "written": written,
        **outcome.plan.counts,
    }


def _changed(words: str) -> str:
    """Another base in one row of a hundred; the rows keep their places."""
    rows = list(csv.reader(io.StringIO(words, newline="")))
    for row in rows[CHANGED_EVERY::CHANGED_EVERY]:
        if row[BASE_COLUMN].isascii() and row[BASE_COLUMN].isdecimal():
            row[BASE_COLUMN] = str(int(row[BASE_COLUMN]) + 1)
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    return written.getvalue()
