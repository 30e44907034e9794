"""Exit codes, what is printed where, and the shapes of the answers."""

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.town import (
    DISTRICT,
    GEXIANG,
    IMPORT_KEYS,
    PASSWORD,
    STREET,
    Answer,
    Town,
    number,
    people,
)

ROOT = Path(__file__).parents[2]
WHO = people(3)
REGISTER = [["姓名", "身份证号", "所属社区"], *([*person, "葛巷社区"] for person in WHO)]
CHINESE = re.compile("[\u4e00-\u9fff]")


def shell(town: Town, *words: object, input: str | None = None) -> Answer:  # noqa: A002
    """As a person types it, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "circle.cli", *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | town.env,
        cwd=ROOT,
        input=input,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def test_an_import_from_the_shell(town: Town) -> None:
    path = town.file(REGISTER)
    done = shell(town, "import", "household", path, "--as", "clerk", "--json")
    assert done.code == 0
    assert len(done.out.strip().splitlines()) == 1
    assert set(done.json) == IMPORT_KEYS
    again = shell(town, "import", "household", path, "--as", "clerk", "--json")
    assert (again.code, again.out) == (1, "")
    assert CHINESE.search(again.err)
    assert shell(town, "import", "nothing", path, "--as", "clerk").code == 2
    plain = shell(town, "imports", "list")
    assert plain.code == 0
    assert "household" in plain.out


def test_nothing_set_up_is_said_in_words(tmp_path: Path) -> None:
    env = {
        "CIRCLE_DATABASE_URL": f"sqlite:///{tmp_path / 'none.sqlite3'}",
        "CIRCLE_KEYRING": str(tmp_path / "keyring.json"),
    }
    town = Town(tmp_path, os.environ | env)
    done = shell(town, "tasks")
    assert (done.code, done.out) == (1, "")
    assert "circle db upgrade" in done.err
    assert "Traceback" not in done.err
    assert shell(town, "db", "upgrade").code == 0
    assert stat.S_IMODE((tmp_path / "keyring.json").stat().st_mode) == 0o600
    assert shell(town, "db", "upgrade").code == 0
    assert shell(town, "keys", "make").code == 1
    assert shell(town, "sweep", "--json").json["rules"]


@pytest.mark.parametrize(
    "words",
    [
        ("import",),
        ("import", "household"),
        ("import", "household", "missing.csv", "--as", "clerk"),
        ("import", "household", "FILE"),
        ("import", "weather", "FILE", "--as", "clerk"),
        ("import", "household", "FILE", "--as", "clerk", "--month", "2026-13"),
        ("import", "household", "FILE", "--as", "clerk", "--month", "202610"),
        ("import", "household", "FILE", "--as", "clerk", "--kinds", "employee_pension"),
        ("import", "household", "FILE", "--as", "clerk", "--nonsense"),
        ("imports", "show"),
        ("imports", "show", "x"),
        ("imports", "undo"),
        ("sweep", "--on", "yesterday"),
        ("sweep", "--on", "2026-02-30"),
        ("tasks", "--kind", "nothing"),
        ("tasks", "--state", "nothing"),
        ("tasks", "--format", "xml"),
        ("tasks", "--reveal"),
        ("task", "dismiss", "1", "--as", "gexiang"),
        ("task", "dismiss", "1", "--as", "gexiang", "--reason", "lazy"),
        ("task", "snooze", "1", "--as", "gexiang"),
        ("task", "complete", "1"),
        ("accounts", "add", "x", "--role", "king", "--division", DISTRICT, "--password-stdin"),
        ("divisions", "load", "missing.csv"),
        ("nothing",),
    ],
)
def test_wrong_usage(town: Town, words: tuple[str, ...]) -> None:
    path = str(town.file(REGISTER))
    answer = town.circle(*(path if word == "FILE" else word for word in words))
    assert (answer.code, answer.out) == (2, ""), answer
    assert town.count("resident") == 0


@pytest.mark.parametrize("name", ["nobody", "gexiang"])
def test_who_may_not_import(town: Town, name: str) -> None:
    assert CHINESE.search(town.refused("household", REGISTER, by=name))


def test_the_list_and_one_batch(any_town: Town) -> None:
    town = any_town
    rows = [*REGISTER, ["坏", "1", "葛巷社区"]]
    told = town.sends("household", rows, "--month", "2026-10", name="户籍.csv")
    town.sends("subsistence", [["姓名", "身份证号", "救助类别"], [*WHO[0], "低保"]])
    lines = town.asks("imports", "list", "--json")
    assert [line["source"] for line in lines] == ["subsistence", "household"]
    line = lines[-1]
    assert set(line) == {"batch", "source", "month", "scope", "state", "file", "by", "at"}
    assert (line["batch"], line["month"], line["state"]) == (told["batch"], "2026-10", "applied")
    assert (line["file"], line["by"], line["scope"]) == ("户籍.csv", "clerk", told["scope"])
    assert re.match(r"2026-11-21T", line["at"])
    shown = town.asks("imports", "show", told["batch"], "--json")
    counted = IMPORT_KEYS - {"seconds"}
    assert {name: shown[name] for name in counted} == {name: told[name] for name in counted}
    assert {name: shown[name] for name in line} == line


def test_a_rehearsal_is_in_no_list(town: Town) -> None:
    town.sends("household", REGISTER, "--rehearse")
    assert town.asks("imports", "list", "--json") == []


def test_the_plain_answer_tells_the_counts(town: Town) -> None:
    answer = town.circle("import", "household", town.file(REGISTER), "--as", "clerk")
    assert answer.code == 0
    assert "3" in answer.out
    assert CHINESE.search(answer.out)


def test_no_number_reaches_the_terminal(town: Town) -> None:
    rows = [
        *REGISTER,
        ["坏", number(999)[:-1], "葛巷社区"],
        ["丁", "11010119900307001A", "葛巷社区"],
    ]
    answer = town.tries("household", rows)
    for num in [*(num for _, num in WHO), number(999)[:-1], "11010119900307001A"]:
        assert num not in answer.out + answer.err
    for _, num in WHO:
        assert num not in town.circle("imports", "show", 1).out


def test_accounts(town: Town) -> None:
    words = ("--role", "worker", "--division", STREET, "--covers", GEXIANG, "--password-stdin")
    town.does("accounts", "add", "wang", *words, input=PASSWORD + "\n")
    for name, extra, password in (
        ("wang", words, PASSWORD),
        ("weak", words, "12345678"),
        ("short", words, "Aa1!"),
        ("nowhere", ("--role", "worker", "--division", "330199", "--password-stdin"), PASSWORD),
        ("empty", words, ""),
    ):
        answer = town.circle("accounts", "add", name, *extra, input=password + "\n")
        assert (answer.code, answer.out) == (1, ""), name
        assert CHINESE.search(answer.err)
        assert PASSWORD not in answer.err


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (["330110099,"], "2"),
        (["33011,某区"], "2"),
        (["abc,某区"], "2"),
        (["330199001,无主街道"], "2"),
        (["330110099,新街道,xx,yy"], "2"),
        (["330110099,新街道,30.2,"], "2"),
        (["330110099,新街道,95,120"], "2"),
        (["330110099,新街道", "330110098"], "3"),
    ],
)
def test_a_faulty_line_of_divisions_loads_nothing(
    town: Town, lines: list[str], complaint: str
) -> None:
    before = town.dump()
    head = "code,name,latitude,longitude"
    path = town.file("\n".join([head, *lines]).encode())
    answer = town.circle("divisions", "load", path)
    assert answer.code == 1, answer
    assert complaint in answer.err
    assert town.dump() == before


def test_divisions_are_loaded_and_renamed(town: Town) -> None:
    text = "code,name,latitude,longitude\n330110099,新街道,30.28,119.99\n330110099001,新社区,,\n"
    town.does("divisions", "load", town.file(text.encode("utf-8-sig")))
    town.does("divisions", "load", town.file(text.replace("新社区", "锦社区").encode("gb18030")))
    assert town.all("SELECT name FROM division WHERE code = '330110099001'") == [("锦社区",)]


def test_a_divisions_file_that_is_none(town: Town) -> None:
    for content in (b"", b"a,b\n1,2\n", b"\x00\xff\x00\xff", "代码,名称\n330110099,某\n".encode()):
        answer = town.circle("divisions", "load", town.file(content))
        assert answer.code == 1, (content, answer)


def test_keys_turn_over_and_everybody_is_still_known(any_town: Town) -> None:
    town = any_town
    town.sends("household", REGISTER)
    old = Path(town.env["CIRCLE_KEYRING"]).read_text()
    town.does("keys", "rotate")
    ring: dict[str, Any] = json.loads(Path(town.env["CIRCLE_KEYRING"]).read_text())
    assert set(ring) == {"seal", "index"}
    assert len(ring["seal"]) == len(ring["index"]) == 2
    assert old != Path(town.env["CIRCLE_KEYRING"]).read_text()
    told = town.sends("household", [*REGISTER, []], "--month", "2026-11")
    assert (told["unchanged"], told["added"]) == (3, 0)
    file = [["姓名", "证件号码", "险种", "费款所属期"], *([*p, "养老", "202609"] for p in WHO)]
    assert town.sends("insurance", file, "--division", GEXIANG)["unmatched"] == 0
    assert town.count("resident") == 3
    town.does("keys", "rotate")
    file.append([*WHO[0], "医疗保险", "202609"])
    assert town.sends("insurance", file, "--division", GEXIANG)["unmatched"] == 0


def test_a_lost_or_foreign_keyring_stops_everything(town: Town) -> None:
    town.sends("household", REGISTER)
    path = Path(town.env["CIRCLE_KEYRING"])
    kept = path.read_text()
    path.unlink()
    town.leave()
    for words in (("tasks",), ("sweep",), ("imports", "list")):
        assert town.circle(*words).code == 1, words
    town.does("keys", "make")
    assert town.circle("tasks").code == 1
    path.write_text(kept)
    town.leave()
    assert town.circle("tasks").code == 0
    path.write_text("{}")
    town.leave()
    assert town.circle("tasks").code == 1


def test_the_trail_is_whole_and_tells_when_it_is_not(any_town: Town) -> None:
    town = any_town
    town.sends("household", REGISTER)
    town.circle("tasks", "--format", "json")
    assert town.circle("audit", "verify").code == 0


def test_a_broken_setting_is_named(town: Town) -> None:
    town.env["CIRCLE_DATABASE_URL"] = "mysql://x"
    town.leave()
    answer = town.circle("tasks")
    assert answer.code == 1
    assert "CIRCLE_DATABASE_URL" in answer.err
