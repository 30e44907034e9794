"""Degrees (学历信息).

Issuer: education (教育), once a year after graduation. A row is a degree, identified by the
person, the level and the day of graduation. It only adds: nobody loses a degree.
"""

from circle.imports.sources.base import PERSON, CellKind, Column, SourceFile, meaning
from models.vocabulary.facts import EducationLevel, Source, StudyForm

# GB/T 4658 and the everyday names of its levels.
LEVELS = meaning(
    ("博士, 博士研究生, 博士生", EducationLevel.DOCTOR),
    ("硕士, 硕士研究生, 研究生, 硕士生", EducationLevel.MASTER),
    ("本科, 大学本科, 大学, 普通本科, 专升本", EducationLevel.BACHELOR),
    ("大专, 专科, 大学专科, 高职, 高职高专, 高职(专科), 专科(高职)", EducationLevel.COLLEGE),
    (
        "中专, 中技, 职高, 中等专科, 中等职业, 中等职业教育, 中职, 技校, 技工学校, 职业高中",
        EducationLevel.VOCATIONAL,
    ),
    ("高中, 普通高中, 普高", EducationLevel.HIGH_SCHOOL),
    ("初中, 初级中学", EducationLevel.MIDDLE_SCHOOL),
    ("小学", EducationLevel.PRIMARY_SCHOOL),
)
STUDY_FORMS = meaning(
    ("全日制, 普通全日制", StudyForm.FULL_TIME),
    ("非全日制, 函授, 业余, 自考, 网络教育, 在职", StudyForm.PART_TIME),
)

EDUCATION = SourceFile(
    Source.EDUCATION,
    (
        *PERSON,
        Column(
            "school", ("毕业学校名称", "毕业学校", "毕业院校", "学校名称", "院校名称"), limit=80
        ),
        Column("major", ("专业名称", "专业", "所学专业"), limit=80),
        Column(
            "level",
            ("层次", "学历", "学历层次", "培养层次"),
            CellKind.WORD,
            required=True,
            words=LEVELS,
        ),
        Column("entered_on", ("入学时间", "入学日期", "入学年月"), CellKind.DATE),
        Column("graduated_on", ("毕业时间", "毕业日期", "毕业年月"), CellKind.DATE),
        Column("study_form", ("学习形式", "学习方式"), CellKind.WORD, words=STUDY_FORMS),
        Column("certificate", ("学历证书编号", "毕业证书编号", "证书编号"), limit=40),
    ),
    duplicate_key=("number", "level", "graduated_on"),
    full_list=False,
)
