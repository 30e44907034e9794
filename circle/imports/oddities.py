"""What makes a whole file look wrong: one small checker each, with the sentence for the clerk.

An odd file is applied only once somebody has said, oddity by oddity, that it is meant. A word
given for other figures counts for nothing. Light enough for a web process.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from models.policy import Policy
from models.vocabulary.imports import Oddity
from models.vocabulary.months import month_text

Figures = dict[str, int]
# What the command line stops at too; --confirm-departures says that it is meant.
LOSSES = frozenset({Oddity.ROWS_FELL, Oddity.DEPARTURES})
# No word helps: the scope has to be put right.
BLOCKING = frozenset({Oddity.MONTH_AHEAD})


@dataclass(frozen=True)
class Look:
    """A compared file beside what its scope has seen before; None where nothing has been.

    `before` counts the rows of the last list of the scope, `same_month` of the standing one of
    this very month, `in_force` what holds there now; `newest` is the newest month the source has;
    `usually_unmatched` and `local` are shares of rows. `is_later`: a full list of a later month
    than the last one. `months`: how many rows of an insurance list are for each. `supplements`:
    rows that were sent back once, of which some are mended.
    """

    counts: Mapping[str, int]
    reasons: Mapping[str, int]
    policy: Policy
    this_month: int
    month: int | None = None
    ends_what_is_missing: bool = False
    before: int | None = None
    same_month: int | None = None
    in_force: int = 0
    newest: int | None = None
    usually_unmatched: float | None = None
    local: float | None = None
    is_later: bool = False
    supplements: bool = False
    months: Mapping[int, int] | None = None

    @property
    def rows(self) -> int:
        return self.counts["rows"]

    @property
    def outside(self) -> int:
        return min(
            self.rows,
            sum(self.reasons.get(code, 0) for code in ("outside_scope", "division_unknown")),
        )


@dataclass(frozen=True)
class Found:
    """An oddity of a file, with the figures it was seen by."""

    oddity: Oddity
    figures: Figures

    def as_json(self) -> dict[str, Any]:
        return {"code": self.oddity.value, "figures": self.figures}


def oddities_of(look: Look) -> list[Found]:
    """In the order of the table."""
    found = ((oddity, check(look)) for oddity, check in CHECKERS.items())
    return [Found(oddity, figures) for oddity, figures in found if figures is not None]


def unconfirmed(found: Iterable[Found], confirmed: Iterable[Mapping[str, Any]]) -> list[Found]:
    """Those nobody has confirmed with these very figures."""
    meant = list(confirmed)
    return [one for one in found if one.oddity in BLOCKING or one.as_json() not in meant]


def sentence(code: str, figures: Mapping[str, Any]) -> str:
    return SENTENCES[Oddity(code)](figures)


def _rejects(look: Look) -> Figures | None:
    rejected = look.counts["rejected"] - look.outside
    if look.supplements or rejected <= look.policy.reject_share * look.rows:
        return None
    return {"rejected": look.counts["rejected"], "rows": look.rows}


def _outside(look: Look) -> Figures | None:
    if look.outside <= look.policy.outside_share * look.rows:
        return None
    return {"outside": look.outside, "rows": look.rows}


def _strangers(look: Look) -> Figures | None:
    """Only where the source's files are usually about people we know."""
    share, usual = look.policy.unmatched_share, look.usually_unmatched
    unmatched = look.counts["unmatched"]
    if usual is None or usual > share / 2 or unmatched <= share * look.rows:
        return None
    return {"unmatched": unmatched, "rows": look.rows, "usual": round(usual * 100)}


def _areas(look: Look) -> Figures | None:
    if look.local is None or look.rows < ENOUGH_ROWS or look.local >= look.policy.local_share:
        return None
    return {"local": round(look.local * 100)}


ENOUGH_ROWS = 20


def _rows_fell(look: Look) -> Figures | None:
    if not look.ends_what_is_missing or look.before is None:
        return None
    if look.before - look.rows <= look.policy.row_loss_share * look.before:
        return None
    return {"rows": look.rows, "before": look.before}


def _departures(look: Look) -> Figures | None:
    held = look.in_force if look.before is None else look.before
    ended = look.counts["ended"]
    if not look.ends_what_is_missing or ended <= look.policy.departure_share * held:
        return None
    return {"ended": ended, "before": held}


def _month_ahead(look: Look) -> Figures | None:
    if look.month is None or look.month <= look.this_month:
        return None
    return {"month": look.month}


def _month_far(look: Look) -> Figures | None:
    if look.month is None or look.newest is None or look.month > look.this_month:
        return None
    if abs(look.month - look.newest) <= look.policy.month_gap:
        return None
    return {"month": look.month, "newest": look.newest}


def _month_differs(look: Look) -> Figures | None:
    """The month would close as if nobody had paid for it."""
    if look.month is None or look.months is None:
        return None
    own = look.months.get(look.month, 0)
    most, fullest = max(
        ((rows, month) for month, rows in look.months.items()), default=(0, look.month)
    )
    if own and own * 2 >= most:
        return None
    return {"month": look.month, "own": own, "fullest": fullest, "most": most}


def _counts_differ(look: Look) -> Figures | None:
    """More rows than the list of the same month had; fewer are a loss."""
    if look.same_month is None or _rows_fell(look) is not None:
        return None
    differs = abs(look.rows - look.same_month) > look.policy.count_change_share * look.same_month
    return {"rows": look.rows, "before": look.same_month} if differs else None


def _nothing_new(look: Look) -> Figures | None:
    """Long lists change from month to month; a short one, or one sent twice, is no surprise."""
    unchanged = look.counts["unchanged"]
    if not look.is_later or unchanged < MANY_ROWS or not brings_nothing(look.counts):
        return None
    return {"unchanged": unchanged}


MANY_ROWS = 500


def brings_nothing(counts: Mapping[str, int]) -> bool:
    """All that counts of a file is known already."""
    changes = sum(counts.get(name, 0) for name in ("added", "changed", "ended"))
    return not changes and counts.get("unchanged", 0) > 0


CHECKERS: dict[Oddity, Callable[[Look], Figures | None]] = {
    Oddity.OUTSIDE: _outside,
    Oddity.AREAS: _areas,
    Oddity.STRANGERS: _strangers,
    Oddity.REJECTS: _rejects,
    Oddity.MONTH_AHEAD: _month_ahead,
    Oddity.MONTH_FAR: _month_far,
    Oddity.MONTH_DIFFERS: _month_differs,
    Oddity.COUNTS_DIFFER: _counts_differ,
    Oddity.ROWS_FELL: _rows_fell,
    Oddity.DEPARTURES: _departures,
    Oddity.NOTHING_NEW: _nothing_new,
}


def _month_differs_says(of: Mapping[str, Any]) -> str:
    months = {name: month_text(of[name]) for name in ("month", "fullest")}
    nobody = _(
        "文件里没有一条 %(month)s 的缴费。入库后，这个月会被当作没有人缴费，很多人会被提醒断缴。",
        month=months["month"],
    )
    others = _(
        "要按 %(month)s 入库，但文件里这个月的缴费只有 %(own)s 条，%(fullest)s 的有 %(most)s 条。"
        "月份或文件名可能写错了；照这样入库，很多人会被提醒断缴。",
        own=of["own"],
        most=of["most"],
        **months,
    )
    return str(others if of["most"] else nobody)


SENTENCES: dict[Oddity, Callable[[Mapping[str, Any]], str]] = {
    Oddity.OUTSIDE: lambda of: _(
        "%(rows)s 行里有 %(outside)s 行写的地方不在这个范围里。可能是别的区、别的街道的文件。", **of
    ),
    Oddity.AREAS: lambda of: _("本市签发的证件号码只占 %(local)s%%。可能是别的城市的文件。", **of),
    Oddity.STRANGERS: lambda of: _(
        "%(rows)s 行里有 %(unmatched)s 行的人不在本区名册里，以往只有约 %(usual)s%%。"
        "可能是别的区的文件。",
        **of,
    ),
    Oddity.REJECTS: lambda of: _(
        "%(rows)s 行里有 %(rejected)s 行会被退回。可能选错了来源，或者列的对应有误。", **of
    ),
    Oddity.MONTH_AHEAD: lambda of: _(
        "%(month)s 还没有到，不能入库。请在“范围”里改成正确的月份。", month=month_text(of["month"])
    ),
    Oddity.MONTH_FAR: lambda of: _(
        "这个文件是 %(month)s 的，而这个来源最新的数据是 %(newest)s。请核对月份。",
        month=month_text(of["month"]),
        newest=month_text(of["newest"]),
    ),
    Oddity.MONTH_DIFFERS: _month_differs_says,
    Oddity.COUNTS_DIFFER: lambda of: _(
        "这个月已经入库过一份 %(before)s 行的文件，这一份有 %(rows)s 行。请核对是不是同一个月。",
        **of,
    ),
    Oddity.ROWS_FELL: lambda of: _(
        "这份名单 %(rows)s 行，上一份有 %(before)s 行。可能文件不完整。", **of
    ),
    Oddity.DEPARTURES: lambda of: _(
        "有 %(ended)s 条以前的记录（共 %(before)s 条）不在这份名单里，入库后会终止。"
        "可能文件不完整。",
        **of,
    ),
    Oddity.NOTHING_NEW: lambda of: _(
        "%(unchanged)s 行与已有的记录完全一样，没有新增、变更和终止。"
        "名单每个月总有些变化，可能是上次的旧文件。",
        **of,
    ),
}
