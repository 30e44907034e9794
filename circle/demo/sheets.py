"""Each bureau's list as rows under its own headers, before it is broken and saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from circle.demo.breakages import Columns
from circle.demo.district import District
from circle.demo.insurance import NO_EMPLOYER
from circle.demo.livelihoods import Livelihood
from circle.demo.numbers import Texts
from circle.demo.spellings import serial_days, spelt_days, spelt_months, spelt_numbers
from models.vocabulary.facts import (
    DEPARTED,
    BenefitKind,
    EducationLevel,
    RegisterStatus,
    StudyForm,
    SubsistenceKind,
    WorkAbility,
)
from models.vocabulary.months import MONTHS_A_YEAR
from models.vocabulary.residents import WorkStatus

# The words a bureau uses, the commonest first.
REGISTER_WORDS = {
    RegisterStatus.NORMAL: ("正常",),
    RegisterStatus.MOVED_OUT: ("迁出",),
    RegisterStatus.DEAD: ("死亡", "死亡注销"),
    RegisterStatus.ARMY: ("参军", "服兵役"),
}
SUBSISTENCE_WORDS = {
    SubsistenceKind.DIBAO: ("低保", "城市低保", "农村低保", "最低生活保障"),
    SubsistenceKind.NEAR_DIBAO: ("低保边缘", "低边"),
    SubsistenceKind.DESTITUTE: ("特困", "特困供养"),
}
ABILITY_WORDS = {
    WorkAbility.FULL: ("有劳动能力", "有"),
    WorkAbility.PARTIAL: ("部分丧失劳动能力", "部分"),
    WorkAbility.NONE: ("无劳动能力", "无", "完全丧失劳动能力"),
    "": ("",),
}
BENEFIT_WORDS = {
    BenefitKind.PENSION: ("基本养老金", "养老金", "退休"),
    BenefitKind.UNEMPLOYMENT_BENEFIT: ("失业保险金",),
}
OTHER_BENEFIT = "工伤伤残津贴"
STUDY_WORDS = {
    StudyForm.FULL_TIME: ("普通全日制", "全日制"),
    StudyForm.PART_TIME: ("函授", "业余", "自考", "网络教育", "非全日制", "在职"),
}
LEVEL_WORDS = {
    EducationLevel.HIGH_SCHOOL: ("高中",),
    EducationLevel.VOCATIONAL: ("中专", "职高", "中技"),
    EducationLevel.COLLEGE: ("大专",),
    EducationLevel.BACHELOR: ("本科",),
    EducationLevel.MASTER: ("硕士",),
    EducationLevel.DOCTOR: ("博士",),
}
STATUS_WORDS = {
    WorkStatus.UNEMPLOYED: ("失业", "未就业", ""),
    WorkStatus.FLEXIBLE: ("灵活就业",),
    WorkStatus.EMPLOYED: ("就业",),
    WorkStatus.SELF_EMPLOYED: ("创业",),
    "": ("",),
}
KIND_WORDS = ("企业职工基本养老保险", "职工基本医疗保险", "失业保险", "工伤保险")
RESIDENTS_KIND_WORDS = ("城乡居民基本养老保险", "城乡居民基本医疗保险")
RESIDENTS_INSURED_SHARE = 0.7
# Employees are in all kinds; who pays alone is in the first two.
OWN_KINDS = KIND_WORDS[:2]
INJURY_ROWS_EVERY = 6
PAID, PAID_LATE, OWED = "已到账", "补缴", "欠费"
PASSED_OVER = (KIND_WORDS[3], OWED, OTHER_BENEFIT)
STREET = "_street"
FAMILY = "_family"
# As two bureaus type the dot of a minority name.
DOTS = str.maketrans("·", "•")


@dataclass(frozen=True)
class Draft:
    """Rows under their headers, with the people they are about and the columns that may break.

    The columns STREET and FAMILY, where there are any, arrange the rows and are not written.
    """

    frame: pd.DataFrame
    columns: Columns
    persons: pd.Series


def household(district: District, rng: np.random.Generator) -> Draft:
    people = district.people[~district.people["is_migrant"]]
    people = people.sort_values(["community_street", "household"], kind="stable")
    heads = people.drop_duplicates("household").set_index("household")
    frame = pd.DataFrame(
        {
            "户号": 3_301_100_000 + people["household"],
            "户主身份证": people["household"].map(heads["number"]),
            "户主姓名": people["household"].map(heads["name"]),
            "与户主关系": people["relation"],
            "姓 名": people["name"],
            "公民身份号码\n（必填）": spelt_numbers(rng, people["number"].tolist()),
            "性别": _sex_words(people),
            "出生日期": spelt_days(rng, people["born_on"], "iso", "compact", "slash", "chinese"),
            "户籍地址": people["address"],
            "所属社区": people["community_name"],
            "户籍状态": _words(rng, people["status"], REGISTER_WORDS),
            "状态日期": spelt_days(rng, people["status_on"], "iso", "chinese", "dot", "midnight"),
            STREET: people["community_street_name"],
            FAMILY: people["household"],
        }
    ).astype({"户号": str})
    columns = Columns(
        number="公民身份号码\n（必填）",
        name="姓 名",
        sex="性别",
        birth="出生日期",
        division="所属社区",
        kind="户籍状态",
    )
    return Draft(frame, columns, _index(people))


def subsistence(district: District, rng: np.random.Generator) -> Draft:
    rows = district.subsistence
    people = district.people.loc[rows["person"]]
    heads = people.drop_duplicates("household").set_index("household")
    frame = pd.DataFrame(
        {
            "户主姓名": people["household"].map(heads["name"]).to_numpy(),
            "低保证号": rows["certificate"],
            "所属社区": people["community_name"].to_numpy(),
            "救助类别": _words(rng, rows["kind"], SUBSISTENCE_WORDS),
            "保障起始年月": spelt_months(rng, rows["begins"], "chinese", "compact", "dot", "iso"),
            "月保障金额": rows["amount"],
            "姓名": people["name"].to_numpy(),
            "身份证号": spelt_numbers(rng, people["number"].tolist()),
            "与户主关系": people["relation"].to_numpy(),
            "低保原因": rows["cause"],
            "劳动能力": _words(rng, rows["ability"], ABILITY_WORDS),
            FAMILY: rows["certificate"],
        }
    )
    # One cell for the household: what its first member has.
    shared = ["救助类别", "保障起始年月"]
    frame[shared] = frame.groupby(FAMILY)[shared].transform("first")
    return Draft(frame, Columns(number="身份证号", name="姓名"), rows["person"])


def insurance_rows(
    district: District,
    rng: np.random.Generator,
    month: int,
    headers: tuple[str, ...],
    style: str,
) -> Draft:
    """A row a person, kind and month: what was paid for the month, and late for the one before."""
    number, name, kind, of_month, base, unit, unit_name, code, status = headers
    rows = _paid_in(district, month)
    repeated = rows.loc[rows.index.repeat(rows["kinds"])]
    position = repeated.groupby(level=0).cumcount().to_numpy()
    repeated = repeated.reset_index(drop=True)
    frame = pd.DataFrame(
        {
            number: spelt_numbers(rng, _numbers(district, repeated["person"])),
            name: bureau_names(district, repeated["person"]),
            kind: np.array(KIND_WORDS, dtype=object)[position],
            of_month: spelt_months(rng, repeated["month"], style, "iso", "chinese", "slash"),
            base: repeated["base"],
            unit: _employers(district, repeated["employer"], "unit_number"),
            unit_name: _employers(district, repeated["employer"], "name"),
            code: _employers(district, repeated["employer"], "credit_code"),
            status: repeated["status"],
        }
    )
    columns = Columns(number=number, name=name, kind=kind, month=of_month)
    return Draft(frame, columns, repeated["person"])


def insurance_columns(district: District, rng: np.random.Generator, month: int) -> Draft:
    """A row a person, employer and month, each kind a column that holds the base or nothing."""
    rows = _paid_in(district, month)
    rows = rows[rows["status"] != OWED].reset_index(drop=True)
    bases = {
        kind: rows["base"].where(rows["kinds"] > position, 0)
        for position, kind in enumerate(KIND_WORDS)
    }
    frame = pd.DataFrame(
        {
            "公民身份证号码": spelt_numbers(rng, _numbers(district, rows["person"])),
            "姓名": bureau_names(district, rows["person"]),
            "参保年月": spelt_months(rng, rows["month"], "chinese", "compact", "iso", "first"),
            **bases,
            "单位社保号": _employers(district, rows["employer"], "unit_number"),
            "单位名称": _employers(district, rows["employer"], "name"),
            "统一社会信用代码": _employers(district, rows["employer"], "credit_code"),
        }
    )
    columns = Columns(number="公民身份证号码", name="姓名", month="参保年月")
    return Draft(frame, columns, rows["person"])


def insurance_history(district: District, rng: np.random.Generator, month: int) -> Draft:
    """Employee pensions as spans of months, up to and including the file's own."""
    spans = district.insurance
    spans = spans[spans["first"] <= month].reset_index(drop=True)
    ended = spans["last"].where(spans["last"] < month)
    frame = pd.DataFrame(
        {
            "社会保障号": spelt_numbers(rng, _numbers(district, spans["person"])),
            "姓名": bureau_names(district, spans["person"]),
            "险种": rng.choice(["职工养老", "养老保险", "养老"], len(spans)),
            "开始年月": spelt_months(rng, spans["first"], "compact", "iso", "chinese"),
            "结束年月": spelt_months(rng, ended, "compact", "iso", "chinese", blank="至今"),
            "缴费基数": spans["base"],
            "单位编号": _employers(district, spans["employer"], "unit_number"),
            "单位名称": _employers(district, spans["employer"], "name"),
        }
    )
    columns = Columns(number="社会保障号", name="姓名", kind="险种", month="开始年月")
    return Draft(frame, columns, spans["person"])


def residents_insurance(district: District, rng: np.random.Generator, month: int) -> Draft:
    """The two residents' schemes of people no employer pays for."""
    people = district.people
    without_job = people["livelihood"].isin([Livelihood.INFORMAL, Livelihood.AT_HOME])
    here = without_job & ~people["status"].isin(DEPARTED)
    chosen = people[here & (rng.random(len(people)) < RESIDENTS_INSURED_SHARE)]
    persons = pd.Series(np.repeat(chosen.index.to_numpy(), len(RESIDENTS_KIND_WORDS)))
    frame = pd.DataFrame(
        {
            "证件号码": spelt_numbers(rng, _numbers(district, persons)),
            "姓名": bureau_names(district, persons),
            "险种类型": np.tile(RESIDENTS_KIND_WORDS, len(chosen)),
            "费款所属期": spelt_months(rng, pd.Series(month, persons.index), "compact", "iso"),
            "缴费基数": rng.choice([500, 1000, 1500, 2000, 3000], len(persons)),
        }
    )
    columns = Columns(number="证件号码", name="姓名", kind="险种类型", month="费款所属期")
    return Draft(frame, columns, persons)


def unemployment(district: District, rng: np.random.Generator) -> Draft:
    spells = district.unemployment
    people = district.people.loc[spells["person"]].reset_index(drop=True)
    is_open = spells["ended_on"].isna()
    frame = pd.DataFrame(
        {
            "失业登记日期": spelt_days(rng, spells["registered_on"], "slash", "chinese", "compact"),
            "证件类型": "居民身份证",
            "证件号码": spelt_numbers(rng, people["number"].tolist()),
            "姓名": bureau_names(district, spells["person"]),
            "性别": _sex_words(people),
            "户籍地区划": people["community_code"].where(
                ~people["is_migrant"], people["number"].str[:6]
            ),
            "常住地区划": spells["lives_in"],
            "失业时间": spelt_days(rng, spells["lost_on"], "slash", "iso", "dot"),
            "失业原因": spells["reason"],
            "有效标记": np.where(is_open, rng.choice(["有效", "是"], len(spells)), "无效"),
            "注销日期": spelt_days(rng, spells["ended_on"], "slash", "iso", "chinese"),
            "注销原因": spells["ended_reason"],
            "经办机构": "余杭区就业管理服务中心",
        }
    )
    columns = Columns(number="证件号码", name="姓名", sex="性别", day="失业登记日期")
    return Draft(frame, columns, spells["person"])


def employment(district: District, rng: np.random.Generator) -> Draft:
    spells = district.employment
    ends_on = spells["ends_on"].where(~spells["is_endless"])
    frame = pd.DataFrame(
        {
            "社会保障号": _numbers(district, spells["person"]),
            "证件号码": spelt_numbers(rng, _numbers(district, spells["person"])),
            "姓名": bureau_names(district, spells["person"]),
            "就业登记日期": spelt_days(rng, spells["registered_on"], "iso", "midnight", "chinese"),
            "单位名称": _employers(district, spells["employer"], "name"),
            "单位统一社会信用代码": _employers(district, spells["employer"], "credit_code"),
            "就业形式": "单位就业",
            "合同开始日期": spelt_days(rng, spells["begun_on"], "iso", "slash", "compact"),
            "合同结束日期": spelt_days(rng, ends_on, "iso", "slash", "dot", blank="长期"),
            "有效标记": np.where(spells["is_open"], "1", "0"),
        }
    ).drop(columns="社会保障号")
    columns = Columns(number="证件号码", name="姓名", day="就业登记日期", kind="有效标记")
    return Draft(frame, columns, spells["person"])


def benefits(district: District, rng: np.random.Generator) -> Draft:
    rows = district.benefits
    words = _words(rng, rows["kind"], BENEFIT_WORDS)
    frame = pd.DataFrame(
        {
            "证件号码": spelt_numbers(rng, _numbers(district, rows["person"])),
            "姓名": bureau_names(district, rows["person"]),
            "待遇类别": words,
            "待遇起始年月": spelt_months(rng, rows["first"], "iso", "compact", "chinese", "dot"),
            "待遇终止年月": spelt_months(
                rng, rows["last"], "iso", "compact", "slash", blank="长期"
            ),
        }
    )
    extra = frame.iloc[: max(2, len(frame) // 200)].assign(
        待遇类别=OTHER_BENEFIT, 待遇起始年月="2024年3月"
    )
    columns = Columns(number="证件号码", name="姓名", kind="待遇类别", month="待遇起始年月")
    persons = pd.concat([rows["person"], rows["person"].iloc[: len(extra)]], ignore_index=True)
    return Draft(pd.concat([frame, extra], ignore_index=True), columns, persons)


def education(district: District, rng: np.random.Generator) -> Draft:
    rows = district.degrees
    frame = pd.DataFrame(
        {
            "证件号码": spelt_numbers(rng, _numbers(district, rows["person"])),
            "姓名": bureau_names(district, rows["person"]),
            "毕业学校名称": rows["school"],
            "专业名称": rows["subject"],
            "层次": _words(rng, rows["level"], LEVEL_WORDS),
            "入学时间": spelt_months(
                rng, _months(rows["entered_on"]), "chinese", "compact", "dot", "iso"
            ),
            "毕业时间": _every_spelling(rng, rows["graduated_on"]),
            "学习形式": _words(rng, rows["form"], STUDY_WORDS),
            "学历证书编号": rows["certificate"],
        }
    )
    return Draft(frame, Columns(number="证件号码", name="姓名", day="毕业时间"), rows["person"])


def caseload(district: District, rng: np.random.Generator) -> Draft:
    rows = district.caseload
    people = district.people.loc[rows["person"]].reset_index(drop=True)
    fate = rng.random(len(rows))
    # Most name the community, some give its code, and some codes became numbers.
    places = people["community_name"].to_numpy(dtype=object).copy()
    places[fate < 0.2] = people["community_code"].to_numpy(dtype=object)[fate < 0.2]  # noqa: PLR2004
    numeric = fate < 0.05  # noqa: PLR2004 - one in twenty
    places[numeric] = people["community_code"][numeric].astype(np.int64).to_numpy()
    frame = pd.DataFrame(
        {
            "序号": np.arange(1, len(rows) + 1),
            "姓名": people["name"],
            "身份证号": spelt_numbers(rng, people["number"].tolist()),
            "联系电话": _phones(people, fate),
            "所属社区": places,
            "登记日期": spelt_days(rng, rows["opened_on"], "iso", "chinese", "dot", "slash"),
            "专员": rows["worker"],
            "人员类别": rows["categories"],
            "就业状态": _words(rng, rows["status"], STATUS_WORDS),
            "求职意向": rows["wish"],
            "最近走访日期": spelt_days(rng, rows["visited_on"], "dot", "iso", "chinese", "compact"),
        }
    )
    columns = Columns(number="身份证号", name="姓名", day="登记日期", division="所属社区")
    return Draft(frame, columns, rows["person"])


def bureau_names(district: District, persons: pd.Series) -> Texts:
    """Names as the employment offices have them: another dot, and sometimes another character."""
    names = district.people["name"].to_numpy(dtype=object)[persons.to_numpy()]
    dotted = np.flatnonzero(np.array(["·" in name for name in names], dtype=bool))
    names[dotted] = [name.translate(DOTS) for name in names[dotted]]
    others = persons.map(district.other_names).to_numpy(dtype=object)
    return np.where(pd.isna(others), names, others)


def _paid_in(district: District, month: int) -> pd.DataFrame:
    """person, employer, base, month, status and how many kinds, for a month's file."""
    spans = district.insurance
    late = district.late
    late_now = spans["person"].isin(late.loc[late["month"] == month, "person"])
    late_before = spans["person"].isin(late.loc[late["month"] == month - 1, "person"])
    running = (spans["first"] <= month) & (spans["last"] >= month)
    before = (spans["first"] < month) & (spans["last"] >= month - 1)
    stopped = (spans["last"] == month - 1) & (spans["employer"] != NO_EMPLOYER)
    owing = stopped & (spans["person"] % 2 == 0) & ~spans["person"].duplicated(keep=False)
    rows = pd.concat(
        [
            spans[running & ~late_now].assign(month=month, status=PAID),
            spans[before & late_before].assign(month=month - 1, status=PAID_LATE),
            spans[owing].assign(month=month, status=OWED),
        ],
        ignore_index=True,
    )
    all_kinds = np.where(rows["person"] % INJURY_ROWS_EVERY == 0, len(KIND_WORDS), 3)
    return rows.assign(kinds=np.where(rows["employer"] == NO_EMPLOYER, len(OWN_KINDS), all_kinds))


def _numbers(district: District, persons: pd.Series) -> list[str]:
    return list(district.people["number"].to_numpy(dtype=object)[persons.to_numpy()])


def _employers(district: District, employers: pd.Series, column: str) -> Texts:
    """The employer's column; blank where people pay for themselves."""
    values = np.append(district.employers[column].to_numpy(dtype=object), "")
    return np.asarray(values[employers.to_numpy()])


def _words(
    rng: np.random.Generator, values: pd.Series, words: Mapping[Any, tuple[str, ...]]
) -> Texts:
    """For each value one of its words, its first the likeliest."""
    result = np.full(len(values), "", dtype=object)
    for value, choices in words.items():
        holds = (values == value).to_numpy()
        fate = (rng.random(int(holds.sum())) ** 2 * len(choices)).astype(int)
        result[holds] = np.array(choices, dtype=object)[fate]
    return result


def _sex_words(people: pd.DataFrame) -> Texts:
    return np.where(people["is_male"], "男", "女").astype(object)


def _index(people: pd.DataFrame) -> pd.Series:
    return pd.Series(people.index.to_numpy(), index=people.index)


def _months(days: pd.Series) -> pd.Series:
    return pd.Series(days.dt.year * MONTHS_A_YEAR + days.dt.month - 1)


def _every_spelling(rng: np.random.Generator, days: pd.Series) -> Texts:
    """By turns all day styles, real dates, and the bare numbers behind dates."""
    spelt = np.array(
        [
            spelt_days(rng, days, "iso", "midnight"),
            spelt_days(rng, days, "chinese"),
            spelt_days(rng, days, "compact"),
            spelt_days(rng, days, "dot", "slash"),
            days.dt.to_pydatetime(),
            serial_days(days).astype(object),
        ],
        dtype=object,
    )
    return np.asarray(spelt[rng.integers(0, len(spelt), len(days)), np.arange(len(days))])


def _phones(people: pd.DataFrame, fate: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Texts:
    """One in twenty-five has two in the cell; one in fifty has none."""
    own = people["phone"].to_numpy(dtype=object)
    both = own + "/" + np.roll(own, 1)
    return np.select([fate > 0.96, fate < 0.02], [both, np.full(len(own), "", object)], own)  # noqa: PLR2004
