"""The employer's answer, given behind a signed link without an account.

Who is put forward is named only where they have agreed to it; asked for at every look, so that a
consent withdrawn closes the page to their name at once.
"""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf import FlaskForm

from circle.access.guard import public
from circle.access.limits import limiter
from circle.access.trail import acted, viewed
from circle.cases.consents import has_agreed
from circle.database import current_session, current_settings, now, today
from circle.employers.links import open_link, use_link
from circle.posts.words import pay_words
from circle.privacy.masking import mask_name
from circle.referrals.forms import HireForm, InviteForm, TurnDownForm
from circle.referrals.operations import WILLING, hire, invite, turn_down
from circle.referrals.queries import lines_of, resume_of
from circle.refusals import LinkClosed, Refusal
from models.employers import SignedLink
from models.policy import policy_on
from models.referrals import Referral
from models.vocabulary.employers import LinkPurpose
from models.vocabulary.referrals import EmployerRefusal, ReferralStage
from models.vocabulary.residents import ConsentPurpose

bp = Blueprint("answers", __name__)

LOOK_LIMIT = "30 per minute; 200 per hour"
ANSWER_LIMIT = "10 per minute; 60 per hour"
BODY_BYTES = 16 * 1024
FAILED = 422
SHARING = ConsentPurpose.EMPLOYERS
FORMS: dict[str, type[FlaskForm]] = {
    "invite": InviteForm,
    "hire": HireForm,
    "turn_down": TurnDownForm,
}


@bp.url_value_preprocessor
def limit_body(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Nobody signed in sends files here."""
    request.max_content_length = BODY_BYTES


@bp.errorhandler(LinkClosed)
def closed(refusal: LinkClosed) -> ResponseReturnValue:
    """The page every other link of an employer has in this case."""
    return render_template("posts/closed.html", sentence=refusal.sentence()), refusal.status


@bp.get("/e/answer/<token>")
@limiter.limit(LOOK_LIMIT)
@public
def ask(token: str) -> ResponseReturnValue:
    link, referral = _opened(token)
    viewed("referral:answer:read", [referral.resident_id], details={"link": link.id})
    return _page(token, referral)


@bp.post("/e/answer/<token>/<answer>")
@limiter.limit(ANSWER_LIMIT)
@public
def receive(token: str, answer: str) -> ResponseReturnValue:
    """A second submission of the same answer changes nothing; another corrects it while it can."""
    link, referral = _opened(token)
    if answer not in FORMS:
        return _page(token, referral), FAILED
    form = FORMS[answer]()
    if not form.validate_on_submit():
        return _page(token, referral, **{answer: form}), FAILED
    try:
        RECEIVE[answer](referral, form, link)
    except Refusal as refused:
        return _page(token, referral, refused, **{answer: form}), refused.status
    use_link(link, now=now())
    acted("referral:answer:give", [referral.resident_id], details={"answer": answer})
    flash(gettext("已收到您的反馈，社区工作人员会看到。谢谢！"), "success")
    return redirect(url_for("answers.ask", token=token))


def _invite(referral: Referral, form: InviteForm, link: SignedLink) -> None:
    at = form.at(current_settings().timezone)
    invite(current_session(), referral, interview_at=at, link=link, **_now())


def _hire(referral: Referral, form: HireForm, link: SignedLink) -> None:
    hire(current_session(), referral, started_on=form.started_on.data, link=link, **_now())


def _turn_down(referral: Referral, form: TurnDownForm, link: SignedLink) -> None:
    reason = EmployerRefusal(form.why.data)
    turn_down(current_session(), referral, reason=reason, link=link, **_now())


RECEIVE: dict[str, Callable[[Referral, Any, SignedLink], None]] = {
    "invite": _invite,
    "hire": _hire,
    "turn_down": _turn_down,
}


def _opened(token: str) -> tuple[SignedLink, Referral]:
    """Raises LinkClosed."""
    session = current_session()
    link = open_link(session, token, LinkPurpose.ANSWER_REFERRAL, now=now())
    return link, session.get_one(Referral, link.referral_id)


def _page(token: str, referral: Referral, refused: Refusal | None = None, **sent: FlaskForm) -> str:
    session, on = current_session(), today()
    agreed = _may_know(referral) and has_agreed(session, referral.resident_id, SHARING)
    name = referral.resident.name
    policy = policy_on(session, on, referral.post.division_code)
    return render_template(
        "referrals/answer.html",
        token=token,
        referral=referral,
        line=lines_of(session, [referral], on=on, policy=policy)[0],
        name=name if agreed else mask_name(name),
        phone=next(iter(referral.resident.phones), None) if agreed else None,
        resume=resume_of(session, referral.resident_id) if agreed else None,
        agreed=agreed,
        forms={each: sent.get(each) or made(formdata=None) for each, made in FORMS.items()},
        sent=list(sent),
        refusal=refused.sentence() if refused else None,
        today=on,
        pay_words=pay_words,
    )


def _may_know(referral: Referral) -> bool:
    """Once it has come to nothing, nobody needs to know who it was (PIPL 6, 19)."""
    return referral.stage in {*WILLING, ReferralStage.HIRED}


def _now() -> dict[str, Any]:
    """Nobody of ours does it."""
    return {"by": None, "on": today(), "now": now()}
