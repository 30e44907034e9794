"""A clerk at the pages: sends files, reads what a page offers to change, and sends it back."""

import io
import time
from dataclasses import dataclass
from html.parser import HTMLParser

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from circle.app import create_app
from circle.imports.operations import resume_batch
from circle.imports.queries import batches_to_resume
from config import Settings
from models.imports import ImportBatch
from models.sealed import Keyring
from models.staff import Account
from tests.circle.imports.conftest import Bureau
from tests.conftest import SECRET_KEY

Fields = dict[str, list[str]]


@dataclass
class Clerk:
    """Somebody signed in, and the scheduler behind them."""

    bureau: Bureau
    client: FlaskClient

    def sends(self, content: bytes, name: str = "名册.csv", source: str = "", **said: str) -> str:
        """Upload a file and let the job look at it; returns the batch's address."""
        data = {"source": source, "rehearse": "y", "file": (io.BytesIO(content), name), **said}
        answer = self.client.post("/imports/new", data=data, content_type="multipart/form-data")
        assert answer.status_code == 302, answer.text
        self.job_looks()
        return answer.headers["Location"]

    def job_looks(self) -> None:
        with self.bureau.session as session:
            waiting = batches_to_resume(session, now=self.bureau.office.now)
        for batch_id in waiting:
            resume_batch(self.bureau.office, batch_id)

    def page(self, address: str) -> str:
        answer = self.client.get(address)
        assert answer.status_code == 200
        return answer.text

    def form(self, address: str, act: str) -> Fields:
        """What the page's form would send as it stands."""
        return fields_of(self.page(address), f"{address}/{act}")

    def posts(self, address: str, act: str, fields: Fields) -> TestResponse:
        return self.client.post(f"{address}/{act}", data=fields)

    def changes(self, address: str, act: str = "layout", **said: str) -> None:
        """Send the form with some fields changed, and let the job look."""
        fields = self.form(address, act) | {name: [value] for name, value in said.items()}
        answer = self.posts(address, act, fields)
        assert answer.status_code == 302, answer.text
        self.job_looks()

    def maps(self, address: str, **fields: str) -> None:
        """Say which column is which: field → the sender's header."""
        columns = columns_of(self.page(address))
        self.changes(address, **{columns[header]: key for key, header in fields.items()})

    def confirms(self, address: str) -> None:
        """Say that it is meant, whatever is odd about it."""
        with self.bureau.session as session:
            batch = session.get_one(ImportBatch, int(address.rpartition("/")[2]))
            progress = batch.progress
        odd = [one["code"] for one in progress.get("oddities", [])]
        fields = {"rehearsal": [str(progress["rehearsal"])], "odd": odd}
        answer = self.posts(address, "confirm", fields)
        assert answer.status_code == 302, answer.text
        self.job_looks()


def signed_in(bureau: Bureau, keyring: Keyring, name: str) -> Clerk:
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
    with Session(bureau.office.engine) as session:
        account = session.query(Account).filter_by(name=name).one()
        token = f"{account.id}.{account.session_epoch}"
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie.update(_user_id=token, _fresh=True)
        cookie["seen_at"] = cookie["began_at"] = int(time.time())
    return Clerk(bureau, client)


def fields_of(page: str, action: str) -> Fields:
    reader = FormReader(action)
    reader.feed(page)
    assert reader.found, f"no form for {action}"
    return reader.fields


def columns_of(page: str) -> dict[str, str]:
    """The sender's header of each column → the name of its field."""
    reader = LabelReader()
    reader.feed(page)
    return reader.columns


class FormReader(HTMLParser):
    """The fields of one form with the values a browser would send."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action, self.fields, self.found = action, Fields(), False
        self._inside, self._select = False, ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = about.get("action") == self.action
            self.found |= self._inside
        if not self._inside:
            return
        is_box = about.get("type") == "checkbox"
        if tag == "input" and "name" in about and (not is_box or "checked" in about):
            self.fields.setdefault(about["name"], []).append(about.get("value", ""))
        if tag == "select":
            self._select = about["name"]
        if tag == "option" and "selected" in about:
            self.fields[self._select] = [about["value"]]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False


class LabelReader(HTMLParser):
    """What is written on the label of each column."""

    def __init__(self) -> None:
        super().__init__()
        self.columns: dict[str, str] = {}
        self._name = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        name = dict(attrs).get("for") or ""
        front, _, index = name.partition("-c")
        self._name = name if tag == "label" and front[:1] == "t" and index.isdecimal() else ""

    def handle_data(self, data: str) -> None:
        if self._name and data.strip():
            self.columns.setdefault(data.strip(), self._name)
