"""Division codes: level, parent, subtree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.places import Division, within
from models.vocabulary.places import (
    CODE_LENGTHS,
    DivisionLevel,
    ancestors_of,
    level_of,
    parent_of,
    subtree_end,
)
from tests.factories import COMMUNITY, DISTRICT, OTHER_STREET, STREET, load_places

CODES = st.sampled_from(sorted(CODE_LENGTHS)).flatmap(
    lambda length: st.from_regex(rf"\A[1-8][0-9]{{{length - 1}}}\Z")
)


@pytest.mark.parametrize(
    ("code", "level", "parent"),
    [
        ("33", DivisionLevel.PROVINCE, None),
        ("3301", DivisionLevel.CITY, "33"),
        (DISTRICT, DivisionLevel.DISTRICT, "3301"),
        (STREET, DivisionLevel.STREET, DISTRICT),
        (COMMUNITY, DivisionLevel.COMMUNITY, STREET),
        (f"{COMMUNITY}001", DivisionLevel.GRID, COMMUNITY),
    ],
)
def test_a_code_shows_its_level_and_parent(
    code: str, level: DivisionLevel, parent: str | None
) -> None:
    assert (level_of(code), parent_of(code)) == (level, parent)


@pytest.mark.parametrize("code", ["", "3", "330", "33011001200", "33011O", "３３"])
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="no division code"):
        level_of(code)


@given(CODES, CODES)
def test_a_subtree_holds_what_begins_with_its_code(code: str, other: str) -> None:
    assert (code <= other < subtree_end(code)) == other.startswith(code)
    assert code <= f"{code}999"[:15] < subtree_end(code)


@given(CODES)
def test_ancestors_climb_to_the_province(code: str) -> None:
    chain = ancestors_of(code)
    assert chain[0] == code
    assert len(chain[-1]) == 2
    assert [parent_of(one) for one in chain] == [*chain[1:], None]


@pytest.mark.parametrize(
    ("code", "count"), [("33", 8), (DISTRICT, 6), (STREET, 3), (OTHER_STREET, 2), (COMMUNITY, 1)]
)
def test_the_database_takes_the_same_subtree(session: Session, code: str, count: int) -> None:
    load_places(session)
    found = session.scalars(select(Division.code).where(within(Division.code, code))).all()
    assert len(found) == count
    assert all(one.startswith(code) for one in found)
