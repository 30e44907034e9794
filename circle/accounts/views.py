"""Signing in and out, one's own account, and the page each role begins with."""

import time
from datetime import timedelta

from flask import (
    Blueprint,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from circle.access import person
from circle.access.guard import needs, public
from circle.access.limits import SIGN_IN_LIMIT, account_or_address, limiter
from circle.access.permissions import Permission
from circle.access.person import account_or_none, current_account, whence
from circle.accounts import operations, two_factor
from circle.accounts.forms import CodeForm, PasswordForm, SignInForm, safe_path
from circle.accounts.queries import accounts_for, covered_names, stored_hash
from circle.database import (
    current_session,
    current_settings,
    keep_despite_refusal,
    now,
    sessions,
)
from circle.refusals import Refusal, SignInFailed
from models.staff import Account
from models.vocabulary.staff import Role

bp = Blueprint("accounts", __name__)

PENDING = "pending"
PENDING_SINCE = "pending_since"
NEXT = "next"
PENDING_SECONDS = 5 * 60
LANGUAGES = ("zh", "en")

LANDINGS = {
    Role.WORKER: "todo.index",
    Role.STREET: "todo.index",
    Role.DISTRICT: "todo.index",
    Role.CLERK: "imports.index",
    Role.AUDITOR: "access.trail",
    Role.SYSTEM_ADMIN: "accounts.index",
    Role.SECURITY_ADMIN: "accounts.index",
}


@bp.get("/")
@public
def landing() -> ResponseReturnValue:
    account = account_or_none()
    if account is None:
        return redirect(url_for("accounts.sign_in"))
    endpoint = LANDINGS.get(account.role)
    if endpoint in current_app.view_functions:
        return redirect(url_for(endpoint))
    return render_template("accounts/landing.html", account=account)


@bp.route("/login", methods=["GET", "POST"])
@limiter.limit(SIGN_IN_LIMIT, methods=["POST"])
@public
def sign_in() -> ResponseReturnValue:
    form = SignInForm()
    back = safe_path(request.args.get("next"))
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template("accounts/sign_in.html", form=form), status
    factor = _first_factor(form.name.data, form.password.data)
    try:
        account = operations.sign_in(current_session(), factor, now=now(), whence=whence())
    except SignInFailed as refusal:
        keep_despite_refusal()
        return render_template("accounts/sign_in.html", form=form, refusal=refusal.sentence()), 422
    if account.needs_two_factors or account.totp_enrolled_at:
        _remember_first_factor(account, back)
        return redirect(url_for("accounts.code" if account.totp_enrolled_at else "accounts.enrol"))
    person.begin(account)
    return redirect(back or url_for("accounts.landing"))


@bp.route("/login/code", methods=["GET", "POST"])
@limiter.limit(SIGN_IN_LIMIT, methods=["POST"])
@public
def code() -> ResponseReturnValue:
    account = _half_signed_in()
    if account is None or account.totp_enrolled_at is None:
        return redirect(url_for("accounts.sign_in"))
    form = CodeForm()
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template("accounts/code.html", form=form), status
    try:
        operations.check_code(
            current_session(), account, form.code.data, now=now(), whence=whence()
        )
    except Refusal as refusal:
        keep_despite_refusal()
        return render_template("accounts/code.html", form=form, refusal=refusal.sentence()), 422
    back = cookie.get(NEXT)
    person.begin(account)
    return redirect(back or url_for("accounts.landing"))


@bp.route("/login/enrol", methods=["GET", "POST"])
@limiter.limit(SIGN_IN_LIMIT, methods=["POST"])
@public
def enrol() -> ResponseReturnValue:
    account = _half_signed_in()
    if account is None or account.totp_enrolled_at is not None:
        return redirect(url_for("accounts.sign_in"))
    form = CodeForm()
    if not form.validate_on_submit():
        return _enrolment_page(account, form), 422 if form.is_submitted() else 200
    try:
        codes = operations.enrol(
            current_session(), account, form.code.data, now=now(), whence=whence()
        )
    except Refusal as refusal:
        return _enrolment_page(account, form, refusal.sentence()), refusal.status
    back = cookie.get(NEXT)
    person.begin(account)
    return render_template("accounts/recovery.html", codes=codes, back=back)


@bp.post("/logout")
@public
def sign_out() -> ResponseReturnValue:
    account = account_or_none()
    if account is not None:
        operations.end_sessions(current_session(), account, now=now(), whence=whence())
    person.end()
    flash(_("您已安全退出。"), "success")
    return redirect(url_for("accounts.sign_in"))


@bp.get("/account")
@needs(Permission.KEEP_OWN_ACCOUNT)
def me() -> ResponseReturnValue:
    account = current_account()
    places = covered_names(current_session(), account)
    return render_template("accounts/me.html", account=account, places=places)


@bp.route("/account/password", methods=["GET", "POST"])
@limiter.limit(SIGN_IN_LIMIT, methods=["POST"], key_func=account_or_address)
@needs(Permission.KEEP_OWN_ACCOUNT)
def password() -> ResponseReturnValue:
    form = PasswordForm()
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template("accounts/password.html", form=form), status
    account = current_account()
    try:
        operations.change_password(
            current_session(),
            account,
            form.old.data,
            form.new.data,
            now=now(),
            whence=whence(),
        )
    except Refusal as refusal:
        keep_despite_refusal()
        sentence = refusal.sentence()
        return render_template("accounts/password.html", form=form, refusal=sentence), 422
    person.begin(account)
    flash(_("密码已修改，其他设备上的登录已失效。"), "success")
    return redirect(url_for("accounts.me"))


@bp.post("/account/language")
@public
def language() -> ResponseReturnValue:
    chosen = request.form.get("language", "")
    if chosen in LANGUAGES:
        cookie["language"] = chosen
        account = account_or_none()
        if account is not None:
            account.language = chosen
    return redirect(safe_path(request.form.get("back")) or url_for("accounts.landing"))


@bp.post("/account/type")
@needs(Permission.KEEP_OWN_ACCOUNT)
def type_size() -> ResponseReturnValue:
    current_account().large_type = request.form.get("large") == "yes"
    return redirect(safe_path(request.form.get("back")) or url_for("accounts.me"))


@bp.get("/account/token")
@needs(Permission.KEEP_OWN_ACCOUNT)
def token() -> ResponseReturnValue:
    """A fresh form token for what waited on the phone while nobody was signed in."""
    return jsonify(token=generate_csrf(), account=current_account().name)


@bp.get("/accounts")
@needs(Permission.UNLOCK_ACCOUNT)
def index() -> ResponseReturnValue:
    accounts = accounts_for(current_session(), current_account())
    return render_template("accounts/index.html", accounts=accounts, now=now())


@bp.post("/accounts/<int:account_id>/unlock")
@needs(Permission.UNLOCK_ACCOUNT)
def unlock(account: Account) -> ResponseReturnValue:
    operations.unlock(current_session(), account, by=current_account(), now=now())
    flash(_("账号 %(name)s 已解锁。", name=account.name), "success")
    return redirect(url_for("accounts.index"))


@bp.before_app_request
def ask_for_new_password() -> ResponseReturnValue | None:
    """Where passwords age, an old one leads to the page that changes it and nowhere else."""
    longest = current_settings().password_max_age_days
    if not longest or request.blueprint == bp.name or request.endpoint == "static":
        return None
    account = account_or_none()
    changed_at = account.password_changed_at if account else None
    if changed_at is None or now() - changed_at <= timedelta(days=longest):
        return None
    flash(_("您的密码已使用超过 %(days)d 天，请先修改。", days=longest), "info")
    return redirect(url_for("accounts.password"))


def _first_factor(name: str, password: str) -> operations.FirstFactor:
    """Checked before the request's own transaction begins: on SQLite that keeps all others out."""
    with sessions()() as reading:
        stored = stored_hash(reading, name)
    return operations.FirstFactor.of(name, stored, password)


def _remember_first_factor(account: Account, back: str | None) -> None:
    person.empty_cookie()
    cookie[PENDING] = f"{account.id}.{account.session_epoch}"
    cookie[PENDING_SINCE] = int(time.time())
    cookie[NEXT] = back


def _half_signed_in() -> Account | None:
    """Whoever gave the right password in the last minutes and has the second factor before them."""
    number, _, epoch = cookie.get(PENDING, "").partition(".")
    if not number.isdecimal() or time.time() - cookie.get(PENDING_SINCE, 0) > PENDING_SECONDS:
        return None
    account = current_session().get(Account, int(number))
    fits = account is not None and account.is_active and str(account.session_epoch) == epoch
    return account if fits else None


def _enrolment_page(account: Account, form: CodeForm, refusal: str | None = None) -> str:
    secret = account.totp_secret or ""
    return render_template(
        "accounts/enrol.html",
        form=form,
        refusal=refusal,
        secret=secret,
        picture=two_factor.enrolment_picture(secret, account.name),
    )
