"""Posts by the office's form, by an employer's link, and as everybody sees them."""

from collections.abc import Callable, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup

from circle.access.forms import RevealForm
from circle.access.guard import needs, public
from circle.access.limits import REVEAL_LIMIT, account_or_address, limiter
from circle.access.permissions import Permission
from circle.access.person import current_account
from circle.access.trail import acted
from circle.database import current_session, now, today
from circle.employers.divisions import communities_in
from circle.employers.forms import SEARCH_LENGTH
from circle.employers.links import open_link, use_link
from circle.employers.queries import employers_to_choose, in_district
from circle.places.operations import position_of
from circle.places.queries import DISTRICT_LENGTH, full_name
from circle.posts import words
from circle.posts.details import PostDetails
from circle.posts.filters import Wanted, read_number
from circle.posts.forms import ComplaintForm, HeadcountForm, PostForm, TakeDownForm
from circle.posts.nearby import Board, Near, Place, board_of, offered_post, page_near
from circle.posts.occupations import occupations_like
from circle.posts.operations import (
    amend_post,
    complain,
    set_headcount,
    submit_post,
    take_down,
)
from circle.posts.queries import (
    counts_of,
    last_return,
    moves_of,
    open_complaints,
    page_of,
    post_of,
    posts_by_link,
    was_complained,
)
from circle.privacy.reveal import reason_text
from circle.refusals import (
    HeadcountTaken,
    LinkClosed,
    NotFound,
    NothingRecorded,
    ReasonMissing,
)
from models.employers import Employer, SignedLink
from models.policy import Policy, policy_on
from models.posts import Post
from models.vocabulary.employers import LinkPurpose
from models.vocabulary.posts import (
    POST_LIFECYCLE,
    ComplaintReason,
    PostDoor,
    PostState,
    PostVerb,
)
from models.vocabulary.privacy import RevealField, RevealReason
from models.vocabulary.residents import WorkKind

FAILED = 422
# A community's wireless serves many phones from one address.
LOOK_LIMIT = "120 per minute; 2000 per hour"
LINK_LIMIT = "60 per minute; 600 per hour"
SUBMIT_LIMIT = "20 per minute; 100 per hour"
COMPLAINT_LIMIT = "3 per minute; 10 per hour"
SEARCH_LIMIT = "240 per minute"
ON_A_POSTER = 6
WORDS: dict[str, Callable[..., object]] = {
    "pay_words": words.pay_words,
    "kind_words": words.kind_words,
    "headcount_words": words.headcount_words,
    "occupation_words": words.occupation_words,
    "education_words": words.education_words,
    "hours_words": words.hours_words,
    "insurance_words": words.insurance_words,
    "helped_words": words.helped_words,
    "reason_words": words.reason_words,
    "walk_words": words.walk_words,
    "state_look": words.state_look,
}

bp = Blueprint("posts", __name__)
door = Blueprint("door", __name__)
noticeboard = Blueprint("noticeboard", __name__)


@bp.get("/posts")
@needs(Permission.READ_POSTS)
def index() -> ResponseReturnValue:
    actor, wanted = current_account(), Wanted.read(request.args)
    after = read_number(request.args.get("after"))
    page = page_of(current_session(), actor, wanted, after=after)
    following = url_for("posts.index", after=page.after, **wanted.arguments())
    return render_template(
        "posts/index.html",
        page=page,
        counts=counts_of(current_session(), actor, wanted),
        wanted=wanted,
        following=following if page.after else None,
        states=list(PostState),
        kinds=list(WorkKind),
        **WORDS,
    )


@bp.get("/posts/occupations")
@limiter.limit(SEARCH_LIMIT)
@public
def occupations() -> ResponseReturnValue:
    """What the form's field offers while somebody types; the classification is no secret."""
    typed = request.args.get("occupation", "")[:SEARCH_LENGTH]
    return render_template("posts/_occupations.html", found=occupations_like(typed))


@bp.get("/posts/new")
@needs(Permission.SUBMIT_POST)
def new() -> ResponseReturnValue:
    if "employer" not in request.args:
        return _choose_page()
    employer = _employer_named()
    form = _office_form(employer)
    if not form.division.data:
        _start_from(form, employer)
    return _office_page(form, employer)


@bp.post("/posts")
@needs(Permission.SUBMIT_POST)
def submit() -> ResponseReturnValue:
    employer = _employer_named()
    form = _office_form(employer)
    if not form.validate_on_submit():
        return _office_page(form, employer), FAILED
    post = submit_post(
        current_session(),
        employer,
        _details(form),
        uuid=form.uuid.data,
        door=PostDoor.FORM,
        by=current_account(),
        on=today(),
        now=now(),
    )
    acted("post:form:submit", details={"post": post.id})
    flash(gettext("岗位已提交，审核通过后才会发布。"), "success")
    return redirect(url_for("posts.show", post_id=post.id))


@bp.get("/posts/<int:post_id>")
@needs(Permission.READ_POSTS)
def show(post: Post) -> ResponseReturnValue:
    return _post_page(post)


@bp.get("/posts/<int:post_id>/edit")
@needs(Permission.SUBMIT_POST)
def edit(post: Post) -> ResponseReturnValue:
    form = _office_form(post.employer, post)
    form.show(post)
    return _office_page(form, post.employer, post)


@bp.post("/posts/<int:post_id>/edit")
@needs(Permission.SUBMIT_POST)
def amend(post: Post) -> ResponseReturnValue:
    form = _office_form(post.employer, post)
    if not form.validate_on_submit():
        return _office_page(form, post.employer, post), FAILED
    try:
        details = _details(form, post)
        amend_post(current_session(), post, details, by=current_account(), now=now())
    except HeadcountTaken as refusal:
        form.headcount.errors = [refusal.sentence()]
        return _office_page(form, post.employer, post), FAILED
    acted("post:form:amend", details={"post": post.id})
    flash(_amended(post), "success")
    return redirect(url_for("posts.show", post_id=post.id))


@bp.post("/posts/<int:post_id>/take-down")
@needs(Permission.SUBMIT_POST)
def withdraw(post: Post) -> ResponseReturnValue:
    form = TakeDownForm()
    if not form.validate_on_submit():
        return _post_page(post, taking_down=form), FAILED
    note = form.note.data or None
    take_down(current_session(), post, by=current_account(), now=now(), note=note)
    acted("post:state:take_down", details={"post": post.id})
    flash(gettext("岗位已下架。"), "success")
    return redirect(url_for("posts.show", post_id=post.id))


@bp.post("/posts/<int:post_id>/phone")
@limiter.limit(REVEAL_LIMIT, key_func=account_or_address)
@needs(Permission.READ_POSTS)
def reveal_phone(post: Post) -> ResponseReturnValue:
    form = RevealForm()
    if not form.validate_on_submit():
        raise ReasonMissing
    if not post.contact_phone:
        raise NothingRecorded
    reason = reason_text(RevealReason(form.reason.data), form.note.data or "")
    acted("post:phone:reveal", reason=reason, details={"post": post.id})
    text = post.contact_phone
    return render_template("privacy/revealed.html", field=RevealField.PHONE, text=text)


@door.errorhandler(LinkClosed)
def closed(refusal: LinkClosed) -> ResponseReturnValue:
    return render_template("posts/closed.html", sentence=refusal.sentence()), refusal.status


@door.get("/e/<token>")
@limiter.limit(LINK_LIMIT)
@public
def show_link(token: str) -> ResponseReturnValue:
    return _link_page(_opened(token), token)


@door.get("/e/<token>/new")
@limiter.limit(LINK_LIMIT)
@public
def new_by_link(token: str) -> ResponseReturnValue:
    link = _opened(token)
    form = _link_form(link)
    _start_from(form, link.employer)
    return _link_form_page(form, link, token)


@door.post("/e/<token>/posts")
@limiter.limit(SUBMIT_LIMIT)
@public
def submit_by_link(token: str) -> ResponseReturnValue:
    link = _opened(token)
    form = _link_form(link)
    if not form.validate_on_submit():
        return _link_form_page(form, link, token), FAILED
    post = submit_post(
        current_session(),
        link.employer,
        _details(form),
        uuid=form.uuid.data,
        door=PostDoor.LINK,
        by=None,
        on=today(),
        now=now(),
    )
    return _done_by_link(link, token, "submit", post, gettext("岗位已提交，社区审核后发布。"))


@door.get("/e/<token>/posts/<int:number>")
@limiter.limit(LINK_LIMIT)
@public
def edit_by_link(token: str, number: int) -> ResponseReturnValue:
    link = _opened(token)
    post = _own(link, number)
    form = _link_form(link, post)
    form.show(post)
    return _link_form_page(form, link, token, post)


@door.post("/e/<token>/posts/<int:number>")
@limiter.limit(SUBMIT_LIMIT)
@public
def amend_by_link(token: str, number: int) -> ResponseReturnValue:
    link = _opened(token)
    post = _own(link, number)
    form = _link_form(link, post)
    if not form.validate_on_submit():
        return _link_form_page(form, link, token, post), FAILED
    try:
        amend_post(current_session(), post, _details(form, post), by=None, now=now())
    except HeadcountTaken as refusal:
        form.headcount.errors = [refusal.sentence()]
        return _link_form_page(form, link, token, post), FAILED
    return _done_by_link(link, token, "amend", post, _amended(post))


@door.post("/e/<token>/posts/<int:number>/headcount")
@limiter.limit(SUBMIT_LIMIT)
@public
def set_headcount_by_link(token: str, number: int) -> ResponseReturnValue:
    link = _opened(token)
    post, form = _own(link, number), HeadcountForm()
    if not form.validate_on_submit():
        return _link_page(link, token, wrong={post.id: form.headcount.errors}), FAILED
    try:
        set_headcount(current_session(), post, form.headcount.data, by=None, now=now())
    except HeadcountTaken as refusal:
        return _link_page(link, token, wrong={post.id: [refusal.sentence()]}), FAILED
    return _done_by_link(link, token, "headcount", post, gettext("招聘人数已修改。"))


@door.post("/e/<token>/posts/<int:number>/take-down")
@limiter.limit(SUBMIT_LIMIT)
@public
def take_down_by_link(token: str, number: int) -> ResponseReturnValue:
    link = _opened(token)
    post = _own(link, number)
    take_down(current_session(), post, by=None, now=now())
    return _done_by_link(link, token, "take_down", post, gettext("岗位已下架。"))


@noticeboard.get("/p/<code>")
@limiter.limit(LOOK_LIMIT)
@public
def around(code: str) -> ResponseReturnValue:
    session, wanted = current_session(), Wanted.read(request.args)
    board, policy = _board(code)
    after = Place.read(request.args.get("after"))
    page = page_near(session, board, wanted, on=today(), policy=policy, after=after)
    more = {name: value for name, value in wanted.arguments().items() if name in {"kind", "q"}}
    following = url_for("noticeboard.around", code=code, after=page.after, **more)
    return render_template(
        "posts/around.html",
        board=board,
        page=page,
        wanted=wanted,
        kinds=list(WorkKind),
        following=following if page.after else None,
        **WORDS,
    )


@noticeboard.get("/p/<code>/poster")
@limiter.limit(LOOK_LIMIT)
@public
def poster(code: str) -> ResponseReturnValue:
    """The nearest posts on a sheet of paper, each with its square."""
    board, policy = _board(code)
    page = page_near(
        current_session(),
        board,
        Wanted(),
        on=today(),
        policy=policy,
        after=None,
        most=ON_A_POSTER,
    )
    numbers = [line.post.id for line in page.lines]
    return render_template(
        "posts/poster.html",
        board=board,
        page=page,
        squares={number: _square(_address_of(code, number)) for number in numbers},
        all_square=_square(url_for("noticeboard.around", code=code, _external=True)),
        on=today(),
        **WORDS,
    )


@noticeboard.get("/p/<code>/<int:number>")
@limiter.limit(LOOK_LIMIT)
@public
def one(code: str, number: int) -> ResponseReturnValue:
    board, policy = _board(code)
    line = offered_post(current_session(), board, number, on=today(), policy=policy)
    return _public_page(board, line, ComplaintForm())


@noticeboard.post("/p/<code>/<int:number>/complaint")
@limiter.limit(COMPLAINT_LIMIT)
@public
def receive_complaint(code: str, number: int) -> ResponseReturnValue:
    board, policy = _board(code)
    form = ComplaintForm()
    session, is_filled = current_session(), form.validate_on_submit()
    if is_filled and was_complained(session, form.uuid.data):
        return _thanked(code)
    line = offered_post(session, board, number, on=today(), policy=policy)
    if not is_filled:
        return _public_page(board, line, form), FAILED
    complaint = complain(
        session,
        line.post,
        ComplaintReason(form.reason.data),
        form.note.data or None,
        uuid=form.uuid.data,
        now=now(),
    )
    acted("post:complaint:receive", details={"post": number, "complaint": complaint.id})
    return _thanked(code)


def _thanked(code: str) -> ResponseReturnValue:
    flash(gettext("谢谢您告诉我们。工作人员会重新核实这个岗位。"), "success")
    return redirect(url_for("noticeboard.around", code=code))


def _choose_page() -> str:
    """Who the post is for: anybody of the district, whose name is no secret in it."""
    text = request.args.get("q", "")[:SEARCH_LENGTH]
    found = employers_to_choose(current_session(), current_account().division_code, text)
    return render_template("posts/choose.html", found=found, text=text)


def _employer_named() -> Employer:
    """By number, of the district the person works in; raises NotFound."""
    number = read_number(request.args.get("employer"))
    query = in_district(current_account().division_code).where(Employer.id == number)
    employer = current_session().scalars(query).one_or_none()
    if employer is None:
        raise NotFound
    return employer


def _office_form(employer: Employer, post: Post | None = None) -> PostForm:
    codes = {*current_account().covered_codes}
    if post is not None:
        codes.add(post.division_code)
    return _asked(codes, post.division_code if post else employer.division_code)


def _link_form(link: SignedLink, post: Post | None = None) -> PostForm:
    """An employer may offer work anywhere in the district."""
    code = post.division_code if post else link.employer.division_code
    return _asked({code[:DISTRICT_LENGTH]}, code)


def _asked(codes: set[str], code: str) -> PostForm:
    form = PostForm()
    days = policy_on(current_session(), today(), code).post_days
    form.ask(communities_in(current_session(), codes), on=today(), days=days)
    return form


def _start_from(form: PostForm, employer: Employer) -> None:
    """Most posts are where the employer is; whom to call is asked anew only where it differs."""
    form.division.data, form.address.data = employer.division_code, employer.address
    form.contact.data = employer.contact
    form.show_place(employer.position)


def _details(form: PostForm, post: Post | None = None) -> PostDetails:
    position = position_of(current_session(), form.point) if form.point else None
    return form.details(position, post)


def _amended(post: Post) -> str:
    if post.state is PostState.PUBLISHED:
        return str(gettext("内容没有变化，岗位照常发布。"))
    return str(gettext("岗位已修改，重新审核通过后才会发布。"))


def _office_page(form: PostForm, employer: Employer, post: Post | None = None) -> str:
    action = (
        url_for("posts.amend", post_id=post.id)
        if post
        else url_for("posts.submit", employer=employer.id)
    )
    back = (
        url_for("posts.show", post_id=post.id)
        if post
        else url_for("employers.index", q=employer.name)
    )
    return render_template(
        "posts/form.html", form=form, employer=employer, post=post, action=action, back=back
    )


def _post_page(post: Post, taking_down: TakeDownForm | None = None) -> str:
    session = current_session()
    return render_template(
        "posts/show.html",
        post=post,
        place=full_name(session, post.division_code),
        moves=moves_of(session, post),
        complaints=open_complaints(session, post),
        taking_down=taking_down or TakeDownForm(formdata=None),
        can_amend=POST_LIFECYCLE.allows(PostVerb.AMEND, post.state),
        can_take_down=POST_LIFECYCLE.allows(PostVerb.TAKE_DOWN, post.state),
        **WORDS,
    )


def _opened(token: str) -> SignedLink:
    return open_link(current_session(), token, LinkPurpose.SUBMIT_POSTS, now=now())


def _own(link: SignedLink, number: int) -> Post:
    """A post of the link's employer; raises NotFound for anybody else's."""
    post = post_of(current_session(), link.employer, number)
    if post is None:
        raise NotFound
    return post


def _done_by_link(
    link: SignedLink, token: str, what: str, post: Post, says: str
) -> ResponseReturnValue:
    use_link(link, now=now())
    acted("post:link:use", details={"link": link.id, "post": post.id, "what": what})
    flash(says, "success")
    return redirect(url_for("door.show_link", token=token))


def _link_page(link: SignedLink, token: str, wrong: dict[int, Sequence[str]] | None = None) -> str:
    posts = posts_by_link(current_session(), link.employer)
    return render_template(
        "posts/door.html",
        link=link,
        token=token,
        posts=posts,
        returned=last_return(current_session(), posts),
        wrong=wrong or {},
        may=POST_LIFECYCLE.allows,
        **WORDS,
    )


def _link_form_page(form: PostForm, link: SignedLink, token: str, post: Post | None = None) -> str:
    action = (
        url_for("door.amend_by_link", token=token, number=post.id)
        if post
        else url_for("door.submit_by_link", token=token)
    )
    returned = last_return(current_session(), [post]) if post else {}
    return render_template(
        "posts/door_form.html",
        form=form,
        employer=link.employer,
        post=post,
        returned=returned.get(post.id) if post else None,
        action=action,
        back=url_for("door.show_link", token=token),
        **WORDS,
    )


def _board(code: str) -> tuple[Board, Policy]:
    board = board_of(current_session(), code)
    return board, policy_on(current_session(), today(), board.code)


def _public_page(board: Board, line: Near, form: ComplaintForm) -> str:
    return render_template(
        "posts/one.html",
        board=board,
        line=line,
        post=line.post,
        place=full_name(current_session(), line.post.division_code),
        form=form,
        square=_square(_address_of(board.code, line.post.id)),
        **WORDS,
    )


def _address_of(code: str, number: int) -> str:
    return url_for("noticeboard.one", code=code, number=number, _external=True)


def _square(address: str) -> Markup:
    import segno  # noqa: PLC0415 - most web workers never draw a code

    drawn = segno.make(address, error="m").svg_inline(border=2, omitsize=True)
    return Markup(drawn)  # noqa: S704 - drawn by segno from our own address
