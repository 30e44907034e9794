"""Revealing a hidden field, the audit page, and the two addresses a watchdog asks."""

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from circle.access.acts import act_words
from circle.access.forms import RevealForm, TrailFilter
from circle.access.guard import needs, public
from circle.access.health import readiness
from circle.access.limits import REVEAL_LIMIT, account_or_address, limiter
from circle.access.permissions import Permission
from circle.access.person import current_account
from circle.access.policy import REVEAL_PERMISSIONS
from circle.access.queries import page_of_trail
from circle.access.scope import find
from circle.access.trail import acted, viewed
from circle.database import current_session, current_settings, now
from circle.privacy.reveal import reason_text, reason_words, revealed
from circle.refusals import ReasonMissing
from models.residents import Resident
from models.vocabulary.privacy import RevealField, RevealReason

bp = Blueprint("access", __name__)


@bp.post("/residents/<int:resident_id>/reveal")
@limiter.limit(REVEAL_LIMIT, key_func=account_or_address)
@needs(Permission.READ_RESIDENT)
def reveal(resident: Resident) -> ResponseReturnValue:
    form = RevealForm()
    if not form.validate_on_submit():
        raise ReasonMissing
    field = RevealField(form.field.data)
    find(current_session(), current_account(), REVEAL_PERMISSIONS[field], Resident, resident.id)
    reason = reason_text(RevealReason(form.reason.data), form.note.data or "")
    text = revealed(resident, field)
    acted(f"resident:{field}:reveal", [resident.id], reason=reason)
    return render_template("privacy/revealed.html", field=field, text=text)


@bp.get("/audit")
@needs(Permission.READ_AUDIT)
def trail() -> ResponseReturnValue:
    form = TrailFilter(request.args)
    form.validate()
    before = None if form.before.errors else form.before.data
    page = page_of_trail(
        current_session(), form.wanted(), zone=current_settings().timezone, before=before
    )
    viewed("audit:trail:read", details={"filters": sorted(form.wanted())})
    kept = {name: str(value) for name, value in form.wanted().items()}
    words = {"act_words": act_words, "reason_words": reason_words}
    return render_template("audit/trail.html", form=form, page=page, kept=kept, **words)


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    state = readiness(current_session(), now())
    return jsonify(state.facts), 200 if state.is_ready else 503
