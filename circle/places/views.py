"""Stations and where communities lie; the map; who has a station within fifteen minutes."""

from importlib import import_module
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from circle.access.guard import needs
from circle.access.permissions import Permission
from circle.access.person import current_account
from circle.access.trail import acted
from circle.database import current_session, current_settings, now, release, today
from circle.places import queries, words
from circle.places.coverage import coverage
from circle.places.forms import (
    MapFilter,
    PlaceFilter,
    PositionForm,
    StationForm,
    answers_of,
    answers_of_point,
)
from circle.places.operations import (
    add_station,
    amend_station,
    close_station,
    reopen_station,
    set_middle,
)
from circle.places.origins import is_due
from circle.places.positions import Point
from circle.places.scene import Start, community_start, scene_of, station_start
from circle.refusals import NotFound, Refusal
from models.places import Division, Station
from models.policy import Policy, common_policy_on
from models.vocabulary.places import DivisionLevel

bp = Blueprint("places", __name__)
# Beside the map; the others are on it.
MOST_LISTED = 40
FORMATS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@bp.get("/map", endpoint="map")
@needs(Permission.READ_PLACES)
def show_map() -> ResponseReturnValue:
    session, codes, policy = current_session(), current_account().covered_codes, _policy()
    start = _start()
    return render_template(
        "places/map.html",
        scene=scene_of(session, codes, start, policy, today()),
        policy=policy,
        chosen=request.args.get("from", ""),
        choices=_starts(),
        is_waiting=is_due(session, today()),
        tiles=current_settings().tiles,
        words=words,
        most_listed=MOST_LISTED,
    )


@bp.get("/map/data")
@needs(Permission.READ_PLACES)
def map_data() -> ResponseReturnValue:
    """What the page shows beside the map, for the map to draw."""
    scene = scene_of(
        current_session(), current_account().covered_codes, _start(), _policy(), today()
    )
    return jsonify(words.drawn(scene))


@bp.get("/coverage", endpoint="coverage")
@needs(Permission.READ_PLACES)
def show_coverage() -> ResponseReturnValue:
    session, code = current_session(), _division_of(PlaceFilter(request.args))
    return render_template(
        "places/coverage.html",
        found=coverage(session, code, _policy()),
        policy=_policy(),
        code=code,
        choices=_divisions(),
        at=now(),
        is_waiting=is_due(session, today()),
        words=words,
    )


@bp.post("/coverage/export")
@needs(Permission.READ_PLACES)
def export() -> ResponseReturnValue:
    chosen = request.form.get("format", "")
    if chosen not in FORMATS:
        raise NotFound
    session, actor = current_session(), current_account()
    code = _division_of(PlaceFilter(request.form))
    found = coverage(session, code, _policy())
    drawn_at = now().astimezone(ZoneInfo(current_settings().timezone))
    mark = f"{actor.display_name}（{actor.name}）· {drawn_at:%Y-%m-%d %H:%M}"
    acted("place:coverage:export", details={"division": code, "rows": len(found.places)})
    release()
    # Loaded by name, on first use: a static import would put xlsxwriter into every web worker.
    writer = import_module("circle.places.export")
    content = writer.WRITERS[chosen](found, mark)
    name = f"coverage-{code}-{drawn_at:%Y%m%d-%H%M}.{chosen}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype=FORMATS[chosen], headers=headers)


@bp.get("/stations", endpoint="stations")
@needs(Permission.MANAGE_STATIONS)
def list_stations() -> ResponseReturnValue:
    session, actor, form = current_session(), current_account(), PlaceFilter(request.args)
    form.validate()
    division = _chosen_division(form)
    return render_template(
        "places/stations.html",
        page=queries.stations_page(session, actor, division, after=form.wanted_after),
        communities=queries.communities_to_place(session, actor.covered_codes, division),
        division=division,
        choices=_divisions(),
    )


@bp.route("/stations/new", methods=["GET", "POST"])
@needs(Permission.MANAGE_STATIONS)
def add() -> ResponseReturnValue:
    form = _with_places(StationForm())
    if not form.validate_on_submit():
        return _station_page(form)
    try:
        station = add_station(current_session(), form.details(), form.point())
    except Refusal as refusal:
        return _station_page(form, refusal=refusal)
    acted("station:file:add", details={"station": station.id})
    return _saved(gettext("已新增站点。"), form.point())


@bp.route("/stations/<int:station_id>/edit", methods=["GET", "POST"])
@needs(Permission.MANAGE_STATIONS)
def edit(station: Station) -> ResponseReturnValue:
    form = _with_places(StationForm(**answers_of(station)))
    if not form.validate_on_submit():
        return _station_page(form, station)
    try:
        amend_station(current_session(), station, form.details(), form.point())
    except Refusal as refusal:
        return _station_page(form, station, refusal)
    acted("station:file:amend", details={"station": station.id})
    return _saved(gettext("站点已修改。"), form.point())


@bp.get("/stations/<int:station_id>/close")
@needs(Permission.MANAGE_STATIONS)
def ask_close(station: Station) -> ResponseReturnValue:
    place = queries.full_name(current_session(), station.division_code)
    return render_template("places/close.html", station=station, place=place)


@bp.post("/stations/<int:station_id>/close")
@needs(Permission.MANAGE_STATIONS)
def close(station: Station) -> ResponseReturnValue:
    close_station(current_session(), station, on=today())
    acted("station:file:close", details={"station": station.id})
    return _saved(gettext("站点已关闭。"))


@bp.post("/stations/<int:station_id>/reopen")
@needs(Permission.MANAGE_STATIONS)
def reopen(station: Station) -> ResponseReturnValue:
    reopen_station(current_session(), station)
    acted("station:file:reopen", details={"station": station.id})
    return _saved(gettext("站点已重新开放。"))


@bp.route("/communities/<code>/position", methods=["GET", "POST"])
@needs(Permission.MANAGE_STATIONS)
def place_community(code: str) -> ResponseReturnValue:
    community = _community(code)
    form = PositionForm(**answers_of_point(community.latitude, community.longitude))
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        place = queries.full_name(current_session(), code)
        page = render_template("places/middle.html", form=form, community=community, place=place)
        return page, status
    set_middle(current_session(), community, form.point())
    acted("place:middle:set", details={"division": code})
    return _saved(gettext("社区位置已保存。"), form.point())


def _policy() -> Policy:
    return common_policy_on(current_session(), today())


def _start() -> Start | None:
    """Where the address says; raises NotFound outside what the reader answers for."""
    form, codes = MapFilter(request.args), current_account().covered_codes
    if not request.args.get("from"):
        return None
    start = None
    if form.community and queries.is_inside(codes, form.community):
        start = community_start(current_session(), form.community)
    elif form.station:
        start = station_start(current_session(), codes, form.station)
    if start is None:
        raise NotFound
    return start


def _division_of(form: PlaceFilter) -> str:
    """The chosen division, else the first the reader answers for."""
    return _chosen_division(form) or current_account().covered_codes[0]


def _chosen_division(form: PlaceFilter) -> str | None:
    code: str = form.division.data or ""
    if not code:
        return None
    known = queries.names_of(current_session(), [code])
    if not queries.is_inside(current_account().covered_codes, code) or known[code] == code:
        raise NotFound
    return code


def _divisions() -> list[tuple[str, str]]:
    """The reader's own divisions, and the districts and streets inside them."""
    session, codes = current_session(), current_account().covered_codes
    own = queries.names_of(session, codes)
    levels = (DivisionLevel.DISTRICT, DivisionLevel.STREET)
    inside = {each.code: each.name for each in queries.divisions_inside(session, codes, levels)}
    return sorted((own | inside).items())


def _starts() -> dict[str, list[tuple[str, str]]]:
    return queries.starts_offered(current_session(), current_account().covered_codes)


def _community(code: str) -> Division:
    division = current_session().get(Division, code)
    is_theirs = queries.is_inside(current_account().covered_codes, code)
    if division is None or division.level is not DivisionLevel.COMMUNITY or not is_theirs:
        raise NotFound
    return division


def _with_places(form: StationForm) -> StationForm:
    form.offer(queries.places_offered(current_session(), current_account().covered_codes))
    return form


def _station_page(
    form: StationForm, station: Station | None = None, refusal: Refusal | None = None
) -> ResponseReturnValue:
    status = refusal.status if refusal else 422 if form.is_submitted() else 200
    sentence = refusal.sentence() if refusal else None
    return render_template(
        "places/station.html", form=form, station=station, refusal=sentence
    ), status


def _saved(sentence: str, point: Point | None = None) -> ResponseReturnValue:
    """Back to the list; a position abroad is kept, and somebody should look again."""
    flash(sentence, "success")
    if point is not None and point.is_abroad:
        flash(gettext("注意：填写的位置不在中国境内，请核对经纬度。"), "info")
    return redirect(url_for("places.stations"))
