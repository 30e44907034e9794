"""Residents, cases and facts as tests need them; traits carry the office's words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import factory
from factory.alchemy import SQLAlchemyModelFactory
from sqlalchemy.orm import Session

from models.cases import Case, Placement, Visit
from models.employers import Employer
from models.facts import (
    BenefitSpell,
    ClosedMonth,
    Contribution,
    Degree,
    EmploymentSpell,
    InsuranceStanding,
    PayingEmployer,
    RegisterEntry,
    Subsistence,
    UnemploymentSpell,
)
from models.imports import ImportBatch
from models.places import Division, Position, Station
from models.posts import Post
from models.referrals import Referral
from models.residents import (
    Category,
    Household,
    HouseholdMember,
    Resident,
    StatedIdentity,
    StatusHistory,
)
from models.services import ServiceItem
from models.staff import Account, Coverage
from models.tasks import Task
from models.vocabulary.cases import CaseOrigin, PlacementKind, VisitChannel
from models.vocabulary.documents import check_character, read_number
from models.vocabulary.facts import (
    BenefitKind,
    EducationLevel,
    InsuranceKind,
    RegisterStatus,
    Source,
    StudyForm,
    SubsistenceKind,
)
from models.vocabulary.imports import BatchState
from models.vocabulary.places import StationKind, level_of, subtree_end
from models.vocabulary.posts import PayUnit, PostDoor, PostState
from models.vocabulary.referrals import ReferralStage
from models.vocabulary.residents import (
    CategoryCode,
    DocumentType,
    LivesInBasis,
    Sex,
    WorkKind,
    WorkStatus,
)
from models.vocabulary.services import ServiceKind
from models.vocabulary.staff import Role
from models.vocabulary.tasks import TaskKind

DISTRICT = "330110"
STREET = "330110012"
COMMUNITY = "330110012004"
OTHER_COMMUNITY = "330110012005"
OTHER_STREET = "330110013"
PLACES = {
    "33": "浙江省",
    "3301": "杭州市",
    DISTRICT: "余杭区",
    STREET: "仓前街道",
    COMMUNITY: "葛巷社区",
    OTHER_COMMUNITY: "太炎社区",
    OTHER_STREET: "余杭街道",
    "330110013001": "凤凰山社区",
}
NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


def number_of(born_on: date, sex: Sex, sequence: int) -> str:
    """A valid made-up document number."""
    order = sequence % 500 * 2 + (1 if sex is Sex.MALE else 0)
    first_17 = f"330110{born_on:%Y%m%d}{order:03d}"
    return first_17 + check_character(first_17)


class Made(SQLAlchemyModelFactory):  # type: ignore[misc] # factory_boy has no types
    """Factories write through the session the test hands to `use`."""

    class Meta:
        abstract = True
        sqlalchemy_session_persistence = "flush"


def use(session: Session) -> None:
    """Every factory writes through this session from now on."""
    for made in _all(Made):
        made._meta.sqlalchemy_session = session  # noqa: SLF001 - factory_boy's documented way


def _all(parent: type[Made]) -> list[type[Made]]:
    children = parent.__subclasses__()
    return children + [deeper for child in children for deeper in _all(child)]


def load_places(session: Session) -> None:
    session.add_all(
        Division(code=code, name=name, level=level_of(code)) for code, name in PLACES.items()
    )
    session.flush()


class AccountFactory(Made):
    class Meta:
        model = Account

    name = factory.Sequence(lambda n: f"worker{n}")
    display_name = factory.Sequence(lambda n: f"专员{n}")
    role = Role.WORKER
    division_code = COMMUNITY
    password_hash = "unusable"

    class Params:
        street = factory.Trait(role=Role.STREET, division_code=STREET)
        district = factory.Trait(role=Role.DISTRICT, division_code=DISTRICT)
        clerk = factory.Trait(role=Role.CLERK, division_code=DISTRICT)
        auditor = factory.Trait(role=Role.AUDITOR, division_code=DISTRICT)

    @factory.post_generation  # type: ignore[untyped-decorator] # factory_boy has no types
    def covers(self: Any, _create: bool, codes: list[str] | None, **_: object) -> None:
        for code in codes or []:
            self.coverage.append(Coverage(division_code=code))


class BatchFactory(Made):
    class Meta:
        model = ImportBatch

    source = Source.HOUSEHOLD
    state = BatchState.APPLIED
    file_name = "名册.xlsx"
    sha256 = factory.Sequence(lambda n: f"{n:064x}")
    size_bytes = 1000
    division_code = DISTRICT
    applied_at = NOON
    created_at = NOON
    filer = factory.SubFactory(AccountFactory, clerk=True)


class ResidentFactory(Made):
    class Meta:
        model = Resident

    class Params:
        sequence = factory.Sequence(lambda n: n)
        number = factory.LazyAttribute(lambda o: number_of(o.born_on, o.sex, o.sequence))

    document_type = DocumentType.RESIDENT_ID
    name = factory.Sequence(lambda n: f"居民{n}")
    pinyin = "jm"
    sex = Sex.MALE
    born_on = date(1985, 6, 15)
    lives_in = COMMUNITY
    lives_in_basis = LivesInBasis.HOUSEHOLD
    id_sealed = factory.LazyAttribute(lambda o: o.number)
    id_index = factory.LazyAttribute(lambda o: _index_of(o.number))


def _index_of(number: str) -> str:
    from models.sealed import current_keyring, document_domain  # noqa: PLC0415 - installed later

    document = read_number(number, on=date(2100, 1, 1))
    return current_keyring().index_of(document_domain(document.document_type), number)


class CaseFactory(Made):
    class Meta:
        model = Case

    resident = factory.SubFactory(ResidentFactory)
    origin = CaseOrigin.WORKER
    opened_on = date(2026, 6, 1)
    work_status = WorkStatus.UNEMPLOYED


class VisitFactory(Made):
    class Meta:
        model = Visit

    uuid = factory.Faker("uuid4")
    resident = factory.LazyAttribute(lambda o: o.case.resident)
    visited_on = date(2026, 6, 10)
    channel = VisitChannel.PHONE
    reached = True
    recorder = factory.SubFactory(AccountFactory)


class PlacementFactory(Made):
    class Meta:
        model = Placement

    kind = PlacementKind.CONTRACT
    employer = "仓前中心小学"
    started_on = date(2026, 6, 1)


class ServiceFactory(Made):
    class Meta:
        model = ServiceItem

    resident = factory.LazyAttribute(lambda o: o.case.resident)
    kind = ServiceKind.GUIDANCE
    delivered_on = date(2026, 6, 10)
    note = "面谈"


class CategoryFactory(Made):
    class Meta:
        model = Category

    code = CategoryCode.HARD_TO_EMPLOY
    basis = "台账"
    from_on = date(2026, 1, 1)


class StatusFactory(Made):
    class Meta:
        model = StatusHistory

    status = WorkStatus.UNEMPLOYED
    since_on = date(2026, 1, 1)


class TaskFactory(Made):
    class Meta:
        model = Task

    resident = factory.SubFactory(ResidentFactory)
    kind = TaskKind.INSURANCE_LAPSE
    cycle = "employee_pension:2026-07"
    raised_on = date(2026, 11, 1)
    due_on = date(2026, 11, 20)
    priority = 40
    evidence = factory.LazyFunction(dict)


class Brought(Made):
    """A bureau's fact, brought by a batch of its own unless told otherwise."""

    class Meta:
        abstract = True

    class Params:
        batch = factory.SubFactory(BatchFactory)

    brought_by = factory.LazyAttribute(lambda o: o.batch.id)


class RegisterEntryFactory(Brought):
    class Meta:
        model = RegisterEntry

    division_code = COMMUNITY
    status = RegisterStatus.NORMAL


class SubsistenceFactory(Brought):
    class Meta:
        model = Subsistence

    kind = SubsistenceKind.DIBAO
    from_month = 2026 * 12


class UnemploymentFactory(Brought):
    class Meta:
        model = UnemploymentSpell

    registered_on = date(2026, 5, 1)
    is_open = True


class EmploymentFactory(Brought):
    class Meta:
        model = EmploymentSpell

    registered_on = date(2025, 5, 1)
    is_open = True


class BenefitFactory(Brought):
    class Meta:
        model = BenefitSpell

    kind = BenefitKind.PENSION
    from_month = 2026 * 12


class DegreeFactory(Brought):
    class Meta:
        model = Degree

    level = EducationLevel.BACHELOR
    level_order = 3
    study_form = StudyForm.FULL_TIME


class StatedIdentityFactory(Brought):
    class Meta:
        model = StatedIdentity

    source = Source.HOUSEHOLD


class HouseholdFactory(Made):
    class Meta:
        model = Household

    number = factory.Sequence(lambda n: f"H{n:08d}")


class MemberFactory(Brought):
    class Meta:
        model = HouseholdMember


class EmployerFactory(Made):
    class Meta:
        model = PayingEmployer

    key = factory.Sequence(lambda n: f"number:{n}")
    name = "杭州某某科技有限公司"


class OfferingEmployerFactory(Made):
    """Who offers posts; the one who pays contributions is another record."""

    class Meta:
        model = Employer

    name = factory.Sequence(lambda n: f"仓前第{n}食品店")
    name_key = factory.LazyAttribute(lambda o: o.name)
    division_code = COMMUNITY


class PositionFactory(Made):
    """Each some ten metres north of the one before."""

    class Meta:
        model = Position

    latitude = factory.Sequence(lambda n: round(30.28 + n / 10_000, 6))
    longitude = 120.01


class StationFactory(Made):
    class Meta:
        model = Station

    kind = StationKind.STATION
    name = factory.Sequence(lambda n: f"第{n}就业服务站")
    division_code = COMMUNITY
    position = factory.SubFactory(PositionFactory)


class PostFactory(Made):
    class Meta:
        model = Post

    class Params:
        published = factory.Trait(state=PostState.PUBLISHED, published_on=date(2026, 11, 2))

    uuid = factory.Faker("uuid4")
    employer = factory.SubFactory(OfferingEmployerFactory)
    door = PostDoor.FORM
    title = "保洁员"
    title_key = factory.LazyAttribute(lambda o: o.title)
    kind = WorkKind.FULL_TIME
    headcount = 2
    pay_unit = PayUnit.MONTH
    pay_low_fen = month_low_fen = 400_000
    pay_high_fen = month_high_fen = 500_000
    division_code = COMMUNITY
    valid_until = date(2026, 12, 31)
    submitted_on = date(2026, 11, 1)


class ReferralFactory(Made):
    """Offered to the person of a case; what a stage asks for is said with it."""

    class Meta:
        model = Referral

    uuid = factory.Faker("uuid4")
    case = factory.SubFactory(CaseFactory)
    resident = factory.LazyAttribute(lambda o: o.case.resident)
    post = factory.SubFactory(PostFactory)
    stage = ReferralStage.OFFERED
    offered_on = date(2026, 11, 16)
    lapses_on = date(2026, 11, 30)


def pay(
    session: Session,
    resident: Resident,
    months: list[int],
    *,
    kind: InsuranceKind = InsuranceKind.EMPLOYEE_PENSION,
    employer_id: int = 0,
    base_fen: int = 500_000,
) -> None:
    """Contributions and the standing that follows from them."""
    batch = BatchFactory(source=Source.INSURANCE)
    session.add_all(
        Contribution(
            kind=kind,
            month=month,
            resident_id=resident.id,
            employer_id=employer_id,
            import_id=batch.id,
            base_fen=base_fen,
        )
        for month in months
    )
    session.add(
        InsuranceStanding(
            resident_id=resident.id,
            kind=kind,
            first_month=min(months),
            last_month=max(months),
            months_paid=len(set(months)),
        )
    )
    session.flush()


def close_month(
    session: Session,
    month: int,
    *,
    kind: InsuranceKind = InsuranceKind.EMPLOYEE_PENSION,
    division: str = DISTRICT,
) -> None:
    batch = BatchFactory(source=Source.INSURANCE, month=month, kinds=[kind.value])
    session.add(
        ClosedMonth(
            import_id=batch.id,
            kind=kind,
            month=month,
            division_code=division,
            division_end=subtree_end(division),
        )
    )
    session.flush()
