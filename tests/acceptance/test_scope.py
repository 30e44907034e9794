"""What a file is for: source, kinds, division and month, and what lies outside it."""

from typing import Any

import pytest

from tests.acceptance.town import (
    BAOTA,
    DISTRICT,
    GEXIANG,
    OTHER_STREET,
    STREET,
    ZHUMIAO,
    Cells,
    Person,
    Town,
    people,
)

HEADER = ["姓名", "身份证号", "所属社区", "户籍状态"]


def register(*places: str, who: list[Person] | None = None) -> list[Cells]:
    known = who or people(len(places))
    return [
        HEADER,
        *([*person, place, "正常"] for person, place in zip(known, places, strict=True)),
    ]


@pytest.mark.parametrize(
    ("places", "scope"),
    [
        (("葛巷社区", "葛巷社区"), GEXIANG),
        (("葛巷社区", "朱庙社区"), STREET),
        (("葛巷社区", "宝塔社区"), DISTRICT),
        ((GEXIANG, ZHUMIAO), STREET),
        (("仓前街道", "葛巷社区"), STREET),
        (("", ""), DISTRICT),
        (("葛巷社区", ""), GEXIANG),
    ],
)
def test_the_rows_name_the_division_together(
    town: Town, places: tuple[str, ...], scope: str
) -> None:
    told = town.sends("household", register(*places))
    assert told["scope"] == {"kinds": None, "division": scope, "month": None}
    assert told["month"] is None
    assert told["added"] == len(places)


def test_the_clerk_names_the_division(town: Town) -> None:
    told = town.sends("household", register("葛巷社区"), "--division", STREET)
    assert told["scope"]["division"] == STREET


def test_a_file_without_places_is_for_the_whole_division_of_the_account(town: Town) -> None:
    assert town.sends("household", register(""), by="streetclerk")["scope"]["division"] == STREET


@pytest.mark.parametrize("division", [DISTRICT, OTHER_STREET, BAOTA, "330113"])
def test_nobody_imports_for_a_place_that_is_not_his(town: Town, division: str) -> None:
    town.refused("household", register("葛巷社区"), "--division", division, by="streetclerk")


def test_an_unknown_division_is_refused(town: Town) -> None:
    town.refused("household", register("葛巷社区"), "--division", "330199")


def test_a_file_for_the_wrong_district_brings_nobody(town: Town) -> None:
    answer = town.tries("household", register("临平街道", "东湖社区"))
    if answer.code == 0:
        assert answer.json["rejected"] == 2
        assert set(answer.json["reasons"]) <= {"outside_scope", "division_unknown"}
    assert town.count("resident") == 0


def test_departures_happen_inside_the_scope_only(town: Town) -> None:
    who = people(3)
    town.sends("household", register("葛巷社区", "葛巷社区", "朱庙社区", who=who))
    told = town.sends("household", register("葛巷社区", who=who[:1]), "--division", GEXIANG,
                      "--confirm-departures")  # fmt: skip
    assert (told["unchanged"], told["ended"]) == (1, 1)
    assert len(current(town, "register_entry")) == 2


def test_a_full_list_of_one_community_leaves_the_other_alone(town: Town) -> None:
    one, two = people(5), people(5, 301)
    town.sends("household", register(*["葛巷社区"] * 5, who=one))
    told = town.sends("household", register(*["朱庙社区"] * 5, who=two))
    assert (told["added"], told["ended"]) == (5, 0)
    assert len(current(town, "register_entry")) == 10


def test_the_month_dates_a_full_list(town: Town) -> None:
    told = town.sends("household", register("葛巷社区"), "--month", "2026-10")
    assert told["month"] == "2026-10"
    assert told["scope"]["month"] == "2026-10"


def test_a_full_list_older_than_the_newest_is_refused(town: Town) -> None:
    town.sends("household", register("葛巷社区"), "--month", "2026-10")
    said = town.refused("household", register("葛巷社区", "葛巷社区"), "--month", "2026-09")
    assert "1" in said


def test_the_same_month_again_with_corrections_is_taken(town: Town) -> None:
    town.sends("household", register("葛巷社区"), "--month", "2026-10")
    told = town.sends("household", register("葛巷社区", "葛巷社区"), "--month", "2026-10")
    assert (told["added"], told["unchanged"]) == (1, 1)


def test_an_older_list_of_another_community_is_taken(town: Town) -> None:
    town.sends("household", register("葛巷社区"), "--month", "2026-10")
    told = town.sends("household", register("朱庙社区", who=people(1, 301)), "--month", "2026-09")
    assert told["added"] == 1


def test_the_kinds_of_an_insurance_file_are_guessed_and_told(town: Town) -> None:
    town.sends("household", register("葛巷社区"))
    (name, num) = people(1)[0]
    head = ["姓名", "证件号码", "险种", "费款所属期", "缴费基数"]
    rows = [[name, num, "养老", "202609", "5000"], [name, num, "医疗保险", "202609", "5000"]]
    told = town.sends("insurance", [head, *rows])
    assert set(told["scope"]["kinds"]) == {"employee_pension", "employee_medical"}
    assert (told["scope"]["month"], told["month"]) == ("2026-09", "2026-09")


def test_only_the_named_kinds_count(town: Town) -> None:
    town.sends("household", register("葛巷社区"))
    (name, num) = people(1)[0]
    head = ["姓名", "证件号码", "险种", "费款所属期", "缴费基数"]
    rows = [[name, num, "养老", "202609", "5000"], [name, num, "医疗保险", "202609", "5000"]]
    told = town.sends("insurance", [head, *rows], "--kinds", "employee_pension")
    assert told["scope"]["kinds"] == ["employee_pension"]
    assert town.all("SELECT kind FROM contribution") == [("employee_pension",)]
    assert (told["added"], told["rows"]) == (1, 2)


def test_kinds_that_are_none_are_wrong_usage(town: Town) -> None:
    answer = town.tries("insurance", register("葛巷社区"), "--kinds", "pension")
    assert answer.code == 2


def test_a_division_named_by_an_old_name_or_a_longer_one(town: Town) -> None:
    rows = register("仓前街道葛巷社区", "余杭区仓前街道葛巷社区", "葛巷社区 ", " 330110012004")
    assert town.sends("household", rows)["scope"]["division"] == GEXIANG


def test_someone_living_elsewhere_is_outside_a_narrow_file(town: Town) -> None:
    """An employment file names no place: whom it is about decides."""
    one, two = people(2)
    town.sends("household", register("葛巷社区", "朱庙社区", who=[one, two]))
    head = ["就业登记日期", "证件号码", "姓名", "单位名称"]
    rows = [["2026-01-01", num, name, "某厂"] for name, num in (one, two)]
    told = town.sends("employment", [head, *rows], "--division", GEXIANG)
    assert told["added"] == 1
    assert told["rejected"] + told["unmatched"] == 1


def current(town: Town, table: str) -> list[Any]:
    return town.all(f"SELECT id FROM {table} WHERE ended_by IS NULL")  # noqa: S608 - ours
