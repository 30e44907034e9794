"""What fifteen minutes on foot reach: first by the straight line, then along streets."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from circle.places.operations import StationDetails, add_station, set_middle
from circle.places.positions import Point
from circle.places.streets import keep_streets, read_streets
from circle.places.walks import reckon_walks
from models.places import Division
from models.staff import Account
from models.vocabulary.places import StationKind
from tests.circle.places.streets_of import extract, spot
from tests.factories import COMMUNITY
from tests.journeys.conftest import Site

pytestmark = pytest.mark.journey
# Round a lake: a kilometre as the crow flies, three on foot.
TOWN = [({"highway": "residential"}, [(0.0, 0.0), (1000.0, 0.0), (1000.0, 1000.0), (0.0, 1000.0)])]


@pytest.mark.parametrize("device", ["phone", "desk"])
def test_the_map_follows_the_streets_once_there_are_some(
    device: str,
    request: pytest.FixtureRequest,
    site: Site,
    tmp_path: Path,
    sign_in: Callable[[Page, Account], None],
    accessible: Callable[[Page], None],
) -> None:
    page: Page = request.getfixturevalue(device)
    name = f"湖对岸就业服务站（{device}）"
    with site.records() as session:
        set_middle(session, session.get_one(Division, COMMUNITY), Point(*spot(0.0, 0.0)))
        details = StationDetails(StationKind.STATION, name, COMMUNITY)
        add_station(session, details, Point(*spot(0.0, 1000.0)))
    sign_in(page, site.worker())
    page.goto("/map")
    page.get_by_label("从哪里出发").select_option(COMMUNITY)
    expect(page.get_by_text("圆圈按直线距离估算")).to_be_visible()
    expect(page.locator("#map.leaflet-container .station-mark").first).to_be_visible()
    expect(page.locator("#map path[stroke-dasharray]")).to_have_count(1)
    accessible(page)

    network = read_streets(extract(tmp_path / "town.osm.pbf", TOWN))
    with site.records() as session:
        keep_streets(session, network, "town.osm.pbf")
    reckon_walks(site.office)
    page.reload()
    expect(page.get_by_text("绿色的路是沿路网步行15分钟以内能走到的")).to_be_visible()
    line = page.get_by_role("listitem").filter(has=page.get_by_role("link", name=name))
    expect(line).to_contain_text("步行约 38 分钟")
    page.goto("/coverage")
    expect(page.get_by_text("0个社区在15分钟内有站点，共1个")).to_be_visible()
    accessible(page)
