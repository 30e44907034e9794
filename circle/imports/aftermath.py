"""What undoing a batch would change, asked of the records without touching them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, Table, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import Session, joinedload

from circle.imports.returning import newer_batches, refuse_undoing
from circle.imports.ties import (
    is_changed_since,
    is_raised_by_sweep,
    is_worked_on,
    post_is_dealt_with,
)
from circle.refusals import NewerBatchStands, Refusal
from models.base import Base, Versioned
from models.cases import Case, CaseBefore, Registration, Visit
from models.facts import (
    BenefitSpell,
    ClosedMonth,
    Degree,
    EmploymentSpell,
    RegisterEntry,
    Subsistence,
    UnemploymentSpell,
)
from models.imports import ImportBatch
from models.posts import Post, PostBefore
from models.residents import (
    Category,
    HouseholdMember,
    Resident,
    ResidentBefore,
    StatedIdentity,
)
from models.tasks import Task
from models.vocabulary.cases import CaseState
from models.vocabulary.facts import Source

# What people would miss: the versioned facts of each source, in words.
KINDS: dict[Source, tuple[tuple[type[Versioned], LazyString], ...]] = {
    Source.HOUSEHOLD: (
        (RegisterEntry, _l("户籍信息")),
        (HouseholdMember, _l("家庭成员关系")),
    ),
    Source.SUBSISTENCE: ((Subsistence, _l("救助记录")),),
    Source.UNEMPLOYMENT: ((UnemploymentSpell, _l("失业登记")),),
    Source.EMPLOYMENT: ((EmploymentSpell, _l("就业登记")),),
    Source.BENEFITS: ((BenefitSpell, _l("待遇记录")),),
    Source.EDUCATION: ((Degree, _l("学历记录")),),
}
NAMED = 50  # posts that stay
# Why somebody the batch made known stays, the strongest reason first.
REASONS: dict[str, LazyString] = {
    "visited": _l("已经走访过"),
    "case": _l("有其他来源的档案，或档案已经有人办理"),
    "registered": _l("自己登记过"),
    "task": _l("待办已经有人处理"),
    "other": _l("其他文件里也有"),
}


@dataclass(frozen=True)
class Change:
    """So many of a kind go, so many come back in force."""

    what: LazyString | str
    removed: int
    restored: int


@dataclass(frozen=True)
class Retraction:
    """What taking a batch back would do to posts; the first of those that stay are named."""

    going: int
    restored: int
    staying: int
    named: Sequence[Post]


@dataclass(frozen=True)
class Aftermath:
    """Figures of what undoing would do; `newer` have to be undone before, in that order."""

    changes: list[Change]
    residents_going: int
    residents_staying: dict[str, int]  # by reason
    cases_going: int
    cases_staying: int
    months: Sequence[tuple[str, int]]  # kind and month that open again
    newer: Sequence[ImportBatch]
    refusal: Refusal | None
    posts: Retraction | None = None  # of a file of posts alone


def aftermath_of(session: Session, batch: ImportBatch, now: datetime) -> Aftermath:
    newer = newer_batches(session, batch)
    posts = retraction_of(session, batch.id) if batch.source is Source.POSTS else None
    going, staying = _residents(session, batch)
    made = select(func.count()).select_from(Case).where(Case.brought_by == batch.id)
    worked_on = session.scalars(made.where(is_worked_on())).one()
    return Aftermath(
        [one for one in _changes(session, batch, posts) if one.removed or one.restored],
        going,
        staying,
        session.scalars(made).one() - worked_on,
        worked_on,
        _months(session, batch),
        newer,
        _refusal(session, batch, now),
        posts,
    )


def retraction_of(session: Session, batch_id: int) -> Retraction:
    brought = select(func.count()).where(Post.brought_by == batch_id)
    staying = _staying(batch_id)
    kept = session.scalar(select(func.count()).select_from(staying.subquery())) or 0
    dealt_with = session.scalar(brought.where(post_is_dealt_with())) or 0
    changed = select(func.count()).where(PostBefore.import_id == batch_id)
    return Retraction(
        going=(session.scalar(brought) or 0) - dealt_with,
        restored=session.scalar(changed.where(~is_changed_since())) or 0,
        staying=kept,
        named=session.scalars(
            staying.options(joinedload(Post.employer)).order_by(Post.id).limit(NAMED)
        ).all(),
    )


def _staying(batch_id: int) -> Select[Post]:
    changed = select(PostBefore.post_id).where(PostBefore.import_id == batch_id, is_changed_since())
    own = select(Post.id).where(Post.brought_by == batch_id, post_is_dealt_with())
    return select(Post).where(Post.id.in_(own.union(changed)))


def _refusal(session: Session, batch: ImportBatch, now: datetime) -> Refusal | None:
    """Why it may not be undone now; what is newer is told by its list."""
    try:
        refuse_undoing(session, batch, now)
    except NewerBatchStands:
        return None
    except Refusal as refusal:
        return refusal
    return None


def _changes(session: Session, batch: ImportBatch, posts: Retraction | None) -> list[Change]:
    if posts is not None:
        return [Change(_l("岗位"), posts.going, posts.restored)]
    if batch.source is Source.INSURANCE:
        # A look through all contributions would take the page too long.
        counts = batch.counts
        restored = counts.get("changed", 0) + counts.get("ended", 0)
        return [
            Change(_l("缴费记录"), counts.get("added", 0), restored),
            _versions(session, batch, StatedIdentity, _l("社保登记的姓名")),
        ]
    kinds = KINDS.get(batch.known_source, ())
    changes = [_versions(session, batch, model, what) for model, what in kinds]
    if batch.source is Source.CASELOAD:
        changed = select(func.count()).where(CaseBefore.import_id == batch.id)
        marks = select(func.count()).where(Category.brought_by == batch.id)
        changes += [
            Change(_l("档案内容"), 0, session.scalars(changed).one()),
            Change(_l("人员类别"), session.scalars(marks).one(), 0),
        ]
    named = select(func.count()).where(ResidentBefore.import_id == batch.id)
    return [*changes, Change(_l("居民的姓名或电话"), 0, session.scalars(named).one())]


def _versions(
    session: Session, batch: ImportBatch, model: type[Versioned], what: LazyString
) -> Change:
    removed = select(func.count()).where(model.brought_by == batch.id)
    restored = select(func.count()).where(model.ended_by == batch.id)
    return Change(what, session.scalars(removed).one(), session.scalars(restored).one())


def _residents(session: Session, batch: ImportBatch) -> tuple[int, dict[str, int]]:
    reason = case(
        *((holds, literal(name)) for name, holds in _reasons_to_stay(batch.id).items()), else_=""
    ).label("reason")
    made = select(reason).where(Resident.brought_by == batch.id).subquery()
    tally = select(made.c.reason, func.count()).group_by(made.c.reason)
    found: dict[str, int] = dict(session.execute(tally).all())
    going = found.pop("", 0)
    return going, {name: found[name] for name in REASONS if name in found}


def _reasons_to_stay(batch_id: int) -> dict[str, ColumnElement[bool]]:
    who = Resident.id
    other_case = or_(
        Case.brought_by.is_distinct_from(batch_id), is_worked_on(), Case.state != CaseState.OPEN
    )
    return {
        "visited": exists().where(Visit.resident_id == who),
        "case": exists().where(Case.resident_id == who, other_case),
        "registered": exists().where(Registration.resident_id == who),
        "task": exists().where(Task.resident_id == who, ~is_raised_by_sweep()),
        "other": or_(*_told_elsewhere(batch_id)),
    }


def _told_elsewhere(batch_id: int) -> list[ColumnElement[bool]]:
    """Rows of any table that speak of the resident and are not the batch's own."""
    return [
        exists().where(column == Resident.id, _is_foreign(table, batch_id))
        for table in Base.metadata.tables.values()
        if table.name not in {"resident", "task", "case_file", "visit", "registration"}
        for column in table.columns
        if any(key.column is Resident.__table__.c.id for key in column.foreign_keys)
    ]


def _is_foreign(table: Table, batch_id: int) -> ColumnElement[bool]:
    own = [table.c[name] for name in ("brought_by", "import_id") if name in table.c]
    return and_(literal(value=True), *(column.is_distinct_from(batch_id) for column in own))


def _months(session: Session, batch: ImportBatch) -> Sequence[tuple[str, int]]:
    """Closed by this batch and by no other that covers the same place."""
    other = ClosedMonth.__table__.alias("other")
    mine = select(ClosedMonth.kind, ClosedMonth.month).where(
        ClosedMonth.import_id == batch.id,
        ~exists().where(
            other.c.import_id != batch.id,
            other.c.kind == ClosedMonth.kind,
            other.c.month == ClosedMonth.month,
            other.c.division_code <= ClosedMonth.division_code,
            other.c.division_end >= ClosedMonth.division_end,
        ),
    )
    return [(row.kind, row.month) for row in session.execute(mine.order_by(ClosedMonth.kind))]
