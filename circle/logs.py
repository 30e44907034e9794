"""Structured logs. No document number, no mobile number and no stored value reaches a line."""

import errno
import logging
import re
import sys
import time
import traceback
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import structlog
from flask import Flask, Response, g, request
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

# 15 digits, 17 with or without the check character, 18; not part of a longer run of digits.
NUMBERS = re.compile(r"(?<![0-9A-Za-z])(?:\d{17}[0-9XxＸ]?|\d{15})(?![0-9])")
MOBILES = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)")
SCRUBBED = "[scrubbed]"
UNLOGGED = frozenset({"static", "access.healthz", "access.readyz"})


def scrubbed_text(text: str) -> str:
    return MOBILES.sub(SCRUBBED, NUMBERS.sub(SCRUBBED, text))


def scrubbed(value: Any) -> Any:  # noqa: ANN401 - a log line takes whatever it is given
    """The value with every number taken out, whatever it is nested in."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        text = str(value)
        return value if scrubbed_text(text) == text else SCRUBBED
    if isinstance(value, Mapping):
        return {scrubbed(key): scrubbed(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [scrubbed(item) for item in value]
    return scrubbed_text(str(value))


def scrub(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {str(key): scrubbed(value) for key, value in event.items()}


def told_without_values(exc_info: ExcInfo) -> str:
    """Where an error came from and of what kind it is. Its own words stay out: a database's hold
    the row it could not write, a parser's the cell it could not read, a disk's the file's name.
    """
    chain = reversed(list(_chain(exc_info[1])))
    return "\n".join(
        f"{''.join(traceback.format_tb(one.__traceback__))}{_kind(one)}" for one in chain
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and what it was raised from."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _kind(error: BaseException) -> str:
    """The class, and the code a disk or a database gives for what went wrong."""
    number = error.errno if isinstance(error, OSError) else None
    codes = (
        errno.errorcode.get(number or 0),
        getattr(error, "sqlite_errorname", None),
        getattr(error, "sqlstate", None),
    )
    return " ".join([type(error).__qualname__, *(code for code in codes if isinstance(code, str))])


class ScrubbingFormatter(structlog.stdlib.ProcessorFormatter):
    """The last line of defence: the finished text, tracebacks of other libraries included."""

    def format(self, record: logging.LogRecord) -> str:
        return scrubbed_text(super().format(record))


SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.ExceptionRenderer(told_without_values),
    structlog.processors.UnicodeDecoder(),
)


def register(app: Flask) -> None:
    """Number every request and write one line about it: endpoint, never the address typed."""
    app.before_request(_number_request)
    app.after_request(_log_request)


def configure(*, as_json: bool) -> None:
    """Send our lines and every library's through one formatter to stderr; callable again."""
    final: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        ScrubbingFormatter(
            foreign_pre_chain=SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, scrub, final],
        ),
    )
    handler.set_name("circle")
    root = logging.getLogger()
    root.handlers = [kept for kept in root.handlers if kept.get_name() != "circle"] + [handler]
    root.setLevel(logging.INFO)
    # SQLAlchemy prints bound values, which are personal data, from INFO downwards.
    for library in ("alembic", "apscheduler", "sqlalchemy"):
        logging.getLogger(library).setLevel(logging.WARNING)


def _number_request() -> None:
    g.request_id = str(uuid.uuid4())
    g.began_at = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _log_request(response: Response) -> Response:
    if request.endpoint not in UNLOGGED and "began_at" in g:
        structlog.get_logger("circle.request").info(
            "request",
            method=request.method,
            endpoint=request.endpoint,
            status=response.status_code,
            milliseconds=round((time.perf_counter() - g.began_at) * 1000, 1),
        )
    return response
