"""What the order of fitting posts goes by: tried on today's lists, kept, and brought back."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from circle.access.guard import needs
from circle.access.permissions import Permission
from circle.access.person import current_account
from circle.access.predicates import covers_division
from circle.access.scope import may
from circle.access.trail import acted, viewed
from circle.database import current_session, today
from circle.matching.components import COMPONENTS
from circle.matching.forms import KeepForm, TryForm
from circle.matching.operations import set_weights
from circle.matching.queries import weights_kept
from circle.matching.weights import SHOWN, Trial, try_weights, weights_of
from models.cases import Case
from models.policy import common_policy_on

bp = Blueprint("matching", __name__, url_prefix="/matching")


@bp.get("/weights")
@needs(Permission.READ_WEIGHTS)
def weights() -> ResponseReturnValue:
    """With weights in the address they are tried; without, those in force are shown."""
    if not set(COMPONENTS) & set(request.args):
        viewed("matching:weights:read")
        return _page(TryForm(data=_in_force()))
    form = TryForm(request.args)
    if not form.validate():
        viewed("matching:weights:read")
        return _page(form), 422
    trial = _tried(form.weights)
    shown = [each.resident_id for each in trial.examples]
    viewed("matching:weights:try", shown, details={"weights": form.weights})
    return _page(form, trial)


@bp.post("/weights")
@needs(Permission.SET_WEIGHTS)
def keep() -> ResponseReturnValue:
    form = KeepForm()
    if not form.validate_on_submit():
        viewed("matching:weights:read")
        return _page(form), 422
    before = _in_force()
    set_weights(current_session(), form.weights, by=current_account(), on=today())
    acted("matching:weights:set", details={"before": before, "after": form.weights})
    flash(gettext("新的分量已保存，今天起的推荐按它排序。"), "success")
    return redirect(url_for("matching.weights"))


def _in_force() -> dict[str, int]:
    return weights_of(common_policy_on(current_session(), today()))


def _tried(wanted: dict[str, int]) -> Trial:
    session = current_session()
    scope = covers_division(current_account(), Case)
    return try_weights(session, wanted, scope, today(), common_policy_on(session, today()))


def _page(form: TryForm | KeepForm, trial: Trial | None = None) -> str:
    in_force = _in_force()
    return render_template(
        "matching/weights.html",
        form=form,
        trial=trial,
        shown=SHOWN,
        in_force=in_force,
        is_changed=not form.errors and form.weights != in_force,
        kept=weights_kept(current_session(), today()),
        components=list(COMPONENTS),
        may_keep=may(current_account(), Permission.SET_WEIGHTS),
    )
