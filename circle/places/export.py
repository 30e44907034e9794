"""The coverage as a workbook or as CSV: every community, marked with who drew it and when.

The web application loads this module by name when somebody exports for the first time: no worker
process should carry xlsxwriter before that.
"""

import csv
from collections.abc import Callable
from io import BytesIO, StringIO
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from xlsxwriter import Workbook

from circle.formulas import harmless
from circle.places.coverage import Coverage, Place
from circle.places.words import gap_words

HEADER_ROW = 3


def workbook(found: Coverage, mark: str) -> bytes:
    buffer = BytesIO()
    with Workbook(buffer, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(_("站点覆盖"))
        head = book.add_format({"bold": True, "bg_color": "#dfeee9", "bottom": 1})
        sheet.write_string(0, 0, _title(found), book.add_format({"bold": True, "font_size": 14}))
        sheet.write_string(1, 0, _("导出：%(mark)s", mark=mark))
        for number, (title, width, _value) in enumerate(COLUMNS):
            sheet.write_string(HEADER_ROW, number, str(title), head)
            sheet.set_column(number, number, width)
        for row, place in enumerate(found.places, start=HEADER_ROW + 1):
            for number, cell in enumerate(_cells(place)):
                _write(sheet, row, number, cell)
        sheet.freeze_panes(HEADER_ROW + 1, 2)
    return buffer.getvalue()


def comma_separated(found: Coverage, mark: str) -> bytes:
    """UTF-8 with the mark that spreadsheet programs ask for; who drew it stands last."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow([str(title) for title, _width, _value in COLUMNS])
    for place in found.places:
        writer.writerow(["" if cell is None else cell for cell in _cells(place)])
    writer.writerow([harmless(_("导出：%(mark)s", mark=mark))])
    return text.getvalue().encode("utf-8-sig")


def _cells(place: Place) -> list[str | int | float | None]:
    cells = [value(place) for _title, _width, value in COLUMNS]
    return [harmless(cell) if isinstance(cell, str) else cell for cell in cells]


def _write(sheet: Any, row: int, column: int, cell: str | float | None) -> None:  # noqa: ANN401 - xlsxwriter has no types
    if isinstance(cell, str):
        sheet.write_string(row, column, cell)
    elif cell is not None:
        sheet.write_number(row, column, cell)


def _title(found: Coverage) -> str:
    total = found.total
    return str(
        _(
            "%(place)s：15分钟服务圈覆盖 %(covered)s / %(all)s 个社区",
            place=total.name,
            covered=total.communities.covered,
            all=total.communities.all,
        )
    )


def _method(place: Place) -> str:
    if place.by_street is None:
        return ""
    return str(_("按路网") if place.by_street else _("按直线估算"))


COLUMNS: tuple[tuple[Any, int, Callable[[Place], str | int | float | None]], ...] = (
    (_l("区划代码"), 16, lambda place: place.code),
    (_l("社区"), 22, lambda place: place.name),
    (_l("是否覆盖"), 10, lambda place: _("是") if place.is_covered else _("否")),
    (_l("最近的站点"), 26, lambda place: place.station),
    (_l("步行分钟"), 10, lambda place: place.minutes),
    (_l("计算方式"), 14, _method),
    (_l("在册人数"), 10, lambda place: place.cases),
    (_l("说明"), 30, gap_words),
    (_l("纬度"), 12, lambda place: place.latitude),
    (_l("经度"), 12, lambda place: place.longitude),
)
WRITERS: dict[str, Callable[[Coverage, str], bytes]] = {
    "xlsx": workbook,
    "csv": comma_separated,
}
