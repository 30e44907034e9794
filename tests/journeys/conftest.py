"""A real server on a migrated database, and a real Chromium in front of it."""

import os
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Page,
    Playwright,
    expect,
    sync_playwright,
)
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from circle.accounts.operations import NewAccount, add_account
from circle.app import create_app
from circle.database import make_engine, now
from circle.office import Office
from config import Settings
from models.places import Division
from models.sealed import Keyring
from models.staff import Account
from models.vocabulary.places import level_of
from models.vocabulary.staff import Role
from tests.conftest import migrated_database, postgres_answers
from tests.factories import COMMUNITY, DISTRICT, PLACES, use

PASSWORD = "Circle-2026"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = {"serious", "critical"}
# A machine that runs much else at once is slow, not wrong.
PATIENCE_SECONDS = 60
expect.set_options(timeout=PATIENCE_SECONDS * 1000)
devices = count(1)


PAIRS = {("phone", "postgresql"), ("desk", "sqlite")}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Two sizes and two databases come in two pairs, not four: neither depends on the other."""
    if not postgres_answers():
        return
    spared = [item for item in items if _pair_of(item) in PAIRS]
    config.hook.pytest_deselected(items=spared)
    items[:] = [item for item in items if item not in spared]


def _pair_of(item: pytest.Item) -> tuple[object, object]:
    called = getattr(item, "callspec", None)
    return (called.params.get("device"), called.params.get("backend")) if called else (None, None)


@dataclass
class Site:
    """The running application and the database behind it."""

    address: str
    engine: Engine
    settings: Settings

    @contextmanager
    def records(self) -> Iterator[Session]:
        """A transaction of its own, committed at the end; factories write through it."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            use(session)
            yield session

    @property
    def office(self) -> Office:
        """What the scheduler's process works with, on the same installation."""
        office = Office()
        office.__dict__.update(settings=self.settings, bare_engine=self.engine, engine=self.engine)
        return office

    def clerk(self) -> Account:
        """Somebody of the district who files the bureaus' lists."""
        with self.records() as session:
            new = NewAccount(
                name=f"clerk-{uuid.uuid4().hex[:8]}",
                role=Role.CLERK,
                division=DISTRICT,
                password=PASSWORD,
                display_name="潘晓燕",
            )
            return add_account(session, new, by=None, now=now())

    def only_worker(self) -> Account:
        """As `worker`, everybody of earlier journeys gone: who registers is given to this one."""
        with self.records() as session:
            session.execute(
                update(Account).where(Account.role == Role.WORKER).values(disabled_at=now())
            )
        return self.worker()

    def worker(self, name: str | None = None) -> Account:
        """Somebody of the community who can sign in."""
        with self.records() as session:
            new = NewAccount(
                name=name or f"worker-{uuid.uuid4().hex[:8]}",
                role=Role.WORKER,
                division=COMMUNITY,
                password=PASSWORD,
                covers=[COMMUNITY],
                display_name="林芳",
            )
            return add_account(session, new, by=None, now=now())


class _Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:  # noqa: ANN401 - werkzeug's signature
        """The application logs its requests itself."""


@pytest.fixture(scope="session")
def site(
    backend: str, tmp_path_factory: pytest.TempPathFactory, keyring: Keyring
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp(f"site-{backend}")
    with migrated_database(backend, folder, keyring) as bare:
        settings = replace(bare, proxies=1)
        engine = make_engine(settings)
        with Session(engine) as session, session.begin():
            session.add_all(
                Division(code=code, name=name, level=level_of(code))
                for code, name in PLACES.items()
            )
        app = create_app(settings)
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
        with _running(server):
            yield Site(f"http://127.0.0.1:{server.server_port}", engine, settings)
        app.extensions["sessions"].kw["bind"].dispose()
        engine.dispose()


def own_address() -> dict[str, str]:
    """As a proxy would say it: no two devices share what the doors allow one of them."""
    device = next(devices)
    return {"X-Forwarded-For": f"10.0.{device // 250}.{device % 250 + 1}"}


@contextmanager
def _running(server: BaseWSGIServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = _launched(playwright)
        yield browser
        browser.close()


def _launched(playwright: Playwright) -> Browser:
    """The system's Chromium, else Playwright's own; none is a failure in CI, else a skip."""
    try:
        return playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
    except Error as error:
        reason = f"no Chromium to drive: {error.message.splitlines()[0]}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture
def phone(browser: Browser, site: Site) -> Iterator[Page]:
    yield from _page(browser, site, PHONE, is_mobile=True, has_touch=True)


@pytest.fixture
def desk(browser: Browser, site: Site) -> Iterator[Page]:
    yield from _page(browser, site, DESK)


def _page(
    browser: Browser,
    site: Site,
    size: Any,  # noqa: ANN401 - Playwright's ViewportSize
    **device: bool,
) -> Iterator[Page]:
    context: BrowserContext = browser.new_context(
        base_url=site.address,
        viewport=size,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        extra_http_headers=own_address(),
        **device,  # type: ignore[arg-type] # is_mobile, has_touch
    )
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()
    assert faults == []


def until(page: Page, claim: str, seconds: int = PATIENCE_SECONDS) -> None:
    """Wait for a JavaScript claim; the page's policy forbids Playwright's own way to."""
    for _ in range(seconds * 20):
        if page.evaluate(claim):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never came true: {claim}")


@pytest.fixture
def sign_in() -> Callable[[Page, Account], None]:
    def sign_in(page: Page, account: Account) -> None:
        page.goto("/login")
        page.get_by_label("账号").fill(account.name)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(lambda address: not address.endswith("/login"))

    return sign_in


@pytest.fixture
def accessible() -> Callable[[Page], None]:
    """Fails with what axe finds serious or critical on the page as it stands."""

    def accessible(page: Page) -> None:
        script = AXE.read_text(encoding="utf-8")
        page.evaluate(f"() => {{ {script} }}")
        found = page.evaluate("() => axe.run()")
        grave = [
            (fault["id"], [node["target"] for node in fault["nodes"]])
            for fault in found["violations"]
            if fault["impact"] in GRAVE
        ]
        assert grave == []

    return accessible
