"""Employers: the list, each one's page, its licence, and the links it comes in by."""

from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup

from circle.access.forms import RevealForm
from circle.access.guard import needs
from circle.access.limits import REVEAL_LIMIT, account_or_address, limiter
from circle.access.permissions import Permission
from circle.access.person import current_account
from circle.access.scope import GREATEST_KEY
from circle.access.trail import acted
from circle.database import current_session, now, today
from circle.employers.details import EmployerDetails
from circle.employers.divisions import communities_in
from circle.employers.forms import SEARCH_LENGTH, EmployerForm
from circle.employers.links import is_open, make_link, revoke_link
from circle.employers.operations import (
    add_employer,
    amend_employer,
    see_licence,
    withdraw_licence,
)
from circle.employers.queries import (
    employers_like,
    link_of,
    links_of,
    name_of,
    page_of,
    posts_of,
    record_of,
)
from circle.places.operations import position_of
from circle.places.queries import full_name
from circle.privacy.reveal import reason_text
from circle.refusals import EmployerKnown, NotFound, NothingRecorded, ReasonMissing
from models.employers import Employer, SignedLink
from models.policy import policy_on
from models.vocabulary.privacy import RevealField, RevealReason

bp = Blueprint("employers", __name__)
FAILED = 422


@bp.get("/employers")
@needs(Permission.READ_EMPLOYERS)
def index() -> ResponseReturnValue:
    text = request.args.get("q", "")[:SEARCH_LENGTH]
    after = request.args.get("after", type=int)
    after = after if after is not None and 0 <= after <= GREATEST_KEY else None
    page = page_of(current_session(), current_account(), text, after=after)
    following = url_for("employers.index", q=text or None, after=page.after)
    return render_template(
        "employers/index.html",
        page=page,
        text=text,
        following=following if page.after else None,
    )


@bp.get("/employers/new")
@needs(Permission.MANAGE_EMPLOYERS)
def new() -> ResponseReturnValue:
    return _form_page(_employer_form())


@bp.post("/employers")
@needs(Permission.MANAGE_EMPLOYERS)
def add() -> ResponseReturnValue:
    form = _employer_form()
    if not form.validate_on_submit():
        return _form_page(form), FAILED
    alike = _alike(form)
    if alike and not form.anyway.data:
        return _form_page(form, alike=alike), FAILED
    try:
        employer = add_employer(current_session(), _details(form), by=current_account())
    except EmployerKnown as refusal:
        form.uscc.errors = [refusal.sentence()]
        return _form_page(form, alike=alike), refusal.status
    acted("employer:file:add", details={"employer": employer.id})
    flash(gettext("企业已登记。"), "success")
    return redirect(url_for("employers.show", employer_id=employer.id))


@bp.get("/employers/<int:employer_id>")
@needs(Permission.READ_EMPLOYERS)
def show(employer: Employer) -> ResponseReturnValue:
    session = current_session()
    return render_template(
        "employers/show.html",
        employer=employer,
        place=full_name(session, employer.division_code),
        seen_by=name_of(session, employer.licence_seen_by),
        record=record_of(session, employer),
        posts=posts_of(session, current_account(), employer),
        links=[(link, by, _link_state(link, now())) for link, by in links_of(session, employer)],
        today=today(),
    )


@bp.get("/employers/<int:employer_id>/edit")
@needs(Permission.MANAGE_EMPLOYERS)
def edit(employer: Employer) -> ResponseReturnValue:
    form = _employer_form(employer)
    form.show(employer)
    return _form_page(form, employer)


@bp.post("/employers/<int:employer_id>/edit")
@needs(Permission.MANAGE_EMPLOYERS)
def amend(employer: Employer) -> ResponseReturnValue:
    form = _employer_form(employer)
    if not form.validate_on_submit():
        return _form_page(form, employer), FAILED
    try:
        amend_employer(current_session(), employer, _details(form, employer))
    except EmployerKnown as refusal:
        form.uscc.errors = [refusal.sentence()]
        return _form_page(form, employer), refusal.status
    acted("employer:file:amend", details={"employer": employer.id})
    flash(gettext("企业信息已修改。"), "success")
    return redirect(url_for("employers.show", employer_id=employer.id))


@bp.post("/employers/<int:employer_id>/licence")
@needs(Permission.MANAGE_EMPLOYERS)
def confirm_licence(employer: Employer) -> ResponseReturnValue:
    see_licence(current_session(), employer, by=current_account(), on=today())
    acted("employer:licence:see", details={"employer": employer.id})
    flash(gettext("已记录：您看过营业执照。"), "success")
    return redirect(url_for("employers.show", employer_id=employer.id))


@bp.post("/employers/<int:employer_id>/licence/withdraw")
@needs(Permission.MANAGE_EMPLOYERS)
def take_back_licence(employer: Employer) -> ResponseReturnValue:
    withdraw_licence(current_session(), employer)
    acted("employer:licence:withdraw", details={"employer": employer.id})
    flash(gettext("已撤销营业执照核验。"), "success")
    return redirect(url_for("employers.show", employer_id=employer.id))


@bp.post("/employers/<int:employer_id>/phone")
@limiter.limit(REVEAL_LIMIT, key_func=account_or_address)
@needs(Permission.READ_EMPLOYERS)
def reveal_phone(employer: Employer) -> ResponseReturnValue:
    form = RevealForm()
    if not form.validate_on_submit():
        raise ReasonMissing
    if not employer.contact_phone:
        raise NothingRecorded
    reason = reason_text(RevealReason(form.reason.data), form.note.data or "")
    acted("employer:phone:reveal", reason=reason, details={"employer": employer.id})
    text = employer.contact_phone
    return render_template("privacy/revealed.html", field=RevealField.PHONE, text=text)


@bp.post("/employers/<int:employer_id>/links")
@needs(Permission.MANAGE_EMPLOYERS)
def add_link(employer: Employer) -> ResponseReturnValue:
    """The address is on this page alone: nothing we keep brings it back."""
    session = current_session()
    policy = policy_on(session, today(), employer.division_code)
    link, token = make_link(session, employer, by=current_account(), now=now(), policy=policy)
    acted("employer:link:make", details={"employer": employer.id, "link": link.id})
    address = url_for("door.show_link", token=token, _external=True)
    return render_template(
        "employers/link.html", employer=employer, link=link, address=address, square=_drawn(address)
    )


@bp.post("/employers/<int:employer_id>/links/<int:link_number>/revoke")
@needs(Permission.MANAGE_EMPLOYERS)
def close_link(employer: Employer, link_number: int) -> ResponseReturnValue:
    link = link_of(current_session(), employer, link_number)
    if link is None:
        raise NotFound
    revoke_link(current_session(), link, now=now())
    acted("employer:link:revoke", details={"employer": employer.id, "link": link.id})
    flash(gettext("链接已停用。"), "success")
    return redirect(url_for("employers.show", employer_id=employer.id))


def _employer_form(employer: Employer | None = None) -> EmployerForm:
    """Where it may lie: what the person covers, and where it lies already."""
    form = EmployerForm()
    codes = {*current_account().covered_codes}
    if employer is not None:
        codes.add(employer.division_code)
    form.offer(communities_in(current_session(), codes))
    return form


def _form_page(
    form: EmployerForm, employer: Employer | None = None, alike: Sequence[Employer] = ()
) -> str:
    return render_template("employers/form.html", form=form, employer=employer, alike=alike)


def _alike(form: EmployerForm) -> Sequence[Employer]:
    uscc = form.uscc.data or None
    return employers_like(current_session(), form.division.data, form.name.data, uscc)


def _details(form: EmployerForm, employer: Employer | None = None) -> EmployerDetails:
    position = position_of(current_session(), form.point) if form.point else None
    return form.details(position, employer)


def _link_state(link: SignedLink, moment: datetime) -> str:
    if link.revoked_at is not None:
        return str(gettext("已停用"))
    return str(gettext("有效") if is_open(link, now=moment) else gettext("已过期"))


def _drawn(address: str) -> Markup:
    import segno  # noqa: PLC0415 - most web workers never draw a code

    drawn = segno.make(address, error="m").svg_inline(border=2, omitsize=True)
    return Markup(drawn)  # noqa: S704 - drawn by segno from our own address
