"""Unemployment registrations (失业登记).

Issuer: human resources and social security (人社), monthly. A row is a registration spell,
identified by the person and the day of registration. A full list of its division.
"""

from circle.imports.sources.base import PERSON, VALID, CellKind, Column, SourceFile
from models.vocabulary.facts import Source

UNEMPLOYMENT = SourceFile(
    Source.UNEMPLOYMENT,
    (
        *PERSON,
        Column(
            "registered_on",
            ("失业登记日期", "失业登记时间", "登记日期", "登记时间"),
            CellKind.DATE,
            required=True,
        ),
        Column("unemployed_since", ("失业时间", "失业日期"), CellKind.DATE),
        Column("reason", ("失业原因",), limit=60),
        Column(
            "registered_division",
            ("户籍地区划", "户籍地区划代码", "户籍地行政区划", "户籍区划", "户籍地"),
            CellKind.DIVISION,
        ),
        Column(
            "lives_in",
            ("常住地区划", "常住地区划代码", "常住地行政区划", "常住区划", "常住地", "居住地区划"),
            CellKind.DIVISION,
        ),
        VALID,
        Column("ended_on", ("注销日期", "注销时间"), CellKind.DATE),
        Column("end_reason", ("注销原因", "注销去向", "注销原因去向"), limit=60),
    ),
    duplicate_key=("number", "registered_on"),
    full_list=True,
)
