from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.access.permissions import Permission
from circle.access.scope import visible_to
from models.places import Division
from models.staff import Account
from models.vocabulary.staff import Role


def account_named(session: Session, name: str) -> Account | None:
    return session.scalars(select(Account).where(Account.name == name)).one_or_none()


def stored_hash(session: Session, name: str) -> str | None:
    return session.scalar(select(Account.password_hash).where(Account.name == name))


def covered_names(session: Session, account: Account) -> Sequence[str]:
    """The names of the divisions the account answers for."""
    query = select(Division.name).where(Division.code.in_(account.covered_codes))
    return session.scalars(query.order_by(Division.code)).all()


def accounts_for(session: Session, actor: Account) -> Sequence[Account]:
    """Every account the administrator looks after, by role and name."""
    scope = visible_to(actor, Permission.UNLOCK_ACCOUNT, Account)
    order = {role: place for place, role in enumerate(Role)}
    accounts = session.scalars(select(Account).where(scope)).all()
    return sorted(accounts, key=lambda account: (order[account.role], account.name))
