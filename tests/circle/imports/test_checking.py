"""Bureau files, as messy as they come, row by row."""

from collections.abc import Callable, Collection
from datetime import date

import pandas as pd
import pytest

from circle.imports.checking import (
    Checked,
    Divisions,
    check,
    data_rows,
    guess_division,
    guess_month,
)
from circle.imports.reading import read_sheets
from circle.refusals import UnreadableFile
from models.vocabulary.documents import check_character
from models.vocabulary.facts import ABOUT_RESIDENTS, Source
from models.vocabulary.months import month_of, month_text
from tests.circle.imports.files import LI, WANG, ZHANG, ZHAO, csv_of, xls_of, xlsx_of

ON = date(2026, 11, 21)
DISTRICT = "330110"
GEXIANG = "330110012004"
DIVISIONS = Divisions(
    pd.DataFrame(
        [
            ("330110", "余杭区", [], []),
            ("330110012", "仓前街道", ["仓前镇"], []),
            (GEXIANG, "葛巷社区", ["葛巷村"], ["330110110201"]),
            ("330110012005", "太炎社区", [], []),
            ("330110012006", "朝阳社区", [], []),
            ("330110013", "五常街道", [], []),
            ("330110013001", "朝阳社区", [], []),
            ("330113", "临平区", [], []),
            ("330113001", "南苑街道", [], []),
        ],
        columns=["code", "name", "old_names", "old_codes"],
    )
)


def checked(
    data: bytes,
    source: Source,
    *,
    scope: str = DISTRICT,
    month: str | None = None,
    kinds: Collection[str] | None = None,
) -> Checked:
    reading = read_sheets(data, "名册.csv")
    rows = data_rows(reading, source)
    key = month_of(month) if month else guess_month(rows, source)
    return check(
        reading, rows, source, on=ON, divisions=DIVISIONS, scope=scope, month=key, kinds=kinds
    )


def codes(result: Checked) -> dict[int, list[str]]:
    """The codes of each line of the file that was rejected."""
    lines = result.rows["line"].to_numpy()
    found: dict[int, list[str]] = {}
    for row, code in zip(result.problems["row"], result.problems["code"], strict=True):
        found.setdefault(int(lines[row]), []).append(str(code))
    return found


def verdicts(result: Checked) -> list[str]:
    return [str(verdict) for verdict in result.rows["verdict"]]


def paid(result: Checked) -> list[tuple[str, str, int | None]]:
    assert result.facts is not None
    return [
        (str(kind), month_text(int(month)), None if pd.isna(base) else int(base))
        for kind, month, base in zip(
            result.facts["kind"], result.facts["month"], result.facts["base_fen"], strict=True
        )
    ]


INSURANCE = ["姓名", "证件号码", "险种", "费款所属期", "缴费基数", "单位编号", "缴费状态"]
PENSION = "企业职工基本养老保险"


def insurance(*rows: list[str]) -> bytes:
    return csv_of([INSURANCE, *rows])


def test_only_rows_about_someone_are_rows() -> None:
    data = csv_of(
        [
            ["余杭区参保明细"],
            ["填报单位：仓前街道", "", "", "2026年10月"],
            INSURANCE,
            ["(全部)"] * 7,
            ["张三", ZHANG, PENSION, "202610", "5000", "1", ""],
            [""] * 7,
            ["小计", "", "", "", "5000", "", ""],
            INSURANCE,
            ["李四", LI, PENSION, "202610", "5000", "1", ""],
            ["合 计", "", "", "2", "10000", "", ""],
            ["2人", "", "", "总计", "10000", "", ""],
            ["注：1.以上数据来自系统，2.请于月底前反馈"],
            ["制表人：王某", "审核人：赵某", "", "", "日期：2026-11-02"],
            ["", "", "", "", "签字：", "", ""],
            ["联系电话：", "13812345678"],
        ]
    )
    result = checked(data, Source.INSURANCE)
    assert list(result.rows["line"]) == [5, 9]
    assert verdicts(result) == ["ok", "ok"]
    assert list(result.original["证件号码"]) == [ZHANG, LI]


def test_a_row_without_number_or_name_is_still_a_row() -> None:
    result = checked(
        insurance(
            ["张三", "", PENSION, "202610", "5000", "1", ""],
            ["", LI, PENSION, "202610", "5000", "1", ""],
            ["", "", PENSION, "202610", "5000", "1", ""],
            ["王五", "无", "", "", "", "", ""],
        ),
        Source.INSURANCE,
    )
    assert (
        codes(result)
        == {
            2: ["id_missing"],
            3: ["name_missing"],
            4: ["id_missing", "name_missing"],
            5: ["id_missing", "kind_unknown", "month_unreadable"],
        }
        or codes(result)[5].count("id_missing") == 1
    )


def test_all_problems_of_a_row_are_told_with_the_senders_header_and_cell() -> None:
    wrong = ZHANG[:-1] + str((int(ZHANG[-1]) + 1) % 10 if ZHANG[-1] != "X" else 1)
    result = checked(
        insurance(["张三", wrong, "大病保险", "2026-13", "五千", "1", "不详"]), Source.INSURANCE
    )
    assert sorted(codes(result)[2]) == [
        "id_checksum", "kind_unknown", "kind_unknown", "month_unreadable", "value_unreadable",
    ]  # fmt: skip
    month = result.problems[result.problems["code"] == "month_unreadable"].iloc[0]
    assert (month["column"], month["raw"]) == ("费款所属期", "2026-13")


def test_unpaid_rows_and_kinds_nobody_follows_are_ignored() -> None:
    result = checked(
        insurance(
            ["张三", ZHANG, PENSION, "202610", "5000", "1", "欠费"],
            ["张三", ZHANG, "工伤保险", "202610", "5000", "1", "已到账"],
            ["张三", ZHANG, "失业保险", "202609", "5000", "1", "补缴"],
            ["张三", "123", "失业保险", "202609", "5000", "1", "已转出"],
        ),
        Source.INSURANCE,
    )
    assert verdicts(result) == ["ignored", "ignored", "ok", "ignored"]
    assert result.problems.empty
    assert paid(result) == [("unemployment", "2026-09", 500000)]


def test_of_identical_rows_the_first_counts_of_different_ones_none() -> None:
    result = checked(
        insurance(
            ["张三", ZHANG, PENSION, "202610", "5000", "1", ""],
            ["张 三", ZHANG, "养老", "2026年10月", "5,000.00", "1", "已缴"],
            ["张三", ZHANG, PENSION, "202610", "5000", "2", ""],
            ["李四", LI, PENSION, "202610", "5000", "1", ""],
            ["李四", LI, PENSION, "202610", "6000", "1", ""],
            ["李四", LI, PENSION, "202609", "6000", "1", ""],
            ["李四", LI, PENSION, "202609", "7000", "1", "未缴"],
        ),
        Source.INSURANCE,
    )
    assert verdicts(result) == ["ok", "rejected", "ok", "rejected", "rejected", "ok", "ignored"]
    assert set(result.problems["code"]) == {"duplicate_in_file"}


def test_kinds_as_columns_are_paid_where_a_base_stands() -> None:
    header = [
        "姓名",
        "证件号码",
        "缴费年月",
        "养老保险（个人）",
        "养老保险（单位）",
        "失业保险",
        "工伤保险",
    ]
    data = csv_of(
        [
            header,
            ["张三", ZHANG, "202610", "5000", "5000", "0", "5000"],
            ["李四", LI, "202610", "0", "", "", "5000"],
            ["王五", WANG, "202610", "", "", "六千", ""],
        ]
    )
    result = checked(data, Source.INSURANCE)
    assert verdicts(result) == ["ok", "ignored", "rejected"]
    assert paid(result) == [("employee_pension", "2026-10", 500000)]
    assert codes(result) == {4: ["value_unreadable"]}


def test_spans_are_taken_apart_up_to_the_batchs_month() -> None:
    data = csv_of(
        [
            ["姓名", "证件号码", "险种", "开始年月", "结束年月"],
            ["张三", ZHANG, PENSION, "2026.08", "至今"],
            ["李四", LI, PENSION, "202512", "202601"],
            ["王五", WANG, PENSION, "202605", "202601"],
            ["赵六", ZHAO, PENSION, "", "202601"],
        ]
    )
    result = checked(data, Source.INSURANCE, month="2026-10")
    assert [month for _, month, _ in paid(result)] == [
        "2026-08", "2026-09", "2026-10", "2025-12", "2026-01",
    ]  # fmt: skip
    assert codes(result) == {4: ["month_unreadable"], 5: ["month_unreadable"]}


def test_a_span_and_a_month_inside_it_are_one_contribution_told_twice() -> None:
    data = csv_of(
        [
            ["姓名", "证件号码", "险种", "开始年月", "结束年月"],
            ["张三", ZHANG, PENSION, "202601", "202603"],
            ["张三", ZHANG, PENSION, "202603", "202603"],
        ]
    )
    assert verdicts(checked(data, Source.INSURANCE)) == ["rejected", "rejected"]


def test_the_kinds_of_the_scope_are_all_that_counts() -> None:
    data = insurance(
        ["张三", ZHANG, PENSION, "202610", "5000", "1", ""],
        ["张三", ZHANG, "失业保险", "202610", "5000", "1", ""],
    )
    result = checked(data, Source.INSURANCE, kinds=["unemployment"])
    assert verdicts(result) == ["ignored", "ok"]
    plain = csv_of([["姓名", "证件号码", "费款所属期"], ["张三", ZHANG, "202610"]])
    assert paid(checked(plain, Source.INSURANCE, kinds=["unemployment"])) == [
        ("unemployment", "2026-10", None)
    ]


def test_the_month_is_the_one_most_rows_are_for() -> None:
    rows = [["张三", ZHANG, PENSION, month, "", "", ""] for month in ("202610", "202610", "202609")]
    reading = read_sheets(insurance(*rows), "a.csv")
    read = data_rows(reading, Source.INSURANCE)
    assert guess_month(read, Source.INSURANCE) == month_of("2026-10")


HOUSEHOLD = [
    *("户号", "户主身份证", "户主姓名", "与户主关系", "姓名", "身份证号", "所属社区"),
    *("户籍状态", "状态日期", "性别"),
]


def household(*rows: list[str]) -> bytes:
    return csv_of([HOUSEHOLD, *rows])


def test_a_household_is_written_once_and_holds_for_its_members() -> None:
    result = checked(
        household(
            ["1", ZHANG, "张三", "户主", "张三", ZHANG, "葛巷社区", "正常", "", "男"],
            ["", "", "", "妻", "李四", LI, "葛巷社区", "死亡注销", "2024年3月", "女"],
        ),
        Source.HOUSEHOLD,
    )
    rows = result.rows
    assert verdicts(result) == ["ok", "ok"]
    assert list(rows["household_number"]) == ["1", "1"]
    assert list(rows["head_number"]) == [ZHANG, ZHANG]
    assert list(rows["division"]) == [GEXIANG, GEXIANG]
    assert list(rows["register_status"]) == ["normal", "dead"]
    assert rows["status_on"][1] == pd.Timestamp(2024, 3, 1)
    assert list(rows["stated_sex_born"]) == [True, True]


@pytest.mark.parametrize(
    ("place", "code", "division"),
    [
        ("葛巷社区", None, GEXIANG),
        ("余杭区仓前街道葛巷社区", None, GEXIANG),
        ("浙江省杭州市余杭区仓前街道葛巷社区", None, GEXIANG),
        ("葛巷社区居委会", None, GEXIANG),
        ("葛巷村", None, GEXIANG),
        ("330110012004", None, GEXIANG),
        ("330110012004.0", None, GEXIANG),
        ("330110110201", None, GEXIANG),
        ("330110012000", None, "330110012"),
        ("五常街道朝阳社区", None, "330110013001"),
        ("", None, None),
        ("朝阳社区", "division_unknown", None),
        ("月球社区", "division_unknown", None),
        ("330110012999", "division_unknown", None),
        ("3301", "outside_scope", None),
        ("临平区", "outside_scope", None),
        ("临平区南苑街道", "outside_scope", None),
        ("330106001002", "outside_scope", None),
        ("安徽省合肥市", "outside_scope", None),
        ("临平区葛巷社区", "division_unknown", None),
    ],
)
def test_a_place_is_known_by_code_and_by_names_old_and_new(
    place: str, code: str | None, division: str | None
) -> None:
    row = ["1", ZHANG, "张三", "户主", "张三", ZHANG, place, "", "", ""]
    result = checked(household(row), Source.HOUSEHOLD)
    assert codes(result) == ({2: [code]} if code else {})
    if code is None:
        found = result.rows["division"][0]
        assert (None if pd.isna(found) else found) == division


def test_a_narrow_scope_refuses_the_neighbours() -> None:
    row = ["1", ZHANG, "张三", "户主", "张三", ZHANG, "五常街道", "", "", ""]
    assert codes(checked(household(row), Source.HOUSEHOLD, scope="330110012")) == {
        2: ["outside_scope"]
    }


def test_the_rows_name_their_division_together() -> None:
    def named(*places: str) -> str | None:
        rows = [["1", ZHANG, "张三", "", "张三", ZHANG, place, "", "", ""] for place in places]
        reading = read_sheets(household(*rows), "a.csv")
        return guess_division(data_rows(reading, Source.HOUSEHOLD), DIVISIONS, DISTRICT)

    assert named("葛巷社区", "葛巷村") == GEXIANG
    assert named("葛巷社区", "太炎社区") == "330110012"
    assert named("葛巷社区", "五常街道") == DISTRICT
    assert named("", "月球") is None


def test_shifted_columns_are_caught_by_sex_and_birth_date() -> None:
    data = csv_of(
        [
            ["姓名", "身份证号", "性别", "出生日期"],
            ["张三", ZHANG, "女", "1985-06-16"],
            ["李四", LI, "女", "1990年1月"],
            ["王五", "123", "男", "1990-01-01"],
            ["赵六", ZHAO, "不详", "某日"],
        ]
    )
    assert codes(checked(data, Source.HOUSEHOLD)) == {
        2: ["id_sex_mismatch", "id_birth_mismatch"],
        4: ["id_length"],
        5: ["value_unreadable", "date_unreadable"],
    }


def test_documents_beside_the_citizen_number() -> None:
    permit = "81000019900101123"
    permit += check_character(permit)
    data = csv_of(
        [
            ["姓名", "证件类型", "证件号码"],
            ["陈", "港澳台居民居住证", permit],
            ["Smith", "护照", "E12345678"],
        ]
    )
    result = checked(data, Source.HOUSEHOLD)
    assert result.rows["document_type"][0] == "hmt_permit"
    assert codes(result) == {3: ["document_unsupported"]}


def test_a_number_stored_as_a_number_is_lost() -> None:
    rows = [["姓名", "身份证号", "区划代码"], ["张三", float(ZHANG), 330110012004.0]]
    for data in (xls_of({"a": rows}), xlsx_of({"a": rows})):
        result = checked(data, Source.HOUSEHOLD)
        assert codes(result) == {2: ["id_numeric"]}
        assert result.rows["division"][0] == GEXIANG


SUPPORT = [
    "户主姓名",
    "低保证号",
    "救助类别",
    "保障起始年月",
    "姓名",
    "身份证号",
    "劳动能力",
    "月保障金额",
]


@pytest.mark.parametrize("write", [xls_of, xlsx_of])
def test_a_households_merged_cells_hold_for_every_member(write: Callable[..., bytes]) -> None:
    rows = [
        SUPPORT,
        ["张三", "D1", "农村低保", 202301.0, "张三", ZHANG, "无", 905.5],
        [None, None, None, None, "李四", LI, "部分", None],
        ["王五", "D2", "低边", "2024年3月", "王五", WANG, "", "1,000"],
    ]
    data = write({"a": rows}, merged={"a": [(1, 0, 2, 0), (1, 1, 2, 1)]})
    result = checked(data, Source.SUBSISTENCE)
    assert verdicts(result) == ["ok"] * 3
    assert list(result.rows["subsistence_kind"]) == ["dibao", "dibao", "near_dibao"]
    assert list(result.rows["certificate"]) == ["D1", "D1", "D2"]
    assert list(result.rows["from_month"]) == [month_of("2023-01")] * 2 + [month_of("2024-03")]
    assert list(result.rows["amount_fen"]) == [90550, 90550, 100000]
    assert list(result.rows["ability"])[:2] == ["none", "partial"]


def test_support_of_no_kind_is_unknown() -> None:
    rows = [SUPPORT, ["张三", "D1", "", "", "张三", ZHANG, "", ""]]
    assert codes(checked(csv_of(rows), Source.SUBSISTENCE)) == {2: ["kind_unknown"]}


def test_one_sheet_a_street_is_one_file() -> None:
    header = ["姓名", "身份证号", "所属社区"]
    data = xlsx_of(
        {
            "仓前街道": [header, ["张三", ZHANG, "葛巷社区"], [None, None, "葛巷社区"]],
            "五常街道": [
                ["名册"],
                header[::-1],
                ["五常街道", LI, "李四"],
                ["五常街道", ZHANG, "张三"],
            ],
        },
        merged={"仓前街道": [(1, 2, 2, 2)]},
    )
    result = checked(data, Source.HOUSEHOLD)
    assert list(result.rows["sheet"]) == ["仓前街道", "五常街道", "五常街道"]
    assert list(result.rows["line"]) == [2, 3, 4]
    assert verdicts(result) == ["rejected", "ok", "rejected"]


UNEMPLOYED = [
    "姓名",
    "证件号码",
    "失业登记日期",
    "户籍地区划",
    "常住地区划",
    "有效标记",
    "注销日期",
]


@pytest.mark.parametrize(
    ("registered", "lives", "code"),
    [
        (GEXIANG, "330106001002", None),
        (GEXIANG, "临平区", None),
        ("340100", GEXIANG, None),
        ("340100", "330106001002", "outside_scope"),
        ("340100", "", "outside_scope"),
        ("", "", None),
        (GEXIANG, "月球", "division_unknown"),
    ],
)
def test_the_unemployed_belong_here_by_either_place(
    registered: str, lives: str, code: str | None
) -> None:
    row = ["张三", ZHANG, "2026-01-05", registered, lives, "有效", ""]
    result = checked(csv_of([UNEMPLOYED, row]), Source.UNEMPLOYMENT)
    assert codes(result) == ({2: [code]} if code else {})
    if lives == "330106001002":
        assert result.rows["lives_in"][0] == lives


def test_a_spell_ends_by_its_mark_or_its_end() -> None:
    data = csv_of(
        [
            UNEMPLOYED,
            ["张三", ZHANG, "2026-01-05", "", "", "1", "2026-03-01"],
            ["张三", ZHANG, "2025-01-05", "", "", "0", "2025-03-01"],
            ["李四", LI, "45366", "", "", "", "2025/3/1"],
            ["王五", WANG, "", "", "", "", ""],
            ["赵六", ZHAO, "2026-02-30", "", "", "也许", ""],
        ]
    )
    result = checked(data, Source.UNEMPLOYMENT)
    assert list(result.rows["valid"])[:3] == ["open", "ended", "ended"]
    assert list(result.rows["ended_on"].isna())[:3] == [True, False, False]
    assert result.rows["registered_on"][2] == pd.Timestamp(2024, 3, 15)
    assert codes(result) == {5: ["date_unreadable"], 6: ["date_unreadable", "kind_unknown"]}


def test_benefits_of_other_kinds_are_ignored() -> None:
    data = csv_of(
        [
            ["姓名", "证件号码", "待遇类别", "待遇起始年月", "待遇终止年月"],
            ["张三", ZHANG, "退休", "202301", "长期"],
            ["李四", LI, "生育津贴", "202301", ""],
            ["王五", WANG, "", "202301", "/"],
            ["赵六", ZHAO, "失业保险金", "", ""],
        ]
    )
    result = checked(data, Source.BENEFITS)
    assert verdicts(result) == ["ok", "ignored", "rejected", "rejected"]
    assert pd.isna(result.rows["to_month"][0])
    assert codes(result) == {4: ["kind_unknown"], 5: ["month_unreadable"]}


def test_degrees_of_one_person_differ_by_level_and_day() -> None:
    header = ["姓名", "证件号码", "毕业学校名称", "层次", "毕业时间", "学习形式"]
    data = csv_of(
        [
            header,
            ["张三", ZHANG, "甲", "本科", "2010-06-30", "普通全日制"],
            ["张三", ZHANG, "甲", "硕士", "2013-06-30", "函授"],
            ["张三", ZHANG, "乙", "本科", "201006", ""],
            ["李四", LI, "甲", "大师", "2010-06-30", "走读"],
        ]
    )
    result = checked(data, Source.EDUCATION)
    assert verdicts(result) == ["ok", "ok", "ok", "rejected"]
    assert codes(result) == {5: ["value_unreadable", "value_unreadable"]}


PHONES = "13812345678/13912345678"


def test_the_ledger_brings_telephones_categories_and_status() -> None:
    data = csv_of(
        [
            [
                "姓名",
                "身份证号",
                "联系电话",
                "登记日期",
                "人员类别",
                "就业状态",
                "专员",
                "求职意向",
            ],
            ["张三", ZHANG, PHONES, "2026-01-05", "残疾人、农民工", "", "wang", "电工"],
            ["李四", LI, "12", "", "外星人", "躺平", "", ""],
        ]
    )
    result = checked(data, Source.CASELOAD)
    first = result.rows.iloc[0]
    assert first["phones"] == ["13812345678", "13912345678"]
    assert first["phone"] == "13812345678"
    assert first["categories"] == ["disabled", "rural_migrant"]
    assert (first["work_status"], first["worker"], first["wish"]) == ("unemployed", "wang", "电工")
    assert sorted(codes(result)[3]) == ["date_unreadable", *["value_unreadable"] * 3]


def test_an_area_in_no_table_is_only_a_warning() -> None:
    odd = "77011019900101123"
    odd += check_character(odd)
    result = checked(csv_of([["姓名", "身份证号"], ["张三", odd]]), Source.HOUSEHOLD)
    assert verdicts(result) == ["ok"]
    assert list(result.warnings["code"]) == ["area_unknown"]


def test_a_number_that_lost_the_zero_of_october_is_not_guessed() -> None:
    rows = [INSURANCE, ["张三", ZHANG, PENSION, 2026.1], ["李四", LI, PENSION, 2026.3]]
    result = checked(xlsx_of({"a": rows}), Source.INSURANCE)
    assert codes(result) == {2: ["month_unreadable"]}
    assert paid(result) == [("employee_pension", "2026-03", None)]


def test_a_file_of_another_bureau_is_refused() -> None:
    with pytest.raises(UnreadableFile):
        checked(csv_of([["商品", "价格"], ["苹果", "5"]]), Source.HOUSEHOLD)


def test_a_contribution_list_is_no_register_of_residents() -> None:
    rows = [["姓名", "证件号码", "险种", "费款所属期"], ["张三", ZHANG, "养老", "202610"]]
    with pytest.raises(UnreadableFile):
        checked(csv_of(rows), Source.HOUSEHOLD)


def test_a_file_mended_from_double_encoding_says_so() -> None:
    text = csv_of([["姓名", "身份证号"], ["张三", ZHANG], ["李四", LI]], "utf-8")
    result = checked(text.decode("latin-1").encode(), Source.HOUSEHOLD)
    assert list(result.warnings["code"]) == ["encoding_mended"]
    assert list(result.rows["name"]) == ["张三", "李四"]


def test_a_header_alone_is_a_file_without_rows() -> None:
    for source in ABOUT_RESIDENTS:
        result = checked(csv_of([["姓名", "身份证号"], ["合计", "0"]]), source)
        assert result.rows.empty
        assert len(result.original) == 0
