"""What a resident sees and settles from the look at their registration; the weekly digest."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup

from circle.access.guard import needs, public
from circle.access.limits import limiter
from circle.access.permissions import Permission
from circle.access.person import current_account
from circle.access.trail import acted
from circle.cases.consents import give_consent, has_agreed, withdraw_consent
from circle.cases.statements import current_wish
from circle.database import current_session, now, today
from circle.matching.queries import Fit
from circle.matching.reasons import WordsMissing
from circle.matching.words import missing_words, reason_words
from circle.messages.operations import drop_unwanted
from circle.posts.words import (
    education_words,
    headcount_words,
    hours_words,
    insurance_words,
    kind_words,
    pay_words,
)
from circle.referrals.operations import accept, apply_for, decline, withdraw
from circle.referrals.queries import resume_of
from circle.registration.answers import WORDING
from circle.seeking.digest import digest_of
from circle.seeking.forms import OnceForm, ReasonForm, ResumeForm
from circle.seeking.operations import (
    ask_worker,
    choose_by_hand,
    choose_by_machine,
    keep_resume,
    pass_over,
)
from circle.seeking.queries import (
    STANDING,
    by_street,
    chooses_by_hand,
    fit_of,
    own_communities,
    own_community,
    own_referral,
    post_to_show,
    recommended,
    referral_for,
    referrals_of,
)
from circle.seeking.seekers import opened_seeker
from circle.seeking.words import next_words, stage_look, stage_words
from models.cases import Registration
from models.policy import Policy, policy_on
from models.posts import Post
from models.referrals import Referral
from models.vocabulary.cases import CaseStage
from models.vocabulary.referrals import RUNNING_REFERRALS
from models.vocabulary.residents import ConsentPurpose

bp = Blueprint("seeking", __name__)
digests = Blueprint("digests", __name__)

BODY_BYTES = 64 * 1024
# A station's wireless serves many phones from one address.
LOOK_LIMIT = "60 per minute; 600 per hour"
ACT_LIMIT = "20 per minute; 120 per hour"
FAILED = 422
FIRST_SHOWN = 6


@bp.url_value_preprocessor
def limit_body(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Before anything reads the form: nobody here sends files."""
    request.max_content_length = BODY_BYTES


@bp.get("/progress/posts")
@limiter.limit(LOOK_LIMIT)
@public
def posts() -> ResponseReturnValue:
    registration = opened_seeker()
    session, resident_id = current_session(), registration.resident_id
    fits = recommended(session, registration.case, today(), _policy(registration))
    most = len(fits) if "all" in request.args else _worth_a_look(fits)
    return render_template(
        "seeking/posts.html",
        referrals=referrals_of(session, resident_id),
        fits=fits[:most],
        more=len(fits[most:]),
        by_hand=chooses_by_hand(session, resident_id),
        is_placed=registration.case.stage is CaseStage.PLACED,
        agrees=has_agreed(session, resident_id, ConsentPurpose.MESSAGES),
        board=registration.resident.lives_in or registration.division_code,
        once=_once(),
        **WORDS,
    )


@bp.get("/progress/posts/<int:post_id>")
@limiter.limit(LOOK_LIMIT)
@public
def show_post(post_id: int) -> ResponseReturnValue:
    registration = opened_seeker()
    post = post_to_show(current_session(), registration.resident_id, post_id, today())
    return _post_page(registration, post, ReasonForm(formdata=None))


@bp.post("/progress/posts/<int:post_id>/apply")
@limiter.limit(ACT_LIMIT)
@public
def apply(post_id: int) -> ResponseReturnValue:
    registration, form = opened_seeker(), OnceForm()
    session = current_session()
    post = post_to_show(session, registration.resident_id, post_id, today())
    if not form.validate_on_submit():
        abort(400)
    uuid = form.uuid.data
    referral = apply_for(session, registration.case, post, on=today(), now=now(), uuid=uuid)
    acted("seeking:post:apply", [registration.resident_id], details={"post": post.id})
    flash(gettext("申请已交给专员，专员会联系用人单位。"), "success")
    return redirect(url_for("seeking.show_referral", referral_id=referral.id))


@bp.post("/progress/posts/<int:post_id>/pass")
@limiter.limit(ACT_LIMIT)
@public
def pass_post(post_id: int) -> ResponseReturnValue:
    registration, form = opened_seeker(), ReasonForm()
    post = post_to_show(current_session(), registration.resident_id, post_id, today())
    if not form.validate_on_submit():
        return _post_page(registration, post, form), FAILED
    pass_over(current_session(), registration.resident_id, post.id, form.chosen(), now=now())
    details = {"post": post.id, "reason": form.reason.data}
    acted("seeking:post:pass", [registration.resident_id], details=details)
    flash(gettext("好的，这个岗位不再推荐给您。"), "success")
    return redirect(url_for("seeking.posts"))


@bp.get("/progress/referrals/<int:referral_id>")
@limiter.limit(LOOK_LIMIT)
@public
def show_referral(referral_id: int) -> ResponseReturnValue:
    registration = opened_seeker()
    referral = own_referral(current_session(), registration.resident_id, referral_id)
    return _referral_page(registration, referral, ReasonForm(formdata=None))


@bp.post("/progress/referrals/<int:referral_id>/accept")
@limiter.limit(ACT_LIMIT)
@public
def accept_referral(referral_id: int) -> ResponseReturnValue:
    registration = opened_seeker()
    referral = own_referral(current_session(), registration.resident_id, referral_id)
    accept(current_session(), referral, by=None, on=today(), now=now())
    acted("seeking:referral:accept", [registration.resident_id])
    flash(gettext("好的。专员会和用人单位约时间，再通知您。"), "success")
    return redirect(url_for("seeking.show_referral", referral_id=referral.id))


@bp.post("/progress/referrals/<int:referral_id>/decline")
@limiter.limit(ACT_LIMIT)
@public
def decline_referral(referral_id: int) -> ResponseReturnValue:
    registration, form = opened_seeker(), ReasonForm()
    referral = own_referral(current_session(), registration.resident_id, referral_id)
    if not form.validate_on_submit():
        return _referral_page(registration, referral, form), FAILED
    decline(
        current_session(),
        referral,
        reason=form.chosen(),
        is_reasonable=None,
        by=None,
        on=today(),
        now=now(),
    )
    details = {"reason": form.reason.data}
    acted("seeking:referral:decline", [registration.resident_id], details=details)
    flash(gettext("已告诉专员您不去这个岗位。"), "success")
    return redirect(url_for("seeking.posts"))


@bp.post("/progress/referrals/<int:referral_id>/withdraw")
@limiter.limit(ACT_LIMIT)
@public
def withdraw_application(referral_id: int) -> ResponseReturnValue:
    registration = opened_seeker()
    referral = own_referral(current_session(), registration.resident_id, referral_id)
    withdraw(current_session(), referral, by=None, on=today(), now=now())
    acted("seeking:referral:withdraw", [registration.resident_id])
    flash(gettext("申请已撤回。"), "success")
    return redirect(url_for("seeking.posts"))


@bp.get("/progress/resume")
@limiter.limit(LOOK_LIMIT)
@public
def resume() -> ResponseReturnValue:
    registration, form = opened_seeker(), ResumeForm(formdata=None)
    known = resume_of(current_session(), registration.resident_id)
    wish = current_wish(current_session(), registration.resident_id)
    form.show(known, wish.skills if wish else None)
    return _resume_page(registration, form)


@bp.post("/progress/resume")
@limiter.limit(ACT_LIMIT)
@public
def correct_resume() -> ResponseReturnValue:
    registration, form = opened_seeker(), ResumeForm()
    if not form.validate_on_submit():
        return _resume_page(registration, form), FAILED
    keep_resume(current_session(), registration.resident_id, form.skilled(), now=now())
    acted("seeking:resume:correct", [registration.resident_id])
    flash(gettext("简历已保存。"), "success")
    return redirect(url_for("seeking.resume"))


@bp.post("/progress/agreements/<purpose>/<any(give, withdraw):answer>")
@limiter.limit(ACT_LIMIT)
@public
def agree(purpose: str, answer: str) -> ResponseReturnValue:
    registration = opened_seeker()
    known = {each.value: each for each in ConsentPurpose}
    if purpose not in known:
        abort(404)
    session, resident_id = current_session(), registration.resident_id
    if answer == "give":
        give_consent(session, resident_id, known[purpose], wording=WORDING, now=now())
        acted("seeking:consent:give", [resident_id], details={"for": [purpose]})
        flash(gettext("已记下您的同意，随时可以撤回。"), "success")
    else:
        withdraw_consent(session, resident_id, known[purpose], now=now())
        drop_unwanted(session, resident_id)
        acted("registration:consent:withdraw", [resident_id], details={"for": [purpose]})
        flash(gettext("已撤回这项同意。"), "success")
    return redirect(url_for(f"seeking.{PAGE_OF[known[purpose]]}"))


@bp.post("/progress/recommending/<any(stop, resume):answer>")
@limiter.limit(ACT_LIMIT)
@public
def settle_recommending(answer: str) -> ResponseReturnValue:
    """Recommending by a machine can be refused, and taken up again (个人信息保护法 24)."""
    registration, form = opened_seeker(), OnceForm()
    if not form.validate_on_submit():
        abort(400)
    if answer == "stop":
        choose_by_hand(
            current_session(),
            registration.case,
            uuid=form.uuid.data,
            on=today(),
            now=now(),
            policy=_policy(registration),
        )
        flash(gettext("已停止自动推荐，也告诉了专员。专员会帮您挑选。"), "success")
    else:
        choose_by_machine(current_session(), registration.resident_id, now=now())
        flash(gettext("已恢复自动推荐。"), "success")
    acted(f"seeking:recommending:{answer}", [registration.resident_id])
    return redirect(url_for("seeking.posts"))


@bp.post("/progress/ask")
@limiter.limit(ACT_LIMIT)
@public
def ask() -> ResponseReturnValue:
    registration, form = opened_seeker(), OnceForm()
    if not form.validate_on_submit():
        abort(400)
    ask_worker(
        current_session(),
        registration.case,
        uuid=form.uuid.data,
        on=today(),
        now=now(),
        policy=_policy(registration),
    )
    acted("seeking:worker:ask", [registration.resident_id])
    flash(gettext("已告诉专员，专员会联系您。"), "success")
    return redirect(url_for("seeking.posts"))


@digests.get("/digest")
@needs(Permission.READ_DIGEST)
def index() -> ResponseReturnValue:
    communities = own_communities(current_session(), current_account())
    if len(communities) == 1:
        return redirect(url_for("digests.show", code=communities[0].code))
    return render_template(
        "seeking/digests.html", streets=by_street(current_session(), communities)
    )


@digests.get("/digest/<code>")
@needs(Permission.READ_DIGEST)
def show(code: str) -> ResponseReturnValue:
    community = own_community(current_session(), current_account(), code)
    policy = policy_on(current_session(), today(), code)
    address = url_for("noticeboard.around", code=code, _external=True)
    return render_template(
        "seeking/digest.html",
        digest=digest_of(current_session(), community, today(), policy),
        address=address.removeprefix("https://").removeprefix("http://"),
        square=_square(address),
        **WORDS,
    )


WORDS = {
    maker.__name__: maker
    for maker in (
        education_words,
        headcount_words,
        hours_words,
        insurance_words,
        kind_words,
        missing_words,
        next_words,
        pay_words,
        reason_words,
        stage_look,
        stage_words,
    )
}
# Where each consent is asked for.
PAGE_OF = {ConsentPurpose.MESSAGES: "posts", ConsentPurpose.EMPLOYERS: "resume"}


def _square(address: str) -> Markup:
    import segno  # noqa: PLC0415 - most web workers never draw a code

    drawn = segno.make(address, error="m").svg_inline(border=2, omitsize=True)
    return Markup(drawn)  # noqa: S704 - drawn by segno from our own address


def _worth_a_look(fits: list[Fit]) -> int:
    """How many stand on the page before more are asked for: those that speak of the wish, which
    come first, or a few where none does.
    """
    wished = sum(not any(isinstance(lack, WordsMissing) for lack in fit.missing) for fit in fits)
    return min(wished or FIRST_SHOWN, FIRST_SHOWN)


def _policy(registration: Registration) -> Policy:
    return policy_on(current_session(), today(), registration.resident.lives_in or "")


def _once() -> OnceForm:
    form = OnceForm(formdata=None)
    form.begin()
    return form


def _post_page(registration: Registration, post: Post, reasons: ReasonForm) -> str:
    session = current_session()
    referral = referral_for(session, registration.resident_id, post.id)
    return render_template(
        "seeking/post.html",
        post=post,
        fit=fit_of(session, registration.case, post, today(), _policy(registration)),
        referral=referral,
        can_apply=referral is None or referral.stage not in STANDING,
        once=_once(),
        reasons=reasons,
        **WORDS,
    )


def _referral_page(registration: Registration, referral: Referral, reasons: ReasonForm) -> str:
    fit = fit_of(
        current_session(), registration.case, referral.post, today(), _policy(registration)
    )
    return render_template(
        "seeking/referral.html",
        referral=referral,
        post=referral.post,
        is_running=referral.stage in RUNNING_REFERRALS,
        fit=fit,
        reasons=reasons,
        **WORDS,
    )


def _resume_page(registration: Registration, form: ResumeForm) -> str:
    session, resident_id = current_session(), registration.resident_id
    return render_template(
        "seeking/resume.html",
        form=form,
        resume=resume_of(session, resident_id),
        resident=registration.resident,
        agrees=has_agreed(session, resident_id, ConsentPurpose.EMPLOYERS),
    )
