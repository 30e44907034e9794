"""The application as served, each answer saying how many statements it took; beside it, on the same
server, a page that is only a template: `/bench/page?bytes=N` with fifty lines and so many bytes.
"""

import os
from collections.abc import Callable, Iterable
from threading import local
from typing import Any

from flask import Flask, render_template_string, request
from sqlalchemy import Engine, event
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from bench.statements import is_asked
from circle.app import create_app
from config import Settings

LINES, CELLS = 50, 20
PAGE = """<!doctype html><html lang="zh-CN"><title>页面</title><body><ul>
{% for line in lines %}<li>{% for cell in line %}<span>{{ cell }}</span>{% endfor %}
{{ filling }}</li>{% endfor %}</ul></body></html>"""
ROWS = [[f"第{row}行第{cell}格" for cell in range(CELLS)] for row in range(LINES)]
EMPTY_PAGE_BYTES = 40_000

Answer = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_seen = local()


def _count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
    _seen.statements = getattr(_seen, "statements", 0) + is_asked(statement)


def _telling(answer: Answer) -> Answer:
    """With the statements of its request in a header."""

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        _seen.statements = 0

        def begin(status: str, headers: list[tuple[str, str]], *rest: object) -> object:
            return start(status, [*headers, ("X-Statements", str(_seen.statements))], *rest)

        return answer(environ, begin)

    return application


def _plain() -> Flask:
    app = Flask("bench")

    @app.get("/page")
    def page() -> str:
        spare = max(0, request.args.get("bytes", 0, int) - EMPTY_PAGE_BYTES)
        return render_template_string(PAGE, lines=ROWS, filling="." * (spare // LINES))

    return app


event.listen(Engine, "before_cursor_execute", _count)
application = DispatcherMiddleware(
    _telling(create_app(Settings.from_environ(os.environ))), {"/bench": _plain()}
)
