from datetime import date

import pytest

from circle.todo.filters import Desk, Place, Wanted, When
from models.staff import Account
from models.vocabulary.staff import Role
from models.vocabulary.tasks import TaskKind

WORKER = Account(role=Role.WORKER)
STREET = Account(role=Role.STREET)


def test_an_address_comes_back_as_it_was() -> None:
    wanted = Wanted(Desk.DIVISION, When.OVERDUE, TaskKind.VISIT, "330110012004")
    assert Wanted.read(wanted.arguments(), STREET) == wanted


def test_what_is_usual_stands_in_no_address() -> None:
    assert Wanted(Desk.MINE).arguments() == {"desk": "mine"}


@pytest.mark.parametrize(
    "address", [{"desk": "queue"}, {"when": "never"}, {"kind": "x"}, {"community": "33011x"}]
)
def test_a_worker_gets_their_own_list_whatever_the_address_says(address: dict[str, str]) -> None:
    assert Wanted.read(address, WORKER) == Wanted(Desk.MINE)


def test_a_supervisor_begins_with_what_waits() -> None:
    assert Wanted.read({}, STREET).desk is Desk.QUEUE


def test_a_place_comes_back_as_it_was() -> None:
    place = Place(date(2026, 11, 21), 40, 7)
    assert Place.read(str(place)) == place


@pytest.mark.parametrize("text", [None, "", "1.2", "2026-13-01.1.1", "20261121.x.1"])
def test_no_place_is_the_beginning(text: str | None) -> None:
    assert Place.read(text) is None
