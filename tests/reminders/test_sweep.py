"""What a sweep does to the to-do lists: raise, reopen, refresh, withdraw, and nothing else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session

from models.cases import Case
from models.facts import InsuranceStanding
from models.jobs import SweepRun
from models.policy import PolicyValue, policy_on
from models.residents import Resident
from models.tasks import Task, TaskMove
from models.vocabulary.imports import BatchState
from models.vocabulary.jobs import SweepReason
from models.vocabulary.months import month_of
from models.vocabulary.policy import SourceMark
from models.vocabulary.tasks import DismissReason, SnoozeReason, TaskKind, TaskState, TaskVerb
from reminders import inbox
from reminders.narrowing import Narrowing, everyone, living_in, residents
from reminders.sweep import SLICE_ROWS, SweepBlocked, sweep, sweep_residents
from tests.factories import (
    COMMUNITY,
    OTHER_COMMUNITY,
    OTHER_STREET,
    STREET,
    AccountFactory,
    BatchFactory,
    CaseFactory,
    CategoryFactory,
    ResidentFactory,
    TaskFactory,
    close_month,
    pay,
)

TODAY = date(2026, 11, 21)  # a Saturday
DUE = date(2026, 11, 27)  # five working days later
JULY = month_of("2026-07")
Counts = dict[str, int]


def instant(on: date) -> datetime:
    return datetime.combine(on, time(1), tzinfo=UTC)


def swept(office: Session, on: date = TODAY, only: Narrowing = everyone) -> SweepRun:
    office.commit()
    engine = office.get_bind()
    assert isinstance(engine, Engine)
    run = sweep(engine, on=on, now=instant(on), reason=SweepReason.NIGHTLY, only=only)
    office.expire_all()
    return run


def lapsed(office: Session, count: int = 1, lives_in: str = COMMUNITY) -> list[Resident]:
    """Residents whose pension was last paid for July."""
    people: list[Resident] = ResidentFactory.create_batch(count, lives_in=lives_in)
    for person in people:
        pay(office, person, [JULY - 1, JULY])
    return people


def pay_back(office: Session, person: Resident, until: str) -> None:
    """The missing months come in with a later file."""
    standing = office.scalars(select(InsuranceStanding).filter_by(resident_id=person.id)).one()
    standing.last_month, standing.months_paid = month_of(until), 2


def only_task(office: Session) -> Task:
    return office.scalars(select(Task)).one()


def history(office: Session) -> list[TaskVerb]:
    return list(office.scalars(select(TaskMove.verb).order_by(TaskMove.id)))


@pytest.fixture
def september(office: Session) -> Session:
    close_month(office, month_of("2026-09"))
    return office


def test_a_lapse_is_raised_once_and_a_second_sweep_changes_nothing(september: Session) -> None:
    lapsed(september, 3)
    first = swept(september).counts["insurance_lapse"]
    assert first == counts(found=3, raised=3)
    second = swept(september, TODAY + timedelta(days=1)).counts["insurance_lapse"]
    assert second == counts(found=3, kept=3)
    assert set(september.scalars(select(Task.due_on))) == {DUE}


def counts(**named: int) -> Counts:
    names = ("found", "raised", "reopened", "refreshed", "kept", "handled", "withdrawn")
    return {name: named.get(name, 0) for name in names}


def test_a_back_payment_withdraws_the_reminder(september: Session) -> None:
    (person,) = lapsed(september)
    swept(september)
    pay_back(september, person, "2026-09")
    assert swept(september).counts["insurance_lapse"] == counts(withdrawn=1)
    task = only_task(september)
    assert (task.state, task.settled_at) == (TaskState.WITHDRAWN, instant(TODAY))
    assert history(september) == [TaskVerb.WITHDRAW]


def test_a_withdrawn_reminder_comes_back_with_a_new_due_date(september: Session) -> None:
    (person,) = lapsed(september)
    swept(september)
    pay_back(september, person, "2026-09")
    swept(september)
    pay_back(september, person, "2026-07")
    later = date(2026, 12, 1)
    assert swept(september, later).counts["insurance_lapse"] == counts(found=1, reopened=1)
    task = only_task(september)
    assert (task.state, task.settled_at) == (TaskState.OPEN, None)
    assert (task.raised_on, task.due_on) == (later, date(2026, 12, 8))
    assert history(september) == [TaskVerb.WITHDRAW, TaskVerb.REOPEN]


@pytest.mark.parametrize("verb", ["complete", "dismiss"])
def test_a_handled_gap_is_never_raised_again(september: Session, verb: str) -> None:
    lapsed(september)
    swept(september)
    by, now = AccountFactory(), instant(TODAY)
    if verb == "complete":
        inbox.complete(september, only_task(september), by=by, now=now)
    else:
        reason = DismissReason.DECLINED
        inbox.dismiss(september, only_task(september), reason=reason, by=by, now=now)
    assert swept(september).counts["insurance_lapse"] == counts(found=1, handled=1)
    assert only_task(september).state is not TaskState.OPEN


def test_a_new_gap_after_a_handled_one_is_a_new_reminder(september: Session) -> None:
    (person,) = lapsed(september)
    swept(september)
    inbox.complete(september, only_task(september), by=AccountFactory(), now=instant(TODAY))
    pay_back(september, person, "2026-08")
    close_month(september, month_of("2026-10"))
    run = swept(september)
    assert run.counts["insurance_lapse"] == counts(found=1, raised=1)
    cycles = set(september.scalars(select(Task.cycle)))
    assert cycles == {"employee_pension:2026-08", "employee_pension:2026-09"}


def test_a_newly_closed_month_refreshes_the_evidence_and_not_the_due_date(
    september: Session,
) -> None:
    lapsed(september)
    swept(september)
    close_month(september, month_of("2026-10"))
    later = date(2026, 12, 1)
    run = swept(september, later)
    assert run.counts["insurance_lapse"] == counts(found=1, refreshed=1, kept=1)
    task = only_task(september)
    assert (task.due_on, task.evidence["closed_month"]) == (DUE, "2026-10")


def test_another_interval_moves_the_visit_and_makes_no_second_one(office: Session) -> None:
    case = CaseFactory(opened_on=date(2026, 10, 31), last_contact_on=date(2026, 11, 1))
    assert swept(office).counts["visit"] == counts()
    CategoryFactory(resident_id=case.resident_id, code="zero_employment_household")
    assert swept(office).counts["visit"] == counts(found=1, raised=1)
    assert (only_task(office).due_on, only_task(office).priority) == (date(2026, 11, 8), 10)
    office.add(
        PolicyValue(
            name="visit_days_zero_employment",
            effective_on=TODAY,
            value=10,
            mark=SourceMark.PROPOSED,
            source="",
        )
    )
    assert swept(office).counts["visit"] == counts(found=1, refreshed=1, kept=1)
    assert only_task(office).due_on == date(2026, 11, 11)


def test_a_snooze_survives_the_sweep(september: Session) -> None:
    lapsed(september)
    swept(september)
    until = TODAY + timedelta(days=3)
    inbox.snooze(
        september,
        only_task(september),
        until=until,
        reason=SnoozeReason.AWAY,
        by=AccountFactory(),
        now=instant(TODAY),
        on=TODAY,
        policy=policy_on(september, TODAY),
    )
    close_month(september, month_of("2026-10"))
    swept(september)
    assert only_task(september).snoozed_until == until


def test_orders_are_nobodys_business_but_the_peoples(office: Session) -> None:
    TaskFactory(kind=TaskKind.ASSISTANCE, cycle="4a1d2c5e-0000-4000-8000-000000000001")
    swept(office)
    assert only_task(office).state is TaskState.OPEN


def test_a_sweep_leaves_what_it_did_behind(september: Session) -> None:
    lapsed(september, 2)
    swept(september)
    run = september.scalars(select(SweepRun)).one()
    assert (run.on, run.reason, run.is_whole) == (TODAY, SweepReason.NIGHTLY, True)
    assert set(run.counts) == set(TaskKind) - {TaskKind.ASSISTANCE}
    assert run.counts["insurance_lapse"]["raised"] == 2
    assert run.finished_at is not None
    assert run.seconds is not None


def test_slices_leave_nobody_out(september: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    for dialect in ("sqlite", "postgresql"):
        monkeypatch.setitem(SLICE_ROWS, dialect, 3)
    people = lapsed(september, 10)
    swept(september)
    raised = set(september.scalars(select(Task.resident_id)))
    assert raised == {person.id for person in people}
    for person in people[:7]:
        pay_back(september, person, "2026-09")
    assert swept(september).counts["insurance_lapse"] == counts(found=3, kept=3, withdrawn=7)
    assert len(history(september)) == 7


def test_what_somebody_did_between_comparison_and_slice_stands(
    september: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker ticks the reminder off while the sweep is about to withdraw it."""
    (person,) = lapsed(september)
    swept(september)
    pay_back(september, person, "2026-09")
    september.commit()
    engine = september.get_bind()
    assert isinstance(engine, Engine)
    with _between_comparison_and_slices(engine) as meanwhile:
        meanwhile.append(lambda: _tick_off(engine))
        swept(september)
    assert only_task(september).state is TaskState.DONE
    assert TaskVerb.WITHDRAW not in history(september)


def test_no_sweep_while_a_file_is_being_applied(september: Session) -> None:
    (person,) = lapsed(september)
    BatchFactory(state=BatchState.APPLYING)
    with pytest.raises(SweepBlocked):
        swept(september)
    ids, reason = [person.id], SweepReason.VISIT
    run = sweep_residents(september, ids, on=TODAY, now=instant(TODAY), reason=reason)
    assert run is None
    assert september.scalar(select(func.count()).select_from(Task)) == 0


def test_a_sweep_for_some_residents_leaves_the_others_alone(september: Session) -> None:
    one, other = lapsed(september, 2)
    run = swept(september, only=residents([one.id]))
    assert run.counts["insurance_lapse"] == counts(found=1, raised=1)
    assert only_task(september).resident_id == one.id
    assert not run.is_whole
    for person in (one, other):
        pay_back(september, person, "2026-09")
    swept(september, only=residents([other.id]))
    assert only_task(september).state is TaskState.OPEN


@pytest.mark.parametrize(("code", "found"), [(COMMUNITY, 2), (STREET, 3), (OTHER_STREET, 0)])
def test_a_sweep_for_one_place_takes_what_lies_in_it(
    september: Session, code: str, found: int
) -> None:
    lapsed(september, 2)
    lapsed(september, 1, lives_in=OTHER_COMMUNITY)
    run = swept(september, only=living_in(code))
    assert run.counts["insurance_lapse"]["raised"] == found


def test_a_request_sweeps_inside_its_own_transaction(september: Session) -> None:
    (person,) = lapsed(september)
    september.commit()
    run = sweep_residents(
        september, [person.id], on=TODAY, now=instant(TODAY), reason=SweepReason.VISIT
    )
    assert run is not None
    assert run.counts["insurance_lapse"]["raised"] == 1
    assert only_task(september).resident_id == person.id
    september.rollback()
    assert september.scalar(select(func.count()).select_from(Task)) == 0


def test_a_request_sees_its_tasks_as_the_sweep_left_them(september: Session) -> None:
    (person,) = lapsed(september)
    swept(september)
    task = only_task(september)
    pay_back(september, person, "2026-09")
    sweep_residents(september, [person.id], on=TODAY, now=instant(TODAY), reason=SweepReason.VISIT)
    assert task.state is TaskState.WITHDRAWN


def test_a_parameter_that_names_no_kind_of_insurance_raises_nothing(september: Session) -> None:
    lapsed(september)
    for name in ("lapse_kinds", "follow_up_days"):
        september.add(
            PolicyValue(
                name=name, effective_on=TODAY, value=[], mark=SourceMark.PROPOSED, source=""
            )
        )
    assert swept(september).counts["insurance_lapse"] == counts()


@pytest.mark.parametrize("kind", ["insurance_lapse", "visit"])
def test_statements_grow_with_what_changed_and_not_with_residents(
    september: Session, kind: str
) -> None:
    numbers = []
    for people in (20, 100):
        lapsed(september, people)
        CaseFactory.create_batch(people)
        september.commit()
        engine = september.get_bind()
        assert isinstance(engine, Engine)
        with _counting(engine) as statements:
            run = swept(september)
        assert run.counts[kind]["raised"] == people
        numbers.append(len(statements))
        with _counting(engine) as statements:
            swept(september)
        assert len(statements) < numbers[-1]
    assert numbers[0] == numbers[1]


def test_no_resident_passes_through_python(september: Session) -> None:
    lapsed(september, 30)
    september.commit()
    engine = september.get_bind()
    assert isinstance(engine, Engine)
    loaded: list[object] = []
    for model in (Resident, Case, Task):
        event.listen(model, "load", lambda target, _: loaded.append(target))
    swept(september)
    assert loaded == []


@contextmanager
def _counting(engine: Engine) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(*particulars: object) -> None:
        statements.append(str(particulars[2]))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def _between_comparison_and_slices(engine: Engine) -> Iterator[list[Callable[[], None]]]:
    """Acts to be done once, when the sweep has read what it is going to change."""
    acts: list[Callable[[], None]] = []

    def act(*particulars: object) -> None:
        if "sweep_change" in str(particulars[2]) and str(particulars[2]).startswith("SELECT sweep"):
            while acts:
                acts.pop()()

    event.listen(engine, "after_cursor_execute", act)
    try:
        yield acts
    finally:
        event.remove(engine, "after_cursor_execute", act)


def _tick_off(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        inbox.complete(session, only_task(session), by=None, now=instant(TODAY))
