"""The job reckons what is new or has changed, and nothing twice."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, event, select
from sqlalchemy.orm import Session

from circle import jobs
from circle.database import make_engine
from circle.office import Office
from circle.places.operations import (
    StationDetails,
    add_station,
    close_station,
    position_of,
    set_middle,
)
from circle.places.origins import is_due
from circle.places.positions import Point
from circle.places.reach import unpacked
from circle.places.streets import keep_streets, read_streets
from circle.places.walking import WalkingWay, walks_from
from circle.places.walks import reckon_walks
from config import Settings
from models.jobs import JobRun
from models.places import Division, Position, Station, StreetLoad, Walk, WalkOrigin
from models.policy import policy_on
from models.sealed import Keyring
from models.vocabulary.jobs import JobName, JobState
from models.vocabulary.places import StationKind
from tests import factories
from tests.circle.places.streets_of import extract, spot
from tests.conftest import migrated_database

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 21)
HERE, THERE = factories.COMMUNITY, factories.OTHER_COMMUNITY
STREET = {"highway": "residential"}
# Round a lake: 3 km on foot for 1 km as the crow flies.
TOWN = [(STREET, [(0.0, 0.0), (1000.0, 0.0), (1000.0, 1000.0), (0.0, 1000.0)])]


class Watch(Office):
    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @property
    def now(self) -> datetime:
        return NOW

    @property
    def today(self) -> date:
        return TODAY


@pytest.fixture(scope="module")
def installation(
    backend: str, tmp_path_factory: pytest.TempPathFactory, keyring: Keyring
) -> Iterator[Watch]:
    """A database of its own: the job commits slice by slice."""
    folder = tmp_path_factory.mktemp("walks")
    with migrated_database(backend, folder, keyring) as settings:
        office = Watch(settings)
        engine = make_engine(settings)
        office.__dict__.update(bare_engine=engine, engine=engine)
        yield office
        engine.dispose()


@pytest.fixture
def office(installation: Watch) -> Watch:
    """One community in the town's corner, another two kilometres east, both with a middle."""
    with installation.session() as session:
        for table in (WalkOrigin, Walk, Station, Position, StreetLoad, JobRun, Division):
            session.execute(delete(table))
        factories.load_places(session)
        move(session, HERE, (0.0, 0.0))
        move(session, THERE, (0.0, 2000.0))
    return installation


def move(session: Session, code: str, place: tuple[float, float] | None) -> None:
    set_middle(session, session.get_one(Division, code), Point(*spot(*place)) if place else None)


def stand(office: Watch, *places: tuple[float, float]) -> list[int]:
    with office.session() as session:
        return [position_of(session, Point(*spot(*place))).id for place in places]


def pave(office: Watch, folder: Path) -> None:
    network = read_streets(extract(folder / "town.osm.pbf", TOWN))
    with office.session() as session:
        keep_streets(session, network, "town.osm.pbf")


def kept(office: Watch, code: str = HERE) -> dict[int, tuple[int, bool]]:
    with office.session(immediate=False) as session:
        rows = session.execute(
            select(Walk.position_id, Walk.metres, Walk.by_street).where(Walk.division_code == code)
        )
        return {key: (round(metres, -1), by_street) for key, metres, by_street in rows}


def due(office: Watch) -> bool:
    with office.session(immediate=False) as session:
        return is_due(session, TODAY)


def asked(office: Watch, code: str, ids: list[int]) -> dict[int, WalkingWay]:
    with office.session(immediate=False) as session:
        return walks_from(session, code, ids, policy_on(session, TODAY))


def test_without_streets_it_is_the_straight_line_and_its_detour(office: Watch) -> None:
    near, far = stand(office, (0.0, 1000.0), (0.0, 9000.0))
    assert due(office)
    counts = reckon_walks(office)
    assert counts == {"communities": 2, "positions": 2, "stations": 0, "ways": 2}
    assert kept(office) == {near: (1300, False)}
    assert not due(office)
    # Sixty minutes are the most; what was found to be further is given as such.
    way = asked(office, HERE, [near, far])[near]
    assert (way.minutes, way.by_street) == (17, False)
    assert asked(office, HERE + "001", [far])[far].minutes > 60


def test_along_streets_it_takes_as_long_as_they_do(office: Watch, tmp_path: Path) -> None:
    pave(office, tmp_path)
    (across,) = stand(office, (0.0, 1000.0))
    reckon_walks(office)
    assert kept(office) == {across: (3000, True)}
    with office.session(immediate=False) as session:
        origin = session.scalars(select(WalkOrigin).where(WalkOrigin.division_code == HERE)).one()
        assert (origin.by_street, origin.reach_metres) == (True, 1200)
        assert origin.streets is not None
        assert unpacked(origin.streets)


def test_a_second_run_writes_nothing(office: Watch, tmp_path: Path) -> None:
    pave(office, tmp_path)
    stand(office, (0.0, 1000.0), (500.0, 0.0))
    reckon_walks(office)
    written: list[str] = []

    def note(_c: object, _k: object, statement: str, *_rest: object) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            written.append(statement)

    event.listen(office.engine, "before_cursor_execute", note)
    counts = reckon_walks(office)
    event.remove(office.engine, "before_cursor_execute", note)
    assert (set(counts.values()), written) == ({0}, [])


def test_new_streets_change_only_what_they_change(office: Watch, tmp_path: Path) -> None:
    across, beside = stand(office, (0.0, 1000.0), (0.0, -400.0))
    reckon_walks(office)
    pave(office, tmp_path)
    assert due(office)
    # Of the two ways from here one goes round the lake now; from there nothing is different.
    counts = reckon_walks(office)
    assert (counts["communities"], counts["positions"], counts["ways"]) == (2, 0, 1)
    assert kept(office) == {across: (3000, True), beside: (520, False)}


@pytest.mark.parametrize("new", [1, 3])
def test_a_new_position_alone_is_walked_to(office: Watch, tmp_path: Path, new: int) -> None:
    """From the fewer: three positions are walked to from two communities, one the other way."""
    pave(office, tmp_path)
    stand(office, (0.0, 1000.0))
    reckon_walks(office)
    ids = stand(office, *((100.0 * number, 0.0) for number in range(1, new + 1)))
    # Until the job comes by, the straight line stands in.
    guessed = asked(office, HERE, ids)[ids[0]]
    assert (guessed.minutes, guessed.by_street) == (2, False)
    counts = reckon_walks(office)
    assert (counts["communities"], counts["positions"]) == (0, new)
    assert kept(office)[ids[0]] == (100, True)
    assert asked(office, HERE, ids)[ids[0]].by_street
    assert not due(office)


def test_a_community_that_moves_is_reckoned_anew_and_not_misled_meanwhile(office: Watch) -> None:
    (near,) = stand(office, (0.0, 1000.0))
    reckon_walks(office)
    with office.session() as session:
        move(session, HERE, (0.0, 900.0))
    assert asked(office, HERE, [near])[near].minutes == 2
    assert reckon_walks(office)["communities"] == 1
    assert kept(office) == {near: (130, False)}


def test_a_community_without_a_middle_is_forgotten(office: Watch) -> None:
    (near,) = stand(office, (0.0, 1000.0))
    reckon_walks(office)
    with office.session() as session:
        move(session, HERE, None)
    assert (asked(office, HERE, [near]), due(office)) == ({}, True)
    reckon_walks(office)
    assert (kept(office), due(office)) == ({}, False)
    assert kept(office, THERE)


def test_a_station_keeps_what_is_in_reach_while_it_is_open(office: Watch, tmp_path: Path) -> None:
    pave(office, tmp_path)
    details = StationDetails(StationKind.STATION, "葛巷驿站", HERE)
    with office.session() as session:
        number = add_station(session, details, Point(*spot(0.0, 0.0))).id
    assert reckon_walks(office)["stations"] == 1
    with office.session() as session:
        origin = session.scalars(select(WalkOrigin).where(WalkOrigin.station_id == number)).one()
        assert origin.by_street
        close_station(session, session.get_one(Station, number), on=TODAY)
    assert due(office)
    reckon_walks(office)
    assert not due(office)


def test_the_scheduler_runs_it_once_until_something_changes(office: Watch) -> None:
    walks = next(job for job in jobs.JOBS if job.name is JobName.WALKS)
    stand(office, (0.0, 1000.0))
    assert [jobs.run_due(office, walks) for _ in range(2)] == [1, 0]
    stand(office, (0.0, 1100.0))
    assert jobs.run_due(office, walks) == 1
    with office.session(immediate=False) as session:
        states = session.scalars(select(JobRun.state)).all()
    assert states == [JobState.DONE, JobState.DONE]
