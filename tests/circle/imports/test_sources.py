"""The descriptions of the bureau files hold every header and word the bureaus use."""

import pytest

from circle.imports.sources import SOURCES
from circle.imports.sources.base import IGNORED
from models.vocabulary.facts import Source
from models.vocabulary.residents import CategoryCode

HEADERS = {
    Source.HOUSEHOLD: """
        户号 户主身份证 户主姓名 与户主关系 姓名 身份证号 公民身份号码 户籍地址 区划代码
        所属社区 户籍状态 状态日期
    """,
    Source.SUBSISTENCE: """
        户主姓名 身份证号 低保证号 与户主关系 救助类别 低保人员类别 低保原因 保障起始年月
        月保障金额 劳动能力
    """,
    Source.INSURANCE: """
        姓名 证件号码 社会保障号 公民身份证号码 险种 险种类型 费款所属期 缴费年月 缴费月份
        参保年月 缴费基数 单位编号 单位社保号 单位名称 统一社会信用代码 缴费状态 到账标志
        开始年月 结束年月
    """,
    Source.UNEMPLOYMENT: """
        失业登记日期 证件号码 姓名 失业时间 失业原因 户籍地区划 常住地区划 有效标记 注销日期
        注销原因 注销去向
    """,
    Source.EMPLOYMENT: """
        就业登记日期 证件号码 姓名 单位名称 统一社会信用代码 就业形式 合同开始日期 合同结束日期
        有效标记
    """,
    Source.BENEFITS: """
        证件号码 姓名 待遇类别 待遇起始年月 待遇终止年月
    """,
    Source.EDUCATION: """
        证件号码 姓名 毕业学校名称 专业名称 层次 学历 入学时间 毕业时间 学习形式 学历证书编号
    """,
    Source.CASELOAD: """
        姓名 身份证号 联系电话 所属社区 登记日期 专员 人员类别 就业状态 求职意向 最近走访日期
    """,
    Source.POSTS: """
        岗位名称 职位 招聘岗位 工种 企业名称 单位名称 公司名称 用人单位 统一社会信用代码 招聘人数
        人数
        需求人数 薪资 薪酬 工资待遇 月薪 salary 学历 学历要求 degree 经验 工作地点 工作地址 area
        工作区域 所属社区 街道 区划 工作时间 班次 岗位性质 用工形式 技能要求 岗位要求 证书 社保 五险
        联系人 联系电话 有效期 截止日期 岗位描述 经度 纬度
    """,
}

WORDS = {
    (Source.HOUSEHOLD, "register_status"): {
        "normal": "正常",
        "moved_out": "迁出",
        "dead": "死亡 死亡注销",
        "army": "参军 服兵役",
    },
    (Source.SUBSISTENCE, "subsistence_kind"): {
        "dibao": "低保 城市低保 农村低保 最低生活保障",
        "near_dibao": "低保边缘 低边",
        "destitute": "特困 特困供养",
    },
    (Source.SUBSISTENCE, "ability"): {
        "full": "有 有劳动能力",
        "partial": "部分 部分丧失劳动能力",
        "none": "无 无劳动能力 完全丧失劳动能力",
    },
    (Source.INSURANCE, "kind"): {
        "employee_pension": "企业职工基本养老保险 城镇职工基本养老保险 职工养老 养老保险 养老",
        "employee_medical": "职工基本医疗保险 职工医疗 医疗保险",
        "unemployment": "失业保险 失业",
        "residents_pension": "城乡居民基本养老保险",
        "residents_medical": "城乡居民基本医疗保险",
        IGNORED: "工伤保险 生育保险",
    },
    (Source.INSURANCE, "state"): {
        "paid": "已到账 已缴 正常 补缴",
        IGNORED: "未到账 欠费 未缴 转出 已转出",
    },
    (Source.UNEMPLOYMENT, "valid"): {"open": "有效 是 1", "ended": "无效 否 0"},
    (Source.EMPLOYMENT, "valid"): {"open": "有效 是 1", "ended": "无效 否 0"},
    (Source.BENEFITS, "benefit_kind"): {
        "pension": "养老金 基本养老金 退休",
        "unemployment_benefit": "失业保险金",
    },
    (Source.EDUCATION, "study_form"): {
        "full_time": "全日制 普通全日制",
        "part_time": "非全日制 函授 业余 自考 网络教育 在职",
    },
    (Source.CASELOAD, "work_status"): {
        "unemployed": "失业 未就业",
        "employed": "就业",
        "flexible": "灵活就业",
        "self_employed": "创业",
        "studying": "求学",
    },
}


@pytest.mark.parametrize("source", Source)
def test_every_usual_header_belongs_to_a_column(source: Source) -> None:
    aliases = {alias for column in SOURCES[source].columns for alias in column.aliases}
    assert set(HEADERS[source].split()) <= aliases


@pytest.mark.parametrize(("where", "meanings"), WORDS.items(), ids=str)
def test_every_word_has_its_meaning(where: tuple[Source, str], meanings: dict[str, str]) -> None:
    source, key = where
    expected = {word: value for value, words in meanings.items() for word in words.split()}
    words = SOURCES[source].column(key).words or {}
    assert {word: words.get(word) for word in expected} == expected


def test_every_category_of_the_ledger_is_known() -> None:
    words = SOURCES[Source.CASELOAD].column("categories").words or {}
    assert words["残疾人"] == CategoryCode.DISABLED
    assert len(words) == len(CategoryCode)


@pytest.mark.parametrize("source", Source)
def test_what_identifies_a_row_is_among_its_columns(source: Source) -> None:
    described = SOURCES[source]
    keys = {column.key for column in described.columns} | {"employer"}
    assert set(described.duplicate_key) <= keys
    assert len(keys) == len(described.columns) + 1
