"""The report beside a dropped file, in the words of those who look into the folder.

Numbers, codes and reasons only: what names a person stays inside the system. The same fate always
gives the same text, so that a report written twice is one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from circle.imports.oddities import brings_nothing
from circle.imports.queries import COUNTS
from circle.imports.sources import SOURCES
from circle.refusals import without_options
from models.imports import ImportBatch
from models.vocabulary.facts import InsuranceKind, Source
from models.vocabulary.imports import BatchState, Oddity, RejectCode, WarningCode
from models.vocabulary.labelled import Labelled
from models.vocabulary.months import month_text

COUNT_WORDS = dict(
    zip(
        COUNTS,
        ("数据行", "新增", "变更", "无变化", "未匹配", "略过", "终止", "退回"),
        strict=True,
    )
)
APPLIED, WAITS, FAILED, REPEATED, UNDONE = "已入库", "等待核对", "没有入库", "内容重复", "已撤回"
ADVICE = {
    APPLIED: "不需要再做什么。",
    WAITS: "请数据专管员在网页“导入”里打开这个批次，核对后确认入库或放弃。",
    FAILED: "请按原因改正后重新投放。",
    REPEATED: "没有再次导入。如需再比对一次，请在网页上传，并勾选“再次导入”。",
    UNDONE: "这个批次入库后已被撤回。",
}
MEND = "退回的行含个人信息，不放在这里：请在网页“导入”里打开这个批次下载，改正后重新投放。"


@dataclass(frozen=True)
class Fate:
    """What became of a dropped file; `batch` where it became one."""

    file_name: str
    source: Source
    result: str
    reason: str = ""
    batch: ImportBatch | None = None
    place: str = ""  # the division's name

    @property
    def is_done(self) -> bool:
        return self.result in {APPLIED, REPEATED, UNDONE}


def report(fate: Fate, timezone: str) -> bytes:
    """UTF-8 with a mark and Windows line ends: it is read in Notepad."""
    lines = [
        "文件接收报告",
        f"文件：{fate.file_name}",
        f"来源：{fate.source.label}",
        f"结果：{fate.result}",
        *([f"原因：{fate.reason}"] if fate.reason else []),
        *(_of_batch(fate.batch, fate.place, timezone) if fate.batch else []),
        f"怎么办：{_advice(fate)}",
    ]
    return "\r\n".join([*lines, ""]).encode("utf-8-sig")


def _of_batch(batch: ImportBatch, place: str, timezone: str) -> Iterable[str]:
    yield f"批次：{batch.id}"
    yield f"月份：{'' if batch.month is None else month_text(batch.month)}"
    yield f"区划：{place}（{batch.division_code}）"
    if batch.kinds:
        yield f"险种：{'、'.join(InsuranceKind(kind).label for kind in batch.kinds)}"
    yield f"收到：{_clock(batch.created_at, timezone)}"
    if batch.applied_at:
        yield f"入库：{_clock(batch.applied_at, timezone)}"
    if batch.counts:
        words = (f"{word} {batch.counts.get(name, 0)}" for name, word in COUNT_WORDS.items())
        yield f"计数：{'，'.join(words)}"
    if brings_nothing(batch.counts):
        yield "说明：与已有的记录完全一样，没有新增、变更和终止。"
    yield from _by_code("退回原因", batch.reasons, RejectCode)
    yield from _by_code("提示", batch.warnings, WarningCode)


def _by_code(title: str, counts: dict[str, int], words: type[Labelled]) -> Iterable[str]:
    if counts:
        yield f"{title}："
    for code, rows in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        yield f"　{words(code).label}：{rows} 行"


def _advice(fate: Fate) -> str:
    has_rejects = fate.result == APPLIED and fate.batch and fate.batch.counts.get("rejected")
    return MEND if has_rejects else ADVICE[fate.result]


def _clock(moment: datetime, timezone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M}"


def reason_of(batch: ImportBatch) -> str:
    """Why it failed, or what it waits for."""
    odd = [Oddity(one["code"]).label for one in batch.progress.get("oddities", [])]
    return without_options(batch.failure or "；".join(odd) or batch.progress.get("says", ""))


RESULTS = {BatchState.APPLIED: APPLIED, BatchState.UNDONE: UNDONE, BatchState.FAILED: FAILED}


def readme(source: Source) -> str:
    """What belongs into a source's folder, for whoever opens it."""
    headers = "、".join(column.aliases[0] for column in SOURCES[source].columns)
    return f"""{source.label}文件请放在这里。

放什么：{source.label}的整份导出文件，.xlsx、.xls、.csv 都可以，不用改格式。
常见表头：{headers}。
文件名：可以写上所属年月和区划代码，例如 202610_330110.xlsx；不写则由系统判断。
怎么放：整份复制进来即可。系统等文件不再变化后自动取走，几十秒内处理。
　　　　想让系统立刻取走，可以在旁边放一个同名的空文件，后缀为 .ok，例如 202610.xlsx.ok。
不收取：文件夹、快捷方式（链接）、空文件、隐藏文件，以及 ~$ 开头或 .tmp、.part 结尾的文件。
结果在哪里：done（已入库）或 failed（没有入库）文件夹里，按日期，一个文件一份报告。
　　　　打不开这两个文件夹的，请向数据专管员询问结果。
　　　　看起来不对的文件不会自动入库，留给数据专管员在网页“导入”里核对。
"""
