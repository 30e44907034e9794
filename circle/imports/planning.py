"""From a file's bytes to what it would change, without changing anything.

A rehearsal stops here; an import goes on to write what was found. Everything found lies in
temporary tables of the connection and in the plan.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from circle.imports import ledger, paid
from circle.imports.checking import (
    Checked,
    Divisions,
    check,
    data_rows,
    guess_division,
    guess_month,
)
from circle.imports.difference import (
    ADDED,
    CHANGED,
    UNCHANGED,
    compare,
    current_count,
    find_departures,
    stage_mentions,
)
from circle.imports.filing import Asked
from circle.imports.identities import Identities, compare_identities, stage_persons
from circle.imports.interpreting import Interpretation, interpret
from circle.imports.layouts import FileLayout
from circle.imports.matching import OK, REJECTED, UNMATCHED, Matched, match
from circle.imports.post_rows import check_posts
from circle.imports.posting import Postings, compare_posts
from circle.imports.previews import Preview
from circle.imports.progress import Tell, silent
from circle.imports.rejects import PROBLEM_HEADER
from circle.imports.scope import Scope, standing_batches
from circle.imports.sources import SOURCES
from circle.imports.versions import FACTS, staged_frame
from circle.refusals import MonthMissing
from models.places import Division
from models.policy import policy_on
from models.staff import Account
from models.vocabulary.facts import InsuranceKind, Source
from models.vocabulary.imports import RejectCode, WarningCode

Ints = npt.NDArray[np.int64]
IGNORED = "ignored"
NO_FACT = -1
CITY_DIGITS = 4
COUNTED = ("rows", "added", "changed", "unchanged", "unmatched", "ignored", "ended", "rejected")


@dataclass
class Plan:
    """What the import will write. `persons` are in the order of their slices; `places` tells for
    each fact table which person each staged row belongs to.
    """

    scope: Scope
    counts: dict[str, int]
    reasons: dict[str, int]
    warnings: dict[str, int]
    issues: pd.DataFrame
    rejected: pd.DataFrame  # the sender's own cells, by row
    persons: Ints
    contributions: Ints = field(default_factory=lambda: np.zeros(0, np.int64))  # to be written
    removed: int = 0
    departures: dict[str, int] = field(default_factory=dict)
    in_force: int = 0  # facts the scope held before
    # Rows sent back, mended and sent again: they speak for themselves, not for the whole list.
    supplements: bool = False
    newest: int | None = None  # the scope's newest applied batch when this was planned
    layout: FileLayout = field(default_factory=FileLayout)
    preview: Preview = field(default_factory=Preview)
    local_share: float | None = None  # of numbers, first issued in the scope's own city
    months: dict[int, int] = field(default_factory=dict)  # paid ones: how many rows are for each
    postings: Postings = field(default_factory=Postings)

    @property
    def ends_what_is_missing(self) -> bool:
        return not self.supplements and (self.scope.is_full_list or self.scope.is_insurance)


def prepare(
    connection: Connection, asked: Asked, *, home: str, on: date, tell: Tell = silent
) -> Plan:
    """`home` is the division a file is for when it names none; `on` is today; `tell` hears of
    each stage.

    Raises UnreadableFile, MonthMissing or LayoutNeeded.
    """
    divisions = _divisions(connection)
    tell("read")
    found = interpret(connection, asked, home)
    layout, preview = found.layout, found.preview
    tell("check")
    scope, checked = _read(found, asked, divisions, home, on)
    del found
    if not SOURCES[scope.source].is_about_people:
        return _of_posts(connection, scope, checked, layout, preview, on, tell)
    scope = _with_kinds(scope, checked)
    rows = _filled(checked.rows, scope)
    tell("match", len(rows))
    local_share = _local_share(rows["number"], scope.division)
    checked = replace(checked, rows=rows.iloc[:0])
    matched = match(connection, rows, scope.source, scope.division, frozenset(divisions.names))
    del rows
    checked = replace(checked, original=_going_back(checked, matched))
    persons = stage_persons(connection, matched.persons, matched.rows)
    matched = _slimmed(matched, scope)
    tell("compare")
    identities = compare_identities(connection, scope.source, persons)
    mentions = _mentioned(matched)
    stage_mentions(connection, mentions)
    ranks = np.full(len(matched.rows), NO_FACT, dtype=np.int64)
    plan = Plan(scope, {}, {}, {}, pd.DataFrame(), pd.DataFrame(), persons)
    plan.layout, plan.preview = layout, preview
    plan.local_share = local_share
    plan.supplements = PROBLEM_HEADER in checked.original.columns
    standing = standing_batches(connection, scope)
    plan.newest = standing[0].id if standing else None
    warned = COMPARE.get(scope.source, _compare_facts)(
        connection, plan, checked, matched, ranks, on
    )
    _finish(plan, checked, matched, identities, ranks, warned)
    return plan


def _divisions(connection: Connection) -> Divisions:
    columns = ("code", "name", "old_names", "old_codes")
    rows = connection.execute(select(*(getattr(Division, name) for name in columns))).all()
    return Divisions(pd.DataFrame(rows, columns=list(columns)))


def _read(
    found: Interpretation, asked: Asked, divisions: Divisions, home: str, on: date
) -> tuple[Scope, Checked]:
    source = found.source
    rows = data_rows(found.reading, source, found.sheets)
    division = asked.division or guess_division(rows, divisions, home) or home
    month = asked.month
    if source is Source.POSTS:
        posts = check_posts(found.reading, rows, on=on, divisions=divisions, scope=division)
        return Scope(source, division), posts
    if source is Source.INSURANCE and month is None:
        month = guess_month(rows, source)
        if month is None:
            raise found.needs(MonthMissing().sentence()) if asked.may_wait else MonthMissing
    checked = check(
        found.reading,
        rows,
        source,
        on=on,
        divisions=divisions,
        scope=division,
        month=month,
        kinds=asked.kinds or None,
    )
    return Scope(source, division, asked.kinds, month), checked


def _of_posts(  # noqa: PLR0917 - what a plan consists of
    connection: Connection,
    scope: Scope,
    checked: Checked,
    layout: FileLayout,
    preview: Preview,
    on: date,
    tell: Tell,
) -> Plan:
    """Posts speak of nobody: they are compared with posts, and nothing ever leaves."""
    tell("compare", len(checked.rows))
    accepted = np.flatnonzero(checked.rows["verdict"].eq(OK).to_numpy(bool))
    with Session(bind=connection) as session:
        most_days = policy_on(session, on, scope.division).post_days
    rows, division = checked.rows.iloc[accepted], scope.division
    compared = compare_posts(connection, rows, on=on, most_days=most_days, division=division)
    repeated = accepted[compared.repeated]
    checked.rows.loc[repeated, "verdict"] = REJECTED
    titles = checked.rows["title"]
    twice = _warned(repeated, RejectCode.DUPLICATE_IN_FILE, titles.iloc[repeated])
    checked = replace(checked, problems=pd.concat([checked.problems, twice], ignore_index=True))
    nobody = Matched(checked.rows, pd.DataFrame(), np.zeros(0, dtype=np.int64))
    checked = replace(checked, original=_going_back(checked, nobody))
    ranks = np.full(len(checked.rows), NO_FACT, dtype=np.int64)
    ranks[accepted] = compared.changes
    plan = Plan(scope, {}, {}, {}, pd.DataFrame(), pd.DataFrame(), np.zeros(0, np.int64))
    plan.layout, plan.preview, plan.postings = layout, preview, compared.postings
    plan.supplements = PROBLEM_HEADER in checked.original.columns
    standing = standing_batches(connection, scope)
    plan.newest = standing[0].id if standing else None
    shortened = accepted[compared.shortened]
    warned = _warned(shortened, WarningCode.END_SHORTENED, titles.iloc[shortened])
    nothing = np.zeros(0, np.int64)
    _finish(plan, checked, nobody, Identities(nothing, nothing, nothing), ranks, warned)
    return plan


def _local_share(numbers: pd.Series, division: str) -> float | None:
    """Of the readable numbers, those first issued in the same city."""
    readable = numbers.dropna()
    if readable.empty:
        return None
    return float(readable.str.startswith(division[:CITY_DIGITS]).mean())


def _with_kinds(scope: Scope, checked: Checked) -> Scope:
    """The kinds an insurance file holds for its own month, unless they were said."""
    if scope.kinds or checked.facts is None:
        return scope
    facts = checked.facts
    own = facts.loc[facts["month"] == scope.month, "kind"].unique()
    found = set(own if len(own) else facts["kind"].unique())
    kinds = tuple(kind.value for kind in InsuranceKind if kind.value in found)
    return Scope(scope.source, scope.division, kinds, scope.month)


def _filled(rows: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """A register without a column for the place is the register of its scope."""
    if scope.source is Source.HOUSEHOLD:
        return rows.assign(division=rows["division"].fillna(scope.division))
    return rows


def _going_back(checked: Checked, matched: Matched) -> pd.DataFrame:
    """The sender's own cells of rejected rows; a million other rows need not be kept."""
    faulty = checked.problems["row"].to_numpy(dtype=np.int64)
    return checked.original.iloc[np.union1d(faulty, matched.outside)].copy()


def _slimmed(matched: Matched, scope: Scope) -> Matched:
    """Without what is staged by now; only insurance files are that long."""
    if not scope.is_insurance:
        return matched
    rows = matched.rows[["sheet", "line", "verdict", "p", "name", "number"]]
    return replace(matched, rows=rows, persons=matched.persons[["resident_id"]])


def _mentioned(matched: Matched) -> Ints:
    """Residents named by rows that go back to the sender: those rows do not end anything."""
    p = matched.rows.loc[matched.rows["verdict"].eq(REJECTED), "p"].to_numpy()
    resident_ids = matched.persons["resident_id"].take(p[p >= 0])
    return resident_ids.dropna().to_numpy(dtype=np.int64)


def _compare_facts(
    connection: Connection, plan: Plan, checked: Checked, matched: Matched, ranks: Ints, on: date
) -> pd.DataFrame | None:
    del checked
    rows = matched.rows[matched.rows["verdict"].eq(OK)]
    for position, fact in enumerate(FACTS[plan.scope.source]):
        frame = staged_frame(fact, rows, matched.persons, plan.scope.day(on))
        changes = compare(connection, fact, frame.drop(columns=["row"]))
        np.maximum.at(ranks, frame["row"].to_numpy(), changes)
        if plan.ends_what_is_missing:
            division = plan.scope.division
            plan.departures[fact.table.name] = find_departures(connection, fact, division)
            if position == 0:
                plan.in_force = current_count(connection, fact, division)
    return None


def _compare_months(
    connection: Connection, plan: Plan, checked: Checked, matched: Matched, ranks: Ints, on: date
) -> pd.DataFrame | None:
    del on
    facts = checked.facts
    assert facts is not None  # noqa: S101 - insurance always has them
    accepted = matched.rows["verdict"].eq(OK).to_numpy()
    facts = facts[accepted[facts["row"].to_numpy()]].reset_index(drop=True)
    plan.months = {int(month): int(rows) for month, rows in facts["month"].value_counts().items()}
    p = matched.rows["p"].to_numpy()[facts["row"].to_numpy()]
    resident_ids = matched.persons["resident_id"].take(p)
    staged_rows = paid.stage_contributions(connection, facts, resident_ids)["row"].to_numpy()
    changes = paid.compare_contributions(connection, len(staged_rows))
    ranks[facts["row"].to_numpy()] = 0
    np.maximum.at(ranks, staged_rows, changes)
    plan.contributions = np.flatnonzero(changes != UNCHANGED)
    month = plan.scope.month
    assert month is not None  # noqa: S101 - guessed or refused
    standing = standing_batches(connection, plan.scope)
    earlier = [batch.id for batch in standing] if plan.ends_what_is_missing else []
    plan.in_force = paid.brought_count(connection, plan.scope.kinds, month, earlier)
    plan.removed = paid.find_removed(connection, plan.scope.kinds, month, earlier, plan.in_force)
    return None


def _compare_ledger(
    connection: Connection, plan: Plan, checked: Checked, matched: Matched, ranks: Ints, on: date
) -> pd.DataFrame | None:
    del plan, on, checked
    rows = matched.rows[matched.rows["verdict"].eq(OK)]
    accounts = dict(
        connection.execute(
            select(Account.name, Account.id).where(Account.disabled_at.is_(None))
        ).all()
    )
    resident_ids = matched.persons["resident_id"].take(rows["p"].to_numpy())
    cases, marks = ledger.stage_ledger(connection, rows, resident_ids, accounts)
    case_changes, mark_changes = ledger.compare_ledger(connection, len(cases), len(marks))
    np.maximum.at(ranks, cases["row"].to_numpy(), case_changes)
    np.maximum.at(ranks, marks["row"].to_numpy(), mark_changes)
    unknown = rows[rows["worker"].notna() & ~rows["worker"].isin(accounts)]
    return _warned(unknown.index.to_numpy(), WarningCode.WORKER_UNKNOWN, unknown["worker"])


COMPARE = {Source.INSURANCE: _compare_months, Source.CASELOAD: _compare_ledger}


def _finish(
    plan: Plan,
    checked: Checked,
    matched: Matched,
    identities: Identities,
    ranks: Ints,
    warned: pd.DataFrame | None,
) -> None:
    rows = matched.rows
    accepted = rows["verdict"].eq(OK).to_numpy()
    p = rows["p"].to_numpy()
    renames = accepted & np.isin(p, identities.changed) & (ranks >= 0)
    ranks[renames] = np.maximum(ranks[renames], CHANGED)
    plan.counts = _counts(plan, rows, accepted, ranks)
    differs = np.flatnonzero(accepted & np.isin(p, identities.differing) & (ranks >= 0))
    outside = _warned(
        matched.outside, RejectCode.OUTSIDE_SCOPE, rows["number"].iloc[matched.outside]
    )
    problems = pd.concat([checked.problems, outside], ignore_index=True)
    warnings = pd.concat(
        [
            checked.warnings,
            *([] if warned is None else [warned]),
            _warned(differs, WarningCode.NAME_DIFFERS, rows["name"].iloc[differs]),
        ],
        ignore_index=True,
    )
    plan.reasons, plan.warnings = _tally(problems), _tally(warnings)
    plan.issues = _issues(rows, problems, warnings)
    plan.rejected = checked.original


def _counts(
    plan: Plan, rows: pd.DataFrame, accepted: npt.NDArray[np.bool_], ranks: Ints
) -> dict[str, int]:
    verdicts = Counter(rows["verdict"].tolist())
    made = Counter(ranks[accepted].tolist())
    primary = next(iter(plan.departures.values()), 0)
    return {
        "rows": len(rows),
        "added": made[ADDED],
        "changed": made[CHANGED],
        "unchanged": made[0],
        "unmatched": verdicts[UNMATCHED],
        "ignored": verdicts[IGNORED] + made[NO_FACT],
        "ended": primary + plan.removed,
        "rejected": verdicts[REJECTED],
    }


def _tally(found: pd.DataFrame) -> dict[str, int]:
    """A code counts once for a row, however many of its columns it is about."""
    once = found.drop_duplicates(["row", "code"])
    return {
        str(code): int(count) for code, count in once["code"].value_counts().sort_index().items()
    }


def _warned(rows: npt.NDArray[np.intp], code: str, raw: pd.Series) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row": np.asarray(rows, dtype=np.int64),
            "code": pd.Series([str(code)] * len(rows), dtype="str"),
            "column": pd.Series([None] * len(rows), dtype="str"),
            "raw": pd.Series(raw.to_list(), dtype="str"),
        }
    )


def _issues(rows: pd.DataFrame, problems: pd.DataFrame, warnings: pd.DataFrame) -> pd.DataFrame:
    """sheet, line, code, rejects, column, raw, row; in the file's order."""
    issues = pd.concat([problems.assign(rejects=True), warnings.assign(rejects=False)])
    issues = issues.sort_values(["row", "rejects"], ascending=[True, False], kind="stable")
    where = rows[["sheet", "line"]].iloc[issues["row"].to_numpy(dtype=np.int64)]
    return issues.assign(sheet=where["sheet"].array, line=where["line"].array).reset_index(
        drop=True
    )
