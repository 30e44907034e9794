"""How much a request may carry and where it lies, settled before anything reads it."""

from io import BytesIO
from itertools import chain
from typing import IO, Any, TypeVar

from flask import Flask, Request, abort, current_app, request, session

from circle.access.scope import GREATEST_KEY

View = TypeVar("View")

# A long visit in Chinese, every sign as nine bytes, takes a tenth of it.
FORM_BYTES = 256 * 1024
SIGNED_IN = "_user_id"  # Flask-Login's


class InMemory(Request):
    """A bureau's file passes through memory alone: a temporary file would lie unsealed on disk."""

    def _get_file_stream(self, *_about: Any, **_more: Any) -> IO[bytes]:  # noqa: ANN401 - as Werkzeug calls it
        return BytesIO()


def register(app: Flask) -> None:
    """The form token is looked for in the body before any guard stands: so this comes earlier."""
    app.request_class = InMemory
    app.url_value_preprocessor(_limit_body)
    app.url_value_preprocessor(_refuse_great)
    app.before_request(_refuse_null)


def takes_files(view: View) -> View:
    """The view receives uploads as large as the settings allow, from people signed in."""
    view.takes_files = True  # type: ignore[attr-defined] # read below
    return view


def _limit_body(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    view = current_app.view_functions.get(endpoint or "")
    if not (getattr(view, "takes_files", False) and SIGNED_IN in session):
        request.max_content_length = FORM_BYTES


def _refuse_great(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """No record has a number that no column holds; SQLite's driver fails at the attempt."""
    numbers = (value for value in (values or {}).values() if isinstance(value, int))
    if any(number > GREATEST_KEY for number in numbers):
        abort(404)


def _refuse_null() -> None:
    """No keyboard types the null character, and no column of PostgreSQL holds it."""
    lists = [*request.args.listvalues(), *request.form.listvalues()]
    if any("\0" in text for text in [request.path, *chain.from_iterable(lists)]):
        abort(400)
