"""The one scope that lists and single records go through."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from circle.access.permissions import Permission
from circle.access.policy import POLICY
from circle.access.predicates import Entity, RoleIs
from circle.refusals import NotAllowed, NotFound
from models.staff import Account

GREATEST_KEY = 2**63 - 1  # no column holds more, and SQLite's driver fails at the attempt


def may(actor: Account, permission: Permission) -> bool:
    """Whether the permission is open to this person at all, for some record or other."""
    return any(
        all(fact.holds(actor) for fact in row if isinstance(fact, RoleIs))
        for row in POLICY[permission]
    )


def visible_to(actor: Account, permission: Permission, entity: Entity) -> ColumnElement[bool]:
    """The entity's rows the permission covers for this person; goes into any WHERE."""
    rows = [and_(*(fact(actor, entity) for fact in row)) for row in POLICY[permission]]
    return or_(*rows)


def abilities(
    session: Session, actor: Account, permissions: Sequence[Permission], entity: Entity, key: int
) -> dict[Permission, bool]:
    """Which of the permissions cover one record for this person, in one statement."""
    scopes = [visible_to(actor, name, entity).label(name.name) for name in permissions]
    row = session.execute(select(*scopes).select_from(entity).where(entity.id == key)).one()
    return {name: bool(held) for name, held in zip(permissions, row, strict=True)}


def check(actor: Account, permission: Permission) -> None:
    """Raises NotAllowed; for operations reached by a command instead of a page."""
    if not may(actor, permission):
        raise NotAllowed


def find(
    session: Session, actor: Account, permission: Permission, entity: Entity, key: int
) -> object:
    """The record inside the scope, in one statement; raises NotAllowed or NotFound."""
    check(actor, permission)
    if key > GREATEST_KEY:
        raise NotFound
    scope = visible_to(actor, permission, entity)
    record = session.scalars(select(entity).where(entity.id == key, scope)).one_or_none()
    if record is None:
        raise NotFound
    return record
