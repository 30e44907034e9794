import dataclasses
import json

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.places.operations import StationDetails, add_station
from circle.places.positions import Point
from circle.places.reach import packed
from models.audit import AuditEntry
from models.places import Division, Position, Station, Walk, WalkOrigin
from models.vocabulary.places import StationKind
from models.vocabulary.staff import Role
from tests.circle.conftest import (
    COMMUNITY,
    DISTRICT,
    OTHER_COMMUNITY,
    OTHER_STREET_COMMUNITY,
    STREET,
    MakeAccount,
    SignIn,
)
from tests.factories import CaseFactory, ResidentFactory, use

MIDDLE = Point(30.28, 120.01)
HERE = {"system": "wgs84", "latitude": "30.28", "longitude": "120.01"}
NEW = {"name": "葛巷就业服务站", "kind": "station", "division": COMMUNITY, **HERE}


@pytest.fixture
def street(make_account: MakeAccount, sign_in: SignIn) -> FlaskClient:
    return sign_in(make_account(Role.STREET, STREET))


@pytest.fixture
def worker(make_account: MakeAccount, sign_in: SignIn) -> FlaskClient:
    return sign_in(make_account(Role.WORKER, COMMUNITY))


@pytest.fixture
def station(session: Session, divisions: None) -> Station:
    """In the community, ten minutes' walk from its middle; reckoned along streets."""
    details = StationDetails(StationKind.STATION, "葛巷就业服务站", COMMUNITY, "葛巷路1号")
    station = add_station(session, details, MIDDLE)
    reckon(session, COMMUNITY, station.position, 800)
    session.commit()
    return station


def reckon(session: Session, code: str, to: Position | None, metres: int) -> None:
    """As the job would have it."""
    community = session.get_one(Division, code)
    community.latitude, community.longitude = MIDDLE.latitude, MIDDLE.longitude
    session.flush()
    assert to is not None
    to.is_walked = True
    session.add_all(
        [
            Walk(division_code=code, position_id=to.id, metres=metres, by_street=True),
            WalkOrigin(
                division_code=code,
                latitude=MIDDLE.latitude,
                longitude=MIDDLE.longitude,
                reckoned_by="1:4800:1200:1.3",
                reach_metres=1200,
                by_street=True,
                streets=packed([[(30.28, 120.01), (30.281, 120.01)]]),
            ),
        ]
    )
    session.flush()


def acts(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)))


def test_a_station_is_added_amended_closed_and_opened_again(
    session: Session, street: FlaskClient
) -> None:
    assert street.post("/stations/new", data=NEW).status_code == 302
    station = session.scalars(select(Station)).one()
    assert station.position is not None
    changed = {**NEW, "name": "葛巷站", "latitude": "", "longitude": ""}
    assert street.post(f"/stations/{station.id}/edit", data=changed).status_code == 302
    assert "没有位置" in street.get("/stations").text
    assert "葛巷站" in street.get(f"/stations/{station.id}/close").text
    street.post(f"/stations/{station.id}/close")
    assert "起关闭" in street.get("/stations").text
    street.post(f"/stations/{station.id}/reopen")
    session.expire_all()
    assert (station.name, station.position_id, station.closed_on) == ("葛巷站", None, None)
    told = [act.rpartition(":")[2] for act in acts(session) if act.startswith("station:")]
    assert told == ["add", "amend", "close", "reopen"]


def test_a_double_tap_makes_one_station(session: Session, street: FlaskClient) -> None:
    assert [street.post("/stations/new", data=NEW).status_code for _ in range(2)] == [302, 409]
    assert len(session.scalars(select(Station)).all()) == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"latitude": "120.01", "longitude": "30.28"}, "写反了"),
        ({"latitude": ""}, "一起填写"),
        ({"longitude": ""}, "一起填写"),
        ({"latitude": "三十"}, "请填写小数"),
        ({"name": " "}, "请填写站点名称"),
        ({"division": OTHER_STREET_COMMUNITY}, "所在社区或街道"),
    ],
)
def test_a_faulty_form_says_what_to_mend_and_keeps_what_was_typed(
    session: Session, street: FlaskClient, wrong: dict[str, str], sentence: str
) -> None:
    answer = street.post("/stations/new", data={**NEW, "hours": "9:00–17:00", **wrong})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "9:00–17:00" in answer.text
    assert session.scalars(select(Station)).all() == []


def test_a_position_abroad_is_kept_with_a_warning(session: Session, street: FlaskClient) -> None:
    abroad = {**NEW, "latitude": "60.17", "longitude": "24.94"}
    assert "不在中国境内" in street.post("/stations/new", data=abroad, follow_redirects=True).text
    assert session.scalars(select(Station)).one().position is not None


def test_the_middle_of_a_community_is_set_and_taken_away(
    session: Session, street: FlaskClient
) -> None:
    address = f"/communities/{COMMUNITY}/position"
    assert street.post(address, data={**HERE, "system": "gcj02"}).status_code == 302
    community = session.get_one(Division, COMMUNITY)
    assert community.latitude == pytest.approx(30.2824, abs=0.001)
    assert "120.005" in street.get(address).text
    street.post(address, data={"system": "wgs84", "latitude": "", "longitude": ""})
    session.expire_all()
    assert community.latitude is None


def test_other_peoples_places_do_not_exist(
    session: Session, street: FlaskClient, worker: FlaskClient, divisions: None
) -> None:
    details = StationDetails(StationKind.STATION, "别处", OTHER_STREET_COMMUNITY)
    elsewhere = add_station(session, details, MIDDLE)
    session.commit()
    for address in (
        f"/stations/{elsewhere.id}/edit",
        f"/communities/{OTHER_STREET_COMMUNITY}/position",
        f"/communities/{STREET}/position",
        f"/map?from={OTHER_STREET_COMMUNITY}",
        f"/map/data?from=station:{elsewhere.id}",
        f"/map?from={'9' * 20}",
        "/map?from=nowhere",
        f"/coverage?division={DISTRICT}",
    ):
        assert street.get(address).status_code == 404, address
    assert "别处" not in street.get("/stations").text
    assert worker.get(f"/coverage?division={OTHER_COMMUNITY}").status_code == 404
    assert worker.get("/stations").status_code == 403
    assert worker.post("/stations/new", data=NEW).status_code == 403


@pytest.mark.parametrize("role", [Role.CLERK, Role.AUDITOR])
def test_who_has_no_business_there_sees_no_map(
    make_account: MakeAccount, sign_in: SignIn, role: Role
) -> None:
    page = sign_in(make_account(role, DISTRICT))
    addresses = ("/map", "/map/data", "/coverage")
    assert {page.get(address).status_code for address in addresses} == {403}


def test_the_map_tells_the_same_beside_it(worker: FlaskClient, station: Station) -> None:
    page = worker.get(f"/map?from={COMMUNITY}").text
    assert "葛巷就业服务站" in page
    assert "步行约 10 分钟" in page
    assert "沿路网" in page
    scene = json.loads(worker.get(f"/map/data?from={COMMUNITY}").data)
    assert scene["reach"]["byStreet"]
    assert scene["reach"]["streets"] == [[[30.28, 120.01], [30.281, 120.01]]]
    assert [mark["name"] for mark in scene["stations"]] == ["葛巷就业服务站"]
    assert "步行约 10 分钟" in scene["stations"][0]["words"]
    assert [place["covered"] for place in scene["communities"]] == [True]


def test_without_streets_the_map_shows_the_circle_and_says_so(
    session: Session, worker: FlaskClient, divisions: None
) -> None:
    community = session.get_one(Division, COMMUNITY)
    community.latitude, community.longitude = 30.28, 120.01
    session.commit()
    assert "约923米" in worker.get(f"/map?from={COMMUNITY}").text
    reach = json.loads(worker.get(f"/map/data?from={COMMUNITY}").data)["reach"]
    assert reach == {"byStreet": False, "metres": 923, "streets": []}


def test_a_community_without_a_middle_is_asked_for_it(street: FlaskClient) -> None:
    page = street.get(f"/map?from={COMMUNITY}").text
    assert "还没有填写位置" in page
    assert f"/communities/{COMMUNITY}/position" in page


def test_from_a_station_the_communities_in_reach_are_listed(
    street: FlaskClient, station: Station
) -> None:
    page = street.get(f"/map?from=station:{station.id}").text
    assert "步行约 10 分钟" in page
    assert "圆圈按直线距离估算" in page


def test_coverage_counts_communities_and_open_cases(
    session: Session, street: FlaskClient, station: Station
) -> None:
    use(session)
    for lives_in in (COMMUNITY, COMMUNITY, OTHER_COMMUNITY, STREET):
        CaseFactory(resident=ResidentFactory(lives_in=lives_in))
    CaseFactory(resident=ResidentFactory(lives_in=OTHER_STREET_COMMUNITY))
    session.commit()
    page = street.get("/coverage").text
    assert "1个社区在15分钟内有站点，共2个" in page
    assert "2人住的社区在15分钟内有站点，共4人" in page
    assert "没有填写社区位置" in page


@pytest.mark.parametrize(("metres", "covered"), [(1200, 1), (1201, 0)])
def test_fifteen_minutes_are_the_boundary(
    session: Session, street: FlaskClient, divisions: None, metres: int, covered: int
) -> None:
    details = StationDetails(StationKind.STATION, "站", OTHER_COMMUNITY)
    reckon(session, COMMUNITY, add_station(session, details, Point(30.29, 120.02)).position, metres)
    session.commit()
    page = street.get("/coverage").text
    assert f"{covered}个社区在15分钟内有站点" in page
    assert ("最近：站，步行约 16 分钟" in page) is not covered


def test_a_closed_station_covers_nobody(
    session: Session, street: FlaskClient, station: Station
) -> None:
    street.post(f"/stations/{station.id}/close")
    assert "0个社区在15分钟内有站点" in street.get("/coverage").text
    assert "葛巷就业服务站" not in street.get("/map").text


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_coverage_is_exported_without_formulas(
    session: Session, street: FlaskClient, station: Station, form: str
) -> None:
    session.get_one(Division, COMMUNITY).name = "=1+1"
    session.commit()
    answer = street.post("/coverage/export", data={"format": form})
    assert f".{form}" in answer.headers["Content-Disposition"]
    if form == "csv":
        assert "'=1+1" in answer.data.decode("utf-8-sig")
    assert acts(session)[-1] == "place:coverage:export"
    assert street.post("/coverage/export", data={"format": "pdf"}).status_code == 404


def test_only_the_tiles_that_were_named_may_be_fetched(
    app: Flask, worker: FlaskClient, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "img-src 'self' data:;" in worker.get("/map").headers["Content-Security-Policy"]
    named = dataclasses.replace(
        app.extensions["settings"], tiles="https://tiles.example.org/{z}/{x}/{y}.png"
    )
    monkeypatch.setitem(app.extensions, "settings", named)
    answer = worker.get("/map")
    assert "https://tiles.example.org/{z}/{x}/{y}.png" in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "img-src 'self' data: https://tiles.example.org;" in policy
