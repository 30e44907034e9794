"""A district already known to a database: people, facts, cases, workers, and tasks long handled."""

import json
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, insert, text

from bench.bulk import WRITTEN_AT, hurry, load, settle
from bench.sizes import KNOWN_TASKS_A_RESIDENT, ON, RESIDENTS_A_WORKER, SEED
from circle.accounts.passwords import hash_password
from circle.demo.district import District, invent
from circle.demo.divisions import DISTRICT, communities, divisions
from circle.office import Office
from circle.places.operations import load_divisions
from models.base import Base
from models.cases import Case, Placement
from models.facts import (
    BenefitSpell,
    ClosedMonth,
    Contribution,
    Degree,
    EmploymentSpell,
    PayingEmployer,
    RegisterEntry,
    Subsistence,
    UnemploymentSpell,
)
from models.imports import ImportBatch
from models.residents import (
    Category,
    Household,
    HouseholdMember,
    Intention,
    Resident,
    StatedIdentity,
)
from models.sealed import PHONE_DOMAIN, current_keyring, document_domain
from models.services import ServiceItem
from models.staff import Account, Coverage
from models.vocabulary.documents import type_of
from models.vocabulary.facts import InsuranceKind, Source
from models.vocabulary.imports import BatchState
from models.vocabulary.places import subtree_end
from models.vocabulary.staff import Role

PASSWORD = "Bench-2026-only"  # noqa: S105 - of databases that live for minutes
CLERK = "bench_clerk"
EMPLOYEES_KINDS = (
    InsuranceKind.EMPLOYEE_PENSION,
    InsuranceKind.EMPLOYEE_MEDICAL,
    InsuranceKind.UNEMPLOYMENT,
)
CLOSED_MONTHS = 3
OTHER_NAME_EVERY = 1_000
HARD_TO_EMPLOY_EVERY = 3
PLACED_EVERY = 20
PLACED_DAYS_AGO = 40


def people(residents: int) -> dict[str, Any]:
    """The step that loads workers and residents alone, for the importer to match."""
    office = Office()
    with office.session() as session:
        hurry(session.connection())
        _places(session, residents)
        count = _residents(session.connection(), invent(residents, SEED, ON).people)
        settle(session.connection(), Base.metadata.tables.values())
    return {"residents": count}


def whole(residents: int) -> dict[str, Any]:
    """The step that loads everything the rules read, and three handled tasks a resident."""
    office = Office()
    district = invent(residents, SEED, ON)
    with office.session() as session:
        hurry(session.connection())
        _places(session, residents)
        connection = session.connection()
        count = _residents(connection, district.people)
        _batch(connection, district)
        for part in (_register, _households, _identities, _insurance, _bureaus, _cases):
            part(connection, district)
        tasks = _known_tasks(connection, _workers(residents))
        settle(connection, Base.metadata.tables.values())
    return {"residents": count, "tasks": tasks}


def _workers(residents: int) -> int:
    return max(1, residents // RESIDENTS_A_WORKER)


def _places(session: Any, residents: int) -> None:  # noqa: ANN401 - a Session
    """Divisions, the clerk, and workers each covering a community; accounts 1 … n are workers."""
    load_divisions(session, [{"code": code, "name": name} for code, name in divisions()])
    codes = [place.code for place in communities()]
    workers = _workers(residents)
    common = {
        "division_code": DISTRICT,
        "password_hash": hash_password(PASSWORD),
        "failed_count": 0,
        "language": "zh",
        "large_type": False,
        "session_epoch": 0,
        "created_at": WRITTEN_AT,
    }
    names = [f"bench{number}" for number in range(1, workers + 1)]
    connection = session.connection()
    for ids, accounts, role in (
        (list(range(1, workers + 1)), names, Role.WORKER),
        ([workers + 1], [CLERK], Role.CLERK),
    ):
        columns = {"id": ids, "name": accounts, "display_name": accounts, "role": role.value}
        load(connection, Account.__table__, columns | common)
    pairs = {(turn % workers + 1, codes[turn % len(codes)]) for turn in _turns(workers, codes)}
    load(
        connection,
        Coverage.__table__,
        {
            "account_id": [account for account, _ in sorted(pairs)],
            "division_code": [code for _, code in sorted(pairs)],
        },
    )


def _turns(workers: int, codes: list[str]) -> range:
    """Every worker has a community, and every community a worker."""
    return range(max(workers, len(codes)))


def _residents(connection: Connection, frame: pd.DataFrame) -> int:
    keyring = current_keyring()
    numbers, phones = frame["number"].tolist(), frame["phone"].tolist()
    types = [type_of(number).value for number in numbers]
    return load(
        connection,
        Resident.__table__,
        {
            "id": _ids(frame),
            "document_type": types,
            "id_index": [
                keyring.index_of(document_domain(kind), number)
                for kind, number in zip(types, numbers, strict=True)
            ],
            "id_sealed": [keyring.seal_text(number, "resident.id_sealed") for number in numbers],
            "name": frame["name"],
            "name_from": Source.HOUSEHOLD.value,
            "pinyin": frame["name"].map(lambda name: chr(97 + ord(name[0]) % 26)),
            "sex": frame["is_male"].map({True: "male", False: "female"}),
            "born_on": frame["born_on"],
            "phone_index": [keyring.index_of(PHONE_DOMAIN, phone) for phone in phones],
            "phone_sealed": [keyring.seal_text(phone, "resident.phone_sealed") for phone in phones],
            "registered_division": frame["community_code"],
            "lives_in": frame["community_code"],
            "lives_in_basis": "household",
            "created_at": WRITTEN_AT,
        },
    )


def _ids(frame: pd.DataFrame) -> pd.Series:
    """A resident's id is the person's position and one."""
    return pd.Series(np.arange(1, len(frame) + 1), index=frame.index)


def _batch(connection: Connection, district: District) -> None:
    """One batch stands for every file: it brought all facts and closed three months."""
    connection.execute(
        insert(ImportBatch).values(
            id=1,
            source=Source.HOUSEHOLD,
            state=BatchState.APPLIED,
            file_name="bench",
            sha256="0" * 64,
            repeat=0,
            size_bytes=0,
            division_code=DISTRICT,
            kinds=[],
            filed_by=1,
            departures_confirmed=False,
            counts={},
            reasons={},
            warnings={},
            progress={},
            applied_at=Office().now,
            swept_at=Office().now,
        )
    )
    months = [district.newest_month - back for back in range(CLOSED_MONTHS)]
    for kind in EMPLOYEES_KINDS:
        load(
            connection,
            ClosedMonth.__table__,
            {
                "import_id": 1,
                "kind": kind.value,
                "month": months,
                "division_code": DISTRICT,
                "division_end": subtree_end(DISTRICT),
            },
        )


def _register(connection: Connection, district: District) -> None:
    frame = district.people
    load(
        connection,
        RegisterEntry.__table__,
        {
            "resident_id": _ids(frame),
            "division_code": frame["community_code"],
            "status": frame["status"],
            "status_on": frame["status_on"],
            "brought_by": 1,
        },
    )


def _households(connection: Connection, district: District) -> None:
    frame = district.people
    numbers = frame.drop_duplicates("household")
    load(
        connection,
        Household.__table__,
        {
            "id": numbers["household"] + 1,
            "number": numbers["household"].astype(str),
            "division_code": numbers["community_code"],
            "created_at": WRITTEN_AT,
            "brought_by": 1,
        },
    )
    load(
        connection,
        HouseholdMember.__table__,
        {
            "household_id": frame["household"] + 1,
            "resident_id": _ids(frame),
            "is_head": frame["relation"] == "户主",
            "brought_by": 1,
        },
    )


def _identities(connection: Connection, district: District) -> None:
    """Two sources a resident; one name in a thousand differs."""
    frame = district.people
    other = frame["name"].where(np.arange(len(frame)) % OTHER_NAME_EVERY != 0, frame["name"] + "某")
    for source, names in ((Source.HOUSEHOLD, frame["name"]), (Source.INSURANCE, other)):
        load(
            connection,
            StatedIdentity.__table__,
            {
                "resident_id": _ids(frame),
                "source": source.value,
                "name": names,
                "name_key": names,
                "born_on": frame["born_on"],
                "brought_by": 1,
            },
        )


def _insurance(connection: Connection, district: District) -> None:
    """The contributions of the closed months, of others their last, and the standings of both."""
    spans, units = district.insurance, district.employers
    load(
        connection,
        PayingEmployer.__table__,
        {"id": list(range(1, len(units) + 1)), "key": units["credit_code"], "name": units["name"]},
    )
    oldest = district.newest_month - CLOSED_MONTHS + 1
    lasts = spans.sort_values("last").drop_duplicates("person", keep="last")
    lapsed = lasts[lasts["last"] < oldest]
    for kind in EMPLOYEES_KINDS:
        _paid(connection, lapsed, kind, lapsed["last"])
        for month in range(oldest, district.newest_month + 1):
            covers = (spans["first"] <= month) & (spans["last"] >= month)
            paid = spans[covers].drop_duplicates(["person", "employer"])
            _paid(connection, paid, kind, month)
    connection.execute(
        text(
            "INSERT INTO insurance_standing (resident_id, kind, first_month, last_month,"
            " months_paid) SELECT resident_id, kind, min(month), max(month), count(DISTINCT month)"
            " FROM contribution GROUP BY resident_id, kind"
        )
    )


def _paid(
    connection: Connection, paid: pd.DataFrame, kind: InsuranceKind, month: int | pd.Series
) -> None:
    load(
        connection,
        Contribution.__table__,
        {
            "kind": kind.value,
            "month": month,
            "resident_id": paid["person"] + 1,
            "employer_id": paid["employer"] + 1,
            "import_id": 1,
            "base_fen": paid["base"] * 100,
        },
    )


def _bureaus(connection: Connection, district: District) -> None:
    support, lost, work = district.subsistence, district.unemployment, district.employment
    support, lost = support.drop_duplicates("person"), _latest(lost, "registered_on")
    benefits = district.benefits.drop_duplicates(["person", "kind", "first"])
    degrees = district.degrees
    for table, frame, columns in (
        (
            Subsistence,
            support,
            {
                "kind": support["kind"],
                "from_month": support["begins"],
                "ability": support["ability"].where(support["ability"] != "", None),
            },
        ),
        (
            UnemploymentSpell,
            lost,
            {
                "registered_on": lost["registered_on"],
                "is_open": lost["ended_on"].isna(),
                "ended_on": lost["ended_on"],
            },
        ),
        (EmploymentSpell, _latest(work, "registered_on"), _employment(work)),
        (
            BenefitSpell,
            benefits,
            {
                "kind": benefits["kind"],
                "from_month": benefits["first"].astype(int),
                "to_month": benefits["last"].astype("Int64"),
            },
        ),
        (
            Degree,
            degrees,
            {
                "level": degrees["level"],
                "level_order": 3,
                "entered_on": degrees["entered_on"],
                "graduated_on": degrees["graduated_on"],
                "study_form": degrees["form"],
            },
        ),
    ):
        key = {"resident_id": frame["person"] + 1, "brought_by": 1}
        load(connection, table.__table__, key | columns)


def _latest(frame: pd.DataFrame, day: str) -> pd.DataFrame:
    return frame.drop_duplicates(["person", day])


def _employment(frame: pd.DataFrame) -> dict[str, Any]:
    frame = _latest(frame, "registered_on")
    ended = frame["ends_on"].fillna(pd.Timestamp(ON)).where(~frame["is_open"], pd.NaT)
    return {
        "registered_on": frame["registered_on"],
        "is_open": frame["is_open"],
        "ended_on": ended,
    }


def _cases(connection: Connection, district: District) -> None:
    """An open case each of the ledger, with a wish; some are hard to employ, some placed."""
    ledger = district.caseload.drop_duplicates("person").reset_index(drop=True)
    ids = pd.Series(np.arange(1, len(ledger) + 1))
    residents = ledger["person"] + 1
    seen = ledger["visited_on"].where(ledger["visited_on"] >= ledger["opened_on"])
    load(
        connection,
        Case.__table__,
        {
            "id": ids,
            "resident_id": residents,
            "state": "open",
            "origin": "worker",
            "is_confirmed": True,
            "opened_on": ledger["opened_on"],
            "stage": "serving",
            "work_status": ledger["status"].where(ledger["status"] != "", "unemployed"),
            "worker_id": _case_workers(connection, district, ledger),
            "last_contact_on": seen,
            "causes": "[]",
            "obstacles": "[]",
            "created_at": WRITTEN_AT,
        },
    )
    load(
        connection,
        Intention.__table__,
        {
            "resident_id": residents,
            "kinds": json.dumps(["full_time"]),
            "occupation": ledger["wish"].str.slice(0, 100),
            "wants_training": False,
            "wants_start_up": False,
            "recorded_on": ON.isoformat(),
            "created_at": WRITTEN_AT,
        },
    )
    load(
        connection,
        Category.__table__,
        {
            "resident_id": residents[::HARD_TO_EMPLOY_EVERY],
            "code": "hard_to_employ",
            "basis": "bench",
            "from_on": "2026-01-01",
            "created_at": WRITTEN_AT,
        },
    )
    load(
        connection,
        Placement.__table__,
        {
            "case_id": ids[::PLACED_EVERY],
            "kind": "contract",
            "employer": "bench",
            "started_on": (ON - timedelta(days=PLACED_DAYS_AGO)).isoformat(),
            "created_at": WRITTEN_AT,
        },
    )
    _services(connection, ids, residents, ledger["opened_on"])


def _services(
    connection: Connection, cases: pd.Series, residents: pd.Series, opened_on: pd.Series
) -> None:
    """Most cases were given a part of their package, some all of it."""
    package = ("guidance", *["recommendation"] * 3, "training")
    for number, kind in enumerate(package):
        given = slice(number, None, len(package) - number)
        load(
            connection,
            ServiceItem.__table__,
            {
                "case_id": cases[given],
                "resident_id": residents[given],
                "kind": kind,
                "delivered_on": opened_on[given],
                "note": b"bench",
                "created_at": WRITTEN_AT,
            },
        )


def _case_workers(connection: Connection, district: District, ledger: pd.DataFrame) -> pd.Series:
    rows = connection.execute(
        text("SELECT division_code, min(account_id) FROM coverage GROUP BY division_code")
    )
    by_community = {code: account for code, account in rows}  # noqa: C416 - rows are no pairs to mypy
    homes = district.people["community_code"].iloc[ledger["person"]]
    return homes.map(by_community).astype("Int64").reset_index(drop=True)


def _known_tasks(connection: Connection, workers: int) -> int:
    """Handled visits of years past, as a database that has been in use holds them."""
    for turn in range(KNOWN_TASKS_A_RESIDENT):
        day = ON.replace(year=ON.year - 1 - turn).isoformat()
        connection.execute(
            text(
                "INSERT INTO task (resident_id, kind, cycle, state, raised_on, due_on, provisional,"
                " priority, assignee_id, pinned, evidence, settled_at, created_at)"
                f" SELECT id, 'visit', 'since\\:{day}', 'done', '{day}', '{day}', false, 60,"
                f" id % {workers} + 1, false, '{{}}', '{day}', '{day}' FROM resident"
            )
        )
    return int(connection.execute(text("SELECT count(*) FROM task")).scalar_one())
