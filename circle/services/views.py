"""The ledger of services, and what of the package one case is still owed."""

from collections.abc import Sequence
from importlib import import_module
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from circle.access.choices import choices_of
from circle.access.guard import needs
from circle.access.permissions import Permission
from circle.access.person import current_account
from circle.access.scope import abilities
from circle.access.trail import acted, viewed
from circle.cases.queries import workers_under
from circle.database import current_session, current_settings, now, release, today
from circle.places.queries import divisions_under, full_name
from circle.refusals import (
    ServiceAfterClosing,
    ServiceBeforeOpening,
    ServiceInFuture,
    VisitOfAnotherCase,
)
from circle.services.filters import Ledger, Place
from circle.services.forms import ServiceForm, a_new_uuid
from circle.services.operations import record_service, remove_service
from circle.services.queries import (
    MOST_LINES,
    all_of,
    counts_of,
    hints_of,
    package_of,
    page_of,
    services_of,
    visits_of,
)
from circle.services.words import evidence_words
from models.cases import Case, Visit
from models.policy import common_policy_on
from models.services import ServiceItem
from models.staff import Account
from models.vocabulary.places import DivisionLevel
from models.vocabulary.services import ServiceKind

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Where each refusal is shown.
FIELD_OF = {
    ServiceInFuture: "delivered_on",
    ServiceBeforeOpening: "delivered_on",
    ServiceAfterClosing: "delivered_on",
    VisitOfAnotherCase: "visit",
}

bp = Blueprint("services", __name__)


@bp.get("/services")
@needs(Permission.READ_SERVICES)
def index() -> ResponseReturnValue:
    session, actor = current_session(), current_account()
    wanted = Ledger.read(request.args, on=today())
    page = page_of(session, actor, wanted, after=Place.read(request.args.get("after")))
    viewed("service:list:read", [line.resident.id for line in page.lines])
    following = url_for("services.index", after=page.after, **wanted.arguments())
    return render_template(
        "services/index.html",
        page=page,
        wanted=wanted,
        following=following if page.after else None,
        counts=counts_of(session, actor, wanted),
        kinds=list(ServiceKind),
        choices=_choices(actor),
        evidence_words=evidence_words,
    )


@bp.get("/services/print")
@needs(Permission.EXPORT_SERVICES)
def print_list() -> ResponseReturnValue:
    actor, wanted = current_account(), Ledger.read(request.args, on=today())
    lines = all_of(current_session(), actor, wanted)
    viewed("service:list:print", [line.resident.id for line in lines])
    place = full_name(current_session(), actor.division_code)
    return render_template(
        "services/print.html",
        lines=lines,
        wanted=wanted,
        is_cut=len(lines) == MOST_LINES,
        mark=f"{actor.display_name}（{actor.name}）· {place}",
        at=now(),
        evidence_words=evidence_words,
    )


@bp.post("/services/export")
@needs(Permission.EXPORT_SERVICES)
def export() -> ResponseReturnValue:
    actor, wanted = current_account(), Ledger.read(request.form, on=today())
    lines = all_of(current_session(), actor, wanted)
    drawn_at = now().astimezone(ZoneInfo(current_settings().timezone))
    # Loaded by name, on first use: a static import would put xlsxwriter into every web worker.
    writer = import_module("circle.services.export")
    place = full_name(current_session(), actor.division_code)
    mark = writer.Watermark(f"{actor.display_name}（{actor.name}）", place, drawn_at)
    details = {"filters": sorted(wanted.arguments()), "rows": len(lines)}
    acted("service:list:export", [line.resident.id for line in lines], details=details)
    release()  # a long list takes seconds to write
    headers = {
        "Content-Disposition": f'attachment; filename="services-{drawn_at:%Y%m%d-%H%M}.xlsx"'
    }
    return Response(writer.workbook(lines, mark), mimetype=XLSX, headers=headers)


@bp.get("/cases/<int:case_id>/services")
@needs(Permission.READ_SERVICES)
def of_case(case: Case) -> ResponseReturnValue:
    """A page of its own; fetched by the resident's file it is a part of that."""
    viewed("service:case:read", [case.resident_id])
    visit = request.args.get("visit", type=int)
    asked = next((v for v in visits_of(current_session(), case) if v.id == visit), None)
    form = ServiceForm(
        formdata=None,
        uuid=a_new_uuid(),
        kind=request.args.get("kind"),
        delivered_on=asked.visited_on if asked else today(),
        visit=str(asked.id) if asked else "",
    )
    return _case_page(case, form)


@bp.post("/cases/<int:case_id>/services")
@needs(Permission.RECORD_SERVICE)
def record(case: Case) -> ResponseReturnValue:
    session, form = current_session(), ServiceForm()
    _offer_visits(form, visits_of(session, case))
    if not form.validate_on_submit():
        return _case_page(case, form), 422
    try:
        item = record_service(
            session,
            case,
            ServiceKind(form.kind.data),
            by=current_account(),
            on=today(),
            now=now(),
            visit=session.get(Visit, int(form.visit.data)) if form.visit.data else None,
            note=form.note.data or None,
            delivered_on=form.delivered_on.data,
            uuid=form.uuid.data,
        )
    except tuple(FIELD_OF) as refusal:
        field = form[FIELD_OF[type(refusal)]]
        field.errors = [*field.errors, refusal.sentence()]
        return _case_page(case, form), refusal.status
    acted("service:item:record", [case.resident_id], details={"service": item.id})
    flash(gettext("已记入服务台账。"), "success")
    return _back_to(case)


@bp.post("/services/<int:service_id>/remove")
@needs(Permission.REMOVE_SERVICE)
def remove(service: ServiceItem) -> ResponseReturnValue:
    remove_service(current_session(), service, by=current_account(), on=today(), now=now())
    acted("service:item:remove", [service.resident_id], details={"service": service.id})
    flash(gettext("已从服务台账删除，删除的人和时间留有记录。"), "success")
    return _back_to(service.case)


def _case_page(case: Case, form: ServiceForm) -> str:
    session, actor = current_session(), current_account()
    visits = visits_of(session, case)
    _offer_visits(form, visits)
    lines = services_of(session, actor, case)
    able = abilities(session, actor, (Permission.RECORD_SERVICE,), Case, case.id)
    is_part = "HX-Request" in request.headers
    return render_template(
        "services/_case.html" if is_part else "services/case.html",
        case=case,
        form=form,
        package=package_of(session, case, common_policy_on(session, today())),
        lines=lines,
        hints=hints_of(visits, lines) if case.is_open else [],
        may_record=able[Permission.RECORD_SERVICE],
        on_file=is_part,
        evidence_words=evidence_words,
    )


def _offer_visits(form: ServiceForm, visits: Sequence[Visit]) -> None:
    named = ((str(visit.id), _visit_words(visit)) for visit in visits)
    form.visit.choices = [("", gettext("不在走访中")), *named]


def _visit_words(visit: Visit) -> str:
    return f"{visit.visited_on} {gettext(visit.channel.label)}"


def _choices(actor: Account) -> dict[str, list[tuple[str, str]]]:
    """Value and words of each filter; places and people only where there is a choice."""
    session = current_session()
    anything = ("", gettext("不限"))
    communities = divisions_under(session, actor.division_code, DivisionLevel.COMMUNITY)
    places = [(place.code, place.name) for place in communities]
    people = [
        (str(worker.id), worker.display_name)
        for worker in workers_under(session, actor.division_code)
    ]
    return {
        "kind": choices_of(ServiceKind, blank="不限")(),
        "community": [anything, *places] if len(places) > 1 else [],
        "worker": [anything, *people] if len(people) > 1 else [],
    }


def _back_to(case: Case) -> ResponseReturnValue:
    address = url_for("cases.show", resident_id=case.resident_id, _anchor="services")
    return redirect(address)
