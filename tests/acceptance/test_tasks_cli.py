"""What follows from imported files: reminders, their dates, and what a person does with them."""

import csv
import io
import json
from typing import Any

import pytest

from tests.acceptance.town import GEXIANG, STREET, ZHUMIAO, Cells, Town, number, people

ZHANG, LI, WANG = people(3)
RULES = {"visit", "insurance_lapse", "first_registration", "anomaly", "follow_up"}
COUNTS = {"found", "raised", "reopened", "refreshed", "kept", "handled", "withdrawn"}
HERE = ("--division", STREET)


def register(town: Town, *who: tuple[str, str], place: str = "葛巷社区") -> None:
    rows = [[*person, place] for person in who or (ZHANG, LI, WANG)]
    town.sends("household", [["姓名", "身份证号", "所属社区"], *rows], *HERE)


def pays(town: Town, person: tuple[str, str], *months: str, kind: str = "养老") -> None:
    """A row in each month's file; somebody else keeps every month complete."""
    head = ["姓名", "证件号码", "险种", "费款所属期", "缴费基数", "单位名称"]
    for month in ("202606", "202607", "202608", "202609"):
        rows: list[Cells] = [[*WANG, kind, month, "5000", "甲厂"]]
        if month in months:
            rows.append([*person, kind, month, "5000", "甲厂"])
        town.sends("insurance", [head, *rows], *HERE, "--month", f"{month[:4]}-{month[4:]}")


def swept(town: Town, *options: str) -> dict[str, Any]:
    told: dict[str, Any] = town.asks("sweep", "--json", *options)
    assert set(told) == {"on", "rules", "seconds"}
    assert set(told["rules"]) >= RULES
    for counts in told["rules"].values():
        assert set(counts) == COUNTS
        parts = ("raised", "reopened", "kept", "handled")
        assert counts["found"] == sum(counts[part] for part in parts)
    return told


def test_a_gap_in_the_history_is_a_lapse(any_town: Town) -> None:
    town = any_town
    register(town)
    pays(town, ZHANG, "202606", "202607")
    swept(town)
    (task,) = town.tasks("--kind", "insurance_lapse")
    assert set(task) == {
        "id", "kind", "state", "cycle", "due_on", "overdue", "worker", "division", "resident",
        "evidence",
    }  # fmt: skip
    assert (task["cycle"], task["state"]) == ("employee_pension:2026-08", "open")
    # Five working days after Saturday 2026-11-21.
    assert (task["due_on"], task["overdue"]) == ("2026-11-27", False)
    assert (task["worker"], task["division"]) == ("gexiang", GEXIANG)
    assert task["resident"]["name"] == ZHANG[0]
    assert task["resident"]["id_number"] == f"330{'*' * 13}{ZHANG[1][-2:]}"


@pytest.mark.parametrize(
    ("months", "cycle"),
    [
        (("202606", "202607", "202608"), None),
        (("202606",), "employee_pension:2026-07"),
        (("202609",), None),
        ((), None),
        (("202606", "202609"), None),
    ],
)
def test_one_month_behind_is_watched_and_two_are_a_lapse(
    town: Town, months: tuple[str, ...], cycle: str | None
) -> None:
    register(town)
    pays(town, ZHANG, *months)
    swept(town)
    found = [task["cycle"] for task in town.tasks("--kind", "insurance_lapse")]
    assert found == ([cycle] if cycle else [])


def test_only_employee_pension_reminds_by_default(town: Town) -> None:
    register(town)
    pays(town, ZHANG, "202606", kind="医疗保险")
    swept(town)
    assert town.tasks("--kind", "insurance_lapse") == []


def test_back_payment_withdraws_and_its_undoing_reopens(town: Town) -> None:
    register(town)
    pays(town, ZHANG, "202606")
    swept(town)
    head = ["姓名", "证件号码", "险种", "费款所属期"]
    late = [[*ZHANG, "养老", month] for month in ("202607", "202608", "202609")]
    told = town.sends("insurance", [head, *late], *HERE, "--month", "2026-05")
    assert swept(town)["rules"]["insurance_lapse"]["withdrawn"] == 1
    assert town.tasks("--kind", "insurance_lapse") == []
    town.does("imports", "undo", told["batch"])
    assert swept(town)["rules"]["insurance_lapse"]["reopened"] == 1


@pytest.mark.parametrize(
    ("source", "head", "cells"),
    [
        ("household", ["所属社区", "户籍状态", "状态日期"], ["葛巷社区", "死亡", "2026-08-01"]),
        ("benefits", ["待遇类别", "待遇起始年月"], ["养老金", "202608"]),
        (
            "benefits",
            ["待遇类别", "待遇起始年月", "待遇终止年月"],
            ["失业保险金", "202608", "202611"],
        ),
        ("unemployment", ["失业登记日期", "有效标记"], ["2026-08-01", "有效"]),
        (
            "education",
            ["层次", "入学时间", "毕业时间", "学习形式"],
            ["本科", "2025-09-01", "", "全日制"],
        ),
        (
            "caseload",
            ["所属社区", "登记日期", "最近走访日期"],
            ["葛巷社区", "2026-08-01", "2026-11-20"],
        ),
    ],
)
def test_who_is_excused_from_the_lapse(
    town: Town, source: str, head: list[str], cells: list[str]
) -> None:
    register(town)
    pays(town, ZHANG, "202606")
    town.sends(
        source, [["姓名", "身份证号", *head], [*ZHANG, *cells]], *HERE, "--confirm-departures"
    )
    swept(town)
    assert town.tasks("--kind", "insurance_lapse") == []


def test_an_open_employment_excuses_nothing_and_asks(town: Town) -> None:
    register(town)
    pays(town, ZHANG, "202606")
    head = ["姓名", "证件号码", "就业登记日期", "有效标记"]
    town.sends("employment", [head, [*ZHANG, "2026-01-01", "有效"]], *HERE)
    swept(town)
    cycles = [(kind, cycle) for kind, cycle, _ in town.cycles()]
    assert cycles == [
        ("anomaly", "employed_but_lapsed:2026-07"),
        ("insurance_lapse", "employee_pension:2026-07"),
    ]


def test_support_is_a_signal_for_first_registration(any_town: Town) -> None:
    town = any_town
    register(town)
    head = ["姓名", "身份证号", "所属社区", "救助类别", "保障起始年月", "劳动能力"]
    rows = [
        [*ZHANG, "葛巷社区", "低保", "202609", "有"],
        [*LI, "葛巷社区", "低保", "202609", "无劳动能力"],
        [*WANG, "葛巷社区", "特困", "202609", "有"],
    ]
    town.sends("subsistence", [head, *rows])
    swept(town)
    (task,) = town.tasks("--kind", "first_registration")
    assert (task["cycle"], task["due_on"]) == ("2026-09-01", "2026-11-27")
    assert task["resident"]["name"] == ZHANG[0]


def test_one_reminder_names_the_newest_of_the_signals(town: Town) -> None:
    register(town)
    head = ["姓名", "身份证号", "所属社区", "救助类别", "保障起始年月"]
    town.sends("subsistence", [head, [*ZHANG, "葛巷社区", "低边", "202601"]])
    head = ["姓名", "证件号码", "失业登记日期", "有效标记"]
    town.sends("unemployment", [head, [*ZHANG, "2026-10-09", "有效"]], *HERE)
    head = ["姓名", "证件号码", "层次", "毕业时间"]
    town.sends("education", [head, [*ZHANG, "本科", "2025-06-30"]], *HERE)
    swept(town)
    (task,) = town.tasks()
    assert (task["kind"], task["cycle"]) == ("first_registration", "2026-10-09")
    said = json.dumps(task["evidence"])
    assert all(signal in said for signal in ("subsistence", "unemployment", "graduate"))


def test_the_ledger_is_due_for_a_visit(any_town: Town) -> None:
    town = any_town
    head = ["姓名", "身份证号", "所属社区", "登记日期", "专员", "人员类别", "最近走访日期"]
    rows = [
        [*ZHANG, "葛巷社区", "2026-10-01", "gexiang", "", "2026-11-01"],
        [*LI, "葛巷社区", "2026-10-01", "gexiang", "零就业家庭成员", "2026-11-15"],
        [*WANG, "朱庙社区", "2026-11-20", "zhumiao", "就业困难人员", ""],
        ["居民远", number(555), "葛巷社区", "2026-10-01", "gexiang", "", "2026-11-10"],
    ]
    town.sends("caseload", [head, *rows])
    swept(town)
    assert town.cycles("--kind", "visit") == [
        ("visit", "opened:2026-11-20", "2026-11-25"),
        ("visit", "since:2026-11-15", "2026-11-22"),
    ]
    assert town.cycles("--worker", "zhumiao") == [("visit", "opened:2026-11-20", "2026-11-25")]
    assert swept(town, "--on", "2026-11-24")["rules"]["visit"]["raised"] == 1
    found = {task["cycle"]: task for task in town.tasks("--on", "2026-12-02")}
    assert found["since:2026-11-01"]["due_on"] == "2026-12-01"
    assert found["since:2026-11-01"]["overdue"] is True


def test_a_second_sweep_changes_nothing(any_town: Town) -> None:
    town = any_town
    test_the_ledger_is_due_for_a_visit_only(town)
    before = town.dump()
    told = swept(town)
    for counts in told["rules"].values():
        assert (counts["raised"], counts["reopened"], counts["withdrawn"]) == (0, 0, 0)
        assert counts["refreshed"] == 0
    assert town.dump() == before


def test_the_ledger_is_due_for_a_visit_only(town: Town) -> None:
    head = ["姓名", "身份证号", "所属社区", "登记日期", "专员", "最近走访日期"]
    rows = [[*ZHANG, "葛巷社区", "2026-10-01", "gexiang", "2026-10-20"],
            [*LI, "朱庙社区", "2026-10-01", "", "2026-10-21"]]  # fmt: skip
    town.sends("caseload", [head, *rows])
    swept(town)
    assert [task["kind"] for task in town.tasks()] == ["visit", "visit"]
    workers = {task["worker"] for task in town.tasks()}
    assert workers == {"gexiang", None}


def test_conflicts_become_questions(town: Town) -> None:
    register(town)
    pays(town, ZHANG, "202608", "202609")
    head = ["姓名", "证件号码", "失业登记日期", "有效标记"]
    town.sends("unemployment", [head, [*ZHANG, "2026-05-01", "有效"]], *HERE)
    head = ["姓名", "身份证号", "所属社区", "登记日期"]
    town.sends("caseload", [head, [*LI, "葛巷社区", "2026-08-01"]])
    rows = [
        [*p, "葛巷社区", "死亡" if p == LI else "正常", "2026-11-01"] for p in (ZHANG, LI, WANG)
    ]
    town.sends(
        "household", [["姓名", "身份证号", "所属社区", "户籍状态", "状态日期"], *rows], *HERE
    )
    swept(town)
    cycles = [cycle for kind, cycle, _ in town.cycles() if kind == "anomaly"]
    assert cycles == ["departed_with_case:2026-11-01", "unemployed_but_insured:2026-09"]
    assert town.tasks("--kind", "visit") == []


def test_a_handled_reminder_never_comes_back_for_its_cycle(town: Town) -> None:
    register(town)
    pays(town, ZHANG, "202606")
    swept(town)
    (task,) = town.tasks()
    town.does("task", "dismiss", task["id"], "--as", "gexiang", "--reason", "wrong_data")
    assert swept(town)["rules"]["insurance_lapse"]["handled"] == 1
    assert town.tasks() == []
    (done,) = town.tasks("--state", "dismissed")
    assert done["id"] == task["id"]
    assert town.circle("task", "complete", task["id"], "--as", "gexiang").code == 1


def test_completing_needs_no_reason(town: Town) -> None:
    register(town)
    pays(town, ZHANG, "202606")
    swept(town)
    (task,) = town.tasks()
    assert town.circle("task", "complete", task["id"], "--as", "zhumiao").code == 1
    assert town.circle("task", "complete", task["id"], "--as", "nobody").code == 1
    assert town.circle("task", "complete", 999, "--as", "gexiang").code == 1
    town.does("task", "complete", task["id"], "--as", "jiedao")
    assert [found["state"] for found in town.tasks("--state", "done")] == ["done"]


def test_a_snooze_is_at_most_fourteen_days_and_leaves_the_task_open(town: Town) -> None:
    register(town)
    pays(town, ZHANG, "202606")
    swept(town)
    (task,) = town.tasks()
    for until in ("2026-12-06", "2026-11-21", "2026-11-01"):
        answer = town.circle("task", "snooze", task["id"], "--as", "gexiang", "--until", until)
        assert answer.code == 1, until
    town.does("task", "snooze", task["id"], "--as", "gexiang", "--until", "2026-12-05")
    (after,) = town.tasks()
    assert (after["state"], after["due_on"]) == ("open", task["due_on"])


def test_a_visit_reminder_cannot_be_dismissed(town: Town) -> None:
    test_the_ledger_is_due_for_a_visit_only(town)
    task = town.tasks("--worker", "gexiang")[0]
    answer = town.circle("task", "dismiss", task["id"], "--as", "gexiang", "--reason", "other")
    assert answer.code == 1


def test_filters_and_formats(town: Town) -> None:
    test_the_ledger_is_due_for_a_visit_only(town)
    assert len(town.tasks("--division", GEXIANG)) == 1
    assert len(town.tasks("--division", STREET)) == 2
    assert len(town.tasks("--division", ZHUMIAO)) == 1
    assert town.tasks("--division", "330110001") == []
    assert town.tasks("--state", "done") == []
    assert len(town.tasks("--as", "gexiang")) == 1
    assert len(town.tasks("--as", "jiedao")) == 2
    table = town.does("tasks")
    assert ZHANG[0] in table
    rows = list(csv.DictReader(io.StringIO(town.does("tasks", "--format", "csv").lstrip("\ufeff"))))
    assert len(rows) == 2
    assert ZHANG[1] not in str(rows)


def test_revealing_needs_a_person_and_a_reason_and_is_written_down(town: Town) -> None:
    test_the_ledger_is_due_for_a_visit_only(town)
    shown = town.tasks("--reveal", "--as", "gexiang", "--reason", "核对材料")
    assert [task["resident"]["id_number"] for task in shown] == [ZHANG[1]]
    acts = [act for (act,) in town.all("SELECT act FROM audit_entry")]
    assert "resident:number:reveal" in acts
    assert town.circle("tasks", "--reveal", "--as", "gexiang").code == 2
    refused = town.circle("tasks", "--reveal", "--as", "clerk", "--reason", "看看")
    assert (refused.code, refused.out) == (1, "")
    assert town.circle("audit", "verify").code == 0


def test_the_day_of_the_sweep_decides(town: Town) -> None:
    """At two in the morning in Greenwich it is the 21st in Hangzhou."""
    register(town)
    pays(town, ZHANG, "202606")
    told = swept(town)
    assert told["on"] == "2026-11-21"
    assert swept(town, "--on", "2026-11-22")["rules"]["insurance_lapse"]["refreshed"] == 0
