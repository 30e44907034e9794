"""`circle demo`."""

from datetime import datetime
from time import monotonic

import click

from circle import schema
from circle.demo.loading import known_keys, load, shown
from circle.demo.story import who_may_look_in
from circle.office import Command, Office, pass_office

SITE = "http://127.0.0.1:5000"
FOLDER = "demo"


@click.command("demo", cls=Command)
@click.option("--residents", default=5000, show_default=True, type=click.IntRange(200, 2_000_000))
@click.option("--seed", default=1, show_default=True)
@click.option("--on", "day", type=click.DateTime(formats=["%Y-%m-%d"]), help="默认今天")
@pass_office
def demo(office: Office, residents: int, seed: int, day: datetime | None) -> None:
    """建一个示范区：写出各部门的原始文件，经真实的导入和比对装入。"""
    started = monotonic()
    settings = office.settings
    schema.upgrade(office.bare_engine)
    schema.ensure_keyring(office.bare_engine, settings.keyring_path)
    schema.ensure_secret(settings.keyring_path.with_name("secret_key"))
    folder = settings.keyring_path.parent / FOLDER
    on = day.date() if day else office.today
    load(office, folder, residents=residents, seed=seed, on=on, say=click.echo)
    click.echo(f"示范区已就绪，用时 {monotonic() - started:.0f} 秒。\n")
    _print_sign_ins(office)


def _print_sign_ins(office: Office) -> None:
    keys = known_keys(office.settings.keyring_path.parent / FOLDER)
    click.echo(f"登录 {SITE}/login ：")
    for person in shown():
        key = keys[person.name]
        second = f"  第二步用恢复码（各用一次）：{' '.join(key.codes[:3])} …" if key.codes else ""
        click.echo(f"  {person.role.label:　<8}{key.name:14} {key.password}{second}")
    if any(key.codes for key in keys.values()):
        place = office.settings.keyring_path.parent / FOLDER / "sign-ins.json"
        click.echo(f"  其余恢复码、验证器密钥和全部账号：{place}")
    code = next(person.covers[0] for person in shown() if person.covers)
    with office.session(immediate=False) as session:
        for name, receipt, tail in who_may_look_in(session):
            click.echo(f"居民 {name} 的查询码：{receipt}  手机后四位：{tail}")
    click.echo(f"附近的岗位：{SITE}/p/{code}   岗位周报：{SITE}/digest/{code}")
    click.echo(
        f"居民登记海报：{SITE}/r/{code}/poster   登记：{SITE}/r/{code}   查询：{SITE}/progress"
    )
