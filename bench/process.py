"""A step of a measurement in a process of its own, so that its peak memory is its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


class StepFailed(Exception):  # noqa: N818 - named for what happened
    """The step's process ended with an error; its words are on stderr."""


@dataclass(frozen=True)
class Step:
    """A step under way."""

    name: str
    process: subprocess.Popen[str]

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def result(self) -> dict[str, Any]:
        """What the step found, and `peak_mib`; raises StepFailed."""
        answer, _ = self.process.communicate()
        if self.process.returncode:
            raise StepFailed(self.name)
        found: dict[str, Any] = json.loads(answer.splitlines()[-1])
        return found


def start(name: str, environ: Mapping[str, str], **arguments: object) -> Step:
    """`name` is module:function; the arguments travel as JSON."""
    command = [sys.executable, "-m", "bench.step", name, json.dumps(arguments)]
    print(f"  {datetime.now(UTC):%H:%M:%S} {name}", file=sys.stderr, flush=True)
    process = subprocess.Popen(  # noqa: S603 - our own module
        command, env={**os.environ, **environ}, stdout=subprocess.PIPE, text=True
    )
    return Step(name, process)


def run(name: str, environ: Mapping[str, str], **arguments: object) -> dict[str, Any]:
    """Raises StepFailed."""
    return start(name, environ, **arguments).result()
