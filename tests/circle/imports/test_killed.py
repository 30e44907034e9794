"""Killed at any moment, a file is in the end as if nobody had killed anything."""

import random
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from models.sealed import Keyring, install_keyring
from tests.circle.imports.conftest import (
    DISTRICT,
    FAR_COMMUNITY,
    OTHER_COMMUNITY,
    Bureau,
    Person,
    Rows,
    insured,
    ledger,
    number,
    open_bureau,
    register,
    subsistence,
    unemployed,
)
from tests.circle.imports.mortal import Act, Death, Mortals, Place, copy_of
from tests.conftest import POSTGRES_URL, administer

SEED = 20261121
POINTS = 50
PEOPLE: list[Person] = [(f"居民{serial}", number(serial)) for serial in range(2, 42)]
NEW: list[Person] = [(f"新人{serial}", number(serial)) for serial in range(200, 206)]


@dataclass(frozen=True)
class Town:
    """Some months of files, and the acts that may be cut off from there."""

    place: Place
    copies: Callable[[str], str]
    acts: list[Act]
    folder: Path

    def another(self) -> Place:
        folder = self.folder / uuid.uuid4().hex[:8]
        return copy_of(self.place, folder, self.copies(f"{folder}"))


@pytest.fixture(scope="module")
def mortals() -> Iterator[Mortals]:
    found = Mortals()
    yield found
    found.leave()


@pytest.fixture(scope="module")
def town(
    template: Callable[[Path], tuple[str, Callable[[], None]]],
    tmp_path_factory: pytest.TempPathFactory,
    keyring: Keyring,
) -> Iterator[Town]:
    install_keyring(keyring)
    folder = tmp_path_factory.mktemp("town")
    keyring.save(folder / "keyring.json")
    address, drop = template(folder)
    bureau = open_bureau(address, folder)
    acts = _first_months(bureau)
    bureau.office.engine.dispose()
    made: list[str] = []

    def copies(where: str) -> str:
        if address.startswith("sqlite"):
            shutil.copy(folder / "circle.sqlite3", f"{where}.sqlite3")
            return f"sqlite:///{where}.sqlite3"
        made.append(f"circle_killed_{uuid.uuid4().hex[:12]}")
        original = make_url(address).database
        administer(f'CREATE DATABASE "{made[-1]}" TEMPLATE "{original}"')
        url = make_url(POSTGRES_URL).set(database=made[-1])
        return url.render_as_string(hide_password=False)

    place = Place(address, str(folder), str(folder / "keyring.json"))
    yield Town(place, copies, acts, folder)
    for name in made:
        administer(f'DROP DATABASE "{name}" WITH (FORCE)')
    drop()


def _first_months(bureau: Bureau) -> list[Act]:
    """Every source has a list; the acts send the next one, or take the first back."""
    lists = {
        "household": register(*PEOPLE),
        "subsistence": subsistence(*PEOPLE[:12]),
        "unemployment": unemployed(*PEOPLE[10:24]),
        "insurance": _months("202608", PEOPLE[:30]),
        "caseload": ledger(*PEOPLE[20:30]),
    }
    numbers = {
        source: bureau.sends(source, rows, "--division", DISTRICT)["batch"]
        for source, rows in lists.items()
    }
    files = {name: str(bureau.file(rows, f"{name}.csv")) for name, rows in _next_lists().items()}
    return [
        Act("import", "household", files["household"]),
        Act("job", "unemployment", files["unemployment"]),
        Act("import", "insurance", files["first"]),
        Act("job", "insurance", files["again"]),
        Act("import", "caseload", files["caseload"]),
        Act("job", "subsistence", files["subsistence"]),
        Act("rehearsal", "household", files["household"]),
        Act("crash", "household", files["household"]),
        Act("undo", batch=numbers["insurance"]),
        Act("undo_job", batch=numbers["household"]),
        Act("undo", batch=numbers["caseload"]),
    ]


def _next_lists() -> dict[str, Rows]:
    """Some have left, some changed, some come; places and names change with them."""
    household = [*register(*PEOPLE[4:], *NEW), *register(("新户", number(300)))[1:]]
    household[3][2] = "改名"
    household[5][0] = "H2"
    household[9][5] = OTHER_COMMUNITY
    household[12][6:] = ["迁出", "2026-10-01"]
    moved = unemployed(*PEOPLE[14:30], lives_in=OTHER_COMMUNITY)
    twice = unemployed(*PEOPLE[14:17], lives_in=FAR_COMMUNITY, on="2026-09-02")[1:]
    again = [*_months("202608", PEOPLE[5:34], base="6100")]
    again.append(insured(PEOPLE[7], month="202606", base="4100")[1])
    known = ledger(*PEOPLE[20:26], *PEOPLE[2:4], *NEW[:2], community="朱庙社区")
    for row in known[1:]:
        row[8:] = ["保安", "2026-11-11"]
    return {
        "household": household,
        "unemployment": [*moved, *twice],
        "first": _months("202609", PEOPLE[3:]),
        "again": again,
        "caseload": known,
        "subsistence": subsistence(*PEOPLE[4:10], *NEW[:4], place=OTHER_COMMUNITY),
    }


def _months(month: str, people: list[Person], base: str = "5000") -> list[list[str]]:
    rows = insured(*people, month=month, base=base)
    return [*rows, *insured(*people[:9], month=month, kind="失业保险", base=base)[1:]]


@pytest.mark.xdist_group("killed")
def test_whoever_is_killed_anywhere_leaves_what_an_uninterrupted_run_leaves(
    town: Town, mortals: Mortals
) -> None:
    chance = random.Random(SEED)  # noqa: S311 - points to die at, no secrets
    wholes = [_whole(town, mortals, act) for act in town.acts]
    points = [wholes[nth % len(wholes)] for nth in range(POINTS)]
    for nth, whole in enumerate(points):
        death = _death(chance, whole.counts)
        sweeps = nth % 4 == 0
        place = town.another()
        killed = mortals.does("act", place, act=asdict(whole.act), death=asdict(death))
        found = mortals.does("next", place, act=asdict(whole.act), sweeps=sweeps)
        expected = whole.swept if sweeps else whole.left
        at = f"seed {SEED}, point {nth}: {whole.act} killed {death}"
        assert killed == "killed", at
        for table, rows in expected.items():
            assert found[table] == rows, f"{at}: {table}"


@dataclass(frozen=True)
class Whole:
    """What an act leaves that nobody interrupts, without and with a sweep behind it."""

    act: Act
    counts: dict[str, int]
    left: dict[str, list[str]]
    swept: dict[str, list[str]]


def _whole(town: Town, mortals: Mortals, act: Act) -> Whole:
    place = town.another()
    counts = mortals.does("act", place, act=asdict(act))
    left = mortals.does("next", place, act=asdict(act))
    swept = mortals.does("next", place, act=asdict(act), sweeps=True)
    return Whole(act, counts, left, swept)


def _death(chance: random.Random, counts: dict[str, Any]) -> Death:
    moment = chance.choice(sorted(counts))
    return Death(moment, chance.randint(1, counts[moment]))
