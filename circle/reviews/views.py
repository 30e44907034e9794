"""The review queue, one post under review, and what is decided about it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from circle.access.guard import needs
from circle.access.permissions import Permission
from circle.access.person import current_account
from circle.access.scope import find
from circle.access.trail import acted, concerns, viewed
from circle.database import READING, current_session, now, today
from circle.employers.queries import name_of, record_of
from circle.places.queries import full_name
from circle.posts import words as post_words
from circle.posts.duplicates import Duplicate, duplicates_of
from circle.posts.flags import TEXTS, PostWords
from circle.posts.queries import moves_of
from circle.refusals import PostMergesElsewhere, Refusal
from circle.reviews.filters import NOTHING_FLAGGED, Wanted, read_number
from circle.reviews.forms import (
    REJECT,
    ComplaintForm,
    DecisionForm,
    ManyForm,
    MergeForm,
    PublishForm,
    ReturnForm,
    TakeDownForm,
    tick_of,
)
from circle.reviews.marking import Remark, pieces_of, remarks_of
from circle.reviews.operations import (
    merge,
    publish,
    publish_clean,
    reject_complaint,
    return_post,
    take_down,
    uphold_complaint,
)
from circle.reviews.queries import (
    complaints_of,
    counts_of,
    flags_on,
    following,
    page_of,
    version_of,
)
from circle.reviews.words import quoted, strip_words
from models.posts import Complaint, Post
from models.vocabulary.posts import PostDoor, PostState, Severity

FAILED = 422
WORDS: dict[str, Callable[..., object]] = {
    "pay_words": post_words.pay_words,
    "kind_words": post_words.kind_words,
    "headcount_words": post_words.headcount_words,
    "occupation_words": post_words.occupation_words,
    "education_words": post_words.education_words,
    "hours_words": post_words.hours_words,
    "insurance_words": post_words.insurance_words,
    "helped_words": post_words.helped_words,
    "reason_words": post_words.reason_words,
    "state_look": post_words.state_look,
    "quoted": quoted,
    "strip_words": strip_words,
}

bp = Blueprint("reviews", __name__)


@dataclass
class Forms:
    """The decisions a page offers, each with a prefix of its own; complaints by their number."""

    publish: PublishForm
    send_back: ReturnForm
    merge: MergeForm
    take_down: TakeDownForm
    complaints: dict[int, ComplaintForm] = field(default_factory=dict)

    def all(self) -> list[DecisionForm]:
        return [
            *(self.publish, self.send_back, self.merge, self.take_down),
            *self.complaints.values(),
        ]


@bp.get("/reviews")
@needs(Permission.REVIEW_POST)
def index() -> ResponseReturnValue:
    session, actor, wanted = current_session(), current_account(), Wanted.read(request.args)
    page = page_of(session, actor, wanted, on=today(), after=read_number(request.args.get("after")))
    further = url_for("reviews.index", after=page.after, **wanted.arguments())
    return render_template(
        "reviews/index.html",
        page=page,
        counts=counts_of(session, actor, wanted),
        wanted=wanted,
        further=further if page.after else None,
        many=ManyForm(),
        tick_of=tick_of,
        doors=list(PostDoor),
        severities=list(Severity),
        nothing_flagged=NOTHING_FLAGGED,
        on=today(),
        **WORDS,
    )


@bp.post("/reviews/publish")
@needs(Permission.REVIEW_POST)
def publish_many() -> ResponseReturnValue:
    """Posts without anything to look at, each by itself: what one refuses holds up no other."""
    wanted, done, held = Wanted.read(request.args), 0, []
    for number, version in ManyForm().seen().items():
        try:
            title = _publish_one(number, version)
        except Refusal as refusal:
            held.append(refusal.sentence())
        else:
            done += bool(title)
    flash(_told_of_many(done, len(held)), "info" if held or not done else "success")
    return redirect(url_for("reviews.index", **wanted.arguments()))


def _publish_one(number: int, version: int) -> str:
    """Raises NotFound outside the reader's scope, and what keeps it from being published."""
    post, actor = _post_in_scope(number), current_account()
    publish_clean(current_session(), post, seen=version, by=actor, on=today(), now=now())
    acted("post:review:publish", details={"post": post.id})
    return post.title


def _told_of_many(done: int, held: int) -> str:
    if not done and not held:
        return str(gettext("没有选中岗位。请先在要发布的岗位前打勾。"))
    said = ngettext("已发布%(num)s个岗位。", "已发布%(num)s个岗位。", done)
    if held:
        said += ngettext(
            "有%(num)s个刚刚有了变化，没有发布，请打开查看。",
            "有%(num)s个刚刚有了变化，没有发布，请打开查看。",
            held,
        )
    return str(said)


@bp.get("/reviews/<int:post_id>")
@needs(Permission.REVIEW_POST)
def show(post: Post) -> ResponseReturnValue:
    return _review_page(post)


@bp.post("/reviews/<int:post_id>/publish")
@needs(Permission.REVIEW_POST)
def let_out(post: Post) -> ResponseReturnValue:
    form = PublishForm(prefix="publish")
    if not form.validate_on_submit():
        return _review_page(post, publish=form), FAILED
    try:
        standing = publish(
            current_session(),
            post,
            seen=form.version,
            confirmed=form.confirmed.data or [],
            note=(form.note.data or "").strip() or None,
            by=current_account(),
            on=today(),
            now=now(),
        )
    except Refusal as refusal:
        return _review_page(post, refusal, publish=form), refusal.status
    codes = sorted({flag.rule.code for flag in standing})
    reason = form.note.data if standing else None
    acted("post:review:publish", reason=reason, details={"post": post.id, "flags": codes})
    return _onwards(post, gettext("已发布“%(title)s”。", title=post.title))


@bp.post("/reviews/<int:post_id>/return")
@needs(Permission.REVIEW_POST)
def send_back(post: Post) -> ResponseReturnValue:
    form = ReturnForm(prefix="return")
    if not form.validate_on_submit():
        return _review_page(post, send_back=form), FAILED
    try:
        return_post(
            current_session(),
            post,
            form.chosen(),
            form.note.data or None,
            seen=form.version,
            by=current_account(),
            now=now(),
        )
    except Refusal as refusal:
        return _review_page(post, refusal, send_back=form), refusal.status
    codes = [reason.value for reason in form.chosen()]
    acted("post:review:return", details={"post": post.id, "reasons": codes})
    return _onwards(post, gettext("已退回“%(title)s”。", title=post.title))


@bp.post("/reviews/<int:post_id>/merge")
@needs(Permission.REVIEW_POST)
def take_in(post: Post) -> ResponseReturnValue:
    form = MergeForm(prefix="merge")
    if not form.validate_on_submit():
        return _review_page(post, merge=form), FAILED
    try:
        into = _target(form)
        merge(current_session(), post, into, seen=form.version, by=current_account(), now=now())
    except Refusal as refusal:
        return _review_page(post, refusal, merge=form), refusal.status
    acted("post:review:merge", details={"post": post.id, "into": into.id})
    return _onwards(post, gettext("已把“%(title)s”并入另一岗位。", title=post.title))


def _target(form: MergeForm) -> Post:
    """Raises NotFound outside the reader's scope, PostMergesElsewhere where none is named."""
    if form.target is None:
        raise PostMergesElsewhere
    return _post_in_scope(form.target)


def _post_in_scope(number: int) -> Post:
    """Raises NotFound."""
    permission = Permission.REVIEW_POST
    return cast("Post", find(current_session(), current_account(), permission, Post, number))


@bp.post("/reviews/<int:post_id>/take-down")
@needs(Permission.REVIEW_POST)
def put_away(post: Post) -> ResponseReturnValue:
    form = TakeDownForm(prefix="down")
    if not form.validate_on_submit():
        return _review_page(post, take_down=form), FAILED
    try:
        take_down(
            current_session(),
            post,
            form.note.data,
            seen=form.version,
            by=current_account(),
            now=now(),
        )
    except Refusal as refusal:
        return _review_page(post, refusal, take_down=form), refusal.status
    acted("post:review:take_down", details={"post": post.id})
    return _onwards(post, gettext("已下架“%(title)s”。", title=post.title))


@bp.post("/reviews/complaints/<int:complaint_id>")
@needs(Permission.REVIEW_POST)
def settle(complaint: Complaint) -> ResponseReturnValue:
    post, form = complaint.post, ComplaintForm(prefix=_prefix_of(complaint))
    if not form.validate_on_submit():
        return _review_page(post, complaints={complaint.id: form}), FAILED
    try:
        said = _settled(complaint, form)
    except Refusal as refusal:
        page = _review_page(post, refusal, complaints={complaint.id: form})
        return page, refusal.status
    acted(
        "post:complaint:settle",
        [complaint.resident_id] if complaint.resident_id else [],
        details={"post": post.id, "complaint": complaint.id, "outcome": form.outcome.data},
    )
    return _onwards(post, said)


def _settled(complaint: Complaint, form: ComplaintForm) -> str:
    session, actor = current_session(), current_account()
    if form.outcome.data == REJECT:
        is_out = reject_complaint(
            session, complaint, seen=form.version, by=actor, on=today(), now=now()
        )
        if is_out:
            return str(gettext("投诉不属实，岗位已恢复发布。"))
        return str(gettext("投诉已处理。岗位还需要您单独决定是否发布。"))
    uphold_complaint(
        session,
        complaint,
        form.chosen(),
        form.note.data or None,
        seen=form.version,
        by=actor,
        now=now(),
    )
    return str(gettext("投诉属实，岗位不再对外显示。"))


def _onwards(post: Post, said: str) -> ResponseReturnValue:
    """To the next post that waits; a post that still does comes first."""
    session, wanted = current_session(), Wanted.read(request.args)
    flash(said, "success")
    if post.state is PostState.RECEIVED:
        return redirect(url_for("reviews.show", post_id=post.id, **wanted.arguments()))
    number = following(session, current_account(), wanted, post)
    if number is None:
        return redirect(url_for("reviews.index", **wanted.arguments()))
    return redirect(url_for("reviews.show", post_id=number, **wanted.arguments()))


def _review_page(post: Post, refusal: Refusal | None = None, **sent: Any) -> str:  # noqa: ANN401 - forms
    """`sent` are forms that came back, by their names in Forms."""
    session, actor, wanted = current_session(), current_account(), Wanted.read(request.args)
    if refusal is not None:
        session.refresh(post)
    flags, complaints = flags_on(session, post, today()), complaints_of(session, post)
    remarks = remarks_of(PostWords.of(post).texts, flags)
    duplicates = duplicates_of(session, post)
    open_ones = [each for each, _ in complaints if each.settled_at is None]
    _note_who_complained(open_ones)
    return render_template(
        "reviews/show.html",
        post=post,
        place=full_name(session, post.division_code),
        remarks=remarks,
        pieces={name: pieces_of(name, getattr(post, name), flags) for name in TEXTS},
        duplicates=duplicates,
        complaints=complaints,
        record=record_of(session, post.employer),
        licence_by=name_of(session, post.employer.licence_seen_by),
        moves=moves_of(session, post),
        forms=_forms(post, remarks, duplicates, open_ones, sent),
        refusal=refusal.sentence() if refusal else None,
        wanted=wanted,
        skip_to=following(session, actor, wanted, post),
        received=PostState.RECEIVED,
        published=PostState.PUBLISHED,
        **WORDS,
    )


def _note_who_complained(complaints: list[Complaint]) -> None:
    """Their words are shown; of a form that is sent back the guard writes the row."""
    residents = [each.resident_id for each in complaints if each.resident_id]
    if request.method in READING:
        viewed("post:review:read", residents)
        return
    for number in residents:
        concerns(number)


def _forms(
    post: Post,
    remarks: list[Remark],
    duplicates: list[Duplicate],
    complaints: list[Complaint],
    sent: dict[str, Any],
) -> Forms:
    """As they were sent, or new ones; all of them on what the page shows now."""
    heard = sent.get("complaints", {})
    forms = Forms(
        publish=sent.get("publish") or PublishForm(formdata=None, prefix="publish"),
        send_back=sent.get("send_back") or _returning(remarks),
        merge=sent.get("merge") or MergeForm(formdata=None, prefix="merge"),
        take_down=sent.get("take_down") or TakeDownForm(formdata=None, prefix="down"),
        complaints={
            each.id: heard.get(each.id) or ComplaintForm(formdata=None, prefix=_prefix_of(each))
            for each in complaints
        },
    )
    forms.publish.ask_for(remarks)
    forms.merge.offer(duplicates)
    version = version_of(current_session(), post)
    for form in forms.all():
        form.seen.data = str(version)
    return forms


def _returning(remarks: list[Remark]) -> ReturnForm:
    form = ReturnForm(formdata=None, prefix="return")
    form.suggest(remarks)
    return form


def _prefix_of(complaint: Complaint) -> str:
    return f"complaint{complaint.id}"
