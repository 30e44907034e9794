"""`circle tasks` and `circle task …`."""

from datetime import date, datetime

import click
from sqlalchemy.orm import Session

from circle import audit
from circle.access.permissions import Permission
from circle.access.scope import find
from circle.office import Command, Group, Office, account_named, pass_office
from circle.todo import operations
from circle.todo.export import FORMATS, Asked, Row, rows_of
from models.staff import Account
from models.tasks import Task
from models.vocabulary.labelled import Labelled
from models.vocabulary.tasks import DismissReason, SnoozeReason, TaskKind, TaskState

REASON_LENGTH = 200
DAY = click.DateTime(formats=["%Y-%m-%d"])
ANY = "all"


def _choice(words: type[Labelled], *more: str) -> click.Choice[str]:
    return click.Choice([*(word.value for word in words), *more])


@click.command("tasks", cls=Command)
@click.option("--on", "day", type=DAY, help="按哪一天判断是否超期，默认今天")
@click.option("--kind", type=_choice(TaskKind))
@click.option(
    "--state", type=_choice(TaskState, ANY), default=TaskState.OPEN.value, show_default=True
)
@click.option("--worker", help="办理人的账号名")
@click.option("--division", help="区划代码，含下级")
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="table", show_default=True
)
@click.option("--as", "actor_name", help="以哪个账号的范围查看")
@click.option("--reveal", is_flag=True, help="显示完整证件号码，须同时给出 --as 和 --reason")
@click.option("--reason", help="查看完整证件号码的原因，写入审计")
@pass_office
def tasks(  # noqa: PLR0913, PLR0917 - click hands every option in
    office: Office,
    day: datetime | None,
    kind: str | None,
    state: str,
    worker: str | None,
    division: str | None,
    form: str,
    actor_name: str | None,
    reveal: bool,
    reason: str | None,
) -> None:
    """列出待办。"""
    if reveal and not (actor_name and reason and reason.strip()):
        message = "--reveal 须同时给出 --as 和 --reason"
        raise click.UsageError(message)
    with office.session() as session:
        actor = account_named(session, actor_name) if actor_name else None
        asked = Asked(
            state=None if state == ANY else TaskState(state),
            kind=TaskKind(kind) if kind else None,
            worker=worker,
            division=division,
            actor=actor,
            reveals=reveal,
        )
        rows = list(rows_of(session, asked, on=day.date() if day else office.today))
        _write_down(session, rows, actor, now=office.now, reason=reason)
    click.echo(FORMATS[form](row.task for row in rows))


def _write_down(
    session: Session, rows: list[Row], actor: Account | None, *, now: datetime, reason: str | None
) -> None:
    """Before anything is printed: a list nobody wrote down is not shown."""
    shown = [row.resident_id for row in rows]
    revealed = [row.resident_id for row in rows if row.is_revealed]
    audit.record(session, act="task:list:print", actor=actor, now=now, resident_ids=shown)
    if revealed:
        audit.record(
            session,
            act="resident:number:reveal",
            actor=actor,
            now=now,
            resident_ids=revealed,
            reason=(reason or "").strip()[:REASON_LENGTH],
        )


@click.group("task", cls=Group)
def task() -> None:
    """办理一条待办。"""


@task.command("complete")
@click.argument("task_id", metavar="ID", type=int)
@click.option("--as", "actor_name", required=True, help="以哪个账号办理")
@pass_office
def complete(office: Office, task_id: int, actor_name: str) -> None:
    """办结。"""
    with office.session() as session:
        found, actor = _task_of(session, task_id, actor_name)
        operations.complete(session, found, by=actor, now=office.now)
        _acted(session, "task:state:complete", found, actor, office.now)
    click.echo(f"待办 {task_id} 已办结。")


@task.command("dismiss")
@click.argument("task_id", metavar="ID", type=int)
@click.option("--as", "actor_name", required=True, help="以哪个账号办理")
@click.option("--reason", required=True, type=_choice(DismissReason))
@pass_office
def dismiss(office: Office, task_id: int, actor_name: str, reason: str) -> None:
    """标为不需办理。"""
    with office.session() as session:
        found, actor = _task_of(session, task_id, actor_name)
        operations.dismiss(session, found, reason=DismissReason(reason), by=actor, now=office.now)
        _acted(session, "task:state:dismiss", found, actor, office.now, reason)
    click.echo(f"待办 {task_id} 已标为不需办理。")


@task.command("snooze")
@click.argument("task_id", metavar="ID", type=int)
@click.option("--as", "actor_name", required=True, help="以哪个账号办理")
@click.option("--until", required=True, type=DAY, help="延后到哪一天")
@click.option("--reason", type=_choice(SnoozeReason), default=SnoozeReason.OTHER.value)
@pass_office
def snooze(office: Office, task_id: int, actor_name: str, until: datetime, reason: str) -> None:
    """延后；仍为待办，到期日不变。"""
    day: date = until.date()
    with office.session() as session:
        found, actor = _task_of(session, task_id, actor_name)
        operations.snooze(
            session,
            found,
            until=day,
            reason=SnoozeReason(reason),
            by=actor,
            now=office.now,
            on=office.today,
        )
        _acted(session, "task:state:snooze", found, actor, office.now, reason)
    click.echo(f"待办 {task_id} 已延后到 {day}。")


def _task_of(session: Session, task_id: int, actor_name: str) -> tuple[Task, Account]:
    """Raises AccountUnknown, NotAllowed, and NotFound outside the account's scope."""
    actor = account_named(session, actor_name)
    found = find(session, actor, Permission.ACT_ON_TASK, Task, task_id)
    assert isinstance(found, Task)  # noqa: S101 - what was asked for
    return found, actor


def _acted(
    session: Session,
    act: str,
    found: Task,
    actor: Account,
    now: datetime,
    reason: str | None = None,
) -> None:
    audit.record(
        session,
        act=act,
        actor=actor,
        now=now,
        resident_ids=[found.resident_id],
        reason=reason,
        details={"task": found.id},
    )
