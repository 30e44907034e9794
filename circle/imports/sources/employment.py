"""Employment registrations (就业登记).

Issuer: human resources and social security (人社), monthly. A row is a registration spell,
identified by the person and the day of registration. A full list of its division.
"""

from circle.imports.sources.base import PERSON, USCC, VALID, CellKind, Column, SourceFile
from models.vocabulary.facts import Source

EMPLOYMENT = SourceFile(
    Source.EMPLOYMENT,
    (
        *PERSON,
        Column(
            "registered_on",
            ("就业登记日期", "就业登记时间", "登记日期", "登记时间"),
            CellKind.DATE,
            required=True,
        ),
        Column("employer_name", ("单位名称", "用人单位", "用人单位名称", "就业单位"), limit=120),
        USCC,
        Column("form", ("就业形式", "就业类型", "就业方式"), limit=40),
        Column(
            "contract_from",
            ("合同开始日期", "合同起始日期", "合同开始时间", "劳动合同开始日期"),
            CellKind.DATE,
        ),
        Column(
            "contract_to",
            ("合同结束日期", "合同终止日期", "合同到期日期", "合同结束时间", "劳动合同结束日期"),
            CellKind.DATE,
        ),
        VALID,
        Column("ended_on", ("注销日期", "注销时间", "就业登记注销日期"), CellKind.DATE),
    ),
    duplicate_key=("number", "registered_on"),
    full_list=True,
)
