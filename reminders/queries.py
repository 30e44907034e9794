"""Adjectives of tasks, each defined once for list, badge, screen and figure alike."""

from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, or_

from models.tasks import Task
from models.vocabulary.tasks import TaskState


def is_open() -> ColumnElement[bool]:
    return Task.state == TaskState.OPEN


def overdue(on: date) -> ColumnElement[bool]:
    """Due before today in the office's time zone."""
    return and_(is_open(), Task.due_on < on)


def due_within(on: date, days: int) -> ColumnElement[bool]:
    """Due by the day that many days after today, what is overdue included."""
    return and_(is_open(), Task.due_on <= on + timedelta(days=days))


def snoozed(on: date) -> ColumnElement[bool]:
    """Hidden from its worker until a later day."""
    return and_(is_open(), Task.snoozed_until > on)


def awake(on: date) -> ColumnElement[bool]:
    return and_(is_open(), or_(Task.snoozed_until.is_(None), Task.snoozed_until <= on))
