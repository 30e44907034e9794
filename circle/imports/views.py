import io
from datetime import timedelta
from typing import Any, TypeVar

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from circle.access.bodies import takes_files
from circle.access.choices import choices_of
from circle.access.guard import needs
from circle.access.health import is_scheduler_silent
from circle.access.permissions import Permission
from circle.access.person import current_account
from circle.access.scope import GREATEST_KEY
from circle.access.trail import acted, viewed
from circle.database import current_session, current_settings, now, today
from circle.imports import filing, hindsight, queries, returning, uploads
from circle.imports.aftermath import REASONS, aftermath_of
from circle.imports.consequences import awaits_word, effects_shown, undoing_shown
from circle.imports.filing import UNFINISHED, Asked, Narrowed, Terms, Word
from circle.imports.filters import Wanted
from circle.imports.forms import ENCODINGS, FileForm, ReadingForm, ScopeForm
from circle.imports.freshness import age_words, ages
from circle.imports.layouts import FileLayout, field_of, field_words, version_of
from circle.imports.layouts import read_again as reread
from circle.imports.mapping import mapping_of, preview_of
from circle.imports.oddities import BLOCKING, brings_nothing, sentence
from circle.imports.previews import is_long_number
from circle.imports.progress import pace_of
from circle.imports.sources import SOURCES
from circle.places.queries import names_of
from circle.privacy.masking import HIDDEN, mask_address, mask_name, mask_number
from circle.refusals import (
    AboutBatch,
    AlreadyImported,
    NothingRecorded,
    NothingWaits,
    Refusal,
    without_options,
)
from models.imports import ImportBatch
from models.places import Division
from models.staff import Account
from models.vocabulary.facts import InsuranceKind, Source
from models.vocabulary.imports import (
    BatchOrigin,
    BatchState,
    LayoutBasis,
    Oddity,
    RejectCode,
    WarningCode,
)
from models.vocabulary.months import month_key, month_of, month_text

bp = Blueprint("imports", __name__, url_prefix="/imports")
PAGE_SIZE = 30
DIGITS_A_LEVEL = 3
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# So many problems in one row: its cells stand in wrong columns, and any may be a name or address.
SHIFTED_ROW = 3
# A word of a list is shorter; what is longer may be an address.
LONG_WORD = 10
Placed = TypeVar("Placed", bound=ScopeForm)
PATIENCE = timedelta(minutes=1)


@bp.get("")
@needs(Permission.READ_IMPORTS)
def index() -> ResponseReturnValue:
    before = request.args.get("before", type=int)
    wanted = Wanted.read(request.args)
    session = current_session()
    query = queries.narrowed(queries.batches(current_account()), wanted)
    if before is not None and 0 <= before <= GREATEST_KEY:
        query = query.where(ImportBatch.id < before)
    found = session.scalars(query.limit(PAGE_SIZE + 1)).all()
    viewed("import:list:read")
    older = found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else None
    return render_template(
        "imports/index.html",
        batches=found[:PAGE_SIZE],
        older=older,
        wanted=wanted,
        choices={
            "source": choices_of(Source, blank=gettext("全部来源"))(),
            "state": choices_of(BatchState, blank=gettext("全部状态"))(),
        },
        places=names_of(session, (batch.division_code for batch in found)),
        fresh=[] if before or wanted.arguments() else ages(session, current_account(), today()),
        age_words=age_words,
        on=today(),
        at=now(),
    )


@bp.get("/new")
@needs(Permission.FILE_IMPORT)
def new() -> ResponseReturnValue:
    return _form_page(_form(_said_before()))


@bp.post("/new")
@takes_files
@needs(Permission.FILE_IMPORT)
def file() -> ResponseReturnValue:
    form = _form({})
    if not form.validate_on_submit():
        return _unfit(form, None)
    terms = _terms(again=form.again.data)
    try:
        batch = filing.receive(
            current_session(),
            _asked(form),
            current_account(),
            terms,
            rehearses=form.rehearse.data,
        )
    except Refusal as refusal:
        return _unfit(form, refusal)
    acted("import:file:receive", details={"batch": batch.id, "source": form.source.data})
    return redirect(url_for("imports.show", batch_id=batch.id))


@bp.get("/<int:batch_id>")
@needs(Permission.READ_IMPORTS)
def show(batch: ImportBatch) -> ResponseReturnValue:
    polled = request.headers.get("HX-Request") is not None
    if polled and "untitled" in request.args and batch.source is not None:
        # The page's heading names the source, which the file has told by now.
        return "", 200, {"HX-Refresh": "true"}
    # A page that watches asks every few seconds; it shows no row before the batch has ended.
    if not (polled and _moves(batch)):
        _view_noted(batch)
    return render_template(
        "imports/_batch.html" if polled else "imports/show.html", **_about(batch)
    )


@bp.get("/<int:batch_id>/effects")
@needs(Permission.READ_IMPORTS)
def effects(batch: ImportBatch) -> ResponseReturnValue:
    """What its application would do, for a page that waits to show it."""
    if not awaits_word(batch):
        return "", 200, {"HX-Refresh": "true"}
    about = effects_shown(batch)
    if not about["runs"]:
        viewed("import:effects:read", about["whom"], details={"batch": batch.id})
    return render_template("imports/_effects.html", batch=batch, **about)


@bp.post("/<int:batch_id>/confirm")
@needs(Permission.FILE_IMPORT)
def confirm(batch: ImportBatch) -> ResponseReturnValue:
    rehearsal = request.form.get("rehearsal", 0, type=int)
    word = Word(rehearsal, frozenset(request.form.getlist("odd")))
    try:
        filing.confirm(current_session(), batch, current_account(), word)
    except Refusal as refusal:
        return _batch_page(batch, refusal)
    acted("import:file:confirm", details={"batch": batch.id, "odd": sorted(word.oddities)})
    flash(gettext("已确认，正在入库。"), "success")
    return redirect(url_for("imports.show", batch_id=batch.id))


@bp.post("/<int:batch_id>/scope")
@needs(Permission.FILE_IMPORT)
def narrow(batch: ImportBatch) -> ResponseReturnValue:
    """The scope put right: the same file is compared once more."""
    form = _with_places(ScopeForm())
    if not form.validate_on_submit():
        return _batch_page(batch, None, form)
    try:
        filing.rehearse_anew(current_session(), batch, current_account(), _narrowed(form))
    except Refusal as refusal:
        return _batch_page(batch, refusal, form)
    acted("import:file:narrow", details={"batch": batch.id})
    return redirect(url_for("imports.show", batch_id=batch.id))


@bp.post("/<int:batch_id>/reading")
@needs(Permission.FILE_IMPORT)
def read_again(batch: ImportBatch) -> ResponseReturnValue:
    """Another source or encoding: where the columns stand is looked for anew."""
    form = ReadingForm()
    if not form.validate_on_submit():
        return _batch_page(batch, None, reading=form)
    basis = LayoutBasis.GUESS if "guess" in request.form else None
    return _read_as(
        batch, FileLayout(basis, form.encoding.data or None), Source(form.source.data), None
    )


@bp.post("/<int:batch_id>/layout")
@needs(Permission.FILE_IMPORT)
def set_layout(batch: ImportBatch) -> ResponseReturnValue:
    """The sheets, the header rows and the columns as a person says."""
    form = mapping_of(batch, request.form, today())
    if form is None:
        return _batch_page(batch, NothingWaits(batch.id))
    layout = form.said(current_account().id)
    if layout is None:
        return _batch_page(batch, None, mapping=form)
    return _read_as(batch, layout, batch.known_source, form.month)


def _read_as(
    batch: ImportBatch, layout: FileLayout, source: Source, month: int | None
) -> ResponseReturnValue:
    seen = request.form.get("seen", "")
    try:
        reread(current_session(), batch, layout, source=source, month=month, seen=seen)
    except Refusal as refusal:
        return _batch_page(batch, refusal)
    acted("import:file:lay_out", details={"batch": batch.id, "source": source.value})
    return redirect(url_for("imports.show", batch_id=batch.id))


@bp.post("/<int:batch_id>/discard")
@needs(Permission.FILE_IMPORT)
def discard(batch: ImportBatch) -> ResponseReturnValue:
    says = gettext("%(who)s 已放弃这个文件，没有入库。", who=current_account().display_name)
    try:
        filing.discard(current_session(), batch, says, current_settings().uploads_path)
    except Refusal as refusal:
        return _batch_page(batch, refusal)
    acted("import:file:discard", details={"batch": batch.id})
    return redirect(url_for("imports.show", batch_id=batch.id))


@bp.get("/<int:batch_id>/undo")
@needs(Permission.UNDO_IMPORT)
def undoing(batch: ImportBatch) -> ResponseReturnValue:
    """What taking the batch back would change, before anybody does."""
    if batch.state not in returning.UNDOABLE:
        return redirect(url_for("imports.show", batch_id=batch.id))
    about = undoing_shown(batch)
    viewed("import:undo:read", about["whom"], details={"batch": batch.id})
    after = aftermath_of(current_session(), batch, now())
    return render_template(
        "imports/undo.html",
        batch=batch,
        about_people=_is_about_people(batch),
        after=after,
        reasons=REASONS,
        **about,
    )


@bp.get("/<int:batch_id>/undo/effects")
@needs(Permission.UNDO_IMPORT)
def undoing_effects(batch: ImportBatch) -> ResponseReturnValue:
    """What taking it back would do to people, for a page that waits to show it."""
    if batch.state is not BatchState.APPLIED:
        return "", 200, {"HX-Refresh": "true"}
    about = undoing_shown(batch)
    if not about["runs"]:
        viewed("import:effects:read", about["whom"], details={"batch": batch.id})
    return render_template("imports/_undoing_effects.html", batch=batch, **about)


@bp.post("/<int:batch_id>/undo/effects")
@needs(Permission.UNDO_IMPORT)
def try_undoing(batch: ImportBatch) -> ResponseReturnValue:
    """Have the job find out; the page asks by itself as soon as it is open."""
    polled = request.headers.get("HX-Request") is not None
    try:
        hindsight.ask(current_session(), batch, on=today(), now=now())
    except Refusal as refusal:
        return ("", 200, {"HX-Refresh": "true"}) if polled else _batch_page(batch, refusal)
    acted("import:undo:try", details={"batch": batch.id})
    if not polled:
        return redirect(url_for("imports.undoing", batch_id=batch.id))
    return render_template("imports/_undoing_effects.html", batch=batch, **undoing_shown(batch))


@bp.post("/<int:batch_id>/undo")
@needs(Permission.UNDO_IMPORT)
def undo(batch: ImportBatch) -> ResponseReturnValue:
    """From now on no rule looks at the batch; the job takes it back."""
    try:
        returning.begin_undoing(current_session(), batch.id, current_account(), now(), claims=False)
    except Refusal as refusal:
        return _batch_page(batch, refusal)
    acted("import:undo:ask", details={"batch": batch.id})
    flash(gettext("正在撤回，完成后这里会显示。"), "success")
    return redirect(url_for("imports.show", batch_id=batch.id))


@bp.post("/<int:batch_id>/retry")
@needs(Permission.FILE_IMPORT)
def retry(batch: ImportBatch) -> ResponseReturnValue:
    """The file that was kept when the disk was full or the database out of reach, once more."""
    try:
        returning.retry(current_session(), batch)
    except Refusal as refusal:
        return _batch_page(batch, refusal)
    acted("import:file:retry", details={"batch": batch.id})
    flash(gettext("正在再试一次。"), "success")
    return redirect(url_for("imports.show", batch_id=batch.id))


@bp.get("/<int:batch_id>/rejects.xlsx")
@needs(Permission.READ_IMPORTS)
def rejects(batch: ImportBatch) -> ResponseReturnValue:
    name = batch.progress.get("rejects")
    if not name:
        raise NothingRecorded
    viewed("import:rejects:export", details={"batch": batch.id})
    workbook = io.BytesIO(uploads.fetch(current_settings().uploads_path, name))
    title = gettext("退回-批次%(batch)s.xlsx", batch=batch.id)
    return send_file(workbook, mimetype=WORKBOOK, as_attachment=True, download_name=title)


def _batch_page(
    batch: ImportBatch, refusal: Refusal | None, form: ScopeForm | None = None, **typed: object
) -> ResponseReturnValue:
    """The batch again, as it stands now, with the sentence above it."""
    # The view is written down in a transaction of its own, which waits for no lock of ours.
    current_session().rollback()
    _view_noted(batch)
    about = {**_about(batch), **typed}
    if form is not None:
        about["scope_form"] = form
    sentence = without_options(refusal.sentence()) if refusal else None
    page = render_template("imports/show.html", refusal=sentence, **about)
    return page, 422 if refusal is None else refusal.status


def _view_noted(batch: ImportBatch) -> None:
    """Rows of the file itself are another thing to have seen than counts."""
    act = "import:batch:read" if preview_of(batch) is None else "import:rows:read"
    whom = effects_shown(batch)["whom"] if awaits_word(batch) else ()
    viewed(act, whom, details={"batch": batch.id})


def _narrowed(form: ScopeForm) -> Narrowed:
    return Narrowed(
        form.division.data or None,
        month_of(form.month.data) if form.month.data else None,
        tuple(form.kinds.data or ()),
    )


def _form(said: dict[str, Any]) -> FileForm:
    return _with_places(FileForm(data=said))


def _with_places(form: Placed) -> Placed:
    places = queries.places_of(current_session(), current_account())
    top = min((len(place.code) for place in places), default=0)
    whole = ("", gettext("由文件内容判断"))
    form.division.choices = [whole, *((place.code, _indented(place, top)) for place in places)]
    return form


def _indented(place: Division, top: int) -> str:
    """A community stands below its street; the list is in the order of codes."""
    depth = (len(place.code) - top) // DIGITS_A_LEVEL
    return "\u3000" * depth + place.name


def _said_before() -> dict[str, Any]:
    """What is known of a file that was mended and comes once more."""
    names = ("source", "month", "division")
    said: dict[str, Any] = {name: request.args[name] for name in names if name in request.args}
    return {**said, "kinds": request.args.getlist("kinds")}


def _unfit(form: FileForm, refusal: Refusal | None) -> ResponseReturnValue:
    """The form again, with what was said; a browser never keeps the chosen file."""
    page = _form_page(
        form,
        refusal=without_options(refusal.sentence()) if refusal else None,
        other=refusal.batch_id if isinstance(refusal, AboutBatch) else None,
        repeats=isinstance(refusal, AlreadyImported),
    )
    return page, 422


def _form_page(form: FileForm, **about: object) -> str:
    largest, this_month = current_settings().max_upload_mb, month_text(month_key(today()))
    return render_template(
        "imports/new.html", form=form, largest=largest, this_month=this_month, **about
    )


def _asked(form: FileForm) -> Asked:
    upload: FileStorage = form.file.data
    source = Source(form.source.data) if form.source.data else None
    return Asked(
        source,
        upload.filename or "",
        upload.read(),
        form.division.data or None,
        month_of(form.month.data) if form.month.data else None,
        tuple(form.kinds.data or ()) if source in {None, Source.INSURANCE} else (),
        origin=BatchOrigin.PAGE,
    )


def _terms(*, again: bool) -> Terms:
    return Terms(today(), now(), current_settings().uploads_path, again=again)


def _moves(batch: ImportBatch) -> bool:
    return batch.state in UNFINISHED and not batch.progress.get("waits")


def _about(batch: ImportBatch) -> dict[str, object]:
    session = current_session()
    moves = _moves(batch)
    passed = now() - batch.created_at
    return {
        "batch": batch,
        "about_people": _is_about_people(batch),
        "place": names_of(session, [batch.division_code])[batch.division_code],
        "moves": moves,
        "passed": int(passed.total_seconds()),
        "stalls": batch.state is BatchState.RECEIVED and not batch.claimed_by and passed > PATIENCE,
        "is_silent": moves and is_scheduler_silent(session, now()),
        "waits": batch.progress.get("waits", False),
        "pace": pace_of(batch.progress) if moves else None,
        **_word_on(batch),
        "nothing_new": brings_nothing(batch.counts),
        "failure": without_options(batch.failure or ""),
        "kinds": [InsuranceKind(kind).label for kind in batch.kinds],
        "again": _address_again(batch),
        "problems": {} if moves else _examples(batch, batch.reasons, rejects=True),
        "doubts": {} if moves else _examples(batch, batch.warnings, rejects=False),
        "masked": _masked,
        **_reading_of(batch),
        "labels": {code.value: code.label for kind in (RejectCode, WarningCode) for code in kind},
    }


def _is_about_people(batch: ImportBatch) -> bool:
    return batch.source is None or SOURCES[batch.source].is_about_people


def _reading_of(batch: ImportBatch) -> dict[str, object]:
    """How the file is read; what stands in it only while somebody may change that."""
    layout = FileLayout.of(batch.layout)
    teller = None if layout.by is None else current_session().get(Account, layout.by)
    return {
        "layout": layout,
        "told_by": teller.display_name if teller else "",
        "format_read": _format_words(layout.read_as),
        "fields": _fields_read(batch, layout),
        "preview": preview_of(batch),
        "unread": _unread(batch, layout),
        "mapping": mapping_of(batch, None, today()),
        "reading": ReadingForm(
            formdata=None,
            data={
                "source": batch.source.value if batch.source else "",
                "encoding": layout.encoding or "",
            },
        ),
        "seen": version_of(batch),
        "says": without_options(batch.progress.get("says", "")),
    }


def _unread(batch: ImportBatch, layout: FileLayout) -> list[str]:
    """Sheets with something in them that are left out, as far as the file is at hand."""
    preview, read = preview_of(batch), {sheet.sheet for sheet in layout.sheets or ()}
    if preview is None or not read:
        return [sheet.sheet for sheet in layout.skipped]
    return [one.name for one in preview.sheets if one.height and one.name not in read]


def _format_words(read_as: str) -> str:
    """A workbook's kind, or a text file's encoding."""
    name, _, mended = read_as.partition("+")
    words = gettext(ENCODINGS[name]) if name in ENCODINGS else name
    return gettext("%(format)s，已修复乱码", format=words) if mended else words


def _fields_read(batch: ImportBatch, layout: FileLayout) -> list[str]:
    words = field_words(SOURCES[batch.source]) if batch.source else {}
    keys = {field_of(key) for sheet in layout.sheets or () for key in sheet.mapping}
    return [name for key, name in words.items() if key in keys]


def _word_on(batch: ImportBatch) -> dict[str, object]:
    """What somebody has to decide on, while the batch waits for that."""
    if not awaits_word(batch):
        return {"oddities": [], "blocked": False}
    found = [
        {**one, "label": Oddity(one["code"]).label, "says": sentence(one["code"], one["figures"])}
        for one in batch.progress.get("oddities", [])
    ]
    form = _with_places(ScopeForm(formdata=None, data=_scope_of(batch)))
    blocked = any(one["code"] in BLOCKING for one in found)
    return {
        "oddities": found,
        "blocked": blocked,
        "scope_form": form,
        "this_month": month_text(month_key(today())),
        **effects_shown(batch),
    }


def _scope_of(batch: ImportBatch) -> dict[str, object]:
    return {
        "division": batch.division_code,
        "month": None if batch.month is None else month_text(batch.month),
        "kinds": batch.progress.get("said_kinds", []),
    }


def _examples(
    batch: ImportBatch, counts: dict[str, int], *, rejects: bool
) -> dict[str, list[queries.Example]]:
    """The most frequent code first."""
    found = queries.examples_by_code(current_session(), batch, rejects=rejects)
    return dict(sorted(found.items(), key=lambda code: -counts.get(code[0], 0)))


def _address_again(batch: ImportBatch) -> str:
    """The form for rows that were mended: the same source and scope."""
    month = None if batch.month is None else month_text(batch.month)
    known = {"month": month, "division": batch.division_code, "kinds": batch.kinds}
    return url_for(
        "imports.new",
        source=batch.source and batch.source.value,
        **(known if batch.counts else {"month": month}),
    )


def _masked(example: queries.Example) -> str:
    """What stood in the cell, without what would tell who it is."""
    issue, raw = example.issue, example.issue.raw or ""
    if issue.code == WarningCode.NAME_DIFFERS:
        return mask_name(raw)
    if is_long_number(raw):
        return mask_number(raw)
    if issue.code.startswith("id_"):
        return HIDDEN if raw else ""
    if example.row_issues >= SHIFTED_ROW:
        return ""
    return mask_address(raw) if len(raw) > LONG_WORD and issue.rejects else raw
