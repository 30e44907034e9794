"""Between rehearsal and application: one batch, two clerks, oddities, another scope."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from circle.imports import operations
from circle.imports import progress as telling
from circle.imports.progress import pace_of, teller
from models.imports import ImportBatch
from models.sealed import Keyring
from models.vocabulary.imports import BatchState
from tests.circle.imports.clerks import Clerk, signed_in
from tests.circle.imports.conftest import (
    COMMUNITY,
    OTHER_COMMUNITY,
    STREET,
    Bureau,
    insured,
    number,
    register,
)

PEOPLE = [(f"居民{serial}", number(serial)) for serial in range(2, 42)]


@pytest.fixture
def clerk(bureau: Bureau, keyring: Keyring) -> Clerk:
    return signed_in(bureau, keyring, "clerk")


@pytest.fixture(autouse=True)
def _untried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a file would do to people is tried elsewhere, and takes its time."""
    monkeypatch.setattr(operations, "foresee", lambda *_: None)


@pytest.fixture
def colleague(bureau: Bureau, keyring: Keyring) -> Clerk:
    return signed_in(bureau, keyring, "district")


def sheet(rows: list[list[str]]) -> bytes:
    return "\r\n".join(",".join(row) for row in rows).encode("gb18030")


def batch_of(bureau: Bureau, address: str) -> ImportBatch:
    with Session(bureau.office.engine, expire_on_commit=False) as session:
        return session.get_one(ImportBatch, int(address.rpartition("/")[2]))


def test_a_batch_keeps_its_number_from_upload_to_application(bureau: Bureau, clerk: Clerk) -> None:
    address = clerk.sends(sheet(register(*PEOPLE)), source="household")
    assert bureau.count("resident") == 0
    clerk.confirms(address)
    assert bureau.rows("import_batch", "id, state") == [(1, "applied")]
    assert bureau.count("resident") == 40


def test_the_first_of_two_clerks_is_heard(bureau: Bureau, clerk: Clerk, colleague: Clerk) -> None:
    address = clerk.sends(sheet(register(*PEOPLE)), source="household")
    fields = colleague.form(address, "confirm")
    assert clerk.posts(address, "confirm", fields).status_code == 302
    late = colleague.posts(address, "confirm", fields)
    assert late.status_code == 409
    assert "已由clerk确认入库" in late.text
    clerk.job_looks()
    assert bureau.count("import_batch") == 1
    later = colleague.posts(address, "confirm", fields)
    assert later.status_code == 409
    assert "已由clerk确认入库" in later.text


def test_a_page_from_before_another_rehearsal_decides_nothing(
    bureau: Bureau, clerk: Clerk, colleague: Clerk
) -> None:
    address = clerk.sends(sheet(register(*PEOPLE)), source="household")
    old = colleague.form(address, "confirm")
    clerk.changes(address, "scope", division=STREET)
    refused = colleague.posts(address, "confirm", old)
    assert refused.status_code == 409
    assert "又核对过一次" in refused.text
    assert bureau.rows("import_batch", "state") == [("checked",)]


def test_another_scope_is_rehearsed_in_the_same_batch(bureau: Bureau, clerk: Clerk) -> None:
    people = [*register(*PEOPLE[:20]), *register(*PEOPLE[20:], community=OTHER_COMMUNITY)[1:]]
    address = clerk.sends(sheet(people), source="household")
    assert "葛巷社区" not in clerk.page(address).partition("更改范围")[0]
    clerk.changes(address, "scope", division=COMMUNITY)
    batch = batch_of(bureau, address)
    assert (batch.division_code, batch.counts["rejected"]) == (COMMUNITY, 20)
    assert {one["code"] for one in batch.progress["oddities"]} == set()
    assert batch.progress["rehearsal"] == 2
    clerk.confirms(address)
    assert bureau.count("resident") == 20
    assert len(list(bureau.office.settings.uploads_path.glob("*.sealed"))) == 1


def test_a_scope_of_others_is_refused(bureau: Bureau, keyring: Keyring) -> None:
    street = signed_in(bureau, keyring, "streetclerk")
    address = street.sends(sheet(register(*PEOPLE)), source="household")
    refused = street.posts(address, "scope", {"division": ["330110001"]})
    assert refused.status_code == 422
    assert batch_of(bureau, address).progress["rehearsal"] == 1


@pytest.mark.parametrize("month", ["0000-01", "0001-01", "2026-13", "上个月"])
def test_what_is_no_month_is_told_and_changes_nothing(
    bureau: Bureau, clerk: Clerk, month: str
) -> None:
    address = clerk.sends(sheet(register(*PEOPLE)), source="household")
    refused = clerk.posts(address, "scope", {"month": [month]})
    assert refused.status_code == 422
    assert "请写成 2026-09 这样的年月" in refused.text
    assert batch_of(bureau, address).progress["rehearsal"] == 1


def test_an_odd_file_is_applied_only_oddity_by_oddity(bureau: Bureau, clerk: Clerk) -> None:
    bureau.sends("household", register(*PEOPLE))
    address = clerk.sends(sheet(register(*PEOPLE[:20])), source="household")
    shown = clerk.page(address)
    assert "要终止的记录太多" in shown
    assert "比上一份名单少很多" in shown
    assert "确认入库</button>" not in shown
    fields = clerk.form(address, "confirm")
    for ticked in ([], ["departures"]):
        refused = clerk.posts(address, "confirm", fields | {"odd": ticked})
        assert refused.status_code == 422
        assert "逐条核对" in refused.text
    clerk.confirms(address)
    assert bureau.count("register_entry", "ended_by IS NULL") == 20


def test_a_word_for_other_figures_is_asked_for_again(bureau: Bureau, clerk: Clerk) -> None:
    """Between word and application somebody else changed what the file meets."""
    bureau.sends("household", register(*PEOPLE))
    address = clerk.sends(sheet(register(*PEOPLE[:20])), source="household")
    fields = clerk.form(address, "confirm") | {"odd": ["departures", "rows_fell"]}
    assert clerk.posts(address, "confirm", fields).status_code == 302
    bureau.sends("household", register(*PEOPLE[:30]), "--confirm-departures")
    clerk.job_looks()
    batch = batch_of(bureau, address)
    assert (batch.state, batch.progress["waits"]) == ("checked", True)
    assert batch.counts["ended"] == 10
    clerk.confirms(address)
    assert bureau.count("register_entry", "ended_by IS NULL") == 20


def test_a_file_nobody_looked_at_waits_when_it_is_odd(bureau: Bureau, clerk: Clerk) -> None:
    plain = clerk.sends(sheet(register(*PEOPLE)), source="household", rehearse="")
    assert "已入库" in clerk.page(plain)
    odd = clerk.sends(sheet(register(*PEOPLE[:10])), source="household", rehearse="")
    assert "有异常，待确认" in clerk.page(odd)
    assert bureau.count("register_entry", "ended_by IS NULL") == 40


def test_a_month_that_has_not_come_cannot_be_confirmed(bureau: Bureau, clerk: Clerk) -> None:
    bureau.sends("household", register(*PEOPLE))
    address = clerk.sends(sheet(insured(*PEOPLE, month="202703")), source="insurance")
    shown = clerk.page(address)
    assert "还没有到，不能入库" in shown
    fields = clerk.form(address, "confirm") | {"odd": ["month_ahead", "month_far"]}
    assert clerk.posts(address, "confirm", fields).status_code == 422
    clerk.changes(address, "scope", month="2026-10")
    assert "还没有到" not in clerk.page(address)


def test_the_command_line_refuses_a_month_that_has_not_come(bureau: Bureau) -> None:
    bureau.sends("household", register(*PEOPLE))
    refused = bureau.tries("insurance", insured(*PEOPLE, month="202703"))
    assert refused.exit_code == 1
    assert "晚于本月" in refused.stderr
    assert bureau.count("import_batch") == 1


def test_batches_are_found_by_what_is_known_of_them(bureau: Bureau, clerk: Clerk) -> None:
    clerk.sends(sheet(register(*PEOPLE)), name="户籍_10月.csv", source="household", rehearse="")
    clerk.sends(sheet(insured(*PEOPLE)), name="缴费_9月.csv", source="insurance", rehearse="")
    clerk.sends(sheet(insured(*PEOPLE, month="202608")), name="缴费%8月.csv", source="insurance")
    for query, found in {
        "source=insurance": {"缴费_9月.csv", "缴费%8月.csv"},
        "state=checked": {"缴费%8月.csv"},
        "month=2026-09": {"缴费_9月.csv"},
        "name=_": {"户籍_10月.csv", "缴费_9月.csv"},
        "name=%25": {"缴费%8月.csv"},
        "source=nonsense&month=x&state=": {"户籍_10月.csv", "缴费_9月.csv", "缴费%8月.csv"},
    }.items():
        shown = clerk.page(f"/imports?{query}")
        assert set(re.findall(r"· (\S+\.csv)", shown)) == found, query
    assert "没有符合条件的批次" in clerk.page("/imports?name=nothing")


def test_the_next_page_keeps_what_is_asked_for(
    bureau: Bureau, clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("circle.imports.views.PAGE_SIZE", 1)
    for serial in (10, 20):
        clerk.sends(sheet(register(*PEOPLE[:serial])), source="household")
    first = clerk.page("/imports?source=household")
    following = re.search(r'href="(/imports\?[^"]*before=[^"]*)"', first)
    assert following is not None
    assert "source=household" in following[1]
    assert "批次 1" in clerk.page(following[1].replace("&amp;", "&"))


def test_each_stage_is_told_to_whoever_looks(bureau: Bureau, clerk: Clerk) -> None:
    told: list[Any] = []
    address = clerk.sends(sheet(register(*PEOPLE[:5])), source="household")
    batch = batch_of(bureau, address)
    tell = teller(bureau.office.engine, batch.id)
    for stage in telling.STAGES:
        tell(stage, 5)
        told.append(pace_of(batch_of(bureau, address).progress))
    shares = [pace.share for pace in told]
    assert shares == sorted(shares)
    assert {pace.total for pace in told} == {5}


def test_writing_says_how_far_and_how_long_still() -> None:
    assert pace_of({}) is None
    pace = pace_of({"act": "write_persons", "done": 200, "total": 1000, "seconds": 4.0})
    assert pace is not None
    assert (pace.share, pace.rate, pace.seconds_left) == (0.2, 50, 16)
    begun = pace_of({"act": "write_persons", "done": 1, "total": 10, "seconds": 0.1})
    assert begun is not None
    assert (begun.rate, begun.seconds_left) == (None, None)


def test_a_batch_under_way_shows_a_bar_to_every_viewer(
    bureau: Bureau, clerk: Clerk, colleague: Clerk
) -> None:
    address = clerk.sends(sheet(register(*PEOPLE)), source="household")
    clerk.posts(address, "confirm", clerk.form(address, "confirm"))
    with bureau.session as session, session.begin():
        batch = session.get_one(ImportBatch, 1)
        batch.state = "applying"  # type: ignore[assignment] # a process is at it
        batch.claimed_by, batch.claimed_until = "h/1/2", bureau.office.now + timedelta(minutes=1)
        far = {"act": "write_persons", "done": 300, "total": 1000, "seconds": 10.0}
        batch.progress = {**batch.progress, **far}
    for viewer in (clerk, colleague):
        shown = viewer.page(address)
        assert '<progress class="import-progress"' in shown
        assert 'value="30"' in shown
        assert "300 / 1,000 条，每秒 30 条，约剩 23 秒" in shown
        assert "every 2s" in shown
    assert clerk.client.post(f"{address}/discard").status_code == 409


def test_a_confirmed_file_that_fails_leaves_no_workbook(bureau: Bureau, clerk: Clerk) -> None:
    wrong = ("居民", "330110198506150017")
    address = clerk.sends(sheet(register(*PEOPLE, wrong)), source="household")
    progress = batch_of(bureau, address).progress
    uploads = bureau.office.settings.uploads_path
    assert {path.name for path in uploads.iterdir()} == {progress["upload"], progress["rejects"]}
    (uploads / progress["upload"]).unlink()
    clerk.confirms(address)
    assert batch_of(bureau, address).state is BatchState.FAILED
    assert list(uploads.iterdir()) == []
