"""The same file twice, a rehearsal, undoing, and what was there before."""

from typing import Any

import pytest

from tests.acceptance.town import GEXIANG, STREET, Cells, Town, people

WHO = people(40)
KINDS = ["养老", "医疗保险", "失业保险"]


def files(source: str, month: int = 0) -> list[Cells]:
    """A file of one month; in the next some left, some changed and some came."""
    who = WHO[month : 38 + month]
    word = "b" if month else "a"
    rows: dict[str, dict[str, str]] = {
        "household": {
            "户号": "", "与户主关系": "户主", "所属社区": "葛巷社区", "户籍地址": f"{word}路1号",
        },
        "subsistence": {
            "所属社区": "葛巷社区", "救助类别": "低保", "月保障金额": "1200" if month else "1100",
        },
        "unemployment": {
            "失业登记日期": "2026-05-01", "有效标记": "有效", "失业原因": word,
            "常住地区划": "朱庙社区" if month else "葛巷社区",
        },
        "employment": {"就业登记日期": "2026-05-01", "有效标记": "有效", "单位名称": word},
        "benefits": {
            "待遇类别": "失业保险金", "待遇起始年月": "202601",
            "待遇终止年月": "202612" if month else "至今",
        },
        "education": {"层次": "本科", "毕业时间": "2025-06-30", "毕业学校名称": word},
        "caseload": {
            "所属社区": "葛巷社区", "登记日期": "2026-05-01", "专员": "gexiang",
            "人员类别": "残疾人" if month else "农民工", "联系电话": "13800138000",
            "最近走访日期": f"2026-1{month}-01", "求职意向": word,
        },
        "insurance": {
            "险种": "养老", "费款所属期": "202609", "缴费基数": f"{5 + month}000",
            "单位名称": "甲厂",
        },
    }  # fmt: skip
    head, cells = list(rows[source]), list(rows[source].values())
    lines: list[Cells] = []
    for nth, person in enumerate(who):
        own = [*cells]
        if source == "household":
            own[0] = f"H{nth // 3}"
        if month and nth % 3:  # two of three are as they were
            own = [str(cell) for cell in files(source)[1][2:]]
            own[0] = f"H{(nth + 1) // 3}" if source == "household" else own[0]
        lines.append([*person, *own])
    return [["姓名", "身份证号", *head], *lines]


SOURCES = [
    "household", "subsistence", "unemployment", "employment", "benefits", "education", "caseload",
    "insurance",
]  # fmt: skip
HERE = ("--division", STREET)


def register(town: Town) -> None:
    rows = [[*person, "葛巷社区"] for person in WHO]
    town.sends("household", [["姓名", "身份证号", "所属社区"], *rows])


@pytest.mark.parametrize("source", SOURCES)
def test_a_rehearsal_tells_what_the_import_does_and_keeps_nothing(
    any_town: Town, source: str
) -> None:
    town = any_town
    register(town)
    town.sends(source, files(source), *HERE, "--confirm-departures")
    before, path = town.dump(), town.file(files(source, 1))
    issues = town.all("SELECT count(*) FROM import_batch")
    rehearsed = town.sends(source, path, *HERE, "--rehearse")
    assert rehearsed["batch"] is None
    assert town.dump() == before
    assert town.all("SELECT count(*) FROM import_batch") == issues
    done = town.sends(source, path, *HERE, "--confirm-departures")
    assert without(rehearsed, "batch", "seconds") == without(done, "batch", "seconds")
    assert done["changed"] + done["added"] > 1 or source == "education"


@pytest.mark.parametrize("source", SOURCES)
def test_undoing_puts_every_table_back(any_town: Town, source: str) -> None:
    town = any_town
    register(town)
    first = town.sends(source, files(source), *HERE, "--confirm-departures")
    before = town.dump()
    second = town.sends(source, files(source, 1), *HERE, "--confirm-departures")
    assert town.dump() != before
    refusal = town.circle("imports", "undo", first["batch"])
    assert refusal.code == 1
    assert str(second["batch"]) in refusal.err
    undone = town.asks("imports", "undo", second["batch"], "--json")
    assert set(undone) == {"batch", "removed", "restored", "seconds"}
    assert undone["batch"] == second["batch"]
    assert town.dump() == before
    assert town.circle("imports", "undo", second["batch"]).code == 1
    town.does("imports", "undo", first["batch"], "--as", "clerk")
    again = town.sends(source, files(source), *HERE, "--confirm-departures")
    assert without(again, "batch", "seconds") == without(first, "batch", "seconds")


def test_undoing_the_first_list_of_residents_leaves_nobody(town: Town) -> None:
    before = town.dump()
    told = town.sends("household", files("household"))
    undone = town.asks("imports", "undo", told["batch"], "--json")
    assert (undone["removed"] >= 38, undone["restored"]) == (True, 0)
    assert town.dump() == before


def test_undoing_tells_how_many_were_removed_and_restored(town: Town) -> None:
    register(town)
    town.sends("subsistence", files("subsistence"), *HERE)
    told = town.sends("subsistence", files("subsistence", 1), *HERE)
    assert (told["added"], told["changed"], told["ended"]) == (1, 13, 1)
    undone = town.asks("imports", "undo", told["batch"], "--json")
    assert (undone["removed"], undone["restored"]) == (1, 14)


def test_an_undone_month_is_no_longer_closed(town: Town) -> None:
    register(town)
    told = town.sends("insurance", files("insurance"), *HERE)
    town.does("imports", "undo", told["batch"])
    for table in ("contribution", "closed_month", "insurance_standing", "contribution_before"):
        assert town.count(table) == 0


def test_a_batch_of_another_month_can_be_undone_alone(town: Town) -> None:
    register(town)
    head = ["姓名", "证件号码", "险种", "费款所属期", "缴费基数"]
    one = town.sends("insurance", [head, *([*p, "养老", "202608", "1"] for p in WHO)], *HERE)
    two = town.sends("insurance", [head, *([*p, "养老", "202609", "1"] for p in WHO)], *HERE)
    town.does("imports", "undo", one["batch"])
    assert town.all("SELECT DISTINCT first_month, months_paid FROM insurance_standing") == [
        (2026 * 12 + 8, 1)
    ]
    town.does("imports", "undo", two["batch"])
    assert town.count("contribution") == 0


def test_a_back_payment_taken_over_by_a_later_batch_is_refused_or_kept_right(town: Town) -> None:
    """August brought June too; September says another base for June."""
    register(town)
    person = WHO[0]
    head = ["姓名", "证件号码", "险种", "费款所属期", "缴费基数"]
    aug = [[*person, "养老", "202606", "1000"], [*person, "养老", "202608", "1000"]]
    sep = [[*person, "养老", "202606", "2000"], [*person, "养老", "202609", "2000"]]
    one = town.sends("insurance", [head, *aug], *HERE, "--month", "2026-08")
    before = town.dump()
    two = town.sends("insurance", [head, *sep], *HERE, "--month", "2026-09")
    first = town.circle("imports", "undo", one["batch"])
    if first.code == 0:
        found = town.all("SELECT month, base_fen FROM contribution ORDER BY month")
        assert found == [(2026 * 12 + 5, 200_000), (2026 * 12 + 8, 200_000)]
        town.does("imports", "undo", two["batch"])
        assert town.count("contribution") == 0
        assert town.count("insurance_standing") == 0
    else:
        assert str(two["batch"]) in first.err
        town.does("imports", "undo", two["batch"])
        assert town.dump() == before


def test_the_same_file_is_refused_while_its_batch_stands(any_town: Town) -> None:
    town = any_town
    path = town.file(files("household"))
    told = town.sends("household", path)
    assert str(told["batch"]) in town.refused("household", path)
    copy = town.file(path.read_bytes(), "another_name.csv")
    assert str(told["batch"]) in town.refused("household", copy)
    again = town.sends("household", path, "--again")
    assert (again["unchanged"], again["added"], again["ended"]) == (38, 0, 0)
    town.does("imports", "undo", again["batch"])
    assert town.refused("household", path)
    town.does("imports", "undo", told["batch"])
    assert town.sends("household", path)["added"] == 38


def test_the_same_file_may_be_rehearsed_again(town: Town) -> None:
    path = town.file(files("household"))
    town.sends("household", path)
    answer = town.tries("household", path, "--rehearse")
    assert answer.code in {0, 1}


def test_unchanged_rows_are_not_written(town: Town) -> None:
    town.sends("household", files("household"))
    before = town.dump()
    told = town.sends("household", [*files("household"), []], "--month", "2026-11")
    assert (told["unchanged"], told["changed"]) == (38, 0)
    assert town.dump() == before


def test_undoing_what_never_was(town: Town) -> None:
    assert town.circle("imports", "undo", 999).code == 1
    assert town.circle("imports", "show", 999).code == 1


def test_undo_needs_the_right_account(town: Town) -> None:
    told = town.sends("household", files("household"), "--division", "330110")
    for name in ("gexiang", "streetclerk", "nobody"):
        answer = town.circle("imports", "undo", told["batch"], "--as", name)
        assert answer.code == 1, name
    town.does("imports", "undo", told["batch"], "--as", "clerk")


def test_undo_after_a_sweep_withdraws_the_reminders(town: Town) -> None:
    register(town)
    told = town.sends("subsistence", files("subsistence"), *HERE)
    town.does("sweep")
    assert len(town.tasks("--kind", "first_registration")) == 38
    town.does("imports", "undo", told["batch"])
    swept = town.asks("sweep", "--json")
    assert swept["rules"]["first_registration"]["withdrawn"] == 38
    assert town.tasks() == []


def test_undoing_a_ledger_after_the_sweep_takes_its_cases_and_reminders_along(
    any_town: Town,
) -> None:
    town = any_town
    before = town.dump()
    told = town.sends("caseload", files("caseload"))
    town.does("sweep")
    assert len(town.tasks("--kind", "visit")) == 38
    town.does("imports", "undo", told["batch"])
    assert town.dump() == before
    town.does("sweep")
    assert town.tasks("--state", "all") == []


def test_a_case_somebody_worked_on_survives_the_undoing(town: Town) -> None:
    told = town.sends("caseload", files("caseload"))
    town.does("sweep")
    task = town.tasks("--kind", "visit")[0]
    town.does("task", "snooze", task["id"], "--as", "gexiang", "--until", "2026-11-25")
    town.does("imports", "undo", told["batch"])
    assert town.count("case_file") == 1
    assert [left["id"] for left in town.tasks()] == [task["id"]]


def test_undoing_residents_after_a_sweep_leaves_nobody(any_town: Town) -> None:
    town = any_town
    before = town.dump()
    told = town.sends("unemployment", files("unemployment"))
    town.does("sweep")
    assert len(town.tasks("--kind", "first_registration")) == 38
    town.does("imports", "undo", told["batch"])
    assert town.dump() == before


def test_undone_batches_stay_in_the_list(town: Town) -> None:
    told = town.sends("household", files("household"), name="户籍.csv")
    town.does("imports", "undo", told["batch"])
    (line,) = town.asks("imports", "list", "--json")
    assert (line["batch"], line["state"], line["file"]) == (told["batch"], "undone", "户籍.csv")


def test_closing_a_scope_of_a_community_is_not_the_streets(town: Town) -> None:
    register(town)
    one = town.sends("subsistence", files("subsistence"), "--division", GEXIANG)
    two = town.sends("subsistence", files("subsistence", 1), "--division", STREET)
    answer = town.circle("imports", "undo", one["batch"])
    if answer.code == 0:
        assert town.count("subsistence") > 0
    else:
        assert str(two["batch"]) in answer.err


def without(told: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name not in names}
