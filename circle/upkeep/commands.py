"""`circle check`."""

import json
import sys
from typing import Any

import click

from circle.office import Command, Office, pass_office
from circle.upkeep.checks import BY_NAME
from circle.upkeep.inspection import check_all
from circle.upkeep.mending import mend_and_check
from circle.upkeep.queries import newest_results
from models.integrity import CheckResult

FINDINGS = 1


@click.command("check", cls=Command)
@click.option("--mend", is_flag=True, help="修复可以安全修复的问题（以系统身份，留审计记录）")
@click.option("--json", "as_json", is_flag=True)
@pass_office
def check(office: Office, mend: bool, as_json: bool) -> None:
    """核对全部数据的内在一致性；仍有问题时退出码为 1。"""
    counts = check_all(office)
    if mend:
        for result in _results(office):
            if result.count and BY_NAME[result.name].is_mended:
                mend_and_check(office, result.name, by=None)
    results = _results(office)
    if as_json:
        found = {result.name.value: _told(result) for result in results}
        click.echo(json.dumps({"checks": found, "unread": counts["unread"]}, ensure_ascii=False))
    else:
        for result in results:
            click.echo(_line(result))
    if any(result.count != 0 for result in results):
        sys.exit(FINDINGS)


def _results(office: Office) -> list[CheckResult]:
    with office.session(immediate=False) as session:
        results = newest_results(session)
        session.expunge_all()
    return results


def _told(result: CheckResult) -> dict[str, Any]:
    return {
        "count": result.count,
        "since": result.since.isoformat(timespec="seconds") if result.since else None,
        "mends": BY_NAME[result.name].is_mended,
        "seconds": result.seconds,
    }


def _line(result: CheckResult) -> str:
    if result.count == 0:
        return f"未发现    {result.name.label}"
    count = "未能核对" if result.count is None else f"{result.count} 条"
    return f"{count}  {result.name.label}（{BY_NAME[result.name].remedy}）"
