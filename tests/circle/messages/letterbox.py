"""A mail server of a few lines on this machine: it keeps what it is given, or says no."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any


@dataclass
class Letterbox:
    """What it answers to RCPT and to the end of a letter, and what it took."""

    port: int = 0
    to_recipient: str = "250 ok"
    to_letter: str = "250 taken"
    taken: list[str] = field(default_factory=list)


class Server(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, box: Letterbox) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.box = box
        box.port = self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as its base has them
        """A client that goes away is no news here."""


class Handler(StreamRequestHandler):
    timeout = 5
    server: Server

    def handle(self) -> None:
        self._say("220 here")
        while line := self.rfile.readline().decode().strip():
            word = line.split()[0].upper()
            if word == "QUIT":
                self._say("221 bye")
                return
            if word != "DATA":
                self._say(self.server.box.to_recipient if word == "RCPT" else "250 ok")
            elif not self._take():
                return

    def _take(self) -> bool:
        """A letter; False where the line is cut before anything is said of it."""
        box = self.server.box
        self._say("354 go on")
        lines: list[str] = []
        while (line := self.rfile.readline().decode().rstrip("\r\n")) != ".":
            lines.append(line)
        if not box.to_letter:
            return False
        if box.to_letter.startswith("2"):
            box.taken.append("\n".join(lines))
        self._say(box.to_letter)
        return True

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def letterbox(**answers: str) -> Iterator[Letterbox]:
    box = Letterbox(**answers)  # type: ignore[arg-type] # answers alone are given
    with Server(box) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield box
        server.shutdown()
        thread.join()
