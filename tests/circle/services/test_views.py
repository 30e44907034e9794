"""The package on the file, the form that records a service, the ledger and its copies."""

import re
import uuid
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audit import AuditEntry
from models.cases import Case, VisitNeed
from models.services import ServiceItem
from models.staff import Account
from models.vocabulary.cases import NextStep
from models.vocabulary.services import ServiceKind
from models.vocabulary.staff import Role
from tests.circle.conftest import COMMUNITY, OTHER_COMMUNITY, STREET, MakeAccount, SignIn
from tests.circle.services.days import TODAY
from tests.factories import CaseFactory, ResidentFactory, ServiceFactory, VisitFactory


@pytest.fixture
def phone(sign_in: SignIn, worker: Account) -> FlaskClient:
    return sign_in(worker)


def answers(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - form values
    usual = {
        "uuid": str(uuid.uuid4()),
        "kind": "guidance",
        "delivered_on": TODAY.isoformat(),
        "note": "谈了两小时",
    }
    return {**usual, **changed}


def items(session: Session) -> list[ServiceItem]:
    return list(session.scalars(select(ServiceItem).order_by(ServiceItem.id)))


def acts(session: Session) -> list[str]:
    query = select(AuditEntry.act).where(AuditEntry.act.startswith("service:"))
    return list(session.scalars(query.order_by(AuditEntry.id)))


def test_the_file_fetches_the_package(session: Session, case: Case, phone: FlaskClient) -> None:
    address = f"/cases/{case.id}/services"
    assert f'hx-get="{address}"' in phone.get(f"/residents/{case.resident_id}").text
    part = phone.get(address, headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert "还欠3次" in part
    assert "<html" in phone.get(address).text


def test_a_service_is_recorded_once_and_shown(
    session: Session, case: Case, phone: FlaskClient
) -> None:
    form = answers()
    for _ in range(2):
        answer = phone.post(f"/cases/{case.id}/services", data=form)
        assert answer.location == f"/residents/{case.resident_id}#services"
    (item,) = items(session)
    assert (item.kind, item.note, item.recorded_by) == (
        ServiceKind.GUIDANCE,
        "谈了两小时",
        case.worker_id,
    )
    page = phone.get(f"/cases/{case.id}/services").text
    assert "谈了两小时" in page
    assert "已满足" in page
    assert acts(session)[:1] == ["service:item:record"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"kind": ""}, "请选择服务内容。"),
        ({"kind": "recommendation"}, "Not a valid choice"),
        ({"delivered_on": ""}, "请填写服务日期。"),
        ({"delivered_on": "2026-11-22"}, "服务日期不能晚于今天。"),
        ({"delivered_on": "2026-09-30"}, "服务日期不能早于建档日期。"),
        ({"visit": "999999"}, "Not a valid choice"),
        ({"uuid": "x"}, "页面不完整"),
    ],
)
def test_a_fault_is_named_and_what_was_typed_stays(
    session: Session, case: Case, phone: FlaskClient, wrong: dict[str, str], said: str
) -> None:
    answer = phone.post(f"/cases/{case.id}/services", data=answers(**wrong))
    assert answer.status_code == 422
    assert "谈了两小时" in answer.text
    if "choice" not in said:
        assert said in answer.text
    assert items(session) == []


def test_a_visit_that_asks_for_it_leads_to_the_filled_in_form(
    session: Session, case: Case, phone: FlaskClient
) -> None:
    visit = VisitFactory(
        case=case, visited_on=date(2026, 11, 2), needs=[VisitNeed(need="training")]
    )
    VisitFactory(case=case, visited_on=date(2026, 11, 3), next_step=NextStep.GUIDANCE)
    ServiceFactory(case=case, kind=ServiceKind.GUIDANCE, delivered_on=date(2026, 11, 3))
    session.commit()
    page = phone.get(f"/cases/{case.id}/services").text
    assert "2026-11-02的走访提到技能培训或就业见习" in page
    assert "的走访提到职业指导" not in page
    form = phone.get(f"/cases/{case.id}/services?kind=training&visit={visit.id}").text
    assert 'value="2026-11-02"' in form
    assert re.search(rf'selected value="{visit.id}"', form)
    assert re.search(r'checked[^>]*value="training"', form)


def test_who_recorded_it_may_take_it_out_and_a_colleague_may_not(
    session: Session,
    case: Case,
    phone: FlaskClient,
    make_account: MakeAccount,
    sign_in: SignIn,
) -> None:
    phone.post(f"/cases/{case.id}/services", data=answers())
    (item,) = items(session)
    colleague = sign_in(make_account(Role.WORKER, covers=(COMMUNITY,)))
    assert "确定从台账删除" not in colleague.get(f"/cases/{case.id}/services").text
    assert colleague.post(f"/services/{item.id}/remove").status_code == 404
    assert "确定从台账删除" in phone.get(f"/cases/{case.id}/services").text
    assert phone.post(f"/services/{item.id}/remove").status_code == 302
    assert phone.post(f"/services/{item.id}/remove").status_code == 409
    assert "service:item:remove" in acts(session)


def test_the_street_may_take_it_out(
    session: Session, case: Case, make_account: MakeAccount, sign_in: SignIn
) -> None:
    item = ServiceFactory(case=case, delivered_on=TODAY)
    session.commit()
    street = sign_in(make_account(Role.STREET, division=STREET))
    assert street.post(f"/services/{item.id}/remove").status_code == 302


def test_another_community_s_case_does_not_exist(
    session: Session, case: Case, make_account: MakeAccount, sign_in: SignIn
) -> None:
    ServiceFactory(case=case, delivered_on=TODAY)
    session.commit()
    stranger = sign_in(
        make_account(Role.WORKER, division=OTHER_COMMUNITY, covers=(OTHER_COMMUNITY,))
    )
    assert stranger.get(f"/cases/{case.id}/services").status_code == 404
    assert stranger.post(f"/cases/{case.id}/services", data=answers()).status_code == 404
    assert "周建国" not in stranger.get("/services").text


@pytest.mark.parametrize("role", [Role.CLERK, Role.AUDITOR, Role.SYSTEM_ADMIN])
def test_the_ledger_is_for_those_who_serve(
    make_account: MakeAccount, sign_in: SignIn, role: Role
) -> None:
    assert sign_in(make_account(role)).get("/services").status_code == 403


def test_the_ledger_narrows_and_goes_on_page_by_page(
    session: Session, case: Case, phone: FlaskClient
) -> None:
    for day in range(1, 31):
        for kind in (ServiceKind.GUIDANCE, ServiceKind.BRIEFING):
            ServiceFactory(case=case, kind=kind, delivered_on=date(2026, 10, day))
    old = CaseFactory(resident=ResidentFactory(name="钱多多"), opened_on=date(2025, 1, 1))
    ServiceFactory(case=old, delivered_on=date(2025, 2, 1))
    session.commit()
    page = phone.get("/services").text
    assert page.count("ledger-line") == 50
    assert "所选时间内共60次服务" in page
    assert "钱多多" not in page
    following = re.search(r'class="more">\s*<a[^>]*href="([^"]+)"', page)
    assert following is not None
    assert phone.get(following[1].replace("&amp;", "&")).text.count("ledger-line") == 10
    assert phone.get("/services?kind=briefing").text.count("ledger-line") == 30
    one_day = phone.get("/services?from=2026-10-05&to=2026-10-05").text
    assert one_day.count("ledger-line") == 2
    assert phone.get("/services?from=2025-02-01&to=2025-02-01").text.count("钱多多") == 1
    assert "这段时间没有服务记录" in phone.get("/services?from=2026-11-01").text


def test_the_workbook_is_masked_marked_and_harmless(
    session: Session, worker: Account, phone: FlaskClient
) -> None:
    resident = ResidentFactory(name="=HYPERLINK(1)")
    case = CaseFactory(resident=resident, worker=worker)
    ServiceFactory(case=case, delivered_on=TODAY, recorded_by=worker.id, note="隐私")
    session.commit()
    answer = phone.post("/services/export", data={})
    sheet = CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0)
    rows = sheet.to_python()
    assert worker.name in str(rows[1][0])
    cells = [str(cell) for row in rows for cell in row]
    assert resident.id_sealed not in cells
    assert "'=HYPERLINK(1)" in cells
    assert "隐私" not in cells
    assert "service:list:export" in acts(session)


def test_the_paper_names_the_law_and_who_printed_it(
    session: Session, case: Case, worker: Account, phone: FlaskClient
) -> None:
    ServiceFactory(case=case, delivered_on=TODAY)
    session.commit()
    page = phone.get("/services/print?from=").text
    assert "人力资源市场暂行条例第三十三条" in page
    assert worker.name in page
    assert "周建国" in page
    assert "service:list:print" in acts(session)
