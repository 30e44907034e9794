"""Social-insurance contributions (社会保险缴费明细).

Issuer: human resources and social security (人社), monthly, one to two months late. A row is a
person, a kind of insurance and a month; or a person and a month with every kind as a column; or
a span of months (开始年月–结束年月). Person, kind, month and employer identify a contribution.
A full list of its own month only; its rows for other months are back-payments.
"""

from circle.imports.sources.base import (
    IGNORED,
    PERSON,
    USCC,
    CellKind,
    Column,
    SourceFile,
    meaning,
)
from models.vocabulary.facts import InsuranceKind, Source

KINDS = meaning(
    (
        "企业职工基本养老保险, 城镇职工基本养老保险, 职工基本养老保险, 职工养老, 养老保险, 养老",
        InsuranceKind.EMPLOYEE_PENSION,
    ),
    ("职工基本医疗保险, 职工医疗, 医疗保险", InsuranceKind.EMPLOYEE_MEDICAL),
    ("失业保险, 失业", InsuranceKind.UNEMPLOYMENT),
    ("城乡居民基本养老保险", InsuranceKind.RESIDENTS_PENSION),
    ("城乡居民基本医疗保险", InsuranceKind.RESIDENTS_MEDICAL),
    ("工伤保险, 生育保险", IGNORED),
)
PAID = "paid"
STATES = meaning(
    ("已到账, 已缴, 正常, 补缴", PAID),
    ("未到账, 欠费, 未缴, 转出, 已转出", IGNORED),
)
# What stands in a kind's own column where no base is given.
PAID_MARKS = frozenset({"√", "✓", "是", "已到账", "已缴", "正常", "补缴"})
UNPAID_MARKS = frozenset({"×", "X", "x", "否", "未到账", "欠费", "未缴", "转出", "已转出"})
# What may follow a kind's name in the header of its own column.
KIND_PARTS = (
    "个人缴费基数",
    "单位缴费基数",
    "缴费基数",
    "个人基数",
    "单位基数",
    "基数",
    "个人缴费",
    "单位缴费",
    "个人部分",
    "单位部分",
    "个人",
    "单位",
)

INSURANCE = SourceFile(
    Source.INSURANCE,
    (
        *PERSON,
        Column(
            "kind",
            ("险种", "险种类型", "险种名称", "参保险种", "险种类别"),
            CellKind.WORD,
            required=True,
            decides=True,
            words=KINDS,
        ),
        Column(
            "month",
            (
                "费款所属期",
                "缴费年月",
                "缴费月份",
                "参保年月",
                "费款所属年月",
                "费款所属月份",
                "所属期",
                "缴费所属期",
            ),
            CellKind.MONTH,
            required=True,
        ),
        Column(
            "from_month",
            ("开始年月", "起始年月", "缴费开始年月", "缴费起始年月", "费款所属期起", "起始月份"),
            CellKind.MONTH,
            required=True,
        ),
        Column(
            "to_month",
            ("结束年月", "终止年月", "截止年月", "缴费结束年月", "缴费终止年月", "费款所属期止"),
            CellKind.MONTH,
        ),
        Column("base_fen", ("缴费基数", "月缴费基数", "个人缴费基数", "基数"), CellKind.MONEY),
        Column(
            "employer_number",
            ("单位编号", "单位社保号", "单位社保编号", "社保单位编号", "单位代码"),
            limit=40,
        ),
        Column("employer_name", ("单位名称", "参保单位", "缴费单位", "参保单位名称"), limit=120),
        USCC,
        Column(
            "state",
            ("缴费状态", "到账标志", "到账标识", "到账状态", "缴费标志", "缴费情况"),
            CellKind.WORD,
            decides=True,
            words=STATES,
            blank=PAID,
        ),
    ),
    duplicate_key=("number", "kind", "month", "employer"),
    full_list=False,
)
