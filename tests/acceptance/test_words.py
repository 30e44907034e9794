"""Every word of the tables of words, through the file that holds it."""

from typing import Any

import pytest

from tests.acceptance.town import GEXIANG, Cells, Town, people
from tests.circle.imports.files import xlsx_of

REGISTER = {
    "normal": ["正常", ""],
    "moved_out": ["迁出"],
    "dead": ["死亡", "死亡注销"],
    "army": ["参军", "服兵役"],
}
SUPPORT = {
    "dibao": ["低保", "城市低保", "农村低保", "最低生活保障"],
    "near_dibao": ["低保边缘", "低边"],
    "destitute": ["特困", "特困供养"],
}
ABILITY = {
    "full": ["有", "有劳动能力"],
    "partial": ["部分", "部分丧失劳动能力"],
    "none": ["无", "无劳动能力", "完全丧失劳动能力"],
    None: [""],
}
KINDS = {
    "employee_pension": [
        "企业职工基本养老保险", "城镇职工基本养老保险", "职工养老", "养老保险", "养老",
    ],
    "employee_medical": ["职工基本医疗保险", "职工医疗", "医疗保险"],
    "unemployment": ["失业保险", "失业"],
    "residents_pension": ["城乡居民基本养老保险"],
    "residents_medical": ["城乡居民基本医疗保险"],
}  # fmt: skip
PAID = ["已到账", "已缴", "正常", "补缴", ""]
UNPAID = ["未到账", "欠费", "未缴", "转出", "已转出"]
LEVELS = {
    "doctor": ["博士"], "master": ["硕士"], "bachelor": ["本科"], "college": ["大专"],
    "vocational": ["中专", "中技", "职高"], "high_school": ["高中"], "middle_school": ["初中"],
    "primary_school": ["小学"],
}  # fmt: skip
STUDY = {
    "full_time": ["全日制", "普通全日制"],
    "part_time": ["非全日制", "函授", "业余", "自考", "网络教育", "在职"],
}
MARKS = {
    "登记失业人员": "registered_unemployed", "就业困难人员": "hard_to_employ",
    "零就业家庭成员": "zero_employment_household", "低保家庭成员": "dibao_household",
    "残疾人": "disabled", "高校毕业生": "graduate", "退役军人": "veteran",
    "脱贫人口": "out_of_poverty", "失地农民": "landless_farmer", "农民工": "rural_migrant",
    "长期失业人员": "long_term_unemployed",
}  # fmt: skip
WORK = {
    "unemployed": ["失业", "未就业", ""],
    "employed": ["就业"],
    "flexible": ["灵活就业"],
    "self_employed": ["创业"],
    "studying": ["求学"],
}


def words_of(table: dict[Any, list[str]]) -> list[tuple[str, Any]]:
    return [(word, value) for value, words in table.items() for word in words]


def register(town: Town, count: int) -> None:
    """So many residents of 葛巷."""
    rows = [[name, num, "葛巷社区"] for name, num in people(count)]
    town.sends("household", [["姓名", "身份证号", "所属社区"], *rows])


def column(town: Town, query: str) -> list[Any]:
    return [value for (value,) in town.all(query)]


def test_register_status(town: Town) -> None:
    words = words_of(REGISTER)
    rows = [
        [*who, "葛巷社区", word] for who, (word, _) in zip(people(len(words)), words, strict=True)
    ]
    told = town.sends("household", [["姓名", "身份证号", "所属社区", "户籍状态"], *rows])
    assert told["added"] == len(words)
    assert column(town, "SELECT status FROM register_entry ORDER BY resident_id") == [
        v for _, v in words
    ]


def test_support_and_ability(town: Town) -> None:
    header = ["姓名", "身份证号", "所属社区", "救助类别", "劳动能力"]
    words = [(kind, "", value) for kind, value in words_of(SUPPORT)]
    able = words_of(ABILITY)
    rows: list[Cells] = [
        [*who, "葛巷社区", kind, ""]
        for who, (kind, _, _) in zip(people(len(words)), words, strict=True)
    ]
    rows += [
        [*who, "葛巷社区", "低保", word]
        for who, (word, _) in zip(people(len(able), 301), able, strict=True)
    ]
    told = town.sends("subsistence", [header, *rows])
    assert told["added"] == len(rows)
    kinds = column(town, "SELECT kind FROM subsistence ORDER BY resident_id")
    assert kinds == [v for _, _, v in words] + ["dibao"] * len(able)
    found = column(town, "SELECT ability FROM subsistence ORDER BY resident_id")
    assert found[len(words) :] == [v for _, v in able]


def test_kinds_of_insurance(town: Town) -> None:
    register(town, 30)
    words = words_of(KINDS)
    rows = [
        [*who, word, "202609", "5000"]
        for who, (word, _) in zip(people(len(words)), words, strict=True)
    ]
    rows += [[*people(1)[0], word, "202609", "5000"] for word in ("工伤保险", "生育保险")]
    header = ["姓名", "证件号码", "险种类型", "费款所属期", "缴费基数"]
    told = town.sends("insurance", [header, *rows], "--division", GEXIANG)
    assert (told["added"], told["ignored"]) == (len(words), 2)
    found = town.all("SELECT kind, base_fen FROM contribution ORDER BY resident_id")
    assert found == [(value, 500_000) for _, value in words]


def test_states_of_payment(town: Town) -> None:
    register(town, 12)
    words = [*PAID, *UNPAID]
    for header in ("缴费状态", "到账标志"):
        rows = [[*who, "养老", "202609", word] for who, word in zip(people(10), words, strict=True)]
        file = [["姓名", "证件号码", "险种", "费款所属期", header], *rows]
        told = town.sends("insurance", file, "--division", GEXIANG)
        assert told["ignored"] == len(UNPAID)
        assert told["added"] + told["unchanged"] == len(PAID)


VALIDITY = [("有效", 1), ("是", 1), ("1", 1), ("无效", 0), ("否", 0), ("0", 0)]


@pytest.mark.parametrize(("word", "is_open"), VALIDITY)
def test_marks_of_validity(town: Town, word: str, is_open: int) -> None:
    register(town, 1)
    head = ["失业登记日期", "证件号码", "姓名", "有效标记", "注销日期"]
    name, num = people(1)[0]
    ended = "" if is_open else "2026-09-01"
    told = town.sends("unemployment", [head, ["2026-05-01", num, name, word, ended]],
                      "--division", GEXIANG)  # fmt: skip
    assert told["added"] == 1
    assert town.all("SELECT is_open, ended_on FROM unemployment_spell") == [
        (is_open, ended or None)
    ]
    head = ["就业登记日期", "证件号码", "姓名", "单位名称", "有效标记", "合同结束日期"]
    end = "2026-12-31" if is_open else "2026-08-31"
    town.sends("employment", [head, ["2026-01-01", num, name, "某厂", word, end]],
               "--division", GEXIANG)  # fmt: skip
    assert town.all("SELECT is_open, ended_on FROM employment_spell") == [
        (is_open, None if is_open else "2026-08-31")
    ]


def test_an_ended_spell_without_a_date_ends_on_the_batchs_date(town: Town) -> None:
    register(town, 1)
    name, num = people(1)[0]
    head = ["失业登记日期", "证件号码", "姓名", "有效标记"]
    town.sends("unemployment", [head, ["2026-05-01", num, name, "无效"]], "--division", GEXIANG)
    ((ended,),) = town.all("SELECT ended_on FROM unemployment_spell")
    assert ended == "2026-11-21"


def test_benefits(town: Town) -> None:
    register(town, 6)
    words = ["养老金", "基本养老金", "退休", "失业保险金", "丧葬补助金", "工伤待遇"]
    rows = [
        [num, name, word, "202601", "至今"]
        for (name, num), word in zip(people(6), words, strict=True)
    ]
    head = ["证件号码", "姓名", "待遇类别", "待遇起始年月", "待遇终止年月"]
    told = town.sends("benefits", [head, *rows], "--division", GEXIANG)
    assert (told["added"], told["ignored"], told["reasons"]) == (4, 2, {})
    found = column(town, "SELECT kind FROM benefit_spell ORDER BY resident_id")
    assert found == ["pension"] * 3 + ["unemployment_benefit"]


def test_levels_and_forms_of_study(town: Town) -> None:
    register(town, 30)
    levels, forms = words_of(LEVELS), words_of(STUDY)
    rows = [
        [num, name, "某校", "计算机", word, "2020-09-01", "2024-06-30", "全日制"]
        for (name, num), (word, _) in zip(people(len(levels)), levels, strict=True)
    ]
    rows += [
        [num, name, "某校", "计算机", "本科", "2020-09-01", "2024-06-30", word]
        for (name, num), (word, _) in zip(people(30)[len(levels) :], forms, strict=False)
    ]
    head = [
        "证件号码",
        "姓名",
        "毕业学校名称",
        "专业名称",
        "层次",
        "入学时间",
        "毕业时间",
        "学习形式",
    ]
    told = town.sends("education", [head, *rows], "--division", GEXIANG)
    assert told["added"] == len(levels) + len(forms)
    found = town.all("SELECT level, study_form FROM degree ORDER BY resident_id")
    assert [level for level, _ in found[: len(levels)]] == [value for _, value in levels]
    assert [form for _, form in found[len(levels) :]] == [value for _, value in forms]


def test_every_mark_of_the_ledger_and_every_work_status(town: Town) -> None:
    head = ["姓名", "身份证号", "所属社区", "登记日期", "人员类别", "就业状态"]
    all_marks = list(MARKS)
    works = words_of(WORK)
    rows = [
        [*who, "葛巷社区", "2026-10-01", mark, work]
        for who, mark, (work, _) in zip(
            people(len(works)),
            ["、".join(all_marks[:6]), "；".join(all_marks[6:]), "", "残疾人", "农民工;残疾人",
             "农民工，退役军人", ""],
            works,
            strict=True,
        )
    ]  # fmt: skip
    told = town.sends("caseload", [head, *rows])
    assert told["added"] == len(rows), told
    assert set(column(town, "SELECT code FROM category")) == set(MARKS.values())
    found = column(town, "SELECT work_status FROM case_file ORDER BY resident_id")
    assert found == [value for _, value in works]


@pytest.mark.parametrize(
    ("source", "header", "cells", "code"),
    [
        ("household", "户籍状态", "注销", "kind_unknown"),
        ("subsistence", "救助类别", "困难", "kind_unknown"),
        ("subsistence", "救助类别", "", "kind_unknown"),
        ("subsistence", "劳动能力", "不详", "value_unreadable"),
        ("insurance", "险种", "大病保险", "kind_unknown"),
        ("insurance", "险种", "", "kind_unknown"),
        ("insurance", "缴费状态", "处理中", "kind_unknown"),
        ("insurance", "缴费基数", "五千", "value_unreadable"),
        ("insurance", "费款所属期", "去年", "month_unreadable"),
        ("insurance", "费款所属期", "202613", "month_unreadable"),
        ("unemployment", "有效标记", "未知", "kind_unknown"),
        ("unemployment", "失业登记日期", "2026.13.1", "date_unreadable"),
        ("employment", "有效标记", "2", "kind_unknown"),
        ("education", "层次", "进士", "value_unreadable"),
        ("education", "学习形式", "远望", "value_unreadable"),
        ("caseload", "人员类别", "残疾人、外星人", "value_unreadable"),
        ("caseload", "就业状态", "不明", "value_unreadable"),
        ("caseload", "登记日期", "早就", "date_unreadable"),
        ("caseload", "所属社区", "没有社区", "division_unknown"),
        ("benefits", "待遇起始年月", "很久", "month_unreadable"),
    ],
)
def test_an_unknown_word(town: Town, source: str, header: str, cells: str, code: str) -> None:
    plain = {
        "household": {"户籍状态": "正常"},
        "subsistence": {"救助类别": "低保", "劳动能力": "有"},
        "insurance": {"险种": "养老", "费款所属期": "202609", "缴费基数": "5000", "缴费状态": ""},
        "unemployment": {"失业登记日期": "2026-05-01", "有效标记": "有效"},
        "employment": {"就业登记日期": "2026-05-01", "有效标记": "有效"},
        "education": {"层次": "本科", "学习形式": "全日制", "毕业时间": "2024-06"},
        "caseload": {
            "登记日期": "2026-05-01", "人员类别": "", "就业状态": "", "所属社区": "葛巷社区",
        },
        "benefits": {"待遇类别": "养老金", "待遇起始年月": "202601"},
    }[source]  # fmt: skip
    register(town, 2)
    (one, two) = people(2)
    bad, good = plain | {header: cells}, plain
    rows = [["姓名", "证件号码", *plain], [*one, *bad.values()], [*two, *good.values()]]
    told = town.sends(source, rows, "--division", GEXIANG)
    assert told["reasons"] == {code: 1}
    assert told["rows"] == 2
    assert told["rejected"] == 1


def test_words_may_hold_blanks_and_wide_letters(town: Town) -> None:
    rows = [[*people(1)[0], "葛巷社区", " 死 亡 ", "２０２６－０１－０２"]]
    head = ["姓名", "身份证号", "所属社区", "户籍状态", "状态日期"]
    town.sends("household", xlsx_of({"1": [head, *rows]}), name="a.xlsx")
    assert town.all("SELECT status, status_on FROM register_entry") == [("dead", "2026-01-02")]


@pytest.mark.parametrize("word", ["（1）低保", "低保对象", "未知"])
def test_a_word_nobody_agreed_on_is_not_guessed(town: Town, word: str) -> None:
    rows = [["姓名", "身份证号", "所属社区", "救助类别"], [*people(1)[0], "葛巷社区", word]]
    told = town.sends("subsistence", rows)
    assert told["reasons"] == {"kind_unknown": 1}
