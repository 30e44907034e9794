"""A process by its host, number and beginning, and whether it still runs."""

import os
import socket
from pathlib import Path

STARTED_AT = 19  # field of /proc/PID/stat behind the command, counted from 0


def this_process() -> str:
    """Host, process and when it began: a number is given to another process one day."""
    return f"{_host()}/{os.getpid()}/{_began(os.getpid())}"


def is_gone(process: str) -> bool:
    """A process of this machine, as `this_process` names it, that runs no more."""
    host, number, began = process.rsplit("/", 2)
    return host == _host() and _began(int(number)) != began


def _host() -> str:
    return socket.gethostname()[:40]


def _began(number: int) -> str:
    """When a process of this machine began, in clock ticks; empty where there is none."""
    try:
        words = Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return _runs(number)
    return "" if words[0] == "Z" else words[STARTED_AT]


def _runs(number: int) -> str:
    """Where there is no /proc: whether the number is in use."""
    try:
        os.kill(number, 0)
    except OSError:
        return ""
    return "0"
