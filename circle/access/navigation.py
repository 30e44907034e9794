"""The menu: what a person may open, in one order for phone and desk."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from flask import current_app, g, request, url_for
from flask_babel import lazy_gettext as _l

from circle.access.permissions import Permission
from circle.access.person import account_or_none
from circle.access.scope import may
from models.staff import Account

# endpoint, label, icon, permission
MENU = (
    ("todo.index", _l("待办"), "todo", Permission.READ_TODO),
    ("cases.index", _l("在册"), "cases", Permission.READ_CASES),
    ("reviews.index", _l("岗位审核"), "check", Permission.REVIEW_POST),
    ("posts.index", _l("岗位"), "posts", Permission.READ_POSTS),
    ("employers.index", _l("企业"), "employers", Permission.READ_EMPLOYERS),
    ("services.index", _l("服务台账"), "ledger", Permission.READ_SERVICES),
    ("imports.index", _l("导入"), "imports", Permission.READ_IMPORTS),
    ("referrals.index", _l("推荐"), "person", Permission.MANAGE_REFERRAL),
    ("boards.caseload", _l("看板"), "boards", Permission.READ_BOARDS),
    ("digests.index", _l("岗位周报"), "print", Permission.READ_DIGEST),
    ("messages.index", _l("消息"), "message", Permission.READ_MESSAGES),
    ("places.map", _l("地图"), "map", Permission.READ_PLACES),
    ("matching.weights", _l("匹配分量"), "boards", Permission.READ_WEIGHTS),
    ("access.trail", _l("审计"), "audit", Permission.READ_AUDIT),
    ("accounts.index", _l("账号"), "cases", Permission.UNLOCK_ACCOUNT),
    ("jobs.index", _l("后台任务"), "jobs", Permission.READ_JOBS),
    ("integrity.index", _l("数据核对"), "check", Permission.READ_INTEGRITY),
    ("accounts.me", _l("我的"), "person", Permission.KEEP_OWN_ACCOUNT),
)


@dataclass(frozen=True)
class Item:
    label: str
    icon: str
    url: str
    is_current: bool


def navigation(most: int | None = None) -> list[Item]:
    """The menu of the person signed in; on a phone the first few and, always last, their own."""
    account = account_or_none()
    if account is None:
        return []
    if "menu" not in g:
        g.menu = list(_items(account))
    items: list[Item] = g.menu
    return items if most is None or len(items) <= most else [*islice(items, most - 1), items[-1]]


def _items(account: Account) -> Iterator[Item]:
    for endpoint, label, icon, permission in MENU:
        if endpoint in current_app.view_functions and may(account, permission):
            yield Item(str(label), icon, url_for(endpoint), _is_here(endpoint))


def _is_here(endpoint: str) -> bool:
    """The same page, or another page of the feature where the menu names no second one."""
    here = request.endpoint or ""
    named = {entry[0] for entry in MENU}
    if here in named:
        return here == endpoint
    return here.partition(".")[0] == endpoint.partition(".")[0]
