"""Imported, swept, undone, swept: every table is as it was, to-do lists and due dates included."""

import random
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from circle.cases.operations import hand_over_case
from circle.imports.commands import imports
from circle.visits.details import VisitDetails
from circle.visits.operations import record_visit
from models.cases import Case
from models.imports import ImportBatch
from models.residents import Resident
from models.staff import Account
from models.vocabulary.cases import VisitChannel
from models.vocabulary.jobs import SweepReason
from reminders.sweep import SweepBlocked, sweep
from tests.circle.imports.conftest import (
    COMMUNITY,
    DISTRICT,
    FAR_COMMUNITY,
    OTHER_COMMUNITY,
    OTHER_STREET,
    STREET,
    TODAY,
    Bureau,
    Person,
    benefits,
    degrees,
    employed,
    insured,
    ledger,
    number,
    register,
    subsistence,
    unemployed,
)
from tests.circle.imports.mortal import picture

PEOPLE: list[Person] = [(f"居民{serial}", number(serial)) for serial in range(2, 50)]
STRANGERS: list[Person] = [(f"新人{serial}", number(serial)) for serial in range(300, 308)]
# What the work itself notes; what was withdrawn and is open again has its history.
ASIDE = ("import_batch", "import_issue", "task_move")


class World:
    """Lists of people chosen by chance, the second of a source differing from its first."""

    def __init__(self, seed: str) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - a world, no secrets

    def some(self, share: float) -> list[Person]:
        return [person for person in PEOPLE if self.chance.random() < share]

    def renamed(self, people: list[Person]) -> list[Person]:
        """A few spell their names differently this time, and strangers come."""
        again = [(f"改{name}" if self.chance.random() < 0.1 else name, num) for name, num in people]
        return [*again, *STRANGERS[: self.chance.randint(1, 8)]]

    def lists(self) -> dict[str, list[list[str]]]:
        return {
            "household": register(*self.some(0.9)),
            "subsistence": subsistence(*self.some(0.4)),
            "unemployment": unemployed(*self.some(0.4)),
            "employment": employed(*self.some(0.3)),
            "benefits": benefits(*self.some(0.2)),
            "education": degrees(*self.some(0.3)),
            "insurance": insured(*self.some(0.6), month="202607"),
            "caseload": ledger(*self.some(0.4)),
        }

    def next_of(self, source: str) -> list[list[str]]:
        who = self.renamed(self.some(0.6))
        place = self.chance.choice([COMMUNITY, OTHER_COMMUNITY, FAR_COMMUNITY])
        rows = {
            "household": lambda: register(*who, community=place),
            "subsistence": lambda: subsistence(*who, place=place),
            "unemployment": lambda: unemployed(*who, lives_in=place, on="2026-07-01"),
            "employment": lambda: employed(*who, contract_to="2029-01-31"),
            "benefits": lambda: benefits(*who, kind="失业保险金"),
            "education": lambda: degrees(*who),
            "insurance": lambda: insured(*who, month="202609", base="6100"),
            "caseload": lambda: ledger(*who, community="朱庙社区"),
        }[source]()
        if source == "household":
            for row in rows[3::7]:
                row[6:] = ["死亡", "2026-10-01"]
        if source == "insurance":
            rows += insured(*self.some(0.3), month="202607", base="7000")[1:]
        if source == "caseload":
            for row in rows[1:]:
                row[8:] = ["保安", "2026-11-11"]
        return rows


def sweeps(bureau: Bureau, on: date = TODAY) -> None:
    sweep(bureau.office.engine, on=on, now=bureau.office.now, reason=SweepReason.NIGHTLY)


def everything(bureau: Bureau) -> dict[str, list[str]]:
    with bureau.office.engine.connect() as connection:
        found = picture(connection)
    return {table: rows for table, rows in found.items() if table not in ASIDE}


@pytest.mark.parametrize(
    "source",
    [
        "household", "subsistence", "unemployment", "employment", "benefits", "education",
        "insurance", "caseload",
    ],
)  # fmt: skip
def test_undone_and_swept_everything_is_as_it_was(bureau: Bureau, source: str) -> None:
    world = World(source)
    for name, rows in world.lists().items():
        bureau.sends(name, rows, "--division", DISTRICT, "--confirm-departures")
    sweeps(bureau, TODAY - timedelta(days=7))
    sweeps(bureau)
    before = everything(bureau)
    told = bureau.sends(
        source, world.next_of(source), "--division", DISTRICT, "--confirm-departures"
    )
    sweeps(bureau)
    assert everything(bureau)["task"] != before["task"] or source in {"education", "employment"}
    bureau.undoes(told["batch"])
    sweeps(bureau)
    found = everything(bureau)
    for table, lines in before.items():
        assert found[table] == lines, table


def test_what_people_have_done_meanwhile_stays(bureau: Bureau) -> None:
    fang, qiang, mei = PEOPLE[:3]
    bureau.sends("household", register(fang, qiang, mei), "--division", DISTRICT)
    bureau.sends("caseload", ledger(fang, qiang))
    rows = ledger(fang, qiang, mei)
    for row in rows[1:]:
        row[8:] = ["保安", "2026-11-11"]
    second = bureau.sends("caseload", rows)["batch"]
    with bureau.session as session, session.begin():
        worker = session.scalars(select(Account).where(Account.name == "worker")).one()
        for name in (fang[0], mei[0]):
            visits(session, name, worker)
        case = case_of(session, qiang[0])
        hand_over_case(session, case, to=None, by=worker, now=bureau.office.now)
        session.execute(
            update(Resident).where(Resident.name == mei[0]).values(phone_index="another")
        )
    bureau.undoes(second)
    with bureau.session as session:
        cases = {name: case_of(session, name) for name, _ in (fang, qiang, mei)}
        told = {
            name: (case.last_contact_on, case.ledger_contact_on, case.worker_id is None)
            for name, case in cases.items()
        }
    assert told == {
        fang[0]: (TODAY, date(2026, 10, 15), False),
        qiang[0]: (date(2026, 10, 15), date(2026, 10, 15), True),
        mei[0]: (TODAY, date(2026, 11, 11), False),
    }
    assert bureau.all("SELECT phone_index FROM resident WHERE phone_index = 'another'")


def test_a_case_somebody_has_handed_over_stays(bureau: Bureau) -> None:
    fang, qiang = PEOPLE[:2]
    batch = bureau.sends("caseload", ledger(fang, qiang))["batch"]
    with bureau.session as session, session.begin():
        worker = session.scalars(select(Account).where(Account.name == "worker")).one()
        hand_over_case(
            session, case_of(session, fang[0]), to=None, by=worker, now=bureau.office.now
        )
    bureau.undoes(batch)
    assert bureau.all("SELECT name FROM resident JOIN case_file ON resident_id = resident.id") == [
        (fang[0],)
    ]
    assert bureau.count("resident") == 1


def visits(session: Session, name: str, by: Account) -> None:
    details = VisitDetails(
        uuid=number(900)[:8] + name, visited_on=TODAY, channel=VisitChannel.PHONE, reached=True
    )
    case = case_of(session, name)
    record_visit(session, case.resident, details=details, by=by, on=TODAY, now=case.created_at)


def case_of(session: Session, name: str) -> Case:
    query = select(Case).join(Resident, Resident.id == Case.resident_id)
    return session.scalars(query.where(Resident.name == name)).one()


def test_a_name_another_month_also_gives_stays(bureau: Bureau) -> None:
    person = PEOPLE[0]
    bureau.sends("household", register(*PEOPLE[:3]), "--division", DISTRICT)
    other = ("改名", person[1])
    august = bureau.sends("insurance", insured(other, month="202608"))["batch"]
    september = bureau.sends("insurance", insured(other, month="202609"))["batch"]
    bureau.undoes(august)
    query = "SELECT name, brought_by FROM stated_identity WHERE source = 'insurance'"
    assert bureau.all(query) == [("改名", september)]
    bureau.undoes(september)
    assert bureau.all(query) == []


def test_the_kinds_of_a_month_go_back_in_any_order(bureau: Bureau) -> None:
    bureau.sends("household", register(*PEOPLE[:3]), "--division", DISTRICT)
    pension = bureau.sends("insurance", insured(*PEOPLE[:3]))["batch"]
    bureau.sends("insurance", insured(*PEOPLE[:3], kind="失业保险"))
    bureau.undoes(pension)
    assert bureau.all("SELECT DISTINCT kind FROM contribution") == [("unemployment",)]


def test_who_left_one_street_and_came_to_another_has_one_entry(bureau: Bureau) -> None:
    """Undone, the old entry is not in force beside the one the other street has brought since."""
    stays, moves = PEOPLE[:20], PEOPLE[20]
    bureau.sends("household", register(*stays, moves), "--division", STREET)
    left = bureau.sends(
        "household", register(*stays), "--division", STREET, "--confirm-departures"
    )["batch"]
    came = bureau.sends(
        "household", register(moves, community=FAR_COMMUNITY), "--division", OTHER_STREET
    )["batch"]
    bureau.undoes(left)
    query = "SELECT division_code FROM register_entry WHERE ended_by IS NULL AND resident_id = 21"
    assert bureau.all(query) == [(FAR_COMMUNITY,)]
    bureau.undoes(came)
    assert bureau.all(query) == [(COMMUNITY,)]


def test_half_undone_no_rule_looks(bureau: Bureau) -> None:
    """Somebody else is at it: the command says so, a sweep waits, and the next look goes on."""
    batch = bureau.sends("household", register(*PEOPLE[:3]))["batch"]
    with bureau.session as session, session.begin():
        session.execute(
            update(ImportBatch).values(
                state="applying",
                progress={"ending": {"says": None, "by": None, "keeps_upload": False}},
                claimed_by="elsewhere/1/1",
                claimed_until=bureau.office.now + timedelta(minutes=5),
            )
        )
    with pytest.raises(SweepBlocked):
        sweeps(bureau)
    told = bureau.run(imports, "undo", str(batch))
    assert told.exit_code == 1
    assert "正在撤回" in told.stderr
    assert bureau.tries("household", register(*PEOPLE[:4])).exit_code == 1
    with bureau.session as session, session.begin():
        session.execute(update(ImportBatch).values(claimed_by=None, claimed_until=None))
    bureau.undoes(batch)
    assert bureau.count("resident") == 0
