"""Web workers and the scheduler side by side, each in a process of its own."""

import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic, sleep
from types import FrameType

import structlog

log = structlog.get_logger(__name__)
STOP_SECONDS = 10
LOOK_SECONDS = 0.2
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
STEADY_SECONDS = 60.0  # whoever has run this long begins again with the first pause


def serve(web: Sequence[str], scheduler: Sequence[str], *, first_pause: float = FIRST_PAUSE) -> int:
    """Run both until told to stop or until the web process ends; its exit code then.

    A scheduler that dies is started again, each time after a longer pause: people go on working.
    """
    told: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        told.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    pages = _start(web)
    keeper = Keeper(scheduler, first_pause)
    while not told and pages.poll() is None:
        keeper.look()
        sleep(LOOK_SECONDS)
    code = _exit_code(pages.returncode)
    if not told:
        log.error("the web process ended", code=code)
    _stop_all([pages, *keeper.processes])
    return 0 if told else code


@dataclass
class Keeper:
    """Keeps one process running, patiently."""

    command: Sequence[str]
    first_pause: float
    pause: float = field(init=False)
    process: subprocess.Popen[bytes] | None = field(init=False)
    moment: float = field(init=False)  # since when it runs, or when it is started again

    def __post_init__(self) -> None:
        self.pause = self.first_pause
        self._begin()

    @property
    def processes(self) -> list[subprocess.Popen[bytes]]:
        return [self.process] if self.process else []

    def look(self) -> None:
        """Note that it has died, or start it again when its pause is over."""
        if self.process is None:
            if monotonic() >= self.moment:
                self._begin()
        elif self.process.poll() is not None:
            self._rest(self.process.returncode)

    def _begin(self) -> None:
        self.process, self.moment = _start(self.command), monotonic()

    def _rest(self, code: int) -> None:
        if monotonic() - self.moment >= STEADY_SECONDS:
            self.pause = self.first_pause
        log.error("the scheduler ended and is started again", code=code, pause_seconds=self.pause)
        self.process, self.moment = None, monotonic() + self.pause
        self.pause = min(self.pause * 2, LONGEST_PAUSE)


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, env=os.environ)  # noqa: S603 - our own


def _exit_code(code: int | None) -> int:
    """As a shell says it: ended by a signal is 128 and the signal's number."""
    return 128 - code if code is not None and code < 0 else code or 0


def _stop_all(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
