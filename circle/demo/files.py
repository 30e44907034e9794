"""Writes what eight bureaus and an agency would send: every trap, and about 1 % of broken rows."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from circle.demo import agency, sheets
from circle.demo.breakages import Broken, break_rows
from circle.demo.district import District
from circle.demo.formats import (
    Layout,
    double_encode,
    write_csv,
    write_html,
    write_xls,
    write_xlsx,
)
from models.vocabulary.facts import Source
from models.vocabulary.months import first_day, month_text

# How many months before the newest the first file of one month lies; the history ends before it.
FIRST_MONTH_BACK = 6
COLUMNS_MONTH_BACK = 2
HIDDEN_EVERY = 97


@dataclass(frozen=True)
class DemoFile:
    """A file written, how to import it, and what it holds.

    `rows` are data rows, broken ones included, and `rejected` of them must be rejected; `rejects`
    says by reject code for how many at least.
    """

    source: Source
    path: Path
    month: str | None
    arguments: tuple[str, ...]
    rows: int
    rejected: int
    rejects: dict[str, int]


@dataclass(frozen=True)
class MonthStyle:
    """How a month's insurance list is saved, and which words head the columns that vary."""

    number: str
    kind: str
    month: str
    unit: str
    status: str
    months: str
    encoding: str = "gb18030"
    separator: str = ","
    suffix: str = "csv"
    titled: bool = False
    total: bool = False

    @property
    def headers(self) -> tuple[str, ...]:
        """In the order in which `insurance_rows` wants them."""
        employer = (self.unit, "单位名称", "统一社会信用代码")
        return (self.number, "姓名", self.kind, self.month, "缴费基数", *employer, self.status)


# By months before the newest; one of each kind of sender.
MONTH_STYLES = {
    6: MonthStyle(
        "社会保障号", "险种", "缴费年月", "单位编号", "缴费状态",
        "compact",
        titled=True,
        total=True,
    ),
    5: MonthStyle(
        "证件号码", "险种类型", "费款所属期", "单位编号", "到账标志",
        "compact",
    ),
    4: MonthStyle(
        "证件号码", "险种类型", "缴费月份", "单位社保号", "到账标志",
        "chinese",
        total=True,
    ),
    3: MonthStyle(
        "公民身份证号码", "险种类型", "参保年月", "单位编号", "缴费状态",
        "iso",
        encoding="utf-16",
        separator="\t",
        suffix="txt",
    ),
    1: MonthStyle(
        "证件号码", "险种", "费款所属期", "单位编号", "到账标志",
        "slash",
    ),
    0: MonthStyle(
        "证件号码", "险种类型", "费款所属期", "单位编号", "缴费状态",
        "compact",
        titled=True,
        total=True,
    ),
}  # fmt: skip


def write(district: District, folder: Path) -> list[DemoFile]:
    """Every file, in the order in which to import them: residents first."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng([district.seed, 1])
    return [
        _household(district, folder, rng),
        _subsistence(district, folder, rng),
        _unemployment(district, folder, rng),
        _caseload(district, folder, rng),
        _history(district, folder, rng),
        *[write_insurance(district, folder, rng, back) for back in range(FIRST_MONTH_BACK, -1, -1)],
        _residents_insurance(district, folder, rng),
        _employment(district, folder, rng),
        _benefits(district, folder, rng),
        _education(district, folder, rng),
        _posts(district, folder, rng),
    ]


def _break(district: District, rng: np.random.Generator, draft: sheets.Draft) -> Broken:
    """People who stand for a conflict are spared, so that every conflict arrives.

    So are rows an importer passes over: broken or not, nobody would tell.
    """
    people = district.people
    conflicting = np.concatenate(list(district.conflicts.values()))
    persons = draft.persons
    return break_rows(
        rng,
        draft.frame,
        draft.columns,
        people["number"].loc[persons],
        persons.isin(conflicting) | draft.frame.isin(sheets.PASSED_OVER).any(axis=1),
    )


def _done(
    source: Source, path: Path, broken: Broken, month: int | None = None, *arguments: str
) -> DemoFile:
    text = None if month is None else month_text(month)
    rows, rejects = len(broken.frame), dict(broken.rejects)
    return DemoFile(source, path, text, arguments, rows, broken.rejected, rejects)


def _household(district: District, folder: Path, rng: np.random.Generator) -> DemoFile:
    draft = sheets.household(district, rng)
    broken = _break(district, rng, draft)
    layouts = [
        Layout(
            title=f"余杭区{street}常住户籍人口花名册",
            subtitle=f"填报单位：余杭区公安分局　　{district.on.year}年{district.on.month}月",
            sheet=str(street),
            frame=rows.drop(columns=sheets.STREET).reset_index(drop=True),
            group=sheets.FAMILY,
            merged=("户号", "户主身份证", "户主姓名"),
            total="户主姓名",
            notes=("注：1. 本表按户填写；2. 户籍状态以公安登记为准。",),
            hidden=tuple(range(HIDDEN_EVERY, len(rows), HIDDEN_EVERY)),
        )
        for street, rows in broken.frame.groupby(sheets.STREET, sort=False)
    ]
    path = folder / "户籍人口花名册.xlsx"
    write_xlsx(path, layouts, district.on)
    return _done(Source.HOUSEHOLD, path, broken)


def _subsistence(district: District, folder: Path, rng: np.random.Generator) -> DemoFile:
    draft = sheets.subsistence(district, rng)
    broken = _break(district, rng, draft)
    layout = Layout(
        title=f"余杭区最低生活保障家庭花名册（{district.on.year}年{district.on.month}月）",
        frame=broken.frame,
        sheet="低保花名册",
        group=sheets.FAMILY,
        merged=("户主姓名", "低保证号", "所属社区", "救助类别", "保障起始年月", "月保障金额"),
        over=(("家庭信息", "户主姓名", "月保障金额"), ("家庭成员信息", "姓名", "劳动能力")),
        total="户主姓名",
        notes=("备注：低保边缘家庭自批准次月起享受。",),
    )
    path = folder / "低保花名册.xls"
    write_xls(path, [layout])
    return _done(Source.SUBSISTENCE, path, broken)


def write_insurance(
    district: District, folder: Path, rng: np.random.Generator, back: int
) -> DemoFile:
    """One month's list of all employees' kinds, `back` months before the newest."""
    month = district.newest_month - back
    if back == COLUMNS_MONTH_BACK:
        return _insurance_columns(district, folder, rng, month)
    style = MONTH_STYLES[back]
    broken = _break(
        district,
        rng,
        sheets.insurance_rows(district, rng, month, style.headers, style.months),
    )
    path = folder / f"社保缴费明细_{month_text(month)}.{style.suffix}"
    layout = Layout(
        title=f"余杭区{_month_title(month)}社会保险缴费明细",
        frame=broken.frame,
        total=style.headers[1] if style.total else "",
    )
    write_csv(path, layout, encoding=style.encoding, separator=style.separator, titled=style.titled)
    return _done(Source.INSURANCE, path, broken, month)


def _insurance_columns(
    district: District, folder: Path, rng: np.random.Generator, month: int
) -> DemoFile:
    broken = _break(district, rng, sheets.insurance_columns(district, rng, month))
    path = folder / f"参保人员缴费基数_{month_text(month)}.xlsx"
    layout = Layout(
        title=f"{_month_title(month)}参保人员缴费基数一览",
        frame=broken.frame,
        over=(("险种缴费基数（元）", sheets.KIND_WORDS[0], sheets.KIND_WORDS[-1]),),
        total="姓名",
        repeats_header=True,
    )
    write_xlsx(path, [layout], district.on)
    return _done(Source.INSURANCE, path, broken, month)


def _history(district: District, folder: Path, rng: np.random.Generator) -> DemoFile:
    month = district.newest_month - FIRST_MONTH_BACK - 1
    broken = _break(district, rng, sheets.insurance_history(district, rng, month))
    path = folder / f"养老保险历史缴费_{month_text(month)}.csv"
    layout = Layout(title="职工养老保险历史缴费区间", frame=broken.frame)
    write_csv(path, layout, encoding="gb18030")
    return _done(Source.INSURANCE, path, broken, month, "--month", month_text(month))


def _residents_insurance(district: District, folder: Path, rng: np.random.Generator) -> DemoFile:
    month = district.newest_month
    broken = _break(district, rng, sheets.residents_insurance(district, rng, month))
    path = folder / f"城乡居民参保_{month_text(month)}.csv"
    layout = Layout(title="城乡居民参保缴费明细", frame=broken.frame)
    write_csv(path, layout, encoding="utf-8-sig")
    return _done(Source.INSURANCE, path, broken, month)


def _unemployment(district: District, folder: Path, rng: np.random.Generator) -> DemoFile:
    broken = _break(district, rng, sheets.unemployment(district, rng))
    path = folder / "失业登记信息.xls"
    write_html(path, Layout(title="失业登记信息查询结果", frame=broken.frame))
    return _done(Source.UNEMPLOYMENT, path, broken)


def _employment(district: District, folder: Path, rng: np.random.Generator) -> DemoFile:
    broken = _break(district, rng, sheets.employment(district, rng))
    path = folder / "就业登记信息.csv"
    write_csv(path, Layout(title="就业登记信息", frame=broken.frame), encoding="utf-8-sig")
    return _done(Source.EMPLOYMENT, path, broken)


def _benefits(district: District, folder: Path, rng: np.random.Generator) -> DemoFile:
    broken = _break(district, rng, sheets.benefits(district, rng))
    path = folder / "待遇领取人员.csv"
    write_csv(path, Layout(title="待遇领取人员", frame=broken.frame), encoding="utf-8")
    double_encode(path)
    return _done(Source.BENEFITS, path, broken)


def _education(district: District, folder: Path, rng: np.random.Generator) -> DemoFile:
    broken = _break(district, rng, sheets.education(district, rng))
    path = folder / "高校毕业生及在校生学历.xlsx"
    layout = Layout(title="学历信息", frame=broken.frame, sheet="学历", repeats_header=True)
    write_xlsx(path, [layout], district.on)
    return _done(Source.EDUCATION, path, broken)


def _caseload(district: District, folder: Path, rng: np.random.Generator) -> DemoFile:
    broken = _break(district, rng, sheets.caseload(district, rng))
    path = folder / "就业帮扶在册台账.xlsx"
    layout = Layout(
        title=f"余杭区就业帮扶在册人员台账（截至{district.on.isoformat()}）",
        subtitle="说明：专员填账号名；人员类别可多选，用、分隔。",
        frame=broken.frame,
        sheet="在册台账",
        total="姓名",
        hidden=tuple(range(HIDDEN_EVERY, len(broken.frame), HIDDEN_EVERY)),
        repeats_header=True,
    )
    write_xlsx(path, [layout], district.on)
    return _done(Source.CASELOAD, path, broken)


def _posts(district: District, folder: Path, rng: np.random.Generator) -> DemoFile:
    broken = agency.agency_posts(rng, district.on)
    path = folder / "人力资源公司岗位汇总.xls"
    layout = Layout(
        title=f"余杭区{district.on.year}年{district.on.month}月用工需求汇总表",
        subtitle="填报单位：杭州万业人力资源服务有限公司",
        frame=broken.frame,
        sheet="岗位汇总",
        group=agency.FIRM,
        merged=agency.MERGED,
        total="招聘岗位",
        notes=("注：以上岗位信息由用人单位提供，面试请先与联系人预约。",),
    )
    write_xls(path, [layout])
    return _done(Source.POSTS, path, broken)


def _month_title(month: int) -> str:
    day = first_day(month)
    return f"{day.year}年{day.month}月"
