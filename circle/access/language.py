"""The words of a page: looked up once for the request, and kept where they are said again."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar, TypeVarTuple

from flask import Flask, g
from flask_babel import get_locale, get_translations
from markupsafe import Markup

Known = TypeVarTuple("Known")
Words = TypeVar("Words")

# The lists of a hundred workers, two kilobytes a line.
SAYINGS_KEPT = 4_096


def register(app: Flask) -> None:
    """Flask-Babel asks anew for each word which language the page has."""
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined] # of an extension
        lambda word: _translations().ugettext(word),
        lambda one, more, count: _translations().ungettext(one, more, count),
        newstyle=True,
    )
    app.jinja_env.globals["_"] = _word


def said_once(say: Callable[[*Known], Words]) -> Callable[[*Known], Words]:
    """Keep what is said of the same things in the same language."""

    @lru_cache(SAYINGS_KEPT)
    def kept(_language: str | None, known: tuple[*Known]) -> Words:
        return say(*known)

    @wraps(say)
    def said(*known: *Known) -> Words:
        locale = get_locale()
        return kept(locale.language if locale else None, known)

    return said


def _word(word: str, **parts: object) -> Markup:
    """As Jinja's own, without asking its context twice for what is the same on every page."""
    return Markup(_translations().ugettext(word)) % parts  # noqa: S704 - our own words


def _translations() -> Any:  # noqa: ANN401 - Flask-Babel has no types
    locale = get_locale()
    if g.get("words_in") is not locale:
        g.words_in, g.words = locale, get_translations()
    return g.words
