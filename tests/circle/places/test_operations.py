import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.places.operations import Loaded, load_divisions
from circle.places.queries import divisions_under, full_name, names_of
from circle.refusals import DivisionsUnreadable
from models.places import Division
from models.vocabulary.places import DivisionLevel

ROWS = [
    {"code": "330110012004", "name": "葛巷社区", "latitude": "30.28", "longitude": "120.01"},
    {"code": "33", "name": "浙江省"},
    {"code": "3301", "name": "杭州市"},
    {"code": "330110", "name": " 余杭区 "},
    {"code": "330110012", "name": "仓前街道", "latitude": "", "longitude": ""},
]


def test_divisions_are_loaded_in_any_order(session: Session) -> None:
    assert load_divisions(session, ROWS) == Loaded(added=5, changed=0, unchanged=0)
    assert full_name(session, "330110012004") == "余杭区仓前街道葛巷社区"
    community = session.get_one(Division, "330110012004")
    assert (community.level, community.latitude) == (DivisionLevel.COMMUNITY, 30.28)


def test_loading_again_changes_only_what_changed(session: Session) -> None:
    load_divisions(session, ROWS)
    renamed = [*ROWS[1:], {**ROWS[0], "name": "葛巷新社区"}]
    assert load_divisions(session, renamed) == Loaded(added=0, changed=1, unchanged=4)
    assert names_of(session, ["330110012004", None, "99"]) == {
        "330110012004": "葛巷新社区",
        "99": "99",
    }


def test_every_faulty_line_is_told_and_nothing_is_loaded(session: Session) -> None:
    faulty = [
        *ROWS,
        {"code": "33011", "name": "x"},
        {"code": "330199012", "name": ""},
        {"code": "330111", "name": "富阳区", "latitude": "30", "longitude": ""},
        {"code": "330112", "name": "临安区", "latitude": "120", "longitude": "30"},
    ]
    with pytest.raises(DivisionsUnreadable) as refusal:
        load_divisions(session, faulty)
    assert [fault.partition("：")[0] for fault in refusal.value.faults] == [
        "7",
        "8",
        "8",
        "9",
        "10",
    ]
    assert session.scalars(select(Division)).all() == []


def test_a_subtree_lists_one_level(session: Session) -> None:
    load_divisions(session, ROWS)
    found = divisions_under(session, "3301", DivisionLevel.STREET)
    assert [division.name for division in found] == ["仓前街道"]
