"""Pensions and unemployment benefits being drawn (社保待遇领取).

Issuer: human resources and social security (人社), monthly. A row is a person drawing one
benefit, identified by the person, the benefit and its first month. A full list of its division.
"""

from circle.imports.sources.base import IGNORED, PERSON, CellKind, Column, SourceFile, meaning
from models.vocabulary.facts import BenefitKind, Source

KINDS = meaning(
    ("养老金, 基本养老金, 退休", BenefitKind.PENSION),
    ("失业保险金", BenefitKind.UNEMPLOYMENT_BENEFIT),
)

BENEFITS = SourceFile(
    Source.BENEFITS,
    (
        *PERSON,
        Column(
            "benefit_kind",
            ("待遇类别", "待遇类型", "待遇名称", "待遇种类"),
            CellKind.WORD,
            required=True,
            decides=True,
            words=KINDS,
            otherwise=IGNORED,
        ),
        Column(
            "from_month",
            ("待遇起始年月", "待遇开始年月", "享受开始年月", "起始年月", "开始年月"),
            CellKind.MONTH,
            required=True,
        ),
        Column(
            "to_month",
            (
                "待遇终止年月",
                "待遇结束年月",
                "待遇截止年月",
                "享受终止年月",
                "终止年月",
                "结束年月",
            ),
            CellKind.MONTH,
        ),
    ),
    duplicate_key=("number", "benefit_kind", "from_month"),
    full_list=True,
)
