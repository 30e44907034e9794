from urllib.parse import parse_qsl, urlsplit

from flask import (
    Blueprint,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import format_date, gettext

from circle.access.guard import needs
from circle.access.limits import REVEAL_LIMIT, account_or_address, limiter
from circle.access.permissions import Permission
from circle.access.person import current_account
from circle.access.trail import acted, viewed
from circle.cases.search import found_by
from circle.database import current_session, now, today
from circle.freshness import current, dated_sentence
from circle.refusals import NobodyToHandTo, NothingRecorded, Refusal
from circle.registration.queries import phones_stated
from circle.sentences import title
from circle.todo import operations
from circle.todo.filters import Desk, Place, Wanted, When, desks_of
from circle.todo.forms import (
    QUEUE,
    SEARCH_LENGTH,
    DismissForm,
    HandOverForm,
    SearchForm,
    SnoozeForm,
    suggested_day,
)
from circle.todo.lines import Reader, shown
from circle.todo.queries import (
    Counts,
    Line,
    counts_of,
    found,
    lines_of,
    page_of,
    remains,
    still_visible,
    workers_for,
)
from circle.todo.words import due_words, urgency
from models.policy import policy_on
from models.staff import Account
from models.tasks import Task
from models.vocabulary.staff import Role
from models.vocabulary.tasks import DismissReason, SnoozeReason, TaskKind, TaskState
from reminders.inbox import NEVER_DISMISSED

bp = Blueprint("todo", __name__, url_prefix="/todo")

FOUND = "todo_found"  # ids of residents found, and the name searched for; never a number
SUPERVISORS = frozenset({Role.STREET, Role.DISTRICT})
# Settled by a look or a telephone call; the others ask for a visit or a case.
COMPLETED_BY_HAND = frozenset({TaskKind.INSURANCE_LAPSE, TaskKind.ANOMALY})


@bp.get("")
@needs(Permission.READ_TODO)
def index() -> ResponseReturnValue:
    actor, on = current_account(), today()
    wanted = Wanted.read(request.args, actor)
    after = Place.read(request.args.get("after"))
    page = page_of(current_session(), actor, wanted, on=on, after=after)
    lines = lines_of(current_session(), page.resident_ids, on=on, newest=current())
    viewed("todo:list:read", page.resident_ids)
    following = (
        url_for("todo.index", **wanted.arguments(), after=page.after) if page.after else None
    )
    return render_template(
        "todo/index.html",
        lines=lines,
        counts=_counts_at_once(actor, wanted),
        wanted=wanted,
        following=following,
        is_first=after is None,
        **_words_of_lines(),
    )


@bp.get("/counts")
@needs(Permission.READ_TODO)
def counts() -> ResponseReturnValue:
    """The filters with their numbers, for a list that is counted after it is shown."""
    wanted = Wanted.read(request.args, current_account())
    numbers = counts_of(current_session(), current_account(), wanted, on=today())
    return render_template("todo/counts.html", wanted=wanted, counts=numbers, **_words_of_lines())


@bp.post("/search")
@needs(Permission.READ_TODO)
def search() -> ResponseReturnValue:
    """What was typed may be a number: it goes nowhere but into this look-up."""
    form = SearchForm()
    try:
        if not form.validate_on_submit():
            return _not_found(" ".join(map(str, form.text.errors)))
        condition = found_by(form.text.data, on=today())
    except Refusal as refusal:
        return _not_found(refusal.sentence())
    ids = found(current_session(), current_account(), condition)
    typed = form.text.data.strip()
    name = None if any(letter.isdigit() for letter in typed) else typed
    session[FOUND] = {"ids": ids, "name": name}
    acted("resident:search:read", ids, details={"by": "number" if name is None else "name"})
    return redirect(url_for("todo.results"))


@bp.get("/search")
@needs(Permission.READ_TODO)
def results() -> ResponseReturnValue:
    kept = session.get(FOUND)
    if not kept:
        return redirect(url_for("todo.index"))
    actor, on = current_account(), today()
    ids = still_visible(current_session(), actor, kept["ids"])
    lines = lines_of(current_session(), ids, on=on, newest=current())
    viewed("todo:search:read", ids)
    return render_template("todo/search.html", lines=lines, name=kept["name"], **_words_of_lines())


@bp.get("/<int:task_id>")
@needs(Permission.ACT_ON_TASK)
def ask(task: Task) -> ResponseReturnValue:
    viewed("task:acts:read", [task.resident_id])
    return _acts(task)


@bp.post("/<int:task_id>/call")
@limiter.limit(REVEAL_LIMIT, key_func=account_or_address)
@needs(Permission.CALL_RESIDENT)
def call(task: Task) -> ResponseReturnValue:
    """The numbers for one call; the page of the list holds none.

    Whoever has just registered is best reached where they say, before what was known.
    """
    stated = phones_stated(current_session(), task.resident_id)
    phones = list(dict.fromkeys([*stated, *task.resident.phones]))
    if not phones:
        raise NothingRecorded
    acted("resident:phone:call", [task.resident_id], details={"task": task.id})
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return jsonify(phones=phones)
    return render_template("todo/call.html", task=task, phones=phones)


@bp.post("/<int:task_id>/complete")
@needs(Permission.ACT_ON_TASK)
def complete(task: Task) -> ResponseReturnValue:
    operations.complete(current_session(), task, by=current_account(), now=now())
    return _done(task, "task:state:complete", gettext("已办结。"))


@bp.post("/<int:task_id>/dismiss")
@needs(Permission.ACT_ON_TASK)
def dismiss(task: Task) -> ResponseReturnValue:
    form = DismissForm(prefix="dismiss")
    if not form.validate_on_submit():
        return _acts(task, dismissing=form), 422
    reason = DismissReason(form.reason.data)
    operations.dismiss(current_session(), task, reason=reason, by=current_account(), now=now())
    return _done(task, "task:state:dismiss", gettext("已标为不需办理。"), reason)


@bp.post("/<int:task_id>/snooze")
@needs(Permission.ACT_ON_TASK)
def snooze(task: Task) -> ResponseReturnValue:
    form = SnoozeForm(prefix="snooze")
    if not form.validate_on_submit():
        return _acts(task, snoozing=form), 422
    until, reason = form.until.data, SnoozeReason(form.reason.data)
    try:
        operations.snooze(
            current_session(),
            task,
            until=until,
            reason=reason,
            by=current_account(),
            now=now(),
            on=today(),
        )
    except Refusal as refusal:
        form.until.errors = [refusal.sentence()]
        return _acts(task, snoozing=form), refusal.status
    return _done(task, "task:state:snooze", gettext("已延后到%(day)s。", day=until), reason)


@bp.post("/<int:task_id>/hand-over")
@needs(Permission.HAND_OVER_TASK)
def hand_over(task: Task) -> ResponseReturnValue:
    form = _hand_over_form(task)
    if not form.validate_on_submit():
        raise NobodyToHandTo
    to = None if form.to.data == QUEUE else current_session().get(Account, int(form.to.data))
    operations.hand_over(current_session(), task, to=to, by=current_account(), now=now())
    said = (
        gettext("已交给%(name)s。", name=to.display_name) if to else gettext("已交回街道待分配。")
    )
    return _done(task, "task:holder:hand_over", said, undo=False)


@bp.post("/<int:task_id>/take-back")
@needs(Permission.ACT_ON_TASK)
def take_back(task: Task) -> ResponseReturnValue:
    operations.take_back(current_session(), task, by=current_account(), now=now())
    return _done(task, "task:state:take_back", gettext("已撤销，待办恢复原样。"), undo=False)


def _acts(
    task: Task, *, snoozing: SnoozeForm | None = None, dismissing: DismissForm | None = None
) -> str:
    on = today()
    policy = policy_on(current_session(), on, task.resident.lives_in or "")
    page = "todo/acts.html" if request.headers.get("HX-Request") else "todo/task.html"
    return render_template(
        page,
        task=task,
        why=dated_sentence(task.kind, task.evidence, task.resident.lives_in),
        snoozing=snoozing or SnoozeForm(prefix="snooze", until=suggested_day(on)),
        snooze_days=policy.snooze_days,
        dismissing=dismissing or DismissForm(prefix="dismiss"),
        may_dismiss=task.kind not in NEVER_DISMISSED,
        may_complete=task.kind in COMPLETED_BY_HAND,
        handing=_hand_over_form(task),
        is_open=task.state is TaskState.OPEN,
        can_take_back=operations.can_take_back(task),
        **_words_of_lines(),
    )


def _hand_over_form(task: Task) -> HandOverForm:
    form = HandOverForm(prefix="hand")
    form.offer(workers_for(current_session(), task.resident), task.assignee_id)
    return form


def _done(
    task: Task, act: str, said: str, reason: str | None = None, *, undo: bool = True
) -> ResponseReturnValue:
    """The line as it stands now, with a way back; a page where no script runs."""
    acted(act, [task.resident_id], reason=reason, details={"task": task.id})
    if not request.headers.get("HX-Request"):
        flash(said, "success")
        address = url_for("todo.ask", task_id=task.id) if undo else url_for("todo.index")
        return redirect(address)
    actor, on = current_account(), today()
    wanted = _wanted_on_screen(actor)
    stays = wanted is None or remains(current_session(), actor, wanted, task.resident_id, on=on)
    return render_template(
        "todo/done.html",
        task=task,
        said=said,
        undo=undo,
        line=_line_of(task.resident_id) if stays else None,
        wanted=wanted,
        counts=_counts_at_once(actor, wanted) if wanted else None,
        **_words_of_lines(),
    )


def _line_of(resident_id: int) -> Line:
    return lines_of(current_session(), [resident_id], on=today(), newest=current())[0]


def _wanted_on_screen(actor: Account) -> Wanted | None:
    """The list the act was done in; None for what a search found."""
    address = urlsplit(request.headers.get("HX-Current-URL", ""))
    if address.path != url_for("todo.index"):
        return None
    return Wanted.read(dict(parse_qsl(address.query)), actor)


def _counts_at_once(actor: Account, wanted: Wanted) -> Counts | None:
    """A whole division is counted when its lines stand on the screen already."""
    if wanted.desk is Desk.DIVISION:
        return None
    return counts_of(current_session(), actor, wanted, on=today())


def _not_found(refusal: str) -> ResponseReturnValue:
    page = render_template(
        "todo/search.html", lines=[], name=None, refusal=refusal, **_words_of_lines()
    )
    return page, 422


def _words_of_lines() -> dict[str, object]:
    """What the templates of the list call."""
    actor = current_account()
    return {
        "on": today(),
        "day_words": format_date(today(), "full"),
        "When": When,
        "Desk": Desk,
        "desks": desks_of(actor),
        "kinds": (None, *TaskKind),
        "title": title,
        "due_words": due_words,
        "urgency": urgency,
        "shown": shown,
        "search_length": SEARCH_LENGTH,
        "reader": Reader(
            account_id=actor.id,
            supervises=actor.role in SUPERVISORS,
            on=today(),
            root=request.script_root,
            sprite=url_for("static", filename="icons/sprite.svg"),
        ),
    }
