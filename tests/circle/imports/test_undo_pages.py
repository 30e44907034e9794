"""The clerk sees what undoing changes, asks for it, and tries a broken file again."""

import re

from flask.testing import FlaskClient
from sqlalchemy import update

from models.imports import ImportBatch
from tests.circle.imports.conftest import (
    COMMUNITY,
    DISTRICT,
    Bureau,
    insured,
    ledger,
    number,
    register,
    subsistence,
)
from tests.circle.imports.test_pages import clerk, page, run_jobs

__all__ = ["clerk"]
PEOPLE = [(f"居民{serial}", number(serial)) for serial in range(2, 22)]


def undone_page(client: FlaskClient, batch: int) -> str:
    """Without the spaces of its markup."""
    return re.sub(r"<[^>]+>|\s+", " ", page(client, f"/imports/{batch}/undo")).replace("  ", "")


def test_it_says_what_goes_and_what_comes_back(bureau: Bureau, clerk: FlaskClient) -> None:
    bureau.sends("household", register(*PEOPLE), "--division", DISTRICT)
    rows = [*register(*PEOPLE[2:]), *register(("新人", number(300)))[1:]]
    rows[3][2] = "改名"
    rows[4][6:] = ["死亡", "2026-10-01"]
    batch = bureau.sends("household", rows, "--division", DISTRICT, "--confirm-departures")["batch"]
    shown = undone_page(clerk, batch)
    assert re.search(r"户籍信息\s*2\s*3\b", shown), shown
    assert "1 人将从名册去掉" in shown
    answer = clerk.post(f"/imports/{batch}/undo")
    assert answer.status_code == 302
    assert "正在撤回</span>" in page(clerk, f"/imports/{batch}")
    assert "正在排队" in page(clerk, f"/imports/{batch}")
    run_jobs(bureau)
    assert "一切回到这个文件入库以前" in page(clerk, f"/imports/{batch}")
    assert bureau.count("register_entry", "ended_by IS NULL") == 20


def test_it_says_who_stays_and_why(bureau: Bureau, clerk: FlaskClient) -> None:
    batch = bureau.sends("caseload", ledger(*PEOPLE[:5]))["batch"]
    bureau.sends("subsistence", subsistence(*PEOPLE[:1], place=COMMUNITY))
    with bureau.office.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE case_file SET state = 'closed', stage = 'closed', closed_on = '2026-11-01',"
            " close_reason = 'employed' WHERE resident_id = 2"
        )
    shown = undone_page(clerk, batch)
    assert "3 人将从名册去掉" in shown
    assert "1 人保留：有其他来源的档案，或档案已经有人办理" in shown
    assert "1 人保留：其他文件里也有" in shown
    assert "4 份将去掉" in shown
    assert "1 份保留" in shown
    clerk.post(f"/imports/{batch}/undo")
    run_jobs(bureau)
    assert bureau.count("resident") == 2
    assert bureau.count("case_file") == 1


def test_the_month_opens_again_unless_another_file_closed_it(
    bureau: Bureau, clerk: FlaskClient
) -> None:
    bureau.sends("household", register(*PEOPLE), "--division", DISTRICT)
    first = bureau.sends("insurance", insured(*PEOPLE), "--division", DISTRICT)["batch"]
    assert "不再算作已到齐的月份" in undone_page(clerk, first)
    again = bureau.sends("insurance", insured(*PEOPLE, base="6000"), "--division", DISTRICT)
    shown = undone_page(clerk, again["batch"])
    assert "不再算作已到齐的月份" not in shown
    assert re.search(r"缴费记录\s*0\s*20\b", shown), shown


def test_an_older_batch_names_what_has_to_go_before(bureau: Bureau, clerk: FlaskClient) -> None:
    one = bureau.sends("household", register(*PEOPLE))["batch"]
    two = bureau.sends("household", register(*PEOPLE, ("新人", number(300))))["batch"]
    three = bureau.sends("household", register(*PEOPLE, ("新人", number(302))))["batch"]
    shown = page(clerk, f"/imports/{one}/undo")
    links = re.findall(r'<li>\s*<a href="/imports/(\d+)/undo"', shown)
    assert links == [str(three), str(two)]
    assert "撤回这一批</button>" not in shown
    assert "批次 3" in clerk.post(f"/imports/{one}/undo").get_data(as_text=True)
    assert bureau.count("import_batch", "state = 'applied'") == 3


def test_two_people_who_undo_at_once_undo_once(bureau: Bureau, clerk: FlaskClient) -> None:
    batch = bureau.sends("household", register(*PEOPLE))["batch"]
    assert [clerk.post(f"/imports/{batch}/undo").status_code for _ in range(2)] == [302, 302]
    run_jobs(bureau)
    told = clerk.post(f"/imports/{batch}/undo")
    assert "不需要撤回" in told.get_data(as_text=True)
    assert clerk.get(f"/imports/{batch}/undo").status_code == 302
    assert bureau.count("audit_entry", "act = 'import:file:undo'") == 1


def test_while_it_is_taken_back_nobody_else_may(bureau: Bureau, clerk: FlaskClient) -> None:
    batch = bureau.sends("household", register(*PEOPLE))["batch"]
    clerk.post(f"/imports/{batch}/undo")
    with bureau.session as session, session.begin():
        session.execute(
            update(ImportBatch).values(
                claimed_by="elsewhere/1/1", claimed_until=bureau.office.now.replace(year=2100)
            )
        )
    assert "正在撤回，请等它完成" in undone_page(clerk, batch)
    assert "正在撤回，请等它完成" in clerk.post(f"/imports/{batch}/undo").get_data(as_text=True)


def test_a_broken_file_is_tried_again_by_one_button(bureau: Bureau, clerk: FlaskClient) -> None:
    batch = bureau.sends("household", register(*PEOPLE))["batch"]
    with bureau.session as session, session.begin():
        session.execute(
            update(ImportBatch).values(
                state="failed", failure="磁盘已满", progress={"retry": True, "upload": "gone"}
            )
        )
    shown = page(clerk, f"/imports/{batch}")
    assert "再试一次" in shown
    assert clerk.post(f"/imports/{batch}/retry").status_code == 302
    assert bureau.all("SELECT state, failure FROM import_batch") == [("received", None)]
    assert "没有可以再试的文件" in clerk.post(f"/imports/{batch}/retry").get_data(as_text=True)
