"""Who becomes a resident, where someone lives, and who is not kept."""

import pytest

from tests.acceptance.town import GEXIANG, ZHUMIAO, Cells, Town, number, people

ZHANG = ("张三", number(101))
STRANGER = ("路人", number(777))


def register(town: Town, place: str = "葛巷社区") -> None:
    town.sends("household", [["姓名", "身份证号", "所属社区"], [*ZHANG, place]])


def unemployment(*rows: tuple[str, str, str, str]) -> list[Cells]:
    head = ["失业登记日期", "姓名", "证件号码", "户籍地区划", "常住地区划", "有效标记"]
    return [head, *(["2026-05-01", *row, "有效"] for row in rows)]


def lives(town: Town, num: str = ZHANG[1]) -> tuple[str | None, str | None, str | None]:
    del num
    found = town.all(
        "SELECT lives_in, lives_in_basis, registered_division FROM resident ORDER BY id"
    )
    return found[0]


def test_the_register_says_where_someone_lives_until_something_better_does(town: Town) -> None:
    register(town)
    assert lives(town) == (GEXIANG, "household", GEXIANG)
    town.sends("unemployment", unemployment((*ZHANG, GEXIANG, ZHUMIAO)), "--division", "330110")
    assert lives(town) == (ZHUMIAO, "unemployment", GEXIANG)
    head = ["姓名", "身份证号", "所属社区", "登记日期"]
    town.sends("caseload", [head, [*ZHANG, "葛巷社区", "2026-05-01"]])
    assert lives(town) == (GEXIANG, "registration", GEXIANG)


def test_a_later_register_does_not_overrule_the_ledger(town: Town) -> None:
    head = ["姓名", "身份证号", "所属社区", "登记日期"]
    town.sends("caseload", [head, [*ZHANG, "朱庙社区", "2026-05-01"]])
    register(town)
    assert lives(town) == (ZHUMIAO, "registration", GEXIANG)


@pytest.mark.parametrize(
    ("source", "head", "cells"),
    [
        ("insurance", ["险种", "费款所属期"], ["养老", "202609"]),
        ("employment", ["就业登记日期", "单位名称"], ["2026-01-01", "某厂"]),
        ("benefits", ["待遇类别", "待遇起始年月"], ["养老金", "202601"]),
        ("education", ["层次", "毕业时间"], ["本科", "2025-06-30"]),
    ],
)
def test_rows_about_strangers_are_counted_and_not_kept(
    town: Town, source: str, head: list[str], cells: list[str]
) -> None:
    register(town)
    before = town.dump()
    file = [["姓名", "证件号码", *head], [*STRANGER, *cells], [*ZHANG, *cells]]
    told = town.sends(source, file, "--division", GEXIANG)
    assert (told["unmatched"], told["added"]) == (1, 1)
    assert town.count("resident") == 1
    assert len(town.dump()["resident"]) == len(before["resident"])
    raw = (town.folder / "circle.sqlite3").read_bytes()
    assert STRANGER[1].encode() not in raw
    assert STRANGER[0].encode() not in raw


def test_subsistence_makes_residents_where_it_names_a_division_of_ours(town: Town) -> None:
    head = ["姓名", "身份证号", "所属社区", "救助类别"]
    one, two = people(2)
    told = town.sends("subsistence", [head, [*one, "葛巷社区", "低保"], [*two, "", "低保"]])
    assert (told["added"], told["unmatched"]) == (1, 1)
    assert lives(town) == (GEXIANG, "subsistence", None)


def test_unemployment_makes_residents_of_those_who_live_here(town: Town) -> None:
    one, two, three = people(3)
    file = unemployment((*one, "330113001001", GEXIANG), (*two, GEXIANG, ""), (*three, "", ""))
    told = town.sends("unemployment", file, "--division", "330110")
    assert (told["added"], told["unmatched"]) == (1, 2)
    assert lives(town) == (GEXIANG, "unemployment", None)


def test_residents_loaded_later_are_matched_by_again(town: Town) -> None:
    file = town.file([["姓名", "证件号码", "险种", "费款所属期"], [*ZHANG, "养老", "202609"]])
    assert town.sends("insurance", file, "--division", GEXIANG)["unmatched"] == 1
    register(town)
    assert "1" in town.refused("insurance", file, "--division", GEXIANG)
    told = town.sends("insurance", file, "--division", GEXIANG, "--again")
    assert (told["added"], told["unmatched"]) == (1, 0)


def test_the_fifteen_digit_and_the_eighteen_digit_number_are_one_person(town: Town) -> None:
    register(town)
    num = ZHANG[1]
    old = num[:6] + num[8:17]
    file = [["姓名", "证件号码", "险种", "费款所属期"], [ZHANG[0], old, "养老", "202609"]]
    assert town.sends("insurance", file, "--division", GEXIANG)["added"] == 1


def test_another_name_for_a_number_never_overwrites_the_first(town: Town) -> None:
    register(town)
    file = [["姓名", "证件号码", "救助类别", "所属社区"], ["章三", ZHANG[1], "低保", "葛巷社区"]]
    told = town.sends("subsistence", file)
    assert told["added"] == 1
    assert town.all("SELECT name FROM resident") == [("张三",)]
    town.does("sweep")
    anomalies = [task["cycle"] for task in town.tasks("--kind", "anomaly")]
    assert anomalies == ["sources_disagree:name"]


def test_a_source_may_correct_its_own_name(town: Town) -> None:
    town.sends("household", [["姓名", "身份证号", "所属社区"], ["张山", ZHANG[1], "葛巷社区"]])
    register(town)
    assert town.all("SELECT name FROM resident") == [("张三",)]
    town.does("sweep")
    assert town.tasks("--kind", "anomaly") == []


def test_a_dot_or_a_blank_in_a_name_is_no_disagreement(town: Town) -> None:
    num = number(101)
    town.sends(
        "household", [["姓名", "身份证号", "所属社区"], ["阿依古丽·买买提", num, "葛巷社区"]]
    )
    file = [
        ["姓名", "证件号码", "救助类别", "所属社区"],
        ["阿依古丽 • 买买提", num, "低保", "葛巷社区"],
    ]
    town.sends("subsistence", file)
    town.does("sweep")
    assert town.tasks("--kind", "anomaly") == []


def test_numbers_and_telephones_lie_sealed(town: Town) -> None:
    head = ["姓名", "身份证号", "所属社区", "登记日期", "联系电话"]
    rows = [
        [*ZHANG, "葛巷社区", "2026-05-01", "13800138000、0571-88881234"],
        ["坏行", "98765432101", "葛巷社区", "2026-05-01", "13900139000"],
    ]
    town.sends("caseload", [head, *rows])
    raw = b"".join(path.read_bytes() for path in town.folder.glob("circle.sqlite3*"))
    for secret in (ZHANG[1], "13800138000", "13900139000", "98765432101"):
        assert secret.encode() not in raw
