"""A community with one worker, and forms filled in by people the office knows or does not know."""

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from circle.cases.statements import Wish
from circle.registration.answers import Answers
from models.staff import Account
from models.vocabulary.documents import read_number
from models.vocabulary.residents import Sex, WishedHours, WorkKind, WorkStatus
from tests import factories

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
PHONE = "13800138000"
BORN_ON = date(1988, 3, 2)
WISH = Wish(
    kinds=(WorkKind.FULL_TIME,),
    occupation="电工",
    pay_fen=600_000,
    hours=WishedHours.DAY,
    minutes=30,
)

Fill = Callable[..., Answers]


@pytest.fixture
def office(session: Session) -> Session:
    factories.use(session)
    factories.load_places(session)
    return session


@pytest.fixture
def worker(office: Session) -> Account:
    worker: Account = factories.AccountFactory(covers=[factories.COMMUNITY])
    return worker


def number_of(sequence: int, born_on: date = BORN_ON, sex: Sex = Sex.MALE) -> str:
    return factories.number_of(born_on, sex, sequence)


def filled(number: str, **said: Any) -> Answers:  # noqa: ANN401 - any field of the form
    answers: dict[str, Any] = {
        "uuid": str(uuid.uuid4()),
        "division_code": factories.COMMUNITY,
        "name": "张建国",
        "document": read_number(number, on=TODAY),
        "phone": PHONE,
        "status": WorkStatus.UNEMPLOYED,
        "status_since": date(2026, 11, 20),
        "wish": WISH,
    }
    return Answers(**{**answers, **said})
