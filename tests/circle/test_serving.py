"""The web and the scheduler side by side, in real processes."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
from sqlalchemy import select

from circle.database import make_engine
from circle.office import Office
from models.jobs import SchedulerProcess
from models.sealed import Keyring
from tests.circle.test_scheduler import ROOT, environment, until
from tests.conftest import migrated_database

WAITING = "import time\nwhile True: time.sleep(0.05)"
# Writes a line into its file each time it is started, and stays or ends as told.
NOTING = """import sys, time
with open(sys.argv[1], "a") as file:
    file.write("started ")
"""
# Goes on once the other has been started.
AFTER = """import os, signal, sys, time, pathlib
while not pathlib.Path(sys.argv[1]).exists():
    time.sleep(0.05)
"""
Serve = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Runs `serve` over two programmes; whatever is left of it goes with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def serve(web: list[str], scheduler: list[str]) -> "subprocess.Popen[bytes]":
        programme = (
            "import sys; from circle.serving import serve;"
            f"sys.exit(serve({web!r}, {scheduler!r}, first_pause=0.05))"
        )
        command = [sys.executable, "-c", programme]
        started.append(subprocess.Popen(command, cwd=ROOT, start_new_session=True))
        return started[-1]

    yield serve
    for process in started:
        end_group(process)


def end_group(process: "subprocess.Popen[bytes]") -> None:
    """With its children, which share its session."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    finally:
        process.wait()


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


def starts(path: Path) -> int:
    return path.read_text().count("started") if path.exists() else 0


def test_a_scheduler_that_ends_is_started_again_and_again(serve: Serve, tmp_path: Path) -> None:
    seen = tmp_path / "starts"
    running = serve(python(WAITING), python(NOTING, str(seen)))
    until(lambda: starts(seen) >= 3)
    assert running.poll() is None
    running.send_signal(signal.SIGTERM)
    assert running.wait(60) == 0


def test_where_the_web_ends_all_ends_with_its_code(serve: Serve, tmp_path: Path) -> None:
    seen = tmp_path / "starts"
    running = serve(python(AFTER + "sys.exit(7)", str(seen)), python(NOTING + WAITING, str(seen)))
    assert running.wait(60) == 7


def test_a_web_process_that_is_killed_is_no_orderly_end(serve: Serve, tmp_path: Path) -> None:
    seen = tmp_path / "starts"
    dies = AFTER + "os.kill(os.getpid(), signal.SIGKILL)"
    running = serve(python(dies, str(seen)), python(NOTING + WAITING, str(seen)))
    assert running.wait(60) == 128 + signal.SIGKILL


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_stops_both(serve: Serve, tmp_path: Path, number: int) -> None:
    web, scheduler = tmp_path / "web", tmp_path / "scheduler"
    running = serve(python(NOTING + WAITING, str(web)), python(NOTING + WAITING, str(scheduler)))
    until(lambda: starts(web) == starts(scheduler) == 1)
    running.send_signal(number)
    assert running.wait(60) == 0
    with pytest.raises(ProcessLookupError):
        os.killpg(running.pid, 0)


@pytest.fixture
def installation(tmp_path: Path, keyring: Keyring) -> Iterator[Office]:
    with migrated_database("sqlite", tmp_path, keyring) as settings:
        office, engine = Office(), make_engine(settings)
        office.__dict__.update(settings=settings, bare_engine=engine, engine=engine)
        yield office
        engine.dispose()


def test_people_go_on_working_while_the_scheduler_dies(installation: Office) -> None:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "circle.cli", "serve", "--port", str(port), "--workers", "1"]
    running = subprocess.Popen(
        command, cwd=ROOT, env=environment(installation), start_new_session=True
    )
    try:
        until(lambda: len(processes(installation)) == 1 and is_up(port))
        (first,) = processes(installation)
        os.kill(int(first.split("/")[-2]), signal.SIGKILL)
        until(lambda: len(processes(installation)) == 2)
        assert is_up(port)
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 0
        assert not is_up(port)
    finally:
        end_group(running)


def processes(office: Office) -> list[str]:
    with office.session(immediate=False) as session:
        return list(session.scalars(select(SchedulerProcess.process)))


def is_up(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
