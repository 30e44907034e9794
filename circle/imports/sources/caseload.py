"""The office's own ledger (就业服务台账), for moving in.

Issuer: the community or street itself, once. A row is a person under service, identified by the
person's number; each row opens a case. It only adds: a case is closed by a person.
"""

from circle.imports.sources.base import (
    COMMUNITY,
    DIVISION_ALIASES,
    PERSON,
    STREET,
    CellKind,
    Column,
    SourceFile,
    meaning,
)
from models.vocabulary.facts import Source
from models.vocabulary.residents import CategoryCode, WorkStatus

CATEGORIES = {category.label: category.value for category in CategoryCode}
WORK_STATUSES = meaning(
    ("失业, 未就业", WorkStatus.UNEMPLOYED),
    ("就业", WorkStatus.EMPLOYED),
    ("灵活就业", WorkStatus.FLEXIBLE),
    ("创业", WorkStatus.SELF_EMPLOYED),
    ("求学", WorkStatus.STUDYING),
)

CASELOAD = SourceFile(
    Source.CASELOAD,
    (
        *PERSON,
        Column(
            "phones",
            ("联系电话", "手机号", "手机号码", "联系方式", "电话", "手机", "电话号码"),
            CellKind.PHONES,
        ),
        Column("division", DIVISION_ALIASES, CellKind.DIVISION),
        COMMUNITY,
        STREET,
        Column(
            "opened_on",
            ("登记日期", "登记时间", "建档日期", "首次登记日期"),
            CellKind.DATE,
            required=True,
        ),
        Column("worker", ("专员", "就业专员", "专员账号", "责任专员", "网格员"), limit=60),
        Column(
            "categories",
            ("人员类别", "人员类型", "人群类别"),
            CellKind.WORD,
            words=CATEGORIES,
            several=True,
        ),
        Column(
            "work_status",
            ("就业状态", "就业状况"),
            CellKind.WORD,
            words=WORK_STATUSES,
            blank=WorkStatus.UNEMPLOYED,
        ),
        Column("wish", ("求职意向", "就业意向", "意向岗位")),
        Column("last_contact_on", ("最近走访日期", "最近走访时间", "最近联系日期"), CellKind.DATE),
    ),
    duplicate_key=("number",),
    full_list=False,
)
