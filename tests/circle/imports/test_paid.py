"""Contributions: own month, back-payments, standings, closed months."""

import pytest

from tests.circle.imports.conftest import (
    COMMUNITY,
    DISTRICT,
    FAR_COMMUNITY,
    OTHER_STREET,
    STREET,
    Bureau,
    insured,
    number,
    register,
)

FANG, QIANG, MEI = ("王芳", number(2)), ("李强", number(3)), ("陈梅", number(4))
SEPTEMBER, AUGUST = 2026 * 12 + 8, 2026 * 12 + 7


@pytest.fixture
def known(bureau: Bureau) -> Bureau:
    bureau.sends("household", register(FANG, QIANG, MEI))
    return bureau


def standings(bureau: Bureau) -> list[tuple[object, ...]]:
    columns = "resident_id, kind, first_month, last_month, months_paid"
    return bureau.rows("insurance_standing", columns, "resident_id, kind")


def test_a_month_is_paid_and_closed(known: Bureau) -> None:
    answer = known.sends("insurance", insured(FANG, QIANG))
    assert answer["month"] == "2026-09"
    assert answer["scope"] == {
        "kinds": ["employee_pension"], "division": DISTRICT, "month": "2026-09",
    }  # fmt: skip
    assert answer["added"] == 2
    assert known.all("SELECT kind, month, division_code FROM closed_month") == [
        ("employee_pension", SEPTEMBER, DISTRICT)
    ]
    assert standings(known) == [
        (1, "employee_pension", SEPTEMBER, SEPTEMBER, 1),
        (2, "employee_pension", SEPTEMBER, SEPTEMBER, 1),
    ]


def test_two_employers_in_a_month_are_two_contributions_and_one_month(known: Bureau) -> None:
    rows = [*insured(FANG), insured(FANG, employer="E2")[1]]
    assert known.sends("insurance", rows)["added"] == 2
    assert known.count("contribution") == 2
    assert standings(known) == [(1, "employee_pension", SEPTEMBER, SEPTEMBER, 1)]


def test_a_second_employer_in_a_later_file_adds_no_month(known: Bureau) -> None:
    known.sends("insurance", insured(FANG))
    rows = [*insured(FANG), insured(FANG, employer="E2")[1]]
    answer = known.sends("insurance", rows)
    assert (answer["added"], answer["unchanged"]) == (1, 1)
    assert standings(known) == [(1, "employee_pension", SEPTEMBER, SEPTEMBER, 1)]


def test_the_month_sent_again_with_corrections(known: Bureau) -> None:
    known.sends("insurance", insured(FANG, QIANG))
    rows = [*insured(FANG, base="6000"), insured(MEI)[1]]
    refused = known.tries("insurance", rows)
    assert refused.exit_code == 1
    assert "--confirm-departures" in refused.stderr
    answer = known.sends("insurance", rows, "--confirm-departures")
    assert (answer["added"], answer["changed"], answer["ended"]) == (1, 1, 1)
    assert known.all("SELECT resident_id, base_fen, import_id FROM contribution ORDER BY 1") == [
        (1, 600000, 3),
        (3, 500000, 3),
    ]
    assert [row[0] for row in standings(known)] == [1, 3]
    assert known.count("contribution_before", "import_id = 3") == 2


def test_back_payments_only_add(known: Bureau) -> None:
    known.sends("insurance", insured(FANG, QIANG, month="202608"))
    rows = [*insured(FANG, QIANG), insured(MEI, month="202608")[1]]
    answer = known.sends("insurance", rows)
    assert (answer["month"], answer["added"], answer["ended"]) == ("2026-09", 3, 0)
    assert known.count("contribution", f"month = {AUGUST}") == 3
    assert standings(known)[0] == (1, "employee_pension", AUGUST, SEPTEMBER, 2)
    assert known.count("closed_month", f"month = {AUGUST}") == 1


def test_a_file_of_another_kind_for_the_same_month_is_another_scope(known: Bureau) -> None:
    known.sends("insurance", insured(FANG, QIANG, MEI))
    answer = known.sends("insurance", insured(FANG, kind="医疗保险"))
    assert (answer["added"], answer["ended"]) == (1, 0)
    assert known.count("contribution") == 4


def test_an_unpaid_row_is_ignored_and_ends_what_was_paid(known: Bureau) -> None:
    known.sends("insurance", insured(FANG, QIANG))
    rows = insured(FANG, QIANG)
    rows[2][7] = "欠费"
    answer = known.sends("insurance", rows, "--confirm-departures")
    assert (answer["unchanged"], answer["ignored"], answer["ended"]) == (1, 1, 1)


def test_a_street_s_month_touches_only_its_residents(known: Bureau) -> None:
    far = ("赵远", number(7))
    known.sends("household", register(far, community=FAR_COMMUNITY))
    known.sends("insurance", insured(FANG, far))
    answer = known.sends("insurance", insured(FANG, far, base="7000"), "--division", STREET)
    assert (answer["changed"], answer["reasons"]) == (1, {"outside_scope": 1})
    assert answer["ended"] == 0
    other = known.sends("insurance", insured(far, base="7000"), "--division", OTHER_STREET)
    assert other["changed"] == 1
    assert known.count("closed_month") == 3


def test_kinds_as_columns_make_one_row_of_several_facts(known: Bureau) -> None:
    header = ["姓名", "证件号码", "缴费月份", "职工养老", "职工医疗", "失业保险"]
    rows = [
        header,
        [*FANG, "2026-09", "5000", "5000", "0"],
        [*QIANG, "2026-09", "", "4000", "4000"],
    ]
    answer = known.sends("insurance", rows)
    assert answer["added"] == 2
    assert known.count("contribution") == 4
    rows[1][3] = "5100"
    again = known.sends("insurance", rows)
    assert (again["changed"], again["unchanged"]) == (1, 1)


def test_spans_are_months_up_to_the_batch_s(known: Bureau) -> None:
    header = ["姓名", "证件号码", "险种", "开始年月", "结束年月", "缴费基数"]
    rows = [header, [*FANG, "养老", "202601", "至今", "5000"]]
    answer = known.sends("insurance", rows, "--month", "2026-09")
    assert answer["added"] == 1
    assert standings(known) == [(1, "employee_pension", 2026 * 12, SEPTEMBER, 9)]


def test_nothing_lives_in_the_community_of_nobody(known: Bureau) -> None:
    assert known.count("resident", f"lives_in = '{COMMUNITY}'") == 3
