"""The ledger of services as a workbook (服务台账): masked, marked with who drew it and when.

Loaded by name when somebody exports, as the caseload's is: it brings xlsxwriter along.
"""

from collections.abc import Iterable

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from circle.cases.export import Column, Watermark, table_book
from circle.privacy.masking import mask_number
from circle.services.queries import Line
from circle.services.words import evidence_words

__all__ = ["Watermark", "workbook"]


def workbook(lines: Iterable[Line], watermark: Watermark) -> bytes:
    return table_book(_("服务台账"), _("公共就业服务台账"), COLUMNS, lines, watermark)


COLUMNS = (
    Column(_l("服务编号"), 9, lambda line: line.item.id),
    Column(_l("服务日期"), 12, lambda line: line.item.delivered_on),
    Column(_l("服务内容"), 20, lambda line: _(line.item.kind.label)),
    Column(_l("档案编号"), 9, lambda line: line.resident.id),
    Column(_l("姓名"), 12, lambda line: line.resident.name),
    Column(_l("证件号码"), 22, lambda line: mask_number(line.resident.id_sealed)),
    Column(_l("所属社区"), 18, lambda line: line.community),
    Column(_l("记录人"), 12, lambda line: line.recorder or _("系统")),
    Column(_l("依据"), 20, lambda line: evidence_words(line.item)),
)
