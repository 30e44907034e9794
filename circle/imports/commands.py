"""`circle import` and `circle imports …`."""

import json
from pathlib import Path
from typing import Any

import click

from circle.access.permissions import Permission
from circle.access.scope import check
from circle.imports import operations, queries, undoing
from circle.imports.filing import Asked, Terms
from circle.imports.operations import Outcome
from circle.imports.scope import check_division
from circle.office import Command, Group, Office, account_named, pass_office
from models.staff import Account
from models.vocabulary.facts import InsuranceKind, Source
from models.vocabulary.months import month_of, month_text

LABELS = {
    "rows": "数据行", "added": "新增", "changed": "变更", "unchanged": "无变化",
    "unmatched": "未匹配", "ignored": "略过", "ended": "终止", "rejected": "退回",
    "origin": "来路",
}  # fmt: skip


class Month(click.ParamType[int]):
    """YYYY-MM, as a month key."""

    name = "YYYY-MM"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        if isinstance(value, int):
            return value
        try:
            return month_of(value)
        except ValueError:
            self.fail(f"{value} 不是年月，应写作 YYYY-MM", param, ctx)


class Kinds(click.ParamType[tuple[str, ...]]):
    """Insurance kinds, separated by commas."""

    name = "K,…"

    def convert(
        self, value: str | tuple[str, ...], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        said = {word.strip() for word in value.split(",") if word.strip()}
        unknown = said - set(InsuranceKind)
        if unknown:
            words = "、".join(InsuranceKind)
            self.fail(f"没有险种 {'、'.join(sorted(unknown))}；可用的有 {words}", param, ctx)
        return tuple(kind.value for kind in InsuranceKind if kind.value in said)


@click.command("import", cls=Command)
@click.argument("source", type=click.Choice([source.value for source in Source]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "actor_name", required=True, metavar="ACCOUNT", help="以哪个账号导入")
@click.option("--month", type=Month(), help="文件所属月份")
@click.option("--division", help="文件所属区划代码；不写则由文件内容判断")
@click.option("--kinds", type=Kinds(), default=(), help="险种，逗号分隔；不写则由文件内容判断")
@click.option("--rehearse", is_flag=True, help="只核对，不写入")
@click.option("--confirm-departures", is_flag=True, help="确认减员")
@click.option("--again", is_flag=True, help="再次导入已经导入过的文件")
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="把退回的行写成工作簿",
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@pass_office
def import_file(  # noqa: PLR0913, PLR0917 - click hands every option in
    office: Office,
    source: str,
    file: Path,
    actor_name: str,
    month: int | None,
    division: str | None,
    kinds: tuple[str, ...],
    rehearse: bool,
    confirm_departures: bool,
    again: bool,
    rejects: Path | None,
    as_json: bool,
) -> None:
    """导入部门文件。"""
    if kinds and source != Source.INSURANCE:
        message = "--kinds 只用于社会保险缴费文件（insurance）"
        raise click.UsageError(message)
    actor = _actor(office, actor_name, division)
    asked = Asked(Source(source), file.name, file.read_bytes(), division, month, kinds)
    if rehearse:
        outcome = operations.rehearse(office.engine, asked, actor, office.today)
    else:
        terms = Terms(
            office.today,
            office.now,
            office.settings.uploads_path,
            confirm_departures=confirm_departures,
            again=again,
        )
        outcome = operations.import_file(office.engine, asked, actor, terms)
    if rejects is not None:
        rejects.write_bytes(outcome.rejects)
    _print(outcome, as_json=as_json)


@click.group("imports", cls=Group)
def imports() -> None:
    """已导入的批次。"""


@imports.command("list")
@click.option("--as", "actor_name", metavar="ACCOUNT", help="以哪个账号的范围查看")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@pass_office
def list_batches(office: Office, actor_name: str | None, as_json: bool) -> None:
    """列出批次，新的在前。"""
    with office.session(immediate=False) as session:
        actor = account_named(session, actor_name) if actor_name else None
        found = [
            (queries.line_of(batch), batch.origin.label)
            for batch in session.scalars(queries.batches(actor))
        ]
    if as_json:
        click.echo(json.dumps([line for line, _ in found], ensure_ascii=False))
        return
    for line, origin in found:
        scope = line["scope"]["division"]
        words = (line["batch"], line["source"], line["month"] or "-", scope, line["state"])
        click.echo("\t".join(map(str, (*words, line["file"], line["by"], line["at"], origin))))


@imports.command("show")
@click.argument("batch_id", metavar="N", type=int)
@click.option("--as", "actor_name", metavar="ACCOUNT", help="以哪个账号的范围查看")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@pass_office
def show_batch(office: Office, batch_id: int, actor_name: str | None, as_json: bool) -> None:
    """一个批次的计数。"""
    with office.session(immediate=False) as session:
        actor = account_named(session, actor_name) if actor_name else None
        batch = queries.batch_of(session, batch_id, actor)
        whole = queries.whole_of(batch)
        # The object of `--json` is a contract with scripts.
        shown = whole if as_json else {**whole, "origin": batch.origin.label}
    _echo(shown, as_json=as_json)


@imports.command("undo")
@click.argument("batch_id", metavar="N", type=int)
@click.option("--as", "actor_name", metavar="ACCOUNT", help="以哪个账号撤回")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@pass_office
def undo_batch(office: Office, batch_id: int, actor_name: str | None, as_json: bool) -> None:
    """撤回一个批次。"""
    with office.session(immediate=False) as session:
        actor = account_named(session, actor_name) if actor_name else None
        if actor is not None:
            check(actor, Permission.UNDO_IMPORT)
            queries.batch_of(session, batch_id, actor)
        actor_id = actor.id if actor else None
    undone = undoing.undo(
        office.engine,
        batch_id,
        actor_id=actor_id,
        uploads_path=office.settings.uploads_path,
        now=office.now,
    )
    _echo(undone, as_json=as_json)


def _actor(office: Office, name: str, division: str | None) -> Account:
    """Who files; raises AccountUnknown, NotAllowed or what is wrong with the place."""
    with office.session(immediate=False) as session:
        actor = account_named(session, name)
        check(actor, Permission.FILE_IMPORT)
        if division is not None:
            check_division(session, actor, division)
        session.expunge(actor)
    return actor


def _print(outcome: Outcome, *, as_json: bool) -> None:
    plan = outcome.plan
    month = plan.scope.month
    _echo(
        {
            "batch": outcome.batch_id,
            "source": plan.scope.source.value,
            "month": None if month is None else month_text(month),
            "scope": plan.scope.words(),
            **queries.counted(plan.counts, plan.reasons, plan.warnings),
            "seconds": round(outcome.seconds, 3),
        },
        as_json=as_json,
    )


def _echo(answer: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    for name, value in answer.items():
        click.echo(f"{LABELS.get(name, name)}: {value}")
