"""The invented district holds every situation the rules are about, and is the same each time."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from circle.demo.bureaus import NAT
from circle.demo.district import District, invent
from circle.demo.livelihoods import Livelihood
from circle.demo.names import MINORITY, RARE_CHARACTERS
from models.vocabulary.documents import read_number
from models.vocabulary.facts import DEPARTED, BenefitKind
from models.vocabulary.months import month_of
from models.vocabulary.residents import Sex
from models.vocabulary.tasks import AnomalyCode

ON = date(2026, 11, 21)
RESIDENTS = 3_000


@pytest.fixture(scope="module")
def district() -> District:
    return invent(RESIDENTS, 7, ON)


def frames(district: District) -> dict[str, pd.DataFrame]:
    return {name: each for name, each in vars(district).items() if isinstance(each, pd.DataFrame)}


def last_paid(district: District) -> pd.Series:
    return district.insurance.groupby("person")["last"].max()


def test_the_same_seed_invents_the_same_district(district: District) -> None:
    again = invent(RESIDENTS, 7, ON)
    for name, frame in frames(district).items():
        pd.testing.assert_frame_equal(frame, frames(again)[name])
    assert again.other_names == district.other_names


def test_another_seed_invents_other_people(district: District) -> None:
    other = invent(RESIDENTS, 8, ON)
    assert not other.people["number"].equals(district.people["number"])


def test_every_number_passes_the_check_and_tells_birth_and_sex(district: District) -> None:
    for number, born_on, is_male in district.people[["number", "born_on", "is_male"]].itertuples(
        index=False
    ):
        read = read_number(number, on=ON)
        assert read.born_on == born_on.date()
        assert read.sex is (Sex.MALE if is_male else Sex.FEMALE)


def test_no_two_people_share_a_number(district: District) -> None:
    assert district.people["number"].is_unique


def test_as_many_residents_are_registered_as_were_asked_for(district: District) -> None:
    assert int((~district.people["is_migrant"]).sum()) == RESIDENTS


def test_children_of_a_household_are_younger_than_its_head(district: District) -> None:
    people = district.people
    heads = people.drop_duplicates("household").set_index("household")
    children = people[people["relation"] == "子女"]
    assert (children["born_on"] > children["household"].map(heads["born_on"])).all()


def test_minority_names_and_rare_characters_occur(district: District) -> None:
    names = set(district.people["name"])
    assert names & set(MINORITY)
    assert any(character in name for name in names for character in RARE_CHARACTERS)


def test_insurance_runs_up_to_two_months_before_this_one(district: District) -> None:
    assert district.newest_month == month_of("2026-09")
    assert district.insurance["last"].max() == district.newest_month


def test_a_month_is_paid_once_by_one_employer(district: District) -> None:
    """Spans of one person and employer never overlap."""
    spans = district.insurance.sort_values(["person", "employer", "first"])
    before = spans.groupby(["person", "employer"])["last"].shift()
    assert not (spans["first"] <= before).any()
    assert (spans["first"] <= spans["last"]).all()


def test_one_or_two_in_a_hundred_insured_have_lapsed_without_excuse(district: District) -> None:
    people, last = district.people, last_paid(district)
    behind = last.index[last <= district.newest_month - 2]
    pensioners = district.benefits.loc[district.benefits["kind"] == BenefitKind.PENSION, "person"]
    excused = (
        people["status"].isin(DEPARTED)
        | people["registered_on"].notna()
        | people.index.isin(pensioners)
        | (people["livelihood"] == Livelihood.STUDENT)
    )
    lapsed = [person for person in behind if not excused[person]]
    assert 0.01 <= len(lapsed) / len(last) <= 0.025


def test_the_unemployed_whose_insurance_ended_are_there_to_be_excused(district: District) -> None:
    people, last = district.people, last_paid(district)
    behind = last.index[last <= district.newest_month - 2]
    assert people.loc[behind, "registered_on"].notna().sum() > 10


def test_every_conflict_between_sources_is_invented(district: District) -> None:
    expected = set(AnomalyCode) - {AnomalyCode.REGISTRATION_DIFFERS}
    assert {code for code, persons in district.conflicts.items() if len(persons)} == expected


def test_people_registered_unemployed_are_insured_by_an_employer(district: District) -> None:
    persons = district.conflicts[AnomalyCode.UNEMPLOYED_BUT_INSURED]
    spells = district.unemployment.set_index("person")
    spans = district.insurance[district.insurance["last"] == district.newest_month]
    assert spells.loc[persons, "ended_on"].isna().all()
    assert np.isin(persons, spans.loc[spans["employer"] >= 0, "person"]).all()


def test_nobody_else_registered_unemployed_is_insured(district: District) -> None:
    open_spells = district.unemployment.loc[district.unemployment["ended_on"].isna(), "person"]
    last = last_paid(district)
    insured = set(last.index[last == district.newest_month]) & set(open_spells)
    assert insured == set(district.conflicts[AnomalyCode.UNEMPLOYED_BUT_INSURED])


def test_dibao_members_with_a_good_wage_are_in_dibao_themselves(district: District) -> None:
    persons = district.conflicts[AnomalyCode.SUBSISTENCE_BUT_INSURED]
    rows = district.subsistence.set_index("person").loc[persons]
    assert (rows["kind"] == "dibao").all()
    assert district.insurance.set_index("person").loc[persons, "base"].min() > 5_000


def test_registered_jobs_without_insurance_for_three_months(district: District) -> None:
    persons = district.conflicts[AnomalyCode.EMPLOYED_BUT_LAPSED]
    assert (last_paid(district)[persons] <= district.newest_month - 3).all()
    open_jobs = district.employment.loc[district.employment["is_open"], "person"]
    assert np.isin(persons, open_jobs).all()


def test_the_departed_and_the_retired_stand_in_the_ledger(district: District) -> None:
    in_care = set(district.caseload["person"])
    departed = district.conflicts[AnomalyCode.DEPARTED_WITH_CASE]
    assert district.people.loc[departed, "status"].isin(DEPARTED).all()
    assert in_care.issuperset(departed)
    assert in_care.issuperset(district.conflicts[AnomalyCode.RETIRED_WITH_CASE])


def test_eight_in_a_hundred_residents_are_in_the_ledger_once(district: District) -> None:
    assert len(district.caseload) == round(RESIDENTS * 0.08)
    assert district.caseload["person"].is_unique


def test_no_case_was_visited_before_it_opened_or_after_today(district: District) -> None:
    cases = district.caseload
    assert (cases["opened_on"] <= pd.Timestamp(ON)).all()
    seen = cases[cases["visited_on"].notna()]
    assert (seen["visited_on"] >= seen["opened_on"]).all()
    assert (seen["visited_on"] <= pd.Timestamp(ON)).all()


def test_the_ledger_holds_fresh_due_overdue_and_unseen_cases(district: District) -> None:
    cases = district.caseload
    usual = ~cases["categories"].str.contains("零就业家庭成员")
    ago = (pd.Timestamp(ON) - cases.loc[usual, "visited_on"]).dt.days
    assert (ago <= 22).sum() > (ago > 30).sum() > 0
    assert ago.between(23, 30).any()
    assert cases["visited_on"].isna().any()


def test_every_member_of_a_workless_household_is_in_care(district: District) -> None:
    members = district.people.index[district.people["zero_employment"]]
    assert len(members) >= 4
    ledger = district.caseload.set_index("person")
    assert ledger.loc[members, "categories"].str.contains("零就业家庭成员").all()


def test_the_ledger_knows_its_workers_save_one_and_leaves_some_blank(district: District) -> None:
    workers = district.caseload["worker"].value_counts()
    assert workers["zhangjing2019"] >= 1
    assert 0 < workers[""] < len(district.caseload) * 0.06
    assert workers["wanglili"] >= 3


def test_some_graduated_within_two_years_and_are_not_insured(district: District) -> None:
    recent = district.degrees[
        district.degrees["graduated_on"].between("2024-11-21", "2026-11-21")
        & (district.degrees["form"] == "full_time")
    ]
    assert not set(recent["person"]) <= set(last_paid(district).index)


def test_students_have_entered_and_not_yet_graduated(district: District) -> None:
    students = district.people.index[district.people["livelihood"] == Livelihood.STUDENT]
    studies = district.degrees[district.degrees["person"].isin(students)]
    assert len(studies) > 20
    assert (studies["graduated_on"] > pd.Timestamp(ON)).all()
    assert (studies["entered_on"] <= pd.Timestamp(ON)).all()


def test_the_army_takes_young_men(district: District) -> None:
    soldiers = district.people[district.people["status"] == "army"]
    assert len(soldiers) > 0
    assert soldiers["is_male"].all()
    assert soldiers["age"].between(18, 24).all()


def test_a_living_present_resident_has_no_day_of_departure(district: District) -> None:
    people = district.people
    assert (people["status_on"].notna() == people["status"].isin(DEPARTED)).all()
    assert np.isnat(NAT)


@pytest.mark.parametrize("on", [date(2026, 1, 1), date(2028, 2, 29), date(2026, 12, 31)])
def test_any_day_and_a_small_place_will_do(on: date) -> None:
    small = invent(200, 1, on)
    assert (small.people["born_on"] <= pd.Timestamp(on)).all()
    assert len(small.caseload) == 16


def test_only_the_people_meant_to_are_past_retirement_and_in_care(district: District) -> None:
    conflicts = district.conflicts
    meant = {*conflicts[AnomalyCode.RETIRED_WITH_CASE], *conflicts[AnomalyCode.DEPARTED_WITH_CASE]}
    others = district.caseload.loc[~district.caseload["person"].isin(meant), "person"]
    people = district.people.loc[others]
    assert (people["age"] < np.where(people["is_male"], 60, 57)).all()
    assert not people["status"].isin(DEPARTED).any()
