"""The records: what is known. Importing this package registers every table."""

from models import (
    audit,
    calendar,
    cases,
    facts,
    imports,
    integrity,
    jobs,
    places,
    policy,
    residents,
    staff,
    tasks,
)
from models.base import Base

__all__ = [
    "Base",
    "audit",
    "calendar",
    "cases",
    "facts",
    "imports",
    "integrity",
    "jobs",
    "places",
    "policy",
    "residents",
    "staff",
    "tasks",
]
