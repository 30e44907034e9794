"""A full list ends what it no longer holds; a loss too large must be confirmed."""

import pytest

from tests.acceptance.town import GEXIANG, Cells, Person, Town, people

WHO = people(100)


def register(who: list[Person]) -> list[Cells]:
    return [["姓名", "身份证号", "所属社区"], *([*person, "葛巷社区"] for person in who)]


def files(source: str, who: list[Person]) -> list[Cells]:
    """A full list of so many people."""
    heads: dict[str, tuple[list[str], list[str]]] = {
        "household": (["所属社区"], ["葛巷社区"]),
        "subsistence": (["所属社区", "救助类别"], ["葛巷社区", "低保"]),
        "unemployment": (["失业登记日期", "有效标记"], ["2026-05-01", "有效"]),
        "employment": (["就业登记日期", "有效标记"], ["2026-05-01", "有效"]),
        "benefits": (["待遇类别", "待遇起始年月"], ["养老金", "202601"]),
        "education": (["层次", "毕业时间"], ["本科", "2025-06-30"]),
        "caseload": (["所属社区", "登记日期"], ["葛巷社区", "2026-05-01"]),
    }
    head, cells = heads[source]
    return [["姓名", "身份证号", *head], *([*person, *cells] for person in who)]


FULL = ("household", "subsistence", "unemployment", "employment", "benefits")
TABLES = {
    "household": "register_entry", "subsistence": "subsistence",
    "unemployment": "unemployment_spell", "employment": "employment_spell",
    "benefits": "benefit_spell", "education": "degree",
}  # fmt: skip


def standing(town: Town, source: str) -> int:
    table = TABLES[source]
    return len(town.all(f"SELECT id FROM {table} WHERE ended_by IS NULL"))  # noqa: S608 - ours


@pytest.mark.parametrize("source", FULL)
def test_departures_up_to_five_in_a_hundred_pass(town: Town, source: str) -> None:
    town.sends("household", register(WHO))
    town.sends(source, files(source, WHO), "--division", GEXIANG, "--again")
    told = town.sends(source, files(source, WHO[5:]), "--division", GEXIANG)
    assert (told["unchanged"], told["ended"]) == (95, 5)
    assert standing(town, source) == 95


@pytest.mark.parametrize("source", FULL)
def test_more_than_five_in_a_hundred_must_be_confirmed(town: Town, source: str) -> None:
    town.sends("household", register(WHO))
    town.sends(source, files(source, WHO), "--division", GEXIANG, "--again")
    path = town.file(files(source, WHO[8:]))
    said = town.refused(source, path, "--division", GEXIANG)
    assert "--confirm-departures" in said
    told = town.sends(source, path, "--division", GEXIANG, "--confirm-departures")
    assert told["ended"] == 8
    assert standing(town, source) == 92


def test_rows_down_by_more_than_a_fifth_must_be_confirmed(town: Town) -> None:
    """Nobody leaves: the first list held people whom we do not know."""
    town.sends("household", register(WHO[:20]))
    town.sends("benefits", files("benefits", WHO[:100]), "--division", GEXIANG)
    assert "--confirm-departures" in town.refused(
        "benefits", files("benefits", WHO[:79]), "--division", GEXIANG
    )
    told = town.sends("benefits", files("benefits", WHO[:80]), "--division", GEXIANG)
    assert (told["rows"], told["ended"]) == (80, 0)


@pytest.mark.parametrize("source", ["education", "caseload"])
def test_what_only_adds_ends_nothing(town: Town, source: str) -> None:
    town.sends("household", register(WHO[:10]))
    town.sends(source, files(source, WHO[:10]), "--division", GEXIANG)
    told = town.sends(source, files(source, WHO[8:10]), "--division", GEXIANG)
    assert (told["unchanged"], told["ended"]) == (2, 0)


def test_rejected_people_have_not_left(town: Town) -> None:
    """A row that cannot be read is no departure of the one it is about."""
    town.sends("household", register(WHO))
    rows = [[*row] for row in files("subsistence", WHO)]
    town.sends("subsistence", rows, "--division", GEXIANG)
    for row in rows[1:4]:
        row[3] = "未知类别"
    told = town.sends("subsistence", rows, "--division", GEXIANG)
    assert (told["rejected"], told["ended"]) == (3, 0)


def test_a_rehearsal_tells_the_departures_and_keeps_none(town: Town) -> None:
    town.sends("household", register(WHO))
    before = town.dump()
    answer = town.tries("household", register(WHO[3:]), "--rehearse")
    assert (answer.code, answer.json["ended"], answer.json["batch"]) == (0, 3, None)
    assert town.dump() == before
    assert len(town.asks("imports", "list", "--json")) == 1


def test_who_comes_back_is_known_again(town: Town) -> None:
    town.sends("household", register(WHO))
    town.sends("household", register(WHO[2:]))
    told = town.sends("household", register([*WHO[2:], *WHO[:2]]))
    assert (told["added"], told["unchanged"], told["ended"]) == (2, 98, 0)
    assert town.count("resident") == 100


def test_a_re_sent_insurance_month_ends_what_it_no_longer_holds(town: Town) -> None:
    town.sends("household", register(WHO))
    head = ["姓名", "证件号码", "险种", "费款所属期", "缴费基数"]
    rows: list[Cells] = [[*who, "养老", "202609", "5000"] for who in WHO]
    town.sends("insurance", [head, *rows], "--division", GEXIANG)
    told = town.sends("insurance", [head, *rows[3:]], "--division", GEXIANG)
    assert (told["unchanged"], told["ended"]) == (97, 3)
    assert town.count("contribution") == 97
    path = town.file([head, *rows[20:]])
    assert "--confirm-departures" in town.refused("insurance", path, "--division", GEXIANG)
    told = town.sends("insurance", path, "--division", GEXIANG, "--confirm-departures")
    assert told["ended"] == 17


def test_another_month_ends_nothing(town: Town) -> None:
    town.sends("household", register(WHO))
    head = ["姓名", "证件号码", "险种", "费款所属期", "缴费基数"]
    for month, who in (("202609", WHO), ("202610", WHO[:10]), ("202608", WHO[:10])):
        rows = [[*person, "养老", month, "5000"] for person in who]
        told = town.sends("insurance", [head, *rows], "--division", GEXIANG)
        assert told["ended"] == 0
    assert town.count("contribution") == 120
