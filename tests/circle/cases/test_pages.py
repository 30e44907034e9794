import re
from collections.abc import Iterator
from datetime import date
from io import BytesIO

import pytest
import time_machine
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.audit import AuditEntry
from models.cases import Case, Registration
from models.residents import Category, Resident
from models.sealed import PHONE_DOMAIN, current_keyring
from models.staff import Account
from models.tasks import Task
from models.vocabulary.facts import Source
from models.vocabulary.months import month_of
from models.vocabulary.residents import CategoryCode, LivesInBasis
from models.vocabulary.staff import Role
from models.vocabulary.tasks import TaskKind
from tests.circle.cases.test_operations import registration_of
from tests.circle.conftest import (
    COMMUNITY,
    OTHER_COMMUNITY,
    MakeAccount,
    SignIn,
)
from tests.factories import (
    NOON,
    CaseFactory,
    CategoryFactory,
    HouseholdFactory,
    MemberFactory,
    RegisterEntryFactory,
    ResidentFactory,
    StatedIdentityFactory,
    TaskFactory,
    UnemploymentFactory,
    VisitFactory,
    close_month,
    pay,
)

NAME = "阿卜杜热西提·买买提江"
PHONE = "13812345678"
TODAY = date(2026, 11, 21)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    """Every page is read on the same day, at twelve where the office is."""
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def resident(session: Session, worker: Account) -> Resident:
    """Somebody much is known of, and not everything fits."""
    person = ResidentFactory(
        name=NAME,
        phone_sealed=PHONE,
        phone_index=current_keyring().index_of(PHONE_DOMAIN, PHONE),
        address_sealed="余杭区仓前街道葛巷社区绿汀路1号3幢2单元501室",
    )
    case = CaseFactory(
        resident=person, worker=worker, opened_on=date(2026, 5, 12), causes=["health"]
    )
    VisitFactory(case=case, recorder=worker, note="愿意做物业电工", visited_on=date(2026, 6, 1))
    TaskFactory(resident=person, case=case, assignee=worker, due_on=date(2026, 11, 20))
    RegisterEntryFactory(resident_id=person.id, division_code=OTHER_COMMUNITY)
    UnemploymentFactory(resident_id=person.id, lives_in=COMMUNITY)
    for source, name in ((Source.HOUSEHOLD, NAME), (Source.INSURANCE, "阿布都热西提")):
        StatedIdentityFactory(resident_id=person.id, source=source, name=name, name_key=name)
    pay(session, person, [month_of("2026-05"), month_of("2026-06")])
    close_month(session, month_of("2026-07"))
    MemberFactory(household_id=HouseholdFactory().id, resident_id=person.id, is_head=True)
    CategoryFactory(resident_id=person.id)
    session.commit()
    return person


def acts(session: Session, act: str) -> list[AuditEntry]:
    return list(session.scalars(select(AuditEntry).where(AuditEntry.act == act)))


def test_the_file_shows_what_is_known_and_hides_what_need_not_be_seen(
    sign_in: SignIn, worker: Account, resident: Resident
) -> None:
    page = sign_in(worker).get(f"/residents/{resident.id}")
    assert page.status_code == 200
    for shown in (NAME, "41岁", "138****5678", "阿布都热西提", "姓名不一致", "居住地不一致"):
        assert shown in page.text
    for shown in (
        "身体原因",
        "愿意做物业电工",
        "已超期1天",
        "已缴 2026-05至2026-06（2个月）",
        "未缴 2026-07",
    ):
        assert shown in page.text
    for hidden in (str(resident.id_sealed), PHONE, "1985-06-15", "绿汀路"):
        assert hidden not in page.text


def test_opening_a_file_is_written_down(
    session: Session, sign_in: SignIn, worker: Account, resident: Resident
) -> None:
    sign_in(worker).get(f"/residents/{resident.id}")
    (entry,) = acts(session, "resident:file:read")
    assert (entry.account_id, entry.resident_ids) == (worker.id, [resident.id])


@pytest.mark.parametrize("page", ["/residents/{0}", "/residents/{0}/print", "/cases"])
def test_a_look_that_cannot_be_written_down_is_not_shown(
    sign_in: SignIn,
    worker: Account,
    resident: Resident,
    monkeypatch: pytest.MonkeyPatch,
    page: str,
) -> None:
    client = sign_in(worker)
    monkeypatch.setattr("circle.audit._columns", _fails)
    answer = client.get(page.format(resident.id))
    assert answer.status_code == 503
    assert NAME not in answer.text


def _fails(*_: object, **__: object) -> None:
    raise OperationalError("INSERT", {}, Exception())


def test_a_file_outside_the_scope_does_not_exist(
    session: Session, sign_in: SignIn, worker: Account
) -> None:
    away = ResidentFactory(lives_in=OTHER_COMMUNITY)
    session.commit()
    for page in ("", "/print"):
        assert sign_in(worker).get(f"/residents/{away.id}{page}").status_code == 404


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.CLERK, Role.SYSTEM_ADMIN])
def test_files_are_closed_to_roles_that_serve_nobody(
    sign_in: SignIn, make_account: MakeAccount, resident: Resident, role: Role
) -> None:
    client = sign_in(make_account(role))
    for page in (f"/residents/{resident.id}", f"/residents/{resident.id}/print", "/cases"):
        assert client.get(page).status_code == 403


def test_somebody_nothing_is_known_of_has_a_file_all_the_same(
    session: Session, sign_in: SignIn, worker: Account
) -> None:
    bare = ResidentFactory(id_sealed=None, id_index=None)
    session.commit()
    page = sign_in(worker).get(f"/residents/{bare.id}")
    assert page.status_code == 200
    for empty in ("还没有建档", "没有待办", "还没有任何部门的数据", "还没有导入这位居民的参保数据"):
        assert empty in page.text


def test_the_printed_file_says_who_printed_it(
    session: Session, sign_in: SignIn, worker: Account, resident: Resident
) -> None:
    page = sign_in(worker).get(f"/residents/{resident.id}/print")
    assert f"{worker.display_name}（{worker.name}）" in page.text
    assert "2026-11-21 12:00" in page.text
    for hidden in (str(resident.id_sealed), PHONE, "1985-06-15", "绿汀路"):
        assert hidden not in page.text
    assert [entry.resident_ids for entry in acts(session, "resident:file:print")] == [[resident.id]]


def test_a_category_is_added_and_ended(
    session: Session, sign_in: SignIn, worker: Account, resident: Resident
) -> None:
    client, here = sign_in(worker), f"/residents/{resident.id}"
    form = {"code": "disabled", "basis": "残疾人证", "from_on": "2026-11-01"}
    assert client.post(f"{here}/categories", data=form).status_code == 302
    query = select(Category).where(Category.code == CategoryCode.DISABLED)
    category = session.scalars(query).one()
    assert category.confirmed_by == worker.id
    client.post(f"{here}/categories/{category.id}/end", data={"to_on": "2026-11-20"})
    session.refresh(category)
    assert category.to_on == date(2026, 11, 20)
    assert len(acts(session, "resident:category:add") + acts(session, "resident:category:end")) == 2


def test_a_form_with_faults_comes_back_filled_in(
    session: Session, sign_in: SignIn, worker: Account, resident: Resident
) -> None:
    form = {"code": "disabled", "basis": "残疾人证二级", "from_on": ""}
    answer = sign_in(worker).post(f"/residents/{resident.id}/categories", data=form)
    assert answer.status_code == 422
    assert "残疾人证二级" in answer.text
    assert "请填写认定日期" in answer.text
    assert len(acts(session, "resident:file:read")) == 1


def test_a_category_that_holds_is_refused_with_what_was_typed(
    sign_in: SignIn, worker: Account, resident: Resident
) -> None:
    form = {"code": "hard_to_employ", "basis": "重复认定", "from_on": "2026-11-01"}
    answer = sign_in(worker).post(f"/residents/{resident.id}/categories", data=form)
    assert answer.status_code == 409
    assert "这个类别已经认定" in answer.text
    assert "重复认定" in answer.text


def test_a_category_of_somebody_else_is_not_found(
    session: Session, sign_in: SignIn, worker: Account, resident: Resident
) -> None:
    other = CategoryFactory(resident_id=ResidentFactory(lives_in=OTHER_COMMUNITY).id)
    session.commit()
    address = f"/residents/{resident.id}/categories/{other.id}/end"
    assert sign_in(worker).post(address, data={"to_on": "2026-11-20"}).status_code == 404


def test_a_household_is_confirmed_and_withdrawn(
    session: Session, sign_in: SignIn, worker: Account, resident: Resident
) -> None:
    client, here = sign_in(worker), f"/residents/{resident.id}"
    client.post(f"{here}/household/confirm")
    assert "认定为零就业家庭。" in client.get(here).text
    assert client.post(f"{here}/household/confirm").status_code == 409
    client.post(f"{here}/household/withdraw")
    assert "认定为零就业家庭。" not in client.get(here).text


def test_where_someone_lives_is_confirmed_within_the_district(
    session: Session, sign_in: SignIn, worker: Account, resident: Resident
) -> None:
    client, here = sign_in(worker), f"/residents/{resident.id}"
    assert client.post(f"{here}/home", data={"code": "440300000000"}).status_code == 422
    answer = client.post(f"{here}/home", data={"code": COMMUNITY})
    assert answer.location == here
    session.refresh(resident)
    assert resident.lives_in_basis is LivesInBasis.WORKER
    assert "已由专员核实" in client.get(here).text


def test_somebody_found_to_live_elsewhere_leaves_the_worker_without_a_case(
    session: Session, sign_in: SignIn, worker: Account
) -> None:
    moved = ResidentFactory()
    session.commit()
    data = {"code": OTHER_COMMUNITY}
    answer = sign_in(worker).post(f"/residents/{moved.id}/home", data=data)
    assert answer.location == "/cases"


def test_a_supervisor_hands_a_case_over_with_its_tasks(
    session: Session,
    sign_in: SignIn,
    make_account: MakeAccount,
    street: Account,
    resident: Resident,
) -> None:
    other = make_account(Role.WORKER, covers=(COMMUNITY,))
    away = make_account(Role.WORKER, covers=(OTHER_COMMUNITY,))
    case = session.scalars(select(Case).where(Case.resident_id == resident.id)).one()
    client, address = sign_in(street), f"/cases/{case.id}/hand-over"
    assert client.post(address, data={"worker": str(away.id)}).status_code == 422
    assert client.post(address, data={"worker": str(other.id)}).status_code == 302
    session.expire_all()
    assert case.worker_id == other.id
    holders = session.scalars(select(Task.assignee_id).where(Task.resident_id == resident.id))
    assert set(holders) == {other.id}


def test_a_tier_is_set_by_the_worker(
    session: Session, sign_in: SignIn, worker: Account, resident: Resident
) -> None:
    case = session.scalars(select(Case).where(Case.resident_id == resident.id)).one()
    client = sign_in(worker)
    client.post(f"/cases/{case.id}/tier", data={"tier": "C"})
    assert "C 公益性岗位安置" in client.get(f"/residents/{resident.id}").text
    client.post(f"/cases/{case.id}/tier", data={"tier": ""})
    assert "C 公益性岗位安置" not in client.get(f"/residents/{resident.id}").text


def test_the_caseload_counts_what_it_lists(
    session: Session, sign_in: SignIn, worker: Account, resident: Resident
) -> None:
    for _ in range(3):
        CaseFactory(last_contact_on=TODAY)
    session.commit()
    page = sign_in(worker).get("/cases?gap=over_30").text
    assert "共1人" in page
    assert page.count('class="line case-line"') == 1
    assert [entry.resident_ids for entry in acts(session, "case:list:read")] == [[resident.id]]


def test_an_empty_caseload_says_how_it_fills(sign_in: SignIn, worker: Account) -> None:
    client = sign_in(worker)
    assert "还没有在册人员" in client.get("/cases").text
    assert "没有符合条件的人" in client.get("/cases?stage=placed").text


@pytest.mark.parametrize("typed", ["number", PHONE, NAME, "jm"])
def test_a_search_answers_without_an_address_that_tells_it(
    sign_in: SignIn, worker: Account, resident: Resident, typed: str
) -> None:
    text = resident.id_sealed if typed == "number" else typed
    answer = sign_in(worker).post("/cases/search", data={"text": text})
    assert answer.status_code == 200
    assert f'href="/residents/{resident.id}"' in answer.text
    page = re.sub(r'name="csrf_token"\s+value="[^"]*"', "", answer.text)  # any letters may be in it
    addresses = " ".join(re.findall(r'(?:href|action|value|hx-\w+)="([^"]*)"', page))
    assert str(text) not in addresses
    assert answer.headers.get("Location") is None


@pytest.mark.parametrize(
    ("text", "says"), [("3301", "请输入姓名"), ("", "请输入姓名"), ("欧阳", "没有找到")]
)
def test_a_search_that_finds_nobody_says_what_to_do(
    sign_in: SignIn, worker: Account, text: str, says: str
) -> None:
    assert says in sign_in(worker).post("/cases/search", data={"text": text}).text


def test_an_export_holds_the_filtered_list_and_is_written_down(
    session: Session, sign_in: SignIn, worker: Account, resident: Resident
) -> None:
    CaseFactory(last_contact_on=TODAY)
    session.commit()
    answer = sign_in(worker).post("/cases/export", data={"gap": "over_30"})
    assert answer.headers["Content-Disposition"].startswith("attachment")
    sheet = CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0)
    lines = sheet.to_python()
    assert worker.name in str(lines[1][0])
    assert [line[1] for line in lines[3:]] == [NAME]
    (entry,) = acts(session, "case:list:export")
    assert entry.resident_ids == [resident.id]
    assert entry.details == {"filters": ["gap"], "rows": 1}


def test_a_registration_leads_to_what_the_person_said(
    session: Session, sign_in: SignIn, worker: Account, resident: Resident
) -> None:
    case = session.scalars(select(Case).where(Case.resident_id == resident.id)).one()
    case.is_confirmed = False
    said = Registration(
        uuid="0" * 36,
        division_code=COMMUNITY,
        submitted_on=date(2026, 11, 19),
        resident_id=resident.id,
        case_id=case.id,
        document_type=resident.document_type,
        name_sealed=NAME,
        phone_sealed=PHONE,
        phone_index="x",
        status=case.work_status,
        receipt_hash="x",
    )
    order = TaskFactory(resident=resident, case=case, kind=TaskKind.ASSISTANCE, cycle="0" * 36)
    session.add(said)
    session.commit()
    page = sign_in(worker).get(f"/residents/{resident.id}").text
    assert f'href="/registrations/{said.id}"' in page
    assert f'href="/cases/{order.case_id}/registration"' in page
    assert PHONE not in page


def test_a_case_whose_registration_waits_leads_to_it_instead_of_being_closed(
    session: Session, sign_in: SignIn, worker: Account, resident: Resident
) -> None:
    case = session.scalars(select(Case).where(Case.resident_id == resident.id)).one()
    session.add(registration_of(case))
    session.commit()
    client = sign_in(worker)
    page = client.get(f"/cases/{case.id}/close").text
    assert f'href="/cases/{case.id}/registration"' in page
    assert 'name="reason"' not in page
    answer = client.post(f"/cases/{case.id}/close", data={"reason": "employed"})
    assert answer.status_code == 409
    assert f'href="/cases/{case.id}/registration"' in answer.text
    session.expire_all()
    assert case.is_open
