"""Whether the number beside a to-do list is the list's own length, for everybody who has one."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from circle.access.permissions import Permission
from circle.access.scope import may
from circle.todo.filters import Wanted, desks_of
from circle.todo.queries import PAGE_LENGTH, counts_of, in_list, page_of
from circle.upkeep.offences import LISTED, Found, Moment, Offence
from models.staff import Account
from models.tasks import Task


def badge_differs(session: Session, moment: Moment) -> Found:
    """Asked through the page's own queries, so that what people see is what is compared."""
    accounts = session.scalars(
        select(Account).where(Account.disabled_at.is_(None)).order_by(Account.id)
    ).all()
    differing = [
        Offence(None, None, {"account": account.name, "desk": str(desk), **figures})
        for account in accounts
        if may(account, Permission.READ_TODO)
        for desk in desks_of(account)[:1]
        if (figures := _differing(session, account, Wanted(desk), moment))
    ]
    return Found(len(differing), differing[:LISTED])


def _differing(
    session: Session, account: Account, wanted: Wanted, moment: Moment
) -> dict[str, int] | None:
    counts = counts_of(session, account, wanted, on=moment.on)
    badge = counts.whens[wanted.when]
    listed = in_list(account, wanted, moment.on).with_only_columns(
        func.count(), func.count(Task.resident_id.distinct())
    )
    tasks, lines = session.execute(listed, {"holder": account.id}).one()
    shown = len(page_of(session, account, wanted, on=moment.on, after=None).resident_ids)
    fits = (badge, counts.tasks, shown) == (lines, tasks, min(lines, PAGE_LENGTH))
    return None if fits else {"badge": badge, "lines": lines, "shown": shown, "tasks": tasks}
