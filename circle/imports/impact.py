"""What an act changes for people with an open case, read off the copies beside the records."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    String,
    Table,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from circle.imports.shadows import Shadows, concerned
from circle.imports.staging import table_of
from models.base import Base, Document
from models.cases import Case
from models.facts import (
    BenefitSpell,
    Contribution,
    Degree,
    EmploymentSpell,
    InsuranceStanding,
    PayingEmployer,
    RegisterEntry,
    Subsistence,
    UnemploymentSpell,
)
from models.residents import Category, Resident
from models.sql import day_word, json_object
from models.vocabulary.cases import CaseState
from models.vocabulary.facts import RegisterStatus

LISTED = 200


@dataclass(frozen=True)
class Watched:
    """A kind of fact: what tells two of a person's apart, and what of it is worth telling.

    The smaller its `order`, the sooner its changes are told.
    """

    what: str
    model: type[Base]
    key: tuple[str, ...]
    shown: tuple[str, ...]
    order: int


WATCHED = (
    Watched("register", RegisterEntry, (), ("status", "status_on"), 0),
    Watched("subsistence", Subsistence, (), ("kind", "ability"), 1),
    Watched("unemployment", UnemploymentSpell, ("registered_on",), ("is_open", "ended_on"), 2),
    Watched("employment", EmploymentSpell, ("registered_on",), ("employer", "is_open"), 3),
    Watched("benefit", BenefitSpell, ("kind", "from_month"), ("to_month",), 4),
    Watched("insurance", InsuranceStanding, ("kind",), ("last_month",), 5),
    Watched("case", Case, (), ("work_status", "worker_id"), 6),
    Watched("name", Resident, (), ("name",), 7),
    Watched("home", Resident, (), ("lives_in",), 8),
    Watched("category", Category, ("code", "from_on"), (), 9),
    Watched("degree", Degree, ("level", "graduated_on"), (), 10),
)


def changes_to_people(shadows: Shadows, *, undoes: bool = False) -> dict[str, Any]:
    """`people`: how many have changes; `changes`: how many there are; `listed`: the first of them.

    Each of these has the resident, what it is about, and the values before and after, either of
    which may be missing.
    """
    served = _served(shadows)
    step = -1 if undoes else 1
    found = [part for watched in WATCHED for part in _changes(shadows, watched, served, step)]
    together = union_all(*found).subquery()
    connection = shadows.connection
    count, people = connection.execute(
        select(func.count(), func.count(together.c.resident_id.distinct())).select_from(together)
    ).one()
    rows = connection.execute(
        select(together)
        .order_by(together.c.weight, together.c.place, together.c.resident_id)
        .limit(LISTED)
    )
    listed = [
        {"resident": row.resident_id, "what": row.what, "before": row.before, "after": row.after}
        for row in rows
    ]
    return {"people": people, "changes": count, "listed": listed}


def _served(shadows: Shadows) -> Select[Any]:
    """Whom the act concerns and who has a case already."""
    cases = shadows.behind(Case)
    return select(cases.c.resident_id).where(
        cases.c.state == CaseState.OPEN,
        cases.c.resident_id.in_(select(concerned.c.resident_id)),
    )


def _changes(
    shadows: Shadows, watched: Watched, served: Select[Any], step: int
) -> list[Select[Any]]:
    """Facts in force before and after, side by side; those that differ.

    By `step` months the last one paid is moved for everybody who goes on paying.
    """
    before = _in_force(shadows.behind(watched.model).alias("before"), watched, served)
    after = _in_force(table_of(watched.model).alias("after"), watched, served)
    same = and_(
        before.c.resident_id == after.c.resident_id,
        *(before.c[name].is_not_distinct_from(after.c[name]) for name in watched.key),
    )
    kept = select(*_columns(watched, before, after)).join_from(after, before, same, isouter=True)
    differs = or_(
        before.c.resident_id.is_(None),
        *(before.c[name].is_distinct_from(after.c[name]) for name in watched.shown),
    )
    gone = (
        select(*_columns(watched, before, None))
        .join_from(before, after, same, isouter=True)
        .where(after.c.resident_id.is_(None))
    )
    told = _worth_telling(watched, kept.where(differs), before, after, step)
    # Whoever is gone has no home either: their name says it once.
    return [told] if watched.what == "home" else [told, gone]


def _worth_telling(
    watched: Watched,
    changed: Select[Any],
    before: Any,  # noqa: ANN401 - subqueries
    after: Any,  # noqa: ANN401 - subqueries
    step: int,
) -> Select[Any]:
    """That somebody goes on paying is no news; nor is a first entry that says all is as usual."""
    if watched.model is InsuranceStanding:
        goes_on = after.c.last_month == before.c.last_month + step
        return changed.where(or_(before.c.resident_id.is_(None), ~goes_on))
    if watched.model is RegisterEntry:
        usual = after.c.status == RegisterStatus.NORMAL.value
        return changed.where(or_(before.c.resident_id.is_not(None), ~usual))
    return changed


def _in_force(table: Any, watched: Watched, served: Select[Any]) -> Any:  # noqa: ANN401 - an alias
    resident_id = table.c.id if watched.model is Resident else table.c.resident_id
    columns = [table.c[name] for name in (*watched.key, *watched.shown)]
    rows = select(resident_id.label("resident_id"), *columns).where(resident_id.in_(served))
    if "ended_by" in table.c:
        rows = rows.where(table.c.ended_by.is_(None))
    if watched.model is Case:
        rows = rows.where(table.c.state == CaseState.OPEN)
    return rows.subquery()


def _columns(watched: Watched, before: Any, after: Any | None) -> list[ColumnElement[Any]]:  # noqa: ANN401 - subqueries
    """resident_id, what, before, after; the weight puts deaths and endings first."""
    names = (*watched.key, *watched.shown)
    whose = before if after is None else after
    employer = {} if after is None else _employer(watched, after)
    nothing = cast(null(), Document)
    return [
        whose.c.resident_id.label("resident_id"),
        literal(watched.what, String).label("what"),
        case((before.c.resident_id.is_not(None), _document(before, names))).label("before"),
        nothing.label("after")
        if after is None
        else _document(after, names, **employer).label("after"),
        literal(watched.order).label("weight"),
        (literal(1) if after is None else case((before.c.resident_id.is_(None), 2), else_=0)).label(
            "place"
        ),
    ]


def _employer(watched: Watched, standing: Any) -> dict[str, Any]:  # noqa: ANN401 - a subquery
    """Who paid the last month."""
    if watched.model is not InsuranceStanding:
        return {}
    contribution: Table = table_of(Contribution)
    name = (
        select(func.max(PayingEmployer.name))
        .join(contribution, contribution.c.employer_id == PayingEmployer.id)
        .where(
            contribution.c.kind == standing.c.kind,
            contribution.c.month == standing.c.last_month,
            contribution.c.resident_id == standing.c.resident_id,
        )
        .scalar_subquery()
    )
    return {"employer": name}


def _document(rows: Any, names: tuple[str, ...], **more: Any) -> ColumnElement[Any]:  # noqa: ANN401 - columns
    parts: list[Any] = []
    for name in names:
        column = rows.c[name]
        parts += [literal(name, String), day_word(column) if _is_day(column) else _plain(column)]
    for name, value in more.items():
        parts += [literal(name, String), value]
    return json_object(*parts)


def _is_day(column: ColumnElement[Any]) -> bool:
    return isinstance(column.type, Date)


def _plain(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A word as it lies, not as the enumeration it stands for."""
    return cast(column, String) if hasattr(column.type, "enums") else column
