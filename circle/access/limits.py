"""How often: the limiter of the doors that are open to guessing."""

from ipaddress import IPv6Address, ip_address, ip_network

from flask import Flask, request
from flask_limiter import Limiter

from circle.access.person import account_or_none

SIGN_IN_LIMIT = "20 per minute; 200 per hour"
REVEAL_LIMIT = "60 per hour"
# One subscriber of IPv6 has at least this many leading bits to themselves, and all behind them.
SUBSCRIBER_BITS = 64


def remote_address() -> str:
    """Who counts as one: an IPv4 address, or the network of an IPv6 subscriber."""
    text = request.remote_addr or "unknown"
    try:
        address = ip_address(text)
    except ValueError:
        return text
    if not isinstance(address, IPv6Address) or address.ipv4_mapped:
        return str(getattr(address, "ipv4_mapped", None) or address)
    return str(ip_network((address, SUBSCRIBER_BITS), strict=False))


def account_or_address() -> str:
    account = account_or_none()
    return f"account:{account.id}" if account else remote_address()


limiter = Limiter(remote_address, strategy="moving-window", headers_enabled=False)


def register(app: Flask) -> None:
    app.config["RATELIMIT_STORAGE_URI"] = app.extensions["settings"].rate_limit_storage
    limiter.init_app(app)
