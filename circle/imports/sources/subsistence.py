"""Subsistence support (低保、低保边缘、特困).

Issuer: civil affairs (民政), monthly. A row is a person, or a household whose member rows stand
beside one merged cell for the head (户主); what belongs to the household is then written on its
first row only. The person's number identifies a row. A full list of its division.
"""

from circle.imports.sources.base import (
    HEAD_NAME,
    HEAD_NUMBER,
    HOUSEHOLD_HEADS,
    PERSON,
    PLACE,
    RELATION,
    CellKind,
    Column,
    SourceFile,
    meaning,
)
from models.vocabulary.facts import Source, SubsistenceKind, WorkAbility

KINDS = meaning(
    ("低保, 城市低保, 农村低保, 最低生活保障", SubsistenceKind.DIBAO),
    ("低保边缘, 低边", SubsistenceKind.NEAR_DIBAO),
    ("特困, 特困供养", SubsistenceKind.DESTITUTE),
)
ABILITIES = meaning(
    ("有, 有劳动能力", WorkAbility.FULL),
    ("部分, 部分丧失劳动能力", WorkAbility.PARTIAL),
    ("无, 无劳动能力, 完全丧失劳动能力", WorkAbility.NONE),
)

SUBSISTENCE = SourceFile(
    Source.SUBSISTENCE,
    (
        *PERSON,
        HEAD_NUMBER,
        HEAD_NAME,
        RELATION,
        Column(
            "certificate",
            ("低保证号", "低保证编号", "救助证号", "低保证号码", "证书编号"),
            carried=True,
            limit=40,
        ),
        Column(
            "subsistence_kind",
            ("救助类别", "低保人员类别", "救助类型", "保障类别", "人员类别"),
            CellKind.WORD,
            required=True,
            decides=True,
            words=KINDS,
            carried=True,
        ),
        Column("reason", ("低保原因", "救助原因", "致贫原因", "困难原因"), carried=True, limit=60),
        Column(
            "from_month",
            (
                "保障起始年月",
                "保障开始年月",
                "起始年月",
                "保障起始月",
                "保障起始时间",
                "保障起始日期",
            ),
            CellKind.MONTH,
            carried=True,
        ),
        Column(
            "amount_fen",
            ("月保障金额", "保障金额", "月保障金", "月救助金额", "月发放金额"),
            CellKind.MONEY,
            carried=True,
        ),
        Column("ability", ("劳动能力", "劳动能力情况"), CellKind.WORD, words=ABILITIES),
        *PLACE,
    ),
    duplicate_key=("number",),
    full_list=True,
    heads=HOUSEHOLD_HEADS,
)
