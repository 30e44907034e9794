"""The drop folder's job, step by step, with the importer's own job behind it."""

import errno
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select, update

from circle.imports import dropping, filing, folders, operations, uploads
from circle.imports.commands import imports
from circle.imports.filing import Word
from circle.imports.operations import resume_batch
from circle.imports.queries import batches_to_resume
from circle.jobs import JOBS, run_due
from circle.refusals import DropAccountUnfit, DropFolderUnfit, NotTaken, Refusal, ScopeBusy
from config import Settings
from models.imports import ImportBatch
from models.staff import Account
from models.vocabulary.facts import Source
from models.vocabulary.imports import BatchOrigin, BatchState
from models.vocabulary.jobs import JobName
from models.vocabulary.staff import Role
from tests.circle.imports.conftest import (
    COMMUNITY,
    FAR_COMMUNITY,
    Bureau,
    Desk,
    insured,
    number,
    register,
)

BEGAN = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
DAY = "2026-11-21"
LOOK = timedelta(seconds=5)
MANY_LOOKS = 20
PEOPLE = [(f"居民{serial}", number(serial)) for serial in range(2, 42)]


class Watch(Desk):
    """An office with a drop folder and a clock of its own."""

    def __init__(self, bureau: Bureau, settings: Settings) -> None:
        super().__init__(settings, bureau.office.engine)
        self.clock = BEGAN

    @property
    def now(self) -> datetime:
        return self.clock


class Killed(BaseException):
    """Nothing behind it is run, as where a process is killed."""


class Drop:
    def __init__(self, bureau: Bureau, root: Path) -> None:
        self.bureau, self.root = bureau, root
        root.mkdir()
        self.settings = replace(
            bureau.office.settings, drop_folder=root, drop_account="clerk", drop_quiet_seconds=4
        )
        self.office = Watch(bureau, self.settings)
        dropping.open_folder(self.office)

    def change(self, **settings: Any) -> None:  # noqa: ANN401 - whatever a setting holds
        self.office.__dict__["settings"] = replace(self.office.settings, **settings)

    def leave(
        self,
        rows: list[list[str]] | bytes,
        name: str = "名册.csv",
        source: str = "household",
    ) -> Path:
        text = rows if isinstance(rows, bytes) else encoded(rows)
        path = self.root / source / name
        path.write_bytes(text)
        return path

    def look(self) -> list[dict[str, Any]]:
        """One look as the scheduler has it, refusals as their sentences."""
        done = [self._try(slot) for slot in dropping.due(self.office)]
        self.office.clock += LOOK
        return [each for each in done if set(each) - {"step", "done", "failed"}]

    def _try(self, slot: str) -> dict[str, Any]:
        try:
            return dropping.run(self.office, slot)
        except ScopeBusy:
            return {}
        except Refusal as refusal:
            return {"failed": type(refusal), "says": refusal.sentence()}

    def run_imports(self) -> None:
        with self.bureau.session as session:
            waiting = batches_to_resume(session, now=self.office.now)
        for batch_id in waiting:
            resume_batch(self.office, batch_id)

    def settle(self) -> None:
        """Look until nothing happens any more."""
        still = 0
        for _ in range(MANY_LOOKS):
            happened = self.look()
            self.run_imports()
            still = 0 if happened else still + 1
            if still > 2:
                return
        raise AssertionError(happened)

    def forget(self) -> None:
        """As another process: what was seen is not known."""
        dropping.LOOKOUTS.clear()

    @property
    def files(self) -> dict[str, str]:
        """Everything but the instructions; places in `working` by their source alone."""
        found = {}
        for path in sorted(self.root.rglob("*")):
            if path.is_file() and path.name != "README.txt":
                inside = path.relative_to(self.root).parts
                parts = [part for part in inside if not folders.TOKEN.fullmatch(part)]
                found["/".join(parts)] = path.read_bytes().decode("utf-8-sig", "replace")
        return found

    def report(self, where: str = "done", name: str = "名册.csv") -> str:
        return self.files[f"{where}/{DAY}/{name}.报告.txt"]

    @property
    def batches(self) -> list[ImportBatch]:
        with self.bureau.session as session:
            return list(session.scalars(select(ImportBatch).order_by(ImportBatch.id)))


def encoded(rows: list[list[str]]) -> bytes:
    return "\r\n".join(",".join(row) for row in rows).encode("gb18030")


@pytest.fixture
def drop(bureau: Bureau, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Drop]:
    # What a file would do to people is tried elsewhere, and takes its time.
    monkeypatch.setattr(operations, "foresee", lambda *_: None)
    yield Drop(bureau, tmp_path / "drop")
    dropping.LOOKOUTS.clear()


def test_a_dropped_file_is_taken_checked_and_applied(drop: Drop) -> None:
    drop.leave(register(*PEOPLE))
    drop.settle()
    assert drop.bureau.count("register_entry", "ended_by IS NULL") == 40
    assert list(drop.files) == [f"done/{DAY}/名册.csv.报告.txt"]
    batch = drop.batches[-1]
    assert (batch.state, batch.origin) == (BatchState.APPLIED, BatchOrigin.FOLDER)
    assert f"批次：{batch.id}" in drop.report()
    assert "结果：已入库" in drop.report()
    assert "数据行 40，新增 40，" in drop.report()
    assert drop.bureau.count("audit_entry", "act = 'import:file:receive'") == 1
    assert not list(drop.settings.uploads_path.glob("*.sealed"))


def test_the_list_says_that_it_came_by_the_folder(drop: Drop) -> None:
    drop.leave(register(*PEOPLE))
    drop.settle()
    listed = drop.bureau.run(imports, "list", "--as", "clerk").stdout
    assert listed.rstrip().endswith("投放文件夹")


def test_a_file_that_is_still_growing_is_not_taken(drop: Drop) -> None:
    path = drop.leave(encoded(register(*PEOPLE))[:100])
    for length in (200, 300, 400):
        drop.look()
        path.write_bytes(encoded(register(*PEOPLE))[:length])
    assert path.exists()
    assert not drop.batches


def test_the_name_tells_month_and_division(drop: Drop) -> None:
    drop.bureau.sends("household", register(*PEOPLE))
    drop.leave(insured(*PEOPLE), f"缴费202609_{COMMUNITY}.csv", "insurance")
    drop.settle()
    batch = drop.batches[-1]
    assert (batch.division_code, batch.month) == (COMMUNITY, 2026 * 12 + 8)
    assert "月份：2026-09" in drop.report(name=f"缴费202609_{COMMUNITY}.csv")


def test_a_place_outside_the_account_s_is_refused(drop: Drop) -> None:
    drop.change(drop_account="streetclerk")
    drop.leave(register(*PEOPLE), f"{FAR_COMMUNITY}.csv")
    drop.settle()
    assert "不在您负责的范围内" in drop.report("failed", f"{FAR_COMMUNITY}.csv")
    assert f"failed/{DAY}/{FAR_COMMUNITY}.csv" in drop.files
    assert not drop.batches


def wrong(rows: list[list[str]], share: int) -> list[list[str]]:
    """Every so manyth row has a number that cannot be."""
    header, *people = rows
    column = header.index("身份证号")
    for place, row in enumerate(people):
        if place % share == 0:
            row[column] = row[column][:-1] + ("1" if row[column][-1] != "1" else "2")
    return [header, *people]


def test_a_file_that_looks_wrong_is_left_to_the_clerk(drop: Drop) -> None:
    drop.leave(wrong(register(*PEOPLE), 2))
    drop.settle()
    assert drop.bureau.count("resident") == 0
    meanwhile = [text for path, text in drop.files.items() if path.endswith(".报告.txt")]
    assert len(meanwhile) == 1
    assert "原因：退回的行太多" in meanwhile[0]
    assert "结果：等待核对" in meanwhile[0]
    assert "working/household/名册.csv" in drop.files
    batch = drop.batches[-1]
    assert batch.progress.get("waits")
    assert batch.origin is BatchOrigin.FOLDER
    return_of(drop, batch.id)


def return_of(drop: Drop, batch_id: int) -> None:
    """The clerk lets go of it: the file comes back with the reason."""
    with drop.office.session() as session:
        batch = session.get_one(ImportBatch, batch_id)
        filing.discard(session, batch, "潘晓燕已放弃这个文件", drop.settings.uploads_path)
    drop.settle()
    assert set(drop.files) == {f"failed/{DAY}/名册.csv", f"failed/{DAY}/名册.csv.报告.txt"}
    assert "原因：潘晓燕已放弃这个文件" in drop.report("failed")


def test_what_the_clerk_has_let_go_of_is_not_applied_when_it_comes_again(drop: Drop) -> None:
    asked = filing.Asked(Source.HOUSEHOLD, "名册.csv", encoded(register(*PEOPLE)))
    terms = filing.Terms(drop.office.today, drop.office.now, drop.settings.uploads_path)
    with drop.office.session() as session:
        clerk = session.scalars(select(Account).where(Account.name == "clerk")).one()
        filing.receive(session, asked, clerk, terms, rehearses=True)
    drop.leave(register(*PEOPLE))
    drop.settle()
    with drop.office.session() as session:
        batch = session.get_one(ImportBatch, drop.batches[-1].id)
        filing.discard(session, batch, "潘晓燕已放弃这个文件", drop.settings.uploads_path)
    drop.settle()
    assert [batch.state for batch in drop.batches] == [BatchState.FAILED, BatchState.CHECKED]
    assert drop.batches[-1].progress.get("waits")
    assert drop.bureau.count("resident") == 0


def test_some_rejected_rows_stop_nothing_and_name_nobody(drop: Drop) -> None:
    drop.leave(wrong(register(*PEOPLE), 10))
    drop.settle()
    assert drop.bureau.count("resident") == 36
    text = drop.report()
    assert "校验位不对" in text
    assert "：4 行" in text
    assert "下载" in text
    assert not any(part in text for person in PEOPLE for part in (person[0], person[1]))


def test_a_month_in_the_name_that_is_not_the_file_s_waits_for_the_clerk(drop: Drop) -> None:
    """It would close as if nobody had paid for it."""
    drop.bureau.sends("household", register(*PEOPLE))
    drop.leave(insured(*PEOPLE, month="202609"), "社保202610.csv", "insurance")
    drop.settle()
    assert drop.bureau.count("closed_month") == 0
    assert "原因：里面写的多是别的月份" in "".join(drop.files.values())


def test_a_list_without_changes_is_taken_and_its_report_says_so(drop: Drop) -> None:
    drop.bureau.sends("household", register(*PEOPLE))
    drop.leave([["常住户籍人口花名册"], *register(*PEOPLE)])
    drop.settle()
    assert [batch.state for batch in drop.batches] == [BatchState.APPLIED] * 2
    assert "与已有的记录完全一样" in drop.report()


def test_departures_wait_for_the_clerk(drop: Drop) -> None:
    drop.bureau.sends("household", register(*PEOPLE))
    drop.leave(register(*PEOPLE[:20]))
    drop.settle()
    assert drop.bureau.count("register_entry", "ended_by IS NULL") == 40
    assert "working/household/名册.csv" in drop.files
    with drop.office.session() as session:
        batch = session.get_one(ImportBatch, drop.batches[-1].id)
        clerk = session.scalars(select(Account).where(Account.name == "clerk")).one()
        odd = frozenset(one["code"] for one in batch.progress["oddities"])
        filing.confirm(session, batch, clerk, Word(batch.progress["rehearsal"], odd))
    drop.settle()
    assert drop.bureau.count("register_entry", "ended_by IS NULL") == 20
    assert list(drop.files) == [f"done/{DAY}/名册.csv.报告.txt"]


def test_the_same_content_again_is_said_and_not_kept(drop: Drop) -> None:
    drop.leave(register(*PEOPLE))
    drop.settle()
    drop.leave(register(*PEOPLE), "又一次.csv")
    drop.settle()
    assert "内容重复" in drop.report(name="又一次.csv")
    assert "--again" not in drop.report(name="又一次.csv")
    assert len(drop.files) == 2
    assert len(drop.batches) == 1


def test_what_waits_on_the_page_is_waited_for(drop: Drop) -> None:
    rows = wrong(register(*PEOPLE), 2)
    drop.leave(rows, "一.csv")
    drop.settle()
    drop.leave(rows, "二.csv")
    drop.settle()
    assert {path for path in drop.files if path.endswith(".csv")} == {
        "working/household/一.csv",
        "working/household/二.csv",
    }
    with drop.office.session() as session:
        batch = session.scalars(select(ImportBatch)).one()
        filing.discard(session, batch, "放弃", drop.settings.uploads_path)
    drop.settle()
    waiting = [batch for batch in drop.batches if batch.progress.get("waits")]
    assert [batch.file_name for batch in waiting] == ["二.csv"]


def test_applied_files_are_kept_as_long_as_was_set(drop: Drop) -> None:
    drop.change(drop_keep_days=2)
    drop.leave(register(*PEOPLE))
    drop.settle()
    assert f"done/{DAY}/名册.csv" in drop.files
    drop.change(drop_keep_days=0)
    drop.office.clock += timedelta(days=1)
    drop.look()
    assert f"done/{DAY}/名册.csv" in drop.files  # the office's day has not gone on
    (drop.root / "done" / DAY).rename(drop.root / "done" / "2026-11-01")
    drop.office.clock += timedelta(days=1)
    drop.look()
    assert list(drop.files) == ["done/2026-11-01/名册.csv.报告.txt"]


def test_a_file_written_on_after_it_was_taken_is_not_lost(drop: Drop) -> None:
    drop.leave(register(*PEOPLE))
    while not drop.batches:
        drop.look()
    place = next((drop.root / "working" / "household").glob("*/*.csv"))
    with place.open("ab") as file:
        file.write(b"\r\nmore")
    drop.settle()
    assert drop.files[f"done/{DAY}/名册.csv"].endswith("more")


def test_what_is_no_file_stays_and_is_told_once(drop: Drop) -> None:
    (drop.root / "household" / "2026年").mkdir()
    told = [each for _ in range(4) for each in drop.look()]
    assert [each["failed"] for each in told] == [NotTaken]
    assert "household/2026年" in told[0]["says"]
    assert (drop.root / "household" / "2026年").is_dir()


def test_a_file_too_large_is_not_read(drop: Drop) -> None:
    drop.change(max_upload_mb=1)
    with drop.leave(b"x").open("wb") as file:
        file.truncate((1 << 20) + 1)
    drop.settle()
    assert "超过 1 MB" in drop.report("failed")


def test_a_file_that_may_not_be_read_comes_back(
    drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path) -> bytes:
        raise PermissionError(errno.EACCES, "not for us")

    monkeypatch.setattr(folders, "read", refuse)
    drop.leave(register(*PEOPLE))
    drop.settle()
    assert "没有读取这个文件的权限" in drop.report("failed")
    assert f"failed/{DAY}/名册.csv" in drop.files


def test_strange_names_go_through_and_are_shown_harmless(drop: Drop) -> None:
    strange = os.fsdecode("名\n册\x1b[31m\\..\\".encode() + b".csv")
    old = os.fsdecode("低保".encode("gb18030") + b".csv")
    long = "册" * 83 + ".csv"
    for place, name in enumerate((strange, old, long)):
        drop.leave(register(*PEOPLE[place * 10 : place * 10 + 10], community=COMMUNITY), name)
        drop.settle()
    shown = [batch.file_name for batch in drop.batches]
    mark = "\N{REPLACEMENT CHARACTER}"
    assert shown == [f"名{mark}册{mark}[31m\\..\\.csv", "低保.csv", long]


def test_an_unmounted_folder_is_told_once_and_taken_up_again(drop: Drop) -> None:
    drop.root.rename(drop.root.with_name("away"))
    told = [each for _ in range(4) for each in drop.look()]
    assert [each["failed"] for each in told] == [DropFolderUnfit]
    assert "不见了" in told[0]["says"]
    drop.root.with_name("away").rename(drop.root)
    drop.leave(register(*PEOPLE))
    drop.settle()
    assert drop.bureau.count("resident") == 40


def test_a_full_disk_loses_nothing(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(_folder: Path, _content: bytes) -> str:
        raise OSError(errno.ENOSPC, "full")

    drop.leave(register(*PEOPLE))
    with monkeypatch.context() as patch:
        patch.setattr(uploads, "keep", fill)
        told = [each for _ in range(4) for each in drop.look()]
    assert DropFolderUnfit in [each.get("failed") for each in told]
    assert any("磁盘已满" in each.get("says", "") for each in told)
    assert "working/household/名册.csv" in drop.files
    drop.settle()
    assert list(drop.files) == [f"done/{DAY}/名册.csv.报告.txt"]


def test_trouble_is_a_failed_run_that_says_what_to_mend(drop: Drop) -> None:
    [job] = [job for job in JOBS if job.name is JobName.DROP_FOLDER]
    assert run_due(drop.office, job) == 1  # old files are cleared away once a day
    drop.root.rename(drop.root.with_name("away"))
    for _ in range(3):
        run_due(drop.office, job)
    runs = drop.bureau.all("SELECT state, outcome FROM job_run ORDER BY id")
    assert runs == [
        ("done", None),
        ("failed", "投放文件夹不见了：请检查磁盘是否挂载、路径是否正确。"),
    ]


def test_nothing_stays_of_an_upload_that_found_no_room(
    drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(*_: object) -> Iterator[bytes]:
        yield b"some"
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(uploads, "_sealed_chunks", fill)
    with pytest.raises(OSError, match="full"):
        uploads.keep(drop.settings.uploads_path, b"content")
    assert not list(drop.settings.uploads_path.iterdir())


def test_an_account_that_lost_its_right_takes_nothing_in(drop: Drop) -> None:
    drop.leave(register(*PEOPLE))
    with drop.office.session() as session:
        session.execute(update(Account).where(Account.name == "clerk").values(role=Role.WORKER))
    told = [each for _ in range(4) for each in drop.look()]
    assert told[-1]["failed"] is DropAccountUnfit
    assert "working/household/名册.csv" in drop.files
    with drop.office.session() as session:
        session.execute(update(Account).where(Account.name == "clerk").values(role=Role.CLERK))
    drop.settle()
    assert drop.bureau.count("resident") == 40


@pytest.mark.parametrize("name", ["nobody", "worker"])
def test_nothing_starts_with_an_account_that_may_not_file(drop: Drop, name: str) -> None:
    drop.change(drop_account=name)
    with pytest.raises(DropAccountUnfit):
        dropping.open_folder(drop.office)


def test_without_a_folder_nothing_is_due(bureau: Bureau) -> None:
    dropping.open_folder(bureau.office)
    assert dropping.due(bureau.office) == []


def test_a_place_that_was_made_for_nothing_goes(drop: Drop) -> None:
    place = drop.root / "working" / "household" / ("a" * 16)
    place.mkdir(parents=True)
    drop.settle()
    assert not place.exists()


ACTS_ON_DISK = ("link", "mkdir", "rename", "replace", "rmdir", "unlink")


class Reaper:
    """Kills at the n-th act on the disk or commit of the drop folder's own steps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.patch, self.passed, self.fatal = monkeypatch, 0, 0

    def kill_at(self, number: int) -> None:
        self.passed, self.fatal = 0, number

    def tick(self, *_: object) -> None:
        self.passed += 1
        if self.passed == self.fatal:
            raise Killed

    def around(self, act: Callable[..., Any]) -> Callable[..., Any]:
        """Before it is done and behind it are two different states."""

        def done(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - passed on
            self.tick()
            answer = act(*arguments, **options)
            self.tick()
            return answer

        return done


@pytest.fixture
def reaper(monkeypatch: pytest.MonkeyPatch) -> Reaper:
    return Reaper(monkeypatch)


def killed_look(drop: Drop, reaper: Reaper) -> bool:
    """One look of a process that may be killed in it; then another one takes over."""
    with reaper.patch.context() as patch:
        for act in ACTS_ON_DISK:
            patch.setattr(os, act, reaper.around(getattr(os, act)))
        event.listen(drop.office.engine, "commit", reaper.tick)
        try:
            drop.look()
        except Killed:
            drop.forget()
            return True
        finally:
            event.remove(drop.office.engine, "commit", reaper.tick)
    return False


@pytest.mark.parametrize("fate", ["applied", "kept", "left", "refused"])
def test_killed_anywhere_it_ends_the_same(drop: Drop, reaper: Reaper, fate: str) -> None:
    """Every act on the disk and every commit in turn, until one whole life passes unharmed."""
    drop.change(drop_keep_days=1 if fate == "kept" else 0)
    name = f"{FAR_COMMUNITY}.csv" if fate == "refused" else "名册.csv"
    if fate == "refused":
        drop.change(drop_account="streetclerk")
    point, deaths = 0, 0
    while True:
        point += 1
        died = one_life(drop, reaper, point, name, fate)
        deaths += died
        expected(drop, name, fate)
        clean_up(drop)
        if not died:
            break
    assert deaths > 10


def one_life(drop: Drop, reaper: Reaper, point: int, name: str, fate: str) -> bool:
    """A file as different as its number: the same content would be refused as known."""
    drop.leave(f"content {point}".encode(), name)
    reaper.kill_at(point)
    died = False
    for _ in range(8):
        if not died:
            died = killed_look(drop, reaper)
        else:
            drop.look()
        import_as(drop, fate)
    return died


def import_as(drop: Drop, fate: str) -> None:
    """In place of the importer, which is killed in tests of its own."""
    with drop.office.session() as session:
        received = ImportBatch.state == BatchState.RECEIVED
        for batch in session.scalars(select(ImportBatch).where(received)):
            batch.move("check")
            if fate == "left":
                batch.progress = {**batch.progress, "waits": True, "waits_for": "word"}
                continue
            batch.move("begin")
            batch.move("finish")
            batch.applied_at = drop.office.now
            batch.progress = {}


def expected(drop: Drop, name: str, fate: str) -> None:
    paths = {
        "applied": [f"done/{DAY}/{name}.报告.txt"],
        "kept": [f"done/{DAY}/{name}", f"done/{DAY}/{name}.报告.txt"],
        "left": ["working/household/.报告.txt", f"working/household/{name}"],
        "refused": [f"failed/{DAY}/{name}", f"failed/{DAY}/{name}.报告.txt"],
    }[fate]
    found = [path.replace(token_of(path), "") for path in drop.files]
    assert sorted(found) == paths
    states = {"applied": "applied", "kept": "applied", "left": "checked"}
    batches = drop.batches
    if fate == "refused":
        assert not batches
    else:
        assert batches[-1].state == states[fate]
        assert len({batch.sha256 for batch in batches}) == len(batches)


def token_of(path: str) -> str:
    """The report on a waiting file is named for its place."""
    name = path.rpartition("/")[2]
    return name[:16] if path.startswith("working") and name.endswith(".报告.txt") else ""


def clean_up(drop: Drop) -> None:
    """For the next life: waiting batches are let go of, folders emptied."""
    with drop.office.session() as session:
        for batch in session.scalars(select(ImportBatch)):
            if batch.progress.get("waits"):
                filing.discard(session, batch, "放弃", drop.settings.uploads_path)
    drop.look()
    drop.look()
    for folder in ("done", "failed"):
        for path in (drop.root / folder).glob("*/*"):
            path.unlink()
    assert not drop.files
