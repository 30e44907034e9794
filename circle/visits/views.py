"""Recording a visit, with signal and without; correcting and removing one.

The phone keeps what could not be sent in an outbox (static/js/outbox.js) and sends it here later:
the same address, answered as JSON when the request asks for it.
"""

from functools import partial
from pathlib import Path
from typing import Any, cast

from flask import (
    Blueprint,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import generate_csrf

from circle.access.guard import needs, public
from circle.access.permissions import Permission
from circle.access.person import current_account
from circle.access.scope import find
from circle.access.trail import acted, concerns, viewed
from circle.cases.statements import current_status, current_wish
from circle.cases.words import wish_words
from circle.database import current_session, now, today
from circle.freshness import dated_sentence
from circle.privacy.masking import age
from circle.refusals import NotFound, VisitOfAnotherAccount, VisitRefused
from circle.sentences import title
from circle.visits.forms import VisitForm, a_new_uuid, answers_of, known_answers
from circle.visits.operations import NEVER_TICKED, correct_visit, record_visit, remove_visit
from circle.visits.queries import (
    community_of,
    job_told_in,
    open_case_of,
    open_tasks_of,
    recorded_before,
    running_job_of,
    tasks_settled_by,
    wish_told_in,
)
from models.cases import Visit
from models.residents import Resident
from models.tasks import Task

bp = Blueprint("visits", __name__)
# Set by the outbox when it sends while the person is busy elsewhere.
LATER = "X-Sent-Later"


@bp.get("/visits/new")
@needs(Permission.RECORD_VISIT)
def new() -> ResponseReturnValue:
    resident = _resident_named(request.args)
    session = current_session()
    known = known_answers(current_wish(session, resident.id), open_case_of(session, resident.id))
    form = VisitForm(**_blank(), **known, resident=str(resident.id))
    viewed("visit:form:read", [resident.id])
    return _form_page(form, resident)


@bp.post("/visits")
@needs(Permission.RECORD_VISIT)
def record() -> ResponseReturnValue:
    form = VisitForm()
    _refuse_another_account(form)
    known = recorded_before(current_session(), form.uuid.data, current_account())
    if known is not None:
        return _recorded(known, gettext("走访已记录。"))
    resident = _resident_named(request.form)
    concerns(resident.id)
    if not form.validate_on_submit():
        return _refused(form, resident)
    try:
        visit = record_visit(
            current_session(),
            resident,
            by=current_account(),
            on=today(),
            now=now(),
            details=form.told(),
        )
    except VisitRefused as refusal:
        form.show(refusal.problems)
        return _refused(form, resident)
    acted("visit:contact:record", [resident.id], details={"visit": visit.id})
    return _recorded(visit, gettext("走访已记录。"))


@bp.get("/visits/<int:visit_id>/edit")
@needs(Permission.CORRECT_VISIT)
def edit(visit: Visit) -> ResponseReturnValue:
    session = current_session()
    wish = wish_told_in(session, visit) or current_wish(session, visit.resident_id)
    job = job_told_in(session, visit)
    form = VisitForm(**{**_blank(), **answers_of(visit, wish, job)})
    form.tasks.data = [str(task.id) for task in tasks_settled_by(session, visit)]
    viewed("visit:form:read", [visit.resident_id])
    return _form_page(form, visit.resident, visit)


@bp.post("/visits/<int:visit_id>/edit")
@needs(Permission.CORRECT_VISIT)
def correct(visit: Visit) -> ResponseReturnValue:
    form = VisitForm()
    _refuse_another_account(form)
    if not form.validate_on_submit():
        return _refused(form, visit.resident, visit)
    try:
        corrected = correct_visit(
            current_session(),
            visit,
            by=current_account(),
            on=today(),
            now=now(),
            details=form.told(),
        )
    except VisitRefused as refusal:
        form.show(refusal.problems)
        return _refused(form, visit.resident, visit)
    details = {"visit": corrected.id, "instead_of": visit.id}
    acted("visit:contact:correct", [visit.resident_id], details=details)
    return _recorded(corrected, gettext("走访已更正。"), to_file=True)


@bp.get("/visits/<int:visit_id>/remove")
@needs(Permission.CORRECT_VISIT)
def ask_remove(visit: Visit) -> ResponseReturnValue:
    tasks = tasks_settled_by(current_session(), visit)
    viewed("visit:form:read", [visit.resident_id])
    return render_template("visits/remove.html", visit=visit, tasks=tasks, task_title=title)


@bp.post("/visits/<int:visit_id>/remove")
@needs(Permission.CORRECT_VISIT)
def remove(visit: Visit) -> ResponseReturnValue:
    remove_visit(current_session(), visit, by=current_account(), on=today(), now=now())
    acted("visit:contact:remove", [visit.resident_id], details={"visit": visit.id})
    flash(gettext("走访记录已删除，它办结的待办已重新打开。"), "success")
    return redirect(url_for("cases.show", resident_id=visit.resident_id))


@bp.get("/visits/shell")
@needs(Permission.RECORD_VISIT)
def shell() -> ResponseReturnValue:
    """The empty form a phone keeps for a stairwell without signal: it names nobody."""
    return render_template("visits/shell.html", form=VisitForm(**_blank(uuid="")))


@bp.get("/visits/outbox")
@needs(Permission.RECORD_VISIT)
def outbox() -> ResponseReturnValue:
    return render_template("visits/outbox.html")


@bp.get("/visits/token")
@needs(Permission.RECORD_VISIT)
def token() -> ResponseReturnValue:
    """What an outbox needs to send: a fresh token, and whose submissions it may send."""
    return jsonify(token=generate_csrf(), account=current_account().id)


@bp.get("/sw.js")
@public
def service_worker() -> ResponseReturnValue:
    """At the top, so that its scope may be any path below."""
    script = Path(str(current_app.static_folder), "sw.js").read_text(encoding="utf-8")
    headers = {"Cache-Control": "no-cache"}
    return current_app.response_class(script, mimetype="text/javascript", headers=headers)


def _resident_named(names: Any) -> Resident:  # noqa: ANN401 - the address's or the form's values
    """By a task or by number, inside the scope of the person asking."""
    task_id, resident_id = names.get("task", type=int), names.get("resident", type=int)
    if task_id is not None:
        try:
            return cast("Task", _found(Task, task_id)).resident
        except NotFound:
            # The task may have gone to somebody else while the phone had no signal.
            if resident_id is None:
                raise
    if resident_id is None:
        raise NotFound
    return cast("Resident", _found(Resident, resident_id))


def _found(entity: type[Task | Resident], number: int) -> object:
    return find(current_session(), current_account(), Permission.RECORD_VISIT, entity, number)


def _refuse_another_account(form: VisitForm) -> None:
    """What one person filled in is never sent in the name of the next who uses the phone."""
    if form.account.data not in {None, "", str(current_account().id)}:
        raise VisitOfAnotherAccount


def _blank(**values: Any) -> dict[str, Any]:  # noqa: ANN401 - field values
    defaults = {
        "uuid": a_new_uuid(),
        "account": str(current_account().id),
        "visited_on": today(),
        "task": request.args.get("task", ""),
    }
    return {**defaults, **values}


def _form_page(form: VisitForm, resident: Resident, visit: Visit | None = None) -> str:
    session = current_session()
    tasks = open_tasks_of(session, resident.id)
    case = open_case_of(session, resident.id)
    wish = current_wish(session, resident.id)
    settled = [*tasks_settled_by(session, visit)] if visit else []
    offered = [task for task in [*tasks, *settled] if task.kind not in NEVER_TICKED]
    form.offer(offered, [title(task.kind, task.evidence) for task in offered])
    return render_template(
        "visits/form.html",
        form=form,
        resident=resident,
        visit=visit,
        case=case,
        tasks=tasks,
        community=community_of(session, resident),
        wish_line=wish_words(wish) if wish else "",
        status=current_status(session, resident.id),
        running_job=running_job_of(session, case) if case else None,
        age=age(resident.born_on, today()),
        today=today(),
        sentence=partial(dated_sentence, code=resident.lives_in),
        task_title=title,
    )


def _refused(
    form: VisitForm, resident: Resident, visit: Visit | None = None
) -> ResponseReturnValue:
    if _wants_json():
        sentences = form.sentences()
        return jsonify(error="refused", problems=sentences, message=" ".join(sentences)), 422
    return _form_page(form, resident, visit), 422


def _recorded(visit: Visit, says: str, *, to_file: bool = False) -> ResponseReturnValue:
    file_page = url_for("cases.show", resident_id=visit.resident_id)
    location = file_page if to_file else url_for("todo.index")
    if LATER not in request.headers:
        flash(says, "success")
    if _wants_json():
        return jsonify(visit=visit.id, location=location), 201
    return redirect(location)


def _wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"
