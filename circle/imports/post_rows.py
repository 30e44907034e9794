"""What a file of posts says, row by row: every problem collected, nothing compared yet.

As in `checking`, nothing here knows the database.
"""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa

from circle.employers.names import employer_key, normal_employer
from circle.imports.cells import squeezed
from circle.imports.checking import VERDICTS, Checked
from circle.imports.columns import Flags, read_each, series, text_column
from circle.imports.divisions import Divisions, Place, Standing
from circle.imports.duplicates import codes_of, duplicated_rows
from circle.imports.fields import Said, read_fields
from circle.imports.findings import Findings
from circle.imports.post_cells import is_uncounted
from circle.imports.reading import Reading
from circle.imports.sources import SOURCES
from circle.imports.tables import DataRows
from circle.places.positions import Point, point_from
from circle.posts.titles import title_key
from circle.refusals import PositionUnfit
from models.vocabulary.facts import Source
from models.vocabulary.imports import RejectCode, WarningCode
from models.vocabulary.places import CoordinateSystem, PositionFault

POSTS = SOURCES[Source.POSTS]
BY_CODE, BY_NAME = "u:", "n:"


def check_posts(
    reading: Reading, rows: DataRows, *, on: date, divisions: Divisions, scope: str
) -> Checked:
    """`on` is today, `scope` the division the file is for. A post whose last day is over is
    ignored.
    """
    findings = Findings(rows)
    said, _ = read_fields(rows, findings, POSTS, divisions, scope)
    _read_names(findings, said)
    _place(findings, said, divisions, scope)
    said["point"] = _points(findings, said)
    findings.add(_was_a_number(rows), RejectCode.VALUE_UNREADABLE, "uscc")
    said["ends_on"] = said["valid_until"].map(lambda end: _day(end, on))
    ignored = said["ends_on"].map(lambda end: end is not None and end < on).to_numpy(bool)
    acceptable = ~findings.of() & ~ignored
    said["employer"] = _employers(said)
    twice = _duplicates(said, acceptable)
    findings.add(twice, RejectCode.DUPLICATE_IN_FILE, "title")
    passed = acceptable & ~twice
    verdicts = np.where(ignored, 2, np.where(passed, 0, 1))
    return Checked(
        source=Source.POSTS,
        layouts=[table.layout for table in rows.tables],
        encoding=reading.encoding,
        mended=reading.mended,
        original=rows.original(),
        rows=_frame(rows, verdicts, said),
        problems=findings.frame(~ignored),
        warnings=_warnings(findings, passed, mended=reading.mended),
        facts=None,
    )


def _read_names(findings: Findings, said: Said) -> None:
    """Title and employer, of which neither may be blank, and how they are compared."""
    for key, normal, key_of, compared in NAMES:
        texts = text_column(findings.rows.text(key), None)
        findings.add(_is_null(texts), RejectCode.VALUE_MISSING, key)
        names = read_each(texts.fill_null(""), partial(_name, normal, POSTS.column(key).limit))
        said[key] = series(names.texts())
        keys = [None if name is None else key_of(name) for name in names.distinct]
        nameless = np.array([one == "" for one in keys], dtype=bool)[names.places]
        findings.add(nameless, RejectCode.VALUE_UNREADABLE, key)
        said[compared] = series(pa.array(keys, pa.string()).take(pa.array(names.places)))


def _name(normal: Callable[[str], str], limit: int | None, text: str) -> str | None:
    return normal(text)[:limit] or None


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


NAMES = (
    ("title", _on_one_line, title_key, "title_key"),
    ("employer_name", normal_employer, employer_key, "name_key"),
)


def _is_null(texts: pa.Array) -> Flags:
    flags: Flags = texts.is_null().to_numpy(zero_copy_only=False)
    return flags


def _was_a_number(rows: DataRows) -> Flags:
    """Eighteen digits that went through a number have lost their last ones."""
    return rows.is_number("uscc") & (series(rows.text("uscc")).map(len) > 0).to_numpy(bool)


def _place(findings: Findings, said: Said, divisions: Divisions, scope: str) -> None:
    """The community a column names, else the one in the address; else the file does not say."""
    named = said["division"]
    found = read_each(findings.rows.text("address"), lambda text: divisions.mentioned(text, scope))
    stated = findings.of(RejectCode.DIVISION_UNKNOWN, RejectCode.OUTSIDE_SCOPE)
    unplaced = named.isna().to_numpy() & ~stated
    findings.add(unplaced & found.flags(_lies_outside), RejectCode.OUTSIDE_SCOPE, "address")
    codes = pa.array([place.code for place in found.distinct], pa.string())
    in_address = series(codes.take(pa.array(found.places)))
    said["division"] = named.fillna(in_address)
    said["address_key"] = said["address"].map(squeezed, na_action="ignore")


def _lies_outside(place: Place) -> bool:
    return place.standing is Standing.OUTSIDE


def _points(findings: Findings, said: Said) -> pd.Series:
    """Positions in WGS-84; what nobody can find on a map is a problem of its row."""
    columns = (said["latitude"], said["longitude"], said["system"])
    points: list[Point | None] = []
    unfit = np.zeros(findings.rows.size, dtype=bool)
    for at, (latitude, longitude, system) in enumerate(zip(*columns, strict=True)):
        try:
            points.append(_point(latitude, longitude, system))
        except PositionUnfit:
            points.append(None)
            unfit[at] = True
    unread = findings.of(RejectCode.VALUE_UNREADABLE)
    findings.add(unfit & ~unread, RejectCode.VALUE_UNREADABLE, "latitude")
    return pd.Series(points, dtype=object)


def _point(latitude: float | None, longitude: float | None, system: object) -> Point | None:
    """Maps in China are in GCJ-02 where nobody says otherwise; a pair the wrong way round is
    turned. Raises PositionUnfit.
    """
    kind = CoordinateSystem(system) if isinstance(system, str) else CoordinateSystem.GCJ02
    try:
        point = point_from(latitude, longitude, kind)
    except PositionUnfit as refusal:
        if refusal.fault is not PositionFault.SWAPPED:
            raise
        point = point_from(longitude, latitude, kind)
    if point is not None and point.is_abroad:
        raise PositionUnfit(PositionFault.OUT_OF_RANGE)
    return point


def _day(end: date | timedelta | None, on: date) -> date | None:
    return on + end if isinstance(end, timedelta) else end


def _employers(said: Said) -> pd.Series:
    """Who is who in the file: by the USCC; a name alone is the one whose USCC the file gives."""
    codes, names = said["uscc"], said["name_key"]
    told = pd.DataFrame({"name": names, "code": codes}).dropna().drop_duplicates()
    only = told[~told["name"].duplicated(keep=False)].set_index("name")["code"]
    known = codes.where(codes.notna(), names.map(only))
    return (BY_CODE + known.astype("str")).where(known.notna(), BY_NAME + names)


def _duplicates(said: Said, acceptable: Flags) -> Flags:
    rows = np.flatnonzero(acceptable)
    identity = ("employer", "title_key", "division", "address_key")
    keys = [codes_of(said[key])[rows] for key in identity]
    compared = {key: values.map(str) for key, values in said.items() if key not in UNCOMPARED}
    return duplicated_rows(rows, keys, compared, len(acceptable))


# Beside what identifies a post: other spellings of the same.
UNCOMPARED = frozenset(
    {"ends_on", "employer", "employer_name", "name_key", "uscc", "title", "phone"}
)


def _frame(rows: DataRows, verdicts: np.ndarray, said: Said) -> pd.DataFrame:
    """With the columns every source's rows have; nobody is spoken of."""
    nobody: pd.Series = pd.Series([None] * rows.size, dtype="str")
    where = {
        "sheet": rows.sheets(),
        "line": rows.lines,
        "verdict": series(VERDICTS.take(pa.array(verdicts))),
        "p": np.full(rows.size, -1),
        "number": nobody,
        "name": nobody,
    }
    return pd.DataFrame(where | said, index=pd.RangeIndex(rows.size))


def _warnings(findings: Findings, passed: Flags, *, mended: bool) -> pd.DataFrame:
    rows = findings.rows
    uncounted = read_each(rows.text("headcount"), is_uncounted).flags(bool) & passed
    first = np.arange(rows.size) == 0
    return pd.concat(
        [
            findings.listed(uncounted, WarningCode.HEADCOUNT_ASSUMED, "headcount"),
            findings.listed(first & mended, WarningCode.ENCODING_MENDED, "title"),
        ],
        ignore_index=True,
    )
