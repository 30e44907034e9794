"""The short words of a line: when it is due, what the resident wishes for."""

import re
from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup, escape

from circle.cases.statements import Wish
from models.residents import Intention
from models.vocabulary.residents import WorkKind

SOON_DAYS = 2
FEN_A_YUAN = 100
DAY_OR_MONTH = re.compile(r"\d{4}-\d{2}(?:-\d{2})?")


def due_words(due_on: date, on: date, *, provisional: bool) -> str:
    over = (on - due_on).days
    if over > 0:
        words = ngettext("已超期%(num)s天", "已超期%(num)s天", over)
    elif over == 0:
        words = _("今天到期")
    else:
        words = _("%(day)s到期", day=f"{due_on:%m-%d}" if due_on.year == on.year else due_on)
    return str(_("%(words)s（暂定）", words=words) if provisional else words)


def urgency(due_on: date, on: date) -> str:
    """The kind of tag that shows how pressing it is."""
    left = (due_on - on).days
    if left < 0:
        return "danger"
    return "warn" if left <= SOON_DAYS else "plain"


def wish_words(wish: Intention | Wish | None) -> str:
    """Work, pay, hours and way in one line; empty where nothing is known."""
    if wish is None:
        return ""
    return " · ".join(
        filter(
            None,
            [
                wish.occupation,
                *(str(_(WorkKind(kind).label)) for kind in wish.kinds),
                _pay(wish),
                str(_(wish.hours.label)) if wish.hours else None,
                str(_("路上%(minutes)s分钟以内", minutes=wish.minutes)) if wish.minutes else None,
                str(_("想参加培训")) if wish.wants_training else None,
                str(_("想创业")) if wish.wants_start_up else None,
            ],
        )
    )


def unbroken(text: str) -> Markup:
    """Days and months stay in one piece where a line ends."""
    return Markup(DAY_OR_MONTH.sub(r'<span class="nowrap">\g<0></span>', str(escape(text))))  # noqa: S704 - escaped


def _pay(wish: Intention | Wish) -> str | None:
    if not wish.pay_fen:
        return None
    return str(_("每月%(yuan)s元以上", yuan=wish.pay_fen // FEN_A_YUAN))
