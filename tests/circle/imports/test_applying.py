"""Each source's file becomes facts; the second file of a source changes what differs."""

import pytest

from tests.circle.imports.conftest import (
    COMMUNITY,
    DISTRICT,
    FAR_COMMUNITY,
    OTHER_COMMUNITY,
    STREET,
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

STRANGERS = {
    "employment": employed(FANG),
    "benefits": benefits(FANG),
    "education": degrees(FANG),
    "insurance": insured(FANG),
}


@pytest.fixture
def known(bureau: Bureau) -> Bureau:
    """Three people in the register of one community."""
    bureau.sends("household", register(FANG, QIANG, MEI), "--division", DISTRICT)
    return bureau


def test_a_register_makes_residents_with_initials_and_a_home(known: Bureau) -> None:
    columns = "name, pinyin, sex, lives_in, lives_in_basis, registered_division"
    assert known.rows("resident", columns)[:2] == [
        ("王芳", "wf", "female", COMMUNITY, "household", COMMUNITY),
        ("李强", "lq", "male", COMMUNITY, "household", COMMUNITY),
    ]


def test_a_register_makes_one_household_with_its_head(known: Bureau) -> None:
    assert known.all("SELECT number, division_code FROM household") == [("H1", COMMUNITY)]
    heads = "SELECT r.name FROM household_member m JOIN resident r ON r.id = m.resident_id"
    assert known.all(f"{heads} WHERE m.is_head") == [("王芳",)]
    assert known.count("household_member") == 3


def test_a_number_is_nowhere_in_the_clear(known: Bureau) -> None:
    sealed = known.all("SELECT id_sealed, id_index FROM resident")
    assert all(FANG[1].encode() not in bytes(seal) for seal, _ in sealed)
    assert all(FANG[1] not in index for _, index in sealed)


def test_the_same_register_again_writes_nothing(known: Bureau) -> None:
    before = known.count("register_entry") + known.count("stated_identity")
    again = known.sends("household", register(FANG, QIANG, MEI), "--division", DISTRICT, "--again")
    assert (again["unchanged"], again["added"], again["ended"]) == (3, 0, 0)
    assert known.count("register_entry") + known.count("stated_identity") == before


def test_a_death_ends_the_old_entry_and_brings_a_new_one(known: Bureau) -> None:
    rows = register(FANG, QIANG, MEI)
    rows[2][6:] = ["死亡", "2026-10-01"]
    answer = known.sends("household", rows, "--division", DISTRICT)
    assert (answer["changed"], answer["unchanged"]) == (1, 2)
    query = (
        "SELECT status, brought_by, ended_by FROM register_entry WHERE resident_id = 2 ORDER BY id"
    )
    assert known.all(query) == [("normal", 1, 2), ("dead", 2, None)]


def test_who_is_missing_from_a_full_list_has_left_it(known: Bureau) -> None:
    answer = known.sends(
        "household", register(FANG, QIANG), "--division", DISTRICT, "--confirm-departures"
    )
    assert (answer["ended"], answer["unchanged"]) == (1, 2)
    assert known.all("SELECT lives_in, registered_division FROM resident WHERE name = '陈梅'") == [
        (None, None)
    ]
    assert known.count("household_member", "ended_by IS NULL") == 2


def test_a_row_that_comes_back_does_not_end_what_is_known(known: Bureau) -> None:
    rows = register(FANG, QIANG, MEI)
    rows[3][2] = ""  # no name
    answer = known.sends("household", rows, "--division", DISTRICT)
    assert answer["reasons"] == {"name_missing": 1}
    assert (answer["ended"], answer["unchanged"], answer["rejected"]) == (0, 2, 1)


def test_a_street_s_list_ends_nobody_of_another_street(known: Bureau) -> None:
    far = ("赵远", number(7))
    known.sends("household", register(far, community=FAR_COMMUNITY))
    rows = register(FANG, QIANG, MEI)
    answer = known.sends("household", rows, "--division", STREET, "--again")
    assert (answer["unchanged"], answer["ended"]) == (3, 0)
    assert known.count("register_entry", "ended_by IS NULL") == 4


def test_a_changed_name_is_taken_over_while_no_other_source_differs(known: Bureau) -> None:
    rows = register(("王方", FANG[1]), QIANG, MEI)
    answer = known.sends("household", rows, "--division", DISTRICT)
    assert answer["changed"] == 1
    assert answer["warnings"] == {}
    assert known.all("SELECT name, pinyin FROM resident WHERE id = 1") == [("王方", "wf")]


def test_a_name_another_source_gives_differently_is_never_overwritten(known: Bureau) -> None:
    answer = known.sends("unemployment", unemployed(("王方", FANG[1])))
    assert answer["warnings"] == {"name_differs": 1}
    assert answer["added"] == 1
    assert known.all("SELECT name, name_from FROM resident WHERE id = 1") == [("王芳", "household")]
    assert known.count("stated_identity", "source = 'unemployment' AND name = '王方'") == 1


def test_dots_in_a_name_say_nothing(bureau: Bureau) -> None:
    person = number(9)
    bureau.sends("household", register(("买买提·吐逊", person)))
    answer = bureau.sends("unemployment", unemployed(("买买提•吐逊", person)))
    assert answer["warnings"] == {}


def test_support_makes_a_resident_only_where_it_names_a_place(bureau: Bureau) -> None:
    placed = bureau.sends("subsistence", subsistence(FANG, place=COMMUNITY))
    assert placed["added"] == 1
    unplaced = bureau.sends("subsistence", subsistence(QIANG, place=""), "--confirm-departures")
    assert unplaced["unmatched"] == 1
    assert bureau.all("SELECT name FROM resident") == [("王芳",)]
    assert bureau.all("SELECT kind, from_month, amount_fen FROM subsistence") == [
        ("dibao", 2025 * 12 + 2, 88650)
    ]


def test_an_unemployed_stranger_becomes_a_resident_only_if_he_lives_here(bureau: Bureau) -> None:
    here = unemployed(FANG, lives_in=COMMUNITY)
    elsewhere = unemployed(QIANG, lives_in="330106001001", registered=COMMUNITY)
    answer = bureau.sends("unemployment", [*here, elsewhere[1]])
    assert (answer["added"], answer["unmatched"]) == (1, 1)
    assert bureau.all("SELECT lives_in, lives_in_basis, registered_division FROM resident") == [
        (COMMUNITY, "unemployment", None)
    ]


def test_where_the_unemployed_live_outranks_the_register(known: Bureau) -> None:
    known.sends("unemployment", unemployed(FANG, lives_in=OTHER_COMMUNITY))
    assert known.all(
        "SELECT lives_in, lives_in_basis, registered_division FROM resident WHERE id = 1"
    ) == [(OTHER_COMMUNITY, "unemployment", COMMUNITY)]


@pytest.mark.parametrize(
    ("ended_on", "month", "expected"),
    [("2026-09-30", None, "2026-09-30"), ("", "2026-08", "2026-08-31"), ("", None, "2026-11-21")],
)
def test_an_invalid_registration_has_ended(
    known: Bureau, ended_on: str, month: str | None, expected: str
) -> None:
    rows = unemployed(FANG, valid="无效", ended_on=ended_on)
    known.sends("unemployment", rows, *(["--month", month] if month else []))
    (row,) = known.all("SELECT is_open, ended_on FROM unemployment_spell")
    assert (bool(row[0]), str(row[1])) == (False, expected)


def test_an_end_without_a_day_stays_what_it_was(known: Bureau) -> None:
    rows = unemployed(FANG, valid="无效")
    known.sends("unemployment", rows, "--month", "2026-08")
    assert known.sends("unemployment", rows, "--month", "2026-09", "--again")["unchanged"] == 1


def test_employment_ends_with_its_contract(known: Bureau) -> None:
    known.sends("employment", employed(FANG, valid="否", contract_to="2026-07-31"))
    (row,) = known.all("SELECT is_open, ended_on, employer FROM employment_spell")
    assert (bool(row[0]), str(row[1]), row[2]) == (False, "2026-07-31", "杭州某某有限公司")


@pytest.mark.parametrize("source", ["employment", "benefits", "education", "insurance"])
def test_what_is_said_of_strangers_is_not_kept(bureau: Bureau, source: str) -> None:
    answer = bureau.sends(source, STRANGERS[source])
    assert answer["unmatched"] == 1
    assert bureau.count("resident") == bureau.count("stated_identity") == 0


def test_people_added_since_are_matched_when_the_file_is_applied_again(bureau: Bureau) -> None:
    file = bureau.file(degrees(FANG))
    assert bureau.sends("education", file)["unmatched"] == 1
    bureau.sends("household", register(FANG))
    assert bureau.tries("education", file).exit_code == 1
    answer = bureau.sends("education", file, "--again")
    assert (answer["added"], answer["unmatched"]) == (1, 0)
    assert bureau.all("SELECT level, level_order FROM degree") == [("bachelor", 3)]


def test_other_benefits_are_counted_and_ignored(known: Bureau) -> None:
    rows = [*benefits(FANG), benefits(QIANG, kind="丧葬补助")[1]]
    answer = known.sends("benefits", rows)
    assert (answer["added"], answer["ignored"]) == (1, 1)


def test_nobody_loses_a_degree(known: Bureau) -> None:
    known.sends("education", degrees(FANG, QIANG))
    answer = known.sends("education", degrees(FANG))
    assert (answer["unchanged"], answer["ended"]) == (1, 0)
    assert known.count("degree", "ended_by IS NULL") == 2


def test_a_resident_living_outside_the_scope_is_no_business_of_the_file(known: Bureau) -> None:
    answer = known.sends("employment", employed(FANG), "--division", "330110001")
    assert answer["reasons"] == {"outside_scope": 1}
    assert known.count("employment_spell") == 0


def test_a_ledger_opens_cases(bureau: Bureau) -> None:
    answer = bureau.sends("caseload", ledger(FANG, QIANG))
    assert answer["added"] == 2
    columns = "state, origin, stage, opened_on, last_contact_on, ledger_contact_on, worker_id"
    (row, _) = bureau.rows("case_file", columns)
    assert [str(cell) for cell in row] == [
        "open", "ledger", "serving", "2026-03-01", "2026-10-15", "2026-10-15", "4",
    ]  # fmt: skip
    assert bureau.all("SELECT lives_in, lives_in_basis FROM resident WHERE id = 1") == [
        (COMMUNITY, "registration")
    ]
    assert bureau.all("SELECT code, basis FROM category WHERE resident_id = 1 ORDER BY code") == [
        ("disabled", "台账"),
        ("hard_to_employ", "台账"),
    ]
    assert bureau.all("SELECT occupation FROM intention WHERE resident_id = 1") == [("保洁",)]
    assert bureau.count("status_history", "status = 'unemployed' AND replaced_at IS NULL") == 2
    assert bureau.count("resident", "phone_index IS NOT NULL") == 2
    assert bureau.count("task") == 0


def test_a_visit_before_the_opening_is_no_contact_of_the_case(bureau: Bureau) -> None:
    rows = ledger(FANG)
    rows[1][9] = "2026-02-01"
    bureau.sends("caseload", rows)
    (row,) = bureau.all("SELECT stage, last_contact_on, ledger_contact_on FROM case_file")
    assert [str(cell) for cell in row] == ["first_contact", "None", "2026-02-01"]


def test_an_unknown_worker_leaves_the_case_to_the_street(bureau: Bureau) -> None:
    rows = ledger(FANG, QIANG)
    rows[1][5], rows[2][5] = "nobody", ""
    answer = bureau.sends("caseload", rows)
    assert answer["warnings"] == {"worker_unknown": 1}
    assert bureau.all("SELECT worker_id FROM case_file") == [(None,), (None,)]


def test_a_ledger_loaded_again_adds_and_takes_nothing_back(bureau: Bureau) -> None:
    bureau.sends("caseload", ledger(FANG, QIANG))
    rows = ledger(FANG, QIANG)
    rows[1][9] = "2026-11-01"
    rows[1][5] = "worker2"
    answer = bureau.sends("caseload", rows)
    assert (answer["changed"], answer["unchanged"]) == (1, 1)
    (row,) = bureau.all("SELECT worker_id, last_contact_on FROM case_file WHERE resident_id = 1")
    assert (row[0], str(row[1])) == (4, "2026-11-01")


def test_a_case_closed_since_is_not_opened_again(bureau: Bureau) -> None:
    bureau.sends("caseload", ledger(FANG))
    with bureau.office.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE case_file SET state = 'closed', stage = 'closed', closed_on = '2026-11-01',"
            " close_reason = 'employed'"
        )
    answer = bureau.sends("caseload", ledger(FANG), "--again")
    assert answer["unchanged"] == 1
    assert bureau.count("case_file") == 1
