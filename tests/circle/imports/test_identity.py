"""The vectorised check says of every number what models.vocabulary.documents says."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circle.imports.identity import OUTCOMES, SEXES, TYPES, Identities, read_numbers
from models.vocabulary.documents import (
    DocumentNumber,
    UnreadableNumber,
    check_character,
    read_number,
)
from models.vocabulary.imports import RejectCode

ON = date(2026, 11, 21)


def whole(first_17: str) -> str:
    return first_17 + check_character(first_17)


GOOD = whole("33011019850615123")


def outcome_of(read: Identities, row: int) -> RejectCode | DocumentNumber:
    code = OUTCOMES[int(read.outcome[row])]
    if code is not None:
        return code
    return DocumentNumber(
        str(read.numbers[row]),
        TYPES[read.document_type[row]],
        date.fromisoformat(str(read.born[row])),
        SEXES[read.sex[row]],
    )


def said_by_the_rule(text: str) -> RejectCode | DocumentNumber:
    try:
        return read_number(text, on=ON)
    except UnreadableNumber as unreadable:
        return unreadable.code


seventeen = st.builds(
    "{:06d}{:04d}{:02d}{:02d}{:03d}".format,
    st.integers(0, 999_999),
    st.integers(0, 9999),
    st.integers(0, 13),
    st.integers(0, 32),
    st.integers(0, 999),
)
numbers = st.one_of(
    seventeen.map(whole),
    seventeen.map(lambda first: whole(first).lower()),
    st.tuples(seventeen, st.sampled_from("0123456789Xx×Ⅹa")).map("".join),
    seventeen.map(lambda first: first[:6] + first[8:]),
    seventeen.map(lambda first: f" '{whole(first)[:9]} {whole(first)[9:]}\t"),
    st.text("0123456789Xx \t'０１２Ａ无/", max_size=20),
)


@given(st.lists(numbers, min_size=1, max_size=30))
def test_a_column_is_read_as_its_numbers_one_by_one(texts: list[str]) -> None:
    read = read_numbers(pa.array(texts, pa.string()), on=ON)
    assert [outcome_of(read, row) for row in range(len(texts))] == [
        said_by_the_rule(text) for text in texts
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", RejectCode.ID_MISSING),
        ("33011019850615", RejectCode.ID_LENGTH),
        ("33011019850615123Z", RejectCode.ID_CHARACTERS),
        (GOOD[:-1] + ("0" if GOOD[-1] != "0" else "1"), RejectCode.ID_CHECKSUM),
        (whole("33011019850230123"), RejectCode.ID_DATE),
        (whole("33011020270101123"), RejectCode.ID_FUTURE),
        ("3.30110198506151E+17", RejectCode.ID_NUMERIC),
        ("3.3E17", RejectCode.ID_NUMERIC),
    ],
)
def test_a_bad_number_gets_the_code_of_its_first_failing_check(text: str, code: RejectCode) -> None:
    read = read_numbers(pa.array([text], pa.string()), on=ON)
    assert OUTCOMES[read.outcome[0]] == code


def test_a_number_cell_is_refused_even_where_its_digits_survived() -> None:
    texts = pa.array([GOOD, GOOD], pa.string())
    read = read_numbers(texts, on=ON, numeric=np.array([True, False]))
    assert [OUTCOMES[code] for code in read.outcome] == [RejectCode.ID_NUMERIC, None]


def test_districts_younger_than_the_tables_pass_without_a_warning() -> None:
    numbers = [whole("33011320000101123"), whole("33011420000101123"), whole("77011420000101123")]
    read = read_numbers(pa.array(numbers, pa.string()), on=ON)
    assert read.passed.all()
    assert read.area_unknown.tolist() == [False, False, True]


def test_the_same_person_in_15_and_18_digits_is_one() -> None:
    old = GOOD[:6] + GOOD[8:17]
    read = read_numbers(pa.array([old, GOOD.lower()], pa.string()), on=ON)
    assert read.numbers.to_pylist() == [GOOD, GOOD]
    assert read.persons[0] == read.persons[1]


def test_a_slice_of_a_longer_column_is_read_at_its_place() -> None:
    texts = pa.array(["", "x", GOOD, ""], pa.string()).slice(2)
    read = read_numbers(texts, on=ON)
    assert [OUTCOMES[code] for code in read.outcome] == [None, RejectCode.ID_MISSING]
