"""The caseload, a resident's file, and what a worker does with a case."""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf import FlaskForm
from sqlalchemy import select

from circle.access.choices import choices_of
from circle.access.guard import needs
from circle.access.permissions import Permission
from circle.access.person import current_account
from circle.access.scope import abilities, find
from circle.access.trail import acted, viewed
from circle.cases import words
from circle.cases.file import ResidentFile, read_file
from circle.cases.filters import NOBODY, Caseload, Place
from circle.cases.forms import (
    CategoryForm,
    CloseCaseForm,
    EndCategoryForm,
    HandOverForm,
    HomeForm,
    OpenCaseForm,
    SearchForm,
    TierForm,
)
from circle.cases.marks import (
    add_category,
    confirm_zero_employment,
    end_category,
    set_tier,
    withdraw_zero_employment,
)
from circle.cases.operations import (
    close_case,
    confirm_division,
    hand_over_case,
    open_case,
    registration_waits,
    reopen_case,
    settled_by_closing,
)
from circle.cases.queries import (
    Counts,
    all_of,
    counts_of,
    found,
    page_of,
    workers_covering,
    workers_under,
)
from circle.database import (
    begin_immediately,
    current_session,
    current_settings,
    keep_despite_refusal,
    now,
    release,
    today,
)
from circle.freshness import dated_sentence
from circle.places.queries import divisions_under, full_name
from circle.privacy.masking import age
from circle.refusals import (
    NotFound,
    OpenedInFuture,
    Refusal,
    RegistrationWaits,
    StatusBeforeItsTime,
)
from circle.sentences import title
from models.cases import Case
from models.residents import Category, Resident
from models.staff import Account
from models.tasks import Task
from models.vocabulary.cases import (
    CaseOrder,
    CaseOrigin,
    CaseStage,
    CaseState,
    CloseReason,
    ContactGap,
    DifficultyCause,
    HelpTier,
    Obstacle,
)
from models.vocabulary.places import DivisionLevel
from models.vocabulary.residents import CategoryCode, WorkStatus

DISTRICT_LENGTH = 6
COMMUNITY_LENGTH = 12
# What the file's and the list's templates say.
WORDS: dict[str, Callable[..., object]] = {
    "title": title,
    "source_words": words.source_words,
    "claim_words": words.claim_words,
    "data_words": words.data_words,
    "question_words": words.question_words,
    "side_words": words.side_words,
    "strip_words": words.strip_words,
    "wish_words": words.wish_words,
    "event_words": words.event_words,
    "cause_words": partial(words.labels, DifficultyCause),
    "obstacle_words": partial(words.labels, Obstacle),
}
# What the file offers to do, each only to those who may.
ON_THE_FILE = (
    Permission.AMEND_RESIDENT,
    Permission.PRINT_RESIDENT,
    Permission.OPEN_CASE,
    Permission.CLOSE_CASE,
    Permission.HAND_OVER_CASE,
    Permission.RECORD_VISIT,
    Permission.CORRECT_VISIT,
    Permission.CALL_RESIDENT,
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

bp = Blueprint("cases", __name__)


@bp.get("/residents/<int:resident_id>/case")
@needs(Permission.OPEN_CASE)
def ask_open(resident: Resident) -> ResponseReturnValue:
    form = OpenCaseForm(opened_on=today())
    viewed("case:opening:read", [resident.id])
    return render_template("cases/open.html", form=form, resident=resident)


@bp.post("/residents/<int:resident_id>/case")
@needs(Permission.OPEN_CASE)
def open_new(resident: Resident) -> ResponseReturnValue:
    form = OpenCaseForm()
    if not form.validate_on_submit():
        return render_template("cases/open.html", form=form, resident=resident), 422
    try:
        case = open_case(
            current_session(),
            resident,
            by=current_account(),
            on=today(),
            now=now(),
            origin=CaseOrigin.REMINDER if _reminder() else CaseOrigin.WORKER,
            opened_on=form.opened_on.data,
            work_status=WorkStatus(form.work_status.data),
            status_since=form.status_since.data,
        )
    except (OpenedInFuture, StatusBeforeItsTime) as refusal:
        said = refusal.sentence()
        page = render_template("cases/open.html", form=form, resident=resident, refusal=said)
        return page, refusal.status
    acted("case:file:open", [resident.id], details={"case": case.id})
    flash(gettext("已建档，现在可以记录首次走访。"), "success")
    return redirect(url_for("visits.new", resident=resident.id))


@bp.get("/cases/<int:case_id>/close")
@needs(Permission.CLOSE_CASE)
def ask_close(case: Case) -> ResponseReturnValue:
    viewed("case:closing:read", [case.resident_id])
    return _closing_page(CloseCaseForm(), case)


@bp.post("/cases/<int:case_id>/close")
@needs(Permission.CLOSE_CASE)
def close(case: Case) -> ResponseReturnValue:
    form = CloseCaseForm()
    if not form.validate_on_submit():
        return _closing_page(form, case), 422
    try:
        close_case(
            current_session(),
            case,
            reason=CloseReason(form.reason.data),
            note=form.note.data or None,
            by=current_account(),
            on=today(),
            now=now(),
        )
    except RegistrationWaits as refusal:
        return _closing_page(form, case), refusal.status
    acted("case:file:close", [case.resident_id], reason=form.reason.data)
    flash(gettext("已结案。"), "success")
    return _back_to(case.resident)


@bp.post("/cases/<int:case_id>/reopen")
@needs(Permission.CLOSE_CASE)
def reopen(case: Case) -> ResponseReturnValue:
    reopen_case(current_session(), case, by=current_account(), on=today(), now=now())
    acted("case:file:reopen", [case.resident_id])
    flash(gettext("已重新打开档案。"), "success")
    return _back_to(case.resident)


def _reminder() -> Task | None:
    """The reminder the case is opened from, where the address names one."""
    task_id = request.args.get("task", type=int)
    if task_id is None:
        return None
    task = find(current_session(), current_account(), Permission.OPEN_CASE, Task, task_id)
    return task if isinstance(task, Task) else None


def _closing_page(form: CloseCaseForm, case: Case) -> str:
    session = current_session()
    if registration_waits(session, case):
        waits = RegistrationWaits().sentence()
        return render_template("cases/close.html", case=case, waits=waits)
    tasks = settled_by_closing(session, case)
    return render_template("cases/close.html", form=form, case=case, tasks=tasks, task_title=title)


@bp.get("/cases")
@needs(Permission.READ_CASES)
def index() -> ResponseReturnValue:
    actor, on, wanted = current_account(), today(), Caseload.read(request.args)
    place = Place.read(request.args.get("after"))
    page = page_of(current_session(), actor, wanted, on=on, after=place)
    counts = counts_of(current_session(), actor, wanted, on=on)
    viewed("case:list:read", [line.resident.id for line in page.lines])
    following = url_for("cases.index", after=page.after, **wanted.arguments())
    return render_template(
        "cases/index.html",
        page=page,
        counts=counts,
        wanted=wanted,
        following=following if page.after else None,
        on=on,
        choices=_filter_choices(actor, counts),
        stages=[stage for stage in CaseStage if stage is not CaseStage.CLOSED],
        search=SearchForm(formdata=None),
        **WORDS,
    )


@bp.post("/cases/search")
@needs(Permission.READ_CASES)
def search() -> ResponseReturnValue:
    """Answered at once and kept nowhere: what was typed may be a number or a name."""
    form, refusal, page = SearchForm(), None, None
    try:
        page = found(current_session(), current_account(), form.text.data or "", on=today())
    except Refusal as refused:
        refusal = refused.sentence()
    acted("resident:search:read", [line.resident.id for line in page.lines] if page else [])
    return render_template(
        "cases/found.html", search=form, page=page, refusal=refusal, on=today(), **WORDS
    )


@bp.post("/cases/export")
@needs(Permission.EXPORT_CASES)
def export() -> ResponseReturnValue:
    actor, wanted = current_account(), Caseload.read(request.form)
    lines = all_of(current_session(), actor, wanted, on=today())
    drawn_at = now().astimezone(ZoneInfo(current_settings().timezone))
    # Loaded by name, on first use: a static import would put xlsxwriter into every web worker.
    writer = import_module("circle.cases.export")
    place = full_name(current_session(), actor.division_code)
    mark = writer.Watermark(f"{actor.display_name}（{actor.name}）", place, drawn_at)
    acted(
        "case:list:export",
        [line.resident.id for line in lines],
        details={"filters": sorted(wanted.arguments()), "rows": len(lines)},
    )
    release()  # a long list takes seconds to write
    content = writer.workbook(lines, mark)
    name = f"caseload-{drawn_at:%Y%m%d-%H%M}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype=XLSX, headers=headers)


@bp.get("/residents/<int:resident_id>")
@needs(Permission.READ_RESIDENT)
def show(resident: Resident) -> ResponseReturnValue:
    file = _read(resident)
    viewed("resident:file:read", file.residents_shown)
    return _file_page(file)


@bp.get("/residents/<int:resident_id>/print")
@needs(Permission.PRINT_RESIDENT)
def print_file(resident: Resident) -> ResponseReturnValue:
    file, actor = _read(resident), current_account()
    viewed("resident:file:print", file.residents_shown)
    place = full_name(current_session(), actor.division_code)
    mark = f"{actor.display_name}（{actor.name}）· {place}"
    return render_template("cases/print.html", file=file, mark=mark, at=now(), **_words(file))


@bp.post("/residents/<int:resident_id>/home")
@needs(Permission.AMEND_RESIDENT)
def confirm_home(resident: Resident) -> ResponseReturnValue:
    form = _with_homes(HomeForm())
    if not form.validate_on_submit():
        return _sent_back(resident, home=form)
    confirm_division(current_session(), resident, code=form.code.data, on=today(), now=now())
    acted("resident:home:confirm", [resident.id], details={"division": form.code.data})
    flash(gettext("已记录核实的居住社区。"), "success")
    return _back_to(resident)


@bp.post("/residents/<int:resident_id>/categories")
@needs(Permission.AMEND_RESIDENT)
def add_mark(resident: Resident) -> ResponseReturnValue:
    form = CategoryForm()
    if not form.validate_on_submit():
        return _sent_back(resident, mark=form)
    try:
        add_category(
            current_session(),
            resident,
            code=CategoryCode(form.code.data),
            basis=form.basis.data,
            from_on=form.from_on.data,
            by=current_account(),
            on=today(),
            now=now(),
        )
    except Refusal as refused:
        return _sent_back(resident, refused, mark=form)
    acted("resident:category:add", [resident.id], details={"code": form.code.data})
    flash(gettext("已添加人员类别。"), "success")
    return _back_to(resident)


@bp.post("/residents/<int:resident_id>/categories/<int:number>/end")
@needs(Permission.AMEND_RESIDENT)
def end_mark(resident: Resident, number: int) -> ResponseReturnValue:
    form, session = EndCategoryForm(), current_session()
    query = select(Category).where(Category.id == number, Category.resident_id == resident.id)
    category = session.scalars(query).one_or_none()
    if category is None:
        raise NotFound
    if not form.validate_on_submit():
        return _sent_back(resident, end=form)
    try:
        end_category(session, category, to_on=form.to_on.data, on=today(), now=now())
    except Refusal as refused:
        return _sent_back(resident, refused, end=form)
    acted("resident:category:end", [resident.id], details={"code": category.code.value})
    flash(gettext("已终止人员类别。"), "success")
    return _back_to(resident)


@bp.post("/residents/<int:resident_id>/household/confirm")
@needs(Permission.AMEND_RESIDENT)
def confirm_household(resident: Resident) -> ResponseReturnValue:
    confirm_zero_employment(
        current_session(), resident, by=current_account(), on=today(), now=now()
    )
    acted("household:zero_employment:confirm", [resident.id])
    flash(gettext("已认定为零就业家庭，家庭成员的走访间隔随之缩短。"), "success")
    return _back_to(resident)


@bp.post("/residents/<int:resident_id>/household/withdraw")
@needs(Permission.AMEND_RESIDENT)
def withdraw_household(resident: Resident) -> ResponseReturnValue:
    withdraw_zero_employment(current_session(), resident, on=today(), now=now())
    acted("household:zero_employment:withdraw", [resident.id])
    flash(gettext("已撤销零就业家庭认定。"), "success")
    return _back_to(resident)


@bp.post("/cases/<int:case_id>/tier")
@needs(Permission.CLOSE_CASE)
def change_tier(case: Case) -> ResponseReturnValue:
    form = TierForm()
    if not form.validate_on_submit():
        return _sent_back(case.resident, tier=form)
    set_tier(case, HelpTier(form.tier.data) if form.tier.data else None)
    acted("case:tier:set", [case.resident_id], details={"tier": form.tier.data})
    flash(gettext("已更新帮扶层次。"), "success")
    return _back_to(case.resident)


@bp.post("/cases/<int:case_id>/hand-over")
@needs(Permission.HAND_OVER_CASE)
def hand_over(case: Case) -> ResponseReturnValue:
    form = _with_workers(HandOverForm(), case.resident)
    if not form.validate_on_submit():
        return _sent_back(case.resident, hand_over=form)
    session = current_session()
    to = session.get(Account, int(form.worker.data)) if form.worker.data else None
    hand_over_case(session, case, to=to, by=current_account(), now=now())
    acted("case:file:hand_over", [case.resident_id], details={"to": to.id if to else None})
    flash(gettext("已移交，未办结的待办一并移交。"), "success")
    return _back_to(case.resident)


def _read(resident: Resident) -> ResidentFile:
    zone = current_settings().timezone
    session, actor = current_session(), current_account()
    return read_file(session, resident, actor=actor, on=today(), zone=zone)


def _file_page(file: ResidentFile, refused: Refusal | None = None, **sent: FlaskForm) -> str:
    """`sent` are the forms that came back with faults; the others are fresh."""
    forms = {**_fresh_forms(file), **sent}
    able = abilities(current_session(), current_account(), ON_THE_FILE, Resident, file.resident.id)
    return render_template(
        "cases/show.html",
        file=file,
        forms=forms,
        sent=list(sent),
        able=able,
        refusal=refused.sentence() if refused else None,
        **_words(file),
    )


def _words(file: ResidentFile) -> dict[str, object]:
    """What the file's templates read beside the file itself."""
    return {
        **WORDS,
        "resident": file.resident,
        "sentence": partial(dated_sentence, code=file.resident.lives_in),
        "age_of": lambda born_on: age(born_on, file.on),
        "on": file.on,
    }


def _filter_choices(actor: Account, counts: Counts) -> dict[str, list[tuple[str, str]]]:
    """Value and words of each filter; places and people only where there is a choice."""
    workers = workers_under(current_session(), actor.division_code)
    places = [(code, f"{name}（{count}）") for code, name, count in counts.communities]
    people = [(str(worker.id), worker.display_name) for worker in workers]
    waiting = (str(NOBODY), gettext("街道待分配"))
    anything = ("", gettext("不限"))
    return {
        "order": choices_of(CaseOrder)(),
        "gap": choices_of(ContactGap, blank="不限")(),
        "category": choices_of(CategoryCode, blank="不限")(),
        "community": [anything, *places] if len(places) > 1 else [],
        "worker": [anything, waiting, *people] if len(people) > 1 else [],
        "state": choices_of(CaseState)(),
    }


def _fresh_forms(file: ResidentFile) -> dict[str, FlaskForm]:
    resident, case = file.resident, file.case
    tier = case.tier.value if case and case.tier else ""
    return {
        "mark": CategoryForm(formdata=None, from_on=file.on),
        "end": EndCategoryForm(formdata=None, to_on=file.on),
        "home": _with_homes(
            HomeForm(formdata=None, code=(resident.lives_in or "")[:COMMUNITY_LENGTH])
        ),
        "tier": TierForm(formdata=None, tier=tier),
        "hand_over": _with_workers(
            HandOverForm(formdata=None, worker=str(case.worker_id or "") if case else ""), resident
        ),
    }


def _with_homes(form: HomeForm) -> HomeForm:
    district = current_account().division_code[:DISTRICT_LENGTH]
    places = divisions_under(current_session(), district, DivisionLevel.COMMUNITY)
    form.code.choices = [("", gettext("请选择")), *((place.code, place.name) for place in places)]
    return form


def _with_workers(form: HandOverForm, resident: Resident) -> HandOverForm:
    place = resident.lives_in or resident.registered_division
    workers = workers_covering(current_session(), place) if place else []
    people = ((str(worker.id), worker.display_name) for worker in workers)
    form.worker.choices = [("", gettext("街道待分配")), *people]
    return form


def _sent_back(
    resident: Resident, refused: Refusal | None = None, **sent: FlaskForm
) -> ResponseReturnValue:
    """The file with the form that needs mending; what was written so far is taken back."""
    session = current_session()
    session.rollback()
    begin_immediately(session)
    file = _read(resident)
    acted("resident:file:read", file.residents_shown)
    keep_despite_refusal()
    return _file_page(file, refused, **sent), refused.status if refused else 422


def _back_to(resident: Resident) -> ResponseReturnValue:
    """To the file; to the caseload where the act has moved it out of the person's scope."""
    try:
        find(current_session(), current_account(), Permission.READ_RESIDENT, Resident, resident.id)
    except NotFound:
        return redirect(url_for("cases.index"))
    return redirect(url_for("cases.show", resident_id=resident.id))
