"""What every page can use without being handed it: language, type size, menu, filters."""

from contextlib import suppress
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask, current_app, request, session, url_for
from flask_babel import Babel, get_locale
from sqlalchemy.exc import SQLAlchemyError

from circle.access import language
from circle.access.navigation import navigation
from circle.access.permissions import Permission
from circle.access.person import account_or_none
from circle.access.scope import may
from circle.database import current_settings
from circle.privacy import masking
from models.staff import Account
from models.vocabulary.months import month_text
from models.vocabulary.privacy import RevealReason

LANGUAGES = {"zh": "zh-Hans", "en": "en"}
HTMX = {
    "includeIndicatorStyles": False,
    "allowEval": False,
    "selfRequestsOnly": True,
    "historyCacheSize": 0,
    "refreshOnHistoryMiss": True,
    "responseHandling": [
        {"code": "204", "swap": False},
        {"code": "[23]..", "swap": True},
        {"code": "422", "swap": True},
        {"code": "...", "swap": True, "error": True},
    ],
}
FILES_KEPT = 256
babel = Babel()


def register(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(Path(app.root_path) / "translations")
    app.config["BABEL_DEFAULT_LOCALE"] = "zh"
    babel.init_app(app, locale_selector=chosen_language)
    language.register(app)
    app.jinja_env.globals.update(navigation=navigation, here=here, allowed=allowed, url_for=address)
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(_context)
    app.url_defaults(_with_version)


def chosen_language() -> str:
    account = _account_quietly()
    chosen = account.language if account else session.get("language", "zh")
    return chosen if chosen in LANGUAGES else "zh"


def here() -> str:
    """The page being shown, to come back to after an act that belongs to no page."""
    if request.endpoint is None:
        # Whatever was typed here is no page of ours, and may hold anything.
        return "/"
    return request.full_path.rstrip("?") if request.method == "GET" else request.path


def allowed(permission: str) -> bool:
    """For templates: whether to show a button at all; the route checks again."""
    account = account_or_none()
    return account is not None and may(account, Permission(permission))


def clock(moment: datetime | None) -> str:
    """YYYY-MM-DD HH:MM where the office is."""
    if moment is None:
        return ""
    return f"{moment.astimezone(ZoneInfo(current_settings().timezone)):%Y-%m-%d %H:%M}"


def day(value: date | None) -> str:
    return value.isoformat() if value else ""


def month(value: int | None) -> str:
    return "" if value is None else month_text(value)


FILTERS = {
    "clock": clock,
    "day": day,
    "month": month,
    "mask_number": masking.mask_number,
    "mask_phone": masking.mask_phone,
    "mask_email": masking.mask_email,
    "mask_name": masking.mask_name,
    "mask_address": masking.mask_address,
}


def _context() -> dict[str, object]:
    account = _account_quietly()
    return {
        "current_account": account,
        "page_language": LANGUAGES.get(str(get_locale()), "zh-Hans"),
        "large_type": bool(account and account.large_type),
        "htmx_config": HTMX,
        "reveal_reasons": list(RevealReason),
    }


def _account_quietly() -> Account | None:
    """An error page must come out even where the database does not answer."""
    try:
        return account_or_none()
    except SQLAlchemyError:
        return None


def address(endpoint: str, **values: object) -> str:
    """As Flask's url_for; those of files are kept, because a page names twenty of them."""
    if endpoint == "static" and values.keys() == {"filename"}:
        filename = str(values["filename"])
        return _file_address(request.script_root, filename, _version_of(filename))
    return url_for(endpoint, **values)  # type: ignore[arg-type] # what templates hand over


@lru_cache(FILES_KEPT)
def _file_address(_root: str, filename: str, _version: int | None) -> str:
    return url_for("static", filename=filename)


def _with_version(endpoint: str, values: dict[str, object]) -> None:
    """A changed file gets a new address, so that browsers may keep the old one for long."""
    if endpoint == "static" and "filename" in values:
        version = _version_of(str(values["filename"]))
        if version is not None:
            values["v"] = version


def _version_of(filename: str) -> int | None:
    path = Path(current_app.root_path, "static", filename)
    with suppress(OSError):
        return int(path.stat().st_mtime)
    return None
