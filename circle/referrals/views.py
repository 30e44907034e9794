"""Choosing posts with somebody, putting them forward, and what becomes of it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf import FlaskForm
from markupsafe import Markup

from circle.access.guard import needs
from circle.access.permissions import Permission
from circle.access.person import current_account
from circle.access.scope import GREATEST_KEY, abilities
from circle.access.trail import acted, viewed
from circle.cases.consents import give_consent, has_agreed, withdraw_consent
from circle.database import begin_immediately, current_session, current_settings, now, today
from circle.employers.links import is_open as is_open_link
from circle.employers.links import make_link, revoke_link
from circle.matching.words import missing_words, reason_words
from circle.places.queries import full_name
from circle.posts import words as post_words
from circle.privacy.masking import age
from circle.referrals import words
from circle.referrals.choosing import (
    Choice,
    of_posts,
    recommended,
    searched,
    wants_a_person_to_choose,
)
from circle.referrals.evidence import evidence_of
from circle.referrals.forms import (
    ConsentForm,
    DeclineForm,
    HireForm,
    InviteForm,
    JudgeForm,
    NoteForm,
    ReferForm,
    TurnDownForm,
    a_new_uuid,
)
from circle.referrals.operations import (
    WILLING,
    accept,
    cancel_hire,
    decline,
    hire,
    invite,
    judge,
    refer,
    share,
    take_up,
    turn_down,
    withdraw,
)
from circle.referrals.queries import (
    MOST_COMPARED,
    chosen_posts,
    counts_of,
    history_of,
    lines_of,
    links_of,
    page_of,
    placed_elsewise,
    referrals_of,
    resume_of,
)
from circle.refusals import (
    AboutPost,
    InterviewPast,
    NotFound,
    NothingChosen,
    Refusal,
    StartDayWrong,
)
from models.cases import Case
from models.policy import Policy, policy_on
from models.posts import Post
from models.referrals import Referral
from models.residents import Resident
from models.vocabulary.cases import ConfirmedBy, RefusalReason
from models.vocabulary.referrals import EmployerRefusal, ReferralStage, ReferralView
from models.vocabulary.residents import ConsentPurpose

bp = Blueprint("referrals", __name__)

FAILED = 422
SEARCH_LENGTH = 40
# The wording a worker reads out; the version is kept with each consent given by it.
SPOKEN = "spoken-2026-11"
SHARING = ConsentPurpose.EMPLOYERS
POST_WORDS = {
    "pay_words": post_words.pay_words,
    "kind_words": post_words.kind_words,
    "hours_words": post_words.hours_words,
    "education_words": post_words.education_words,
    "insurance_words": post_words.insurance_words,
    "headcount_words": post_words.headcount_words,
    "reason_words": reason_words,
    "missing_words": missing_words,
}
REFERRAL_WORDS = {
    **POST_WORDS,
    "ending_words": words.ending_words,
    "who_words": words.who_words,
    "retention_words": words.retention_words,
    "TAGS": words.TAGS,
}
ABLE = (Permission.MANAGE_REFERRAL, Permission.RECORD_HIRE)
FORMS: dict[str, type[FlaskForm]] = {
    "decline": DeclineForm,
    "judge": JudgeForm,
    "invite": InviteForm,
    "hire": HireForm,
    "turn_down": TurnDownForm,
    "withdraw": NoteForm,
    "cancel": NoteForm,
    "consent": ConsentForm,
}


@bp.get("/cases/<int:case_id>/posts")
@needs(Permission.READ_MATCHES)
def choose(case: Case) -> ResponseReturnValue:
    session, policy = current_session(), _policy(case)
    text = request.args.get("q", "").strip()[:SEARCH_LENGTH]
    found = searched(session, case, text, today(), policy) if text else []
    fitting = [] if text else recommended(session, case, today(), policy)
    viewed("referral:posts:read", [case.resident_id])
    return render_template(
        "referrals/choose.html",
        case=case,
        text=text,
        choices=found or fitting,
        by_hand=wants_a_person_to_choose(session, case.resident_id),
        most=MOST_COMPARED,
        **POST_WORDS,
    )


@bp.get("/cases/<int:case_id>/compare")
@needs(Permission.READ_MATCHES)
def compare(case: Case) -> ResponseReturnValue:
    """With `show` as the resident is shown it: nothing of theirs, nothing to press by mistake."""
    numbers = _numbers(request.args.getlist("posts"))
    if not numbers:
        flash(gettext("请先勾选岗位，再比较。"), "info")
        return redirect(url_for("referrals.choose", case_id=case.id))
    viewed("referral:comparison:read", [case.resident_id])
    form = ReferForm(formdata=None, uuid=a_new_uuid())
    return _comparison(case, numbers, form)


@bp.post("/cases/<int:case_id>/referrals")
@needs(Permission.REFER)
def put_forward(case: Case) -> ResponseReturnValue:
    """One or several posts at once: all of them, or none and the reason."""
    form, numbers = ReferForm(), _numbers(request.form.getlist("posts"))
    compared = _numbers(request.form.getlist("compared")) or numbers
    try:
        if not form.validate_on_submit():
            return _comparison(case, compared, form, ticked=numbers), FAILED
        _refer_to(case, numbers, form)
    except (AboutPost, NothingChosen) as refused:
        session = current_session()
        session.rollback()
        begin_immediately(session)
        return _comparison(case, compared, form, refused, ticked=numbers), refused.status
    if form.consent.data:
        _record_consent(case.resident_id, form.how.data)
    acted("referral:offer:make", [case.resident_id], details={"posts": numbers})
    flash(gettext("已推荐%(count)s个岗位。", count=len(numbers)), "success")
    return redirect(_on_the_file(case.resident_id))


@bp.get("/cases/<int:case_id>/referrals")
@needs(Permission.READ_MATCHES)
def of_case(case: Case) -> ResponseReturnValue:
    """A page of its own, and the part of the file that is fetched from it."""
    session, on, policy = current_session(), today(), _policy(case)
    viewed("referral:list:read", [case.resident_id])
    return render_template(
        "referrals/of_case.html",
        case=case,
        lines=referrals_of(session, case, on=on, policy=policy),
        jobs=placed_elsewise(session, case, on=on, policy=policy),
        evidence=evidence_of(session, case.resident_id, on, policy),
        policy=policy,
        able=_abilities(case.resident_id),
        on=on,
        **REFERRAL_WORDS,
    )


@bp.get("/residents/<int:resident_id>/refusals")
@needs(Permission.PRINT_RESIDENT)
def refusals(resident: Resident) -> ResponseReturnValue:
    """What a person may take to civil affairs; the system sends it to nobody."""
    session, actor, on = current_session(), current_account(), today()
    policy = policy_on(session, on, resident.lives_in or "")
    viewed("referral:refusals:print", [resident.id])
    place = full_name(session, actor.division_code)
    return render_template(
        "referrals/refusals.html",
        resident=resident,
        evidence=evidence_of(session, resident.id, on, policy),
        policy=policy,
        home=full_name(session, resident.lives_in) if resident.lives_in else "",
        age=age(resident.born_on, on),
        mark=f"{actor.display_name}（{actor.name}）· {place}",
        at=now(),
        **POST_WORDS,
    )


@bp.get("/referrals")
@needs(Permission.MANAGE_REFERRAL)
def index() -> ResponseReturnValue:
    session, actor, on = current_session(), current_account(), today()
    view = _view_named(request.args.get("view", ""))
    policy = policy_on(session, on, actor.division_code)
    before = next(iter(_numbers(request.args.getlist("before"))), None)
    page = page_of(session, actor, view, on=on, policy=policy, before=before)
    viewed("referral:list:read", [line.referral.resident_id for line in page.lines])
    following = url_for("referrals.index", view=view.value, before=page.after)
    return render_template(
        "referrals/index.html",
        page=page,
        view=view,
        counts=counts_of(session, actor, on=on),
        following=following if page.after else None,
        on=on,
        **REFERRAL_WORDS,
    )


@bp.get("/referrals/<int:referral_id>")
@needs(Permission.MANAGE_REFERRAL)
def show(referral: Referral) -> ResponseReturnValue:
    viewed("referral:file:read", [referral.resident_id])
    return _page(referral)


@bp.post("/referrals/<int:referral_id>/accept")
@needs(Permission.MANAGE_REFERRAL)
def record_willing(referral: Referral) -> ResponseReturnValue:
    move = take_up if referral.stage is ReferralStage.APPLIED else accept
    move(current_session(), referral, by=current_account(), on=today(), now=now())
    return _done(referral, "accept", gettext("已记录本人愿意，可以请单位反馈了。"))


@bp.post("/referrals/<int:referral_id>/decline")
@needs(Permission.MANAGE_REFERRAL)
def record_refusal(referral: Referral) -> ResponseReturnValue:
    form = DeclineForm()
    if not form.validate_on_submit():
        return _page(referral, decline=form), FAILED
    decline(
        current_session(),
        referral,
        reason=RefusalReason(form.reason.data),
        is_reasonable=form.is_reasonable,
        note=form.note.data or None,
        **_now(),
    )
    return _done(referral, "decline", gettext("已记录本人不愿意。"), reason=form.reason.data)


@bp.post("/referrals/<int:referral_id>/judge")
@needs(Permission.MANAGE_REFERRAL)
def record_judgement(referral: Referral) -> ResponseReturnValue:
    form = JudgeForm()
    if not form.validate_on_submit():
        return _page(referral, judge=form), FAILED
    judge(current_session(), referral, is_reasonable=form.is_reasonable)
    return _done(referral, "judge", gettext("已记录理由是否合理。"))


@bp.post("/referrals/<int:referral_id>/invite")
@needs(Permission.MANAGE_REFERRAL)
def record_interview(referral: Referral) -> ResponseReturnValue:
    form = InviteForm()
    if not form.validate_on_submit():
        return _page(referral, invite=form), FAILED
    try:
        at = form.at(current_settings().timezone)
        invite(current_session(), referral, interview_at=at, **_now())
    except InterviewPast as refused:
        return _page(referral, refused, invite=form), refused.status
    return _done(referral, "invite", gettext("已记录面试时间。"))


@bp.post("/referrals/<int:referral_id>/hire")
@needs(Permission.RECORD_HIRE)
def record_hire(referral: Referral) -> ResponseReturnValue:
    form = HireForm()
    if not form.validate_on_submit():
        return _page(referral, hire=form), FAILED
    try:
        hire(current_session(), referral, started_on=form.started_on.data, **_now())
    except StartDayWrong as refused:
        return _page(referral, refused, hire=form), refused.status
    return _done(referral, "hire", gettext("已记录录用，回访会按时提醒。"))


@bp.post("/referrals/<int:referral_id>/turn-down")
@needs(Permission.MANAGE_REFERRAL)
def record_turned_down(referral: Referral) -> ResponseReturnValue:
    form = TurnDownForm()
    if not form.validate_on_submit():
        return _page(referral, turn_down=form), FAILED
    turn_down(current_session(), referral, reason=EmployerRefusal(form.why.data), **_now())
    return _done(referral, "turn_down", gettext("已记录单位未录用。"), reason=form.why.data)


@bp.post("/referrals/<int:referral_id>/withdraw")
@needs(Permission.MANAGE_REFERRAL)
def take_back(referral: Referral) -> ResponseReturnValue:
    form = NoteForm()
    if not form.validate_on_submit():
        return _page(referral, withdraw=form), FAILED
    withdraw(current_session(), referral, note=form.remark.data or None, **_now())
    return _done(referral, "withdraw", gettext("推荐已撤回。"))


@bp.post("/referrals/<int:referral_id>/cancel")
@needs(Permission.RECORD_HIRE)
def cancel(referral: Referral) -> ResponseReturnValue:
    form = NoteForm()
    if not form.validate_on_submit():
        return _page(referral, cancel=form), FAILED
    cancel_hire(current_session(), referral, note=form.remark.data or None, **_now())
    said = gettext("录用已取消，因录用停止的其他推荐已恢复（岗位仍在招的）。")
    return _done(referral, "cancel", said)


@bp.post("/referrals/<int:referral_id>/consent")
@needs(Permission.MANAGE_REFERRAL)
def add_consent(referral: Referral) -> ResponseReturnValue:
    form = ConsentForm()
    if not form.validate_on_submit():
        return _page(referral, consent=form), FAILED
    _record_consent(referral.resident_id, form.how.data)
    flash(gettext("已记录本人同意向用人单位提供简历。"), "success")
    return redirect(url_for("referrals.show", referral_id=referral.id))


@bp.post("/referrals/<int:referral_id>/consent/withdraw")
@needs(Permission.MANAGE_REFERRAL)
def take_back_consent(referral: Referral) -> ResponseReturnValue:
    withdraw_consent(current_session(), referral.resident_id, SHARING, now=now())
    acted("referral:consent:withdraw", [referral.resident_id])
    flash(gettext("已撤回同意，单位的链接里不再显示姓名、电话和简历。"), "success")
    return redirect(url_for("referrals.show", referral_id=referral.id))


@bp.post("/referrals/<int:referral_id>/links")
@needs(Permission.MANAGE_REFERRAL)
def add_link(referral: Referral) -> ResponseReturnValue:
    """The address is on this page alone: nothing we keep brings it back."""
    session, post = current_session(), referral.post
    share(session, referral)
    policy = policy_on(session, today(), post.division_code)
    link, token = make_link(
        session, post.employer, by=current_account(), now=now(), policy=policy, referral=referral
    )
    acted("referral:link:make", [referral.resident_id], details={"link": link.id})
    address = url_for("answers.ask", token=token, _external=True)
    return render_template(
        "referrals/link.html",
        referral=referral,
        link=link,
        address=address,
        square=_drawn(address),
        is_shared=has_agreed(session, referral.resident_id, SHARING),
    )


@bp.post("/referrals/<int:referral_id>/links/<int:answer_link>/revoke")
@needs(Permission.MANAGE_REFERRAL)
def close_link(referral: Referral, answer_link: int) -> ResponseReturnValue:
    session = current_session()
    link = next((each for each in links_of(session, referral) if each.id == answer_link), None)
    if link is None:
        raise NotFound
    revoke_link(session, link, now=now())
    acted("referral:link:revoke", [referral.resident_id], details={"link": link.id})
    flash(gettext("链接已停用。"), "success")
    return redirect(url_for("referrals.show", referral_id=referral.id))


def _refer_to(case: Case, numbers: list[int], form: ReferForm) -> None:
    """Raises NothingChosen, and whatever `refer` raises."""
    session = current_session()
    if not numbers:
        raise NothingChosen
    for number in numbers:
        post = session.get(Post, number)
        if post is None:
            raise NotFound
        uuid, is_willing = form.uuid_for(number), form.willing.data
        refer(session, case, post, uuid=uuid, is_willing=is_willing, **_now())


def _comparison(
    case: Case,
    numbers: list[int],
    form: ReferForm,
    refused: Refusal | None = None,
    ticked: list[int] | None = None,
) -> str:
    """`ticked` is what a form that comes back had chosen; a fresh one chooses all."""
    session, on = current_session(), today()
    posts = chosen_posts(session, numbers, on)
    choices: list[Choice] = of_posts(session, case, posts, on, _policy(case))
    is_shown = "show" in request.args
    return render_template(
        "referrals/shown.html" if is_shown else "referrals/compare.html",
        case=case,
        choices=choices,
        # In the address: who looks over the shoulder sees numbers of posts, no name.
        arguments={"case_id": case.id, "posts": [choice.post.id for choice in choices]},
        ticked=numbers if ticked is None else ticked,
        gone=len(numbers) > len(posts),
        form=form,
        refusal=refused.sentence() if refused else None,
        agreed=not is_shown and has_agreed(session, case.resident_id, SHARING),
        able=_abilities(case.resident_id),
        **POST_WORDS,
    )


def _page(referral: Referral, refused: Refusal | None = None, **sent: FlaskForm) -> str:
    """`sent` is the form that came back with faults; the others are fresh."""
    session, on = current_session(), today()
    policy = _policy(referral.case)
    forms = {name: sent.get(name) or made(formdata=None) for name, made in FORMS.items()}
    return render_template(
        "referrals/show.html",
        referral=referral,
        line=lines_of(session, [referral], on=on, policy=policy)[0],
        history=history_of(session, referral),
        links=[(link, is_open_link(link, now=now())) for link in links_of(session, referral)],
        agreed=has_agreed(session, referral.resident_id, SHARING),
        resume=resume_of(session, referral.resident_id),
        is_willing=referral.stage in WILLING,
        forms=forms,
        sent=list(sent),
        refusal=refused.sentence() if refused else None,
        able=_abilities(referral.resident_id),
        on=on,
        **REFERRAL_WORDS,
    )


def _done(
    referral: Referral, what: str, says: str, reason: str | None = None
) -> ResponseReturnValue:
    acted(ACTS[what], [referral.resident_id], reason=reason, details={"referral": referral.id})
    flash(says, "success")
    return redirect(url_for("referrals.show", referral_id=referral.id))


# Said here in full, so that the trail's words can be found by them.
ACTS = {
    "accept": "referral:stage:accept",
    "decline": "referral:stage:decline",
    "judge": "referral:refusal:judge",
    "invite": "referral:stage:invite",
    "hire": "referral:stage:hire",
    "turn_down": "referral:stage:turn_down",
    "withdraw": "referral:stage:withdraw",
    "cancel": "referral:stage:cancel",
}


def _now() -> dict[str, Any]:
    """Who does it, on which day, at what instant."""
    return {"by": current_account(), "on": today(), "now": now()}


def _record_consent(resident_id: int, how: str) -> None:
    give_consent(current_session(), resident_id, SHARING, wording=SPOKEN, now=now())
    acted("referral:consent:give", [resident_id], details={"how": ConfirmedBy(how).value})


def _abilities(resident_id: int) -> dict[str, bool]:
    session, actor = current_session(), current_account()
    names = (*ABLE, Permission.REFER, Permission.PRINT_RESIDENT)
    held = abilities(session, actor, names, Resident, resident_id)
    return {name.value: may for name, may in held.items()}


def _policy(case: Case) -> Policy:
    return policy_on(current_session(), today(), case.resident.lives_in or "")


def _view_named(word: str) -> ReferralView:
    return next((view for view in ReferralView if view.value == word), ReferralView.RUNNING)


def _numbers(values: list[str]) -> list[int]:
    """Post numbers, as many as can be compared."""
    numbers = (int(value) for value in values if value.isdecimal())
    return [number for number in dict.fromkeys(numbers) if number <= GREATEST_KEY][:MOST_COMPARED]


def _on_the_file(resident_id: int) -> str:
    return url_for("cases.show", resident_id=resident_id) + "#referrals"


def _drawn(address: str) -> Markup:
    import segno  # noqa: PLC0415 - most web workers never draw a code

    drawn = segno.make(address, error="m").svg_inline(border=2, omitsize=True)
    return Markup(drawn)  # noqa: S704 - drawn by segno from our own address
