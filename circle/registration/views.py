"""The mini-form, its poster, the look at its progress; and the worker's side of it."""

import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup

from circle.access.guard import needs, public
from circle.access.limits import REVEAL_LIMIT, account_or_address, limiter
from circle.access.permissions import Permission
from circle.access.person import current_account
from circle.access.trail import acted, viewed
from circle.cases.words import wish_words
from circle.database import current_session, keep_despite_refusal, now, today
from circle.privacy.reveal import reason_text
from circle.refusals import NotFound, NothingRecorded, ReasonMissing
from circle.registration.comparison import compared
from circle.registration.confirmation import confirm, set_aside, stated_consents
from circle.registration.entrances import Entrance, entrance
from circle.registration.forms import (
    ConfirmForm,
    MiniForm,
    ReceiptForm,
    RevealStatedForm,
    SetAsideForm,
    WishForm,
)
from circle.registration.operations import (
    Receipt,
    change_wish,
    stands,
    submit,
    withdraw_consents,
    withdraw_registration,
)
from circle.registration.progress import STEPS, progress_of, seeks
from circle.registration.queries import (
    by_receipt,
    consents_of,
    open_order,
    registration_to_read,
    wish_told,
)
from circle.registration.receipts import grouped, receipt_hashes
from circle.registration.timing import evenly
from circle.registration.visitors import (
    REPEAT_SECONDS,
    close_progress,
    give_form,
    open_progress,
    opened_registration,
    was_given,
)
from models.cases import Case, Registration
from models.policy import policy_on
from models.sealed import current_keyring
from models.vocabulary.cases import ConfirmedBy, RegistrationState
from models.vocabulary.privacy import RevealReason
from models.vocabulary.registration import JobLoss, SetAsideReason
from models.vocabulary.residents import ConsentPurpose

bp = Blueprint("registration", __name__)

BODY_BYTES = 64 * 1024
# A station's wireless serves many phones from one address; a community's day has an end too.
ADDRESS_LIMIT = "10 per minute; 100 per hour"
DIVISION_LIMIT = "60 per minute; 600 per hour"
LOOK_LIMIT = "10 per minute; 60 per hour"
CODE_LIMIT = "5 per hour"
POSTER_SECONDS = 3600
FAILED = 422


@bp.url_value_preprocessor
def limit_body(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Before anything reads the form: nobody signed in sends files here."""
    request.max_content_length = BODY_BYTES


@bp.get("/r/<code>")
@public
def ask(code: str) -> ResponseReturnValue:
    form = _mini_form(entrance(current_session(), code))
    return _asked(form)


@bp.post("/r/<code>")
@limiter.limit(ADDRESS_LIMIT)
@limiter.limit(DIVISION_LIMIT, key_func=lambda: f"division:{(request.view_args or {})['code']}")
@public
def receive(code: str) -> ResponseReturnValue:
    began = time.monotonic()
    form = _mini_form(entrance(current_session(), code))
    if not form.validate_on_submit():
        return _asked(form, FAILED)
    receipt = submit(current_session(), form.answers(), on=today(), now=now())
    details = {"division": code, "repeat": receipt.is_repeat}
    acted("registration:form:submit", [receipt.resident_id], details=details)
    page = render_template(
        "registration/received.html",
        entrance=form.entrance,
        receipt=receipt,
        code=grouped(receipt.code) if _may_show(receipt, form.uuid.data, now()) else None,
    )
    return evenly(page, since=began)


@bp.get("/r/<code>/poster")
@public
def poster(code: str) -> ResponseReturnValue:
    place = entrance(current_session(), code)
    address = url_for("registration.ask", code=code, _external=True)
    import segno  # noqa: PLC0415 - most web workers never draw a code

    square = segno.make(address, error="m").svg_inline(
        border=2, svgclass="poster-code", omitsize=True
    )
    page = render_template(
        "registration/poster.html",
        entrance=place,
        square=Markup(square),  # noqa: S704 - drawn by segno from our own address
        address=address.removeprefix("https://").removeprefix("http://"),
        days=policy_on(current_session(), today(), code).first_service_days,
    )
    response = make_response(page)
    response.headers["Cache-Control"] = f"public, max-age={POSTER_SECONDS}"
    return response


@bp.get("/progress")
@public
def ask_code() -> ResponseReturnValue:
    return render_template("registration/progress_ask.html", form=ReceiptForm())


@bp.post("/progress")
@limiter.limit(LOOK_LIMIT)
@limiter.limit(
    CODE_LIMIT,
    key_func=lambda: f"receipt:{_typed_hash()}",
    deduct_when=lambda response: response.status_code == FAILED,
)
@public
def look_up() -> ResponseReturnValue:
    began = time.monotonic()
    form = ReceiptForm()
    if not form.validate_on_submit():
        return render_template("registration/progress_ask.html", form=form), FAILED
    registration = by_receipt(current_session(), form.code.data, form.tail())
    if registration is None:
        acted("registration:progress:open", succeeded=False)
        keep_despite_refusal()
        refusal = gettext("查询码或手机号后四位不对。请核对后再试；连续输错 5 次要等一小时。")
        page = render_template("registration/progress_ask.html", form=form, refusal=refusal)
        return evenly(page, since=began, status=FAILED)
    acted("registration:progress:open", [registration.resident_id])
    open_progress(registration)
    return redirect(url_for("registration.progress"))


@bp.get("/progress/registration")
@public
def progress() -> ResponseReturnValue:
    registration = opened_registration()
    form = WishForm(formdata=None)
    form.show(wish_told(current_session(), registration))
    return _progress_page(registration, form)


@bp.post("/progress/wish")
@limiter.limit(LOOK_LIMIT)
@public
def correct_wish() -> ResponseReturnValue:
    registration, form = opened_registration(), WishForm()
    known = wish_told(current_session(), registration)
    form.know(known)
    if not form.validate_on_submit():
        return _progress_page(registration, form), FAILED
    wish = replace(form.wish(), skills=known.skills)
    change_wish(current_session(), registration, wish, on=today(), now=now())
    acted("registration:wish:correct", [registration.resident_id])
    flash(gettext("求职意向已修改。"), "success")
    return redirect(url_for("registration.progress"))


@bp.post("/progress/consents/<purpose>/withdraw")
@limiter.limit(LOOK_LIMIT)
@public
def withdraw_consent(purpose: str) -> ResponseReturnValue:
    registration = opened_registration()
    purposes = [each for each in ConsentPurpose if each.value == purpose]
    withdraw_consents(current_session(), registration, purposes, now=now())
    acted("registration:consent:withdraw", [registration.resident_id], details={"for": purposes})
    flash(gettext("已撤回这项同意。"), "success")
    return redirect(url_for("registration.progress"))


@bp.post("/progress/withdraw")
@limiter.limit(LOOK_LIMIT)
@public
def take_back() -> ResponseReturnValue:
    registration = opened_registration()
    withdraw_registration(current_session(), registration, on=today(), now=now())
    acted("registration:form:withdraw", [registration.resident_id])
    flash(gettext("登记已撤回。"), "success")
    return redirect(url_for("registration.progress"))


@bp.post("/progress/leave")
@public
def leave() -> ResponseReturnValue:
    close_progress()
    return redirect(url_for("registration.ask_code"))


@bp.get("/registrations/<int:registration_id>")
@needs(Permission.CONFIRM_REGISTRATION)
def show(registration: Registration) -> ResponseReturnValue:
    viewed("registration:statement:read", [registration.resident_id])
    return _statement_page(registration)


@bp.get("/cases/<int:case_id>/registration")
@needs(Permission.CONFIRM_REGISTRATION)
def show_of_case(case: Case) -> ResponseReturnValue:
    """Where a line of the to-do list leads: the registration that waits, else the newest."""
    registration = registration_to_read(current_session(), case.id)
    if registration is None:
        raise NotFound
    return redirect(url_for("registration.show", registration_id=registration.id))


@bp.post("/registrations/<int:registration_id>/confirm")
@needs(Permission.CONFIRM_REGISTRATION)
def confirm_statement(registration: Registration) -> ResponseReturnValue:
    form = ConfirmForm()
    if not form.validate_on_submit():
        return _statement_page(registration, confirming=form), FAILED
    confirm(
        current_session(),
        registration,
        how=ConfirmedBy(form.how.data),
        taken=form.facts(),
        by=current_account(),
        on=today(),
        now=now(),
    )
    details = {"how": form.how.data, "taken": sorted(form.facts())}
    acted("registration:statement:confirm", [registration.resident_id], details=details)
    return _to_visit(registration)


@bp.post("/registrations/<int:registration_id>/set-aside")
@needs(Permission.CONFIRM_REGISTRATION)
def set_statement_aside(registration: Registration) -> ResponseReturnValue:
    form = SetAsideForm()
    if not form.validate_on_submit():
        return _statement_page(registration, setting_aside=form), FAILED
    set_aside(
        current_session(),
        registration,
        reason=SetAsideReason(form.reason.data),
        by=current_account(),
        on=today(),
        now=now(),
    )
    reason = form.reason.data
    acted("registration:statement:set_aside", [registration.resident_id], reason=reason)
    flash(gettext("已记录：这份登记不予采纳。"), "success")
    return redirect(url_for("registration.show", registration_id=registration.id))


@bp.post("/registrations/<int:registration_id>/reveal")
@limiter.limit(REVEAL_LIMIT, key_func=account_or_address)
@needs(Permission.CONFIRM_REGISTRATION)
def reveal_stated(registration: Registration) -> ResponseReturnValue:
    form = RevealStatedForm()
    if not form.validate_on_submit():
        raise ReasonMissing
    field = form.field.data
    text = registration.phone_sealed if field == "phone" else registration.address_sealed
    if not text:
        raise NothingRecorded
    reason = reason_text(RevealReason(form.reason.data), form.note.data or "")
    acted(f"registration:{field}:reveal", [registration.resident_id], reason=reason)
    return render_template("registration/revealed.html", field=field, text=text)


def _mini_form(place: Entrance) -> MiniForm:
    policy = policy_on(current_session(), today(), place.code)
    form = MiniForm()
    form.ask(place, on=today(), labour_age=policy.labour_age)
    return form


def _asked(form: MiniForm, status: int = 200) -> ResponseReturnValue:
    give_form(form.uuid.data)
    days = policy_on(current_session(), today(), form.entrance.code).first_service_days
    page = render_template(
        "registration/form.html", form=form, entrance=form.entrance, today=today(), days=days
    )
    return page, status


def _may_show(receipt: Receipt, uuid: str, moment: datetime) -> bool:
    """A first answer shows the code; the same again only to the browser that sent it, and soon."""
    if not receipt.is_repeat:
        return True
    is_soon = moment - receipt.received_at <= timedelta(seconds=REPEAT_SECONDS)
    return is_soon and was_given(uuid)


def _typed_hash() -> str:
    return receipt_hashes(current_keyring(), request.form.get("code", ""))[-1]


def _progress_page(registration: Registration, form: WishForm) -> str:
    session = current_session()
    if registration.state is RegistrationState.CONFIRMED:
        standing = (consent.purpose for consent in consents_of(session, registration))
        consents = list(dict.fromkeys(standing))
    else:
        consents = stated_consents(registration)
    return render_template(
        "registration/progress.html",
        registration=registration,
        form=form,
        progress=progress_of(registration),
        steps=STEPS,
        wish=wish_words(wish_told(session, registration)),
        consents=consents,
        stands=stands(registration),
        seeks=seeks(registration),
    )


def _statement_page(
    registration: Registration,
    *,
    confirming: ConfirmForm | None = None,
    setting_aside: SetAsideForm | None = None,
) -> str:
    lines = compared(current_session(), registration)
    form = confirming or ConfirmForm(formdata=None)
    if confirming is None:
        form.taken.data = [line.fact for line in lines if line.is_offered and line.is_advised]
    return render_template(
        "registration/statement.html",
        registration=registration,
        resident=registration.resident,
        lines=lines,
        form=form,
        setting_aside=setting_aside or SetAsideForm(formdata=None),
        consents=stated_consents(registration),
        job_loss=_job_loss(registration),
        order=open_order(current_session(), registration.case_id),
        place=entrance(current_session(), registration.division_code),
    )


def _job_loss(registration: Registration) -> str:
    word = registration.answers.get("job_loss")
    return str(gettext(JobLoss(word).label)) if word else ""


def _to_visit(registration: Registration) -> Response:
    """The contact just made is recorded as a visit, which completes the order."""
    flash(gettext("已核实。请接着记录这次联系，帮扶单随之办结。"), "success")
    order = open_order(current_session(), registration.case_id)
    if order is None:
        address = url_for("cases.show", resident_id=registration.resident_id)
    else:
        address = url_for("visits.new", task=order.id)
    return make_response(redirect(address))
