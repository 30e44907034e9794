"""The command line. Each command opens the office, calls one verb and prints one answer."""

import csv
import json
import os
import sys
from collections.abc import Callable
from datetime import date, datetime
from importlib import import_module
from pathlib import Path

import click

from circle import audit, schema, serving
from circle import scheduler as scheduling
from circle.accounts.operations import NewAccount, add_account
from circle.demo.commands import demo
from circle.imports.charset import NotText, decode
from circle.imports.commands import import_file, imports
from circle.imports.dropping import open_folder
from circle.office import Group, Office, pass_office
from circle.places.operations import load_divisions
from circle.places.stations import load_stations
from circle.privacy.rotation import add_keys, turn_over_slice
from circle.refusals import DivisionsUnreadable, Refusal, StationsUnreadable, SweepHasToWait
from circle.todo.commands import task, tasks
from circle.upkeep.commands import check
from models.sealed import Keyring
from models.vocabulary.jobs import SweepReason
from models.vocabulary.staff import Role
from reminders import sweep as sweeping

FAILED = 1


class Day(click.ParamType[date]):
    """YYYY-MM-DD."""

    name = "YYYY-MM-DD"

    def convert(
        self, value: str | date, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            self.fail(f"{value} 不是日期，应写作 YYYY-MM-DD", param, ctx)


@click.group(cls=Group)
@click.pass_context
def circle(ctx: click.Context) -> None:
    """15分钟就业服务圈：居民档案、待办与数据比对。"""
    ctx.ensure_object(Office)


@circle.group("db", cls=Group)
def db() -> None:
    """数据库结构。"""


@db.command("upgrade")
@pass_office
def upgrade(office: Office) -> None:
    """建立或升级数据库；新数据库没有密钥时一并生成。"""
    schema.upgrade(office.bare_engine)
    schema.ensure_keyring(office.bare_engine, office.settings.keyring_path)
    schema.ensure_secret(office.settings.keyring_path.with_name("secret_key"))
    click.echo("数据库已是最新版本。")


@circle.group("divisions", cls=Group)
def divisions() -> None:
    """行政区划。"""


@divisions.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pass_office
def load(office: Office, file: Path) -> None:
    """导入区划表：code,name[,latitude,longitude]。"""
    rows = _rows_of(file, ("code", "name"), DivisionsUnreadable)
    with office.session() as session:
        loaded = load_divisions(session, rows)
    click.echo(f"区划：新增 {loaded.added} 条，更新 {loaded.changed} 条。")


def _rows_of(
    file: Path, header: tuple[str, ...], refusal: Callable[[list[str]], Refusal]
) -> list[dict[str, str]]:
    """Raises the refusal for a file without text, rows or these columns."""
    try:
        text = decode(file.read_bytes()).utf8.decode()
        rows = list(csv.DictReader(text.splitlines()))
    except (NotText, csv.Error):
        rows = []
    if not rows or not set(header) <= set(rows[0]):
        raise refusal([f"1：须有 {','.join(header)} 表头和至少一行"])
    return rows


@circle.group("stations", cls=Group)
def stations() -> None:
    """就业服务站和零工驿站。"""


@stations.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pass_office
def load_stations_file(office: Office, file: Path) -> None:
    """导入站点表：name,kind,division,address,latitude,longitude,system,hours,phone。"""
    rows = _rows_of(file, ("name", "division"), StationsUnreadable)
    with office.session() as session:
        loaded = load_stations(session, rows)
    click.echo(f"站点：新增 {loaded.added} 个，更新 {loaded.changed} 个。")


@circle.group("streets", cls=Group)
def streets() -> None:
    """步行路网。"""


@streets.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pass_office
def load_streets_file(office: Office, file: Path) -> None:
    """导入 OpenStreetMap 路网（.osm.pbf），代替之前的路网；步行距离由后台程序重新计算。"""
    network = import_module("circle.places.streets")
    streets_of_file = network.read_streets(file)
    with office.session() as session:
        load = network.keep_streets(session, streets_of_file, file.name)
        click.echo(f"路网：{load.nodes} 个点，{load.edges} 段路。")


@circle.group("accounts", cls=Group)
def accounts() -> None:
    """账号。"""


@accounts.command("add")
@click.argument("name")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--division", required=True, help="所属区划代码")
@click.option("--covers", multiple=True, help="负责的区划代码，可重复")
@click.option("--display-name", default="", help="姓名")
@click.option("--password-stdin", is_flag=True, required=True, help="从标准输入读取密码")
@pass_office
def add(  # noqa: PLR0917 - click hands every option in
    office: Office,
    name: str,
    role: str,
    division: str,
    covers: tuple[str, ...],
    display_name: str,
    password_stdin: bool,
) -> None:
    """新增账号（以系统身份）。"""
    del password_stdin
    password = sys.stdin.readline().rstrip("\r\n")
    new = NewAccount(name, Role(role), division, password, covers, display_name)
    with office.session() as session:
        account = add_account(session, new, by=None, now=office.now)
        click.echo(f"已新增账号 {account.name}（{account.role.label}）。")


@circle.command("sweep")
@click.option("--on", "day", type=Day(), help="按哪一天比对，默认今天")
@click.option("--json", "as_json", is_flag=True)
@pass_office
def sweep(office: Office, day: date | None, as_json: bool) -> None:
    """按规则比对全部数据，生成、更新、撤销提醒。"""
    try:
        run = sweeping.sweep(
            office.engine, on=day or office.today, now=office.now, reason=SweepReason.COMMAND
        )
    except sweeping.SweepBlocked:
        raise SweepHasToWait from None
    if as_json:
        answer = {"on": run.on.isoformat(), "rules": run.counts, "seconds": run.seconds}
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    for kind, counts in run.counts.items():
        words = " ".join(f"{name} {count}" for name, count in counts.items())
        click.echo(f"{kind:20} {words}")
    click.echo(f"{run.on} 用时 {run.seconds} 秒")


@circle.group("audit", cls=Group)
def audit_group() -> None:
    """审计。"""


@audit_group.command("verify")
@pass_office
def verify(office: Office) -> None:
    """核对审计封存链；有改动时退出码为 1。"""
    with office.session(immediate=False) as session:
        faults = audit.verify(session)
    for fault in faults:
        click.echo(str(fault), err=True)
    if faults:
        sys.exit(FAILED)
    click.echo("审计记录完整。")


@circle.group("keys", cls=Group)
def keys() -> None:
    """密钥。"""


@keys.command("make")
@pass_office
def make(office: Office) -> None:
    """生成密钥环和会话密钥；已有的不会覆盖。"""
    path = office.settings.keyring_path
    if path.exists():
        message = f"{path} 已存在，没有覆盖；更换密钥请用 circle keys rotate"
        raise click.ClickException(message)
    schema.ensure_secret(path.with_name("secret_key"))
    Keyring.make().save(path)
    click.echo(f"已生成 {path}。请妥善备份：丢失后密封的数据无法打开。")


@keys.command("rotate")
@pass_office
def rotate_keys(office: Office) -> None:
    """更换密钥，并用新密钥重新密封全部数据。"""
    assert office.engine is not None  # noqa: S101 - the old keys have to fit before new ones come
    add_keys(office.settings.keyring_path)
    count = 0
    while moved := _turn_over(office):
        count += moved
    click.echo(f"已用新密钥重新密封 {count} 项。旧密钥仍保留，用于打开备份。")


def _turn_over(office: Office) -> int:
    """One slice in a transaction of its own: people go on working meanwhile."""
    with office.session() as session:
        return turn_over_slice(session)


@circle.command("scheduler")
@pass_office
def scheduler(office: Office) -> None:
    """只运行调度进程。"""
    assert office.engine is not None  # noqa: S101 - opens the database before anything is promised
    open_folder(office)
    scheduling.run(office)


@circle.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=5000, show_default=True)
@click.option("--workers", default=2, show_default=True, help="网页进程数")
@pass_office
def serve(office: Office, host: str, port: int, workers: int) -> None:
    """运行网站和调度，各自一个进程；调度意外退出会自动重启，网站退出则一起停下。"""
    assert office.engine is not None  # noqa: S101 - opens the database before anything is promised
    open_folder(office)
    web = [
        *(sys.executable, "-m", "gunicorn", "wsgi:application", "--bind", f"{host}:{port}"),
        *("--workers", str(workers), "--worker-class", "gthread", "--threads", "4"),
        "--no-control-socket",
    ]
    sys.exit(serving.serve(web, [sys.executable, "-m", "circle.cli", "scheduler"]))


for command in (import_file, imports, tasks, task, check, demo):
    circle.add_command(command)


def main() -> None:
    # Databases, keys and returned rows hold names and numbers: for whoever runs the command alone.
    os.umask(0o077)
    circle(prog_name="circle")


if __name__ == "__main__":
    main()
