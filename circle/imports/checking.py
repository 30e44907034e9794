"""Check every row of a bureau file, a whole column at a time, collecting all problems of a row.

Nothing here knows the database: what comes out is what the file says, in our words, beside what
is wrong with it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from circle.imports.columns import Flags, series
from circle.imports.contributions import Contributions, month_votes, read_contributions
from circle.imports.divisions import Divisions, common_division
from circle.imports.duplicates import codes_of, duplicated_rows
from circle.imports.fields import Said, placed_inside, read_fields, settle_validity
from circle.imports.findings import Findings
from circle.imports.headers import NO_HEADER, guess, is_of_another
from circle.imports.layouts import Layout
from circle.imports.persons import Persons, read_persons
from circle.imports.reading import Reading
from circle.imports.sources import SOURCES
from circle.imports.sources.base import SourceFile
from circle.imports.tables import DataRows, gather
from circle.refusals import UnreadableFile
from models.vocabulary.facts import Source
from models.vocabulary.imports import RejectCode, WarningCode

__all__ = ["Checked", "Divisions", "check", "data_rows", "guess_division", "guess_month"]

VERDICTS = pa.array(["ok", "rejected", "ignored"])


@dataclass(frozen=True)
class Checked:
    """What a file says. `rows`, `original` have one line a data row, counted from 0.

    `problems` and `warnings`: row, code, column (the sender's header), raw (the cell). A code may
    stand twice for one row, once a column. `facts`, of insurance only, has one line a kind and
    month that a row which passed says was paid.
    """

    source: Source
    layouts: list[Layout]
    encoding: str
    mended: bool
    original: pd.DataFrame
    rows: pd.DataFrame
    problems: pd.DataFrame
    warnings: pd.DataFrame
    facts: pd.DataFrame | None


def data_rows(reading: Reading, source: Source, layouts: list[Layout] | None = None) -> DataRows:
    """Raises UnreadableFile where no sheet has a header that belongs to the source."""
    described = SOURCES[source]
    if layouts is None:
        layouts = guess(reading.sheets, described)
        if not layouts or is_of_another(reading.sheets, layouts):
            raise UnreadableFile(NO_HEADER)
    return gather(reading, described, layouts)


def check(
    reading: Reading,
    rows: DataRows,
    source: Source,
    *,
    on: date,
    divisions: Divisions,
    scope: str,
    month: int | None,
    kinds: Collection[str] | None = None,
) -> Checked:
    """`rows` are the reading's, as `data_rows` finds them; `on` is today, `scope` the division
    the file is for, `month` a month key.
    """
    described = SOURCES[source]
    findings = Findings(rows)
    persons = read_persons(rows, findings, on)
    paid: Contributions | None = None
    said: Said = {}
    if source is Source.INSURANCE:
        paid = read_contributions(rows, findings, month=month, kinds=kinds)
        ignored = paid.ignored
    else:
        said, ignored = read_fields(rows, findings, described, divisions, scope)
        settle_validity(said)
    acceptable = ~findings.of() & ~ignored
    twice = _duplicates(described, persons, said, paid, acceptable)
    findings.add(twice, RejectCode.DUPLICATE_IN_FILE, "number")
    passed = acceptable & ~twice
    verdicts = np.where(ignored, 2, np.where(passed, 0, 1))
    return Checked(
        source=source,
        layouts=[table.layout for table in rows.tables],
        encoding=reading.encoding,
        mended=reading.mended,
        original=rows.original(),
        rows=_frame(rows, verdicts, persons, said),
        problems=findings.frame(~ignored),
        warnings=_warnings(rows, persons, passed, mended=reading.mended),
        facts=None if paid is None else paid.frame(passed),
    )


def guess_month(rows: DataRows, source: Source) -> int | None:
    """The month most rows of an insurance file are for; the newest of two alike."""
    if source is not Source.INSURANCE:
        return None
    months, counts = np.unique(month_votes(rows), return_counts=True)
    return int(months[counts == counts.max()].max()) if len(months) else None


def guess_division(rows: DataRows, divisions: Divisions, scope: str) -> str | None:
    """The deepest division that all rows inside `scope` lie in; None where they name none."""
    return common_division(placed_inside(rows, divisions, scope))


def _duplicates(
    described: SourceFile,
    persons: Persons,
    said: Said,
    paid: Contributions | None,
    acceptable: Flags,
) -> Flags:
    people, size = persons.ids.persons, len(acceptable)
    compared = {"name_key": persons.name_keys()}
    if paid is not None:
        kept = acceptable[paid.row]
        rows = paid.row[kept]
        employers = paid.employers.keys()[rows]
        keys = [people[rows], paid.kind[kept], paid.month[kept], employers]
        return duplicated_rows(rows, keys, compared | paid.compared, size)
    rows = np.flatnonzero(acceptable)
    keys = [people[rows], *(codes_of(said[key])[rows] for key in described.duplicate_key[1:])]
    plain = {key: _hashable(values) for key, values in said.items()}
    return duplicated_rows(rows, keys, compared | plain, size)


def _hashable(values: pd.Series) -> pd.Series:
    return values.map(str) if values.dtype == object else values


def _frame(
    rows: DataRows, verdicts: npt.NDArray[np.int64], persons: Persons, said: Said
) -> pd.DataFrame:
    where = {
        "sheet": rows.sheets(),
        "line": rows.lines,
        "verdict": series(VERDICTS.take(pa.array(verdicts))),
    }
    return pd.DataFrame(where | persons.columns() | said, index=pd.RangeIndex(rows.size))


def _warnings(rows: DataRows, persons: Persons, passed: Flags, *, mended: bool) -> pd.DataFrame:
    """Of each row, and of the file as a whole beside its first."""
    findings = Findings(rows)
    areas = persons.ids.area_unknown & passed
    first = np.arange(rows.size) == 0
    return pd.concat(
        [
            findings.listed(areas, WarningCode.AREA_UNKNOWN, "number"),
            findings.listed(first & mended, WarningCode.ENCODING_MENDED, "number"),
        ],
        ignore_index=True,
    )
