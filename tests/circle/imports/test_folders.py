"""The drop folder on disk, without a database."""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from circle.imports import folders
from circle.imports.folders import Entry, Lookout
from circle.refusals import DropFolderUnfit
from models.vocabulary.facts import Source

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
QUIET = timedelta(seconds=10)
Leave = Callable[..., Path]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folders.furnish(tmp_path, {source: f"{source.label}放这里\n" for source in Source})
    return tmp_path


@pytest.fixture
def leave(root: Path) -> Leave:
    def leave(name: str, content: bytes = b"x", source: str = "household") -> Path:
        path = root / source / name
        path.write_bytes(content)
        return path

    return leave


def names(root: Path) -> list[str]:
    return [entry.name for entry in folders.left(root)]


def test_each_source_has_its_folder_and_says_what_belongs_there(root: Path) -> None:
    words = (root / "insurance" / "README.txt").read_bytes()
    assert words.startswith(b"\xef\xbb\xbf")
    assert "社会保险缴费放这里\r\n" in words.decode("utf-8-sig")
    assert names(root) == []


def test_whoever_may_leave_files_may_read_what_belongs_there(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        folders.furnish(tmp_path, dict.fromkeys(Source, "放这里"))
    finally:
        os.umask(before)
    modes = {name: (tmp_path / name).stat().st_mode & 0o777 for name in ("household", "failed")}
    assert modes == {"household": 0o700, "failed": 0o700}
    assert (tmp_path / "household" / "README.txt").stat().st_mode & 0o777 == 0o644


def test_furnishing_again_leaves_what_is_there(root: Path) -> None:
    (root / "household" / "README.txt").write_text("本区自己的说明", encoding="utf-8")
    folders.furnish(root, dict.fromkeys(Source, ""))
    assert (root / "household" / "README.txt").read_text(encoding="utf-8") == "本区自己的说明"


def test_a_root_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(DropFolderUnfit, match="ENOENT"):
        folders.furnish(tmp_path / "mount", {})
    assert not (tmp_path / "mount").exists()


@pytest.mark.parametrize(
    "name",
    ["~$名册.xlsx", "名册.xlsx.tmp", "名册.PART", "名册.crdownload", ".名册.csv", "名册.csv.ok"],
)
def test_what_is_being_written_is_not_seen(root: Path, leave: Leave, name: str) -> None:
    leave(name)
    assert names(root) == []


def test_an_empty_file_is_not_complete(root: Path, leave: Leave) -> None:
    leave("名册.csv", b"")
    assert names(root) == []


def test_links_and_folders_are_no_files(root: Path, leave: Leave) -> None:
    target = leave("名册.csv")
    (root / "household" / "link.csv").symlink_to(target)
    (root / "household" / "nowhere.csv").symlink_to(root / "gone")
    (root / "household" / "folder").mkdir()
    os.mkfifo(root / "household" / "pipe.csv")
    odd = {entry.name for entry in folders.left(root) if not entry.is_file}
    assert odd == {"link.csv", "nowhere.csv", "folder", "pipe.csv"}


def test_a_folder_named_like_a_voucher_keeps_no_file(root: Path, leave: Leave) -> None:
    leave("名册.csv")
    (root / "household" / "名册.csv.ok").mkdir()
    (entry,) = folders.left(root)
    assert folders.take(root, entry)
    assert names(root) == []


def test_a_folder_that_went_away_is_an_error(root: Path) -> None:
    (root / "education" / "README.txt").unlink()
    (root / "education").rmdir()
    with pytest.raises(FileNotFoundError):
        folders.left(root)


def test_a_file_is_complete_when_two_looks_find_it_unchanged(root: Path, leave: Leave) -> None:
    path, lookout = leave("名册.csv"), Lookout()

    def complete(seconds: int) -> list[Entry]:
        return lookout.unchanged(folders.left(root), NOW + timedelta(seconds=seconds), QUIET)

    assert complete(0) == []
    assert complete(9) == []
    path.write_bytes(b"more")
    assert complete(12) == []
    assert complete(21) == []
    assert [entry.name for entry in complete(22)] == ["名册.csv"]


def test_one_look_never_suffices_unless_the_sender_says_so(root: Path, leave: Leave) -> None:
    leave("名册.csv")
    assert Lookout().unchanged(folders.left(root), NOW, timedelta(0)) == []
    leave("名册.csv.ok", b"")
    found = Lookout().unchanged(folders.left(root), NOW, QUIET)
    assert [entry.name for entry in found] == ["名册.csv"]
    folders.take(root, found[0])
    assert [path.name for path in (root / "household").iterdir()] == ["README.txt"]


def test_of_two_who_take_a_file_one_gets_it(root: Path, leave: Leave) -> None:
    leave("名册.csv")
    entry = folders.left(root)[0]
    token = folders.take(root, entry)
    assert token is not None
    assert folders.take(root, entry) is None
    taken = folders.taken(root)
    assert [(one.token, one.name, one.size) for one in taken] == [(token, "名册.csv", 1)]


def test_a_taken_file_need_not_be_watched_anew(root: Path, leave: Leave) -> None:
    leave("名册.csv")
    lookout = Lookout()
    entry = folders.left(root)[0]
    lookout.unchanged([entry], NOW, QUIET)
    later = NOW + QUIET
    assert lookout.unchanged([entry], later, QUIET) == [entry]
    lookout.follow(entry, str(folders.take(root, entry)))
    assert len(lookout.unchanged(folders.taken(root), later, QUIET)) == 1


def test_what_strangers_put_into_working_is_left_alone(root: Path) -> None:
    (root / "working" / "household" / "notes").mkdir(parents=True)
    (root / "working" / "household" / ("0" * 16)).write_text("a file, no place")
    assert folders.taken(root) == []


def taken_from(root: Path, name: str, content: bytes = b"x") -> Path:
    (root / "household" / name).write_bytes(content)
    entry = next(entry for entry in folders.left(root) if entry.name == name)
    token = folders.take(root, entry)
    return root / "working" / "household" / str(token)


def shown(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_nothing_is_ever_overwritten(root: Path) -> None:
    day = root / "failed" / "2026-11-21"
    for content in (b"1", b"2", b"3"):
        place = taken_from(root, "名册.csv", content)
        folders.lay_down(place, day, "名册.csv", b"report " + content, keeps=True)
    assert shown(day) == {
        "名册 (2).csv": b"2",
        "名册 (2).csv.报告.txt": b"report 2",
        "名册 (3).csv": b"3",
        "名册 (3).csv.报告.txt": b"report 3",
        "名册.csv": b"1",
        "名册.csv.报告.txt": b"report 1",
    }
    assert folders.taken(root) == []


def test_a_file_that_is_not_kept_leaves_its_report(root: Path) -> None:
    day = root / "done" / "2026-11-21"
    folders.lay_down(taken_from(root, "名册.csv"), day, "名册.csv", b"done", keeps=False)
    assert shown(day) == {"名册.csv.报告.txt": b"done"}


def test_the_longest_name_leaves_room_for_its_report(root: Path) -> None:
    name = "册" * 83 + ".csv"
    assert len(os.fsencode(name)) == 253
    day = root / "failed" / "2026-11-21"
    for _ in range(2):
        folders.lay_down(taken_from(root, name), day, name, os.urandom(4), keeps=True)
    found = [path.name for path in day.iterdir()]
    assert len(found) == 4
    assert name in found
    assert all(len(os.fsencode(each)) <= 255 for each in found)


def test_a_disk_without_links_keeps_names_apart_too(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    day = root / "failed" / "2026-11-21"
    for content in (b"1", b"2"):
        place = taken_from(root, "名册.csv", content)
        folders.lay_down(place, day, "名册.csv", b"report " + content, keeps=True)
    assert shown(day)["名册.csv"] == b"1"
    assert shown(day)["名册 (2).csv"] == b"2"


def test_a_link_is_never_followed(root: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("-")
    place = taken_from(root, "名册.csv")
    (place / "名册.csv").unlink()
    (place / "名册.csv").symlink_to(secret)
    with pytest.raises(OSError, match="symbolic"):
        folders.read(place / "名册.csv")
    folders.lay_down(place, root / "failed" / "2026-11-21", "名册.csv", b"-", keeps=True)
    assert secret.read_text() == "-"


def test_files_of_past_days_go_and_their_reports_stay(root: Path) -> None:
    for day in ("2026-10-01", "2026-11-20", "notes"):
        (root / "failed" / day).mkdir()
        (root / "failed" / day / "名册.csv").write_text("-")
        (root / "failed" / day / "名册.csv.报告.txt").write_text("-")
    assert folders.clear(root / "failed", date(2026, 11, 20)) == 1
    left = sorted(str(path.relative_to(root / "failed")) for path in root.glob("failed/*/*"))
    assert left == [
        "2026-10-01/名册.csv.报告.txt",
        "2026-11-20/名册.csv",
        "2026-11-20/名册.csv.报告.txt",
        "notes/名册.csv",
        "notes/名册.csv.报告.txt",
    ]
