"""How many statements go to a database; an executemany is one, a BEGIN is none."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine, event


def is_asked(statement: str) -> bool:
    """SQLite is told to begin in words, PostgreSQL by its driver: neither asks anything."""
    return not statement.startswith("BEGIN")


@dataclass
class Count:
    total: int = 0

    def one_more(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        self.total += is_asked(statement)


@contextmanager
def counted(engine: Engine) -> Iterator[Count]:
    count = Count()
    event.listen(engine, "before_cursor_execute", count.one_more)
    try:
        yield count
    finally:
        event.remove(engine, "before_cursor_execute", count.one_more)
