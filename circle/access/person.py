"""Who is asking: the account behind a session, and how a session begins, ages and ends."""

import time
from typing import cast

from flask import Flask, g, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from circle.audit import Whence
from circle.database import current_session, current_settings
from models.staff import Account

SEEN_AT = "seen_at"
BEGAN_AT = "began_at"
# The cookie need not be written anew for every click.
SEEN_EVERY_SECONDS = 60
LONGEST_SECONDS = 12 * 60 * 60
BY_ID = select(Account).where(Account.id == bindparam("id")).options(joinedload(Account.coverage))


class Person(UserMixin):  # type: ignore[misc] # Flask-Login has no types
    """What Flask-Login keeps of an account: its number and the epoch its sessions belong to."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def get_id(self) -> str:
        return f"{self.account.id}.{self.account.session_epoch}"


def register(app: Flask) -> None:
    manager = LoginManager()
    # Flask-Login would tie the session to the network address, which changes in every stairwell.
    manager.session_protection = None
    manager.user_loader(_load)
    manager.init_app(app)


def current_account() -> Account:
    """The person asking; only behind @needs, which has sent everybody else to sign in."""
    account = account_or_none()
    if account is None:
        message = "nobody is signed in; the view lacks @needs"
        raise RuntimeError(message)
    return account


def account_or_none() -> Account | None:
    return cast("Account", current_user.account) if current_user.is_authenticated else None


def begin(account: Account) -> None:
    """Start a session of a new content: nothing an earlier visitor left in it lives on."""
    empty_cookie()
    account.language = session.get("language", account.language)
    session[SEEN_AT] = session[BEGAN_AT] = int(time.time())
    login_user(Person(account))


def end() -> None:
    logout_user()
    empty_cookie()


def empty_cookie() -> None:
    """Forget everything but the language the visitor reads."""
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language


def whence() -> Whence:
    """Where the request came from, as the audit trail keeps it."""
    return Whence(request.remote_addr, g.get("request_id"))


def _load(token: str) -> Person | None:
    number, _, epoch = token.partition(".")
    if not number.isdecimal() or _has_gone_stale():
        return None
    account = current_session().scalars(BY_ID, {"id": int(number)}).unique().one_or_none()
    if account is None or not account.is_active or str(account.session_epoch) != epoch:
        return None
    return Person(account)


def _has_gone_stale() -> bool:
    """Idle too long or signed in too long ago; notes otherwise that the person is still there."""
    moment = int(time.time())
    idle = moment - session.get(SEEN_AT, 0)
    if idle > current_settings().idle_minutes * 60:
        return True
    if moment - session.get(BEGAN_AT, 0) > LONGEST_SECONDS:
        return True
    if idle >= SEEN_EVERY_SECONDS:
        session[SEEN_AT] = moment
    return False
