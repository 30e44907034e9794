"""What has been measured so far: told as it comes and kept in a file, so that nothing is lost."""

import os
import platform
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench.report import Line, row, table


@dataclass
class Record:
    kept_in: Path
    lines: list[Line] = field(default_factory=list)

    def add(self, line: Line) -> None:
        self.lines.append(line)
        print(row(line), file=sys.stderr, flush=True)
        self.kept_in.parent.mkdir(exist_ok=True)
        self.kept_in.write_text(f"{self}\n", encoding="utf-8")

    def __str__(self) -> str:
        return f"{_machine()}\n\n{table(self.lines)}"


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {memory:.0f} GiB,"
        f" {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    )
