"""Contributions: an insurance file's months against those known, and what the months add up to.

A month of a kind may be paid by two employers: two contributions, one month. Rows are staged
resident by resident: standings and the residents' index grow at their end, contributions at the
end of each kind's month.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Select,
    String,
    Table,
    and_,
    case,
    delete,
    distinct,
    exists,
    func,
    insert,
    select,
    tuple_,
    update,
)
from sqlalchemy import literal as value
from sqlalchemy.dialects import postgresql, sqlite

from circle.imports.difference import ADDED, CHANGED, UNCHANGED, mentioned
from circle.imports.identities import new_rows
from circle.imports.staging import (
    Ints,
    counted,
    fetch_numbers,
    make,
    numbered,
    stage,
    table_of,
    temporary,
)
from models.base import BigKey
from models.facts import Contribution, ContributionBefore, InsuranceStanding, PayingEmployer
from models.sql import larger_of, smaller_of
from models.vocabulary.facts import InsuranceKind

NO_EMPLOYER = 0
KINDS = tuple(kind.value for kind in InsuranceKind)
KEY = ("kind", "month", "resident_id", "employer_id")
STAGED_IN = ("resident_id", "kind_order", "month", "employer_id")

contribution = table_of(Contribution)
before = table_of(ContributionBefore)
standing = table_of(InsuranceStanding)
employer = table_of(PayingEmployer)

staged = temporary(
    "staged_contribution",
    numbered("f"),
    Column("kind", String(40)),
    Column("month", Integer()),
    Column("resident_id", BigKey),
    Column("employer_id", BigKey),
    Column("base_fen", BigInteger()),
    # What it adds to the months paid: 1 on the first row of its resident, kind and month
    Column("months", Integer()),
)
known = temporary(
    "known_contribution",
    numbered("f"),
    Column("change", Integer()),
    Column("import_before", BigKey),
    Column("base_before_fen", BigInteger()),
)
removed = temporary(
    "removed_contribution",
    counted("d"),
    Column("kind", String(40)),
    Column("month", Integer()),
    Column("resident_id", BigKey),
    Column("employer_id", BigKey),
    Column("import_before", BigKey),
    Column("base_before_fen", BigInteger()),
)
staged_employer = temporary(
    "staged_employer",
    numbered("e"),  # below zero: not known yet
    Column("key", String(120)),
    Column("uscc", String(18)),
    Column("number", String(40)),
    Column("name", String(120)),
    Column("employer_id", BigKey),
)
touched = temporary(
    "touched_standing", counted("t"), Column("resident_id", BigKey), Column("kind", String(40))
)


def stage_contributions(
    connection: Connection, facts: pd.DataFrame, resident_ids: pd.Series
) -> pd.DataFrame:
    """Stage the facts of known residents; `resident_ids` stands beside them.

    Returns the staged rows' `row`, in the order of `f`.
    """
    frame = pd.DataFrame(
        {
            "kind_order": facts["kind"].astype(pd.CategoricalDtype(list(KINDS))).cat.codes,
            "month": facts["month"].to_numpy(dtype=np.int64),
            "resident_id": resident_ids.to_numpy(dtype=np.int64),
            "employer_id": _employer_ids(connection, facts),
            "base_fen": facts["base_fen"].array,
            "row": facts["row"].to_numpy(dtype=np.int64),
        }
    )
    order = np.lexsort([frame[name].to_numpy() for name in ("row", *reversed(STAGED_IN))])
    frame = frame.iloc[order]
    # One resident may have been found under two documents.
    frame = frame[~frame.duplicated(list(STAGED_IN))].reset_index(drop=True)
    frame["kind"] = pd.Categorical.from_codes(frame["kind_order"], categories=pd.Index(KINDS))
    frame["months"] = (~frame.duplicated(list(STAGED_IN[:3]))).astype(np.int8)
    frame["f"] = np.arange(len(frame))
    stage(connection, staged, frame.drop(columns=["row", "kind_order"]))
    return frame[["row"]]


def compare_contributions(connection: Connection, count: int) -> Ints:
    """UNCHANGED, CHANGED or ADDED for each staged contribution."""
    make(connection, known)
    months = connection.scalars(select(staged.c.month).distinct()).all()
    connection.execute(
        insert(known).from_select(
            ["f", "change", "import_before", "base_before_fen"],
            select(
                staged.c.f,
                case(
                    (contribution.c.base_fen.is_distinct_from(staged.c.base_fen), CHANGED),
                    else_=UNCHANGED,
                ),
                contribution.c.import_id,
                contribution.c.base_fen,
            )
            .join(contribution, _same_key(contribution, staged))
            .where(contribution.c.month.in_(months)),
        )
    )
    changes = np.full(count, ADDED, dtype=np.int64)
    found = fetch_numbers(connection, select(known.c.f, known.c.change))
    changes[found[:, 0]] = found[:, 1]
    return changes


def find_removed(
    connection: Connection, kinds: Iterable[str], month: int, earlier: list[int], brought: int
) -> int:
    """What earlier batches of the scope brought for its month and this one no longer holds."""
    make(connection, removed)
    if _held_count(connection, kinds, month, earlier) == brought:
        return 0
    # Only now: the first file of a month is staged without it.
    connection.exec_driver_sql(
        f"CREATE INDEX ix_staged_contribution_key ON {staged.name} ({', '.join(KEY)})"
    )
    held = exists().where(_same_key(staged, contribution))
    named = exists().where(mentioned.c.resident_id == contribution.c.resident_id)
    connection.execute(
        insert(removed).from_select(
            [*KEY, "import_before", "base_before_fen"],
            select(
                *(contribution.c[name] for name in KEY),
                contribution.c.import_id,
                contribution.c.base_fen,
            )
            .where(_brought(kinds, month, earlier), ~held, ~named)
            .order_by(*(contribution.c[name] for name in KEY)),
        )
    )
    return connection.scalar(select(func.count()).select_from(removed)) or 0


def brought_count(
    connection: Connection, kinds: Iterable[str], month: int, earlier: list[int]
) -> int:
    """How many contributions the scope's earlier batches brought for its month."""
    if not earlier:
        return 0
    query = select(func.count()).select_from(contribution)
    return connection.scalar(query.where(_brought(kinds, month, earlier))) or 0


def leave_only_changes(connection: Connection) -> None:
    """What is known as it stands is not looked at again, slice by slice; a month somebody has
    paid already adds nothing.
    """
    unchanged = select(known.c.f).where(known.c.change == UNCHANGED)
    connection.execute(delete(staged).where(staged.c.f.in_(unchanged)))
    months = connection.scalars(select(staged.c.month).distinct()).all()
    paid_already = exists().where(
        contribution.c.month.in_(months),  # PostgreSQL leaves other years' partitions out
        *(contribution.c[name] == staged.c[name] for name in KEY[:-1]),
    )
    connection.execute(update(staged).where(staged.c.months > 0, paid_already).values(months=0))


def write_employers(connection: Connection) -> None:
    """Make the employers nobody knew, and note their ids beside the staged ones."""
    columns = ("key", "uscc", "number", "name")
    connection.execute(
        new_rows(connection, employer).from_select(
            list(columns),
            select(*(staged_employer.c[name] for name in columns)).order_by(
                staged_employer.c.e.desc()
            ),
        )
    )
    found = select(employer.c.id).where(employer.c.key == staged_employer.c.key)
    connection.execute(update(staged_employer).values(employer_id=found.scalar_subquery()))


def write_contributions(connection: Connection, batch_id: int, first: int, last: int) -> None:
    """The staged contributions `first`…`last`: before-images, standings, then the rows."""
    employer_id = func.coalesce(staged_employer.c.employer_id, staged.c.employer_id)
    work = (
        select(
            *(staged.c[name] for name in KEY[:-1]),
            employer_id.label("employer_id"),
            staged.c.base_fen,
            staged.c.months,
        )
        .outerjoin(staged_employer, staged_employer.c.e == staged.c.employer_id)
        .where(staged.c.f.between(first, last))
        .order_by(staged.c.f)
    )
    _keep_changed(connection, batch_id, first, last)
    _add_to_standings(connection, work)
    part = work.subquery()
    _upsert(
        connection,
        contribution,
        [*KEY, "import_id", "base_fen"],
        select(*(part.c[name] for name in KEY), value(batch_id), part.c.base_fen).where(
            value(1) == 1  # SQLite cannot tell ON CONFLICT from a join's ON without a WHERE
        ),
        KEY,
        lambda new: {"import_id": new.import_id, "base_fen": new.base_fen},
    )


def write_removed(connection: Connection, batch_id: int, first: int, last: int) -> None:
    in_slice = removed.c.d.between(first, last)
    columns = (*KEY, "import_before", "base_before_fen")
    connection.execute(
        new_rows(connection, before).from_select(
            [*columns, "import_id"],
            select(*(removed.c[name] for name in columns), value(batch_id)).where(in_slice),
        )
    )
    gone = select(*(removed.c[name] for name in KEY)).where(in_slice)
    connection.execute(
        delete(contribution).where(tuple_(*(contribution.c[name] for name in KEY)).in_(gone))
    )
    make(connection, touched)
    connection.execute(
        insert(touched).from_select(
            ["resident_id", "kind"],
            select(removed.c.resident_id, removed.c.kind).where(in_slice).distinct(),
        )
    )
    settle_standings(connection)
    touched.drop(connection)


def settle_standings(connection: Connection) -> None:
    """Add up anew what `touched_standing` names."""
    named = select(touched.c.resident_id, touched.c.kind)
    connection.execute(
        delete(standing).where(tuple_(standing.c.resident_id, standing.c.kind).in_(named))
    )
    months = (
        select(contribution.c.resident_id, contribution.c.kind, contribution.c.month)
        .join(
            touched,
            and_(
                touched.c.resident_id == contribution.c.resident_id,
                touched.c.kind == contribution.c.kind,
            ),
        )
        .subquery()
    )
    connection.execute(
        insert(standing).from_select(
            ["resident_id", "kind", "first_month", "last_month", "months_paid"],
            _sums(months, func.count(distinct(months.c.month))),
        )
    )


def _held_count(
    connection: Connection, kinds: Iterable[str], month: int, earlier: list[int]
) -> int:
    """How many of those the file holds again: usually all, and then none need be looked for."""
    if not earlier:
        return 0
    query = select(func.count()).select_from(known).join(staged, staged.c.f == known.c.f)
    return (
        connection.scalar(
            query.where(
                staged.c.kind.in_(list(kinds)),
                staged.c.month == month,
                known.c.import_before.in_(earlier),
            )
        )
        or 0
    )


def _brought(kinds: Iterable[str], month: int, earlier: list[int]) -> ColumnElement[bool]:
    return and_(
        contribution.c.kind.in_(list(kinds)),
        contribution.c.month == month,
        contribution.c.import_id.in_(earlier),
    )


def _keep_changed(connection: Connection, batch_id: int, first: int, last: int) -> None:
    connection.execute(
        new_rows(connection, before).from_select(
            ["import_id", *KEY, "import_before", "base_before_fen"],
            select(
                value(batch_id),
                *(staged.c[name] for name in KEY),
                known.c.import_before,
                known.c.base_before_fen,
            )
            .join(known, known.c.f == staged.c.f)
            .where(
                staged.c.f.between(first, last),
                known.c.change == CHANGED,
                known.c.import_before != batch_id,
            ),
        )
    )


def _add_to_standings(connection: Connection, work: Select[Any]) -> None:
    """A month that no employer had paid yet adds to the standing."""
    part = work.where(staged.c.months > 0).subquery()
    _upsert(
        connection,
        standing,
        ["resident_id", "kind", "first_month", "last_month", "months_paid"],
        _once_each(connection, part),
        ("resident_id", "kind"),
        lambda new: {
            "first_month": smaller_of(standing.c.first_month, new.first_month),
            "last_month": larger_of(standing.c.last_month, new.last_month),
            "months_paid": standing.c.months_paid + new.months_paid,
        },
    )


def _once_each(connection: Connection, months: FromClause) -> Select[Any]:
    """PostgreSQL changes a standing once a statement; SQLite adds month by month, in order."""
    if connection.dialect.name == "postgresql":
        return _sums(months, func.count())
    columns = (months.c.resident_id, months.c.kind, months.c.month, months.c.month, value(1))
    return select(*columns).where(value(1) == 1)


def _sums(months: FromClause, paid: ColumnElement[int]) -> Select[Any]:
    return (
        select(
            months.c.resident_id,
            months.c.kind,
            func.min(months.c.month),
            func.max(months.c.month),
            paid,
        )
        .where(value(1) == 1)
        .group_by(months.c.resident_id, months.c.kind)
    )


def _upsert(
    connection: Connection,
    table: Table,
    columns: list[str],
    rows: Select[Any],
    key: tuple[str, ...],
    changes: Any,  # noqa: ANN401 - from the new row to the columns it sets
) -> None:
    spelling = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = spelling.insert(table).from_select(columns, rows)
    connection.execute(
        statement.on_conflict_do_update(index_elements=list(key), set_=changes(statement.excluded))
    )


def _same_key(left: Table, right: Table) -> ColumnElement[bool]:
    return and_(*(left.c[name] == right.c[name] for name in KEY))


def _employer_ids(connection: Connection, facts: pd.DataFrame) -> Ints:
    """The employers' ids, 0 where none is named, below zero where the employer is new."""
    keys = facts["uscc"].fillna(facts["employer_number"]).fillna(facts["employer_name"])
    codes, distinct_keys = pd.factorize(keys.str.slice(0, 120))
    first = np.zeros(len(distinct_keys), dtype=np.int64)
    present = np.flatnonzero(codes >= 0)[::-1]
    first[codes[present]] = present
    frame = pd.DataFrame(
        {
            "e": -1 - np.arange(len(distinct_keys)),
            "key": pd.Series(distinct_keys, dtype="str"),
            "uscc": facts["uscc"].array.take(first),
            "number": facts["employer_number"].array.take(first),
            "name": facts["employer_name"].array.take(first),
        }
    )
    stage(connection, staged_employer, frame)
    ids = frame["e"].to_numpy(dtype=np.int64, copy=True)
    found = connection.execute(
        select(staged_employer.c.e, employer.c.id).join(
            employer, employer.c.key == staged_employer.c.key
        )
    )
    for position, known_id in found:
        ids[-1 - position] = known_id
    return np.where(codes >= 0, np.append(ids, NO_EMPLOYER)[codes], NO_EMPLOYER)
