"""What the browser is told to refuse, and that nothing personal stays in its cache."""

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, g, request, session

from circle.database import current_settings

POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'nonce-{nonce}'",
    "style-src": "'self'",
    "img-src": "'self' data:{tiles}",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
YEAR_SECONDS = 365 * 24 * 60 * 60
ERRORS_BEGIN = 400


def register(app: Flask) -> None:
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    app.after_request(_harden)


def csp_nonce() -> str:
    """The word that lets this page's own script elements run."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def _harden(response: Response) -> Response:
    policy = "; ".join(f"{name} {sources}" for name, sources in POLICY.items())
    response.headers["Content-Security-Policy"] = policy.format(
        nonce=csp_nonce(), tiles=_tiles_host()
    )
    response.headers.update(HEADERS)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = f"max-age={YEAR_SECONDS}"
    _mark_for_caches(response)
    return response


def _tiles_host() -> str:
    """The one other host a page may show pictures from: that of the map, where one is set."""
    tiles = urlsplit(current_settings().tiles)
    return f" {tiles.scheme}://{tiles.netloc}" if tiles.netloc else ""


def _mark_for_caches(response: Response) -> None:
    """Only what is the same for everybody may lie in a cache that others are served from.

    A page for one person can hide behind the address of a file: the error page of one that is
    missing has their menu and the token of their forms.
    """
    if request.endpoint == "static" and response.status_code < ERRORS_BEGIN:
        if "v" in request.args:
            # The address names the version: another version has another address.
            response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
        return
    response.headers.setdefault("Cache-Control", "no-store")
    if "Content-Disposition" in response.headers:
        # Flask lets a file it sends lie in the browser's cache, and these hold people's numbers.
        response.headers["Cache-Control"] = "no-store"
    if session.accessed:
        kept = response.headers["Cache-Control"]
        response.headers["Cache-Control"] = kept.replace("public", "private")
