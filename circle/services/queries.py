"""The ledger of services: of one case, and of a place, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from circle.access.permissions import Permission
from circle.access.scope import visible_to
from circle.places.queries import names_of
from circle.services.filters import Ledger, Place
from circle.services.package import Package, package
from models.cases import Case, Visit
from models.places import within
from models.policy import Policy
from models.posts import Post
from models.referrals import Referral
from models.residents import Resident
from models.services import ServiceItem
from models.staff import Account
from models.tasks import Task
from models.vocabulary.cases import Need, NextStep
from models.vocabulary.services import ServiceKind
from models.vocabulary.tasks import TaskKind

PAGE_LENGTH = 50
# A paper or a workbook of more is nobody's list.
MOST_LINES = 20_000
COMMUNITY_DIGITS = 12
# A visit that says so may well have been the service, or led to it.
ASKS_FOR = {
    ServiceKind.GUIDANCE: (Need.GUIDANCE, NextStep.GUIDANCE),
    ServiceKind.TRAINING: (Need.TRAINING, NextStep.TRAINING),
}

# What a line is shown by, fetched with it.
EVIDENCE = (
    joinedload(ServiceItem.referral).joinedload(Referral.post).load_only(Post.title),
    joinedload(ServiceItem.visit).load_only(Visit.visited_on).lazyload(Visit.needs),
)

lives_at = func.coalesce(Resident.lives_in, Resident.registered_division)


@dataclass(frozen=True)
class Line:
    """A service of the ledger with whom it was for and who recorded it."""

    item: ServiceItem
    resident: Resident
    community: str
    recorder: str | None  # None: a job
    is_removable: bool = False


@dataclass(frozen=True)
class Page:
    lines: list[Line]
    after: Place | None  # where the next page begins


@dataclass(frozen=True)
class Hint:
    """A visit speaks of a service that nobody has recorded since."""

    kind: ServiceKind
    visit: Visit


def package_of(session: Session, case: Case, policy: Policy) -> Package:
    """What the case is owed for its present registration spell, and what it was given."""
    counts = (
        select(ServiceItem.kind, func.count())
        .where(
            ServiceItem.case_id == case.id,
            ServiceItem.removed_at.is_(None),
            ServiceItem.delivered_on >= case.served_from,
        )
        .group_by(ServiceItem.kind)
    )
    return package(case.served_from, dict(session.execute(counts).all()), policy)


def recorded_before(
    session: Session, *, uuid: str | None, referral: Referral | None
) -> ServiceItem | None:
    """The item of the same form, or of the same referral."""
    known = []
    if uuid is not None:
        known.append(ServiceItem.uuid == uuid)
    if referral is not None:
        known.append(ServiceItem.referral_id == referral.id)
    if not known:
        return None
    return session.scalars(select(ServiceItem).where(or_(*known)).limit(1)).one_or_none()


def gap_task(session: Session, case: Case) -> Task | None:
    """The reminder of what the present spell is owed, whatever became of it."""
    return session.scalars(
        select(Task).where(
            Task.resident_id == case.resident_id,
            Task.kind == TaskKind.SERVICE_GAP,
            Task.cycle == f"package:{case.served_from}",
        )
    ).one_or_none()


def services_of(session: Session, actor: Account, case: Case) -> list[Line]:
    """The case's services that stand, newest first."""
    is_removable = visible_to(actor, Permission.REMOVE_SERVICE, ServiceItem)
    query = (
        _lines()
        .add_columns(is_removable)
        .where(ServiceItem.case_id == case.id)
        .order_by(ServiceItem.delivered_on.desc(), ServiceItem.id.desc())
    )
    return [
        Line(item, item.resident, "", who, bool(removable))
        for item, who, removable in session.execute(query)
    ]


def visits_of(session: Session, case: Case) -> Sequence[Visit]:
    """Those that reached the person in the present spell, newest first."""
    return session.scalars(
        select(Visit)
        .where(
            Visit.case_id == case.id,
            Visit.reached,
            Visit.removed_at.is_(None),
            Visit.visited_on >= case.served_from,
        )
        .order_by(Visit.visited_on.desc(), Visit.id.desc())
        .limit(PAGE_LENGTH)
    ).all()


def hints_of(visits: Sequence[Visit], lines: Sequence[Line]) -> list[Hint]:
    """For each kind the newest visit that asks for it, unless it was given on that day or since."""
    given = {line.item.kind: line.item.delivered_on for line in reversed(lines)}
    asking = {
        kind: next((visit for visit in visits if _asks_for(visit, kind)), None) for kind in ASKS_FOR
    }
    return [
        Hint(kind, visit)
        for kind, visit in asking.items()
        if visit and not (kind in given and given[kind] >= visit.visited_on)
    ]


def _asks_for(visit: Visit, kind: ServiceKind) -> bool:
    need, step = ASKS_FOR[kind]
    return visit.next_step is step or any(said.need == need.value for said in visit.needs)


def page_of(session: Session, actor: Account, wanted: Ledger, *, after: Place | None) -> Page:
    query = _newest_first(actor, wanted)
    if after is not None:
        key = tuple_(ServiceItem.delivered_on, ServiceItem.id)
        query = query.where(key < tuple_(after.day, after.item_id))
    rows = session.execute(query.limit(PAGE_LENGTH + 1)).all()
    lines = _named(session, rows[:PAGE_LENGTH])
    last = lines[-1].item if len(rows) > PAGE_LENGTH else None
    return Page(lines, Place(last.delivered_on, last.id) if last else None)


def all_of(session: Session, actor: Account, wanted: Ledger) -> list[Line]:
    """Every line of the list, MOST_LINES at most: what a workbook or a paper holds."""
    return _named(session, session.execute(_newest_first(actor, wanted).limit(MOST_LINES)).all())


def counts_of(session: Session, actor: Account, wanted: Ledger) -> dict[ServiceKind, int]:
    """How many of each kind, the other filters staying as they are."""
    query = (
        select(ServiceItem.kind, func.count())
        .join(ServiceItem.resident)
        .where(_in_ledger(actor, wanted.without_kind()))
        .group_by(ServiceItem.kind)
    )
    return dict(session.execute(query).all())


def _newest_first(actor: Account, wanted: Ledger) -> Select[ServiceItem, str]:
    return (
        _lines()
        .where(_in_ledger(actor, wanted))
        .order_by(ServiceItem.delivered_on.desc(), ServiceItem.id.desc())
    )


def _lines() -> Select[ServiceItem, str]:
    recorder = aliased(Account)
    return (
        select(ServiceItem, recorder.display_name)
        .join(ServiceItem.resident)
        .outerjoin(recorder, recorder.id == ServiceItem.recorded_by)
        .options(contains_eager(ServiceItem.resident), *EVIDENCE)
        .where(ServiceItem.removed_at.is_(None))
    )


def _in_ledger(actor: Account, wanted: Ledger) -> ColumnElement[bool]:
    conditions = [
        ServiceItem.removed_at.is_(None),
        visible_to(actor, Permission.READ_SERVICES, ServiceItem),
    ]
    if wanted.kind is not None:
        conditions.append(ServiceItem.kind == wanted.kind)
    if wanted.community is not None:
        conditions.append(within(lives_at, wanted.community))
    if wanted.worker is not None:
        conditions.append(ServiceItem.recorded_by == wanted.worker)
    if wanted.from_on is not None:
        conditions.append(ServiceItem.delivered_on >= wanted.from_on)
    if wanted.to_on is not None:
        conditions.append(ServiceItem.delivered_on <= wanted.to_on)
    return and_(*conditions)


def _named(session: Session, rows: Sequence[Row[ServiceItem, str]]) -> list[Line]:
    codes = [_community(item.resident) for item, _ in rows]
    names = names_of(session, codes)
    return [
        Line(item, item.resident, names.get(code or "", ""), who)
        for (item, who), code in zip(rows, codes, strict=True)
    ]


def _community(resident: Resident) -> str | None:
    code = resident.lives_in or resident.registered_division
    return code and code[:COMMUNITY_DIGITS]
