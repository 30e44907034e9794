"""What of the package is still owed some time after the registration."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from models.cases import Case
from models.policy import Policy
from models.vocabulary.cases import CaseOrigin, CaseStage, CaseState, CloseReason
from models.vocabulary.facts import RegisterStatus
from models.vocabulary.services import ServiceKind
from reminders.rules.service_gap import service_gap
from tests.factories import (
    NOON,
    AccountFactory,
    CaseFactory,
    RegisterEntryFactory,
    ServiceFactory,
    load_places,
    use,
)
from tests.reminders.asking import Answer, ask
from tests.reminders.worlds import DEFAULTS

OPENED = date(2026, 10, 1)
LATE = OPENED + timedelta(days=30)
WHOLE = [ServiceKind.GUIDANCE, *[ServiceKind.RECOMMENDATION] * 3, ServiceKind.TRAINING]


@pytest.fixture
def case(session: Session) -> Case:
    use(session)
    load_places(session)
    case: Case = CaseFactory(opened_on=OPENED)
    return case


def give(case: Case, *kinds: ServiceKind, on: date = OPENED) -> None:
    for kind in kinds:
        ServiceFactory(case=case, kind=kind, delivered_on=on)


def found(session: Session, on: date = LATE, policy: Policy = DEFAULTS) -> list[Answer]:
    return ask(session, service_gap, on, policy)


def test_a_month_after_the_opening_what_is_owed_is_counted_by_kind(
    session: Session, case: Case
) -> None:
    give(case, ServiceKind.RECOMMENDATION, ServiceKind.TRAINING)
    assert found(session, LATE - timedelta(days=1)) == []
    (gap,) = found(session)
    assert (gap.resident_id, gap.cycle, gap.due_on) == (
        case.resident_id,
        "package:2026-10-01",
        None,
    )
    assert gap.priority == 70
    assert gap.evidence == {
        "opened_on": "2026-10-01",
        "guidance": 1,
        "recommendation": 2,
        "training": 0,
    }


def test_a_case_the_ledger_moved_in_has_its_month_from_then(session: Session) -> None:
    use(session)
    load_places(session)
    CaseFactory(opened_on=OPENED, origin=CaseOrigin.LEDGER, created_at=NOON)
    moved_in = NOON.date()
    assert found(session, moved_in + timedelta(days=29)) == []
    (gap,) = found(session, moved_in + timedelta(days=30))
    assert gap.cycle == "package:2026-10-01"


def test_a_whole_package_leaves_nothing_to_remind_of(session: Session, case: Case) -> None:
    give(case, *WHOLE, ServiceKind.BRIEFING, ServiceKind.RECOMMENDATION)
    assert found(session) == []


def test_two_guidances_are_no_training(session: Session, case: Case) -> None:
    give(case, *WHOLE[:-1], ServiceKind.GUIDANCE)
    (gap,) = found(session)
    assert (gap.evidence["guidance"], gap.evidence["training"]) == (0, 1)


def test_a_service_taken_out_does_not_count(session: Session, case: Case) -> None:
    give(case, *WHOLE[:-1])
    ServiceFactory(
        case=case, kind=ServiceKind.TRAINING, removed_at=NOON, removed_by=AccountFactory().id
    )
    (gap,) = found(session)
    assert gap.evidence["training"] == 1


def test_services_of_an_earlier_case_are_not_of_this_one(session: Session, case: Case) -> None:
    before = CaseFactory(
        resident=case.resident,
        state=CaseState.CLOSED,
        stage=CaseStage.CLOSED,
        opened_on=date(2025, 1, 1),
        closed_on=date(2025, 6, 1),
        close_reason=CloseReason.EMPLOYED,
    )
    give(before, *WHOLE)
    assert len(found(session)) == 1


def test_a_case_opened_again_is_owed_a_package_of_its_own(session: Session, case: Case) -> None:
    give(case, *WHOLE)
    case.reopened_on = date(2026, 11, 1)
    give(case, ServiceKind.GUIDANCE, on=date(2026, 11, 1))
    assert found(session, date(2026, 11, 30)) == []
    (gap,) = found(session, date(2026, 12, 1))
    assert gap.cycle == "package:2026-11-01"
    assert (gap.evidence["guidance"], gap.evidence["recommendation"]) == (0, 3)


@pytest.mark.parametrize("stage", [CaseStage.FIRST_CONTACT, CaseStage.SERVING])
def test_it_asks_whatever_the_stage_before_a_job(
    session: Session, case: Case, stage: CaseStage
) -> None:
    case.stage = stage
    assert len(found(session)) == 1


def test_whoever_has_a_job_is_followed_up_instead(session: Session, case: Case) -> None:
    case.stage = CaseStage.PLACED
    assert found(session) == []


def test_the_departed_and_the_closed_are_owed_nothing(session: Session, case: Case) -> None:
    RegisterEntryFactory(resident_id=case.resident_id, status=RegisterStatus.MOVED_OUT)
    CaseFactory(
        opened_on=OPENED,
        state=CaseState.CLOSED,
        stage=CaseStage.CLOSED,
        closed_on=LATE,
        close_reason=CloseReason.EMPLOYED,
    )
    assert found(session) == []


def test_the_package_is_the_offices_to_set(session: Session, case: Case) -> None:
    give(case, *WHOLE)
    briefed = replace(DEFAULTS, service_package=(("guidance", 1), ("briefing", 1)))
    (gap,) = found(session, policy=briefed)
    assert gap.evidence == {"opened_on": "2026-10-01", "guidance": 0, "briefing": 1}
    nothing = replace(DEFAULTS, service_package=(("guidance", 0),))
    assert found(session, policy=nothing) == []
