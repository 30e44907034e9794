"""Killed at any moment, a file is in the end as if nobody had killed anything.

`CIRCLE_DEATHS=50` tries so many moments a database; each costs seconds.
"""

import os
import random
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from models.base import Base
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
from tests.conftest import migrated_database

SEED = 20261121
POINTS_A_TURN = 5
TURNS = int(os.environ.get("CIRCLE_DEATHS", "10")) // POINTS_A_TURN
PEOPLE: list[Person] = [(f"居民{serial}", number(serial)) for serial in range(2, 42)]
NEW: list[Person] = [(f"新人{serial}", number(serial)) for serial in range(200, 206)]


@dataclass(frozen=True)
class Town:
    """Some months of files, the acts that may be cut off from there, and what each comes to."""

    place: Place
    begins_anew: Callable[[Path], str]
    acts: list[Act]
    folder: Path
    wholes: dict[Act, "Whole"] = field(default_factory=dict)

    def another(self) -> Place:
        """The same place, as it was after the first months."""
        folder = self.folder / uuid.uuid4().hex[:8]
        return copy_of(self.place, folder, self.begins_anew(folder))


@pytest.fixture(scope="module")
def mortals() -> Iterator[Mortals]:
    found = Mortals()
    yield found
    found.leave()


@pytest.fixture(scope="module")
def town(
    backend: str, tmp_path_factory: pytest.TempPathFactory, keyring: Keyring
) -> Iterator[Town]:
    install_keyring(keyring)
    folder = tmp_path_factory.mktemp("town")
    with migrated_database(backend, folder, keyring) as settings:
        address = settings.database_url
        bureau = open_bureau(address, folder)
        acts = _first_months(bureau)
        bureau.office.engine.dispose()
        place = Place(address, str(folder), str(folder / "keyring.json"))
        begins_anew = _a_copy(folder) if backend == "sqlite" else _put_back(address)
        yield Town(place, begins_anew, acts, folder)


def _a_copy(folder: Path) -> Callable[[Path], str]:
    def copy(where: Path) -> str:
        shutil.copy(folder / "circle.sqlite3", f"{where}.sqlite3")
        return f"sqlite:///{where}.sqlite3"

    return copy


def _put_back(address: str) -> Callable[[Path], str]:
    """Making a database takes longer than putting back what stood in it."""
    plain = make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)
    stood: dict[str, bytes] = {}
    with psycopg.connect(plain) as connection:
        for name in Base.metadata.tables:
            with connection.cursor().copy(_copy_out(name)) as out:
                stood[name] = b"".join(bytes(part) for part in out)

    def put_back(_where: Path) -> str:
        with psycopg.connect(plain) as connection:
            # No trigger refuses, and the tables may come in any order.
            connection.execute("SET session_replication_role = replica")
            for name, rows in stood.items():
                connection.execute(f"DELETE FROM {name}".encode())  # noqa: S608 - a table of ours
                with connection.cursor().copy(f"COPY {name} FROM STDIN".encode()) as into:
                    into.write(rows)
        return address

    return put_back


def _copy_out(name: str) -> bytes:
    return f"COPY (SELECT * FROM {name}) TO STDOUT".encode()  # noqa: S608 - a table of ours


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
@pytest.mark.parametrize("turn", range(TURNS))
def test_whoever_is_killed_anywhere_leaves_what_an_uninterrupted_run_leaves(
    town: Town, mortals: Mortals, turn: int
) -> None:
    chance = random.Random(f"{SEED} {turn}")  # noqa: S311 - moments to die at, no secrets
    for nth in range(turn * POINTS_A_TURN, (turn + 1) * POINTS_A_TURN):
        whole = _whole(town, mortals, town.acts[nth % len(town.acts)])
        death = _death(chance, whole.counts)
        sweeps = nth % 4 == 0
        place, act = town.another(), asdict(whole.act)
        killed = mortals.does("act", place, act=act, death=asdict(death))
        found = mortals.does("next", place, act=act, sweeps=sweeps)
        at = f"seed {SEED} {turn}, point {nth}: {whole.act} killed {death}"
        assert killed == "killed", at
        for table, rows in (whole.swept if sweeps else whole.left).items():
            assert found[table] == rows, f"{at}: {table}"


@dataclass(frozen=True)
class Whole:
    """What an act leaves that nobody interrupts, without and with a sweep behind it."""

    act: Act
    counts: dict[str, int]
    left: dict[str, list[str]]
    swept: dict[str, list[str]]


def _whole(town: Town, mortals: Mortals, act: Act) -> Whole:
    if act in town.wholes:
        return town.wholes[act]
    place = town.another()
    counts = mortals.does("act", place, act=asdict(act))
    left = mortals.does("next", place, act=asdict(act))
    swept = mortals.does("next", place, act=asdict(act), sweeps=True)
    town.wholes[act] = Whole(act, counts, left, swept)
    return town.wholes[act]


def _death(chance: random.Random, counts: dict[str, Any]) -> Death:
    moment = chance.choice(sorted(counts))
    return Death(moment, chance.randint(1, counts[moment]))
