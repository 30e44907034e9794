"""Contributions: months, spans, kinds as columns, employers, back-payments, closed months."""

import pytest

from tests.acceptance.town import GEXIANG, STREET, ZHUMIAO, Cells, Town, people
from tests.circle.imports.files import xlsx_of

ZHANG, LI = people(2)
HEAD = ["姓名", "证件号码", "险种", "费款所属期", "缴费基数", "单位名称"]
USCC = "91330110MA2CCRXR3E"


def paid(*rows: Cells, head: Cells = HEAD) -> list[Cells]:
    return [head, *rows]


def pays(month: str, base: str = "5000", firm: str = "", kind: str = "养老") -> list[str]:
    return [*ZHANG, kind, month, base, firm]


@pytest.fixture
def settled(town: Town) -> Town:
    """张 lives in 葛巷, 李 in 朱庙."""
    rows = [[*ZHANG, "葛巷社区"], [*LI, "朱庙社区"]]
    town.sends("household", [["姓名", "身份证号", "所属社区"], *rows])
    return town


def months(town: Town, kind: str = "employee_pension") -> list[str]:
    found = town.all(
        f"SELECT DISTINCT month FROM contribution WHERE kind = '{kind}' ORDER BY month"  # noqa: S608
    )
    return [f"{month // 12}-{month % 12 + 1:02}" for (month,) in found]


def closed(town: Town) -> list[tuple[str, str, str]]:
    found = town.all("SELECT kind, month, division_code FROM closed_month ORDER BY 1, 2, 3")
    return [(kind, f"{month // 12}-{month % 12 + 1:02}", code) for kind, month, code in found]


def test_the_month_of_the_batch_is_the_one_most_rows_are_for(settled: Town) -> None:
    file = paid(pays("202607"), pays("202609"), [*LI, "养老", "202609", "5000", ""])
    told = settled.sends("insurance", file, "--division", STREET)
    assert (told["month"], told["added"]) == ("2026-09", 3)
    assert closed(settled) == [("employee_pension", "2026-09", STREET)]


def test_the_clerk_names_the_month(settled: Town) -> None:
    told = settled.sends("insurance", paid(pays("202607")), "--division", STREET,
                         "--month", "2026-09")  # fmt: skip
    assert told["month"] == "2026-09"
    assert closed(settled) == [("employee_pension", "2026-09", STREET)]
    assert months(settled) == ["2026-07"]


def test_a_file_without_a_month_needs_one(settled: Town) -> None:
    head = ["姓名", "证件号码", "险种", "开始年月", "结束年月"]
    file = settled.file([head, [*ZHANG, "养老", "202601", "至今"]])
    settled.refused("insurance", [HEAD], "--division", STREET)
    told = settled.sends("insurance", file, "--division", STREET, "--month", "2026-04")
    assert told["added"] == 1
    assert months(settled) == ["2026-01", "2026-02", "2026-03", "2026-04"]


@pytest.mark.parametrize(
    ("end", "last"), [("202603", 3), ("至今", 9), ("", 9), ("长期", 9), ("2026年9月", 9)]
)
def test_a_span_is_taken_apart(settled: Town, end: str, last: int) -> None:
    head = ["姓名", "证件号码", "险种", "开始年月", "结束年月", "缴费基数"]
    told = settled.sends("insurance", [head, [*ZHANG, "养老", "2025年11月", end, "5000"]],
                         "--division", STREET, "--month", "2026-09")  # fmt: skip
    assert (told["rows"], told["added"]) == (1, 1)
    found = ["2025-11", "2025-12", *(f"2026-{month:02}" for month in range(1, last + 1))]
    assert months(settled) == found


def test_a_span_backwards_is_unreadable(settled: Town) -> None:
    head = ["姓名", "证件号码", "险种", "开始年月", "结束年月"]
    told = settled.sends("insurance", [head, [*ZHANG, "养老", "202605", "202601"]],
                         "--division", STREET, "--month", "2026-09")  # fmt: skip
    assert told["rejected"] == 1
    assert set(told["reasons"]) <= {"month_unreadable", "value_unreadable"}


def test_a_row_with_more_months_counts_as_added_if_any_is_new(settled: Town) -> None:
    head = ["姓名", "证件号码", "险种", "开始年月", "结束年月", "缴费基数"]
    options = ("--division", STREET, "--month", "2026-09")
    settled.sends("insurance", [head, [*ZHANG, "养老", "202601", "202603", "5000"]], *options)
    told = settled.sends(
        "insurance", [head, [*ZHANG, "养老", "202601", "202604", "5000"]], *options
    )
    assert (told["added"], told["changed"], told["unchanged"]) == (1, 0, 0)
    told = settled.sends(
        "insurance", [head, [*ZHANG, "养老", "202601", "202604", "6000"]], *options
    )
    assert (told["added"], told["changed"]) == (0, 1)
    told = settled.sends(
        "insurance", [[*head, "备注"], [*ZHANG, "养老", "202601", "202604", "6000", "x"]], *options
    )
    assert told["unchanged"] == 1


def test_every_kind_as_a_column(settled: Town) -> None:
    head = [
        "姓名",
        "身份证号",
        "缴费年月",
        "养老保险",
        "医疗保险",
        "失业保险",
        "工伤保险",
        "单位名称",
    ]
    rows = [
        [*ZHANG, "202609", "5000", "0", "", "5000", "甲厂"],
        [*LI, "202609", "4000.50", "4000", "4000", "", "甲厂"],
    ]
    told = settled.sends("insurance", [head, *rows], "--division", STREET)
    assert (told["rows"], told["added"]) == (2, 2)
    found = settled.all("SELECT resident_id, kind, base_fen FROM contribution ORDER BY 1, 2")
    assert found == [
        (1, "employee_pension", 500_000),
        (2, "employee_medical", 400_000),
        (2, "employee_pension", 400_050),
        (2, "unemployment", 400_000),
    ]
    kinds = {kind for kind, _, _ in closed(settled)}
    assert kinds == {"employee_pension", "employee_medical", "unemployment"}


def test_personal_and_employers_parts_are_one_contribution(settled: Town) -> None:
    rows = [
        ["姓名", "身份证号", "缴费年月", "养老保险", "养老保险", "失业保险", "失业保险"],
        ["姓名", "身份证号", "缴费年月", "个人", "单位", "个人", "单位"],
        [*ZHANG, "202609", "400", "800", "", ""],
    ]
    spans = [(0, 3, 0, 4), (0, 5, 0, 6), (0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 1, 2)]
    told = settled.sends("insurance", xlsx_of({"1": rows}, merged={"1": spans}),
                         "--division", STREET, name="a.xlsx")  # fmt: skip
    assert told["added"] == 1
    assert len(settled.all("SELECT 1 FROM contribution")) == 1


def test_a_row_with_no_kind_paid_is_ignored(settled: Town) -> None:
    head = ["姓名", "身份证号", "缴费年月", "养老保险", "医疗保险"]
    told = settled.sends("insurance", [head, [*ZHANG, "202609", "0", ""], [*LI, "202609", "1", ""]],
                         "--division", STREET)  # fmt: skip
    assert (told["added"], told["ignored"]) == (1, 1)


def test_two_employers_in_one_month_are_no_duplicates(settled: Town) -> None:
    file = paid(pays("202609", firm="甲厂"), pays("202609", firm="乙厂"))
    told = settled.sends("insurance", file, "--division", STREET)
    assert (told["added"], told["rejected"]) == (2, 0)
    assert settled.all("SELECT months_paid FROM insurance_standing") == [(1,)]


def test_one_employer_twice_is_a_duplicate(settled: Town) -> None:
    same = settled.sends("insurance", paid(pays("202609"), pays("2026年9月", "5000.00")),
                         "--division", STREET)  # fmt: skip
    assert (same["added"], same["reasons"]) == (1, {"duplicate_in_file": 1})
    differ = settled.sends("insurance", paid(pays("202608"), pays("202608", "6000")),
                           "--division", STREET)  # fmt: skip
    assert (differ["added"], differ["reasons"]) == (0, {"duplicate_in_file": 2})


def test_an_employer_is_known_by_its_credit_code_then_its_number_then_its_name(
    settled: Town,
) -> None:
    head = [*HEAD, "单位编号", "统一社会信用代码"]
    rows = [
        [*pays("202609", firm="甲厂"), "E1", USCC],
        [*pays("202609", firm="甲厂（分部）"), "E2", USCC],
    ]
    told = settled.sends("insurance", [head, *rows], "--division", STREET)
    assert told["rejected"] > 0
    assert set(told["reasons"]) == {"duplicate_in_file"}


def test_back_payments_only_add_or_change(settled: Town) -> None:
    options = ("--division", STREET)
    settled.sends("insurance", paid(pays("202608"), [*LI, "养老", "202608", "1", ""]), *options)
    file = paid(pays("202609"), [*LI, "养老", "202609", "1", ""], pays("202606"))
    told = settled.sends("insurance", file, *options)
    assert (told["month"], told["added"], told["ended"]) == ("2026-09", 3, 0)
    assert months(settled) == ["2026-06", "2026-08", "2026-09"]
    assert [month for _, month, _ in closed(settled)] == ["2026-08", "2026-09"]


def test_months_may_arrive_in_any_order(settled: Town) -> None:
    for month in ("202609", "202607", "202608"):
        assert settled.sends("insurance", paid(pays(month)), "--division", STREET)["added"] == 1
    assert settled.all("SELECT first_month, last_month, months_paid FROM insurance_standing") == [
        (2026 * 12 + 6, 2026 * 12 + 8, 3)
    ]


def test_standing_is_kept_for_each_kind(settled: Town) -> None:
    file = paid(pays("202601"), pays("202603"), pays("202602", kind="医疗保险"), pays("202605"))
    settled.sends("insurance", file, "--division", STREET, "--month", "2026-05")
    found = settled.all(
        "SELECT kind, first_month, last_month, months_paid FROM insurance_standing ORDER BY kind"
    )
    year = 2026 * 12
    assert found == [
        ("employee_medical", year + 1, year + 1, 1),
        ("employee_pension", year, year + 4, 3),
    ]


def test_unpaid_rows_pay_nothing_and_end_nothing_of_other_months(settled: Town) -> None:
    settled.sends("insurance", paid(pays("202608")), "--division", STREET)
    head = [*HEAD, "缴费状态"]
    file = [head, [*pays("202609"), "欠费"], [*pays("202608"), "已转出"]]
    told = settled.sends("insurance", file, "--division", STREET, "--month", "2026-09")
    assert (told["ignored"], told["added"], told["ended"]) == (2, 0, 0)
    assert months(settled) == ["2026-08"]


def test_the_base_is_money_however_it_is_written(settled: Town) -> None:
    bases = {"202601": "5,000.00", "202602": "5000元", "202603": "￥5000", "202604": " 5000 ",
             "202605": "５０００", "202606": "5000.005"}  # fmt: skip
    told = settled.sends("insurance", paid(*(pays(m, b) for m, b in bases.items())),
                         "--division", STREET, "--month", "2026-06")  # fmt: skip
    assert told["rejected"] <= 1
    found = {base for (base,) in settled.all("SELECT base_fen FROM contribution")}
    assert found <= {500_000, 500_001}


def test_a_negative_base_is_no_base(settled: Town) -> None:
    told = settled.sends("insurance", paid(pays("202609", "-5000")), "--division", STREET)
    assert told["reasons"] == {"value_unreadable": 1}


def test_other_divisions_stay_open(settled: Town) -> None:
    settled.sends("insurance", paid(pays("202609")), "--division", GEXIANG)
    assert closed(settled) == [("employee_pension", "2026-09", GEXIANG)]
    told = settled.sends("insurance", paid([*LI, "养老", "202609", "1", ""]), "--division", ZHUMIAO)
    assert told["added"] == 1
    assert len(closed(settled)) == 2


def test_a_file_with_several_bureaus_columns_and_a_wide_header(settled: Town) -> None:
    head = ["序号", "单位社保号", "单位名称", "个人编号", "姓 名", "社会保障号", "险种类型",
            "费款所属期", "缴费基数(元)", "单位缴费", "个人缴费", "到账标志", "备注"]  # fmt: skip
    row = [
        "1",
        "E1",
        "甲厂",
        "P1",
        *ZHANG,
        "职工养老",
        "2026-09",
        "5000",
        "800",
        "400",
        "已到账",
        "",
    ]
    told = settled.sends("insurance", [head, row], "--division", STREET)
    assert told["added"] == 1
    assert settled.all("SELECT base_fen FROM contribution") == [(500_000,)]
