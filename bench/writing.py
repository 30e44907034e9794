"""Somebody who changes one row now and then, while other things run."""

import time
from threading import Event, Thread

from sqlalchemy import text
from sqlalchemy.orm import Session

from bench.web import Timing
from circle.database import begin_immediately, make_engine
from config import Settings

PAUSE_SECONDS = 0.02


class Writer(Thread):
    """One short transaction after the other until told to stop; `seconds` of each."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(daemon=True)
        self.engine = make_engine(settings)
        self.seconds: list[float] = []
        self.over = Event()

    def run(self) -> None:
        while not self.over.is_set():
            self.seconds.append(self._write())
            time.sleep(PAUSE_SECONDS)

    def stop(self) -> Timing:
        self.over.set()
        self.join()
        self.engine.dispose()
        return Timing(self.seconds)

    def _write(self) -> float:
        started = time.perf_counter()
        with Session(self.engine) as session, session.begin():
            begin_immediately(session)
            session.execute(text("UPDATE account SET large_type = NOT large_type WHERE id = 1"))
        return time.perf_counter() - started
