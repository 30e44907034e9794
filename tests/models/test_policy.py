"""Parameters in force on a day, in a place."""

from datetime import date

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from models.places import Division
from models.policy import PolicyValue, common_policy_on, policy_on, seed_parameters
from models.vocabulary.parameters import PARAMETERS
from models.vocabulary.places import DivisionLevel
from models.vocabulary.policy import SourceMark
from tests.factories import COMMUNITY, DISTRICT, OTHER_STREET, STREET, load_places

TODAY = date(2026, 11, 21)


def decide(session: Session, days: int, since: date, division: str = "") -> None:
    session.add(
        PolicyValue(
            name="visit_days_other",
            division_code=division,
            effective_on=since,
            value=days,
            mark=SourceMark.PROPOSED,
            source="",
        )
    )
    session.flush()


def test_first_values_hold_where_nothing_is_stored(session: Session) -> None:
    session.execute(delete(PolicyValue))
    policy = policy_on(session, TODAY)
    for parameter in PARAMETERS:
        stored = getattr(policy, parameter.name)
        is_list = isinstance(parameter.default, list)
        assert (len(stored) if is_list else stored) == (
            len(parameter.default) if is_list else parameter.default
        )


@pytest.mark.parametrize(
    ("on", "days"), [(date(2026, 11, 30), 30), (date(2026, 12, 1), 20), (date(2027, 1, 1), 15)]
)
def test_the_newest_value_in_force_holds(session: Session, on: date, days: int) -> None:
    decide(session, 15, date(2027, 1, 1))
    decide(session, 20, date(2026, 12, 1))
    assert policy_on(session, on).visit_days_other == days


@pytest.mark.parametrize(
    ("code", "days"), [("", 30), (DISTRICT, 25), (OTHER_STREET, 25), (STREET, 10), (COMMUNITY, 10)]
)
def test_the_nearest_division_decides(session: Session, code: str, days: int) -> None:
    decide(session, 10, date(2026, 1, 1), STREET)
    decide(session, 25, date(2026, 6, 1), DISTRICT)
    assert policy_on(session, TODAY, code).visit_days_other == days


def test_all_go_by_the_policy_of_what_they_lie_in_together(session: Session) -> None:
    assert common_policy_on(session, TODAY).visit_days_other == 30
    decide(session, 10, date(2026, 1, 1), STREET)
    decide(session, 25, date(2026, 1, 1), DISTRICT)
    decide(session, 28, date(2026, 1, 1), DISTRICT[:4])
    load_places(session)
    assert common_policy_on(session, TODAY).visit_days_other == 25
    neighbour = Division(code="330106", name="西湖区", level=DivisionLevel.DISTRICT)
    session.add(neighbour)
    session.flush()
    assert common_policy_on(session, TODAY).visit_days_other == 28
    elsewhere = Division(code="110101", name="东城区", level=DivisionLevel.DISTRICT)
    session.add(elsewhere)
    session.flush()
    assert common_policy_on(session, TODAY).visit_days_other == 30


def test_a_policy_cannot_be_changed_in_passing(session: Session) -> None:
    policy = policy_on(session, TODAY)
    assert isinstance(hash(policy), int)
    with pytest.raises(AttributeError):
        policy.snooze_days = 30  # type: ignore[misc] # that is what is refused


def test_storing_first_values_leaves_changed_ones_alone(session: Session) -> None:
    session.execute(delete(PolicyValue))
    decide(session, 12, date(2026, 1, 1))
    seed_parameters(session)
    seed_parameters(session)
    assert session.scalar(select(func.count()).select_from(PolicyValue)) == len(PARAMETERS)
    assert policy_on(session, TODAY).visit_days_other == 12
