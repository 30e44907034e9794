"""`python -m bench`: measures what is asked for and prints one table."""

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from bench.installations import postgres_answers
from bench.report import Line, table
from bench.sizes import FULL, Sizes
from bench.works import WORKS

BACKENDS = ("sqlite", "postgresql")


def main(arguments: Sequence[str] | None = None) -> None:
    asked = _parser().parse_args(arguments)
    sizes = _sizes(asked)
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="circle-bench-") as folder:
        for backend in _backends(asked.database):
            for name in asked.only:
                started = monotonic()
                lines += WORKS[name](backend, sizes, Path(folder))
                seconds = monotonic() - started
                print(f"{name}, {backend}: {seconds:.0f} s", file=sys.stderr)
    print(_machine())
    print()
    print(table(lines))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--residents", type=int, help="of sweep, to-do list and busy hours")
    parser.add_argument("--rows", type=int, help="of the insurance month")
    parser.add_argument("--requests", type=int, help="of each page")
    parser.add_argument("--database", choices=(*BACKENDS, "both"), default="both")
    parser.add_argument(
        "--only", type=lambda words: words.split(","), default=list(WORKS), help=", ".join(WORKS)
    )
    parser.add_argument("--full", action="store_true", help="a million of each")
    return parser


def _sizes(asked: argparse.Namespace) -> Sizes:
    given = {name: getattr(asked, name) for name in ("residents", "rows", "requests")}
    changes = {name: value for name, value in given.items() if value is not None}
    return replace(FULL if asked.full else Sizes(), **changes)


def _backends(database: str) -> Sequence[str]:
    if database != "both":
        return (database,)
    return BACKENDS if postgres_answers() else BACKENDS[:1]


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {memory:.0f} GiB,"
        f" {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    )


if __name__ == "__main__":
    main()
