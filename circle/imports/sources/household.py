"""The household register (户籍人口信息).

Issuer: the public security bureau (公安), monthly, one file a street or district.
A row is a person; the person's citizen number identifies it. The file is a full list of its
division: who is no longer in it has left the register.
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
from models.vocabulary.facts import RegisterStatus, Source

STATUSES = meaning(
    ("正常", RegisterStatus.NORMAL),
    ("迁出", RegisterStatus.MOVED_OUT),
    ("死亡, 死亡注销", RegisterStatus.DEAD),
    ("参军, 服兵役", RegisterStatus.ARMY),
)

HOUSEHOLD = SourceFile(
    Source.HOUSEHOLD,
    (
        *PERSON,
        Column("household_number", ("户号", "户编号", "家庭户号"), carried=True, limit=40),
        HEAD_NUMBER,
        HEAD_NAME,
        RELATION,
        Column("address", ("户籍地址", "户籍地", "户籍详细地址", "户口地址", "地址", "住址")),
        *PLACE,
        Column(
            "register_status",
            ("户籍状态", "户口状态", "人口状态"),
            CellKind.WORD,
            decides=True,
            words=STATUSES,
            blank=RegisterStatus.NORMAL,
        ),
        Column("status_on", ("状态日期", "状态变更日期", "变动日期", "变更日期"), CellKind.DATE),
    ),
    duplicate_key=("number",),
    full_list=True,
    heads=HOUSEHOLD_HEADS,
)
