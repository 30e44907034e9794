"""Posts an agency gathers (机构岗位): what employers look for, typed by hand.

Issuer: human-resources agencies and employers themselves, whenever they have something; every one
has a form of its own. A row is a post, identified by its employer (the USCC, else the name), its
title and where the work is. It only adds: a post ends by its own last day, or by a person's word.
"""

from dataclasses import replace

from circle.imports.sources.base import (
    PLACE,
    USCC,
    CellKind,
    Column,
    SourceFile,
    meaning,
)
from models.vocabulary.facts import Source
from models.vocabulary.places import CoordinateSystem
from models.vocabulary.residents import WorkKind

KINDS = meaning(
    ("全职, 全日制, 正式工, 正式, 长期工, 长期, 合同制, 合同工, 劳动合同", WorkKind.FULL_TIME),
    ("劳务派遣, 派遣, 外包, 单位就业", WorkKind.FULL_TIME),
    ("兼职, 非全日制, 半日制, 钟点工, 小时工, 周末兼职", WorkKind.PART_TIME),
    ("零工, 灵活就业, 灵活用工, 临时工, 临时, 短工, 日结, 日结工, 短期工, 短期", WorkKind.GIG),
    ("公益性岗位, 公益岗位, 公益岗, 公益性, 乡村公益性岗位", WorkKind.PUBLIC_WELFARE),
    ("见习, 就业见习, 见习岗位, 青年见习, 实习", WorkKind.TRAINEESHIP),
    ("居家, 居家就业, 居家办公, 来料加工, 家庭手工", WorkKind.HOME_WORK),
)
PAID, NOT_PAID = "paid", "not_paid"
INSURED = meaning(
    ("是, 有, 缴, 缴纳, 交, 已缴, 提供, 购买, √, ✓, 1, 社保, 五险, 五险一金, 六险一金, 三险", PAID),
    ("缴纳社保, 交社保, 缴纳五险, 缴纳五险一金, 含社保, 含五险", PAID),
    ("否, 无, 不缴, 不缴纳, 不交, 未缴, 未缴纳, 没有, ×, 0, 不提供, 无社保", NOT_PAID),
    ("不缴纳社保, 不交社保, 意外险, 商业保险, 雇主责任险", NOT_PAID),
)
# Maps in China are in GCJ-02; whoever has a position of another kind says so.
SYSTEMS = meaning(
    ("WGS84, WGS-84, GPS, wgs84", CoordinateSystem.WGS84),
    ("GCJ02, GCJ-02, 高德, 腾讯, 火星坐标, gcj02", CoordinateSystem.GCJ02),
    ("BD09, BD-09, 百度, bd09", CoordinateSystem.BD09),
)

POSTS = SourceFile(
    Source.POSTS,
    (
        Column(
            "title",
            (
                "岗位名称",
                "招聘岗位",
                "岗位",
                "职位名称",
                "招聘职位",
                "职位",
                "工种",
                "招聘工种",
                "岗位工种",
                "用工岗位",
                "需求岗位",
                "缺工岗位",
                "jobName",
                "job",
            ),
            required=True,
            limit=80,
        ),
        Column(
            "employer_name",
            (
                "企业名称",
                "用人单位",
                "单位名称",
                "公司名称",
                "招聘单位",
                "招聘企业",
                "用工单位",
                "用工企业",
                "用人单位名称",
                "企业",
                "公司",
                "单位",
                "companyName",
                "company",
            ),
            required=True,
            carried=True,
            limit=120,
        ),
        Column("uscc", USCC.aliases, CellKind.USCC, carried=True),
        Column(
            "headcount",
            (
                "招聘人数",
                "需求人数",
                "人数",
                "用工人数",
                "招工人数",
                "岗位数",
                "岗位数量",
                "需求数",
                "缺工人数",
                "headcount",
            ),
            CellKind.COUNT,
        ),
        Column(
            "pay",
            (
                "薪资",
                "薪酬",
                "工资待遇",
                "月薪",
                "薪资待遇",
                "薪酬待遇",
                "工资",
                "待遇",
                "薪资范围",
                "薪资水平",
                "月工资",
                "年薪",
                "日薪",
                "工资标准",
                "salary",
            ),
            CellKind.PAY,
        ),
        Column(
            "education",
            ("学历要求", "学历", "最低学历", "文化程度", "学历层次", "degree"),
            CellKind.LEVEL,
        ),
        Column("experience", ("经验", "工作经验", "经验要求", "工作年限", "workYear"), limit=60),
        Column(
            "address",
            (
                "工作地点",
                "工作地址",
                "上班地点",
                "上班地址",
                "详细地址",
                "工作区域",
                "单位地址",
                "企业地址",
                "公司地址",
                "地址",
                "area",
            ),
            carried=True,
            limit=200,
        ),
        *(replace(column, carried=True) for column in PLACE),
        Column(
            "shifts",
            ("工作时间", "班次", "上班时间", "工作班次", "工作时段", "班制", "作息时间"),
            limit=100,
        ),
        Column(
            "kind",
            (
                "岗位性质",
                "用工形式",
                "工作性质",
                "岗位类型",
                "用工性质",
                "用工方式",
                "用工类型",
                "就业形式",
            ),
            CellKind.WORD,
            words=KINDS,
            blank=WorkKind.FULL_TIME,
        ),
        Column(
            "skills",
            ("技能要求", "岗位要求", "任职要求", "任职条件", "招聘要求", "技能", "招聘条件"),
            limit=2000,
        ),
        Column(
            "certificates", ("证书", "证书要求", "持证要求", "职业资格", "资格证书", "所需证书")
        ),
        Column(
            "insurance_paid",
            ("社保", "五险", "社会保险", "是否缴纳社保", "是否缴社保", "五险一金", "社保缴纳"),
            CellKind.WORD,
            words=INSURED,
        ),
        Column("contact", ("联系人", "招聘联系人", "企业联系人", "负责人"), carried=True, limit=60),
        Column(
            "phones",
            (
                "联系电话",
                "联系方式",
                "电话",
                "手机",
                "手机号",
                "手机号码",
                "联系人电话",
                "招聘电话",
            ),
            CellKind.PHONES,
            carried=True,
        ),
        Column(
            "valid_until",
            (
                "有效期",
                "截止日期",
                "截止时间",
                "有效期至",
                "有效日期",
                "招聘截止日期",
                "招聘截止时间",
                "招聘有效期",
                "失效日期",
            ),
            CellKind.LAST_DAY,
        ),
        Column(
            "description",
            ("岗位描述", "职位描述", "岗位职责", "工作内容", "工作职责", "职责描述", "备注"),
            limit=2000,
        ),
        Column("longitude", ("经度", "lng", "longitude"), CellKind.DEGREES),
        Column("latitude", ("纬度", "lat", "latitude"), CellKind.DEGREES),
        Column("system", ("坐标系", "坐标类型", "坐标"), CellKind.WORD, words=SYSTEMS),
    ),
    duplicate_key=("employer_name", "title", "division", "address"),
    full_list=False,
    anchor="title",
    named_by="title",
    heads=("employer_name", "uscc", "contact", "phones"),
    heads_needed=2,
)
