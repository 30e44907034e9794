"""The caseload as a workbook (台账): masked, marked with who drew it and when.

The web application loads this module by name when somebody exports for the first time: no worker
process should carry xlsxwriter before that.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from circle.cases.queries import Line
from circle.formulas import harmless
from circle.privacy.masking import mask_number, mask_phone
from models.vocabulary.labelled import Labelled

DAY_FORMAT = "yyyy-mm-dd"
HEADER_ROW = 2


@dataclass(frozen=True)
class Watermark:
    """Who drew the list, where they belong, and when (local time)."""

    who: str
    place: str
    at: datetime

    def __str__(self) -> str:
        when = f"{self.at:%Y-%m-%d %H:%M}"
        return f"{self.who} · {self.place} · {when}"


@dataclass(frozen=True)
class Column:
    title: Any  # translated when it is written
    width: int
    value: Callable[[Any], str | int | date | None]  # of a line


def workbook(lines: Iterable[Line], watermark: Watermark) -> bytes:
    """The caseload, a row for each case."""
    return table_book(_("在册台账"), _("在册人员台账"), COLUMNS, lines, watermark)


def table_book(
    name: str,
    heading: str,
    columns: Sequence[Column],
    lines: Iterable[object],
    watermark: Watermark,
) -> bytes:
    """An .xlsx file: a line that says whose it is, a frozen header, a row for each line."""
    buffer = BytesIO()
    with Workbook(buffer, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(name)
        day = book.add_format({"num_format": DAY_FORMAT, "align": "left"})
        _write_head(book, sheet, heading, columns, watermark)
        count = 0
        for count, line in enumerate(lines, start=1):
            for number, column in enumerate(columns):
                _write(sheet, HEADER_ROW + count, number, column.value(line), day)
        sheet.autofilter(HEADER_ROW, 0, HEADER_ROW + max(count, 1), len(columns) - 1)
        _lay_out(sheet, watermark)
    return buffer.getvalue()


def _write_head(
    book: Workbook,
    sheet: Worksheet,
    heading: str,
    columns: Sequence[Column],
    watermark: Watermark,
) -> None:
    title = book.add_format({"bold": True, "font_size": 14})
    mark = book.add_format({"font_color": "#a92a1c"})
    head = book.add_format({"bold": True, "bg_color": "#dfeee9", "bottom": 1, "text_wrap": True})
    sheet.write_string(0, 0, heading, title)
    sheet.write_string(
        1, 0, _("导出：%(mark)s。仅限工作使用，不得外传。", mark=str(watermark)), mark
    )
    for number, column in enumerate(columns):
        sheet.write_string(HEADER_ROW, number, str(column.title), head)
        sheet.set_column(number, number, column.width)


def _write(
    sheet: Worksheet,
    row: int,
    column: int,
    value: str | int | date | None,
    day: Any,  # noqa: ANN401 - xlsxwriter has no types
) -> None:
    if isinstance(value, date):
        sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001 - a day has no zone
    elif isinstance(value, int):
        sheet.write_number(row, column, value)
    elif value:
        sheet.write_string(row, column, harmless(value))


def _lay_out(sheet: Worksheet, watermark: Watermark) -> None:
    """On paper every page carries the mark and the header row."""
    mark = str(watermark).replace("&", "&&")
    sheet.freeze_panes(HEADER_ROW + 1, 2)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADER_ROW)
    sheet.set_header(f"&L{mark}&R&A")
    sheet.set_footer(f"&L{mark}&R&P / &N")


def _label(member: Labelled | None) -> str:
    return _(member.label) if member else ""


def _labels(members: Iterable[Labelled]) -> str:
    return str(_("、")).join(str(_(member.label)) for member in members)


def _wish(line: Line) -> str:
    wish = line.wish
    if wish is None:
        return ""
    pay = _("月薪%(yuan)d元以上", yuan=wish.pay_fen // 100) if wish.pay_fen else ""
    return " ".join(part for part in (wish.occupation or "", pay) if part)


def _of_case(name: str) -> Callable[[Line], Any]:
    return lambda line: getattr(line.case, name, None)


COLUMNS = (
    Column(_l("档案编号"), 9, lambda line: line.resident.id),
    Column(_l("姓名"), 12, lambda line: line.resident.name),
    Column(_l("性别"), 6, lambda line: _label(line.resident.sex)),
    Column(_l("年龄"), 6, lambda line: line.age),
    Column(_l("证件号码"), 22, lambda line: mask_number(line.resident.id_sealed)),
    Column(_l("联系电话"), 14, lambda line: mask_phone(next(iter(line.resident.phones), None))),
    Column(_l("所属社区"), 16, lambda line: line.community),
    Column(_l("人员类别"), 26, lambda line: _labels(line.categories)),
    Column(_l("建档日期"), 12, _of_case("opened_on")),
    Column(_l("服务阶段"), 12, lambda line: _label(line.case.stage if line.case else None)),
    Column(_l("帮扶层次"), 18, lambda line: _label(line.case.tier if line.case else None)),
    Column(_l("就业状态"), 10, lambda line: _label(line.case.work_status if line.case else None)),
    Column(_l("求职意向"), 26, _wish),
    Column(
        _l("专员"),
        12,
        lambda line: line.case.worker.display_name if line.case and line.case.worker else "",
    ),
    Column(_l("最近联系"), 12, _of_case("last_contact_on")),
    Column(_l("最早到期"), 12, lambda line: line.due_on),
    Column(_l("待办件数"), 9, lambda line: line.open_count),
    Column(_l("结案日期"), 12, _of_case("closed_on")),
    Column(_l("结案原因"), 18, lambda line: _label(line.case.close_reason if line.case else None)),
)
