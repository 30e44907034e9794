"""The clerk's pages: file, watch, see what came back, confirm."""

import io
import re
import time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from circle.app import create_app
from circle.imports.operations import resume_batch
from circle.imports.queries import batches_to_resume
from config import Settings
from models.sealed import Keyring
from models.staff import Account
from tests.circle.imports.conftest import Bureau, number, register
from tests.conftest import SECRET_KEY

PEOPLE = [(f"居民{serial}", number(serial)) for serial in range(2, 42)]


@pytest.fixture
def clerk(bureau: Bureau, keyring: Keyring) -> FlaskClient:
    settings = bureau.office.settings
    keyring.save(bureau.folder / "keyring.json")
    app: Flask = create_app(
        Settings(
            database_url=settings.database_url,
            uploads_path=settings.uploads_path,
            keyring_path=bureau.folder / "keyring.json",
            secret_key=SECRET_KEY,
            cookie_secure=False,
        ),
        bureau.office.engine,
    )
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return signed_in(app, bureau, "clerk")


def signed_in(app: Flask, bureau: Bureau, name: str) -> FlaskClient:
    with Session(bureau.office.engine) as session:
        account = session.query(Account).filter_by(name=name).one()
        token = f"{account.id}.{account.session_epoch}"
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie.update(_user_id=token, _fresh=True)
        cookie["seen_at"] = cookie["began_at"] = int(time.time())
    return client


def upload(client: FlaskClient, rows: list[list[str]], **fields: str) -> str:
    text = "\r\n".join(",".join(row) for row in rows).encode("gb18030")
    data = {"source": "household", "file": (io.BytesIO(text), "户籍.csv"), **fields}
    answer = client.post("/imports/new", data=data, content_type="multipart/form-data")
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer.headers["Location"]


def run_jobs(bureau: Bureau) -> None:
    with bureau.session as session:
        waiting = batches_to_resume(session, now=bureau.office.now)
    for batch_id in waiting:
        resume_batch(bureau.office, batch_id)


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def word_of(client: FlaskClient, address: str, *, ticks: bool = True) -> dict[str, Any]:
    """What the page would send: the rehearsal it shows, every oddity ticked."""
    shown = page(client, address)
    rehearsal = re.search(r'name="rehearsal"\s+value="(\d+)"', shown)
    assert rehearsal is not None
    odd = re.findall(r'name="odd"\s+value="(\w+)"', shown)
    return {"rehearsal": rehearsal[1], "odd": odd if ticks else []}


def test_a_file_is_filed_run_and_shown(bureau: Bureau, clerk: FlaskClient) -> None:
    address = upload(clerk, register(*PEOPLE))
    assert "every 2s" in page(clerk, address)
    run_jobs(bureau)
    assert "已入库" in page(clerk, address)
    assert "every 2s" not in page(clerk, address)
    assert "已入库" in page(clerk, "/imports")
    assert bureau.count("resident") == 40


def test_a_rehearsal_waits_for_a_word(bureau: Bureau, clerk: FlaskClient) -> None:
    address = upload(clerk, register(*PEOPLE), rehearse="y")
    run_jobs(bureau)
    assert "确认入库" in page(clerk, address)
    assert bureau.count("resident") == 0
    run_jobs(bureau)
    assert bureau.count("resident") == 0
    assert clerk.post(f"{address}/confirm", data=word_of(clerk, address)).status_code == 302
    assert "正在排队" in page(clerk, address)
    run_jobs(bureau)
    assert "已入库" in page(clerk, address)
    assert bureau.count("resident") == 40
    assert bureau.rows("import_batch", "id, state") == [(1, "applied")]


def test_departures_are_confirmed_on_the_page(bureau: Bureau, clerk: FlaskClient) -> None:
    bureau.sends("household", register(*PEOPLE))
    address = upload(clerk, register(*PEOPLE[:20]))
    run_jobs(bureau)
    assert "要终止的记录太多" in page(clerk, address)
    clerk.post(f"{address}/confirm", data=word_of(clerk, address))
    run_jobs(bureau)
    assert "已入库" in page(clerk, address)
    assert bureau.count("register_entry", "ended_by IS NULL") == 20


def test_rejected_rows_are_masked_and_come_as_a_workbook(
    bureau: Bureau, clerk: FlaskClient
) -> None:
    rows = register(*PEOPLE)
    rows[1][3] = "330110198506150000"
    rows[1][4] = '=HYPERLINK("x")'
    address = upload(clerk, rows)
    run_jobs(bureau)
    shown = page(clerk, address)
    assert "证件号码校验位不对" in shown
    assert "330110198506150000" not in shown
    assert "330*************00" in shown
    answer = clerk.get(f"{address}/rejects.xlsx")
    assert answer.headers["Cache-Control"] == "no-store"
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0)
    header, row = sheet.to_python()
    assert header[-1] == "问题"
    assert row[3] == "330110198506150000"
    assert row[4] == '\'=HYPERLINK("x")'
    assert "证件号码校验位不对" in str(row[-1])


def test_an_unfit_form_keeps_what_was_said(clerk: FlaskClient) -> None:
    answer = clerk.post("/imports/new", data={"source": "insurance", "month": "2026年9月"})
    assert answer.status_code == 422
    assert "2026-09" in answer.get_data(as_text=True)


def test_the_same_file_is_refused_on_the_page(bureau: Bureau, clerk: FlaskClient) -> None:
    upload(clerk, register(*PEOPLE))
    run_jobs(bureau)
    text = "\r\n".join(",".join(row) for row in register(*PEOPLE)).encode("gb18030")
    data = {"source": "household", "file": (io.BytesIO(text), "x.csv")}
    answer = clerk.post("/imports/new", data=data, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "已经导入过" in answer.get_data(as_text=True)


def test_a_rehearsed_file_can_be_let_go_of(bureau: Bureau, clerk: FlaskClient) -> None:
    address = upload(clerk, register(*PEOPLE), rehearse="y")
    run_jobs(bureau)
    assert clerk.post(f"{address}/discard").status_code == 302
    assert "已放弃这个文件" in page(clerk, address)
    assert clerk.post(f"{address}/confirm").status_code == 409
    assert not list(bureau.office.settings.uploads_path.glob("*.sealed"))
    upload(clerk, register(*PEOPLE))


def test_a_file_that_waits_is_named_when_it_comes_again(bureau: Bureau, clerk: FlaskClient) -> None:
    address = upload(clerk, register(*PEOPLE), rehearse="y")
    run_jobs(bureau)
    text = "\r\n".join(",".join(row) for row in register(*PEOPLE)).encode("gb18030")
    data = {"source": "household", "file": (io.BytesIO(text), "x.csv")}
    said = clerk.post("/imports/new", data=data, content_type="multipart/form-data")
    assert "正等待确认" in said.get_data(as_text=True)
    assert f'href="{address}"' in said.get_data(as_text=True)


def test_a_month_that_has_not_come_is_refused(clerk: FlaskClient) -> None:
    file = (io.BytesIO(b"x"), "x.csv")
    data = {"source": "insurance", "month": "2999年1月", "file": file}
    answer = clerk.post("/imports/new", data=data, content_type="multipart/form-data")
    assert "月份不能晚于本月" in answer.get_data(as_text=True)


def test_a_page_names_no_option_of_the_command_line(bureau: Bureau, clerk: FlaskClient) -> None:
    bureau.sends("household", register(*PEOPLE))
    address = upload(clerk, register(*PEOPLE[:20]))
    run_jobs(bureau)
    assert "要终止的记录太多" in page(clerk, address)
    assert "--" not in page(clerk, address)


def test_a_row_whose_cells_slipped_shows_none_of_them(bureau: Bureau, clerk: FlaskClient) -> None:
    rows = register(*PEOPLE)
    rows[1] = ["", *rows[1][:-1]]
    address = upload(clerk, rows)
    run_jobs(bureau)
    assert PEOPLE[0][0] not in page(clerk, address)


def test_the_list_tells_how_new_each_source_is(bureau: Bureau, clerk: FlaskClient) -> None:
    upload(clerk, register(*PEOPLE))
    run_jobs(bureau)
    shown = page(clerk, "/imports")
    assert "各来源最新数据" in shown
    assert "还没有导入" in shown
    assert "今天" in shown
