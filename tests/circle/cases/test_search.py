from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.cases.search import found_by
from circle.refusals import SearchUnreadable
from models.residents import Resident
from models.sealed import PHONE_DOMAIN, current_keyring
from tests.factories import ResidentFactory, load_places

ON = date(2026, 11, 21)
PHONE = "13812345678"


@pytest.fixture
def wanted(session: Session) -> Resident:
    load_places(session)
    ResidentFactory(name="王伟", pinyin="ww")
    return ResidentFactory(
        name="阿卜杜热西提·买买提江",
        pinyin="abdrxtmmtj",
        phone_sealed=PHONE,
        phone_index=current_keyring().index_of(PHONE_DOMAIN, PHONE),
    )


def found(session: Session, text: str) -> list[Resident]:
    return list(session.scalars(select(Resident).where(found_by(text, on=ON))))


@pytest.mark.parametrize(
    "text",
    [
        "阿卜杜热西提·买买提江",
        "阿卜杜热西提.买买提江",
        "阿卜杜热西提买买提",
        "买买提江",
        "ABDRXT",
        "abd",
        PHONE,
        "+86 138 1234 5678",
        "１３８１２３４５６７８",
    ],
)
def test_somebody_is_found_by_what_people_type(
    session: Session, wanted: Resident, text: str
) -> None:
    assert found(session, text) == [wanted]


def test_a_whole_number_finds_its_owner_however_it_is_spaced(
    session: Session, wanted: Resident
) -> None:
    number = wanted.id_sealed or ""
    assert found(session, f"{number[:6]} {number[6:14]} {number[14:].lower()}") == [wanted]


@pytest.mark.parametrize("text", ["", "  ", "·", "330110", "1381234", "330110198506151230"])
def test_part_of_a_number_is_refused_with_what_to_type(
    session: Session, wanted: Resident, text: str
) -> None:
    with pytest.raises(SearchUnreadable):
        found(session, text)


def test_signs_of_a_pattern_are_letters_here(session: Session, wanted: Resident) -> None:
    assert found(session, "%") == []
    assert found(session, "_") == []


def test_a_merged_record_is_not_found_again(session: Session, wanted: Resident) -> None:
    ResidentFactory(name="买买提江", merged_into=wanted.id)
    assert found(session, "买买提江") == [wanted]
