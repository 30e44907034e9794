"""Undo is exact: what stood before the batch stands again."""

import pytest

from circle.imports.commands import imports
from tests.circle.imports.conftest import (
    DISTRICT,
    OTHER_COMMUNITY,
    Bureau,
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

FANG, QIANG, MEI = ("王芳", number(2)), ("李强", number(3)), ("陈梅", number(4))
TABLES = {
    "resident": "id, name, pinyin, lives_in, lives_in_basis, registered_division, phone_index",
    "register_entry": "id, resident_id, status, brought_by, ended_by",
    "household": "id, number, division_code",
    "household_member": "id, resident_id, household_id, brought_by, ended_by",
    "stated_identity": "id, resident_id, source, name, brought_by, ended_by",
    "subsistence": "id, resident_id, kind, brought_by, ended_by",
    "unemployment_spell": "id, resident_id, is_open, lives_in, brought_by, ended_by",
    "employment_spell": "id, resident_id, is_open, brought_by, ended_by",
    "benefit_spell": "id, resident_id, kind, brought_by, ended_by",
    "degree": "id, resident_id, level, brought_by, ended_by",
    "contribution": "kind, month, resident_id, employer_id, import_id, base_fen",
    "contribution_before": "import_id, kind, month, resident_id, import_before, base_before_fen",
    "insurance_standing": "resident_id, kind, first_month, last_month, months_paid",
    "closed_month": "import_id, kind, month",
    "case_file": "id, resident_id, state, stage, worker_id, last_contact_on, stated_division",
    "category": "id, resident_id, code",
    "status_history": "id, resident_id, status, replaced_at",
    "intention": "id, resident_id, occupation, replaced_at",
    "resident_before": "import_id, resident_id, name",
    "case_before": "import_id, case_id, stage",
}


def picture(bureau: Bureau) -> dict[str, list[str]]:
    return {
        table: [str(row) for row in bureau.rows(table, columns, columns)]
        for table, columns in TABLES.items()
    }


FIRST = {
    "household": register(FANG, QIANG),
    "subsistence": subsistence(FANG, QIANG),
    "insurance": insured(FANG, QIANG),
    "unemployment": unemployed(FANG, QIANG),
    "employment": employed(FANG, QIANG),
    "benefits": benefits(FANG, QIANG),
    "education": degrees(FANG, QIANG),
    "caseload": ledger(FANG, QIANG),
}
SECOND = {
    "household": register(("王方", FANG[1]), MEI, community=OTHER_COMMUNITY),
    "subsistence": subsistence(("王方", FANG[1]), MEI, place=OTHER_COMMUNITY),
    "insurance": insured(FANG, MEI, base="6100"),
    "unemployment": unemployed(FANG, MEI, lives_in=OTHER_COMMUNITY),
    "employment": employed(FANG, MEI, contract_to="2029-01-31"),
    "benefits": [*benefits(FANG), *benefits(MEI)[1:]],
    "education": degrees(("王方", FANG[1]), MEI),
    "caseload": ledger(("王芳", FANG[1]), MEI, community="朱庙社区"),
}


@pytest.mark.parametrize("source", list(FIRST))
def test_a_second_file_taken_back_leaves_what_stood(bureau: Bureau, source: str) -> None:
    bureau.sends("household", register(FANG, QIANG, MEI), "--division", DISTRICT)
    first = bureau.sends(source, FIRST[source], "--division", DISTRICT, "--confirm-departures")
    before = picture(bureau)
    rows = SECOND[source]
    if source == "caseload":
        rows[1][9] = "2026-11-11"
        rows[1][8] = "保安"
    second = bureau.sends(source, rows, "--division", DISTRICT, "--confirm-departures")
    assert picture(bureau) != before
    undone = bureau.undoes(second["batch"])
    assert picture(bureau) == before
    assert undone["removed"] == second["added"]
    assert undone["restored"] == second["changed"] + second["ended"]
    bureau.undoes(first["batch"])
    assert bureau.count("import_batch", "state = 'undone'") == 2


def test_all_taken_back_leaves_nobody(bureau: Bureau) -> None:
    empty = picture(bureau)
    for source in ("household", "subsistence", "unemployment", "caseload"):
        batch = bureau.sends(source, FIRST[source])["batch"]
        assert bureau.count("resident") == 2
        bureau.undoes(batch)
        assert picture(bureau) == empty


def test_a_resident_others_speak_of_stays(bureau: Bureau) -> None:
    household = bureau.sends("household", register(FANG, QIANG))["batch"]
    bureau.sends("unemployment", unemployed(FANG))
    bureau.undoes(household)
    assert bureau.all("SELECT name, lives_in_basis, registered_division FROM resident") == [
        ("王芳", "unemployment", None)
    ]


def test_an_older_batch_is_refused_naming_the_newer(bureau: Bureau) -> None:
    bureau.sends("household", register(FANG, QIANG))
    bureau.sends("household", register(FANG, QIANG, MEI))
    refused = bureau.run(imports, "undo", "1")
    assert refused.exit_code == 1
    assert "批次 2" in refused.stderr


def test_a_batch_taken_back_may_be_sent_again(bureau: Bureau) -> None:
    file = bureau.file(register(FANG))
    bureau.undoes(bureau.sends("household", file)["batch"])
    assert bureau.run(imports, "undo", "1").exit_code == 1
    assert bureau.sends("household", file)["added"] == 1


def test_a_month_changed_by_a_later_back_payment_goes_back_in_any_order(bureau: Bureau) -> None:
    bureau.sends("household", register(FANG, QIANG))
    august = bureau.sends("insurance", insured(FANG, QIANG, month="202608"))["batch"]
    september = insured(FANG, QIANG)
    september.append(insured(FANG, month="202608", base="9000")[1])
    later = bureau.sends("insurance", september)["batch"]
    bureau.undoes(august)
    query = "SELECT resident_id, base_fen FROM contribution WHERE month = 24319"
    assert bureau.all(query) == [(1, 900000)]
    bureau.undoes(later)
    assert bureau.count("contribution") == bureau.count("insurance_standing") == 0
