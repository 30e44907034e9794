"""A server under gunicorn, and somebody with one browser who asks it for pages."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from socket import create_server
from statistics import median, quantiles
from urllib.parse import urlencode

from bench.step import resident_mib
from bench.world import PASSWORD

OURS, TELLING = "wsgi:application", "bench.server:application"
START_SECONDS = 60
TOKEN = re.compile(rb'name="csrf_token"[^>]*value="([^"]+)"')
FOUND = 302
FINE = 200


@dataclass
class Browser:
    """Keeps its cookie and its connection."""

    port: int
    connection: HTTPConnection = field(init=False)
    cookie: str = ""

    def __post_init__(self) -> None:
        self.connection = HTTPConnection("127.0.0.1", self.port, timeout=START_SECONDS)

    def ask(
        self, path: str, form: Mapping[str, str] | None = None
    ) -> tuple[HTTPResponse, bytes, float]:
        """The answer, its body and the seconds until it was read."""
        headers = {"Cookie": self.cookie} if self.cookie else {}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = None if form is None else urlencode(form)
        started = time.perf_counter()
        self.connection.request("GET" if form is None else "POST", path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        seconds = time.perf_counter() - started
        if given := answer.getheader("Set-Cookie"):
            self.cookie = given.partition(";")[0]
        return answer, content, seconds

    def sign_in(self, name: str) -> float:
        """Seconds of the sign-in itself; raises PermissionError."""
        self.cookie = ""
        _, content, _ = self.ask("/login")
        found = TOKEN.search(content)
        token = found[1].decode() if found else ""
        form = {"csrf_token": token, "name": name, "password": PASSWORD}
        answer, _, seconds = self.ask("/login", form)
        if answer.status != FOUND:
            message = f"sign-in answered {answer.status}"
            raise PermissionError(message)
        return seconds

    def fetch(self, path: str) -> "Page":
        """Raises LookupError for any answer but 200."""
        answer, content, seconds = self.ask(path)
        if answer.status != FINE:
            message = f"{path} answered {answer.status}"
            raise LookupError(message)
        return Page(
            len(content),
            content.count(b'id="line-'),
            int(answer.getheader("X-Statements") or 0),
            seconds,
        )


@dataclass(frozen=True)
class Page:
    """What came: bytes, lines of the list, statements it took."""

    size: int
    lines: int
    statements: int
    seconds: float


@dataclass(frozen=True)
class Timing:
    """Seconds of many requests."""

    seconds: list[float]

    @property
    def p50(self) -> float:
        return median(self.seconds)

    @property
    def p99(self) -> float:
        if len(self.seconds) == 1:
            return self.seconds[0]
        return quantiles(self.seconds, n=100, method="inclusive")[98]


def timed(act: Callable[[], float], times: int) -> Timing:
    """A few first ones are not counted: caches fill, connections open."""
    for _ in range(min(5, times)):
        act()
    return Timing([act() for _ in range(times)])


def timed_in_turn(
    act: Callable[[], float], other: Callable[[], float], times: int
) -> tuple[Timing, Timing]:
    """Two side by side: whatever else the machine does meanwhile slows both."""
    for _ in range(min(5, times)):
        act()
        other()
    pairs = [(act(), other()) for _ in range(times)]
    return Timing([first for first, _ in pairs]), Timing([second for _, second in pairs])


@contextmanager
def served(environ: Mapping[str, str], application: str = TELLING) -> Iterator["Server"]:
    """One worker process of four threads, as `circle serve` starts each of its own."""
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", "1", "--worker-class", "gthread", "--threads", "4"]
    command += ["--log-level", "error", "--keep-alive", "60"]
    process = subprocess.Popen(  # noqa: S603 - our own server
        command, env={**os.environ, **environ}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield Server(process.pid, port)
    finally:
        process.terminate()
        process.wait()


@dataclass(frozen=True)
class Server:
    process: int
    port: int

    def wait(self) -> None:
        """Until it answers; raises TimeoutError."""
        for _ in range(START_SECONDS * 10):
            try:
                Browser(self.port).ask("/healthz")
            except OSError:
                time.sleep(0.1)
                continue
            return
        raise TimeoutError

    def worker(self) -> int:
        """The worker's process, once it has loaded the application and nobody asked it anything."""
        children = Path(f"/proc/{self.process}/task/{self.process}/children")
        before = 0
        for _ in range(START_SECONDS):
            time.sleep(1)
            found = children.read_text(encoding="ascii").split()
            held = resident_mib(int(found[0])) if found else 0
            if held and held == before:
                return int(found[0])
            before = held
        raise TimeoutError


def has_pandas(process: int) -> bool:
    return "/pandas/" in Path(f"/proc/{process}/maps").read_text(encoding="utf-8")


def _free_port() -> int:
    with create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port
